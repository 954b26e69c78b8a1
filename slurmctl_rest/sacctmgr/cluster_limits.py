"""`modify cluster` in sacctmgr's words: the limits of the clusters' root associations; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import plan as plans
from slurmctl_rest.sacctmgr.associations import Tree, with_heirs, without_default_qos
from slurmctl_rest.sacctmgr.decided import CLI
from slurmctl_rest.sacctmgr.limit_words import COMMENT, LimitWord, limit_word
from slurmctl_rest.sacctmgr.plan import Plan
from slurmctl_rest.sacctmgr.reply import FAILED, Refused, lines
from slurmctl_rest.sacctmgr.selecting import unknown_condition
from slurmctl_rest.sacctmgr.settings import (
    Catalog,
    Settings,
    applied,
    read_limit,
    texts,
    unknown_option,
)
from slurmctl_rest.sacctmgr.words import Spelling, Word, meaning, names, word

OF_CLUSTERS: Sequence[Spelling] = (
    Spelling("Names", 1, "Cluster"),
    Spelling("Clusters", 3, "Cluster"),
    Spelling("Classification", 3, "Classification"),
    Spelling("Federations", 3, "Federation"),
    Spelling("Flags", 2, "Flags"),
    Spelling("Format", 2, ""),
    Spelling("RPCVersions", 1, "RPC"),
)
LIST_WORDS: Sequence[Spelling] = (
    Spelling("WithDeleted", 5, ""),
    Spelling("WithFed", 5, ""),
)
"""Words that mean something to lists alone."""
OF_CLUSTER_ITSELF: Sequence[Spelling] = (
    Spelling("Names", 1, ""),
    Spelling("Clusters", 3, ""),
    Spelling("Classification", 3, "Classification"),
    Spelling("Features", 3, "Features"),
    Spelling("Federation", 3, "Federation"),
    Spelling("FedState", 4, "FedState"),
)
"""What the cluster itself has; no name of one is changed."""

NOT_OF_ROOT = ("GrpTRESMins", "GrpTRESRunMins", "GrpWall")
"""Limits that a root association cannot have."""
ENDS_SETTINGS = frozenset({"GrpTRESMins", "GrpTRESRunMins"})
"""Those of them after which sacctmgr takes all words for conditions."""
NOT_VALID = "{} is not a valid option for the root association of a cluster."

SETTING_LIMITS = " Setting\n  Default Limits:\n"
MODIFIED = " Modified cluster defaults for associations..."


@dataclass(slots=True)
class ClusterRequest:
    """What the words ask for.

    clusters    those that are named; `conditions` tells whether there is any condition
    impossible  why it is not done over REST, if the words are good
    """

    clusters: tuple[str, ...] = ()
    conditions: bool = False
    settings: Settings = field(default_factory=Settings)
    complaints: list[str] = field(default_factory=list)
    impossible: Unsupported | None = None

    def checked(self) -> ClusterRequest:
        """Return it; raise what sacctmgr complains of, or what is not possible over REST."""
        if self.complaints:
            raise Refused(lines(*self.complaints))
        if self.impossible is not None:
            raise self.impossible
        if not self.settings.fields:
            raise Refused(lines(" You didn't give me anything to set"))
        return self


def read(texts_: Sequence[str], catalog: Catalog, *, old: bool) -> ClusterRequest:
    """Read the words of `modify cluster`: conditions until `set`, and after each `where`."""
    request, part = ClusterRequest(), "where"
    for one in map(word, texts_):
        if one.keyword:
            part = one.keyword
        elif part == "where":
            _condition(one, request, old=old)
        elif not one.bare and _set(one, request, catalog, old=old):
            part = "where"
    return request


def _condition(one: Word, request: ClusterRequest, *, old: bool) -> None:
    if one.bare and meaning(one.text.lower(), LIST_WORDS) is not None:
        return
    name = "Cluster" if one.bare else meaning(one.key, OF_CLUSTERS)
    if name is None:
        request.complaints += unknown_condition(one.text)
    elif refused := one.refused_operator(old=old):
        request.complaints.append(refused)
    elif name == "Cluster":
        request.clusters = names(one.value, request.clusters)
        request.conditions = True
    elif name:
        request.impossible = Unsupported(
            f"sacctmgr would read the condition {one.text}, and modify all clusters",
            "name the clusters",
        )


def _set(one: Word, request: ClusterRequest, catalog: Catalog, *, old: bool) -> bool:
    """Read a setting; tell whether the words after it are conditions."""
    record = meaning(one.key, OF_CLUSTER_ITSELF)
    if record is not None:
        if record and record not in WITH_OPERATORS and (refused := one.refused_operator(old=old)):
            request.complaints.append(refused)
        elif record:
            request.impossible = _cannot_set(one)
        return False
    limit = limit_word(one.key)
    if limit is None:
        request.complaints += unknown_option(one.text)
        return False
    request.complaints += read_limit(one, request.settings, catalog, old=old) or ()
    return _checked_of_root(one, limit, request)


def _cannot_set(one: Word) -> Unsupported:
    return Unsupported(f"to set {one.text} is not possible over REST", CLI)


WITH_OPERATORS = frozenset({"Features"})


def _checked_of_root(one: Word, limit: LimitWord, request: ClusterRequest) -> bool:
    if limit.field == COMMENT:
        request.impossible = _cannot_set(one)
    if limit.field not in NOT_OF_ROOT:
        return False
    said = request.complaints
    while said and said[-1].endswith((one.text, unknown_option("")[1])):
        said.pop()  # it says no more of its value
    request.complaints.append(NOT_VALID.format(limit.field))
    return limit.field in ENDS_SETTINGS


def modify(request: ClusterRequest, rows: Sequence[Row], *, old: bool) -> Plan:
    """Plan it. `rows` are the associations of all clusters: a change reaches those below."""
    settings = request.settings
    tree = Tree(rows)
    roots = [row for row in rows if row["Account"] == ROOT and is_account_level(row)]
    chosen = tree.in_order(
        row for row in roots if not request.conditions or row["Cluster"] in request.clusters
    )
    setting = SETTING_LIMITS + lines(*texts(settings))
    if not chosen or settings.fields == {"Parent"}:
        if not old:
            return Plan(lines("  Nothing modified"), code=FAILED)
        failed = plans.nothing_modified("", old=True)
        return Plan(setting, failed=failed.failed, code=FAILED)
    listed: list[str] = []
    changes: dict[str, list[RowChange]] = {}
    after = {}
    for row in chosen:
        listed += with_heirs(row, tree, settings, old=old)
        new = {**applied(row, settings), "Parent": row["Parent"]}
        after[association_key(row)] = new
        change = RowChange(ASSOCIATION, "modify", ROOT, row, new)
        changes.setdefault(str(row["Cluster"]), []).extend([change] if change.needs_write else [])
    # Of the accounts below slurmdbd says nothing, and leaves them without their default QOS.
    top = Tree(row for row in rows if row["Account"] == ROOT)
    if who := without_default_qos(after, top, settings, old=old):
        failed = plans.without_default_qos("", who, old=True)
        return Plan(setting if old else "", failed=failed.failed, code=FAILED)
    blocks = setting + lines(MODIFIED, *(f"  {one}" for one in listed))
    return Plan(blocks, changes, failed=lines(*settings.warnings), before=setting if old else "")
