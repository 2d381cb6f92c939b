"""What the capital of an option costs, once it is known how much of it is lent: the rate that its financing asks for.

Of an outlay of 1 owners pay what loans leave, fees and premiums included. The least level payment over the life of the asset that serves
all of its loans, after the tax that their interest saves, and returns to owners what they ask for (their hurdle) is

    a = CRF(h, life) (E + sum over loans j and their years t of (service_j(t) - tax(t) interest_j(t)) / (1 + h)^t)

(flow to equity, as corporate finance has it: Brealey, Myers and Allen 2020). The cost of capital w is the rate with CRF(w, life) = a. Where
loans last as long as the asset and one rate is asked for all, w is that rate. Everything is in constant prices, as the case is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case
from capcoop.errors import UsageError
from capcoop.model.options import recovery_factor
from capcoop.money.gains.assets import Built, every_option
from capcoop.money.gains.conditions import Conditions, Offer, conditions_of
from capcoop.money.gains.together import debt_shares
from capcoop.money.loans import level_shares
from capcoop.money.returns import only_rates

HALVINGS = 80


@dataclass(frozen=True)
class Terms:
    """The terms of capital of each option with one of its loans (n each): rates and shares as fractions, times in years.

    hurdle : what owners ask for. rate, years, front_fee, premium : of the loan. profit_tax, tax_holiday : as in `terms`. life : of the
    asset. profile : how the loan is repaid; sculpted ones on level cash, which makes them annuities.
    """

    hurdle: Values
    profit_tax: Values
    tax_holiday: Values
    rate: Values
    years: Values
    front_fee: Values
    premium: Values
    life: Values
    profile: tuple[str, ...]

    def some(self, rows: Codes) -> Terms:
        """Return the terms of some options."""
        numbers = {name: values[rows] for name, values in vars(self).items() if name != "profile"}
        return Terms(**numbers, profile=tuple(self.profile[i] for i in rows))


@dataclass(frozen=True)
class Capital:
    """The cost of capital of each option (n).

    level : yearly payment per unit of outlay. cost : the cost of capital. debt : what its loans cost all in, after tax; NaN without one.
    """

    level: Values
    cost: Values
    debt: Values


@dataclass(frozen=True)
class Offered:
    """What every option of a case is offered (n): the terms of each of its loans, and whether it is paid yearly.

    most : the most that each loan pays of all uses of money (loans x n; 0: it is not given). owed, guaranteed : the shares of each loan
    that the government owes or guarantees (loans x n).
    """

    loans: tuple[Terms, ...]
    most: Values
    annual: np.ndarray
    owed: Values
    guaranteed: Values

    @property
    def life(self) -> Values:
        """Years that each option lasts (n)."""
        return self.loans[0].life


def offered(case: Case) -> Offered:
    """Return what is offered to every option.

    A loan that outlasts its asset is no loan; what is paid yearly has none. Of several loans the strictest gearing holds for their sum,
    each pays its share of it, and what a loan that is not given would pay is left to owners. Owners whose hurdle is blank ask for the
    discount rate.
    """
    options = every_option(case)
    own = conditions_of(case, options)
    hurdle = np.where(np.isnan(own.terms["hurdle"]), case.settings.discount_rate, own.terms["hurdle"])
    loans = tuple(_terms(offer, own, options, hurdle) for offer in own.offers)
    numbers = {name: np.stack([offer.numbers[name] for offer in own.offers]) for name in ("rate", "years", "share", "gearing")}
    lent = np.stack([one.years >= 1 for one in loans]) & (numbers["gearing"] > 0)
    asked = ~np.isnan(numbers["rate"]) & ~np.isnan(numbers["years"])
    share = debt_shares(numbers["share"], asked) if len(loans) > 1 else np.ones(lent.shape)
    whole = np.where(lent, numbers["gearing"], 1.0).min(axis=0)
    public = (np.stack([offer.numbers[name] for offer in own.offers]) for name in ("owed", "guaranteed"))
    return Offered(loans, np.where(lent, share * whole, 0.0), options.annual, *public)


def _terms(offer: Offer, own: Conditions, options: Built, hurdle: Values) -> Terms:
    numbers = offer.numbers
    years = np.floor(np.nan_to_num(numbers["years"]))
    lent = ~np.isnan(numbers["rate"]) & (years >= 1) & (years <= options.life) & ~options.annual
    rate, front_fee, premium = (np.nan_to_num(numbers[name]) for name in ("rate", "front_fee", "premium"))
    taxes = own.terms["profit_tax"], own.terms["tax_holiday"]
    return Terms(hurdle, *taxes, rate, np.where(lent, years, 0.0), front_fee, premium, options.life, offer.profile)


def debts_of(loans: tuple[Terms, ...], gearing: Values) -> Values:
    """Return each loan per unit of outlay (loans x n) that pays such a share g of all uses, fees and premiums of all loans included.

    D_j = g_j / (1 - sum of g_k (front fee + premium)_k).

    Raises
    ------
    UsageError : fees and premiums eat up what is lent.
    """
    fees = (gearing * _fees(loans)).sum(axis=0)
    if (fees >= 1).any():
        raise UsageError("fees and premium eat up the whole loan; lower them, or the gearing")
    return np.asarray(gearing / (1 - fees))


def _fees(loans: tuple[Terms, ...]) -> Values:
    return np.stack([one.front_fee + one.premium for one in loans])


def capital_of(loans: tuple[Terms, ...], gearing: Values) -> Capital:
    """Return the cost of capital of options of which each loan pays so much (loans x n) of all uses of money.

    Raises
    ------
    UsageError : fees and premiums eat up what is lent.
    """
    own, fees, debt = loans[0], _fees(loans), debts_of(loans, gearing)  # owners, taxes and life are the same beside every loan
    depth = int(max(1, *(one.years.max(initial=0) for one in loans)))
    age = np.arange(depth)
    relief = np.where(age >= own.tax_holiday[:, None], own.profit_tax[:, None], 0.0)
    service = [service_of(one, depth) for one in loans]
    paid = sum(amount[:, None] * (interest * (1 - relief) + principal) for amount, (interest, principal) in zip(debt, service, strict=True))
    discount = np.exp(-np.log1p(own.hurdle)[:, None] * (age + 1))
    equity = 1 + ((fees - 1) * debt).sum(axis=0)
    level = recovery(own.hurdle, own.life) * (equity + (paid * discount).sum(axis=1))
    whole = np.where(np.stack([one.years >= 1 for one in loans]), debt, 0.0).sum(axis=0)
    held = whole > 0
    flows = np.concatenate([((1 - fees) * debt).sum(axis=0)[:, None], -np.asarray(paid)], axis=1)
    unit = np.where(held[:, None], flows / np.where(held, whole, 1.0)[:, None], 0.0)
    return Capital(level, rate_of(level, own.life), np.where(held, only_rates(unit), np.nan))


def service_of(terms: Terms, depth: int) -> tuple[Values, Values]:
    """Return interest and principal (n x depth each) of a loan of 1."""
    equal = np.array([profile == "equal-principal" for profile in terms.profile], bool)
    balance = level_shares(terms.rate, terms.years, depth, equal)
    return terms.rate[:, None] * balance[:, :-1], -np.diff(balance)


def recovery(rate: Values, life: Values) -> Values:
    """Return the capital recovery factor of each rate and life; 1 / life at a rate of 0, the rate where the life is endless."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = rate / -np.expm1(-np.where(np.isinf(life), 0.0, life) * np.log1p(rate))
    return np.where(np.isinf(life), rate, np.where(rate > 0, found, 1.0 / life))


def rate_of(level: Values, life: Values) -> Values:
    """Return the rate w at which CRF(w, life) is a level payment: it lies between 0 and that payment, and is found by halving."""
    low, high = np.zeros(len(level)), level.copy()
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = recovery(middle, life) > level
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(np.isinf(life), level, (low + high) / 2)


def factors_of(case: Case, own: Offered, capital: Capital) -> Values:
    """Return by how much (n) the building costs of each option are multiplied: the level payment over the annuity that the model charges.

    An outlay less its end value is that annuity too, within the horizon. What is paid yearly is nobody's capital: its factor is 1.
    A life without end at a discount rate of 0 has no annuity; the rules of a case refuse it.
    """
    charged = np.asarray(recovery_factor(case.settings.discount_rate, own.life), np.float64)
    return np.where(own.annual, 1.0, capital.level / np.where(own.annual, 1.0, charged))
