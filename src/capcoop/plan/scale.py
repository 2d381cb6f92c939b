"""A warning for cases whose figures are far from one, with the figures named."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from capcoop.case.cascade import Values
from capcoop.model.build import Model
from capcoop.model.names import sentences
from capcoop.model.program import Block
from capcoop.solve.scaling import LEAST, MOST, is_badly_scaled, sides_of


def scale_warnings(model: Model) -> list[str]:
    """Return a sentence that names the smallest and largest figures of a badly scaled case; none for any other."""
    program = model.program
    if not is_badly_scaled(program):
        return []
    owner = program.owners
    sides, coefficients, costs = sides_of(program), np.abs(program.values), np.abs(program.cost)
    found = [f"{sides[i]:.3g} (a figure of: {_rule(model, i)})" for i in _extremes(sides)]
    for i in _extremes(coefficients):
        place = f"{_decision(model, int(owner[i]))} in: {_rule(model, int(program.indices[i]))}"
        found.append(f"{coefficients[i]:.3g} (a coefficient of: {place})")
    found += [f"{costs[i]:.3g} (the present cost of: {_decision(model, i)})" for i in _extremes(costs)]
    advice = "figures far from one were scaled before solving; units nearer to the size of things make the answer surer"
    return [f"{advice}. The farthest: {'; '.join(found)}"]


def _extremes(numbers: Values) -> list[int]:
    """Return the positions of the smallest and the largest number, where they are far from one."""
    held = np.flatnonzero(numbers)
    if not len(held):
        return []
    low, high = (int(held[pick(numbers[held])]) for pick in (np.argmin, np.argmax))
    return [i for i, far in ((low, numbers[low] < LEAST), (high, numbers[high] > MOST)) if far]


def _rule(model: Model, row: int) -> str:
    """Return the sentence of a row."""
    return _sentence(model, model.program.row_blocks.values(), row)


def _decision(model: Model, column: int) -> str:
    """Return the sentence of a column."""
    return _sentence(model, model.program.column_blocks.values(), column)


def _sentence(model: Model, blocks: Iterable[Block], position: int) -> str:
    block = next(block for block in blocks if block.start <= position < block.start + block.size)
    return str(sentences(model.case, block.sentence, block.index, np.array([position - block.start]))[0]).rstrip(".")
