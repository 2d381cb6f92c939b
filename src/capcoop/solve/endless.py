"""What earns without end: the fewest steps that together earn money and that no bound holds back.

A direction d earns without end if moving along it from any plan keeps every rule, for any distance, and the cost falls:
A d >= 0 where a row has a lower side, A d <= 0 where it has an upper one, likewise for the bounds of columns, c d < 0.
Of all such directions the one with the least sum of steps is taken, then each step is left out in turn if the others
still earn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.model.program import Program
from capcoop.solve.conflict import Clock, minimise

LEAST = 1e-9


@dataclass(frozen=True)
class Ray:
    """The columns of a direction that earns, how far each goes, and what a unit of the first sale (or step) earns."""

    columns: Codes
    steps: Values
    gain: float


def ray_of(program: Program, clock: Clock) -> Ray | None:
    """Return the fewest steps that earn without end; None where nothing does."""
    cone = _cone(program)
    if not program.cost.any():
        return None
    boxed = replace(cone, lower=np.maximum(cone.lower, -1.0), upper=np.minimum(cone.upper, 1.0))
    found = minimise(boxed, clock)
    if found is None or found.objective > -1e-7 * float(np.abs(program.cost * found.values).sum()):
        return None
    return _fewest(program, cone, clock)


def _cone(program: Program) -> Program:
    """Return the program of directions: every finite side becomes zero."""

    def zero(side: Values) -> Values:
        return np.where(np.isfinite(side), 0.0, side)

    return replace(
        program,
        lower=zero(program.lower),
        upper=zero(program.upper),
        row_lower=zero(program.row_lower),
        row_upper=zero(program.row_upper),
        whole=np.zeros(len(program.whole), bool),
        constants={},
    )


def _fewest(program: Program, cone: Program, clock: Clock) -> Ray | None:
    """Minimise the sum of steps of a direction that earns one, then leave steps out."""
    used = np.ones(len(program.cost), bool)
    ray = _least(program, cone, used, clock)
    if ray is None:
        return None
    free = np.isneginf(cone.lower)  # angles, which are no steps
    for column in np.flatnonzero(_steps(ray, free)):
        used = _steps(ray, free)
        if used[column]:
            used[column] = False
            other = _least(program, cone, used, clock)
            ray = ray if other is None else other
    columns = np.flatnonzero(_steps(ray, free))
    sale = program.column_blocks["sale"]
    sold = columns[(columns >= sale.start) & (columns < sale.start + sale.size)]
    unit = abs(ray[sold[0]]) if len(sold) else np.abs(ray[columns]).max()
    return Ray(columns, ray[columns] / unit, float(-(program.cost @ ray) / unit))


def _steps(ray: Values, free: np.ndarray) -> np.ndarray:
    """Return which columns a direction moves, free ones left aside."""
    size = np.where(free, 0.0, np.abs(ray))
    return size > LEAST * size.max()  # type: ignore[no-any-return]


def _least(program: Program, cone: Program, used: np.ndarray, clock: Clock) -> Values | None:
    """Return the direction with the least sum of steps among some columns that earns one (only free columns go backwards)."""
    from scipy.sparse import csc_array, vstack

    free = np.isneginf(cone.lower)
    own = cone.matrix
    scale = float(np.abs(program.cost).max())
    matrix = csc_array(vstack([own, csc_array((program.cost / scale)[None, :])]))
    upper = np.where(used | free, cone.upper, 0.0)
    found = minimise(
        replace(
            cone,
            cost=np.where(free, 0.0, 1.0),
            lower=np.where(free, -np.inf, 0.0),
            upper=upper,
            row_lower=np.append(cone.row_lower, -np.inf),
            row_upper=np.append(cone.row_upper, -1.0),
            starts=matrix.indptr.astype(np.int32),
            indices=matrix.indices.astype(np.int32),
            values=matrix.data,
        ),
        clock,
    )
    return None if found is None else found.values
