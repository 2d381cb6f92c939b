"""Returns of cash flows: present value, all internal rates of return, payback. Flows stand at the ends of years 0, 1, 2 ..."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capcoop.errors import UsageError

Floats = NDArray[np.float64]
# Rates are sought between a loss of 99.9 % and a gain of 1000 % a year: beyond, a root means nothing.
LOWEST, HIGHEST, STEPS = -0.999, 10.0, 4000
HALVINGS = 60
DAYS = 365.0  # in a year of dated flows, as spreadsheets count


@dataclass(frozen=True)
class Rates:
    """All internal rates of return in the range sought, ascending. Where there is not exactly one, decide on the present value."""

    roots: tuple[float, ...]

    @property
    def kind(self) -> Literal["unique", "multiple", "none"]:
        """Whether there is one rate, several, or none."""
        return "none" if not self.roots else "unique" if len(self.roots) == 1 else "multiple"

    @property
    def only(self) -> float | None:
        """The rate, where it is the only one."""
        return self.roots[0] if len(self.roots) == 1 else None


def present_value(rate: float, flows: ArrayLike) -> float:
    """Return the present value of yearly flows (n); the first is not discounted (a spreadsheet's NPV discounts it)."""
    amounts = _amounts(flows)
    if not rate > -1:
        raise UsageError(f"a discount rate is above -100 %, not {rate:g}")
    return float(amounts @ (1.0 + rate) ** -np.arange(len(amounts)))


def internal_rates(flows: ArrayLike) -> Rates:
    """Return every rate at which the present value of yearly flows (n) is zero, between -99.9 and 1000 % a year."""
    amounts = _amounts(flows)
    return _roots(amounts, np.arange(len(amounts), dtype=np.float64))


def only_rates(flows: ArrayLike) -> Floats:
    """Return the internal rate of each row of flows (n x years); NaN where there is none in the range sought, or several.

    A row whose signs change once has one rate (Descartes), found by halving, all rows together; each other row is searched by itself.
    """
    amounts = np.atleast_2d(np.asarray(flows, dtype=np.float64))
    signs = np.sign(amounts)
    filled = np.maximum.accumulate(np.where(signs != 0, np.arange(amounts.shape[1]), -1), axis=1)
    held = np.where(filled >= 0, np.take_along_axis(signs, np.maximum(filled, 0), 1), 0.0)
    changes = ((held[:, 1:] != held[:, :-1]) & (held[:, :-1] != 0)).sum(axis=1)
    out = np.full(len(amounts), np.nan)
    once, years = np.flatnonzero(changes == 1), np.arange(amounts.shape[1])
    low, high = np.full(len(once), np.log1p(LOWEST)), np.full(len(once), np.log1p(HIGHEST))
    rising = held[once, -1]  # the sign at the lowest rate, where the last flows weigh most

    def value(rate: Floats) -> Floats:
        return np.asarray((amounts[once] * np.exp(-rate[:, None] * years)).sum(axis=1) * rising)

    found = (value(low) >= 0) & (value(high) <= 0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        above = value(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    out[once] = np.where(found, np.expm1((low + high) / 2), np.nan)
    for row in np.flatnonzero(changes > 1):
        rate = internal_rates(amounts[row]).only
        out[row] = np.nan if rate is None else rate
    return out


def dated_rates(flows: Sequence[tuple[date, float]]) -> Rates:
    """Return every yearly rate at which the value of dated flows is zero; years have 365 days, the order of the dates is free."""
    if not flows:
        return Rates(())
    first = min(day for day, _ in flows)
    years = np.array([(day - first).days / DAYS for day, _ in flows])
    return _roots(_amounts([amount for _, amount in flows]), years)


def payback(flows: ArrayLike, rate: float = 0.0) -> float | None:
    """Return the years until yearly flows, discounted at a rate, have paid back; linear within a year. None: they never stay so."""
    amounts = _amounts(flows)
    amounts = amounts * (1.0 + rate) ** -np.arange(len(amounts))
    total = np.cumsum(amounts)
    below = np.flatnonzero(total < 0)
    if not len(below):
        return 0.0
    year = int(below[-1]) + 1
    return None if year == len(total) else float(year - 1 - total[year - 1] / amounts[year])


def _amounts(flows: ArrayLike) -> Floats:
    """Return flows as numbers, once none is missing or without bound."""
    amounts = np.asarray(flows, dtype=np.float64)
    if amounts.ndim != 1 or not np.isfinite(amounts).all():
        raise UsageError("cash flows are one number a year, none missing and none infinite")
    return amounts


def _roots(amounts: Floats, years: Floats) -> Rates:
    """Return the rates at which flows at `years` are worth nothing: signs change on a fine scale of log(1 + rate), then bisection."""
    largest = np.abs(amounts).max(initial=0.0)
    if largest == 0 or not (amounts.min() < 0 < amounts.max()):
        return Rates(())
    scaled = amounts / largest
    grid = np.linspace(np.log1p(LOWEST), np.log1p(HIGHEST), STEPS + 1)
    values = _values(scaled, years, grid)
    exact = grid[values == 0]
    (change,) = np.nonzero(values[:-1] * values[1:] < 0)
    low, high, sign = grid[change], grid[change + 1], np.sign(values[change])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        left = np.sign(_values(scaled, years, middle)) == sign
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    found = np.expm1(np.sort(np.concatenate([exact, (low + high) / 2])))
    return Rates(tuple(float(rate) for rate in found))


def _values(amounts: Floats, years: Floats, logs: Floats) -> Floats:
    """Return the present value at each log(1 + rate), of a size that does not run over: divided by the largest discount factor."""
    exponents = -logs[:, None] * years[None]
    return np.asarray((amounts * np.exp(exponents - exponents.max(axis=1, initial=-np.inf, keepdims=True))).sum(axis=1))
