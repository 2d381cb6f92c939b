"""What a channel of a mode costs, carries and loses, from its km and the land between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from capcoop.corridors.modes import Figure, Mode
from capcoop.geo.land import TERRAINS, Floats

End = Literal["value", "least", "most"]
ENDS = 2  # a channel has a station at each end
THOUSAND = 1000.0
TONNES = {"kt": 1000.0}  # tonnes in a unit of capacity


@dataclass(frozen=True)
class Ways:
    """The ways of channels of one mode (m of each).

    length : km. shares : flat, hill and mountain in the land (m x 3), nan at sea. borders : do the ends lie in different countries?
    gauges : does the gauge change between them?
    """

    length: Floats
    shares: Floats
    borders: NDArray[np.bool_]
    gauges: NDArray[np.bool_]


@dataclass(frozen=True)
class Discounting:
    """The discount rate of a case, as a share a year."""

    rate: float

    def years(self, life: float) -> float:
        """Return the present value of 1 a year over a life: the inverse of the capital recovery factor."""
        if self.rate == 0:
            return life
        return (1 - (1 + self.rate) ** -life) / self.rate if np.isfinite(life) else 1 / max(self.rate, 0.0)


def number(mode: Mode, parameter: str, end: End = "value", terrain: str = "") -> float | None:
    """Return a figure of a mode, or an end of its range; None: unknown."""
    figure = mode.figure(parameter, terrain)
    return None if figure is None else float(getattr(figure, end))


def unit_size(mode: Mode) -> float | None:
    """Return the capacity of one build in the mode's unit; None: any size may be built."""
    size = number(mode, "unit_capacity")
    return None if size is None else size / TONNES.get(mode.unit, 1.0)


def per_km(mode: Mode, shares: Floats, end: End = "value") -> Floats:
    """Return the capital cost in USD per km (and MW, of power), the mean over the land (m)."""
    costs = np.array([number(mode, "capital_cost", end, terrain) or 0.0 for terrain in TERRAINS])
    return np.asarray(np.where(np.isnan(shares).any(axis=1), costs[0], np.nan_to_num(shares) @ costs))


def capital_cost(mode: Mode, ways: Ways, end: End = "value") -> Floats:
    """Return the capital cost in USD per unit of capacity (m): km, and the stations at both ends.

    What a km costs whatever it carries is shared out over the capacity of one build.
    """
    figure = mode.figure("capital_cost", TERRAINS[0])
    size = unit_size(mode)
    line = np.zeros(len(ways.length))
    if figure is not None:
        line = per_km(mode, ways.shares, end) * ways.length
        line = line if "/MW" in figure.unit else line / (size or np.nan)
    return np.asarray(line + ENDS * (number(mode, "station_cost", end) or 0.0) * TONNES.get(mode.unit, 1.0))


def fixed_factor(mode: Mode, discounting: Discounting) -> float:
    """Return what the capital cost is multiplied by, so that its annuity also pays the yearly cost of the mode."""
    share, life = number(mode, "fixed_cost"), number(mode, "life")
    return 1.0 if share is None else 1.0 + share * discounting.years(np.inf if life is None else life)


def loss(mode: Mode, length: Floats) -> Floats:
    """Return the share lost on the way (m): 1 - (1 - loss per 1,000 km)^(km / 1000) x (1 - loss of a station)^2, as PyPSA-Eur reckons."""
    line, station = number(mode, "loss") or 0.0, number(mode, "station_loss") or 0.0
    return np.asarray(1 - (1 - line) ** (length / THOUSAND) * (1 - station) ** ENDS)


def freight(mode: Mode, ways: Ways) -> tuple[Floats, Floats]:
    """Return USD per tonne whatever the length (handling, change of gauge), and USD per tonne and km with borders (m each)."""
    fixed = ENDS * (number(mode, "handling") or 0.0) + ways.gauges * (number(mode, "transhipment") or 0.0)
    rate = (number(mode, "freight") or 0.0) * (1 + ways.borders * (number(mode, "border_cost") or 0.0))
    return np.asarray(fixed + np.zeros(len(ways.length))), np.asarray(rate + np.zeros(len(ways.length)))


def days(mode: Mode, ways: Ways) -> Floats:
    """Return the days on the way with those at borders (m); nan where the speed is unknown."""
    speed = number(mode, "speed")
    return np.asarray(ways.length / (speed or np.nan) + ways.borders * (number(mode, "border_days") or 0.0))


def works(mode: Mode, ways: Ways) -> tuple[Floats, Floats]:
    """Return the km of tunnels and of bridges that the terrain makes likely (m each); nan where no share is known."""

    def along(parameter: str) -> Floats:
        shares = [number(mode, parameter, terrain=terrain) for terrain in TERRAINS]
        if all(share is None for share in shares):
            return np.full(len(ways.length), np.nan)
        return np.asarray(np.nan_to_num(ways.shares) @ np.array([share or 0.0 for share in shares]) * ways.length)

    return along("tunnel_share"), along("bridge_share")


def figures_used(mode: Mode) -> tuple[Figure, ...]:
    """Return the figures that a proposal of the mode rests on."""
    apart = {"tunnel_cost", "bridge_cost", "second_track", "electricity_use"}
    return tuple(figure for (parameter, _), figure in mode.figures.items() if parameter not in apart)
