"""The first file of slurmctl-rest.pyz, in the place of shiv's own: see guard_pyz.py."""

import os
import stat
import sys
from pathlib import Path

import _bootstrap


def main() -> int:
    """Unpack and run the program, where only this user or root can have put what is run."""
    with _bootstrap.current_zipfile() as archive:
        env = _bootstrap.Environment.from_json(archive.read("environment.json").decode())
        folder = _bootstrap.cache_path(archive, env.root, env.build_id).absolute()
    root = folder.parent
    looked_at = [root, folder, folder / "site-packages", folder.with_name(f"{folder.name}.tmp")]
    if not os.path.lexists(root):
        looked_at = [next(path for path in root.parents if path.exists())]
    for path in looked_at:
        if os.path.lexists(path) and not is_ours(path):
            print(
                f"slurmctl-rest: {path} may be somebody else's, and what is unpacked there is run "
                "(set SHIV_ROOT to a folder of your own)",
                file=sys.stderr,
            )
            return 2
    # For this user alone, whatever the umask says.
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _bootstrap.bootstrap()
    return 0


def is_ours(path: Path) -> bool:
    """Tell whether it is this user's or root's, also where a link to it leads."""
    found = [path.lstat(), *([path.stat()] if path.exists() else [])]
    if any(one.st_uid not in {os.geteuid(), 0} for one in found):
        return False
    mode = found[-1].st_mode
    # In a folder like /tmp nobody can put another one in the place of ours.
    return not mode & stat.S_IWOTH or bool(mode & stat.S_ISVTX)


sys.exit(main())
