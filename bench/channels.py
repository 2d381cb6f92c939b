"""How long it takes to propose 10,000 candidate channels between 500 sites.

`python bench/channels.py [SITES]` takes the largest cities of the world, at least 50 km apart, and 40 ports, with a product for each kind
of channel, and prints the seconds of the processor and of the clock for reading, proposing and writing, and how many candidates there are.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.corridors.additions import write_with
from capcoop.corridors.propose import propose_for
from capcoop.geo.land import great_circle
from capcoop.geo.places import cities, gates

PORTS, APART = 40, 50.0
SETTINGS = 'title = "Channels"\ncurrency = "million USD"\ndiscount_rate = 0.08\n'
PRODUCTS = (
    "product,unit,channel,sliced\ncement,kt,logistics,\ngas,TJ,logistics,\nelectricity,GWh,power,yes\nbandwidth,Gbit/s,information,\n"
)


def sites(count: int) -> pl.DataFrame:
    """Return the sites: ports of the world, then its largest cities, each away from those before it."""
    ports = gates().filter(pl.col("role") == "main_port").select("name", "country", "latitude", "longitude", kind=pl.lit("port"))
    towns = cities().sort("population", descending=True, nulls_last=True)
    places = pl.concat([ports, towns.select("name", "country", "latitude", "longitude", kind=pl.lit("market"))])
    points = places.select("latitude", "longitude").to_numpy()
    kept: list[int] = []
    for index in range(len(points)):
        limit = PORTS if len(kept) < PORTS and index < ports.height else count
        if index < ports.height and len(kept) >= PORTS:
            continue
        if len(kept) < limit and (not kept or great_circle(points[kept], points[index]).min() >= APART):
            kept.append(index)
    named = pl.concat_str(pl.lit("s"), pl.int_range(pl.len()).cast(pl.String))
    return places[kept].select(site=named, country="country", latitude="latitude", longitude="longitude", kind="kind")


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the seconds of the processor and of the clock that some work takes, and what it gives."""
    started, clock = time.process_time(), time.perf_counter()
    answer = work()
    return time.process_time() - started, time.perf_counter() - clock, answer


def main() -> None:
    """Measure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case"
        case.mkdir()
        (case / "case.toml").write_text(SETTINGS, encoding="utf-8")
        (case / "products.csv").write_text(PRODUCTS, encoding="utf-8")
        sites(count).write_csv(case / "sites.csv")
        spent, clock, found = timed(lambda: propose_for(case, nearest=5))
        by_mode = dict(found.candidates.group_by("mode", maintain_order=True).len().iter_rows())
        print(
            f"{count} sites, {found.candidates.height} candidates: {spent:.2f} s of the processor, {clock:.2f} s of the clock, with reading"
        )
        print("; ".join(f"{mode} {number}" for mode, number in by_mode.items()))
        spent, clock, _ = timed(lambda: write_with(case, Path(folder) / "with", found, "case"))
        print(f"a copy of the case with them written in {spent:.2f} s of the processor, {clock:.2f} s of the clock")


if __name__ == "__main__":
    main()
