"""Documents as one stream of numbered words, in which runs of words are found and counted without a loop over words.

A word is a run of letters, in small letters; hyphens part words; numerals are no words. Punctuation, numerals and the ends of paragraphs
break the stream: no phrase goes over a break.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from capcoop.words.languages import LANGUAGES, function_words
from capcoop.words.read import PREFIX, Document

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
BREAK = -1
CODES = {language: code for code, language in enumerate(LANGUAGES)}
WORD = r"\p{L}[\p{L}\p{M}]*(?:['’]\p{L}+)*"
# Neither letters nor what stands inside phrases: spaces, hyphens, quotes, apostrophes.
BROKEN = r"\n\s*\n|[^\p{L}\p{M}\s\-‐‑'’‘\"“”«»]+"
POSSESSIVE = r"['’]s\b"
JOKER = "*"
SENTENCE = re.compile(r"[^\n。！？；]{1,5000}[。！？；]?|[。！？；]")


@dataclass(frozen=True)
class Stream:
    """Words of documents, one after the other.

    words, [at] : number of the word in the vocabulary, or BREAK. document, [at] : which document it stands in.
    capital, [at] : whether it begins with a capital letter. vocabulary, spoken, [word] : the word in small letters; its language's code.
    """

    words: Integers
    document: Integers
    capital: Flags
    vocabulary: tuple[str, ...]
    spoken: Integers

    def __len__(self) -> int:
        """Return the number of words and breaks."""
        return len(self.words)

    @cached_property
    def _places(self) -> tuple[Integers, Integers]:
        """Return the places of the stream in the order of their words, and where each word begins in it."""
        order = np.argsort(self.words, kind="stable")
        return order, np.searchsorted(self.words[order], np.arange(len(self.vocabulary) + 1))

    @cached_property
    def _numbers(self) -> tuple[list[tuple[int, str]], Integers]:
        """Return language and word in order, and their numbers."""
        keys = list(zip(self.spoken.tolist(), self.vocabulary, strict=True))
        order = sorted(range(len(keys)), key=keys.__getitem__)
        return [keys[at] for at in order], np.array(order, dtype=np.int64)

    def places(self, words: Integers) -> Integers:
        """Return where any of some words stands."""
        order, starts = self._places
        return np.concatenate([order[starts[word] : starts[word + 1]] for word in words.tolist()] or [np.empty(0, dtype=np.int64)])

    def numbers(self, pattern: str, language: str) -> Integers:
        """Return the numbers of the words of a language that a pattern fits: a word, or its beginning with `*`."""
        keys, order = self._numbers
        code, stem = CODES[language], pattern.rstrip(JOKER)
        low = bisect.bisect_left(keys, (code, stem))
        high = (
            bisect.bisect_left(keys, (code, stem + "\U0010ffff"))
            if pattern.endswith(JOKER)
            else low + (keys[low : low + 1] == [(code, stem)])
        )
        return order[low:high]

    def find(self, patterns: Sequence[str], language: str) -> Integers:
        """Return where a run of words begins, each given as a pattern, without a break between."""
        numbers = [self.numbers(pattern, language) for pattern in patterns]
        if not all(map(len, numbers)):
            return np.empty(0, dtype=np.int64)
        found = self.places(numbers[0])
        for step, fitting in enumerate(numbers[1:], start=1):
            found = found[found + step < len(self)]
            found = found[np.isin(self.words[found + step], fitting) & (self.document[found + step] == self.document[found])]
        return np.sort(found)


def cut_chinese(text: str, whole: re.Pattern[str] | None = None) -> str:
    """Return Chinese text with spaces between its words, cut by rjieba; runs that fit `whole` are cut for themselves."""
    import rjieba

    if whole is not None:
        text = whole.sub(r"\n\g<0>\n", text)
    return " ".join(" ".join(rjieba.cut(sentence)) for sentence in SENTENCE.findall(text))


def folded(words: Sequence[str], language: str) -> tuple[str, ...]:
    """Return words as they are written without accents in Spanish and Portuguese, and without the dots of the Russian letter yo."""
    if language == "ru":
        return tuple(word.replace("ё", "е") for word in words)
    if language not in {"es", "pt"}:
        return tuple(words)
    return tuple("".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter)) for word in words)


def words_of(text: str, language: str) -> list[str]:
    """Return the words of a short text such as a term or a name, in small letters; `*` stays at the end of a word."""
    if language == "zh":
        text = cut_chinese(text)
    elif language == "en":
        text = re.sub(POSSESSIVE, "", text)
    text = PREFIX.sub(r"\1", text)
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*\*?", text.lower())


def stream_of(documents: Sequence[Document], whole: Iterable[str] = ()) -> Stream:
    """Return the words of documents as a stream; `whole` are Chinese terms that begin and end a word wherever they stand."""
    terms = sorted((re.escape(term) for term in whole if len(term) >= 4), key=len, reverse=True)
    kept = re.compile("|".join(terms)) if terms else None
    texts = [cut_chinese(re.sub(r"\n", "\n。\n", one.text), kept) if one.language == "zh" else one.text for one in documents]
    frame = pl.DataFrame(
        {"document": np.arange(len(texts)), "code": [CODES[one.language] for one in documents], "text": texts},
        schema={"document": pl.Int64, "code": pl.Int64, "text": pl.String},
    )
    english = pl.col("code") == CODES["en"]
    text = pl.when(english).then(pl.col("text").str.replace_all(POSSESSIVE, "")).otherwise(pl.col("text"))
    # A break follows each document, so that no run goes over its end.
    tokens = frame.select("document", "code", token=pl.concat_str(text, pl.lit(".")).str.extract_all(f"{WORD}|{BROKEN}")).explode("token")
    tokens = tokens.select(
        "document",
        "code",
        lower=pl.col("token").str.to_lowercase(),
        capital=pl.col("token").str.head(1) != pl.col("token").str.head(1).str.to_lowercase(),
        is_word=pl.col("token").str.contains(r"^\p{L}"),
    )
    keys = tokens.filter("is_word").select("code", "lower").unique().sort("code", "lower").with_row_index("word")
    joined = tokens.join(keys, on=["code", "lower"], how="left", maintain_order="left")
    words = joined.select(pl.when("is_word").then(pl.col("word").cast(pl.Int64)).otherwise(BREAK)).to_series()
    return Stream(
        words.to_numpy(),
        joined["document"].to_numpy(),
        joined["capital"].to_numpy(),
        tuple(keys["lower"].to_list()),
        keys["code"].cast(pl.Int64).to_numpy(),
    )


def flagged(stream: Stream, kinds: Iterable[str]) -> Flags:
    """Return which words of the vocabulary are function words of some kinds, or a single letter."""
    known = function_words()
    sets = [frozenset[str]().union(*(known[language][kind] for kind in kinds)) for language in LANGUAGES]
    pairs = zip(stream.vocabulary, stream.spoken.tolist(), strict=True)
    return np.array([len(word) < 2 or word in sets[code] for word, code in pairs], dtype=bool)


def apart(starts: Integers, length: int) -> Integers:
    """Return the starts (in order) of runs that do not overlap, taken from the left."""
    if len(starts) < 2 or (np.diff(starts) >= length).all():
        return starts
    # From each run the next that is free, and from the first all that can be reached: in leaps of 1, 2, 4, ... runs.
    leap = np.append(np.searchsorted(starts, starts + length), len(starts))
    reached = np.zeros(len(starts) + 1, dtype=bool)
    reached[0] = True
    for _ in range(len(starts).bit_length()):
        reached[leap[reached]] = True
        leap = leap[leap]
    return starts[reached[:-1]]
