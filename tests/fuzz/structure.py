"""Mutations of structure: random cases that use every table, with rows dropped, repeated and mixed up, and odd cells."""

from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings

from mutate import CELLS
from strategies import cases
from support import write_example
from tiny import Example

BATCH = 40
# How often each random case is used: drawing one takes longer than planning it.
TIMES = 24


@lru_cache(maxsize=1)
def batch(number: int) -> tuple[Example, ...]:
    """Return some random cases; a number always gives the same."""
    found: list[Example] = []

    @seed(number)
    @settings(max_examples=BATCH, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(cases())
    def gather(one: Example) -> None:
        found.append(one)

    gather()
    return tuple(found)


def write_structure(folder: Path, number: int, root: str, random: Random) -> Path:
    """Write the random case of a number with a few of its rows and cells changed; some are left as they are."""
    own = Random(f"{root}:{number // (BATCH * TIMES)}").getrandbits(32)  # noqa: S311
    found = batch(own)
    one = copy.deepcopy(found[number // TIMES % BATCH % len(found)])
    for _ in range(random.choice((0, 1, 1, 2))):
        change(one, random)
    return write_example(folder, one.settings, one.tables)


def change(one: Example, random: Random) -> None:
    """Drop, repeat or empty a table's row, change a cell, or swap two cells of a column."""
    table = random.choice([rows for rows in one.tables.values() if rows] or [[{"site": "x"}]])
    row, kind = random.choice(table), random.random()
    column = random.choice(list(row))
    if kind < 0.2:
        table.remove(row)
    elif kind < 0.3:
        table.append(dict(row))
    elif kind < 0.4:
        table.clear()
    elif kind < 0.7:
        row[column] = random.choice(CELLS)
    else:
        other = random.choice(table)
        row[column] = other.get(column, "")
