"""Each row of the tables of associations and QOS is a limit with a rule, or limits nothing."""

from __future__ import annotations

from slurmctl_rest.model.entities import QOS
from slurmctl_rest.model.entities.association import LIMITS
from slurmctl_rest.model.kinds.tres import Tres
from slurmctl_rest.model.limit_rules import ASSOCIATION_RULES, NOT_COUNTED, QOS_RULES
from slurmctl_rest.model.limit_use import PER_TRES


def test_every_row_has_a_rule_or_is_said_to_count_nothing() -> None:
    for fields, rules in ((LIMITS, ASSOCIATION_RULES), (QOS.fields, QOS_RULES)):
        names = {field.name for field in fields}
        assert {*rules} == names - NOT_COUNTED
        assert not {*rules} & NOT_COUNTED
        for field in fields:
            if field.name in rules:
                per_tres = rules[field.name].measure in PER_TRES
                assert isinstance(field.kind, Tres) is per_tres, field.name


def test_what_an_association_yields_to_are_limits_of_a_qos_of_the_same_measure() -> None:
    for rule in ASSOCIATION_RULES.values():
        for name in rule.yields:
            assert QOS_RULES[name].measure is rule.measure
