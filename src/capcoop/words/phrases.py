"""Phrases of documents: runs of words that stand together more often than their words would by chance.

A phrase has 2 to 4 words, neither begins nor ends with a function word, goes over no break, and occurs at least three times outside the
glossary's terms. A pair has to be associated: log-likelihood (Dunning 1993, Computational Linguistics 19(1)) of at least 10.83, one in a
thousand by chance. A longer run has to make up at least half of the occurrences of each shorter one in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.words.keyness import log_likelihood
from capcoop.words.stream import BREAK, Flags, Integers, Stream

LEAST = 3
ASSOCIATED = 10.83
SHARE = 0.5


@dataclass(frozen=True)
class Runs:
    """The runs of `length` words that occur LEAST times or more.

    code, [at] : number of the run that begins there, or -1. count, [run] : how often it occurs. first, [run] : where it occurs first.
    """

    length: int
    code: Integers
    count: Integers
    first: Integers


def runs_of(stream: Stream, longest: int, least: int = LEAST) -> list[Runs]:
    """Return the runs of 1 to `longest` words: those of each length from the frequent ones of the length before."""
    words, base = stream.words, len(stream.vocabulary) + 1
    code = words.copy()
    found = [Runs(1, code, np.bincount(words[words != BREAK], minlength=len(stream.vocabulary)), np.empty(0, dtype=np.int64))]
    for length in range(2, longest + 1):
        before = found[-1].code
        code = np.full(len(words), -1, dtype=np.int64)
        end = max(len(words) - length + 1, 0)
        # Both its beginning and its end have to be frequent runs themselves.
        at = np.flatnonzero((before[:end] >= 0) & (before[1 : end + 1] >= 0)) if end else np.empty(0, dtype=np.int64)
        keys = before[at] * base + words[at + length - 1]
        _, first, run, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        frequent = count >= least
        number = np.where(frequent, np.cumsum(frequent) - 1, -1)
        code[at] = number[run]
        found.append(Runs(length, code, count[frequent], at[first[frequent]]))
    return found


def phrases_of(stream: Stream, taken: Flags, edges: Flags, counted: Flags, longest: int) -> list[Runs]:
    """Return the phrases, longest first, with the counts that chose them.

    taken, [at] : the word belongs to a term already. edges, [word] : it may neither begin nor end a phrase.
    counted, [at] : the word counts in choosing phrases (those of a reference do not).
    """
    found = runs_of(stream, longest)
    busy = np.concatenate(([0], np.cumsum(taken | ~counted)))
    free: list[Integers] = []
    for runs in found:
        at = np.flatnonzero(runs.code >= 0)
        at = at[busy[at + runs.length] == busy[at]]
        free.append(np.bincount(runs.code[at], minlength=max(len(runs.count), 1)))
    total = int(free[0].sum())
    kept = []
    for runs, count, parts, shorter in zip(found[1:], free[1:], found[:-1], free[:-1], strict=True):
        if not len(runs.first):
            continue
        heads, tails = shorter[parts.code[runs.first]], shorter[parts.code[runs.first + 1]]
        own = count[: len(runs.first)]
        if runs.length == 2:
            together = (log_likelihood(own, heads, tails, total) >= ASSOCIATED) & (own * total > heads * tails)
        else:
            together = own >= SHARE * np.maximum(heads, tails)
        ends = edges[stream.words[runs.first]] | edges[stream.words[runs.first + runs.length - 1]]
        chosen = (own >= LEAST) & together & ~ends
        number = np.where(chosen, np.cumsum(chosen) - 1, -1)
        code = np.where(runs.code >= 0, number[runs.code], -1)
        kept.append(Runs(runs.length, code, own[chosen], runs.first[chosen]))
    return kept[::-1]


def text_of(stream: Stream, at: int, length: int, chinese: int) -> str:
    """Return the words of a run as they are written: Chinese without spaces (`chinese` is the code of that language)."""
    words = stream.words[at : at + length].tolist()
    return ("" if stream.spoken[words[0]] == chinese else " ").join(stream.vocabulary[word] for word in words)
