"""A project's term sheet, a premium and public debt, drawn for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from capcoop.errors import printable
from capcoop.money.project.sheet import Sheet
from capcoop.money.project.structure import Structured
from capcoop.report.terminal import figure, table_of, title_of

BAR = 14  # letters of each side of the tornado
SHARES = ("rate of", "cost a year", "gearing", "premium, share", "share of the", "grant element", "insured, share", "price a year")
SIGNED = "Least coverage: of the loan as it stands, should the change come after signing; the rest is sized anew."
TINY = 1e-9
LARGE = 1000  # an amount from which a wide table shows no digits after the point
ABREAST = 3  # tranches in a row


def sheet_shown(sheet: Sheet) -> RenderableType:
    """Return the term sheet: sources and uses, ratios, returns, the waterfall, and what moves the owners' value most."""
    parts: list[RenderableType] = [title_of(f"{sheet.title}, {sheet.currency}"), Text()]
    parts += [title_of("Sources and uses of money until operation"), _sources(sheet), Text()]
    if len(sheet.tranches) > 1:
        parts += [title_of("Tranches"), _side_by_side(sheet.tranches), Text()]
    if sheet.covers:
        parts += [title_of("Cover of political risk"), _side_by_side(sheet.covers), Text()]
    parts += [title_of("Ratios"), _figures(sheet.ratios), Text(), title_of("Returns"), _figures(sheet.returns), Text()]
    if sheet.fund:
        parts += [title_of("Fund"), _figures(sheet.fund), Text()]
    building = sheet.waterfall.filter(pl.col("cash before tax") == 0)
    parts += [title_of("Cash until operation"), _waterfall(building), Text()]
    parts += [title_of("Cash of operation"), _waterfall(sheet.waterfall.tail(-building.height)), Text()]
    parts += [title_of("What moves the owners' present value"), _tornado(sheet.tornado, sheet.base), Text()]
    parts += [title_of("Owners and loan, should a figure be another"), _variants(sheet.variants), Text(SIGNED, style="dim"), Text()]
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


def _side_by_side(columns: Mapping[str, Mapping[str, str | float | None]]) -> RenderableType:
    """Return tables with a column for each tranche or cover, a few abreast; a figure that none of them has is left out."""
    names = list(columns)
    blocks: list[RenderableType] = []
    for start in range(0, len(names), ABREAST):
        chosen = names[start : start + ABREAST]
        table = table_of((("", "left"), *((printable(name), "left") for name in chosen)))
        for column in table.columns[1:]:
            column.justify = "right"
        for figure_name in columns[chosen[0]]:
            values = [columns[name][figure_name] for name in chosen]
            if any(value is not None for value in values):
                table.add_row(figure_name, *(_cell(figure_name, value) for value in values))
        blocks += [table] if not start else [Text(), table]
    return Group(*blocks)


def _cell(name: str, value: str | float | None) -> str:
    if value is None:
        return "-"
    return printable(value) if isinstance(value, str) else _shown(name, value)


def _variants(variants: pl.DataFrame) -> Table:
    """Return what each change leads to, figures of one kind together."""
    heads = (
        ("change", "left"),
        ("", "right"),
        ("owners' value", "right"),
        ("owners' rate", "right"),
        ("least coverage", "right"),
        ("loan", "right"),
    )
    table = table_of(heads)
    before = None
    for change, step, value, rate, coverage, loan in variants.iter_rows():
        shown = "" if change == before else change
        size = f"{100 * step:+.0f} %" if 0 < abs(step) < 1 else ""
        told = "no loan" if value is None else figure(value)
        rated = "none" if rate is None else f"{100 * rate:.2f} %"
        table.add_row(shown, size, told, rated, f"{coverage:.2f}", "-" if loan is None else figure(loan))
        before = change
    return table


def _waterfall(waterfall: pl.DataFrame) -> Table:
    """Return the years as rows; a column of nothing is left out."""
    heads = {"cash before tax": "cash", "principal": "repaid", "insurance": "insurer", "balance": "owed", "coverage": "DSCR"}
    kept = [c for c in waterfall.columns if c == "year" or waterfall[c].fill_null(0.0).abs().max() > 0]  # type: ignore[operator]
    table = table_of((heads.get(column, column), "right") for column in kept)
    table.padding = (0, 0, 0, 1)
    large = waterfall.select(kept[1:]).select(pl.all().abs().max()).row(0)
    whole = max(value for value in large if value is not None) >= LARGE
    for row in waterfall.select(kept).iter_rows():
        cells = (
            "" if value is None or value == 0 else f"{value:.2f}" if name == "coverage" else _short(value, whole=whole)
            for name, value in zip(kept[1:], row[1:], strict=True)
        )
        table.add_row(str(row[0]), *cells)
    return table


def _short(value: float, *, whole: bool) -> str:
    """Write a figure of a wide table without digits after the point, or with one, or three significant ones where it is small."""
    if whole:
        return figure(float(round(value))) if abs(value) >= 0.5 else ""
    return f"{value:.1f}" if 1 <= abs(value) < LARGE else figure(float(f"{value:.3g}"))


def _tornado(swings_of: pl.DataFrame, base: float) -> Table:
    """Return the swings as bars around the value as it is."""
    swings = [abs(value - base) for row in swings_of.iter_rows() for value in row[1:] if value is not None]
    widest = max(swings, default=1.0) or 1.0
    table = table_of((("change", "left"), ("down", "right"), ("up", "right"), (f"around {figure(base)}: down -, up +", "left")))
    for name, down, up in swings_of.iter_rows():
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


def structure_shown(mix: Structured) -> RenderableType:
    """Return a mix of capital: what it is made of, what it costs against the file's own terms, and which limits bind."""
    table = table_of((("source", "left"), ("amount", "right"), ("share", "right"), ("cost", "right"), ("how", "left")))
    for row in mix.sources.iter_rows(named=True):
        share, cost = f"{100 * row['share']:.1f} %", f"{100 * row['cost']:.2f} %"
        table.add_row(printable(row["source"]), figure(row["amount"]), share, cost, printable(row["how"]))
    total = float(mix.sources["amount"].sum())
    table.add_row("all", figure(total), "100.0 %", f"{100 * mix.after:.2f} %", "")
    compared = table_of((("", "left"), ("terms of the file", "right"), ("this mix", "right")))
    compared.add_row("weighted cost of capital, after tax", f"{100 * mix.before:.2f} %", f"{100 * mix.after:.2f} %")
    compared.add_row("owners without a fund, present value", figure(mix.value_before), figure(mix.value_after))
    if mix.found is not None:
        owed = mix.found.service[0] > TINY * mix.found.debt[0]
        least = f"{mix.found.coverage[0][owed].min():.2f}"
        compared.add_row("debt-service coverage, least", f"{mix.coverage_before:.2f}", least)
    binds = mix.binds or ("No limit binds: more of none of them would make the capital cheaper.",)
    parts: list[RenderableType] = [title_of(f"{mix.title}: the cheapest mix of capital, {mix.currency}"), table, Text()]
    parts += [compared, Text(), title_of("What binds"), *(Text(f"- {printable(one)}") for one in binds), Text()]
    return Group(*parts, *(Text(printable(note), style="dim") for note in mix.notes))


def projects_shown(titles: Mapping[str, str]) -> RenderableType:
    """Return the built-in projects and how to see one."""
    table = table_of((("project", "left"), ("what it is", "left")))
    for name, title in titles.items():
        table.add_row(name, title)
    first = next(iter(titles))
    return Group(table, Text(), Text(f"capcoop finance {first} shows one; a file of your own is a TOML file (docs/finance.md)."))


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
