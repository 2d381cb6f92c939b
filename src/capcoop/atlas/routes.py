"""Ways between all countries at once: the cheapest of a ship between their gates and a train or truck over few borders.

A cargo leaves from a country's own port, since plants for export stand at the coast, or else from its largest city by the gateway abroad.
It goes on from the gate to the cities of the buyer, by their people: what is made at home is made there. Money is USD per tonne.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.countries import Country, countries
from capcoop.atlas.figures import figure
from capcoop.atlas.prices import FREIGHT, PORTS, freight_rate, handling
from capcoop.atlas.sites import PORT, Place, gates, markets
from capcoop.errors import UsageError
from capcoop.geo.land import detour, great_circle
from capcoop.geo.sea import sea_access, sea_distances

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
# A train or a truck crosses at most so many borders; beyond them a ship is cheaper, or the way unknown.
BORDERS = 3
SEA, RAIL, ROAD = "sea", "rail", "road"


@dataclass(frozen=True)
class Nation:
    """A country as one site of the world. cities : the largest first; gates : own ports, else gateways abroad; mode : rail or road."""

    country: Country
    cities: tuple[Place, ...]
    gates: tuple[Place, ...]
    mode: str

    @property
    def site(self) -> Place:
        """Its main port; its largest city where it has no coast."""
        return self.gates[0] if self.coastal else max(self.cities, key=lambda place: place.people)

    @property
    def coastal(self) -> bool:
        """Whether one of its gates is its own."""
        return bool(self.gates) and self.gates[0].kind == PORT


def nations(codes: Sequence[str]) -> tuple[Nation, ...]:
    """Return countries with their cities and gates, in the order of the codes.

    Raises UsageError where no city of one is known with its people.
    """
    return tuple(
        Nation(country, markets(country), _gates_of(country), RAIL if _has_railway(code) else ROAD)
        for code in codes
        for country in (countries()[code],)
    )


def _has_railway(code: str) -> bool:
    known = (figure(*place, code) for place in (("output", "railway_network", "length"), ("conditions", None, "rail_lines")))
    return any(length is not None and length.value > 0 for length in known)


def _gates_of(country: Country) -> tuple[Place, ...]:
    """Return the gates that are known, else the capital of a country with a coast, where it lies at the sea; none: no way by sea."""
    try:
        return gates(country, ())
    except UsageError:
        first = markets(country)[0]
    if country.landlocked:
        return ()
    try:
        sea_access([first.point])
    except UsageError:
        return ()
    return (Place(first.name, first.title, country.code, *first.point, PORT, 0.0, first.year, first.source, first.verified),)


@dataclass(frozen=True, eq=False)
class Routes:
    """The cheapest way from each country (row) to each other (column): USD per tonne (inf: none), km, whether by sea, its land mode."""

    nations: tuple[Nation, ...]
    cost: Floats
    km: Floats
    by_sea: Booleans
    mode: NDArray[np.str_]

    def without(self, codes: Sequence[str]) -> Routes:
        """Return the ways among the other countries."""
        kept = [index for index, nation in enumerate(self.nations) if nation.country.code not in codes]
        cut = np.ix_(kept, kept)
        return Routes(tuple(self.nations[i] for i in kept), self.cost[cut], self.km[cut], self.by_sea[cut], self.mode[cut])


def routes(among: tuple[Nation, ...], book: Assumptions) -> Routes:
    """Return the ways between countries."""
    rates = {mode: freight_rate(mode, book) for mode in (SEA, RAIL, ROAD)}
    for mode in (RAIL, ROAD):
        found = detour(mode)
        book.rule(FREIGHT, f"km by {mode} for one km straight", found.factor, "ratio", f"median of {found.routes} routes")
        rates[mode] *= found.factor
    port = PORTS * handling(book)
    book.rule(FREIGHT, "borders that a train or truck crosses at most", BORDERS, "borders", "beyond them goods go by sea")
    sea, sea_km = _by_sea(among, rates)
    land, land_km, rail = _by_land(among, rates)
    by_sea = sea + port < land
    cost, km = np.where(by_sea, sea + port, land), np.where(by_sea, sea_km, land_km)
    for matrix in (cost, km):
        np.fill_diagonal(matrix, np.inf)
    return Routes(among, cost, km, by_sea, np.where(by_sea, SEA, np.where(rail, RAIL, ROAD)))


def _points(places: Sequence[Place]) -> Floats:
    return np.array([place.point for place in places], dtype=np.float64).reshape(-1, 2)


def _shares(cities: tuple[Place, ...]) -> Floats:
    people = np.array([place.people for place in cities], dtype=np.float64)
    return np.asarray(people / people.sum())


def _by_sea(among: tuple[Nation, ...], rates: dict[str, float]) -> tuple[Floats, Floats]:
    """Return the cost of ships and what brings goods to and from them, and the km of all, from each country to each other."""
    count, doors = len(among), [gate for nation in among for gate in nation.gates]
    cost, km = np.full((count, count), np.inf), np.full((count, count), np.inf)
    if not doors:
        return cost, km
    sea = sea_distances(_points(doors), names=[gate.title for gate in doors])
    ends = np.cumsum([len(nation.gates) for nation in among])
    spans = [slice(int(end) - len(nation.gates), int(end)) for nation, end in zip(among, ends, strict=True)]
    reach, reach_km = np.full((count, len(doors)), np.inf), np.full((count, len(doors)), np.inf)
    for index, (nation, own) in enumerate(zip(among, spans, strict=True)):
        if nation.gates:
            straight = 0.0 * _points(doors)[own, 0] if nation.coastal else great_circle(_points(doors)[own], np.array(nation.site.point))
            ways = (straight * rates[nation.mode])[:, None] + sea[own] * rates[SEA]
            best = ways.argmin(axis=0)
            reach[index] = np.take_along_axis(ways, best[None], 0)[0]
            reach_km[index] = straight[best] * detour(nation.mode).factor + np.take_along_axis(sea[own], best[None], 0)[0]
    for index, (nation, own) in enumerate(zip(among, spans, strict=True)):
        if nation.gates:
            straight = great_circle(_points(doors)[own][:, None], _points(nation.cities)[None])
            ways = reach[:, own, None] + straight[None] * rates[nation.mode]
            best = ways.argmin(axis=1)[:, None]
            lengths = reach_km[:, own, None] + straight[None] * detour(nation.mode).factor
            cost[:, index] = np.take_along_axis(ways, best, 1)[:, 0] @ _shares(nation.cities)
            km[:, index] = np.take_along_axis(lengths, best, 1)[:, 0] @ _shares(nation.cities)
    return cost, km


def _by_land(among: tuple[Nation, ...], rates: dict[str, float]) -> tuple[Floats, Floats, Booleans]:
    """Return the cost and the km from the nearest city of each country to the cities of each other, and whether both have railways."""
    count = len(among)
    rail = np.array([nation.mode == RAIL for nation in among])
    both = rail[:, None] & rail[None]
    near = _neighbourhood(tuple(nation.country.code for nation in among))
    starts = np.cumsum([0, *(len(nation.cities) for nation in among[:-1])])
    cities = _points([place for nation in among for place in nation.cities])
    nearest = np.minimum.reduceat(great_circle(cities[:, None], cities[None]), starts, axis=0)
    shares = np.concatenate([_shares(nation.cities) for nation in among])
    straight = np.add.reduceat(nearest * shares, starts, axis=1).reshape(count, count)
    cost = np.where(near, straight * np.where(both, rates[RAIL], rates[ROAD]), np.inf)
    return cost, straight * np.where(both, detour(RAIL).factor, detour(ROAD).factor), both


def _neighbourhood(codes: tuple[str, ...]) -> Booleans:
    """Return which countries lie at most BORDERS borders apart, the countries between them counted in whether they are asked for or not."""
    every = list(countries())
    place = {code: index for index, code in enumerate(every)}
    touch = np.eye(len(every), dtype=bool)
    for code, country in countries().items():
        touch[place[code], [place[other] for other in country.borders if other in place]] = True
    touch |= touch.T
    within = np.linalg.matrix_power(touch.astype(np.int64), BORDERS) > 0
    chosen = [place[code] for code in codes]
    return within[np.ix_(chosen, chosen)]
