"""A plan's tables as codes and figures, and amounts spread over the slices of the year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import DIMENSIONS, Case, codes_of
from capcoop.plan.tables import PLAN_TABLES, Plan
from capcoop.plan.verify.findings import Findings, Mask

# The columns that tell the rows of a plan's table apart: those that must be named, those that may be blank.
KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "builds": (("option", "period"), ()),
    "capacity": (("period",), ("site", "line", "channel")),
    "activity": (("process", "site", "period"), ("slice",)),
    "flows": (("channel", "from", "to", "product", "period"), ("slice",)),
    "purchases": (("purchase", "site", "product", "period"), ("slice",)),
    "sales": (("sale", "site", "product", "period"), ("slice",)),
    "unmet": (("site", "product", "period"), ("slice",)),
    "balances": (("site", "product", "period"), ("slice",)),
}
MAY_BE_BLANK = ("builds", "jobs")


@dataclass(frozen=True)
class Listing:
    """The rows of one table of a plan: codes by key column (-1: blank), figures by column."""

    codes: Mapping[str, Codes]
    figures: Mapping[str, Values]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes["period"])

    def at(self, *keys: str) -> tuple[Codes, ...]:
        """Return the codes of some key columns."""
        return tuple(self.codes[key] for key in keys)


def read_listing(findings: Findings, plan: Plan, table: str) -> Listing:
    """Return a table of a plan; names that the case lacks, rows that are there twice and blank figures are faults."""
    case, frame = findings.case, plan[table]
    named, optional = KEYS[table]
    keys = [*named, *optional]
    known = np.ones(frame.height, bool)
    codes: dict[str, Codes] = {}
    for key in keys:
        cells = frame.get_column(key)
        codes[key] = codes_of(cells, case.names[DIMENSIONS[key]])
        wrong = (codes[key] < 0) & (cells.is_not_null().to_numpy() | (key in named))
        if wrong.any():
            word = cells.filter(pl.Series(wrong))[0]
            findings.say(f"The plan's table {table} names the {key} '{word or ''}', which the case does not have.")
        known &= ~wrong
    findings.checked += frame.height
    if frame.select(keys).is_duplicated().any():
        findings.say(f"The plan's table {table} has two rows for the same thing.")
    if case.size("slices") == 1 and "slice" in codes:
        codes["slice"] = np.zeros(frame.height, np.int64)
    figures = {c.name: _figures(findings, frame, table, c.name) for c in PLAN_TABLES[table] if c.kind == "number"}
    return Listing({key: c[known] for key, c in codes.items()}, {name: values[known] for name, values in figures.items()})


def _figures(findings: Findings, frame: pl.DataFrame, table: str, column: str) -> Values:
    values = frame.get_column(column).fill_null(np.nan).to_numpy().astype(np.float64)
    wrong = ~np.isfinite(values)
    if wrong.any() and column not in MAY_BE_BLANK:
        findings.say(f"The plan's table {table} has a cell of {column} without a figure.")
    return np.where(wrong, np.nan if column in MAY_BE_BLANK else 0.0, values)


def spread(part: Codes, share: Values) -> tuple[Codes, Codes, Values]:
    """Return (row, slice, factor): a yearly amount (slice -1) falls into each slice by its share of the hours."""
    yearly, own = np.flatnonzero(part < 0), np.flatnonzero(part >= 0)
    row = np.concatenate([own, np.repeat(yearly, len(share))])
    return (
        row,
        np.concatenate([part[own], np.tile(np.arange(len(share)), len(yearly))]),
        np.concatenate([np.ones(len(own)), np.tile(share, len(yearly))]),
    )


def check_slices(findings: Findings, listing: Listing, yearly: Mask, thing: str) -> None:
    """Require that yearly things name no slice and all others do."""
    if findings.case.size("slices") == 1:
        return
    product = {"product": listing.codes["product"]} if "product" in listing.codes else {"process": listing.codes["process"]}
    place = {key: listing.codes[key] for key in ("site", "period", "slice") if key in listing.codes} | product
    word = next(iter(product))
    wrong = yearly != (listing.codes["slice"] < 0)
    findings.never(wrong, f"{thing} of {{{word}}} in {{period}} {{slice}} must name a slice, and only if it is counted by slice", **place)


def grid(shape: tuple[int, ...]) -> tuple[Codes, ...]:
    """Return, for each dimension, an array of the given shape with the position in it."""
    return tuple(np.asarray(position) for position in np.indices(shape))


def summed(shape: tuple[int, ...], at: tuple[Codes, ...], amounts: Values) -> Values:
    """Return an array of the given shape with the amounts added up at their places."""
    size = int(np.prod(shape))
    if not size or not len(amounts):
        return np.zeros(shape)
    return np.bincount(np.ravel_multi_index(at, shape), amounts, minlength=size).astype(float).reshape(shape)


def horizon(case: Case) -> Codes:
    """Return the codes of all periods."""
    return np.arange(case.size("periods"))
