"""Gaps drawn for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from capcoop.errors import printable
from capcoop.report.terminal import figure, table_of, title_of

BAR, NAME = 46, 22
SHOWN = ("cement", "finished_steel", "flat_glass", "aluminium")
UNKNOWN = "unknown"
LARGER = {"kt": "Mt", "GWh": "TWh"}
AMOUNTS: tuple[str, ...] = (
    "ordinary",
    "programme_low",
    "programme",
    "programme_high",
    "demand",
    "production",
    "capacity",
    "capacity_at_least",
)
AMOUNTS += ("gap_low", "gap", "gap_high", "gap_at_most", "gap_at_least")
TITLES = {"finished_steel": "building steel", "refined_products": "oil products"}
SIGNS = {
    "-": "nothing is known of what the programme takes",
    "<=": "what can be made is at least the stated part of it, or what is made now",
    ">=": "steel that is rolled now, if all were bars for building; mills make other kinds too",
}


class Bar:
    """A bar: what can be made, then what is missing; of letters where the terminal has no blocks."""

    def __init__(self, made: float, wanted: float) -> None:
        """Keep how many letters each part takes."""
        self.made = round(BAR * min(1.0, made / wanted)) if wanted > 0 else BAR

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        full, empty = ("#", ".") if options.ascii_only else ("█", "░")
        yield Text(full * self.made + empty * (BAR - self.made))


def words(name: str) -> str:
    """Return the name of a product in words."""
    return TITLES.get(name, name.replace("_", " "))


def scaled(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with amounts of a million and more in the next larger unit, so that they fit."""
    if row["unit"] not in LARGER or (row["demand"] or row["production"] or 0) < 1e6:
        return row
    return {**row, **{name: row[name] / 1e3 for name in AMOUNTS if row[name] is not None}, "unit": LARGER[row["unit"]]}


def gap_text(row: Mapping[str, Any]) -> str:
    """Return a gap, or the bound that is known of it."""
    if row["gap"] is not None:
        return figure(row["gap"]) if row["gap"] > 0 else "none"
    if row["gap_at_most"] is not None:
        return f"<= {figure(row['gap_at_most'])}" if row["gap_at_most"] > 0 else "none"
    if row["gap_at_least"]:
        return f">= {figure(row['gap_at_least'])}"
    return UNKNOWN


def gap_shown(title: str, programme: str, span: tuple[int, int], products: pl.DataFrame, notes: Sequence[str]) -> RenderableType:
    """Return the whole answer for one country."""
    rows = [scaled(row) for row in products.to_dicts()]
    head = Text.assemble((printable(title), "bold"), f", {_years(span)}\n{printable(programme)}")
    parts: list[RenderableType] = [head]
    for block in (_amounts(rows, span), _bars(rows), _making(rows)):
        parts += [Text(""), *block]
    missing = [f"{words(row['product'])}: ordinary demand is unknown for want of {row['missing']}" for row in rows if row["missing"]]
    told = [*notes, *missing]
    return Group(*parts, *([Text("")] if told else []), *(Text(f"{printable(note)}.", style="dim") for note in told))


def _years(span: tuple[int, int]) -> str:
    return f"{span[0]}-{span[1]}" if span[0] != span[1] else str(span[0])


def _amounts(rows: list[dict[str, Any]], span: tuple[int, int]) -> list[RenderableType]:
    headings = [("product", "left"), ("unit", "left"), ("ordinary", "right"), ("programme", "right"), ("low to high", "right")]
    table = table_of([*headings, ("can make", "right"), ("gap", "right")])
    table.collapse_padding, table.columns[0].min_width = True, 11
    for row in rows:
        takes = bool(row["programme_high"])
        programme = "-" if row["programme"] is None else figure(row["programme"])
        spread = f"{figure(row['programme_low'])}-{figure(row['programme_high'])}" if takes else ""
        ordinary = UNKNOWN if row["ordinary"] is None else figure(row["ordinary"])
        cells = [ordinary, programme, spread, _capacity(row), gap_text(row)]
        table.add_row(words(row["product"]), row["unit"], *cells)
    mean = "a year" if span[0] == span[1] else "a year, mean of the years"
    seen = {gap_text(row).split()[0] for row in rows} | {"-" for row in rows if row["programme"] is None}
    signs = [f"{sign}: {told}" for sign, told in SIGNS.items() if sign in seen]
    return [title_of(f"Wanted, and what can be made ({mean})"), table, *(Text(sign, style="dim") for sign in signs)]


def _capacity(row: Mapping[str, Any]) -> str:
    if row["capacity"] is not None:
        return figure(row["capacity"])
    return UNKNOWN if row["capacity_at_least"] is None else f">= {figure(row['capacity_at_least'])}"


def _bars(rows: list[dict[str, Any]]) -> list[RenderableType]:
    """Draw for each product how much of what is wanted can be made."""
    table = table_of([("product", "left"), ("", "left"), ("missing", "right")])
    for row in rows:
        gap = next((row[name] for name in ("gap", "gap_at_most") if row[name] is not None), row["gap_at_least"] or None)
        if gap is None or not row["demand"]:
            continue
        share = gap / row["demand"]
        sign = "" if row["gap"] is not None else "<= " if row["gap_at_most"] is not None else ">= "
        told = "none" if share == 0 else f"{sign}{100 * share:.0f} %"
        table.add_row(words(row["product"]), Bar(row["demand"] - gap, row["demand"]), told)
    return [title_of("Of what is wanted, can be made (full) and is missing (empty)"), table] if table.row_count else []


def _making(rows: list[dict[str, Any]]) -> list[RenderableType]:
    headings = [(name, "right") for name in ("made", "can make", "world rank", "imported")]
    table = table_of([("product", "left"), *headings, ("plant", "left")])
    table.collapse_padding = True
    for row in rows:
        known = row["production"] is not None
        made = f"{figure(row['production'])} ({row['production_year']})" if known else UNKNOWN
        rank = UNKNOWN if not known else "none" if row["rank"] is None else f"{row['rank']} of {row['ranked']}"
        share = UNKNOWN if row["share_imported"] is None else f"{100 * row['share_imported']:.0f} % ({row['share_year']})"
        plant = {None: UNKNOWN, True: "none at all", False: "yes"}[row["no_plant"]]
        since = "" if row["capacity_year"] is None else f"as in {row['capacity_year']}"
        table.add_row(words(row["product"]), made, since, rank, share, plant)
    return [title_of("What is made and bought"), table]


def all_shown(programme: str, span: tuple[int, int], products: pl.DataFrame, order: str) -> RenderableType:
    """Return one line for each country, the largest gap of one product first; unknown ones come last."""
    units = dict(products.select("product", "unit").unique().iter_rows())
    shown = SHOWN if order in SHOWN else (order, *SHOWN[1:])
    by_country: dict[str, dict[str, dict[str, Any]]] = {}
    for row in products.iter_rows(named=True):
        by_country.setdefault(row["name"], {})[row["product"]] = row

    def size(name: str) -> float:
        row = by_country[name][order]
        known = [row[column] for column in ("gap", "gap_at_most", "gap_at_least") if row[column] is not None]
        return -max(known) if known else 1.0

    table = table_of([("country", "left"), *((f"{words(name)}\n{units[name]}".replace(" ", "\n"), "right") for name in shown)])
    table.collapse_padding = True
    for name in sorted(by_country, key=lambda name: (size(name), name)):
        table.add_row(printable(name)[:NAME], *(gap_text(by_country[name][product]) for product in shown))
    signs = (Text(f"{sign}: {SIGNS[sign]}", style="dim") for sign in ("<=", ">="))
    return Group(title_of(f"Gap a year, mean of {_years(span)}"), Text(programme), table, *signs)
