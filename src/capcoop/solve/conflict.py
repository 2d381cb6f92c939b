"""What contradicts what: a smallest set of members that leaves no plan, and the balances through which they meet.

First the elastic program, in which every member may give way at a price: the members with a price of their own in its
solution contradict each other already (its prices are a certificate of Farkas). Where only whole builds stand in the way,
members that give way are made firm one after the other until nothing is left to give way (the elastic filter of Chinneck).
Then the deletion filter: each member of the set is left out in turn, and stays out if there is still no plan. What is
left is irreducible: without any one of them there is a plan.

Source: J. W. Chinneck, Feasibility and Infeasibility in Optimization, Springer 2008, chapters 6 and 7.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.model.program import Program
from capcoop.solve.changes import changes, write
from capcoop.solve.highs import Status, load
from capcoop.solve.members import Mask, Members
from capcoop.solve.scaling import scales_of

TOLERANCE = 1e-7


class OutOfTimeError(Exception):
    """The time allowed for an explanation has ended."""


@dataclass(frozen=True)
class Clock:
    """The moments at which an explanation must end, and at which the costs of repairs are asked no more."""

    end: float
    costs_end: float

    @classmethod
    def of(cls, seconds: float) -> Clock:
        """Return a clock that ends so many seconds from now; a third of them may pass before costs are left out."""
        now = time.monotonic()
        return cls(now + seconds, now + seconds / 3)

    @property
    def left(self) -> float:
        """Seconds left; raises OutOfTimeError when there are none."""
        seconds = self.end - time.monotonic()
        if seconds <= 0:
            raise OutOfTimeError
        return seconds

    @property
    def spare(self) -> float:
        """Seconds left for costs (negative: none)."""
        return self.costs_end - time.monotonic()


@dataclass(frozen=True)
class Found:
    """A solution of a program: objective, values, prices of the rows."""

    objective: float
    values: Values
    prices: Values


def minimise(program: Program, clock: Clock) -> Found | None:
    """Solve a program; None where it is infeasible. Raises OutOfTimeError where the time ends first."""
    if not len(program.cost):
        broken = (program.row_lower > TOLERANCE).any() or (program.row_upper < -TOLERANCE).any()
        return None if broken else Found(0.0, np.zeros(0), np.zeros(len(program.row_lower)))
    program = replace(program, constants={})
    scales = scales_of(program)
    if scales is None:
        return _run(load(program), clock)
    found = _run(load(scales.program(program)), clock)
    if found is None:
        return None
    return Found(found.objective / scales.cost, found.values * scales.columns, found.prices * scales.rows / scales.cost)


def _run(solver: Any, clock: Clock) -> Found | None:  # noqa: ANN401  (HiGHS has no public type that is silent)
    solver.setOptionValue("time_limit", clock.left + solver.getRunTime())
    solver.setOptionValue("mip_feasibility_tolerance", TOLERANCE)
    solver.run()
    status = solver.getModelStatus()
    if status in {Status.kInfeasible, Status.kUnboundedOrInfeasible}:
        return None
    if status != Status.kOptimal:
        raise OutOfTimeError
    found = solver.getSolution()
    return Found(solver.getInfo().objective_function_value, np.array(found.col_value), np.array(found.row_dual))


def bounds_of(program: Program, members: Members, kept: Mask) -> tuple[Values, Values, Values, Values]:
    """Return lower, upper, row_lower and row_upper with the members that are not kept set free."""
    sides = [program.lower.copy(), program.upper.copy(), program.row_lower.copy(), program.row_upper.copy()]
    for number, (row, upper) in enumerate(((False, False), (False, True), (True, False), (True, True))):
        loose = ~kept & ~members.whole & (members.row == row) & (members.upper == upper)
        sides[number][members.position[loose]] = members.free[loose]
    return sides[0], sides[1], sides[2], sides[3]


def whole_of(program: Program, members: Members, kept: Mask) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which columns are whole numbers when only the kept members hold."""
    loose = np.flatnonzero(members.whole & ~kept)
    if not len(loose):
        return program.whole
    block = program.column_blocks["builds"]
    options = block.index["option"][members.place[loose]]
    whole = program.whole.copy()
    whole[block.start : block.start + block.size] &= ~np.isin(block.index["option"], options)
    return whole


def with_only(program: Program, members: Members, kept: Mask) -> Program:
    """Return the program without cost in which only the kept members hold."""
    lower, upper, row_lower, row_upper = bounds_of(program, members, kept)
    whole = whole_of(program, members, kept)
    cost = np.zeros(len(program.cost))
    return replace(program, cost=cost, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper, whole=whole)


@dataclass(frozen=True)
class Slacks:
    """What gives way in an elastic program.

    member, slack, factor : members, the slack of each (several may share one), and how far its bound moves with the slack.
    cost, most : one value a slack: its cost and how far it goes.
    """

    member: Codes
    slack: Codes
    factor: Values
    cost: Values
    most: Values


def elastic(program: Program, members: Members, slacks: Slacks) -> Program:
    """Return the program in which members give way at the cost of their slacks, which are its last columns.

    A bound of a column becomes a row, below those of the program, in the order of `slacks`.
    """
    from scipy.sparse import coo_array

    given = slacks.member
    free = np.ones(len(members), bool)
    free[given] = False
    rows, columns, count = len(program.row_lower), len(program.cost), len(slacks.cost)
    on_row = members.row[given]
    extra = np.flatnonzero(~on_row)
    row = np.where(on_row, members.position[given], 0)
    row[extra] = rows + np.arange(len(extra))
    sign = np.where(members.upper[given], -1.0, 1.0)
    own = coo_array(program.matrix)
    matrix = coo_array(
        (
            np.concatenate([own.data, np.ones(len(extra)), sign * slacks.factor]),
            (
                np.concatenate([own.coords[0], rows + np.arange(len(extra)), row]),
                np.concatenate([own.coords[1], members.position[given[extra]], columns + slacks.slack]),
            ),
        ),
        shape=(rows + len(extra), columns + count),
    ).tocsc()
    # The bounds of columns move into rows; those of rows stay, and the slacks make them give way.
    kept = free | members.row
    lower, upper, row_lower, row_upper = bounds_of(program, members, kept)
    bound, is_upper = members.bound[given[extra]], members.upper[given[extra]]
    return replace(
        program,
        cost=np.concatenate([np.zeros(columns), slacks.cost]),
        lower=np.concatenate([lower, np.zeros(count)]),
        upper=np.concatenate([upper, slacks.most]),
        whole=np.concatenate([program.whole, np.zeros(count, bool)]),
        row_lower=np.concatenate([row_lower, np.where(is_upper, -np.inf, bound)]),
        row_upper=np.concatenate([row_upper, np.where(is_upper, bound, np.inf)]),
        starts=matrix.indptr.astype(np.int32),
        indices=matrix.indices.astype(np.int32),
        values=matrix.data,
        constants={},
    )


def own_slacks(members: Members, given: Codes) -> Slacks:
    """Return a slack for each of some members, at a cost of one for each part of the bound that it moves."""
    size = np.abs(members.bound[given])
    usual = size[size > 0].mean() if (size > 0).any() else 1.0
    most = np.where(np.isfinite(members.free[given]), size, np.inf)
    return Slacks(given, np.arange(len(given)), np.ones(len(given)), 1.0 / np.where(size > 0, size, usual), most)


def conflict(program: Program, members: Members, clock: Clock, *, whole: bool) -> tuple[Mask, bool]:
    """Return a smallest set of members that leaves no plan, and whether it is proven that none of them can go.

    whole : only whole builds stand in the way (there is a plan with parts of builds).
    """
    if whole:
        return _filtered(program, members, _firm(program, members, clock), clock)
    continuous = replace(program, whole=np.zeros(len(program.whole), bool))
    return _filtered(continuous, members, _certified(continuous, members, clock), clock)


def _certified(program: Program, members: Members, clock: Clock) -> Mask:
    """Return the members that have a price in the elastic program; they contradict each other."""
    given = np.flatnonzero(~members.whole)
    found = minimise(elastic(program, members, own_slacks(members, given)), clock)
    out = ~members.whole
    if found is None:
        return out
    return priced(members, given, found.prices, len(program.row_lower))


def priced(members: Members, given: Codes, prices: Values, rows: int) -> Mask:
    """Return which of the given members have a price in an elastic program (a side has the sign of its price)."""
    on_row = members.row[given]
    row = np.where(on_row, members.position[given], 0)
    row[~on_row] = rows + np.arange(int((~on_row).sum()))
    price = np.where(members.upper[given], -prices[row], prices[row])
    out = np.zeros(len(members), bool)
    out[given[price > 1e-9 * max(1e-9, float(np.abs(prices).max(initial=0.0)))]] = True
    return out


def _firm(program: Program, members: Members, clock: Clock) -> Mask:
    """Return members that leave no plan in whole builds: those that give way are made firm until none can."""
    firm = members.whole.copy()
    while True:
        given = np.flatnonzero(~firm)
        slacks = own_slacks(members, given)
        found = minimise(elastic(program, members, slacks), clock)
        if found is None:
            return firm
        moved = found.values[len(program.cost) :] * slacks.cost > TOLERANCE
        if not moved.any():
            return np.ones(len(members), bool)
        firm[given[moved]] = True


class _Trial:
    """One loaded program in which members are left out and put back."""

    def __init__(self, program: Program, members: Members, kept: Mask) -> None:
        self.program, self.members, self.scales = program, members, scales_of(program)
        self.now = self._scaled(kept)
        self.solver = load(self.now)

    def _scaled(self, kept: Mask) -> Program:
        """Return the program in which only the kept members hold, in scales that are the same for all of them."""
        program = replace(with_only(self.program, self.members, kept), constants={})
        return program if self.scales is None else self.scales.program(program)

    def feasible(self, kept: Mask, clock: Clock) -> bool:
        """Return whether there is a plan when only the kept members hold."""
        new = self._scaled(kept)
        write(self.solver, new, changes(self.now, new))
        self.now = new
        return _run(self.solver, clock) is not None


def _filtered(program: Program, members: Members, start: Mask, clock: Clock) -> tuple[Mask, bool]:
    """Leave out one member after the other; return what is left, and whether the time allowed to try all."""
    if not len(program.cost):
        return _without_columns(members, start), True
    kept = start.copy()
    trial = _Trial(program, members, kept)
    try:
        if trial.feasible(kept, clock):  # rounding fooled the certificate
            kept = np.ones(len(members), bool)
            kept[members.whole] = program.whole.any()
        for member in _least_telling_first(members, kept):
            without = kept.copy()
            without[member] = False
            if not trial.feasible(without, clock):
                kept = without
    except OutOfTimeError:
        return kept, False
    return kept, True


def _without_columns(members: Members, start: Mask) -> Mask:
    """Return one need that nothing can meet."""
    kept = np.zeros(len(members), bool)
    kept[np.flatnonzero(start & members.row & (members.free == 0))[:1]] = True
    return kept


def _least_telling_first(members: Members, kept: Mask) -> Codes:
    """Return the kept members in the order in which to try without them: whole builds, surplus, capacities, ..., needs last."""
    tables = (
        "options",
        "products",
        "channels",
        "stock",
        "availability",
        "placements",
        "option_periods",
        "sales",
        "purchases",
        "limits",
        "needs",
    )
    rank = np.array([-1 if kind.column == "whole" else tables.index(kind.table) for kind in members.kinds])
    chosen = np.flatnonzero(kept)
    return chosen[np.argsort(rank[members.kind[chosen]], kind="stable")]


def chain_of(program: Program, members: Members, kept: Mask, clock: Clock) -> tuple[Codes, Values]:
    """Return the balances through which members of a conflict meet, and the price of each."""
    given = np.flatnonzero(kept & ~members.whole)
    alone = with_only(replace(program, whole=np.zeros(len(program.whole), bool)), members, kept)
    found = minimise(elastic(alone, members, own_slacks(members, given)), clock)
    block = program.row_blocks["balance"]
    if found is None or not block.size:
        return np.zeros(0, np.int64), np.zeros(0)
    prices = found.prices[block.start : block.start + block.size]
    rows = np.flatnonzero(np.abs(prices) > 1e-9 * max(1e-9, float(np.abs(found.prices).max(initial=0.0))))
    return rows, prices[rows]
