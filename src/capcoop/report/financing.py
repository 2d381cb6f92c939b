"""How plan and financing came to agree, drawn for a terminal of 80 columns."""

from __future__ import annotations

import polars as pl
from rich.console import RenderableType
from rich.text import Text

from capcoop.errors import printable
from capcoop.financing import Financed
from capcoop.report.terminal import SHOWN_ROWS, figure, table_of, title_of

SHOWN_LIMITS = 6
NAMED = 3  # so many options are named in a cell


def financing_shown(found: Financed) -> list[RenderableType]:
    """Return the rounds, what the capital of everything built costs, and how the loop ended."""
    settings = found.case.settings
    rate = f"{100 * settings.discount_rate:.4g}\N{NO-BREAK SPACE}%"
    money = printable(settings.currency)
    verdict = Text(_verdict(found))
    cost = (
        f"The plan costs {figure(found.objective)} {money} as financed, {figure(found.plan.objective)} at the discount rate of {rate}: "
        f"{_against_first(found)}"
    )
    title = title_of(f"Plan and financing ({money}, present value)")
    return [Text(), title, *_rounds(found, rate), *_built(found), Text(), verdict, *_limits(found, money), Text(cost), *_cheaper(found)]


def _limits(found: Financed, money: str) -> list[RenderableType]:
    """Say of every ceiling of a government whether it binds."""
    out: list[RenderableType] = []
    for row in found.limits.sort("binds", "enforced", descending=True, maintain_order=True).head(SHOWN_LIMITS).iter_rows(named=True):
        name = f"The {row['limit']} of {printable(row['country'])} in {printable(row['period'])} ({figure(row['most'])} {money})"
        used = f"the plan comes to {figure(row['used'])}"
        why = f"binds: {used}; without what binds it would cost {figure(row['cost'])} less as charged"
        out.append(Text(f"{name} {why if row['binds'] == 'yes' else f'does not bind: {used}'}."))
    more = found.limits.height - SHOWN_LIMITS
    return [*out, *([Text(f"... and {more} more rows in tables/financing_limits.csv", style="dim")] if more > 0 else [])]


def _cheaper(found: Financed) -> list[RenderableType]:
    """Say where an earlier plan costs less as it is financed: its own financing leads away from it."""
    if found.cheaper < 0:
        return []
    cost = float(found.rounds.filter(pl.col("round") == found.cheaper).get_column("financed_objective")[0])
    told = f"The plan of round {found.cheaper} would cost less as financed, {figure(cost)}, but its financing leads to another one."
    return [Text(told)]


def _rounds(found: Financed, rate: str) -> list[RenderableType]:
    """Return a row for each round, and what each builds otherwise than the one before."""
    heads = ("round", "as charged", "as financed", f"at {rate}", "cost of capital moves by")
    table = table_of((head, "right") for head in heads)
    before: dict[str, float] | None = None
    told = []
    for number, rows in found.rounds.group_by("round", maintain_order=True):
        amounts = dict(rows.filter(pl.col("built") > 0).select("option", "built").iter_rows())
        first = rows.row(0, named=True)
        costs = (figure(first[name]) for name in ("objective", "financed_objective", "own_objective"))
        table.add_row(f"{number[0]:.0f}", *costs, _moved(rows))
        told.append(Text(f"Round {number[0]:.0f}: {_changed(before, amounts)}."))
        before = amounts
    return [table, *told]


def _changed(before: dict[str, float] | None, now: dict[str, float]) -> str:
    """Say what a round builds, or what it builds otherwise than the one before."""
    if before is None:
        return f"builds {_named(list(now))}" if now else "builds nothing"
    more = [name for name, amount in now.items() if amount > before.get(name, 0.0) * (1 + 1e-6)]
    less = [name for name, amount in before.items() if now.get(name, 0.0) < amount * (1 - 1e-6)]
    parts = [f"{word} {_named(names)}" for word, names in (("more of", more), ("less of", less)) if names]
    return "; ".join(parts) or "builds the same"


def _named(names: list[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"


def _moved(rows: pl.DataFrame) -> str:
    """Return the largest move of a cost of capital, in points."""
    largest = float(rows.get_column("change").abs().max() or 0.0)  # type: ignore[arg-type]
    return f"{100 * largest:.2f} points" if largest > 1e-6 else "0"


def _built(found: Financed) -> list[RenderableType]:
    """Return what the capital of everything that is built costs."""
    rows = found.rounds.filter((pl.col("round") == found.kept) & (pl.col("built") > 0))
    if rows.is_empty():
        return [Text(), Text("Nothing is built, so nothing is to be financed.")]
    heads = ("built", "gearing", "debt costs\nall in", "cost of\ncapital", "charged")
    table = table_of((head, "left" if head == "built" else "right") for head in heads)
    for row in rows.sort("built", descending=True).head(SHOWN_ROWS).iter_rows(named=True):
        shares = (_percent(row[name]) for name in ("gearing", "cost_of_debt", "cost_of_capital", "charged"))
        table.add_row(printable(row["option"]), *shares)
    more = rows.height - SHOWN_ROWS
    rest = [Text(f"... and {more} more rows in tables/financing_rounds.csv", style="dim")] if more > 0 else []
    return [Text(), table, *rest]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _verdict(found: Financed) -> str:
    """Say how the loop ended."""
    count = found.rounds.get_column("round").n_unique()
    ring = _ring(found)
    if found.state == "agreed":
        return f"{ring}Plan and financing agree after {count} round{'s' if count > 1 else ''}."
    if found.state == "stopped":
        return f"Stopped after round {count - 1}, before plan and financing agreed; the plan of round {found.kept} is kept."
    rows = found.rounds.filter(pl.col("round") == count - 1).sort(pl.col("change").abs(), descending=True, nulls_last=True)
    option, change = rows.select("option", "change").row(0)
    moves = f"the cost of capital of {printable(option)} still moves by {100 * (change or 0.0):.2g} points"
    kept = f"The plan of round {found.kept} is kept, which costs least as it is financed."
    return f"{ring}Plan and financing do not agree after {count} round{'s' if count > 1 else ''}: {moves}. {kept}"


def _ring(found: Financed) -> str:
    """Tell of a cycle that was met."""
    if not found.cycle:
        return ""
    first, last = found.cycle
    rounds = f"{first} and {last}" if last == first + 1 else f"{first} to {last}"
    what = _named(list(found.alternating)) or "loans of what is built"
    return f"Rounds {rounds} would alternate without end ({what}), so what alternates keeps the loan it was last given. "


def _against_first(found: Financed) -> str:
    """Say what the plan costs more at the discount rate than the first one, which is the cheapest there."""
    first = float(found.rounds.get_column("own_objective")[0])
    more = found.plan.objective - first
    if abs(more) <= 1e-9 * max(abs(first), 1.0):
        return "as much as the cheapest plan there."
    return f"{figure(more)} more than the cheapest plan there."
