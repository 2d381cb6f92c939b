"""Records that may be the same: same parties and kind, dates near, and titles alike, the more so where values are near.

Titles are compared by the cosine of their counts of three letters in a row (character 3-grams), in one product of sparse matrices.
Titles that name different years are different, and so are two rows of one file that have names of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from capcoop.ledger.database import Ledger
from capcoop.ledger.entries import Entry, new_state

if TYPE_CHECKING:
    from sqlalchemy import Connection

ALIKE, ALIKE_WITH_VALUE = 0.9, 0.6  # likeness of titles that is enough by itself, and with a near value
NEAR_VALUE = 0.1  # share by which near values may differ
YEARS = 1  # dates may be so many years apart
BUCKETS = 1 << 20
AT_ONCE = 1000
WORD, YEAR = re.compile(r"\w+"), re.compile(r"\b(?:19|20)\d\d\b", re.ASCII)


@dataclass(frozen=True)
class Known:
    """What is compared of a record."""

    record: str
    block: tuple[str, str, str]  # kind, host, partner
    title: str
    year: int | None
    amount: float | None
    currency: str
    own: bool = False  # named by the file that is read


@dataclass(frozen=True)
class Pair:
    """An entry (its place among those asked about) that may be a known record, and how alike the titles are."""

    place: int
    known: Known
    likeness: float


def known_of(entry: Entry) -> Known:
    """Return what is compared of an entry."""
    state = new_state(entry.record).after(entry.body())
    told = entry.attributes
    block = (told.kind, told.host, told.partner)
    return Known(entry.record, block, told.title, _year(told.date), state.amount, state.currency)


def duplicates(ledger: Ledger, entries: Sequence[Entry]) -> list[Pair]:
    """Return for each entry that may be in the ledger, or earlier among the entries, the record that is most like it.

    One whose record is in the ledger under its very name is not asked about.
    """
    asked = [replace(known_of(entry.named()), own=bool(entry.record)) for entry in entries]
    there = ledger.read(lambda connection: _there(connection, asked))
    names = {one.record for one in there}
    blocks: dict[tuple[str, str, str], tuple[list[int], list[Known]]] = {}
    for place, one in enumerate(asked):
        if one.record not in names:
            blocks.setdefault(one.block, ([], []))[0].append(place)
    for one in there:
        if one.block in blocks:
            blocks[one.block][1].append(one)
    found = [pair for places, known in blocks.values() for pair in _in_block(asked, places, known)]
    return sorted(found, key=lambda pair: pair.place)


def _there(connection: Connection, asked: Iterable[Known]) -> list[Known]:
    """Return the records of the ledger with the hosts of those asked about, near in time."""
    from sqlalchemy import or_, select

    from capcoop.ledger.tables import Agreement

    hosts = sorted({one.block[1] for one in asked})
    years = [one.year for one in asked if one.year is not None]
    columns = (Agreement.record, Agreement.kind, Agreement.host, Agreement.partner, Agreement.title, Agreement.date)
    chosen = select(*columns, Agreement.amount, Agreement.currency).where(Agreement.host.in_(hosts))
    if years and all(one.year is not None for one in asked):
        near = (Agreement.date >= str(min(years) - YEARS)) & (Agreement.date < str(max(years) + YEARS + 1))
        chosen = chosen.where(or_(near, Agreement.date == ""))
    return [
        Known(record, (kind, host, partner), title, _year(date), amount, currency)
        for record, kind, host, partner, title, date, amount, currency in connection.execute(chosen)
    ]


def _in_block(asked: Sequence[Known], places: Sequence[int], known: Sequence[Known]) -> list[Pair]:
    """Return the pairs among records of one kind between the same parties."""
    own = [asked[place] for place in places]
    everything = [*known, *own]
    vectors = _vectors([one.title for one in everything])
    years = np.array([np.nan if one.year is None else one.year for one in everything])
    amounts = np.array([np.nan if one.amount is None else one.amount for one in everything])
    money = np.array([one.currency for one in everything])
    told = np.array([" ".join(sorted(YEAR.findall(one.title))) for one in everything])
    given = np.array([one.own for one in everything])
    out: list[Pair] = []
    doubles: set[int] = set()
    for start in range(0, len(own), AT_ONCE):
        first = len(known) + start
        some = vectors[first : first + AT_ONCE]
        likeness = (some @ vectors.T).tocoo()
        row, column, value = likeness.row + first, likeness.col, likeness.data
        earlier = (column < row) & (value >= ALIKE_WITH_VALUE)
        row, column, value = row[earlier], column[earlier], value[earlier]
        apart = np.abs(years[row] - years[column])
        close = np.isclose(amounts[row], amounts[column], rtol=NEAR_VALUE, atol=0) & (money[row] == money[column])
        other_year = (told[row] != told[column]) & (told[row] != "") & (told[column] != "")
        fits = ~(apart > YEARS) & ((value >= ALIKE) | close) & ~other_year & ~(given[row] & given[column])
        order = np.lexsort((-value[fits], row[fits]))
        for this, other, like in zip(row[fits][order].tolist(), column[fits][order].tolist(), value[fits][order].tolist(), strict=True):
            if this not in doubles and other not in doubles:  # the most alike comes first, and one that is a double is no target
                doubles.add(this)
                out.append(Pair(places[this - len(known)], everything[other], min(like, 1.0)))
    return out


def _vectors(titles: Sequence[str]) -> Any:  # noqa: ANN401  (a sparse matrix)
    """Return the counts of three letters in a row of each title, each row of length 1; shape (titles, buckets)."""
    from scipy import sparse

    grams = [_grams(title) for title in titles]
    lengths = np.array([len(one) for one in grams])
    rows = np.repeat(np.arange(len(titles)), lengths)
    columns = np.concatenate([*grams, np.zeros(0, np.int64)])
    counts = sparse.csr_matrix((np.ones(len(columns)), (rows, columns)), shape=(len(titles), BUCKETS))
    size = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    return sparse.diags(1 / np.where(size == 0, 1, size)) @ counts


def _grams(title: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the buckets of a title's three letters in a row; case, accents and signs do not count."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", title.casefold()) if not unicodedata.combining(letter))
    text = " " + " ".join(WORD.findall(bare)) + " "
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
    return (codes[:-2] * 1_000_003 + codes[1:-1] * 10_007 + codes[2:]) % BUCKETS


def _year(date: str) -> int | None:
    return int(date[:4]) if date else None
