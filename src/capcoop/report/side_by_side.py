"""A comparison of runs drawn for a terminal of 80 columns: differences first."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from rich.console import Group, RenderableType
from rich.text import Text

from capcoop.report.compare import Comparison
from capcoop.report.saved import SavedRun, cell
from capcoop.report.terminal import SHOWN_ROWS, figure, table_of, title_of

STATES = {"optimal": "optimal", "time limit": "stopped by the time limit", "interrupted": "stopped by Ctrl-C"}


def comparison_shown(comparison: Comparison, *, everything: bool) -> RenderableType:
    """Return the whole comparison; with `everything` also what is equal, and every row."""
    head = [Text(f"{name}: {_state(run)}") for name, run in comparison.runs.items() if not run.why]
    parts: list[RenderableType] = [*head, *(Text(note, style="yellow") for note in comparison.notes)]
    blocks = [_asked_block, _cost_block, _build_block, _amount_block, _price_block]
    for block in blocks:
        parts += [Text(""), *block(comparison, everything)]
    return Group(*parts)


def _state(run: SavedRun) -> str:
    status, gap, check = str(run.outcome.get("status")), run.figure("gap"), run.outcome.get("check")
    words = [cell(str(run.folder)), run.case, *([f"scenario {run.scenario}"] if run.scenario else []), STATES.get(status, cell(status))]
    words += [f"objective {figure(run.figure('objective'))} {run.money}"]
    if gap is not None and gap > 1e-9:
        words.append(f"at most {100 * gap:.2g} % above the least cost")
    if isinstance(check, dict) and check.get("ok") is False:
        words.append("its check FAILED")
    return ", ".join(word for word in words if word)


def _rows(frame: pl.DataFrame, *, everything: bool) -> tuple[pl.DataFrame, list[RenderableType]]:
    """Return the rows to draw, and what is said below them of those left out."""
    differing = frame if everything else frame.filter("differs")
    shown = differing if everything else differing.head(SHOWN_ROWS)
    more = differing.height - shown.height
    words = [f"{more} more that differ"] if more else []
    same = int((~frame["differs"]).sum())
    if everything and not frame.is_empty():
        words = [f"* differs: {frame.height - same} of {frame.height}"]
    elif same:
        words.append(f"the same in all: {same}")
    return shown, [Text(f"({'; '.join(words)})", style="dim")] if words else []


def _drawn(
    title: str, frame: pl.DataFrame, texts: Sequence[str], runs: Sequence[str], *, everything: bool, last: Sequence[Sequence[str]] = ()
) -> list[RenderableType]:
    """Return a block: some columns of text, a column of figures for each run, and with two runs their difference."""
    shown, below = _rows(frame, everything=everything)
    if shown.is_empty() and not last:
        return [title_of(f"{title}: the same in all."), *(below if not frame.is_empty() else [])]
    words = [name for name in texts if shown[name].null_count() < shown.height and (shown[name] != "").any()] or [texts[0]]
    difference = ["difference"] if len(runs) == 2 else []
    table = table_of([*((name, "left") for name in words), *((name, "right") for name in (*runs, *difference))])
    for row in shown.iter_rows(named=True):
        values = [row[name] for name in runs]
        figures = [figure(value) for value in values]
        if difference:
            known = None not in values
            figures.append(figure((values[1] - values[0]) * row["differs"] if known else None))
        mark = " *" if everything and row["differs"] else ""
        first, *rest = [cell(row[name] or "") for name in words]
        table.add_row(first + mark, *rest, *figures)
    for total in last:
        table.add_row(total[0], *[""] * (len(words) - 1), *total[1:], style="bold")
    return [title_of(title), table, *below]


def _asked_block(comparison: Comparison, everything: bool) -> list[RenderableType]:  # noqa: FBT001  (blocks are called alike)
    shown, below = _rows(comparison["asked"], everything=everything)
    if shown.is_empty():
        varied = any(comparison[table]["differs"].any() for table in comparison.tables if table != "asked")
        why = " What differs comes from changed tables, or from plans that cost the same." if varied else ""
        return [title_of("Asked: the same in all." + why)]
    table = table_of((name, "left") for name in ("setting", *comparison.names("asked")))
    for row in shown.iter_rows(named=True):
        mark = " *" if everything and row["differs"] else ""
        table.add_row(cell(row["setting"]) + mark, *(cell(row[name] or "-") for name in comparison.names("asked")))
    return [title_of("Asked differently" if not everything else "Asked"), table, *below]


def _cost_block(comparison: Comparison, everything: bool) -> list[RenderableType]:  # noqa: FBT001
    runs = comparison.names("costs")
    if len(runs) < 2:
        return [title_of("Cost: not compared, as the runs count in different money.")]
    reference, *others = totals = [comparison.runs[name].figure("objective") or 0.0 for name in runs]
    difference = [figure(others[0] - reference)] if len(runs) == 2 else []
    last = [["all", *map(figure, totals), *difference]]
    if reference:
        shares = [f"{100 * (other - reference) / abs(reference):+.2f} %" for other in others]
        last.append([f"against {runs[0]}", "", *shares, *([""] if difference else [])])
    title = f"Cost ({comparison.runs[runs[0]].money}, present value)"
    return _drawn(title, comparison["costs"], ["component"], runs, everything=everything, last=last)


def _build_block(comparison: Comparison, everything: bool) -> list[RenderableType]:  # noqa: FBT001
    texts = ["option", "period", "unit"]
    return _drawn("Built (number of builds, and capacity)", comparison["builds"], texts, comparison.names("builds"), everything=everything)


def _amount_block(comparison: Comparison, everything: bool) -> list[RenderableType]:  # noqa: FBT001
    texts = ["product", "measure", "period", "unit"]
    return _drawn("Made, bought, sold, unmet (a year)", comparison["amounts"], texts, comparison.names("amounts"), everything=everything)


def _price_block(comparison: Comparison, everything: bool) -> list[RenderableType]:  # noqa: FBT001
    runs = comparison.names("prices")
    if len(runs) < 2:
        return [title_of("Prices: not compared, as the runs count in different money.")]
    title = f"Prices ({comparison.runs[runs[0]].money} a unit; the largest differences first)"
    return _drawn(title, comparison["prices"], ["product", "site", "period", "slice", "unit"], runs, everything=everything)
