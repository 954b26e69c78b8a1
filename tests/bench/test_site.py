"""The rows of a site, as slurmdbd has to find them."""

from __future__ import annotations

from collections import Counter

from tests.bench.site import (
    BEGIN,
    DAY,
    FIRST_ASSOCIATION,
    NORMAL,
    ROOT,
    Row,
    Site,
    accounts,
    coordinators,
    inserts,
    jobs,
    own_rows,
    qos,
    statements,
    user_rows,
    users,
)

SMALL = Site(accounts=100, users_per_account=20, qos=20, jobs=500)


def ids(row: Row, column: str) -> set[int]:
    """Return the numbers of a list of QOS; those that are taken away are negative."""
    return {int(part) for part in str(row.get(column, "")).split(",") if part}


def test_faculties_departments_and_groups() -> None:
    assert [SMALL.lineage(number) for number in (0, 1, 2, 3, 19, 20, 38, 99)] == [
        "/fac00/",
        "/fac01/",
        "/fac00/dep0002/",
        "/fac01/dep0003/",
        "/fac01/dep0019/",
        "/fac00/dep0002/grp0020/",
        "/fac00/dep0002/grp0038/",
        "/fac01/dep0009/grp0099/",
    ]
    large = Site()
    sizes = (large.faculties, large.departments, large.associations, large.users)
    assert sizes == (20, 180, 20_000, 5000)


def test_each_association_hangs_below_one_that_is_there() -> None:
    lineage: dict[object, str] = {ROOT: "/"}
    for row in own_rows(SMALL):
        assert row["lineage"] == f"{lineage[row['id_parent']]}{row['acct']}/"
        lineage[row["id_assoc"]] = str(row["lineage"])
    rows = list(user_rows(SMALL))
    for row in rows:
        assert row["lineage"] == f"{lineage[row['id_parent']]}0-{row['user']}/"
    assert len({row["id_assoc"] for row in rows} | set(lineage)) == 1 + 100 + 2000
    assert len({(row["user"], row["acct"]) for row in rows}) == 2000


def test_names_are_known() -> None:
    names = {row["name"] for row in users(SMALL)}
    rows = list(user_rows(SMALL))
    assert {row["user"] for row in rows} == names
    assert {row["acct"] for row in rows} == {row["name"] for row in accounts(SMALL)}
    here = {(row["acct"], row["user"]) for row in rows}
    assert {(row["acct"], row["user"]) for row in coordinators(SMALL)} <= here
    assert len(list(coordinators(SMALL))) == 18


def test_each_user_has_one_default_account() -> None:
    marked = Counter(row["user"] for row in user_rows(SMALL) if row["is_def"])
    assert set(marked.values()) == {1}
    assert len(marked) == SMALL.users == 500


def test_the_default_qos_is_allowed_and_each_one_exists() -> None:
    known = {NORMAL} | {int(row["id"]) for row in qos(SMALL)}
    assert len(known) == SMALL.qos
    for row in (*own_rows(SMALL), *user_rows(SMALL)):
        allowed = ids(row, "qos")
        assert allowed | {abs(one) for one in ids(row, "delta_qos")} <= known
        assert "def_qos_id" not in row or row["def_qos_id"] in allowed


def test_what_a_user_row_takes_away_is_inherited_and_what_it_adds_is_not() -> None:
    of_faculty = {row["acct"]: ids(row, "qos") for row in own_rows(SMALL) if "qos" in row}
    changes = [row for row in user_rows(SMALL) if "delta_qos" in row]
    assert len(changes) == 100 + 50
    for row in changes:
        inherited = of_faculty[str(row["lineage"]).split("/")[1]]
        [change] = ids(row, "delta_qos")
        assert (abs(change) in inherited) == (change < 0)


def test_a_job_is_of_an_association_and_within_the_month() -> None:
    account_of = {row["id_assoc"]: row["acct"] for row in user_rows(SMALL)}
    made = list(jobs(SMALL))
    for job in made:
        assert account_of[job["id_assoc"]] == job["account"]
        assert BEGIN < int(job["time_start"]) < int(job["time_end"])
        assert job["time_submit"] <= job["time_start"] < BEGIN + 30 * DAY  # type: ignore[operator]
    assert len({job["id_job"] for job in made}) == len(made) == 500
    assert {job["partition"] for job in made} == {"batch", "gpu"}


def test_each_fill_is_the_same() -> None:
    assert list(statements(SMALL, "x")) == list(statements(SMALL, "x"))
    assert next(own_rows(SMALL))["id_assoc"] == FIRST_ASSOCIATION


def test_rows_of_the_same_columns_go_together() -> None:
    rows: list[Row] = [{"name": "a", "n": 1}, {"name": "b"}, {"name": "c", "n": 3}]
    assert list(inserts("t", rows)) == [
        "insert into `t` (`name`,`n`) values ('a',1),('c',3);\n",
        "insert into `t` (`name`) values ('b');\n",
    ]


def test_no_statement_is_larger_than_the_database_takes() -> None:
    rows = [{"n": number} for number in range(4001)]
    assert [line.count("(") - 1 for line in inserts("t", rows)] == [2000, 2000, 1]
