"""How the use of terms changes over dated documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from capcoop.words.keyness import keyness
from capcoop.words.terms import SHARE_OF, Counts

MOST_PERIODS = 8


@dataclass(frozen=True)
class Trend:
    """Use by period.

    periods : period, documents, words. uses : term, period, count, per_10000.
    changes : term, earlier, later (per 10,000 words before and from `cut` on), log_likelihood, log_ratio (later against earlier).
    undated : how many documents have no date and are left out.
    """

    periods: pl.DataFrame
    uses: pl.DataFrame
    changes: pl.DataFrame
    cut: str
    undated: int


def trend(counts: Counts, terms: Sequence[str]) -> Trend | None:
    """Return how the use of terms (those of the ranking, by name and kind) changes; None where fewer than two dates are known.

    Periods are years, spans of years where there are more than eight, or months where all documents are of one year. The later half begins
    at the period that parts the words most evenly.
    """
    own = counts.documents[: len(counts.documents) - counts.reference]
    labels = _periods([one.date for one in own])
    dated = pl.DataFrame(
        {"document": range(len(own)), "period": labels, "words": counts.words[: len(own)]},
        schema={"document": pl.Int64, "period": pl.String, "words": pl.Int64},
    ).drop_nulls()
    periods = dated.group_by("period").agg(documents=pl.len().cast(pl.Int64), words=pl.col("words").sum()).sort("period")
    periods = periods.filter(pl.col("words") > 0)
    if periods.height < 2:
        return None
    named = counts.terms.filter(pl.col("kind") != "country").filter(pl.col("term").is_in(list(terms)))
    cells = counts.cells.join(named.select("row", "term"), left_on="term", right_on="row").join(dated, on="document")
    found = cells.group_by("term_right", "period").agg(pl.col("count").sum())
    grid = pl.DataFrame({"term": list(dict.fromkeys(terms))}).join(periods, how="cross")
    uses = grid.join(found, left_on=["term", "period"], right_on=["term_right", "period"], how="left", maintain_order="left")
    uses = uses.with_columns(pl.col("count").fill_null(0)).with_columns(per_10000=SHARE_OF * pl.col("count") / pl.col("words"))
    before = np.cumsum(periods["words"].to_numpy())[:-1]
    at = int(np.argmin(abs(before - periods["words"].sum() / 2)))
    cut = str(periods["period"][at + 1])
    return Trend(periods, uses.select("term", "period", "count", "per_10000"), _changes(uses, cut), cut, len(own) - dated.height)


def _changes(uses: pl.DataFrame, cut: str) -> pl.DataFrame:
    later = pl.col("period") >= cut
    halves = uses.group_by("term", maintain_order=True).agg(
        before=pl.col("count").filter(~later).sum(),
        after=pl.col("count").filter(later).sum(),
        words_before=pl.col("words").filter(~later).sum(),
        words_after=pl.col("words").filter(later).sum(),
    )
    words_before, words_after = (float(halves.item(0, name)) for name in ("words_before", "words_after"))
    certainty, ratio = keyness(halves["after"].to_numpy(), words_after, halves["before"].to_numpy(), words_before)
    return halves.select(
        "term",
        earlier=SHARE_OF * pl.col("before") / words_before,
        later=SHARE_OF * pl.col("after") / words_after,
        log_likelihood=pl.Series(np.copysign(certainty, ratio)),
        log_ratio=pl.Series(ratio),
    )


def _periods(dates: Sequence[str]) -> list[str | None]:
    """Return the period of each date, None where it is blank: a year, a span of years, or a month where all are of one year."""
    years = sorted({int(date[:4]) for date in dates if date})
    if len(years) == 1 and all(len(date) >= 7 for date in dates if date):
        return [date[:7] or None for date in dates]
    if len(years) <= MOST_PERIODS:
        return [date[:4] or None for date in dates]
    width = -(-(years[-1] - years[0] + 1) // MOST_PERIODS)
    first = [years[0] + (int(date[:4]) - years[0]) // width * width if date else None for date in dates]
    return [None if one is None else _span(one, min(one + width - 1, years[-1])) for one in first]


def _span(first: int, last: int) -> str:
    """Return `2014`, `2014-16` or `1999-2001`."""
    if first == last:
        return f"{first}"
    return f"{first}-{last % 100:02d}" if first // 100 == last // 100 else f"{first}-{last}"
