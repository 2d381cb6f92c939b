"""The glossary: one name for the variants and translations of a term, in the package's table and the user's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from capcoop.errors import SHOWN_PROBLEMS, Problem, UsageError, suggestion
from capcoop.words.extract import Refused, decoded
from capcoop.words.languages import LANGUAGES
from capcoop.words.stream import JOKER, folded, words_of

COLUMNS = ("term", "language", "variant", "cooperation")
MOST_BYTES, MOST_ROWS, LONGEST_VARIANT = 4 << 20, 20_000, 12
FLAGS = {"yes": True, "": False, "no": False}


class UnusableError(UsageError):
    """A glossary that breaks its rules."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Tell the problems, one a line, the first fifty."""
        lines = [str(problem) for problem in problems]
        more = [f"... and {len(lines) - SHOWN_PROBLEMS} more problems"] if len(lines) > SHOWN_PROBLEMS else []
        super().__init__("the glossary cannot be used:\n" + "\n".join(lines[:SHOWN_PROBLEMS] + more))


@dataclass(frozen=True)
class Variant:
    """One way to write a term: its words, the last letters of each open where it ends in `*`; `cooperation` marks terms of cooperation."""

    term: str
    language: str
    words: tuple[str, ...]
    text: str
    cooperation: bool = False


@cache
def built_in() -> tuple[Variant, ...]:
    """Return the glossary of the package."""
    text = files("capcoop.words").joinpath("data", "glossary.csv").read_text(encoding="utf-8")
    return tuple(_variants("glossary.csv", text))


def read_glossary(path: Path | None) -> tuple[Variant, ...]:
    """Return the glossary of the package with that of a file before it; where both have a variant, the file's holds.

    The file is a CSV table with the columns `term` and `variant`, and if wanted `language` (blank: all five) and `cooperation` (yes: the
    term is one of cooperation, which the countries' mentions count).

    Raises
    ------
    UsageError : the table breaks these rules; with all problems at once.
    """
    if path is None:
        return built_in()
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnusableError(
            [Problem(str(path), None, None, f"is larger than {MOST_BYTES >> 20} MiB", "which no glossary is", "name a CSV file")]
        )
    try:
        own = tuple(_variants(path.name, decoded(data)[0]))
    except Refused as refused:
        raise UnusableError([Problem(str(path), None, None, str(refused.args[0]), "", "save it as a CSV table in UTF-8")]) from None
    known = {(one.language, one.words) for one in own}
    return own + tuple(one for one in built_in() if (one.language, one.words) not in known)


def _variants(place: str, text: str) -> Iterable[Variant]:
    """Return the variants of a table, or raise UnusableError with all that is wrong with it."""
    try:
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="more"))
    except csv.Error as error:
        raise UnusableError([Problem(place, None, None, str(error), "", "save it as CSV")]) from None
    problems, found = _headings(place, rows), list[Variant]()
    if problems:
        raise UnusableError(problems)
    for number, row in enumerate(rows, start=2):
        found += _of_row(place, number, row, problems)
    if problems:
        raise UnusableError(problems)
    return found


def _headings(place: str, rows: list[dict[str, str]]) -> list[Problem]:
    columns = [column for column in rows[0] if column != "more"] if rows else []
    problems = [
        Problem(place, 1, column, "is not a column of a glossary", "", suggestion(column or "", COLUMNS))
        for column in columns
        if column not in COLUMNS
    ]
    problems += [
        Problem(place, 1, column, "is missing", "", "each row needs it") for column in ("term", "variant") if column not in columns
    ]
    if len(rows) > MOST_ROWS:
        problems.append(Problem(place, None, None, f"has {len(rows):,} rows", f"of at most {MOST_ROWS:,}", "split it"))
    return problems


def _of_row(place: str, number: int, row: dict[str, str], problems: list[Problem]) -> Iterable[Variant]:
    cells = {column: (row.get(column) or "").strip() for column in COLUMNS}
    before = len(problems)
    if "more" in row:
        problems.append(Problem(place, number, None, "has more cells than the table has columns", "", "put variants with commas in quotes"))
    for column, allowed in (("language", LANGUAGES), ("cooperation", ("yes", "no"))):
        if cells[column] and cells[column] not in allowed:
            problems.append(
                Problem(place, number, column, f"'{cells[column][:40]}' is not known", "", f"write one of {', '.join(allowed)}")
            )
    problems += [Problem(place, number, column, "is blank", "", "each row needs it") for column in ("term", "variant") if not cells[column]]
    if len(problems) > before:
        return []
    found = []
    for language in [cells["language"]] if cells["language"] else LANGUAGES:
        words = tuple(words_of(cells["variant"], language))
        if not words or len(words) > LONGEST_VARIANT or any(len(word.rstrip(JOKER)) < 2 and JOKER in word for word in words):
            rule = f"a variant is 1 to {LONGEST_VARIANT} words, with at least two letters before {JOKER}"
            problems.append(Problem(place, number, "variant", f"'{cells['variant'][:40]}' cannot be used:", rule, "write it out"))
            return []
        forms = dict.fromkeys((words, folded(words, language)))
        found += [Variant(cells["term"], language, form, cells["variant"], FLAGS[cells["cooperation"]]) for form in forms]
    return found
