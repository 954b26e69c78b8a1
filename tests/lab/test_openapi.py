"""The OpenAPI documents of real slurmrestd confirm the tables: every path, request and switch.

Driven by ENTITIES: a new row is checked by being there, a new entity needs a line in ENDPOINTS, a
new kind one in SHAPES. What the program was recorded to send (tests/recorded) is checked as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import pytest

from slurmctl_rest.backends.rest import requests
from slurmctl_rest.backends.rest.requests import ByVersion
from slurmctl_rest.model.entities import ENTITIES
from slurmctl_rest.model.fields import Entity, Field, SlurmRecord
from slurmctl_rest.model.kinds.base import Json, Kind
from slurmctl_rest.model.versions import ApiVersion
from tests.recorded.tape import tapes
from tests.support import noun_of

from . import rest
from .cluster import Cluster
from .conftest import clusters

ASSOCIATIONS = ("/slurmdb/{}/associations/", "associations")
ENDPOINTS: Mapping[str, tuple[str, str]] = {
    "account": ("/slurmdb/{}/accounts/", "accounts"),
    "association": ASSOCIATIONS,
    "cluster": ("/slurmdb/{}/clusters/", "clusters"),
    "instance": ("/slurmdb/{}/instances/", "instances"),
    "job": ("/slurm/{}/jobs/", "jobs"),
    "reservation": ("/slurm/{}/reservations/", "reservations"),
    "wckey": ("/slurmdb/{}/wckeys/", "wckeys"),
    "qos": ("/slurmdb/{}/qos/", "qos"),
    "tres": ("/slurmdb/{}/tres/", "TRES"),
    "user": ("/slurmdb/{}/users/", "users"),
}
"""Where the records of an entity are read and written, and the key of their list."""

ADDING = {
    "account": "/slurmdb/{}/accounts_association/",
    "user": "/slurmdb/{}/users_association/",
}
"""Where an object is added together with its association, by `add_key`."""

NUMBER = "{infinite:boolean,number:integer,set:boolean}"
REAL = "{infinite:boolean,number:number,set:boolean}"
WORDS = "[string]"
COORDINATORS = "[{direct:boolean,name:string}]"
TRES = "[{count:integer,id:integer,name:string,type:string}]"
SHAPES: Mapping[str, frozenset[str]] = {
    "Count": frozenset({NUMBER, "integer"}),
    "Real": frozenset({REAL}),
    "Shares": frozenset({"integer"}),
    "Text": frozenset({"string"}),
    "Name": frozenset({"string"}),
    "NameSet": frozenset({WORDS}),
    "Names": frozenset({WORDS, COORDINATORS}),
    "Officers": frozenset({COORDINATORS}),
    "Word": frozenset({WORDS}),
    "Mark": frozenset({WORDS, "boolean"}),
    "Tres": frozenset({TRES}),
    "CommaList": frozenset({"string"}),
    "TresText": frozenset({"string"}),
    "JobId": frozenset({"integer"}),
    "SlurmWord": frozenset({"string"}),
    "Moment": frozenset({NUMBER, "integer"}),
    "Requested": frozenset({"string", TRES}),
}
"""The JSON types that a kind loads; a kind that is not here has those of its nearest ancestor."""

WRITTEN = {"set", "modify"}
"""The Access of fields that are sent."""

REQUESTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("GET", "/slurm/{}/ping/"): (),
    ("GET", "/slurm/{}/jobs/"): (),
    ("DELETE", "/slurm/{}/jobs/"): (),
    ("GET", "/slurmdb/{}/tres/"): (),
    ("GET", "/slurmdb/{}/clusters/"): (),
    ("GET", "/slurmdb/{}/qos/"): (),
    ("POST", "/slurmdb/{}/qos/"): (),
    ("GET", "/slurmdb/{}/qos/{}"): (),
    ("DELETE", "/slurmdb/{}/qos/{}"): (),
    ("GET", "/slurmdb/{}/accounts/"): (),
    ("POST", "/slurmdb/{}/accounts/"): (),
    ("GET", "/slurmdb/{}/account/{}"): ("with_coords",),
    ("DELETE", "/slurmdb/{}/account/{}"): (),
    ("POST", "/slurmdb/{}/accounts_association/"): (),
    ("GET", "/slurmdb/{}/users/"): ("with_coords",),
    ("POST", "/slurmdb/{}/users/"): (),
    ("GET", "/slurmdb/{}/user/{}"): ("with_coords",),
    ("DELETE", "/slurmdb/{}/user/{}"): (),
    ("POST", "/slurmdb/{}/users_association/"): (),
    ("GET", "/slurmdb/{}/associations/"): ("account", "cluster", "partition", "user"),
    ("POST", "/slurmdb/{}/associations/"): (),
    ("DELETE", "/slurmdb/{}/associations/"): ("account", "cluster", "partition", "user"),
}
"""What the request builders send in every version, and the words of its query."""

SWITCHES = {
    "OWN_LIMITS": "/slurmdb/{}/associations/",
    "WITH_RAW_QOS": "/slurmdb/{}/associations/",
    "DELETED": "/slurmdb/{}/associations/",
    "DELETED_ACCOUNTS": "/slurmdb/{}/accounts/",
    "WITH_COORDINATORS": "/slurmdb/{}/accounts/",
}
"""Where a ByVersion of requests.py is a word of the query; one that ends with / is a path."""


@dataclass(frozen=True)
class Document:
    """The part of a slurmrestd's document that is about one version."""

    cluster: Cluster
    version: ApiVersion
    whole: Json = field(repr=False)

    def operation(self, method: str, path: str) -> Json:
        """Return the operation, or nothing; a `{}` behind the version is any parameter."""
        wanted = path.replace("{}", str(self.version), 1)
        for template, operations in self.whole["paths"].items():
            if re.sub(r"{\w+}", "{}", template) == wanted:
                return operations.get(method.lower())
        return None

    def words(self, method: str, path: str) -> set[str]:
        """Return the words that the operation's query may hold."""
        parameters = (self.operation(method, path) or {}).get("parameters") or []
        return {one["name"] for one in parameters if one["in"] == "query"}

    def answer(self, path: str) -> Json:
        """Return the schema of what a GET answers."""
        return self._content(self.operation("GET", path)["responses"]["200"])

    def body(self, path: str) -> Json:
        """Return the schema of what a POST takes."""
        return self._content(self.operation("POST", path)["requestBody"])

    def at(self, schema: Json, path: str) -> Json:
        """Return the schema at a dotted path, stepping into the records of a list; or nothing."""
        for step in path.split("."):
            schema = self.resolved(schema)
            schema = self.resolved(schema.get("items", schema))
            schema = schema.get("properties", {}).get(step)
            if schema is None:
                return None
        return schema

    def shape(self, schema: Json) -> str:
        """Return the JSON type in short: `integer`, `[string]`, `{direct:boolean,name:string}`."""
        schema = self.resolved(schema)
        if schema["type"] == "array":
            return f"[{self.shape(schema['items'])}]"
        if schema["type"] == "object":
            parts = sorted(schema.get("properties", {}).items())
            return f"{{{','.join(f'{name}:{self.shape(part)}' for name, part in parts)}}}"
        return str(schema["type"])

    def resolved(self, schema: Json) -> Json:
        """Follow references."""
        while "$ref" in schema:
            schema = self.whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def wrong(self, schema: Json, path: str, kind: Kind) -> str:
        """Return what is wrong with a path below a schema, if anything."""
        found = self.at(schema, path)
        if found is None:
            return f"{path} is not there"
        shape = self.shape(found)
        return "" if shape in shapes(kind) else f"{path} is {shape}, not {type(kind).__name__}"

    @staticmethod
    def _content(holder: Json) -> Json:
        return holder["content"]["application/json"]["schema"]


@cache
def document_of(cluster: Cluster) -> Json:
    """Fetch the document: 1 MB, so once."""
    found = rest.get(cluster.tcp_url, cluster.token(), "/openapi/v3", timeout=60)
    assert found is not None, f"{cluster.suite} serves no OpenAPI document"
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `document` with each version that each cluster serves."""
    if "document" in metafunc.fixturenames:
        served = [(one, version) for one in clusters()[0] for version in one.api_versions]
        params = [pytest.param(pair, id=f"{pair[0].suite}-{pair[1]}") for pair in served]
        metafunc.parametrize("document", params or [pytest.param(None, id="no-lab")], indirect=True)


@pytest.fixture
def document(request: pytest.FixtureRequest) -> Document:
    """One version's part of one cluster's document."""
    if request.param is None:
        pytest.skip(clusters()[1])
    cluster, version = request.param
    return Document(cluster, ApiVersion.parse(version), document_of(cluster))


def shapes(kind: Kind) -> frozenset[str]:
    """Return the JSON types of a kind."""
    named = [SHAPES[one.__name__] for one in type(kind).__mro__ if one.__name__ in SHAPES]
    assert named, f"{type(kind).__name__} is not in SHAPES"
    return named[0]


def endpoint(entity: Entity, field: Field) -> tuple[str, str]:
    """Return where the field's record is, and the key of its list."""
    if field.record is SlurmRecord.ASSOCIATION:
        return ASSOCIATIONS
    assert entity.noun in ENDPOINTS, f"{entity.noun} is not in ENDPOINTS"
    return ENDPOINTS[entity.noun]


def known(entity: Entity, version: ApiVersion) -> Iterator[Field]:
    """Yield the fields that a version's records hold; without a path, they are put together."""
    for one in entity.fields:
        if one.path and (one.since or version) <= version <= (one.until or version):
            yield one


@pytest.mark.parametrize("entity", ENTITIES, ids=noun_of)
def test_every_path_of_the_tables_is_answered_and_taken(entity: Entity, document: Document) -> None:
    wrong = []
    for one in known(entity, document.version):
        path, key = endpoint(entity, one)
        schemas = {"GET": document.answer(path)}
        if one.access.value in WRITTEN:
            schemas["POST"] = document.body(path)
        for method, schema in schemas.items():
            if said := document.wrong(schema, f"{key}.{one.path}", one.kind):
                wrong.append(f"{one.name}: {method} {path}: {said}")
    assert wrong == []


@pytest.mark.parametrize("entity", [one for one in ENTITIES if one.noun in ADDING], ids=noun_of)
def test_every_key_of_an_addition_is_taken(entity: Entity, document: Document) -> None:
    path, wrong = ADDING[entity.noun], []
    at = {
        SlurmRecord.OBJECT: entity.noun,
        SlurmRecord.ASSOCIATION: "association_condition.association",
    }
    for one in entity.fields:
        if one.add_key and (one.since or document.version) <= document.version:
            key = f"{at[one.record]}.{one.add_key}"
            wrong.append(document.wrong(document.body(path), key, one.kind))
    assert [said for said in wrong if said] == []


@pytest.mark.parametrize(("method", "path"), REQUESTS, ids=map(" ".join, REQUESTS))
def test_every_request_is_served(method: str, path: str, document: Document) -> None:
    assert document.operation(method, path) is not None
    assert set(REQUESTS[method, path]) - document.words(method, path) == set()


@pytest.mark.parametrize(
    "name", [name for name, word in vars(requests).items() if isinstance(word, ByVersion)]
)
def test_every_word_that_changed_with_the_api_is_the_versions(
    name: str, document: Document
) -> None:
    word = vars(requests)[name].at(document.version)
    if word.endswith("/"):
        assert document.operation("GET", f"/slurmdb/{{}}/{word}") is not None
    else:
        assert name in SWITCHES, f"{name} is not in SWITCHES"
        assert word in document.words("GET", SWITCHES[name])


def test_every_request_on_tape_is_documented(document: Document) -> None:
    """The tapes hold what the builders really send."""
    name = f"{document.cluster.suite}-{document.version}"
    undocumented = set()
    for exchange in (one for tape in tapes() if str(tape) == name for one in tape.exchanges):
        path = exchange.path.replace(str(document.version), "{}")
        path = re.sub(r"^(/slurmdb/{}/(account|cluster|qos|user)/).+", r"\1{}", path)
        words = set(exchange.query) - document.words(exchange.method, path)
        if document.operation(exchange.method, path) is None or words:
            undocumented.add((exchange.method, path, *words))
    assert undocumented == set()
