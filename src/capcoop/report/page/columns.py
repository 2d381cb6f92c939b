"""Tables as a reader sees them: headings in the language of the page, and the unit of every column of figures."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache

import polars as pl

from capcoop.report.page.texts import Texts

LOCALES = {"zh": "zh_CN", "es": "es", "ru": "ru"}
Shown = tuple[pl.DataFrame, dict[str, str]]


def shown(frame: pl.DataFrame, texts: Texts, money: str, columns: Mapping[str, str]) -> Shown:
    """Return some columns of a table under their headings, and their units.

    columns : name -> unit, in which `{money}` stands for the money of the case and `{year}` for the word; in their order.
    """
    names = {name: texts(f"column.{name}") for name in columns}
    words = {"{money}": texts.currency(money), "{year}": texts("map.year")}
    units = {}
    for name, unit in columns.items():
        for mark, word in words.items():
            unit = unit.replace(mark, word)  # noqa: PLW2901  (one mark after the other)
        if unit:
            units[names[name]] = unit
    return frame.select(pl.col(name).alias(title) for name, title in names.items()), units


@cache
def country_name(code: str, language: str = "en") -> str:
    """Return the name of a country by its ISO 3166 code (alpha-3) in a language; a code that is none stays as it is."""
    import pycountry

    found = pycountry.countries.get(alpha_3=code)
    if found is None:
        return code
    name: str = getattr(found, "common_name", found.name)
    if language not in LOCALES:
        return name
    words = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[LOCALES[language]], fallback=True)
    return words.gettext(name)


def countries(column: str, texts: Texts) -> pl.Expr:
    """Return a column of codes of countries as names; blank: no country stated."""
    named = pl.col(column).map_elements(lambda code: country_name(code, texts.language) if code else None, return_dtype=pl.String)
    return named.fill_null(texts("page.no-country")).alias(column)


def words_of(column: str, group: str, texts: Texts) -> pl.Expr:
    """Return a column of the program's own words (components of cost, kinds of payment) in the language of the page."""
    return pl.col(column).map_elements(lambda word: texts.word(group, word), return_dtype=pl.String).alias(column)


def joined(sentences: list[str], texts: Texts) -> str:
    """Write sentences one after the other; Chinese has no space between them."""
    return ("" if texts.language == "zh" else " ").join(sentences)


def listed(words: list[str], texts: Texts) -> str:
    """Join words as a sentence lists them."""
    return words[0] if len(words) == 1 else texts("page.and", some=", ".join(words[:-1]), last=words[-1])
