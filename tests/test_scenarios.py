"""Scenarios and single changes: cells replaced, rows added and dropped, settings changed, faults named."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from capcoop import CaseError, UsageError, built_in_cases, check_case, plan_case, read_case
from capcoop.case import convert_case, judge_case, scenarios_of
from test_faults import write

CHANGES = """scenario,table,key,column,value
more,needs,almaty;cement,quantity,60
more,needs,astana;cement,quantity,7
more,purchases,abroad;*;clinker,price,41
less,needs,almaty;cement,drop,
less,case,,discount_rate,0.05
blank,stock,almaty;mill,capacity,
wrong,needs,almaty;cement,quantity,many
wrong,needs,almatty;cement,quantity,1
wrong,nedes,almaty;cement,quantity,1
wrong,limit_terms,x,coefficient,1
wrong,needs,almaty;cement,quantitty,1
wrong,case,,discount,1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, {"changes.csv": CHANGES})


def needs(folder: Path, scenario: str | None, *sets: str) -> dict[str, float]:
    frame = read_case(folder, scenario, sets).frames["needs"]
    return dict(frame.select(pl.col("site"), pl.col("quantity")).iter_rows())


def test_base_is_untouched(folder: Path) -> None:
    assert needs(folder, None) == {"almaty": 50}
    assert scenarios_of(folder) == ["more", "less", "blank", "wrong"]


def test_cells_are_replaced_and_rows_added(folder: Path) -> None:
    assert needs(folder, "more") == {"almaty": 60, "astana": 7}
    case = read_case(folder, "more")
    assert case.frames["purchases"]["price"].to_list() == [41, 90]
    assert case.name.endswith("@more")


def test_rows_are_dropped_and_settings_changed(folder: Path) -> None:
    assert needs(folder, "less") == {}
    assert read_case(folder, "less").settings.discount_rate == 0.05


def test_single_changes_come_after_the_scenario(folder: Path) -> None:
    assert needs(folder, "more", "needs/almaty;cement/quantity=70") == {"almaty": 70, "astana": 7}
    assert read_case(folder, None, ["penalty=5", "gap=0.01"]).settings.solver.gap == 0.01
    dotted = read_case(folder, None, ["solver.gap=0.02", "exchange_rates.EUR=1.2"]).settings
    assert dotted.solver.gap == 0.02
    assert dotted.exchange_rates["EUR"] == 1.2


def test_required_cell_blanked_is_a_fault(folder: Path) -> None:
    _, problems = check_case(folder, "blank")
    assert [str(problem) for problem in problems] == [
        "stock.csv row 2, column capacity: a blank is not allowed here; fill in: existing capacity in the period."
    ]


def test_faults_of_changes_name_their_row(folder: Path) -> None:
    _, problems = check_case(folder, "wrong")
    assert {str(problem) for problem in problems} >= {
        "changes.csv row 8, column quantity: 'many' is not a number; write it like 1234.5",
        "changes.csv row 9, column site: 'almatty' is not in sites; did you mean 'almaty'?",
        "changes.csv row 10, column table: 'nedes' is not a table that can be changed; did you mean 'needs'?",
        "changes.csv row 11, column table: 'limit_terms' has no key, so it cannot be changed",
        "changes.csv row 12, column column: 'quantitty' is not a column of needs; did you mean 'quantity'?",
        "changes.csv row 13, column column: 'discount' is not a setting; did you mean 'discount_rate'?",
    }


def test_unknown_scenario_is_suggested(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"scenario 'mor' is not in changes\.csv; did you mean 'more'\?"):
        read_case(folder, "mor")


@pytest.mark.parametrize("text", ["nonsense", "a/b=3", "a/b/c d=3"])
def test_set_that_cannot_be_read(folder: Path, text: str) -> None:
    with pytest.raises(UsageError, match="write SETTING=VALUE or TABLE/KEY/COLUMN=VALUE"):
        read_case(folder, None, [text])


def test_set_reads_values_with_any_sign(folder: Path) -> None:
    case = read_case(folder, None, ["title=a=b/c", "products/cement/unit=kt/year", "stock/almaty;mill/capacity = 7 "])
    assert case.settings.title == "a=b/c"
    assert case.frames["products"]["unit"].to_list() == ["kt/year", "kt"]
    assert case.frames["stock"]["capacity"].to_list() == [7]


def test_set_with_too_many_key_cells(folder: Path) -> None:
    with pytest.raises(CaseError, match=r"--set: 'almaty;cement;\*;\*;x' has more cells than the key of needs"):
        read_case(folder, None, ["needs/almaty;cement;*;*;x/quantity=5"])


def test_set_of_an_unknown_name(folder: Path) -> None:
    with pytest.raises(CaseError, match="--set, column site: 'almatty' is not in sites"):
        read_case(folder, None, ["needs/almatty;cement/quantity=5"])


def test_a_setting_that_a_change_spoils_is_told_where_it_was_changed(folder: Path) -> None:
    _, problems = check_case(folder, None, ["discount_rate=abc", "solver.gap=-1", "exchange_rates.EUR=0"])
    assert [str(problem) for problem in problems] == [
        "--set, column discount_rate: 'abc' is not a number",
        "--set, column exchange_rates.EUR: '0' must be above 0",
        "--set, column solver.gap: '-1' must be at least 0",
    ]
    rates = "scenario,table,key,column,value\nwrong,case,,discount_rate,12%\ndear,case,,discount_rate,8\n"
    (folder / "changes.csv").write_text(rates)
    _, problems = check_case(folder, "wrong")
    told = "changes.csv row 2, column discount_rate: '12%' is not a number; write a share: 0.08 for 8 %"
    assert [str(problem) for problem in problems] == [told]
    told = "changes.csv row 3, column discount_rate: 8 is 800 % a year; for 8 % write 0.08"
    assert [str(note) for note in judge_case(folder, "dear").notes] == [told]
    workbook = folder.with_suffix(".xlsx")
    convert_case(folder, workbook)
    _, problems = check_case(workbook, None, ["discount_rate=abc"])
    assert [str(problem) for problem in problems] == ["--set, column discount_rate: 'abc' is not a number"]


def test_a_scenario_changes_the_plan() -> None:
    yemen = built_in_cases()["yemen-cement"]
    assert plan_case(read_case(yemen, "free")).objective < plan_case(read_case(yemen)).objective
