"""How long an explanation takes: one need of a seeded instance is raised beyond all that can be made and brought.

`python bench/explain.py M` prints the size of the program, the seconds, and the members of the conflict. The imports of the
product at its site are taken away, so that what stands against the need are lines, links and the bounds on building them.
"""

from __future__ import annotations

import sys
import time

import polars as pl

from capcoop import build, explain
from capcoop.case.case import Case
from instances import as_case, make

BEYOND = 1e6


def out_of_reach(size: str) -> Case:
    """Return an instance in which one need is out of reach."""
    case = as_case(make(size))
    needs = case.frames["needs"]
    row = needs.height // 2
    site, product = needs["site"][row], needs["product"][row]
    raised = pl.when(pl.int_range(needs.height) == row).then(BEYOND).otherwise("quantity").alias("quantity")
    kept = case.frames["purchases"].filter((pl.col("site") != site) | (pl.col("product") != product))
    return case.replace(needs=needs.with_columns(raised), purchases=kept)


def main() -> None:
    """Explain an instance of each size asked for."""
    for size in sys.argv[1:] or ["S", "M"]:
        case = out_of_reach(size)
        rows, columns, coefficients = build(case).program.shape
        started = time.monotonic()
        found = explain(case)
        seconds = time.monotonic() - started
        proof = "proven smallest" if found.proven else "not proven smallest"
        print(f"{size}: {rows} rows, {columns} columns, {coefficients} coefficients; {seconds:.1f} s, {found.status}, {proof}")
        for member in found.members:
            print(f"   {member.sentence}")
        print(f"   {len(found.singles)} single changes that are enough")


if __name__ == "__main__":
    main()
