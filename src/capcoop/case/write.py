"""Writing a case: a folder of CSV or Parquet tables beside case.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import polars as pl
import tomli_w

from capcoop.case.case import Case
from capcoop.case.settings import FILE
from capcoop.errors import UsageError
from capcoop.schema import ANY, TABLES


def write_case(case: Case, folder: str | Path, tables: Literal["csv", "parquet"] = "csv") -> Path:
    """Write a case into a new or empty folder, figures in the case's own units. Columns without any cell are left out.

    Raises UsageError where the folder holds files already.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is not an empty folder; choose another name")
    target.mkdir(parents=True, exist_ok=True)
    (target / FILE).write_text(tomli_w.dumps(case.settings.model_dump(exclude_defaults=True, exclude_none=True)), encoding="utf-8")
    for name in TABLES:
        frame = case.frames[name]
        if frame.is_empty():
            continue
        kept = [
            column
            for column in frame.columns
            if frame.get_column(column).null_count() < frame.height or column in TABLES[name].keys or TABLES[name][column].required
        ]
        frame = frame.select(kept)
        if tables == "parquet":
            frame.write_parquet(target / f"{name}.parquet")
        else:
            flags = [
                pl.col(c).replace_strict([True, False], ["yes", "no"], return_dtype=pl.String)
                for c in frame.columns
                if frame.schema[c] == pl.Boolean
            ]
            every = [pl.col(c.name).fill_null(ANY) for c in TABLES[name] if c.any and c.key]  # a row of blanks alone would be no row
            frame.with_columns(*flags, *every).write_csv(target / f"{name}.csv", float_scientific=None)
    return target
