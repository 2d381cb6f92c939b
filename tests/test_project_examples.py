"""The built-in projects: listed, planable by name, every figure with its source or marked as an assumption, no figure that is none."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from capcoop.cli import app
from capcoop.money.project.finance import put_price
from capcoop.money.project.library import built_in_projects, project_titles
from capcoop.money.project.projectfile import read_project
from capcoop.money.project.sheet import term_sheet
from capcoop.money.project.structure import structure
from capcoop.money.project.syndicate import syndicate
from capcoop.money.returns import present_value

NAMES = ("kyzylorda-glass", "mombasa-nairobi", "shieli-cement")


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, list(words))
    return done.exit_code, done.stdout, done.stderr


def test_they_are_listed_and_found_by_name() -> None:
    assert tuple(built_in_projects()) == NAMES
    code, shown, _ = run("finance")
    assert code == 0
    assert all(name in shown for name in NAMES)
    assert json.loads(run("finance", "--json")[1]) == project_titles()
    code, _, told = run("finance", "shieli-cemnt")
    assert code != 0
    assert "did you mean 'shieli-cement'?" in told


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("option", [(), ("--structure",)])
def test_each_is_shown_in_80_columns_without_a_figure_that_is_none(name: str, option: tuple[str, ...]) -> None:
    code, shown, _ = run("finance", name, *option)
    assert code == 0
    lines = [line for line in shown.splitlines() if not line.startswith("/")]
    assert max(map(len, lines)) <= 80
    assert not re.search(r"\b(nan|inf|None)\b|…", "\n".join(lines))
    code, record, _ = run("finance", name, *option, "--json")
    assert code == 0
    assert not re.search(r"NaN|Infinity", record)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_a_source_or_says_that_it_is_an_assumption(name: str) -> None:
    before = ""
    for line in built_in_projects()[name].read_text(encoding="utf-8").splitlines():
        if re.match(r"\w+ = [\[0-9-]", line) and not line.startswith("perils"):
            assert "#" in line or before.startswith("#"), line
        before = line


def test_the_outlays_are_the_cited_ones() -> None:
    outlays = {name: sum(read_project(path).outlays) for name, path in built_in_projects().items()}
    assert outlays == pytest.approx({"kyzylorda-glass": 43.7, "mombasa-nairobi": 3800, "shieli-cement": 178})


def test_the_credits_of_the_railway() -> None:
    """Yearly payments: the preferential credit's grant element is 0.291884449 less its fee of 0.75 %."""
    sheet = term_sheet(read_project(built_in_projects()["mombasa-nairobi"]))
    assert sheet.ratios["gearing"] == pytest.approx(0.90)
    assert sheet.tranches["preferential credit"]["grant element"] == pytest.approx(0.291884449 - 0.0075, abs=1e-6)
    assert sheet.tranches["commercial credit"]["rate of interest"] == pytest.approx(0.03923)
    assert sheet.tranches["commercial credit"]["premium, share of the loan"] == pytest.approx(0.0693)
    assert sum("CHN is not bound" in note for note in sheet.notes) == 6
    principal = sheet.waterfall.filter(sheet.waterfall["principal"] < -1e-6)["year"].to_list()
    assert (principal[0], principal[-1]) == (6, 20)


def test_what_changes_lead_to_is_what_the_changed_project_leads_to() -> None:
    asked = read_project(built_in_projects()["shieli-cement"])
    sheet = term_sheet(asked)
    rows = {(row["change"], row["step"]): row for row in sheet.variants.to_dicts()}
    assert rows["as it is", 0.0]["value"] == pytest.approx(sheet.base)
    assert rows["as it is", 0.0]["coverage"] == pytest.approx(sheet.ratios["debt-service coverage, least"])
    operation = asked.operation.model_copy(update={"costs": 1.1 * (asked.operation.costs or 0.0)})
    dearer = asked.model_copy(update={"operation": operation})
    found = syndicate(dearer.project(), dearer.terms())
    row = rows["costs", 0.1]
    assert row["value"] == pytest.approx(present_value(asked.discount, found.owners[0]))
    assert row["loan"] == pytest.approx(found.debt[0])
    assert row["coverage"] < 1.3
    late = asked.model_copy(update={"outlays": [*asked.outlays, 0.0]})
    found = syndicate(late.project(), late.terms())
    assert rows["1 year late", 1.0]["value"] == pytest.approx(present_value(asked.discount, found.owners[0]))
    steps = [row["value"] for key, row in rows.items() if key[0] == "outlays"]
    assert steps == sorted(steps, reverse=True)
    assert len(rows) == 1 + 4 * 4 + 2


def test_owners_gain_by_a_fund_that_asks_for_less_than_they_do() -> None:
    found = structure(read_project(built_in_projects()["shieli-cement"]))
    assert found.found is not None
    fund, owners = found.sources["amount"].to_list()[-2:]
    share = fund / (fund + owners)
    flows = found.found.owners[0]
    own = share * flows[:8]
    own[7] += put_price(own, 0.10)
    left = flows.copy()
    left[:8] -= own
    assert found.value_after == pytest.approx(present_value(0.13, left))
    assert found.value_after > found.value_before
