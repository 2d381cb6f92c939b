"""Activities and the capacity of lines: what may run where, and how much of each line it uses up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, distinct, join, pick, ranges
from capcoop.case.case import Case
from capcoop.case.places import LineCapacity, line_uses, process_places
from capcoop.model.options import Standing
from capcoop.model.program import Draft


@dataclass(frozen=True)
class Activities:
    """The activity columns.

    pair_* : one value for each process that may run at a site (process, site; first column; columns; lines used).
    process, site, period, slice : one value for each column (slice -1: the whole year).
    recipe_* : pair, product and coefficient of each recipe entry; use_* : pair, line and use of each line use.
    """

    pair_process: Codes
    pair_site: Codes
    first: Codes
    count: Codes
    process: Codes
    site: Codes
    period: Codes
    slice: Codes
    columns: Codes
    recipe_pair: Codes
    recipe_product: Codes
    recipe_quantity: Values
    use_pair: Codes
    use_line: Codes
    use: Values

    def of_pairs(self, pairs: Codes) -> tuple[Codes, Codes]:
        """Return (entry, position among the activities) for every activity of each pair."""
        return ranges(self.first[pairs], self.count[pairs])


def add_activities(draft: Draft, case: Case, capacity: LineCapacity) -> Activities:
    """Add the activity columns with their yearly bounds."""
    process, site = process_places(case, capacity)
    periods, slices = case.size("periods"), case.size("slices")
    flat = case["processes"].choice("profile", "flat")[process] & (slices > 1)
    per_period = np.where(flat, 1, slices)
    count = per_period * periods
    first = np.cumsum(count) - count
    owner, member = ranges(np.zeros(len(count), np.int64), count)
    each = per_period[owner]
    period, part = member // each, np.where(flat[owner], -1, member % each)
    placements = case["placements"]
    targets = {"process": process[owner], "site": site[owner], "period": period}
    low, high = placements.cascade.values(targets, len(owner), placements.stated("minimum"), placements.stated("maximum"))
    single = each == 1
    columns = draft.columns(
        "activity",
        {"process": process[owner], "site": site[owner], "period": period, "slice": part},
        unit="activity/year",
        sentence="Activity of {process} at {site} in {period} {slice}.",
        lower=np.where(single & ~np.isnan(low), low, 0.0),
        upper=np.where(single & ~np.isnan(high), high, np.inf),
    )
    pair, recipe_targets = case["recipes"].cascade.expand({"process": process, "site": site}, len(process), ("product",))
    product = recipe_targets["product"]
    quantity = case["recipes"].lookup("quantity", process=process[pair], product=product, site=site[pair])
    user, line, use = line_uses(case)
    use_pair, use_row = join(process, user)
    activities = Activities(
        process,
        site,
        first,
        count,
        process[owner],
        site[owner],
        period,
        part,
        columns,
        pair,
        product,
        quantity,
        use_pair,
        line[use_row],
        use[use_row],
    )
    _bound_years(draft, activities, low, high, single)
    return activities


def _bound_years(draft: Draft, activities: Activities, low: Values, high: Values, single: np.ndarray) -> None:
    """Add rows for yearly bounds of activities that have a column for each slice."""
    bounded = ~single & (~np.isnan(low) | (~np.isnan(high) & np.isfinite(high)))
    heads = np.flatnonzero(bounded & (activities.slice == 0))
    if not len(heads):
        return
    slices = int(activities.slice.max()) + 1
    rows = draft.rows(
        "activity bounds",
        {"process": activities.process[heads], "site": activities.site[heads], "period": activities.period[heads]},
        unit="activity/year",
        sentence="Yearly activity of {process} at {site} in {period} is within its placement's minimum and maximum.",
        lower=np.nan_to_num(low[heads]),
        upper=np.where(np.isnan(high[heads]), np.inf, high[heads]),
    )
    owner, member = ranges(heads, np.full(len(heads), slices))
    draft.add(rows[owner], activities.columns[member], 1.0)


def in_slices(part: Codes, wanted: np.ndarray, share: Values) -> tuple[Codes | slice, Codes, Values]:
    """Spread entries over slices.

    part : slice of each entry (-1: the whole year); wanted : does its row hold in every slice?
    Returns (entry, slice of the row, factor): a yearly entry falls into each slice by its share of the hours; an
    entry of a yearly row stays one, with slice 0. Where every entry stays one, `entry` is the slice of all.
    """
    slices = len(share)
    spread = wanted & (part < 0)
    if not spread.any():
        return slice(None), np.where(wanted, part, 0), np.broadcast_to(1.0, len(part))
    entry, member = ranges(np.zeros(len(part), np.int64), np.where(spread, slices, 1))
    row_slice = np.where(spread[entry], member, np.where(wanted[entry], part[entry], 0))
    return entry, row_slice, np.where(spread[entry], share[member], 1.0)


@dataclass(frozen=True)
class Shares:
    """Availability, annual availability (NaN: no row) and minimum use by capacity position, period (and slice)."""

    share: Values
    annual: Values
    minimum: Values


def line_shares(case: Case, capacity: LineCapacity) -> Shares:
    """Look up the availability of every line at every site: the table availability, then that of the line."""
    periods, slices, count = case.size("periods"), case.size("slices"), len(capacity.line)
    table, lines = case["availability"], case["lines"]
    pair, period, part = (i.ravel() for i in np.indices((count, periods, slices)))
    targets = {"line": capacity.line[pair], "site": capacity.site[pair], "period": period, "slice": part}
    columns = [table.stated(name) for name in ("share", "annual_share", "minimum_use")]
    columns[1] = np.where(table.codes("slice") < 0, columns[1], np.nan)  # a slice has no share over the year
    if len(table):
        share, annual, minimum = table.cascade.values(targets, len(pair), *columns)
    else:
        share, annual, minimum = (np.full(len(pair), np.nan) for _ in columns)
    shape = (count, periods, slices)

    def filled(own: Values, column: str) -> Values:
        return np.where(np.isnan(own), lines.numbers(column)[targets["line"]], own).reshape(shape)

    return Shares(filled(share, "availability"), filled(annual, "annual_availability")[:, :, 0], filled(minimum, "minimum_use"))


def spans(case: Case, table: str, codes: Codes) -> Values:
    """Return what a unit of capacity gives in each slice: hours if counted per hour, the share of the year if per year."""
    hourly = case[table].choice("per", "hour")[codes]
    return np.where(hourly[:, None], case.times.hours[None, :], case.times.share[None, :])


def add_line_capacity(draft: Draft, case: Case, capacity: LineCapacity, activities: Activities, standing: Standing) -> None:
    """Add the rows that keep activities within capacity, above minimum use and within the annual availability."""
    shares, periods, slices = line_shares(case, capacity), case.size("periods"), case.size("slices")
    span = spans(case, "lines", capacity.line)
    position = capacity.position[activities.use_line, activities.pair_site[activities.use_pair]]
    used = distinct(np.concatenate([position, np.flatnonzero((shares.minimum > 0).any(axis=(1, 2)))]))
    dense = np.full(len(capacity.line), -1)
    dense[used] = np.arange(len(used))
    pair, period, part = (i.ravel() for i in np.indices((len(used), periods, slices)))
    at = used[pair]
    index = {"line": capacity.line[at], "site": capacity.site[at], "period": period, "slice": part}
    entry, activity = activities.of_pairs(activities.use_pair)
    where, each, factor = in_slices(activities.slice[activity], np.ones(len(activity), bool), case.times.share)
    load_row = (dense[position[entry[where]]] * periods + activities.period[activity[where]]) * slices + each
    load = activities.use[entry[where]] * factor
    columns = activities.columns[activity[where]]
    new = standing.new
    added, stand_row, _ = standing.in_slices(pick(dense, new.line_position), periods, slices)
    stand_column, stand_capacity = new.column[added], new.coefficient[added]

    def rows(name: str, share: Values, keep: np.ndarray, sentence: str, *, least: bool) -> None:
        """Add load <= (or >=) share x span x standing capacity, for the rows to keep."""
        if not keep.any():
            return
        scale = share[at, period, part] * span[at, part]
        kept = np.flatnonzero(keep)
        number = np.full(len(keep), -1)
        side = scale[kept] * capacity.stock[at[kept], period[kept]]
        bound = {"lower": side} if least else {"upper": side}
        number[kept] = draft.rows(name, {k: v[kept] for k, v in index.items()}, unit="capacity", sentence=sentence, **bound)
        mine = number[load_row] >= 0
        draft.add(number[load_row[mine]], columns[mine], load[mine])
        mine = number[stand_row] >= 0
        draft.add(number[stand_row[mine]], stand_column[mine], -scale[stand_row[mine]] * stand_capacity[mine])

    rows(
        "capacity",
        shares.share,
        np.ones(len(at), bool),
        "What runs on {line} at {site} in {period} {slice} fits its capacity.",
        least=False,
    )
    rows(
        "minimum use",
        shares.minimum,
        shares.minimum[at, period, part] > 0,
        "{line} at {site} in {period} {slice} runs at its minimum use.",
        least=True,
    )
    _add_annual(draft, case, capacity, shares, (load_row, columns, load), standing, dense)


def _add_annual(
    draft: Draft, case: Case, capacity: LineCapacity, shares: Shares, loads: tuple[Codes, Codes, Values], standing: Standing, dense: Codes
) -> None:
    """Add the rows that keep a line within its annual availability."""
    periods, slices = case.size("periods"), case.size("slices")
    used = np.flatnonzero(dense >= 0)
    year = spans(case, "lines", capacity.line).sum(axis=1)
    pair, period = np.nonzero(~np.isnan(shares.annual[used]))
    if not len(pair):
        return
    at = used[pair]
    scale = shares.annual[at, period] * year[at]
    number = np.full((len(used), periods), -1)
    number[pair, period] = draft.rows(
        "annual availability",
        {"line": capacity.line[at], "site": capacity.site[at], "period": period},
        unit="capacity",
        sentence="What runs on {line} at {site} in {period} fits its availability over the year.",
        upper=scale * capacity.stock[at, period],
    )
    load_row, columns, load = loads
    row = number.ravel()[load_row // slices]
    draft.add(row[row >= 0], columns[row >= 0], load[row >= 0])
    where = pick(dense, standing.line_position)
    row = pick(number.ravel(), np.where(where >= 0, where * periods + standing.period, -1))
    mine = row >= 0
    at_mine, when = standing.line_position[mine], standing.period[mine]
    draft.add(row[mine], standing.column[mine], -shares.annual[at_mine, when] * year[at_mine] * standing.coefficient[mine])
