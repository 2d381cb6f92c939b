"""Prices, and the rules that bind."""

from __future__ import annotations

import polars as pl

from capcoop.plan.beside import SENSITIVITY
from capcoop.report.page.charts import BLUE, chart_of, faceted, vega
from capcoop.report.page.columns import shown
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.sections.gap import SHOWN, gap_by_year, worth_of
from capcoop.report.page.texts import Texts
from capcoop.report.summary import TINY

BINDING = 300


def prices_section(facts: Facts, texts: Texts) -> Section:
    """Return the chapter."""
    _, plan = facts.known
    known = plan["prices"].filter(pl.col("price").is_finite())
    if known.is_empty() or prices_where_wanted(facts).is_empty():
        return Section("prices", texts("prices.title"), (texts("prices.none"), *_hint(facts, texts)))
    figures = [_chart(facts, known, texts), *_binding(facts, texts)]
    return Section("prices", texts("prices.title"), (texts("prices.about"), *_hint(facts, texts)), tuple(figures))


def _hint(facts: Facts, texts: Texts) -> tuple[str, ...]:
    """Say which commands tell what happens at other figures, where the run keeps none of that."""
    return () if facts.beside.get(SENSITIVITY) else (texts("prices.hint"),)


def prices_where_wanted(facts: Facts) -> pl.DataFrame:
    """Return for each product and period the lowest, mean and highest price of the sites where it is wanted.

    Elsewhere a product has a price too, of one more unit that nobody wants.
    """
    _, plan = facts.known
    keys = ["site", "product", "period", "slice"]
    wanted = plan["balances"].filter(pl.col("need") + pl.col("used") > TINY).select(keys)
    known = plan["prices"].filter(pl.col("price").is_finite()).join(wanted, on=keys, how="semi", nulls_equal=True)
    price = pl.col("price")
    return known.group_by("product", "period", "unit", maintain_order=True).agg(low=price.min(), mean=price.mean(), high=price.max())


def _chart(facts: Facts, known: pl.DataFrame, texts: Texts) -> Figure:
    alt = vega()
    frame = prices_where_wanted(facts)
    wanted = worth_of(facts, gap_by_year(facts))
    order = [name for name in wanted if name in set(frame["product"])][:SHOWN]
    units = dict(frame.select("product", pl.col("unit").fill_null("")).iter_rows())
    money = texts.currency(facts.money)
    title = {name: f"{name} ({units[name]})" if units[name] else name for name in order}
    drawn = frame.filter(pl.col("product").is_in(order)).with_columns(panel=pl.col("product").replace_strict(title, return_dtype=pl.String))
    periods = list(facts.periods)
    tips = [alt.Tooltip("period:N", title=texts("column.period"))]
    tips += [alt.Tooltip(f"{name}:Q", title=texts(f"column.{name}"), format=",.4~r") for name in ("low", "mean", "high")]
    base = chart_of(drawn.drop("unit")).encode(
        x=alt.X("period:O", sort=periods, title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=periods)), tooltip=tips
    )
    if len(periods) == 1:
        band = base.mark_bar(opacity=0.35, color=BLUE, size=26).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
        line = base.mark_tick(color=BLUE, thickness=3, bandSize=34).encode(y=alt.Y("mean:Q", title=None))
    else:
        band = base.mark_area(opacity=0.25, color=BLUE).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
        line = base.mark_line(color=BLUE, strokeWidth=2, point=alt.OverlayMarkDef(color=BLUE, size=22)).encode(
            y=alt.Y("mean:Q", title=None)
        )
    chart = faceted(alt.layer(band, line).properties(width=190, height=110), "panel", [title[name] for name in order])
    told = known.select("product", "site", "period", "slice", "price", "unit").with_columns(
        unit=pl.lit(f"{money}/") + pl.col("unit").fill_null("")
    )
    columns = {"product": "", "site": "", "period": "", "slice": "", "price": "", "unit": ""}
    if told["slice"].null_count() == told.height:
        del columns["slice"]
    table, found = shown(told, texts, facts.money, columns)
    return Figure("prices", f"{texts('prices.by-product')} ({money})", chart, table, found, texts("prices.by-product-note"))


def _binding(facts: Facts, texts: Texts) -> list[Figure]:
    _, plan = facts.known
    frame = plan["binding"].sort(pl.col("value") == 0, maintain_order=True).head(BINDING)
    if frame.is_empty():
        return []
    told = frame.with_columns(worth=-pl.col("price"))
    table, units = shown(told, texts, facts.money, {"rule": "", "value": "", "worth": "{money}"})
    return [Figure("binding", texts("prices.binding"), None, table, units, texts("prices.binding-note"))]
