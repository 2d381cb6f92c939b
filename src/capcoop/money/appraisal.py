"""Economic appraisal of a project: what it is worth to the economy, and who gains or pays the difference to its finances.

Every line (sales, wages, a tax) has a financial flow, that of the enterprises; an economic one, what it is worth to the country as a whole;
and externalities, which stakeholders gain or lose besides. Line by line and year by year the economic flow is the financial one plus the
externalities, so at one rate NPV economic = NPV financial + sum of the NPV of externalities (Harberger 1971; Jenkins, Kuo and Harberger,
*Cost-Benefit Analysis for Investment Decisions*, 2011). Flows are positive where they are received, at the ends of years 0, 1, 2 ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from capcoop.errors import UsageError, printable
from capcoop.money.loans import Floats
from capcoop.money.returns import Rates, internal_rates

GOVERNMENT, WORKERS = "government", "workers"
CLOSE = 1e-9  # relative: by so much row sums may differ


@dataclass(frozen=True, eq=False)
class Line:
    """A line of the appraisal: financial and economic flows (years), and externalities by stakeholder (years each)."""

    name: str
    financial: Floats
    economic: Floats
    externalities: Mapping[str, Floats] = field(default_factory=dict)


def _years(amounts: ArrayLike) -> Floats:
    found = np.asarray(amounts, dtype=np.float64)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise UsageError("flows of an appraisal are one number a year, none missing and none infinite")
    return found


def imported(name: str, spent: ArrayLike, tariff: float, premium: float) -> Line:
    """Return what is bought abroad: spent (years) is paid with the tariff on the border price, which costs the economy the premium too.

    premium : of foreign exchange, the share by which it is worth more than its official rate. The government gets tariff less premium.
    """
    paid = _years(spent)
    border = paid / (1 + tariff)
    return Line(name, -paid, -border * (1 + premium), {GOVERNMENT: tariff * border - premium * border})


def import_substitute(name: str, sold: ArrayLike, tariff: float, premium: float) -> Line:
    """Return sales (years) that replace imports at their price with tariff: the economy saves the border price and the premium."""
    received = _years(sold)
    border = received / (1 + tariff)
    return Line(name, received, border * (1 + premium), {GOVERNMENT: premium * border - tariff * border})


def exported(name: str, sold: ArrayLike, premium: float) -> Line:
    """Return sales abroad (years) at the border price: the economy earns the premium of foreign exchange besides."""
    received = _years(sold)
    return Line(name, received, received * (1 + premium), {GOVERNMENT: premium * received})


def wages(name: str, paid: ArrayLike, factor: float) -> Line:
    """Return wages (years) of people whose work costs the economy a factor of them (the shadow wage); the rest is their gain."""
    spent = _years(paid)
    return Line(name, -spent, -factor * spent, {WORKERS: (1 - factor) * spent})


def at_true_cost(name: str, paid: ArrayLike, true: ArrayLike, bearer: str = GOVERNMENT) -> Line:
    """Return a purchase (years) at a price that is not its true cost (years); the bearer pays the difference."""
    spent, cost = _years(paid), _years(true)
    return Line(name, -spent, -cost, {bearer: spent - cost})


def transfer(name: str, paid: ArrayLike, to: str = GOVERNMENT) -> Line:
    """Return what enterprises pay (years) without using anything up, such as a tax: the economy is as rich as before."""
    spent = _years(paid)
    return Line(name, -spent, np.zeros_like(spent), {to: spent})


def local(name: str, flow: ArrayLike) -> Line:
    """Return a flow (years) whose price is its worth to the economy."""
    own = _years(flow)
    return Line(name, own, own.copy())


def effect(name: str, worth: ArrayLike, on: str) -> Line:
    """Return an effect (years) on a stakeholder that no enterprise is paid for, such as damage by emissions (negative)."""
    own = _years(worth)
    return Line(name, np.zeros_like(own), own.copy(), {on: own})


@dataclass(frozen=True, eq=False)
class Appraisal:
    """Lines against stakeholders: financial, economic (lines x years), externalities (lines x stakeholders x years)."""

    lines: tuple[str, ...]
    stakeholders: tuple[str, ...]
    financial: Floats
    economic: Floats
    externalities: Floats

    @property
    def accounts(self) -> dict[str, Floats]:
        """Flows (years) of enterprises (`financial`), of each stakeholder, and of the economy."""
        others = dict(zip(self.stakeholders, self.externalities.sum(axis=0), strict=True))
        return {"financial": self.financial.sum(axis=0), **others, "economic": self.economic.sum(axis=0)}

    @property
    def economic_rates(self) -> Rates:
        """The economic internal rates of return."""
        return internal_rates(self.economic.sum(axis=0))

    def present_values(self, rate: float) -> pl.DataFrame:
        """Return the present values of all lines (rows) and accounts (columns), with a last row of sums."""
        factors = (1 + rate) ** -np.arange(self.financial.shape[1])
        columns = {"financial": self.financial @ factors}
        columns |= dict(zip(self.stakeholders, (self.externalities @ factors).T, strict=True))
        columns |= {"economic": self.economic @ factors}
        table = pl.DataFrame({"line": list(self.lines), **columns})
        return pl.concat([table, table.select(pl.lit("all").alias("line"), pl.exclude("line").sum())])

    def losers(self, rate: float) -> dict[str, float]:
        """Return the parties that lose, enterprises among them, and the present value that each would need to be as well off as without."""
        sums = self.present_values(rate).drop("line", "economic").row(-1, named=True)
        most = max(abs(value) for value in sums.values())
        return {name: -value for name, value in sums.items() if value < -CLOSE * most}


def appraise(lines: Sequence[Line]) -> Appraisal:
    """Return the matrix of lines and stakeholders.

    Raises
    ------
    UsageError : no lines, flows of different lengths, or a line whose economic flow is not the financial one plus the externalities.
    """
    lengths = {len(flow) for one in lines for flow in (one.financial, one.economic, *one.externalities.values())}
    if len(lengths) != 1:
        raise UsageError("an appraisal needs lines whose flows all have the same years")
    stakeholders = tuple(dict.fromkeys(name for one in lines for name in one.externalities))
    nothing = np.zeros(lengths.pop())
    financial, economic = np.stack([one.financial for one in lines]), np.stack([one.economic for one in lines])
    rows = [[one.externalities.get(name, nothing) for name in stakeholders] for one in lines]
    externalities = np.array(rows, dtype=np.float64).reshape(len(lines), len(stakeholders), len(nothing))
    gap = np.abs(economic - financial - externalities.sum(axis=1)).max(axis=1)
    size = np.maximum(np.abs(financial).max(axis=1), np.abs(economic).max(axis=1))
    wrong = [printable(one.name) for one, off, large in zip(lines, gap, size, strict=True) if off > CLOSE * max(large, 1.0)]
    if wrong:
        raise UsageError(f"economic flows must be financial ones plus externalities; they are not of {', '.join(wrong)}")
    return Appraisal(tuple(one.name for one in lines), stakeholders, financial, economic, externalities)


def compensation(name: str, paid: ArrayLike, to: str, by: str | None = None) -> Line:
    """Return a payment (years) to a stakeholder, by enterprises or by another stakeholder: it moves gains and makes none."""
    amount = _years(paid)
    if by is None:
        return transfer(name, amount, to)
    return Line(name, np.zeros_like(amount), np.zeros_like(amount), {to: amount, by: -amount})
