"""Records in slurmdbd's order, as sacctmgr's lists ask for them."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest

from slurmctl_rest.backends.rest.backend import RestBackend
from slurmctl_rest.backends.rest.listing import RECORD
from slurmctl_rest.errors import Unsupported
from slurmctl_rest.model.entities import ACCOUNT, ASSOCIATION
from slurmctl_rest.model.entities.association import LINEAGE
from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.sacctmgr import list_fields
from tests.fakes import Seen, Slurmrestd, json_answer
from tests.support import rest_profile

pytestmark = pytest.mark.usefixtures("token")


class Associations:
    """A slurmrestd that has associations, in their order, and shows their numbers as told."""

    def __init__(self, *lineages: str, ids: Sequence[str] = (), pads: bool = True) -> None:
        """`ids`: versions that tell numbers; `pads`: whether its database pads strings."""
        self.lineages = lineages
        self.ids = ids
        self.pads = pads
        self.slurmrestd = Slurmrestd(
            serves=("v0.0.40", "v0.0.41", "v0.0.42", "v0.0.43"), answer=self.answer
        )

    def answer(self, seen: Seen) -> httpx.Response | None:
        _, _, version, path = seen.path.split("/", 3)
        if path != "associations/":
            return None
        found = [
            {**self.record(lineage), "id": at if version in self.ids else 0}
            for at, lineage in enumerate(self.lineages, 1)
        ]
        return json_answer(
            200, {"associations": [one for one in found if self.is_meant(one, seen)]}
        )

    def record(self, lineage: str) -> dict[str, Json]:
        *above, last = lineage.strip("/").split("/")
        user = last.partition("-")[2]
        account = (above or ["root"])[-1] if user else last or "root"
        place = {"cluster": "alps", "account": account, "user": user, "partition": ""}
        return {**place, "lineage": lineage}

    def is_meant(self, record: dict[str, Json], seen: Seen) -> bool:
        accounts = seen.query.get("account", record["account"]).split(",")
        user = seen.query.get("user")
        if user == " ":
            return self.pads and not record["user"] and record["account"] in accounts
        return record["account"] in accounts and (user is None or bool(record["user"]))

    def backend(self, version: str = "v0.0.43") -> RestBackend:
        return RestBackend(rest_profile(api_version=version), httpx.MockTransport(self.slurmrestd))

    def asked(self) -> list[str]:
        return [
            f"{one.path.split('/')[2]} {'&'.join(f'{k}={v}' for k, v in one.query.items())}"
            for one in self.slurmrestd.seen
        ]


def test_few_accounts_come_in_one_answer() -> None:
    site = Associations("/", "/a/", "/a/0-alice/", "/b/")
    found = site.backend().lister.associations({}, (), [LINEAGE])
    assert [row["Lineage"] for row in found] == ["/", "/a/", "/a/0-alice/", "/b/"]
    assert site.asked() == ["v0.0.43 user= ", "v0.0.43 "]


def test_many_accounts_come_in_parts_and_in_their_order() -> None:
    names = [f"acc{number:02}" for number in range(50)]
    names.reverse()
    lineages = [text for name in names for text in (f"/{name}/", f"/{name}/0-alice/")]
    site = Associations(*lineages)
    found = site.backend().lister.associations({}, ("WOPLimits",), [LINEAGE])
    assert [row["Lineage"] for row in found] == lineages
    assert len(site.asked()) == 1 + 3
    assert all("Exclude limits from parents=true" in one for one in site.asked()[1:])


@pytest.mark.parametrize("odd", ["_under", "0-x"])
def test_an_account_whose_place_is_unsure_asks_for_all_at_once(odd: str) -> None:
    lineages = [f"/acc{number:02}/" for number in range(50)] + [f"/{odd}/"]
    site = Associations(*lineages)
    site.record = lambda lineage: {  # type: ignore[method-assign]
        "cluster": "alps",
        "account": lineage.strip("/"),
        "user": "",
        "partition": "",
        "lineage": lineage,
    }
    assert len(site.backend().lister.associations({}, (), [LINEAGE])) == 51
    assert site.asked() == ["v0.0.43 user= ", "v0.0.43 "]


def test_a_narrow_condition_is_one_request() -> None:
    site = Associations("/a/", "/a/0-alice/", "/b/")
    found = site.backend().lister.associations({"Account": ["a"]}, ("OnlyDefaults",), [LINEAGE])
    assert [row["User"] for row in found] == [None, "alice"]
    assert site.asked() == ["v0.0.43 account=a&Filter to only defaults=true"]


def test_without_parent_info_nothing_is_inherited() -> None:
    site = Associations("/a/")
    site.backend("v0.0.41").lister.associations({"Account": ["a"]}, ("WOPInfo",), [LINEAGE])
    assert site.asked() == ["v0.0.41 account=a&without_parent_info=true&without_parent_limits=true"]


def test_a_database_that_does_not_pad_is_asked_without_the_empty_name() -> None:
    site = Associations("/a/", "/a/0-alice/", pads=False)
    found = site.backend().lister.associations({"Account": ["a"], "User": [""]}, (), [LINEAGE])
    assert [row["User"] for row in found] == [None, "alice"]  # the caller judges them
    assert site.asked() == ["v0.0.43 account=a&user= ", "v0.0.43 account=a"]


def test_numbers_come_from_a_version_that_tells_them() -> None:
    number = [list_fields.NUMBER_OF_ASSOCIATION]
    where = {"Account": ["a"]}
    site = Associations("/a/", ids=["v0.0.40"])
    site.slurmrestd.serves = ("v0.0.40", "v0.0.41", "v0.0.42")
    found = site.backend("v0.0.42").lister.associations(where, (), number)
    assert [row["ID"] for row in found] == [1]
    site.slurmrestd.serves = ("v0.0.41", "v0.0.42")
    with pytest.raises(Unsupported) as raised:
        site.backend("v0.0.42").lister.associations(where, (), number)
    assert raised.value.message == "slurmrestd does not tell the ID of associations"


def test_a_field_that_the_version_does_not_know_is_read_in_one_that_does() -> None:
    accounts = {"name": "a", "flags": ["UsersAreCoords"]}
    slurmrestd = Slurmrestd(
        serves=("v0.0.40", "v0.0.41"),
        answer=lambda seen: (
            json_answer(200, {"accounts": [accounts]}) if "/accounts/" in seen.path else None
        ),
    )
    fields = [ACCOUNT["Account"], list_fields.FLAGS_OF_ACCOUNT]
    backend = RestBackend(rest_profile(api_version="v0.0.40"), httpx.MockTransport(slurmrestd))
    assert backend.lister.records(ACCOUNT, fields) == [
        {"Account": "a", "AccountFlags": ("UsersAreCoords",)}
    ]
    assert [one.path for one in slurmrestd.seen] == [
        "/slurm/v0.0.41/ping/",
        "/slurmdb/v0.0.41/accounts/",
    ]
    slurmrestd.serves = ("v0.0.40",)
    with pytest.raises(Unsupported):
        backend.lister.records(ACCOUNT, fields)


@pytest.mark.parametrize(
    ("version", "names", "switches", "asked"),
    [
        (40, ["a"], ["WithCoordinators"], "/account/a with_coords=true"),
        (43, ["a"], ["WithDeleted"], "/account/a with_deleted=true"),
        (43, ["a", "b"], ["WithCoordinators"], "/accounts/ WithCoordinators=true"),
        (43, [], ["WithDeleted"], "/accounts/ DELETED=true"),
        (40, [], ["WithDeleted"], "/accounts/ with_deleted=true"),
        (43, ["a/b"], [], "/accounts/ "),
    ],
)  # fmt: skip
def test_requests_for_accounts(
    version: int, names: list[str], switches: list[str], asked: str
) -> None:
    slurmrestd = Slurmrestd(serves=(f"v0.0.{version}",))
    transport = httpx.MockTransport(slurmrestd)
    backend = RestBackend(rest_profile(api_version=f"v0.0.{version}"), transport)
    backend.lister.records(ACCOUNT, [ACCOUNT["Account"]], names, switches)
    (one,) = slurmrestd.seen
    query = "&".join(f"{name}={value}" for name, value in one.query.items())
    assert f"{one.path.removeprefix(f'/slurmdb/v0.0.{version}')} {query}" == asked


def test_whole_records_stay_beside_their_fields() -> None:
    site = Associations("/a/")
    backend = site.backend()
    lister = backend.lister_of(backend.version, whole=True)
    (found,) = lister.associations({"Account": ["a"]}, (), [ASSOCIATION["Account"]])
    assert found["Account"] == "a"
    assert found[RECORD] == {**site.record("/a/"), "id": 0}
