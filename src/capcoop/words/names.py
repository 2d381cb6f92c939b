"""Names of countries in five languages: those of ISO 3166 with their translations (pycountry), and names in use that it lacks."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import product

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.words.glossary import Variant
from capcoop.words.languages import LANGUAGES
from capcoop.words.stream import folded, words_of

LOCALES = {"zh": "zh_CN", "es": "es", "pt": "pt", "ru": "ru"}
# How Russian nouns and adjectives end, from the first form to all: longest endings first. Others do not change.
ENDINGS = {
    "ия": ("ия", "ии", "ию", "ией", "иею"),
    "ая": ("ая", "ой", "ую", "ою"),
    "ые": ("ые", "ых", "ым", "ыми"),
    "ий": ("ий", "ого", "ому", "им", "ом"),
    "ый": ("ый", "ого", "ому", "ым", "ом"),
    "ка": ("ка", "ки", "ке", "ку", "кой"),
    "а": ("а", "ы", "е", "у", "ой"),
    "я": ("я", "и", "е", "ю", "ей"),
    "й": ("й", "я", "ю", "ем", "е"),
    "ь": ("ь", "и", "ью", "я", "ю", "ем", "е"),
    "ы": ("ы", "", "ам", "ами", "ах"),
}
CONSONANTS = tuple("бвгджзклмнпрстфхцчшщ")
HARD = ("", "а", "у", "ом", "е")


def _table(name: str) -> pl.DataFrame:
    with files("capcoop.words").joinpath("data", f"{name}.csv").open("rb") as file:
        return pl.read_csv(file)


@cache
def country_names() -> tuple[Variant, ...]:
    """Return the names of the atlas's countries as variants, the term of each being the country's code, such as KAZ."""
    known = countries()
    listed = {*_iso(), *((row[0], row[1], row[2]) for row in _table("country_names").iter_rows())}
    listed |= {(code, "en", country.name) for code, country in known.items()}
    mistaken = {(code, language, tuple(words_of(name, language))) for code, language, name in _table("not_names").iter_rows()}
    found = {
        (language, words): Variant(code, language, words, name)
        for code, language, name in sorted(listed)
        if code in known
        for words in _forms(name, language)
        if words and (code, language, words) not in mistaken
    }
    return tuple(found.values())


def _iso() -> Iterator[tuple[str, str, str]]:
    """Yield code, language and name; `Congo, República Democrática del` is turned round, what stands in brackets left out."""
    import pycountry

    said = {code: gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[name]) for code, name in LOCALES.items()}
    for country in pycountry.countries:
        named = [str(getattr(country, field)) for field in ("name", "common_name", "official_name") if hasattr(country, field)]
        for language in LANGUAGES:
            for name in named:
                plain = re.sub(r"\s*\([^)]*\)|\.", "", name if language == "en" else said[language].gettext(name))
                if name != plain or language == "en":  # what is not translated is left out
                    first, _, last = plain.partition(", ")
                    yield country.alpha_3, language, plain if language == "zh" or not last else f"{last} {first}"
                    if last and not hasattr(country, "common_name") and plain.count(",") == 1 and _alone(named, first):
                        yield country.alpha_3, language, first
                else:
                    yield country.alpha_3, language, plain


def _alone(named: Iterable[str], first: str) -> bool:
    """Return whether a name before its comma is that of one country; two Congos and two Koreas share theirs."""
    return not any(word in name for name in (*named, first) for word in ("Congo", "Korea", "Core", "Конго"))


def _forms(name: str, language: str) -> list[tuple[str, ...]]:
    words = tuple(words_of(name, language))
    forms = [tuple(one) for one in product(*map(_declined, words))] if language == "ru" and len(words) <= 2 else [words]
    return [*forms, *(folded(one, language) for one in forms)]


def _declined(word: str) -> tuple[str, ...]:
    """Return the cases of a Russian word in the singular (`Казахстан`, `Казахстана`, ...)."""
    for ending, forms in ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word.removesuffix(ending)
            return tuple(dict.fromkeys(stem + form for form in forms))
    return tuple(word + ending for ending in HARD) if word.endswith(CONSONANTS) and len(word) > 2 else (word,)
