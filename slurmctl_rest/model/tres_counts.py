"""Counts of TRES as sacctmgr reads and prints them: which unit may follow which number.

sacctmgr counts `mem` and burst buffers (`bb/...`) in MB, and prints them in their largest whole
unit. All others are plain numbers, of which K, M and G are powers of 1024. A unit that sacctmgr
reads otherwise than its manual says is refused here, because either meaning would surprise
somebody (24.11 and 26.05; held against sacctmgr by tests/lab/test_meaning.py):

    mem=1024K       it reads 1024 MB
    cpu=3T, cpu=3P  it reads 3
    gres/gpumem=1K  it reads 1024, and prints that as 1G
"""

from __future__ import annotations

import re

MAX_TRES = 2**63 - 1  # slurmrestd cuts more
MAX_MEM_MB = 2**40 - 1  # MB: from 1024P on sacctmgr may print a unit that it calls "?"
MEM_UNITS = "MGTP?"  # Slurm counts memory in MB; sacctmgr knows no letter after P
UNITS = "KMGTP"
GPU_MEMORY = "gres/gpumem"


def in_megabytes(name: str) -> bool:
    """Tell whether sacctmgr counts the TRES in MB."""
    return name == "mem" or name.startswith("bb/")


def parse_count(name: str, text: str) -> int:
    """Return the count that the text of an assignment means; ValueError for one that is unclear.

    As sacctmgr does, read 4GB and 4GiB as 4G.
    """
    match = re.fullmatch(r"(\d+)(?:([KMGTP])(?:I?B?))?", text.upper(), re.ASCII)
    if match is None:
        raise ValueError(
            f"'{name}={text}' is not a whole number, with K, M, G, T or P or without (-1 clears)"
        )
    number, unit = int(match[1]), match[2] or ""
    if in_megabytes(name):
        return bounded(_megabytes(name, text, number, unit), MAX_MEM_MB)
    count = number * 1024 ** (UNITS.index(unit) + 1) if unit else number
    if unit in {"T", "P"}:
        raise ValueError(f"sacctmgr reads {name}={text} as {number} (write {name}={count})")
    if unit and name == GPU_MEMORY:
        raise ValueError(
            f"sacctmgr reads {name}={text} as {count}, and prints it as {largest_unit(count)} "
            "(write the number without a unit)"
        )
    return bounded(count, MAX_TRES)


def read_count(text: str) -> int:
    """Return the count that sacctmgr has printed; from 1024P on its unit is `?`.

    If it prints a unit, it takes the count for MB, whatever the TRES. Of multiples of 512 MB it
    prints the next unit with two decimals: 1.50G is exact, and 1.50T may be up to 5 GB off.

    >>> read_count("1.50G")
    1536
    """
    if text[-1:] in MEM_UNITS and text:
        whole, _, decimals = text[:-1].partition(".")
        unit = int(1024 ** MEM_UNITS.index(text[-1]))
        return int(whole) * unit + int(decimals or 0) * unit // int(10 ** len(decimals))
    return int(text)


def count_text(name: str, count: int | None) -> str:
    """Return the count as it is printed, and as `parse` reads it; None is -1, which clears."""
    if count is None:
        return "-1"
    return largest_unit(count) if in_megabytes(name) else str(count)


def bounded(number: int, largest: int) -> int:
    """Return the number; ValueError where it is larger than Slurm can hold."""
    if number > largest:
        raise ValueError(f"{number} is more than the maximum ({largest})")
    return number


def _megabytes(name: str, text_: str, number: int, unit: str) -> int:
    if unit == "K":
        meant = -(-number // 1024)
        other = f" for that, {name}={meant}M for {number} KB" if meant != number else ""
        raise ValueError(
            f"sacctmgr reads {name}={text_} as {number} MB (write {name}={number}M{other})"
        )
    return number * int(1024 ** MEM_UNITS.index(unit or "M"))


def largest_unit(count: int) -> str:
    """Return `4G` for 4096 MB; nothing has no unit to sacctmgr."""
    power = 0
    if count == 0:
        return "0"
    # Whole units only: parse_count takes no decimals, though sacctmgr prints some (1.50G).
    while count % 1024 == 0 and power < len(MEM_UNITS) - 1:
        count //= 1024
        power += 1
    return f"{count}{MEM_UNITS[power]}"
