"""What a country needs year by year: ordinary demand, and what programmes take beyond it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.countries import Country
from capcoop.atlas.demand import catching_up, ordinary_demand
from capcoop.atlas.programmes import Programme, needs_of
from capcoop.errors import UsageError

TOPIC, GROWTH = "Needs", "growth of ordinary needs"
# Products of a case by their name among demands.
NAMES = {"cement": "cement", "finished_steel": "steel", "flat_glass": "flat-glass", "aluminium": "aluminium", "urea": "urea"}


def yearly_needs(host: Country, base: int, first: int, last: int, programmes: Sequence[Programme], book: Assumptions) -> pl.DataFrame:
    """Return product, year, ordinary, low, programme, high (kt a year), source, verified, note.

    low to high are the programmes'; without any, use per head moves to that of the income group.

    Raises
    ------
    UsageError : demand for no product at all can be told; with what is missing.
    """
    years = pl.DataFrame({"year": range(first, last + 1)}, schema={"year": pl.Int32})
    parts, missing = [], []
    for name, product in NAMES.items():
        demand = ordinary_demand(host.code, name, base, book.until)
        if demand.base is None or demand.growth is None:
            missing.append(f"{product}: {demand.missing}")
            book.miss(f"The need for {product}: left out, for {demand.missing} is unknown.")
            continue
        book.use(TOPIC, f"{product} in an ordinary year", demand.base)
        book.use(TOPIC, GROWTH, demand.growth)
        amounts = [demand.in_year(year) for year in range(first, last + 1)]
        parts.append(
            years.with_columns(
                product=pl.lit(product),
                ordinary=pl.Series(amounts, dtype=pl.Float64),
                source=pl.lit(demand.base.source),
                verified=pl.lit(demand.base.verified and not demand.base.rule),
                note=pl.lit(demand.base.rule or None, pl.String),
            )
        )
    if not parts:
        raise UsageError(f"the atlas cannot tell what {host.name} needs; {'; '.join(missing)}")
    taken = needs_of(programmes, first, last) if programmes else catching_up(host.code, first, last, base, book.until)
    extra = (
        taken.filter(pl.col("product").is_in(list(NAMES)))
        .with_columns(pl.col("product").replace(NAMES), pl.col("year").cast(pl.Int32))
        .group_by("product", "year")
        .agg(pl.col("low", "central", "high").sum())
        .rename({"central": "programme"})
    )
    _tell(extra, programmes, book)
    needs = pl.concat(parts).join(extra, on=["product", "year"], how="left", maintain_order="left")
    return needs.with_columns(pl.col("low", "programme", "high").fill_null(0.0))


def _tell(extra: pl.DataFrame, programmes: Sequence[Programme], book: Assumptions) -> None:
    """Note what programmes take of each product in a mean year, and what of them is not counted."""
    why = ", ".join(programme.title for programme in programmes) or "use per head moves to that of the income group"
    for product, amount in extra.group_by("product", maintain_order=True).agg(pl.col("programme").mean()).sort("product").iter_rows():
        book.rule(TOPIC, f"{product} beyond ordinary needs, mean year", amount, "kt/y", why)
    for programme in programmes:
        for item, reason in programme.left_out.select("item", "reason").iter_rows():
            book.miss(f"{programme.title}, {item}: not counted ({reason}).")
