"""Flows of markets: what traders buy and sell outside, and what users pay at the plan's own prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case
from capcoop.money.gains.conditions import terms_of_countries
from capcoop.money.gains.flows import ROLES, Account, Flow, account
from capcoop.money.gains.horizon import Horizon
from capcoop.money.gains.operation import Listed, Prices, listed, summed
from capcoop.plan.tables import Plan


@dataclass(frozen=True)
class _Groups:
    """Rows of a table together by country, another country and product; amounts (groups x years)."""

    home: Codes
    other: Codes
    product: Codes
    place: Codes
    period: Codes
    horizon: Horizon

    def amounts(self, values: Values) -> Values:
        """Return yearly amounts of the rows by group and year of the horizon."""
        shape = (len(self.home), int(self.horizon.period.max()) + 1)
        flat = summed(self.place * shape[1] + self.period, values, shape[0] * shape[1])
        return self.horizon.amounts(flat.reshape(shape))


def _grouped(home: Codes, other: Codes, rows: Listed, horizon: Horizon) -> _Groups:
    product = rows.codes["product"]
    most, countries = int(product.max(initial=0)) + 1, int(other.max(initial=0)) + 1
    keys, place = np.unique((home * countries + other) * most + product, return_inverse=True)
    ends, good = np.divmod(keys, most)
    return _Groups(ends // countries, ends % countries, good, place.ravel(), rows.codes["period"], horizon)


def market_flows(case: Case, plan: Plan, prices: Prices, codes: Callable[[Sequence[str]], Codes], horizon: Horizon) -> Iterator[Flow]:
    """Yield the flows of trade and users; `codes` gives those of countries."""
    terms = terms_of_countries(case)
    for table, column, amount in (("purchases", "origin", "cost"), ("sales", "destination", "revenue")):
        rows = listed(case, plan[table])
        other = codes(plan[table].get_column(column).fill_null("").to_list())
        home = _home(case, rows)
        groups = _grouped(home, other, rows, horizon)
        own = prices.at(*(rows.codes[key] for key in ("site", "product", "period", "slice")))
        value, paid = groups.amounts(rows.figures["quantity"] * own), groups.amounts(rows.figures[amount])
        yield from (_bought if table == "purchases" else _sold)(groups, value, paid, terms)
    yield from _across(case, listed(case, plan["flows"]), prices, horizon)
    yield from _used(case, listed(case, plan["balances"]), prices, horizon)


def _home(case: Case, rows: Listed) -> Codes:
    country = case.country[rows.codes["site"]]
    return np.where(country < 0, case.size("countries"), country)


def _bought(groups: _Groups, value: Values, paid: Values, terms: dict[str, Values]) -> Iterator[Flow]:
    """Yield the flows of what is bought: from abroad, or at home (where origin and site lie in one country)."""
    home, other, none = groups.home, groups.other, np.full(len(groups.home), -1)
    market, traders, state = (account(role, home) for role in ("market", "traders", "government"))
    abroad = home != other
    seller = Account(np.where(abroad, ROLES.index("exporters"), ROLES.index("suppliers")), other)
    rate = np.where(abroad, terms["duty"][home], 0.0)
    duty = paid * (rate / (1 + rate))[:, None]
    net = paid - duty
    gain = np.where(abroad, terms["export_margin"][home], 0.0)[:, None]
    premium = np.where(abroad, terms["currency_premium"][home], 0.0)[:, None]
    for kind, payer, payee, amounts in (
        ("purchases", market, traders, value),
        ("purchases from outside", traders, seller, net),
        ("duty", traders, state, duty),
        ("cost of goods", seller, None, (1 - gain) * net),
        ("foreign exchange", state, None, premium * net),
    ):
        yield Flow(kind, payer, payee, amounts, none, groups.product)


def _sold(groups: _Groups, value: Values, paid: Values, terms: dict[str, Values]) -> Iterator[Flow]:
    """Yield the flows of what is sold to outside."""
    home, other, none = groups.home, groups.other, np.full(len(groups.home), -1)
    market, traders, state, buyers = (
        account("market", home),
        account("traders", home),
        account("government", home),
        account("buyers", other),
    )
    premium = np.where(home != other, terms["currency_premium"][home], 0.0)[:, None]
    for kind, payer, payee, amounts in (
        ("purchases for outside", traders, market, value),
        ("sales to outside", buyers, traders, paid),
        ("worth of goods", None, buyers, paid),
        ("foreign exchange", None, state, premium * paid),
    ):
        yield Flow(kind, payer, payee, amounts, none, groups.product)


def _across(case: Case, rows: Listed, prices: Prices, horizon: Horizon) -> Iterator[Flow]:
    """Yield what markets of several countries pay each other for what channels carry between them.

    A channel deals with the market of its own country, where it starts; that one settles with the market where it really buys or sells.
    """
    own = case.country[case["channels"].codes("from")[rows.codes["channel"]]] if rows.length else np.zeros(0, np.int64)
    product, period, part = (rows.codes[key] for key in ("product", "period", "slice"))
    for end, amount, sign in (("to", "arrived", 1), ("from", "sent", -1)):
        there = case.country[rows.codes[end]] if rows.length else own
        buyer, seller = (there, own) if sign > 0 else (own, there)
        buyer, seller = (np.where(country < 0, case.size("countries"), country) for country in (buyer, seller))
        value = rows.figures[amount] * prices.at(rows.codes[end], product, period, part)
        groups = _grouped(buyer, seller, rows, horizon)
        amounts = np.where((groups.home != groups.other)[:, None], groups.amounts(value), 0.0)
        none = np.full(len(groups.home), -1)
        yield Flow(
            "trade between countries", account("market", groups.home), account("market", groups.other), amounts, none, groups.product
        )


def _used(case: Case, rows: Listed, prices: Prices, horizon: Horizon) -> Iterator[Flow]:
    """Yield what users pay at the plan's own prices, and what needs that stay unmet cost them."""
    home = _home(case, rows)
    groups = _grouped(home, home, rows, horizon)
    own = prices.at(*(rows.codes[key] for key in ("site", "product", "period", "slice")))
    users, none = account("users", groups.home), np.full(len(groups.home), -1)
    served = rows.figures["need"] - rows.figures["unmet"]
    yield Flow("needs", users, account("market", groups.home), groups.amounts(served * own), none, groups.product)
    general = 0.0 if case.settings.penalty is None else case.settings.penalty
    stated = case["products"].stated("penalty")
    penalty = np.where(np.isnan(stated), general, stated)[rows.codes["product"]]
    yield Flow("unmet needs", users, None, groups.amounts(rows.figures["unmet"] * penalty), none, groups.product)
