"""Every country: a case by the atlas, checked and planned as a user does, with the seconds that takes and what the plan says.

python bench/countries.py [CODE ...]            the named countries, all where none is named
python bench/countries.py --write               also docs/countries.md
python bench/countries.py --results FILE        keep each result at once, and go on where an earlier run was cut off
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from capcoop import check_case
from capcoop.atlas.countries import countries
from capcoop.atlas.lines import PLANTS
from capcoop.atlas.new import make_case, write_made
from capcoop.errors import CapcoopError
from meter import Ran, plan_apart
from page import table

PAGE = Path(__file__).parent.parent / "docs" / "countries.md"
YEARS = (2015, 2024)
SECONDS, ENOUGH = 60, 150
OPTIMAL = "optimal"


@dataclass(frozen=True)
class Planned:
    """What came of a country.

    status : of its plan; else where it ended, and `why`. made, clock : seconds to make and check the case, and of the whole command
    `capcoop plan`. peak : MiB. baseline, cost : million USD. built : plants by name.
    """

    code: str
    status: str
    why: str = ""
    made: float = 0.0
    clock: float = 0.0
    peak: float = 0.0
    whole: int = 0
    gap: float = 0.0
    baseline: float | None = None
    cost: float = 0.0
    built: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether it was planned to optimality in time."""
        return self.status == OPTIMAL and self.clock < SECONDS


def planned(code: str, folder: Path) -> Planned:
    """Make, check and plan the case of a country."""
    started = time.perf_counter()
    try:
        case, _ = write_made(make_case(code, years=YEARS), folder / "case")
    except CapcoopError as error:
        return Planned(code, "no case", str(error))
    problems = check_case(case)[1]
    made = time.perf_counter() - started
    if problems:
        return Planned(code, "check", str(problems[0]), made)
    return _read(code, folder / "run", made, plan_apart(case, folder / "run"))


def _read(code: str, run: Path, made: float, ran: Ran) -> Planned:
    """Return what the run's folder says; what the command said where it holds no plan."""
    file = run / "outcome.json"
    outcome: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if "objective" not in outcome:
        return Planned(code, "no plan", ran.told, made, ran.clock)
    builds = pl.read_parquet(run / "tables" / "builds.parquet").filter(pl.col("builds") > 0)
    count = {name: builds.filter(pl.col("option").str.starts_with(f"{name}-")).get_column("builds").sum() for name in PLANTS}
    return Planned(
        code,
        outcome["status"] if outcome["check"]["ok"] else "check of the plan",
        "",
        made,
        ran.clock,
        ran.peak,
        outcome["whole_columns"],
        outcome["gap"],
        outcome["baseline"],
        outcome["objective"],
        {name: round(number) for name, number in count.items() if number},
    )


def summary(results: list[Planned]) -> str:
    """Return how many were planned, how fast, and how the rest ended."""
    done = [one for one in results if one.done]
    lines = [f"{len(done)} of {len(results)} countries were planned to optimality in under {SECONDS} s each (the goal is {ENOUGH})."]
    if done:
        slowest = max(done, key=lambda one: one.clock)
        lines.append(
            f"Seconds of the command `capcoop plan`: median {median(one.clock for one in done):.1f}, most {slowest.clock:.1f} "
            f"({countries()[slowest.code].name}); {median(one.made for one in done):.2f} more to make and check the case. Memory: at most "
            f"{max(one.peak for one in done):,.0f} MiB."
        )
    ended = Counter(one.status if one.status != OPTIMAL else "later" for one in results if not one.done)
    words = {"no case": "lack a figure", "time limit": "reached the time limit", "later": f"took longer than {SECONDS} s"}
    lines += [f"{count} {words.get(status, 'ended at: ' + status)}." for status, count in sorted(ended.items())]
    return " ".join(lines)


def page(results: list[Planned]) -> str:
    """Return docs/countries.md."""
    names = countries()
    rows = [
        (
            names[one.code].name,
            f"{one.clock:.1f}",
            f"{one.whole:,}",
            f"{100 * one.gap:.3f} %",
            f"{one.cost:,.0f}",
            "" if one.baseline is None else f"{100 * max(1 - one.cost / one.baseline, 0.0):.1f} %",
            "; ".join(f"{name} {count}" for name, count in one.built.items()),
        )
        for one in results
        if one.cost
    ]
    rest = [(names[one.code].name, one.why or one.status) for one in results if not one.cost]
    lead = (
        "Written by `python bench/countries.py --write`: `capcoop new DIR --host CODE --years "
        f"{YEARS[0]}-{YEARS[1]}` and `capcoop plan DIR` for every country, on {os.cpu_count()} cores. No programme is given: use per head "
        "catches up with that of countries of like income. The gain is what the plan saves against building nothing. These are answers "
        "of rules where figures are few: read ASSUMPTIONS.md of a case before its plan."
    )
    headings = ("country", "seconds", "whole units", "proven gap", "cost, million USD", "gain", "built over ten years")
    parts = ["# Every country, planned", lead, summary(results), table(headings, rows)]
    if rest:
        parts += ["## Without a plan", table(("country", "why"), rest)]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Plan the countries one after the other, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("codes", nargs="*", metavar="CODE", help="ISO codes of three letters")
    parser.add_argument("--write", action="store_true", help="write docs/countries.md")
    parser.add_argument("--results", type=Path, help="a file to keep each result in, and to go on from")
    asked = parser.parse_args()
    known: dict[str, Planned] = {}
    if asked.results and asked.results.exists():
        known = {one["code"]: Planned(**one) for one in map(json.loads, asked.results.read_text(encoding="utf-8").splitlines())}
    codes = asked.codes or sorted(countries())
    for code in codes:
        if code not in known:
            with tempfile.TemporaryDirectory() as place:
                known[code] = one = planned(code, Path(place))
            print(f"{code} {one.status} {one.clock:.1f} s {one.why}", flush=True)
            if asked.results:
                with asked.results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(one)) + "\n")
    results = [known[code] for code in codes]
    print(summary(results))
    if asked.write:
        PAGE.write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
