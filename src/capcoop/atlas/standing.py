"""Where a country stands among all: its rank in what it makes and under which conditions, and its share of the world."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from capcoop.atlas.figures import AREAS, WEAK, WORLD, rows

# Fewer countries than this make no ranking.
LEAST = 10
# Years apart that may still be compared: countries report at different times.
NEAR = 2


@dataclass(frozen=True)
class Standing:
    """A place among countries.

    rank : 1 for the highest value; equal values share the best rank. of : how many countries have a figure. year : of the comparison.
    share : percent of the world's amount, None where amounts are not added up; basis : of what it is a share.
    """

    rank: int
    of: int
    year: int
    share: float | None = None
    basis: str = ""

    @property
    def quartile(self) -> int:
        """1 for the highest quarter of the countries, 4 for the lowest."""
        return math.ceil(4 * self.rank / self.of)


def single_values(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return one `value` for each combination of keys by the rule of `chosen`, many at once."""
    middle = pl.coalesce("value", (pl.col("low") + pl.col("high")) / 2)
    stated = frame.with_columns(value=middle).filter(pl.col("value").is_not_null())
    strong = ~pl.col("note").cast(pl.String).str.contains(WEAK).fill_null(value=False)
    for kept in (pl.col("verified"), strong):
        stated = stated.filter(kept | ~kept.any().over(keys))
    return stated.group_by(keys).agg(pl.col("value").median())


def _nearest(values: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return the value of each country nearest to the year `at`, the earlier of two as near, at most `NEAR` years away; no areas."""
    return (
        values.filter(~pl.col("country").is_in(AREAS))
        .with_columns(away=(pl.col("year").cast(pl.Int32) - pl.col("at")).abs())
        .filter(pl.col("away") <= NEAR)
        .filter(pl.col("away") == pl.col("away").min().over(keys))
        .filter(pl.col("year") == pl.col("year").min().over(keys))
    )


def standing_of_output(country: str, subject: str, year: int | None) -> Standing | None:
    """Return the place of a country among the makers of a product; None where it makes none or where too few countries are known.

    Of the years in which the country has a figure only those count around which at least half as many countries have one as around the
    best known of all; sources of single years list a few large makers alone. Of these the year nearest to `year` is ranked (the latest
    without one). The share is of the world's total of that year where one is stated, else of the sum of the countries known.
    """
    values = single_values(rows("output", subject, "production").with_columns(pl.col("country").cast(pl.String)), ["country", "year"])
    years = values.get_column("year").unique().sort().to_list()
    around = {at: _nearest(values.with_columns(at=pl.lit(at, pl.Int32)), ["country"]) for at in years}
    enough = max(LEAST, max((known.height for known in around.values()), default=0) / 2)
    own: dict[int, float] = dict(values.filter(pl.col("country") == country).select("year", "value").iter_rows())
    ranked = [at for at in own if around[at].height >= enough]
    if not ranked:
        return None
    at = max(ranked) if year is None else min(ranked, key=lambda one: (abs(one - year), one))
    known = around[at].get_column("value")
    world = values.filter(pl.col("year") == at, pl.col("country") == WORLD).get_column("value").to_list()
    total, basis = (world[0], "the world's total") if world else (float(known.sum()), f"the sum of {len(known)} countries")
    return Standing(int((known > own[at]).sum()) + 1, len(known), at, 100 * own[at] / total, basis) if own[at] > 0 else None


def standings(theme: str, country: str, years: Mapping[str, int]) -> dict[str, Standing]:
    """Return the place of a country by metric; `years` says for each metric which year its own figure is of.

    Others count with their figure nearest to that year, the earlier of two as near, at most `NEAR` years away.
    """
    if not years:
        return {}
    asked = pl.DataFrame({"metric": list(years), "at": list(years.values())}, schema={"metric": pl.String, "at": pl.Int32})
    frame = rows(theme).with_columns(pl.col("country", "metric").cast(pl.String)).join(asked, on="metric")
    close = _nearest(frame, ["metric", "country"])
    ranked = single_values(close, ["metric", "country"]).with_columns(
        rank=pl.col("value").rank("min", descending=True).over("metric"), of=pl.len().over("metric")
    )
    own = ranked.filter(pl.col("country") == country, pl.col("of") >= LEAST)
    return {metric: Standing(int(rank), of, years[metric]) for metric, rank, of in own.select("metric", "rank", "of").iter_rows()}
