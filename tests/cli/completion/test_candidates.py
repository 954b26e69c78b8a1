"""What may come next: words and a grammar in, candidates out."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.cli import help_texts
from slurmctl_rest.cli.app import ENTITIES_WITH_VERBS, SYNONYMS
from slurmctl_rest.cli.completion.candidates import (
    CommandEntry,
    Completion,
    GivenOptions,
    Grammar,
    Values,
    complete,
)
from slurmctl_rest.cli.jobs import SIGNALS
from slurmctl_rest.cli.verbs import VERBS
from slurmctl_rest.model.entities.job import STATE_CODES
from slurmctl_rest.model.entities.qos import QOS_FLAGS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.render.formats import FORMATS
from tests.cli.completion.names import ask
from tools.docgen import grammar

GRAMMAR = grammar.grammar()
PAIRS = [(entity, verb) for entity in ENTITIES_WITH_VERBS for verb in VERBS[entity.noun]]
IDS = [f"{entity.word}-{verb}" for entity, verb in PAIRS]


def texts(line: str) -> list[str]:
    """Return what is offered in the place of the last word of a line, which may be empty."""
    *words, typed = shlex.split(line + ("''" if line.endswith(" ") or not line else ""))
    answer = complete(GRAMMAR, words, typed, ask)
    assert answer.files is None
    return [one.text for one in answer.candidates]


def with_front(front: str, words: list[str]) -> list[str]:
    return [f"{front}{word}" for word in words]


PHYSICISTS = ["physics", "phonons"]
LISTED = {
    # commands
    "acc": ["account", "access"],
    "account ": ["list", "describe", "tree", "add", "modify", "delete"],
    "account cr": ["create"],
    "account s": ["show"],
    "nonsense ": [],
    "account nonsense ": [],
    "ping ": [],
    # options: of the program anywhere, of a verb behind it
    "--prof": ["--profile"],
    "account delete x --m": ["--missing-ok"],
    "account list --m": [],
    "--dry-run account delete -i --d": [],
    "account list --output=js": ["--output=json"],
    "account list --output ": list(FORMATS),
    "--color al": ["always"],
    "usage report --basis ": ["requested", "allocated"],
    "jobs cancel --signal us": ["USR1", "USR2"],
    "jobs cancel --signal ": list(SIGNALS),
    "--profile al": ["alps", "alps-cli"],
    "-M ": ["alps", "jura"],
    "-Mj": ["-Mjura"],
    "-nM j": ["jura"],
    "--cluster=j": ["--cluster=jura"],
    "qos list --format Name,Pri": ["Name,Priority"],
    "--format Na": [],  # of what, is not said yet
    "account list -- --": [],
    "-nP acc": ["account", "access"],
    "--nonsense acc": ["account", "access"],
    "--profile alps acc": ["account", "access"],
    # names
    "account modify ph": PHYSICISTS,
    "account modify physics,ph": ["physics,phonons"],
    "account list PHY": ["physics"],
    "account list where ph": [],
    "account add ph": [],
    "user add al": ["alice"],
    "coordinator add al": ["alice"],
    "raw-usage reset opt": ["optics"],
    "usage report opt": ["optics"],
    "jobs cancel 1": [],
    # conditions
    "account list where acc": ["Account="],
    "account list where account=ph": with_front("account=", PHYSICISTS),
    "account list where account=physics,ph": ["account=physics,phonons"],
    "account list where nam": ["Names="],
    "account list where parent=sci": ["parent=science"],
    "user list where account=opt": ["account=optics"],
    "user list where coordinators=opt": ["coordinators=optics"],
    "account list where coordinators=b": ["coordinators=bob"],
    "user list where adminl": ["AdminLevel="],
    "user list where admin=O": ["admin=Operator"],
    "assoc list where defaultqos=h": ["defaultqos=high"],
    "assoc list where cluster=": ["cluster=alps", "cluster=jura"],
    "assoc list where description=": [],
    "jobs list where state=pen": ["state=pending"],
    "jobs list where state=": with_front("state=", [state.lower() for state in STATE_CODES]),
    "jobs history sta": ["State=", "Start="],
    "usage report by=account,d": ["by=account,day"],
    "usage report units=": with_front("units=", ["minutes", "hours", "seconds"]),
    "usage report tres=gres/": ["tres=gres/gpu", "tres=gres/gpu:a100"],
    "qos list where preemptmode=w": ["preemptmode=within"],
    # keywords, columns and switches
    "account list wh": ["where"],
    "account list where wh": [],
    "account list fo": ["format="],
    "account list WOP": ["WOPLimits"],
    "account list WOPLimits WOP": [],
    "account tree WOP": [],
    "account delete fo": [],
    "account list format=Account,GrpT": with_front(
        "format=Account,", ["GrpTRES", "GrpTRESMins", "GrpTRESRunMins"]
    ),
    "account list sor": ["sort="],
    "account list sort=Account so": [],
    "account list lim": ["limit="],
    "account delete sor": [],
    "account list sort=-MaxJ": with_front("sort=-", ["MaxJobs", "MaxJobsAccrue"]),
    "account list sort=-MaxJobs,GrpW": ["sort=-MaxJobs,GrpWall"],
    "account list where GrpW": ["GrpWall="],
    "account delete where GrpW": [],
    "account list format=Account%20,acc": [],
    "account list format=Account%2": [],
    "account list format=Account fo": [],
    "user list format=Def": ["format=DefaultAccount", "format=DefaultWCKey"],
    # assignments
    "account modify physics se": ["set"],
    "account modify physics set se": [],
    "account modify physics set fair": ["Fairshare="],
    "account modify physics set fairshare=": ["fairshare=parent"],
    "account modify physics set fairs=": ["fairs=parent"],
    "account modify physics set grp=": [],
    "account modify physics set Fairshare=5 fairs": [],
    "account modify physics set qos": ["QosLevel=", "QosLevel+=", "QosLevel-="],
    "account modify physics set QosLevel+=high qos": ["QosLevel=", "QosLevel-="],
    "account modify physics set QosLevel+": ["QosLevel+="],
    "account modify physics set QosLevel+=h": ["QosLevel+=high"],
    "account modify physics set GrpTRES=gres/": ["GrpTRES=gres/gpu=", "GrpTRES=gres/gpu:a100="],
    "account modify physics set GrpTRES=cpu=1,c": [],
    "account modify physics set GrpTRES=cpu=1,m": ["GrpTRES=cpu=1,mem="],
    "account modify physics set GrpTRES=cpu=": [],
    "account modify physics set grptres=C": ["grptres=cpu="],
    "account modify physics set parent=sc": ["parent=science"],
    "account modify physics set acc": [],
    "user modify alice set defa": ["DefaultAccount=", "DefaultQOS=", "DefaultWCKey="],
    "user modify alice set AdminLevel=": with_front(
        "AdminLevel=", ["None", "Operator", "Administrator"]
    ),
    "user modify alice set defaultaccount=opt": ["defaultaccount=optics"],
    "qos modify high set Flags=": with_front("Flags=", list(QOS_FLAGS.known)),
    "qos modify high set Flags=NoDecay,dis": [],
    "qos modify high set Flags=NoDecay,deny": ["Flags=NoDecay,DenyOnLimit"],
    "qos modify high set Preempt-=n": ["Preempt-=normal"],
    "account add new fl": ["Flags="],
    "account add new par": ["Parent="],
    "account add new parent=sc": ["parent=science"],
    "account add new qos": ["QosLevel="],
    "user add alice account=opt": ["account=optics"],
    "user add alice account=optics,ph": with_front("account=optics,", PHYSICISTS),
    "coordinator add alice acc": ["Account="],
}
"""What is typed, and all that is offered."""


@pytest.mark.parametrize("line", LISTED)
def test_what_is_offered(line: str) -> None:
    assert texts(line) == LISTED[line]


def test_a_file_is_left_to_the_shell() -> None:
    assert complete(GRAMMAR, ["--config"], "/e", ask) == Completion(files="")
    assert complete(GRAMMAR, [], "--config=/e", ask) == Completion(files="--config=")


def test_arguments_of_other_commands_are_offered_in_their_order() -> None:
    first, rest = Values(words=["one", "two"]), Values(names="profile", again=True)
    bare = CommandEntry(help="", hidden=False, options=[], commands={}, arguments=[], tokens=None)
    command = CommandEntry(**{**bare, "arguments": [first, rest]})
    small = Grammar(program=CommandEntry(**{**bare, "commands": {"x": command}}), fields={})
    offered = [
        [one.text for one in complete(small, words, "", ask).candidates]
        for words in (["x"], ["x", "one"], ["x", "one", "alps"])
    ]
    assert offered == [["one", "two"], ["alps", "alps-cli"], ["alps", "alps-cli"]]


def test_names_are_those_of_the_options_on_the_line() -> None:
    seen: list[tuple[str, GivenOptions]] = []

    def note(of: str, options: GivenOptions) -> list[str]:
        seen.append((of, dict(options)))
        return []

    words = ["-nM", "jura", "account", "--profile=alps", "list", "-Q", "--config", "x.toml"]
    complete(GRAMMAR, words, "", note)
    given_ = {
        "--noheader": "", "--cluster": "jura", "--profile": "alps", "--quiet": "",
        "--config": "x.toml",
    }  # fmt: skip
    assert seen == [("account", given_)]


def test_names_are_asked_for_only_where_they_can_stand() -> None:
    def never(of: str, _: GivenOptions) -> list[str]:
        raise AssertionError(of)

    for line in ("", "account ", "account list where ", "qos modify high set ", "account add x "):
        *words, typed = f"{line}''".split(" ")
        complete(GRAMMAR, words, typed.removesuffix("''"), never)


@pytest.mark.parametrize(("entity", "verb"), PAIRS, ids=IDS)
def test_every_condition_and_column_is_offered(entity: Entity, verb: str) -> None:
    front = f"{entity.word} {verb}"
    conditions = help_texts.conditions(entity, verb)
    if verb == "add":
        return
    assert {f"{f.name}=" for f in conditions} <= set(texts(f"{front} where "))
    for switch in help_texts.switches(entity, verb):
        assert switch in texts(f"{front} {switch[:-1]}")
    if "format=" in texts(f"{front} "):
        columns = texts(f"{front} format=")
        assert columns == [f"format={f.name}" for f in help_texts.columns(entity, verb)]


@pytest.mark.parametrize(("entity", "verb"), PAIRS, ids=IDS)
def test_every_field_that_can_be_set_is_offered(entity: Entity, verb: str) -> None:
    front = {"add": "new ", "modify": "x set "}.get(verb)
    if front is None:
        assert "set" not in texts(f"{entity.word} {verb} ")
        return
    offered = set(texts(f"{entity.word} {verb} {front}"))
    assert {f"{f.name}=" for f in help_texts.to_set(entity, verb)} <= offered
    acts = {f"{f.name}{act}" for f in help_texts.to_set(entity, verb) for act in f.kind.acts}
    assert verb == "add" or offered == acts


@pytest.mark.parametrize(("entity", "verb"), PAIRS, ids=IDS)
def test_a_synonym_is_completed_as_its_verb(entity: Entity, verb: str) -> None:
    for synonym in SYNONYMS.get(verb, ()):
        assert texts(f"{entity.word} {synonym} ") == texts(f"{entity.word} {verb} ")


WORDS = st.one_of(
    st.text(max_size=8),
    st.sampled_from([text for line in LISTED for text in line.split(" ")]),
)


@given(st.lists(WORDS, max_size=5), WORDS)
def test_whatever_is_typed_all_that_is_offered_begins_so(words: list[str], typed: str) -> None:
    answer = complete(GRAMMAR, words, typed, ask)
    for one in answer.candidates:
        assert one.text.lower().startswith(typed.lower())
        assert one.text
    assert answer.files is None or typed.startswith(answer.files)


@given(st.sampled_from(sorted(LISTED)), st.integers(0, 80))
def test_what_is_typed_in_part_leads_on(line: str, at: int) -> None:
    assert isinstance(texts(line[:at].rstrip()), list)
