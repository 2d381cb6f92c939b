"""The commands on money as a user runs them: term sheet, premium, public debt, and what they say of wrong input."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capcoop.cli import app

ROAD = """
title = "A toll road"
currency = "million USD"
outlays = [60, 90, 50]
discount = 0.12
[operation]
revenue = 30
costs = 6
growth = 0.02
years = 20
[loan]
rate = 0.06
years = 10
commitment_fee = 0.005
front_fee = 0.015
[insurance]
category = 4
buyer = "CC2"
[fund]
share = 0.4
hurdle = 0.10
exit = 10
"""


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, list(words))
    return done.exit_code, done.stdout, done.stderr


def refused(tmp_path: Path, text: str) -> str:
    file = tmp_path / "project.toml"
    file.write_text(text, encoding="utf-8")
    code, _, told = run("finance", str(file))
    assert code in (1, 2)
    assert "Traceback" not in told
    return told


def test_a_term_sheet(tmp_path: Path) -> None:
    file = tmp_path / "road.toml"
    file.write_text(ROAD, encoding="utf-8")
    code, shown, _ = run("finance", str(file))
    assert code == 0
    for words in ("loan      147.4", "owners, internal rate of return    12.03 %", "other owners, internal rate of return   12.69 %"):
        assert words in shown
    assert max(map(len, shown.splitlines())) <= 80
    code, told, _ = run("finance", str(file), "--json")
    record = json.loads(told)
    assert record["sources"]["loan"] == pytest.approx(147.378407440, abs=1e-6)
    assert sum(record["sources"].values()) == pytest.approx(sum(record["uses"].values()))
    assert record["sensitivity"][0]["change"] == "cash of operation by 10 %"
    for row in record["waterfall"]:
        parts = ("cash before tax", "tax", "uses", "drawn", "interest", "principal")
        assert sum(row[part] for part in parts) == pytest.approx(row["owners"], abs=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("years = 10", "years = 25", "the loan runs 25 years, but the asset 20"),
        ("years = 10", "years = 10\ngearing = 1.0", "the gearing is 1, but lies between 0 and 1"),
        ("years = 10", "years = 10\ncoverage = 0.9", "the debt-service coverage is 0.9: below 1"),
        ("revenue = 30", "revenue = 3", "cash available for debt service is -3 in year 1"),
        ("rate = 0.06", 'rate = "6 %"', "column loan.rate: '6 %' is not a number; write a share: 0.08 for 8 %"),
        ("rate = 0.06", "rat = 0.06", "column loan.rat: 'rat' is not a setting; did you mean 'rate'?"),
        ("category = 4", "category = 9", "column insurance.category: 9 must be at most 7"),
        ("category = 4", 'country = "SGP"', "SGP is in category 0, for which no minimum premium holds"),
        ('[insurance]\ncategory = 4\nbuyer = "CC2"', "", ""),
        ("category = 4", "", "column insurance: no risk class is stated, but the minimum premium depends on it (OECD Arrangement"),
        ('currency = "million USD"', 'currency = "million USS"', "column currency: 'million USS' names no currency; did you mean"),
        ("years = 10", 'years = 10\nlender = "Germany"', "column loan.lender: 'Germany' is not a country"),
        ("years = 20", "", "neither cash nor revenue, costs and years are stated"),
        ("revenue = 30", "revenue = 30\ncash = [1, 2]", "stand side by side"),
        ("exit = 10", "exit = 40", "is beyond the project's last year, 22"),
        ("outlays = [60, 90, 50]", "outlays = []", "column outlays"),
        ("outlays = [60, 90, 50]", "outlays = [nan]", "is not a finite number"),
        ("outlays = [60, 90, 50]", "", "column outlays: it must be stated"),
        ("[loan]", "[loan", "the file must be valid TOML"),
    ],
)
def test_wrong_projects_are_told_in_a_sentence(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = ROAD.replace(old, new, 1)
    if told:
        assert told in refused(tmp_path, text)
    else:
        file = tmp_path / "uninsured.toml"
        file.write_text(text, encoding="utf-8")
        assert run("finance", str(file))[0] == 0


def test_no_file_and_no_text(tmp_path: Path) -> None:
    assert "there is no file" in run("finance", str(tmp_path / "none.toml"))[2]
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    assert "the file must be valid TOML" in run("finance", str(tmp_path / "bytes.toml"))[2]
    assert "lie in each other too deep" in refused(tmp_path, "outlays = " + "[" * 5000 + "]" * 5000)


def test_a_premium() -> None:
    code, shown, _ = run("premium", "Kazakhstan", "--buyer", "cc1", "--years", "10", "--drawdown", "0.5")
    assert code == 0
    assert "minimum premium, of the principal, up front   9.3179 %" in shown
    code, told, _ = run("premium", "7", "--years", "22", "--drawdown", "4", "--json")
    assert 100 * json.loads(told)["rate"] == pytest.approx(23.97)
    assert "no minimum premium holds" in run("premium", "DEU")[2]
    assert "the category of a country is 1 to 7, not 0" in run("premium", "0")[2]
    assert "'CC9' is not a buyer category" in run("premium", "5", "--buyer", "CC9")[2]
    assert "horizon of risk, in years, is nan" in run("premium", "5", "--years", "nan")[2]


def test_public_debt() -> None:
    economy = ("--gdp", "50000", "--exports", "12000", "--revenue", "9000", "--owed", "16000", "--service", "1500")
    code, shown, _ = run("debt", "--loan", "600,0.06,3,12", *economy)
    assert code == 0
    assert "not concessional" in shown
    assert "near" in shown
    code, told, _ = run("debt", "--loan", "600,0.02,7,20", *economy, "--json")
    assert json.loads(told)["ratios"][0]["after"] == pytest.approx(32.849738662, abs=1e-6)
    assert run("debt", "--loan", "600,0.02,7,20,2,0.0075")[0] == 0
    for wrong in ("600", "a,b,c,d", "600,0.02,7,20,3", "600,0.02,7,20,2,0,9", "1e300,0,0,inf"):
        assert "is no loan: write AMOUNT,RATE,GRACE,YEARS" in run("debt", "--loan", wrong)[2]
    assert "ratios need all three" in run("debt", "--loan", "600,0.02,7,20", "--gdp", "1")[2]
    assert "state a loan" in run("debt")[2]
    assert "the capacity to carry debt is one of" in run("debt", "--loan", "600,0.02,7,20", *economy, "--capacity", "good")[2]


def test_the_page_on_finance_shows_what_the_commands_print(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "finance.md").read_text(encoding="utf-8")
    project, *_ = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "road.toml").write_text(project, encoding="utf-8")
    blocks = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    commands = re.findall(r"^`capcoop ((?:finance|premium|debt)[^`]*)`", page, re.MULTILINE)
    assert len(blocks) == len(commands) == 3
    for command, block in zip(commands, blocks, strict=True):
        words = command.replace("road.toml", str(tmp_path / "road.toml")).split()
        code, shown, _ = run(*words)
        assert code == 0
        printed = {line.rstrip() for line in shown.splitlines()}
        assert not [line for line in block.splitlines() if line not in printed]
