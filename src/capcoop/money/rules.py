"""Rules of finance as data: every figure in `rules/` with its source, year, and whether it was read there."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl


@cache
def rule_table(name: str) -> pl.DataFrame:
    """Return a table of `rules/` by its name without the ending; `verified` is a flag, other cells are as they are stated."""
    with files("capcoop.money").joinpath("rules", f"{name}.csv").open("rb") as file:
        table = pl.read_csv(file, infer_schema_length=None)
    return table.with_columns(verified=pl.col("verified") == "yes")
