"""The catalogue of faults: each file of this folder lists what was changed in a sound case, and exactly what must be told.

[[fault]]
title = "what is wrong"
scenario = "name"           # optional
problems = ["every line, in order"]   # or `notes`: what is allowed but named
[fault.files]               # what stands in place of the files of the base case of tests/test_faults.py
"needs.csv" = "..."
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from capcoop import check_case
from capcoop.case import judge_case
from capcoop.cli import app
from capcoop.errors import in_order
from test_faults import write

FOLDER = Path(__file__).parent
EVERY = [
    pytest.param(fault, id=f"{path.stem}: {fault['title']}")
    for path in sorted(FOLDER.glob("*.toml"))
    for fault in tomllib.loads(path.read_text(encoding="utf-8"))["fault"]
]
FAULTS = [param for param in EVERY if "problems" in param.values[0]]  # type: ignore[operator]
NOTES = [param for param in EVERY if "notes" in param.values[0]]  # type: ignore[operator]


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(fault: dict[str, Any], tmp_path: Path) -> None:
    folder, scenario = write(tmp_path, fault["files"]), fault.get("scenario")
    _, problems = check_case(folder, scenario)
    assert [str(problem) for problem in problems] == fault["problems"]
    assert problems == sorted(problems, key=in_order)
    shown = CliRunner().invoke(app, ["check", str(folder), *(["--scenario", scenario] if scenario else [])])
    head, *lines = shown.stderr.splitlines()
    assert shown.exit_code == 1
    assert head == f"{len(lines)} problem{'s' if len(lines) > 1 else ''} in the case:"
    assert lines == fault["problems"]


@pytest.mark.parametrize("noted", NOTES)
def test_note(noted: dict[str, Any], tmp_path: Path) -> None:
    folder = write(tmp_path, noted["files"])
    judged = judge_case(folder)
    assert [str(note) for note in judged.notes] == noted["notes"]
    assert not judged.problems
    shown = CliRunner().invoke(app, ["check", str(folder)])
    assert shown.exit_code == 0
    assert shown.stdout.split("worth a look:\n")[1].splitlines() == noted["notes"]


def test_faults_are_many_and_different() -> None:
    titles = [str(param.values[0]["title"]) for param in FAULTS]  # type: ignore[index]
    assert len(set(titles)) == len(titles) >= 60


def test_the_command_line_shows_fifty_problems_and_counts_the_rest(tmp_path: Path) -> None:
    rows = "".join(f"nowhere{i},cemnt{i},1\n" for i in range(10))
    tables = {f"odd{i}.csv": "a\n1\n" for i in range(45)}
    shown = CliRunner().invoke(app, ["check", str(write(tmp_path, {"needs.csv": "site,product,quantity\n" + rows, **tables}))])
    lines = shown.stderr.splitlines()
    assert shown.exit_code == 1
    assert lines[0] == "65 problems in the case:"
    assert len(lines) == 52
    assert lines[-1] == "... and 15 more problems"


def test_what_is_not_shown_of_a_rule_is_counted(tmp_path: Path) -> None:
    rows = "".join(f"nowhere{i},cement,-1\n" for i in range(23))
    _, problems = check_case(write(tmp_path, {"needs.csv": "site,product,quantity\n" + rows}))
    assert len(problems) == 42
    assert [str(problem) for problem in problems if problem.row == 22] == [
        "needs.csv row 22, column quantity: 3 more rows break the same rule",
        "needs.csv row 22, column site: 3 more rows break the same rule",
    ]
    needs = "".join(f"town{i},cement,1\n" for i in range(21))
    sites = "site\nalmaty\n" + "".join(f"town{i}\n" for i in range(21))
    trade = "purchase,site,product,price\nabroad,*,clinker,40\n"
    _, problems = check_case(write(tmp_path, {"sites.csv": sites, "needs.csv": "site,product,quantity\n" + needs, "purchases.csv": trade}))
    assert str(problems[-1]) == "needs.csv row 22: 1 more row breaks the same rule"
