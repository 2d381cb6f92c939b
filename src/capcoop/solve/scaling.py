"""Badly scaled programs: rows, columns and cost are multiplied so that their numbers are near one; the answer is turned back.

HiGHS takes what is smaller than its tolerances for nothing. A need of 2e-9 million tonnes is such a number, and so is a price in
trillions. Factors are powers of two, so that nothing is rounded. Each row, then each column, is divided by the geometric mean of
its smallest and largest number, a few times over (Fourer 1982); the sides of the rows count as a column that stays as it is, so that
small needs count too. Columns in whole units keep their unit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capcoop.case.cascade import Values
from capcoop.model.program import Program
from capcoop.solve.highs import Progress, Solution

# Numbers between these need no scaling.
LEAST, MOST = 1e-5, 1e7
ROUNDS = 6
# Beside a number so many times as large, a number is nothing: it does not stretch the scale, or the large one would run over.
WIDEST = 1e16
# HiGHS takes what is as large as this for endless.
ENDLESS = 1e20


@dataclass(frozen=True)
class Scales:
    """What rows, columns and the cost are multiplied by: row r x value x column c; a column's own value is divided by c."""

    rows: Values
    columns: Values
    cost: float

    def program(self, program: Program) -> Program:
        """Return the program in the scaled numbers."""
        owner = program.owners
        return replace(
            program,
            cost=program.cost * self.columns * self.cost,
            lower=_ended(program.lower) / self.columns,
            upper=_ended(program.upper) / self.columns,
            row_lower=_ended(program.row_lower) * self.rows,
            row_upper=_ended(program.row_upper) * self.rows,
            values=program.values * self.rows[program.indices] * self.columns[owner],
            constants={name: value * self.cost for name, value in program.constants.items()},
        )

    def solution(self, solution: Solution) -> Solution:
        """Return a solution of the scaled program in the numbers of the program itself."""
        return replace(
            solution,
            objective=solution.objective / self.cost,
            bound=solution.bound / self.cost,
            values=solution.values * self.columns,
            prices=solution.prices * self.rows / self.cost,
            reduced_costs=solution.reduced_costs / (self.columns * self.cost),
        )

    def progress(self, progress: Progress) -> Progress:
        """Return the progress of the scaled program in the numbers of the program itself."""
        best, bound = (None if value is None else value / self.cost for value in (progress.best, progress.bound))
        return replace(progress, best=best, bound=bound)


def is_badly_scaled(program: Program) -> bool:
    """Return whether a number of a program is so far from one that it needs scaling."""
    sides = sides_of(program)
    numbers = (np.abs(program.values), sides[sides > 0], np.abs(program.cost[program.cost != 0]))
    return any(len(some) and (some.min() < LEAST or some.max() > MOST) for some in numbers)


def scales_of(program: Program) -> Scales | None:
    """Return the scales that a program needs; None where its numbers are near enough to one."""
    if not is_badly_scaled(program):
        return None
    sides = sides_of(program)
    rows, columns = np.ones(len(program.row_lower)), np.ones(len(program.cost))
    owner = program.owners
    for _ in range(ROUNDS):
        scaled = np.abs(program.values) * columns[owner]
        rows = 1.0 / _middle(np.r_[scaled, sides[sides > 0]], np.r_[program.indices, np.flatnonzero(sides)], len(rows))
        scaled = np.abs(program.values) * rows[program.indices]
        columns = np.where(program.whole, 1.0, 1.0 / _middle(scaled, owner, len(columns)))
    rows, columns = _power_of_two(rows), _power_of_two(columns)
    cost = np.abs(program.cost * columns)
    held = cost[cost > 0]
    return Scales(rows, columns, float(_power_of_two(1.0 / _between(held.min(), held.max()))) if len(held) else 1.0)


def sides_of(program: Program) -> Values:
    """Return the size of each row's finite side that is not zero (0: none)."""
    found = [np.where(np.isfinite(side), np.abs(side), 0.0) for side in map(_ended, (program.row_lower, program.row_upper))]
    return np.maximum(*found)


def _ended(bounds: Values) -> Values:
    """Return bounds with those endless that are so for HiGHS, whatever they are multiplied by."""
    return np.where(np.abs(bounds) >= ENDLESS, np.copysign(np.inf, bounds), bounds)


def _middle(numbers: Values, owner: np.ndarray, count: int) -> Values:
    """Return the geometric mean of the smallest and the largest number of each owner (1: it has none)."""
    low, high = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(low, owner, numbers)
    np.maximum.at(high, owner, numbers)
    held = high > 0
    return np.asarray(_between(np.where(held, low, 1.0), np.where(held, high, 1.0)))


def _between(low: Values, high: Values) -> Values:
    """Return the geometric mean of the smallest and the largest of some numbers."""
    return np.sqrt(np.maximum(low, high / WIDEST)) * np.sqrt(high)


def _power_of_two(numbers: Values) -> Values:
    """Return the powers of two that are nearest to numbers."""
    return np.exp2(np.round(np.log2(numbers)))
