"""The figures of many countries told together: one line for each kind, how many of them were read, and how far they lie apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from statistics import median

from capcoop.atlas.assumptions import Assumption, Assumptions, amount
from capcoop.atlas.figures import Figure

# Amounts of countries add up; of prices and rates the median is told.
ADDED = "kt"
NAMED = 12
FEW = 3


def gather(by_country: Mapping[str, Assumptions], book: Assumptions) -> None:
    """Add to a collection what those of single countries hold: figures of one kind as one, and what is unknown with the countries."""
    kinds: dict[tuple[str, str], list[Assumption]] = defaultdict(list)
    missing: dict[str, list[str]] = defaultdict(list)
    for code, own in by_country.items():
        for key, one in own.used.items():
            kinds[key].append(one)
        for what in own.unknown:
            missing[what].append(code)
    for (topic, name), found in kinds.items():
        book.use(topic, f"{name}, of {len(found)} countries", _together(found), weight=sum(one.weight for one in found))
    for what, codes in missing.items():
        book.miss(f"{what} So in {len(codes)} countries: {listed(codes)}.")


def listed(codes: list[str]) -> str:
    """Return the codes of countries, the first of them where they are many."""
    return ", ".join(codes[:NAMED]) + (f" and {len(codes) - NAMED} more" if len(codes) > NAMED else "")


def _together(found: list[Assumption]) -> Figure:
    """Return the sum of amounts, the median of the rest; with how many come from where."""
    values, unit, year = [one.value for one in found], found[0].unit, found[0].year
    read = sum(one.verified and bool(one.source) for one in found)
    rules = sum(not one.source for one in found)
    told = f"{read} read in a source, {len(found) - read - rules} derived or from memory, {rules} by a rule alone"
    sources = list(dict.fromkeys(source for one in found for source in one.source.split(" | ") if source))
    source = " | ".join(sources) if len(sources) <= FEW else f"{len(sources)} sources, named in the rows of the tables"
    if unit.startswith(ADDED):
        low, high = (sum(_end(one, end) for one in found) for end in ("low", "high"))
        return Figure(sum(values), low, high, unit, year, source, read == len(found), rule=f"sum; {told}")
    spread = f"from {amount(min(values))} to {amount(max(values))}"
    return Figure(median(values), None, None, unit, year, source, read == len(found), rule=f"median; {spread}; {told}")


def _end(one: Assumption, end: str) -> float:
    """Return the low or the high of a figure; where it has none, as far off as its doubt says."""
    stated: float | None = getattr(one, end)
    return one.value * (1 + one.doubt * (1 if end == "high" else -1)) if stated is None else stated
