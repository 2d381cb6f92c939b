"""Public debt: the capacity to carry it, the ratios that a loan leads to against their thresholds, and how concessional a loan is.

Rules: the joint World Bank-IMF Debt Sustainability Framework for Low-Income Countries (2018), whose discount rate is 5 %. Amounts are in
one currency and unit; rates and shares are fractions; times are years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from capcoop.errors import UsageError
from capcoop.money.rules import rule_table
from capcoop.schema import CAPACITIES

Floats = NDArray[np.float64]
DISCOUNT, CONCESSIONAL = 0.05, 0.35
WEAK_BELOW, STRONG_ABOVE = 2.69, 3.05
NEAR = 0.025  # a ratio closer to its threshold than this part of it is flagged


def composite_indicator(cpia: float, growth: float, remittances: float, reserves: float, world_growth: float) -> float:
    """Return the composite indicator of debt-carrying capacity.

    cpia : the World Bank's policy score, 1 to 6. growth, world_growth : real, a year. remittances : share of GDP. reserves : share of a
    YEAR of imports (5 months are 0.42), ten-year averages all.

    Raises
    ------
    UsageError : a score outside 1 to 6, or reserves that can only be months.
    """
    if not 1 <= cpia <= 6:
        raise UsageError(f"the policy score (CPIA) is {cpia:g}, but lies between 1 and 6")
    if not 0 <= reserves <= 3:
        raise UsageError(f"reserves are {reserves:g} years of imports; if these are months, divide by 12")
    for value, what in ((growth, "growth"), (world_growth, "world growth"), (remittances, "remittances")):
        if not -1 <= value <= 1:
            raise UsageError(f"{what} is {value:g}, but is a fraction (5 % is 0.05)")
    return 0.385 * cpia + 2.719 * growth + 2.022 * remittances + 4.052 * reserves - 3.990 * reserves**2 + 13.520 * world_growth


def carrying_capacity(indicator: float) -> str:
    """Return weak, medium or strong for a composite indicator; both bounds are medium."""
    return "weak" if indicator < WEAK_BELOW else "strong" if indicator > STRONG_ABOVE else "medium"


@dataclass(frozen=True)
class PublicLoan:
    """A loan of a government, paid back in equal parts of principal, or in parts of one's own.

    amount : its face. rate : yearly interest. first : years from disbursement to the first principal, less one interval between payments
    (what agreements call grace; state the date where you can, for the word is used both ways). years : until the last payment.
    payments : a year. fee : paid at disbursement, as a share of the face. bullet : principal in one payment at the end.
    parts : of the principal in each year, that sum to 1, paid in equal parts within a year; they stand in for `first`.
    """

    amount: float
    rate: float
    first: float
    years: float
    payments: int = 1
    fee: float = 0.0
    bullet: bool = False
    parts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse terms that no loan has."""
        if not self.amount > 0:
            raise UsageError(f"the amount of a loan is more than nothing, not {self.amount:g}")
        if not 0 <= self.rate < 1:
            raise UsageError(f"the interest of a loan is {self.rate:g}, but is a fraction from 0 to 1 (2 % is 0.02)")
        if not 0 <= self.first < self.years:
            raise UsageError(f"principal is first due after {self.first:g} years, but the loan ends after {self.years:g}")
        if self.parts and (len(self.parts) != self.years or min(self.parts) < 0 or not np.isclose(sum(self.parts), 1.0)):
            told = f"{len(self.parts)} parts of principal sum to {sum(self.parts):g}"
            raise UsageError(f"{told}: state one for each of {self.years:g} years, none negative, that sum to 1")

    def service(self) -> tuple[Floats, Floats, Floats]:
        """Return times in years, interest and principal of each payment; payment k falls k / payments years after disbursement."""
        count, before = round(self.payments * self.years), round(self.payments * self.first)
        times = np.arange(1, count + 1) / self.payments
        principal = np.zeros(count)
        if self.parts:
            principal = np.repeat(np.array(self.parts) * self.amount / self.payments, self.payments)
        elif self.bullet:
            principal[-1] = self.amount
        else:
            principal[before:] = self.amount / (count - before)
        owed = self.amount - np.cumsum(principal) + principal
        return times, owed * self.rate / self.payments, principal

    def yearly_service(self) -> Floats:
        """Return interest plus principal of each year after disbursement."""
        times, interest, principal = self.service()
        return np.bincount(np.ceil(times - 1e-9).astype(int), interest + principal)[1:].astype(np.float64)


def present_value(loan: PublicLoan, discount: float = DISCOUNT) -> float:
    """Return the present value of the debt service at disbursement, fees left out."""
    times, interest, principal = loan.service()
    return float((interest + principal) @ (1 + discount) ** -times)


def framework_value(loan: PublicLoan) -> float:
    """Return the present value as the framework's workbook counts it: never above the face, once the rate is the discount rate or more."""
    return loan.amount if loan.rate >= DISCOUNT else min(present_value(loan), loan.amount)


def grant_element(loan: PublicLoan, discount: float = DISCOUNT) -> float:
    """Return the grant element: 1 less the present value of debt service and fees over the face; negative for a dear loan."""
    return 1 - present_value(loan, discount) / loan.amount - loan.fee


def grant_element_formula(loan: PublicLoan, discount: float = DISCOUNT) -> float:
    """Return the grant element of equal parts of principal in closed form (IMF, Reform of the Policy on Public Debt Limits, 2014).

    GE = (1 - (r/a) / d) (1 - ((1 + d)^-aG - (1 + d)^-aM) / (d (aM - aG))), d = (1 + discount)^(1/a) - 1, less the fee. It holds for equal
    parts alone.
    """
    each, payments = (1 + discount) ** (1 / loan.payments) - 1, loan.payments
    first, last = payments * loan.first, payments * loan.years
    spread = ((1 + each) ** -first - (1 + each) ** -last) / (each * (last - first))
    return float((1 - loan.rate / payments / each) * (1 - spread) - loan.fee)


def is_concessional(loan: PublicLoan) -> bool:
    """Return whether the grant element is at least 35 %."""
    return grant_element(loan) >= CONCESSIONAL


@dataclass(frozen=True)
class Economy:
    """What carries public debt, in one year: GDP, exports, revenue, and what is already owed (present value) and served."""

    gdp: float
    exports: float
    revenue: float
    debt: float = 0.0
    service: float = 0.0


def debt_ratios(economy: Economy, loans: Mapping[str, PublicLoan], capacity: str) -> pl.DataFrame:
    """Return each indicator with the new loans against its threshold, for the year in which it is worst.

    Columns: indicator, before, after (per cent), threshold (per cent), headroom (points), room (amount until the threshold), state
    (`within`, `near`, `breached`). The economy stays as it is: growth makes the ratios fall.

    Raises
    ------
    UsageError : an economy without GDP, exports or revenue, or an unknown capacity.
    """
    for name in ("gdp", "exports", "revenue"):
        if not getattr(economy, name) > 0:
            raise UsageError(f"{name} is {getattr(economy, name):g}, but must be known and more than nothing")
    if capacity not in CAPACITIES:
        raise UsageError(f"the capacity to carry debt is one of {', '.join(CAPACITIES)}, not '{capacity}'")
    value = economy.debt + sum(framework_value(loan) for loan in loans.values())
    length = max([1, *(len(loan.yearly_service()) for loan in loans.values())])
    served = np.full(length, float(economy.service))
    for loan in loans.values():
        own = loan.yearly_service()
        served[: len(own)] += own
    peak = float(served.max())
    rows = [
        ("present value of external debt to GDP", economy.debt, value, economy.gdp),
        ("present value of external debt to exports", economy.debt, value, economy.exports),
        ("external debt service to exports", economy.service, peak, economy.exports),
        ("external debt service to revenue", economy.service, peak, economy.revenue),
    ]
    table = pl.DataFrame(rows, schema=["indicator", "old", "new", "base"], orient="row")
    limits = rule_table("debt_thresholds").filter(pl.col("capacity") == capacity).select("indicator", pl.col("threshold").cast(pl.Float64))
    found = table.join(limits, on="indicator", how="left", maintain_order="left").with_columns(
        before=100 * pl.col("old") / pl.col("base"), after=100 * pl.col("new") / pl.col("base")
    )
    headroom = pl.col("threshold") - pl.col("after")
    return found.select(
        "indicator",
        "before",
        "after",
        "threshold",
        headroom=headroom,
        room=pl.col("threshold") / 100 * pl.col("base") - pl.col("new"),
        state=state_of("after", "threshold"),
    )


def state_of(ratio: str, threshold: str) -> pl.Expr:
    """Return within, near (closer to the threshold than 2.5 % of it) or breached; blank where either column is."""
    headroom = pl.col(threshold) - pl.col(ratio)
    found = pl.when(headroom < 0).then(pl.lit("breached")).when(headroom < NEAR * pl.col(threshold)).then(pl.lit("near"))
    return pl.when(headroom.is_not_null()).then(found.otherwise(pl.lit("within")))


def constant_discount(inflation: Floats) -> Floats:
    """Return the discount rate of the framework, 5 % in money, in constant prices; inflation that is unknown (NaN) counts as none."""
    return np.asarray((1 + DISCOUNT) / (1 + np.nan_to_num(inflation)) - 1)


def values_left(service: Floats, discount: Floats) -> Floats:
    """Return the present value at the start of each year of all service from then on, paid at the ends of years (n x years).

    service : n x years. discount : of each row (n).
    """
    out = np.zeros((service.shape[0], service.shape[1] + 1))
    for year in range(service.shape[1] - 1, -1, -1):
        out[:, year] = (service[:, year] + out[:, year + 1]) / (1 + discount)
    return out[:, :-1]


def rating(baseline: pl.DataFrame, stressed: pl.DataFrame) -> str:
    """Return the risk of debt distress: low without a breach, moderate with one under stress alone, high with one in the baseline."""
    if (baseline["state"] == "breached").any():
        return "high"
    return "moderate" if (stressed["state"] == "breached").any() else "low"
