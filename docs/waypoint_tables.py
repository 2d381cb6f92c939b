"""The tables of docs/corridors.md: ways of large corridors as measured, beside what is published of them."""

from __future__ import annotations

from collections.abc import Sequence

from capcoop.geo.corridors import Measured, facts, measured, ways
from capcoop.geo.elevation import TERRAINS
from capcoop.geo.overland import AT_SEA, overland_route

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
NORTHERN = "northern route"


def tables() -> dict[str, Table]:
    """Return every table of the page by the name of its mark."""
    found = [measured(name) for name in ways()]
    land, sea = ([one for one in found if (one.way.mode == AT_SEA) == at_sea] for at_sea in (False, True))
    return {
        "land": (("way", "mode", "straight", "published", "factor", "expected", "off"), [_length(one) for one in land]),
        "sea": (("way", "straight", "sea lanes", "published", "factor", "expected"), [_cable(one) for one in sea]),
        "terrain": (("way", *TERRAINS, "highest"), [_terrain(one) for one in found]),
        "legs": (("leg", "straight", *TERRAINS, "highest", "detour", "expected"), _legs()),
        "heights": (("way", "published", "highest sample"), _heights(found)),
        "sources": (("way", "item", "figure", "year", "source", "verified", "note"), _sources()),
    }


def _km(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}".replace(",", " ")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _published(one: Measured) -> str:
    return ", ".join(_km(length) for length in one.published)


def _factor(one: Measured) -> str:
    return "" if one.factor is None else f"{one.factor:.3f}"


def _length(one: Measured) -> tuple[str, ...]:
    off = f"{100 * (one.expected / one.published[0] - 1):+.0f} %{'*' if one.own else ''}" if one.published else ""
    return one.way.name, one.way.mode, _km(one.straight), _published(one), _factor(one), _km(one.expected), off


def _cable(one: Measured) -> tuple[str, ...]:
    return one.way.name, _km(one.straight), _km(one.lanes), _published(one), _factor(one), _km(one.expected)


def _terrain(one: Measured) -> tuple[str, ...]:
    return one.way.name, *(_percent(share) for share in one.shares), f"{_km(one.highest)} m"


def _legs() -> list[tuple[str, ...]]:
    """Return the legs of the northern route of the two-ocean railway."""
    way = ways()[NORTHERN]
    route = overland_route(way.points, way.mode, way.names, way.countries)
    rows = []
    for leg in range(len(route.straight)):
        shares = (_percent(getattr(route.terrain, name)[leg]) for name in TERRAINS)
        head = f"{way.names[leg]} - {way.names[leg + 1]}", _km(route.straight[leg]), *shares
        rows.append((*head, f"{_km(route.terrain.highest[leg])} m", f"{route.detours[leg]:.3f}", _km(route.lengths[leg])))
    return rows


def _heights(found: Sequence[Measured]) -> list[tuple[str, ...]]:
    """Return the ways of which a height is published, beside the highest sample."""
    published = facts().filter(item="altitude")
    rows: list[tuple[str, ...]] = []
    for one in found:
        mine = published.filter(way=one.way.name)
        if mine.height:
            rows.append((one.way.name, "; ".join(_figure(row) for row in mine.iter_rows(named=True)), f"{_km(one.highest)} m"))
    return rows


def _figure(row: dict[str, object]) -> str:
    value = f"{row['value']:g}" if row["value"] is not None else f"{row['low']:g} to {row['high']:g}"
    return f"{value} {row['unit']}" + (f" ({row['note']})" if row["note"] and row["item"] == "altitude" else "")


def _sources() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for row in facts().iter_rows(named=True):
        figure = _figure({**row, "note": None})
        marks = str(row["year"] or ""), row["source"], "yes" if row["verified"] else "no", row["note"] or ""
        rows.append((row["way"], row["item"], figure, *marks))
    return rows
