"""Make the built-in cases of the atlas again, and tell in their README.md what their plans say.

python tools/make_cases.py [NAME ...]           tables, settings and ASSUMPTIONS.md of the named cases, of all where none is named
python tools/make_cases.py --plan [NAME ...]    the figures of their plans, between the marks in README.md (minutes a case)
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from capcoop import Result, run
from capcoop.atlas.lines import PLANTS
from capcoop.atlas.new import FILE, make_case, write_made
from capcoop.library import FOLDER
from capcoop.report.summary import gaps

SUPPLIERS = ("CHN", "DEU")
OWN = "overrides"
BEGIN, END = "<!-- figures of tools/make_cases.py --plan -->", "<!-- end of these figures -->"


@dataclass(frozen=True)
class Asked:
    """What a case is made from (no programmes: use per head catches up), and the scenarios that README.md tells of.

    overrides : whether tables of one's own, in the folder `overrides` of the case, stand in for the atlas's.
    """

    host: str
    programmes: tuple[str, ...] = ()
    years: tuple[int, int] = (2015, 2024)
    scenarios: tuple[str, ...] = ()
    overrides: bool = False


CASES = {
    "bangladesh": Asked("BGD", ("seventh-five-year-plan", "fast-track-mega-projects"), (2016, 2025)),
    "brazil": Asked("BRA", ("pil-2015-second-stage",)),
    "egypt": Asked("EGY", ("new-administrative-capital", "national-roads-project", "siemens-power-plants")),
    "ethiopia": Asked("ETH", ("gtp-ii",)),
    "kazakhstan": Asked(
        "KAZ",
        ("nurly-zhol",),
        scenarios=(
            "low-intensity",
            "high-intensity",
            "slow-growth",
            "fast-growth",
            "dear-capital",
            "no-chn-lines",
            "no-deu-lines",
            "one-gas-price",
            "weak-rouble",
        ),
        overrides=True,
    ),
    "peru": Asked("PER"),
}


def make(name: str, folder: Path) -> None:
    """Write the tables, settings and ASSUMPTIONS.md of a case into a folder, in place of those that are there."""
    asked = CASES[name]
    made = make_case(asked.host, asked.programmes, SUPPLIERS, asked.years, overrides=FOLDER / name / OWN if asked.overrides else None)
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    with tempfile.TemporaryDirectory() as place:
        path, told = write_made(made, Path(place) / name)
        for file in (*path.glob("*.csv"), path / "case.toml", told):
            shutil.copyfile(file, folder / file.name)


def command(name: str) -> str:
    """Return how a user makes the case."""
    asked = CASES[name]
    words = [*(f"--programme {one}" for one in asked.programmes), *(f"--supplier {one}" for one in SUPPLIERS)]
    own = [f"--overrides {OWN}"] if asked.overrides else []
    return " ".join(["capcoop new", name, "--host", asked.host, *words, f"--years {asked.years[0]}-{asked.years[1]}", *own])


def tell(name: str) -> None:
    """Plan a case and its scenarios, and write what comes out between the marks of its README.md."""
    page = FOLDER / name / "README.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    with tempfile.TemporaryDirectory() as place:
        results = {
            scenario or "as it is": run(FOLDER / name, Path(place) / str(i), scenario)
            for i, scenario in enumerate((None, *CASES[name].scenarios))
        }
    first = results["as it is"]
    parts = [
        "| scenario | building nothing | plan | gain | built (year of decision) |\n|---|---:|---:|---:|---|\n"
        + "\n".join(_row(scenario, result) for scenario, result in results.items()),
        "| built | where | decided | number | adds, kt a year | equipment | technology |\n|---|---|---|---:|---:|---|---|\n"
        + _built(first),
        "| kt a year, mean | needed | made, building nothing | made, plan | bought, plan |\n|---|---:|---:|---:|---:|\n" + _products(first),
    ]
    page.write_text(before + BEGIN + "\n\n" + "\n\n".join(parts) + "\n\n" + END + after, encoding="utf-8")


def _builds(result: Result) -> pl.DataFrame:
    """Return plant (the line, of an option of one's own), site, period, builds, new_capacity, supplier, technology of what is built."""
    names = result.case.frames["options"].select("option", "supplier", "technology")
    found = result.plan["builds"].filter(pl.col("builds") > 0).drop("supplier", "technology", strict=False).join(names, on="option")
    known = [pl.when(pl.col("option").str.starts_with(plant + "-")).then(pl.lit(plant)) for plant in PLANTS]
    return found.with_columns(plant=pl.coalesce(*known, "line"))


def _row(scenario: str, result: Result) -> str:
    least, most = result.plan.objective, result.baseline.objective if result.baseline else float("nan")
    counts = _builds(result).group_by("plant", maintain_order=True).agg(pl.col("builds").sum(), pl.col("period").unique().sort())
    told = "; ".join(f"{plant} {count:.0f} ({', '.join(years)})" for plant, count, years in counts.sort("plant").iter_rows())
    return f"| {scenario} | {most:,.1f} | {least:,.1f} | {most - least:,.1f} ({100 * (1 - least / most):.1f} %) | {told or 'nothing'} |"


def _built(result: Result) -> str:
    keys = ("plant", "site", "period", "supplier", "technology")
    rows = _builds(result).group_by(*keys, maintain_order=True).agg(pl.col("builds", "new_capacity").sum()).sort("plant", "period", "site")
    return "\n".join(
        f"| {plant} | {site} | {period} | {count:.0f} | {size:,.0f} | {supplier} | {technology} |"
        for plant, site, period, supplier, technology, count, size in rows.iter_rows()
    )


def _products(result: Result) -> str:
    shown = gaps(result.case, result.plan, result.baseline).filter(pl.col("plan_need") > 0)
    columns = ("product", "plan_need", "baseline_made", "plan_made", "plan_imported")
    return "\n".join(
        f"| {product} | " + " | ".join(f"{amount:,.0f}" for amount in amounts) + " |"
        for product, *amounts in shown.select(columns).iter_rows()
    )


def main(words: Sequence[str]) -> None:
    """Make the named cases, or tell of their plans."""
    names = [word for word in words if word != "--plan"] or list(CASES)
    for name in names:
        if "--plan" in words:
            tell(name)
            print(f"{FOLDER.name}/{name}/README.md: the figures of the plans are those of now")
        else:
            make(name, FOLDER / name)
            print(f"{FOLDER.name}/{name}: {FILE} and the tables are made again ({command(name)})")


if __name__ == "__main__":
    main(sys.argv[1:])
