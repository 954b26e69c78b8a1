"""Job IDs that the program, squeue or sacct print are taken as they stand, in every cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from .cells import Cli
from .cluster import Cluster
from .machine import wait_until
from .test_jobs import (
    CUT_OFF,
    await_gone,
    await_running,
    cells_of,
    furnish,
    in_folder,
    states,
    submit,
)


@pytest.fixture
def everywhere(cluster: Cluster, tmp_path: Path) -> list[Cli]:
    """The program in every cell of a furnished cluster: all see the same jobs."""
    furnish(cluster)
    return [in_folder(one, tmp_path) for one in cells_of(cluster)]


def test_what_lists_print_selects_the_same_jobs(everywhere: list[Cli]) -> None:
    cluster = everywhere[0].cell.cluster
    array = submit(cluster, "-A", "optics", "-H", "--array=2-5,8%2")
    mixed = submit(cluster, "-A", "optics", "-H", "-n1", ":", "-n1")
    cut = submit(cluster, "-A", "optics", "-H", f"--array={CUT_OFF}%3")
    one = submit(cluster, "-A", "optics", "-H")
    there = cluster.run("squeue", "-h", "-o", "%i").stdout.split()
    assert {f"{array}_[2-5,8%2]", f"{mixed}+0", f"{mixed}+1", one} < set(there)

    def asked(cli: Cli, verb: str, *names: str) -> tuple[int, list[str], str]:
        done = cli("jobs", verb, *names, "-P", "-n", "format=JobID")
        return done.code, done.out.split(), done.err

    numbers = {one, mixed, array, cut}
    # Of a mixed job that waits slurmdbd knows the first part alone, by its number.
    wait_until(lambda: len(asked(everywhere[0], "history", *numbers)[1]) == 4, "history", 20)
    for cli in everywhere:
        for verb in ("list", "history"):
            ours = asked(cli, verb, *numbers)[1]
            whole = [name for name in there if name.count("[") == name.count("]")]  # not cut
            others = [name for name in whole if verb == "list" or "+" not in name]
            assert (len(ours), len(there)) == (5 if verb == "list" else 4, 5)
            for name in (*ours, *others):
                code, shown, err = asked(cli, verb, name)
                assert (code, len(shown), err) == (0, 1, ""), (str(cli.cell), verb, name)
                assert shown[0] in ours
        some = {
            f"{array}_[3-4]": [f"{array}_[3-4]"],
            f"{array}_[3]": [f"{array}_3"],
            f"{array}_[4-9]": [f"{array}_[4-5,8]"],
            f"{array}_[2-8:2]": [f"{array}_[2,4,8]"],
            f"{array}_[2-5%1],{one}": [f"{array}_[2-5]", one],
            f"{array}_3,{array}_[2-4]": [f"{array}_3", f"{array}_[2,4]"],
        }
        for names, shown in some.items():
            code, found, err = asked(cli, "list", names)
            assert (code, sorted(found)) == (0, sorted(shown)), (str(cli.cell), names)
            left = f"{array}_[6-7,9]" if names.endswith("_[4-9]") else ""
            left = f"{array}_6" if names.endswith("_[2-8:2]") else left
            assert err == (
                f"slurmctl-rest: warning: job '{left}' is not active; "
                f"see `slurmctl-rest jobs history {left}`\n"
                if left
                else ""
            )


def test_the_tasks_that_are_printed_are_cancelled_and_no_others(everywhere: list[Cli]) -> None:
    cluster = everywhere[0].cell.cluster
    for cli in everywhere:
        array = submit(cluster, "-A", "optics", "--array=1-9%1")
        await_running(cluster, f"{array}_1")
        done = cli(f"jobs cancel {array}_[1-3,7%1] -i")
        whose = "(alice in optics): cancelled\n"
        shown = f"job {array}_1 {whose}job {array}_[2-3,7] {whose}"
        assert (done.code, done.out, done.err) == (0, shown, "")
        await_gone(cluster, f"{array}_1")
        left = cli("jobs list state=pending -P -n format=JobID").out.split()
        tasks = cluster.run("squeue", "-h", "-r", "-o", "%i").stdout.split()
        assert sorted(tasks) == [f"{array}_{n}" for n in (4, 5, 6, 8, 9)]
        # Again with all of them: what is over is no change, what never was is an error.
        done = cli("jobs", "cancel", f"{array}_[1-12]", "-i")
        # Slurm forgets a task that was cancelled while it waited.
        message = f"job '{array}_[2-3,7,10-12]' is unknown to Slurm ("
        assert (done.code, message in done.err) == (7, True), done.err
        wait_until(lambda: not states(cluster), "all are gone", 20)
        assert left != []


def test_an_array_with_steps_is_cancelled_with_what_stands_beside_it(
    everywhere: list[Cli],
) -> None:
    """squeue prints its tasks as no scancel takes them."""
    cluster = everywhere[0].cell.cluster
    for cli in everywhere[:1] + everywhere[-1:]:
        array = submit(cluster, "-A", "optics", "-H", "--array=1-300:2")
        one = submit(cluster, "-A", "optics", "-H")
        done = cli("jobs cancel user=alice -i")
        whose = "(alice in optics): cancelled\n"
        assert (done.code, done.out) == (0, f"job {array}_[1-299:2] {whose}job {one} {whose}")
        wait_until(lambda: not states(cluster), "all are gone", 20)


def test_a_step_is_named_by_its_job(everywhere: list[Cli]) -> None:
    for cli in everywhere[:1] + everywhere[-1:]:
        for name, job in (("7.0", "7"), ("7.batch", "7"), ("7_3.extern", "7_3"), ("7+1.0", "7+1")):
            for verb in ("list", "history", "cancel -i"):
                done = cli(f"jobs {verb} {name}")
                message = f"slurmctl-rest: JobID: '{name}' is a step: name its job, {job}\n"
                assert (done.code, done.out, done.err) == (2, "", message)


def test_a_list_that_is_cut_off_means_the_array_that_bears_it(everywhere: list[Cli]) -> None:
    cluster = everywhere[0].cell.cluster
    for cli in everywhere:
        array = submit(cluster, "-A", "physics", "-H", f"--array={CUT_OFF}")
        (name,) = cli("jobs list -P -n format=JobID").out.split()
        assert name.startswith(f"{array}_[")
        assert "..." in name
        other = f"{array}_[4,6,...]"
        done = cli(f"jobs cancel {other} -i")
        assert (done.code, len(states(cluster))) == (10, 1), done.err
        done = cli(f"jobs cancel {name} -i")
        assert (done.code, done.err) == (0, "")
        wait_until(lambda: not states(cluster), "all are gone", 20)
