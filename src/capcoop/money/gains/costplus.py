"""Cost-plus prices: users pay for what is made at home what a unit costs to make, capital included, and a margin.

Of joint products each bears the part of a place's cost that it has in the worth of what the place makes. Countries (c), products and
periods are those of the case, and the last country stands for places without one.
"""

from __future__ import annotations

import numpy as np

from capcoop.case.cascade import Codes, Values, pick
from capcoop.case.case import Case
from capcoop.model.options import recovery_factor
from capcoop.money.gains.assets import Built, Shares
from capcoop.money.gains.conditions import terms_of_countries
from capcoop.money.gains.operation import Listed, Operation, Prices


def cost_plus_pool(case: Case, operation: Operation, shares: Shares, assets: Built, own: Prices, balances: Listed) -> Values:
    """Return what users pay beyond the plan's own prices, for what is made in their country (c x products x periods).

    A maker gets (1 + price_margin) x unit cost for what users at home get of it, in place of the plan's price where it is made; on the
    way to them goods cost what the plan's prices differ by. What is imported keeps the plan's own price.
    """
    place, product, period, amount = operation.made
    home = pick(case.country, operation.places.site)[place]
    shape = (case.size("countries") + 1, case.size("products"), case.size("periods"))
    price = own.at(operation.places.site[place], product, period, np.full(len(place), -1))
    cost = _borne(operation, place, period, amount, amount * price) * _yearly_cost(case, operation, shares, assets)[place, period]

    def summed(values: Values) -> Values:
        out = np.zeros(shape)
        np.add.at(out, (home, product, period), values)
        return out

    made = summed(amount)
    beyond = (1 + terms_of_countries(case)["price_margin"])[:, None, None] * summed(cost) - summed(amount * price)
    served = np.zeros(shape)
    at = (pick(case.country, balances.codes["site"]), balances.codes["product"], balances.codes["period"])
    np.add.at(served, at, balances.figures["need"] - balances.figures["unmet"])
    return np.asarray(beyond * np.divide(np.minimum(served, made), made, out=np.zeros(shape), where=made > 0))


def _borne(operation: Operation, place: Codes, period: Codes, amount: Values, worth: Values) -> Values:
    """Return the share of its place's cost that each product bears: by worth, or by amount where all of it is worth nothing."""

    def part(values: Values) -> tuple[Values, Values]:
        whole = np.zeros(operation.sales.shape)
        np.add.at(whole, (place, period), values)
        own = whole[place, period]
        return np.divide(values, own, out=np.zeros(len(values)), where=own > 0), own

    worthy = np.maximum(worth, 0.0)
    (by_worth, whole), (by_amount, _) = part(worthy), part(amount)
    return np.where(whole > 0, by_worth, by_amount)


def _yearly_cost(case: Case, operation: Operation, shares: Shares, assets: Built) -> Values:
    """Return what each place costs a year (places x periods): inputs at the plan's prices, running, fixed, and capital of what is new.

    Capital is an annuity at the discount rate over the life. That of an asset in several places falls on each by what it sells there.
    """
    outlay, rate = assets.outlay, case.settings.discount_rate
    yearly = np.where(assets.annual, outlay, outlay * recovery_factor(rate, assets.life))
    asset, place, period = shares.asset, shares.place, shares.period
    weight = np.maximum(shares.share * operation.sales[place, period], 0.0)
    whole, count = (np.zeros((len(assets), case.size("periods"))) for _ in range(2))
    np.add.at(whole, (asset, period), weight)
    np.add.at(count, (asset, period), 1.0)
    own = whole[asset, period]
    part = np.divide(weight, own, out=1.0 / count[asset, period], where=own > 0)
    capital = np.zeros(operation.sales.shape)
    np.add.at(capital, (place, period), part * yearly[asset])
    return np.asarray(operation.inputs + operation.running + operation.fixed + capital)
