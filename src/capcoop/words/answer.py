"""All that is asked of documents at once, as tables and as one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.errors import UsageError
from capcoop.words.context import in_context
from capcoop.words.desire import mentions
from capcoop.words.glossary import read_glossary
from capcoop.words.languages import is_traditional
from capcoop.words.read import Document, Documents, read_documents
from capcoop.words.terms import LONGEST_PHRASE, Counts, count_terms, key_terms, ranking
from capcoop.words.trend import Trend, trend

MOST_TOP = 1_000_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Question:
    """What is asked; `longest` is that of phrases in words, `top` how many terms are shown and followed over time."""

    documents: Sequence[str | Path]
    language: str | None = None
    reference: Sequence[str | Path] = ()
    longest: int = LONGEST_PHRASE
    top: int = 20
    glossary: Path | None = None
    context: Sequence[str] = ()
    over_time: bool = False


@dataclass(frozen=True)
class Answer:
    """The answer: what was read, the terms, the countries that are named, use over time, terms in context."""

    question: Question
    documents: Documents
    reference: Documents | None
    counts: Counts
    terms: pl.DataFrame
    countries: pl.DataFrame
    trend: Trend | None
    context: pl.DataFrame | None

    @property
    def words(self) -> int:
        """Number of words of the documents without those of the reference."""
        return int(self.counts.words[: len(self.documents.read)].sum())

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return everything as tables: documents, terms, countries, and trend and context where they were asked for."""
        found = {"documents": self._listed(), "terms": self.terms, "countries": self.countries}
        found |= {"key_terms": key_terms(self.terms), "reference": _facts(self.reference.read)} if self.reference else {}
        found |= {"trend": self.trend.uses, "changes": self.trend.changes} if self.trend else {}
        return found | ({"context": self.context} if self.context is not None else {})

    def record(self) -> dict[str, Any]:
        """Return everything as plain values, the terms up to the number asked for."""
        found: dict[str, Any] = {name: frame.to_dicts() for name, frame in self.tables().items()}
        found |= {name: found[name][: self.question.top] for name in ("terms", "key_terms") if name in found}
        left_out = [*self.documents.left_out, *(self.reference.left_out if self.reference else ())]
        found["left_out"] = [str(problem) for problem in left_out]
        found |= {"words": self.words, "number_of_terms": self.terms.height, "traditional": self._traditional()}
        if self.reference:
            found["reference_words"] = int(self.counts.words[len(self.documents.read) :].sum())
        if self.question.over_time:
            found |= {"cut": self.trend and self.trend.cut, "undated": self.trend and self.trend.undated}
            found["periods"] = self.trend.periods.to_dicts() if self.trend else []
        return found

    def _listed(self) -> pl.DataFrame:
        words = self.counts.words[: len(self.documents.read)]
        return _facts(self.documents.read).with_columns(words=pl.Series(words, dtype=pl.Int64))

    def _traditional(self) -> list[str]:
        return [one.name for one in self.documents.read if one.language == "zh" and is_traditional(one.text)]


def _facts(documents: Sequence[Document]) -> pl.DataFrame:
    columns = ("name", "language", "date", "date_from", "encoding")
    values = {column: [getattr(one, column) for one in documents] for column in columns}
    return pl.DataFrame(values, schema=dict.fromkeys(columns, pl.String)).rename({"name": "document"})


def ask(question: Question) -> Answer:
    """Read and count what is asked for.

    Raises
    ------
    UsageError : an option is out of its range, or no document could be read, or the glossary breaks its rules.
    """
    if not 1 <= question.longest <= 6:
        raise UsageError(f"--phrases {question.longest}: write the most words of a phrase, 1 to 6")
    if not 1 <= question.top <= MOST_TOP:
        raise UsageError(f"--top {question.top}: write how many terms to show, at least 1")
    glossary = read_glossary(question.glossary)
    documents = read_documents(question.documents, question.language)
    reference = read_documents(question.reference, question.language) if question.reference else None
    counts = count_terms(documents.read, glossary, question.longest, reference.read if reference else ())
    terms = ranking(counts)
    named = mentions(counts, glossary=glossary)
    known = countries()
    named = named.with_columns(name=pl.col("country").replace_strict({code: one.name for code, one in known.items()}, default=None))
    context = [in_context(documents.read, term, glossary) for term in question.context]
    over_time = trend(counts, terms["term"].head(question.top).to_list()) if question.over_time and terms.height else None
    return Answer(question, documents, reference, counts, terms, named, over_time, pl.concat(context) if context else None)


def save(answer: Answer, folder: Path) -> None:
    """Write every table as Parquet and CSV into a folder; in CSV a cell that a spreadsheet would compute begins with an apostrophe."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in answer.tables().items():
        frame.write_parquet(folder / f"{name}.parquet")
        text = pl.col(pl.String)
        safe = frame.with_columns(pl.when(text.str.head(1).is_in(FORMULA)).then("'" + text).otherwise(text).name.keep())
        safe.write_csv(folder / f"{name}.csv")
