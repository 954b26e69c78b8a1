"""RestBackend against a slurmrestd of our own, behind httpx.MockTransport."""

from __future__ import annotations

import httpx
import pytest

from slurmctl_rest.backends.query import Query
from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.errors import (
    Conflict,
    NotAuthenticated,
    SlurmctlError,
    SlurmRefused,
    Unanswered,
    Unreachable,
    Unsupported,
)
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION, QOS, TRES_TYPE
from slurmctl_rest.model.facts import NEWER, Controller, Skipped, SlurmrestdFacts, Token
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.versions import KNOWN, V41, V42, V43
from tests.backends.changes import deleted, modified
from tests.fakes import BEFORE, NOW, Seen, Slurmrestd, json_answer, plain, world
from tests.support import PHYSICS, account, association, rest_profile

pytestmark = pytest.mark.usefixtures("token")


def backend(slurmrestd: Slurmrestd, **api: Json) -> RestBackend:
    return RestBackend(rest_profile(**api), httpx.MockTransport(slurmrestd))


ACCOUNTS = Query(ACCOUNT, "alps")
UNNAMED = {"meta": {"slurm": {"release": "24.11.5"}}, "errors": [], "warnings": [], "pings": []}


def test_accounts_with_their_associations_and_coordinators() -> None:
    slurmrestd = Slurmrestd()
    assert backend(slurmrestd).read(ACCOUNTS) == [
        PHYSICS,
        account("root", None, QosLevel=("normal",)),
        account("science"),
    ]
    assert {seen.path for seen in slurmrestd.seen} == {
        "/slurmdb/v0.0.43/accounts/",
        "/slurmdb/v0.0.43/associations/",
    }


def test_one_account_by_name() -> None:
    slurmrestd = Slurmrestd()
    assert backend(slurmrestd).read(Query(ACCOUNT, "alps", ("physics",))) == [PHYSICS]
    assert slurmrestd.seen[0].path == "/slurmdb/v0.0.43/account/physics"


def test_own_limits_are_asked_for_and_never_those_of_parents() -> None:
    """All but one view, which is read for its QOS only."""
    slurmrestd = Slurmrestd()
    backend(slurmrestd).read(ACCOUNTS)
    views = [set(s.query) - {"user"} for s in slurmrestd.seen if "associations" in s.path]
    own, raw = "Exclude limits from parents", "Include the raw QOS or delta_qos"
    assert views == [{own, raw}, {own}, set()]


def test_changes_to_inherited_qos_are_read() -> None:
    rows = [
        account("root", None, QosLevel=("low", "normal")),
        account("a", QosLevel=("+high",)),
        account("b", "a", QosLevel=("-high", "-low")),
    ]
    found = backend(Slurmrestd(world(rows))).read(ACCOUNTS)
    assert {row["Account"]: row["QosLevel"] for row in found} == {
        "root": ("low", "normal"),
        "a": ("+high",),
        "b": ("-high", "-low"),
    }


def test_a_database_that_does_not_pad_strings_is_asked_for_all_rows() -> None:
    def answer(seen: Seen) -> httpx.Response | None:
        return json_answer(200, {"associations": []}) if seen.query.get("user") == " " else None

    assert backend(Slurmrestd(answer=answer)).read(ACCOUNTS)[0] == PHYSICS


def test_accounts_of_other_clusters() -> None:
    rows = [account("root", None), account("a", Clusters=("jura",))]
    found = backend(Slurmrestd(world(rows))).read(ACCOUNTS)
    elsewhere = account("a", None, Cluster=None, Clusters=("jura",), Fairshare=None)
    assert found[0] == elsewhere


def test_associations_of_accounts() -> None:
    slurmrestd = Slurmrestd()
    where = {"Account": ("physics", "science")}
    found = backend(slurmrestd).read(Query(ASSOCIATION, "alps", where=where))
    assert [(row["Account"], row["User"]) for row in found] == [
        ("physics", None), ("physics", "alice"), ("physics", "bob"), ("root", None),
        ("science", None),
    ]  # fmt: skip
    assert {seen.query["cluster"] for seen in slurmrestd.seen} == {"alps"}


def test_small_tables() -> None:
    one = backend(Slurmrestd())
    assert [row["Name"] for row in one.read(Query(QOS, "alps"))] == ["high", "low", "normal"]
    assert [row["Name"] for row in one.read(Query(QOS, "alps", ("low",)))] == ["low"]
    tres = one.read(Query(TRES_TYPE, "alps"))
    assert {"Type": "gres", "Name": "gpu", "ID": 3} in tres


def test_cluster_and_release() -> None:
    slurmrestd = Slurmrestd()
    one = backend(slurmrestd)
    assert one.cluster() == "alps"
    assert slurmrestd.seen == []
    assert one.release() == "24.11.5"
    assert one.release() == "24.11.5"
    assert len(slurmrestd.seen) == 1


def test_a_cluster_that_the_profile_does_not_name_is_slurmrestd_s_own() -> None:
    unnamed = rest_profile().model_copy(update={"cluster_name": None})
    slurmrestd = Slurmrestd()
    one = RestBackend(unnamed, httpx.MockTransport(slurmrestd))
    assert [one.cluster(), one.cluster()] == ["alps", "alps"]
    assert [seen.path for seen in slurmrestd.seen] == ["/slurm/v0.0.43/ping/"]
    silent = Slurmrestd(answer=lambda _: httpx.Response(200, json=UNNAMED))
    with pytest.raises(SlurmRefused) as refused:
        RestBackend(unnamed, httpx.MockTransport(silent)).cluster()
    assert refused.value.hint == "set cluster_name in the profile, or use --cluster NAME"


# --- versions


def test_a_version_that_is_not_served_names_those_that_are() -> None:
    with pytest.raises(Unsupported) as refused:
        backend(Slurmrestd(), api_version="v0.0.45").read(ACCOUNTS)
    assert refused.value.message == (
        "slurmrestd at http://localhost:6820 does not serve API version v0.0.45"
    )
    assert refused.value.hint == (
        "it serves v0.0.41, v0.0.42, v0.0.43: set api_version (or 'auto')"
    )


@pytest.mark.parametrize("version", ["v0.0.43", "auto"])
def test_a_server_that_serves_nothing_we_know(version: str) -> None:
    with pytest.raises(Unsupported) as refused:
        backend(Slurmrestd(serves=["v0.0.39"]), api_version=version).read(ACCOUNTS)
    assert refused.value.message.endswith(f"does not serve API version {version}")
    assert refused.value.hint == (
        f"it serves none of v0.0.40 to {KNOWN[-1]}, which this program knows"
    )


def test_auto_takes_the_newest_that_both_know_and_asks_once() -> None:
    slurmrestd = Slurmrestd(serves=["v0.0.41", "v0.0.42", str(NEWER[0])])
    one = backend(slurmrestd, api_version="auto")
    assert str(one.version()) == "v0.0.42"
    asked = len(slurmrestd.seen)
    assert str(one.version()) == "v0.0.42"
    assert len(slurmrestd.seen) == asked


def test_a_url_that_a_served_version_does_not_know() -> None:
    def answer(seen: Seen) -> httpx.Response | None:
        return plain(404, "text/plain", b"no") if "/qos/" in seen.path else None

    with pytest.raises(Unsupported) as refused:
        backend(Slurmrestd(answer=answer)).read(Query(QOS, "alps"))
    assert refused.value.message == (
        "slurmrestd at http://localhost:6820 does not know /slurmdb/v0.0.43/qos/"
    )


def test_a_wrong_server() -> None:
    def answer(seen: Seen) -> httpx.Response:
        return plain(200, "text/html", b"<html>")

    with pytest.raises(SlurmRefused, match="without JSON, but text/html"):
        backend(Slurmrestd(answer=answer)).read(ACCOUNTS)


@pytest.mark.parametrize("document", [{}, {"accounts": None}, {"accounts": {}}], ids=str)
def test_an_answer_without_the_list_is_no_empty_list(document: Json) -> None:
    """Or a read-back would take everything for deleted."""
    slurmrestd = Slurmrestd(answer=lambda _: json_answer(200, document))
    with pytest.raises(SlurmRefused, match="has no list 'accounts'"):
        backend(slurmrestd).read(ACCOUNTS)


# --- writes


def test_preview_is_what_write_sends() -> None:
    slurmrestd = Slurmrestd()
    one = backend(slurmrestd)
    changes = [modified("a"), deleted("b"), modified("c")]
    shown = one.preview(changes)
    assert slurmrestd.seen == []
    outcomes = one.write(changes)
    assert [(o.change, o.error) for o in outcomes] == [(change, None) for change in changes]
    assert list(one.log) == shown
    assert [(seen.method, seen.path, seen.body) for seen in slurmrestd.seen] == [
        (command.method, command.path, command.body) for command in shown
    ]


def test_a_failed_request_fails_its_changes_and_no_others() -> None:
    def answer(seen: Seen) -> httpx.Response | None:
        if seen.path.endswith("/account/b"):
            return json_answer(500, {"errors": [{"error_number": 7001, "error": "jobs"}]})
        return None

    changes = [deleted("a"), deleted("b"), modified("c")]
    errors = [o.error for o in backend(Slurmrestd(answer=answer)).write(changes)]
    assert errors[0] is None
    assert isinstance(errors[1], Conflict)
    assert errors[1].message == "account 'b': it has running jobs"
    assert errors[2] is None


def test_a_request_that_came_in_pieces_is_sent_once_more_a_write_too() -> None:
    broken: set[str] = set()

    def answer(seen: Seen) -> httpx.Response | None:
        if seen.path in broken:
            return None
        broken.add(seen.path)
        return plain(500, "text/plain", b"Invalid empty HTTP header")

    slurmrestd = Slurmrestd(answer=answer)
    one = RestBackend(rest_profile(), httpx.MockTransport(slurmrestd), waits=(0.0,))
    assert [o.error for o in one.write([modified("a")])] == [None]
    assert [seen.method for seen in slurmrestd.seen] == ["POST", "POST"]
    assert one.read(Query(ACCOUNT, "alps", ("physics",))) == [PHYSICS]


def test_200_with_a_warning_is_a_failed_write() -> None:
    warned = json_answer(200, {"warnings": [{"description": "Expected a number"}]})
    slurmrestd = Slurmrestd(answer=lambda _: warned)
    error = backend(slurmrestd).write([modified("a")])[0].error
    assert isinstance(error, SlurmRefused)


def test_304_is_left_to_the_read_back() -> None:
    slurmrestd = Slurmrestd(answer=lambda _: httpx.Response(304))
    assert backend(slurmrestd).write([deleted("a")])[0].error is None


def test_a_connection_that_breaks_is_an_error_of_its_change() -> None:
    def answer(seen: Seen) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    error = backend(Slurmrestd(answer=answer)).write([modified("a")])[0].error
    assert isinstance(error, Unanswered)
    assert error.late


def test_nothing_to_do_sends_nothing() -> None:
    slurmrestd = Slurmrestd()
    same = RowChange(ACCOUNT, "modify", "a", PHYSICS, PHYSICS)
    assert backend(slurmrestd).write([same])[0].error is None
    assert slurmrestd.seen == []


# --- ping


def test_ping_asks_both_daemons() -> None:
    slurmrestd = Slurmrestd()
    rows = backend(slurmrestd).ping()
    assert [(r["Daemon"], r["Status"], r["Release"], r["Detail"]) for r in rows] == [
        ("slurmctld", "up", "24.11.5", None),
        ("slurmdbd", "up", "24.11.5", None),
    ]
    assert [s.path for s in slurmrestd.seen] == [
        "/slurm/v0.0.43/ping/", "/slurmdb/v0.0.43/ping/",
    ]  # fmt: skip


def test_a_daemon_that_does_not_answer_is_a_row() -> None:
    def answer(seen: Seen) -> httpx.Response | None:
        if seen.path.startswith("/slurmdb/"):
            return json_answer(502, {"errors": [{"error_number": 7000, "error": "no"}]})
        return None

    rows = backend(Slurmrestd(answer=answer)).ping()
    assert [(r["Daemon"], r["Status"], r["Detail"]) for r in rows] == [
        ("slurmctld", "up", None),
        ("slurmdbd", "down", "GET /slurmdb/v0.0.43/ping/: slurmdbd does not answer"),
    ]


def test_the_world_of_these_tests_is_the_one_described() -> None:
    assert association("physics", "bob", MaxJobs=2, Default=True) in BEFORE.associations


# --- what doctor asks


def test_slurmrestd_is_looked_at_from_its_address_to_its_versions() -> None:
    slurmrestd = Slurmrestd(serves=("v0.0.41", "v0.0.42", "v0.0.43", str(NEWER[0]), "v0.0.99"))
    assert backend(slurmrestd, verify_ssl=False).slurmrestd() == SlurmrestdFacts(
        url="http://localhost:6820",
        verified=False,
        username="admin",
        api_version="v0.0.43",
        reached=None,
        token=Token("the variable SLURM_JWT", None, None, None),
        served=(V41, V42, V43, NEWER[0]),
    )
    probed = [f"/slurm/{version}/ping/" for version in (*KNOWN, *NEWER)]
    assert [seen.path for seen in slurmrestd.seen] == probed


def test_where_nothing_answers_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    facts = RestBackend(rest_profile(), httpx.MockTransport(nobody)).slurmrestd()
    assert isinstance(facts.reached, Unreachable)
    assert facts.served == Skipped("slurmrestd is not reached")
    monkeypatch.delenv("SLURM_JWT")
    slurmrestd = Slurmrestd()
    facts = backend(slurmrestd).slurmrestd()
    assert isinstance(facts.token, NotAuthenticated)
    assert (facts.reached, facts.served) == (None, Skipped("slurmrestd is not reached"))
    assert slurmrestd.seen == []


@pytest.mark.parametrize(
    ("status", "error"), [(401, NotAuthenticated), (200, SlurmRefused), (502, Unreachable)]
)
def test_who_answers_without_json_serves_nothing(status: int, error: type[SlurmctlError]) -> None:
    slurmrestd = Slurmrestd(answer=lambda _: plain(status, "text/plain", b"hello"))
    assert type(backend(slurmrestd).slurmrestd().served) is error


def test_a_version_is_served_where_slurmctld_is_down() -> None:
    error = {"errors": [{"error_number": 1800, "error": "Unable to contact slurm controller"}]}
    slurmrestd = backend(Slurmrestd(answer=lambda _: json_answer(500, error))).slurmrestd()
    assert slurmrestd.served == (V41, V42, V43)


def test_the_clock_of_slurmctld() -> None:
    rest = backend(Slurmrestd())
    assert rest.controller() == Controller(NOW, "24.11.5")
    assert rest.user() == "admin"
    assert rest.clusters() == ["alps"]


@pytest.mark.parametrize("statistics", [None, [], {"req_time": {"set": False, "number": 0}}])
def test_a_clock_that_is_not_told(statistics: Json) -> None:
    slurmrestd = Slurmrestd(answer=lambda _: json_answer(200, {"statistics": statistics}))
    with pytest.raises(SlurmRefused, match="slurmctld does not report its time"):
        backend(slurmrestd).controller()


def test_a_refused_token_is_told_from_a_slurmdbd_that_is_down() -> None:
    refusal = {"errors": [{"error_number": 1007, "error": "Protocol authentication error"}]}
    slurmrestd = Slurmrestd(answer=lambda _: json_answer(511, refusal))
    with pytest.raises(NotAuthenticated):
        backend(slurmrestd).controller()
