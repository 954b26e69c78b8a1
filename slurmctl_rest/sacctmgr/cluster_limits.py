"""`modify cluster` in sacctmgr's words: the limits of the clusters' root associations; pure."""

from __future__ import annotations

from collections.abc import Sequence

from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.account import ROOT
from slurmctl_rest.model.entities.association import association_key, is_account_level
from slurmctl_rest.model.fields import Row
from slurmctl_rest.sacctmgr import plan as plans
from slurmctl_rest.sacctmgr.associations import Tree, with_heirs, without_default_qos
from slurmctl_rest.sacctmgr.conditions import SlurmFacts
from slurmctl_rest.sacctmgr.plan import WritePlan
from slurmctl_rest.sacctmgr.reply import FAILED, as_lines
from slurmctl_rest.sacctmgr.settings import applied, setting_lines
from slurmctl_rest.sacctmgr.spellings import settings_of, spelling_of
from slurmctl_rest.sacctmgr.tokens import LineWord, split_word
from slurmctl_rest.sacctmgr.write_requests import WriteRequest

NOT_OF_ROOT = ("GrpTRESMins", "GrpTRESRunMins", "GrpWall")
"""Limits that a root association cannot have."""
ENDS_SETTINGS = frozenset({"GrpTRESMins", "GrpTRESRunMins"})
"""Those of them after which sacctmgr takes all words for conditions."""
NOT_VALID = "{} is not a valid option for the root association of a cluster."

SETTING_LIMITS = " Setting\n  Default Limits:\n"
MODIFIED = " Modified cluster defaults for associations..."


def read_modified(texts: Sequence[str], facts: SlurmFacts) -> WriteRequest:
    """Read the words of `modify cluster`: conditions until `set`, and after each `where`."""
    request, sets = WriteRequest("modify", "cluster", facts), False
    for text in texts:
        one = split_word(text, old=request.old)
        if one.keyword:
            sets = request.sets_after(one, sets=sets)
        elif not sets:
            request.choose(one)
        elif not one.is_bare:
            sets = _set(one, request)
    return request


def _set(one: LineWord, request: WriteRequest) -> bool:
    """Read a setting; tell whether the words after it are settings, too."""
    spelling = spelling_of(one.key, settings_of("cluster"))
    field = spelling[2].partition("=")[0] if spelling else ""
    if spelling is None or field not in NOT_OF_ROOT:
        return request.set(one)
    request.complaints.fail(NOT_VALID.format(field))
    if field in ENDS_SETTINGS:
        return False
    request.settings.check_operator(one, spelling)
    return True


def plan_modified_clusters(request: WriteRequest, rows: Sequence[Row]) -> WritePlan:
    """Plan it. `rows` are the associations of all clusters: a change reaches those below."""
    settings, old = request.settings, request.old
    tree = Tree(rows)
    roots = [row for row in rows if row["Account"] == ROOT and is_account_level(row)]
    chosen = tree.in_order(
        row
        for row in roots
        if not request.conditions.about or row["Cluster"] in request.of("Cluster")
    )
    setting = SETTING_LIMITS + as_lines(*setting_lines(settings))
    if not chosen or settings.asked.keys() == {"Parent"}:
        if not old:
            return WritePlan(as_lines("  Nothing modified"), code=FAILED)
        failed = plans.nothing_modified("", old=True)
        return WritePlan(setting, failed=failed.failed, code=FAILED)
    listed: list[str] = []
    changes: dict[str, list[RowChange]] = {}
    after = {}
    for row in chosen:
        listed += with_heirs(row, tree, settings, old=old)
        new = {**applied(row, settings), "Parent": row["Parent"]}
        after[association_key(row)] = new
        change = RowChange(ASSOCIATION, "modify", ROOT, row, new)
        changes.setdefault(str(row["Cluster"]), []).extend([change] if change.needs_write else [])
    if who := without_default_qos(after, tree, settings):
        failed = plans.denied_default_qos("", who, old=True)
        return WritePlan(setting if old else "", failed=failed.failed, code=FAILED)
    blocks = setting + as_lines(MODIFIED, *(f"  {one}" for one in listed))
    return WritePlan(
        blocks, changes, failed=as_lines(*request.complaints.err), before=setting if old else ""
    )
