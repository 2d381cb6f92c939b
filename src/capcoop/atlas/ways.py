"""How goods come: by sea to the gates, overland from a neighbour, and within the country; distances, freight and landed prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.countries import Country
from capcoop.atlas.figures import figure
from capcoop.atlas.prices import FREIGHT, Landed, Step, freight_rate, landed
from capcoop.atlas.sites import CROSSING, GATES, Place, inland_start
from capcoop.errors import UsageError
from capcoop.geo.land import detour, great_circle
from capcoop.geo.places import main_port
from capcoop.geo.sea import sea_distances

# Where goods of the world are loaded when no supplier sells them: the price is the world's, the way is that from the largest exporter.
EXPORTERS = {
    "soda-ash": "CHN",
    "scrap": "USA",
    "iron-ore": "AUS",
    "coking-coal": "AUS",
    "alumina": "AUS",
    "coal": "ZAF",
    "cement": "TUR",
    "clinker": "TUR",
    "steel": "TUR",
    "flat-glass": "CHN",
    "aluminium": "ARE",
    "urea": "RUS",
}
PORT_OF = {"CHN": (31.37, 121.55)}  # the mouth of the Yangtze: Shanghai


@dataclass(frozen=True, eq=False)
class Ways:
    """All ways of a case. places : its sites. modes : those of channels beside the country's own mode."""

    host: Country
    suppliers: tuple[str, ...]
    places: tuple[Place, ...]
    year: int
    book: Assumptions
    modes: tuple[str, ...] = ()

    @cached_property
    def mode(self) -> str:
        """Rail where the country has a railway, road elsewhere."""
        for theme, subject, metric in (("output", "railway_network", "length"), ("conditions", None, "rail_lines")):
            known = figure(theme, subject, metric, self.host.code, until=self.book.until)
            if known is not None and known.value > 0:
                self.book.use(FREIGHT, "railway", known, "goods go by rail")
                return "rail"
        self.book.miss(f"A railway of {self.host.name}: none is known, so goods go by road.")
        return "road"

    @cached_property
    def detour(self) -> float:
        """Km of the mode for one km of great circle."""
        found = detour(self.mode)
        self.book.rule(FREIGHT, f"km by {self.mode} for one km straight", found.factor, "ratio", f"median of {found.routes} routes")
        return found.factor

    def land(self, start: Place, end: Place) -> float:
        """Return km over land."""
        return float(great_circle(np.array(start.point), np.array(end.point))) * self.detour

    @cached_property
    def _sea(self) -> dict[tuple[str, str], float]:
        """Km by sea from the port of each exporter to each gate that lies at the sea."""
        gates = [place for place in self.places if place.kind in GATES and place.kind != CROSSING]
        origins = {code: at for code in {*self.suppliers, *EXPORTERS.values()} if (at := _port(code)) is not None}
        if not gates or not origins:
            return {}
        km = sea_distances(
            [*origins.values(), *(gate.point for gate in gates)],
            names=[*(f"the port of {code}" for code in origins), *(g.title for g in gates)],
        )
        return {(code, gate.name): float(km[i, len(origins) + j]) for i, code in enumerate(origins) for j, gate in enumerate(gates)}

    def landed_at(self, gate: Place, product: str) -> dict[str, Landed]:
        """Return the price of a product at a gate by origin: of each supplier, and of the world's usual exporter."""
        found = {}
        for origin in dict.fromkeys((*self.suppliers, EXPORTERS[product])):
            if origin == self.host.code:
                continue
            if gate.kind == CROSSING:
                if gate.beyond == origin:
                    away = self.land(inland_start(origin, gate), gate)
                    found[origin] = landed(product, origin, self.host.code, self.year, 0.0, away, self.mode, self.book)
            elif np.isfinite(km := self._sea.get((origin, gate.name), np.inf)):
                found[origin] = landed(product, origin, self.host.code, self.year, max(km, 1.0), 0.0, self.mode, self.book)
        return found

    def delivered(self, place: Place, product: str) -> Landed:
        """Return the cheapest price of a good of the world at a city, with the way from the gate."""
        best: Landed | None = None
        for gate in self.places:
            if gate.kind not in GATES:
                continue
            for price in self.landed_at(gate, product).values():
                km, rate = self.land(gate, place), freight_rate(self.mode, self.book)
                weight = 1 / 25.12 if product == "coal" else 1.0
                whole = Landed(
                    product, (*price.steps, Step(self.mode, km * rate * weight, f"{km:.0f} km x {rate:.4g} USD/tkm")), price.figure
                )
                best = whole if best is None or whole.total < best.total else best
        if best is None:
            raise UsageError(f"no way by sea or land is known on which {product} reaches {self.host.name}")
        return best

    def channels(self) -> list[dict[str, Any]]:
        """Return a channel between any two sites that goods travel between; from one gate to another they do not."""
        pairs = [(a, b) for a, b in combinations(self.places, 2) if not (a.kind in GATES and b.kind in GATES)]
        return [
            {
                "channel": f"{a.name}--{b.name}",
                "from": a.name,
                "to": b.name,
                "mode": self.mode,
                "distance": round(max(self.land(a, b), 1.0), 1),
                "both_ways": True,
                "source": f"great circle x {self.detour:.3f}",
                "verified": False,
            }
            for a, b in pairs
        ]

    def rates(self) -> dict[str, float]:
        """Return USD per tonne and km by mode."""
        return {mode: freight_rate(mode, self.book) for mode in dict.fromkeys((self.mode, *self.modes))}


def _port(country: str) -> tuple[float, float] | None:
    if country in PORT_OF:
        return PORT_OF[country]
    port = main_port(country)
    return (port.latitude, port.longitude) if port else None
