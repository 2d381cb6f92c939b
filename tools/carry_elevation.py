"""Carry the elevation of the world into the package.

    python tools/carry_elevation.py ETOPO1_0.1.grd [--to src/capcoop/geo/elevation.npz]

The file is NOAA's ETOPO1 (public domain) sampled every 0.1 degrees, as the package pybacktrack 1.5.0 carries it
(`bundle_data/topography/ETOPO1_0.1.grd`). Reading it takes the package h5py, which nothing else needs.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

ICE = -60.0  # degrees of latitude south of which there is ice alone, and the grid has the rock below it
CASPIAN = (42.0, 50.5)  # degrees, a point in the middle of it
CASPIAN_LEVEL = -28.0  # m: what is as low and hangs together with that point is water
LOWEST = -450.0  # m: lower than the shore of the Dead Sea, so that a basin as deep is a sea with a strait too narrow for the grid
BLOCK = 10  # cells: of square degrees that are all sea one depth is held, or the sea floor would take a third of the file
# Metres of the codes; steps on land that grow with the height.
SEA = (-8000, -6000, -5000, -4000, -3000, -2000, -1000, -500, -200, -100, -50, -20, -5)
LAND = (-390, -300, -210, -120, -60, -30, *range(0, 1500, 30), *range(1500, 5400, 60), *range(5400, 8400, 200))


def grid_of(path: Path) -> NDArray[np.float64]:
    """Return the elevation in m from south to north and from 180 degrees west to 179.9 east (1801 x 3600)."""
    import h5py  # only this script reads the original

    with h5py.File(path) as file:
        latitude, longitude = np.asarray(file["lat"]), np.asarray(file["lon"])
        heights = np.asarray(file["z"], dtype=np.float64)
    if heights.shape != (1801, 3601) or not np.allclose((latitude[0], longitude[0], latitude[-1]), (-90, 0, 90)):
        raise SystemExit(f"{path.name} is not the grid of 0.1 degrees that is expected")
    return np.roll(heights[:, :-1], 1800, axis=1)


def sea_of(heights: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return what is sea: what lies below 0 m and hangs together with the ocean or is as deep as no land, and the Caspian.

    Elsewhere land below 0 m is land, and so are lakes.
    """
    wide = np.concatenate([heights, heights[:, :1800]], axis=1)  # once and a half around, so that no sea ends at 180 degrees
    names, count = ndimage.label(wide < 0)
    salt = ndimage.minimum(wide, names, np.arange(count + 1)) < LOWEST
    row, column = (round((value + shift) * 10) for value, shift in zip(CASPIAN, (90, 180), strict=True))
    salt[[0, names[row, column]]] = False  # what is not below 0 m, and the basin of the Caspian with its dry parts
    sea = salt[names]
    low, _ = ndimage.label(heights < CASPIAN_LEVEL)
    around = np.concatenate([sea[:, :1800] | sea[:, 3600:], sea[:, 1800:3600]], axis=1)
    return np.asarray(around | (low == low[row, column]))


def simpler(heights: NDArray[np.float64], sea: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the heights with one value for each square that is all sea, and for each square degree of Antarctica."""
    whole = squares(sea[:1800], BLOCK).all(axis=(1, 3))
    means = squares(heights[:1800], BLOCK).mean(axis=(1, 3))
    held = heights.copy()
    held[:1800] = np.where(spread(whole, BLOCK), spread(means, BLOCK), heights[:1800])
    rows = round((ICE + 90) * 10)
    held[:rows] = spread(squares(heights[:rows], 10).mean(axis=(1, 3)), 10)
    return held


def squares(grid: NDArray[Any], size: int) -> NDArray[Any]:
    """Return a grid by squares: their rows, the rows in each, their columns, the columns in each."""
    return grid.reshape(len(grid) // size, size, -1, size)


def spread(values: NDArray[Any], size: int) -> NDArray[Any]:
    """Return a grid in which every square has one value."""
    return np.repeat(np.repeat(values, size, axis=0), size, axis=1)


def encoded(heights: NDArray[np.float64], sea: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """Return what the file holds: the steps from code to code eastwards, the metres of the codes, and the first code of land."""
    deep, high = np.array(SEA), np.array(LAND)
    codes = np.where(sea, nearest(heights, deep), len(deep) + nearest(heights, high)).astype(np.uint8)
    steps = np.diff(codes, axis=1, prepend=np.uint8(0))
    return {"steps": steps, "heights": np.concatenate([deep, high]).astype(np.int16), "land": np.array(len(deep))}


def nearest(heights: NDArray[np.float64], levels: NDArray[np.int_]) -> NDArray[np.int_]:
    """Return the place of the level nearest to each height."""
    return np.searchsorted((levels[1:] + levels[:-1]) / 2, heights)


def write(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays as numpy does, but pressed as hard as can be, and the same bytes every time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            held = io.BytesIO()
            np.lib.format.write_array(held, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), held.getvalue(), zipfile.ZIP_DEFLATED, 9)


def main() -> None:
    """Write the grid and say how large it is and how far from the original."""
    parser = argparse.ArgumentParser(description="Carry the elevation of the world into the package.")
    parser.add_argument("original", type=Path)
    parser.add_argument("--to", type=Path, default=Path("src/capcoop/geo/elevation.npz"))
    given = parser.parse_args()
    heights = grid_of(given.original)
    sea = sea_of(heights)
    held = encoded(simpler(heights, sea), sea)
    write(given.to, held)
    codes = np.cumsum(held["steps"], axis=1, dtype=np.uint8)
    off = abs(held["heights"][codes] - heights)[round((ICE + 90) * 10) :]
    land = ~sea[-len(off) :]
    print(f"{len(held['heights'])} codes; {land.mean():.1%} is land, on which heights are {off[land].mean():.1f} m off at the mean")
    print(f"{given.to.name}: {given.to.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
