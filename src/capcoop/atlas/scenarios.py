"""The scenarios of every case of the atlas: other intensities and growth, dearer capital, and each supplier left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from capcoop.atlas.case import Question, amount, by_city
from capcoop.atlas.sites import Place

# Growth of ordinary needs, as a share of what is expected; how much dearer capital is, a year.
GROWTHS = {"slow-growth": 0.5, "fast-growth": 1.5}
DEARER = 0.02


def scenarios(question: Question, places: tuple[Place, ...], frames: Mapping[str, pl.DataFrame], growth: float) -> pl.DataFrame:
    """Return the rows of changes.csv: low- and high-intensity, slow- and fast-growth, dear-capital, no-chn-lines and the like.

    frames : the tables of the case; a need that is not the atlas's keeps its figure. growth : of ordinary needs, % a year.
    """
    key = ("site", "product", "period")
    spread = by_city(question, places).with_columns(quantity=amount("ordinary", "programme"))
    spread = spread.join(frames["needs"].select(*key, "quantity"), on=[*key, "quantity"], how="semi", maintain_order="left")
    rows = [
        *(_needs(f"{word}-intensity", spread.filter(pl.col("high") > pl.col("low")), amount("ordinary", word)) for word in ("low", "high")),
        *_growth(question, spread, growth),
        _change("dear-capital", "case", "discount_rate", f"{question.discount_rate + DEARER:g}"),
        *_left_out(question, frames.get("options")),
    ]
    return pl.concat(rows)


def _needs(scenario: str, spread: pl.DataFrame, quantity: pl.Expr) -> pl.DataFrame:
    return spread.select(
        scenario=pl.lit(scenario),
        table=pl.lit("needs"),
        key=pl.concat_str("site", "product", "period", separator=";"),
        column=pl.lit("quantity"),
        value=quantity.cast(pl.String),
    )


def _growth(question: Question, spread: pl.DataFrame, growth: float) -> Iterator[pl.DataFrame]:
    """Yield ordinary needs that grow slower and faster from the base year on; the programmes' stay."""
    for scenario, share in GROWTHS.items() if growth else ():
        ratio = (1 + share * growth / 100) / (1 + growth / 100)
        other = pl.col("ordinary") * pl.lit(ratio).pow(pl.col("year") - question.base)
        yield _needs(scenario, spread, amount(other, "programme"))


def _change(scenario: str, table: str, column: str, value: str) -> pl.DataFrame:
    cells = {"scenario": scenario, "table": table, "key": None, "column": column, "value": value}
    return pl.DataFrame([cells], schema=dict.fromkeys(cells, pl.String))


def _left_out(question: Question, options: pl.DataFrame | None) -> Iterator[pl.DataFrame]:
    """Yield, of more than one supplier, each left out: what holds his equipment or his technology is not offered."""
    for supplier in question.suppliers if options is not None and len(question.suppliers) > 1 else ():
        scenario = f"no-{supplier}-lines".lower()
        yield options.filter((pl.col("supplier") == supplier) | (pl.col("technology") == supplier)).select(  # type: ignore[union-attr]
            scenario=pl.lit(scenario),
            table=pl.lit("options"),
            key=pl.col("option"),
            column=pl.lit("maximum_builds"),
            value=pl.lit("0"),
        )
