"""The three financing channels: sources and uses, debt service and its cover, the premium of insurance."""

from __future__ import annotations

import polars as pl

from capcoop.report.page.charts import BLUE, GREEN, ORANGE, SKY, VERMILION, WIDTH, chart_of, lying, stacked, vega
from capcoop.report.page.columns import countries, shown
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts

SHOWN = 25
SERVICE = {"principal": BLUE, "interest": ORANGE, "paid_off": SKY}
KINDS = {"interest": "interest", "principal": "principal", "loan paid off at the end": "paid_off"}
MONEY = ("outlay", "loan", "equity", "premium", "owners_value")


def financing_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where nothing is known of how anything is paid for."""
    frame = facts.appraisal.get("financing")
    if frame is None or frame.is_empty():
        return None
    dearest = frame.sort("outlay", descending=True, maintain_order=True)
    loans = frame.filter(pl.col("loan") > 0).height
    about = texts("money-flows.about", loans=loans, count=frame.height)
    figures = [_sources(facts, dearest, texts), *_coverage(dearest, texts), *_service(facts, texts)]
    return Section("financing", texts("money-flows.title"), (about,), tuple(figures))


def _sources(facts: Facts, frame: pl.DataFrame, texts: Texts) -> Figure:
    drawn = frame.head(SHOWN)
    words = {"equity": texts("money-flows.equity"), "loan": texts("money-flows.loan")}
    long = drawn.unpivot(list(words), index="asset", variable_name="source", value_name="amount").with_columns(
        pl.col("source").replace_strict(words)
    )
    chart = lying(
        long.filter(pl.col("amount") != 0),
        ("asset", drawn["asset"].to_list()),
        ("amount", texts.currency(facts.money)),
        ("source", list(words.values()), dict(zip(words.values(), (GREEN, BLUE), strict=True))),
        {"asset": texts("column.asset"), "source": texts("column.way"), "amount": texts("column.amount")},
    )
    percent = [pl.col(name) * 100 for name in ("rate", "return_on_equity", "return_on_asset")]
    told = frame.with_columns(
        *percent, countries("supplier", texts), opening=pl.col("opening").cast(pl.Int64, strict=False).cast(pl.String)
    )
    columns = {
        "asset": "",
        "supplier": "",
        "opening": "",
        "outlay": "{money}",
        "loan": "{money}",
        "equity": "{money}",
        "premium": "{money}",
    }
    columns |= {"rate": "%/{year}", "years": "{year}", "least_coverage": "", "return_on_equity": "%/{year}", "return_on_asset": "%/{year}"}
    table, units = shown(told, texts, facts.money, {**columns, "owners_value": "{money}", "remark": ""})
    remarks = frame["remark"].drop_nulls().unique(maintain_order=True).to_list()
    note = texts("money-flows.sources-note") + (" " + texts("money-flows.remark", remarks="; ".join(remarks)) if remarks else "")
    return Figure("sources", texts("money-flows.sources"), chart, table, units, note)


def _coverage(frame: pl.DataFrame, texts: Texts) -> list[Figure]:
    alt = vega()
    known = frame.filter(pl.col("least_coverage").is_finite()).select("asset", "least_coverage", "rate", "years").head(SHOWN)
    if known.is_empty():
        return []
    words = (texts("money-flows.enough"), texts("money-flows.short"))
    told = known.with_columns(state=pl.when(pl.col("least_coverage") >= 1 - 1e-9).then(pl.lit(words[0])).otherwise(pl.lit(words[1])))
    base = chart_of(told).encode(y=alt.Y("asset:N", sort=told["asset"].to_list(), title=None, axis=alt.Axis(grid=True)))
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("least_coverage:Q", title=texts("money-flows.coverage-axis"), scale=alt.Scale(zero=True)),
        color=alt.Color(
            "state:N", scale=alt.Scale(domain=list(words), range=[BLUE, VERMILION]), legend=alt.Legend(orient="top", title=None)
        ),
        shape=alt.Shape(
            "state:N", scale=alt.Scale(domain=list(words), range=["circle", "triangle-down"]), legend=alt.Legend(orient="top", title=None)
        ),
        tooltip=[
            alt.Tooltip("asset:N", title=texts("column.asset")),
            alt.Tooltip("least_coverage:Q", format=".2f", title=texts("column.least_coverage")),
        ],
    )
    line = alt.Chart(alt.Data(values=[{"one": 1}])).mark_rule(strokeDash=[4, 3], color="currentColor").encode(x="one:Q")
    chart = alt.layer(line, points).properties(width=WIDTH, height=24 * told.height)
    table, units = shown(
        known.with_columns(pl.col("rate") * 100), texts, "", {"asset": "", "least_coverage": "", "rate": "%/{year}", "years": "{year}"}
    )
    return [Figure("coverage", texts("money-flows.coverage"), chart, table, units, texts("money-flows.coverage-note"))]


def _service(facts: Facts, texts: Texts) -> list[Figure]:
    entries = facts.appraisal.get("entries")
    if entries is None:
        return []
    lenders = pl.col("payee").is_in(["lenders", "policy banks"])
    paid = entries.filter(pl.col("kind").is_in(list(KINDS)) & lenders & (pl.col("amount") > 0))
    if paid.is_empty():
        return []
    total = paid.group_by("year", "kind").agg(pl.col("amount").sum()).with_columns(pl.col("kind").replace_strict(KINDS)).sort("year")
    wide = total.pivot("kind", index="year", values="amount", maintain_order=True).fill_null(0.0)
    parts = [name for name in SERVICE if name in wide.columns]
    wide = wide.with_columns(year=pl.col("year").cast(pl.Int64).cast(pl.String))
    words = {name: texts(f"money-flows.{name.replace('_', '-')}") for name in parts}
    long = wide.unpivot(parts, index="year", variable_name="kind", value_name="amount").with_columns(pl.col("kind").replace_strict(words))
    chart = stacked(
        long,
        ("year", wide["year"].to_list(), ""),
        ("amount", f"{texts.currency(facts.money)}/{texts('map.year')}"),
        ("kind", list(words.values()), {words[name]: SERVICE[name] for name in parts}),
        {"year": texts("column.year"), "kind": texts("column.kind"), "amount": texts("column.amount")},
    )
    table, units = shown(wide, texts, facts.money, {"year": "", **dict.fromkeys(parts, "{money}")})
    return [Figure("debt-service", texts("money-flows.service"), chart, table, units)]
