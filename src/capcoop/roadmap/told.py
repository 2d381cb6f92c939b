"""What a road map says of itself in sentences, and the host that is asked for."""

from __future__ import annotations

from typing import Any

import polars as pl

from capcoop.atlas.countries import countries, find_country
from capcoop.errors import UsageError
from capcoop.roadmap.hierarchy import CRITERIA
from capcoop.roadmap.ranking import LEAST_KNOWN, RoadMap, in_region

NAMES = {"topsis": "TOPSIS", "vikor": "VIKOR", "promethee": "PROMETHEE II (net flow, -100 to 100)", "sum": "weighted sum"}


def title_of(found: RoadMap) -> str:
    """Return the title: whose road map, for which sectors, region and years."""
    asked = found.request
    parts = [f"Road map of {countries()[asked.supplier].name}", *asked.sectors, *([asked.region] if asked.region else [])]
    return ", ".join([*parts, f"{asked.first}-{asked.last}"])


def lines_of(found: RoadMap) -> list[str]:
    """Return how countries were weighed, and what is left out."""
    asked = found.request
    weights = ", ".join(f"{name} {weight:.3g}" for name, weight in zip(CRITERIA, found.weights, strict=True))
    how = "given weights" if asked.weights is not None else f"{asked.weighting} weights"
    drawn = "all weights alike" if asked.weights is None and asked.weighting == "equal" else "weights around these"
    draws = f"{asked.draws:,}".replace(",", " ")
    lines = [f"{NAMES[asked.method]}; {how}: {weights}.", f"{draws} draws of {drawn} and of what is uncertain."]
    lines += [f"{note[:1].upper()}{note[1:]}." for note in found.notes]
    if found.unranked.height:
        lines.append(f"Not ranked, as less than {100 * LEAST_KNOWN:.0f} % is known: {found.unranked.height} (in --json and --out).")
    return lines


def host_of(found: RoadMap, country: str) -> tuple[dict[str, Any], pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the row of the ranking of a country, its parts, its figures and its sectors.

    Raises
    ------
    UsageError : no such country, the supplier itself, one outside the region, or one of which too little is known.
    """
    one = find_country(country)
    if one.code == found.request.supplier:
        raise UsageError(f"{one.name} is the supplier; name a partner")
    rows = found.ranking.filter(pl.col("country") == one.code)
    if rows.is_empty():
        known = dict(found.unranked.select("country", "known").iter_rows())
        if one.code in known:
            raise UsageError(f"{one.name} is not ranked: {100 * known[one.code]:.0f} % of its figures are known")
        if in_region(one.code, found.request.region):
            raise UsageError(f"{one.name} is no partner, as ISO 3166 names it as the supplier's")
        raise UsageError(f"{one.name} is not in {found.request.region}; leave --region out")
    own = (frame.filter(pl.col("country") == one.code) for frame in (found.parts, found.figures, found.sectors))
    parts, figures, sectors = own
    return rows.row(0, named=True), parts, figures, sectors


def unweighed(found: RoadMap) -> list[str]:
    """Return the figures that are known of too few countries to be weighed."""
    used = set(found.hierarchy.get_column("figure"))
    return [name for name in found.figures.get_column("figure").unique(maintain_order=True) if name not in used]
