"""The same model with other numbers: needs, trade, running costs and freight are written over, everything else is built anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from capcoop.case.cascade import Values
from capcoop.case.case import Case
from capcoop.model.build import Model, build
from capcoop.model.channels import add_flows
from capcoop.model.objective import charges
from capcoop.model.program import Block, Draft, Program
from capcoop.model.quantities import Parts
from capcoop.model.trade import Needs, Trade, add_needs, add_trade
from capcoop.schema import COMMON, TABLES

# Columns whose figures change neither which columns and rows there are, nor any coefficient.
NUMBERS = {
    "needs": {"quantity"},
    "purchases": {"price", "limit"},
    "sales": {"price", "limit"},
    "processes": {"cost"},
    "placements": {"cost"},
    "products": {"value"},
    "channels": {"distance", "cost", "days"},
    "freight": {"factor", "cost", "cost_per_distance"},
}
CARRIED = {"products", "channels", "freight"}
REMARKS = {column.name for column in COMMON}


@dataclass
class Sides:
    """The bounds of all columns and rows, to be written over block by block."""

    lower: Values
    upper: Values
    row_lower: Values
    row_upper: Values

    def take_over(self, draft: Draft, program: Program) -> bool:
        """Write the bounds of a draft's blocks over those of the same blocks; False where the blocks are not the same."""
        fresh = draft.program()
        for blocks, known, low, high, lower, upper in (
            (fresh.column_blocks, program.column_blocks, fresh.lower, fresh.upper, self.lower, self.upper),
            (fresh.row_blocks, program.row_blocks, fresh.row_lower, fresh.row_upper, self.row_lower, self.row_upper),
        ):
            for name, block in blocks.items():
                if name not in known or not _alike(block, known[name]):
                    return False
                here, there = slice(block.start, block.start + block.size), slice(known[name].start, known[name].start + block.size)
                lower[there], upper[there] = low[here], high[here]
        return True


def update(model: Model, case: Case) -> Model:
    """Return the model of a case that differs from the model's own; as cheaply as the difference allows.

    Raises CaseError as `build` does.
    """
    changed = {name for name in TABLES if case.frames[name] is not model.case.frames[name]}
    if case.settings != model.case.settings or not all(_numbers_only(name, model.case, case) for name in changed):
        return build(case)
    if "need" in case["limit_terms"].frame.get_column("quantity"):
        return build(case)
    return _with_numbers(model, case, changed) or build(case)


def _numbers_only(table: str, old: Case, new: Case) -> bool:
    """Return whether two versions of a table differ at most in numbers that change no coefficient."""
    before, after = old.frames[table], new.frames[table]
    free = NUMBERS.get(table, set()) | REMARKS
    kept = [column for column in before.columns if column not in free]
    return before.height == after.height and before.select(kept).equals(after.select(kept))


def _with_numbers(model: Model, case: Case, changed: set[str]) -> Model | None:
    """Return the model with the numbers of some tables written over; None where they change which columns and rows there are."""
    program, parts = model.program, replace(model.parts, case=case)
    sides = Sides(*(side.copy() for side in (program.lower, program.upper, program.row_lower, program.row_upper)))
    trades: dict[Literal["purchases", "sales"], Trade] = {"purchases": parts.purchases, "sales": parts.sales}
    for table in trades.keys() & changed:
        draft = Draft()
        trade = add_trade(draft, case, table)
        if not sides.take_over(draft, program):
            return None
        trades[table] = replace(trade, columns=trades[table].columns)
    parts = replace(parts, purchases=trades["purchases"], sales=trades["sales"])
    if "needs" in changed:
        draft = Draft()
        needs = add_needs(draft, case)
        if not _same_needs(needs, parts.needs) or not sides.take_over(draft, program):
            return None
        parts = replace(parts, needs=replace(needs, unmet=parts.needs.unmet))
        _require(model, case, needs, sides)
    if CARRIED & changed:
        parts = replace(parts, flows=replace(add_flows(Draft(), case), first=parts.flows.first))
    cost = _cost(parts, len(program.cost)) if changed - {"needs"} else program.cost
    written = replace(program, cost=cost, **vars(sides))
    return replace(model, case=case, parts=parts, program=written)


def _alike(one: Block, other: Block) -> bool:
    """Return whether two blocks have the same members."""
    return one.size == other.size and all(np.array_equal(one.index[key], other.index[key]) for key in one.index)


def _same_needs(one: Needs, other: Needs) -> bool:
    """Return whether the same needs are stated, of which the same may stay unmet."""
    keys = ("site", "product", "period", "slice")
    return np.array_equal(one.unmet >= 0, other.unmet >= 0) and all(np.array_equal(getattr(one, k), getattr(other, k)) for k in keys)


def _require(model: Model, case: Case, needs: Needs, sides: Sides) -> None:
    """Write needs into the rows of the balances."""
    pair = needs.site * case.size("products") + needs.product
    rows = model.balances.row(pair, needs.period, np.maximum(needs.slice, 0))
    sides.row_lower[rows] = needs.amount
    sides.row_upper[rows] = np.where(case["products"].flags("disposal")[needs.product], np.inf, needs.amount)


def _cost(parts: Parts, size: int) -> Values:
    """Return the cost of every column."""
    cost = np.zeros(size)
    for _, columns, amounts in charges(parts):
        np.add.at(cost, columns, amounts)
    return cost
