"""Assets of a plan: what is built, decision by decision, and what existed before; and the money that each earns year by year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, join, pick
from capcoop.case.case import Case
from capcoop.case.places import standing_periods
from capcoop.money.gains.horizon import Horizon
from capcoop.money.gains.operation import Listed, Operation, Places, listed, summed
from capcoop.plan.tables import Plan

EXISTING = "existing capacity"


@dataclass(frozen=True)
class Shares:
    """How much of what a place earns belongs to which new asset: asset, place and period of each entry, and the share."""

    asset: Codes
    place: Codes
    period: Codes
    share: Values

    def spread(self, amounts: Values, assets: int) -> Values:
        """Return the part of each asset (assets x periods) in amounts of places (places x periods)."""
        out = np.zeros((assets, amounts.shape[1]))
        np.add.at(out, (self.asset, self.period), self.share * amounts[self.place, self.period])
        return out

    def rest(self, amounts: Values) -> Values:
        """Return what is left to existing capacity (places x periods)."""
        taken = np.zeros(amounts.shape)
        np.add.at(taken, (self.place, self.period), self.share)
        return np.asarray((1.0 - taken) * amounts)


@dataclass(frozen=True)
class Built:
    """What a plan builds, a row for each option and period of decision.

    option, period, country (-1: none) : codes. supplier : country of the equipment ('' where unknown). outlay : its cost. present : its
    part of the objective. annual : is it paid each year it stands, not once? opening : the first year it stands. life : years.
    local : share of the outlay spent in the country (0 where unknown).
    """

    option: Codes
    period: Codes
    country: Codes
    supplier: tuple[str, ...]
    outlay: Values
    present: Values
    annual: np.ndarray
    opening: Values
    life: Values
    local: Values
    unknown_local: np.ndarray

    def __len__(self) -> int:
        """Return how many assets are built."""
        return len(self.option)

    def names(self, case: Case) -> list[str]:
        """Return the name of each: the option, with the period of decision where there are several periods."""
        options, periods = case.names["options"], case.names["periods"]
        several = len(periods) > 1
        return [f"{options[o]} {periods[p]}" if several else options[o] for o, p in zip(self.option, self.period, strict=True)]


def built(case: Case, plan: Plan) -> Built:
    """Return what a plan builds."""
    rows, options = listed(case, plan["builds"]), case["options"]
    option, period = rows.codes["option"], rows.codes["period"]
    home = _homes(case)[option]
    local = options.stated("local_share")[option]
    supplier = options.frame.get_column("supplier").fill_null("").to_list()
    return Built(
        option,
        period,
        pick(case.country, home),
        tuple(supplier[i] for i in option),
        rows.figures["investment"],
        rows.figures["present_cost"],
        options.choice("charge", "annual")[option],
        case.times.start[period] + options.numbers("lead_years")[option],
        options.numbers("life")[option],
        np.nan_to_num(local),
        np.isnan(local),
    )


def _homes(case: Case) -> Codes:
    """Return the site of each option (-1: none): its own, else where its channel starts, else that of its first package."""
    options, packages = case["options"], case["packages"]
    home, channel = options.codes("site"), options.codes("channel")
    home = np.where((home < 0) & (channel >= 0), pick(case["channels"].codes("from"), channel) if len(case["channels"]) else -1, home)
    if len(packages):
        first = np.full(case.size("options"), -1)
        held = np.flatnonzero(packages.codes("site") >= 0)[::-1]
        first[packages.codes("option")[held]] = packages.codes("site")[held]
        home = np.where(home < 0, first, home)
    return home


def every_option(case: Case) -> Built:
    """Return every option of a case as if one unit of money were spent on it in the first period, built or not."""
    options, count = case["options"], case.size("options")
    local, one = options.stated("local_share"), np.ones(count)
    return Built(
        np.arange(count),
        np.zeros(count, np.int64),
        pick(case.country, _homes(case)),
        tuple(options.frame.get_column("supplier").fill_null("").to_list()),
        one,
        one,
        options.choice("charge", "annual"),
        case.times.start[0] + options.numbers("lead_years"),
        options.numbers("life"),
        np.nan_to_num(local),
        np.isnan(local),
    )


def shares_of(case: Case, plan: Plan, assets: Built, places: Places) -> Shares:
    """Return the share of each asset in its places: its capacity over all that stands there."""
    asset, place, capacity = _contributions(case, listed(case, plan["builds"]), assets, places)
    entry, period = np.nonzero(standing_periods(case)[assets.option, assets.period][asset]) if len(asset) else (np.zeros(0, np.int64),) * 2
    standing = np.zeros((len(places), case.size("periods")))
    rows = listed(case, plan["capacity"])
    line, channel = rows.codes["line"], rows.codes["channel"]
    at = np.where(channel >= 0, places.of_channel(channel), places.of_line(np.maximum(rows.codes["site"], 0), line))
    np.add.at(standing, (at, rows.codes["period"]), rows.figures["standing"])
    whole = standing[place[entry], period]
    share = np.divide(capacity[entry], whole, out=np.zeros(len(entry)), where=whole > 0)
    return Shares(asset[entry], place[entry], period, np.minimum(share, 1.0))


def _contributions(case: Case, rows: Listed, assets: Built, places: Places) -> tuple[Codes, Codes, Values]:
    """Return (asset, place, capacity) of what each asset adds to lines and channels; what packages take away belongs to nobody."""
    options, packages = case["options"], case["packages"]

    def place(line: Codes, site: Codes, channel: Codes) -> Codes:
        at = np.where((line >= 0) & (site >= 0), places.of_line(np.maximum(site, 0), line), -1)
        return np.where(channel >= 0, places.of_channel(channel), at)

    own = place(options.codes("line"), options.codes("site"), options.codes("channel"))[assets.option]
    asset, package = join(assets.option, packages.codes("option"))
    changed = place(packages.codes("line"), packages.codes("site"), packages.codes("channel"))[package]
    added = np.nan_to_num(rows.figures["builds"])[asset] * packages.stated("capacity")[package]
    asset = np.concatenate([np.arange(len(assets)), asset])
    at, capacity = np.concatenate([own, changed]), np.concatenate([rows.figures["new_capacity"], added])
    held = (at >= 0) & (capacity > 0)
    return asset[held], at[held], capacity[held]


@dataclass(frozen=True)
class Cash:
    """Money of assets, a row each, a column for each year: sales, inputs, running and fixed costs, time on the way; emissions; parity.

    parity : what import parity pays them beyond the plan's own prices, before any discount to users.
    """

    sales: Values
    inputs: Values
    running: Values
    fixed: Values
    transit: Values
    emissions: Values
    parity: Values


def parity_of_places(operation: Operation, country: Codes, pool: Values) -> Values:
    """Return what each place gets (places x periods) of pools of money (countries x products x periods).

    A pool goes to the places of the country that make the product, by what they make; where nobody does, users keep it.
    """
    place, product, period, amount = operation.made
    shape = (len(operation.places), pool.shape[2])
    home = country[place]
    total = np.zeros(pool.shape)
    np.add.at(total, (home, product, period), amount)
    whole = total[home, product, period]
    own = np.divide(amount * pool[home, product, period], whole, out=np.zeros(len(amount)), where=whole > 0)
    return summed(place * shape[1] + period, own, shape[0] * shape[1]).reshape(shape)


def cash_of(case: Case, operation: Operation, shares: Shares, assets: int, pool: Values, horizon: Horizon) -> Cash:
    """Return the money of new assets (assets x years), then of what existed: a row for each country, and one for places without."""
    # A place without a country counts to the last row, which is also what index -1 means.
    country = pick(case.country, operation.places.site)
    per_place = {name: getattr(operation, name) for name in ("sales", "inputs", "running", "fixed", "transit", "emissions")}
    per_place["parity"] = parity_of_places(operation, country, pool)
    rows = {}
    for name, amounts in per_place.items():
        old = np.zeros((case.size("countries") + 1, amounts.shape[1]))
        np.add.at(old, country, shares.rest(amounts))
        rows[name] = horizon.amounts(np.concatenate([shares.spread(amounts, assets), old]))
    return Cash(**rows)


def names_of_existing(case: Case) -> list[str]:
    """Return the names of existing capacity by country, that without a country last."""
    return [f"{EXISTING}, {country}" for country in case.names["countries"]] + [EXISTING]
