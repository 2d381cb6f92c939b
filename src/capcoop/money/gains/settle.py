"""What each new asset pays to whom: outlay and its financing, operation, tax, debt service, and what is left to owners.

Rows are assets, or assets times deals: all arrays have one row each (n) and, where years matter, a column for each year of the horizon.
Money is in constant prices. A loan is drawn when the asset opens and served from its first year on; where it outlasts the horizon, the
cash of the last year stands for the years after, and what is then owed is paid back at the end, out of what the asset is still worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.money.gains.assets import Cash
from capcoop.money.gains.conditions import Conditions
from capcoop.money.gains.horizon import Horizon
from capcoop.money.loans import Loan, Operation, Sized, size_loans

Flags = np.ndarray


@dataclass(frozen=True)
class Ground:
    """What no term changes: the money of each row before any sharing.

    cash : years of operation. outlay, end_value : once (n). opening_factor, end_factor : present value of 1 paid when the asset opens,
    and at the end. annual : is the outlay paid in every year it stands? opening : index of the year it opens; first : of the first
    year it earns, as what opens within a period earns from the next on. life : its years from then on.
    """

    cash: Cash
    outlay: Values
    end_value: Values
    opening_factor: Values
    annual: Flags
    opening: Codes
    first: Codes
    life: Values
    end_factor: float

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.outlay)

    def repeated(self, times: int) -> Ground:
        """Return all rows so many times over."""
        cash = Cash(*(np.tile(own, (times, 1)) for own in vars(self.cash).values()))
        once = (self.outlay, self.end_value, self.opening_factor, self.annual, self.opening, self.first, self.life)
        outlay, end_value, opening_factor, annual, opening, first, life = (np.tile(own, times) for own in once)
        return Ground(cash, outlay, end_value, opening_factor, annual, opening, first, life, self.end_factor)

    def stands(self, years: int) -> Flags:
        """Return whether each stands in each year (n x years)."""
        age = np.arange(years) - self.first[:, None]
        return np.asarray((age >= 0) & (age < self.life[:, None]))


@dataclass(frozen=True)
class Lent:
    """Loans (n) as agreed, whatever the horizon: interest, principal and what is owed before them by year of operation (n x depth)."""

    amount: Values
    interest: Values
    principal: Values
    balance: Values


@dataclass(frozen=True)
class Settled:
    """Yearly payments (n x years) and those made once (n), at opening or at the end of the horizon.

    once : equipment, equipment duty, local works, building wages, funds raised, loan, front fee, premium, equity; at opening.
    ended : the balance of the loan that is paid back at the end, and the value left in the asset.
    yearly : everything else. balance : of the loan at the start of each year. financed : whether a loan was given. lent : loans as agreed.
    """

    once: dict[str, Values]
    ended: dict[str, Values]
    yearly: dict[str, Values]
    balance: Values
    financed: Flags
    lent: Lent


def settle(ground: Ground, conditions: Conditions, horizon: Horizon) -> Settled:
    """Return all payments of each row under its conditions."""
    terms, cash, years = conditions.terms, ground.cash, len(horizon)

    def share(name: str) -> Values:
        return terms[name][:, None]

    parts = _outlay_parts(ground, terms)
    paid_yearly = np.where(ground.annual[:, None] & ground.stands(years), horizon.share, 0.0)
    lease = {name: amount[:, None] * paid_yearly for name, amount in parts.items()}
    once = {name: np.where(ground.annual, 0.0, amount) for name, amount in parts.items()}
    parity = (1 - share("users_share")) * cash.parity
    costs = cash.running + cash.fixed
    damage = share("carbon_price") * cash.emissions
    yearly = {
        "sales": cash.sales,
        "parity": parity,
        "inputs": cash.inputs,
        "running cost": (1 - share("running_wages")) * costs,
        "running wages": share("running_wages") * costs,
        "royalty": share("royalty") * np.maximum(cash.sales + parity, 0.0),
        "carbon payment": share("carbon_payment") * damage,
        **lease,
    }
    earned = yearly["sales"] + yearly["parity"]
    before_tax = earned - sum(amount for name, amount in yearly.items() if name not in {"sales", "parity"})
    debt = _financed(ground, conditions, before_tax)
    service, tax = debt.interest + debt.principal, debt.tax
    profit = before_tax - tax - debt.interest - debt.depreciation
    yearly |= {"profit tax": tax, "interest": debt.interest, "principal": debt.principal}
    yearly["community fund"] = share("community_fund") * np.maximum(profit, 0.0)
    yearly["dividends"] = before_tax - tax - service - yearly["community fund"]
    yearly |= {"damage": damage, "time in transit": cash.transit, "cost of funds": debt.cost_of_funds}
    loss = np.nan_to_num(conditions.loans["default_probability"] * conditions.loans["loss_given_default"])[:, None] * debt.balance
    yearly |= {"expected loss": loss, "claims": np.nan_to_num(conditions.loans["cover"])[:, None] * loss}
    raised = np.where(np.isnan(conditions.loans["funding_rate"]), 0.0, debt.amount)
    once |= {"funds raised": raised, "loan": debt.amount, "front fee": debt.front_fee, "premium": debt.premium}
    once["equity"] = np.where(ground.annual, 0.0, ground.outlay) + debt.front_fee + debt.premium - debt.amount
    ended = {"balance": debt.left, "cost of funds": np.where(raised > 0, debt.left, 0.0), "end value": ground.end_value}
    return Settled(once, ended, yearly, debt.balance, debt.amount > 0, debt.lent)


def _outlay_parts(ground: Ground, terms: dict[str, Values]) -> dict[str, Values]:
    """Return the outlay as equipment from abroad, its duty, local works and wages (n each)."""
    local, foreign = terms["local_share"] * ground.outlay, (1 - terms["local_share"]) * ground.outlay
    duty = foreign * terms["equipment_duty"] / (1 + terms["equipment_duty"])
    wages = terms["building_wages"] * local
    return {"equipment": foreign - duty, "equipment duty": duty, "local works": local - wages, "building wages": wages}


@dataclass(frozen=True)
class _Debt:
    """Loans of the rows: amounts once (n), and by year of the horizon (n x years)."""

    lent: Lent
    amount: Values
    front_fee: Values
    premium: Values
    left: Values
    funding_rate: Values
    interest: Values
    principal: Values
    balance: Values
    tax: Values
    depreciation: Values

    @property
    def cost_of_funds(self) -> Values:
        """What the lender pays for its own money: nothing is said where its rate is unknown."""
        own = self.funding_rate[:, None] * self.balance + self.principal
        return np.where(np.isnan(self.funding_rate)[:, None], 0.0, own)


def _financed(ground: Ground, conditions: Conditions, before_tax: Values) -> _Debt:
    """Return the loans and the tax of each row."""
    loans, count, years = conditions.loans, len(ground), before_tax.shape[1]
    term = np.nan_to_num(loans["years"]).astype(np.int64)
    depth = int(max(years, term.max(initial=0), 1))
    operation = _by_age(ground, conditions, before_tax, depth)
    amount, front_fee, premium = np.zeros(count), np.zeros(count), np.zeros(count)
    interest, principal, balance = (np.zeros((count, depth)) for _ in range(3))
    uses = ground.outlay.copy()
    for rows, loan in _offers(ground, conditions, operation, term):
        sized = size_loans(ground.outlay[rows, None], _rows(operation, rows), loan)
        amount[rows], uses[rows] = sized.debt, sized.uses[:, 0]
        front_fee[rows], premium[rows] = loan.front_fee * sized.debt, sized.premium * sized.debt
        for whole, part in zip((interest, principal, balance), _service(sized), strict=True):
            whole[rows, : part.shape[1]] = part
    depreciation = np.where(ground.annual[:, None], 0.0, operation.depreciation(uses))
    base = operation.cash - interest - depreciation
    tax = operation.taxes * np.maximum(base, 0.0)
    of_year = _calendar(ground, years, interest, principal, balance, tax, depreciation)
    year = np.arange(years)
    owed = np.where((year >= ground.opening[:, None]) & (year < ground.first[:, None]), amount[:, None], 0.0)
    of_year[0] += owed * np.nan_to_num(loans["rate"])[:, None]
    of_year[2] += owed
    left = amount - of_year[1].sum(axis=1)
    lent = Lent(amount, interest, principal, balance)
    return _Debt(lent, amount, front_fee, premium, left, loans["funding_rate"], *of_year)


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


def _offers(ground: Ground, conditions: Conditions, operation: Operation, term: Codes) -> list[tuple[Codes, Loan]]:
    """Return the rows that a lender finances, together where their loans have the same years and profile.

    No lender finances what is leased, what lives shorter than the loan, or what does not earn in every year of the loan.
    """
    loans = conditions.loans
    asked = ~np.isnan(loans["rate"]) & (term >= 1) & (ground.outlay > 0) & ~ground.annual & (loans["gearing"] > 0)
    within = np.arange(operation.cash.shape[1]) < term[:, None]
    sound = asked & (term <= ground.life) & (np.where(within, operation.cash, 1.0) > 0).all(axis=1)
    profile = np.array(conditions.profile)
    offers = []
    for years, how in sorted({(int(term[i]), str(profile[i])) for i in np.flatnonzero(sound)}):
        rows = np.flatnonzero(sound & (term == years) & (profile == how))
        own = {name: loans[name][rows] for name in ("rate", "coverage", "gearing", "front_fee", "premium")}
        offers.append((rows, Loan(years=years, profile=how, **own)))  # type: ignore[arg-type]
    return offers
