"""Break-evens: how much faster the search is than halving the interval with every step read, built and solved afresh.

`python bench/breakeven.py [case ...]` measures built-in cases and the instances S and M of the bench, in CPU seconds. Three ways to the
same tolerance, from the same two ends:

    afresh   halve the interval; each step reads, builds and solves the case (some of the steps are measured, in proportion for all)
    warm     halve the interval; the case is read once, and what is changed goes into the loaded solver
    search   what `capcoop breakeven` does: where only costs change, it goes where the plans of both sides cost the same

Exit code 1 where plans made afresh on both sides of what the search found do not differ in the condition, or the search is not five
times faster.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import instances
import page
from capcoop import BreakEven, Sweep, break_even, find_case, until_of, write_case
from capcoop.case.vary import Varied
from capcoop.sweeps import Change
from capcoop.sweeps.until import State, Until

TOLERANCE = 1e-4
LEAST_RATIO = 5.0
# So many of the steps afresh are measured, spread over all of them: those near the value take longest.
MEASURED_STEPS = 6
# With two, a search for plans begins beside the proof after two seconds of the clock, which tells how busy the machine is.
ONE_THREAD = ("threads=1",)
# Near a break-even both plans cost nearly the same: only plans that are proven to the last tell which is the best.
EXACT = "gap=1e-9"


@dataclass(frozen=True)
class Question:
    """A case, what is varied between two values (of several figures: factors), and what is to change."""

    case: str
    vary: str
    low: float
    high: float
    until: str
    sets: tuple[str, ...] = ONE_THREAD


QUESTIONS = (
    Question("turkey-power", "hydro-*.build_cost", 0.2, 5.0, "hydro-10"),
    Question("yemen-cement", "dry-kiln-*.fixed_build_cost", 0.2, 5.0, "dry-kiln-medium-amran"),
    Question("yemen-cement", "needs/*/quantity", 0.5, 2.0, "dry-kiln-medium-mafrak"),
    Question("peru", "*.build_cost", 0.2, 5.0, "built"),
    Question("kazakhstan", "*.build_cost", 0.2, 5.0, "built", ()),
    Question("S", "open line 0.build_cost", 0.0, 27.65, "built"),
    Question("S", "needs/*/quantity", 0.5, 2.0, "open line 0"),
    Question("M", "open line 0.build_cost", 0.0, 27.65, "built"),
)


@dataclass(frozen=True)
class Found:
    """Where a change was found, how many plans that took, and CPU seconds."""

    value: float
    plans: int
    seconds: float


def folder_of(name: str, scratch: Path) -> Path:
    """Return the folder of a built-in case, or write an instance of the bench into one."""
    if name not in instances.SIZES:
        return find_case(name)
    folder = scratch / name
    return folder if folder.exists() else write_case(instances.as_case(instances.make(name)), folder, "parquet")


def asked(folder: Path, question: Question) -> tuple[Sweep, Varied, Until]:
    """Return the sweep, what is varied and the condition of a question."""
    sweep = Sweep(folder, sets=question.sets)
    varied = sweep.vary(question.vary)
    return sweep, varied, until_of(question.until, varied.case.names["options"], sorted(varied.options))


def halve(state: Callable[[float], State], low: float, high: float) -> list[float]:
    """Return the values that are asked to find by halving where a state changes, the ends first."""
    below, values = state(low), [low, high]
    if state(high) == below:
        raise SystemExit("the question has no change")
    while high - low > TOLERANCE * max(abs(low), abs(high)):
        values.append((low + high) / 2)
        low, high = (values[-1], high) if state(values[-1]) == below else (low, values[-1])
    return values


def search(folder: Path, question: Question) -> tuple[Found, BreakEven]:
    """Let the command's search answer."""
    started = time.process_time()
    sweep, varied, until = asked(folder, question)
    found = break_even(sweep, varied, until, (question.low, question.high), tolerance=TOLERANCE)
    return Found(found.changes[0].value, found.solves, time.process_time() - started), found


def warm(folder: Path, question: Question) -> tuple[Found, list[float]]:
    """Halve the interval with the loaded solver; return also the values asked."""
    started = time.process_time()
    sweep, varied, until = asked(folder, question)
    values = halve(lambda at: until.state(sweep.point(varied, at).answer), question.low, question.high)
    return Found(values[-1], len(values), time.process_time() - started), values


def afresh(folder: Path, question: Question, values: list[float]) -> float:
    """Return the CPU seconds of reading, checking, building and solving at each value, of which some are measured."""
    every = max(1, len(values) // MEASURED_STEPS)
    measured = values[::every]
    started = time.process_time()
    for value in measured:
        sweep, varied, _ = asked(folder, question)
        sweep.point(varied, value)
    return (time.process_time() - started) * len(values) / len(measured)


def changes_at(folder: Path, question: Question, change: Change) -> bool:
    """Return whether plans made afresh on both sides of a break-even differ in the condition; halving may have found another change."""
    sweep, varied, until = asked(folder, replace(question, sets=(*question.sets, EXACT)))
    aside = 2 * TOLERANCE * abs(change.value) + (0.0 if math.isnan(change.within) else change.within)
    below, above = (until.state(sweep.point(varied, value).answer) for value in (change.low - aside, change.high + aside))
    return below != above


def row_of(question: Question, scratch: Path) -> tuple[list[str], list[str]]:
    """Return the row of a question in the table, and what is wrong with its answers."""
    folder = folder_of(question.case, scratch)
    own, told = search(folder, question)
    halved, values = warm(folder, question)
    anew = afresh(folder, question, values)
    change = told.changes[0]
    name = f"{question.case}: {question.vary}"
    faults = []
    if not changes_at(folder, question, change):
        faults.append(f"{name}: the condition is the same on both sides of {own.value:g}")
    if anew < LEAST_RATIO * own.seconds:
        faults.append(f"{name}: the search is {anew / own.seconds:.2g} times as fast as solving afresh")
    times = (f"{page.figure(seconds)} ({page.figure(anew / seconds)}x)" for seconds in (halved.seconds, own.seconds))
    how = "exact" if change.exact else "interval"
    return [name, f"{own.value:.5g}", how, f"{halved.plans}", f"{own.plans}", page.figure(anew), *times], faults


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = list(dict.fromkeys(question.case for question in QUESTIONS))
    parser.add_argument("cases", nargs="*", metavar="case", help=f"{', '.join(known)} (default: all)")
    chosen = parser.parse_args().cases or known
    rows, faults = [], []
    afresh(find_case("yemen-cement"), QUESTIONS[1], [1.0])  # what is loaded at first use is not measured
    with tempfile.TemporaryDirectory() as scratch:
        for question in QUESTIONS:
            if question.case in chosen:
                print(f"{question.case}: {question.vary}", file=sys.stderr, flush=True)
                row, wrong = row_of(question, Path(scratch))
                rows.append(row)
                print(*row, sep="  ", file=sys.stderr, flush=True)
                faults += wrong
    headings = ["break-even, CPU s (times as fast)", "value", "", "steps", "plans", "afresh", "warm", "search"]
    print(page.table(headings, rows))
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
