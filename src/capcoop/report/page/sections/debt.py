"""What the plan adds to the debt of governments: owed and guaranteed by year, and the ratios against their thresholds."""

from __future__ import annotations

import polars as pl

from capcoop.report.page.charts import BLUE, ORANGE, stacked
from capcoop.report.page.columns import countries, country_name, shown
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts

KINDS = ("owed", "guaranteed")
RATIOS = {"country": "", "year": "", "indicator": "", "without": "%", "added": "%", "with_plan": "%", "threshold": "%", "state": ""}


def debt_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where no government owes or guarantees a loan of the plan."""
    frame = facts.appraisal.get("debt")
    if frame is None or frame.filter(pl.any_horizontal(pl.col(*KINDS) > 0)).is_empty():
        return None
    figures = [_course(facts, country, frame.filter(pl.col("country") == country), texts) for country in frame["country"].unique().sort()]
    return Section("debt", texts("debt.title"), (texts("debt.about"),), (*figures, *_ratios(facts, texts)))


def _course(facts: Facts, country: str, frame: pl.DataFrame, texts: Texts) -> Figure:
    """Return what one government owes and guarantees for the plan in each year."""
    years = frame["year"].cast(pl.Int64).cast(pl.String).to_list()
    words = {kind: texts(f"column.{kind}") for kind in KINDS}
    long = (
        frame.select(pl.col("year").cast(pl.Int64).cast(pl.String), *KINDS)
        .unpivot(index="year", variable_name="kind", value_name="amount")
        .with_columns(pl.col("kind").replace_strict(words))
    )
    chart = stacked(
        long,
        ("year", years, ""),
        ("amount", texts.currency(facts.money)),
        ("kind", list(words.values()), dict(zip(words.values(), (BLUE, ORANGE), strict=True))),
        {"year": texts("column.year"), "kind": texts("column.kind"), "amount": texts("column.amount")},
    )
    told = frame.with_columns(pl.col("year").cast(pl.Int64).cast(pl.String))
    money = dict.fromkeys(("owed", "guaranteed", "service", "guaranteed_service", "present_value", "debt", "ceiling"), "{money}")
    table, units = shown(told, texts, facts.money, {"year": "", **money})
    return Figure(
        f"debt-{country.lower()}",
        texts("debt.course", country=country_name(country, texts.language)),
        chart,
        table,
        units,
        texts("debt.course-note"),
    )


def _ratios(facts: Facts, texts: Texts) -> list[Figure]:
    """Return the table of the framework's ratios, as far as any is known."""
    frame = facts.appraisal.get("debt_ratios")
    if frame is None:
        return []
    known = frame.filter(pl.any_horizontal(pl.col("without", "added", "with_plan").is_not_null()))
    if known.is_empty():
        return []
    told = known.with_columns(
        countries("country", texts),
        pl.col("year").cast(pl.Int64).cast(pl.String),
        pl.col("state").map_elements(lambda word: texts.word("debt-state", word), return_dtype=pl.String),
        pl.col("indicator").map_elements(lambda word: texts.word("debt-ratio", word), return_dtype=pl.String),
    )
    table, units = shown(told, texts, facts.money, RATIOS)
    return [Figure("debt-ratios", texts("debt.ratios"), None, table, units, texts("debt.ratios-note"))]
