"""How much sooner all sea distances between ports come from one call than from searoute, called once for each pair.

`python bench/sea.py 40` takes 40 of the main ports and prints seconds a pair, the ratio, and the largest difference. What each reads
first (searoute its network, we the same) is not counted, but printed.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import searoute

from capcoop.geo.places import gates
from capcoop.geo.sea import network, sea_access, sea_distances


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of the processor that some work takes, and what it gives."""
    started = time.process_time()
    answer = work()
    return time.process_time() - started, answer


def main() -> None:
    """Measure both."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    ports = gates().filter(pl.col("role") == "main_port").gather_every(3).head(count)
    points = ports.select("latitude", "longitude").to_numpy()
    pairs = [(i, j) for i in range(len(points)) for j in range(i)]
    warnings.simplefilter("ignore")

    def one(i: int, j: int) -> float:
        start, end = points[i, ::-1].tolist(), points[j, ::-1].tolist()
        return float(searoute.searoute(start, end).properties["length"])

    first, _ = timed(lambda: one(0, 1))
    read, _ = timed(network)
    theirs, known = timed(lambda: np.array([one(i, j) for i, j in pairs]))
    ours, distances = timed(lambda: sea_distances(points))
    away = sea_access(points)
    inner = np.array([distances[i, j] - away[i] - away[j] for i, j in pairs])
    same = known > 0  # pairs with one node are zero km apart to searoute
    difference = abs(inner[same] / known[same] - 1)
    print(f"{len(points)} ports, {len(pairs)} pairs; first answer of searoute {first:.2f} s, reading the network {read:.2f} s")
    theirs_each, ours_each = theirs / len(pairs) * 1e3, ours / len(pairs) * 1e3
    print(f"searoute {theirs_each:.2f} ms a pair; one call {ours_each:.3f} ms a pair: {theirs / ours:.0f} times sooner")
    print(f"pairs within 0.1 %: {np.mean(difference < 1e-3):.1%}; largest difference {difference.max():.2%}")


if __name__ == "__main__":
    main()
