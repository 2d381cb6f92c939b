"""What is built: sizes, counts, bounds and costs of every decision, and the capacity that stands because of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, join, pick
from capcoop.case.case import Case
from capcoop.plan.verify.findings import Findings, Mask
from capcoop.plan.verify.listing import Listing, grid, summed

NEAR = 1e-9


@dataclass(frozen=True)
class Built:
    """Decisions by (option, decision period).

    builds, new, cost : number, capacity of the option's own, undiscounted cost.
    stands : (option, decision period, period) -> does it stand?
    yearly : by option, the part of the cost that is paid in each such period (0: an outlay). present : of a cost of 1.
    """

    builds: Values
    new: Values
    cost: Values
    stands: Mask
    yearly: Values
    outlay: Mask
    present: Values


@dataclass(frozen=True)
class Places:
    """Where capacity may stand: every pair of line and site, then every channel; place of each line at each site (-1: none)."""

    line: Codes
    site: Codes
    place: Codes
    existing: Values

    @property
    def lines(self) -> int:
        """How many of the places are lines."""
        return len(self.line)


def standing_periods(case: Case) -> Mask:
    """Return (option, decision period, period) -> would a decision stand? Never for periods in which it is not offered."""
    options, start = case["options"], case.times.start
    age = start[None, None, :] - start[None, :, None] - options.numbers("lead_years")[:, None, None]
    stands = (age >= -NEAR) & (age < options.numbers("life")[:, None, None] - NEAR)
    first, last = options.codes("first")[:, None], options.codes("last")[:, None]
    decided = np.arange(len(start))[None, :]
    open_ = ((first < 0) | (decided >= first)) & ((last < 0) | (decided <= last))
    return np.asarray(stands & open_[:, :, None])


def read_builds(findings: Findings, listing: Listing) -> Built:
    """Return what is built, after the checks of costs."""
    case = findings.case
    shape = (case.size("options"), case.size("periods"))
    place = listing.at("option", "period")
    options, stands = case["options"], standing_periods(case)
    builds = summed(shape, place, np.nan_to_num(listing.figures["builds"]))
    new = summed(shape, place, listing.figures["new_capacity"])
    stated = summed(shape, place, listing.figures["investment"])
    least, most, scale = _cost_range(case, builds, new)
    option, period = grid(shape)
    findings.at_most(stated, most, scale, "The investment of {option} in {period} is too high", option=option, period=period)
    findings.at_most(least, stated, scale, "The investment of {option} in {period} is too low", option=option, period=period)
    yearly, outlay, present = _charges(case, stands)
    cost = np.clip(stated, least, np.maximum(least, most))
    paid = summed(shape, place, listing.figures["present_cost"])
    findings.equal(
        paid, cost * present, np.abs(scale * present), "The present cost of {option} in {period} is wrong", option=option, period=period
    )
    counted = case.counted[listing.codes["option"]]
    blank = np.isnan(listing.figures["builds"])
    findings.never(
        counted == blank, "{option} in {period} states builds, or lacks them, against its kind", option=place[0], period=place[1]
    )
    rate = pick(case["lines"].stated("jobs"), options.codes("line")[place[0]], np.nan)
    jobs, stated = rate * listing.figures["new_capacity"], listing.figures["jobs"]
    known = ~(np.isnan(jobs) & np.isnan(stated))
    findings.equal(stated[known], jobs[known], np.abs(jobs[known]), "The jobs of {option} are wrong", option=place[0][known])
    return Built(builds, new, cost, stands, yearly, outlay, present)


def _unit_costs(case: Case) -> tuple[Values, Values]:
    """Return the cost of a unit of capacity and of a build, by option and period."""
    options, shape = case["options"], (case.size("options"), case.size("periods"))
    option, period = (codes.ravel() for codes in grid(shape))
    found = []
    for column in ("build_cost", "fixed_build_cost"):
        own = case["option_periods"].lookup(column, option=option, period=period).reshape(shape)
        found.append(np.where(np.isnan(own), np.nan_to_num(options.numbers(column))[:, None], own))
    return found[0], found[1]


def _cost_range(case: Case, builds: Values, new: Values) -> tuple[Values, Values, Values]:
    """Return the least and the most that the decisions may cost, and the magnitude of what is added up."""
    per_unit, per_build = _unit_costs(case)
    plain = per_unit * new + per_build * builds
    curve = Curves(case)
    least, most = curve.range(builds, new)
    return plain + least, plain + most, np.abs(per_unit * new) + np.abs(per_build * builds) + np.maximum(np.abs(least), np.abs(most))


class Curves:
    """The size curves of option_points: segments between neighbouring points."""

    def __init__(self, case: Case) -> None:
        """Sort the points of each option by size."""
        points = case["option_points"]
        option, size, cost = points.codes("option"), points.stated("size"), points.stated("cost")
        order = np.lexsort((size, option))
        option, size, cost = option[order], size[order], cost[order]
        start = np.flatnonzero(option[1:] == option[:-1])
        self.option = option[start]
        self.left, self.right, self.from_, self.to = size[start], size[start + 1], cost[start], cost[start + 1]
        self.slope = (self.to - self.from_) / (self.right - self.left)
        count = case.size("options")
        self.pointed = np.zeros(count, bool)
        self.pointed[option] = True
        self.falls = np.zeros(count, bool)
        after = np.flatnonzero(self.option[1:] == self.option[:-1]) + 1
        drop = self.slope[after - 1] - self.slope[after] > NEAR * np.maximum(1.0, np.abs(self.slope[after - 1]))
        self.falls[self.option[after[drop]]] = True
        self.whole = case["options"].flags("whole")
        self.least_size, self.most_size = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(self.least_size, option, size)
        np.maximum.at(self.most_size, option, size)
        self.first_cost, self.last_cost = np.zeros(count), np.zeros(count)
        at_left, at_right = self.left == self.least_size[self.option], self.right == self.most_size[self.option]
        self.first_cost[self.option[at_left]], self.last_cost[self.option[at_right]] = self.from_[at_left], self.to[at_right]

    def range(self, builds: Values, new: Values) -> tuple[Values, Values]:
        """Return the least and the most that the curves let new capacity cost: n times the curve at h / n, up to its chord."""
        least, most = np.zeros(new.shape), np.zeros(new.shape)
        at = np.flatnonzero(((builds > 0) & self.pointed[:, None]).ravel())
        if not len(at):
            return least, most
        option, count = at // new.shape[1], builds.ravel()[at]
        size = np.clip(new.ravel()[at] / count, self.least_size[option], self.most_size[option])
        query, segment = join(option, self.option)
        on_it = (size[query] >= self.left[segment]) & (size[query] <= self.right[segment])
        query, segment = query[on_it], segment[on_it]
        value = np.zeros(len(at))
        value[query] = self.from_[segment] + self.slope[segment] * (size[query] - self.left[segment])
        width = np.maximum(self.most_size - self.least_size, 1e-300)[option]
        chord = self.first_cost[option] + (self.last_cost - self.first_cost)[option] * (size - self.least_size[option]) / width
        exact = self.falls[option] & self.whole[option]
        least.ravel()[at] = count * np.where(exact, value, np.minimum(value, chord))
        most.ravel()[at] = count * np.where(exact, value, np.maximum(value, chord))
        return least, most


def _charges(case: Case, stands: Mask) -> tuple[Values, Mask, Values]:
    """Return the yearly part of a cost, whether it is an outlay, and the present value of a cost of 1 by decision period."""
    options, times, rate = case["options"], case.times, case.settings.discount_rate
    life, lead = options.numbers("life"), options.numbers("lead_years")
    outlay = options.choice("charge", "outlay")
    endless = np.isinf(life)
    finite = np.where(endless, 1.0, life)
    recovery = 1.0 / finite if rate == 0 else rate / (1.0 - (1.0 + rate) ** -finite)
    yearly = np.where(options.choice("charge", "annual"), 1.0, np.where(endless, rate, recovery))
    weights = stands.astype(float) @ times.weight
    age = np.clip(times.end - times.start[None, :] - lead[:, None], 0.0, finite[:, None])
    used = age / finite[:, None] if rate == 0 else ((1.0 + rate) ** age - 1.0) / ((1.0 + rate) ** finite - 1.0)[:, None]
    left = np.where(endless[:, None], 1.0, 1.0 - used) * (1.0 + rate) ** (times.base_year - times.end)
    paid = times.outlay[None, :] * (1.0 + rate) ** -lead[:, None] - left
    return np.where(outlay, 0.0, yearly), outlay, np.where(outlay[:, None], paid, yearly[:, None] * weights)


def check_builds(findings: Findings, built: Built) -> None:
    """Check sizes, whole numbers and the bounds of each period and of the horizon."""
    case = findings.case
    options, counted, curves = case["options"], case.counted, Curves(case)
    option, period = grid(built.new.shape)
    where = {"option": option, "period": period}
    n, h = built.builds, built.new
    findings.at_most(-n, 0.0, np.abs(n), "{option} is built less than no times in {period}", **where)
    findings.at_most(-h, 0.0, np.abs(h), "{option} adds less than nothing in {period}", **where)
    never = ~built.stands.any(axis=2)
    findings.never(never & ((n != 0) | (h != 0)), "{option} is not offered in {period}, but built", **where)
    findings.at_most(
        np.abs(n - np.round(n)) * options.flags("whole")[:, None], 0.0, 1.0, "{option} in {period} is no whole number of builds", **where
    )
    own = (options.codes("line") >= 0) | (options.codes("channel") >= 0)
    unit, least, most = (options.stated(column)[:, None] for column in ("unit_size", "minimum_size", "maximum_size"))
    least, most = np.nan_to_num(least), np.where(np.isnan(most), np.inf, most)
    sized = np.broadcast_to(~np.isnan(unit), h.shape)
    findings.equal(
        np.where(sized, h, 0.0),
        np.where(sized, np.nan_to_num(unit) * n, 0.0),
        np.abs(h),
        "{option} in {period} is no multiple of its size",
        **where,
    )
    ranged = (counted & own & ~curves.pointed)[:, None] & ~sized
    with np.errstate(invalid="ignore"):
        most_now = np.where(ranged, np.where(n > 0, most * n, 0.0), np.inf)
    most_now = np.where((~counted & own)[:, None], most, most_now)
    most_now = np.where(own[:, None], most_now, 0.0)
    pointed = (curves.pointed & own)[:, None]
    with np.errstate(invalid="ignore"):
        most_now = np.where(pointed, np.where(n > 0, curves.most_size[:, None] * n, 0.0), most_now)
        least_now = np.where(pointed, np.where(n > 0, curves.least_size[:, None] * n, 0.0), np.where(ranged, least * n, 0.0))
    findings.at_most(h, most_now, np.abs(h), "{option} in {period} is larger than its builds may be", **where)
    findings.at_most(least_now, h, np.abs(least_now), "{option} in {period} is smaller than its builds may be", **where)
    once = (curves.falls)[:, None]
    findings.at_most(np.where(once, n, 0.0), 1.0, 1.0, "{option} has economies of scale and is built more than once in {period}", **where)
    _check_bounds(findings, built, own)
    _check_order(findings, built)


def _check_bounds(findings: Findings, built: Built, own: Mask) -> None:
    case, shape = findings.case, built.new.shape
    options, table = case["options"], case["option_periods"]
    option, period = grid(shape)
    offered = built.stands.any(axis=2)
    for amounts, held, word, column in (
        (built.builds, case.counted, "builds", "builds"),
        (built.new, own, "new capacity", "new"),
    ):
        asked = offered & held[:, None]
        low, high = (
            table.lookup(f"{side}_{column}", option=option.ravel(), period=period.ravel()).reshape(shape) for side in ("minimum", "maximum")
        )
        low, high = np.where(asked, np.nan_to_num(low), 0.0), np.where(asked & ~np.isnan(high), high, np.inf)
        findings.at_most(low, amounts, low, f"{{option}} in {{period}} has too little {word}", option=option, period=period)
        findings.at_most(amounts, high, amounts, f"{{option}} in {{period}} has too much {word}", option=option, period=period)
    builds, new, every = built.builds.sum(axis=1), built.new.sum(axis=1), np.arange(shape[0])
    low, high, total = (options.stated(column) for column in ("minimum_builds", "maximum_builds", "maximum_total"))
    findings.at_most(np.nan_to_num(low), builds, 1.0, "{option} has too few builds over the horizon", option=every)
    findings.at_most(builds, np.where(np.isnan(high), np.inf, high), 1.0, "{option} has too many builds over the horizon", option=every)
    findings.at_most(new, np.where(np.isnan(total), np.inf, total), new, "{option} adds too much over the horizon", option=every)


def _check_order(findings: Findings, built: Built) -> None:
    """Check that no option stands more often than the one it comes after."""
    after = findings.case["options"].codes("after")
    later = np.flatnonzero(after >= 0)
    standing = np.einsum("od,odt->ot", built.builds, built.stands.astype(float))
    where = {"option": later[:, None], "after": after[later][:, None], "period": np.arange(standing.shape[1])[None, :]}
    findings.at_most(
        standing[later], standing[after[later]], standing[later], "{option} stands more often in {period} than {after}", **where
    )


def find_places(case: Case) -> Places:
    """Return every place of capacity with what exists there in each period (channels without bound: infinity)."""
    lines, sites, periods = case.size("lines"), case.size("sites"), case.size("periods")
    exists = np.zeros((lines, sites), bool)
    for table in ("stock", "options", "packages"):
        line, site = case[table].codes("line"), case[table].codes("site")
        everywhere = (line >= 0) & (site < 0) if table == "stock" else np.zeros(len(line), bool)
        exists[line[everywhere]] = True
        there = (line >= 0) & (site >= 0)
        exists[line[there], site[there]] = True
    line, site = np.nonzero(exists)
    place = np.full((lines, sites), -1)
    place[line, site] = np.arange(len(line))
    period = np.tile(np.arange(periods), len(line))
    stock = case["stock"].lookup("capacity", site=np.repeat(site, periods), line=np.repeat(line, periods), period=period)
    bound = case["channels"].stated("capacity")
    channels = np.repeat(np.where(np.isnan(bound), np.inf, bound)[:, None], periods, axis=1)
    return Places(line, site, place, np.concatenate([np.nan_to_num(stock).reshape(len(line), periods), channels]))


@dataclass(frozen=True)
class Added:
    """What decisions add to places: option, place, capacity per build, capacity per unit of the option's own size."""

    option: Codes
    place: Codes
    per_build: Values
    per_unit: Values


def find_added(case: Case, places: Places) -> Added:
    """Return the place of each option's own capacity, and of each package."""
    found = []
    for table in ("options", "packages"):
        rows = case[table]
        line, site, channel = rows.codes("line"), rows.codes("site"), rows.codes("channel")
        place = np.where(channel >= 0, places.lines + channel, -1)
        standing = (line >= 0) & (site >= 0) & (channel < 0)
        place[standing] = places.place[line[standing], site[standing]]
        found.append(place)
    packages = case["packages"]
    mine = np.flatnonzero(found[0] >= 0)
    return Added(
        np.concatenate([mine, packages.codes("option")]),
        np.concatenate([found[0][mine], found[1]]),
        np.concatenate([np.zeros(len(mine)), packages.stated("capacity")]),
        np.concatenate([np.ones(len(mine)), np.zeros(len(packages))]),
    )


def standing_new(places: Places, built: Built, added: Added) -> tuple[Values, Values]:
    """Return the new capacity that stands at every place in every period, and the magnitude of its terms."""
    stands = built.stands.astype(float)
    builds, new = (np.einsum("od,odt->ot", amounts, stands) for amounts in (built.builds, built.new))
    amounts = added.per_build[:, None] * builds[added.option] + added.per_unit[:, None] * new[added.option]
    total, scale = np.zeros(places.existing.shape), np.zeros(places.existing.shape)
    np.add.at(total, added.place, amounts)
    np.add.at(scale, added.place, np.abs(amounts))
    return total, scale
