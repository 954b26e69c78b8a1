"""Slurm's own list of reasons, read from the table in its library: no command prints it.

`job_reasons[]` is an array of pointers to strings, which the relocations of the ELF file fill in.
"""

from __future__ import annotations

import struct
from pathlib import Path

KNOWN = b"\0AssocGrpCpuLimit\0"
"""A reason that both releases have, and that stands nowhere else."""


def reasons(root: Path) -> list[str]:
    """Return all reasons of the Slurm below a root, in the order of their numbers."""
    (library,) = root.glob("usr/lib/*/slurm-wlm/libslurmfull.so")
    elf = library.read_bytes()
    pointers = dict(_pointers(elf))
    places = {text: place for place, text in pointers.items()}
    at = places[elf.index(KNOWN) + 1]
    # The table's stride: the distance to the next pointer to a reason.
    stride = next(step for step in (8, 16, 24) if at + step in pointers and at - step in pointers)
    # Numbers that are not in use any more have no name.
    near = [at + step * stride for step in range(-MAX_REASONS, MAX_REASONS)]
    texts = {place: _text(elf, pointers[place]) for place in near if place in pointers}
    first = last = at
    while any(beyond := [first - n * stride for n in GAP if _is_name(texts, first - n * stride)]):
        first = beyond[0]
    while any(beyond := [last + n * stride for n in GAP if _is_name(texts, last + n * stride)]):
        last = beyond[0]
    found = [texts[place] for place in range(first, last + 1, stride) if place in texts]
    return found[found.index("None") :]  # what stands before it belongs to other tables


MAX_REASONS = 500
GAP = range(1, 9)


def _text(elf: bytes, start: int) -> str:
    return elf[start : elf.index(b"\0", start)].decode("latin-1")


def _is_name(texts: dict[int, str], place: int) -> bool:
    return texts.get(place, "").isalpha() and texts[place].isascii()


def _pointers(elf: bytes) -> list[tuple[int, int]]:
    """Return (address, address that stands there) of every relative relocation (type 8)."""
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    found = []
    for number in range(count):
        kind, _, _, offset, length = struct.unpack_from("<IQQQQ", elf, table + number * size + 4)
        if kind != 4:  # SHT_RELA
            continue
        for place, info, addend in struct.iter_unpack("<QQq", elf[offset : offset + length]):
            if info & 0xFFFFFFFF == 8:
                found.append((place, addend))
    return found
