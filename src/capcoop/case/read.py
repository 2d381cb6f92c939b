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
UNKNOWN_ROW = f" {ROW}"
SUFFIXES = (".csv", ".parquet")
UNREAD = (".xlsx", ".xls", ".xlsm", ".ods", ".tsv", ".txt", ".json", ".feather", ".gz", ".zip")
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
        elif path.name.split(".")[0] in TABLES and path.suffix.lower() in UNREAD:
            raw.problems.append(
                Problem(path.name, None, None, "the table", "is in a kind of file that is not read", "save it as CSV UTF-8")
            )
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
    text = _decoded(path, problems)
    names = _heading(path.name, text, problems) if text else None
    if not names:
        return None
    try:
        # Columns are numbered until the end: polars takes a heading such as `*` or `^a$` for a pattern of others.
        places = [str(place) for place in range(len(names))]
        frame = pl.read_csv(text.encode(), infer_schema=False, new_columns=places, quote_char='"', raise_if_empty=False)
    except (pl.exceptions.PolarsError, ValueError, OverflowError):
        problems.append(_ragged(path.name, text, len(names)))
        return None
    frame = _numbered(frame.with_columns(pl.all().str.strip_chars().replace("", None)), 2)
    kept = _without_comments(frame, path.name, problems)
    named = {name if name != ROW else UNKNOWN_ROW: kept.get_column(place) for name, place in zip(names, places, strict=True)}
    return pl.DataFrame({**named, ROW: kept.get_column(ROW)})


def _decoded(path: Path, problems: list[Problem]) -> str:
    """Return a file's text with line ends that CSV readers know; '' where there is none to read."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        problems.append(Problem(path.name, row, None, f"byte 0x{data[error.start]:02x}", "is not UTF-8 text", "save the file as CSV UTF-8"))
        return ""
    if not text.strip():
        problems.append(Problem(path.name, None, None, "the file", "is empty", "write its heading, or delete the file"))
        return ""
    return text if "\n" in text else text.replace("\r", "\n")


def _heading(file: str, text: str, problems: list[Problem]) -> list[str]:
    """Return the names of the columns; none where the heading cannot be used."""
    try:
        names = [name.strip() for name in next(csv.reader(io.StringIO(text)), [])]
    except csv.Error as error:
        problems.append(Problem(file, 1, None, f"{error}:", "the heading is not valid CSV", "check its line ends and quotation marks"))
        return []
    other = next((mark for mark in ";\t|" if len(names) == 1 and mark in names[0]), "")
    twice = next((name for name in names if names.count(name) > 1), "")
    if other:
        found, rule, remedy = f"cells parted by {other!r}", "are not parted by commas", "save the file as comma-separated CSV"
    elif twice:
        found, rule, remedy = f"heading '{twice}'", "is there twice", "give each column one name"
    elif not names or "" in names:
        found, rule, remedy = "a heading", "is blank", "give each column one name"
    else:
        return names
    problems.append(Problem(file, 1, None, found, rule, remedy))
    return []


def _numbered(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """Return the frame with a column of row numbers; one of the file's own under that name is reported as unknown under another."""
    return frame.rename({ROW: UNKNOWN_ROW} if ROW in frame.columns else {}).with_row_index(ROW, offset=first)


def _without_comments(frame: pl.DataFrame, file: str, problems: list[Problem]) -> pl.DataFrame:
    """Return the rows that are neither blank nor a comment; a comment cut into cells by its commas is a problem."""
    filled = frame.select(pl.sum_horizontal(pl.exclude(ROW).is_not_null())).to_series()
    comment = frame.get_column("0").fill_null("").str.contains("^#( |$)")
    cut = frame.filter(comment & (filled > 1)).get_column(ROW).head(SHOWN_PER_COLUMN)
    problems += [Problem(file, row, None, "a comment", "holds commas, so that it is read as cells", "quote the whole line") for row in cut]
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
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (Exception, pl.exceptions.PanicException):  # noqa: BLE001  (a damaged file raises many kinds of error)
        problems.append(Problem(path.name, None, None, "the file", "cannot be read as Parquet", "write it again"))
        return None
    return _numbered(frame, 1)


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
    elif column.any:
        return text.replace(ANY, None)
    else:
        return text
    wrong = (text.is_not_null() & result.is_null()).arg_true()
    rule, remedy = ("is not a number", "write it like 1234.5") if column.kind == "number" else ("is not yes or no", "write yes or no")
    problems += [Problem(file, abs(rows[i]) or None, column.name, f"'{text[i]}'", rule, remedy) for i in wrong.head(SHOWN_PER_COLUMN)]
    if len(wrong) > SHOWN_PER_COLUMN:
        more = len(wrong) - SHOWN_PER_COLUMN
        problems.append(Problem(file, abs(rows[wrong[SHOWN_PER_COLUMN]]) or None, column.name, f"{more} more cells", rule, remedy))
    return result


def _as_text(cells: pl.Series) -> pl.Series:
    if cells.dtype.is_float():
        whole = cells.cast(pl.Int64, strict=False)
        cells = pl.select(pl.when(whole.cast(pl.Float64) == cells).then(whole.cast(pl.String)).otherwise(cells.cast(pl.String))).to_series()
    return cells.cast(pl.String, strict=False).str.strip_chars().replace("", None)
