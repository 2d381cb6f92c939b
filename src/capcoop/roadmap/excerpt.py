"""What a road map says of the countries of a plan: its suppliers, and the hosts in which they build."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.roadmap.methods import library
from capcoop.roadmap.ranking import RoadMap, road_map

RANKS = ("tier", "rank", "rank_low", "rank_high", "score", "low", "high", "known")
PARTS = ("criterion", "part", "score", "known")
FIGURES = ("criterion", "part", "title", "value", "unit", "year", "source", "verified")
UNRANKED = dict.fromkeys(("tier", "rank", "rank_low", "rank_high", "score", "low", "high"))


def excerpt_of(pairs: Iterable[tuple[str, str]], ledger: str | None = None) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Return the tables `ranks`, `parts` and `figures` of a run for pairs of supplier and host, and what was left out, in sentences.

    Countries are ISO 3166 alpha-3 codes; a pair with another is left out. Every supplier takes seconds. ledger : as `road_map` takes it.

    Raises
    ------
    UsageError : the extra `roadmap` is missing, or the ledger cannot be read.
    """
    library()
    known, wanted, left = countries(), dict[str, list[str]](), list[str]()
    for supplier, host in pairs:
        if supplier in known and host in known:
            wanted.setdefault(supplier, []).append(host)
        else:
            left.append(f"no road map from {supplier} to {host}: one of them is no country by ISO 3166")
    found = {supplier: road_map(supplier, ledger=ledger) for supplier in wanted}
    ranks = [row for supplier, hosts in wanted.items() for row in _ranks(found[supplier], supplier, hosts)]
    tables = {"ranks": pl.DataFrame(ranks, infer_schema_length=None)}
    tables["parts"] = _own(found, wanted, "parts", PARTS)
    figures = _own(found, wanted, "figures", FIGURES)
    tables["figures"] = figures.with_columns(verified=pl.when("verified").then(pl.lit("yes")).otherwise(pl.lit("no")))
    return (tables if ranks else {}), left


def _ranks(found: RoadMap, supplier: str, hosts: list[str]) -> list[dict[str, object]]:
    """Return a row for each host; one of which too little is known has no rank."""
    ranked = {row["country"]: row for row in found.ranking.iter_rows(named=True)}
    tiers = dict(found.ranking.group_by("tier").len().iter_rows())
    share = dict(found.unranked.select("country", "known").iter_rows())
    asked = {"draws": found.request.draws, "first": found.request.first, "last": found.request.last}
    rows = []
    for host in hosts:
        one = ranked.get(host)
        own = UNRANKED | {"known": share.get(host)} if one is None else {name: one[name] for name in RANKS}
        rows.append({"supplier": supplier, "host": host, "ranked": None if one is None else tiers[one["tier"]], **own, **asked})
    return rows


def _own(found: dict[str, RoadMap], wanted: dict[str, list[str]], table: str, columns: tuple[str, ...]) -> pl.DataFrame:
    frames = [
        one.tables[table].filter(pl.col("country").is_in(wanted[supplier])).with_columns(supplier=pl.lit(supplier), host="country")
        for supplier, one in found.items()
    ]
    return pl.concat(frames).select("supplier", "host", *columns) if frames else pl.DataFrame(schema=["supplier", "host", *columns])
