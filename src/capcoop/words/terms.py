"""Which terms documents use most. Every word counts in one term only.

First come the names of countries and the glossary's terms of several words, the longest first; then phrases of the documents, the longest
first; then single words, those of the glossary under its name. So a phrase takes its words with it, and nothing is counted twice in the
ranking. `everywhere` counts a term within longer ones too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from capcoop.words.glossary import Variant, built_in
from capcoop.words.keyness import SURE, keyness
from capcoop.words.languages import LANGUAGES
from capcoop.words.names import country_names
from capcoop.words.phrases import phrases_of, text_of
from capcoop.words.read import Document
from capcoop.words.stream import CODES, Flags, Integers, Stream, apart, flagged, stream_of

SHARE_OF = 10_000  # words that rates are told for
LONGEST_PHRASE = 4
NAMES = tuple(LANGUAGES)
ROWS = {"term": pl.String, "language": pl.String, "kind": pl.String, "length": pl.Int64}
NOWHERE = np.empty(0, dtype=np.int64)
KINDS = ("country", "glossary", "phrase", "word")


@dataclass(frozen=True)
class Counts:
    """How often each term stands in each document.

    terms : term, language (empty: several), kind (one of KINDS), length in words (0: differs), `everywhere` in the documents.
    cells : document, term (row of `terms`), count. words, [document] : words in all.
    documents : those counted, then those of the reference.
    reference : how many of them, at the end, are of the reference.
    """

    terms: pl.DataFrame
    cells: pl.DataFrame
    words: Integers
    documents: tuple[Document, ...]
    reference: int = 0


@dataclass
class _Book:
    """What has been counted so far.

    taken, [at] : the word belongs to a term. counted, [at] : it stands in a document that is not of the reference.
    rows : the terms, with how often each occurs everywhere. places, owners : where terms begin, and which row each is of.
    """

    stream: Stream
    counted: Flags
    taken: Flags
    rows: list[pl.DataFrame] = field(default_factory=list)
    places: list[Integers] = field(default_factory=list)
    owners: list[Integers] = field(default_factory=list)

    def take(self, at: Integers, length: int) -> Integers:
        """Take the words of the runs that begin at some places where none is taken yet; return those places."""
        busy = np.concatenate(([0], np.cumsum(self.taken)))
        free = apart(at[busy[at + length] == busy[at]], length)
        for step in range(length):
            self.taken[free + step] = True
        return free

    def add(self, rows: Sequence[tuple[str, str, str, int]], places: tuple[Integers, Integers], every: tuple[Integers, Integers]) -> None:
        """Enter terms; of `places` and of `every` place, the first is where, the second of which of the new terms."""
        before = sum(frame.height for frame in self.rows)
        total = np.bincount(every[1][self.counted[every[0]]], minlength=len(rows))
        table = pl.DataFrame(rows, schema=ROWS, orient="row")
        self.rows.append(table.with_columns(everywhere=pl.Series(total, dtype=pl.Int64)))
        self.places.append(places[0])
        self.owners.append(places[1] + before)


def count_terms(
    documents: Sequence[Document],
    glossary: Sequence[Variant] | None = None,
    longest: int = LONGEST_PHRASE,
    reference: Sequence[Document] = (),
) -> Counts:
    """Count the terms of documents, and of a reference beside them, in which no phrase is looked for but those of the documents."""
    variants = built_in() if glossary is None else glossary
    every = (*documents, *reference)
    stream = stream_of(every, (one.text for one in variants if one.language == "zh"))
    book = _Book(stream, stream.document < len(documents), np.zeros(len(stream), dtype=bool))
    single, owners = _named(book, variants)
    if longest > 1:
        edges = flagged(stream, ("function",))
        for runs in phrases_of(stream, book.taken, edges, book.counted, longest):
            _phrases(book, runs.code, runs.first, runs.length)
    free = ~book.taken[single]
    book.places.append(book.take(single[free], 1))
    book.owners.append(owners[free])
    _words(book)
    words = np.bincount(stream.document[stream.words >= 0], minlength=len(every))
    at, owner = np.concatenate(book.places), np.concatenate(book.owners)
    cells = pl.DataFrame({"document": stream.document[at], "term": owner}).group_by("document", "term").len("count")
    cells = cells.with_columns(pl.col("count").cast(pl.Int64)).sort("document", "term")
    return Counts(pl.concat(book.rows).with_row_index("row"), cells, words, every, len(reference))


def _named(book: _Book, variants: Sequence[Variant]) -> tuple[Integers, Integers]:
    """Count countries, and the glossary's terms of several words, the longest first; return places and owners of its single words.

    Names of countries count with a capital letter only, where a script has them.
    """
    stream = book.stream
    spoken = {NAMES[code] for code in np.unique(stream.spoken).tolist()}
    sought = [("country", one) for one in country_names()] + [("glossary", one) for one in variants]
    keys: dict[tuple[str, str], int] = {}
    found: list[tuple[Integers, int, int]] = []
    for kind, one in sought:
        at = stream.find(one.words, one.language) if one.language in spoken else NOWHERE
        if kind == "country" and one.language != "zh":
            at = at[stream.capital[at]]
        if len(at):
            found.append((at, keys.setdefault((kind, one.term), len(keys)), len(one.words)))
    at, owner, length = (np.concatenate([NOWHERE, *part]) for part in _columns(found))
    country = np.array([kind == "country" for kind, _ in keys], dtype=bool)
    taken: list[tuple[Integers, Integers]] = [(NOWHERE, NOWHERE)]
    for size in np.unique(length)[::-1].tolist():
        own = (length == size) & (country[owner] | (size > 1))
        places, first = np.unique(at[own], return_index=True)  # of two terms of one run the first stands
        kept = np.isin(places, book.take(places, size))
        taken.append((places[kept], owner[own][first][kept]))
    rows = [(term, "", kind, 0) for kind, term in keys]
    places, owners = (np.concatenate(part) for part in zip(*taken, strict=True))
    book.add(rows, (places, owners), _outermost(at, owner, length))
    single = ~country[owner] & (length == 1)
    places, first = np.unique(at[single], return_index=True)
    return places, owner[single][first]


def _columns(found: Sequence[tuple[Integers, int, int]]) -> Iterable[list[Integers]]:
    """Yield the places, the owners and the lengths of what was found."""
    yield [at for at, _, _ in found]
    yield [np.full(len(at), owner) for at, owner, _ in found]
    yield [np.full(len(at), length) for at, _, length in found]


def _outermost(at: Integers, owner: Integers, length: Integers) -> tuple[Integers, Integers]:
    """Return places and owners without those that lie within a longer place of the same owner."""
    order = np.lexsort((-length, at, owner))
    at, owner, end = at[order], owner[order], (at + length)[order]
    span = int(end.max(initial=0)) + 1  # owners apart, so that the farthest end so far is that of the same owner
    farthest = np.maximum.accumulate(end + owner * span) - owner * span if len(at) else end
    inside = np.concatenate(([False], (owner[1:] == owner[:-1]) & (at[1:] < farthest[:-1])))[: len(at)]
    return at[~inside], owner[~inside]


def _phrases(book: _Book, code: Integers, first: Integers, length: int) -> None:
    """Count the phrases of one length outside what is taken."""
    at = np.flatnonzero(code >= 0)
    taken = book.take(at, length)
    rows = []
    for start in first.tolist():
        language = NAMES[int(book.stream.spoken[book.stream.words[start]])]
        rows.append((text_of(book.stream, start, length, CODES["zh"]), language, "phrase", length))
    book.add(rows, (taken, code[taken]), (at, code[at]))


def _words(book: _Book) -> None:
    """Count single words that carry a subject, outside what is taken."""
    stream = book.stream
    silent = flagged(stream, ("function", "numeral"))
    kept = np.flatnonzero(~silent)
    number = np.cumsum(~silent) - 1
    at = np.flatnonzero((stream.words >= 0) & ~silent[stream.words])
    free = at[~book.taken[at]]
    rows = [
        (stream.vocabulary[word], NAMES[code], "word", 1) for word, code in zip(kept.tolist(), stream.spoken[kept].tolist(), strict=True)
    ]
    book.add(rows, (free, number[stream.words[free]]), (at, number[stream.words[at]]))


def key_terms(terms: pl.DataFrame) -> pl.DataFrame:
    """Return the terms of a ranking that are used more often here than in the reference beyond chance, the surest first."""
    return terms.filter(pl.col("log_likelihood") >= SURE).sort(-pl.col("log_likelihood"), "rank")


def rate(count: pl.Expr, words: float) -> pl.Expr:
    """Return counts per SHARE_OF words."""
    return SHARE_OF * count / words if words else pl.lit(None, dtype=pl.Float64)


def ranking(counts: Counts, kinds: Iterable[str] = KINDS[1:]) -> pl.DataFrame:
    """Return the terms, the most used first.

    Columns: rank, term, language (all in which it was found), kind, count (every word in one term), everywhere, documents, per_10000
    (count in 10,000 words); with a reference also reference (count there), reference_per_10000, log_likelihood (negative: used less
    here), log_ratio.
    """
    last = len(counts.documents) - counts.reference
    here, there = pl.col("document") < last, pl.col("document") >= last
    words, other = int(counts.words[:last].sum()), int(counts.words[last:].sum())
    spoken = pl.DataFrame({"document": range(len(counts.documents)), "spoken": [one.language for one in counts.documents]})
    summed = (
        counts.cells.join(spoken, on="document")
        .group_by("term")
        .agg(
            count=pl.col("count").filter(here).sum(),
            documents=here.sum().cast(pl.Int64),
            reference=pl.col("count").filter(there).sum(),
            languages=pl.col("spoken").filter(here).unique().sort().str.join(" "),
        )
    )
    table = counts.terms.filter(pl.col("kind").is_in(list(kinds))).join(summed, left_on="row", right_on="term", how="inner")
    table = table.filter(pl.col("count") > 0).with_columns(per_10000=rate(pl.col("count"), words), language="languages")
    # Of equal counts the glossary's term stands first, then the longer one, then the alphabet decides.
    order = pl.col("kind").replace_strict({kind: at for at, kind in enumerate(KINDS)}, return_dtype=pl.Int64)
    table = table.sort(-pl.col("count"), order, -pl.col("length"), "term")
    names = ["term", "language", "kind", "count", "everywhere", "documents", "per_10000"]
    if counts.reference:
        certainty, ratio = keyness(table["count"].to_numpy(), words, table["reference"].to_numpy(), other)
        table = table.with_columns(
            reference_per_10000=rate(pl.col("reference"), other),
            log_likelihood=pl.Series(np.copysign(certainty, ratio)),
            log_ratio=pl.Series(ratio),
        )
        names += ["reference", "reference_per_10000", "log_likelihood", "log_ratio"]
    return table.select(names).with_row_index("rank", offset=1)
