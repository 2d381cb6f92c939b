"""Options: what may be built, in which sizes, at what cost, and from when to when it stands.

Every option becomes variants (a count of builds n, each with a base size and a base cost) and pieces (capacity
beyond the base, at most width x n, at a slope). A unit size is a variant without pieces; a size between bounds is
one variant with one piece; a size curve of rising slopes is one variant with a piece for each segment; one of
falling slopes is a variant for each segment, of which at most one is built in a period. An option that is not
counted in builds is a single free piece. Built capacity: h = base x n + pieces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from capcoop.case.cascade import Codes, Values, distinct, join, pick
from capcoop.case.case import Case
from capcoop.case.places import TOLERANCE, standing_periods
from capcoop.model.program import Draft

Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Menu:
    """Variants and pieces of all options, before periods.

    option, base, base_cost, once : one value a variant. piece_* : option, variant (-1: none), width and slope of each piece.
    """

    option: Codes
    base: Values
    base_cost: Values
    once: Mask
    piece_option: Codes
    piece_variant: Codes
    piece_width: Values
    piece_slope: Values


@dataclass(frozen=True)
class Decisions:
    """Decision columns.

    build_* : variant, option, period, column and undiscounted cost of each count of builds.
    size_* : piece, option, period, column and undiscounted cost per unit of each piece.
    stands : (option, decision period, period) -> does it stand? yearly : (option, period) -> present cost of one unit of cost.
    """

    menu: Menu
    build_variant: Codes
    build_option: Codes
    build_period: Codes
    build_column: Codes
    build_cost: Values
    size_piece: Codes
    size_option: Codes
    size_period: Codes
    size_column: Codes
    size_cost: Values
    stands: Mask
    present: Values


@dataclass(frozen=True)
class NewCapacity:
    """Capacity that a decision adds: option, decision period, line position or channel (-1), column, capacity per unit."""

    option: Codes
    period: Codes
    line_position: Codes
    channel: Codes
    column: Codes
    coefficient: Values


@dataclass(frozen=True)
class Standing:
    """New capacity in each period in which it stands: its position in `new`, and the period."""

    new: NewCapacity
    entry: Codes
    period: Codes

    @property
    def line_position(self) -> Codes:
        """The position of the line (-1: a channel)."""
        return self.new.line_position[self.entry]

    @property
    def channel(self) -> Codes:
        """The channel (-1: a line)."""
        return self.new.channel[self.entry]

    @property
    def column(self) -> Codes:
        """The column of the decision."""
        return self.new.column[self.entry]

    @property
    def coefficient(self) -> Values:
        """Capacity per unit of the decision."""
        return self.new.coefficient[self.entry]

    def in_slices(self, place: Codes, periods: int, slices: int) -> tuple[Codes, Codes, Codes]:
        """Return, once for each slice, what stands at a place: its position in `new`, the row of place, period and slice, the slice.

        place : that of each new capacity (-1: none of those asked for).
        """
        stands = np.flatnonzero((place >= 0)[self.entry])
        stand, part = np.repeat(stands, slices), np.tile(np.arange(slices), len(stands))
        added = self.entry[stand]
        return added, (place[added] * periods + self.period[stand]) * slices + part, part


def menu(case: Case) -> Menu:
    """Return the variants and pieces of every option."""
    options, count = case["options"], case.size("options")
    own = (options.codes("line") >= 0) | (options.codes("channel") >= 0)
    builds = case.counted
    unit, least, most = (options.stated(c) for c in ("unit_size", "minimum_size", "maximum_size"))
    points = case["option_points"]
    pointed = np.zeros(count, bool)
    pointed[points.codes("option")] = True
    curve = _curves(case)
    single = np.flatnonzero(builds & ~pointed)
    unsized = np.isnan(unit[single])
    base = np.where(unsized, np.where(own[single], np.nan_to_num(least[single]), 0.0), unit[single])
    with_piece = unsized & own[single]
    free = np.flatnonzero(~builds & own)
    variants = len(single)
    return Menu(
        np.concatenate([single, curve.option]),
        np.concatenate([base, curve.base]),
        np.concatenate([np.zeros(variants), curve.base_cost]),
        np.concatenate([np.zeros(variants, bool), curve.once]),
        np.concatenate([free, single[with_piece], curve.piece_option]),
        np.concatenate([np.full(len(free), -1), np.flatnonzero(with_piece), curve.piece_variant + variants]),
        np.concatenate([np.where(np.isnan(most[free]), np.inf, most[free]), (most[single] - base)[with_piece], curve.piece_width]),
        np.concatenate([np.zeros(len(free)), np.zeros(int(with_piece.sum())), curve.piece_slope]),
    )


def _curves(case: Case) -> Menu:
    """Return the variants and pieces of the options with size curves."""
    points = case["option_points"]
    owner, size, cost = points.codes("option"), points.stated("size"), points.stated("cost")
    order = np.lexsort((size, owner))
    owner, size, cost = owner[order], size[order], cost[order]
    inner = owner[1:] == owner[:-1]
    start = np.flatnonzero(inner)
    width = size[start + 1] - size[start]
    slope = (cost[start + 1] - cost[start]) / width
    option = owner[start]
    falls = np.zeros(case.size("options"), bool)
    after = np.flatnonzero(option[1:] == option[:-1]) + 1
    fall = slope[after] < slope[after - 1] - TOLERANCE * np.maximum(1.0, np.abs(slope[after - 1]))
    falls[option[after[fall]]] = True
    head = np.flatnonzero(np.r_[True, option[1:] != option[:-1]]) if len(option) else np.zeros(0, np.int64)
    variant_start = np.unique(np.concatenate([head, np.flatnonzero(falls[option])]))
    variant_of = np.searchsorted(variant_start, np.arange(len(option)), "right") - 1
    return Menu(
        option[variant_start],
        size[start][variant_start],
        cost[start][variant_start],
        falls[option[variant_start]],
        option,
        variant_of,
        width,
        slope,
    )


def recovery_factor(rate: float, life: Values) -> Values:
    """Return the capital recovery factor r / (1 - (1 + r)^-n); the rate itself for an endless life, 1 / n at rate 0."""
    if rate == 0:
        return 1.0 / life
    return np.where(np.isinf(life), rate, rate / (1.0 - (1.0 + rate) ** -life))


def end_value(rate: float, used: Values, life: Values) -> Values:
    """Return the share of an outlay left after `used` of `life` years (sinking fund)."""
    spent = np.minimum(used, life)
    if rate == 0:
        return 1.0 - np.where(np.isinf(life), 0.0, spent / life)
    gone = ((1.0 + rate) ** spent - 1.0) / ((1.0 + rate) ** np.where(np.isinf(life), 1.0, life) - 1.0)
    return np.where(np.isinf(life), 1.0, 1.0 - gone)


def present_cost(case: Case, stands: Mask) -> Values:
    """Return (option, decision period) -> present value of one unit of cost, as its charge says."""
    options, times, rate = case["options"], case.times, case.settings.discount_rate
    life, lead = options.numbers("life"), options.numbers("lead_years")
    weights = stands @ times.weight
    annual = options.choice("charge", "annual")
    with np.errstate(divide="ignore"):
        factor = np.where(annual, 1.0, recovery_factor(rate, life))
    used = times.end - (times.start[None, :] + lead[:, None])
    left = end_value(rate, np.maximum(used, 0.0), life[:, None]) * (1 + rate) ** -(times.end - times.base_year)
    outlay = times.outlay[None, :] * (1 + rate) ** -lead[:, None] - left
    return np.where(options.choice("charge", "outlay")[:, None], outlay, factor[:, None] * weights)


def add_decisions(draft: Draft, case: Case) -> Decisions:
    """Add the columns of builds and sizes, their links and their bounds."""
    lists, stands = menu(case), standing_periods(case)
    offered: Mask = np.asarray(stands.any(axis=2))
    whole = case["options"].flags("whole")
    variant, build_period = np.nonzero(offered[lists.option])
    piece, size_period = np.nonzero(offered[lists.piece_option])
    build_option, size_option = lists.option[variant], lists.piece_option[piece]
    low, high = _period_bounds(case, build_option, build_period, "minimum_builds", "maximum_builds")
    alone = ~lists.once[variant]
    build_column = draft.columns(
        "builds",
        {"option": build_option, "period": build_period, "variant": variant},
        unit="builds",
        sentence="Builds of {option} decided in {period}.",
        lower=np.where(alone, low, 0.0),
        upper=np.where(alone, high, 1.0),
        whole=whole[build_option],
    )
    free = lists.piece_variant[piece] < 0
    low_new, high_new = _period_bounds(case, size_option, size_period, "minimum_new", "maximum_new")
    size_column = draft.columns(
        "sizes",
        {"option": size_option, "period": size_period, "piece": piece},
        unit="capacity",
        sentence="Capacity of {option} decided in {period}, beyond its base size.",
        lower=np.where(free, low_new, 0.0),
        upper=np.where(free, np.minimum(lists.piece_width[piece], high_new), np.inf),
    )
    unpriced = Decisions(
        lists,
        variant,
        build_option,
        build_period,
        build_column,
        np.zeros(len(variant)),
        piece,
        size_option,
        size_period,
        size_column,
        np.zeros(len(piece)),
        stands,
        np.zeros(offered.shape),
    )
    decisions = with_costs(case, unpriced)
    _link(draft, case, decisions)
    _keep_mean(draft, case, decisions)
    _bound_periods(draft, case, decisions)
    _bound_horizon(draft, case, decisions)
    _keep_order(draft, case, decisions)
    return decisions


def with_costs(case: Case, decisions: Decisions) -> Decisions:
    """Return the decisions with the costs that a case states for them."""
    lists, variant = decisions.menu, decisions.build_variant
    unit, fixed = _costs(case, decisions.build_option, decisions.build_period)
    return replace(
        decisions,
        build_cost=fixed + unit * lists.base[variant] + lists.base_cost[variant],
        size_cost=_costs(case, decisions.size_option, decisions.size_period)[0] + lists.piece_slope[decisions.size_piece],
        present=present_cost(case, decisions.stands),
    )


def _period_bounds(case: Case, option: Codes, period: Codes, low: str, high: str) -> tuple[Values, Values]:
    table = case["option_periods"]
    if not len(table):
        return np.zeros(len(option)), np.full(len(option), np.inf)
    least, most = table.cascade.values({"option": option, "period": period}, len(option), table.stated(low), table.stated(high))
    return np.nan_to_num(least), np.where(np.isnan(most), np.inf, most)


def _costs(case: Case, option: Codes, period: Codes) -> tuple[Values, Values]:
    """Return the cost per unit of capacity and per build of each decision."""
    options, table = case["options"], case["option_periods"]
    unit, fixed = options.numbers("build_cost")[option], np.nan_to_num(options.stated("fixed_build_cost"))[option]
    if len(table):
        own = table.cascade.values(
            {"option": option, "period": period}, len(option), table.stated("build_cost"), table.stated("fixed_build_cost")
        )
        unit, fixed = (np.where(np.isnan(new), old, new) for new, old in zip(own, (unit, fixed), strict=True))
    return unit, fixed


def _link(draft: Draft, case: Case, decisions: Decisions) -> None:
    """Add piece <= width x builds of its variant."""
    lists, periods = decisions.menu, case.size("periods")
    variant = lists.piece_variant[decisions.size_piece]
    linked = np.flatnonzero(variant >= 0)
    if not len(linked):
        return
    column_of = np.full((len(lists.option), periods), -1)
    column_of[decisions.build_variant, decisions.build_period] = decisions.build_column
    rows = draft.rows(
        "size",
        {"option": decisions.size_option[linked], "period": decisions.size_period[linked], "piece": decisions.size_piece[linked]},
        unit="capacity",
        sentence="The size of {option} decided in {period} is within the bounds of what is built.",
        upper=0.0,
    )
    draft.add(rows, decisions.size_column[linked], 1.0)
    builds = column_of[variant[linked], decisions.size_period[linked]]
    draft.add(rows, builds, -lists.piece_width[decisions.size_piece[linked]])


def _keep_mean(draft: Draft, case: Case, decisions: Decisions) -> None:
    """Add rows that keep the cost of a rising size curve a mean of its points: no dearer than the chord from first to last."""
    lists, periods = decisions.menu, case.size("periods")
    variant = lists.piece_variant
    owner, width, slope = (column[variant >= 0] for column in (variant, lists.piece_width, lists.piece_slope))
    count = len(lists.option)
    span, rise = (np.bincount(owner, amounts, minlength=count) for amounts in (width, width * slope))
    several = np.bincount(owner, minlength=count) > 1
    mine = np.flatnonzero(pick(several, variant[decisions.size_piece], missing=False))
    if not len(mine):
        return
    piece = decisions.size_piece[mine]
    code = variant[piece] * periods + decisions.size_period[mine]
    keys, row = np.unique(code, return_inverse=True)
    rows = draft.rows(
        "size curve",
        {"option": lists.option[keys // periods], "period": keys % periods},
        unit="money",
        sentence="The cost of {option} decided in {period} is a mean of its points.",
        upper=0.0,
    )
    mean = (rise / np.maximum(span, TOLERANCE))[variant[piece]]
    above = lists.piece_slope[piece] - mean
    # On a straight curve only rounding is left, which scaling would take for a figure.
    above[np.abs(above) <= TOLERANCE * np.abs(mean)] = 0.0
    draft.add(rows[row], decisions.size_column[mine], above)


def new_sizes(decisions: Decisions) -> tuple[Codes, Codes, Codes, Values]:
    """Return option, period, column and coefficient of h, the new capacity of each decision."""
    base = decisions.menu.base[decisions.build_variant]
    sized = base != 0
    return (
        np.concatenate([decisions.build_option[sized], decisions.size_option]),
        np.concatenate([decisions.build_period[sized], decisions.size_period]),
        np.concatenate([decisions.build_column[sized], decisions.size_column]),
        np.concatenate([base[sized], np.ones(len(decisions.size_column))]),
    )


def _rows_of_groups(
    draft: Draft,
    name: str,
    keys: tuple[Codes, ...],
    sizes: tuple[int, ...],
    terms: tuple[Codes, Codes, Values],
    bounds: tuple[Values, Values],
    *,
    unit: str,
    sentence: str,
) -> None:
    """Add a row for each group (option, or option and period) with a bound; terms name their group by the same code."""
    group, column, coefficient = terms
    low, high = bounds
    kept = np.flatnonzero((low > 0) | np.isfinite(high))
    if not len(kept):
        return
    index = dict(zip(("option", "period"), (key[kept] for key in keys), strict=False))
    rows = draft.rows(name, index, unit=unit, sentence=sentence, lower=np.where(low[kept] > 0, low[kept], -np.inf), upper=high[kept])
    place = np.full(int(np.prod(sizes)), -1)
    code = keys[0][kept] if len(keys) == 1 else keys[0][kept] * sizes[1] + keys[1][kept]
    place[code] = rows
    mine = place[group] >= 0
    draft.add(place[group[mine]], column[mine], coefficient[mine])


def _bound_periods(draft: Draft, case: Case, decisions: Decisions) -> None:
    """Add the bounds of one period that are not bounds of a single column."""
    periods, count = case.size("periods"), case.size("options")
    sizes = (count, periods)
    once: Mask = decisions.menu.once[decisions.build_variant]
    pairs = distinct(decisions.build_option[once] * periods + decisions.build_period[once])
    option, period = np.divmod(pairs, periods)
    low, high = _period_bounds(case, option, period, "minimum_builds", "maximum_builds")
    code = decisions.build_option * periods + decisions.build_period
    terms = (code[once], decisions.build_column[once], np.ones(int(once.sum())))
    sentence = "{option} is built within its bounds in {period}."
    _rows_of_groups(
        draft, "builds of a period", (option, period), sizes, terms, (low, np.minimum(high, 1.0)), unit="builds", sentence=sentence
    )
    owner, when, column, coefficient = new_sizes(decisions)
    own = (case["options"].codes("line") >= 0) | (case["options"].codes("channel") >= 0)
    pairs = distinct(code[own[decisions.build_option]])
    option, period = np.divmod(pairs, periods)
    bounds = _period_bounds(case, option, period, "minimum_new", "maximum_new")
    terms = (owner * periods + when, column, coefficient)
    sentence = "New capacity of {option} decided in {period} is within its bounds."
    _rows_of_groups(draft, "new capacity of a period", (option, period), sizes, terms, bounds, unit="capacity", sentence=sentence)


def _bound_horizon(draft: Draft, case: Case, decisions: Decisions) -> None:
    """Add the bounds over the horizon."""
    options, count = case["options"], case.size("options")
    every = np.arange(count)
    low, high = np.nan_to_num(options.stated("minimum_builds")), options.stated("maximum_builds")
    terms = (decisions.build_option, decisions.build_column, np.ones(len(decisions.build_column)))
    bounds = (low, np.where(np.isnan(high), np.inf, high))
    _rows_of_groups(
        draft,
        "builds of the horizon",
        (every,),
        (count,),
        terms,
        bounds,
        unit="builds",
        sentence="{option} is built within its bounds over the horizon.",
    )
    total = options.stated("maximum_total")
    owner, _, column, coefficient = new_sizes(decisions)
    bounds = (np.zeros(count), np.where(np.isnan(total), np.inf, total))
    sentence = "{option} adds at most its total over the horizon."
    _rows_of_groups(
        draft, "new capacity of the horizon", (every,), (count,), (owner, column, coefficient), bounds, unit="capacity", sentence=sentence
    )


def _keep_order(draft: Draft, case: Case, decisions: Decisions) -> None:
    """Add rows that keep no more builds of an option standing than of the one it comes after."""
    after = case["options"].codes("after")
    stands = decisions.stands
    option, period = np.nonzero(stands.any(axis=1) & (after >= 0)[:, None])
    if not len(option):
        return
    rows = draft.rows(
        "order",
        {"option": option, "after": after[option], "period": period},
        unit="builds",
        sentence="{option} stands in {period} no more often than {after}.",
        upper=0.0,
    )
    row_of = np.full((len(after), case.size("periods")), -1)
    row_of[option, period] = rows
    build, when = np.nonzero(stands[decisions.build_option, decisions.build_period])
    own, column = decisions.build_option[build], decisions.build_column[build]
    mine = row_of[own, when] >= 0
    draft.add(row_of[own, when][mine], column[mine], 1.0)
    earlier, entry = join(own, after)
    held = row_of[entry, when[earlier]]
    mine = held >= 0
    draft.add(held[mine], column[earlier][mine], -1.0)


def new_capacity(case: Case, decisions: Decisions, position: np.ndarray) -> NewCapacity:
    """Return what each decision adds to lines and channels, packages included."""
    options, packages = case["options"], case["packages"]
    option, period, column, coefficient = new_sizes(decisions)

    def places(line: Codes, site: Codes) -> Codes:
        return pick(position.ravel(), np.where((line >= 0) & (site >= 0), line * case.size("sites") + site, -1))

    own = places(options.codes("line"), options.codes("site"))
    build, package = join(decisions.build_option, packages.codes("option"))
    changed = places(packages.codes("line"), packages.codes("site"))
    return NewCapacity(
        np.concatenate([option, decisions.build_option[build]]),
        np.concatenate([period, decisions.build_period[build]]),
        np.concatenate([own[option], changed[package]]),
        np.concatenate([options.codes("channel")[option], packages.codes("channel")[package]]),
        np.concatenate([column, decisions.build_column[build]]),
        np.concatenate([coefficient, packages.stated("capacity")[package]]),
    )


def standing_capacity(new: NewCapacity, decisions: Decisions) -> Standing:
    """Return the new capacity in every period in which it stands."""
    entry, period = np.nonzero(decisions.stands[new.option, new.period]) if len(new.option) else (np.zeros(0, np.int64),) * 2
    return Standing(new, entry.astype(np.int32), period.astype(np.int32))


def keep_standing(draft: Draft, case: Case, standing: Standing, stock: Values, line: Codes, site: Codes) -> None:
    """Add rows that keep standing capacity from falling below zero where a package takes some away."""
    periods, channels = case.size("periods"), case.size("channels")
    new = standing.new
    targets = np.where(new.line_position >= 0, new.line_position, len(line) + new.channel)
    reduced = distinct(targets[new.coefficient < 0])
    if not len(reduced):
        return
    existing = np.concatenate([stock, np.repeat(np.nan_to_num(case["channels"].stated("capacity"))[:, None], periods, axis=1)])
    which, period = (i.ravel() for i in np.indices((len(reduced), periods)))
    at = reduced[which]
    own = np.where(at < len(line), at, -1)
    index = {"line": pick(line, own), "site": pick(site, own), "channel": np.where(own < 0, at - len(line), -1), "period": period}
    sentence = "No more of {line}{channel} {site} is taken away in {period} than stands."
    rows = draft.rows("standing", index, unit="capacity", sentence=sentence, lower=-existing[at, period])
    place = np.full((len(line) + channels, periods), -1)
    place[at, period] = rows
    mine = np.flatnonzero(np.isin(targets, reduced)[standing.entry])
    entry = standing.entry[mine]
    draft.add(place[targets[entry], standing.period[mine]], new.column[entry], new.coefficient[entry])
