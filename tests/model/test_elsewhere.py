"""sacctmgr's words that are no fields here: each refusal says what does what they ask for."""

from __future__ import annotations

import pytest

from slurmctl_rest.errors import SlurmctlError, Unsupported, UsageError
from slurmctl_rest.model import elsewhere
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import parse_add, parse_columns, parse_modify, parse_select

USER = USER_WITH_LIMITS
ENTITIES = {entity.noun: entity for entity in (ACCOUNT, USER, ASSOCIATION, QOS)}


def refusal(call: object) -> tuple[type[SlurmctlError], str, str]:
    assert callable(call)
    with pytest.raises(SlurmctlError) as refused:
        call()
    error = refused.value
    return type(error), error.message, error.hint


SET: list[tuple[Entity, str, type[SlurmctlError], str, str]] = [
    (
        ACCOUNT, "RawUsage=0", UsageError, "RawUsage of accounts is set by a command of its own",
        "slurmctl-rest raw-usage reset NAME",
    ),
    (
        USER, "rawu=0", UsageError, "RawUsage of users is set by a command of its own",
        "slurmctl-rest raw-usage reset account=ACCOUNT user=NAME",
    ),
    (
        QOS, "RAWUSAGE=0", UsageError, "RawUsage of qos is set by a command of its own",
        "slurmctl-rest raw-usage reset qos=NAME",
    ),
    (
        ASSOCIATION, "RawUsage=0", UsageError,
        "RawUsage of associations is set by a command of its own",
        "slurmctl-rest raw-usage reset account=ACCOUNT user=USER",
    ),
    (
        USER, "NewName=alice2", Unsupported, "slurmctl-rest does not set NewName of users",
        "sacctmgr modify user NAME set NewName=alice2",
    ),
    (
        USER, "Comment=on leave", Unsupported, "slurmctl-rest does not set Comment of users",
        "sacctmgr modify user NAME set Comment='on leave'",
    ),
    (
        ACCOUNT, "comm=x", Unsupported, "slurmctl-rest does not set Comment of accounts",
        "sacctmgr modify account NAME set Comment=x",
    ),
    (
        ASSOCIATION, "Comment=x", Unsupported, "slurmctl-rest does not set Comment of associations",
        "sacctmgr modify user NAME where account=ACCOUNT set Comment=x",
    ),
    (
        ACCOUNT, "Flags+=UsersAreCoords", Unsupported,
        "slurmctl-rest does not set Flags of accounts",
        "sacctmgr modify account NAME set Flags=UsersAreCoords",
    ),
    (
        USER, "DefaultWCKey=k", Unsupported, "slurmctl-rest does not set DefaultWCKey of users",
        "sacctmgr modify user NAME set DefaultWCKey=k",
    ),
    (
        USER, "wckeys=a,b", Unsupported, "slurmctl-rest does not set WCKeys of users",
        "sacctmgr add user NAME WCKeys=a,b",
    ),
    (QOS, "ID=3", UsageError, "ID of qos is given by Slurm, nothing sets it", ""),
    (ACCOUNT, "id=3", UsageError, "ID of accounts is given by Slurm, nothing sets it", ""),
    (
        ASSOCIATION, "Lineage=/a/", UsageError,
        "Lineage of associations is given by Slurm, nothing sets it", "",
    ),
    (ACCOUNT, "GrpCPUs=5", UsageError, "GrpCPUs is an old word", "write GrpTRES=cpu=5"),
    (USER, "maxnodes=-1", UsageError, "MaxNodes is an old word", "write MaxTRES=node=-1"),
    (QOS, "MaxCPUsPerUser=4", UsageError, "MaxCPUsPerUser is an old word", "write MaxTRESPU=cpu=4"),
    (
        USER, "Name=alice2", UsageError, "User of user cannot be set",
        "sacctmgr modify user NAME set NewName=... renames users",
    ),
    (ACCOUNT, "Name=a", UsageError, "Account of account cannot be set", "nothing can be renamed"),
]  # fmt: skip


@pytest.mark.parametrize(("entity", "token", "kind", "message", "hint"), SET)
def test_what_is_not_set_here(
    entity: Entity, token: str, kind: type[SlurmctlError], message: str, hint: str
) -> None:
    before = ["where", "account=a"] if entity is ASSOCIATION else ["x"]
    asked = [*before, "set", "Priority=1", token]
    if entity is USER and token.startswith("Name"):
        asked.remove("Priority=1")
    assert refusal(lambda: parse_modify(entity, asked)) == (kind, message, hint)
    if not token.startswith("Name"):
        account = [] if entity in {ACCOUNT, QOS} else ["account=a"]
        who = "user=x" if entity is ASSOCIATION else "x"
        assert refusal(lambda: parse_add(entity, [who, *account, token])) == (kind, message, hint)


def test_what_is_no_condition_and_no_column_here() -> None:
    assert refusal(lambda: parse_select(USER, ["where", "DefaultWCKey=k"])) == (
        Unsupported,
        "DefaultWCKey is no condition for users here",
        "sacctmgr list user where DefaultWCKey=k",
    )
    assert refusal(lambda: parse_select(QOS, ["id=1,2"])) == (
        Unsupported,
        "ID is no condition for qos here",
        "sacctmgr list qos where ID=1,2",
    )
    assert refusal(lambda: parse_select(ACCOUNT, ["flags=UsersAreCoords"])) == (
        Unsupported,
        "Flags is no condition for accounts here",
        "sacctmgr list account where Flags=UsersAreCoords",
    )
    for entity, word in ((ACCOUNT, "Comment"), (ASSOCIATION, "ID"), (USER, "WCKeys")):
        assert refusal(lambda e=entity, w=word: parse_columns(e, w)) == (
            Unsupported,
            f"{word} of {entity.plural} is not shown here",
            f"sacctmgr list {entity.noun} format=...,{word}",
        )
    for token in ("NewName=x", "RawUsage=0", "GrpCPUs=3", "nosuch=1"):
        kind, message, _ = refusal(lambda t=token: parse_select(USER, [t]))
        word = token.partition("=")[0]
        assert (kind, message) == (UsageError, f"'{word}' is no field of user")


def test_no_word_of_the_table_is_a_field() -> None:
    for one in elsewhere.ELSEWHERE:
        for noun in one.sets:
            with pytest.raises(UsageError):
                ENTITIES[noun].field(one.word)
    for words, entity in ((elsewhere.LEGACY_LIMITS, ACCOUNT), (elsewhere.LEGACY_QOS_LIMITS, QOS)):
        for word, new in words.items():
            with pytest.raises(UsageError):
                entity.field(word)
            name, _, tres = new.partition("=")
            assert entity.field(name).parse(f"{tres}=1") == {tres: 1}
