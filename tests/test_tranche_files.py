"""Project files with several tranches and covers: what they lead to, the rules they break, and what is said of wrong settings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from capcoop.cli import app
from capcoop.money.insurance import PERILS, expected_claims, usual_price
from capcoop.money.loans import Loan
from capcoop.money.premium import Cover
from capcoop.money.project.finance import finance, project
from capcoop.money.project.projectfile import read_project
from capcoop.money.project.sheet import term_sheet

MILL = """
title = "A mill"
currency = "million KZT"
country = "KAZ"
outlays = [6000, 9000]
discount = 0.14
[operation]
revenue = 6000
costs = 2400
growth = 0.03
years = 15
[tax]
rate = 0.2
[financing]
coverage = 1.3
gearing = 0.7
reserve = 0.5
[[loans]]
name = "buyer credit"
share = 0.6
lender = "DEU"
currency = "EUR"
exchange = 500
depreciation = 0.03
bond_yield = 0.039
margin = 0.01
lock = 0.002
years = 10
front_fee = 0.01
contract = 14000
[loans.insurance]
country = "KAZ"
buyer = "CC2"
pays = "financed"
[[loans]]
name = "bank loan"
share = 0.4
lender = "KAZ"
base = 0.08
margin = 0.03
years = 8
first = 2
profile = "annuity"
[[cover]]
of = "equity"
perils = { expropriation = 0.006, violence = 0.004 }
share = 0.9
years = 12
probability = 0.01
[[cover]]
of = "bank loan"
perils = ["transfer"]
"""


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, list(words))
    return done.exit_code, done.stdout, done.stderr


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mill.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_term_sheet_of_two_tranches(tmp_path: Path) -> None:
    file = written(tmp_path, MILL)
    code, shown, _ = run("finance", str(file))
    assert code == 0
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    for words in ("buyer credit   bank loan", "Cover of political risk", "rate of interest", "insurer", "reserve"):
        assert words in shown
    record = json.loads(run("finance", str(file), "--json")[1])
    text = json.dumps(record)
    assert "NaN" not in text
    assert "Infinity" not in text
    buyer, bank = record["tranches"]["buyer credit"], record["tranches"]["bank loan"]
    assert buyer["rate of interest"] == pytest.approx(0.051)
    assert bank["rate of interest"] == pytest.approx(0.11)
    assert buyer["amount"] / (buyer["amount"] + bank["amount"]) == pytest.approx(0.6)
    assert record["ratios"]["debt-service coverage, least"] >= 1.3
    assert record["ratios"]["gearing"] == pytest.approx(0.7)
    assert sum(record["sources"].values()) == pytest.approx(sum(record["uses"].values()))
    for row in record["flows"]:
        parties = [value for name, value in row.items() if name not in ("year", "project")]
        assert sum(parties) == pytest.approx(row["project"], abs=1e-6)
    for row in record["waterfall"]:
        parts = ("cash before tax", "tax", "uses", "drawn", "interest", "principal", "insurance", "reserve")
        assert sum(row[part] for part in parts) == pytest.approx(row["owners"], abs=1e-6)
    cover = record["covers"]["equity"]
    assert cover["price a year, share of the balance"] == pytest.approx(0.9 * 0.010)
    assert cover["stays with the insured, share"] == pytest.approx(0.1)
    assert 0 < cover["expected claims, present value"] < cover["largest balance"]
    assert any("prices of political risk of the tranche bank loan are the middle of usual ones" in note for note in record["notes"])


def test_rules_bind_some_lenders_and_are_a_benchmark_to_others(tmp_path: Path) -> None:
    dear = (
        MILL.replace("years = 10\nfront", 'years = 16\nfirst = 3\nprofile = "equal-principal"\nfront')
        .replace("\nyears = 15", "\nyears = 20")
        .replace('country = "KAZ"\nbuyer = "CC2"', "premium = 0.02")
    )
    notes = term_sheet(read_project(written(tmp_path, dear.replace("contract = 14000", "contract = 5000")))).notes
    bound = [note for note in notes if note.startswith("Rule broken: DEU is bound, and of buyer credit")]
    assert len(bound) == 5
    assert any("the amount of the credit is" in note and "the rule allows 4250 (OECD Arrangement" in note for note in bound)
    assert any("the repayment in years is 16, the rule allows 15" in note for note in bound)
    assert any("the first instalment, in years, is 2.5, the rule allows 0.5" in note for note in bound)
    assert any("the premium, of which more is asked for, is 0.02, the rule allows 0.1" in note for note in bound)
    chinese = term_sheet(read_project(written(tmp_path, dear.replace('"DEU"', '"CHN"')))).notes
    assert not any("is bound" in note for note in chinese)
    assert sum(note.startswith("Benchmark: CHN is not bound, and of buyer credit") for note in chinese) == 4
    assert not any("bank loan the" in note for note in (*notes, *chinese))
    tied = MILL.replace("bond_yield = 0.039\nmargin = 0.01\nlock = 0.002", "rate = 0.01\nreference = 0.05\ntied = true")
    notes = term_sheet(read_project(written(tmp_path, tied))).notes
    assert any("the concessionality of the tied loan" in note and "the rule allows 0.35" in note for note in notes)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('currency = "EUR"', 'currency = "EURO"', "column loans[1].currency: 'EURO' is not a currency; did you mean 'EUR'?"),
        ("exchange = 500\n", "", "column loans[1].exchange: EUR has no exchange rate to the project's KZT"),
        ('currency = "million KZT"', 'currency = "money"', "the currency EUR of a tranche needs that of the project"),
        ("share = 0.4\nlender", "share = 0.5\nlender", "column loans: shares of 0.6, 0.5 must be stated and sum to 1"),
        ("base = 0.08\n", "", "the interest of bank loan is stated by `rate`, by `base` and `margin`, or by `bond_yield` and `margin`"),
        ("years = 8\nfirst = 2", "years = 8\nfirst = 9", "column loans[2].first: 9 is beyond the last year of the tranche, 8"),
        ('profile = "annuity"', 'profile = "stated"\nparts = [0.5, 0.4]', "2 parts that sum to 0.9 must be one for each of 8 years"),
        ('country = "KAZ"\nbuyer', "buyer", "column loans[1].insurance: no risk class is stated, but the minimum premium depends on it"),
        ('lender = "DEU"', 'lender = "Germany"', "column loans[1].lender: 'Germany' is not a country"),
        ('name = "bank loan"', 'name = "buyer credit"', "'buyer credit' stands for something else already"),
        ('of = "bank loan"', 'of = "buyer credit"', "which excludes a separate one (no risk is insured twice)"),
        ('of = "bank loan"', 'of = "bank"', "'bank' is neither the equity nor a tranche; did you mean 'bank loan'?"),
        ('perils = ["transfer"]', 'perils = ["war"]', "'war' is not a peril"),
        ('perils = ["transfer"]', 'perils = ["transfer"]\nyears = 3', "3 holds for the equity alone; cover of a tranche lasts"),
        ("share = 0.9\nyears = 12", "share = 0.99\nyears = 12", "0.99 is more than the 0.9 that is covered (MIGA"),
        ("years = 8\n", "years = 18\n", "the tranche bank loan runs 18 years, but the asset 15: no loan outlasts its asset (OECD"),
        ("coverage = 1.3", "coverage = 0.8", "the debt-service coverage is 0.8: below 1"),
        ("gearing = 0.7", "gearing = 1.0", "owners pay 15 % at least (OECD Arrangement"),
        ("revenue = 6000", "revenue = 2000", "cash available for debt service is -400 in year 1 of operation"),
        ('country = "KAZ"\nbuyer', 'country = "BLZ"\nbuyer', "BLZ is not classified by the OECD: state its category, 1 to 7"),
        ("share = 0.6", "shar = 0.6", "column loans[1].shar: 'shar' is not a setting; did you mean 'share'?"),
        ("[financing]", "[loan]\nrate = 0.1\nyears = 3\n[financing]", "[loan] and [[loans]] stand side by side"),
        ("[financing]", "[insurance]\ncategory = 4\n[financing]", "belongs to one loan; state [loans.insurance]"),
        ("depreciation = 0.03", "depreciation = inf", "column loans[1].depreciation"),
    ],
)  # fmt: skip
def test_wrong_tranches_are_told_in_a_sentence(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in MILL
    code, _, error = run("finance", str(written(tmp_path, MILL.replace(old, new, 1))))
    assert code in (1, 2)
    assert "Traceback" not in error
    assert told in " ".join(error.split())


def test_the_insurer_s_expected_loss() -> None:
    """2 % a year of default, 60 % lost, 95 % covered, on the opening balances of t = 1..12, at 6 %."""
    cash = 24.0 * 1.02 ** np.arange(20)
    loan = Loan(0.06, 10, commitment_fee=0.005, front_fee=0.015, premium=Cover(4, "CC2", 10))
    found = finance(project([60.0, 90.0, 50.0], cash), loan).sized
    balances = np.concatenate([found.draws[0].cumsum()[:2], found.repayment.opening[0]])
    claims = expected_claims(balances, 0.02, 0.6, 0.95, 0.06)
    assert claims == pytest.approx(8.268057232, abs=1e-6)
    assert claims / (found.premium * found.debt)[0] == pytest.approx(0.566072, abs=1e-6)


def test_usual_prices_are_within_their_ranges() -> None:
    assert [usual_price(peril, "equity") for peril in PERILS] == pytest.approx([0.0035, 0.006, 0.005, 0.01025])
