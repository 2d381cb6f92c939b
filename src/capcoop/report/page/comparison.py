"""The page of two to six runs side by side, differences first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from capcoop.errors import UsageError, printable
from capcoop.report.compare import Comparison, compare
from capcoop.report.page.charts import PALETTE, stacked
from capcoop.report.page.columns import shown, words_of
from capcoop.report.page.facts import Facts, read_facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.html import Page, Tile
from capcoop.report.page.sentences import sentences
from capcoop.report.page.texts import Texts

MOST = 6
TOPICS = ("gap.title", "built.title", "costs.title", "parties.title", "checks.title")
TABLES = ("asked", "builds", "amounts", "prices")
TEXTS = {
    "asked": ("setting",),
    "builds": ("option", "period", "measure", "unit"),
    "amounts": ("product", "measure", "period", "unit"),
    "prices": ("product", "site", "period", "slice", "unit"),
}


def comparison_page(folders: Sequence[str | Path], texts: Texts) -> Page:
    """Return the page of several runs.

    Raises
    ------
    UsageError : more than six runs, a folder that is none or is damaged, or fewer than two that hold a plan.
    """
    if len(folders) > MOST:
        raise UsageError(f"{len(folders)} runs are too many to read side by side; name two to {MOST}")
    found = compare(folders)
    facts = {name: read_facts(run.folder) for name, run in found.runs.items()}
    labels = {name: _label(place, one) for place, (name, one) in enumerate(facts.items(), start=1)}
    tables = [_table(name, found, labels, texts) for name in TABLES]
    # What differs comes first.
    tables.sort(key=lambda section: not section.figures)
    sections = (_answers(found, facts, labels, texts), *_costs(found, labels, texts), *tables)
    tiles = tuple(_tile(name, facts[name], labels, texts) for name, run in found.runs.items() if not run.why)
    return Page(texts("compare.title", count=len(facts)), texts("compare.kind"), "", tiles, sections)


def _label(place: int, facts: Facts) -> str:
    return f"{place} {facts.run.scenario or facts.run.folder.name}"


def _tile(name: str, facts: Facts, labels: Mapping[str, str], texts: Texts) -> Tile:
    cost = None if facts.plan is None else facts.plan.objective
    return Tile(texts.number(cost), f"{labels[name]}: {texts('tile.cost', money=texts.currency(facts.money))}")


def _answers(found: Comparison, facts: Mapping[str, Facts], labels: Mapping[str, str], texts: Texts) -> Section:
    """Return the sentences of every run beside each other, and what cannot be compared."""
    said = [texts("compare.run", name=labels[name], title=one.title, folder=printable(str(one.run.folder))) for name, one in facts.items()]
    answers = {labels[name]: list(sentences(one, texts)) for name, one in facts.items()}
    columns = {name: (told + [""] * len(TOPICS))[: len(TOPICS)] for name, told in answers.items()}
    table = pl.DataFrame({texts("compare.answers"): [texts(topic) for topic in TOPICS], **columns})
    figure = Figure("answers", texts("compare.answers"), None, table)
    return Section("answer", texts("compare.answers"), (*said, *found.notes), (figure,))


def _costs(found: Comparison, labels: Mapping[str, str], texts: Texts) -> list[Section]:
    """Return the cost of the runs that count in the same money."""
    runs = found.names("costs")
    if len(runs) < 2:
        return []
    money = str(found.runs[runs[0]].outcome.get("currency") or "")
    frame = found["costs"].with_columns(words_of("component", "component", texts))
    long = frame.unpivot(runs, index="component", variable_name="run", value_name="cost").filter(pl.col("cost") != 0)
    long = long.with_columns(pl.col("run").replace_strict({name: labels[name] for name in runs}))
    order = long.group_by("component", maintain_order=True).agg(pl.col("cost").sum()).sort("cost", descending=True)["component"].to_list()
    chart = stacked(
        long,
        ("run", [labels[name] for name in runs], ""),
        ("cost", f"{texts('costs.present')}, {texts.currency(money)}"),
        ("component", order, {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(order)}),
        {"run": texts("compare.kind"), "component": texts("column.component"), "cost": texts("column.amount")},
    )
    total = frame.select(pl.lit(texts("compare.total")).alias("component"), *(pl.col(name).sum() for name in runs)).head(1)
    both = pl.concat([frame.select("component", *runs), total])
    table, units = _named(both, ("component",), runs, labels, texts, money)
    return [Section("costs", texts("compare.costs"), (), (Figure("costs", texts("compare.costs-chart"), chart, table, units),))]


def _named(
    frame: pl.DataFrame, keys: Sequence[str], runs: Sequence[str], labels: Mapping[str, str], texts: Texts, money: str = ""
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return a table with a column for each run and, of figures of two runs, their difference."""
    told = [name for name in keys if frame[name].null_count() < frame.height and (frame[name] != "").any()] or list(keys[:1])
    heads, _ = shown(frame, texts, money, dict.fromkeys(told, ""))
    values = frame.select(pl.col(name).alias(labels[name]) for name in runs)
    if len(runs) == 2 and frame.schema[runs[0]].is_numeric():
        difference = (pl.col(labels[runs[1]]) - pl.col(labels[runs[0]])).alias(texts("column.difference"))
        values = values.with_columns(difference)
    units = dict.fromkeys(values.columns, texts.currency(money)) if money else {}
    return pl.concat([heads, values], how="horizontal"), units


def _table(name: str, found: Comparison, labels: Mapping[str, str], texts: Texts) -> Section:
    """Return what differs in a table."""
    runs, frame = found.names(name), found[name]
    differing = frame.filter("differs") if len(runs) > 1 else frame.clear()
    title = texts(f"compare.{name}")
    if differing.is_empty():
        return Section(name, title, (texts("compare.same"),))
    same = frame.height - differing.height
    table, units = _named(differing, TEXTS[name], runs, labels, texts)
    said = (texts("compare.differing", same=same),) if same else ()
    return Section(name, title, said, (Figure(name, title, None, table, units),))
