"""Where two programs of one shape differ, and how the changed numbers go into a loaded solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from highspy import _Highs as Highs  # type: ignore[attr-defined]

from capcoop.case.cascade import Codes
from capcoop.model.program import Program


@dataclass(frozen=True)
class Changes:
    """Where two programs of one shape differ: columns by cost, bounds and kind (whole or not), rows by bounds, places in the matrix."""

    costs: Codes
    columns: Codes
    rows: Codes
    coefficients: Codes
    kinds: Codes
    offset: bool

    @property
    def primal_feasible(self) -> bool:
        """Whether the plan stays valid."""
        return not len(self.columns) and not len(self.rows) and not len(self.coefficients) and not len(self.kinds)


def same_shape(old: Program, new: Program) -> bool:
    """Return whether two programs have coefficients in the same places."""
    return old.shape == new.shape and np.array_equal(old.starts, new.starts) and np.array_equal(old.indices, new.indices)


def changes(old: Program, new: Program) -> Changes:
    """Return where two programs of one shape differ."""
    return Changes(
        _apart((old.cost, new.cost)),
        _apart((old.lower, new.lower), (old.upper, new.upper)),
        _apart((old.row_lower, new.row_lower), (old.row_upper, new.row_upper)),
        _apart((old.values, new.values)),
        _apart((old.whole, new.whole)),
        old.constant != new.constant,
    )


def _apart(*pairs: tuple[np.ndarray, np.ndarray]) -> Codes:
    """Return where a pair of arrays differs."""
    apart = np.zeros(len(pairs[0][0]), bool)
    for one, other in pairs:
        if one is not other:
            apart |= one != other
    return np.flatnonzero(apart).astype(np.int32)


def write(solver: Highs, program: Program, found: Changes) -> None:
    """Write the changed numbers into the solver that holds the old program."""
    costs, columns, rows, kinds = found.costs, found.columns, found.rows, found.kinds
    if len(costs):
        solver.changeColsCost(len(costs), costs, program.cost[costs])
    if len(columns):
        solver.changeColsBounds(len(columns), columns, program.lower[columns], program.upper[columns])
    if len(rows):
        solver.changeRowsBounds(len(rows), rows, program.row_lower[rows], program.row_upper[rows])
    if len(kinds):
        solver.changeColsIntegrality(len(kinds), kinds, program.whole[kinds].astype(np.uint8))
    owner = np.searchsorted(program.starts, found.coefficients, side="right") - 1
    for place, column in zip(found.coefficients, owner, strict=True):
        solver.changeCoeff(int(program.indices[place]), int(column), float(program.values[place]))
    if found.offset:
        solver.changeObjectiveOffset(program.constant)
