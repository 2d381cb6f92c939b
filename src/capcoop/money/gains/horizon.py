"""The years of a case's periods, and what a payment in each is worth in the plan's objective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values, ranges
from capcoop.case.case import Case


@dataclass(frozen=True)
class Horizon:
    """The years of the horizon, a number each.

    period : the period a year lies in. year : its first day. share : how much of it the period holds (below 1 only for the last of a
    period whose length is no whole number). factor : present value of 1 paid in it. end : present value of 1 at the end of the horizon.
    """

    period: Codes
    year: Values
    share: Values
    factor: Values
    end: float

    def __len__(self) -> int:
        """Return how many years there are."""
        return len(self.period)

    def amounts(self, rates: Values) -> Values:
        """Return the amounts of each year (n x years) that yearly rates in each period (n x periods) come to."""
        return np.asarray(rates[..., self.period] * self.share)

    def present(self, amounts: Values) -> Values:
        """Return the present value (n) of the amounts of each year (n x years)."""
        return np.asarray(amounts @ self.factor)


def horizon_of(case: Case) -> Horizon:
    """Return the years of a case. The factors of a period's years sum to its weight, as the discount rate tells them apart."""
    times = case.times
    count = np.ceil(times.years - 1e-9).astype(np.int64)
    period, within = ranges(np.zeros(len(count), np.int64), count)
    share = np.minimum(times.years[period] - within, 1.0)
    raw = (1.0 + case.settings.discount_rate) ** -within.astype(np.float64)
    total = np.bincount(period, raw * share)
    end = (1.0 + case.settings.discount_rate) ** -(times.end - times.base_year)
    return Horizon(period, times.start[period] + within, share, raw * (times.weight / total)[period], float(end))
