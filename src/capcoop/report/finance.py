"""A project's term sheet, a premium and public debt, drawn for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from capcoop.money.sheet import Sheet
from capcoop.report.terminal import figure, table_of, title_of

BAR = 14  # letters of each side of the tornado
SHARES = ("rate of return", "cost a year", "gearing", "premium, share")


def sheet_shown(sheet: Sheet) -> RenderableType:
    """Return the term sheet: sources and uses, ratios, returns, the waterfall, and what moves the owners' value most."""
    parts: list[RenderableType] = [title_of(f"{sheet.title}, {sheet.currency}"), Text()]
    parts += [title_of("Sources and uses of money until operation"), _sources(sheet), Text()]
    parts += [title_of("Ratios"), _figures(sheet.ratios), Text(), title_of("Returns"), _figures(sheet.returns), Text()]
    if sheet.fund:
        parts += [title_of("Fund"), _figures(sheet.fund), Text()]
    parts += [title_of("Cash of each year"), _waterfall(sheet.waterfall), Text()]
    parts += [title_of("What moves the owners' present value"), _tornado(sheet.sensitivity, sheet.base), Text()]
    return Group(*parts, *(Text(note) for note in sheet.notes))


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "none"
    return f"{100 * value:.2f} %" if any(word in name for word in SHARES) else figure(value)


def _sources(sheet: Sheet) -> Table:
    total = sum(sheet.sources.values())
    table = table_of((("source", "left"), ("amount", "right"), ("", "right"), ("use", "left"), ("amount", "right"), ("", "right")))
    sources, uses = list(sheet.sources.items()), list(sheet.uses.items())
    for index in range(max(len(sources), len(uses))):
        cells: list[str] = []
        for side in (sources, uses):
            name, amount = side[index] if index < len(side) else ("", None)
            cells += [name, "" if amount is None else figure(amount), "" if amount is None else f"{100 * amount / total:.1f} %"]
        table.add_row(*cells)
    table.add_row(
        "all", figure(total), "100.0 %", "all", figure(sum(sheet.uses.values())), f"{100 * sum(sheet.uses.values()) / total:.1f} %"
    )
    return table


def _figures(values: Mapping[str, float | None]) -> Table:
    table = table_of((("", "left"), ("", "right")))
    table.show_header = False
    for name, value in values.items():
        table.add_row(name, _shown(name, value))
    return table


def _waterfall(waterfall: pl.DataFrame) -> Table:
    """Return the years as rows; a column of nothing is left out."""
    heads = {"cash before tax": "cash", "coverage": "DSCR"}
    kept = [c for c in waterfall.columns if c == "year" or waterfall[c].fill_null(0.0).abs().max() > 0]  # type: ignore[operator]
    table = table_of((heads.get(column, column), "right") for column in kept)
    table.padding = (0, 0, 0, 1)
    for row in waterfall.select(kept).iter_rows():
        table.add_row(str(row[0]), *("" if value is None or value == 0 else _short(value) for value in row[1:]))
    return table


def _short(value: float) -> str:
    """Write a figure of a wide table with one digit after the point, or three significant ones where it is small."""
    return f"{value:.1f}" if 1 <= abs(value) < 1000 else figure(float(f"{value:.3g}"))


def _tornado(sensitivity: pl.DataFrame, base: float) -> Table:
    """Return the swings as bars around the value as it is."""
    swings = [abs(value - base) for row in sensitivity.iter_rows() for value in row[1:] if value is not None]
    widest = max(swings, default=1.0) or 1.0
    table = table_of((("change", "left"), ("down", "right"), ("up", "right"), (f"around {figure(base)}: down -, up +", "left")))
    for name, down, up in sensitivity.iter_rows():
        bars = [_bar(None if value is None else value - base, mark, widest) for value, mark in ((down, "-"), (up, "+"))]
        table.add_row(name, _worth(down), _worth(up), "\n".join(bars))
    return table


def _worth(value: float | None) -> str:
    return "no loan" if value is None else figure(value)


def _bar(swing: float | None, mark: str, widest: float) -> str:
    """Return a bar from the middle to the left (less than as it is) or to the right."""
    if swing is None:
        return ""
    length = round(BAR * abs(swing) / widest)
    return " " * (BAR - length) + mark * length + "|" if swing < 0 else " " * BAR + "|" + mark * length


def ratios_shown(ratios: pl.DataFrame) -> Table:
    """Return public debt against its thresholds."""
    heads = (("indicator", "left"), ("before", "right"), ("after", "right"), ("limit", "right"), ("room", "right"), ("", "left"))
    table = table_of(heads)
    for row in ratios.iter_rows(named=True):
        percents = [f"{row[name]:.1f} %" for name in ("before", "after", "threshold")]
        table.add_row(row["indicator"], *percents, figure(row["room"]), row["state"])
    return table


def rows_shown(rows: Mapping[str, str]) -> Table:
    """Return names and what is said of each."""
    table = table_of((("", "left"), ("", "right")))
    table.show_header = False
    for name, value in rows.items():
        table.add_row(name, value)
    return table
