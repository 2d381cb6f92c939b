"""A first plan in whole units, early: relax, round what is nearly whole, fix it, solve again, until all is whole.

Counts are rounded cumulatively, so that over the periods as much is built as the relaxation wants: of 0.4 a period,
nothing in the first, one in the second. Each round fixes the half of the options that are nearest to whole counts and
lets the others answer (relax-and-fix).
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from highspy import _Highs as Highs  # type: ignore[attr-defined]

from capcoop.case.cascade import Codes, Values
from capcoop.model.program import Program
from capcoop.solve.board import Board
from capcoop.solve.highs import as_relaxation, interruptible, load

NEARLY_WHOLE = 1e-6
SHARE_OF_A_ROUND = 0.5
# A round fixes at least this share of all options, so that there are few rounds.
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Counts:
    """The whole columns, those of one option (and variant) together in the order of periods.

    columns : their positions. heads : where each group begins. group : the group of each.
    """

    columns: Codes
    heads: Codes
    group: Codes

    def cumulative(self, counts: Values) -> Values:
        """Return running sums within each group."""
        sums = np.cumsum(counts)
        before = np.concatenate([[0.0], sums])[self.heads]
        return sums - before[self.group]  # type: ignore[no-any-return]

    def single(self, sums: Values) -> Values:
        """Return the counts of which these are the running sums."""
        steps = np.diff(sums, prepend=0.0)
        steps[self.heads] = sums[self.heads]
        return steps

    def distance(self, counts: Values) -> Values:
        """Return how far each group's running sums are from whole numbers, at most."""
        sums = self.cumulative(counts)
        return np.maximum.reduceat(np.abs(sums - np.round(sums)), self.heads)


def counts_of(program: Program) -> Counts:
    """Return the whole columns of a program in groups."""
    block = program.column_blocks["builds"]
    own = np.flatnonzero(program.whole[block.start : block.start + block.size])
    option, variant, period = (np.asarray(block.index[key])[own] for key in ("option", "variant", "period"))
    order = np.lexsort((period, variant, option))
    option, variant = option[order], variant[order]
    first = np.r_[True, (np.diff(option) != 0) | (np.diff(variant) != 0)]
    return Counts(block.start + own[order], np.flatnonzero(first), np.cumsum(first) - 1)


def relax(program: Program, board: Board) -> tuple[Highs, Values] | None:
    """Solve the relaxation and tell its bound; None where it has no optimum or the search is over."""
    solver = interruptible(as_relaxation(load(program), program), board.over)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    board.raise_bound(solver.getInfo().objective_function_value)
    return solver, np.array(solver.getSolution().col_value)


def rounded(program: Program) -> tuple[Values, float] | None:
    """Return a plan that rounding finds, and its cost; None where it finds none."""
    board = Board()
    relaxed = relax(program, board)
    if relaxed is not None:
        relax_and_fix(program, counts_of(program), *relaxed, board)
    values, cost = board.best
    return None if values is None else (values, cost)


def relax_and_fix(program: Program, counts: Counts, solver: Highs, relaxed: Values, board: Board) -> None:
    """Offer a plan with everything rounded at once, then a better one, rounded in rounds; none where rounding finds none."""
    everything = np.ones(len(counts.heads), bool)
    if _fix(program, counts, solver, relaxed, everything) is not None:
        board.offer(np.array(solver.getSolution().col_value), solver.getInfo().objective_function_value)
    columns = counts.columns.astype(np.int32)
    solver.changeColsBounds(len(columns), columns, program.lower[columns], program.upper[columns])
    values, fixed = relaxed, ~everything
    while not fixed.all():
        distance = counts.distance(values[counts.columns])
        now = ~fixed & (distance < NEARLY_WHOLE)
        rest = np.flatnonzero(~fixed & ~now)
        size = max(int(np.ceil(len(rest) * SHARE_OF_A_ROUND)), int(len(fixed) * LEAST_SHARE), 1)
        now[rest[np.argsort(distance[rest], kind="stable")[:size]]] = True
        found = _fix(program, counts, solver, values, now)
        if found is None:
            return
        values, fixed = found, fixed | now
    board.offer(values, solver.getInfo().objective_function_value)


def _fix(program: Program, counts: Counts, solver: Highs, values: Values, groups: np.ndarray) -> Values | None:
    """Fix some groups at the nearest whole counts, else at the next higher ones, and solve again; None where neither goes."""
    sums = counts.cumulative(values[counts.columns])
    mine = groups[counts.group]
    columns = counts.columns[mine].astype(np.int32)
    for rounded in (np.floor(sums + 0.5 - NEARLY_WHOLE), np.ceil(sums - NEARLY_WHOLE)):
        target = np.clip(counts.single(rounded)[mine], program.lower[columns], program.upper[columns])
        solver.changeColsBounds(len(columns), columns, target, target)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            return np.array(solver.getSolution().col_value)
    return None
