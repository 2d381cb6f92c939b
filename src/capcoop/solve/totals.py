"""Whole units counted as running totals, which is what branch and bound decides best.

How many builds of a line stand at a site in a period, and how many in the whole country, settles most of a plan; in which year which
supplier's unit was begun settles little. So some single counts are replaced by such totals: each total takes the place of one count that
it contains, which keeps the change whole in both directions (every pivot is 1 or -1). The builds themselves become rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.model.program import Program

# Beyond so many whole columns the change costs more than it brings.
MOST_WHOLE = 1000
SITE, ALL_SITES = 1, 2


@dataclass(frozen=True)
class Totals:
    """A program in which totals stand in place of single counts.

    program : the one to solve. columns : its whole columns. singles, sums : count from total and total from count, whole x whole.
    Where no total stands in place of a count (`unchanged`), there are no such columns.
    """

    program: Program
    columns: Codes
    singles: Values
    sums: Values

    def plan(self, values: Values) -> Values:
        """Return the values of the columns that values of the changed program stand for."""
        out = values.copy()
        out[self.columns] = self.singles @ values[self.columns]
        return out

    def changed(self, values: Values) -> Values:
        """Return values of the changed program for those of the columns."""
        out = values.copy()
        out[self.columns] = self.sums @ values[self.columns]
        return out


def totals_of(program: Program) -> Totals | None:
    """Return a program with totals; None where it has no capacity that several whole columns add to, or too many of them."""
    columns = np.flatnonzero(program.whole)
    if not 1 < len(columns) <= MOST_WHOLE or "capacity" not in program.row_blocks:
        return None
    singles, sums = np.eye(len(columns)), np.eye(len(columns))
    level = np.zeros(len(columns), np.int8)
    for rank, members in zip((SITE, ALL_SITES), _members(program, columns), strict=True):
        for total in members:
            _pivot(total, rank, singles, sums, level)
    if not level.any():
        return None
    return Totals(_changed(program, columns, singles, sums), columns, singles, sums)


def unchanged(program: Program) -> Totals:
    """Return a program with its own counts."""
    return Totals(program, np.zeros(0, np.int32), np.zeros((0, 0)), np.zeros((0, 0)))


def _members(program: Program, columns: Codes) -> tuple[np.ndarray, np.ndarray]:
    """Return which whole columns each total counts, of a line at a site and at all sites, as rows of 0 and 1, small totals first.

    A total counts those that add the same to a row of capacity.
    """
    block = program.row_blocks["capacity"]
    place = np.full(len(program.cost), -1)
    place[columns] = np.arange(len(columns))
    owners = program.owners
    held = program.whole[owners] & (program.indices >= block.start) & (program.indices < block.start + block.size)
    at, added, member = program.indices[held] - block.start, program.values[held], place[owners[held]]
    line, period, part = (np.asarray(block.index[key])[at] for key in ("line", "period", "slice"))
    site = _counted(np.stack([at, added]), member, len(columns))
    return site, _counted(np.stack([line, period, part, added]), member, len(columns))


def _counted(keys: Values, member: Codes, width: int) -> np.ndarray:
    """Return a row of 0 and 1 for each key that two members or more have; each row once, rows with few members first."""
    distinct, number = np.unique(keys, axis=1, return_inverse=True)
    counted = np.zeros((distinct.shape[1], width), np.int8)
    counted[number.ravel(), member] = 1
    counted = np.unique(counted[counted.sum(axis=1) > 1], axis=0)
    return counted[np.argsort(counted.sum(axis=1), kind="stable")]


def _pivot(total: np.ndarray, rank: int, singles: Values, sums: Values, level: np.ndarray) -> None:
    """Let a total stand in place of a count of lower rank that it contains once, if there is one; changes the arrays."""
    weight = total @ singles
    free = np.flatnonzero((np.abs(weight) == 1) & (level < rank))
    if not len(free):
        return
    chosen = free[-1]
    others = np.flatnonzero(weight)
    others = others[others != chosen]
    rows = np.flatnonzero(singles[:, chosen])
    column = singles[rows, chosen] / weight[chosen]
    singles[np.ix_(rows, others)] -= np.outer(column, weight[others])
    singles[rows, chosen] = column
    sums[chosen] = total
    level[chosen] = rank


def _changed(program: Program, columns: Codes, singles: Values, sums: Values) -> Program:
    """Return the program in the totals; builds that are no column of their own any more are held within their bounds by rows."""
    from scipy.sparse import csc_array, csr_array, eye_array, vstack

    width = len(program.cost)
    change: Any = eye_array(width, format="lil")
    change[np.ix_(columns, columns)] = singles
    change = csr_array(change)
    lost = np.flatnonzero((singles != np.eye(len(columns))).any(axis=1))
    matrix = csc_array(vstack([csr_array(program.matrix) @ change, change[columns[lost]]]))
    matrix.eliminate_zeros()
    matrix.sort_indices()
    lower, upper = program.lower.copy(), program.upper.copy()
    whole_sums = csr_array(sums)
    lower[columns], upper[columns] = whole_sums @ lower[columns], whole_sums @ upper[columns]
    return replace(
        program,
        row_blocks={},
        cost=change.T @ program.cost,
        lower=lower,
        upper=upper,
        row_lower=np.r_[program.row_lower, program.lower[columns[lost]]],
        row_upper=np.r_[program.row_upper, program.upper[columns[lost]]],
        starts=matrix.indptr.astype(np.int32),
        indices=matrix.indices.astype(np.int32),
        values=matrix.data,
    )
