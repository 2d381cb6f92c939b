"""Plans that may build some options only; the baseline, the plan without cooperation, builds none: what is missing is bought."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from capcoop.model.build import Model

DECISIONS = ("builds", "sizes")
DEMANDS = ("builds of a period", "builds of the horizon", "new capacity of a period")


def with_options(model: Model, allowed: np.ndarray) -> Model:
    """Return the model with every decision on other options fixed at nothing and no build of them demanded.

    allowed : of each option of the case, whether it may be built. The program keeps its shape.
    """
    program = model.program
    lower, upper, row_lower = program.lower.copy(), program.upper.copy(), program.row_lower.copy()
    for name in DECISIONS:
        block = program.column_blocks[name]
        closed = block.ids[~allowed[np.asarray(block.index["option"])]]
        lower[closed] = 0.0
        upper[closed] = 0.0
    for name in DEMANDS:
        if name in program.row_blocks:
            block = program.row_blocks[name]
            row_lower[block.ids[~allowed[np.asarray(block.index["option"])]]] = -np.inf
    whole = program.whole if allowed.any() else np.zeros(len(program.whole), bool)
    return replace(model, program=replace(program, lower=lower, upper=upper, row_lower=row_lower, whole=whole))


def without_options(model: Model) -> Model:
    """Return the model with every decision fixed at nothing and no build demanded."""
    return with_options(model, np.zeros(model.case.size("options"), bool))
