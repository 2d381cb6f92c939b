"""A break-even drawn for a terminal of 80 columns: the value, the plans on both sides, and a chart of cost and builds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from capcoop.errors import printable
from capcoop.report.terminal import figure, table_of, title_of
from capcoop.sweeps import Answer, BreakEven, Change
from capcoop.sweeps.until import WHAT_IS_BUILT

SHOWN_OPTIONS, SHOWN_BARS = 12, 6
# The chart: columns and rows of the field, width of what stands left of it.
WIDTH, HEIGHT, LEFT = 40, 7, 24
BLOCKS = " ▁▂▃▄▅▆▇█"
PLANNED, BETWEEN, HERE, NONE = "●", "·", "▲", "!"
PROVEN = 1e-9
Known = Sequence[tuple[float, str, Answer]]


def as_record(found: BreakEven) -> dict[str, Any]:
    """Return the whole result for machines; `value` of a change is the break-even."""
    changes = [{"value": change.value, "exact": change.exact, **asdict(change)} for change in found.changes]
    points = [{"value": value, "state": state, **asdict(answer)} for value, state, answer in found.points]
    return {**asdict(found), "changes": changes, "points": points}


def break_even_shown(found: BreakEven) -> RenderableType:
    """Return the whole answer."""
    unit = f" {found.unit}" if found.unit else ""
    parts: list[RenderableType] = [title_of(f"{found.label}{f', {found.unit}' if found.unit else ''}")]
    if not found.changes:
        parts.append(Text(printable(_nothing(found, unit))))
    for change in found.changes:
        parts += [Text(printable(line)) for line in _told(found, change, unit)]
        parts += [Text(""), _sides(found, change)]
    if found.beyond:
        parts.append(Text(f"It changes in {found.beyond} more place{'s' if found.beyond > 1 else ''} of the range; --all finds each."))
    parts += [Text(""), *_chart(found)]
    parts.append(Text(f"{found.solves} plans in {found.seconds:.1f} s.", style="dim"))
    return Group(*parts)


def _nothing(found: BreakEven, unit: str) -> str:
    """Say that nothing changes, and what to try."""
    states = {state for _, state, _ in found.points}
    where = f"from {_exactly(found.low)} to {_exactly(found.high)}{unit}"
    if states == {"no plan"}:
        return f"There is no plan anywhere {where}; capcoop explain says why."
    return f"No change: {_is(found.subject, next(iter(states)))} {where}. Look elsewhere with --vary TARGET=FROM:TO, or at more --points."


def _is(subject: str, state: str) -> str:
    return {"no plan": "there is no plan"}.get(state, f"{subject}: {state}")


def _told(found: BreakEven, change: Change, unit: str) -> list[str]:
    """Say the value, what it is beside the present one, and how sure it is."""
    at = f"{_exactly(change.value)}{unit}"
    head = f"{found.subject}: {change.before} below {at}, {change.after} above it."
    if found.subject == WHAT_IS_BUILT:
        head = f"Other options are built below {at} than above it."
    lines = [head[0].upper() + head[1:]]
    if found.present and found.unit != "":
        lines.append(f"That is {figure(change.value / found.present)} times the present value, {_exactly(found.present)}.")
    gaps = [side.gap for side in (change.below, change.above) if not math.isnan(side.gap)]
    worst = max(gaps, default=0.0)
    off = f"so that the value may be off by {figure(change.within)}" if change.within > 0 else "which moves the costs of both alike"
    more = f" within {100 * worst:.2g} %, {off}" if worst > PROVEN else ""
    if math.isinf(change.within):
        sure = f"Both plans cost the same from {_exactly(change.low)} to {_exactly(change.high)}: the value decides nothing between them."
    elif not math.isnan(change.within):
        sure = f"There both plans cost the same, and no other is cheaper{more}."
    else:
        sure = f"It lies between {_exactly(change.low)} and {_exactly(change.high)}."
        if worst > PROVEN:
            sure += f" Each plan is proven to {100 * worst:.2g} % of the least cost; others that build otherwise may cost no more."
    return [*lines, sure]


def _exactly(value: float) -> str:
    return f"{value:.6g}"


def _sides(found: BreakEven, change: Change) -> RenderableType:
    """Return the plans on both sides: cost, and what is built differently."""
    table = table_of([("", "left"), ("below", "right"), ("above", "right"), ("", "left")])
    sides = (change.below, change.above)
    table.add_row(printable(found.currency), *(figure(side.cost) for side in sides), "")
    units = change.below.build_units | change.above.build_units
    apart = [
        name for name in sorted(units) if not math.isclose(*(side.builds.get(name, 0.0) for side in sides), rel_tol=1e-6, abs_tol=1e-6)
    ]
    for name in apart[:SHOWN_OPTIONS]:
        amounts = (figure(side.builds.get(name, 0.0)) if side.cost is not None else "-" for side in sides)
        table.add_row(printable(name), *amounts, printable(units[name]))
    more = len(apart) - SHOWN_OPTIONS
    lines: list[RenderableType] = [table]
    if more > 0:
        lines.append(Text(f"... and {more} more options that differ", style="dim"))
    if len(units) > len(apart):
        lines.append(Text(f"The same on both sides: {len(units) - len(apart)} options.", style="dim"))
    return Group(*lines, *(Text(printable(side.status)) for side in sides if side.cost is None))


# ---------------------------------------------------------------------------------------------------------------------- the chart


@dataclass(frozen=True)
class _Axis:
    """The values that the columns of the chart stand for."""

    low: float
    high: float

    def value(self, column: int) -> float:
        return self.low + (self.high - self.low) * column / (WIDTH - 1)

    def column(self, value: float) -> int:
        return round((value - self.low) / (self.high - self.low) * (WIDTH - 1))


def _chart(found: BreakEven) -> list[RenderableType]:
    """Return the cost as a curve (planned values, and straight lines between them) and a row of bars for each option that changes."""
    known = found.points
    planned = [one for one in known if one[2].cost is not None]
    if len(known) < 2 or not planned:
        return []
    axis = _Axis(known[0][0], known[-1][0])
    lines = [title_of(f"{found.currency}, and what is built")]
    lines += [Text(line) for line in _curve(axis, known)]
    marks = [" "] * WIDTH
    for change in found.changes:
        marks[axis.column(change.value)] = HERE
    lines.append(Text(" " * LEFT + "".join(marks).rstrip()))
    ends = _exactly(axis.low), _exactly(axis.high)
    lines.append(Text(" " * LEFT + ends[0] + ends[1].rjust(WIDTH - len(ends[0]))))
    note = f"{PLANNED} planned values; between them straight lines, and the builds of the nearest. --points N plans at more."
    if any(_is_known(answer) for _, _, answer in known):
        note = f"{PLANNED} planned values; elsewhere the cheapest plan known, others may cost less. --points N plans at more."
    return [*lines, *_bars(found, axis), Text(note, style="dim")]


def _curve(axis: _Axis, known: Known) -> list[str]:
    """Return the rows of the curve, the dearest first; the least and the largest cost stand to the left."""
    costs = [answer.cost for _, _, answer in known if answer.cost is not None]
    least, most = min(costs), max(costs)
    field = [[" "] * WIDTH for _ in range(HEIGHT)]

    def put(column: int, cost: float | None, mark: str) -> None:
        row = 0 if cost is None or most <= least else round((cost - least) / (most - least) * (HEIGHT - 1))
        field[HEIGHT - 1 - row][column] = NONE if cost is None else mark

    for column in range(WIDTH):
        put(column, *_between(axis.value(column), known))
    for value, _, answer in known:
        put(axis.column(value), answer.cost, BETWEEN if _is_known(answer) else PLANNED)
    labels = [figure(most), *[""] * (HEIGHT - 2), figure(least)]
    return [f"{label[: LEFT - 2]:>{LEFT - 2}} │{''.join(row).rstrip()}" for label, row in zip(labels, field, strict=True)]


def _is_known(answer: Answer) -> bool:
    """Return whether it is a plan of which nothing is proven at its value."""
    return answer.cost is not None and math.isnan(answer.gap)


def _between(value: float, known: Known) -> tuple[float | None, str]:
    """Return the cost on the straight line between the planned neighbours of a value; None where one of them has no plan."""
    after = next(i for i, (at, _, _) in enumerate(known) if at >= value - 1e-12 * abs(value)) if value < known[-1][0] else len(known) - 1
    (last, _, right), (first, _, left) = known[after], known[max(after - 1, 0)]
    if left.cost is None or right.cost is None or last == first:
        return right.cost if last == first or left.cost is not None else None, BETWEEN
    return left.cost + (right.cost - left.cost) * (value - first) / (last - first), BETWEEN


def _bars(found: BreakEven, axis: _Axis) -> list[RenderableType]:
    """Return a row of bars for each option whose builds change; between planned values those of the nearer one on the same side."""
    known = found.points
    names = sorted({name for _, _, answer in known for name in answer.builds})
    units: dict[str, str] = {}
    for _, _, answer in known:
        units |= answer.build_units
    spread = {name: [answer.builds.get(name, 0.0) for _, _, answer in known] for name in names}
    moved = [name for name in names if max(spread[name]) - min(spread[name]) > 1e-6 * max(spread[name])]
    involved = {name for change in found.changes for side in (change.below, change.above) for name in side.builds}
    moved.sort(key=lambda name: (name not in involved, name))
    at = [_answer_at(axis.value(column), found) for column in range(WIDTH)]
    lines: list[RenderableType] = []
    for name in moved[:SHOWN_BARS]:
        most = max(spread[name])
        bars = "".join(
            BLOCKS[math.ceil(8 * answer.builds.get(name, 0.0) / most - 1e-9)] if answer.cost is not None else NONE for answer in at
        )
        label = name if len(name) < LEFT - 1 else name[: LEFT - 3] + "…"
        lines.append(Text(printable(f"{label:>{LEFT - 2}} │{bars}│ {figure(most)} {units[name]}")[:79]))
    if len(moved) > SHOWN_BARS:
        lines.append(Text(f"... and {len(moved) - SHOWN_BARS} more options whose builds change", style="dim"))
    return lines


def _answer_at(value: float, found: BreakEven) -> Answer:
    """Return the answer of the nearest planned value that no change parts from this one."""
    walls = [change.value for change in found.changes]

    def apart(known: tuple[float, str, Answer]) -> tuple[bool, float]:
        low, high = sorted((known[0], value))
        return any(low < wall < high for wall in walls), high - low

    return min(found.points, key=apart)[2]
