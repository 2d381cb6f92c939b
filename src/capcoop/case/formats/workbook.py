"""A case in an Excel workbook: a sheet for each table, `case` for the settings.

The workbook is a zip file of XML. It is unpacked within bounds, looked through for what a table library passes over in silence
(errors, formulas that were never computed, merged cells, a lone cell at the far end of a sheet), and packed again, so that the
library sees nothing else than what was looked at.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl

from capcoop.case.formats.archive import Unsafe, inflated, members, opened
from capcoop.case.formats.settings_table import read_settings
from capcoop.case.formats.source import CASE, GUIDE, OWN, SETTING, VALUE, Found, Source, series_of
from capcoop.case.read import Places, heading_fits, named, numbered, without_comments
from capcoop.errors import Problem, UsageError, library

MOST_BYTES = 150 << 20
# The table library holds every cell between A1 and the last one: a sheet must not be much larger than what it holds.
MOST_AREA, SMALL_AREA, SPARSE = 12_000_000, 1_000_000, 20
WIDEST = 100
PIECE = 4 << 20
SHOWN = 20
REF = rb"""\br\s*=\s*["']([A-Za-z]{1,7})(\d{1,10})["']"""
FORMULA = rb"(?:\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>))"
CELL = re.compile(rb"<(?:\w+:)?c\b[^<>]*?" + REF + rb"[^<>]*(?<!/)>")
FAULTY = re.compile(rb"<(?:\w+:)?c\b(?=[^<>]*\bt\s*=\s*[\"']e[\"'])[^<>]*?" + REF + rb"[^<>]*>" + FORMULA + rb"?\s*<(?:\w+:)?v>([^<]*)<")
UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?c\b(?![^<>]*\bt\s*=\s*[\"']str[\"'])[^<>]*?"
    + REF
    + rb"[^<>]*>"
    + FORMULA
    + rb"\s*(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</)"
)
PLACELESS = re.compile(rb"<(?:\w+:)?c(?:\s(?![^<>]*\br\s*=)[^<>]*)?(?<!/)>")
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?\bref\s*=\s*[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")
TORN = re.compile(rb"<[^<>]*<")  # a tag within a tag: no XML
NOT_XML = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
NAMES = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True)
class _Book:
    """A workbook: the library's view of it, and the XML of each sheet."""

    library: Any
    sheets: dict[str, bytes]


def read(path: Path, problems: list[Problem]) -> Source:
    """Find the sheets of a workbook. Raises UsageError where it holds no case."""
    calamine = library("python_calamine", "excel", "reading Excel")
    places = Places(f"{path.name} ", "sheet {}", f"sheet {CASE}")
    try:
        book = _open(path, calamine)
    except Unsafe as unsafe:
        problems.append(Problem(path.name, None, None, *unsafe.args))
        return Source(places)
    if CASE not in book.sheets:
        raise UsageError(f"{path} is not a case: it has no sheet {CASE} with columns {SETTING} and {VALUE}")
    place = places.home + places.settings
    frame = _sheet(book, CASE, place, problems)
    settings, rows = ({}, {}) if frame is None else read_settings(frame, place, problems)
    places = Places(places.home, places.table, places.settings, rows)
    own = tuple(name for name in book.sheets if name == GUIDE or name.startswith(OWN))
    names = [name for name in book.sheets if name != CASE and name not in own]
    return Source(places, settings, None, _tables(book, names, places), tuple(name for name in own if name != GUIDE))


def first_sheet(path: Path, problems: list[Problem]) -> pl.DataFrame | None:
    """Return the cells of a workbook's first sheet, with row numbers; None, and a problem, where it cannot be used."""
    calamine = library("python_calamine", "excel", "reading Excel")
    try:
        book = _open(path, calamine)
    except Unsafe as unsafe:
        problems.append(Problem(path.name, None, None, *unsafe.args))
        return None
    name = next(iter(book.sheets), None)
    if name is None:
        problems.append(Problem(path.name, None, None, "the workbook", "has no sheet", "write the table into one"))
        return None
    return _sheet(book, name, f"{path.name} sheet {name}", problems)


def _tables(book: _Book, names: list[str], places: Places) -> Iterator[Found]:
    for name in names:
        place = places.home + places.table.format(name)
        if CELL.search(book.sheets[name]):
            yield Found(name, place, lambda problems, name=name, place=place: _sheet(book, name, place, problems))  # type: ignore[misc]


def _open(path: Path, calamine: Any) -> _Book:  # noqa: ANN401  (a module)
    """Unpack a workbook within bounds and give the library a copy. Raises Unsafe."""
    packed = io.BytesIO()
    with opened(path) as archive, zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as copy:
        names = [name for name in members(archive) if name.endswith((".xml", ".rels"))]
        if sum(archive.getinfo(name).file_size for name in names) > MOST_BYTES:
            raise Unsafe("the workbook", f"is larger than {MOST_BYTES >> 20} MB unpacked", "write the case as a folder of Parquet tables")
        parts = {}
        for name in names:
            data = inflated(archive, name, MOST_BYTES)
            if NOT_XML.search(data):
                raise Unsafe(f"'{name}'", "declares a document type of its own", "write the workbook again")
            copy.writestr(name, data)
            parts[name] = data
    packed.seek(0)
    try:
        sheets = _sheets(parts)
        return _Book(calamine.CalamineWorkbook.from_filelike(packed), sheets)
    except (calamine.CalamineError, ET.ParseError, LookupError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise Unsafe("the workbook", "cannot be read", "open it in a spreadsheet and save it again as .xlsx") from error


def _sheets(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return the XML of each sheet by its name."""
    targets = {
        relation.get("Id"): posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
        for relation in ET.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314  (no document type: nothing expands)
    }
    book = ET.fromstring(parts["xl/workbook.xml"])  # noqa: S314
    found = [*book.iter(f"{NAMES}sheet"), *book.iter(f"{STRICT}sheet")]
    sheets = {sheet.get("name", ""): targets.get(sheet.get(RELATION) or sheet.get(STRICT_RELATION), "") for sheet in found}
    unnamed = {name for name, data in parts.items() if b"sheetData" in data} - {*sheets.values()}
    if unnamed or len(sheets) < len(found):
        raise ValueError("a sheet has no name of its own")
    return {name: parts[target] for name, target in sheets.items() if "chartsheets/" not in target}


def _sheet(book: _Book, name: str, place: str, problems: list[Problem]) -> pl.DataFrame | None:
    """Return the cells of a sheet as text or numbers, with row numbers; None, and a problem, where it cannot be used."""
    xml = book.sheets[name]
    fault = _too_large(xml)
    if fault is not None:
        problems.append(Problem(place, None, None, *fault))
        return None
    try:
        rows = book.library.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except Exception:  # noqa: BLE001  (a damaged sheet raises many kinds of error)
        problems.append(Problem(place, None, None, "the sheet", "cannot be read", "open it in a spreadsheet and save it again as .xlsx"))
        return None
    heading = [str(cell).strip() for cell in rows[0]] if rows else []
    width = max((i + 1 for i in range(len(heading)) if heading[i]), default=0)
    passed_over = list(_passed_over(xml, heading, place))
    problems += passed_over
    if any(problem.row == 1 for problem in passed_over):
        return None
    if any(cell != "" for row in rows for cell in row[width:]):
        width = len(heading)
    if not heading_fits(heading[:width], place, problems):
        return None
    columns = zip(*(row[:width] for row in rows[1:]), strict=True) if len(rows) > 1 else ([] for _ in range(width))
    cells = {str(i): series_of(str(i), [_value(cell) for cell in column]) for i, column in enumerate(columns)}
    frame = numbered(pl.DataFrame(cells), 2)
    return named(without_comments(frame, place, problems), heading[:width])


def _value(cell: Any) -> Any:  # noqa: ANN401  (any value of a cell)
    """Return a cell, blank where it holds nothing but blanks."""
    if isinstance(cell, str):
        return cell.strip() or None
    return cell


def _too_large(xml: bytes) -> tuple[str, str, str] | None:
    """Return why a sheet is not to be read: cells without a place, or far from all others."""
    if TORN.search(xml) or PLACELESS.search(xml):
        return "the sheet", "does not say where its cells are", "open it in a spreadsheet and save it again as .xlsx"
    count, rows, columns, far = 0, 0, 0, ""
    for start in range(0, len(xml), PIECE):
        end = xml.find(b"<", start + PIECE)
        for column, row in CELL.findall(xml, start, len(xml) if end < 0 else min(len(xml), end + 200)):
            count += 1
            number = _column_number(column)
            if int(row) > rows or number > columns:
                far = f"cell {column.decode()}{row.decode()}"
                rows, columns = max(rows, int(row)), max(columns, number)
    area = rows * columns
    if columns > WIDEST or area > MOST_AREA or (area > SMALL_AREA and area > SPARSE * count):
        return far, "stands far from the others", "delete the rows and columns without use, up to there"
    return None


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _passed_over(xml: bytes, heading: list[str], place: str) -> Iterator[Problem]:
    """Yield what a table library would take for blank cells."""

    def problem(letters: bytes, row: bytes, found: str, rule: str, remedy: str) -> Problem:
        at = _column_number(letters) - 1
        return Problem(place, int(row), heading[at] if at < len(heading) and heading[at] else letters.decode(), found, rule, remedy)

    for k, found in enumerate(FAULTY.finditer(xml)):
        if k == SHOWN:
            break
        letters, row, text = found.groups()
        cell = f"{text.decode(errors='replace')} in cell {letters.decode()}{row.decode()}"
        yield problem(letters, row, cell, "is an error of the spreadsheet", "correct the formula, or type the figure")
    for k, found in enumerate(UNCOMPUTED.finditer(xml)):
        if k == SHOWN:
            break
        letters, row = found.groups()
        cell = f"the formula in cell {letters.decode()}{row.decode()}"
        yield problem(letters, row, cell, "was never computed", "open the workbook in a spreadsheet and save it")
    for k, found in enumerate(MERGED.finditer(xml)):
        if k == SHOWN:
            break
        first, row, last, end = (part.decode() for part in found.groups())
        rule = "are merged, so that only the first holds a value"
        yield Problem(place, int(row), None, f"cells {first}{row}:{last}{end}", rule, "unmerge them and fill each cell")
