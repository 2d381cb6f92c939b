"""Who gains: every party, the six sides of the table, and the deal."""

from __future__ import annotations

import polars as pl

from capcoop.report.page.charts import BLUE, VERMILION, lying, steps_of, waterfall
from capcoop.report.page.columns import countries, listed, shown, words_of
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.sections.costs import signed
from capcoop.report.page.texts import Texts
from capcoop.report.parties import PERCENT

GROUPS = ("enterprises", "society", "government")
EVEN = 1e-6
REASONS = 200


def parties_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where nothing is known of the parties."""
    frame = facts.appraisal.get("parties")
    if frame is None:
        return None
    frame = frame.filter(pl.col("group") != "outside")
    least = EVEN * float(frame["gain"].abs().max() or 0.0)  # type: ignore[arg-type]
    moved = frame.filter(pl.col("gain").abs() > least)
    total = texts.money(float(frame["gain"].sum()), facts.money)
    lost = moved.filter(pl.col("gain") < 0).with_columns(words_of("role", "role", texts), countries("country", texts))
    losers = [f"{role} ({country})" for role, country in lost.select("role", "country").iter_rows()]
    said = [
        texts("parties.about", total=total),
        texts("parties.loses", losers=listed(losers, texts)) if losers else texts("parties.none-loses"),
    ]
    figures = [] if moved.is_empty() else [_gains(facts, moved, texts), _six(facts, moved, texts)]
    deal = _deal(facts, texts)
    if deal:
        settled = facts.appraisal["deal_gains"]["settled"]
        scale = float(settled.abs().max() or 0.0)  # type: ignore[arg-type]
        said.append(texts("parties.deal-holds" if settled.min() >= -EVEN * scale else "parties.deal-fails"))  # type: ignore[operator]
    return Section("parties", texts("parties.title"), tuple(said), (*figures, *_reasons(facts, texts), *deal))


def _named(frame: pl.DataFrame, texts: Texts) -> pl.DataFrame:
    words = [words_of(name, name, texts) for name in ("group", "role") if name in frame.columns]
    return frame.with_columns(*words, countries("country", texts))


def _gains(facts: Facts, moved: pl.DataFrame, texts: Texts) -> Figure:
    named = (
        _named(moved, texts).with_columns(name=pl.col("role") + ", " + pl.col("country")).sort("gain", descending=True, maintain_order=True)
    )
    words = (texts("parties.gain"), texts("parties.loss"))
    drawn = named.with_columns(sign=pl.when(pl.col("gain") > 0).then(pl.lit(words[0])).otherwise(pl.lit(words[1])))
    chart = lying(
        drawn.select("name", "group", "gain", "sign"),
        ("name", drawn["name"].to_list()),
        ("gain", f"{texts('costs.present')}, {texts.currency(facts.money)}"),
        ("sign", words, dict(zip(words, (BLUE, VERMILION), strict=True))),
        {"name": texts("column.role"), "group": texts("column.group"), "gain": texts("column.gain")},
    )
    columns = {"group": "", "role": "", "country": "", "with_plan": "{money}", "baseline": "{money}", "gain": "{money}"}
    table, units = shown(named, texts, facts.money, columns)
    return Figure("gains", texts("parties.gains"), chart, table, units)


def _six(facts: Facts, moved: pl.DataFrame, texts: Texts) -> Figure:
    """Return the waterfall over enterprises, society and government of the countries in which something is built, and of the others."""
    financing = facts.appraisal.get("financing")
    hosts = set(financing["country"].drop_nulls()) if financing is not None and not financing.is_empty() else set()
    if not hosts:
        case, _ = facts.known
        hosts = set(case.frames["sites"]["country"].drop_nulls())
    home = pl.col("country").is_in(list(hosts - {""}))
    sided = moved.with_columns(side=pl.when(home).then(pl.lit("home")).otherwise(pl.lit("abroad")))
    every = pl.DataFrame([{"group": group, "side": side} for side in ("home", "abroad") for group in GROUPS])
    total = every.join(
        sided.group_by("group", "side").agg(pl.col("gain").sum()), on=["group", "side"], how="left", maintain_order="left"
    ).fill_null(0.0)
    names = [f"{texts.word('group', group)}, {texts(f'parties.{side}')}" for group, side in total.select("group", "side").iter_rows()]
    steps = steps_of(names, total["gain"].to_list(), texts("parties.total"))
    swapped = pl.when(pl.col("kind") == "less").then(pl.lit("more")).when(pl.col("kind") == "more").then(pl.lit("less")).otherwise("kind")
    steps = steps.with_columns(
        kind=swapped, label=pl.col("change").map_elements(lambda value: signed(value, texts), return_dtype=pl.String)
    )
    words = (texts("costs.total"), texts("parties.gain"), texts("parties.loss"))
    tips = {"step": texts("column.role"), "change": texts("column.gain")}
    chart = waterfall(steps, f"{texts('costs.present')}, {texts.currency(facts.money)}", words, tips)
    told = total.with_columns(
        pl.col("side").map_elements(lambda side: texts(f"parties.{side}"), return_dtype=pl.String),
        pl.col("group").map_elements(lambda word: texts.word("group", word), return_dtype=pl.String),
    )
    table, units = shown(told, texts, facts.money, {"group": "", "side": "", "gain": "{money}"})
    return Figure("six-parties", texts("parties.six"), chart, table, units, texts("parties.six-note"))


def _reasons(facts: Facts, texts: Texts) -> list[Figure]:
    frame = facts.appraisal.get("reasons")
    if frame is None:
        return []
    least = EVEN * float(frame["gain"].abs().max() or 0.0)  # type: ignore[arg-type]
    moved = frame.filter((pl.col("group") != "outside") & (pl.col("gain").abs() > least)).sort(pl.col("gain").abs(), descending=True)
    if moved.is_empty():
        return []
    named = _named(moved.head(REASONS), texts).with_columns(
        pl.col("kind").map_elements(lambda word: texts.word("payment", word), return_dtype=pl.String)
    )
    columns = {"role": "", "country": "", "kind": "", "with_plan": "{money}", "baseline": "{money}", "gain": "{money}"}
    table, units = shown(named, texts, facts.money, columns)
    return [Figure("reasons", texts("parties.reasons"), None, table, units)]


def _deal(facts: Facts, texts: Texts) -> list[Figure]:
    terms, gains = facts.appraisal.get("deal_terms"), facts.appraisal.get("deal_gains")
    if terms is None or gains is None or terms.is_empty() or gains.is_empty():
        return []
    bounds = ["least", "most", "settled"]
    shares = pl.col("term").is_in(PERCENT)
    years = pl.when(pl.col("term") == "tax_holiday").then(pl.lit(texts("map.year"))).otherwise(pl.lit(""))
    unit = pl.when(shares).then(pl.lit("%")).otherwise(years)
    scaled = terms.with_columns(pl.when(shares).then(pl.col(bounds) * 100).otherwise(pl.col(bounds)), unit=unit)
    named = scaled.with_columns(
        words_of("term", "term", texts).str.replace_all("_", " "), pl.col("option").fill_null(texts("parties.every"))
    )
    table, units = shown(named, texts, facts.money, {"term": "", "option": "", "least": "", "most": "", "settled": "", "unit": ""})
    least = EVEN * float(gains.select(pl.max_horizontal(pl.col("stated", "settled").abs().max())).item() or 0.0)
    moved = _named(gains.filter(pl.max_horizontal(pl.col("stated", "settled").abs()) > least), texts)
    other, money = shown(moved, texts, facts.money, {"role": "", "country": "", "stated": "{money}", "settled": "{money}"})
    return [
        Figure("deal-terms", texts("parties.terms"), None, table, units),
        Figure("deal-gains", texts("parties.deal-gains"), None, other, money),
    ]
