"""Candidate channels between the sites of a case: which sites, how far, what they cost, carry and lose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from capcoop.case import Case, read_case
from capcoop.case.formats import read_raw, told
from capcoop.corridors import costs
from capcoop.corridors.modes import Figure, Mode, find_modes, gauges
from capcoop.corridors.pairs import Integers, land_pairs, sea_pairs
from capcoop.corridors.sites import Places, places_of
from capcoop.corridors.terrain import MOST_SEA, Ground, ground_between
from capcoop.errors import CaseError, UsageError, printable
from capcoop.geo.land import Floats, detour, great_circle, terrain_detours
from capcoop.geo.sea import sea_distances
from capcoop.units import money_factor, unit_factor

NEAREST = 3
ALL_PORTS = 20  # up to so many ports each is linked with every other
# Cables do not go through canals; nor, as ships, by the Arctic.
CABLES_CLOSED = ("northwest", "panama", "suez", "volga_don")
MONEY = "USD"
SHOWN = 3


@dataclass(frozen=True)
class Carried:
    """A product that a mode can carry: capacity of the mode used by one unit of it, tonnes in a unit (None: not counted by weight)."""

    product: str
    use: float
    tonnes: float | None


@dataclass(frozen=True)
class Proposals:
    """What is proposed.

    candidates : one row a channel; see `COLUMNS`. products : what each mode carries. figures : those in use.
    notes : what was left out, and why.
    """

    candidates: pl.DataFrame
    products: dict[str, tuple[Carried, ...]]
    modes: tuple[Mode, ...]
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]


def propose(
    case: Case, sites: pl.DataFrame, names: Sequence[str] = (), nearest: int | None = None, within: float | None = None
) -> Proposals:
    """Propose channels between the sites of a case.

    Parameters
    ----------
    case : the question. sites : its table of sites with row numbers. names : the modes wanted; none: all that carry a product of the case.
    nearest : so many neighbours of each site are linked, beside the sparse graph of all; None: three over land, and each port with every
    other where they are few. within : longest channel in km.

    Raises
    ------
    UsageError : an unknown mode, no product that a wanted mode carries, money without a rate to USD, a port that is not at the sea.
    CaseError : sites that cannot lie where they are said to.
    """
    _check_request(case, nearest, within)
    notes: list[str] = []
    products = _wanted(case, find_modes(names), notes, asked=bool(names))
    wanted = tuple(mode for mode in find_modes(names) if mode.name in products)
    places = places_of(sites, land=any(mode.way == "land" for mode in wanted))
    if places.without:
        notes.append(f"{_listed(places.without)} without coordinates: no channel is proposed to {_them(places.without)}.")
    drawn = Drawn(places, nearest, case.settings.discount_rate, notes, asked=bool(names))
    frames = [frame for mode in wanted if (frame := drawn.candidates(mode)) is not None]
    found = pl.concat(frames) if frames else pl.DataFrame(schema=_EMPTY)
    if within is not None:
        found = found.filter(pl.col("distance") <= within)
    found = _without_existing(case, found, notes)
    used = tuple(figure for mode in wanted if mode.name in found.get_column("mode") for figure in costs.figures_used(mode))
    return Proposals(found, products, wanted, used, tuple(notes))


def propose_for(folder: Path, names: Sequence[str] = (), nearest: int | None = None, within: float | None = None) -> Proposals:
    """Propose channels for the case at a place; see `propose`. Raises CaseError also where the case itself breaks a rule."""
    find_modes(names)
    case = read_case(folder, plannable=False)
    raw = read_raw(folder)
    try:
        return propose(case, raw.frames["sites"], names, nearest, within)
    except CaseError as error:
        raise CaseError(told(problem, raw) for problem in error.problems) from error


def _check_request(case: Case, nearest: int | None, within: float | None) -> None:
    if nearest is not None and nearest < 0:
        raise UsageError(f"--nearest {nearest}: write how many neighbours each site is linked with, 0 or more")
    if within is not None and not within > 0:
        raise UsageError(f"--within {within:g}: write how many km a channel may be long, more than 0")
    settings = case.settings
    if money_factor(MONEY, settings.currency, settings.exchange_rates) is None:
        raise UsageError(
            f"the figures of modes are in USD, and the case counts in '{printable(settings.currency)}' without a rate: state USD under "
            "[exchange_rates] in case.toml"
        )


def _wanted(case: Case, asked_modes: Sequence[Mode], notes: list[str], *, asked: bool) -> dict[str, tuple[Carried, ...]]:
    """Return what each mode can carry; modes that carry nothing of the case, or whose length nobody knows, are left out."""
    rows = [(product, unit or "", (channel or "").strip().lower()) for product, unit, channel in _products(case)]
    out: dict[str, tuple[Carried, ...]] = {}
    for mode in asked_modes:
        if mode.way == "river":
            if asked:
                raise UsageError(f"no channel by {mode.name} is proposed: {mode.note}; write such channels yourself (docs/modes.md)")
            continue
        fits = re.compile(mode.carries, re.IGNORECASE)
        of_kind = [(product, unit) for product, unit, kind in rows if kind == mode.kind and fits.search(product)]
        carried = tuple(one for product, unit in of_kind if (one := _carried(mode, product, unit)) is not None)
        if carried:
            out[mode.name] = carried
        elif asked:
            what = f"{mode.kind} ({mode.carries.replace('|', ', ')})" if mode.carries else mode.kind
            none = f"no product of products.csv has channel {what}"
            why = f"{_units(of_kind)} cannot be counted in {mode.measure}" if of_kind else none
            raise UsageError(f"nothing in the case goes by {mode.name}: {why}")
    if not out:
        raise UsageError(
            "no product of the case can go by a channel: write logistics, power or information in products.csv, column channel, and a "
            "unit like kt, GWh or Gbit/s"
        )
    goes = {one.product for carried in out.values() for one in carried}
    lost = [(product, unit) for product, unit, kind in rows if kind and product not in goes]
    silent = [product for product, _, kind in rows if not kind]
    if lost and not asked:
        notes.append(f"{_units(lost)}: no mode counts this, so no channel is proposed for {_them(lost)}.")
    if silent:
        notes.append(f"{_listed(silent)}: products.csv names no channel (logistics, power or information), so none is proposed.")
    return out


def _products(case: Case) -> list[tuple[str, str | None, str | None]]:
    return case.frames["products"].select("product", "unit", "channel").rows()


def _carried(mode: Mode, product: str, unit: str) -> Carried | None:
    use = unit_factor(unit, mode.measure) if unit else None
    return None if use is None else Carried(product, use, unit_factor(unit, "t"))


def _units(products: Sequence[tuple[str, str]]) -> str:
    return _listed([f"{product} in '{unit}'" if unit else f"{product} without a unit" for product, unit in products])


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown


def _them(names: Sequence[object]) -> str:
    return "it" if len(names) == 1 else "them"


_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("channel", "from", "to", "mode"), pl.String),
    **dict.fromkeys(("distance", "straight", "flat", "hill", "mountain", "tunnels", "bridges"), pl.Float64),
    **dict.fromkeys(
        ("unit_size", "build_cost", "build_cost_low", "build_cost_high", "freight", "freight_per_km", "loss", "days"), pl.Float64
    ),
    **dict.fromkeys(("build_years", "life"), pl.Float64),
    **dict.fromkeys(("source", "year"), pl.String),
    "verified": pl.Boolean,
}
COLUMNS = tuple(_EMPTY)


class Drawn:
    """The pairs of one case, drawn once for all modes of a way."""

    def __init__(self, places: Places, nearest: int | None, rate: float, notes: list[str], *, asked: bool) -> None:
        """Remember the sites, and what is to be told."""
        self.places, self.nearest, self.notes, self.asked = places, nearest, notes, asked
        self.discounting = costs.Discounting(rate)
        self._land: tuple[Integers, Ground] | None = None
        self._sea: dict[tuple[str, ...], tuple[Integers, Floats]] = {}

    def candidates(self, mode: Mode) -> pl.DataFrame | None:
        """Return the candidates of a mode; None where its sites are too few."""
        if mode.way == "land":
            pairs, ground = self.over_land()
            factors = np.array([one.factor for one in terrain_detours(mode.detour)])
            length = ground.straight * (ground.shares @ factors)
            return self._frame(mode, pairs, length, ground.straight, ground.shares)
        (ports,) = np.nonzero(self.places.port)
        if len(ports) < 2:
            told = f"by {mode.name} link sites of kind port, gateway or landing (sites.csv), and the case has {len(ports)}"
            if self.asked:
                raise UsageError(f"channels {told}")
            self.notes.append(f"Channels {told}.")
            return None
        pairs, length = self.by_sea(ports, CABLES_CLOSED if mode.detour else ("northwest",))
        straight = great_circle(self.places.points[pairs[:, 0]], self.places.points[pairs[:, 1]])
        if mode.detour:
            length = np.maximum(length, straight * detour(mode.detour).factor)
        return self._frame(mode, pairs, length, straight, np.full((len(pairs), 3), np.nan))

    def over_land(self) -> tuple[Integers, Ground]:
        """Return the pairs over land and what lies between; those over too much sea are left out, and told."""
        if self._land is None:
            points = self.places.points
            pairs = land_pairs(points, NEAREST if self.nearest is None else self.nearest)
            ground = ground_between(points[pairs[:, 0]], points[pairs[:, 1]])
            wet = ground.sea > MOST_SEA
            if wet.any():
                names = [f"{self.places.names[a]} to {self.places.names[b]}" for a, b in pairs[wet].tolist()]
                self.notes.append(
                    f"No channel over land is proposed where more than {100 * MOST_SEA:g} % of the straight way is sea: {_listed(names)}."
                )
            self._land = pairs[~wet], Ground(ground.straight[~wet], ground.shares[~wet], ground.sea[~wet])
        return self._land

    def by_sea(self, ports: NDArray[np.int64], closed: tuple[str, ...]) -> tuple[Integers, Floats]:
        """Return the pairs of ports and the km between them."""
        if closed not in self._sea:
            lengths = sea_distances(self.places.points[ports], closed, [self.places.names[port] for port in ports.tolist()])
            few = len(ports) <= ALL_PORTS
            pairs = sea_pairs(lengths, self.nearest if self.nearest is not None else None if few else NEAREST)
            self._sea[closed] = ports[pairs], lengths[pairs[:, 0], pairs[:, 1]]
        return self._sea[closed]

    def _frame(self, mode: Mode, pairs: Integers, length: Floats, straight: Floats, shares: Floats) -> pl.DataFrame:
        names, countries = np.array(self.places.names), np.array(self.places.countries)
        first, second = countries[pairs[:, 0]], countries[pairs[:, 1]]
        known = gauges()
        wide = np.array([known.get(country, 0) for country in self.places.countries])
        width, other = wide[pairs[:, 0]], wide[pairs[:, 1]]
        borders = (first != second) & (first != "") & (second != "")
        ways = costs.Ways(length, shares, borders, borders & (width != other) & (width > 0) & (other > 0))
        fixed = costs.fixed_factor(mode, self.discounting)
        freight, per_km = costs.freight(mode, ways)
        tunnels, bridges = costs.works(mode, ways)
        used = costs.figures_used(mode)
        main = [figure for figure in used if figure.parameter in {"capital_cost", "station_cost", "unit_capacity"}]
        starts, ends = names[pairs[:, 0]], names[pairs[:, 1]]
        columns: dict[str, Any] = {
            "from": starts,
            "to": ends,
            "mode": [mode.name] * len(pairs),
            "distance": length,
            "straight": straight,
            **{name: shares[:, place] for place, name in enumerate(("flat", "hill", "mountain"))},
            "tunnels": tunnels,
            "bridges": bridges,
            "unit_size": [costs.unit_size(mode)] * len(pairs),
            "build_cost": costs.capital_cost(mode, ways) * fixed,
            "build_cost_low": costs.capital_cost(mode, ways, "least") * fixed,
            "build_cost_high": costs.capital_cost(mode, ways, "most") * fixed,
            "freight": freight,
            "freight_per_km": per_km,
            "loss": costs.loss(mode, length),
            "days": costs.days(mode, ways),
            "build_years": [costs.number(mode, "build_years")] * len(pairs),
            "life": [costs.number(mode, "life")] * len(pairs),
            "source": [" | ".join(dict.fromkeys(figure.source for figure in main))] * len(pairs),
            "year": [next((figure.price_year for figure in main if figure.price_year), "")] * len(pairs),
            "verified": [all(figure.verified for figure in used)] * len(pairs),
        }
        frame = pl.DataFrame(columns, schema={name: _EMPTY[name] for name in columns}, strict=False)
        named = pl.concat_str("from", pl.lit("--"), "to", pl.lit("--"), "mode").alias("channel")
        return frame.with_columns(named, pl.col(pl.Float64).fill_nan(None)).select(COLUMNS)


def _without_existing(case: Case, found: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Leave out pairs that a channel of the mode links already."""
    there = case.frames["channels"].select("from", "to", "mode").drop_nulls().unique()
    both = pl.concat([there, there.select(pl.col("to").alias("from"), pl.col("from").alias("to"), "mode")]).unique()
    kept = found.join(both, on=["from", "to", "mode"], how="anti", maintain_order="left")
    names = case.frames["channels"].select("channel")
    kept = kept.join(names, on="channel", how="anti", maintain_order="left")
    if (left := found.height - kept.height) > 0:
        notes.append(f"{left} pair{'s' if left > 1 else ''} of sites left out: a channel of the mode links them already.")
    return kept
