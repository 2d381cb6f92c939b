"""Why a case has no plan, in sentences with the user's own names, and what to change."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import DIMENSIONS, Case
from capcoop.case.places import standing_periods
from capcoop.case.scenarios import key_text
from capcoop.model.build import Model, build
from capcoop.model.lines import spans
from capcoop.model.program import Block, Program
from capcoop.schema import ANY, TABLES
from capcoop.solve.conflict import Clock, OutOfTimeError, chain_of, conflict, minimise
from capcoop.solve.endless import Ray, ray_of
from capcoop.solve.members import Mask, Members, members_of, told, unit_of
from capcoop.solve.repairs import Change, Repair, Reread, change_case, number, repairs_of, tried

SHOWN_LINKS = 12
SHOWN_WAYS = 4
MOST_LIMITS = 40
SOME = 100.0
FLAGGED = {
    "disposal": "none may be thrown away",
    "whole": "built in whole builds only",
    "after": "no more builds of the first may stand than of the second",
}


@dataclass(frozen=True)
class Member:
    """One thing that a conflict needs: a sentence with its figure, and where it is stated.

    table, key, column : the cell. value : its figure in `unit` (None: yes or no).
    stated : is there such a row? If not, the figure is what holds without one, and a new row would change it.
    """

    sentence: str
    table: str
    key: str
    column: str
    value: float | None
    unit: str
    stated: bool


@dataclass(frozen=True)
class Explanation:
    """Why there is no plan.

    status : plan (there is one), conflict, endless (something earns without end) or unknown (the time ended first).
    members : what contradicts each other. proven : was it shown that none of them can be left out?
    links : the balances through which the members meet. whole : is there a plan with parts of builds?
    steps, gain : what earns without end, and how much in present money for each unit of the first sale.
    least : the least change of all that makes a plan possible; singles : each of them alone is enough.
    """

    status: Literal["plan", "conflict", "endless", "unknown"]
    members: tuple[Member, ...] = ()
    proven: bool = False
    whole: bool = False
    links: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    gain: float | None = None
    least: Repair | None = None
    singles: tuple[Repair, ...] = ()


def explain(case: Case, *, time_limit: float = 60.0, reread: Reread | None = None) -> Explanation:
    """Say why a case has no plan and what to change.

    Parameters
    ----------
    time_limit : seconds after which what was found so far is told; a third of them may pass until costs are left out.
    reread : returns the case as read again with more `--set` arguments (default: changes laid over the case in memory);
        every repair is tried on it before it is told.

    Raises
    ------
    CaseError where the program cannot be built, SolveError where the solver refuses it.

    The conflict is an irreducible infeasible set (Chinneck 2008): without any one of its members there is a plan.
    """
    clock = Clock.of(time_limit)
    model = build(case)
    try:
        return _explain(model, reread or (lambda sets: change_case(case, sets)), clock)
    except OutOfTimeError:
        return Explanation("unknown")


def _explain(model: Model, reread: Reread, clock: Clock) -> Explanation:
    program = model.program
    free = replace(program, cost=np.zeros(len(program.cost)))
    continuous = replace(free, whole=np.zeros(len(program.whole), bool))
    possible = minimise(continuous, clock) is not None
    if possible and (not program.whole.any() or minimise(free, clock) is not None):
        ray = ray_of(program, clock)
        return Explanation("plan") if ray is None else _endless(model, ray, reread, clock)
    members = members_of(model)
    kept, proven = conflict(program, members, clock, whole=possible)
    links: tuple[str, ...] = ()
    least: Repair | None = None
    singles: tuple[Repair, ...] = ()
    with suppress(OutOfTimeError):
        links = _links(model, *chain_of(program, members, kept, clock))
        least, singles = repairs_of(model, members, kept, reread, clock)
    return Explanation("conflict", _told(members, kept), proven, possible, links, (), None, least, singles)


def _told(members: Members, kept: Mask) -> tuple[Member, ...]:
    """Return the members of a conflict in words: needs first, then in the order of the model."""
    order = sorted(np.flatnonzero(kept).tolist(), key=lambda one: members.kinds[members.kind[one]].table != "needs")
    return tuple(dict.fromkeys(_member(members.stated(), members, one) for one in order))


def _member(stated: Members, members: Members, one: int) -> Member:
    """Return a member in words; `stated` knows the row that states it."""
    kind, unit, subject = members.kinds[members.kind[one]], unit_of(members, one), members.subject(one)
    key = key_text(stated.key(one))
    head = subject[0].upper() + subject[1:]
    place = (kind.table, key, kind.column)
    known = bool(members.source[one] >= 0)
    if kind.flag:
        return Member(f"{head}: {FLAGGED[kind.column]}", *place, None, unit, known)
    figure = float(members.figure[one])
    value = number(100 * figure, "% of capacity") if kind.measure == "share" else number(figure, unit)
    text = f"{head}: {kind.word} {value}" if kind.word else f"{head}: {value}"
    return Member(text + _usable(members, one), *place, figure, unit, known)


def _usable(members: Members, one: int) -> str:
    """Return which share of a capacity can be used, and when options add to it."""
    kind, case = members.kinds[members.kind[one]], members.case
    index, place = members.block(one).index, members.place[one]
    if kind.block not in {"capacity", "annual availability", "channel capacity"}:
        return ""
    words = ""
    if kind.table == "stock":
        line = index["line"][place : place + 1]
        span = float(spans(case, "lines", line)[0, index["slice"][place]] if "slice" in index else spans(case, "lines", line).sum())
        share = float(members.factor[one]) / span
        words = f", of which {number(100 * share)} % can be used" if share < 1 else ""
    return words + _additions(members, one)


def _additions(members: Members, one: int) -> str:
    """Return from when to when options add to a capacity, where they do not stand in the period of the member."""
    case, index, place = members.case, members.block(one).index, members.place[one]
    options, names = case["options"], case.names["periods"]
    here = np.ones(len(options), bool)
    for name in ("line", "site", "channel"):
        if name in index:
            here &= options.codes(name) == index[name][place]
    stands = np.asarray(standing_periods(case).any(axis=1))
    words = []
    for option in np.flatnonzero(here & ~stands[:, index["period"][place]]):
        when = np.flatnonzero(stands[option])
        span = (
            f"only from {names[when[0]]} to {names[when[-1]]}" if len(when) > 1 else f"only in {names[when[0]]}" if len(when) else "never"
        )
        words.append(f"{case.names['options'][option]} adds to it {span}")
    return "; " + ", ".join(words) if words else ""


def _links(model: Model, rows: Codes, prices: Values) -> tuple[str, ...]:
    """Return for each balance of a conflict what could bring the product there, or take it away."""
    program, block = model.program, model.program.row_blocks["balance"]
    if not len(rows):
        return ()
    order = np.argsort(-np.abs(prices), kind="stable")[:SHOWN_LINKS]
    rows, prices = rows[order], prices[order]
    matrix = csr_array(program.matrix)[block.start + rows]
    heads = told(model.case, "{product} at {site} in {period} {slice}", block.index, rows)
    out = []
    for i, (head, price) in enumerate(zip(heads, prices, strict=True)):
        columns, values = matrix.indices[matrix.indptr[i] : matrix.indptr[i + 1]], matrix.data[matrix.indptr[i] : matrix.indptr[i + 1]]
        helps = columns[(values > 0) == (price > 0)]
        ways = _ways(model, helps)
        verb = "can come from" if price > 0 else "can go to"
        out.append(f"{head} {verb}: {ways or 'nothing'}.")
    return tuple(out)


WAYS = {
    "activity": "process {process}",
    "flow": "channel {channel} from {from} to {to}",
    "purchase": "purchase {purchase}",
    "sale": "sale {sale}",
    "unmet": "leaving needs unmet",
}


def _ways(model: Model, columns: Codes) -> str:
    """Return in words what some columns do, each kind of thing once."""
    found: list[str] = []
    for name, template in WAYS.items():
        block = model.program.column_blocks.get(name)
        if block is not None:
            mine = columns[(columns >= block.start) & (columns < block.start + block.size)] - block.start
            found += dict.fromkeys(told(model.case, template, block.index, mine))
    more = len(found) - SHOWN_WAYS
    return ", ".join(found[:SHOWN_WAYS]) + (f" and {more} more" if more > 0 else "")


STEPS = {
    "purchase": "buy {product} at {site} by purchase {purchase} in {period} {slice}",
    "activity": "run {process} at {site} in {period} {slice}",
    "flow": "send {product} from {from} to {to} by {channel} in {period} {slice}",
    "sale": "sell {product} at {site} as sale {sale} in {period} {slice}",
    "unmet": "leave needs of {product} at {site} unmet in {period} {slice}",
    "builds": "build {option} in {period}",
    "sizes": "add capacity by {option} in {period}",
}
# What can be limited, in the order in which it is suggested: column of a table.
LIMITED = {
    "sale": ("sales", "limit"),
    "purchase": ("purchases", "limit"),
    "builds": ("options", "maximum_builds"),
    "sizes": ("options", "maximum_total"),
}


def _endless(model: Model, ray: Ray, reread: Reread, clock: Clock) -> Explanation:
    """Tell the steps that earn, and the limits that would hold them back."""
    steps: list[str] = []
    for name, template in STEPS.items():
        block, mine = _of_ray(model.program, ray, name)
        texts = told(model.case, template, block.index, ray.columns[mine] - block.start)
        amounts = [
            number(round(float(step), 9), _step_unit(model, block, int(column)))
            for step, column in zip(ray.steps[mine], ray.columns[mine], strict=True)
        ]
        prices = _prices(model, name, ray.columns[mine])
        steps += [f"{text}: {amount}{price}" for text, amount, price in zip(texts, amounts, prices, strict=True)]
    least = None
    with suppress(OutOfTimeError):
        least = _limits_needed(model, ray, reread, clock)
    return Explanation("endless", steps=tuple(steps), gain=ray.gain, least=least)


def _of_ray(program: Program, ray: Ray, name: str) -> tuple[Block, Codes]:
    """Return a block of columns and the positions of its columns in the ray."""
    block = program.column_blocks[name]
    return block, np.flatnonzero((ray.columns >= block.start) & (ray.columns < block.start + block.size))


def _step_unit(model: Model, block: Block, column: int) -> str:
    if "product" not in block.index:
        return ""
    return model.case.unit("products")[int(block.index["product"][column - block.start])]


def _prices(model: Model, name: str, columns: Codes) -> list[str]:
    """Return what a step pays or earns per unit, in the words of the case."""
    trade = {"purchase": model.parts.purchases, "sale": model.parts.sales}.get(name)
    if trade is None:
        return [""] * len(columns)
    own = trade.price[columns - model.program.column_blocks[name].start]
    return [f" at {number(float(price))}" for price in own]


def _limits_needed(model: Model, ray: Ray, reread: Reread, clock: Clock) -> Repair | None:
    """Return limits that hold back one thing that earns without end after the other, tried on the case."""
    program, found = model.program, ray
    sets: dict[str, Change] = {}
    while len(sets) < MOST_LIMITS:
        change = _limit_on(model, program, found)
        if change is None or change[0].set in sets:
            return None
        sets[change[0].set] = change[0]
        upper = program.upper.copy()
        upper[change[1]] = SOME
        program = replace(program, upper=upper)
        again = ray_of(program, clock)
        if again is None:
            break
        found = again
    repair = Repair(tuple(sets.values()), float(len(sets)), None, tuple(sets))
    cost, good = tried(model.case, repair.sets, reread, clock) or (None, False)
    return replace(repair, cost=cost) if good and cost is not None else None


def _limit_on(model: Model, program: Program, ray: Ray) -> tuple[Change, Codes] | None:
    """Return a limit on one step of a ray, and the columns that it bounds."""
    for name, (table, column) in LIMITED.items():
        block, mine = _of_ray(program, ray, name)
        if not len(mine):
            continue
        place = int(ray.columns[mine[0]]) - block.start
        key: list[str] = []
        same = np.ones(block.size, bool)
        for attribute in TABLES[table].keys:
            codes = np.asarray(block.index[attribute])
            same &= codes == codes[place]
            implied = attribute == "period" and not len(model.case["periods"])
            key.append(ANY if implied else model.case.names[DIMENSIONS[attribute]][int(codes[place])])
        subject = told(model.case, STEPS[name], block.index, np.array([place]))[0]
        text = f"State a limit ({table}.csv, {column}) so that you {subject} no more than, say, {number(SOME)}."
        joined = ";".join(key).removesuffix(f";{ANY}")
        change = Change(text, table, joined, column, None, SOME, "", f"{table}/{joined}/{column}={number(SOME)}")
        return change, block.start + np.flatnonzero(same)
    return None
