"""Rows that change nothing, because more specific rows state all of their cells everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from capcoop.case.cascade import Cascade, Codes
from capcoop.case.case import Case, Rows
from capcoop.case.checks import SHOWN_PER_RULE, Place
from capcoop.case.places import Mask, directions
from capcoop.case.scenarios import key_text
from capcoop.errors import Problem
from capcoop.schema import TABLES

# `limits` reads a blank period in a way of its own.
CASCADES = tuple(name for name, table in TABLES.items() if name != "limits" and any(table[key].any for key in table.keys))
# Rows that match more tuples than this, all together, are not looked at one tuple after the other.
MOST_TUPLES = 200_000


def overridden_rows(case: Case, rows: Mapping[str, pl.Series], files: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each row that changes nothing. `rows` gives the row numbers.

    What a scenario or `--set` overrides on purpose is left out.
    """
    for name in CASCADES:
        table, place, numbers = case[name], Place(files, name), rows[name].to_numpy()
        stated = _stated(table)
        found = ((i, _over(table, stated, i)) for i in _idle(table, stated, directions(case) if name == "freight" else {}).tolist())
        told = [(i, over) for i, over in found if numbers[i] <= 0 or (numbers[over] > 0).all()]
        for i, over in told[:SHOWN_PER_RULE]:
            key = key_text(table.frame.select(table.table.keys).row(i, named=True))
            which = place.where(numbers[over[0]]) + (f" and {len(over) - 1} more" if len(over) > 1 else "")
            rule = f"changes nothing: more specific rows override it everywhere ({which})"
            yield place.problem(int(numbers[i]), None, f"'{key}'", rule, "change those, or leave it out")
        yield from place.more(rows[name][[i for i, _ in told]], None)


def _stated(table: Rows) -> list[Mask]:
    """Return for each column of the table itself that is no key in which rows it says something."""
    out = {column.name: table.frame.get_column(column.name).is_not_null().to_numpy() for column in table.table.columns if not column.key}
    if "annual_share" in out:
        out["annual_share"] = out["annual_share"] & (table.codes("slice") < 0)  # a slice has no share over the year
    return list(out.values())


def _idle(table: Rows, stated: list[Mask], domain: Mapping[str, Codes]) -> Codes:
    """Return the rows that state some cells, but are for no tuple of names the first to state one.

    domain : the tuples of some keys that exist (none: all that can be formed of their names).
    """
    cascade = table.cascade
    if len(cascade.patterns) < 2:
        return np.zeros(0, np.int64)
    used = {key: codes for key, codes in cascade.keys.items() if (codes >= 0).any()}
    general = np.flatnonzero(np.any(stated, axis=0) & np.any([codes < 0 for codes in used.values()], axis=0))
    # Most rows show at one tuple that they matter: that of the names which the fewest rows name.
    rarest = {key: np.bincount(codes[codes >= 0], minlength=cascade.sizes[key]).argmin() for key, codes in used.items()}
    tuples = {key: np.where(codes[general] < 0, rarest[key], codes[general]) for key, codes in used.items()}
    general = general[~cascade.deciding(tuples, len(general), stated)[general]]
    free, size = [key for key in used if key not in domain], len(next(iter(domain.values()))) if domain else 1
    spans = np.full(len(general), float(size))
    for key in free:
        spans *= np.where(used[key][general] < 0, cascade.sizes[key], 1)
    if not len(general) or spans.sum() > MOST_TUPLES:
        return general[:0]
    some = Cascade({key: codes[general] for key, codes in used.items()}, cascade.sizes)
    at, names = some.expand(domain, size, free)
    tuples = {**{key: codes[at] for key, codes in domain.items()}, **names}
    return general[~cascade.deciding(tuples, len(at), stated)[general]]


def _over(table: Rows, stated: list[Mask], i: int) -> Codes:
    """Return the more specific rows that match a tuple of row `i` and state a cell that it states, too."""
    out = np.any([column for column in stated if column[i]], axis=0)
    named, own = np.zeros(len(table), np.int64), 0
    for codes in table.cascade.keys.values():
        out = out & ((codes < 0) | (codes[i] < 0) | (codes == codes[i]))
        named, own = 2 * named + (codes >= 0), 2 * own + int(codes[i] >= 0)
    return np.flatnonzero(out & (named > own))
