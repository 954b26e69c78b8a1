"""--json and --yaml, byte for byte as Slurm writes them."""

from __future__ import annotations

import pytest

from slurmctl_rest.sacctmgr.json_documents import json_document, meta, unknown_parser
from slurmctl_rest.sacctmgr.yaml_documents import yaml_document

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


RECORD = {
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


def test_a_document() -> None:
    assert json_document("qos", [RECORD, {"name": "x"}], {}) == TEXT


AS_YAML = r"""%YAML 1.1
--- !!map
!!str qos: !!seq
- !!map
  !!str name: !!str "a/b \"c\" \xE9\t"
  !!str flags: !!seq []
  !!str empty: !!map {}
  !!str set: !!bool true
  !!str none: !!null null
  !!str factor: !!float 0.100000
  !!str one: !!float 1.000000
  !!str large: !!float 10000000000000000000000.000000
  !!str count: !!int 3
- !!map
  !!str name: !!str x
  !!str of: !!seq
  - !!str y
  - !!map {}
!!str meta: !!map {}
!!str errors: !!seq []
!!str warnings: !!seq []
...

"""


def test_a_document_as_yaml() -> None:
    more = {"name": "x", "of": ["y", {}]}
    assert yaml_document("qos", [RECORD, more], {}) == AS_YAML


@pytest.mark.parametrize(
    ("text", "written"),
    [
        # As sacctmgr 24.11 and 26.05 have written them.
        ("", ""),
        ("~", " ~"),
        ("null", " null"),
        ("-12", " -12"),
        ("- 12", " '- 12'"),
        ("-", " '-'"),
        ("? a", " '? a'"),
        ("a:b,c#d", " a:b,c#d"),
        ("a: b", " 'a: b'"),
        ("a:", " 'a:'"),
        ("a #b", " 'a #b'"),
        ("@a", " '@a'"),
        ("--- a", " '--- a'"),
        (" a", " ' a'"),
        ("a ", " 'a '"),
        ("it's", " it's"),
        ("'q'", " '''q'''"),
        ("a\\b", " a\\b"),
        ("a\tb", r' "a\tb"'),
        ("a\u2028é\u0142\U0001f600", r' "a\L\xE9\u0142\U0001F600"'),
        ("a\nb", " 'a\n\n    b'"),
        ("a\n\n\nb c\n", " 'a\n\n\n\n    b c\n\n    '"),
        ("a\n b", r' "a\n b"'),
        ("x" * 100, " " + "x" * 100),
        (
            "word " * 30 + "end",
            " " + "word " * 10 + "word\n    " + "word " * 15 + "word\n    word word word end",
        ),
        ("a  " * 30 + "b", " " + "a  " * 30 + "b"),
    ],
)
def test_a_text_as_yaml(text: str, written: str) -> None:
    found = yaml_document("qos", [{"description": text}], {})
    line = found.partition("\n- !!map\n")[2].partition("\n!!str meta:")[0]
    assert line == f"  !!str description: !!str{written}"


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
    assert unknown_parser("foo", "v0.0.45", "yaml").reply.stderr == (
        "sacctmgr: error: load_plugins: unable to find plugin: data_parser/foo\n"
        "sacctmgr: error: data_parser_g_new: failure loading plugins: Plugin has invalid format "
        "or unable to be loaded\n"
        "sacctmgr: error: application/x-yaml output not supported by data_parser/v0.0.45\n"
    )
