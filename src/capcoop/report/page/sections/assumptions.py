"""What the case assumes, from which sources, and how much of it is marked as verified."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from capcoop.errors import printable
from capcoop.report.page.charts import BLUE, GREY, ORANGE, lying, vega
from capcoop.report.page.columns import shown
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts

STATES = {"verified": BLUE, "unverified": ORANGE, "unstated": GREY}
LEFT_OUT = ("changes",)  # those of other scenarios


def assumptions_section(facts: Facts, texts: Texts) -> Section:
    """Return the chapter."""
    counted = verified_of(facts)
    rows = int(counted["rows"].sum())
    sums = {state: int(counted[state].sum()) for state in STATES}
    about = texts("assumptions.about", rows=rows, share=sums["verified"] / rows if rows else 0.0, **sums)
    figures = [_chart(counted, texts), *_sources(facts, texts), settings_figure(facts, texts)]
    return Section("assumptions", texts("assumptions.title"), (about,), tuple(figures))


def verified_of(facts: Facts) -> pl.DataFrame:
    """Return for each table of the case: rows, and how many of them are verified, not verified, and do not say."""
    case, _ = facts.known
    found = []
    for name, frame in case.frames.items():
        if frame.is_empty() or name in LEFT_OUT or "verified" not in frame.columns:
            continue
        marks = frame["verified"].cast(pl.Boolean, strict=False)
        yes, no = int(marks.sum()), int((~marks).sum())
        found.append({"table": name, "rows": frame.height, "verified": yes, "unverified": no, "unstated": frame.height - yes - no})
    schema = {"table": pl.String, **dict.fromkeys(("rows", *STATES), pl.Int64)}
    return pl.DataFrame(found, schema=schema).sort("rows", descending=True)


def _chart(counted: pl.DataFrame, texts: Texts) -> Figure:
    words = {state: texts(f"assumptions.{state}") for state in STATES}
    long = counted.unpivot(list(STATES), index=["table", "rows"], variable_name="state", value_name="count")
    long = long.with_columns(pl.col("state").replace_strict(words), share=100 * pl.col("count") / pl.col("rows")).filter(
        pl.col("count") > 0
    )
    colour = ("state", list(words.values()), dict(zip(words.values(), STATES.values(), strict=True)))
    tips = {"table": texts("column.table"), "state": texts("column.state"), "count": texts("column.rows")}
    chart = lying(long, ("table", counted["table"].to_list()), ("share", f"% ({texts('assumptions.rows')})"), colour, tips, 20)
    chart.encoding.x.scale = vega().Scale(domain=[0, 100])
    table, units = shown(counted, texts, "", dict.fromkeys(("table", "rows", *STATES), ""))
    return Figure("verified", texts("assumptions.chart"), chart, table, units)


def _sources(facts: Facts, texts: Texts) -> list[Figure]:
    """Return every source with the table that names it and how many rows rest on it."""
    case, _ = facts.known
    parts = [
        frame.select(
            table=pl.lit(name),
            source=pl.col("source").cast(pl.String),
            year=pl.col("year").cast(pl.String),
            verified=pl.col("verified").cast(pl.Boolean, strict=False),
        )
        for name, frame in case.frames.items()
        if name not in LEFT_OUT and {"source", "year", "verified"} <= set(frame.columns) and not frame.is_empty()
    ]
    told = pl.concat(parts).filter(pl.col("source").is_not_null() & (pl.col("source") != "")) if parts else pl.DataFrame()
    if told.is_empty():
        return []
    grouped = told.group_by("source", "table", "year", maintain_order=True).agg(rows=pl.len(), verified=pl.col("verified").sum())
    table, units = shown(
        grouped.sort("rows", descending=True, maintain_order=True),
        texts,
        "",
        dict.fromkeys(("source", "table", "year", "rows", "verified"), ""),
    )
    return [Figure("sources-of-figures", texts("assumptions.sources"), None, table, units)]


def settings_figure(facts: Facts, texts: Texts) -> Figure:
    """Return the settings, the scenario and the changes that were asked for."""
    run = facts.run
    inner = run.settings.get("solver")
    solver = {f"solver.{name}": value for name, value in inner.items()} if isinstance(inner, dict) else {}
    every = {**{name: value for name, value in run.settings.items() if name != "solver"}, **solver}
    flat = {name: value for name, value in every.items() if name != "description" and value not in (None, "", {}, [])}
    rows = {"case": run.case, "scenario": run.scenario, "set": "; ".join(str(one) for one in run.request.get("sets") or ()), **flat}
    written = [(printable(name), _written(value)) for name, value in rows.items() if value != ""]
    frame = pl.DataFrame(written, schema={"setting": pl.String, "value": pl.String}, orient="row")
    table, units = shown(frame.rename({"value": "stated_value"}), texts, "", {"setting": "", "stated_value": ""})
    return Figure("settings", texts("assumptions.settings"), None, table, units)


def _written(value: Any) -> str:  # noqa: ANN401  (any plain value)
    """Write a plain value on one line; a year that is held as 2014.0 is 2014."""
    if isinstance(value, str):
        return printable(value)
    return printable(json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value, ensure_ascii=False))
