"""Political-risk cover of equity and loans: what it costs a year by peril, what stays with the insured, and the claims to expect.

A premium is paid in advance on what is outstanding: sum over perils of price x cover x balance. Cover excludes a retention, which the
insured keeps. Prices: `rules/political_risk.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from capcoop.money.rules import rule_table

USUAL = "usual"  # the provider of the table whose prices stand in where none is stated
PERILS = ("transfer", "expropriation", "violence", "breach")


@dataclass(frozen=True)
class PoliticalCover:
    """A cover of the equity, or of a tranche by its name.

    prices : yearly, by peril, as shares of what is insured. cover : the insured share. years : from the first outlay on. probability : of
    a claim in a year, None where it is not known. loss : the share of the exposure that a claim loses. assumed : perils whose price is not
    stated but the middle of the usual range.
    """

    of: str
    prices: dict[str, float]
    cover: float
    years: int
    probability: float | None = None
    loss: float = 1.0
    assumed: tuple[str, ...] = ()

    @property
    def price(self) -> float:
        """The yearly premium as a share of the balance."""
        return self.cover * sum(self.prices.values())

    @property
    def retention(self) -> float:
        """The share of a loss that stays with the insured."""
        return 1 - self.cover


def usual_price(peril: str, base: str) -> float:
    """Return the middle of the usual yearly prices of a peril (`PERILS`), of equity or of a loan."""
    row = rule_table("political_risk").filter(
        (pl.col("provider") == USUAL) & (pl.col("peril") == peril) & (pl.col("base") == ("equity" if base == "equity" else "loan"))
    )
    return float((row.item(0, "lowest_price") + row.item(0, "highest_price")) / 2)


def limits(base: str) -> tuple[float, int, str]:
    """Return the largest cover, the longest years and the source of the usual policies, of equity or of a loan."""
    rows = rule_table("political_risk").filter(
        (pl.col("provider") == "MIGA") & (pl.col("base") == ("equity" if base == "equity" else "loan"))
    )
    longest = rule_table("political_risk").get_column("longest_years").max()
    return float(rows.item(0, "largest_cover")), int(longest), str(rows.item(0, "source"))  # type: ignore[arg-type]


def expected_claims(balances: ArrayLike, probability: float, loss: float, cover: float, discount: float) -> float:
    """Return the present value of the claims to expect on balances at the start of years 1, 2 ... (n): survival x probability x loss.

    A claim ends the exposure: sum of (1 - p)^(t - 1) p loss cover B[t-1] / (1 + discount)^t.
    """
    owed = np.asarray(balances, dtype=np.float64)
    year = np.arange(1.0, len(owed) + 1)
    return float(loss * cover * probability * (owed * (1 - probability) ** (year - 1) * (1 + discount) ** -year).sum())
