"""Who published the figures and under which terms: one list of publishers for every source that the tables name."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Publisher:
    """Who stands behind a source.

    licence : as the publisher or the collection states it; `unknown` where neither does.
    carried : whether its figures are in the package; those under other terms were left out.
    """

    pattern: str
    publisher: str
    licence: str
    carried: bool


@cache
def publishers() -> tuple[Publisher, ...]:
    """Return every publisher, in the order in which the patterns are tried."""
    lines = files("capcoop.atlas").joinpath("figures", "sources.csv").read_text(encoding="utf-8").splitlines()
    return tuple(Publisher(row["pattern"], row["publisher"], row["licence"], row["carried"] == "yes") for row in csv.DictReader(lines))


@cache
def publisher_of(source: str) -> Publisher:
    """Return who published a source: the first publisher whose pattern is found in it.

    Raises
    ------
    LookupError : no pattern fits; the list is incomplete.
    """
    for one in publishers():
        if re.search(one.pattern, source):
            return one
    raise LookupError(f"no publisher is named for the source '{source}'")


def parts_of(source: str) -> list[str]:
    """Return the sources that one cell joins by ` | `."""
    return source.split(" | ")


def credits_of(sources: Iterable[str]) -> tuple[Publisher, ...]:
    """Return the publishers of several cells `source`, each once, in the order of the list: whom a case has to cite."""
    found = {publisher_of(part) for source in sources for part in parts_of(source)}
    return tuple(one for one in publishers() if one in found)
