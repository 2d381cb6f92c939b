"""What the capital of an option costs, once it is known how much of it is lent: the rate that its financing asks for.

Of an outlay of 1 owners pay what the loan leaves, fees and premium included. The least level payment over the life of the asset that serves
the loan, after the tax that its interest saves, and returns to owners what they ask for (their hurdle) is

    a = CRF(h, life) (E + sum over years t of the loan of (service(t) - tax(t) interest(t)) / (1 + h)^t)

(flow to equity, as corporate finance has it: Brealey, Myers and Allen 2020). The cost of capital w is the rate with CRF(w, life) = a. Where
the loan lasts as long as the asset and one rate is asked for all, w is that rate. Everything is in constant prices, as the case is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import Case
from capcoop.model.options import recovery_factor
from capcoop.money.gains.assets import every_option
from capcoop.money.gains.conditions import conditions_of
from capcoop.money.loans import Loan, debt_at, level_shares
from capcoop.money.returns import only_rates

HALVINGS = 80


@dataclass(frozen=True)
class Terms:
    """The terms of capital of each option (n each): rates and shares as fractions, times in years.

    hurdle : what owners ask for. rate, years, front_fee, premium : of its loan. profit_tax, tax_holiday : as in `terms`. life : of the
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

    level : yearly payment per unit of outlay. cost : the cost of capital. debt : what the loan costs all in, after tax; NaN without one.
    """

    level: Values
    cost: Values
    debt: Values


@dataclass(frozen=True)
class Offered:
    """What every option of a case is offered (n): its terms, the most gearing of its loan (0: none), and whether it is paid yearly.

    owed, guaranteed : the shares of its loan that the government owes or guarantees.
    """

    terms: Terms
    most: Values
    annual: np.ndarray
    owed: Values
    guaranteed: Values


def offered(case: Case) -> Offered:
    """Return what is offered to every option.

    A loan that outlasts its asset is no loan; what is paid yearly has none. Owners whose hurdle is blank ask for the discount rate.
    """
    options = every_option(case)
    own = conditions_of(case, options)
    loans, terms = own.loans, own.terms
    years = np.floor(np.nan_to_num(loans["years"]))
    lent = ~np.isnan(loans["rate"]) & (years >= 1) & (years <= options.life) & ~options.annual
    hurdle = np.where(np.isnan(terms["hurdle"]), case.settings.discount_rate, terms["hurdle"])
    zero = np.nan_to_num
    return Offered(
        Terms(
            hurdle,
            terms["profit_tax"],
            terms["tax_holiday"],
            zero(loans["rate"]),
            np.where(lent, years, 0.0),
            zero(loans["front_fee"]),
            zero(loans["premium"]),
            options.life,
            own.profile,
        ),
        np.where(lent, loans["gearing"], 0.0),
        options.annual,
        loans["owed"],
        loans["guaranteed"],
    )


def capital_of(terms: Terms, gearing: Values) -> Capital:
    """Return the cost of capital of options of which a loan pays so much (n) of all uses of money.

    Raises
    ------
    UsageError : fees and premium eat up the whole loan.
    """
    fees = terms.front_fee + terms.premium
    unit = np.ones((len(gearing), 1))
    loan = Loan(terms.rate, 1, front_fee=terms.front_fee, premium=terms.premium)
    debt = debt_at(unit, loan, terms.premium, np.zeros(len(gearing)), gearing)
    interest, principal = service_of(terms)
    age = np.arange(interest.shape[1])
    relief = np.where(age >= terms.tax_holiday[:, None], terms.profit_tax[:, None], 0.0)
    paid = interest * (1 - relief) + principal
    discount = np.exp(-np.log1p(terms.hurdle)[:, None] * (age + 1))
    equity = 1 + (fees - 1) * debt
    level = recovery(terms.hurdle, terms.life) * (equity + debt * (paid * discount).sum(axis=1))
    lent = np.concatenate([(1 - fees)[:, None], -paid], axis=1)
    held = (debt > 0) & (terms.years >= 1)
    return Capital(level, rate_of(level, terms.life), np.where(held, only_rates(np.where(held[:, None], lent, 0.0)), np.nan))


def service_of(terms: Terms) -> tuple[Values, Values]:
    """Return interest and principal (n x years each) of a loan of 1."""
    depth = int(max(terms.years.max(initial=0), 1))
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
    charged = np.asarray(recovery_factor(case.settings.discount_rate, own.terms.life), np.float64)
    return np.where(own.annual, 1.0, capital.level / np.where(own.annual, 1.0, charged))
