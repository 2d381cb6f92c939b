"""What known plans cost at other values of a figure that changes costs alone: every plan stays a plan, and only its price moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from capcoop.case.cascade import Values
from capcoop.model.program import Program
from capcoop.solve.changes import changes, same_shape

# Relative difference at which a cost is taken for a straight line between two values.
STRAIGHT = 1e-12


class Costs:
    """The cost of plans at any value between two, where nothing but costs differs.

    Parameters
    ----------
    program : value -> the program there, not solved. low, high : the two values.
    """

    def __init__(self, program: Callable[[float], Program], low: float, high: float) -> None:
        """Build the programs at both ends and in the middle."""
        self._program, self._low, self._high = program, low, high
        first, last, middle = (program(value) for value in (low, high, (low + high) / 2))
        self.alone = all(_costs_alone(first, other) for other in (last, middle))
        if self.alone:
            self._first, self._last = _priced(first), _priced(last)
            half = (self._first + self._last) / 2
            self._straight = bool(np.allclose(half, _priced(middle), rtol=STRAIGHT, atol=STRAIGHT * np.abs(half).max(initial=0.0)))

    def at(self, value: float, columns: Values) -> float:
        """Return what a plan costs at a value. columns : what every column of it holds."""
        return float(self._prices(value) @ np.append(columns, 1.0))

    def same(self, one: Values, other: Values, low: float, high: float) -> float | None:
        """Return the value between two at which two plans cost the same; None where one of them is never dearer.

        `one` must be no dearer at low, `other` at high.
        """
        apart = np.append(one - other, 0.0)

        def dearer(value: float) -> float:
            return float(self._prices(value) @ apart)

        first, last = dearer(low), dearer(high)
        if first >= 0 or last <= 0:
            return low if first >= 0 and last > 0 else high if last <= 0 and first < 0 else None
        if self._straight:
            return low + (high - low) * first / (first - last)
        from scipy.optimize import brentq

        return float(brentq(dearer, low, high, xtol=1e-12 * max(abs(low), abs(high)), rtol=1e-12))

    def apart(self, one: Values, other: Values, low: float, high: float) -> float:
        """Return by how much the cost of `one` grows beside that of `other`, for each unit of value from low to high."""
        difference = np.append(one - other, 0.0)
        return float((self._prices(high) - self._prices(low)) @ difference) / (high - low)

    def _prices(self, value: float) -> Values:
        """Return the cost of every column, and last that which no decision changes."""
        if not self._straight:
            return _priced(self._program(value))
        share = (value - self._low) / (self._high - self._low)
        return self._first + share * (self._last - self._first)


def _priced(program: Program) -> Values:
    return np.append(program.cost, program.constant)


def _costs_alone(one: Program, other: Program) -> bool:
    """Return whether two programs differ in costs alone."""
    return same_shape(one, other) and changes(one, other).primal_feasible
