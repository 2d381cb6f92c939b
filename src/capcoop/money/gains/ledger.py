"""The ledger of a plan: every flow of money and every real gain, of markets, trade, users and assets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal

import numpy as np

from capcoop.case.cascade import Codes, Values, pick
from capcoop.case.case import Case
from capcoop.money.gains.assets import Built, Cash, Shares, built, cash_of, names_of_existing, shares_of
from capcoop.money.gains.conditions import Conditions, conditions_of, terms_of_countries
from capcoop.money.gains.costplus import cost_plus_pool
from capcoop.money.gains.flows import Flow, account, some
from capcoop.money.gains.ground import Ground
from capcoop.money.gains.horizon import Horizon, horizon_of
from capcoop.money.gains.markets import market_flows
from capcoop.money.gains.operation import Listed, Operation, Prices, listed, operation_of, prices_of
from capcoop.money.gains.payments import Bank, Parties, asset_flows
from capcoop.money.gains.settle import Settled, settle
from capcoop.plan.tables import Plan

# What users pay: as in the baseline, the plan's own prices, or cost and a margin.
Pricing = Literal["parity", "plan", "cost"]
PRICINGS: tuple[Pricing, ...] = ("parity", "plan", "cost")
# What owners of existing capacity pay in the baseline and in the plan alike is left out.
ONLY_NEW = ("profit_tax", "royalty", "community_fund", "supplier_equity", "fund_equity")


@dataclass(frozen=True)
class Countries:
    """The countries of a ledger, those of the case first, then '' for a place without one, then all others."""

    names: tuple[str, ...]

    def codes(self, words: Sequence[str]) -> Codes:
        """Return the code of each name."""
        place = {name: i for i, name in enumerate(self.names)}
        return np.array([place[word] for word in words], np.int64)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)


@dataclass(frozen=True)
class Ledger:
    """Flows of a plan.

    names : of its assets, new ones first; ground, conditions and parties alike. markets : flows that no term of an asset changes.
    """

    countries: Countries
    horizon: Horizon
    names: tuple[str, ...]
    built: Built
    ground: Ground
    conditions: Conditions
    parties: Parties
    markets: list[Flow]

    @cached_property
    def settled(self) -> Settled:
        """What the assets pay under their conditions."""
        return settle(self.ground, self.conditions, self.horizon)

    @cached_property
    def flows(self) -> list[Flow]:
        """All flows."""
        return [*self.markets, *asset_flows(self.parties, self.conditions, self.ground, self.settled)]


def ledger_of(case: Case, plan: Plan, baseline: Plan | None, *, prices: Pricing = "parity") -> Ledger:
    """Return the ledger of a plan, or of a baseline itself (baseline: None).

    prices : users pay what they paid in the baseline (import parity), but for what the terms give back to them; the plan's own prices; or
    cost and a margin for what is made at home.
    """
    own = prices_of(case, plan)
    horizon, operation, assets = horizon_of(case), operation_of(case, plan, own), built(case, plan)
    shares = shares_of(case, plan, assets, operation.places)
    countries = _countries(case, plan, assets)
    pool = np.zeros((case.size("countries") + 1, case.size("products"), case.size("periods")))
    if prices == "parity" and baseline is not None:
        pool = _pool(case, listed(case, plan["balances"]), own, prices_of(case, baseline))
    elif prices == "cost" and baseline is not None:
        pool = cost_plus_pool(case, operation, shares, assets, own, listed(case, plan["balances"]))
    cash = cash_of(case, operation, shares, len(assets), pool, horizon)
    home = np.concatenate([np.where(assets.country < 0, case.size("countries"), assets.country), np.arange(case.size("countries") + 1)])
    supplier = np.concatenate([countries.codes(assets.supplier), np.arange(case.size("countries") + 1)])
    conditions = _conditions(case, assets)
    parties = _parties(conditions, countries, home, supplier)
    markets = some(chain(market_flows(case, plan, own, countries.codes, horizon), _elsewhere(case, operation, shares, home, horizon)))
    names = (*assets.names(case), *names_of_existing(case))
    return Ledger(countries, horizon, names, assets, _ground(case, assets, cash, horizon), conditions, parties, markets)


def _countries(case: Case, plan: Plan, assets: Built) -> Countries:
    """Return every country that the ledger names."""
    own = conditions_of(case, assets)
    words = [*plan["purchases"].get_column("origin").to_list(), *plan["sales"].get_column("destination").to_list()]
    banks = {word for offer in own.offers for word in (*offer.lender, *offer.insurer)}
    others = sorted({*(word or "" for word in words), *assets.supplier, *own.fund, *banks} - {"", *case.names["countries"]})
    return Countries((*case.names["countries"], "", *others))


def _conditions(case: Case, assets: Built) -> Conditions:
    """Return the conditions of new assets, then of existing capacity: its terms without those on what is new, and no loan."""
    new, old = conditions_of(case, assets), terms_of_countries(case)
    count = case.size("countries") + 1
    terms = {name: np.concatenate([values, np.zeros(count) if name in ONLY_NEW else old[name]]) for name, values in new.terms.items()}
    none = (*case.names["countries"], "")
    return Conditions(terms, new.fund + none, tuple(offer.beside_none(count) for offer in new.offers))


def _parties(conditions: Conditions, countries: Countries, home: Codes, supplier: Codes) -> Parties:
    """Return who the parties of each asset are."""
    banks = tuple(Bank(countries.codes(offer.lender), countries.codes(offer.insurer), offer.public) for offer in conditions.offers)
    return Parties(home, supplier, countries.codes(conditions.fund), banks)


def _elsewhere(case: Case, operation: Operation, shares: Shares, home: Codes, horizon: Horizon) -> Iterator[Flow]:
    """Yield what other markets pay the home market of assets for what they sell there, less what they buy: a package may lie abroad."""
    country = case.country[operation.places.site[shares.place]] if len(shares.place) else np.zeros(0, np.int64)
    there = np.where(country < 0, case.size("countries"), country)
    away = np.flatnonzero(there != home[shares.asset])
    if not len(away):
        return
    place, period, asset = shares.place[away], shares.period[away], shares.asset[away]
    value = shares.share[away] * (operation.sales - operation.inputs)[place, period]
    amounts = np.zeros((len(away), case.size("periods")))
    amounts[np.arange(len(away)), period] = value
    payer, payee = account("market", there[away]), account("market", home[asset])
    yield Flow("trade between countries", payer, payee, horizon.amounts(amounts), np.full(len(away), -1))


def _ground(case: Case, assets: Built, cash: Cash, horizon: Horizon) -> Ground:
    """Return what no term changes."""
    times, rate, old = case.times, case.settings.discount_rate, case.size("countries") + 1
    factor = times.outlay[assets.period] * (1.0 + rate) ** -(assets.opening - times.start[assets.period])
    left = np.where(assets.annual, 0.0, (assets.outlay * factor - assets.present) / horizon.end)
    opening = np.searchsorted(horizon.year, assets.opening - 1e-9).astype(np.int64)
    earns = np.searchsorted(times.start, assets.opening - 1e-9)
    begins = np.append(np.searchsorted(horizon.period, np.arange(len(times.start))), len(horizon))
    first = begins[np.minimum(earns, len(times.start))]
    gone = assets.life - (np.append(times.start, times.end)[np.minimum(earns, len(times.start))] - assets.opening)

    def both(new: np.ndarray, value: float) -> Values:
        return np.concatenate([new.astype(np.float64), np.full(old, value)])

    return Ground(
        cash,
        both(assets.outlay, 0.0),
        both(left, 0.0),
        both(factor, 1.0),
        both(assets.annual, 0.0).astype(bool),
        both(opening, 0).astype(np.int64),
        both(first, 0).astype(np.int64),
        both(np.maximum(gone, 0.0), np.inf),
        horizon.end,
    )


def _pool(case: Case, rows: Listed, own: Prices, before: Prices) -> Values:
    """Return what users would pay in the baseline beyond what they pay in the plan (countries x products x periods)."""
    site, product, period, part = (rows.codes[key] for key in ("site", "product", "period", "slice"))
    served = rows.figures["need"] - rows.figures["unmet"]
    fall = before.at(site, product, period, part) - own.at(site, product, period, part)
    out = np.zeros((case.size("countries") + 1, case.size("products"), case.size("periods")))
    np.add.at(out, (pick(case.country, site), product, period), served * fall)
    return out
