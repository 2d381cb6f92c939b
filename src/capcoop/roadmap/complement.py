"""How a supplier's capacity fits a host's gaps, product by product, from the gaps of the atlas with ordinary demand.

Where capacity is known the gap is ordinary demand less capacity; it may be as large as when use per head moves to that of the income
group. Where only a bound is known the gap is anywhere between nothing and the bound (steel: between the bound and all that is wanted)
and counts with the middle. A supplier's strength in a product is its share of the output of the world.
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from capcoop.atlas.figures import WORLD, Figure, figure
from capcoop.atlas.gap import gaps_of_all, production
from capcoop.atlas.products import PRODUCTS

NEAR = 5  # years by which a total of the world may be off the supplier's own figure
BY_RULE = "gap of the atlas with ordinary demand (capcoop gap --all)"


def strength_of(supplier: str, product: str, year: int) -> Figure | None:
    """Return the supplier's share of the world's output of a product as known in a year, 0 to 1; None: its output is unknown.

    The world is the larger of the total stated for it and the sum of all countries known.
    """
    made = production(product, year, year)
    own = made.get(supplier)
    if own is None:
        return None
    total = sum(one.value for one in made.values())
    stated = figure("output", PRODUCTS[product].output, "production", WORLD, year=own.year, within=NEAR, until=year)
    if stated is not None and stated.unit == own.unit:
        total = max(total, stated.value)
    if total <= 0:
        return None
    return Figure(own.value / total, None, None, "share", own.year, own.source, own.verified, rule="share of the world's output")


def strengths(supplier: str, products: list[str], year: int) -> dict[str, Figure]:
    """Return the strength of a supplier in every product in which it is known and not nothing."""
    found = {product: strength_of(supplier, product, year) for product in products}
    return {product: one for product, one in found.items() if one is not None and one.value > 0}


@lru_cache(maxsize=8)
def gap_ranges(first: int, last: int) -> pl.DataFrame:
    """Return the gaps of all countries as known in the year before the first.

    Columns: country, product, unit, demand, low, value, high (a year, mean of the years); null: unknown.
    """
    found = gaps_of_all(first, last, until=first - 1).products
    ordinary, most = pl.col("ordinary"), pl.col("gap_at_most")
    known = (ordinary - pl.col("capacity")).clip(0)
    least = (ordinary - pl.col("capacity_at_least")).clip(0)
    bound = pl.col("capacity_at_least").is_not_null()
    upward = bound & pl.col("gap_at_least").is_not_null()
    low = pl.when(pl.col("capacity").is_not_null()).then(known).when(upward).then(least).when(bound & most.is_not_null()).then(0.0)
    high = pl.when(pl.col("capacity").is_not_null()).then(pl.max_horizontal(known, "gap")).when(upward).then("demand")
    frame = found.select("country", "name", "product", "unit", "demand", low=low, high=high.when(bound).then(most), known=known)
    middle = (pl.col("low") + pl.col("high")) / 2
    return frame.with_columns(value=pl.coalesce("known", middle)).drop("known")


def gap_figures(product: str, first: int, last: int, *, share: bool) -> dict[str, Figure]:
    """Return the gap of every country in a product: its share of demand, or its part in the gaps of all countries, 0 to 1."""
    frame = gap_ranges(first, last).filter(pl.col("product") == product, pl.col("value").is_not_null(), pl.col("demand") > 0)
    base = pl.col("demand") if share else pl.col("value").sum()
    columns = [(pl.col(name) / base).alias(name) for name in ("low", "value", "high")]
    shares = frame.select("country", *((one.clip(0, 1) if share else one) for one in columns)).drop_nans()
    what = "share of demand" if share else "share of all gaps"
    return {
        country: Figure(value, low, high, what, first - 1, BY_RULE, verified=False, rule=f"{product}, {first}-{last}")
        for country, low, value, high in shares.select("country", "low", "value", "high").iter_rows()
    }
