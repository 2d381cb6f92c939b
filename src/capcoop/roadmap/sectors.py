"""The twelve sectors by host: gap, the supplier's strength, how ready the host is, and the jobs and capital of closing the gap.

gap : share of demand that is missing, the mean of the sector's products of which it is known. strength : the supplier's share of the
world in the sector, by tables/sectors.csv. readiness : mean of the conditions of tables/readiness.csv, 0 to 1. jobs and capital : the
gap of every product times the jobs and capital of a unit of its line (figures of lines of the atlas). fit : gap x strength. Unknown is
null, never zero.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from capcoop.atlas.figures import Figure, by_country, chosen, figure, rows
from capcoop.atlas.lines import TECHNOLOGIES, jobs_of
from capcoop.atlas.products import PRODUCTS, SECTORS
from capcoop.roadmap.complement import gap_ranges
from capcoop.roadmap.hierarchy import Measure, scaled, table
from capcoop.roadmap.request import Request

MILLION = 1e-3  # USD per t/y times kt, per bbl/d times kbbl/d, per kW times MW: all thousand USD
POWER, HOURS = "USD/kW", 8760.0
ENDS = ("low", "value", "high")


def strength_in(supplier: str, sector: str, year: int) -> Figure | None:
    """Return the supplier's share of the world in a sector, 0 to 1; None: unknown."""
    row = table("sectors").row(by_predicate=pl.col("sector") == sector, named=True)
    if row["subject"] is None:
        return None
    one = by_country("supply", row["metric"], row["subject"], year, until=year).get(supplier)
    if one is None:
        return None
    low, high = (None if end is None else end / 100 for end in (one.low, one.high))
    return Figure(one.value / 100, low, high, "share", one.year, one.source, one.verified, one.note, row["note"] or "")


def sector_table(request: Request, codes: tuple[str, ...]) -> pl.DataFrame:
    """Return a row for each host and sector.

    Columns: country, sector, gap, gap_low, gap_high (shares of demand), strength (share of the world), readiness (0 to 1), jobs, jobs_low,
    jobs_high, capital, capital_low, capital_high (MUSD), products (those with a gap known), fit (gap x strength); null: unknown.
    """
    gaps = _by_sector(request.first, request.last).filter(pl.col("country").is_in(list(codes)))
    grid = pl.DataFrame({"country": codes}).join(pl.DataFrame({"sector": SECTORS}), how="cross")
    strong = [strength_in(request.supplier, sector, request.first - 1) for sector in SECTORS]
    by_sector = {"sector": SECTORS, "strength": [None if one is None else one.value for one in strong]}
    strength = pl.DataFrame(by_sector, {"sector": pl.String, "strength": pl.Float64})
    keys = ["country", "sector"]
    out = grid.join(strength, on="sector", how="left", maintain_order="left")
    out = out.join(gaps, on=keys, how="left", maintain_order="left")
    out = out.join(readiness(request.first - 1), on=keys, how="left", maintain_order="left")
    out = out.with_columns(fit=pl.col("gap") * pl.col("strength"))
    if request.sectors:
        out = out.filter(pl.col("sector").is_in(list(request.sectors)))
    amounts = (f"{name}{end}" for name in ("jobs", "capital") for end in ("", "_low", "_high"))
    return out.select(*keys, "gap", "gap_low", "gap_high", "strength", "readiness", *amounts, "products", "fit")


@lru_cache(maxsize=8)
def _by_sector(first: int, last: int) -> pl.DataFrame:
    """Return gap, jobs and capital of every country and sector of which a gap is known."""
    sector = {name: one.sector for name, one in PRODUCTS.items()}
    gaps = gap_ranges(first, last).filter(pl.col("value").is_not_null(), pl.col("demand") > 0)
    frame = gaps.join(line_costs(), on="product", how="left").with_columns(sector=pl.col("product").replace_strict(sector))
    share = {end: (pl.col(end) / pl.col("demand")).clip(0, 1) for end in ENDS}
    frame = frame.with_columns(
        *(share[end].alias(f"share_{end}") for end in ENDS),
        *((pl.col(end) * pl.col("jobs_each")).alias(f"jobs_{end}") for end in ENDS),
        *((pl.col(end) * pl.col(f"capital_{end}_each")).alias(f"capital_{end}") for end in ENDS),
    )
    whole = {name: pl.col(f"{name}_value").is_not_null().all() for name in ("jobs", "capital")}
    names = {"value": "", "low": "_low", "high": "_high"}
    return frame.group_by("country", "sector", maintain_order=True).agg(
        *(pl.col(f"share_{end}").mean().alias(f"gap{names[end]}") for end in ENDS),
        *(
            pl.when(whole[name]).then(pl.col(f"{name}_{end}").sum()).alias(f"{name}{names[end]}")
            for name in ("jobs", "capital")
            for end in ENDS
        ),
        products=pl.col("product").str.join(", "),
    )


@lru_cache(maxsize=1)
def line_costs() -> pl.DataFrame:
    """Return by product what a unit a year of capacity takes: jobs_each, capital_low_each, capital_value_each, capital_high_each (MUSD).

    Electricity: of the plants whose capacity factor is known, from the dearest to the cheapest for what they yield, the middle as value.
    """
    found = []
    for product, lines, technology, unit in table("lines").iter_rows():
        if unit == POWER:
            found.append((product, *_power(lines.split(";"))))
            continue
        cost = chosen(rows("lines", lines, "capex").filter(pl.col("unit").cast(pl.String) == unit))
        if cost is not None:
            ends = (cost.value if cost.low is None else cost.low, cost.value, cost.value if cost.high is None else cost.high)
            jobs = None if technology is None else jobs_of(TECHNOLOGIES[technology])
            found.append((product, jobs, *(end * MILLION for end in ends)))
    names = ["product", "jobs_each", *(f"capital_{end}_each" for end in ENDS)]
    return pl.DataFrame(found, {name: pl.Float64 if place else pl.String for place, name in enumerate(names)}, orient="row")


def _power(plants: list[str]) -> tuple[float, float, float, float]:
    """Return jobs and low, middle and high capital (MUSD) of the plants that yield a GWh a year."""
    jobs, capital = [], []
    for plant in plants:
        factor, cost, work = (figure("lines", plant, name) for name in ("capacity_factor", "capex", "jobs_operation"))
        stated = rows("lines", plant, "capex").filter(pl.col("unit").cast(pl.String) == POWER).get_column("value").drop_nulls()
        if factor is None or cost is None or work is None:
            raise LookupError(f"the package has no capacity factor, cost or jobs of {plant}")
        megawatts = 1000 / (HOURS * factor.value)
        capital += [megawatts * float(one) * MILLION for one in stated]
        jobs.append(megawatts * work.value)
    low, high = min(capital), max(capital)
    return sum(jobs) / len(jobs), low, (low + high) / 2, high


@lru_cache(maxsize=8)
def readiness(year: int) -> pl.DataFrame:
    """Return how ready countries are for a sector: country, sector, readiness, the mean of the conditions that are known.

    A country of which less than half of the weight of a sector's conditions is known has no row.
    """
    scored = []
    for row in table("readiness").iter_rows(named=True):
        known = by_country(row["theme"], row["metric"], None, year, until=year)
        figures = np.array([[one.value] * 3 for one in known.values()])
        names = ("", "", row["metric"], "figure", row["theme"], (row["metric"],), "")
        measure = Measure(*names, row["normalisation"], row["worst"], row["best"], row["weight"], row["title"])
        named = SECTORS if row["sectors"] == "*" else tuple(row["sectors"].split(";"))
        values = pl.DataFrame({"country": list(known), "value": scaled(measure, figures)[:, 1], "weight": float(row["weight"])})
        scored.append(values.join(pl.DataFrame({"sector": named, "metric": row["metric"]}), how="cross"))
    frame = pl.concat(scored)
    full = frame.select("sector", "metric", "weight").unique().group_by("sector").agg(full=pl.col("weight").sum())
    mean = (pl.col("value") * pl.col("weight")).sum() / pl.col("weight").sum()
    sums = frame.group_by("country", "sector").agg(readiness=mean, weight=pl.col("weight").sum()).join(full, on="sector")
    return sums.filter(pl.col("weight") >= pl.col("full") / 2).select("country", "sector", "readiness").sort("country", "sector")
