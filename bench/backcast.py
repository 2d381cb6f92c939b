"""The atlas asked in 2014: what it would have built by the year whose capacity is known today, beside what was really added.

python bench/backcast.py [CODE ...]     plan the named countries, all that can be judged where none is named; print what comes out
python bench/backcast.py --write        keep the result of each country in docs/backcast.csv, go on where an earlier run was cut off,
                                        and write docs/backcast.md
python bench/backcast.py --page         docs/backcast.md again, from docs/backcast.csv
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from backcast_page import page, summary
from capcoop import Result, run
from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.case import EXISTING
from capcoop.atlas.demand import ordinary_demand
from capcoop.atlas.figures import Figure, by_country, figure
from capcoop.atlas.lines import PLANTS, TECHNOLOGIES, size_of
from capcoop.atlas.needs import NAMES
from capcoop.atlas.new import make_case, write_made
from capcoop.atlas.products import PRODUCTS
from capcoop.errors import CapcoopError

DOCS = Path(__file__).parent.parent / "docs"
TABLE, PAGE = DOCS / "backcast.csv", DOCS / "backcast.md"
BASE, YEARS, KNOWN_FROM = 2014, (2015, 2024), 2021
BETWEEN = 2017
JUDGED = ("cement", "steel", "flat-glass", "aluminium")
SCHEMA = {
    "country": pl.String,
    "product": pl.String,
    "year": pl.Int64,
    "stock": pl.Float64,
    "real": pl.Float64,
    "complete": pl.Boolean,
    "built": pl.Float64,
    "naive": pl.Float64,
    "unit": pl.Float64,
    "need_before": pl.Float64,
    "need": pl.Float64,
    "need_between": pl.Float64,
    "output_before": pl.Float64,
    "output_between": pl.Float64,
    "gap": pl.Float64,
    "why": pl.String,
}


def truths() -> dict[str, dict[str, Figure]]:
    """Return country -> product -> the latest capacity that is known of KNOWN_FROM or later."""
    found: dict[str, dict[str, Figure]] = {}
    for product in JUDGED:
        for country, one in by_country("output", "capacity", PRODUCTS[EXISTING[product][1]].output).items():
            if one.year is not None and KNOWN_FROM <= one.year <= YEARS[1]:
                found.setdefault(country, {})[product] = one
    return dict(sorted(found.items()))


def complete(truth: Figure) -> bool:
    """Return whether the capacity of all plants that it counts is known."""
    parts = re.search(r"capacity known for (\d+) of (\d+)", truth.note)
    return parts is None or parts[1] == parts[2]


def line_size(product: str) -> float:
    """Return the least that is built at once, kt a year."""
    line = EXISTING[product][0]
    book = Assumptions()
    return min(size_of(TECHNOLOGIES[line].made_of, plant.size, book) for plant in PLANTS.values() if plant.line == line)


def judged(country: str, known: dict[str, Figure], folder: Path) -> pl.DataFrame:
    """Plan a country from what was known in 2014, and return a row of SCHEMA for each product whose later capacity is known.

    Amounts in kt a year. stock : capacity in 2014. real : capacity in `year` less that. built : capacity of the plan in that year less
    that. naive : growth of the need until that year x the country's own share in its need of 2014. need_before, need_between, need : of
    2014, 2017 and `year`, as seen from 2014; output_before, output_between : what was made in 2014 and 2017. gap : proven distance of
    the plan from the optimum, as a share. why : there is no plan.
    """
    try:
        case, _ = write_made(make_case(country, years=YEARS, until=BASE), folder / "case")
        result = run(case, folder / "run")
    except CapcoopError as error:
        return pl.DataFrame([_row(country, product, truth) | {"why": str(error)} for product, truth in known.items()], schema=SCHEMA)
    rows = [_row(country, product, truth) | _planned(country, product, truth, result) for product, truth in known.items()]
    return pl.DataFrame(rows, schema=SCHEMA)


def _row(country: str, product: str, truth: Figure) -> dict[str, object]:
    made = {f"output_{when}": _made(country, product, year) for when, year in (("before", BASE), ("between", BETWEEN))}
    fixed = {"country": country, "product": product, "year": truth.year, "complete": complete(truth), "unit": line_size(product)}
    return {**fixed, **made}


def _made(country: str, product: str, year: int) -> float | None:
    """Return the output of just that year; None: unknown."""
    found = figure("output", PRODUCTS[EXISTING[product][1]].output, "production", country, year=year, within=0)
    return None if found is None else round(found.value, 1)


def _planned(country: str, product: str, truth: Figure, result: Result) -> dict[str, object]:
    line, year = EXISTING[product][0], str(truth.year)
    frames = result.case.frames
    if "needs" not in frames or frames["needs"].filter(product=product).is_empty():
        return {"why": f"the need for {product} in {BASE} is unknown"}
    demand = ordinary_demand(country, next(name for name, short in NAMES.items() if short == product), BASE, BASE)
    before = demand.in_year(BASE)
    needs = frames["needs"].filter(product=product).group_by("period").agg(pl.col("quantity").sum())
    need, between = (float(needs.filter(period=when).get_column("quantity").sum()) for when in (year, str(BETWEEN)))
    stock = float(frames["stock"].filter(line=line).get_column("capacity").sum()) if "stock" in frames else 0.0
    standing = float(result.plan["capacity"].filter(line=line, period=year).get_column("standing").sum())
    if before is None:
        raise LookupError(f"a plan with a need for {product} that is unknown")
    made = _made(country, product, BASE)
    share = min((stock if made is None else made) / before, 1.0) if before else 0.0
    amounts = {
        "stock": stock,
        "real": truth.value - stock,
        "built": standing - stock,
        "naive": (need - before) * share,
        "need_before": before,
        "need": need,
        "need_between": between,
    }
    rounded: dict[str, object] = {name: round(amount, 1) for name, amount in amounts.items()}
    return rounded | {"gap": float(f"{result.plan.outcome['gap']:.1e}")}


def kept() -> pl.DataFrame:
    """Return docs/backcast.csv; empty where it is not there."""
    return pl.read_csv(TABLE, schema=SCHEMA) if TABLE.exists() else pl.DataFrame(schema=SCHEMA)


def all_judged(codes: Iterable[str], found: pl.DataFrame, *, write: bool) -> pl.DataFrame:
    """Return the rows of all the countries; plan those that are not among the found, and keep each at once."""
    known = truths()
    for code in codes:
        if found.filter(country=code).is_empty():
            with tempfile.TemporaryDirectory() as place:
                one = judged(code, known[code], Path(place))
            found = pl.concat([found, one]).sort("country", "product")
            print(one.select("country", "product", "year", "stock", "real", "built", "naive", "why").row(0), flush=True)
            if write:
                found.write_csv(TABLE)
    return found


def main() -> None:
    """Plan the countries one after the other, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("codes", nargs="*", metavar="CODE", help="ISO codes of three letters")
    parser.add_argument("--write", action="store_true", help="keep the results, and write the page")
    parser.add_argument("--page", action="store_true", help="write the page alone")
    asked = parser.parse_args()
    found = kept() if asked.write or asked.page else pl.DataFrame(schema=SCHEMA)
    if not asked.page:
        found = all_judged(asked.codes or truths(), found, write=asked.write)
    print(summary(found))
    if asked.write or asked.page:
        PAGE.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
