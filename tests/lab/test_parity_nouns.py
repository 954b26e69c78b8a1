"""From how many letters on sacctmgr knows a noun: another number for each verb."""

from __future__ import annotations

import pytest

from slurmctl_rest.sacctmgr import verbs
from slurmctl_rest.sacctmgr.reply import LineRefused
from tests.lab.cluster import Cluster

PLURALS = {"job": "jobs", "resource": "resources", "account": "accounts", "user": "users"}
PLURALS |= {"federation": "federations", "cluster": "clusters", "coordinator": "coordinators"}


def knows(verb: str, noun: str) -> bool:
    try:
        return bool(verbs.meant([verb, noun])[1])
    except LineRefused:
        return False


@pytest.mark.parametrize("verb", ["list", "add", "modify", "delete"])
def test_nouns_are_known_from_so_many_letters_on(cluster: Cluster, verb: str) -> None:
    whole = {noun for nouns in verbs.NOUNS_OF_VERB.values() for noun, _, _ in nouns}
    words = {noun[:n] for noun in (*whole, *PLURALS.values()) for n in range(1, len(noun) + 1)}
    unknown = {
        word
        for word in words
        if "No valid entity" in cluster.run("sacctmgr", "-i", verb, word, "nosuch=1").stderr
    }
    assert unknown == {word for word in words if not knows(verb, word)}
