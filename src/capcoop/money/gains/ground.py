"""What no term changes: the money of each asset before any sharing, and when it stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.case.cascade import Codes, Values
from capcoop.money.gains.assets import Cash

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
