"""--json, byte for byte as Slurm writes it."""

from __future__ import annotations

from slurmctl_rest.sacctmgr.json_documents import json_document, meta, unknown_parser

TEXT = r"""{
  "qos": [
    {
      "name": "a\/b \"c\" é\t",
      "flags": [],
      "empty": {},
      "set": true,
      "none": null,
      "factor": 0.10000000000000001,
      "one": 1.0,
      "large": 1e+22,
      "count": 3
    },
    {
      "name": "x"
    }
  ],
  "meta": {},
  "errors": [],
  "warnings": []
}
"""


def test_a_document() -> None:
    record = {
        "name": 'a/b "c" é\t',
        "flags": [],
        "empty": {},
        "set": True,
        "none": None,
        "factor": 0.1,
        "one": 1.0,
        "large": 1e22,
        "count": 3,
    }
    assert json_document("qos", [record, {"name": "x"}], {}) == TEXT


def test_meta_is_that_of_a_command() -> None:
    slurm = {
        "release": "26.05.5",
        "version": {"minor": "05", "major": "26", "micro": "5"},
        "cluster": "alps",
    }
    found = meta(slurm, "v0.0.45", ("alice", "users"), ["sacctmgr", "--json"])
    assert found == {
        "plugin": {
            "type": "",
            "name": "",
            "data_parser": "data_parser/v0.0.45",
            "accounting_storage": "accounting_storage/slurmdbd",
        },
        "client": {"source": "", "user": "alice", "group": "users"},
        "command": ["sacctmgr", "--json"],
        "slurm": slurm,
    }
    assert list(found["slurm"]["version"]) == ["major", "micro", "minor"]
    assert list(found["slurm"]) == ["version", "release", "cluster"]


def test_a_version_that_is_not_there() -> None:
    assert unknown_parser("foo", "v0.0.45").reply.stderr == (
        "sacctmgr: error: load_plugins: unable to find plugin: data_parser/foo\n"
        "sacctmgr: error: data_parser_g_new: failure loading plugins: Plugin has invalid format "
        "or unable to be loaded\n"
        "sacctmgr: error: application/json output not supported by data_parser/v0.0.45\n"
    )
