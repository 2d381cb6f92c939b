"""The baseline: the plan without cooperation. Nothing new is built; what is missing is bought."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from capcoop.model.build import Model

DECISIONS = ("builds", "sizes")
DEMANDS = ("builds of a period", "builds of the horizon", "new capacity of a period")


def without_options(model: Model) -> Model:
    """Return the model with every decision fixed at nothing and no build demanded."""
    program = model.program
    lower, upper, row_lower = program.lower.copy(), program.upper.copy(), program.row_lower.copy()
    for name in DECISIONS:
        block = program.column_blocks[name]
        lower[block.start : block.start + block.size] = 0.0
        upper[block.start : block.start + block.size] = 0.0
    for name in DEMANDS:
        if name in program.row_blocks:
            block = program.row_blocks[name]
            row_lower[block.start : block.start + block.size] = -np.inf
    whole = np.zeros(len(program.whole), bool)
    return replace(model, program=replace(program, lower=lower, upper=upper, row_lower=row_lower, whole=whole))
