"""Terms in context: every place where a term stands, with what goes before and after it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import polars as pl

from capcoop.errors import UsageError, printable
from capcoop.words.glossary import Variant, built_in
from capcoop.words.languages import LANGUAGES
from capcoop.words.read import Document
from capcoop.words.stream import JOKER, words_of

AROUND = 120  # characters on each side
BETWEEN = r"[\s\-\u2010\u2011'\u2019\u2018\"\u201c\u201d\u00ab\u00bb]+"
SCHEMA = {"term": pl.String, "document": pl.String, "date": pl.String, "left": pl.String, "match": pl.String, "right": pl.String}


def in_context(documents: Sequence[Document], term: str, glossary: Sequence[Variant] | None = None) -> pl.DataFrame:
    """Return each place of a term: term, document, date, left, match, right (at most 120 characters on each side).

    A term of the glossary, or one of its variants, stands for all of them; other words stand for themselves, with `*` for any further
    letters. Places within longer words are none; a Chinese term is found wherever its characters stand.

    Raises
    ------
    UsageError : the term has no word.
    """
    variants = built_in() if glossary is None else glossary
    asked = term.strip().casefold()
    names = {one.term for one in variants if asked in {one.term.casefold(), one.text.casefold()}}
    sought: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for one in variants:
        if one.term in names:
            sought[one.language].append(_pattern(one.words, one.language))
    if not names:
        for language in LANGUAGES:
            words = words_of(term, language)
            sought[language] += [_pattern(words, language)] if words else []
    if not any(sought.values()):
        raise UsageError(f"--context '{printable(term)}' has no word; write a term such as 'capacity cooperation'")
    patterns = {
        language: re.compile("|".join(sorted(set(found), key=len, reverse=True)), re.IGNORECASE)
        for language, found in sought.items()
        if found
    }
    rows = [row for one in documents if one.language in patterns for row in _rows(one, patterns[one.language], term)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _pattern(words: Sequence[str], language: str) -> str:
    if language == "zh":
        return r"\s*".join(map(re.escape, words))
    parts = [re.escape(word.rstrip(JOKER)) + (r"[^\W\d_]*" if word.endswith(JOKER) else "") for word in words]
    return r"(?<![^\W_])" + BETWEEN.join(parts) + r"(?![^\W_])"


def _rows(document: Document, pattern: re.Pattern[str], term: str) -> Iterator[tuple[str, ...]]:
    for found in pattern.finditer(document.text):
        left = " ".join(document.text[max(found.start() - 2 * AROUND, 0) : found.start()].split())[-AROUND:]
        right = " ".join(document.text[found.end() : found.end() + 2 * AROUND].split())[:AROUND]
        space = ["", ""] if document.language == "zh" else _spaces(document.text, found)
        yield term, document.name, document.date, left + space[0], " ".join(found[0].split()), space[1] + right


def _spaces(text: str, found: re.Match[str]) -> list[str]:
    """Return the space before and after a place, where there is one."""
    before, after = text[max(found.start() - 1, 0) : found.start()], text[found.end() : found.end() + 1]
    return [" " if before.isspace() else "", " " if after.isspace() else ""]
