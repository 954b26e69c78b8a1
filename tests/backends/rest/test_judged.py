"""A server before slurmrestd that loses parameters, and looks that do not fit together."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from slurmctl_rest.backends import retry
from slurmctl_rest.backends.query import Query, View
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.errors import Conflict, SlurmctlError, SlurmRefused, Unsupported
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, USER
from slurmctl_rest.model.kinds.base import Json
from tests.fakes import ALICE, BOB, ROOT, SCIENCE, Slurmrestd, world
from tests.support import PHYSICS, association, rest_profile

LIMITED = {**PHYSICS, "MaxJobs": 5, "MaxTRES": {"cpu": 4}, "Coordinators": ("bob",)}
FROZEN = association("physics", "carol", Default=True, MaxJobs=5)
OWN_QOS = association("physics", "dora", Default=True, QosLevel=("high",))
ADDS = association("physics", "eve", Default=True, QosLevel=("+low",))
OF = world([ROOT, SCIENCE, LIMITED], [ALICE, BOB, FROZEN, OWN_QOS, ADDS])
OWN_LIMITS, RAW_QOS = "Exclude limits from parents", "Include the raw QOS or delta_qos"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JWT", "SECRET")
    monkeypatch.setattr(retry, "pause", lambda _: None)


def losing(name: str, slurmrestd: Slurmrestd) -> RestBackend:
    """Return a backend, and a server before slurmrestd that loses a parameter."""

    def handle(request: httpx.Request) -> httpx.Response:
        kept = [(key, value) for key, value in request.url.params.multi_items() if key != name]
        url = request.url.copy_with(params=kept)
        return slurmrestd(httpx.Request(request.method, url, headers=request.headers))

    return RestBackend(rest_profile(), httpx.MockTransport(handle), waits=())


def rewriting(change: Callable[[httpx.Request, Json], None]) -> RestBackend:
    """Return a backend, and a server before slurmrestd that changes what is answered."""
    slurmrestd = Slurmrestd(OF)

    def handle(request: httpx.Request) -> httpx.Response:
        document = json.loads(slurmrestd(request).content)
        change(request, document)
        return httpx.Response(200, json=document)

    return RestBackend(rest_profile(), httpx.MockTransport(handle), waits=())


QUERIES = {
    "accounts": Query(ACCOUNT, "alps"),
    "an account": Query(ACCOUNT, "alps", ("physics",)),
    "users": Query(USER, "alps"),
    "a user": Query(USER, "alps", ("bob",)),
    "all": Query(ASSOCIATION, "alps"),
    "of a user": Query(ASSOCIATION, "alps", where={"User": ("bob",)}),
    "in an account": Query(ASSOCIATION, "alps", where={"Account": ("physics",)}),
    "for all partitions": Query(ASSOCIATION, "alps", where={"User": ("bob",), "Partition": ("",)}),
    "by lineage": Query(ASSOCIATION, "alps", where={"User": ("carol",)}, lineage=True),
    "sources": Query(ASSOCIATION, "alps", view=View.SOURCES),
    "in force": Query(ASSOCIATION, "alps", where={"User": ("eve",)}, view=View.IN_FORCE),
    "by number": Query(ASSOCIATION, "alps", where={"ID": ("5",)}),
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_parameter_that_is_lost_is_made_up_for_or_an_error(query: Query) -> None:
    whole = Slurmrestd(OF)
    right = RestBackend(rest_profile(), httpx.MockTransport(whole), waits=()).read(query)
    lost = {name for seen in whole.seen for name in seen.query}
    assert lost
    errors: dict[str, str] = {}
    for name in sorted(lost):
        try:
            assert losing(name, Slurmrestd(OF)).read(query) == right, name
        except (Unsupported, Conflict, SlurmRefused) as error:
            errors[name] = str(error)
    for name, said in errors.items():
        assert f"'{name}' does not reach" in said or "differently" in said or name == "id", said


def test_evidence_is_asked_for_once_and_only_where_it_is_needed() -> None:
    plain = Slurmrestd(
        world([ROOT, SCIENCE, {**PHYSICS, "QosLevel": (), "Coordinators": ("bob",)}])
    )
    backend = RestBackend(rest_profile(), httpx.MockTransport(plain), waits=())
    backend.read(Query(ACCOUNT, "alps"))
    assert plain.probes == []
    slurmrestd = Slurmrestd(OF)
    backend = RestBackend(rest_profile(), httpx.MockTransport(slurmrestd), waits=())
    for query in (*QUERIES.values(), *QUERIES.values()):
        backend.read(query)
    assert [path.rpartition("v0.0.43/")[2] for path in slurmrestd.probes] == ["associations/"]


def test_a_profile_may_say_that_nobody_need_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURMCTL_REST_REST_API__CHECK_QUERIES", "false")
    slurmrestd = Slurmrestd(OF)
    profile = rest_profile(check_queries=False)
    RestBackend(profile, httpx.MockTransport(slurmrestd), waits=()).read(QUERIES["all"])
    assert slurmrestd.probes == []


def test_a_parameter_that_slurmrestd_does_not_know_is_an_error() -> None:
    words = 'Ignoring unknown field "WithCoordinators" of type string in DATA_PARSER'

    def change(_: httpx.Request, document: Json) -> None:
        document["warnings"] = [{"description": words, "source": "#/WithCoordinators/"}]

    with pytest.raises(Unsupported) as caught:
        rewriting(change).read(QUERIES["accounts"])
    error = caught.value
    assert error.message.endswith(f": slurmrestd does not know a part of the request: {words}")
    assert (error.hint, error.http_status) == (
        "the answer was discarded; this program may not know this Slurm release", 200,
    )  # fmt: skip


@pytest.mark.parametrize("which", ["raw", "own", "final"])
@pytest.mark.parametrize("times", [1, 9])
def test_a_look_that_says_something_else_is_taken_again(which: str, times: int) -> None:
    left = [times]

    def change(request: httpx.Request, document: Json) -> None:
        params = request.url.params
        view = "raw" if RAW_QOS in params else "own" if OWN_LIMITS in params else "final"
        rows = [one for one in document.get("associations", ()) if one["account"] == "physics"]
        if view == which and rows and left[0]:
            left[0] -= 1
            rows[0]["max"]["tres"]["total"] = []

    backend = rewriting(change)
    if times > 1:
        with pytest.raises(
            Conflict, match=r"GrpTRES of association 'physics': slurmrestd gave different"
        ):
            backend.read(QUERIES["all"])
        return
    right = RestBackend(rest_profile(), httpx.MockTransport(Slurmrestd(OF)), waits=())
    assert backend.read(QUERIES["all"]) == right.read(QUERIES["all"])


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("query", [q for n, q in QUERIES.items() if n != "by number"])
def test_what_comes_twice_is_one_or_an_error(query: Query, alike: bool) -> None:
    def change(_: httpx.Request, document: Json) -> None:
        for key in ("accounts", "users", "associations"):
            again = json.loads(json.dumps(document.get(key, [])))
            for record in again if not alike else ():
                record["description"], record["shares_raw"] = "another", 17
            if key in document:
                document[key] += again

    backend = rewriting(change)
    if alike:
        right = RestBackend(rest_profile(), httpx.MockTransport(Slurmrestd(OF)), waits=())
        assert backend.read(query) == right.read(query)
        return
    with pytest.raises(
        SlurmctlError, match="Slurm's answer contains it twice, with different values"
    ):
        backend.read(query)
