"""python tools/guard_pyz.py FILE: let a file that shiv has made look first where it unpacks itself.

What lies there is run. shiv takes any folder of that name: one that somebody else has prepared, in
the home that root has kept from him, or in a folder that everybody may write to.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

MAIN = "__main__.py"
GUARD = Path(__file__).with_name("pyz_main.py")


def guard(file: Path) -> None:
    """Put the guard in the place of shiv's own first file; all else stays, to the byte."""
    first = file.read_bytes().partition(b"\n")[0]
    new = file.with_suffix(".new")
    with zipfile.ZipFile(file) as made, new.open("wb") as opened:
        if first.startswith(b"#!"):
            opened.write(first + b"\n")
        with zipfile.ZipFile(opened, "w") as guarded:
            for info in made.infolist():
                data = GUARD.read_bytes() if info.filename == MAIN else made.read(info)
                guarded.writestr(info, data, info.compress_type)
    new.chmod(file.stat().st_mode)
    new.replace(file)


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
