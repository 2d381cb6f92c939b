"""The case of the world: seconds and memory of its plan in whole units, and what it says.

`python bench/world.py` plans the built-in case as a user does, in a process of its own, and prints what that takes. `--every` also plans it
with a larger gap, and with every way between maker and buyer instead of the cheapest and the largest. `--write` writes docs/world.md.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.atlas.new import write_made
from capcoop.atlas.world import make_world
from capcoop.atlas.world_trade import MADE_ON
from capcoop.library import find_case
from meter import plan_apart

PAGE = Path(__file__).parent.parent / "docs" / "world.md"
MINUTES, GIBIBYTES, GAP = 15, 8, 1e-3
SHOWN = 8
EVERY = 1000


@dataclass(frozen=True)
class Measured:
    """A run: what it is called, its outcome, seconds of the clock and of the processor, peak memory in GiB."""

    name: str
    outcome: dict[str, Any]
    clock: float
    processor: float
    peak: float


def measure(name: str, case: Path, run: Path, *sets: str) -> Measured:
    """Plan a case by the command line."""
    ran = plan_apart(case, run, *sets)
    if ran.code:
        raise SystemExit(f"{name}: the plan ended with {ran.code}; {ran.told}")
    outcome = json.loads((run / "outcome.json").read_text(encoding="utf-8"))
    return Measured(name, outcome, ran.clock, ran.cpu, ran.peak / 1024)


def table(head: str, rows: list[tuple[Any, ...]]) -> str:
    """Return a table in Markdown."""
    columns = head.split("|")
    words = [index == 0 or column.startswith("wh") for index, column in enumerate(columns)]
    lines = [head, "|".join("---" if word else "---:" for word in words), *("|".join(map(str, row)) for row in rows)]
    return "\n".join(f"|{line}|" for line in lines)


def speed(runs: list[Measured]) -> str:
    """Return what the runs took."""
    rows = [
        (
            run.name,
            f"{run.outcome['columns']:,} ({run.outcome['whole_columns']:,})",
            f"{run.outcome['coefficients']:,}",
            f"{run.clock:.1f}",
            f"{run.processor:.1f}",
            f"{run.peak:.2f}",
            f"{100 * run.outcome['gap']:.3f} %",
            f"{run.outcome['objective']:,.0f}",
        )
        for run in runs
    ]
    return table("run|columns (whole)|coefficients|s of the clock|s of the processor|peak GiB|proven gap|cost, million USD", rows)


def _most(frame: pl.DataFrame, column: str, per: float = 1000.0) -> str:
    best = frame.group_by(column).agg(pl.col("amount").sum()).sort("amount", column, descending=[True, False]).head(SHOWN)
    return ", ".join(f"{countries()[code].name} {amount / per:,.{1 if per > 1 else 0}f}" for code, amount in best.iter_rows())


def answer(run: Path) -> str:
    """Return who sells to whom in the last period, and who builds over all."""
    flows, builds = (pl.read_parquet(run / "tables" / f"{name}.parquet") for name in ("flows", "builds"))
    needs = pl.read_parquet(find_case("world") / "needs.parquet")
    last = needs.get_column("period").unique().sort().to_list()[-1]
    sent = flows.filter(period=last).rename({"sent": "amount"})
    rows = []
    for product in MADE_ON:
        ways = sent.filter(product=product)
        need = float(needs.filter(product=product, period=last).get_column("quantity").sum())
        traded = float(ways.get_column("amount").sum())
        share = f"{100 * traded / need:.2g} %" if need else ""
        rows.append((product, f"{traded / 1000:,.1f}", share, _most(ways, "from"), _most(ways, "to")))
    trade = table(f"{last}, Mt a year|traded|share of needs|who sells most|who buys most", rows)
    plants = builds.with_columns(plant=pl.col("option").str.replace(r"-[A-Z]{3}$", ""), amount=pl.col("builds"))
    built = [
        (plant, f"{float(part.get_column('amount').sum()):,.0f}", part.get_column("site").n_unique(), _most(part, "site", 1.0))
        for plant in ("cement-works", "grinding-station", "minimill", "integrated-steelworks", "glass-works", "smelter", "fertiliser-works")
        if (part := plants.filter(plant=plant)).height
    ]
    return trade + "\n\n" + table("built over ten years|plants|countries|where most", built)


def page(runs: list[Measured], run: Path) -> str:
    """Return docs/world.md."""
    first = runs[0]
    met = first.clock <= 60 * MINUTES and first.peak <= GIBIBYTES and first.outcome["gap"] <= GAP
    lead = (
        "Written by `python bench/world.py --every --write`. [The case](../src/capcoop/cases/world/README.md) tells what is in it and how "
        "far its answers can be trusted; [the decision](decisions/0021-world.md) tells why it is so."
    )
    machine = f"Here {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end."
    goal = (
        "`capcoop plan world --json`, whole: reading, checking, solving in whole units, the check of the plan, saving. The goal is a gap "
        f"of {100 * GAP:g} % within {MINUTES} minutes and {GIBIBYTES} GB on two cores: {'met' if met else 'NOT met'}. {machine}"
    )
    meaning = "Not what will happen, nor what happens today, but what would cost the world least under the rules of the case."
    told = ["# The world in one plan", lead, "## Speed and memory", goal, speed(runs), "## What the plan says", meaning, answer(run)]
    return "\n\n".join(told) + "\n"


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", action="store_true", help="also with a larger gap, and with every way")
    parser.add_argument("--write", action="store_true", help="write docs/world.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        runs = [measure("as built in", find_case("world"), place / "run")]
        if asked.every:
            runs.append(measure("gap of 0.1 %", find_case("world"), place / "coarse", f"solver.gap={GAP}"))
            wide, _ = write_made(make_world(nearest=EVERY), place / "wide")
            runs.append(measure("every way", wide, place / "every"))
        text = page(runs, place / "run")
        print(text)
        if asked.write:
            PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
