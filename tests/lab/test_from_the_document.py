"""Five tasks by a program that knows this one from `schema commands` alone, over both executors.

`Agent` composes each command line of words that the document names, and of names and values that
a person would give it (physics, alice, cpu=1). A word that the document does not have fails.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from .cells import Cli
from .cluster import Cluster
from .test_transcripts import submitted

Document: TypeAlias = Mapping[str, Any]
Words: TypeAlias = Mapping[str, str]
NONE: Words = MappingProxyType({})


class Agent:
    """Reads the document, and runs what it has found there."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        self.whole = self.read()
        self.grammar = "\n".join(self.whole["grammar"])

    def read(self, *words: str) -> Document:
        """Read a part of the document; nothing else of the program is read."""
        document: Document = json.loads(self.cli("schema", "commands", *words).out)
        return document

    def find(self, *hints: str) -> list[str]:
        """Return the words of the one command whose line has all hints."""
        found = [
            name
            for name, line in self.whole["commands"].items()
            if all(hint in " ".join([name, *line]).lower() for hint in hints)
        ]
        assert len(found) == 1, (hints, found)
        return str(found[0]).split()

    def compose(
        self,
        words: Sequence[str],
        names: Sequence[str],
        where: Words,
        sets: Words,
        show: Sequence[str],
    ) -> list[str]:
        """Return the arguments of a command; each word of them stands in the document."""
        told = self.read(*words)
        effect, usage, _ = self.whole["commands"][" ".join(words)]
        line = [*words]
        if names:
            known = {*usage.replace("|", " ").replace("[", " ").split(), *told["usage"].split()}
            named = any(word.startswith(("name,", "id,", "NAME", "user,", "N[")) for word in known)
            assert named or {*names} <= known, (words, names, usage)
            line.append(",".join(names))
        conditions = told["columns"] if told["conditions"] == ["columns"] else told["conditions"]
        takes = {*conditions, *told["places"], *told["sets"]}
        unknown = {field for field in {*where} - takes if f"{field}=" not in told["usage"]}
        assert not unknown, (words, unknown)
        line += [f"{field}={value}" for field, value in where.items()]
        if sets:
            assert {*sets} <= {*told["sets"]}
            assert all("=" in told["fields"][field][0].split() for field in sets)
            line += ["set"] * (" set " in f" {usage} ")
            line += [f"{field}={value}" for field, value in sets.items()]
        if show:
            assert {*show} <= {*told["columns"]}
            assert "format=FIELD" in self.grammar
            line.append(f"format={','.join(show)}")
        if effect == "writes":
            assert any(option.split()[0] == "-i" for option in self.whole["options"])
            line.append("-i")
        assert "--json" in self.whole["options"]
        return [*line, "--json"]

    def run(
        self,
        *hints: str,
        names: Sequence[str] = (),
        where: Words = NONE,
        sets: Words = NONE,
        show: Sequence[str] = (),
    ) -> Any:
        """Find a command, run it and return its object; an error is the agent's failure."""
        line = self.compose(self.find(*hints), names, where, sets, show)
        done = self.cli(*line)
        assert done.code == 0, (shlex.join(line), done.both)
        return json.loads(done.out)

    def items(self, *hints: str, **words: Any) -> list[dict[str, Any]]:
        """Return the items of a list."""
        items: list[dict[str, Any]] = self.run(*hints, **words)["items"]
        return items


def test_five_tasks_from_the_document_alone(cluster: Cluster, executor: Cli) -> None:
    agent = Agent(executor)
    # An account tree with limits.
    agent.run("account add", names=["science"], sets={"GrpTRES": "cpu=4"})
    agent.run("account add", names=["physics"], sets={"Parent": "science", "MaxJobs": "7"})
    agent.run("account add", names=["optics"], sets={"Parent": "science"})
    for user, account in (("alice", "physics"), ("bob", "optics")):
        agent.run("user add", names=[user], where={"account": account})
    tree = agent.items("account tree", names=["science"])
    assert {row["Account"]: (row["Parent"], row["MaxJobs"]) for row in tree} == {
        "science": ("root", None), "optics": ("science", None), "physics": ("science", 7),
    }  # fmt: skip

    # Users without a limit of running jobs, inherited ones counted.
    assert "FIELD='' (no value)" in agent.grammar
    without = agent.items("assoc list", where={"MaxJobs": "", "User": "*"}, show=["User"])
    assert without == [{"User": "bob"}, {"User": "root"}]

    # A change, and its verification.
    done = agent.run("account modify", names=["physics"], sets={"MaxJobs": "5"})
    assert done["changed"]
    shown = agent.items("account list", names=["physics"], show=["MaxJobs"])
    assert shown == [{"MaxJobs": 5}]

    # Undo: by the number that the history has, as the usage of undo says.
    (last, *_) = reversed(agent.items("history", "who changed what", names=["account"]))
    undo = agent.find("undo", "take changes back")
    assert agent.whole["commands"][" ".join(undo)][1].startswith("N")
    agent.run("undo", "take changes back", names=[str(last["Number"])])
    assert agent.items("account list", names=["physics"], show=["MaxJobs"]) == [{"MaxJobs": 7}]
    assert agent.whole["unset"][0]["write"] == "-1"
    agent.run("account modify", names=["physics"], sets={"MaxJobs": "-1"})
    assert agent.items("account list", names=["physics"], show=["MaxJobs"]) == [{"MaxJobs": None}]

    # Why a job waits.
    agent.run("account modify", names=["science"], sets={"GrpTRES": "cpu=1"})
    job = submitted(cluster, "alice", ["sbatch", "-A", "physics", "-n2", "--wrap=true"])
    (why,) = agent.items(
        "jobs why", "explain", names=[job], show=["Limit", "TRES", "Value", "Account"]
    )
    assert why == {"Limit": "GrpTRES", "TRES": "cpu", "Value": 1, "Account": "science"}


def test_an_error_says_what_to_do(executor: Cli) -> None:
    agent = Agent(executor)
    agent.run("account add", names=["physics"])
    line = agent.compose(agent.find("account modify"), ["phisics"], {}, {"MaxJobs": "5"}, [])
    done = agent.cli(*line)
    error = json.loads(done.err.splitlines()[-1])["error"]
    assert agent.whole["errors"][error["code"]] == [
        done.code, "An object that was named does not exist.",
        "correct the name as hint says, or add the object",
    ]  # fmt: skip
    assert error["hint"] == "did you mean physics?"
