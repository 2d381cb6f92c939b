"""Several loans of an asset sized together: the largest debt whose whole service keeps the coverage, each loan a given share of it.

Arrays have an axis of loans (m), one of rows (n) and one of years of operation. A sculpted loan is served in proportion to the cash after
tax of its years. Interest saves tax, and tax moves cash, so that debt and tax are found together (fixed point).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Values
from capcoop.money.gains.conditions import Offer
from capcoop.money.loans import Operation

ROUNDS, CLOSE = 200, 1e-13


@dataclass(frozen=True)
class Together:
    """Loans: amounts (m x n), and interest, principal and what is owed before them (m x n x years)."""

    amount: Values
    interest: Values
    principal: Values
    balance: Values


def debt_shares(stated: Values, offered: np.ndarray) -> Values:
    """Return each loan's share of the debt (m x n): what is stated, else an equal part of what others leave; 0 where not offered."""
    blank = offered & np.isnan(stated)
    own = np.where(offered, np.nan_to_num(stated), 0.0)
    rest = np.maximum(1.0 - own.sum(axis=0), 0.0)
    return np.asarray(np.where(blank, rest / np.maximum(blank.sum(axis=0), 1), own))


def together(outlay: Values, operation: Operation, offers: tuple[Offer, ...], sound: np.ndarray) -> Together:
    """Return the loans of each row.

    sound : which of them a lender gives (m x n); what gearing allows another one is left to owners. The strictest coverage and gearing
    of all that are given hold for their sum.
    """
    terms = {name: np.stack([offer.numbers[name] for offer in offers]) for name in offers[0].numbers}
    share = np.where(sound, debt_shares(terms["share"], ~np.isnan(terms["rate"]) & ~np.isnan(terms["years"])), 0.0)
    rate, years = (np.where(sound, np.nan_to_num(terms[name]), 0.0)[..., None] for name in ("rate", "years"))
    coverage = np.where(sound, terms["coverage"], 1.0).max(axis=0)
    gearing = np.where(sound, terms["gearing"], 1.0).min(axis=0) * share.sum(axis=0)
    fees = (share * np.nan_to_num(terms["front_fee"] + terms["premium"])).sum(axis=0)
    whole = share.sum(axis=0)
    fee = np.divide(fees, whole, out=np.zeros_like(fees), where=whole > 0)
    most = gearing * outlay / (1 - gearing * fee)
    kinds = np.array([offer.profile for offer in offers])[..., None]
    unit = np.divide(share, whole, out=np.zeros_like(share), where=whole > 0)
    debt, interest = most, np.zeros((len(offers), *operation.cash.shape))
    for _ in range(ROUNDS):
        after = operation.cash - operation.taxes * np.maximum(
            operation.cash - operation.depreciation(outlay + fee * debt) - interest.sum(axis=0), 0.0
        )
        service = _unit_service(after, rate, years, kinds) * unit[..., None]
        asked = coverage[:, None] * service.sum(axis=0)
        carried = np.divide(after, asked, out=np.full(after.shape, np.inf), where=asked > 0).min(axis=1)
        now = np.maximum(np.minimum(most, carried), 0.0)
        service = service * now[:, None]
        balance = _balances(unit * now, rate, service)
        old, before, interest, debt = interest, debt, rate * balance, now
        if np.allclose(debt, before, rtol=CLOSE, atol=0) and np.allclose(interest, old, rtol=CLOSE, atol=CLOSE):
            break
    return Together(unit * debt, interest, service - interest, balance)


def _unit_service(after: Values, rate: Values, years: Values, kinds: np.ndarray) -> Values:
    """Return the service of a loan of 1 by year (m x n x years): level, falling with the interest, or in proportion to the cash."""
    age = np.arange(after.shape[1])
    inside = age < years
    count = np.maximum(years, 1.0)
    level = np.where(rate > 0, rate / (1 - (1 + np.where(rate > 0, rate, 1.0)) ** -count), 1 / count)
    falling = 1 / count + rate * (1 - age / count)
    worth = np.where(inside, after * (1 + rate) ** -(age + 1.0), 0.0).sum(axis=-1, keepdims=True)
    sculpted = np.divide(after, worth, out=np.zeros((*inside.shape[:2], len(age))), where=worth > 0)
    return np.asarray(np.where(inside, np.where(kinds == "annuity", level, np.where(kinds == "sculpted", sculpted, falling)), 0.0))


def _balances(amount: Values, rate: Values, service: Values) -> Values:
    """Return what is owed before the payment of each year (m x n x years)."""
    balance = np.zeros(service.shape)
    owed = amount
    for year in range(service.shape[-1]):
        balance[..., year] = owed
        owed = owed * (1 + rate[..., 0]) - service[..., year]
        owed = np.where(np.abs(owed) <= 1e-12 * amount, 0.0, owed)
    return balance
