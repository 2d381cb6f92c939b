"""The limits that bind: which rules of the program would, if relaxed, make the plan cheaper."""

from __future__ import annotations

import numpy as np
import polars as pl

from capcoop.case.cascade import Values
from capcoop.model.build import Model
from capcoop.model.names import sentences
from capcoop.plan.tables import schema_of
from capcoop.solve.highs import Solution

# Balances have prices of their own; links between sizes, builds, angles and paths say nothing to a reader.
SILENT_ROWS = (
    *("balance", "size", "size curve", "voltage law if built", "voltage law if built, backwards"),
    *("path balance", "path channel", "path line"),
)
BOUNDED_COLUMNS = ("activity", "sizes", "purchase", "sale")
LEAST_PRICE = 1e-9


def binding_table(model: Model, solution: Solution) -> pl.DataFrame:
    """Return kind, rule, value and price of every rule that binds, the dearest first."""
    program = model.program
    found = [pl.DataFrame(schema=schema_of("binding"))]
    if not len(solution.prices):
        return found[0]
    floor = LEAST_PRICE * max(1.0, float(np.abs(program.cost).max(initial=0.0)))
    loads = _loads(model, solution)
    for name, block in program.row_blocks.items():
        if name in SILENT_ROWS:
            continue
        price = solution.prices[block.start : block.start + block.size]
        rows = np.flatnonzero(np.abs(price) > floor)
        if not len(rows):
            continue
        value = loads[block.start + rows]
        found.append(
            pl.DataFrame(
                {
                    "kind": [name] * len(rows),
                    "rule": sentences(model.case, block.sentence, block.index, rows),
                    "value": value,
                    "price": price[rows],
                }
            )
        )
    for name in BOUNDED_COLUMNS:
        block = program.column_blocks[name]
        price = solution.reduced_costs[block.start : block.start + block.size]
        value = solution.values[block.start : block.start + block.size]
        upper, lower = (bound[block.start : block.start + block.size] for bound in (program.upper, program.lower))
        at_limit = ((value >= upper) & (price < -floor)) | ((lower > 0) & (value <= lower) & (price > floor))
        rows = np.flatnonzero(at_limit)
        if not len(rows):
            continue
        sentence = block.sentence.rstrip(".") + " is at its limit."
        found.append(
            pl.DataFrame(
                {
                    "kind": [f"{name} limit"] * len(rows),
                    "rule": sentences(model.case, sentence, block.index, rows),
                    "value": value[rows],
                    "price": price[rows],
                }
            )
        )
    return pl.concat([frame.cast(pl.Schema(schema_of("binding"))) for frame in found]).sort(pl.col("price").abs(), descending=True)


def _loads(model: Model, solution: Solution) -> Values:
    """Return the left side of every row; in capacity rows only what runs or flows, not the capacity itself."""
    program = model.program
    values = solution.values.copy()
    matrix = program.matrix
    whole = matrix @ values
    for name in ("builds", "sizes"):
        block = program.column_blocks[name]
        values[block.start : block.start + block.size] = 0.0
    running = matrix @ values
    for name in ("capacity", "minimum use", "annual availability", "channel capacity"):
        if name in program.row_blocks:
            block = program.row_blocks[name]
            whole[block.start : block.start + block.size] = running[block.start : block.start + block.size]
    return whole  # type: ignore[no-any-return]
