"""A folder of CSV or Parquet files beside case.toml."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import polars as pl
import tomli_w

from capcoop.case.formats.package import describe
from capcoop.case.formats.source import PACKAGE, Content, Found, Source, written
from capcoop.case.read import MOST_BYTES, Places, csv_frame, parquet_frame
from capcoop.case.settings import FILE, parse_settings
from capcoop.errors import Problem, UsageError
from capcoop.schema import TABLES

Tables = Literal["csv", "parquet"]
SUFFIXES = (".csv", ".parquet")
UNREAD = (".xlsx", ".xls", ".xlsm", ".ods", ".tsv", ".txt", ".json", ".feather", ".gz", ".zip", ".sqlite", ".db", ".duckdb")
LONGEST_SETTINGS = 1 << 20


def read(folder: Path, problems: list[Problem]) -> Source:
    """Find the tables of a folder. Raises UsageError where it holds no case."""
    path = folder / FILE
    if not path.is_file() or not is_inside(path, folder):
        raise UsageError(f"{folder} is not a case: it has no {FILE} (capcoop new DIR writes an empty case)")
    with path.open("rb") as file:
        text = settings_text(file.read(LONGEST_SETTINGS + 1), FILE, problems)
    settings, faults = parse_settings(text)
    problems += faults
    names = sorted(folder.iterdir())
    left = tuple(path.name for path in names if not is_part(path.name))
    return Source(Places(), settings, text, _tables(folder, names, problems), left)


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path, its links followed, is that of something in the folder."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a ring
        return False


def settings_text(data: bytes, place: str, problems: list[Problem]) -> str:
    """Return the text of case.toml; '' and a problem where it is none."""
    if len(data) > LONGEST_SETTINGS:
        problems.append(Problem(place, None, None, "the file", f"is larger than {LONGEST_SETTINGS >> 20} MB", "keep only settings in it"))
        return ""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(place, None, None, "the file", "is not UTF-8 text", "save it as UTF-8"))
        return ""


def is_part(name: str) -> bool:
    """Return whether a file of that name is a part of the case, or hidden."""
    return name in {FILE, PACKAGE} or Path(name).suffix.lower() in SUFFIXES or name.startswith(".")


def unread(name: str, place: str) -> Problem | None:
    """Return a problem for a table in a kind of file that is not read."""
    if name.partition(".")[0] in TABLES and Path(name).suffix.lower() in UNREAD:
        return Problem(place, None, None, "the table", "is in a kind of file that is not read", "save it as CSV UTF-8")
    return None


def _tables(folder: Path, paths: list[Path], problems: list[Problem]) -> Iterator[Found]:
    for path in paths:
        if path.suffix.lower() in SUFFIXES:
            yield Found(path.stem, path.name, lambda problems, path=path: _load(path, folder, problems))  # type: ignore[misc]
        elif fault := unread(path.name, path.name):
            problems.append(fault)


def _load(path: Path, folder: Path, problems: list[Problem]) -> pl.DataFrame | None:
    """Read a table where it is a plain file of the folder itself."""
    if not is_inside(path, folder):
        wrong = ("is a link out of the case folder", "put the table itself there")
    elif not path.is_file():
        wrong = ("is not a plain file", "put the table itself there")
    elif path.suffix.lower() == ".csv" and path.stat().st_size > MOST_BYTES:
        wrong = (f"is larger than {MOST_BYTES >> 20} MB", "write the table as Parquet")
    else:
        try:
            if path.suffix.lower() == ".csv":
                return csv_frame(path.read_bytes(), path.name, problems)
            with path.open("rb"):
                return parquet_frame(path, path.name, problems)
        except OSError as error:
            wrong = (f"cannot be read: {error.strerror}", "see to it that it may be read")
    problems.append(Problem(path.name, None, None, "the file", *wrong))
    return None


def write(content: Content, target: Path, tables: Tables) -> None:
    """Write a case into a new or empty folder; case.toml comes last, so that half a folder is no case."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is not an empty folder; choose another name")
    part = target.absolute().with_name(f".{target.absolute().name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        write_files(content, part, tables)
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(part.iterdir(), key=lambda path: path.name == FILE):
            path.replace(target / path.name)
    except OSError as error:
        raise UsageError(f"{target} cannot be made: {error.strerror}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_files(content: Content, folder: Path, tables: Tables) -> None:
    """Write case.toml, the tables and their description."""
    text = tomli_w.dumps(dict(content.settings)) if content.text is None else content.text
    (folder / FILE).write_text(text, encoding="utf-8", newline="")
    for name, frame in content.frames.items():
        if tables == "parquet":
            frame.write_parquet(folder / f"{name}.parquet")
        else:
            cells = written(frame, name)
            _no_comments(cells, name)
            cells.write_csv(folder / f"{name}.csv", float_scientific=None)
    package: dict[str, Any] = describe(content, tables)
    (folder / PACKAGE).write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _no_comments(cells: pl.DataFrame, name: str) -> None:
    """Refuse a row that a reader of CSV would take for a comment."""
    first = cells.to_series(0).cast(pl.String)
    found = first.filter(first.str.contains("^#( |$)"))
    if len(found):
        raise UsageError(f"'{found[0]}' in {name} would be a comment in CSV; rename it, or write Parquet")
