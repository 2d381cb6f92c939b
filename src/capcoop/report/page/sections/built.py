"""What is built: where, when, how large and with whom."""

from __future__ import annotations

import polars as pl

from capcoop.report.page.charts import PALETTE, WIDTH, chart_of, vega
from capcoop.report.page.columns import countries, shown
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts

SHOWN = 25  # builds that are drawn; all stand in the table


def built_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where nothing can be built."""
    case, plan = facts.known
    if not case.size("options"):
        return None
    frame = builds_of(facts, texts)
    if frame.is_empty():
        return Section("built", texts("built.title"), (texts("built.nothing"),))
    jobs = plan["builds"].get_column("jobs").sum()
    said = [texts("built.about", count=frame.height, investment=texts.money(float(frame["investment"].sum()), facts.money))]
    if jobs:
        said.append(texts("built.jobs", count=round(jobs)))
    return Section("built", texts("built.title"), tuple(said), (_timeline(facts, frame, texts), *_partners(facts, frame, texts)))


def builds_of(facts: Facts, texts: Texts) -> pl.DataFrame:
    """Return what is built, the dearest first: what, where, period, opening and end (years), builds, size, unit, supplier."""
    case, plan = facts.known
    options = case.frames["options"].select("option", lead=pl.col("lead_years").fill_null(0.0), life="life").unique("option", keep="first")
    starts = case.frames["periods"].select("period", "start")
    frame = plan["builds"].with_columns(where=pl.coalesce("site", "channel"), what=pl.coalesce("line", "option"))
    frame = frame.with_columns(where=pl.when(pl.col("where") == pl.col("what")).then(pl.lit("")).otherwise("where").fill_null(""))
    grouped = frame.group_by("option", "what", "where", "period", "supplier", "unit", maintain_order=True).agg(
        builds=pl.when(pl.col("builds").is_not_null().any()).then(pl.col("builds").sum()),
        size=pl.col("new_capacity").sum(),
        investment=pl.col("investment").sum(),
        jobs=pl.when(pl.col("jobs").is_not_null().any()).then(pl.col("jobs").sum()),
    )
    dated = grouped.join(options, on="option", how="left").join(starts, on="period", how="left")
    opening = pl.col("start") + pl.col("lead")
    dated = dated.with_columns(opening=opening, ends=opening + pl.col("life"))
    return dated.with_columns(countries("supplier", texts), pl.col("unit").fill_null("")).sort(
        "investment", descending=True, maintain_order=True
    )


def _label() -> pl.Expr:
    return pl.when(pl.col("where") == "").then(pl.col("what")).otherwise(pl.col("what") + ", " + pl.col("where"))


def _timeline(facts: Facts, frame: pl.DataFrame, texts: Texts) -> Figure:
    alt = vega()
    columns = {"what": "", "where": "", "period": "", "opening": "", "builds": "", "size": "", "unit": "", "supplier": ""}
    columns |= {"investment": "{money}", "jobs": ""}
    if frame["builds"].null_count() == frame.height:
        del columns["builds"]
    table, units = shown(frame.with_columns(_year("opening")), texts, facts.money, columns)
    named = frame.with_columns(name=_label()).head(SHOWN)
    order = (
        named.sort("start", "investment", descending=[False, True], nulls_last=True, maintain_order=True)
        .get_column("name")
        .unique(maintain_order=True)
        .to_list()
    )
    size = pl.struct("size", "unit").map_elements(lambda row: f"+{texts.number(row['size'])} {row['unit']}", return_dtype=pl.String)
    long = named.with_columns(size=pl.when(pl.col("size") > 0).then(size).otherwise(pl.lit("")))
    partners = long.group_by("supplier", maintain_order=True).agg(pl.col("investment").sum()).get_column("supplier").to_list()
    shades = [PALETTE[place % len(PALETTE)] for place in range(len(partners))]
    periods = list(facts.periods)
    tips = {"name": "what", "period": "period", "size": "size", "supplier": "supplier", "investment": "investment"}
    base = chart_of(long.select("name", "period", "size", "supplier", "investment", "builds")).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(grid=True, labelLimit=210)),
        x=alt.X(
            "period:O",
            sort=periods,
            title=texts("built.decided"),
            axis=alt.Axis(labelAngle=0, orient="top"),
            scale=alt.Scale(domain=periods),
        ),
        tooltip=[alt.Tooltip(f"{name}:{'Q' if name == 'investment' else 'N'}", title=texts(f"column.{key}")) for name, key in tips.items()],
    )
    points = base.mark_circle(opacity=0.85).encode(
        size=alt.Size(
            "investment:Q",
            scale=alt.Scale(range=[60, 700]),
            legend=alt.Legend(title=f"{texts('column.investment')}, {texts.currency(facts.money)}", orient="bottom"),
        ),
        color=alt.Color(
            "supplier:N", scale=alt.Scale(domain=partners, range=shades), legend=alt.Legend(title=texts("column.supplier"), orient="bottom")
        ),
    )
    sizes = base.mark_text(dx=16, align="left", fontSize=11).encode(text="size:N")
    chart = alt.layer(points, sizes).properties(width=WIDTH, height=30 * len(order), usermeta={"plain": True})
    left = frame.height - named.height
    note = texts("built.note", money=texts.currency(facts.money)) + (" " + texts("built.more", count=left) if left else "")
    return Figure("built", texts("built.when"), chart, table, units, note)


def _year(column: str) -> pl.Expr:
    """Return a column of years as text, so that they are not grouped like figures."""
    return pl.col(column).round(0).cast(pl.Int64, strict=False).cast(pl.String).alias(column)


def _partners(facts: Facts, frame: pl.DataFrame, texts: Texts) -> list[Figure]:
    """Return the investment by supplier of the equipment."""
    if frame["supplier"].n_unique() < 2:
        return []
    total = (
        frame.group_by("supplier", maintain_order=True)
        .agg(pl.col("investment").sum(), count=pl.len().cast(pl.Float64))
        .sort("investment", descending=True)
    )
    table, units = shown(total, texts, facts.money, {"supplier": "", "count": "", "investment": "{money}"})
    return [Figure("partners", texts("built.partners"), None, table, units)]
