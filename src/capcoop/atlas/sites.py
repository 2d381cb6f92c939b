"""The places of a case: cities that need and could make goods, and the gates through which the world is reached."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from capcoop.atlas.countries import Country
from capcoop.errors import UsageError
from capcoop.geo.land import great_circle
from capcoop.geo.places import cities_of, gates_of, gateways_of
from capcoop.geo.sea import sea_ports

CITIES, PORTS, GATEWAYS = 6, 2, 2
# Of two cities nearer than this the smaller one counts as a quarter of the other.
APART = 50.0
# A port so near to a city is the city's.
NEAR = 25.0
# Goods that come overland start at the nearest city of their country with so many people.
LARGE = 1_000_000
MARKET, PLANT, JUNCTION = "market", "plant", "junction"
PORT, GATEWAY, CROSSING = "port", "gateway", "crossing"
# Where plants may stand, and where goods come in; a junction is neither.
WORKS, GATES = (MARKET, PLANT), (PORT, GATEWAY, CROSSING)


@dataclass(frozen=True)
class Place:
    """A site of a case.

    kind : market (a city of the host), plant (plants without needs), junction, port (of the host), gateway (a port abroad) or crossing.
    owner : the country that it lies in. people : those whose needs are counted there. beyond : the country across a crossing.
    """

    name: str
    title: str
    owner: str
    latitude: float
    longitude: float
    kind: str
    people: float
    year: int | None
    source: str
    verified: bool
    beyond: str = ""

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude in degrees."""
        return self.latitude, self.longitude


def slug(text: str) -> str:
    """Return a name in small Latin letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "site"


def markets(host: Country, count: int = CITIES) -> tuple[Place, ...]:
    """Return the capital and the largest cities of a country, `count` in all.

    Raises UsageError where no city is known with its people.
    """
    known = cities_of(host.code, APART)
    known = known.filter(pl.col("population").is_not_null())
    first = pl.concat([known.filter("capital").head(1), known.filter(~pl.col("capital")).head(count)]).head(count)
    if first.is_empty():
        raise UsageError(f"the atlas knows no city of {host.name} with its people")
    columns = ("name", "latitude", "longitude", "population", "year", "source", "verified")
    return tuple(
        Place(slug(name), name, host.code, latitude, longitude, MARKET, people, year, source, verified)
        for name, latitude, longitude, people, year, source, verified in first.select(columns).iter_rows()
    )


def gates(host: Country, suppliers: tuple[str, ...]) -> tuple[Place, ...]:
    """Return the ways in: own ports (at most two), else gateways abroad (at most two), and crossings of the border to a supplier.

    Raises UsageError where no way in is known.
    """
    every = gates_of(host.code)
    ports = every.filter(pl.col("role").is_in(["main_port", "other_port"])).head(0 if host.landlocked else PORTS)
    abroad = gateways_of(host.code).head(0 if ports.height else GATEWAYS)
    crossings = every.filter((pl.col("role") == "border_crossing") & pl.col("host").is_in(list(suppliers)))
    found = [
        _gate(row, kind) for frame, kind in ((ports, PORT), (abroad, GATEWAY), (crossings, CROSSING)) for row in frame.iter_rows(named=True)
    ]
    return tuple(found) or (_nearest_port(host),)


def _nearest_port(host: Country) -> Place:
    """Return the port of the sea network nearest to the capital of a country; raises UsageError where it has none."""
    import pycountry

    entry = pycountry.countries.get(alpha_3=host.code)
    own = {code: at for code, at in sea_ports().items() if entry and code.startswith(entry.alpha_2)}
    if not own or host.latitude is None or host.longitude is None:
        raise UsageError(f"the atlas knows no port and no gateway of {host.name}")
    away = great_circle(np.array(list(own.values())), np.array((host.latitude, host.longitude)))
    code = list(own)[int(away.argmin())]
    return Place(code.lower(), code, host.code, *own[code], PORT, 0.0, None, "searoute (PyPI), ports by UN/LOCODE", verified=True)


def _gate(row: dict[str, object], kind: str) -> Place:
    owner = str(row["country"] if kind == CROSSING else row["host"] or row["country"])
    beyond = str(row["host"]) if kind == CROSSING else ""
    title = str(row["name"])
    at = (float(row["latitude"]), float(row["longitude"]))  # type: ignore[arg-type]
    return Place(slug(title), title, owner, *at, kind, 0.0, row["year"], str(row["source"]), bool(row["verified"]), beyond)  # type: ignore[arg-type]


def distinct_names(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Return the places with names that none shares: gates are told by their kind, then by a number."""
    taken = Counter(place.name for place in places)
    seen: Counter[str] = Counter()
    out = []
    for place in places:
        name = place.name if taken[place.name] == 1 or place.kind == MARKET else f"{place.name}-{place.kind}"
        seen[name] += 1
        out.append(replace(place, name=name if seen[name] == 1 else f"{name}-{seen[name]}"))
    return tuple(out)


def inland_start(supplier: str, gate: Place) -> Place:
    """Return the city of a supplier where goods start that come overland to a gate: the nearest with a million people, else the largest."""
    known = cities_of(supplier).filter(pl.col("population").is_not_null())
    large = known.filter(pl.col("population") >= LARGE)
    pool = large if large.height else known.head(1)
    away = great_circle(pool.select("latitude", "longitude").to_numpy(), np.array(gate.point))
    row = pool.row(int(away.argmin()), named=True)
    return Place(
        slug(row["name"]),
        row["name"],
        supplier,
        row["latitude"],
        row["longitude"],
        MARKET,
        row["population"],
        row["year"],
        row["source"],
        bool(row["verified"]),
    )
