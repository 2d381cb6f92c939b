"""A folder of CSV or Parquet files -> typed columns, each row with its number in the file, and every problem met."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.case.settings import FILE, parse_settings
from capcoop.errors import Problem, UsageError, suggestion
from capcoop.schema import ANY, TABLES, Column, Table

ROW = "_row"
SUFFIXES = (".csv", ".parquet")
TRUE, FALSE = ("yes", "true", "1"), ("no", "false", "0")
SHOWN_PER_COLUMN = 20


@dataclass
class Raw:
    """What was read: settings as plain values, typed frames with a `_row` column, the file of each table, problems."""

    settings: dict[str, Any] = field(default_factory=dict)
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_folder(folder: Path) -> Raw:
    """Read every table of a case folder. Faults are collected; only a folder that is no case raises UsageError."""
    settings = folder / FILE
    if not settings.is_file() or not settings.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{folder} is not a case: it has no {FILE} (capcoop new DIR writes an empty case)")
    raw = Raw()
    try:
        raw.settings, problems = parse_settings(settings.read_text(encoding="utf-8-sig"))
        raw.problems += problems
    except UnicodeDecodeError:
        raw.problems.append(Problem(FILE, None, None, "the file", "is not UTF-8 text", "save it as UTF-8"))
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            _read_table(path, folder, raw)
    return raw


def _read_table(path: Path, folder: Path, raw: Raw) -> None:
    if not path.resolve().is_relative_to(folder.resolve()):
        raw.problems.append(Problem(path.name, None, None, "the file", "is a link out of the case folder", "put the table itself there"))
    elif path.stem not in TABLES:
        raw.problems.append(Problem(path.name, None, None, f"'{path.stem}'", "is not a table of a case", suggestion(path.stem, TABLES)))
    elif path.stem in raw.files:
        raw.problems.append(
            Problem(path.name, None, None, "the table", f"is there twice, also as {raw.files[path.stem]}", "keep one of them")
        )
    else:
        raw.files[path.stem] = path.name
        frame = _read_csv(path, raw.problems) if path.suffix.lower() == ".csv" else _read_parquet(path, raw.problems)
        if frame is not None:
            raw.frames[path.stem] = typed(TABLES[path.stem], frame, path.name, raw.problems)


def _read_csv(path: Path, problems: list[Problem]) -> pl.DataFrame | None:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        problems.append(Problem(path.name, row, None, f"byte 0x{data[error.start]:02x}", "is not UTF-8 text", "save the file as CSV UTF-8"))
        return None
    if not text.strip():
        problems.append(Problem(path.name, None, None, "the file", "is empty", "write its heading, or delete the file"))
        return None
    header = next(csv.reader(io.StringIO(text)), [])
    names = [name.strip() for name in header]
    if len(names) == 1 and (other := next((mark for mark in ";\t|" if mark in names[0]), "")):
        problems.append(
            Problem(path.name, 1, None, f"cells parted by {other!r}", "are not parted by commas", "save the file as comma-separated CSV")
        )
        return None
    if len(set(names)) < len(names) or "" in names:
        twice = next((name for name in names if names.count(name) > 1), "")
        problems.append(
            Problem(path.name, 1, None, f"heading '{twice}'", "is there twice" if twice else "is blank", "give each column one name")
        )
        return None
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False, new_columns=names, quote_char='"', raise_if_empty=False)
    except (pl.exceptions.PolarsError, ValueError, OverflowError):
        problems.append(_ragged(path.name, text, len(names)))
        return None
    frame = frame.with_columns(pl.all().str.strip_chars().replace("", None)).with_row_index(ROW, offset=2)
    filled = pl.sum_horizontal(pl.exclude(ROW).is_not_null())
    comment = pl.col(names[0]).fill_null("").str.contains("^#( |$)") & (filled == 1)
    return frame.filter((filled > 0) & ~comment)


def _ragged(file: str, text: str, width: int) -> Problem:
    """Find the first row that has another number of cells than the heading."""
    try:
        for row, cells in enumerate(csv.reader(io.StringIO(text), strict=True), start=1):
            if len(cells) > width:
                return Problem(
                    file, row, None, f"{len(cells)} cells", f"do not fit the {width} columns of the heading", "quote cells that hold commas"
                )
    except csv.Error as error:
        return Problem(file, None, None, str(error) + ":", "the file is not valid CSV", "check its quotation marks")
    return Problem(file, None, None, "the file", "is not valid CSV", "check its quotation marks")


def _read_parquet(path: Path, problems: list[Problem]) -> pl.DataFrame | None:
    try:
        frame = pl.read_parquet(path)
    except Exception:  # noqa: BLE001  (a damaged file raises many kinds of error)
        problems.append(Problem(path.name, None, None, "the file", "cannot be read as Parquet", "write it again"))
        return None
    return frame.with_row_index(ROW, offset=1) if ROW not in frame.columns else frame


def typed(table: Table, frame: pl.DataFrame, file: str, problems: list[Problem]) -> pl.DataFrame:
    """Return the frame with exactly the table's columns, each of its kind; report what does not fit."""
    known = {column.name: column for column in table}
    problems += [
        Problem(file, 1, found, f"'{found}'", f"is not a column of {table.name}", suggestion(found, known))
        for found in frame.columns
        if found not in known and found != ROW
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


KINDS: dict[str, Any] = {"name": pl.String, "text": pl.String, "choice": pl.String, "number": pl.Float64, "flag": pl.Boolean}


def cells_of(column: Column, cells: pl.Series, rows: pl.Series, file: str, problems: list[Problem]) -> pl.Series:
    """Return one column's cells in their kind; cells that do not fit become blank and are reported."""
    if column.kind == "number" and cells.dtype.is_numeric():
        return cells.cast(pl.Float64)
    if column.kind == "flag" and cells.dtype == pl.Boolean:
        return cells
    text = _as_text(cells)
    if column.kind == "number":
        result = text.cast(pl.Float64, strict=False)
    elif column.kind == "flag":
        folded = text.str.to_lowercase()
        result = folded.replace_strict([*TRUE, *FALSE], [True] * 3 + [False] * 3, default=None, return_dtype=pl.Boolean)
    elif column.any:
        return text.replace(ANY, None)
    else:
        return text
    wrong = (text.is_not_null() & result.is_null()).arg_true()
    rule, remedy = ("is not a number", "write it like 1234.5") if column.kind == "number" else ("is not yes or no", "write yes or no")
    problems += [Problem(file, rows[i], column.name, f"'{text[i]}'", rule, remedy) for i in wrong.head(SHOWN_PER_COLUMN)]
    if len(wrong) > SHOWN_PER_COLUMN:
        more = len(wrong) - SHOWN_PER_COLUMN
        problems.append(Problem(file, rows[wrong[SHOWN_PER_COLUMN]], column.name, f"{more} more cells", rule, remedy))
    return result


def _as_text(cells: pl.Series) -> pl.Series:
    if cells.dtype.is_float():
        whole = cells.cast(pl.Int64, strict=False)
        cells = pl.select(pl.when(whole.cast(pl.Float64) == cells).then(whole.cast(pl.String)).otherwise(cells.cast(pl.String))).to_series()
    return cells.cast(pl.String, strict=False).str.strip_chars().replace("", None)
