"""Loans on projects: how much each can carry, drawn over the years of construction and repaid out of the cash of operation.

Many projects at once: arrays have a row for each project (n) and a column for each year; a term is one number for all, or one for each.
Years are whole: construction at t = 0..T,
operation from T + 1 on; interest is on the opening balance. Everything is nominal in one currency. Sculpted repayment keeps debt service
a fixed part of the cash available for it (CFADS); the circle of interest during construction, fees and premium is closed in one formula
(geometric sums), as project-finance textbooks have it (Yescombe 2013; Bodmer 2014).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from capcoop.errors import UsageError
from capcoop.money.premium import Cover, minimum_premium

Floats = NDArray[np.float64]
Term = float | Floats
Profile = Literal["sculpted", "equal-principal", "annuity"]
PROFILES: tuple[Profile, ...] = ("sculpted", "equal-principal", "annuity")
ROUNDS, CLOSE = 100, 1e-14


@dataclass(frozen=True)
class Loan:
    """Terms of a loan: numbers, or arrays of one for each project (n). Rates and shares are fractions, times are years.

    rate : yearly interest. years : of repayment, from the first year of operation. coverage : the debt-service coverage ratio asked for.
    gearing : most debt as a share of all uses of money. commitment_fee : a year, on what is not yet drawn. front_fee : on the whole loan
    at the start. premium : of the insurance, on the whole loan at the start; or the cover by which the minimum premium prices it: the
    drawdown and average life of the loan then stand in for those of the cover. reserve : years of debt service in a reserve account.
    """

    rate: Term
    years: int
    coverage: Term = 1.3
    gearing: Term = 0.7
    commitment_fee: Term = 0.0
    front_fee: Term = 0.0
    premium: Term | Cover = 0.0
    reserve: Term = 0.0
    profile: Profile = "sculpted"


def each(term: Term) -> Floats:
    """Return a term as a column, against the years of each project."""
    return np.asarray(term, np.float64)[..., None]


@dataclass(frozen=True)
class Operation:
    """Cash of operation before tax (n x years), and how it is taxed.

    tax : the rate, or that of each project in each year (n x years). depreciation_years : of straight-line depreciation, for all or each.
    """

    cash: Floats
    tax: Term = 0.0
    depreciation_years: Term = 1.0

    @property
    def taxes(self) -> Floats:
        """The rate of tax (n x years)."""
        return np.broadcast_to(np.asarray(self.tax, np.float64), self.cash.shape)

    @cached_property
    def _written_off(self) -> Floats:
        """The share of cost that is written off in each year (1 or n x years)."""
        years = np.atleast_2d(each(self.depreciation_years))
        return np.asarray(np.clip(years - np.arange(self.cash.shape[1]), 0, 1) / years)

    def first(self, years: int) -> Operation:
        """Return the first years of operation alone."""
        tax = self.tax[:, :years] if isinstance(self.tax, np.ndarray) and self.tax.ndim > 1 else self.tax
        return Operation(self.cash[:, :years], tax, self.depreciation_years)

    def depreciation(self, cost: Floats) -> Floats:
        """Return the depreciation (n x years) of what cost so much (n)."""
        return np.asarray(self._written_off * cost[:, None])

    def taxed(self, interest: Floats, cost: Floats) -> Floats:
        """Return the tax (n x years), interest (n x years of the loan) and depreciation taken off; losses are not carried forward."""
        base = self.cash - self.depreciation(cost)
        base[:, : interest.shape[1]] -= interest
        return np.asarray(self.tax * np.maximum(base, 0.0))


def _all(term: Term, like: Floats) -> Floats:
    """Return a term as one number for each project (n)."""
    return np.broadcast_to(np.asarray(term, np.float64), like.shape)


@dataclass(frozen=True)
class Repayment:
    """The years of repayment (n x years each): opening balance, interest, principal, debt service, and the cash available for it."""

    opening: Floats
    interest: Floats
    principal: Floats
    service: Floats
    cash: Floats

    @property
    def average_life(self) -> Floats:
        """The weighted average life (n) in years from the start of operation; 0 without a loan."""
        years, total = np.arange(1.0, self.principal.shape[1] + 1), self.principal.sum(axis=1)
        return np.asarray(np.divide(self.principal @ years, total, out=np.zeros(len(total)), where=total > 0))


def _repaid(balance: Floats, operation: Operation, loan: Loan, cost: Floats) -> Repayment:
    """Return the repayment that has these balances (n x years + 1)."""
    interest, principal = each(loan.rate) * balance[:, :-1], -np.diff(balance)
    after = (operation.cash - operation.taxed(interest, cost))[:, : loan.years]
    return Repayment(balance[:, :-1], interest, principal, interest + principal, after)


def sculpted(operation: Operation, loan: Loan, cost: Floats, coverage: Floats) -> Repayment:
    """Return the repayment whose debt service is the cash after tax over the coverage (n): the loan is as large as that carries.

    Backward from a balance of nothing at the end: B[k-1] = (B[k] + (E - tax (E - dep)) / c) / (1 + i - tax i / c), untaxed in a loss.
    """
    return _repaid(_sculpted(operation, loan, cost, coverage).T, operation, loan, cost)


def _sculpted(operation: Operation, loan: Loan, cost: Floats, coverage: Floats) -> Floats:
    """Return the balance of such a repayment (years + 1 x n: year by year, which is how it is worked out)."""
    gain = np.ascontiguousarray((operation.cash - operation.depreciation(cost))[:, : loan.years].T)
    cash, taxes, rate = operation.cash.T, operation.taxes.T, loan.rate
    balance = np.zeros((loan.years + 1, len(cost)))
    for k in range(loan.years - 1, -1, -1):
        own, tax, before = cash[k] / coverage, taxes[k] / coverage, balance[k + 1]
        taxed = (before + own - tax * gain[k]) / (1 + rate - tax * rate)
        balance[k] = np.where(gain[k] - rate * taxed >= 0, taxed, (before + own) / (1 + rate))
    return balance


def scheduled(operation: Operation, loan: Loan, cost: Floats, debt: Floats) -> Repayment:
    """Return the repayment of loans of given sizes (n) in equal parts of principal, or as annuities."""
    return _repaid(debt[:, None] * _remaining(loan), operation, loan, cost)


def _remaining(loan: Loan) -> Floats:
    """Return the balance of a loan of 1 at the end of years 0..N of a fixed profile (1 or n x N + 1)."""
    rate = np.atleast_1d(np.asarray(loan.rate, np.float64))
    flat = np.full(len(rate), loan.profile != "annuity")
    return level_shares(rate, np.full(len(rate), float(loan.years)), loan.years, flat)


def level_shares(rate: Floats, years: Floats, depth: int, equal: NDArray[np.bool_]) -> Floats:
    """Return the balances of loans of 1 at the end of years 0..depth (n x depth + 1): in equal parts of principal, else as annuities.

    years : of each, 0 for what is no loan, which has no balance.
    """
    age, term = np.arange(depth + 1), years[:, None]
    parts = np.divide(term - age, term, out=np.zeros((len(years), depth + 1)), where=(term > 0) & (age < term))
    growth = np.log1p(np.maximum(rate, 1e-12))[:, None]
    sloped = ~equal[:, None] & (rate[:, None] > 1e-12) & (age < term)
    with np.errstate(divide="ignore", invalid="ignore"):
        annuity = np.expm1(np.where(sloped, age - term, 0.0) * growth) / np.expm1(-term * growth)
    return np.where(sloped, annuity, parts)


def carried(operation: Operation, loan: Loan, cost: Floats) -> Repayment:
    """Return the largest repayment that the cash carries at the coverage asked for."""
    if loan.profile == "sculpted":
        return sculpted(operation, loan, cost, _all(loan.coverage, cost))
    remaining = _remaining(loan)
    interest = each(loan.rate) * remaining[:, :-1]
    service = interest - np.diff(remaining)
    cash, write_off, tax = (years[:, : loan.years] for years in (operation.cash, operation.depreciation(cost), operation.taxes))
    # Of each year the loan whose service is the cash over the coverage, with tax where there is a gain, without it in a loss.
    taxed = (cash - tax * (cash - write_off)) / (each(loan.coverage) * service - tax * interest)
    debt = np.where(cash - write_off - interest * taxed >= 0, taxed, cash / (each(loan.coverage) * service))
    return scheduled(operation, loan, cost, debt.min(axis=1))


def resized(operation: Operation, loan: Loan, cost: Floats, debt: Floats) -> Repayment:
    """Return the repayment of loans (n) that differ from what the cash carries: sculpted ones with another, steady coverage."""
    if loan.profile != "sculpted":
        return scheduled(operation, loan, cost, debt)

    def balance(inverse: Floats) -> Floats:
        return np.asarray(_sculpted(operation, loan, cost, 1 / inverse)[0])

    return sculpted(operation, loan, cost, 1 / _solved(balance, debt, _all(1 / np.asarray(loan.coverage), debt)))


def _solved(function: Callable[[Floats], Floats], wanted: Floats, start: Floats) -> Floats:
    """Return where a rising function takes the wanted values (n): the secant in logarithms, since it is nearly a proportion."""
    before, last = np.log(start), np.log(function(start) / wanted)
    now = before - last
    for _ in range(ROUNDS):
        error = np.log(function(np.exp(now)) / wanted)
        if (np.abs(error) < CLOSE).all():
            break
        slope = np.divide(error - last, now - before, out=np.ones_like(now), where=np.abs(now - before) > CLOSE)
        before, last = now, error
        now = now - error / np.where(slope > 0.1, slope, 1.0)
    return np.asarray(np.exp(now))


def debt_at(capital: Floats, loan: Loan, premium: Floats, reserve: Floats, gearing: Floats) -> Floats:
    """Return the loans (n) that pay a share g (n) of all uses: outlays (n x T + 1), interest and fees until operation, premium, reserve.

    reserve : the reserve account as a share of the loan (n). With q = 1 + g (rate - commitment fee) and S the outlays carried forward at q,
    D = g S / (1 - g ((front fee + premium) q^T + commitment fee * sum of q^t + reserve)).
    """
    last = capital.shape[1] - 1
    growth = 1 + gearing * (loan.rate - loan.commitment_fee)
    forward = growth[:, None] ** np.arange(last, -1, -1)
    fees = (loan.front_fee + premium) * growth**last + loan.commitment_fee * forward[:, 1:].sum(axis=1) + reserve
    if (gearing * fees >= 1).any():
        raise UsageError("fees, premium and reserve eat up the whole loan; lower them, or the gearing")
    return np.asarray(gearing * (capital * forward).sum(axis=1) / (1 - gearing * fees))


@dataclass(frozen=True)
class Sized:
    """Loans that fit their projects (n).

    debt, gearing : their sizes, and as shares of all uses. premium, reserve : as shares of the loan. by_gearing : whether gearing bounds
    a loan, not coverage. repayment : its years. uses, draws (n x T + 1) : of money until operation.
    """

    debt: Floats
    gearing: Floats
    premium: Floats
    reserve: Floats
    by_gearing: NDArray[np.bool_]
    repayment: Repayment
    uses: Floats
    draws: Floats

    @property
    def equity(self) -> Floats:
        """What the owners pay in, each year of construction (n x T + 1)."""
        return self.uses - self.draws


def size_loans(capital: Floats, operation: Operation, loan: Loan) -> Sized:
    """Return the largest loans within gearing and coverage, with the premium that the average life of each asks for.

    capital : outlays at t = 0..T (n x T + 1). All uses are depreciated, so tax, premium and loan are found together (fixed point).

    Raises
    ------
    UsageError : fees eat up a whole loan, or the minimum premium refuses its terms.
    """
    cost, operation = capital.sum(axis=1), operation.first(loan.years)
    premium, reserve = _shares(capital, loan, carried(operation, loan, cost))
    most = _all(loan.gearing, cost)
    for _ in range(ROUNDS):
        affordable = carried(operation, loan, cost).opening[:, 0]
        limit = debt_at(capital, loan, premium, reserve, most)
        by_gearing = limit <= affordable
        debt = np.where(by_gearing, limit, affordable)
        repayment = resized(operation, loan, cost, debt)
        gearing = _gearing(capital, loan, (premium, reserve), debt)
        uses, draws = _construction(capital, loan, (premium, reserve), debt, gearing)
        before = (cost, premium, reserve)
        cost, (premium, reserve) = uses.sum(axis=1), _shares(capital, loan, repayment)
        if all(np.allclose(new, old, rtol=1e-13, atol=0) for new, old in zip((cost, premium, reserve), before, strict=True)):
            break
    return Sized(debt, gearing, premium, reserve, by_gearing, repayment, uses, draws)


def _gearing(capital: Floats, loan: Loan, shares: tuple[Floats, Floats], debt: Floats) -> Floats:
    """Return the gearing (n) at which loans of these sizes pay their share; loans grow with it."""
    return _solved(lambda gearing: debt_at(capital, loan, *shares, gearing), debt, _all(loan.gearing, debt))


def _shares(capital: Floats, loan: Loan, repayment: Repayment) -> tuple[Floats, Floats]:
    """Return the premium and the reserve account (n each) as shares of the loan."""
    opening = repayment.opening[:, 0]
    reserve = loan.reserve * np.divide(repayment.service[:, 0], opening, out=np.zeros(len(opening)), where=opening > 0)
    if not isinstance(loan.premium, Cover):
        return _all(loan.premium, opening), reserve
    drawdown = float(capital.shape[1] - 1)
    lives, place = np.unique(repayment.average_life, return_inverse=True)
    rates = [minimum_premium(replace(loan.premium, drawdown=drawdown, average_life=float(life))).rate for life in lives]
    return np.array(rates)[place], reserve


def _construction(capital: Floats, loan: Loan, shares: tuple[Floats, Floats], debt: Floats, gearing: Floats) -> tuple[Floats, Floats]:
    """Return uses of money and draws of the loan (n x T + 1 each); shares : premium and reserve account."""
    premium, reserve = shares
    uses, draws, balance = capital.astype(np.float64), np.zeros(capital.shape), np.zeros(len(capital))
    for t in range(capital.shape[1]):
        uses[:, t] += (loan.front_fee + premium) * debt if t == 0 else loan.rate * balance + loan.commitment_fee * (debt - balance)
        if t == capital.shape[1] - 1:
            uses[:, t] += reserve * debt
        draws[:, t] = gearing * uses[:, t]
        balance = balance + draws[:, t]
    return uses, draws
