"""The five languages that are counted, found by their letters and function words."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib.resources import files

import polars as pl

LANGUAGES = {"en": "English", "zh": "Chinese", "es": "Spanish", "pt": "Portuguese", "ru": "Russian"}
SAMPLE = 3_000  # characters from the start and as many from the middle
HAN = re.compile(r"[\u3400-\u9fff]")
KANA = re.compile(r"[\u3040-\u30ff]")
CYRILLIC, LATIN = re.compile(r"[\u0400-\u04ff]"), re.compile(r"[a-zA-Z\u00c0-\u024f]")
# Letters of other languages that are written in Cyrillic: Kazakh, Kyrgyz, Mongolian, Ukrainian, Belarusian, Serbian, Tajik.
NOT_RUSSIAN = re.compile(r"[әғқңөұүһіїєґўјљњћђџҷӣӯ]", re.IGNORECASE)
MOST_FOREIGN = 0.01
# The share of function words in running text is 0.35 to 0.5; in another language of the same letters it is below 0.2.
LEAST_SHARE = 0.22
LEAST_LEAD = 1.05  # of the best language before the next
TRADITIONAL = re.compile("[國與產業發經濟關於為開會個這對說時來過術設備資貿區際]")
SIMPLIFIED = re.compile("[国与产业发经济关于为开会个这对说时来过术设备资贸区际]")


@cache
def _table(name: str = "function_words") -> pl.DataFrame:
    with files("capcoop.words").joinpath("data", f"{name}.csv").open("rb") as file:
        return pl.read_csv(file)


@cache
def function_words() -> dict[str, dict[str, frozenset[str]]]:
    """Return the words of each language that carry no subject: `function` words, and `numeral`s."""
    return {
        language: {kind: frozenset(_table().filter(language=language, kind=kind)["word"]) for kind in ("function", "numeral")}
        for language in LANGUAGES
    }


@cache
def _told_by() -> dict[str, tuple[str, ...]]:
    """Return the words by which languages in Latin letters are told, ours and neighbours that are not counted: the languages of each.

    They are function words, and those of the glossary, which tell a text of few words.
    """
    rows = _table().filter(pl.col("kind") != "numeral", ~pl.col("language").is_in(["zh", "ru"])).select("language", "word")
    variant = pl.col("variant").str.to_lowercase()
    terms = _table("glossary").filter(pl.col("language").is_in(["en", "es", "pt"]), ~variant.str.contains("*", literal=True))
    words = terms.select("language", word=variant.str.split(" ")).explode("word")
    every = pl.concat([rows, words]).unique()
    return {word: tuple(languages) for word, languages in every.group_by("word").agg("language").iter_rows()}


def language_of(text: str) -> str | None:
    """Return the language of a text, one of LANGUAGES; None where it is in none of them, or too short to tell.

    Chinese and Russian are told by their letters (Russian by the absence of those of its neighbours, too), the others by the share of their
    function words and of the glossary's, which has to be 22 % and lead by 5 % before all others, French, Italian, German, Dutch, Romanian
    and Catalan among them.
    """
    middle = len(text) // 2
    sample = text if len(text) <= 2 * SAMPLE else text[:SAMPLE] + text[middle : middle + SAMPLE]
    counts = {name: len(found.findall(sample)) for name, found in (("zh", HAN), ("ru", CYRILLIC), ("latin", LATIN))}
    counts["zh"] *= 2  # a Chinese word is two letters, one of the others is five
    most = max(counts, key=lambda name: counts[name])
    if not counts[most]:
        return None
    if most == "zh":
        return None if len(KANA.findall(sample)) > 0.1 * counts["zh"] else "zh"
    if most == "ru":
        return None if len(NOT_RUSSIAN.findall(sample)) > MOST_FOREIGN * counts["ru"] else "ru"
    words, known = re.findall(r"[^\W\d_]+", sample.lower()), _told_by()
    found: Counter[str] = Counter()
    for word, count in Counter(words).items():
        for language in known.get(word, ()):
            found[language] += count
    (best, first), (_, second) = [*found.most_common(2), ("", 0), ("", 0)][:2]
    sure = first >= LEAST_SHARE * len(words) and first >= LEAST_LEAD * second
    return best if sure and best in LANGUAGES else None


def is_traditional(text: str) -> bool:
    """Return whether a Chinese text is written in traditional characters, of which words are cut less surely."""
    sample = text[:SAMPLE]
    return len(TRADITIONAL.findall(sample)) > len(SIMPLIFIED.findall(sample))
