"""Rows that change nothing are told, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from capcoop import built_in_cases
from capcoop.case import judge_case
from capcoop.case.cascade import Cascade
from capcoop.case.case import Rows
from capcoop.case.overridden import _idle, _stated, overridden_rows
from capcoop.schema import TABLES
from support import case_of, write_example
from test_cli import capcoop
from tiny import EXAMPLES

# Two sites, two periods: the need of A is stated in each period, that of B in none.
TABLES_OF = {
    "periods": [{"period": "p1"}, {"period": "p2"}],
    "sites": [{"site": "A"}, {"site": "B"}],
    "products": [{"product": "g"}],
    "purchases": [{"purchase": "buy", "site": "*", "product": "g", "price": "3"}],
    "needs": [{"site": "A", "product": "g", "period": period, "quantity": "5"} for period in ("p1", "p2")],
}


def notes(folder: Path, tables: dict[str, list[dict[str, str]]], *sets: str) -> list[str]:
    return [str(note) for note in judge_case(write_example(folder, {}, {**TABLES_OF, **tables}), None, sets).notes]


def test_a_row_that_others_override_everywhere_is_told(tmp_path: Path) -> None:
    general = {"needs": [{"site": "A", "product": "g", "period": "", "quantity": "7"}, *TABLES_OF["needs"]]}
    told = "'A;g' changes nothing: more specific rows override it everywhere (needs.csv row 3 and 1 more); change those, or leave it out"
    assert notes(tmp_path, general) == [f"needs.csv row 2: {told}"]


def test_a_set_that_changes_nothing_is_told_by_check_and_plan(tmp_path: Path) -> None:
    folder, sets = write_example(tmp_path / "case", {}, TABLES_OF), ("--set", "needs/A;g/quantity=1e9")
    told = "--set: 'A;g' changes nothing: more specific rows override it everywhere (needs.csv row 2 and 1 more)"
    assert told in capcoop("check", folder, *sets, cwd=tmp_path).stdout
    shown = capcoop("plan", folder, *sets, "-o", "run", cwd=tmp_path)
    assert f"Note: {told}" in " ".join(shown.stdout.split())


def test_rows_that_still_say_something_are_not_told(tmp_path: Path) -> None:
    assert notes(tmp_path / "B", {}, "needs/*;g/quantity=7") == []  # B has no row of its own
    assert notes(tmp_path / "p2", {"needs": TABLES_OF["needs"][:1]}, "needs/A;g/quantity=7") == []  # nor has A in p2
    own = [{"purchase": "buy", "site": site, "product": "g", "price": "3", "limit": limit} for site, limit in (("A", "9"), ("B", ""))]
    assert notes(tmp_path / "limit", {"purchases": own}, "purchases/buy;*;g/price=2", "purchases/buy;*;g/limit=4") == []  # the limit of B
    assert len(notes(tmp_path / "price", {"purchases": own}, "purchases/buy;*;g/price=2")) == 1


def test_what_a_set_overrides_on_purpose_is_not_told(tmp_path: Path) -> None:
    general = {"needs": [{"site": "A", "product": "g", "period": "", "quantity": "7"}]}
    assert notes(tmp_path, general, "needs/A;g;p1/quantity=1", "needs/A;g;p2/quantity=1") == []


def test_channels_without_a_mode_and_shares_of_slices_keep_their_general_row(tmp_path: Path) -> None:
    channels = [{"channel": "road", "from": "A", "to": "B", "mode": "road"}, {"channel": "way", "from": "A", "to": "B", "mode": ""}]
    freight = [{"mode": "*", "product": "g", "cost": "9"}, {"mode": "road", "product": "g", "cost": "2"}]
    assert notes(tmp_path / "both", {"channels": channels, "freight": freight}) == []
    assert len(notes(tmp_path / "road", {"channels": channels[:1], "freight": freight})) == 1
    lines = {
        "slices": [{"slice": "day", "hours": "4380"}, {"slice": "night", "hours": "4380"}],
        "lines": [{"line": "mill"}],
        "processes": [{"process": "run", "line": "mill"}],
        "recipes": [{"process": "run", "product": "g", "quantity": "1"}],
    }
    shares = [{"line": "mill", "slice": part, "annual_share": share} for part, share in (("*", "0.5"), ("day", "0.1"), ("night", "0.1"))]
    assert notes(tmp_path / "annual", {**lines, "availability": shares}) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_tiny_examples_have_no_such_row_but_one(name: str, tmp_path: Path) -> None:
    case = case_of(tmp_path, EXAMPLES[name].settings, EXAMPLES[name].tables)
    numbers = {table: pl.Series(range(2, 2 + frame.height)) for table, frame in case.frames.items()}
    told = [(problem.file, problem.row) for problem in overridden_rows(case, numbers, {})]
    assert told == ([("freight.csv", 2)] if name.startswith("03-channel") else [])  # its only channel is by rail


@pytest.mark.parametrize("name", built_in_cases())
def test_built_in_cases_have_no_note(name: str) -> None:
    assert judge_case(built_in_cases()[name]).notes == ()


def idle(table: Rows) -> list[int]:
    return [int(row) for row in _idle(table, _stated(table), {})]


@pytest.mark.parametrize("seed", range(30))
def test_a_row_is_told_exactly_if_no_cell_changes_without_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = {"sites": ("a", "b"), "processes": ("m",), "periods": ("1", "2", "3")}
    keys = sorted({(str(random.choice(["a", "b", "*"])), str(random.choice(["1", "2", "3", "*"]))) for _ in range(9)})
    cells = random.choice([1.0, np.nan], (3, len(keys)))
    frame = pl.DataFrame({"site": [site for site, _ in keys], "period": [period for _, period in keys]}).with_columns(
        pl.all().replace("*", None),
        process=pl.lit("m"),
        **{c: pl.Series(v).fill_nan(None) for c, v in zip(("cost", "minimum", "maximum"), cells, strict=True)},
    )
    table = Rows(TABLES["placements"], frame, names)
    everywhere = {key: codes.ravel() for key, codes in zip(("process", "site", "period"), np.indices((1, 2, 3)), strict=True)}

    def looked_up(kept: np.ndarray) -> np.ndarray:
        cascade = Cascade({key: table.codes(key)[kept] for key in table.table.keys}, table.cascade.sizes)
        numbered = [np.where(np.isnan(own), np.nan, np.arange(len(keys)))[kept] for own in cells]
        return np.array(cascade.values(everywhere, 6, *numbered))

    whole, rows = looked_up(np.arange(len(keys))), np.arange(len(keys))
    wanted = [i for i in rows if not np.isnan(cells[:, i]).all() and np.array_equal(looked_up(rows[rows != i]), whole, equal_nan=True)]
    assert idle(table) == wanted
