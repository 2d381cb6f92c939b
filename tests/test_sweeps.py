"""Many answers of one case: values of a figure, and scenarios."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from capcoop import Sweep, UsageError, find_case, plan_case, read_case
from capcoop.sweeps import values_of
from support import write_example
from test_cli import capcoop

# Making costs 3 + 1 a unit and year, buying the price: with a need of 10, the line is worth it above a price of 4.
TABLES = {
    "sites": [{"site": "port"}],
    "products": [{"product": "urea", "unit": "kt"}],
    "lines": [{"line": "plant", "unit": "kt/year"}],
    "processes": [{"process": "make", "line": "plant", "cost": "1"}],
    "recipes": [{"process": "make", "product": "urea", "quantity": "1"}],
    "options": [
        {"option": "works", "site": "port", "line": "plant", "build_cost": "3", "life": "10", "charge": "annual", "unit_size": "10"}
    ],
    "needs": [{"site": "port", "product": "urea", "quantity": "10"}],
    "purchases": [{"purchase": "abroad", "site": "port", "product": "urea", "price": "7"}],
    "changes": [{"scenario": "cheap", "table": "purchases", "key": "abroad;port;urea", "column": "price", "value": "2"}],
}
PRICE = "purchases/abroad;port;urea/price"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_example(tmp_path / "urea", {}, TABLES)


@pytest.mark.parametrize(
    ("text", "values"), [("1,2.5", [1, 2.5]), ("3", [3]), ("0.1:0.3:0.1", [0.1, 0.2, 0.3]), ("5:1:-2", [5, 3, 1]), ("2:2:1", [2])]
)
def test_values(text: str, values: list[float]) -> None:
    assert list(values_of(text).numbers) == pytest.approx(values)
    assert list(values_of(f"x{text}").numbers) == pytest.approx(values)
    assert (values_of(text).times, values_of(f"x{text}").times) == (False, True)


@pytest.mark.parametrize("text", ["", "a", "1:2", "1:2:0", "1:2:-1", "1:2:1e-9", "1,,2", "1:nan:1"])
def test_what_says_no_values(text: str) -> None:
    with pytest.raises(UsageError, match="says no values"):
        values_of(text)


def test_each_answer_is_the_plan_of_its_own(folder: Path) -> None:
    sweep = Sweep(folder)
    for price in (7.0, 3.0, 5.0, 0.5):
        found = sweep.at(PRICE, price)
        assert found.cost == pytest.approx(plan_case(read_case(folder, sets=[f"{PRICE}={price}"])).objective)
        assert found.builds == ({"works": 10.0} if price > 4 else {})


def test_several_figures_take_multiples_of_what_they_say(folder: Path, tmp_path: Path) -> None:
    shown = capcoop("sweep", folder, "--vary", "*.build_cost=x1,x1.5,3", "--json", cwd=tmp_path)
    assert [answer["cost"] for answer in json.loads(shown.stdout)["answers"]] == [40, 55, 70]
    more = [{**TABLES["purchases"][0], "purchase": "near", "price": "9"}]
    pair = write_example(tmp_path / "pair", {}, {**TABLES, "purchases": [*TABLES["purchases"], *more]})
    varied = Sweep(pair).vary("purchases/*/price")
    assert values_of("x0.5,2").of(varied) == [0.5, 2]
    with pytest.raises(UsageError, match=r"purchases/\*/price names 2 figures; write multiples"):
        values_of("3,4").of(varied)
    shown = capcoop("sweep", pair, "--vary", "purchases/*/price=x0.5:2:0.5", cwd=tmp_path)
    assert [line.split()[:2] for line in shown.stdout.splitlines() if line.startswith(("0.5", "1", "2"))] == [
        ["0.5", "35"],
        ["1", "40"],
        ["1.5", "40"],
        ["2", "40"],
    ]


def test_scenarios_of_a_published_case() -> None:
    case = find_case("yemen-cement")
    base, free = Sweep(case).scenarios([None, "free"])
    assert base.cost == pytest.approx(1620.2777918)
    assert free.cost == pytest.approx(1591.5928058)


def test_the_command(folder: Path, tmp_path: Path) -> None:
    shown = capcoop("sweep", folder, cwd=tmp_path)
    assert shown.returncode == 0
    assert [line.split()[:3] for line in shown.stdout.splitlines()[2:]] == [["as", "it", "is"], ["cheap", "20", "-20"]]
    assert shown.stdout.splitlines()[2].endswith("works 10 kt/year")
    shown = capcoop("sweep", folder, "--vary", f"{PRICE}=3,7", "--json", cwd=tmp_path)
    answers = json.loads(shown.stdout)["answers"]
    assert [(answer["label"], answer["cost"], answer["builds"]) for answer in answers] == [("3", 30, {}), ("7", 40, {"works": 10})]


def test_every_amount_has_its_unit(tmp_path: Path) -> None:
    convert = [{"option": "convert", "fixed_build_cost": "5", "charge": "annual", "maximum_builds": "2"}]
    more = {"options": convert, "packages": [{"option": "convert", "site": "port", "line": "plant", "capacity": "4"}]}
    folder = write_example(tmp_path, {"penalty": 100.0}, {**TABLES, **more, "purchases": []})
    (answer,) = Sweep(folder).scenarios([None])
    assert (answer.builds, answer.build_units) == ({"convert": 2}, {"convert": "builds"})
    assert (answer.unmet, answer.unmet_units) == ({"urea": 2}, {"urea": "kt"})
    shown = capcoop("sweep", folder, "--vary", "discount_rate=0", cwd=tmp_path).stdout
    assert "convert 2 builds   urea 2 kt" in shown


def test_a_value_without_a_plan_is_told(folder: Path, tmp_path: Path) -> None:
    shown = capcoop(
        "sweep", folder, "--vary", "purchases/abroad;port;urea/limit=20,5", "--set", "options/works/maximum_builds=0", cwd=tmp_path
    )
    assert shown.returncode == 3
    assert "no plan meets every need and every limit" in " ".join(shown.stdout.split())
    shown = capcoop("sweep", folder, "--vary", f"{PRICE}=7,x", cwd=tmp_path)
    assert shown.returncode == 2
    shown = capcoop("sweep", folder, "--vary", "purchases/abroad;port;ure/price=7", cwd=tmp_path)
    assert shown.returncode == 1
    assert "did you mean" in shown.stderr or "no row" in shown.stderr
