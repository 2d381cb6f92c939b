"""The gap: what is wanted, product by product and year by year, and where it comes from."""

from __future__ import annotations

import polars as pl

from capcoop.report.page.charts import BLUE, GREEN, ORANGE, VERMILION, chart_of, faceted, stacked, vega
from capcoop.report.page.columns import shown
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts
from capcoop.report.summary import TINY, bought_abroad, gaps

SHOWN = 12  # products that are drawn; all stand in the table
WAYS = {"made": BLUE, "at_home": GREEN, "imported": ORANGE, "unmet": VERMILION}
KEYS = ["product", "period"]


def gap_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where nothing is wanted."""
    yearly = gap_by_year(facts)
    if yearly.is_empty():
        return None
    worth = worth_of(facts, yearly)
    figures = [_chart(facts, yearly, worth, texts), _means(facts, texts), *_lines(facts, texts)]
    return Section("gap", texts("gap.title"), (texts("gap.about", span=facts.span),), tuple(figures))


def gap_by_year(facts: Facts) -> pl.DataFrame:
    """Return for each product and period, a year: wanted (needs and inputs), made, bought at home, imported, unmet; not what nobody wants.

    As in the summary of `capcoop plan`, what is bought counts as imported unless its origin is the country of the site.
    """
    case, plan = facts.known
    amounts = (
        plan["balances"]
        .group_by(*KEYS, "unit", maintain_order=True)
        .agg(
            wanted=(pl.col("need") + pl.col("used")).sum(),
            made=pl.col("made").sum(),
            bought=pl.col("bought").sum(),
            unmet=pl.col("unmet").sum(),
        )
    )
    abroad = bought_abroad(case, plan).group_by(KEYS).agg(imported=pl.col("quantity").sum())
    found = amounts.join(abroad, on=KEYS, how="left").with_columns(pl.col("imported").fill_null(0.0), pl.col("unit").fill_null(""))
    found = found.with_columns(at_home=(pl.col("bought") - pl.col("imported")).clip(lower_bound=0.0)).drop("bought")
    return found.filter((pl.col("wanted") > TINY).any().over("product"))


def worth_of(facts: Facts, yearly: pl.DataFrame) -> list[str]:
    """Return the products, the one first of which most is wanted, valued at the plan's mean prices; those without a price last."""
    _, plan = facts.known
    prices = plan["prices"].group_by("product").agg(pl.col("price").abs().mean())
    total = yearly.group_by("product", maintain_order=True).agg(pl.col("wanted").sum()).join(prices, on="product", how="left")
    ranked = total.with_columns(worth=pl.col("wanted") * pl.col("price")).sort(
        "worth", descending=True, nulls_last=True, maintain_order=True
    )
    return ranked.get_column("product").to_list()


def _chart(facts: Facts, yearly: pl.DataFrame, worth: list[str], texts: Texts) -> Figure:
    alt = vega()
    units = dict(yearly.select("product", "unit").iter_rows())
    drawn = worth[:SHOWN]
    title = {name: f"{name}, {units[name]}/{texts('map.year')}" if units[name] else name for name in drawn}
    named = yearly.filter(pl.col("product").is_in(drawn)).with_columns(
        panel=pl.col("product").replace_strict(title, return_dtype=pl.String)
    )
    words = {way: texts(f"gap.{way}") for way in WAYS}
    long = named.unpivot(list(WAYS), index=["panel", "period", "wanted"], variable_name="way", value_name="amount").filter(
        pl.col("amount") > TINY
    )
    ranks = {way: rank for rank, way in enumerate(WAYS)}
    long = long.with_columns(rank=pl.col("way").replace_strict(ranks, return_dtype=pl.Int64), way=pl.col("way").replace_strict(words))
    present = [way for way in WAYS if words[way] in set(long["way"])]
    tips = {"period": texts("column.period"), "way": texts("column.way"), "amount": texts("column.amount")}
    periods = list(facts.periods)
    both = pl.concat([long, named.select("panel", "period", amount="wanted", wanted="wanted")], how="diagonal")
    base = chart_of(both).encode(
        x=alt.X("period:O", sort=periods, title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=periods))
    )
    colour = alt.Color(
        "way:N",
        scale=alt.Scale(domain=[words[way] for way in present], range=[WAYS[way] for way in present]),
        legend=alt.Legend(orient="top", title=None, symbolType="square"),
    )
    bars = (
        base.transform_filter("isValid(datum.way)")
        .mark_bar()
        .encode(
            y=alt.Y("amount:Q", title=None),
            color=colour,
            order="rank:Q",
            tooltip=[alt.Tooltip(f"{k}:{'Q' if k == 'amount' else 'N'}", title=v) for k, v in tips.items()],
        )
    )
    marks = base.transform_filter("!isValid(datum.way)").mark_tick(thickness=2.5, color="currentColor", bandSize=16).encode(y="amount:Q")
    chart = faceted(alt.layer(bars, marks).properties(width=190, height=130), "panel", [title[name] for name in drawn])
    columns = {"product": "", "period": "", "wanted": "", "made": "", "at_home": "", "imported": "", "unmet": "", "unit": ""}
    table, found = shown(yearly, texts, facts.money, columns)
    left = len(worth) - len(drawn)
    note = texts("gap.note") + (" " + texts("gap.more", count=left) if left else "")
    return Figure("gap-by-year", texts("gap.by-year"), chart, table, found, note)


def _means(facts: Facts, texts: Texts) -> Figure:
    """Return the table of the summary: means of the horizon, beside the baseline."""
    case, plan = facts.known
    frame = gaps(case, plan, facts.baseline)
    columns = dict.fromkeys(
        ("product", "unit", "wanted", "baseline_made", "gap", "plan_made", "plan_imported", "plan_sold", "plan_unmet"), ""
    )
    idle = {name for name in ("plan_sold", "plan_unmet") if not (frame[name] > TINY).any()}
    if facts.baseline is None:
        idle |= {"baseline_made", "gap"}
    columns = {name: unit for name, unit in columns.items() if name not in idle}
    table, units = shown(frame, texts, facts.money, columns)
    return Figure("gap-mean", texts("gap.mean", span=facts.span), None, table, units, texts("gap.mean-note"))


def _lines(facts: Facts, texts: Texts) -> list[Figure]:
    """Return the capacity of the lines, existing and new, where any is built."""
    _, plan = facts.known
    lines = plan["capacity"].filter(pl.col("line").is_not_null())
    grown = lines.group_by("line", "period", "unit", maintain_order=True).agg(pl.col("existing", "new").sum())
    built = grown.filter((pl.col("new").abs() > TINY).any().over("line"))
    if built.is_empty():
        return []
    units = dict(built.select("line", "unit").iter_rows())
    order = built.group_by("line", maintain_order=True).agg(pl.col("new").max()).get_column("line").to_list()[:SHOWN]
    words = {"existing": texts("gap.existing"), "new": texts("gap.new")}
    title = {name: f"{name}, {units[name]}" if units[name] else name for name in order}
    long = built.filter(pl.col("line").is_in(order)).unpivot(
        ["existing", "new"], index=["line", "period"], variable_name="state", value_name="amount"
    )
    long = long.with_columns(pl.col("state").replace_strict(words), panel=pl.col("line").replace_strict(title, return_dtype=pl.String))
    colour = ("state", list(words.values()), dict(zip(words.values(), ("#8c8c8c", GREEN), strict=True)))
    tips = {
        "panel": texts("column.line"),
        "period": texts("column.period"),
        "state": texts("column.state"),
        "amount": texts("column.amount"),
    }
    single = stacked(long, ("period", facts.periods, ""), ("amount", ""), colour, tips, 120).properties(width=190)
    table, found = shown(grown, texts, facts.money, {"line": "", "period": "", "existing": "", "new": "", "unit": ""})
    left = built["line"].n_unique() - len(order)
    note = texts("gap.more-lines", count=left) if left else ""
    figure = Figure("capacity", texts("gap.capacity"), faceted(single, "panel", [title[name] for name in order]), table, found, note)
    return [figure]
