"""--json and --yaml of the voice `sacctmgr` over REST: slurmrestd's records, its way."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from slurmctl_rest.backends.rest.listing import RECORD, RECORD_PLACES
from slurmctl_rest.cli.context import Context
from slurmctl_rest.cli.drop_in.facts import LiveFacts, rest_backend
from slurmctl_rest.cli.drop_in.reading import READERS, Reading, defaults
from slurmctl_rest.errors import UsageError
from slurmctl_rest.model.entities import ASSOCIATION
from slurmctl_rest.model.entities.association import AssociationKey, association_key
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.versions import ApiVersion
from slurmctl_rest.sacctmgr import json_documents
from slurmctl_rest.sacctmgr.list_requests import ListRequest
from slurmctl_rest.sacctmgr.options import LineOptions
from slurmctl_rest.sacctmgr.reply import SACCTMGR, Reply, as_lines
from slurmctl_rest.sacctmgr.yaml_documents import yaml_document

LATEST = "latest"


def document_answered(
    facts: LiveFacts,
    wanted: ListRequest,
    options: LineOptions,
    words: Sequence[str],
    headers: frozenset[str],
    failure: Sequence[str] = (),
) -> Reply:
    """Return the list as a document; in the version that is named, or the newest that is served.

    words    those behind the noun
    headers  of the columns that a table would have
    failure  what is said where slurmdbd has no answer; a document has no row then, and no failure
    """
    version = _version(facts, options)
    lister = facts.backend.lister_of(lambda: version, whole=True)
    # The records of accounts and users have their associations in them.
    plain = replace(wanted, switches=wanted.switches - {"WithAssoc"})
    sends = SENT.get(wanted.noun, frozenset())
    sends |= {"WithAssoc"} if wanted.with_associations else frozenset()
    reading = Reading(lister, facts, plain, (), frozenset(), sends)
    parts = [] if failure else _records(reading)
    if "WOPInfo" in wanted.switches:  # slurmrestd names the parent all the same
        parts = [{**one, "parent_account": ""} for one in parts]
    if wanted.noun in COMPLETED and parts:
        parts = _completed(Reading(facts.backend.lister, facts, wanted, (), headers), parts)
    key = RECORD_PLACES[wanted.noun].key if wanted.noun in RECORD_PLACES else "associations"
    # 24.11 tells the words behind the noun, and not the last of them.
    command = [SACCTMGR, *options.argv] if facts.is_newer() else words[:-1]
    meta = json_documents.meta(facts.backend.asker.meta, str(version), _whose(), command)
    write = yaml_document if options.document == "yaml" else json_documents.json_document
    return Reply(write(key, parts, meta), as_lines(*failure[:1]))


def _records(reading: Reading) -> list[Json]:
    """Return the records as slurmrestd has them; associations in slurmdbd's own order."""
    noun = reading.wanted.noun
    found = READERS[noun](reading) if noun in RECORD_PLACES else reading.own()
    return [row[RECORD] for row in found]


SENT = {"user": frozenset({"WithWCKeys"})}
"""Noun -> what its records are asked for with, so that they tell the default WCKey, too."""

DEFAULTS = frozenset({"Def Acct", "Def WCKey"})
"""Columns without which sacctmgr does not ask for users' defaults."""

COMPLETED = ("account", "user")
"""Nouns whose records hold some of their associations."""


def parsers(context: Context) -> Reply:
    """Return what --json=list prints: the versions that can be named."""
    names = [f"data_parser/{version}" for version in rest_backend(context).versions.served()]
    return Reply(as_lines(*names), as_lines("Possible data_parser plugins:"))


def _version(facts: LiveFacts, options: LineOptions) -> ApiVersion:
    """Return the version of --json=NAME; raise LineRefused for one that is not served."""
    named = options.data_parser
    if named in {"", LATEST}:
        return facts.backend.versions.newest()
    try:
        version = ApiVersion.parse(named) if named.startswith("v") else None
    except UsageError:
        version = None
    if version is None or not facts.backend.versions.is_served(version):
        newest = str(facts.backend.versions.newest())
        raise json_documents.unknown_parser(named, newest, options.document)
    return version


def _whose() -> tuple[str, str]:
    """Return the names of the user and the group that this program runs as."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    except KeyError:
        return str(os.getuid()), str(os.getgid())


def _completed(reading: Reading, parts: Sequence[Json]) -> list[Json]:
    """Return the records of accounts or users with the associations that are meant.

    Users also with their defaults, which sacctmgr takes from these associations, or else from this
    cluster's. Their WCKeys are those of the clusters that are meant.
    """
    wanted = reading.wanted
    users = wanted.noun == "user"
    chosen = bool(reading.conditions.keys() - {"Account" if not users else "User"})
    found: list[Row] = []
    if wanted.with_associations and chosen:
        more = [ASSOCIATION["Default"], ASSOCIATION["DefaultQOS"]]
        found = reading.own(more, *(["UsersOnly"] if users else []))
        meant = {association_key(row): at for at, row in enumerate(found)}
        parts = [{**one, "associations": _meant(one, meant)} for one in parts]
    elif users and not wanted.with_associations and reading.headers & DEFAULTS:
        found = defaults(reading, reading.conditions, [ASSOCIATION["DefaultQOS"]])
    if not users:
        return list(parts)
    if not wanted.with_associations or chosen:
        parts = [{**one, "default": _default(reading, one, found)} for one in parts]
    if not wanted.with_associations:
        return [{**one, "wckeys": []} for one in parts]
    return [{**one, "wckeys": _of_clusters(one["wckeys"], reading.clusters)} for one in parts]


def _of_clusters(found: Iterable[Json], clusters: Sequence[str] | None) -> list[Json]:
    if clusters is None:
        return list(found)
    named = [one for one in found if one["cluster"] in clusters]
    return sorted(named, key=lambda one: clusters.index(one["cluster"]))


def _meant(record: Json, meant: Mapping[AssociationKey, int]) -> list[Json]:
    """Return the associations of a record that are meant, in the order of their list."""
    found = {
        AssociationKey(*(one[name] for name in ("cluster", "account", "user", "partition"))): one
        for one in record["associations"]
    }
    return [found[key] for key in sorted(found.keys() & meant.keys(), key=lambda key: meant[key])]


def _default(reading: Reading, record: Json, found: Iterable[Row]) -> Json:
    """Return a user's defaults, as far as these associations tell them.

    Where associations are listed the first QOS counts that is any's default, else that of the
    default account.
    """
    wanted = reading.wanted
    own = [row for row in found if row["User"] == record["name"]]
    first = next((row for row in own if row["Default"]), None)
    default = {**record["default"], "account": first["Account"] if first else ""}
    keys = {one["name"] for one in _of_clusters(record["wckeys"], reading.clusters)}
    told = default["wckey"] in keys
    if not wanted.with_associations:
        own = [first] if first else []
        told = told and bool(reading.headers & DEFAULTS)
    if not told:
        default["wckey"] = ""
    if "qos" in default:
        name = next((row["DefaultQOS"] for row in own if row["DefaultQOS"]), None)
        default["qos"] = int(reading.facts.qos()[str(name)]) if name else 0
    return default
