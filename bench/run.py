"""Measure capcoop, the limit and the peers: time and memory of every phase of every case, as ratios in one run.

`python bench/run.py` measures all (about ten minutes); `python bench/run.py S M --phases build --peers linopy` a part;
`--quick` size S alone; `--write` writes docs/performance.md. Every measurement has a process of its own; contestants take
turns, so that a busy machine hurts all alike. Exit code 1 if optima differ by more than 1e-6.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import instances
import limit
import page
import phases
import race
import registry
import resolve
import startup
import whole

WORK: dict[str, Callable[..., registry.Record]] = {
    "race": race.measure,
    "phases": phases.measure,
    "resolve": resolve.measure,
    "whole": whole.measure,
}
PARTS = ("build", "phases", "resolve", "whole", "start")


def apart(work: str, *arguments: Any, **options: Any) -> registry.Record:  # noqa: ANN401  (plain values)
    """Do one measurement in a process of its own."""
    order = json.dumps([work, arguments, options])
    done = subprocess.run([sys.executable, __file__, "--one", order], check=True, stdout=subprocess.PIPE, text=True)
    record: registry.Record = json.loads(done.stdout.splitlines()[-1])  # a tool may print a banner before
    return record


def measure(cases: Sequence[str], parts: Sequence[str], names: Sequence[str], repeats: int | None) -> page.Results:
    """Measure the chosen cases, parts and contestants; say on standard error what is being done."""
    results = page.Results(load=os.getloadavg()[0])
    for case in cases:
        times = repeats or registry.REPEATS[case]
        if "build" in parts and case in registry.SIZES:
            results.arrays[case] = limit.fill(instances.make(case)).bytes / page.MEBI
            results.race[case] = _race(case, names, times)
        if "phases" in parts:
            results.phases[case] = [apart("phases", case) for _ in _turns(f"{case}: all phases", times)]
        if "resolve" in parts and case in resolve.SCENARIOS:
            turns = 1 if case == "M" else times
            results.resolve[case] = {way: [apart("resolve", way, case) for _ in _turns(f"{case}: {way}", turns)] for way in resolve.WAYS}
        if "whole" in parts and case in whole.SECONDS:
            results.whole[case] = [apart("whole", case) for _ in _turns(f"{case}: whole units", 1)]
    if "start" in parts:
        startup.compile_package()
        results.startup = {name: [startup.measure(name) for _ in _turns(name, repeats or 5)] for name in startup.COMMANDS}
    return results


def _race(size: str, names: Sequence[str], times: int) -> dict[str, list[registry.Record]]:
    """Let the contestants take turns; each solves its model in the first one, if at all."""
    found: dict[str, list[registry.Record]] = {name: [] for name in names}
    for turn in _turns(f"{size}: {', '.join(names)}", times):
        for name in names:
            if not (turn and size == "L" and name in registry.LONG):
                found[name].append(apart("race", name, size, solve=turn == 0 and name in registry.SOLVED[size]))
    return found


def _turns(what: str, times: int) -> Iterator[int]:
    """Yield the number of each repeat, and say it."""
    for turn in range(times):
        print(f"{what} ({turn + 1} of {times})", file=sys.stderr, flush=True)
        yield turn


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = [case for case in registry.CASES if case != "XS"]
    parser.add_argument("cases", nargs="*", metavar="case", help=f"{', '.join(registry.CASES)} (default: {' '.join(default)})")
    parser.add_argument("--phases", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure (default: all)")
    peers = [name for name in registry.CONTESTANTS if name != registry.REFERENCE]
    parser.add_argument("--peers", nargs="*", choices=peers, default=peers, help="who builds beside the limit (default: all installed)")
    parser.add_argument("--repeats", type=int, help="repeats of each measurement")
    parser.add_argument("--quick", action="store_true", help="size S, two repeats")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    unknown = [case for case in chosen.cases if case not in registry.CASES]
    if unknown:
        parser.error(f"there is no case {unknown[0]}; choose from {', '.join(registry.CASES)}")
    chosen.cases = chosen.cases or (["S"] if chosen.quick else default)
    chosen.repeats = chosen.repeats or (2 if chosen.quick else None)
    return chosen


def main() -> int:
    """Run the command line."""
    chosen = _arguments()
    if chosen.one:
        work, arguments, options = json.loads(chosen.one)
        print(json.dumps(WORK[work](*arguments, **options)))
        return 0
    names = [name for name in registry.CONTESTANTS if name in {registry.REFERENCE, *chosen.peers}]
    absent = [name for name in names if not registry.installed(name)]
    if absent:
        print(f"Not installed, so left out: {', '.join(absent)} (pip install 'capcoop[bench]')")
    results = measure(chosen.cases, chosen.phases, [name for name in names if name not in absent], chosen.repeats)
    print(page.sections(results, {}))
    if chosen.write:
        page.PAGE.write_text(page.written(results), encoding="utf-8")
    faults = page.disagreements(results)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
