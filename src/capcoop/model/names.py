"""From codes back to the user's own names, whole columns at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes
from capcoop.case.case import DIMENSIONS, Case


def named(case: Case, attribute: str, codes: Codes) -> pl.Series:
    """Return the names of codes (blank where -1); a case of one slice names none."""
    names = case.names[DIMENSIONS[attribute]]
    if attribute == "slice" and len(names) == 1:
        return pl.Series(attribute, [None] * len(codes), pl.String)
    return _taken(attribute, [*names, None], codes)


def texts(case: Case, table: str, column: str, codes: Codes) -> pl.Series:
    """Return a text column of a table for codes of its rows (blank where -1)."""
    return _taken(column, [*case.frames[table].get_column(column).to_list(), None], codes)


def units(case: Case, table: str, codes: Codes) -> pl.Series:
    """Return the units of products, lines or channels."""
    return _taken("unit", [*case.unit(table), ""], codes)


def _taken(name: str, words: list[str | None], codes: Codes) -> pl.Series:
    """Return words[codes]; code -1 takes the last one."""
    return pl.Series(name, words, pl.String)[np.where(codes < 0, len(words) - 1, codes)]


def sentences(case: Case, template: str, index: Mapping[str, Codes], rows: Codes) -> pl.Series:
    """Fill a sentence such as `Flow of {product} by {channel}.` for some rows of a block."""
    parts = re.split(r"\{(\w+)\}", template)
    if len(parts) == 1:
        return pl.Series([template] * len(rows), dtype=pl.String)
    columns = [named(case, part, index[part][rows]).fill_null("").alias(f"{i}") for i, part in enumerate(parts) if i % 2]
    shape = "{}".join(parts[::2])
    filled = pl.DataFrame(columns).select(pl.format(shape, *[column.name for column in columns])).to_series()
    return filled.str.replace_all(r"\s+", " ").str.replace_all(r" ([.,])", "$1").alias("rule")
