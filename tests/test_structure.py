"""The cheapest mix of capital: against a search by hand, within every limit, with the limits that bind in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from capcoop.cli import app
from capcoop.errors import UsageError
from capcoop.money.project.projectfile import ProjectFile, read_project
from capcoop.money.project.structure import structure
from capcoop.money.project.syndicate import syndicate

PORT = """
title = "A port"
currency = "million USD"
country = "KEN"
outlays = [200, 300, 200]
discount = 0.14
[operation]
revenue = 130
costs = 40
growth = 0.02
years = 22
[financing]
coverage = 1.4
gearing = 0.7
[[loans]]
name = "buyer credit"
share = 0.5
lender = "CHN"
rate = 0.05
years = 13
front_fee = 0.01
[loans.insurance]
premium = 0.07
[[loans]]
name = "bank"
share = 0.5
lender = "KEN"
rate = 0.10
years = 10
profile = "annuity"
"""


def asked(tmp_path: Path, text: str = PORT) -> ProjectFile:
    file = tmp_path / "port.toml"
    file.write_text(text, encoding="utf-8")
    return read_project(file)


def amounts(tmp_path: Path, text: str) -> tuple[dict[str, float], str, float]:
    found = structure(asked(tmp_path, text))
    assert found.sources["amount"].is_not_nan().all()
    assert found.sources["share"].sum() == pytest.approx(1)
    return dict(zip(found.sources["source"], found.sources["amount"], strict=True)), " ".join(found.binds), found.after


def test_no_mix_by_hand_is_cheaper(tmp_path: Path) -> None:
    """All years, profiles and shares of two tranches, each financed exactly: none is cheaper than the program's, up to its linearity."""
    file = asked(tmp_path)
    what, terms = file.project(), file.terms()
    found = structure(file)
    assert found.found is not None
    best = np.inf
    for share in (0.0001, 0.25, 0.5, 0.75, 0.9999):
        for profile in ("sculpted", "equal-principal", "annuity"):
            for years in (7, 10, 13):
                buyer = replace(terms.tranches[0], share=share, years=years, profile=profile)
                bank = replace(terms.tranches[1], share=1 - share)
                for gearing in (0.4, 0.55, 0.7):
                    one = syndicate(what, replace(terms, tranches=(buyer, bank), gearing=gearing))
                    debt, equity = one.draws[:, 0].sum(axis=1), one.equity.sum()
                    cost = sum(one.cost(j).only * debt[j] for j in range(2)) + 0.14 * equity
                    best = min(best, float(cost / (debt.sum() + equity)))
    assert found.after < found.before
    assert found.after <= best + 1e-4
    coverage = found.found.coverage[0]
    assert coverage.min() >= 1.4 * (1 - 1e-9)
    assert found.found.gearing[0] <= 0.7 + 1e-9


def test_the_reported_cost_is_the_exact_one(tmp_path: Path) -> None:
    found = structure(asked(tmp_path))
    assert found.found is not None
    rates = [found.found.cost(index).only for index in range(len(found.found.loans))]
    assert found.sources["cost"].to_list() == pytest.approx([*rates, 0.14])
    assert (found.sources["cost"] * found.sources["share"]).sum() == pytest.approx(found.after)
    np.testing.assert_allclose(
        found.found.owners + found.found.lenders.sum(axis=0) + found.found.insurers.sum(axis=0), found.found.project, atol=1e-7
    )


def test_limits_of_lender_and_insurer(tmp_path: Path) -> None:
    free, told, _ = amounts(tmp_path, PORT)
    assert free["buyer credit"] > 200
    assert "gives at most" not in told
    lent, told, _ = amounts(tmp_path, PORT.replace("front_fee = 0.01", "front_fee = 0.01\nmost = 150"))
    assert lent["buyer credit"] == pytest.approx(150, rel=0.01)
    assert lent["buyer credit"] <= 150 * (1 + 1e-6)
    assert "What the lender of buyer credit gives at most, 150, binds: with 1 % more of it the cost of capital would be" in told
    insured, told, _ = amounts(tmp_path, PORT.replace("premium = 0.07", "premium = 0.07\nmost = 95"))
    assert insured["buyer credit"] == pytest.approx(100, rel=0.01)
    assert "What the insurer of buyer credit covers at most, 95, binds" in told


def test_the_fund_s_ticket_and_share(tmp_path: Path) -> None:
    plain = PORT + '[structure]\nfund = "China-Africa Development Fund"\nhurdle = 0.09\n'
    found, told, _ = amounts(tmp_path, plain)
    equity = found["China-Africa Development Fund"] + found["owners"]
    share = found["China-Africa Development Fund"] / equity
    assert found["China-Africa Development Fund"] == pytest.approx(min(150, equity / 2), rel=0.01)
    assert share <= 0.5 + 1e-9
    assert ("The largest ticket of the fund, 150, binds" in told) or ("The fund's share of the equity, below 50 %, binds" in told)
    small, told, _ = amounts(tmp_path, plain + "smallest_ticket = 400\nlargest_ticket = 500\n")
    assert "China-Africa Development Fund" not in small
    assert "The smallest ticket of the fund, 400, binds: with any ticket" in told
    notes = structure(asked(tmp_path, plain)).notes
    assert any("smallest ticket, largest ticket, largest share are not known" in note for note in notes)


def test_uninsured_loans_and_insured_owners_are_chosen_where_they_pay(tmp_path: Path) -> None:
    dear = PORT.replace("premium = 0.07", "premium = 0.25")
    insured = structure(asked(tmp_path, dear.replace("rate = 0.05", "rate = 0.05\nuninsured = 0.12")))
    bare = structure(asked(tmp_path, dear.replace("rate = 0.05", "rate = 0.05\nuninsured = 0.06")))
    assert "without insurance" in bare.sources["how"][0]
    assert bare.after < insured.after
    cover = '[[cover]]\nof = "equity"\nperils = { expropriation = 0.006 }\n'
    covered = structure(asked(tmp_path, PORT + cover + "[structure]\ncovered_discount = 0.12\n"))
    assert covered.sources["how"].to_list()[-1] == "equity, with cover of political risk"
    assert covered.found is not None
    assert covered.found.equity_insurer.sum() > 0
    useless = structure(asked(tmp_path, PORT + cover + "[structure]\ncovered_discount = 0.139\n"))
    assert useless.sources["how"].to_list()[-1] == "equity"


def test_public_debt_bounds_what_the_host_owes(tmp_path: Path) -> None:
    sovereign = PORT.replace("front_fee = 0.01", "front_fee = 0.01\nsovereign = true")
    with pytest.raises(UsageError, match="buyer credit would be public debt of the host, whose room is not known"):
        structure(asked(tmp_path, sovereign))
    roomy = "[host]\ngdp = 50000\nexports = 12000\nrevenue = 9000\ndebt = 16000\nservice = 1500\n"
    free, told, _ = amounts(tmp_path, sovereign + roomy)
    assert "room" not in told
    tight, told, _ = amounts(tmp_path, sovereign + roomy.replace("debt = 16000", "debt = 19900"))
    assert tight["buyer credit"] == pytest.approx(100, rel=0.01)
    assert tight["buyer credit"] <= 100 * (1 + 1e-6) < free["buyer credit"]
    assert "The room for public debt of the host, 100 in present value, binds" in told
    full, _, _ = amounts(tmp_path, sovereign + roomy.replace("debt = 16000", "debt = 30000"))
    assert "buyer credit" not in full


def test_the_arrangement_bounds_years_and_average_life_of_bound_lenders(tmp_path: Path) -> None:
    long = PORT.replace("years = 13", "years = 20")
    chinese, german = structure(asked(tmp_path, long)), structure(asked(tmp_path, long.replace('"CHN"', '"DEU"')))
    assert chinese.sources["how"][0].startswith("20 years")
    assert int(german.sources["how"][0].split()[0]) <= 15
    assert any("The average life of buyer credit, 9 years, binds: with one year more" in one for one in german.binds)
    assert any("The term of buyer credit, 20 years, binds" in one and "Source: the lender's offer" in one for one in chinese.binds)
    assert chinese.after < german.after
    assert german.found is not None
    assert german.found.average_lives[0, 0] <= 9.0 + 0.3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[200, 300, 200]", "[2e-9]"),
        ("[200, 300, 200]", "[2e13]"),
        ("revenue = 130\ncosts = 40\ngrowth = 0.02\nyears = 22", "cash = [90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 0, -5]"),
        ("coverage = 1.4", "coverage = 50"),
        ("years = 13", "years = 1"),
        ("years = 13", "years = 13\nfirst = 13"),
        ("gearing = 0.7", "gearing = 0.99\nreserve = 5"),
    ],
)
def test_extreme_projects_have_a_mix(tmp_path: Path, old: str, new: str) -> None:
    found = structure(asked(tmp_path, PORT.replace(old, new, 1)))
    assert 0 < found.after <= 0.14 + 1e-9
    assert found.sources["amount"].is_finite().all()
    assert found.found is None or found.found.coverage.min() >= 1.4 * (1 - 1e-9)


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "port.toml"
    file.write_text(PORT, encoding="utf-8")
    run = CliRunner(env={"COLUMNS": "80"})
    done = run.invoke(app, ["finance", str(file), "--structure"])
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in ("the cheapest mix of capital", "weighted cost of capital, after tax", "What binds", "binds: with"):
        assert words in done.stdout
    record = json.loads(run.invoke(app, ["finance", str(file), "--structure", "--json"]).stdout)
    assert record["after"] < record["before"]
    assert [row["source"] for row in record["sources"]][-1] == "owners"
    file.write_text(PORT.replace("years = 13", "years = 23"), encoding="utf-8")
    assert "no loan outlasts its asset" in run.invoke(app, ["finance", str(file), "--structure"]).stderr
