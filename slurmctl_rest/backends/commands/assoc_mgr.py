"""What `scontrol -o show assoc_mgr` prints: limit(used) of associations and QOS, a record a line.

    ClusterName=alps Account=physics UserName=alice(1000) Partition= ... GrpJobs=N(2) ...
    GrpTRES=cpu=20(6),mem=N(600) ... MaxJobs=3(2) ... Comment=(null)
    QOS=high(2) ... GrpJobs=5(3) ... Account Limits= physics={MaxJobsPA=3(3) ...} User Limits=
    alice(1000)={MaxJobsPU=2(2) ...}

There is no JSON of it (24.11, 26.05). Minutes come without their seconds. Limits are read from
slurmdbd and not from here, since these do not show whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import TypeVar

from slurmctl_rest.errors import NOT_PRINTED_WHOLE, SlurmRefused
from slurmctl_rest.model.entities.association import AssociationKey
from slurmctl_rest.model.kinds.durations import MINUTES
from slurmctl_rest.model.limit_rules import ASSOCIATION_RULES, QOS_RULES, LimitRule, LimitScope
from slurmctl_rest.model.limit_use import PER_TRES, LimitUse, Measure, Partitions, PlaceUse, Used
from slurmctl_rest.model.partition_rules import PartitionRules, names_of_list, tres_of_nodes
from slurmctl_rest.model.text import printable

ASSOCIATION_MARK, QOS_MARK = "ClusterName=", "QOS="
COMMENT_MARK = " Comment="
"""What stands behind it is free text, and may look like anything."""
ACCOUNTS_MARK, USERS_MARK = " Account Limits=", " User Limits="
WORD = re.compile(r"(\S+?)=(\S*)")
PART = re.compile(r"(\S+?)=\{([^{}]*)\}")
LIMIT_AND_USE = re.compile(r"(?:N|\d+)\(([\d.]+)\)")


def limit_use(text: str, cluster: str) -> LimitUse:
    """Read all records; SlurmRefused for one that is not whole, or that comes twice."""
    associations: dict[AssociationKey, PlaceUse] = {}
    whole: dict[str, PlaceUse] = {}
    parts: Mapping[LimitScope, dict[tuple[str, str], PlaceUse]] = {
        LimitScope.ACCOUNT: {},
        LimitScope.USER: {},
    }
    for line in text.splitlines():
        if line.startswith(ASSOCIATION_MARK):
            words = dict(WORD.findall(line.partition(COMMENT_MARK)[0]))
            if _word(words, "ClusterName") == cluster:
                _put(associations, _key(words), _use(words, GROUP_OF_ASSOCIATIONS))
        elif line.startswith(QOS_MARK):
            all_, _, rest = line.partition(ACCOUNTS_MARK)
            accounts, _, users = rest.partition(USERS_MARK)
            words = dict(WORD.findall(all_))
            qos = _name(_word(words, "QOS"))
            _put(whole, qos, _use(words, GROUP_OF_QOS))
            for scope, texts in ((LimitScope.ACCOUNT, accounts), (LimitScope.USER, users)):
                for name, use in _parts(texts, scope):
                    _put(parts[scope], (qos, name), use)
    return LimitUse(associations, whole, parts[LimitScope.USER], parts[LimitScope.ACCOUNT])


def told(text: str) -> str:
    """Return what scontrol has printed; SlurmRefused for what is no answer.

    It would look as if nothing were used.
    """
    if not text.startswith(FIRST_LINE):
        raise SlurmRefused(f"scontrol show assoc_mgr printed '{printable(text)}'", CHECK_SCONTROL)
    return text


FIRST_LINE = "Current Association Manager state"
CHECK_SCONTROL = "see what `scontrol show assoc_mgr` prints; slurm_bin_path names its folder"


def partitions_printed(text: str) -> Partitions:
    """Read what `scontrol -o show partition` prints, a partition a line."""
    qos: dict[str, str] = {}
    default = ""
    rules: dict[str, PartitionRules] = {}
    for line in text.splitlines():
        words = dict(WORD.findall(line))
        if "PartitionName" in words:
            name = words["PartitionName"]
            if (assigned := _word(words, "QoS")) not in NO_QOS:
                qos[name] = assigned
            default = name if _word(words, "Default") == "YES" else default
            try:
                rules[name] = _rules(words)
            except ValueError as error:
                raise SlurmRefused(
                    f"scontrol's partition '{printable(name)}' cannot be read: {error}",
                    NOT_PRINTED_WHOLE,
                ) from error
    return Partitions(qos, default, rules)


def _rules(words: Mapping[str, str]) -> PartitionRules:
    """Return the rules of a partition; what scontrol does not show is no rule.

    ValueError for a time that is none.
    """

    def names(word: str) -> tuple[str, ...]:
        return names_of_list(words.get(word, ""))

    def number(word: str) -> int | None:
        text = words.get(word, "")
        return int(text) if text.isdecimal() else None

    def time(word: str) -> int | None:
        text = words.get(word, "NONE")
        minutes = None if text == "NONE" else MINUTES.parse(text)
        return minutes if isinstance(minutes, int) else None

    return PartitionRules(
        state=words.get("State", "UP"),
        allow_accounts=names("AllowAccounts"),
        deny_accounts=names("DenyAccounts"),
        allow_qos=names("AllowQos"),
        deny_qos=names("DenyQos"),
        allow_groups=names("AllowGroups"),
        root_only=words.get("RootOnly") == "YES",
        max_time=time("MaxTime"),
        default_time=time("DefaultTime"),
        max_nodes=number("MaxNodes"),
        min_nodes=number("MinNodes") or 0,
        max_cpus_per_node=number("MaxCPUsPerNode"),
        nodes=number("TotalNodes") or 0,
        tres=tres_of_nodes(words.get("TRES", "")),
    )


NO_QOS = frozenset({"N/A", "(null)", ""})


def _key(words: Mapping[str, str]) -> AssociationKey:
    cluster, account, user, partition = (
        _word(words, name) for name in ("ClusterName", "Account", "UserName", "Partition")
    )
    return AssociationKey(cluster, account, _name(user), partition)


def _word(words: Mapping[str, str], name: str) -> str:
    if name not in words:
        raise SlurmRefused(f"scontrol shows no {name}", NOT_PRINTED_WHOLE)
    return words[name]


def _of_scope(rules: Mapping[str, LimitRule], scope: LimitScope) -> Mapping[str, LimitRule]:
    return {name: rule for name, rule in rules.items() if rule.scope is scope}


GROUP_OF_ASSOCIATIONS = _of_scope(ASSOCIATION_RULES, LimitScope.GROUP)
GROUP_OF_QOS = _of_scope(QOS_RULES, LimitScope.GROUP)


Place = TypeVar("Place", bound=Hashable)


def _put(found: dict[Place, PlaceUse], key: Place, use: PlaceUse) -> None:
    if key in found:
        name = " ".join(filter(None, key)) if isinstance(key, tuple) else str(key)
        raise SlurmRefused(f"scontrol shows '{printable(name)}' twice", NOT_PRINTED_WHOLE)
    found[key] = use


def _parts(text: str, scope: LimitScope) -> Iterator[tuple[str, PlaceUse]]:
    """Yield each user, or account, of a QOS, with its use."""
    rules = _of_scope(QOS_RULES, scope)
    for name, words in PART.findall(text):
        yield _name(name), _use(dict(WORD.findall(words)), rules)


def _name(text: str) -> str:
    """Return a name without the number behind it: `alice(1000)`."""
    return re.sub(r"\(\d+\)$", "", text)


def _use(words: Mapping[str, str], rules: Mapping[str, LimitRule]) -> PlaceUse:
    """Return the use that stands in the parentheses."""
    use: dict[Measure, Used] = {}
    for name, rule in rules.items():
        text = _word(words, name)
        if rule.measure in PER_TRES:
            each = (part.rpartition("=") for part in text.split(",") if part)
            use[rule.measure] = {tres: _count(name, count) for tres, _, count in each}
        else:
            use[rule.measure] = _count(name, text)
    return use


def _count(name: str, text: str) -> float:
    match = LIMIT_AND_USE.fullmatch(text)
    if match is None:
        raise SlurmRefused(f"scontrol shows {name}={printable(text)}", NOT_PRINTED_WHOLE)
    return float(match[1]) if "." in match[1] else int(match[1])
