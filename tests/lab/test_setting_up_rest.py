"""docs/setting-up-rest.md, step by step on a cluster that knows no tokens yet."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, TYPED, blocks

from . import daemons
from .cells import Cell, Cli
from .cluster import Cluster
from .machine import is_gone, wait_until

PAGE = PAGES["docs/setting-up-rest.md"]
UNIT = "/etc/systemd/system/slurmrestd.service"
STUBS = "/usr/local/bin"
SYSTEMCTL = f"{STUBS}/systemctl"
ASKED = "/run/systemctl-asked"
MADE = (
    *("/etc/slurm/jwt_hs256.key", UNIT, SYSTEMCTL, ASKED, "/etc/slurmctl-rest"),
    *("/usr/local/sbin/slurmctl-rest-token", "/etc/cron.d/slurmctl-rest-token"),
)
"""What the page and this test make in the root of the cluster."""
SERVICE_USERS = ("slurmrestd", "svc-accounting")
TLS_PORT = 26_899
NGINX = shutil.which("nginx") or ""


@pytest.fixture
def stock(cluster: Cluster) -> Iterator[Cluster]:
    """A cluster without a key, without tokens and without slurmrestd; afterwards a fresh one."""
    chroot = cluster.chroot
    daemons.send(chroot, "slurmrestd", signal.SIGTERM)
    for path in ("/etc/slurm/slurm.conf", "/etc/slurm/slurmdbd.conf"):
        file = chroot.inside(path)
        lines = file.read_text().splitlines(keepends=True)
        # Not another file: it has its owner and its mode.
        file.write_text("".join(line for line in lines if not line.startswith("AuthAlt")))
    restart(cluster, "slurmdbd")
    restart(cluster, "slurmctld")
    chroot.inside("/etc/cron.d").mkdir(exist_ok=True)  # the root has no cron
    stub = chroot.inside(SYSTEMCTL)
    stub.write_text(f'#!/bin/sh\necho "$*" >> {ASKED}\n')
    stub.chmod(0o755)
    try:
        yield cluster
    finally:
        for path in MADE:
            found = chroot.inside(path)
            shutil.rmtree(found) if found.is_dir() else found.unlink(missing_ok=True)
        for user in SERVICE_USERS:
            chroot.run("userdel", user)
        daemons.start(chroot)


def restart(cluster: Cluster, name: str) -> None:
    daemons.send(cluster.chroot, name, signal.SIGTERM)
    daemons.launch(cluster.chroot, name)
    wait_until(lambda: daemons.accounting_answers(cluster.chroot), "slurmdbd answers")
    if name == "slurmctld":
        wait_until(lambda: daemons.controller_is_up(cluster.chroot), "slurmctld answers")


def enable(cluster: Cluster) -> None:
    """Start slurmrestd as systemd would by the unit of the page."""
    chroot = cluster.chroot
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read(chroot.inside(UNIT))
    service = unit["Service"]
    folder = f"/run/{service['RuntimeDirectory']}"
    chroot.run("install", "-d", "-o", service["User"], "-g", service["Group"], folder)
    name, _, value = service["Environment"].partition("=")
    chroot.spawn("slurmrestd", shlex.split(service["ExecStart"]), service["User"], {name: value})
    socket = chroot.inside(f"{folder}/slurmrestd.socket")
    wait_until(socket.is_socket, "slurmrestd listens")


def follow(cluster: Cluster, script: str) -> str:
    """Run a step as a shell would; do what it asks of systemd, each when it asks."""
    said = ""
    for part in re.split(r"(?m)^(systemctl .*\n)", script):
        done = cluster.chroot.run("bash", "-eu", text=f"PATH={STUBS}:$PATH\n{part}")
        assert done.returncode == 0, (part, done.stderr)
        said += done.stdout
        asked = cluster.chroot.inside(ASKED)
        for line in asked.read_text().splitlines() if asked.exists() else ():
            match line.split():
                case ["restart", daemon]:
                    restart(cluster, daemon)
                case ["enable", "--now", "slurmrestd"]:
                    enable(cluster)
                case words:
                    assert words == ["daemon-reload"]
        asked.unlink(missing_ok=True)
    return said


def with_tls(cluster: Cluster, folder: Path) -> subprocess.Popen[bytes]:
    """Start nginx with the block of the page, and with a certificate for this machine."""
    root = cluster.chroot.root
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject)
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    (server,) = blocks(PAGE, "nginx")
    for old, new in (
        ("6821 ssl", f"127.0.0.1:{TLS_PORT} ssl"),
        ("/etc/ssl/certs/slurmrestd.pem", str(certificate)),
        ("/etc/ssl/private/slurmrestd.key", str(key)),
        ("unix:/run", f"unix:{root}/run"),
    ):
        assert old in server
        server = server.replace(old, new)
    places = "".join(
        f"{what}_temp_path {folder}/{what};"
        for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"user root; daemon off; pid {folder}/pid; error_log {folder}/log; events {{}}\n"
        f"http {{ access_log off; {places}\n{server}}}\n"
    )
    nginx = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-e", folder / "log"])
    wait_until(lambda: daemons.listens_tcp(TLS_PORT, "127.0.0.1"), "nginx listens")
    return nginx


def test_the_page_leads_to_a_profile_that_works(stock: Cluster, tmp_path: Path) -> None:
    refused = stock.run("scontrol", "token")
    assert refused.returncode, "this cluster has tokens already"
    steps = blocks(PAGE, "bash")
    said = [follow(stock, step) for step in steps]
    assert [text.startswith("SLURM_JWT=ey") for text in said] == [
        "scontrol token lifespan" in step and "umask" not in step for step in steps
    ]
    token = stock.chroot.inside("/etc/slurmctl-rest/token")
    assert (token.stat().st_mode & 0o777, token.stat().st_uid) == (0o600, 0)
    assert [path.name for path in token.parent.iterdir()] == ["token"]
    nginx = with_tls(stock, tmp_path)
    try:
        ended = [typed(stock, tmp_path, line) for line in TYPED.findall(PAGE)]
    finally:
        nginx.terminate()
        nginx.wait()
    assert is_gone(nginx.pid)
    assert [code for code, _ in ended] == [0] * 6
    outs = [out for _, out in ended]
    assert re.findall(r"(?m)^(slurm\w+) .* (up|down) ", outs[1]) == [
        ("slurmctld", "up"),
        ("slurmdbd", "up"),
    ]
    assert [re.findall(r"(?m)^root +default root account", outs[n]) != [] for n in (2, 4)] == [
        *(True, True)
    ]
    written = token.with_name("config.toml")
    assert written.stat().st_mode & 0o777 == 0o600
    assert 'default_profile = "alps-tls"' in written.read_text()
    assert "cluster_name" not in written.read_text()


def typed(cluster: Cluster, folder: Path, line: str) -> tuple[int, str]:
    """Run a command of the page outside the root, where the program is."""
    inside = str(cluster.chroot.root)
    line = line.replace("6821", str(TLS_PORT))
    line = line.replace("/etc/ssl/certs/slurmrestd.pem", str(folder / "certificate.pem"))
    for path in ("/etc/slurmctl-rest", "/run/slurmrestd"):
        line = line.replace(path, f"{inside}{path}")
    done = Cli(Cell(cluster, "rest", cluster.api_versions[-1]), folder)(line)
    return done.code, done.both
