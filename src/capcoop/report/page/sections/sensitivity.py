"""What the plan would be if a figure were another: sweeps and break-evens that the run keeps."""

from __future__ import annotations

from typing import Any

import polars as pl

from capcoop.plan.beside import SENSITIVITY
from capcoop.report.page.charts import BLUE, GREEN, GREY, VERMILION, WIDTH, chart_of, lying, tiles, vega
from capcoop.report.page.columns import joined, shown
from capcoop.report.page.facts import Facts
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts
from capcoop.report.sensitivity import AS_IT_IS, SCENARIOS, TIMES
from capcoop.sweeps.until import WHAT_IS_BUILT

MOST = 12  # studies on a page, the latest
ROWS = 14  # options drawn, those that change most
STATES = (("less than ", "state.less"), ("at most ", "state.at-most"), ("above ", "state.above"))


def sensitivity_section(facts: Facts, texts: Texts) -> Section | None:
    """Return the chapter; None where the run keeps no sweep and no break-even."""
    tables = facts.beside.get(SENSITIVITY)
    if not tables:
        return None
    studies = tables["points"].select("study", "kind").unique(maintain_order=True).tail(MOST)
    said, figures = [texts("sensitivity.about")], list[Figure]()
    for number, (study, kind) in enumerate(studies.iter_rows(), 1):
        own = _in_words({name: frame.filter(pl.col("study") == study, pl.col("kind") == kind) for name, frame in tables.items()}, texts)
        said += [_told(change, texts) for change in own["changes"].iter_rows(named=True)]
        figures += [*_cost(facts, number, own, texts), *_built(facts, number, own, texts), *_sides(facts, number, own, texts)]
    return Section("sensitivity", texts("sensitivity.title"), tuple(said), tuple(figures))


def _in_words(own: dict[str, pl.DataFrame], texts: Texts) -> dict[str, pl.DataFrame]:
    """Return the tables of a study with their values as the language of the page writes them."""
    known = own["points"].select("label", "value").unique(maintain_order=True)
    words = {label: _exactly(value, texts) for label, value in known.iter_rows() if value is not None}
    label = pl.col("label").replace(words or {AS_IT_IS: texts("sensitivity.as-it-is")})
    return own | {name: own[name].with_columns(label) for name in ("points", "amounts")}


def target_of(own: dict[str, pl.DataFrame], texts: Texts) -> str:
    """Return what was varied, in the words of the case."""
    study: str = own["points"].item(0, "study")
    changes = own["changes"]
    name = study.removesuffix(f": {changes.item(0, 'subject')}") if changes.height else study
    return name or texts("sensitivity.scenarios")


def _told(change: dict[str, Any], texts: Texts) -> str:
    """Say where the plan changes; or that it does not where it was looked."""
    target, subject = change["study"].removesuffix(f": {change['subject']}"), _subject(change["subject"], texts)
    if change["low"] is None:
        ends = {name: _valued(change[name], change["unit"], texts) for name in ("first", "last")}
        return texts("sensitivity.no-change", target=target, subject=subject, **ends)
    low, high = (_valued(change[name], change["unit"], texts) for name in ("low", "high"))
    at = low if low == high else texts("sensitivity.between", low=low, high=high)
    if change["subject"] == WHAT_IS_BUILT:
        said = texts("sensitivity.other-built", target=target, at=at)
    else:
        before, after = (state_word(change[name], texts) for name in ("before", "after"))
        said = texts("sensitivity.change", target=target, at=at, subject=subject, before=before, after=after)
    parts = [said]
    if change["present"] is not None and change["unit"] != TIMES:
        parts.append(texts("sensitivity.present", present=_valued(change["present"], change["unit"], texts)))
    if change["within"]:
        unit = f" {change['unit']}" if change["unit"] not in {"", TIMES} else ""
        parts.append(texts("sensitivity.within", within=texts.number(change["within"]) + unit))
    return joined(parts, texts)


def _valued(value: float, unit: str, texts: Texts) -> str:
    """Write a value with its unit; a factor as what it is."""
    number = _exactly(value, texts)
    return texts("sensitivity.times", factor=number) if unit == TIMES else f"{number} {unit}".rstrip()


def _exactly(value: float, texts: Texts) -> str:
    """Write a value with six digits, as a break-even is known better than other figures."""
    digits = f"{value:.6g}"
    if "e" in digits:
        return texts.number(value)
    return texts.number(float(digits), len(digits.partition(".")[2]))


def _subject(subject: str, texts: Texts) -> str:
    name = subject.removeprefix("any of ")
    return texts("sensitivity.any", options=name) if name != subject else texts.word("subject", subject)


def state_word(state: str, texts: Texts) -> str:
    """Return what a condition is in the language of the page; names of a case stay as they are."""
    for begin, key in STATES:
        if state.startswith(begin):
            return texts(key, amount=state.removeprefix(begin))
    if state.endswith(" or more"):
        return texts("state.at-least", amount=state.removesuffix(" or more"))
    return texts.word("state", state)


def _cost(facts: Facts, number: int, own: dict[str, pl.DataFrame], texts: Texts) -> list[Figure]:
    """Return the cost of the plan at each value, and how far each is proven."""
    points, target = own["points"], target_of(own, texts)
    percents = pl.col("gap").map_elements(lambda gap: texts.percent(gap) if gap > 0 else texts("sensitivity.exact"), return_dtype=pl.String)
    unproven = pl.when(pl.col("cost").is_null()).then(pl.col("status")).otherwise(pl.lit(texts("sensitivity.known")))
    told = points.with_columns(
        condition=pl.col("state").map_elements(lambda state: state_word(state, texts), return_dtype=pl.String),
        proof=pl.when(pl.col("cost").is_null() | pl.col("gap").is_null()).then(unproven).otherwise(percents),
    )
    columns = {"label": "", "cost": "{money}", "proof": ""}
    if points["state"].str.len_chars().sum():
        columns = {"label": "", "condition": "", "cost": "{money}", "proof": ""}
    table, units = shown(told, texts, facts.money, columns)
    drawn = points.filter(pl.col("cost").is_not_null())
    unit = points.item(0, "unit")
    chart = None if drawn.height < 2 else _bars(facts, drawn, texts) if points.item(0, "kind") == SCENARIOS else _line(facts, own, texts)
    units |= {texts("column.label"): unit} if unit else {}
    notes = [texts("sensitivity.cost-note")] if own["changes"].height else []
    notes += [texts("sensitivity.known-note")] if drawn["gap"].null_count() else []
    return [Figure(f"sensitivity-{number}", texts("sensitivity.cost", target=target), chart, table, units, joined(notes, texts))]


def _bars(facts: Facts, drawn: pl.DataFrame, texts: Texts) -> Any:  # noqa: ANN401  (a chart)
    name = texts("costs.plan")
    frame = drawn.with_columns(what=pl.lit(name))
    tips = {"label": texts("column.label"), "cost": texts("column.cost")}
    return lying(frame, ("label", frame["label"].to_list()), ("cost", texts.currency(facts.money)), ("what", [name], None), tips)


def _line(facts: Facts, own: dict[str, pl.DataFrame], texts: Texts) -> Any:  # noqa: ANN401  (a chart)
    alt = vega()
    points, unit = own["points"], own["points"].item(0, "unit")
    title = target_of(own, texts) + (f" ({unit})" if unit else "")
    near = alt.Scale(zero=False)
    tips = [alt.Tooltip("label:N", title=texts("column.label")), alt.Tooltip("cost:Q", title=texts("column.cost"), format=",.6~r")]
    base = chart_of(points.filter(pl.col("cost").is_not_null()).select("label", "value", "cost"))
    x = alt.X("value:Q", title=title, scale=near, axis=alt.Axis(tickCount=8))
    y = alt.Y("cost:Q", title=texts.currency(facts.money), scale=near)
    line = base.mark_line(color=BLUE, strokeWidth=2, point=alt.OverlayMarkDef(color=BLUE, size=40)).encode(x=x, y=y, tooltip=tips)
    marks = []
    found = own["changes"].filter(pl.col("low").is_not_null()).select(value=(pl.col("low") + pl.col("high")) / 2)
    present = own["changes"].filter(pl.col("present").is_between("first", "last")).select(value="present").head(1)
    for frame, colour, dash in ((found, VERMILION, [6, 3]), (present, GREY, [2, 3])):
        if frame.height:
            marks.append(chart_of(frame).mark_rule(color=colour, strokeDash=dash, strokeWidth=1.8).encode(x="value:Q"))
    return alt.layer(line, *marks).properties(width=WIDTH, height=220)


def _built(facts: Facts, number: int, own: dict[str, pl.DataFrame], texts: Texts) -> list[Figure]:
    """Return what is built and what is lacking at each value."""
    amounts, labels = own["amounts"], own["points"]["label"].to_list()
    if amounts.is_empty():
        return []
    told = amounts.with_columns(kind=pl.col("measure").map_elements(lambda word: texts.word("measure", word), return_dtype=pl.String))
    table, units = shown(told, texts, facts.money, {"label": "", "kind": "", "name": "", "amount": "", "unit": ""})
    most = pl.col("amount").max().over("measure", "name")
    lacking = texts("measure.unmet")
    shares = amounts.with_columns(
        share=pl.col("amount") / most,
        words=pl.col("amount").map_elements(texts.number, return_dtype=pl.String),
        row=pl.when(pl.col("measure") == "unmet").then(pl.lit(f"{lacking}: ") + pl.col("name")).otherwise("name")
        + pl.when(pl.col("unit").fill_null("") == "").then(pl.lit("")).otherwise(pl.lit(" (") + pl.col("unit") + pl.lit(")")),
    )
    spread = shares.group_by("row", maintain_order=True).agg(steady=(pl.len() == len(labels)) & (pl.col("share").min() > 1 - 1e-6))
    rows = spread.sort("steady", maintain_order=True).get_column("row").head(ROWS).to_list()
    drawn = shares.filter(pl.col("row").is_in(rows)).select("label", "row", "share", "words")
    chart = tiles(
        drawn,
        ("label", labels, own["points"].item(0, "unit")),
        ("row", rows),
        GREEN,
        {"row": texts("column.what"), "words": texts("column.amount")},
    )
    left = spread.height - len(rows)
    note = joined([texts("sensitivity.built-note"), *([texts("sensitivity.more", count=left)] if left else [])], texts)
    return [Figure(f"sensitivity-built-{number}", texts("sensitivity.built", target=target_of(own, texts)), chart, table, units, note)]


def _sides(facts: Facts, number: int, own: dict[str, pl.DataFrame], texts: Texts) -> list[Figure]:
    """Return the two plans of each change: what is built below and above it, what differs first."""
    found, changes = [], own["changes"].filter(pl.col("low").is_not_null())
    for place, change in enumerate(changes.iter_rows(named=True), 1):
        apart = (pl.col("below") - pl.col("above")).abs() <= 1e-6 * pl.max_horizontal("below", "above")
        sides = own["sides"].filter(pl.col("low") == change["low"]).sort(apart, maintain_order=True)
        table, units = shown(sides, texts, facts.money, {"option": "", "below": "", "above": "", "unit": ""})
        title = texts("sensitivity.sides", target=target_of(own, texts), value=_valued(change["low"], change["unit"], texts))
        costs = {side: _money(change[f"cost_{side}"], facts, texts) for side in ("below", "above")}
        note = texts("sensitivity.sides-note", **costs)
        found += [Figure(f"sides-{number}-{place}", title, None, table, units, note)] if table.height else []
    return found


def _money(cost: float | None, facts: Facts, texts: Texts) -> str:
    return texts("state.no plan") if cost is None else texts.money(cost, facts.money)
