"""How long capcoop takes from tables in memory to a model in HiGHS, against the limit, and whether the optimum is the same.

`python bench/build.py` runs sizes S and M; `python bench/build.py S M L` another choice. Every measurement has a process
of its own, in which a tiny instance is built first, so that imports do not count. The contestants take turns; medians
are printed. The linear relaxation of sizes S and M is solved once by each (interior point, crossover); exit code 1 if the
optima differ by more than 1e-6.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import instances
import limit
import meter

if TYPE_CHECKING:
    import highspy

    from capcoop.case.case import Case

REPEATS = {"XS": 5, "S": 9, "M": 9, "L": 5}
DEFAULT = ("S", "M")
SOLVED = ("XS", "S", "M")
TOLERANCE = 1e-6
MEBI = 2**20
Record = dict[str, Any]


@dataclass(frozen=True)
class Contestant:
    """A way to build an instance.

    prepare : instance -> what the contestant starts from (before the clock). build : that -> a silent HiGHS with the model.
    unpriced : the part of the cost that its form of the instance leaves out.
    """

    prepare: Callable[[instances.Instance], Any]
    build: Callable[[Any], highspy.Highs]
    unpriced: Callable[[instances.Instance], float] = lambda _: 0.0


def _limit() -> Contestant:
    return Contestant(lambda instance: instance, lambda instance: limit.load(limit.fill(instance)))


def _capcoop() -> Contestant:
    from capcoop.model.build import build
    from capcoop.solve.highs import load

    def into_highs(case: Case) -> highspy.Highs:
        model = build(case)
        solver: highspy.Highs = load(model.program)
        return solver

    return Contestant(instances.as_case, into_highs, lambda instance: instance.unpriced)


# The first is what the others are measured against. Each entry imports what it needs only in its own process.
CONTESTANTS: dict[str, Callable[[], Contestant]] = {"limit": _limit, "capcoop": _capcoop}


def measure(name: str, size: str, *, solve: bool) -> Record:
    """Build (and solve) one instance in this process."""
    contestant = CONTESTANTS[name]()
    contestant.build(contestant.prepare(instances.make("XS")))
    instance = instances.make(size)
    source = contestant.prepare(instance)
    with meter.stage() as building:
        solver = contestant.build(source)
        coefficients = solver.getNumNz()
    size_of = {"rows": solver.getNumRow(), "columns": solver.getNumCol(), "coefficients": coefficients}
    record: Record = {**size_of, "build": building.cpu, "peak": building.peak}
    if not solve:
        return record
    solver.setOptionValue("solver", "ipx")
    solver.setOptionValue("threads", 1)
    with meter.stage() as solving:
        solver.run()
    status = solver.modelStatusToString(solver.getModelStatus())
    optimum = solver.getInfo().objective_function_value + contestant.unpriced(instance)
    return {**record, "solve": solving.cpu, "status": status, "optimum": optimum}


def _measure_apart(name: str, size: str, *, solve: bool) -> Record:
    """Do the same in a process of its own."""
    command = [sys.executable, __file__, size, "--one", name, *(["--solve"] if solve else [])]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    record: Record = json.loads(printed.splitlines()[-1])  # HiGHS may print a banner before
    return record


def compare(size: str, repeats: int) -> bool:
    """Print a table for one size; return whether all that were solved agree on the optimum."""
    runs: dict[str, list[Record]] = {name: [] for name in CONTESTANTS}
    for repeat in range(repeats):
        for name, found in runs.items():
            found.append(_measure_apart(name, size, solve=size in SOLVED and repeat == 0))
    arrays = limit.fill(instances.make(size)).bytes / MEBI
    print(f"\n{size}: medians of {repeats} builds, one solution; the arrays of the limit hold {arrays:.1f} MiB")
    counts = f"{'':10}{'rows':>9}{'columns':>9}{'coefficients':>13}"
    print(counts + f"{'build s':>9}{'x limit':>8}{'peak MiB':>9}{'x arrays':>9}{'solve s':>8}  optimum")
    base = statistics.median(run["build"] for run in next(iter(runs.values())))
    for name, found in runs.items():
        first = found[0]
        build, peak = (statistics.median(run[key] for run in found) for key in ("build", "peak"))
        line = f"{name:10}{first['rows']:>9}{first['columns']:>9}{first['coefficients']:>13}"
        line += f"{build:>9.4f}{build / base:>8.1f}{peak:>9.1f}{peak / arrays:>9.1f}"
        print(line + (f"{first['solve']:>8.2f}  {first['optimum']!r} {first['status']}" if "solve" in first else ""), flush=True)
    solved = [found[0] for found in runs.values() if "optimum" in found[0]]
    return all(
        run["status"] == "Optimal" and abs(run["optimum"] - solved[0]["optimum"]) <= TOLERANCE * abs(solved[0]["optimum"]) for run in solved
    )


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", metavar="size", help=f"{', '.join(instances.SIZES)} (default: {' '.join(DEFAULT)})")
    parser.add_argument("--repeats", type=int, help="repeats of each measurement")
    parser.add_argument("--one", choices=list(CONTESTANTS), help="measure this contestant in this process and print JSON")
    parser.add_argument("--solve", action="store_true", help="with --one: solve it too")
    chosen = parser.parse_args()
    for size in chosen.sizes:
        if size not in instances.SIZES:
            parser.error(f"there is no size {size}")
    if chosen.one:
        print(json.dumps(measure(chosen.one, chosen.sizes[0], solve=chosen.solve)))
        return 0
    agree = [compare(size, chosen.repeats or REPEATS[size]) for size in chosen.sizes or DEFAULT]
    if not all(agree):
        print("\nThe optima differ.")
    return 0 if all(agree) else 1


if __name__ == "__main__":
    sys.exit(main())
