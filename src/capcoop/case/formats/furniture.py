"""Writing a workbook that is pleasant to fill in: a guide, notes on every column, drop-downs for names, choices and flags."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.case.formats.settings_table import ABOUT, settings_rows
from capcoop.case.formats.source import CASE, GUIDE, NOTE, SETTING, VALUE, Content, new_file, written
from capcoop.errors import UsageError, library
from capcoop.schema import GROUPS, SETS, TABLES, Column, Table, describe

MOST_ROWS, LONGEST_TEXT = 1_048_575, 32_767
SPARE_ROWS = 1000
VALUE_WIDTH, LINE = 60, 15
NO_LETTERS = re.compile("[\ud800-\udfff\ufffe\uffff]")
KEY_OF = {table: key for key, table in SETS.items()} | {"modes": "mode", "countries": "country"}
HOME_OF = {"modes": "channels", "countries": "sites"}
WIDTHS = {"name": 18, "text": 18, "choice": 12, "number": 13, "flag": 10}
LONG_TEXT = {"source": 40, "note": 40}
COLOURS = {
    "Places and products": "#1F4E79",
    "Capacity and processes": "#375623",
    "Building": "#7F6000",
    "Needs, trade and channels": "#833C0B",
    "Rules and scenarios": "#3A3A3A",
    "Money": "#6B5200",
}
STEPS = (
    "Each sheet is a table; its first row names the columns, each further row is one thing: {row}",
    "Begin with the sheets sites and products, then needs and purchases; then lines, processes, recipes and options.",
    "A column whose heading is bold must be filled. Point at a heading to read what it means, its unit and what a blank stands for.",
    "Names are chosen from a list once they stand on their own sheet. In key columns a blank or * means all.",
    "Write figures as plain numbers, without units; yes and no in columns of flags. Formulas may be used; cells must not be merged.",
    "A row may state its own unit and currency, and its source, year and note.",
    "Sheets that you do not need may stay empty or be deleted. Sheets of your own begin with an underscore: they are not read.",
    "Check the workbook with: capcoop check {name}      Plan it with: capcoop plan {name}",
)


class Exact(float):
    """A figure that is written with all its digits: the library would round to sixteen, and two floats in seven need seventeen."""

    def __format__(self, form: str) -> str:
        """Return the shortest text that reads back as the same figure."""
        return repr(float(self))


def write(content: Content, target: Path) -> None:
    """Write a case as an Excel workbook. Raises UsageError where it does not fit into one."""
    for name, held in content.frames.items():
        _check(name, held)
    xlsxwriter = library("xlsxwriter", "excel", "writing Excel")
    with new_file(target) as part, xlsxwriter.Workbook(part, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        formats = _formats(workbook)
        sheets = {name: workbook.add_worksheet(name) for name in (GUIDE, CASE, *TABLES)}
        _guide(sheets[GUIDE], target.name, formats)
        _settings(sheets[CASE], content, formats)
        for sheet in sheets.values():
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
        for name, table in TABLES.items():
            frame = content.frames.get(name)
            columns = _columns(table, frame)
            cells = pl.DataFrame(schema={column.name: pl.String for column in columns}) if frame is None else written(frame, name)
            _table(sheets[name], table, columns, cells, formats, content)


def _check(name: str, frame: pl.DataFrame) -> None:
    """Refuse what a workbook cannot hold."""
    if frame.height > MOST_ROWS:
        raise UsageError(f"{name} has {frame.height} rows, and a sheet holds {MOST_ROWS} below its heading; write another format")
    for column in frame.select(pl.col(pl.String)):
        long = (column.str.len_chars() > LONGEST_TEXT // 2) & (column.str.encode("hex").str.len_bytes() > LONGEST_TEXT)
        odd = column.str.contains("[\ufffe\uffff]")
        if (long | odd).any():
            raise UsageError(f"{name}, column {column.name}: a text cannot stand in a cell of Excel; shorten it, or write another format")


def _formats(workbook: Any) -> Callable[..., Any]:  # noqa: ANN401  (the library's workbook)
    """Return a maker of cell formats that makes each of them once."""
    made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def of(**properties: Any) -> Any:  # noqa: ANN401
        key = tuple(sorted(properties.items()))
        if key not in made:
            made[key] = workbook.add_format(properties)
        return made[key]

    return of


def _columns(table: Table, frame: pl.DataFrame | None) -> list[Column]:
    """Return the columns of a sheet: the table's own, and of the common ones those that a user fills most or that are filled."""
    own = {column.name for column in table.columns}
    offered = {"unit", "currency", "source", "year", "note", *(() if frame is None else frame.columns)}
    return [column for column in table if column.name in own or column.name in offered]


def _guide(sheet: Any, name: str, formats: Callable[..., Any]) -> None:  # noqa: ANN401
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 110)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, "How to fill in this workbook", formats(bold=True, font_size=16))
    row = 2
    for number, step in enumerate(STEPS, start=1):
        example = "a site, a product, a need."
        sheet.write_string(row, 0, f"{number}.", formats(align="right", valign="top"))
        sheet.write_string(row, 1, step.format(row=example, name=name), formats(text_wrap=True, valign="top"))
        row += 1
    row += 1
    link = formats(font_color="#0563C1", underline=1)
    sheet.write_string(row, 0, "Sheets", formats(bold=True, font_size=13))
    sheet.write_url(row + 1, 0, f"internal:'{CASE}'!A1", link, CASE)
    sheet.write_string(row + 1, 1, "The settings of the case: its title, money, discount rate.")
    row += 2
    for group, tables in GROUPS.items():
        sheet.write_string(row, 0, group, formats(bold=True, font_color=COLOURS[group]))
        for table in tables:
            row += 1
            sheet.write_url(row, 0, f"internal:'{table.name}'!A1", link, table.name)
            sheet.write_string(row, 1, f"One row: {table.row}. {table.sentence}".strip())
        row += 1


def _settings(sheet: Any, content: Content, formats: Callable[..., Any]) -> None:  # noqa: ANN401
    stated = dict(settings_rows(content.settings))
    notes = {**ABOUT, **{name: ABOUT.get(name, "") for name in stated}}
    head = formats(bold=True, font_color="white", bg_color="#404040", border=1)
    for at, (heading, width) in enumerate(((SETTING, 26), (VALUE, VALUE_WIDTH), (NOTE, 80))):
        sheet.write_string(0, at, heading, head)
        sheet.set_column(at, at, width)
    sheet.freeze_panes(1, 0)
    for row, (name, about) in enumerate(notes.items(), start=1):
        sheet.write_string(row, 0, name, formats(bold=name in stated))
        value, form = stated.get(name), formats(num_format="@", text_wrap=True, valign="top")
        sheet.write_blank(row, 1, None, form) if value is None else sheet.write_string(row, 1, value, form)
        sheet.set_row(row, LINE * (1 + len(value or "") // VALUE_WIDTH))
        sheet.write_string(row, 2, about, formats(font_color="#7F7F7F", italic=True))
    sheet.data_validation(
        1 + list(notes).index("timing"), 1, 1 + list(notes).index("timing"), 1, {"validate": "list", "source": ["start", "middle", "end"]}
    )
    sheet.ignore_errors({"number_stored_as_text": f"B1:B{len(notes) + 1}"})


def _table(
    sheet: Any,  # noqa: ANN401
    table: Table,
    columns: list[Column],
    cells: pl.DataFrame,
    formats: Callable[..., Any],
    content: Content,
) -> None:
    """Write one table: heading with notes, rows, and what helps to fill in more of them."""
    colour = COLOURS[next(group for group, tables in GROUPS.items() if table in tables)]
    sheet.set_tab_color(colour)
    sheet.freeze_panes(1, sum(column.key for column in columns[:1]))
    last = min(MOST_ROWS, cells.height + SPARE_ROWS)
    for at, column in enumerate(columns):
        plain = column.kind == "number"
        held = cells.get_column(column.name) if column.name in cells.columns else None
        body = formats(num_format=_number_format(held) if plain else "@")
        sheet.set_column(at, at, LONG_TEXT.get(column.name, max(WIDTHS[column.kind], len(column.name) + 2)), body)
        sheet.write_string(0, at, column.name, formats(bold=column.required, font_color="white", bg_color=colour, border=1))
        note = describe(column)
        sheet.write_comment(0, at, note, {"x_scale": 2, "y_scale": max(0.5, len(note) / 120), "author": "capcoop"})
        rule = _validation(table, column, content)
        if rule:
            sheet.data_validation(1, at, last, at, rule)
        for row, cell in enumerate([] if held is None else held.to_list(), start=1):
            if cell is None:
                continue
            if isinstance(cell, float) and math.isfinite(cell):
                sheet.write_number(row, at, Exact(cell), body)
            else:
                sheet.write_string(row, at, str(cell), body)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(cells.height, 1), len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})


def _number_format(cells: pl.Series | None) -> str:
    """Return the format of a column of figures: thousands are told apart where all are whole and large."""
    if cells is None or cells.dtype != pl.Float64:
        return "General"
    large = cells.filter(cells.is_finite())
    return "#,##0" if len(large) and (large == large.round()).all() and (large.abs().max() or 0) >= 10_000 else "General"  # type: ignore[operator]


def _validation(table: Table, column: Column, content: Content) -> dict[str, Any] | None:
    """Return what a cell of the column is helped with: a list to choose from, or bounds. None: nothing."""
    if column.kind == "flag":
        return {"validate": "list", "source": ["yes", "no"], "error_title": "yes or no", "error_message": "Write yes or no."}
    if column.kind == "choice":
        return {"validate": "list", "source": list(column.choices), "error_title": column.name, "error_message": "Choose from the list."}
    if column.refers:
        target = column.refers[0]
        home = HOME_OF.get(target, target)
        at = [other.name for other in _columns(TABLES[home], content.frames.get(home))].index(KEY_OF[target])
        letter = chr(ord("A") + at)
        held = content.frames.get(home)
        end = (0 if held is None else held.height) + SPARE_ROWS + 1
        blank = " A blank or * means all." if column.any else ""
        return {
            "validate": "list",
            "source": f"='{home}'!${letter}$2:${letter}${min(end, MOST_ROWS + 1)}",
            "error_type": "warning",
            "error_title": f"not in {home}"[:32],
            "error_message": f"This name is not on the sheet {home}.{blank}",
        }
    if column.kind == "number" and column.lower is not None and not column.infinite:
        if column.upper is not None:
            bounds = {"criteria": "between", "minimum": column.lower, "maximum": column.upper}
            message = f"From {column.lower:g} to {column.upper:g}."
        else:
            bounds = {"criteria": ">" if column.above else ">=", "value": column.lower}
            message = f"{'Above' if column.above else 'At least'} {column.lower:g}."
        return {"validate": "decimal", **bounds, "error_type": "warning", "error_title": table.name, "error_message": message}
    return None
