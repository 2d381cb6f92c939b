"""Every sentence of a page, from a catalogue of its language: `texts("map.title", layer=...)`.

A catalogue is a TOML file whose tables nest into keys with dots. A sentence that depends on a number is a table of the plural forms of
Unicode's CLDR (one, few, many, other), chosen by the figure `count`. In a sentence `{name}` is a figure: a number is written
as the language writes it, `{name:percent}` as a share of a hundred, `{name:money}` as an amount of money, `{name:whole}` without decimals,
`{name:year}` without grouping.
"""

from __future__ import annotations

import math
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from capcoop.errors import UsageError, printable, suggestion

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = {"en": "English", "es": "Español", "ru": "Русский", "zh": "中文"}
NARROW = "\u202f"  # no-break space of half the width, between groups of digits
# Decimal mark, mark between groups of three digits, and the least number of digits before the decimal mark that is grouped.
MARKS = {"en": (".", ",", 4), "zh": (".", ",", 4), "es": (",", NARROW, 5), "ru": (",", NARROW, 5)}
PLURALS = ("one", "few", "many", "other")
UNKNOWN = "\u2013"  # a dash
MINUS = "\u2212"


@cache
def catalogue(language: str) -> Mapping[str, str | Mapping[str, str]]:
    """Return the sentences of a language by key: text, or plural forms. Raises UsageError where there is no such language."""
    if language not in LANGUAGES:
        hint = suggestion(language, LANGUAGES) or f"known: {', '.join(LANGUAGES)}"
        raise UsageError(f"there are no texts in '{printable(language)}'; {hint}")
    return dict(_flat(tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8")), ""))


def _flat(table: Mapping[str, Any], before: str) -> list[tuple[str, str | Mapping[str, str]]]:
    found: list[tuple[str, str | Mapping[str, str]]] = []
    for name, value in table.items():
        key = f"{before}.{name}" if before else name
        if isinstance(value, dict) and not ("other" in value and set(value) <= set(PLURALS)):
            found += _flat(value, key)
        else:
            found.append((key, value))
    return found


def plural(language: str, count: float) -> str:
    """Return the plural form that a number takes (Unicode CLDR 46, cardinals)."""
    if language == "zh" or not float(count).is_integer():
        return "other"
    number = abs(int(count))
    if language != "ru":
        return "one" if number == 1 else "other"
    if number % 10 == 1 and number % 100 != 11:
        return "one"
    return "few" if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else "many"


@dataclass(frozen=True)
class Texts:
    """The sentences, numbers and money of a language: en, zh, es or ru."""

    language: str = "en"

    def __post_init__(self) -> None:
        """Refuse a language without a catalogue."""
        catalogue(self.language)

    def __call__(self, key: str, **figures: Any) -> str:  # noqa: ANN401  (words and numbers)
        """Return the sentence of a key with its figures; the plural form is that of `count`."""
        found = catalogue(self.language)[key]
        if not isinstance(found, str):
            form = plural(self.language, float(figures["count"]))
            found = found.get(form, found["other"])
        return _Sentence(self).vformat(found, (), figures)

    text = __call__

    def has(self, key: str) -> bool:
        """Return whether there is a sentence of that key."""
        return key in catalogue(self.language)

    def word(self, group: str, name: str) -> str:
        """Return the word of a name that the program itself uses (`word("mode", "rail")`); other names stay as they are."""
        key = f"{group}.{name}"
        return self(key) if self.has(key) else name

    @property
    def locale(self) -> dict[str, Any]:
        """How charts write numbers, as d3-format has it."""
        decimal, group, _ = MARKS[self.language]
        return {"decimal": decimal, "thousands": group, "grouping": [3], "currency": ["", ""], "minus": MINUS}

    def number(self, value: float | None, decimals: int | None = None) -> str:
        """Write a number with three to four significant digits (or so many decimals); what is unknown is a dash."""
        if value is None or not math.isfinite(value):
            return UNKNOWN
        return _marked(_plain(float(value), decimals), self.language)

    def year(self, value: float | str) -> str:
        """Write a year or the name of a period as it is."""
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    def percent(self, share: float | None) -> str:
        """Write a share as a percentage: 12 %, 1.5 %, < 0.1 %."""
        if share is None or not math.isfinite(share):
            return UNKNOWN
        hundred = 100 * share
        if 0 < abs(hundred) < 0.05:
            return f"{'-' if hundred < 0 else ''}< {self.number(0.1)}{NARROW}%"
        whole = abs(hundred) >= 10 or float(hundred).is_integer()
        return self.number(hundred, 0 if whole else 1) + NARROW + "%"

    def currency(self, currency: str) -> str:
        """Return the name of a money such as `million USD` in the language; one that is not made of known words stays as it is."""
        scale, _, code = currency.rpartition(" ")
        name = self.word("currency", code)
        return self(f"scale.{scale}", currency=name) if scale and self.has(f"scale.{scale}") else currency if scale else name

    def money(self, value: float | None, currency: str) -> str:
        """Write an amount of money: 52,700 million USD."""
        return self("money.amount", amount=self.number(value), currency=self.currency(currency))


class _Sentence(string.Formatter):
    """Writes figures into a sentence; looks up plain names only, never attributes or items."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, str]:  # noqa: ANN401, ARG002
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401
        texts = self.texts
        if isinstance(value, str):
            return value
        if format_spec == "percent":
            return texts.percent(value)
        if format_spec == "year":
            return texts.year(value)
        return texts.number(value, 0 if format_spec == "whole" else None)


def _plain(value: float, decimals: int | None) -> str:
    """Write a number with a point, and commas between groups."""
    if decimals is not None:
        text = f"{value:,.{decimals}f}"
    else:
        size = abs(value)
        digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 4
        text = f"{value:,.{digits}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        if text in {"0", "-0"} and value:
            text = f"{value:.2g}"
    return "0" if text in {"-0", "-0.0"} else text


def _marked(text: str, language: str) -> str:
    decimal, group, least = MARKS[language]
    whole, _, rest = text.partition(".")
    digits = whole.replace(",", "")
    whole = whole.replace(",", group) if len(digits.lstrip("-")) >= least else digits
    return (whole + (decimal + rest if rest else "")).replace("-", MINUS, 1)
