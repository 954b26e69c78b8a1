"""Lines of stdin over REST: read, run and echoed as by sacctmgr, with its exit code.

What stands behind the answer to a question is run here, and swallowed there: here nothing does.
"""

from __future__ import annotations

import pytest

from .cluster import Cluster
from .test_parity_accounts import differing

LONG = "list account name=" + ",".join(f"name{number}" for number in range(12))
READ = (
    "\n",
    "# a comment\nlist tres\n",
    "list nosuch\nlist tres",
    "list qos format=name\n\n!!\nquit\nlist tres\n",
    "list qos format=name\r\nlist tres\r",
    "list\xa0tres\n",
    "verbose\n\nquiet\n\nverbose now\n\n",
    "readonly\nadd account s1\nlist qos format=name\n",
    "associations\nlist account physics format=account,user\n",
    f"{LONG}\n{LONG[:68]}\n{LONG[:69]}\n",
    f"list qos {' x=' * 126}\nlist qos {' x=' * 127}\nlist tres\n",
    "list account 'name=a b' x=1 y='2 3' z=4\n",
    'list account name=a"b\'c d" x=1\n',
)
"""Sessions that change nothing."""
WRITTEN = (
    "add account s1\ny\n",
    "add account s1\nyes\n",
    "add account s1\nn\n",
    "add account s1\n\n",
    "add account s1\nmaybe\n",
    "modify account chem set description=foo fairshare=9\nyy\n",
    "modify account chem set description=foo fairshare=9\nyn\n",
    "modify qos set priority=1\ny\n",
    "add user zz,yy account=physics\nyyy\n",
    "delete user alice\ny\n",
)
AT_ONCE = (
    "add account s1\nadd account s1\nadd account s2\nlist account s1,s2 format=account\nquit\n",
    "delete account nosuch\nnosuch\nadd account s1\n",
    "add qos q1 description='a b'\nlist qos q1 format=name,description\n",
    "add qos q1 'description=a b' priority=3\n",
)


@pytest.mark.parametrize(
    ("line", "texts"),
    [("sacctmgr", READ), ("sacctmgr", WRITTEN), ("sacctmgr -i", AT_ONCE)],
    ids=["read", "written", "at-once"],
)
def test_sessions(cluster: Cluster, line: str, texts: tuple[str, ...]) -> None:
    assert differing(cluster, [(line, text) for text in texts]) == []
