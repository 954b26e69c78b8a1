"""What is only needed for some commands is not loaded for the others.

Nothing is timed here: what a run loads is what it waits for.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from slurmctl_rest.backends.commands.backend import CommandsBackend
from slurmctl_rest.backends.commands.command_line import CommandLine
from slurmctl_rest.backends.commands.complaints import Finished
from slurmctl_rest.backends.query import Query
from slurmctl_rest.cli import commands
from slurmctl_rest.cli.completion.scripts import VARIABLE
from slurmctl_rest.model.entities import ACCOUNT
from tests.fakes import BEFORE, Sacctmgr, Slurmrestd
from tests.support import cli_profile, jwt, write_config

PROGRAM = """
import sys
sys.modules["click"] = None  # httpx would load a command of its own where it finds it by chance
bare = set(sys.modules)
from slurmctl_rest.__main__ import main
try:
    main()
finally:
    print(*sorted(set(sys.modules) - bare), file=sys.stderr)
"""
COMMANDS = Path(commands.__file__).parent
WATCHED = {
    *("asyncio", "concurrent.futures", "csv", "ctypes", "dataclasses", "decimal", "difflib"),
    *("email", "hashlib", "http", "http.client", "importlib.metadata", "inspect", "logging"),
    *("multiprocessing", "pickle", "random", "socket", "sqlite3", "ssl", "subprocess"),
    *("tempfile", "tomllib", "unittest", "urllib.request", "uuid", "xml", "zipfile"),
    *("slurmctl_rest.audit", "slurmctl_rest.config.load", "slurmctl_rest.cli.complete"),
    *("slurmctl_rest.cli.add", "slurmctl_rest.cli.delete", "slurmctl_rest.cli.doctor"),
    *("slurmctl_rest.cli.help_texts", "slurmctl_rest.cli.jobs", "slurmctl_rest.cli.list"),
    *("slurmctl_rest.cli.modify", "slurmctl_rest.cli.profile", "slurmctl_rest.cli.usage"),
    *("slurmctl_rest.backends.commands.backend", "slurmctl_rest.backends.rest.backend"),
    *("slurmctl_rest.doctor.checks", "slurmctl_rest.planning.usage"),
    "slurmctl_rest.render.changes",
    *(f"slurmctl_rest.cli.commands.{file.stem}" for file in COMMANDS.glob("*.py")),
}
"""What takes long to load, of Python's own and of ours; every package of others is watched, too."""


def files_of_commands(*names: str) -> set[str]:
    """Return the modules of commands by their names."""
    return {f"slurmctl_rest.cli.commands.{name}" for name in names}


TYPER = {
    *("annotated_doc", "shellingham", "typer"),
    *("dataclasses", "difflib", "inspect", "subprocess", "uuid"),
}
SCHEMA = {*TYPER, *files_of_commands("base"), "random", "tempfile", "zipfile"}
WORDS_OF_ACCOUNT = ("list", "describe", "tree", "add", "modify", "delete")
SHARED = files_of_commands("base", "notes", "options")
"""What the file of a verb is made of."""
HELP = {
    *(*TYPER, "slurmctl_rest.cli.help_texts"),
    # help_texts.STANDALONE_COMMANDS
    *files_of_commands("base", "doctor", "journal", "profile", "program", "quota", "site"),
}
PYDANTIC = {
    *("annotated_types", "dotenv", "pydantic", "pydantic_core", "pydantic_settings"),
    *("typing_extensions", "typing_inspection"),
    *("asyncio", "concurrent.futures", "csv", "decimal", "email", "hashlib"),
    *("importlib.metadata", "logging", "random", "socket", "ssl", "tempfile", "zipfile"),
}
"""What reading a profile loads: completion, --version, --help and `schema` do without."""
READS = {
    *TYPER, *PYDANTIC, "tomllib", "slurmctl_rest.config.load", "slurmctl_rest.cli.list",
    *files_of_commands("base", "notes", "list"),
}  # fmt: skip
HTTPX = {
    *("anyio", "certifi", "h11", "httpcore", "httpx", "idna"),
    *("email", "hashlib", "http", "http.client", "logging", "random", "socket", "ssl"),
    *("tempfile", "urllib.request"),
}


def watched(modules: str) -> set[str]:
    """Return those of the modules that may not come unseen."""
    loaded = set(modules.split())
    tops = {name.partition(".")[0] for name in loaded if not name.startswith(PYTHONS)}
    return (loaded & WATCHED) | (tops - sys.stdlib_module_names - {"slurmctl_rest"})


PYTHONS = "_sysconfigdata_"
"""What Python does not count among its own, since its name has the platform in it."""


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[None]:
    """Profiles of both executors, and what they ask: a shim of sacctmgr and a slurmrestd."""
    slurmrestd, sacctmgr = Slurmrestd(BEFORE), Sacctmgr(BEFORE)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = dict(self.headers.items())
            asked = httpx.Request("GET", f"http://localhost{self.path}", headers=headers)
            answer = slurmrestd(asked)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    def recorded(line: CommandLine) -> Finished:
        finished = sacctmgr(line)
        (tmp_path / line.argv[1]).write_text(finished.stdout)
        return finished

    CommandsBackend(cli_profile(), recorded).read(Query(ACCOUNT, "alps"))
    shim = tmp_path / "sacctmgr"
    shim.write_text(f'#!/bin/sh\nexec cat "{tmp_path}/$1"\n')
    shim.chmod(0o755)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        write_config(
            Path(os.environ["HOME"]),
            f"""
[profiles.cli]
cluster_name = "alps"
slurm_bin_path = "{tmp_path}"
[profiles.rest]
execution_mode = "rest"
cluster_name = "alps"
[profiles.rest.rest_api]
url = "http://127.0.0.1:{server.server_port}"
username = "admin"
""",
        )
        try:
            yield
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        ("--version", set()),
        ("-V", set()),
        ("--help", HELP),
        (
            "account --help",
            {*HELP, *SHARED, *files_of_commands(*WORDS_OF_ACCOUNT)},
        ),
        ("account modify --help", {*HELP, *SHARED, *files_of_commands("modify")}),
        ("help", HELP),
        ("help account modify", {*HELP, *SHARED, *files_of_commands("modify")}),
        ("help checks", {*HELP, "slurmctl_rest.doctor.checks"}),
        ("help options", {*TYPER, *files_of_commands("base", "program")}),
        ("help exit-codes", HELP),
        ("help fields account", HELP),
        ("schema", SCHEMA),
        ("schema account", SCHEMA),
        (
            "--profile cli account list",
            {*READS, *files_of_commands("options"), "slurmctl_rest.backends.commands.backend"},
        ),
        (
            "--profile cli --timeout 5 --color never account list where cluster=alps --json",
            {*READS, *files_of_commands("options"), "slurmctl_rest.backends.commands.backend"},
        ),
        (
            "--profile rest account list --json",
            {*READS, *HTTPX, *files_of_commands("options"), "slurmctl_rest.backends.rest.backend"},
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
@pytest.mark.usefixtures("slurm")
def test_what_a_run_loads(words: str, loaded: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words.split()],
        env={**os.environ, "SLURM_JWT": jwt(None, "q")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert watched(done.stderr) == loaded


RICH = {"rich.console", "slurmctl_rest.render.drawings"}
"""What draws. Of the rich package, what measures letters (`rich.cells`) takes no time to load."""
MODIFY = "account modify physics set MaxJobs=1 --dry-run"


@pytest.mark.parametrize(
    ("words", "terminal", "loaded"),
    [
        ("--profile cli account list", True, set()),
        ("--profile rest account tree", True, RICH),
        ("--profile rest account tree", False, set()),
        (f"--profile rest {MODIFY}", True, RICH),
        (f"--profile rest {MODIFY}", False, set()),
        (f"--profile rest {MODIFY} --json", True, set()),
        ("profile show rest", True, RICH),
        ("profile show rest", False, set()),
        ("account modify --help", True, set()),
    ],
)
@pytest.mark.usefixtures("slurm")
def test_rich_is_loaded_where_a_person_looks(words: str, terminal: bool, loaded: set[str]) -> None:
    screen, end = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words.split()],
        env={**os.environ, "SLURM_JWT": jwt(None, "q"), "TERM": "xterm", "PAGER": "cat"},
        stdout=end if terminal else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    for number in (screen, end):
        os.close(number)
    assert set(done.stderr.split()) & RICH == loaded


OURS = {
    "slurmctl_rest",
    "slurmctl_rest.__main__",
    "slurmctl_rest.cli",
    "slurmctl_rest.cli.complete",
    "slurmctl_rest.cli.completion",
    "slurmctl_rest.cli.completion.cache",
    "slurmctl_rest.cli.completion.candidates",
    "slurmctl_rest.cli.completion.lines",
    "slurmctl_rest.cli.completion.names",
    "slurmctl_rest.cli.completion.scripts",
    "slurmctl_rest.cli.streams",
    "slurmctl_rest.config",
    "slurmctl_rest.config.paths",
    "slurmctl_rest.public",
    "slurmctl_rest.reading",
}
"""Of this program at a TAB: neither the tables nor the commands."""
SACCTMGR = "#!/bin/sh\nprintf 'Account|\\nphysics|\\n'\n"


@pytest.mark.parametrize(
    ("words", "offered", "more"),
    [
        ("acc", "account", set()),
        ("--profile a", "alps", {"tomllib"}),
        ("account modify where organization=x set Fair", "Fairshare=", set()),
        ("account modify ph", "physics", set()),
    ],
    ids=["command", "profile", "field", "name"],
)
def test_a_tab_loads_little(words: str, offered: str, more: set[str], tmp_path: Path) -> None:
    (tmp_path / "sacctmgr").write_text(SACCTMGR)
    (tmp_path / "sacctmgr").chmod(0o755)
    config = f'[profiles.alps]\nslurm_bin_path = "{tmp_path}"\n'
    write_config(Path(os.environ["HOME"]), config)
    for _ in range(2):  # the second time names come from the cache
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words.split()],
            env={**os.environ, VARIABLE: "zsh"},
            capture_output=True,
            text=True,
            check=True,
        )
    ours = {name for name in done.stderr.split() if name.startswith("slurmctl_rest")}
    assert done.stdout.partition("\t")[0] == offered
    assert ours == OURS
    assert watched(done.stderr) == {"hashlib", "slurmctl_rest.cli.complete", *more}


def test_the_module_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "slurmctl_rest", "nonsense"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("slurmctl-rest: No such command 'nonsense'. (slurmctl-rest --help)\n")
