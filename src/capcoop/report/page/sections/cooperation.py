"""What is known of host and suppliers besides the plan: excerpts of the road map and of the report card, as the run keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from capcoop.plan.beside import AGREEMENTS, ROAD_MAP
from capcoop.report.page.charts import BLUE, WIDTH, chart_of, stacked, tiles, vega
from capcoop.report.page.columns import countries, country_name, joined, listed, shown
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts

STAGES = ("proposed", "memorandum", "signed", "feasibility", "financed", "building", "operating", "stopped", "")


def road_map_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where the run keeps no excerpt of a road map."""
    tables = facts.beside.get(ROAD_MAP)
    if not tables or tables["ranks"].is_empty():
        return None
    said = [texts("road-map.about", count=int(tables["ranks"].item(0, "draws")))]
    said += [_rank(row, texts) for row in tables["ranks"].iter_rows(named=True)]
    figures = (*_scores(facts, tables["ranks"], texts), *_parts(facts, tables["parts"], texts), *_read(facts, tables["figures"], texts))
    return Section("road-map", texts("road-map.title"), tuple(said), figures)


def _rank(row: dict[str, Any], texts: Texts) -> str:
    """Say which rank a host has among the partners of a supplier, and how sure that is."""
    names = {name: country_name(row[name], texts.language) for name in ("supplier", "host")}
    if row["rank"] is None:
        return texts("road-map.unranked", known=row["known"], **names)
    tier = texts.word("tier", row["tier"])
    ranks = {name: int(row[name]) for name in ("rank", "rank_low", "rank_high")}
    return texts("road-map.rank", count=int(row["ranked"]), tier=tier, score=texts.number(100 * row["score"], 0), **ranks, **names)


def _drawn_pairs(frame: pl.DataFrame, texts: Texts) -> pl.Expr:
    """Return what stands beside a chart: the supplier where there is but one host, else both."""
    if frame["host"].n_unique() > 1:
        return _pairs(texts)
    return countries("supplier", texts).alias("pair")


def _pairs(texts: Texts) -> pl.Expr:
    """Return the names of pairs of supplier and host."""
    code = pl.concat_str("supplier", pl.lit(">"), "host")
    return code.map_elements(
        lambda pair: " \N{RIGHTWARDS ARROW} ".join(country_name(one, texts.language) for one in pair.split(">")), return_dtype=pl.String
    ).alias("pair")


def _scores(facts: Facts, ranks: pl.DataFrame, texts: Texts) -> list[Figure]:
    alt = vega()
    hundred = [(100 * pl.col(name)).alias(name) for name in ("score", "low", "high")]
    named = ranks.with_columns(_drawn_pairs(ranks, texts), countries("supplier", texts), countries("host", texts), *hundred)
    table, units = shown(
        named.rename({"low": "score_low", "high": "score_high"}),
        texts,
        facts.money,
        dict.fromkeys(("supplier", "host", "rank", "ranked", "rank_low", "rank_high", "score", "score_low", "score_high"), ""),
    )
    drawn = named.filter(pl.col("rank").is_not_null())
    if drawn.is_empty():
        return [Figure("road-map-ranks", texts("road-map.scores"), None, table, units)]
    order = drawn["pair"].to_list()
    tips = [alt.Tooltip(f"{name}:{kind}", title=title) for name, kind, title in _tips(texts)]
    base = chart_of(drawn.select("pair", "score", "low", "high", "rank", "rank_low", "rank_high")).encode(
        y=alt.Y("pair:N", sort=order, title=None), tooltip=tips
    )
    scale = alt.Scale(domain=[0, 100])
    span = alt.X("low:Q", title=texts("column.score"), scale=scale, axis=alt.Axis(tickCount=6))
    line = base.mark_rule(color=BLUE, strokeWidth=5, opacity=0.3).encode(x=span, x2="high:Q")
    point = base.mark_point(color=BLUE, filled=True, size=110, opacity=1).encode(x=alt.X("score:Q", scale=scale))
    chart = alt.layer(line, point).properties(width=WIDTH, height=34 * len(order))
    return [Figure("road-map-ranks", texts("road-map.scores"), chart, table, units, texts("road-map.scores-note"))]


def _tips(texts: Texts) -> list[tuple[str, str, str]]:
    kinds = (("pair", "N"), ("rank", "Q"), ("rank_low", "Q"), ("rank_high", "Q"), ("score", "Q"))
    return [(name, kind, texts(f"column.{name}")) for name, kind in kinds]


def _parts(facts: Facts, parts: pl.DataFrame, texts: Texts) -> list[Figure]:
    """Return what the scores are made of, as tiles."""
    if parts.is_empty():
        return []
    words = pl.col("score").map_elements(lambda score: texts.number(100 * score, 0), return_dtype=pl.String)
    named = parts.with_columns(
        _drawn_pairs(parts, texts),
        words=words.fill_null("?"),
        share=pl.col("score").fill_null(0.0),
        what=_words("criterion", texts) + pl.lit(": ") + _words("part", texts),
    ).sort(pl.col("criterion").replace_strict({"fit": 0, "desire": 1, "conditions": 2, "foundation": 3}, default=4), maintain_order=True)
    tips = {"pair": texts("column.pair"), "what": texts("column.what"), "words": texts("column.score")}
    order, rows = (named[name].unique(maintain_order=True).to_list() for name in ("pair", "what"))
    chart = tiles(named.select("pair", "what", "share", "words"), ("pair", order, ""), ("what", rows), BLUE, tips)
    scored = named.with_columns(_pairs(texts), *((100 * pl.col(name)).alias(name) for name in ("score", "known")))
    table, units = shown(scored, texts, facts.money, {"pair": "", "what": "", "score": "", "known": "%"})
    return [Figure("road-map-parts", texts("road-map.parts"), chart, table, units, texts("road-map.parts-note"))]


def _words(group: str, texts: Texts) -> pl.Expr:
    return pl.col(group).map_elements(lambda name: texts.word(group, name), return_dtype=pl.String)


def _read(facts: Facts, figures: pl.DataFrame, texts: Texts) -> list[Figure]:
    """Return the figures that were read for it, each with its source."""
    if figures.is_empty():
        return []
    year = pl.col("year").cast(pl.Int64).cast(pl.String)
    named = figures.with_columns(_pairs(texts), year=year, what="title", stated_value="value", checked=_checked(texts))
    columns = dict.fromkeys(("pair", "what", "stated_value", "unit", "year", "source", "checked"), "")
    table, units = shown(named, texts, facts.money, columns)
    return [Figure("road-map-figures", texts("road-map.figures"), None, table, units)]


def _checked(texts: Texts) -> pl.Expr:
    return pl.col("verified").map_elements(lambda word: texts.word("checked", word), return_dtype=pl.String)


def report_card_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where the run keeps no agreements."""
    tables = facts.beside.get(AGREEMENTS)
    if not tables or tables["totals"].is_empty():
        return None
    said = [texts("report-card.about", ledger=tables["totals"].item(0, "ledger"))]
    for row in tables["totals"].iter_rows(named=True):
        said += _totals(row, tables, texts)
    return Section("report-card", texts("report-card.title"), tuple(said), tuple(_deals(facts, tables["deals"], texts)))


def _totals(row: dict[str, Any], tables: Mapping[str, pl.DataFrame], texts: Texts) -> list[str]:
    """Say how many agreements of a host with a partner there are, what they are worth, and what came of them."""
    own = (pl.col("host") == row["host"]) & (pl.col("partner") == row["partner"])
    names = {name: country_name(row[name], texts.language) for name in ("host", "partner")}
    counts = {name: int(row[name]) for name in ("deals", "proposals", "valued", "known", "moved", "under_way")}
    sums = [texts.money(*sum_) for sum_ in _sums(tables["values"].filter(own))]
    said = [texts("report-card.deals", count=counts["deals"], **names)]
    if sums:
        said.append(texts("report-card.valued", count=counts["valued"], sums=listed(sums, texts)))
    if counts["known"]:
        said.append(texts("report-card.moved", count=counts["known"], moved=counts["moved"], under_way=counts["under_way"]))
    if counts["proposals"]:
        said.append(texts("report-card.proposals", count=counts["proposals"]))
    there = tables["deals"].filter(own).height
    if there < counts["deals"]:
        said.append(texts("report-card.first", count=there))
    return [joined(said, texts)]


def _sums(values: pl.DataFrame) -> list[tuple[float, str]]:
    return [(millions, f"million {currency}") for currency, millions in values.select("currency", "millions").iter_rows()]


def _deals(facts: Facts, deals: pl.DataFrame, texts: Texts) -> list[Figure]:
    if deals.is_empty():
        return []
    named = deals.rename({"partner": "supplier"}).with_columns(
        _pairs(texts), stage_word=_stage(texts), checked=_checked(texts), what="title"
    )
    order = [texts.word("stage", stage) for stage in STAGES if stage in set(deals["stage"])]
    pairs = named["pair"].unique(maintain_order=True).to_list()
    counted = named.group_by("pair", stage="stage_word", maintain_order=True).agg(count=pl.len())
    tips = {"stage": texts("column.stage"), "pair": texts("column.pair"), "count": texts("column.count")}
    chart = stacked(counted, ("stage", order, ""), ("count", texts("report-card.count")), ("pair", pairs, None), tips, height=170)
    chart.encoding.y.axis = vega().Axis(tickMinStep=1, format="d")
    told = named.with_columns(stage=pl.col("stage_word"), stages=_stages(texts), bound=_words("bound", texts))
    columns = dict.fromkeys(("pair", "what", "date", "stages", "bound", "millions", "currency", "source", "checked", "record"), "")
    table, units = shown(told, texts, facts.money, columns)
    return [Figure("agreements", texts("report-card.chart"), chart, table, units, texts("report-card.note"))]


def _stage(texts: Texts) -> pl.Expr:
    words = {stage: texts.word("stage", stage or "unknown") for stage in STAGES}
    return pl.col("stage").replace_strict(words, default=pl.col("stage"))


def _stages(texts: Texts) -> pl.Expr:
    """Return stages with their dates in the language of the page: `2014-12-14 signed; 2019 operating`."""

    def told(stages: str) -> str:
        parts = [one.rpartition(" ") for one in stages.split("; ") if one]
        return "; ".join(f"{date} {texts.word('stage', stage)}".strip() for date, _, stage in parts)

    return pl.col("stages").map_elements(told, return_dtype=pl.String)
