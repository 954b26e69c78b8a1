"""Request builders: what slurmrestd is sent, and what it must never be sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurmctl_rest.backends.rest import requests, unsupported
from slurmctl_rest.backends.rest.request import Request
from slurmctl_rest.backends.rest.requests import OWN_LIMITS, WITH_COORDINATORS, WITH_RAW_QOS
from slurmctl_rest.backends.rest.values import ASSOCIATION_FIELDS
from slurmctl_rest.backends.rest.writes import writes
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.change import RowChange
from slurmctl_rest.model.entities import ACCOUNT
from slurmctl_rest.model.fields import Row
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.syntax import Assignment
from slurmctl_rest.model.versions import KNOWN, V40, V41, V42, V43, ApiVersion
from slurmctl_rest.planning import accounts, associations
from tests.models import slurmrestd_applies
from tests.strategies import account_changes, modifications
from tests.support import LIMITS, PHYSICS, TRES_FIELDS, account, alike, assign, at, only

ROOT = account("root", None)


def built(wanted: Sequence[RowChange], version: ApiVersion = V43) -> list[Request]:
    """Return the requests; what slurmrestd has no words for is refused before any is sent."""
    try:
        return writes(wanted, version)
    except Unsupported as error:
        lacking = f"API {version} of slurmrestd cannot set " in error.message
        assert lacking or "QosLevel" in error.message  # noqa: PT017
        return []


def strings(body: Json, key: str = "") -> Iterator[tuple[str, Json]]:
    """Yield each leaf with the key it stands under."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from strings(value, name)
    elif isinstance(body, list):
        for value in body:
            yield from strings(value, key)
    else:
        yield key, body


# --- laws


@given(wanted=st.lists(account_changes(), max_size=3), version=st.sampled_from(KNOWN))
def test_no_body_holds_an_empty_or_signed_qos(wanted: list[RowChange], version: ApiVersion) -> None:
    """`qos: [""]` ends slurmrestd 26.05, and `+high` would be taken for a name."""
    for request in built(wanted, version):
        leaves = list(strings(request.body))
        for key in ("qos", "qoslevel"):
            for found, value in leaves:
                if found == key and isinstance(value, str) and not _is_default(request):
                    assert value
                    assert value[0] not in "+-"
        json.dumps(request.body)


def _is_default(request: Request) -> bool:
    """Tell whether `qos` also stands for default.qos, whose empty string clears."""
    items = (request.body or {}).get("associations", [])
    return any(at(item, "default.qos") is not None for item in items)


@given(change=modifications(LIMITS))
def test_default_qos_is_the_only_name_that_may_be_empty(change: RowChange) -> None:
    for request in built([change]):
        for item in request.body["associations"]:
            assert "" not in item["qos"]
            if "DefaultQOS" in change.fields:
                assert at(item, "default.qos") == (change.fields["DefaultQOS"][1] or "")
            else:
                assert "default" not in item


@given(wanted=st.lists(modifications(), max_size=3), version=st.sampled_from(KNOWN))
def test_every_association_bears_all_tres_lists_and_qos(
    wanted: list[RowChange], version: ApiVersion
) -> None:
    for request in built(wanted, version):
        for item in request.body.get("associations", []):
            lists = [f for f in TRES_FIELDS if f.is_known_to(version)]
            assert [f.name for f in lists if not isinstance(at(item, f.path), list)] == []
            assert isinstance(item["qos"], list)
            assert (item["user"], item["partition"], item["cluster"]) == ("", "", "alps")
            assert item["account"] == "physics"


@given(change=modifications())
def test_every_account_bears_coordinators_description_and_organization(change: RowChange) -> None:
    for request in built([change]):
        for item in request.body.get("accounts", []):
            assert change.after is not None
            assert item == {
                "name": "physics",
                "description": change.after["Description"],
                "organization": change.after["Organization"],
                "coordinators": [{"name": n} for n in _names(change.after["Coordinators"])],
            }


def _names(value: object) -> tuple[str, ...]:
    assert isinstance(value, tuple)
    return value


@given(change=modifications())
def test_slurmrestd_makes_of_the_body_what_was_planned(change: RowChange) -> None:
    """By its own rules: TRES lists are final state, [] keeps the QOS, absent keeps a scalar."""
    assert change.before is not None
    assert change.after is not None
    for request in built([change]):
        for item in request.body.get("associations", []):
            done = slurmrestd_applies(change.before, item)
            record = ("Description", "Organization", "Coordinators")
            texts = {name: change.after[name] for name in record}
            assert {**done, **texts} == change.after


@given(wanted=st.lists(account_changes(), max_size=4))
def test_every_change_is_carried_and_no_other(wanted: list[RowChange]) -> None:
    requests_ = built(wanted)
    if not requests_:
        return
    carried = {id(change) for request in requests_ for change in request.changes}
    assert carried == {id(change) for change in wanted if change.needs_write}
    for request in requests_:
        assert request.changes
        assert request.method in {"POST", "DELETE"}
        assert not (request.query and request.body), "a query and a body in one request is a 400"


@given(change=account_changes())
def test_a_delete_always_names_an_account(change: RowChange) -> None:
    for request in built([change]):
        if request.method == "DELETE":
            assert request.body is None
            if request.path.endswith("/associations/"):
                assert request.query == {"account": "physics", "cluster": "alps"}
            else:
                assert request.path == "/slurmdb/v0.0.43/account/physics"
                assert request.query == {}


@given(change=modifications())
def test_what_changes_nothing_sends_nothing(change: RowChange) -> None:
    same = RowChange(ACCOUNT, "modify", "physics", change.after, change.after)
    implied = RowChange(ACCOUNT, "delete", "physics", change.after, None, cascade_of="x")
    assert writes([same, implied], V43) == []


# --- examples


def test_accounts_without_an_association_are_deleted_by_themselves() -> None:
    """A deletion of rows that names no cluster would mean every one: it is never sent."""
    placed = [RowChange(ACCOUNT, "delete", "a", account("a"), None)]
    known = [
        RowChange(ACCOUNT, "delete", n, account(n, Cluster=None, Clusters=()), None) for n in "bc"
    ]
    sent = [(r.path.removeprefix("/slurmdb/v0.0.43"), r.query) for r in writes(known, V43)]
    assert sent == [("/account/b", {}), ("/account/c", {})]
    sent = [(r.path.removeprefix("/slurmdb/v0.0.43"), r.query) for r in writes(placed + known, V43)]
    assert sent == [
        ("/associations/", {"account": "a", "cluster": "alps"}),
        ("/account/a", {}),
        ("/account/b", {}),
        ("/account/c", {}),
    ]


def modification(row: Row, *tokens: str) -> RowChange:
    asked: list[Assignment] = [assign(token) for token in tokens]
    current = [ROOT, account("science"), row]
    return only(associations.modify(ACCOUNT, alike([row], asked), current, "alps")).change


def test_a_list_of_tres_is_sent_to_the_versions_that_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fields = [replace(f, since=V42) if f.name == "MaxTRES" else f for f in ASSOCIATION_FIELDS]
    monkeypatch.setattr("slurmctl_rest.backends.rest.writes.ASSOCIATION_FIELDS", fields)
    change = modification(PHYSICS, "MaxJobs=-1")
    sent = {version: only(writes([change], version)).body for version in (V41, V42)}
    tres = {v: body["associations"][0]["max"]["tres"]["per"] for v, body in sent.items()}
    assert tres == {V41: {"node": []}, V42: {"job": [], "node": []}}


def test_a_modify_whole() -> None:
    change = modification(PHYSICS, "MaxJobs=-1", "GrpTRES=cpu=7", "Desc=x", "parent=root")
    association, account_ = writes([change], V43)
    assert association == Request(
        "POST",
        "/slurmdb/v0.0.43/associations/",
        body={
            "associations": [
                {
                    "account": "physics",
                    "cluster": "alps",
                    "partition": "",
                    "user": "",
                    "parent_account": "root",
                    "max": {
                        "jobs": {"active": {"set": True, "infinite": True, "number": 0}},
                        "tres": {
                            "total": [
                                {"type": "cpu", "name": "", "count": 7},
                                {"type": "mem", "name": "", "count": 2048},
                            ],
                            "group": {"minutes": [], "active": []},
                            "per": {"job": [], "node": []},
                            "minutes": {"per": {"job": []}, "total": []},
                        },
                    },
                    "qos": [],
                }
            ]
        },
        changes=(change,),
    )
    assert account_ == Request(
        "POST",
        "/slurmdb/v0.0.43/accounts/",
        body={
            "accounts": [
                {
                    "name": "physics",
                    "description": "x",
                    "organization": "science",
                    "coordinators": [{"name": "alice"}],
                }
            ]
        },
        changes=(change,),
    )


def test_many_rows_go_in_one_request() -> None:
    rows = [account(name) for name in ("a", "b", "c")]
    asked = [assign("MaxJobs=1")]
    planned = [
        o.change for o in associations.modify(ACCOUNT, alike(rows, asked), [ROOT, *rows], "alps")
    ]
    request = only(writes(planned, V43))
    assert [item["account"] for item in request.body["associations"]] == ["a", "b", "c"]
    assert request.changes == tuple(planned)


def test_an_add_whole() -> None:
    asked = [assign("GrpTRES=cpu=5"), assign("MaxWall=60"), assign("qos=high"), assign("fair=3")]
    planned = accounts.add(dict.fromkeys(["a", "b"], asked), [ROOT], "alps")
    request = only(writes([o.change for o in planned], V43))
    assert (request.method, request.path) == ("POST", "/slurmdb/v0.0.43/accounts_association/")
    assert request.body == {
        "association_condition": {
            "accounts": ["a", "b"],
            "clusters": ["alps"],
            "association": {
                "parent": "root",
                "fairshare": 3,
                "grptres": [{"type": "cpu", "name": "", "count": 5}],
                "maxwalldurationperjob": {"set": True, "infinite": False, "number": 60},
                "qoslevel": ["high"],
            },
        },
        "account": {},
    }


def test_accounts_with_texts_of_their_own_go_apart() -> None:
    outcomes = [
        *accounts.add({"a": [assign("Desc=x")]}, [ROOT], "alps"),
        *accounts.add({"b": [], "c": []}, [ROOT], "alps"),
    ]
    found = writes([o.change for o in outcomes], V43)
    assert [r.body["association_condition"]["accounts"] for r in found] == [["a"], ["b", "c"]]
    assert found[0].body["account"] == {"description": "x", "organization": "a"}


@pytest.mark.parametrize(
    ("row", "token", "words"),
    [
        (account("a"), "qos+=high", "slurmrestd cannot change an inherited QosLevel"),
        (account("a"), "qos-=high", "slurmrestd cannot change an inherited QosLevel"),
        (PHYSICS, "qos=", "slurmrestd cannot restore the inheritance of QosLevel"),
        (account("a", QosLevel=("+high",)), "qos=", "slurmrestd cannot restore the inheritance"),
    ],
)
def test_what_slurmrestd_has_no_words_for_is_refused(row: Row, token: str, words: str) -> None:
    change = modification(row, token)
    with pytest.raises(Unsupported) as refused:
        writes([change], V43)
    assert words in refused.value.message
    assert change.name in refused.value.message
    assert 'execution_mode = "cli"' in refused.value.hint


@pytest.mark.parametrize(
    ("version", "own", "raw", "coordinators"),
    [
        (V40, "without_parent_limits", "with_raw_qos", "with_coords"),
        (V41, "without_parent_limits", "with_raw_qos", "WithCoordinators"),
        (
            V42, "Exclude limits from parents", "Include the raw QOS or delta_qos",
            "WithCoordinators",
        ),
        (
            V43, "Exclude limits from parents", "Include the raw QOS or delta_qos",
            "WithCoordinators",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_switches_by_version(version: ApiVersion, own: str, raw: str, coordinators: str) -> None:
    assert OWN_LIMITS.at(version) == own
    assert WITH_RAW_QOS.at(version) == raw
    assert WITH_COORDINATORS.at(version) == coordinators


@pytest.mark.parametrize(
    ("bounds", "good", "bad", "hint"),
    [
        ({"since": V43}, V43, V42, "v0.0.43 or later"),
        ({"until": V42}, V42, V43, "v0.0.42 or earlier"),
    ],
    ids=["since", "until"],
)
def test_a_field_that_the_version_does_not_know_is_refused_by_name(
    bounds: dict[str, ApiVersion], good: ApiVersion, bad: ApiVersion, hint: str
) -> None:
    newer = replace(ACCOUNT["MaxJobs"], **bounds)  # type: ignore[arg-type]
    entity = replace(
        ACCOUNT, fields=tuple(newer if f.name == "MaxJobs" else f for f in ACCOUNT.fields)
    )
    before = account("a")
    change = RowChange(entity, "modify", "a", before, {**before, "MaxJobs": 5})
    assert unsupported.unsupported_reason(change, good) is None
    refused = unsupported.unsupported_reason(change, bad)
    assert refused is not None
    assert (refused.message, refused.hint) == (
        f"account 'a': API {bad} of slurmrestd cannot set MaxJobs",
        f'set api_version to {hint}, or use a profile with execution_mode = "cli"',
    )
    unchanged = RowChange(entity, "modify", "a", before, {**before, "MaxWall": 5})
    assert unsupported.unsupported_reason(unchanged, bad) is None


def test_bytes_that_are_not_utf_8_are_never_sent() -> None:
    before = account("a")
    change = RowChange(ACCOUNT, "modify", "a", before, {**before, "Description": "caf\udce9"})
    refused = unsupported.unsupported_reason(change, V43)
    assert refused is not None
    assert refused.message == (
        r"account 'a': slurmrestd cannot store its Description 'caf\xe9', which is not UTF-8"
    )
    with pytest.raises(Unsupported, match=r"'\\xe9' is not UTF-8, which slurmrestd takes alone"):
        requests.associations(V43, {"account": "\udce9"})
    with pytest.raises(Unsupported, match=r"'\\xe9' is not UTF-8, which slurmrestd takes alone"):
        requests.accounts(V43, ["\udce9"])


def test_reads() -> None:
    assert requests.probe_version(V43) == Request("GET", "/slurm/v0.0.43/ping/")
    assert requests.ping_slurmdbd(V42) == Request("GET", "/slurmdb/v0.0.42/ping/")
    assert requests.ping_slurmdbd(V41) == Request("GET", "/slurmdb/v0.0.41/diag/")
    assert requests.accounts(V43, ["a.b"]) == Request(
        "GET", "/slurmdb/v0.0.43/account/a.b", query={"with_coords": "true"}
    )
    assert requests.accounts(V43, ["a", "b"]) == Request(
        "GET", "/slurmdb/v0.0.43/accounts/", query={"WithCoordinators": "true"}
    )
    assert requests.associations(V43, {"cluster": "alps"}, OWN_LIMITS) == Request(
        "GET",
        "/slurmdb/v0.0.43/associations/",
        query={"cluster": "alps", "Exclude limits from parents": "true"},
    )


@pytest.mark.parametrize(
    ("ask", "noun"),
    [(requests.accounts, "account"), (requests.users, "user"), (requests.qos, "qos")],
)
def test_a_name_is_one_step_of_a_path(
    ask: Callable[[ApiVersion, list[str]], Request], noun: str
) -> None:
    assert ask(V43, ["a/b X?"]).path == f"/slurmdb/v0.0.43/{noun}/a%2Fb%20X%3F"


def test_questions_without_conditions() -> None:
    assert requests.diag(V43) == Request("GET", "/slurm/v0.0.43/diag/")
    assert requests.states(V43) == Request("GET", "/slurm/v0.0.43/jobs/state")
    assert requests.one_association(V43) == Request(
        "GET", "/slurmdb/v0.0.43/associations/", query={"id": "1"}
    )


def test_what_a_message_about_a_request_is_about() -> None:
    assert requests.probe_version(V43).what == "GET /slurm/v0.0.43/ping/"
    change = modification(PHYSICS, "MaxJobs=1")
    assert only(writes([change], V43)).what == "account 'physics'"


@pytest.mark.parametrize(
    ("row", "tokens", "said"),
    [
        ({"Description": r"um\xe9l"}, ["Organization=uni"], r"its Description 'um\xe9l'"),
        ({"Organization": r"\xff"}, ["Description=uni"], r"its Organization '\xff'"),
        ({"Description": r"a\ud800"}, ["Organization=x"], r"its Description 'a\ud800'"),
        ({"Coordinators": (r"al\xe9",)}, ["Description=x"], r"its Coordinators 'al\xe9'"),
        ({"Description": r"um\xe9l"}, ["Description=uni"], ""),
        ({"Description": r"um\xe9l"}, ["MaxJobs=5"], ""),
        ({"Description": "umél"}, ["Organization=uni"], ""),
    ],
)
def test_an_account_that_could_not_be_sent_as_it_is_is_not_sent(
    row: Row, tokens: list[str], said: str
) -> None:
    change = modification({**PHYSICS, **row}, *tokens)
    refused = unsupported.unsupported_reason(change, V43)
    message = "account 'physics': slurmrestd replaces the whole account, and cannot keep "
    assert (refused.message if refused else "") == (message + said if said else "")
    if refused:
        with pytest.raises(Unsupported):
            writes([change], V43)


def test_the_deletion_of_such_an_account_is_no_matter() -> None:
    row = {**PHYSICS, "Description": r"um\xe9l"}
    assert (
        unsupported.unsupported_reason(RowChange(ACCOUNT, "delete", "physics", row, None), V43)
        is None
    )
