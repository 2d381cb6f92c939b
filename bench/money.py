"""Who gains: how long entries, financing and gains take for a plan of 1,000 assets over 30 years, and how many deals a second.

    python bench/money.py [--assets 1000] [--years 30] [--deals 10000]

The case has one site, product and need for each asset; every asset is built in the first year. Times are CPU seconds of this process,
the best of three rounds. Exit code 1 where the appraisal takes two seconds or more, or fewer than 10,000 deals a second are told on a plan
of ten assets.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import polars as pl

import page
from capcoop import Case, Plan, build, extract
from capcoop.appraise import gains_of
from capcoop.case.settings import Settings
from capcoop.money.gains.deal import table_of
from capcoop.money.gains.entries import entries_of
from capcoop.money.gains.financed import financed
from capcoop.money.gains.ledger import ledger_of
from capcoop.schema import TABLES
from capcoop.solve.baseline import without_options
from capcoop.solve.method import solve

MOST_SECONDS, LEAST_DEALS, ROUNDS = 2.0, 10_000, 3
KINDS = {"number": pl.Float64, "flag": pl.Boolean}
TERMS = {
    "profit_tax": 0.2,
    "tax_holiday": 3.0,
    "royalty": 0.03,
    "duty": 0.05,
    "building_wages": 0.4,
    "running_wages": 0.2,
    "labour_cost": 0.7,
}
LOAN = {"rate": 0.05, "years": 10.0, "gearing": 0.7, "coverage": 1.2, "front_fee": 0.01, "premium": 0.05}
OPEN = {"royalty": (0.0, 0.1), "tax_holiday": (0.0, 10.0), "supplier_equity": (0.0, 0.4), "rate": (0.03, 0.08), "users_share": (0.0, 1.0)}


def frame(table: str, columns: dict[str, object], rows: int) -> pl.DataFrame:
    """Return a table with all of its columns; a single value stands in every row."""
    wanted = {column.name: KINDS.get(column.kind, pl.String) for column in TABLES[table]}
    filled = {name: columns[name] if isinstance(columns.get(name), list) else [columns.get(name)] * rows for name in wanted}
    return pl.DataFrame(filled, schema=wanted)


def case_of(assets: int, years: int) -> Case:
    """Return the case."""
    site, mill, make, good = ([f"{word} {i}" for i in range(assets)] for word in ("site", "mill", "make", "good"))
    rows: dict[str, tuple[dict[str, object], int]] = {
        "periods": ({"period": [f"{2025 + i}" for i in range(years)], "start": 2025.0, "years": 1.0}, years),
        "sites": ({"site": site, "country": "KAZ"}, assets),
        "products": ({"product": good}, assets),
        "lines": ({"line": mill, "fixed_cost": 1.0}, assets),
        "processes": ({"process": make, "line": mill, "cost": 2.0}, assets),
        "recipes": ({"process": make, "product": good, "quantity": 1.0}, assets),
        "options": (
            {"option": mill, "site": site, "line": mill, "unit_size": 10.0, "fixed_build_cost": 300.0, "life": 30.0, "supplier": "CHN"},
            assets,
        ),
        "needs": ({"site": site, "product": good, "quantity": 9.0}, assets),
        "purchases": ({"purchase": "abroad", "site": site, "product": good, "price": 9.0, "origin": "CHN"}, assets),
        "terms": (dict(TERMS), 1),
        "loans": (dict(LOAN), 1),
        "negotiable": (
            {"term": list(OPEN), "least": [low for low, _ in OPEN.values()], "most": [high for _, high in OPEN.values()]},
            len(OPEN),
        ),
    }
    rows["periods"][0]["start"] = [2025.0 + i for i in range(years)]
    frames = {name: frame(name, *rows.get(name, ({}, 0))) for name in TABLES}
    return Case("assets", Settings(discount_rate=0.06), frames)


def planned(case: Case) -> tuple[Plan, Plan]:
    """Return plan and baseline."""
    model = build(case)
    plan, baseline = (extract(one, solve(one.program, case.settings.solver)) for one in (model, without_options(model)))
    return plan, baseline


def seconds_of(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the best of some rounds."""
    best = np.inf
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return float(best)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("assets", 1000), ("years", 30), ("deals", 10_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    case = case_of(asked.assets, asked.years)
    plan, baseline = planned(case)
    ledger = ledger_of(case, plan, baseline)
    gains = seconds_of(lambda: gains_of(case, plan, baseline))
    entries = seconds_of(lambda: entries_of(case, ledger, ledger.flows))
    finance = seconds_of(lambda: financed(ledger))
    few = case_of(10, asked.years)
    own, alone = planned(few)
    table = table_of(few, ledger_of(few, own, alone), ledger_of(few, alone, None))
    deals = np.random.default_rng(0).uniform(table.least, table.most, (asked.deals, len(table.least)))
    each = asked.deals / seconds_of(lambda: table.gains(deals))
    rows = [
        [f"gains of {plan['builds'].height} assets over {asked.years} years, s", page.figure(gains)],
        [f"{entries_of(case, ledger, ledger.flows).height} entries, s", page.figure(entries)],
        ["financing of each, s", page.figure(finance)],
        ["all three, s", page.figure(gains + entries + finance)],
        [f"deals a second, 10 assets over {asked.years} years, {len(OPEN)} open terms", page.figure(each)],
    ]
    print(page.table(["who gains, CPU", "found"], rows))
    return 0 if gains + entries + finance < MOST_SECONDS and each >= LEAST_DEALS else 1


if __name__ == "__main__":
    sys.exit(main())
