"""What to change so that there is a plan: the least change of all, and the changes of which any one is enough.

Changes are counted in the figures of the user's own cells. The least change has the least sum of relative changes: each
is divided by the figure it changes, so that units do not matter (a figure of 0 counts as the mean of the others in its
column). One change is preferred to several of which each is as large. Every repair is tried on the case itself before it is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes
from capcoop.case.case import Case
from capcoop.case.read import ROW, Raw
from capcoop.case.scenarios import apply_changes, key_text, parse_sets
from capcoop.case.settings import Solver
from capcoop.errors import CaseError, InfeasibleError, SolveError, UnboundedError, UsageError
from capcoop.model.build import Model, build
from capcoop.model.program import Program
from capcoop.solve.conflict import TOLERANCE, Clock, OutOfTimeError, Slacks, bounds_of, elastic, minimise, whole_of
from capcoop.solve.members import Kind, Mask, Members, told, unit_of
from capcoop.solve.method import solve

Reread = Callable[[Sequence[str]], Case]


@dataclass(frozen=True)
class Change:
    """One figure to change.

    sentence : what to do. table, key, column : the cell; old, new : its figures (None: yes or no) in `unit`.
    set : the `--set` argument that does it.
    """

    sentence: str
    table: str
    key: str
    column: str
    old: float | None
    new: float | None
    unit: str
    set: str


@dataclass(frozen=True)
class Repair:
    """Changes that together make a plan possible.

    size : the sum of the relative changes (a yes or no for whole builds counts as one).
    cost : the least cost of the changed case (None: it was not planned in the time allowed).
    sets : the `--set` arguments that carry it out (empty: none were found that do).
    """

    changes: tuple[Change, ...]
    size: float
    cost: float | None
    sets: tuple[str, ...]


def change_case(case: Case, sets: Sequence[str]) -> Case:
    """Return the case with changes like those of `--set` laid over its tables (figures in the units of the case).

    Raises CaseError or UsageError where a change fits nothing.
    """
    raw = Raw({}, {name: frame.select(pl.lit(0, pl.Int64).alias(ROW), pl.all()) for name, frame in case.frames.items()})
    out = apply_changes(raw, parse_sets(sets), "--set")
    if out.problems:
        raise CaseError(out.problems)
    return case.replace(**{name: frame.select(case.frames[name].columns) for name, frame in out.frames.items()})


@dataclass(frozen=True)
class Moves:
    """How far the figure of each of some members moves, and the sum of the relative moves."""

    moves: Mapping[int, float]
    size: float


def least_change(program: Program, members: Members, given: Mask, clock: Clock) -> Moves | None:
    """Return the moves of figures with the least sum of relative moves (None: the given members are not enough)."""
    movable = np.flatnonzero(given & ~members.whole & (members.factor > 0))
    if not len(movable):
        return None
    slacks = _cell_slacks(members, movable)
    found = minimise(elastic(program, members, slacks), clock)
    if found is None:
        return None
    moved = found.values[len(program.cost) :]
    first = np.unique(slacks.slack, return_index=True)[1]
    used = np.flatnonzero(moved * slacks.cost > TOLERANCE)
    return Moves({int(movable[first[slack]]): float(moved[slack]) for slack in used}, float(moved @ slacks.cost))


def _cell_slacks(members: Members, given: Codes) -> Slacks:
    """Return a slack for each user's cell among some members."""
    _, first, slack = np.unique(members.cell[given], return_index=True, return_inverse=True)
    owner = given[first]
    figure = np.abs(members.figure[owner])
    kind = members.kind[owner]
    size = figure.copy()
    for one in np.unique(kind):
        mine = kind == one
        stated = figure[mine & (figure > 0)]
        size[mine & ~(figure > 0)] = stated.mean() if len(stated) else _usual(members)
    bounded = np.array([not one.rises and one.table != "limits" for one in members.kinds])[kind]  # no such figure is negative
    return Slacks(given, slack.ravel(), members.factor[given], 1.0 / size, np.where(bounded, figure, np.inf))


def _usual(members: Members) -> float:
    """Return the mean size of all figures."""
    sizes = np.abs(members.figure[np.isfinite(members.figure)])
    return float(sizes[sizes > 0].mean()) if (sizes > 0).any() else 1.0


def repair_of(program: Program, members: Members, moves: Moves, reread: Reread, clock: Clock) -> Repair | None:
    """Return the repair that moves figures, tried on the case; None where the changed case has no plan either.

    Short figures come first; where they fall short by rounding, the moves are made a millionth longer.
    """
    for longer in (1.0, 1.0 + 1e-6):
        changes = tuple(_change(members, member, move * longer) for member, move in moves.moves.items())
        merged = tuple({change.sentence: change for change in changes}.values())
        sets = tuple(dict.fromkeys(change.set for change in merged))
        outcome = tried(members.case, sets, reread, clock)
        if outcome is None:
            cost, good = _tried_on_program(program, members, moves, clock)
            return Repair(merged, moves.size, cost, ()) if good else None
        if outcome[1]:
            return Repair(merged, moves.size, outcome[0], sets)
    return None


def tried(case: Case, sets: Sequence[str], reread: Reread, clock: Clock) -> tuple[float | None, bool] | None:
    """Plan the changed case; return its cost (None: not in the time allowed) and whether it has a plan.

    None where `--set` does not say what is meant: the row has units of its own, or a name that holds `;`, `/` or `=`.
    """
    try:
        changed, again = change_case(case, sets), reread(sets)
        if again != changed:
            return None
        program = build(again).program
    except (CaseError, UsageError):
        return None
    return _cost(program, case.settings.solver, clock)


def _cost(program: Program, limits: Solver, clock: Clock) -> tuple[float | None, bool]:
    """Plan a program; return its cost (None: not in the time allowed, or endless) and whether it has a plan."""
    if clock.spare > 0:
        try:
            found = solve(program, limits.model_copy(update={"time_limit": clock.spare}))
        except UnboundedError:
            return None, True
        except InfeasibleError:
            return None, False
        except SolveError:
            pass  # only whether there is a plan is asked below
        else:
            return found.objective if found.status == "optimal" else None, True
    return None, minimise(replace(program, cost=np.zeros(len(program.cost))), clock) is not None


def _tried_on_program(program: Program, members: Members, moves: Moves, clock: Clock) -> tuple[float | None, bool]:
    """Plan the program with the bounds moved; return its cost and whether it has a plan."""
    lower, upper, row_lower, row_upper = bounds_of(program, members, np.ones(len(members), bool))
    kept = np.ones(len(members), bool)
    for member, move in moves.moves.items():
        mine = np.flatnonzero((members.cell == members.cell[member]) & (members.factor > 0))
        if members.whole[member]:
            kept[member] = False
        for row, is_upper, side in ((True, True, row_upper), (True, False, row_lower), (False, True, upper), (False, False, lower)):
            one = mine[(members.row[mine] == row) & (members.upper[mine] == is_upper)]
            shift = move * members.factor[one] * (1 + 1e-9) + 1e-9
            side[members.position[one]] += shift if is_upper else -shift
    whole = whole_of(program, members, kept)
    changed = replace(program, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper, whole=whole)
    return _cost(changed, members.case.settings.solver, clock)


def _change(members: Members, member: int, move: float) -> Change:
    """Return the change of one cell in words and as a `--set` argument."""
    kind, unit = members.kinds[members.kind[member]], unit_of(members, member)
    cells = members.key(member)
    key = key_text(cells)
    cell = f"{kind.table}/{key}/{kind.column}"
    if kind.flag:
        return Change(_flag_sentence(members, member, move), kind.table, key, kind.column, None, None, unit, f"{cell}={_flag(kind)}")
    old = float(members.figure[member])
    least = -math.inf if kind.table == "limits" else 0.0
    slack = 0.1 * TOLERANCE / float(members.factor[members.cell == members.cell[member]].max())
    new = neat(old + move if kind.rises else max(old - move, least), upwards=kind.rises, slack=slack, beside=max(abs(old), move))
    subject = f"{kind.column} in {kind.table}.csv, row {key}," if members.by_row else f"the {_cell_subject(members, member, kind, cells)}"
    verb = "Raise" if new > old else "Cut" if kind.table == "needs" else "Lower"
    sentence = f"{verb} {subject} from {number(old)} to {number(new, unit)}."
    return Change(sentence, kind.table, key, kind.column, old, new, unit, f"{cell}={new:.15g}")


def _flag(kind: Kind) -> str:
    return {"whole": "no", "disposal": "yes", "after": ""}[kind.column]


def _flag_sentence(members: Members, member: int, move: float) -> str:
    subject = members.subject(member)
    column = members.kinds[members.kind[member]].column
    if column == "whole":
        return f"Let the {subject} be any size instead of whole builds."
    if column == "after":
        index, place = members.block(member).index, members.place[member : member + 1]
        return told(members.case, "Let {option} stand without {after}", index, place)[0] + "."
    return f"Let the {subject} be thrown away ({number(float(f'{move:.7g}'), unit_of(members, member))})."


def _cell_subject(members: Members, member: int, kind: Kind, cells: dict[str, str]) -> str:
    """Return the figure of the cell in words: stock and channels are stated for all parts of a year at once."""
    if kind.table == "stock":
        where = f"stock of {cells['line']} at {cells['site']}"
        return f"{where} in {cells['period']}" if cells["period"] else where
    if kind.table == "channels":
        return f"capacity of channel {cells['channel']}"
    return members.subject(member)


def number(value: float, unit: str = "") -> str:
    """Write a figure with its unit."""
    text = f"{value:.10g}"
    return f"{text} {unit}" if unit else text


def neat(value: float, *, upwards: bool, slack: float, beside: float = 0.0) -> float:
    """Return a short figure that is not below (upwards) or above the value by more than a slack, and near it.

    beside : a figure next to which a value may be so small that it is rounding.
    """
    if abs(value) <= 1e-9 * abs(beside):
        return 0.0
    sign = 1.0 if upwards else -1.0
    for digits in (4, 7, 10):
        short = float(f"{value:.{digits}g}")
        if sign * (value - short) <= slack and abs(short - value) <= 1e-8 * abs(value):
            return short
    scale = 10.0 ** (6 - math.floor(math.log10(abs(value))))
    return (math.ceil if upwards else math.floor)(value * scale) / scale


def repairs_of(model: Model, members: Members, kept: Mask, reread: Reread, clock: Clock) -> tuple[Repair | None, tuple[Repair, ...]]:
    """Return the least change of all, and every single change within a conflict that is enough."""
    program = model.program
    singles: list[Repair] = []
    least = None
    try:
        moves = least_change(program, members, np.ones(len(members), bool), clock)
        least = None if moves is None or not moves.moves else repair_of(program, members, moves, reread, clock)
        chosen = np.flatnonzero(kept)
        for member in chosen[np.unique(members.cell[chosen], return_index=True)[1]]:
            one = _single(program, members, int(member), reread, clock)
            if one is None and members.source[member] >= 0:
                one = _single(program, members.stated(), int(member), reread, clock)
            singles += [] if one is None or one in singles else [one]
    except OutOfTimeError:
        pass
    singles.sort(key=lambda one: (one.size, one.cost is None, one.cost or 0.0))
    if singles and (least is None or singles[0].size <= least.size * len(least.changes) * (1 + 1e-6)):
        least = singles[0]
    return least, tuple(singles)


def _single(program: Program, members: Members, member: int, reread: Reread, clock: Clock) -> Repair | None:
    if members.whole[member]:
        return repair_of(program, members, Moves({member: 0.0}, 1.0), reread, clock)
    moves = least_change(program, members, members.cell == members.cell[member], clock)
    return None if moves is None or not moves.moves else repair_of(program, members, moves, reread, clock)
