"""What land lies between the ends of channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capcoop.geo.elevation import terrain_of
from capcoop.geo.land import Floats, great_circle

# A channel over land may have so much of its straight way over the sea: bays that a line goes round.
MOST_SEA = 0.25


@dataclass(frozen=True)
class Ground:
    """What lies between pairs of points: km straight, shares of flat, hill and mountain in the land (m x 3), share of sea."""

    straight: Floats
    shares: Floats
    sea: Floats


def ground_between(starts: Floats, ends: Floats) -> Ground:
    """Return the ground between points (m x 2 each), along great circles."""
    found = terrain_of(starts, ends)
    shares = np.column_stack([found.flat, found.hill, found.mountain])
    land = shares.sum(axis=1, keepdims=True)
    even = np.where(land > 0, shares / np.where(land > 0, land, 1.0), [1.0, 0.0, 0.0])
    return Ground(great_circle(starts, ends), even, np.asarray(found.sea))
