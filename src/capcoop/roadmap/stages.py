"""From point to area: first projects in the countries most surely among the first, then along the ways that lead to them, then around.

    point  a country among the first ten in half of the draws or more, at most ten and at least three: first projects in its best sector
    line   a country on a corridor of `capcoop.geo.corridors` with a point, or where one of the two reaches the sea through the other
    area   a neighbour of a point or line country (shared border, or for islands the nearest of them within NEAR_KM); and further sectors
           in the points themselves

Countries of lines and areas are of the better half of the ranking.

The years are cut into three parts; within each the countries follow in the order of their scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from capcoop.atlas.countries import countries
from capcoop.geo.corridors import waypoints
from capcoop.geo.land import great_circle
from capcoop.geo.places import gates

SURE, LEAST_POINTS, MOST_POINTS = 0.5, 3, 10
NEAR_KM = 1000.0
Row = tuple[int, int, str, str, str, str]
COLUMNS = {"first": pl.Int32, "last": pl.Int32, "stage": pl.String, "country": pl.String, "name": pl.String, "rank": pl.Int32}
COLUMNS |= {"sectors": pl.String, "reason": pl.String}


def staged(ranking: pl.DataFrame, sectors: pl.DataFrame, span: tuple[int, int]) -> pl.DataFrame:
    """Return the plan of a tier: first, last (years), stage, country, name, rank, sectors (joined by `, `), reason."""
    names = ranking.get_column("country").to_list()
    best = _best_sectors(sectors, names)
    chance = dict(ranking.select("country", "first_ten").iter_rows())
    sure = [code for code in names if chance[code] >= SURE][:MOST_POINTS]
    points = sure if len(sure) >= LEAST_POINTS else names[:LEAST_POINTS]
    better = names[: (len(names) + 1) // 2]
    lines = _on_the_way(points, better)
    around = _around([*points, *lines], better)
    told = {code: f"in the first ten in {100 * chance[code]:.0f} % of draws" for code in points}
    thirds = _thirds(span)
    plan: list[Row] = _rows("point", points, thirds[0], told, {code: best[code][:1] for code in names})
    plan += _rows("line", list(lines), thirds[1], lines, {code: best[code][:1] for code in names})
    more = {code: "first projects stand: further sectors" for code in points if len(best[code]) > 1}
    following = {code: best[code][1:3] if code in points else best[code][:1] for code in names}
    plan += _rows("area", [code for code in names if code in more or code in around], thirds[2], around | more, following)
    ranks = dict(ranking.select("country", "rank").iter_rows())
    full = [(*row[:4], countries()[row[3]].name, ranks[row[3]], *row[4:]) for row in plan]  # row[3] is the country
    return pl.DataFrame(full, COLUMNS, orient="row")


def _best_sectors(sectors: pl.DataFrame, names: Sequence[str]) -> dict[str, list[str]]:
    """Return the sectors of each country in which gap and strength are known and not nothing, the best fit first."""
    known = sectors.filter(pl.col("fit") > 0).sort("fit", descending=True)
    lists = known.group_by("country", maintain_order=True).agg("sector")
    found: dict[str, list[str]] = dict(lists.iter_rows())
    return {code: found.get(code, []) for code in names}


def _thirds(span: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Return three spans of years that follow each other; where there are fewer than three years they overlap."""
    first, last = span
    cuts = [round(first + (last + 1 - first) * part / 3) for part in range(4)]
    return tuple((start, max(start, end - 1)) for start, end in pairwise(cuts))


def _rows(stage: str, codes: Sequence[str], span: tuple[int, int], reasons: dict[str, str], sectors: dict[str, list[str]]) -> list[Row]:
    """Return a row for each country, its start spread evenly over the span in the order given."""
    years = span[1] - span[0] + 1
    starts = [span[0] + place * years // max(len(codes), 1) for place in range(len(codes))]
    unknown = "unknown: no gap in a sector of known strength"
    return [
        (start, span[1], stage, code, ", ".join(sectors[code]) or unknown, reasons[code]) for start, code in zip(starts, codes, strict=True)
    ]


def _on_the_way(points: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Return the ranked countries that share a corridor with a point, or through which one of the two reaches the sea, and why."""
    out: dict[str, str] = {}
    ways = waypoints().group_by("corridor", maintain_order=True).agg(pl.col("country").unique(maintain_order=True))
    gateways = gates().filter(pl.col("role") == "gateway_port").select("country", "host", "name").unique(maintain_order=True)
    ports = list(gateways.iter_rows())
    for point in points:
        title = countries()[point].name
        for corridor, places in ways.iter_rows():
            if point in places:
                out |= {code: f"on the corridor {corridor.replace('-', ' ').title()} with {title}" for code in places if code not in out}
        for inland, host, port in ports:
            if inland == point and host not in out:
                out[host] = f"{title} reaches the sea by {port}"
            if host == point and inland not in out:
                out[inland] = f"reaches the sea by {port} in {title}"
    return {code: out[code] for code in names if code in out and code not in points}


def _around(inner: Sequence[str], names: Iterable[str]) -> dict[str, str]:
    """Return the countries beside those of the earlier stages, and beside which."""
    out = {}
    known = countries()
    for code in names:
        if code in inner:
            continue
        beside = [other for other in inner if other in known[code].borders]
        if beside:
            out[code] = f"neighbour of {' and '.join(known[other].name for other in beside[:2])}"
        elif not known[code].borders:
            near = _nearest(code, inner)
            if near:
                out[code] = near
    return out


def _nearest(code: str, inner: Sequence[str]) -> str:
    known = countries()
    own = known[code]
    if own.latitude is None or own.longitude is None:
        return ""
    others = [other for other in inner if known[other].latitude is not None]
    points = np.array([[known[other].latitude, known[other].longitude] for other in others], dtype=np.float64)
    if not len(points):
        return ""
    away = great_circle(points, [own.latitude, own.longitude])
    place = int(away.argmin())
    return f"{away[place]:.0f} km from {known[others[place]].name}" if away[place] <= NEAR_KM else ""
