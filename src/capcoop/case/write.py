"""Writing a case, and converting one from a format to another without loss."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from capcoop.case import formats
from capcoop.case.case import Case
from capcoop.case.formats import Content, Tables
from capcoop.case.settings import Settings, judge_settings
from capcoop.errors import CaseError, Problem
from capcoop.schema import TABLES


def write_case(case: Case, target: str | Path, tables: Tables = "csv") -> Path:
    """Write a case, figures in the case's own units. Columns without any cell are left out.

    Parameters
    ----------
    target : the ending says the format: `.zip`, `.xlsx`, `.duckdb`, `.sqlite`; a new or empty folder otherwise.
    tables : how a folder or zip file holds its tables.

    Raises
    ------
    UsageError : there is something already, or a library is missing.
    """
    path = Path(target)
    settings = case.settings.model_dump(exclude_defaults=True, exclude_none=True)
    formats.write(Content(case.name, settings, stated(case.frames)), path, tables)
    return path


def convert_case(source: str | Path, target: str | Path, tables: Tables = "csv") -> tuple[str, ...]:
    """Write the case that stands in one format in another; every figure stays in the unit and money of its row.

    Kept are all settings (with the text of case.toml, from folder or zip to folder or zip), all rows in their order and all
    columns that hold a cell. Not kept are comment rows of CSV files, blank rows and columns, and files that are no part of the case.

    Returns
    -------
    The names of what stands beside the case and was not written.

    Raises
    ------
    CaseError : a cell cannot be read, so that it would be lost. UsageError : as `read_case` and `write_case`.
    """
    origin, path = Path(source), Path(target)
    problems: list[Problem] = []
    found = formats.find(origin, problems)
    raw = formats.raw_of(found, problems)
    settings, faults = judge_settings(raw.settings)
    if raw.problems or faults:
        raise CaseError(formats.told(problem, raw) for problem in (*raw.problems, *faults))
    content = Content(name_of(origin), _stated_settings(settings), stated(raw.frames), found.text)
    formats.write(content, path, tables)
    return found.left


def name_of(path: Path) -> str:
    """Return the name of a case: that of its folder, or of its file without the ending."""
    resolved = path.resolve()
    return resolved.name if resolved.is_dir() else resolved.stem


def _stated_settings(settings: Settings) -> dict[str, object]:
    return settings.model_dump(exclude_unset=True, exclude_none=True)


def stated(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables that have rows, in the order of the schema, each with its keys, required columns and those with a cell."""
    out = {}
    for name, table in TABLES.items():
        frame = frames.get(name)
        if frame is not None and not frame.is_empty():
            filled = [
                column.name
                for column in table
                if column.key or column.required or frame.get_column(column.name).null_count() < frame.height
            ]
            out[name] = frame.select(filled)
    return out
