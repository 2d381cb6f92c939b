"""Budgets of governments and payments across borders, by year."""

from __future__ import annotations

import polars as pl

from capcoop.report.page.charts import PALETTE, chart_of, stacked, vega
from capcoop.report.page.columns import country_name, shown
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts

COUNTRIES = 3  # the host countries with the largest sums are drawn, each by itself


def public_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where nothing is known."""
    figures = [figure for name in ("budget", "payments") for figure in _figures(facts, name, texts)]
    return Section("public", texts("public.title"), (texts("public.about"),), tuple(figures)) if figures else None


def _figures(facts: Facts, name: str, texts: Texts) -> list[Figure]:
    frame = facts.appraisal.get({"budget": "budget", "payments": "payments_abroad"}[name])
    if frame is None or frame.is_empty():
        return []
    case, _ = facts.known
    hosts = set(case.frames["sites"]["country"].drop_nulls())
    own = frame.filter(pl.col("country").is_in(list(hosts)) & (pl.col("amount") != 0))
    ranked = own.group_by("country").agg(pl.col("amount").abs().sum()).sort("amount", descending=True)["country"].to_list()
    keys = {country: country.lower() if country.isascii() and country.isalnum() else str(place) for place, country in enumerate(ranked)}
    return [
        _figure(facts, (name, keys[country]), country, own.filter(pl.col("country") == country), texts) for country in ranked[:COUNTRIES]
    ]


def _figure(facts: Facts, name: tuple[str, str], country: str, frame: pl.DataFrame, texts: Texts) -> Figure:
    alt = vega()
    total = frame.group_by("year", "kind").agg(pl.col("amount").sum()).sort("year", "kind")
    span = range(int(total["year"].min()), int(total["year"].max()) + 1)  # type: ignore[arg-type]
    years = [str(year) for year in span]
    named = total.with_columns(
        year=pl.col("year").cast(pl.Int64).cast(pl.String),
        kind=pl.col("kind").map_elements(lambda word: texts.word("payment", word), return_dtype=pl.String),
    )
    order = named.group_by("kind").agg(pl.col("amount").abs().sum()).sort("amount", descending=True)["kind"].to_list()
    unit = f"{texts.currency(facts.money)}/{texts('map.year')}"
    bars = stacked(
        named,
        ("year", years, ""),
        ("amount", unit),
        ("kind", order, {kind: PALETTE[place % len(PALETTE)] for place, kind in enumerate(order)}),
        {"year": texts("column.year"), "kind": texts("column.kind"), "amount": texts("column.amount")},
    )
    net = named.group_by("year", maintain_order=True).agg(pl.col("amount").sum())
    line = (
        chart_of(net)
        .mark_line(point=alt.OverlayMarkDef(color="currentColor", size=36), color="currentColor", strokeWidth=1.6)
        .encode(
            x=alt.X("year:O", sort=years),
            y="amount:Q",
            tooltip=[alt.Tooltip("year:N", title=texts("column.year")), alt.Tooltip("amount:Q", title=texts("public.net"), format=",.4~r")],
        )
    )
    table, units = shown(named, texts, facts.money, {"year": "", "kind": "", "amount": "{money}/{year}"})
    title = texts(f"public.{name[0]}", country=country_name(country, texts.language))
    return Figure(f"{name[0]}-{name[1]}", title, alt.layer(bars, line), table, units, texts("public.note"))
