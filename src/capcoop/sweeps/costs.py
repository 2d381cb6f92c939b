"""What known plans cost at other values of a figure, and where two of them cost the same.

Where the figure changes costs alone, every plan stays a plan and only its price moves. Else, in whole units, the units of a plan stay and
the rest is planned anew around them, which is a linear program and takes a moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from capcoop.case.cascade import Values
from capcoop.model.build import Model
from capcoop.model.program import Program
from capcoop.solve.changes import changes, same_shape
from capcoop.solve.highs import Solution
from capcoop.solve.resolve import with_units_of
from capcoop.sweeps.sweep import Point, answer_of

# Relative difference at which a cost is taken for a straight line between two values, and two costs for the same.
STRAIGHT, SAME = 1e-12, 1e-9
# No interval need be narrower than this share of that between the points.
LEAST_SHARE = 1e-9
MOST_STEPS = 60
Models = Callable[[float], Model]


class Costs(Protocol):
    """What plans that are known at two values cost between them."""

    def at(self, value: float, point: Point) -> float:
        """Return what the plan of a point costs at a value; infinite where it is none there."""

    def moved(self, value: float, point: Point) -> Point | None:
        """Return the plan of a point at another value; None where it is none there."""

    def same(self, left: Point, right: Point, tolerance: float) -> tuple[float, float] | None:
        """Return where two plans cost the same: a value, twice, or an interval as narrow as the tolerance; None where it cannot be told.

        tolerance : relative to the value.
        Each must be the cheaper one at its own value; where they cost the same all the way, the interval is that between them.
        """


def costs_between(models: Models, left: Point, right: Point) -> Costs | None:
    """Return the cost of plans between two points; None where only planning tells it."""
    first, middle, last = (models(value) for value in (left.value, (left.value + right.value) / 2, right.value))
    prices = _prices(models, left.value, right.value, (first, middle, last))
    if prices is not None:
        return prices
    if first.program.whole.any() and np.array_equal(first.program.whole, last.program.whole):
        return Units(models, Bounds(left.value, right.value, (first.program, middle.program, last.program)))
    return None


def prices_between(models: Models, low: float, high: float) -> Prices | None:
    """Return what plans cost between two values; None unless costs are all that changes there."""
    first, middle, last = (models(value) for value in (low, (low + high) / 2, high))
    return _prices(models, low, high, (first, middle, last))


def _prices(models: Models, low: float, high: float, three: tuple[Model, ...]) -> Prices | None:
    first, middle, last = (model.program for model in three)
    return Prices(models, low, high, (first, middle, last)) if _costs_alone(first, last) and _costs_alone(first, middle) else None


class Prices:
    """Nothing but costs differs: the cost of a plan is a product of two vectors."""

    def __init__(self, models: Models, low: float, high: float, programs: tuple[Program, ...]) -> None:
        """Take the programs at low, in the middle and at high."""
        self._models, self._low, self._high = models, low, high
        self._first, middle, self._last = map(_priced, programs)
        half = (self._first + self._last) / 2
        self._straight = bool(np.allclose(half, middle, rtol=STRAIGHT, atol=STRAIGHT * np.abs(half).max(initial=0.0)))

    @property
    def slope(self) -> Values | None:
        """By how much the cost of every column, and last that which no decision changes, grows with the value; None: not in proportion."""
        return (self._last - self._first) / (self._high - self._low) if self._straight else None

    def at(self, value: float, point: Point) -> float:
        """Return what the plan of a point costs at a value."""
        return float(self.costs(value) @ np.append(_solution(point).values, 1.0))

    def moved(self, value: float, point: Point) -> Point:
        """Return the plan of a point at another value."""
        cost = self.at(value, point)
        return Point(value, replace(point.answer, label=f"{value:g}", cost=cost), replace(_solution(point), objective=cost))

    def same(self, left: Point, right: Point, tolerance: float) -> tuple[float, float]:  # noqa: ARG002  (as in `Costs`)
        """Return where two plans cost the same; see `Costs`."""
        apart = np.append(_solution(left).values - _solution(right).values, 0.0)

        def dearer(value: float) -> float:
            return float(self.costs(value) @ apart)

        first, last = dearer(left.value), dearer(right.value)
        if first >= 0 or last <= 0:
            value = left.value if last > 0 else right.value if first < 0 else math.nan
            return (left.value, right.value) if math.isnan(value) else (value, value)
        if self._straight:
            value = left.value + (right.value - left.value) * first / (first - last)
        else:
            from scipy.optimize import brentq

            value = float(brentq(dearer, left.value, right.value, xtol=1e-12 * max(abs(left.value), abs(right.value)), rtol=1e-12))
        return value, value

    def costs(self, value: float) -> Values:
        """Return the cost of every column, and last that which no decision changes."""
        if not self._straight:
            return _priced(self._models(value).program)
        share = (value - self._low) / (self._high - self._low)
        return self._first + share * (self._last - self._first)


class Bounds:
    """Programs between two values that differ in the bounds of rows alone, and in these in proportion to the value."""

    def __init__(self, low: float, high: float, programs: tuple[Program, Program, Program]) -> None:
        """Take the programs at low, in the middle and at high."""
        self._low, self._high = low, high
        self._first, middle, self._last = programs
        self.straight = all(_rows_alone(self._first, one) for one in (middle, self._last)) and all(
            np.allclose(
                _between(getattr(self._first, side), getattr(self._last, side), 0.5), getattr(middle, side), rtol=STRAIGHT, atol=0.0
            )
            for side in ("row_lower", "row_upper")
        )

    def program(self, value: float) -> Program:
        """Return the program at a value."""
        share = (value - self._low) / (self._high - self._low)
        first, last = self._first, self._last
        lower, upper = _between(first.row_lower, last.row_lower, share), _between(first.row_upper, last.row_upper, share)
        return replace(first, row_lower=lower, row_upper=upper)


class Units:
    """The whole units of a plan stay, and the rest is planned anew."""

    def __init__(self, models: Models, bounds: Bounds) -> None:
        """Remember how a model at a value is made; its program is drawn from `bounds` where these are straight."""
        self._models, self._bounds = models, bounds
        self._model: tuple[float, Model] | None = None
        self._known: dict[tuple[float, Point], Solution | None] = {}

    def at(self, value: float, point: Point) -> float:
        """Return what the units of a point cost at a value; infinite where no plan has them."""
        found = self._planned(value, point)
        return math.inf if found is None else found.objective

    def moved(self, value: float, point: Point) -> Point | None:
        """Return the plan with the units of a point at another value; None where there is none."""
        found = self._planned(value, point)
        return None if found is None else Point(value, answer_of(f"{value:g}", self._at(value), found), found)

    def same(self, left: Point, right: Point, tolerance: float) -> tuple[float, float] | None:
        """Return where the units of two plans cost the same; see `Costs`."""
        low, high = left.value, right.value
        first, last = self._dearer(low, left, right), self._dearer(high, left, right)
        if first == last == 0:
            return low, high
        if not (first <= 0 <= last):
            return None
        for step in range(MOST_STEPS):
            least = max(tolerance * max(abs(low), abs(high)), LEAST_SHARE * (right.value - left.value))
            if high - low <= least:
                break
            straight = step % 3 < 2 and math.isfinite(first) and math.isfinite(last)
            value = low + (high - low) * first / (first - last) if straight else (low + high) / 2
            found = self._dearer(value, left, right)
            if math.isnan(found):
                return None
            if found == 0:
                return value, value
            low, first, high, last = (value, found, high, last) if found < 0 else (low, first, value, found)
        return low, high

    def _planned(self, value: float, point: Point) -> Solution | None:
        if (value, point) not in self._known:
            program = self._bounds.program(value) if self._bounds.straight else self._at(value).program
            self._known[value, point] = with_units_of(_solution(point), program)
        return self._known[value, point]

    def _dearer(self, value: float, left: Point, right: Point) -> float:
        """Return by how much the left plan is dearer at a value; 0 where that is within rounding, NaN where neither is a plan."""
        one, other = self.at(value, left), self.at(value, right)
        if math.isinf(one) and math.isinf(other):
            return math.nan
        return 0.0 if math.isclose(one, other, rel_tol=SAME) else one - other

    def _at(self, value: float) -> Model:
        if self._model is None or self._model[0] != value:
            self._model = (value, self._models(value))
        return self._model[1]


def _solution(point: Point) -> Solution:
    if point.solution is None:
        raise ValueError("a point without a plan has no cost")
    return point.solution


def _priced(program: Program) -> Values:
    return np.append(program.cost, program.constant)


def _between(first: Values, last: Values, share: float) -> Values:
    """Return what lies between two arrays; where they are equal, endless bounds too, that."""
    same = first == last
    apart = np.subtract(last, first, out=np.zeros_like(first), where=~same)
    return np.where(same, first, first + share * apart)


def _rows_alone(one: Program, other: Program) -> bool:
    """Return whether two programs differ in the bounds of rows alone."""
    if not same_shape(one, other):
        return False
    found = changes(one, other)
    return not (len(found.costs) or len(found.columns) or len(found.coefficients) or len(found.kinds) or found.offset)


def _costs_alone(one: Program, other: Program) -> bool:
    """Return whether two programs differ in costs alone."""
    return same_shape(one, other) and changes(one, other).primal_feasible
