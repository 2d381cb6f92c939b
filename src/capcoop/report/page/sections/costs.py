"""What the plan costs, and what it saves against building nothing."""

from __future__ import annotations

import polars as pl

from capcoop.report.page.charts import PALETTE, lying, stacked, steps_of, waterfall
from capcoop.report.page.columns import shown, words_of
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts
from capcoop.report.summary import costs


def costs_section(facts: Facts, texts: Texts) -> Section:
    """Return the chapter."""
    _, plan = facts.known
    money = texts.currency(facts.money)
    frame = costs(plan, facts.baseline).with_columns(words_of("component", "component", texts))
    figures = [_against(facts, frame, texts) if facts.baseline is not None else _alone(facts, frame, texts), *_yearly(facts, texts)]
    year = facts.run.settings.get("price_year")
    base = facts.run.settings.get("base_year")
    said = [texts("costs.about", rate=float(facts.run.settings.get("discount_rate") or 0.0))]
    if year is not None:
        said.append(texts("costs.prices", money=money, year=str(year)))
    if isinstance(base, int | float):
        said.append(texts("costs.base", year=texts.year(float(base))))
    if facts.baseline is None:
        said.append(
            texts("costs.no-baseline", why=texts.word("why", str(facts.run.outcome.get("no_baseline") or "")) or texts("page.unknown"))
        )
    return Section("costs", texts("costs.title"), tuple(said), tuple(figures))


def _against(facts: Facts, frame: pl.DataFrame, texts: Texts) -> Figure:
    _, plan = facts.known
    moved = frame.filter(pl.col("difference").abs() > 1e-9 * pl.col("plan").abs().max())
    assert facts.baseline is not None  # noqa: S101  (told by the caller)
    steps = steps_of(moved["component"].to_list(), moved["difference"].to_list(), texts("costs.all"))
    steps = steps.with_columns(label=pl.col("change").map_elements(lambda value: signed(value, texts), return_dtype=pl.String))
    names = (texts("costs.total"), texts("costs.less"), texts("costs.more"))
    chart = waterfall(
        steps,
        f"{texts('costs.present')}, {texts.currency(facts.money)}",
        names,
        {"step": texts("column.component"), "change": texts("column.amount")},
    )
    units = dict.fromkeys(("baseline", "plan", "difference"), "{money}")
    total = pl.DataFrame({"component": [texts("costs.all")], "baseline": [facts.baseline.objective], "plan": [plan.objective]})
    total = total.with_columns(difference=pl.col("plan") - pl.col("baseline"))
    table, found = shown(pl.concat([frame.select(total.columns), total]), texts, facts.money, {"component": "", **units})
    return Figure("costs", texts("costs.against"), chart, table, found, texts("costs.against-note"))


def _alone(facts: Facts, frame: pl.DataFrame, texts: Texts) -> Figure:
    kept = frame.filter(pl.col("plan") != 0).sort("plan", descending=True).with_columns(what=pl.lit(texts("costs.plan")))
    title = f"{texts('costs.present')}, {texts.currency(facts.money)}"
    chart = lying(
        kept,
        ("component", kept["component"].to_list()),
        ("plan", title),
        ("what", [texts("costs.plan")], None),
        {"component": texts("column.component"), "plan": texts("column.amount")},
    )
    table, units = shown(kept, texts, facts.money, {"component": "", "plan": "{money}"})
    return Figure("costs", texts("costs.parts"), chart, table, units)


def _yearly(facts: Facts, texts: Texts) -> list[Figure]:
    """Return the costs of each period, a year."""
    _, plan = facts.known
    frame = plan["costs"].filter(pl.col("cost") != 0).with_columns(words_of("component", "component", texts))
    if len(facts.periods) < 2 or frame.is_empty():
        return []
    order = (
        frame.group_by("component", maintain_order=True)
        .agg(pl.col("cost").sum())
        .sort("cost", descending=True)
        .get_column("component")
        .to_list()
    )
    colours = {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(order)}
    chart = stacked(
        frame,
        ("period", facts.periods, ""),
        ("cost", f"{texts.currency(facts.money)}/{texts('map.year')}"),
        ("component", order, colours),
        {"period": texts("column.period"), "component": texts("column.component"), "cost": texts("column.amount")},
    )
    table, units = shown(frame, texts, facts.money, {"component": "", "period": "", "cost": "{money}/{year}", "present_cost": "{money}"})
    return [Figure("costs-by-period", texts("costs.by-period"), chart, table, units, texts("costs.period-note"))]


def signed(value: float, texts: Texts) -> str:
    """Write a change with its sign."""
    return ("+" if value > 0 else "") + texts.number(value)
