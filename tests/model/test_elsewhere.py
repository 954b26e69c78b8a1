"""sacctmgr's words that are no fields here: each refusal says what does what they ask for."""

from __future__ import annotations

import pytest

from slurmctl_rest.errors import SlurmctlError, UsageError
from slurmctl_rest.model import elsewhere
from slurmctl_rest.model.columns import parse_columns
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS
from slurmctl_rest.model.entities import USER as PLAIN_USER
from slurmctl_rest.model.entities.user import USER_WITH_LIMITS
from slurmctl_rest.model.fields import Entity
from slurmctl_rest.model.syntax import parse_add, parse_modify, parse_select

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
    (QOS, "ID=3", UsageError, "ID of qos cannot be set", ""),
    (ACCOUNT, "id=3", UsageError, "ID of accounts is read-only", ""),
    (
        ASSOCIATION, "Lineage=/a/", UsageError,
        "Lineage of association cannot be set", "",
    ),
    (
        USER, "Name=alice2", UsageError, "User of user cannot be set",
        "to rename a user: slurmctl-rest user modify NAME set NewName=...",
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
    for token in ("RawUsage=0", "GrpCPUs=3", "nosuch=1"):
        kind, message, _ = refusal(lambda t=token: parse_select(USER, [t]))
        word = token.partition("=")[0]
        assert (kind, message) == (UsageError, f"user has no field '{word}'")
    for entity, word in ((ACCOUNT, "ID"), (PLAIN_USER, "Comment"), (PLAIN_USER, "lineage")):
        kind, message, hint = refusal(lambda e=entity, w=word: parse_columns(e, w))
        shown = word.capitalize() if word == "lineage" else word
        assert (kind, message, hint) == (
            UsageError,
            f"{shown} of {entity.plural} belongs to their associations",
            f"slurmctl-rest {entity.noun} list WithAssoc format=...,{shown}",
        )
    for token in ("NewName=x", "Comment=x"):
        kind, message, _ = refusal(lambda t=token: parse_select(USER, [t]))
        word = token.partition("=")[0]
        assert (kind, message) == (UsageError, f"users cannot be selected by {word}")


def test_no_word_of_the_table_is_a_field() -> None:
    for one in elsewhere.ELSEWHERE:
        for noun in one.sets:
            with pytest.raises(UsageError):
                (PLAIN_USER if noun == "user" else ENTITIES[noun]).field(one.word)
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
