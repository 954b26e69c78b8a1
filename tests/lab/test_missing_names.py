"""A name that does not exist is exit 3 in every list and every question; one that does is none."""

from __future__ import annotations

import pytest

from .cells import Cli

HERE = "on cluster 'CLUSTER'"
PHISICS = f"account 'phisics' does not exist {HERE} (did you mean physics?)"
ALISE = f"user 'alise' does not exist {HERE} (did you mean alice?)"
MISSING = {
    "account list phisics": PHISICS,
    "account list where parent=phisics": PHISICS,
    "account tree phisics": PHISICS,
    "account describe phisics": PHISICS,
    "user list alise": ALISE,
    "user list where account=phisics": PHISICS,
    "user describe alise": ALISE,
    "assoc list where account=phisics": PHISICS,
    "assoc list where user=alise WOPLimits": ALISE,
    "assoc describe account=physics user=alise": ALISE,
    "assoc tree where user=alise": ALISE,
    "coordinator list alise": ALISE,
    "qos list hihg": "qos 'hihg' does not exist (did you mean high?)",
    "qos describe hihg": "qos 'hihg' does not exist (did you mean high?)",
    "quota account=phisics": PHISICS,
    "quota user=alise account=physics": ALISE,
    "quota qos=hihg": "qos 'hihg' does not exist (did you mean high?)",
    "access alise": ALISE,
    "access alise account=physics": ALISE,
    "access alice account=phisics": PHISICS,
    "jobs list user=alise": ALISE,
    "jobs history account=phisics": PHISICS,
    "export where account=phisics": PHISICS,
    "edit account phisics -i": PHISICS,
    "edit qos hihg -i": "qos 'hihg' does not exist (did you mean high?)",
    "blame account phisics": f"{PHISICS[:-1]}; `slurmctl-rest history account phisics` tells "
    "whether it did)",
    "tres list gres/gpus": "tres 'gres/gpus' does not exist (did you mean gres/gpu?)",
    "wckey list where user=alise": ALISE,
    "wckey list -M nosuch": "cluster 'nosuch' does not exist (known: CLUSTER)",
}
OVER_THE_COMMANDS = {
    "problem list alise": ALISE.replace(f" {HERE}", ""),
    "problem list account=phisics": PHISICS.replace(f" {HERE}", ""),
    "event list start=now-1day cluster=nosuch": "cluster 'nosuch' does not exist (known: CLUSTER)",
    "transaction list 999999999": "transaction '999999999' does not exist "
    "(slurmctl-rest transaction list shows all transactions)",
}
NOTHING = (
    "assoc list where account=science user=alice",
    "user list where account=science",
    "coordinator list alice",
    "jobs list user=alice",
)
"""Of names that exist."""
NOTHING_OVER_THE_COMMANDS = ("problem list alice", "event list nosuchnode")


@pytest.mark.newest
def test_missing_names(cli: Cli) -> None:
    for line in (
        "qos add high -i",
        "account add science -i",
        "account add physics parent=science QosLevel=high -i",
        "user add alice account=physics -i",
    ):
        assert cli(line).code == 0
    commands = cli.cell.executor == "cli"
    cluster = cli.cell.cluster.cluster_name
    for line, said in {**MISSING, **(OVER_THE_COMMANDS if commands else {})}.items():
        done = cli(line)
        assert (done.code, done.out, done.err) == (
            3, "", f"slurmctl-rest: {said.replace('CLUSTER', cluster)}\n",
        ), line  # fmt: skip
    some = cli("blame account physics,phisics -P -n")
    assert (some.code, some.err) == (
        7, f"slurmctl-rest: {MISSING['blame account phisics'].replace('CLUSTER', cluster)}\n",
    )  # fmt: skip
    assert "QosLevel|high|" in some.out
    for line in (*NOTHING, *(NOTHING_OVER_THE_COMMANDS if commands else ())):
        done = cli(f"{line} -P -n")
        assert (done.code, done.out, done.err) == (0, "", ""), line


@pytest.mark.newest
def test_a_column_is_no_name_of_statistics(cli: Cli) -> None:
    done = cli("list stats ave_time")
    assert (done.code, done.out, done.err) == (
        2, "", "slurmctl-rest: 'ave_time' is a column of stats, not a row of it "
        "(to show it, write format=Kind,Name,Average)\n",
    )  # fmt: skip
