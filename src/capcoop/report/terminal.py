"""The summary drawn for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from capcoop.case import Case
from capcoop.errors import printable
from capcoop.plan import Plan
from capcoop.plan.verify import Verdict
from capcoop.report import summary
from capcoop.sweeps import Answer

SHOWN_ROWS = 18
LEAST_WIDTH = 80


def console() -> Console:
    """Return a console for standard output."""
    return Console(highlight=False, markup=False, emoji=False)


def figure(value: float | None) -> str:
    """Write a figure with three to four significant digits and thin grouping: 12 345, 123.4, 1.234."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 4
    text = f"{value:,.{digits}f}".replace(",", " ")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if text not in {"-0", "0"} else f"{value:.2g}"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %" if value >= 0.01 else "< 1 %"


def table_of(headings: Iterable[tuple[str, str]]) -> Table:
    """Return an empty table with headings, each `left` (text, wrapped) or `right` (figures, kept whole)."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for heading, justify in headings:
        right = justify == "right"
        table.add_column(heading, justify="right" if right else "left", overflow="ellipsis" if right else "fold", no_wrap=right)
    return table


def title_of(text: str) -> Text:
    """Return the title of a block."""
    return Text(printable(text), style="bold")


def _rest(frame: pl.DataFrame, where: str) -> list[RenderableType]:
    more = frame.height - SHOWN_ROWS
    return [Text(f"... and {more} more rows in {where}", style="dim")] if more > 0 else []


def _gap_block(case: Case, plan: Plan, baseline: Plan | None) -> list[RenderableType]:
    gaps = summary.gaps(case, plan, baseline)
    span = "a year, mean of the horizon" if case.size("periods") > 1 else "a year"
    columns = {"product": "product", "unit": "unit", "wanted": "wanted", "baseline\nmade": "baseline_made", "gap": "gap"}
    columns |= {"plan\nmade": "plan_made", "plan\nimported": "plan_imported"}
    columns |= {f"plan\n{name}": f"plan_{name}" for name in ("sold", "unmet") if (gaps[f"plan_{name}"] > summary.TINY).any()}
    if baseline is None:
        columns = {heading: column for heading, column in columns.items() if column not in {"baseline_made", "gap"}}
    table = table_of((heading, "left" if heading in {"product", "unit"} else "right") for heading in columns)
    for row in gaps.head(SHOWN_ROWS).iter_rows(named=True):
        table.add_row(*(row[column] if column in {"product", "unit"} else figure(row[column]) for column in columns.values()))
    if gaps.is_empty():
        return [title_of("Products: nothing is needed, made or bought.")]
    note = "wanted: needs and what processes use up"
    if baseline is not None:
        note += "; gap: what the baseline, which builds nothing, must import or leave unmet"
    return [title_of(f"Products ({span})"), table, *_rest(gaps, "tables/balances.csv"), Text(note, style="dim")]


def _build_block(plan: Plan) -> list[RenderableType]:
    built = summary.builds(plan)
    if built.is_empty():
        return [title_of("Built: nothing. The plan keeps what stands and buys the rest.")]
    columns = {"what": "what", "where": "where", "decided": "period", "builds": "builds", "adds": "size", "unit": "unit"}
    columns |= {"from": "supplier", "investment": "investment"}
    figures = {"builds", "size", "investment"}
    shown = {
        heading: column for heading, column in columns.items() if built[column].null_count() < built.height and (built[column] != 0).any()
    }
    table = table_of((heading, "right" if column in figures else "left") for heading, column in shown.items())
    for row in built.head(SHOWN_ROWS).iter_rows(named=True):
        table.add_row(*(figure(row[column]) if column in figures else row[column] or "" for column in shown.values()))
    title = title_of(f"Built (investment in {plan.outcome['currency']}, undiscounted)")
    jobs = plan["builds"].get_column("jobs").drop_nulls()
    known = "" if len(jobs) == plan["builds"].height else ", where the case says how many"
    lines = [Text(f"Jobs on the new lines: {figure(float(jobs.sum()))}{known}.")] if len(jobs) else []
    return [title, table, *_rest(built, "tables/builds.csv"), *lines]


def _import_block(case: Case, plan: Plan) -> list[RenderableType]:
    wanted = summary.gaps(case, plan, None).select("product", "unit", "wanted")
    bought = (
        summary.imports(case, plan)
        .join(wanted, on="product")
        .filter(pl.col("quantity") > summary.TINY)
        .sort("product", "quantity", descending=[False, True])
    )
    if bought.is_empty():
        return [title_of("Still imported: nothing.")]
    headings = [("product", "left"), ("from", "left"), ("amount", "right"), ("unit", "left"), ("of what is wanted", "right")]
    table = table_of(headings)
    for row in bought.head(SHOWN_ROWS).iter_rows(named=True):
        share = _share(row["quantity"] / row["wanted"])
        table.add_row(row["product"], row["origin"] or "abroad", figure(row["quantity"]), row["unit"], share)
    return [title_of("Still imported (a year)"), table, *_rest(bought, "tables/purchases.csv")]


def _cost_block(plan: Plan, baseline: Plan | None, why: str) -> list[RenderableType]:
    money = printable(str(plan.outcome["currency"]))
    columns = ("plan",) if baseline is None else ("baseline", "plan", "difference")
    title = title_of(f"Cost ({money}, present value)")
    table = table_of([("component", "left"), *((name, "right") for name in columns)])
    for row in summary.costs(plan, baseline).iter_rows(named=True):
        table.add_row(row["component"], *(figure(row[name]) for name in columns))
    table.add_section()
    if baseline is None:
        table.add_row("all", figure(plan.objective), style="bold")
        return [title, table, Text(f"No baseline to compare with: {why}.", style="dim")]
    saved = plan.objective - baseline.objective
    table.add_row("all", figure(baseline.objective), figure(plan.objective), figure(saved), style="bold")
    share = f" ({100 * abs(saved) / abs(baseline.objective):.1f} %)" if baseline.objective else ""
    word = "less" if saved <= 0 else "more"
    return [title, table, Text(f"The plan costs {figure(abs(saved))} {money}{share} {word} than building nothing.")]


def _proof(outcome: dict[str, Any]) -> str:
    """Say how far from the least cost the plan can be."""
    loop = outcome.get("financed")
    if isinstance(loop, dict):
        exact = loop["gap"] <= 1e-9
        return "least cost as capital is charged" + (", proven" if exact else f", or at most {100 * loop['gap']:.2g} % above it")
    return "proven least cost" if outcome["gap"] <= 1e-9 else f"at most {100 * outcome['gap']:.2g} % above the least cost"


def plan_summary(case: Case, plan: Plan, baseline: Plan | None, why: str, verdict: Verdict) -> RenderableType:
    """Return the whole summary."""
    outcome: dict[str, Any] = dict(plan.outcome)
    title = printable(case.settings.title or case.name)
    state = {
        "optimal": "optimal",
        "time limit": "the best found in the time allowed",
        "interrupted": "the best found before it was stopped",
    }[outcome["status"]]
    head = Text.assemble(
        (f"{title}\n", "bold"),
        f"{printable(case.name)}: {state}, {_proof(outcome)}, {outcome['seconds']:.1f} s",
    )
    blocks = [_gap_block(case, plan, baseline), _build_block(plan), _import_block(case, plan), _cost_block(plan, baseline, why)]
    parts: list[RenderableType] = [head, *(Text(f"Warning: {printable(warning)}.", style="yellow") for warning in outcome["warnings"])]
    parts += [Text(f"Note: {printable(note)}.", style="yellow") for note in outcome.get("notes", ())]
    for block in blocks:
        parts += [Text(""), *block]
    if verdict.ok:
        agreed = f"Checked: {verdict.checked} conditions and the cost, recomputed from the tables, hold"
        check = Text(f"{agreed} (largest difference {verdict.largest:.1g}).", style="green")
    else:
        check = Text("CHECK FAILED: " + "; ".join(verdict.faults[:5]), style="bold red")
    return Group(*parts, Text(""), check)


def sweep_table(target: str, answers: Sequence[Answer], currency: str) -> RenderableType:
    """Return the answers side by side: what each costs, what it builds, what stays unmet."""
    unmet = any(answer.unmet for answer in answers)
    headings = [(printable(target), "left"), (printable(currency), "right"), ("change", "right"), ("built", "left")]
    table = table_of([*headings, *([("unmet", "left")] if unmet else [])])
    first = next((answer.cost for answer in answers if answer.cost is not None), None)
    for answer in answers:
        if answer.cost is None or first is None:
            table.add_row(printable(answer.label), "-", "-", printable(answer.status))
            continue
        cells = [_amounts(answer.builds, answer.build_units), *([_amounts(answer.unmet, answer.unmet_units)] if unmet else [])]
        table.add_row(printable(answer.label), figure(answer.cost), figure(answer.cost - first), *cells)
    return table


def _amounts(amounts: Mapping[str, float], units: Mapping[str, str]) -> str:
    return "\n".join(printable(f"{name} {figure(amount)} {units[name]}".rstrip()) for name, amount in amounts.items()) or "-"
