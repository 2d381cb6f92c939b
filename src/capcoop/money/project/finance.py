"""A single project and its loan: who pays and receives what in each year, ratios, and returns to owners, lender and insurer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from capcoop.errors import UsageError, printable
from capcoop.money.loans import PROFILES, Floats, Loan, Operation, Sized, size_loans
from capcoop.money.premium import Cover
from capcoop.money.returns import Rates, internal_rates

ARRANGEMENT = "OECD Arrangement on export credits"


@dataclass(frozen=True)
class Project:
    """Outlays at t = 0..T (n x T + 1), cash of operation before tax in each year after (n x years), tax and depreciation; n projects."""

    capital: Floats
    operation: Operation


@dataclass(frozen=True, eq=False)
class Financed:
    """Projects with their loans. Flows (n x years) go from t = 0 to the last year of operation, positive where the party receives.

    project : outlays and cash after tax, before any financing. owners, lender, insurer : their flows; the lender's with its fees, the
    premium goes to the insurer. They add up to the project's flows year by year; a reserve account moves money between years.
    """

    loan: Loan
    sized: Sized
    cash: Floats
    tax: Floats
    project: Floats
    owners: Floats
    lender: Floats
    insurer: Floats

    @property
    def coverage(self) -> Floats:
        """The debt-service coverage ratio (n x years of the loan)."""
        repayment = self.sized.repayment
        return np.asarray(repayment.cash / repayment.service)

    @property
    def loan_life_coverage(self) -> Floats:
        """The present value of the cash until maturity over the balance, at the start of each year of the loan (n x years)."""
        return self._covered(self.sized.repayment.cash)

    @property
    def project_life_coverage(self) -> Floats:
        """The same with the cash until the end of the project."""
        return self._covered(self.cash)

    def _covered(self, cash: Floats) -> Floats:
        factors = (1 + self.loan.rate) ** -np.arange(1.0, cash.shape[1] + 1)
        ahead = np.cumsum((cash * factors)[:, ::-1], axis=1)[:, ::-1] / (factors * (1 + self.loan.rate))
        return np.asarray(ahead[:, : self.loan.years] / self.sized.repayment.opening)

    @property
    def during_construction(self) -> dict[str, Floats]:
        """Sums (n) until operation: interest, commitment fee, front fee, premium, reserve account."""
        sized, loan, balance = self.sized, self.loan, _opening(self.sized)
        return {
            "interest": loan.rate * balance[:, 1:].sum(axis=1),
            "commitment fee": loan.commitment_fee * (sized.debt[:, None] - balance[:, 1:]).sum(axis=1),
            "front fee": loan.front_fee * sized.debt,
            "premium": sized.premium * sized.debt,
            "reserve account": sized.reserve * sized.debt,
        }

    def cost_of_debt(self, index: int = 0) -> Rates:
        """Return the yearly cost of loan and insurance of one project together, as the internal rate of what both receive."""
        return internal_rates(self.lender[index] + self.insurer[index])


def _opening(sized: Sized) -> Floats:
    """Return the balance at the start of each year of construction (n x T + 1)."""
    return np.cumsum(sized.draws, axis=1) - sized.draws


def project(capital: ArrayLike, cash: ArrayLike, tax: float = 0.0, depreciation_years: int | None = None) -> Project:
    """Return projects of outlays (n x T + 1) and yearly cash of operation (n x years); a single one may have rows alone.

    Raises
    ------
    UsageError : no outlay, no year of operation, a number that is missing or infinite, or a tax outside 0 to 1.
    """
    outlays, income = (np.atleast_2d(np.asarray(values, dtype=np.float64)) for values in (capital, cash))
    for values, what in ((outlays, "outlays of construction"), (income, "the cash of operation")):
        if values.ndim != 2 or not values.size or not np.isfinite(values).all():
            raise UsageError(f"{what}: write one number a year, none missing and none infinite")
    if len(outlays) != len(income):
        raise UsageError(f"{len(outlays)} projects have outlays, but {len(income)} have cash")
    if (outlays < 0).any() or not (outlays.sum(axis=1) > 0).all():
        raise UsageError("outlays of construction are amounts spent: none negative, and more than nothing in all")
    if not 0 <= tax < 1:
        raise UsageError(f"the tax rate is {tax:g}, but lies between 0 and 1")
    years = income.shape[1] if depreciation_years is None else depreciation_years
    if not years >= 1:
        raise UsageError(f"depreciation takes a year or more, not {years:g}")
    return Project(outlays, Operation(income, tax, years))


def finance(what: Project, loan: Loan) -> Financed:
    """Return projects with the largest loans that their cash carries within the terms.

    Raises
    ------
    UsageError : a term breaks a rule: all that do are named in one message.
    """
    wrong = refusals(what, loan)
    if wrong:
        raise UsageError("; ".join(wrong))
    sized = size_loans(what.capital, what.operation, loan)
    repayment = sized.repayment
    short = repayment.principal < -1e-9 * sized.debt[:, None]
    if short.any():
        year = int(short.any(axis=0).argmax()) + 1
        raise UsageError(f"in year {year} of operation the cash does not pay the interest; lengthen the loan, or start it later")
    tax = what.operation.taxed(repayment.interest, sized.uses.sum(axis=1))
    after = what.operation.cash - tax
    return Financed(loan, sized, after, tax, *_flows(what, loan, sized, after))


def _flows(what: Project, loan: Loan, sized: Sized, after: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the flows of the projects, their owners, lenders and insurers (n x all years each)."""
    balance, held = _opening(sized), np.zeros_like(sized.uses)
    held[:, -1] = sized.reserve * sized.debt
    service, release = np.zeros_like(after), np.zeros_like(after)
    service[:, : loan.years] = sized.repayment.service
    release[:, loan.years - 1] = held[:, -1]
    paid = loan.rate * balance + loan.commitment_fee * (sized.debt[:, None] - balance)
    paid[:, 0] = loan.front_fee * sized.debt
    insurer = np.zeros((len(after), held.shape[1] + after.shape[1]))
    insurer[:, 0] = sized.premium * sized.debt
    lender = np.hstack([paid - sized.draws, service])
    owners = np.hstack([-sized.equity, after - service + release])
    return np.hstack([-(what.capital + held), after + release]), owners, lender, insurer


def refusals(what: Project, loan: Loan) -> list[str]:
    """Return a sentence for each term that no lender accepts, with the rule and the remedy."""
    cash, life = what.operation.cash.min(axis=0), what.operation.cash.shape[1]
    found = []
    if loan.profile not in PROFILES:
        found.append(f"the repayment profile is '{printable(loan.profile)}', but one of {', '.join(PROFILES)}")
    if not 1 <= loan.years <= life:
        found.append(f"the loan runs {loan.years} years, but the asset {life}: no loan outlasts its asset ({ARRANGEMENT}); shorten it")
    elif (cash[: loan.years] <= 0).any():
        year = int((cash[: loan.years] <= 0).argmax()) + 1
        found.append(f"cash available for debt service is {cash[year - 1]:g} in year {year} of operation: it is positive while a loan runs")
    if not loan.coverage >= 1:
        found.append(f"the debt-service coverage is {loan.coverage:g}: below 1 the cash does not pay the debt; lenders ask for 1.2 or more")
    if not 0 < loan.gearing < 1:
        found.append(f"the gearing is {loan.gearing:g}, but lies between 0 and 1: owners pay 15 % at least ({ARRANGEMENT})")
    fractions = {"interest": loan.rate, "commitment fee": loan.commitment_fee, "front fee": loan.front_fee, "reserve": loan.reserve}
    found += [
        f"the {name} is {value:g}, but is a fraction from 0 on (6 % is 0.06)" for name, value in fractions.items() if not 0 <= value < 10
    ]
    if not isinstance(loan.premium, Cover) and not 0 <= loan.premium < 1:
        found.append(f"the premium is {loan.premium:g}, but is a fraction from 0 to 1 of the principal")
    return found


def put_price(flows: ArrayLike, hurdle: float) -> float:
    """Return the price at which a put at the end of the flows (t = 0..N, before it) gives their holder the hurdle rate."""
    amounts = np.asarray(flows, dtype=np.float64)
    return float(-amounts @ (1 + hurdle) ** np.arange(len(amounts) - 1, -1, -1))
