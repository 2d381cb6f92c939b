"""The value of a figure at which an investment enters or leaves the plan.

Where the figure changes costs alone, every plan stays a plan and its cost is known at every value; in whole units, so is what the units of
a plan cost with the rest planned anew. Two plans that are best at two values cost the same at some value between; where no plan is
cheaper there, that is the break-even, else the cheaper plan takes the place of one of the two (Eisner and Severance, 1976, Journal of the
ACM 23(4)). Elsewhere the interval is halved, and cut where on a straight line the amount that was built last would come to nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from capcoop.case.vary import Varied
from capcoop.errors import CaseError, SolveError, UsageError
from capcoop.model.build import Model
from capcoop.solve.highs import Solution
from capcoop.sweeps.costs import Costs, Prices, costs_between, prices_between
from capcoop.sweeps.entry import Rise, entering, from_above, unproven
from capcoop.sweeps.sweep import Answer, Point, Sweep
from capcoop.sweeps.until import State, Until

TOLERANCE = 1e-4
# Without bounds of the user's own the search goes from nothing to so many times the present value, and so often as far again.
REACH, WIDENINGS = 10.0, 3
# Where the rules forbid 0, the search begins at this share of the present value.
LEAST_SHARE = 1e-3
MOST_STEPS = 60
# Where the plans of both sides cost the same so near to an end, one is far from the best beside the change: halve first, a few times.
OUTER, MOST_HALVINGS = 0.25, 2
# A plan must be cheaper by this share to count as another one.
LEAST_GAIN = 1e-9
# Far from a change a plan in whole units need be proven to no more than this.
LOOSE = 1e-2
# The status of a plan that is cheaper than the one known, and need not be the best.
ENOUGH = "enough"


@dataclass(frozen=True)
class Change:
    """Where the condition changes.

    low, high : the change lies between them; equal where it is exact. below, above : the plans on both sides, at low and at high.
    before, after : what the condition is there, in words. within : how far off the value may be because plans are only proven
    within a gap (infinite: both plans cost the same all the way; NaN: not known, see the gaps of the two sides).
    """

    low: float
    high: float
    below: Answer
    above: Answer
    before: str
    after: str
    within: float

    @property
    def exact(self) -> bool:
        """Whether the value is where two plans cost the same, not an interval."""
        return self.low == self.high

    @property
    def value(self) -> float:
        """The value, or the middle of the interval."""
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class BreakEven:
    """What a search found.

    label, unit : of what was varied. subject : what the condition is about. present : the value now (None: not stated).
    low, high : where it was looked. changes : those found, in order. beyond : how many more intervals hold one, not looked into.
    points : every value that was planned, in order, with the condition there in words; a gap of NaN with a cost: the cheapest plan known
    there, of which nothing is proven. currency : that of the costs.
    solves, seconds : what it took, reading and building included.
    """

    label: str
    unit: str
    subject: str
    present: float | None
    low: float
    high: float
    changes: tuple[Change, ...]
    beyond: int
    points: tuple[tuple[float, str, Answer], ...]
    currency: str
    solves: int
    seconds: float


def break_even(
    sweep: Sweep,
    varied: Varied,
    until: Until,
    ends: tuple[float | None, float | None] = (None, None),
    *,
    every: bool = False,
    between: int = 0,
    tolerance: float = TOLERANCE,
    watch: Callable[[float], None] | None = None,
) -> BreakEven:
    """Find the value at which a condition changes; of several changes the one nearest to the present value, or one on each side of it.

    Parameters
    ----------
    ends : where to look; None: from 0 to ten times the present value, and farther where nothing changes.
    every : look into every interval between planned values in which the condition changes. between : plan at so many values in between
    too. tolerance : of the value, relative to it. watch : is told each value before it is planned.

    Raises
    ------
    UsageError : nothing tells where to look. CaseError : a value breaks a rule.
    """
    started = time.monotonic()
    search = _Search(sweep, varied, until, tolerance, watch)
    low, high = search.ends(*ends)
    entry = search.begin(low, high) if not between else None
    changes: tuple[Change, ...] = () if entry is None else (entry,)
    beyond = 0
    if entry is None:
        high = search.look(low, high, between, widen=ends[1] is None)
        changes, beyond = search.changes(every=every)
    points = tuple((point.value, until.words(until.state(point.answer)), point.answer) for point in search.known())
    return BreakEven(
        varied.label,
        varied.unit,
        until.subject,
        varied.present,
        low,
        high,
        tuple(sorted(changes, key=lambda change: change.value)),
        beyond,
        points,
        sweep.currency,
        sweep.solves,
        time.monotonic() - started,
    )


class _Search:
    """Values that are planned, each once."""

    def __init__(self, sweep: Sweep, varied: Varied, until: Until, tolerance: float, watch: Callable[[float], None] | None) -> None:
        self.sweep, self.varied, self.until, self.tolerance, self.watch = sweep, varied, until, tolerance, watch
        self._points: dict[float, Point] = {}
        self._loose: set[float] = set()
        self._prices: Prices | None = None  # where costs are all that changes between the ends

    def ask(self, value: float, gap: float | None = None, cheaper_than: Solution | None = None) -> Point:
        """Plan at a value, unless that is done; gap and cheaper_than as in `Resolver.solve`."""
        if value not in self._points:
            self._tell(value)
            point = self._points[value] = self.sweep.point(self.varied, value, gap, cheaper_than, rounded_first=True)
            if (gap is not None or cheaper_than is not None) and point.answer.status in {"optimal", ENOUGH}:
                self._loose |= {value} if point.answer.gap > self._gap else set()
        return self._points[value]

    def ask_loosely(self, value: float) -> Point:
        """Plan at a value that may be far from a change: where costs alone differ, a good plan is enough where a proof takes long."""
        return self.ask(value, None if self._prices is None else max(LOOSE, self._gap))

    def ask_firmly(self, *values: float) -> bool:
        """Plan again where that was done loosely; return whether it was."""
        again = self._loose.intersection(values)
        for value in sorted(again):
            self._loose.remove(value)
            del self._points[value]
            self.ask(value)
        return bool(again)

    @property
    def _gap(self) -> float:
        return self.varied.case.settings.solver.gap

    def _tell(self, value: float) -> None:
        if self.watch is not None:
            self.watch(value)

    def known(self) -> list[Point]:
        return [self._points[value] for value in sorted(self._points)]

    def state(self, point: Point) -> State:
        return self.until.state(point.answer)

    def pairs(self) -> list[tuple[Point, Point]]:
        """Return neighbours between which the condition changes."""
        known = self.known()
        return [pair for pair in pairwise(known) if self.state(pair[0]) != self.state(pair[1])]

    def distance(self, pair: tuple[Point, Point]) -> float:
        """Return how far a pair lies from the present value."""
        present = self.varied.present
        return 0.0 if present is None else max(pair[0].value - present, present - pair[1].value, 0.0)

    def ends(self, low: float | None, high: float | None) -> tuple[float, float]:
        """Return where to look. Raises UsageError where nothing tells it, or where there is nothing between."""
        if low is None or high is None:
            low, high = self._default_ends(low, high)
        if not low < high:
            raise UsageError(f"there is nothing between {low:g} and {high:g}; the first must be less than the second")
        return low, high

    def look(self, low: float, high: float, between: int, *, widen: bool) -> float:
        """Plan at both ends, at the present value and in between; return the upper end, farther out where nothing changes."""
        present = self.varied.present
        values = {low, high, *(low + (high - low) * i / (between + 1) for i in range(1, between + 1))}
        if present is not None and low < present < high:
            values.add(present)
        for value in sorted(values, key=lambda value: (present is not None and abs(value - present), value)):
            self.ask(value) if value == present else self.ask_loosely(value)
        for _ in range(WIDENINGS if widen and high > 0 else 0):
            farther = min(high * REACH, self.varied.highest)
            if farther <= high or self.pairs() or (self.ask_firmly(*self._points) and self.pairs()):
                break
            try:
                self.ask(farther)
            except CaseError:  # the rules end the search; what was asked for before is sound
                break
            high = farther
        return high

    def begin(self, low: float, high: float) -> Change | None:
        """See whether costs are all that changes; find where options enter whose own building costs these are.

        None where that is not so, or where they do not enter or leave.
        """
        if any(self.sweep.hopeless(self.varied, value) for value in (low, high)):
            return None
        prices = prices_between(lambda value: self.sweep.model(self.varied, value), low, high)
        model = self.sweep.model(self.varied, low)
        self._prices = prices if model.program.whole.any() else None
        chosen = entering(model, prices, self.until)
        if prices is None or chosen is None:
            return None
        present = self.varied.present
        others = (present,) if present is not None and low < present < high else ()
        return (self._rise if model.program.whole.any() else self._fall)(model, prices, chosen, (*others, low, high))

    def _rise(self, model: Model, prices: Prices, chosen: np.ndarray, values: tuple[float, ...]) -> Change | None:
        """Find where options enter in whole units. values : where to begin; the last is the upper end."""
        rise = Rise(model, prices, chosen, self._tell)
        try:
            found = rise.entry(values[:-1], values[-1])
        except SolveError:
            return None
        self.sweep.solves += len(rise.values)
        if found is None or self.state(found.below) == self.state(found.above):
            return None
        for value in values:
            self._points[value] = found.below_at(value) if value < found.below.value else prices.moved(value, found.above)
        self._points[found.above.value] = found.above
        return self._change(found.below, found.above, self._within(prices, found.unproven, *(self._points[value] for value in values[-2:])))

    def _fall(self, _model: Model, prices: Prices, chosen: np.ndarray, values: tuple[float, ...]) -> Change | None:
        """Find where options enter in a linear program; as `_rise`."""
        pair = from_above(self.ask, prices, chosen, self.until, values, self.tolerance / 4)
        if pair is None:
            return None
        change = self._cross(prices, *pair, MOST_HALVINGS)
        for value in values[:-1]:
            if change is not None and value not in self._points:
                self._points[value] = unproven(prices.moved(value, pair[0])) if value < change.value else prices.moved(value, pair[1])
        return change

    def _default_ends(self, low: float | None, high: float | None) -> tuple[float, float]:
        """Return where to look where the user does not say it."""
        present = self.varied.present
        if not present:
            what = "is 0" if present == 0 else "is not stated"
            remedy = f"say where to look, such as {self.varied.targets[0]}=1:100"
            raise UsageError(f"--vary {self.varied.label} {what} now, which tells no range; {remedy}")
        first, last = sorted((0.0, REACH * present))
        lower, above = self.varied.lowest
        first = max(first, lower)
        if low is None and (self._breaks_a_rule(first) or (above and first <= lower)):
            first = LEAST_SHARE * present
        return first if low is None else low, min(last, self.varied.highest) if high is None else high

    def _breaks_a_rule(self, value: float) -> bool:
        try:
            self.varied.at(value)
        except CaseError:
            return True
        return False

    def changes(self, *, every: bool) -> tuple[tuple[Change, ...], int]:
        """Find the changes nearest to the present value, or every one; return also how many more intervals hold one."""
        values = sorted(self._points)
        while True:
            neighbours = list(pairwise(self._points[value] for value in values))
            pairs = [pair for pair in neighbours if self.state(pair[0]) != self.state(pair[1])]
            # That nothing changes between two values is told of the best plans alone.
            if self.ask_firmly(*(point.value for pair in neighbours if pair not in pairs for point in pair)):
                continue
            nearest = min(map(self.distance, pairs), default=0.0)
            near = [pair for pair in pairs if every or self.distance(pair) <= nearest]
            found = [self.refine(*pair) for pair in near]
            if None not in found:
                return tuple(change for change in found if change is not None), len(pairs) - len(near)

    def refine(self, left: Point, right: Point) -> Change | None:
        """Find the change between two neighbours; None where one of them had to be planned again, so that all is to be looked at anew."""
        if self.until.kind == "cost" or left.solution is None or right.solution is None:
            return self._halve(left, right)
        costs = costs_between(lambda value: self.sweep.model(self.varied, value), left, right)
        if costs is None:
            return self._halve(left, right)
        whole = self.sweep.model(self.varied, left.value).program.whole.any()
        return self._cross(costs, left, right, MOST_HALVINGS if whole else 0)

    def _cross(self, costs: Costs, left: Point, right: Point, halvings: int = 0) -> Change | None:
        """Go where the plans of both sides cost the same, until no plan is cheaper there. halvings : how many there were already.

        None as in `refine`.
        """
        halved = False
        for _ in range(MOST_STEPS):
            place = costs.same(left, right, self.tolerance)
            if place is None:
                break
            low, high = place
            share = (low - left.value) / (right.value - left.value)
            if not 0 < share < 1 and self.ask_firmly(left.value, right.value):
                return None
            halved = not halved and halvings < MOST_HALVINGS and (0 < share < OUTER or 1 - OUTER < share < 1)
            if halved:
                halvings += 1
                point = self.ask((left.value + right.value) / 2)
                left, right = (point, right) if self.state(point) == self.state(left) else (left, point)
                if point.solution is None:
                    break
                continue
            # Where costs alone change, any plan that is cheaper leads on; else what the best one builds tells which way to go.
            known = costs.moved(low, left).solution if isinstance(costs, Prices) else None
            point = self.ask((low + high) / 2, cheaper_than=known)
            below, above = costs.moved(low, left), costs.moved(high, right)
            if below is None or above is None or point.solution is None:
                break
            if self.state(below) != self.state(left) or self.state(above) != self.state(right):
                break
            cost = costs.at(point.value, left)
            if point.answer.status != ENOUGH and point.solution.objective >= cost - max(LEAST_GAIN, point.answer.gap) * abs(cost):
                unproven = max(cost - point.solution.bound, 0.0)
                below, above = (_proven(side, unproven / max(abs(cost), 1e-12)) for side in (below, above))
                return self._change(below, above, self._within(costs, unproven, left, right))
            left, right = (point, right) if self.state(point) == self.state(left) else (left, point)
        return self._halve(left, right)

    @staticmethod
    def _within(costs: Costs, unproven: float, left: Point, right: Point) -> float:
        """Return how far from where two plans cost the same a plan could be that is cheaper by so much; infinite where they never part."""
        if unproven <= 0:
            return 0.0
        apart = [costs.at(side.value, left) - costs.at(side.value, right) for side in (left, right)]
        speed = (apart[1] - apart[0]) / (right.value - left.value)
        return unproven / speed if speed > 0 else math.inf

    def _least(self, left: Point, right: Point, span: float) -> float:
        """Return the width at which an interval is narrow enough."""
        return max(self.tolerance * max(abs(left.value), abs(right.value)), 1e-9 * span)

    def _halve(self, left: Point, right: Point) -> Change | None:
        """Halve the interval, or cut it where a straight line through known plans says, until it is as narrow as the tolerance.

        None as in `refine`.
        """
        if self.ask_firmly(left.value, right.value):
            return None
        span, width = right.value - left.value, math.inf
        for _ in range(MOST_STEPS):
            least = self._least(left, right, span)
            now = right.value - left.value
            if now <= least:
                break
            guess = self._straight(left, right, least) if now <= width / 2 else None
            width = now
            point = self.ask((left.value + right.value) / 2 if guess is None else guess)
            left, right = (point, right) if self.state(point) == self.state(left) else (left, point)
        return self._change(left, right, math.nan)

    def _straight(self, left: Point, right: Point, least: float) -> float | None:
        """Return where what is measured would come to nothing, a little beyond; None where no two plans tell."""
        measured = [(point.value, self.until.measure(point.answer)) for point in self.known() if self.state(point)]
        if self.until.kind == "cost" and None not in (left.answer.cost, right.answer.cost):
            ends = [(point.value, self.until.measure(point.answer)) for point in (left, right)]
        elif self.state(left) and not self.state(right):
            ends = [one for one in measured if one[0] <= left.value][-2:]
        else:
            ends = [one for one in measured if one[0] >= right.value][:2]
        if len(ends) < 2 or ends[0][1] == ends[1][1] or not all(math.isfinite(amount) for _, amount in ends):
            return None
        (first, one), (second, other) = ends
        root = first - one * (second - first) / (other - one)
        beyond = root + least / 3 if self.state(left) else root - least / 3
        inside = [value for value in (beyond, 2 * root - beyond) if left.value < value < right.value]
        return inside[0] if inside else None

    def _change(self, left: Point, right: Point, within: float) -> Change:
        before, after = (self.until.words(self.state(point)) for point in (left, right))
        return Change(left.value, right.value, left.answer, right.answer, before, after, within)


def _solution(point: Point | None) -> Solution | None:
    return None if point is None else point.solution


def _proven(side: Point, gap: float) -> Point:
    """Return a side with the gap that was proven where both sides cost the same."""
    return replace(side, answer=replace(side.answer, gap=gap))
