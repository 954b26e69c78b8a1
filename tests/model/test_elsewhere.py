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
        ACCOUNT, "RawUsage=0", UsageError, "RawUsage of accounts has a command of its own",
        "slurmctl-rest raw-usage reset NAME",
    ),
    (
        USER, "rawu=0", UsageError, "RawUsage of users has a command of its own",
        "slurmctl-rest raw-usage reset account=ACCOUNT user=NAME",
    ),
    (
        QOS, "RAWUSAGE=0", UsageError, "RawUsage of qos has a command of its own",
        "slurmctl-rest raw-usage reset qos=NAME",
    ),
    (
        ASSOCIATION, "RawUsage=0", UsageError,
        "RawUsage of associations has a command of its own",
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
    (QOS, "ID=3", UsageError, "ID of qos is read-only", ""),
    (ACCOUNT, "id=3", UsageError, "ID of accounts is read-only", ""),
    (
        ASSOCIATION, "Lineage=/a/", UsageError,
        "Lineage of associations is read-only", "",
    ),
    (
        USER, "Name=alice2", UsageError, "User of user cannot be set",
        "to rename a user: sacctmgr modify user NAME set NewName=...",
    ),
    (
        ACCOUNT, "Name=a", UsageError, "Account of account cannot be set",
        "slurmctl-rest cannot rename objects",
    ),
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
        "slurmctl-rest cannot select users by DefaultWCKey",
        "sacctmgr list user where DefaultWCKey=k",
    )
    assert refusal(lambda: parse_select(QOS, ["id=1,2"])) == (
        Unsupported,
        "slurmctl-rest cannot select qos by ID",
        "sacctmgr list qos where ID=1,2",
    )
    assert refusal(lambda: parse_select(ACCOUNT, ["flags=UsersAreCoords"])) == (
        Unsupported,
        "slurmctl-rest cannot select accounts by Flags",
        "sacctmgr list account where Flags=UsersAreCoords",
    )
    for entity, word in ((ACCOUNT, "Comment"), (ASSOCIATION, "ID"), (USER, "WCKeys")):
        assert refusal(lambda e=entity, w=word: parse_columns(e, w)) == (
            Unsupported,
            f"slurmctl-rest does not show {word} of {entity.plural}",
            f"sacctmgr list {entity.noun} format=...,{word}",
        )
    for token in ("NewName=x", "RawUsage=0", "GrpCPUs=3", "nosuch=1"):
        kind, message, _ = refusal(lambda t=token: parse_select(USER, [t]))
        word = token.partition("=")[0]
        assert (kind, message) == (UsageError, f"user has no field '{word}'")


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


def test_a_column_of_a_limit_from_before_tres_names_that_of_today() -> None:
    found = elsewhere.error("account", "grpcpus", "set", "5")
    assert isinstance(found, UsageError)
    assert (found.message, found.hint) == (
        "'grpcpus' is an obsolete name", "write GrpTRES=cpu=5",
    )  # fmt: skip
    assert elsewhere.error("account", "grpcpus", "where") is None


def test_no_field_of_today_begins_as_a_limit_from_before_tres() -> None:
    """So its abbreviations mean nothing else."""
    for entity in ENTITIES.values():
        known = [word.lower() for field in entity.fields for word in field.spellings]
        for legacy in elsewhere.LEGACY_QOS_LIMITS:
            begun = legacy[: elsewhere.MIN_LEGACY_LETTERS].lower()
            assert not [word for word in known if word.startswith(begun)], (entity.noun, legacy)
