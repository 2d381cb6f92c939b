"""The cited figures of the package: one tidy table, and the written rule by which one figure is chosen among several.

Columns of the table: theme, country (ISO 3166 alpha-3, or an area such as WLD), partner, subject (a product, line, asset or mode), metric,
context (basis, terrain, place, years of prices), value, low, high, unit, year, source, verified, note, stated (value and unit as the source
has them, where they were converted). `WLD` marks world totals: they are never part of a sum over countries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import polars as pl

WORLD = "WLD"
# Codes that are no country: the world, Europe, Latin America, West Africa.
AREAS = (WORLD, "EUR", "LAC", "WAF")
# What a source calls a lower bound, or an estimate, gives way to a figure without such a mark.
WEAK = "lower bound|estimated|incomplete|approximate|listed plants only"


@cache
def table(name: str) -> pl.DataFrame:
    """Return a table of the package: figures, countries, programmes or rates."""
    with files("capcoop.atlas").joinpath("figures", f"{name}.parquet").open("rb") as file:
        return pl.read_parquet(file)


@lru_cache(maxsize=64)
def of_theme(theme: str) -> pl.DataFrame:
    """Return the figures of a theme: output, conditions, ties, prices, supply, lines, intensities, channels, grid or countries."""
    return table("figures").filter(pl.col("theme") == theme)


@dataclass(frozen=True)
class Figure:
    """One figure with its pedigree.

    value, low, high : in `unit`; low and high are None where no source gives a range and only one row was found.
    source : all sources, joined by ` | `; rule : how several rows became one, empty where there was one.
    """

    value: float
    low: float | None
    high: float | None
    unit: str
    year: int | None
    source: str
    verified: bool
    note: str = ""
    rule: str = ""


def rows(
    theme: str,
    subject: str | None = None,
    metric: str | None = None,
    country: str | None = None,
    partner: str | None = None,
) -> pl.DataFrame:
    """Return the rows of a theme with the given subject, metric, country and partner (None: any)."""
    wanted = {"subject": subject, "metric": metric, "country": country, "partner": partner}
    conditions = [pl.col(column) == value for column, value in wanted.items() if value is not None]
    frame = of_theme(theme)
    return frame.filter(*conditions) if conditions else frame


def nearest(frame: pl.DataFrame, year: int | None, within: int = 100) -> pl.DataFrame:
    """Return the rows of the year nearest to `year`, the earlier of two as near; without a year, of the latest. Undated rows come last."""
    if frame.is_empty():
        return frame
    dated = frame.filter(pl.col("year").is_not_null())
    if dated.is_empty():
        return frame
    if year is None:
        return dated.filter(pl.col("year") == pl.col("year").max())
    close = dated.with_columns(away=(pl.col("year").cast(pl.Int32) - year).abs()).filter(pl.col("away") <= within)
    close = close.filter(pl.col("away") == pl.col("away").min())
    return close.filter(pl.col("year") == pl.col("year").min()).drop("away")


def known_by(frame: pl.DataFrame, until: int | None) -> pl.DataFrame:
    """Return the rows that were known in a year; where none is that old, or no year is asked for, all of them."""
    old = frame if until is None else frame.filter(pl.col("year") <= until)
    return old if old.height else frame


def chosen(frame: pl.DataFrame) -> Figure | None:
    """Make one figure of rows that all state it; None where there is none.

    Rows that were read in their source come before those from memory, figures before lower bounds and estimates. Of those that remain the
    median is taken, and the range goes from the lowest to the highest. A row with a range only counts with the middle of it.
    """
    if frame.is_empty():
        return None
    middle = pl.coalesce("value", (pl.col("low") + pl.col("high")) / 2)
    stated = frame.with_columns(middle=middle).filter(pl.col("middle").is_not_null())
    best, rules = stated, list[str]()
    for kept, rule in (
        (pl.col("verified"), "verified rows alone"),
        (~pl.col("note").cast(pl.String).str.contains(WEAK).fill_null(value=False), "without estimates and lower bounds"),
    ):
        some = best.filter(kept)
        if 0 < some.height < best.height:
            best, rules = some, [*rules, rule]
    if best.is_empty():
        return None
    common = best.get_column("unit").cast(pl.String).value_counts().sort("count", "unit", descending=[True, False]).item(0, "unit")
    best = best.filter(pl.col("unit") == common)
    if best.height > 1:
        rules.append(f"median of {best.height}")
    low, high = (best.select(e).item() for e in (pl.min_horizontal("low", "middle").min(), pl.max_horizontal("high", "middle").max()))
    value = float(best.get_column("middle").median())  # type: ignore[arg-type]
    ranged = best.height > 1 or low < value or high > value
    return Figure(
        value,
        low if ranged else None,
        high if ranged else None,
        common,
        best.get_column("year").max(),  # type: ignore[arg-type]
        _joined(best.get_column("source")),
        bool(best.get_column("verified").all()),
        _joined(best.get_column("note")),
        ", ".join(rules),
    )


def _joined(cells: pl.Series) -> str:
    return " | ".join(cells.cast(pl.String).drop_nulls().unique(maintain_order=True).to_list())


@lru_cache(maxsize=16384)
def figure(
    theme: str,
    subject: str | None = None,
    metric: str | None = None,
    country: str | None = None,
    partner: str | None = None,
    year: int | None = None,
    within: int = 100,
    until: int | None = None,
) -> Figure | None:
    """Return the figure nearest to a year (the latest without one) by the rule of `chosen`; None: unknown, which is not zero.

    `until`: as known in that year, without later figures and without undated ones.
    """
    found = rows(theme, subject, metric, country, partner)
    return chosen(nearest(found if until is None else found.filter(pl.col("year") <= until), year, within))


@lru_cache(maxsize=256)
def by_country(
    theme: str, metric: str, subject: str | None = None, year: int | None = None, within: int = 100, until: int | None = None
) -> dict[str, Figure]:
    """Return the figure of every country that has one; areas and the world are no countries. `until`: as known in that year."""
    frame = rows(theme, subject, metric).filter(~pl.col("country").cast(pl.String).is_in(AREAS))
    close = _nearest_by_country(frame if until is None else frame.filter(pl.col("year") <= until), year, within)
    alone = pl.len().over("country") == 1
    found = {str(row["country"]): _alone(row) for row in close.filter(alone).iter_rows(named=True)}
    groups: Iterable[tuple[tuple[object, ...], pl.DataFrame]] = close.filter(~alone).group_by("country", maintain_order=True)
    found |= {str(key[0]): chosen(group) for key, group in groups}
    return {country: found[country] for country in sorted(found) if found[country] is not None}  # type: ignore[misc]


def _nearest_by_country(frame: pl.DataFrame, year: int | None, within: int) -> pl.DataFrame:
    """Return what `nearest` returns, for every country at once."""
    dated = pl.col("year").is_not_null()
    kept = frame.filter(dated | ~dated.any().over("country"))
    if year is None:
        return kept.filter(~dated | (pl.col("year") == pl.col("year").max().over("country")))
    close = kept.with_columns(away=(pl.col("year").cast(pl.Int32) - year).abs()).filter(~dated | (pl.col("away") <= within))
    close = close.filter(~dated | (pl.col("away") == pl.col("away").min().over("country")))
    return close.filter(~dated | (pl.col("year") == pl.col("year").min().over("country"))).drop("away")


def _alone(row: dict[str, Any]) -> Figure | None:
    """Return what `chosen` makes of a single row."""
    low, high = row["low"], row["high"]
    value = row["value"]
    if value is None:
        if low is None or high is None:
            return None
        value = (low + high) / 2
    least, most = min(value, value if low is None else low), max(value, value if high is None else high)
    ranged = least < value or most > value
    return Figure(
        value,
        least if ranged else None,
        most if ranged else None,
        row["unit"],
        row["year"],
        row["source"],
        row["verified"],
        row["note"] or "",
    )
