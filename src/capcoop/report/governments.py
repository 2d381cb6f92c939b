"""The debt of governments with a plan, drawn for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl
from rich.console import RenderableType
from rich.text import Text

from capcoop.errors import printable
from capcoop.money.debt import CONCESSIONAL
from capcoop.report.terminal import figure, table_of, title_of

ROUNDING = 1e-9
# A short name of each indicator, and the cells that make it known.
SHORT = {
    "present value of external debt to GDP": ("external debt / GDP", ("debt", "gdp")),
    "present value of external debt to exports": ("external debt / exports", ("debt", "exports")),
    "external debt service to exports": ("its service / exports", ("debt_service", "exports")),
    "external debt service to revenue": ("its service / revenue", ("debt_service", "revenue")),
    "public debt to GDP": ("public debt / GDP", ("public_debt", "gdp")),
    "gross financing need to GDP": ("financing need / GDP", ("financing_need", "gdp")),
}


def debt_shown(tables: Mapping[str, pl.DataFrame], money: str) -> list[RenderableType]:
    """Return what the plan adds to the debt of each government, each ratio in its worst year, and which thresholds it passes."""
    debt, ratios = tables["debt"], tables["debt_ratios"]
    parts: list[RenderableType] = []
    for country in debt.get_column("country").unique(maintain_order=True):
        own = pl.col("country") == country
        parts += [Text(), title_of(f"Debt of the government of {printable(country)} ({money}, constant prices)")]
        parts += [Text(told) for told in _added(debt.filter(own), tables["public_loans"].filter(own))]
        if tables["public_loans"].filter(own).height:
            parts += _ratios(ratios.filter(own), country)
        parts += [Text(told, style="yellow") for told in _passed(debt.filter(own), money)]
    return parts


def _added(debt: pl.DataFrame, loans: pl.DataFrame) -> Iterator[str]:
    """Yield what the government owes and guarantees for the plan at most, what guarantees may cost, and how concessional its loans are."""
    for column, verb in (("owed", "owes"), ("guaranteed", "guarantees")):
        top = debt.sort(column, descending=True, maintain_order=True).row(0, named=True)
        if top[column] > ROUNDING:
            yield f"It {verb} {figure(top[column])} for the plan at most, in {top['year']:.0f}."
    if loans.is_empty():
        yield "It owes and guarantees nothing of what the plan borrows."
        return
    if (loans.get_column("guaranteed") > 0).any():
        calls = debt.get_column("expected_calls")
        known = calls.null_count() == 0
        told = f"It must expect to pay {figure(float(calls.sum()))} for its guarantees over all years."
        yield told if known else "What guarantees will cost is unknown: loans do not say how often they fail."
    grants = loans.get_column("grant_element")
    count = int((grants >= CONCESSIONAL).sum())
    low, high = (f"{100 * float(value):.0f} %" for value in (grants.min(), grants.max()))  # type: ignore[arg-type]
    spread = low if low == high else f"{low} to {high}"
    each = "The grant element of its loan is" if loans.height == 1 else f"Grant elements of its {loans.height} loans are"
    verdict = "none is" if not count else "all are" if count == loans.height > 1 else f"{count} {'is' if count == 1 else 'are'}"
    yield f"{each} {spread}: {verdict} concessional ({100 * CONCESSIONAL:.0f} %)."


def _ratios(ratios: pl.DataFrame, country: str) -> list[RenderableType]:
    """Return each ratio in the year in which it is worst with the plan, and what has to be stated for those that are unknown."""
    heads = ("per cent, worst year", "year", "without", "added", "with", "limit", "first passed,\nwith/without")
    table = table_of((head, "left" if head.startswith(("per", "first")) else "right") for head in heads)
    lacking: list[str] = []
    for indicator in ratios.get_column("indicator").unique(maintain_order=True):
        own, (short, cells) = ratios.filter(pl.col("indicator") == indicator), SHORT[indicator]
        bare = own.get_column("added").null_count() == own.height
        lacking += (cells[1:] if bare else ()) + (cells[:1] if own.get_column("without").null_count() == own.height else ())
        if not bare:
            worst = own.sort(pl.coalesce("with_plan", "added"), descending=True, nulls_last=True, maintain_order=True).row(0, named=True)
            cells_of_row = (_percent(worst[name]) for name in ("without", "added", "with_plan"))
            table.add_row(short, f"{worst['year']:.0f}", *cells_of_row, figure(worst["threshold"]), _first(own))
    parts: list[RenderableType] = [table] if table.row_count else []
    told = ["External debt at its present value; limits are those of World Bank and IMF."] if table.row_count else []
    if lacking:
        told.append(f"Unknown: {', '.join(dict.fromkeys(lacking))} of {printable(country)}, in governments.csv.")
    parts += [Text(line, style="dim") for line in told]
    return parts


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _first(ratios: pl.DataFrame) -> str:
    """Return when a threshold is first passed, with the plan and without it."""
    if ratios.get_column("threshold").null_count() == ratios.height or ratios.get_column("with_plan").null_count() == ratios.height:
        return "-"
    firsts = (ratios.filter(pl.col(name) > pl.col("threshold")).select(pl.col("year").min()).item() for name in ("with_plan", "without"))
    return "/".join("never" if year is None else f"{year:.0f}" for year in firsts)


def _passed(debt: pl.DataFrame, money: str) -> Iterator[str]:
    """Yield a sentence for each limit of the government's own that the plan passes."""
    for amount, limit, what in (
        (pl.col("owed") + pl.col("guaranteed"), "ceiling", "new debt is {} where the debt_ceiling is {}"),
        (pl.col("service"), "budget", "debt service is {} where the budget is {}"),
    ):
        over = debt.with_columns(amount=amount).filter(pl.col("amount") > pl.col(limit) * (1 + ROUNDING))
        if over.height:
            first = over.row(0, named=True)
            yield f"In {first['year']:.0f} {what.format(figure(first['amount']), figure(first[limit]))} {money}."
