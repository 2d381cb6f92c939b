"""The value at which options enter the plan, where their own building costs are all that changes.

A plan that builds none of them costs the same at every value, and one that builds some costs more, the higher the value. So there is one
break-even: the highest value at which a plan with them costs as little as the best without. From a plan that is cheaper, go to where it is
cheaper no more; from there to the next such plan, until there is none (Dinkelbach, 1967, Management Science 13(7)). Only there is a proof
needed, and a plan on the way need not be the best.

In whole units each part of the program that shares nothing with the others has such a value of its own, and the highest counts: a part in
which no plan is cheaper at one value needs no look at any higher one. In linear programs the prices of the plan without the options tell
from which value on it is the best, so the search comes from above.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from capcoop.case.cascade import Values
from capcoop.errors import SolveError
from capcoop.model.build import Model
from capcoop.model.program import Program
from capcoop.solve.apart import Part, joined, parts_of
from capcoop.solve.highs import LARGE, Solution, Status, as_relaxation, load
from capcoop.solve.method import solve
from capcoop.solve.resolve import enough_beside
from capcoop.solve.rounding import rounded
from capcoop.sweeps.costs import Prices
from capcoop.sweeps.sweep import Point, answer_of
from capcoop.sweeps.until import Until

# A plan must be cheaper by this share of the cost to count as another one, and no plan may be for a proof.
LEAST_GAIN = 1e-9
# Of what any plan might save, so much is enough to go on from the one that does.
ENOUGH = 0.5
# A proof that takes longer ends at the gap that the case asks for.
PATIENCE_SECONDS = 20.0
MOST_STEPS = 1000
# Plans of a linear program that are tried from above, each a little below where the last one stays the best.
MOST_TRIES = 2
KNOWN = "known: others may cost less"


@dataclass(frozen=True)
class Entry:
    """Where options enter.

    below, above : the plans on both sides at that value, where both cost the same. unproven : how much cheaper another could be there.
    below_at : the cheapest plan that is known at a lower value, of which nothing is proven. values : those that were planned for.
    """

    below: Point
    above: Point
    unproven: float
    below_at: Callable[[float], Point]
    values: tuple[float, ...]


def entering(model: Model, prices: Prices | None, until: Until) -> np.ndarray | None:
    """Return which columns build the options of a condition; None unless costs change there alone, and rise with the value."""
    alone = until.kind == "any" or (until.kind == "all" and len(until.options) == 1)
    if not alone or prices is None or prices.slope is None:
        return None
    places = [model.case.names["options"].index(option) for option in until.options]
    chosen = np.zeros(len(model.program.cost), bool)
    for name in ("builds", "sizes"):
        block = model.program.column_blocks.get(name)
        if block is not None:
            chosen[block.start : block.start + block.size] = np.isin(np.asarray(block.index["option"]), places)
    rises = chosen & (prices.slope[:-1] > 0)
    other = prices.slope[:-1][~rises].any() or prices.slope[-1] != 0
    return chosen if rises.any() and not other and not model.program.lower[chosen].any() else None


class Rise:
    """Whole units: from a value at which a plan with the options is cheaper, up to where none is any more."""

    def __init__(self, model: Model, prices: Prices, chosen: np.ndarray, watch: Callable[[float], None]) -> None:
        """Take a model, its costs over the value, and the columns that build the options. watch : is told each value."""
        self.model, self.prices, self.chosen, self.watch = model, prices, chosen, watch
        self.limits = model.case.settings.solver
        program = replace(model.program, constants={})
        parts = parts_of(program)
        self.parts = parts if len(parts) > 1 else [replace(parts[0], program=program)]
        rising = chosen & self._rising(np.arange(len(chosen)))
        self.moved = [number for number, part in enumerate(self.parts) if rising[part.columns].any()]
        self.values: list[float] = []
        self.known: list[list[Values]] = [[] for _ in self.parts]

    def entry(self, origins: tuple[float, ...], highest: float) -> Entry | None:
        """Begin at the first origin where options are built; None where that is nowhere, or still so at the highest value."""
        bare = self._without()
        if bare is None:
            return None
        whole = max(sum(part.whole for part in self.parts), 1)
        cost = abs(sum(one.objective for one in bare) + self.model.program.constant)
        shares = [cost * part.whole / whole for part in self.parts]
        for origin in origins:
            found = self._rise(list(bare), cost, shares, origin, highest)
            if found is not None:
                return found
        return None

    def _rising(self, columns: np.ndarray) -> np.ndarray:
        """Return which of some columns cost more at a higher value."""
        return np.zeros(len(columns), bool) if self.prices.slope is None else self.prices.slope[columns] > 0

    def _without(self) -> list[Solution] | None:
        """Return the best plan of each part that builds none of the options, proven to the last where these play; None without one."""
        found = []
        for number, part in enumerate(self.parts):
            mine = self.chosen[part.columns]
            barred = replace(part.program, upper=np.where(mine, 0.0, part.program.upper), whole=part.program.whole & ~mine)
            gap, started = self.limits.gap, time.monotonic()
            exact = self.limits.model_copy(update={"gap": min(gap, LEAST_GAIN)})

            def enough(cost: float, bound: float, gap: float = gap, started: float = started) -> bool:
                return time.monotonic() - started > PATIENCE_SECONDS and cost - bound <= gap * abs(cost)

            try:
                found.append(solve(barred, exact, enough=enough) if number in self.moved else solve(barred, self.limits))
            except SolveError:
                return None
        return found

    def _rise(self, bare: list[Solution], cost: float, shares: list[float], value: float, highest: float) -> Entry | None:
        """Go from part to part until none has a cheaper plan at the value; None where none has at the first, or at the highest one."""
        winner, best, left = -1, bare[0], list(self.moved)
        for _ in range(MOST_STEPS):
            if not left:
                return None if winner < 0 else self._entry(value, bare, winner, best)
            number = left.pop(0)
            part, plain = self.parts[number], bare[number]
            found = self._cheaper(number, plain, (LEAST_GAIN * cost, self.limits.gap * shares[number]), value)
            gain = plain.objective - found.objective
            if gain <= LEAST_GAIN * cost:
                bare[number] = replace(plain, bound=min(found.bound, plain.objective), status="optimal")
                continue
            slope = float(self._slope(part) @ found.values)
            value, winner, best = value + gain / slope if slope > 0 else math.inf, number, found
            if not value < highest:
                return None
            self.known[number].append(found.values)
            left.append(number)
        return None

    def _slope(self, part: Part) -> Values:
        return np.zeros(0) if self.prices.slope is None else self.prices.slope[:-1][part.columns]

    def _cheaper(self, number: int, plain: Solution, gaps: tuple[float, float], value: float) -> Solution:
        """Return a plan of a part that is cheaper at a value than a known one, if there is any, and what is proven there.

        gaps : what may stay unproven; the second where the proof takes long.
        """
        part = self.parts[number]
        program = replace(part.program, cost=self.prices.costs(value)[:-1][part.columns])
        least = _relaxed(program)
        if least >= plain.objective - gaps[0]:
            return replace(plain, bound=least)
        if not self.values or self.values[-1] != value:
            self.values.append(value)
            self.watch(value)
        started = time.monotonic()
        exact, allowed = (enough_beside(plain.objective, gap / max(abs(plain.objective), 1e-12), ENOUGH) for gap in gaps)

        def enough(cost: float, bound: float) -> bool:
            return (allowed if time.monotonic() - started > PATIENCE_SECONDS else exact)(cost, bound)

        gap = min(max(gaps[0] / max(abs(plain.objective), 1e-9), 1e-12), 1.0)
        # Where no plan with the options is known yet, a rounded one is mostly nearer to the best than that without.
        found = None if self.known[number] or len(program.values) >= LARGE else rounded(program)
        better = found is not None and found[1] < plain.objective
        start = replace(plain, values=found[0], objective=found[1]) if found is not None and better else plain
        return solve(program, self.limits.model_copy(update={"gap": gap}), start=start, enough=enough, near=bool(self.known[number]))

    def _entry(self, value: float, bare: list[Solution], winner: int, best: Solution) -> Entry:
        """Return the plans on both sides: they differ in one part."""

        def point(at: float, plans: list[Solution]) -> Point:
            program = replace(self.model.program, cost=self.prices.costs(at)[:-1])
            plan = joined(program, self.parts, plans, self.limits, 0.0, stopped=False)
            return Point(at, answer_of(f"{at:g}", self.model, plan), plan)

        def below_at(at: float) -> Point:
            plans = []
            for number, (part, plain) in enumerate(zip(self.parts, bare, strict=True)):
                cost = self.prices.costs(at)[:-1][part.columns]
                values = min([*([plain.values] if number != winner else []), *self.known[number]], key=lambda one: float(cost @ one))
                plans.append(replace(plain, values=values, objective=float(cost @ values)))
            return unproven(point(at, plans))

        below = point(value, [*bare[:winner], replace(bare[winner], values=best.values), *bare[winner + 1 :]])
        above = point(value, bare)
        left = sum(max(bare[number].objective - bare[number].bound, 0.0) for number in self.moved)
        return Entry(below, above, left, below_at, tuple(self.values))


def unproven(point: Point) -> Point:
    """Return a plan that is known at a value, without any claim to be the best there."""
    return replace(point, answer=replace(point.answer, status=KNOWN, gap=math.nan))


def _relaxed(program: Program) -> float:
    """Return the cost of the best plan in which whole units may be any number; -inf where that is not told."""
    solver = as_relaxation(load(program), program)
    solver.run()
    return float(solver.getInfo().objective_function_value) if solver.getModelStatus() == Status.kOptimal else -math.inf


def from_above(
    ask: Callable[[float], Point], prices: Prices, chosen: np.ndarray, until: Until, values: tuple[float, ...], least: float
) -> tuple[Point, Point] | None:
    """Return plans of a linear program between which the options enter: the left one builds some, the right one is the best without.

    values : the upper end last, and before it where to begin from below if prices, of which there may be many, do not tell the entry.
    least : the width that the plans are then apart, as a share of the value. None where the options do not enter.
    """
    right, slope = ask(values[-1]), prices.slope
    if right.solution is None or slope is None or until.state(right.answer):
        return None
    rising = chosen & (slope[:-1] > 0)
    for _ in range(MOST_TRIES):
        # While prices stay, the reduced cost of a column falls with the value as its own cost does, and must not fall below 0.
        best_from = float(np.max(right.value - right.solution.reduced_costs[rising] / slope[:-1][rising]))
        best_from = min(best_from, right.value)
        value = best_from - least * abs(best_from)
        if not min(values) < value < right.value:
            break
        left = ask(value)
        if left.solution is None:
            return None
        if until.state(left.answer):
            return left, prices.moved(best_from, right)
        right = left
    below = (ask(value) for value in values[:-1] if value < right.value)
    left = next((one for one in below if one.solution is not None and until.state(one.answer)), right)
    return None if left is right else (left, right)
