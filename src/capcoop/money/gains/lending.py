"""The loans of assets: how much each lends, what is paid on it, and the tax that its interest saves.

Rows are assets, or assets times deals (n). A loan is drawn when the asset opens and served from its first year on; where it outlasts the
horizon, the cash of the last year stands for the years after, and what is then owed is paid back at the end, out of what the asset is still
worth. Several loans of an asset are sized together: their shares of the debt are given, and all of their service counts in the coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.money.gains.conditions import Conditions, Offer
from capcoop.money.gains.ground import Flags, Ground
from capcoop.money.gains.together import together
from capcoop.money.loans import Loan, Operation, Sized, size_loans


@dataclass(frozen=True)
class Schedule:
    """A loan (n) as agreed, whatever the horizon: interest, principal and what is owed before them by year of operation (n x depth)."""

    interest: Values
    principal: Values
    balance: Values


@dataclass(frozen=True)
class Lent:
    """One loan of each row: amounts once (n), and by year of the horizon (n x years).

    raised : what the lender raises for it, where its funding rate is known. left : owed at the end of the horizon. schedule : as agreed.
    """

    name: str
    amount: Values
    front_fee: Values
    premium: Values
    raised: Values
    left: Values
    interest: Values
    principal: Values
    balance: Values
    cost_of_funds: Values
    loss: Values
    claims: Values
    schedule: Schedule


@dataclass(frozen=True)
class Debt:
    """All loans of each row together, each alone, and the tax and depreciation that follow (n, or n x years)."""

    lent: tuple[Lent, ...]
    tax: Values
    depreciation: Values

    def _sum(self, name: str) -> Values:
        first, *others = (getattr(one, name) for one in self.lent)
        return np.asarray(sum(others, first))

    @property
    def amount(self) -> Values:
        """What is lent (n)."""
        return self._sum("amount")

    @property
    def front_fee(self) -> Values:
        """Fees at the start (n)."""
        return self._sum("front_fee")

    @property
    def premium(self) -> Values:
        """Premiums at the start (n)."""
        return self._sum("premium")

    @property
    def left(self) -> Values:
        """What is owed at the end of the horizon (n)."""
        return self._sum("left")

    @property
    def interest(self) -> Values:
        """Interest (n x years)."""
        return self._sum("interest")

    @property
    def principal(self) -> Values:
        """Principal (n x years)."""
        return self._sum("principal")


@dataclass(frozen=True)
class _Drawn:
    """A loan of each row before it is laid into the years of the horizon: amounts once (n), schedule."""

    amount: Values
    front_fee: Values
    premium: Values
    schedule: Schedule


def borrowed(ground: Ground, conditions: Conditions, before_tax: Values) -> Debt:
    """Return the loans and the tax of each row; before_tax : cash of operation (n x years)."""
    years = before_tax.shape[1]
    terms = [np.nan_to_num(offer.numbers["years"]).astype(np.int64) for offer in conditions.offers]
    depth = int(max(years, 1, *(term.max(initial=0) for term in terms)))
    operation = _by_age(ground, conditions, before_tax, depth)
    if len(conditions.offers) == 1:
        drawn = [_alone(ground, conditions.offers[0], operation, terms[0])]
    else:
        drawn = _beside(ground, conditions.offers, operation, terms)
    interest = sum((one.schedule.interest for one in drawn[1:]), drawn[0].schedule.interest)
    uses = ground.outlay + sum(one.front_fee + one.premium for one in drawn)
    depreciation = np.where(ground.annual[:, None], 0.0, operation.depreciation(uses))
    tax = operation.taxes * np.maximum(operation.cash - interest - depreciation, 0.0)
    of_year = _calendar(ground, years, tax, depreciation)
    lent = tuple(_laid(ground, offer, one, years) for offer, one in zip(conditions.offers, drawn, strict=True))
    return Debt(lent, *of_year)


def _laid(ground: Ground, offer: Offer, drawn: _Drawn, years: int) -> Lent:
    """Return a loan by year of the horizon; interest alone is due from the opening until the first year of operation."""
    own, amount, loans = drawn.schedule, drawn.amount, offer.numbers
    interest, principal, balance = _calendar(ground, years, own.interest, own.principal, own.balance)
    year = np.arange(years)
    owed = np.where((year >= ground.opening[:, None]) & (year < ground.first[:, None]), amount[:, None], 0.0)
    interest += owed * np.nan_to_num(loans["rate"])[:, None]
    balance += owed
    known = ~np.isnan(loans["funding_rate"])
    funds = np.where(known[:, None], np.nan_to_num(loans["funding_rate"])[:, None] * balance + principal, 0.0)
    loss = np.nan_to_num(loans["default_probability"] * loans["loss_given_default"])[:, None] * balance
    claims = np.nan_to_num(loans["cover"])[:, None] * loss
    left = amount - principal.sum(axis=1)
    once = (amount, drawn.front_fee, drawn.premium, np.where(known, amount, 0.0), left)
    return Lent(offer.name, *once, interest, principal, balance, funds, loss, claims, own)


def _alone(ground: Ground, offer: Offer, operation: Operation, term: Codes) -> _Drawn:
    """Return the only loan of each row."""
    loans, count, depth = offer.numbers, len(ground), operation.cash.shape[1]
    amount, front_fee, premium = np.zeros(count), np.zeros(count), np.zeros(count)
    interest, principal, balance = (np.zeros((count, depth)) for _ in range(3))
    sound, profile = sound_rows(ground, offer, operation, term), np.array(offer.profile)
    # Rows whose loans have the same years and profile are sized together.
    for years, how in sorted({(int(term[i]), str(profile[i])) for i in np.flatnonzero(sound)}):
        rows = np.flatnonzero(sound & (term == years) & (profile == how))
        own = {name: loans[name][rows] for name in ("rate", "coverage", "gearing", "front_fee", "premium")}
        loan = Loan(years=years, profile=how, **own)  # type: ignore[arg-type]
        sized = size_loans(ground.outlay[rows, None], _rows(operation, rows), loan)
        amount[rows] = sized.debt
        front_fee[rows], premium[rows] = loan.front_fee * sized.debt, sized.premium * sized.debt
        for whole, part in zip((interest, principal, balance), _service(sized), strict=True):
            whole[rows, : part.shape[1]] = part
    return _Drawn(amount, front_fee, premium, Schedule(interest, principal, balance))


def _beside(ground: Ground, offers: tuple[Offer, ...], operation: Operation, terms: list[Codes]) -> list[_Drawn]:
    """Return each of several loans of each row, sized together."""
    sound = np.stack([sound_rows(ground, offer, operation, term) for offer, term in zip(offers, terms, strict=True)])
    found = together(ground.outlay, operation, offers, sound)
    return [
        _Drawn(
            found.amount[j],
            np.nan_to_num(offer.numbers["front_fee"]) * found.amount[j],
            np.nan_to_num(offer.numbers["premium"]) * found.amount[j],
            Schedule(found.interest[j], found.principal[j], found.balance[j]),
        )
        for j, offer in enumerate(offers)
    ]


def sound_rows(ground: Ground, offer: Offer, operation: Operation, term: Codes) -> Flags:
    """Return which rows a lender finances: not what is leased, lives shorter than the loan, or does not earn in every year of it."""
    loans = offer.numbers
    asked = ~np.isnan(loans["rate"]) & (term >= 1) & (ground.outlay > 0) & ~ground.annual & (loans["gearing"] > 0)
    within = np.arange(operation.cash.shape[1]) < term[:, None]
    return np.asarray(asked & (term <= ground.life) & (np.where(within, operation.cash, 1.0) > 0).all(axis=1))


def _service(sized: Sized) -> tuple[Values, Values, Values]:
    return sized.repayment.interest, sized.repayment.principal, sized.repayment.opening


def _rows(operation: Operation, rows: Codes) -> Operation:
    """Return the operation of some rows."""
    return Operation(operation.cash[rows], operation.taxes[rows], np.asarray(operation.depreciation_years)[rows])


def _by_age(ground: Ground, conditions: Conditions, before_tax: Values, depth: int) -> Operation:
    """Return cash before tax and tax by year of operation (n x depth); the last year of the horizon stands for those after it."""
    age, years = np.arange(depth), before_tax.shape[1]
    at = np.minimum(ground.first[:, None] + age, years - 1)
    alive = (age < ground.life[:, None]) & (ground.first < years)[:, None]
    cash = np.where(alive, np.take_along_axis(before_tax, at, 1), 0.0)
    terms = conditions.terms
    tax = np.where(age >= terms["tax_holiday"][:, None], terms["profit_tax"][:, None], 0.0)
    finite = np.where(np.isfinite(ground.life), ground.life, depth)
    years_of_depreciation = np.where(np.isnan(terms["depreciation_years"]), np.maximum(finite, 1.0), terms["depreciation_years"])
    return Operation(cash, tax, years_of_depreciation)


def _calendar(ground: Ground, years: int, *parts: Values) -> list[Values]:
    """Return parts by year of operation (n x depth) by year of the horizon (n x years)."""
    age, stands = np.maximum(np.arange(years) - ground.first[:, None], 0), ground.stands(years)
    return [np.where(stands, np.take_along_axis(part, age, 1), 0.0) for part in parts]
