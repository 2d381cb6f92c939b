"""Tables as they are written -> typed columns, each row with its number in the file, and every problem met."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.case.cells import number_fault
from capcoop.case.settings import FILE
from capcoop.errors import Problem, suggestion
from capcoop.parquet import TooLargeError, UnreadableError, read_parquet
from capcoop.schema import ANY, TABLES, Column, Table

ROW = "_row"
UNKNOWN_ROW = f" {ROW}"
TRUE, FALSE = ("yes", "true", "1"), ("no", "false", "0")
SHOWN_PER_COLUMN = 20
# A heading longer than this is cut off; no CSV reader takes a cell of that length anyway.
LONGEST_HEADING = 1 << 20
MOST_BYTES, MOST_CELLS = 256 << 20, 50_000_000
CHUNK = 1 << 20


@dataclass(frozen=True)
class Places:
    """How the place that a case was read from names its parts.

    home : what stands before the name of a part: `case.zip/`, `case.xlsx `; nothing in a folder.
    table, settings : the name of a table (with `{}` for it) and of the settings: `sheet {}`.
    rows : the row of each setting, where settings stand in a table.
    """

    home: str = ""
    table: str = "{}.csv"
    settings: str = FILE
    rows: dict[str, int] = field(default_factory=dict)


@dataclass
class Raw:
    """What was read: settings as plain values, typed frames with a `_row` column, the file of each table, problems.

    changed : the file (or `--set`) and row that changed a setting.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    places: Places = Places()
    changed: dict[str, tuple[str, int | None]] = field(default_factory=dict)


def csv_frame(data: bytes, file: str, problems: list[Problem]) -> pl.DataFrame | None:
    """Return the cells of a CSV file as text, with row numbers; None, and a problem, where it cannot be used."""
    wrong = _not_text(data)
    if wrong is not None:
        row, found, rule, remedy = wrong
        problems.append(Problem(file, row, None, found, rule, remedy))
        return None
    data = data.removeprefix(codecs.BOM_UTF8)
    data = data if b"\n" in data else data.replace(b"\r", b"\n")
    names = _heading(file, data[:LONGEST_HEADING].decode(errors="ignore"), problems)
    if not names:
        return None
    try:
        # Columns are numbered until the end: polars takes a heading such as `*` or `^a$` for a pattern of others.
        places = [str(place) for place in range(len(names))]
        frame = pl.read_csv(data, infer_schema=False, new_columns=places, quote_char='"', raise_if_empty=False)
    except (pl.exceptions.PolarsError, ValueError, OverflowError):
        problems.append(_ragged(file, data, len(names)))
        return None
    frame = numbered(frame.with_columns(pl.all().str.strip_chars().replace("", None)), 2)
    return named(without_comments(frame, file, problems), names)


def _not_text(data: bytes) -> tuple[int | None, str, str, str] | None:
    """Return where and why a file is no UTF-8 text, and the remedy; None where it is."""
    again = "save the file as CSV UTF-8"
    if len(data) > MOST_BYTES:
        return None, "the file", f"is larger than {MOST_BYTES >> 20} MB", "write the table as Parquet"
    if not data.removeprefix(codecs.BOM_UTF8) or data.isspace():
        return None, "the file", "is empty", "write its heading, or delete the file"
    if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} or data[1:4:2] == b"\0\0" or data[:3:2] == b"\0\0":
        return None, "the file", "is UTF-16 text", again
    if b"\0" in data:
        return _line_of(data, data.index(b"\0")), "a NUL byte", "is no text", again
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), CHUNK):  # in pieces: a text takes up to four times the memory of its bytes
            kept = len(decoder.getstate()[0])
            decoder.decode(data[start : start + CHUNK], final=start + CHUNK >= len(data))
    except UnicodeDecodeError as error:
        # Code pages of Windows have signs and quotation marks here; other 8-bit texts have nothing.
        windows = any(0x80 <= byte <= 0x9F for byte in {*data})
        rule = "is not UTF-8 text but of a code page of Windows, such as Windows-1252" if windows else "is not UTF-8 text"
        at = start - kept + error.start
        return _line_of(data, at), f"byte 0x{data[at]:02x}", rule, again
    return None


def _line_of(data: bytes, position: int) -> int:
    return data[:position].count(b"\n") + 1


def _heading(file: str, text: str, problems: list[Problem]) -> list[str]:
    """Return the names of the columns; none where the heading cannot be used."""
    try:
        names = [name.strip() for name in next(csv.reader(io.StringIO(text)), [])]
    except csv.Error as error:
        problems.append(Problem(file, 1, None, f"{error}:", "the heading is not valid CSV", "check its line ends and quotation marks"))
        return []
    other = next((mark for mark in ";\t|" if len(names) == 1 and mark in names[0]), "")
    if other:
        problems.append(
            Problem(file, 1, None, f"cells parted by {other!r}", "are not parted by commas", "save the file as comma-separated CSV")
        )
        return []
    return names if heading_fits(names, file, problems) else []


def heading_fits(names: list[str], file: str, problems: list[Problem]) -> bool:
    """Return whether every column has a name of its own; report where not."""
    counts = Counter(names)
    twice = next((name for name, count in counts.items() if count > 1 and name), "")
    if twice:
        problems.append(Problem(file, 1, None, f"heading '{twice}'", "is there twice", "give each column one name"))
    elif not names or "" in names:
        problems.append(
            Problem(file, 1, None, "a heading", "is blank", "name every column in this row, and leave the cells beside the table empty")
        )
    else:
        return True
    return False


def numbered(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """Return the frame with a column of row numbers; one of the file's own under that name is reported as unknown under another."""
    return frame.rename({ROW: UNKNOWN_ROW} if ROW in frame.columns else {}).with_row_index(ROW, offset=first)


def without_comments(frame: pl.DataFrame, file: str, problems: list[Problem]) -> pl.DataFrame:
    """Return the rows that are neither blank nor a comment; a comment cut into cells by its commas is a problem."""
    marked = pl.col("0").fill_null("").str.contains("^#( |$)")
    filled, comment = frame.select(filled=pl.sum_horizontal(pl.exclude(ROW).is_not_null()), comment=marked).get_columns()
    if not comment.any() and filled.min() != 0:
        return frame
    cut = frame.filter(comment & (filled > 1)).get_column(ROW).head(SHOWN_PER_COLUMN)
    problems += [Problem(file, row, None, "a comment", "holds commas, so that it is read as cells", "quote the whole line") for row in cut]
    return frame.filter((filled > 0) & ~comment)


def named(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return a frame whose columns are numbered (`0`, `1` ...) under the names of its heading."""
    places = {name if name != ROW else UNKNOWN_ROW: frame.get_column(str(place)) for place, name in enumerate(names)}
    return pl.DataFrame({**places, ROW: frame.get_column(ROW)})


def _ragged(file: str, data: bytes, width: int) -> Problem:
    """Find the first row that has another number of cells than the heading."""
    try:
        for row, cells in enumerate(csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""), strict=True), start=1):
            if len(cells) > width:
                return Problem(
                    file, row, None, f"{len(cells)} cells", f"do not fit the {width} columns of the heading", "quote cells that hold commas"
                )
    except csv.Error as error:
        return Problem(file, None, None, str(error) + ":", "the file is not valid CSV", "check its quotation marks")
    return Problem(file, None, None, "the file", "is not valid CSV", "check its quotation marks")


def parquet_frame(source: Path | bytes, file: str, problems: list[Problem]) -> pl.DataFrame | None:
    """Return the columns of a Parquet file, with row numbers; None, and a problem, where it cannot be used."""
    try:
        return numbered(read_parquet(source, MOST_CELLS), 1)
    except TooLargeError as rows:
        problems.append(Problem(file, None, None, f"{rows} rows", f"are more than {MOST_CELLS} cells", "leave out what is not needed"))
    except UnreadableError:
        problems.append(Problem(file, None, None, "the file", "cannot be read as Parquet", "write it again"))
    return None


def typed(table: Table, frame: pl.DataFrame, file: str, problems: list[Problem]) -> pl.DataFrame:
    """Return the frame with exactly the table's columns, each of its kind; report what does not fit."""
    known = {column.name: column for column in table}
    problems += [
        Problem(file, 1, found.strip(), f"'{found.strip()}'", f"is not a column of {table.name}", suggestion(found, known))
        for found in (column.strip() for column in frame.columns if column not in known and column != ROW)
    ]
    missing = [c.name for c in table if c.required and c.name not in frame.columns]
    problems += [Problem(file, 1, column_name, "the column", "is missing", "add it to the heading") for column_name in missing]
    rows = frame.get_column(ROW).cast(pl.Int64)
    out = {ROW: rows}
    for column in known.values():
        if column.name in frame.columns:
            out[column.name] = cells_of(column, frame.get_column(column.name), rows, file, problems)
        else:
            out[column.name] = pl.Series(column.name, [None] * frame.height, KINDS[column.kind])
    return pl.DataFrame(out)


@cache
def absent(table: str) -> pl.DataFrame:
    """Return the frame of a table that a case does not have: its typed columns without a row."""
    return typed(TABLES[table], pl.DataFrame(schema={column.name: pl.String for column in TABLES[table]} | {ROW: pl.Int64}), table, [])


KINDS: dict[str, Any] = {"name": pl.String, "text": pl.String, "choice": pl.String, "number": pl.Float64, "flag": pl.Boolean}


def cells_of(column: Column, cells: pl.Series, rows: pl.Series, file: str, problems: list[Problem]) -> pl.Series:
    """Return one column's cells in their kind; cells that do not fit become blank and are reported."""
    if column.kind == "number" and cells.dtype.is_numeric():
        return cells.cast(pl.Float64)
    if column.kind == "flag" and cells.dtype == pl.Boolean:
        return cells
    try:
        text = _as_text(cells)
    except pl.exceptions.PolarsError:
        problems.append(Problem(file, None, column.name, f"cells of kind {cells.dtype}", "cannot be read", "write text or numbers"))
        return pl.Series(column.name, [None] * len(cells), KINDS[column.kind])
    if column.kind == "number":
        result = text.cast(pl.Float64, strict=False)
    elif column.kind == "flag":
        folded = text.str.to_lowercase()
        result = folded.replace_strict([*TRUE, *FALSE], [True] * 3 + [False] * 3, default=None, return_dtype=pl.Boolean)
    else:
        return text.replace(ANY, None) if column.any else text
    if result.null_count() == text.null_count():
        return result
    wrong = (text.is_not_null() & result.is_null()).arg_true()
    shown = wrong.head(SHOWN_PER_COLUMN)
    problems += [Problem(file, abs(rows[i]) or None, column.name, f"'{text[i]}'", *_fault(column, text[i])) for i in shown]
    if len(wrong) > SHOWN_PER_COLUMN:
        i, more = wrong[SHOWN_PER_COLUMN], len(wrong) - SHOWN_PER_COLUMN
        problems.append(Problem(file, abs(rows[i]) or None, column.name, f"{more} more cells", *_fault(column, "")))
    return result


def _fault(column: Column, text: str) -> tuple[str, str]:
    return number_fault(text) if column.kind == "number" else ("is not yes or no", "write yes or no")


def _as_text(cells: pl.Series) -> pl.Series:
    if cells.dtype.is_float():
        whole = cells.cast(pl.Int64, strict=False)
        cells = pl.select(pl.when(whole.cast(pl.Float64) == cells).then(whole.cast(pl.String)).otherwise(cells.cast(pl.String))).to_series()
    text = pl.first().cast(pl.String, strict=False).str.strip_chars().replace("", None)
    return cells.to_frame().select(text).to_series()
