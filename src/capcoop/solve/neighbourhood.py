"""Better plans near a known one: free a part of the whole units and what lies around them, let HiGHS solve that part.

The parts are drawn in turn by three rules: units in which the plan and the relaxation differ, whole options, and units
near each other in the matrix. The part grows while HiGHS proves that it holds nothing better, and shrinks when it runs out
of time. (Large neighbourhood search: Shaw 1998; the first rule is RINS: Danna, Rothberg and Le Pape 2005.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import highspy
import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.model.program import Program
from capcoop.solve.board import Board
from capcoop.solve.highs import costs_as_told, interruptible, load
from capcoop.solve.rounding import Counts

MOST_COLUMNS = 8_000
SECONDS_OF_A_PART = 6.0
FIRST_SHARE, LEAST_UNITS = 0.3, 5
GROWTH, SHRINKAGE = 1.2, 0.8
LEAST_GAIN = 1e-9
# Rows longer than this tie everything to everything and say nothing about what is near.
LONG_ROW = 1_000


@dataclass(frozen=True)
class Part:
    """A small program: the free columns of a large one; the others stay as they are."""

    program: Program
    columns: Codes


class Surroundings:
    """The matrix by columns and by rows, to find what is near and to cut parts out."""

    def __init__(self, program: Program) -> None:
        """Take the matrix of a program."""
        from scipy.sparse import csc_array

        self.program = program
        self.matrix = program.matrix
        pattern = csc_array((np.ones(len(program.values), np.float32), program.indices, program.starts), shape=self.matrix.shape)
        self._rows_of, self._columns_of = pattern.tocsr(), pattern.T.tocsr()
        self._short = np.diff(self._rows_of.indptr) <= LONG_ROW

    def touched(self, columns: np.ndarray) -> np.ndarray:
        """Return which rows hold any of the marked columns."""
        return self._rows_of @ columns.astype(np.float32) > 0  # type: ignore[no-any-return]

    def beside(self, columns: np.ndarray) -> np.ndarray:
        """Return which columns share a short row with any of the marked ones."""
        return self._columns_of @ (self.touched(columns) & self._short).astype(np.float32) > 0  # type: ignore[no-any-return]

    def part(self, free: np.ndarray, values: Values) -> Part:
        """Return the program of the marked columns, all others fixed at `values`."""
        program = self.program
        columns, rows = np.flatnonzero(free), np.flatnonzero(self.touched(free))
        rest = np.where(free, 0.0, values)
        own = self.matrix[:, columns].tocsr()[rows].tocsc()
        fixed = (self.matrix @ rest)[rows]
        small = replace(
            program,
            column_blocks={},
            row_blocks={},
            constants={"fixed": program.constant + float(program.cost @ rest)},
            cost=program.cost[columns],
            lower=program.lower[columns],
            upper=program.upper[columns],
            whole=program.whole[columns],
            row_lower=program.row_lower[rows] - fixed,
            row_upper=program.row_upper[rows] - fixed,
            starts=own.indptr.astype(np.int32),
            indices=own.indices.astype(np.int32),
            values=own.data,
        )
        return Part(small, columns)


def improve(program: Program, counts: Counts, relaxed: Values, board: Board) -> None:
    """Offer ever better plans until the search is over; the draws are seeded."""
    around, random = Surroundings(program), np.random.default_rng(0)
    units = FIRST_SHARE * len(counts.columns)
    turn = 0
    while not board.over.is_set():
        values, objective = board.best
        if values is None:
            board.over.wait(0.5)
            continue
        free = _drawn(turn, around, counts, np.abs(values - relaxed), int(units), random)
        turn += 1
        better, proven = _solve_part(around.part(free, values), values, objective, board)
        if better is None:
            grown = units * (GROWTH if proven else SHRINKAGE)
            units = min(max(grown, LEAST_UNITS), float(len(counts.columns)))


def _drawn(turn: int, around: Surroundings, counts: Counts, moved: Values, units: int, random: np.random.Generator) -> np.ndarray:
    """Return which columns are free: some whole units, by one of three rules, and the nearest others."""
    program = around.program
    free = np.zeros(len(program.cost), bool)
    if turn % 3 == 0:
        chance = random.random(len(counts.columns)) ** (1.0 / (np.minimum(moved[counts.columns], 1.0) + 0.05))
        free[counts.columns[np.argsort(-chance)[:units]]] = True
    elif turn % 3 == 1:
        order = random.permutation(len(counts.heads))[counts.group]
        free[counts.columns[np.argsort(order, kind="stable")[:units]]] = True
    else:
        free[random.choice(counts.columns)] = True
    return _spread(free, around, units, random)


def _spread(free: np.ndarray, around: Surroundings, units: int, random: np.random.Generator) -> np.ndarray:
    """Free what shares rows with what is free, step by step, up to so many whole units and so many columns."""
    whole = around.program.whole
    if len(whole) <= MOST_COLUMNS and free[whole].sum() >= units:
        return free | ~whole
    while True:
        new = np.flatnonzero(around.beside(free) & ~free)
        room = max(0, units - int(free[whole].sum())), max(0, MOST_COLUMNS - int(free.sum()))
        added = [random.permutation(some)[:most] for some, most in zip((new[whole[new]], new[~whole[new]]), room, strict=True)]
        if not any(len(some) for some in added):
            return free
        free[np.concatenate(added)] = True


def _solve_part(part: Part, values: Values, objective: float, board: Board) -> tuple[Values | None, bool]:
    """Solve a part from where it stands; return a better plan if there is one, and whether the part was solved to its end."""
    solver = interruptible(load(part.program), board.over)
    for option, value in (("threads", 1), ("time_limit", SECONDS_OF_A_PART), ("mip_rel_gap", 1e-5)):
        solver.setOptionValue(option, value)
    start = highspy.HighsSolution()
    start.col_value = values[part.columns].tolist()
    solver.setSolution(start)
    solver.run()
    proven = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    info = solver.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if not feasible or objective - info.objective_function_value <= LEAST_GAIN * max(1.0, abs(objective)):
        return None, proven
    found = np.array(solver.getSolution().col_value)
    if not costs_as_told(part.program, found, info.objective_function_value):
        return None, False
    better = values.copy()
    better[part.columns] = found
    board.offer(better, info.objective_function_value)
    return better, proven
