"""The one rule by which a cell is looked up: the more specific row wins, cell by cell.

A row that names the leftmost key column comes before one that does not; then the next key column decides.
The first row with a stated cell wins. Codes are integers; -1 in a row's key means all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.signedinteger[Any]]
Values = NDArray[np.float64]


def ranges(starts: Codes, counts: Codes) -> tuple[Codes, Codes]:
    """Return (owner, member): for each i, the numbers starts[i] .. starts[i] + counts[i] - 1."""
    if len(counts) and (counts == counts[0]).all():
        return np.repeat(np.arange(len(counts)), counts[0]), (starts[:, None] + np.arange(counts[0])).ravel()
    owner = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, starts[owner] + within


def distinct(codes: Codes) -> Codes:
    """Return the sorted codes, each once (much faster than numpy's unique, which hashes them)."""
    ordered = np.sort(codes)
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def join(left: Codes, right: Codes) -> tuple[Codes, Codes]:
    """Return every pair (i, j) with left[i] == right[j], in the order of i."""
    order = np.argsort(right, kind="stable")
    ordered = right[order]
    first = np.searchsorted(ordered, left, "left")
    counts = np.searchsorted(ordered, left, "right") - first
    owner, member = ranges(first, counts)
    return owner, order[member]


def pick(values: NDArray[Any], codes: Codes, missing: float = -1) -> NDArray[Any]:
    """Return values[codes], and `missing` where a code is -1."""
    out = np.full(len(codes), missing, values.dtype)
    held = codes >= 0
    out[held] = values[codes[held]]
    return out


def composite(columns: Sequence[Codes], sizes: Sequence[int], length: int) -> Codes:
    """Return one integer for each tuple of codes (mixed radix)."""
    out = np.zeros(length, np.int64)
    for codes, size in zip(columns, sizes, strict=True):
        out = out * (size + 1) + codes
    return out


def _patterns(keys: Sequence[Codes]) -> Iterator[tuple[tuple[int, ...], Codes]]:
    """Yield (positions of the named keys, rows of that pattern), the most specific pattern first."""
    if not keys or not len(keys[0]):
        if not keys:
            yield (), np.zeros(1, np.int64)
        return
    mask = np.zeros(len(keys[0]), np.int64)
    for codes in keys:
        mask = mask * 2 + (codes >= 0)
    count = len(keys)
    for value in distinct(mask)[::-1]:
        named = tuple(i for i in range(count) if value >> (count - 1 - i) & 1)
        yield named, np.flatnonzero(mask == value)


class Cascade:
    """The rows of one table, ready to be looked up.

    Parameters
    ----------
    keys : key column -> codes of the rows, -1 where blank, in the order of the cascade.
    sizes : key column -> how many names there are.
    """

    def __init__(self, keys: Mapping[str, Codes], sizes: Mapping[str, int]) -> None:
        """Sort the rows into patterns of named keys."""
        self.keys = dict(keys)
        self.sizes = {key: int(sizes[key]) for key in keys}
        self.patterns = list(_patterns(list(self.keys.values())))

    def rows(self, targets: Mapping[str, Codes], length: int) -> Iterator[Codes]:
        """Yield, from the most to the least specific pattern, the row that each target matches (-1: none)."""
        names = list(self.keys)
        for named, rows in self.patterns:
            used = [names[i] for i in named]
            sizes = [self.sizes[key] for key in used]
            own = composite([self.keys[key][rows] for key in used], sizes, len(rows))
            asked = composite([targets[key] for key in used], sizes, length)
            order = np.argsort(own, kind="stable")
            place = np.minimum(np.searchsorted(own[order], asked), len(rows) - 1)
            hit = rows[order[place]]
            missing = np.zeros(length, bool)
            for key in used:
                missing |= targets[key] < 0
            yield np.where((own[order[place]] == asked) & ~missing, hit, -1)

    def matched(self, targets: Mapping[str, Codes], length: int) -> NDArray[np.bool_]:
        """Return whether any row matches each target."""
        out = np.zeros(length, bool)
        for hit in self.rows(targets, length):
            out |= hit >= 0
        return out

    def values(self, targets: Mapping[str, Codes], length: int, *columns: Values) -> list[Values]:
        """Return for each column the first stated cell of each target (NaN: not stated)."""
        out = [np.full(length, np.nan) for _ in columns]
        for hit in self.rows(targets, length):
            found = np.flatnonzero(hit >= 0)
            for column, result in zip(columns, out, strict=True):
                open_ = found[np.isnan(result[found])]
                result[open_] = column[hit[open_]]
        return out

    def deciding(self, targets: Mapping[str, Codes], length: int, stated: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
        """Return which rows are the first to state a cell of any target; `stated` says of each column in which rows it is."""
        out = np.zeros(len(stated[0]), bool)
        settled = np.zeros((len(stated), length), bool)
        for hit in self.rows(targets, length):
            found = np.flatnonzero(hit >= 0)
            for column, done in zip(stated, settled, strict=True):
                first = found[column[hit[found]] & ~done[found]]
                out[hit[first]] = done[first] = True
        return out

    def expand(self, domain: Mapping[str, Codes], length: int, free: Sequence[str]) -> tuple[Codes, dict[str, Codes]]:
        """Return every tuple that some row matches: (position in the domain, codes of the free keys).

        `domain` lists the tuples of some keys that exist (`length` of them); `free` keys take every value.
        """
        names = list(self.keys)
        spans = [self.sizes[key] for key in free]
        found = [np.zeros(0, np.int64)]
        for named, rows in self.patterns:
            if not len(rows):
                continue
            inside = [names[i] for i in named if names[i] in domain]
            sizes = [self.sizes[key] for key in inside]
            row, place = join(
                composite([self.keys[key][rows] for key in inside], sizes, len(rows)),
                composite([domain[key] for key in inside], sizes, length),
            )
            code = place
            for key, span in zip(free, spans, strict=True):
                if names.index(key) in named:
                    code = code * span + self.keys[key][rows][row]
                else:
                    code = (code[:, None] * span + np.arange(span)).ravel()
                    row = np.repeat(row, span)
            found.append(code)
        codes = distinct(np.concatenate(found))
        out = {}
        for key, span in zip(reversed(free), reversed(spans), strict=True):
            codes, out[key] = np.divmod(codes, max(span, 1))
        return codes, {key: out[key] for key in free}
