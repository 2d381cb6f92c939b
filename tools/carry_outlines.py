"""Carry the outlines of countries into the package.

    python tools/carry_outlines.py WORLD_ATLAS [--to src/capcoop/report/outlines]

WORLD_ATLAS is the unpacked npm package world-atlas (`npm pack world-atlas`): Natural Earth, public domain, as TopoJSON. Rings are decoded,
unwrapped, so that none jumps at 180 degrees, and rounded to 0.01 degree. Antarctica, which no unwrapped ring can close, is left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pycountry
from numpy.typing import NDArray

SOURCES = {"world": "countries-110m.json", "countries": "countries-50m.json"}
LEFT_OUT = {"010"}  # Antarctica
# Natural Earth gives these no code of ISO 3166; Kosovo has one that users assign.
CODES = {"Kosovo": "XKX"}
DEGREE = 100  # steps of a degree
FEWEST = 4  # points of a closed ring that has an area


def arcs_of(topology: dict[str, Any]) -> list[NDArray[np.float64]]:
    """Return the arcs in degrees: TopoJSON holds the steps from point to point as whole numbers."""
    scale, origin = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    return [np.cumsum(np.array(arc), axis=0) * scale + origin for arc in topology["arcs"]]


def ring_of(indices: list[int], arcs: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return a ring from its arcs; ~i is arc i from its end, and each arc starts where the last one ended."""
    parts = [arcs[index] if index >= 0 else arcs[~index][::-1] for index in indices]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def held(ring: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Return a ring in hundredths of a degree, unwrapped and without points that fall together; None where no area is left."""
    along = np.unwrap(ring[:, 0], period=360)
    steps = np.rint(np.column_stack([along, ring[:, 1]]) * DEGREE).astype(np.int64)
    moved = np.concatenate([[True], (np.diff(steps, axis=0) != 0).any(axis=1)])
    steps = steps[moved]
    return steps if len(steps) >= FEWEST and np.array_equal(steps[0], steps[-1]) else None


def code_of(shape: dict[str, Any]) -> str | None:
    """Return the alpha-3 code of a country; None where it has none."""
    number, name = shape.get("id"), shape["properties"]["name"]
    if number is None:
        return CODES.get(name)
    found = pycountry.countries.get(numeric=str(number).zfill(3))
    return None if found is None else str(found.alpha_3)


def rings_of(topology: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every ring that is kept, with its country, its polygon, and whether it is a hole."""
    arcs = arcs_of(topology)
    for shape in topology["objects"]["countries"]["geometries"]:
        if shape.get("id") in LEFT_OUT:
            continue
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for number, polygon in enumerate(polygons):
            for place, indices in enumerate(polygon):
                ring = held(ring_of(indices, arcs))
                if ring is None and place == 0:
                    break  # an island too small to draw, holes and all
                if ring is not None:
                    yield {
                        "country": code_of(shape),
                        "name": shape["properties"]["name"],
                        "polygon": number,
                        "hole": place > 0,
                        "longitude": ring[:, 0],
                        "latitude": ring[:, 1],
                    }


def main() -> None:
    """Write both tables and say what they hold."""
    parser = argparse.ArgumentParser(description="Carry the outlines of countries into the package.")
    parser.add_argument("atlas", type=Path)
    parser.add_argument("--to", type=Path, default=Path("src/capcoop/report/outlines"))
    given = parser.parse_args()
    steps = pl.List(pl.Int16)
    schema = {"country": pl.String, "name": pl.String, "polygon": pl.Int16, "hole": pl.Boolean, "longitude": steps, "latitude": steps}
    for name, source in SOURCES.items():
        topology = json.loads((given.atlas / source).read_bytes())
        table = pl.DataFrame(list(rings_of(topology)), schema=schema).sort("country", "name", maintain_order=True, nulls_last=True)
        path = given.to / f"{name}.parquet"
        table.write_parquet(path, compression="zstd", compression_level=19)
        uncoded = table.filter(pl.col("country").is_null()).get_column("name").unique().sort().to_list()
        points = int(table.get_column("latitude").list.len().sum())
        print(f"{name}: {table.get_column('name').n_unique()} countries, {table.height} rings, {points} points, ", end="")
        print(f"{path.stat().st_size / 1e3:.0f} kB; without a code: {', '.join(uncoded)}")


if __name__ == "__main__":
    main()
