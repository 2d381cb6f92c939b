"""Terms of made cases: figures where there are any, marked assumptions where there are none, and a plan that does not change by them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from capcoop import built_in_cases, check_case, plan_case, read_case, run
from capcoop.appraise import gains_of
from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.figures import figure
from capcoop.atlas.governments import government_rows
from capcoop.atlas.new import Made, make_case, write_made
from capcoop.atlas.terms import constant, loan_rows, open_rows, stated_term, term_rows
from capcoop.money.premium import Cover, minimum_premium
from capcoop.schema import TABLES

DATA = Path(__file__).parent.parent / "src" / "capcoop" / "atlas" / "figures"
HOSTS = ("KAZ", "PER", "ETH", "BGD", "EGY", "BRA", "ARG", "CHL")
MONEY = ("terms", "loans", "negotiable", "governments")


@pytest.fixture(scope="module")
def peru() -> Made:
    return make_case("PER", (), ("CHN", "DEU"), (2015, 2016))


@pytest.mark.parametrize("name", ["terms", "open_terms", "governments"])
def test_every_figure_of_terms_has_a_source_and_says_what_was_not_read(name: str) -> None:
    rows = pl.read_csv(DATA / f"{name}.csv", infer_schema=False)
    assert rows.get_column("source").null_count() == 0
    assert set(rows.get_column("verified")) <= {"yes", "no"}
    guessed = pl.col("source").str.contains("assumption|from memory")
    assert rows.filter(guessed, pl.col("verified") == "yes").is_empty()
    if name == "terms":
        undated = rows.filter(pl.col("year").is_null(), ~pl.col("source").str.contains("assumption"))
        assert undated.is_empty()


def test_terms_are_of_the_country_else_assumed_for_all() -> None:
    taxes = {host: stated_term("profit_tax", host) for host in HOSTS}
    assert {host: found.value for host, found in taxes.items() if found} == {
        "KAZ": 0.2, "PER": 0.3, "ETH": 0.3, "BGD": 0.35, "EGY": 0.25, "BRA": 0.34, "ARG": 0.35, "CHL": 0.21,
    }  # fmt: skip
    other = stated_term("profit_tax", "MNG")
    assert other is not None
    assert (other.value, other.verified) == (0.25, False)
    assert "assumption" in other.source
    assert stated_term("royalty", "KAZ") is None
    assert stated_term("wage_tax", "ETH") is None


def test_labour_cost_is_the_shadow_wage_and_duty_that_of_landed_prices() -> None:
    row = term_rows("KAZ", 2014, Assumptions())[0]
    # Unemployment 5.06 % in 2014, taxes of 0.19: (1 - 0.19)(1 - 0.0506).
    assert row["labour_cost"] == pytest.approx(0.81 * 0.9494, rel=1e-5)
    assert row["duty"] == pytest.approx(0.0316)
    # 60 USD/t of CO2; emissions are kt for each kt, and money is thousand USD.
    assert (row["carbon_price"], row["currency"]) == (60, "thousand USD")
    assert row.get("royalty") is None
    assert row.get("currency_premium") is None


def test_what_is_unknown_stays_blank_and_is_told() -> None:
    book = Assumptions()
    row = term_rows("ETH", 2014, book)[0]
    assert row["wage_tax"] is None
    idle = figure("conditions", None, "unemployment", "ETH", year=2014)
    assert idle is not None
    assert row["labour_cost"] == pytest.approx(1 - idle.value / 100, rel=1e-5)
    assert any("Taxes on wages" in what for what in book.unknown)
    assert any("foreign exchange" in what for what in book.unknown)


def test_where_gates_lie_abroad_no_duty_is_counted_and_sellers_there_lose_their_sales() -> None:
    ethiopia = make_case("ETH", (), ("CHN",), (2015, 2016)).content.frames["terms"]
    assert "duty" not in ethiopia.columns
    assert ethiopia.get_column("country").to_list() == ["ETH", "DJI", "SOM"]
    assert ethiopia.get_column("export_margin").n_unique() == 1
    assert ethiopia.get_column("profit_tax").to_list() == [0.3, None, None]


def test_loans_are_of_their_supplier_in_constant_prices_and_not_longer_than_the_life() -> None:
    book = Assumptions()
    options = [
        {"option": "mine", "supplier": "CHN", "life": 30.0},
        {"option": "short", "supplier": "CHN", "life": 7.5},
        {"option": "theirs", "supplier": "DEU", "life": 30.0},
    ]
    every, short, german = loan_rows("KAZ", ("CHN", "DEU"), options, 2014, book)
    assert every["country"] == "KAZ"
    assert (short["option"], short["years"], german["option"], german["years"]) == ("short", 7, "theirs", 10)
    assert constant(0.0710, 0.02) == pytest.approx(0.05)
    assert every["rate"] == pytest.approx(1.03923 / 1.0162222 - 1, abs=1e-6)
    assert every["premium"] == 0.0693
    # Category 5, sovereign, 2 years of works and 10 of repayment: horizon 11.
    assert german["premium"] == pytest.approx(minimum_premium(Cover(5, "SOV", 10, 2)).rate, abs=1e-6)
    assert german["premium"] == pytest.approx((0.74 * 11 + 0.75) * (1 - 0.018) / 100, abs=1e-6)
    assert loan_rows("KAZ", ("CHN",), [], 2014, book) == []
    assert loan_rows("CHL", ("DEU",), options[2:], 2014, Assumptions())[0]["premium"] is None


def test_governments_have_figures_of_the_year_and_no_debt_of_another_time() -> None:
    book = Assumptions()
    row = government_rows("KAZ", 2014, book)[0]
    assert row["gdp"] == pytest.approx(221_415.6)
    assert row["exports"] == pytest.approx(0.393418 * 221_415.6, rel=1e-5)
    assert row["revenue"] == pytest.approx(0.194544 * 221_415.6, rel=1e-5)
    assert row["inflation"] == pytest.approx(0.01622, abs=1e-5)
    # The only figure of public external debt is of 2023; its service is known with that of companies alone.
    assert not {"debt", "debt_service"} & set(row)
    assert any("Public external debt near 2014: unknown" in one for one in book.unknown)
    later = government_rows("KAZ", 2022, Assumptions())[0]
    assert later["debt"] == 25_765.0
    assert "public_debt" not in later
    assert (row["market_access"], row["debt_capacity"]) == (True, None)
    assert government_rows("ETH", 2014, Assumptions())[0]["debt_capacity"] == "medium"
    assert government_rows("KAZ", 1900, Assumptions()) == []


def test_open_terms_are_those_that_a_case_has() -> None:
    words = [row["term"] for row in open_rows(Assumptions(), loans=True)]
    assert set(words) == {column for column in TABLES["negotiable"]["term"].choices if column != "fund_equity"}
    assert {"rate", "gearing"}.isdisjoint(row["term"] for row in open_rows(Assumptions(), loans=False))


def test_a_made_case_tells_its_terms_and_its_plan_does_not_change_by_them(peru: Made, tmp_path: Path) -> None:
    path, told = write_made(peru, tmp_path / "with")
    text = told.read_text(encoding="utf-8")
    for word in ("### Terms", "### Loans", "### What is open", "profit tax", "What foreign exchange is worth"):
        assert word in text
    bare = replace(peru.content, frames={name: one for name, one in peru.content.frames.items() if name not in MONEY})
    other, _ = write_made(replace(peru, content=bare), tmp_path / "without")
    plans = [plan_case(read_case(one)) for one in (path, other)]
    assert plans[0].objective == plans[1].objective
    gains = gains_of(read_case(path), plans[0], plans[0])
    assert gains.total == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        "bangladesh",
        "belo-monte",
        "brazil",
        "egypt",
        "ethiopia",
        "kazakhstan",
        "pacific-cable",
        "peru",
        "two-ocean-railway",
        "two-ocean-tunnel",
    ],
)
def test_a_built_in_case_says_how_parties_share_and_passes_its_check(name: str) -> None:
    case, problems = check_case(built_in_cases()[name])
    assert problems == []
    assert case is not None
    for table in MONEY:
        frame = case.frames[table]
        assert frame.height, table
        assert frame.get_column("source").null_count() == 0
        assert frame.filter(pl.col("source").str.contains("assumption|from memory"), pl.col("verified")).is_empty()


# Rows of the tables of gains in README.md: roles, and countries (blank: no country).
PAGES: dict[str, dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "belo-monte": {
        "owners, Brazil": (("owners",), ("BRA",)),
        "government, Brazil": (("government",), ("BRA",)),
        "who bears the damage of emissions, Brazil": (("environment",), ("BRA",)),
        "makers of the equipment": (("contractors",), ("", "CHN")),
        "public bank, Brazil": (("policy banks",), ("BRA",)),
        "traders of fuel and power, Brazil": (("traders",), ("BRA",)),
        "exporters": (("exporters",), ("", "PRY")),
    },
    "two-ocean-railway": {
        "users abroad, China and the Netherlands": (("users",), ("CHN", "NLD")),
        "users, Brazil": (("users",), ("BRA",)),
        "owners of the railways and barges": (("owners",), ("BRA", "")),
        "makers of the equipment": (("contractors",), ("",)),
        "bank and insurer, China": (("policy banks", "public insurers"), ("CHN",)),
    },
}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_page_of_a_case_tells_who_gains(name: str, tmp_path: Path) -> None:
    folder = built_in_cases()[name]
    result = run(folder, tmp_path / name)
    assert result.baseline is not None
    table = gains_of(result.case, result.plan, result.baseline).table
    text = (folder / "README.md").read_text(encoding="utf-8").partition("## Who gains")[2].partition("\n## ")[0]
    told = {row: float(number.replace(",", "")) for row, number in re.findall(r"^\| ([^|]+) \| (-?[\d,]+) \|", text, re.MULTILINE)}
    for row, (roles, countries) in PAGES[name].items():
        gain = table.filter(pl.col("role").is_in(roles), pl.col("country").is_in(countries)).get_column("gain").sum()
        assert told[row] == pytest.approx(gain, rel=0.05, abs=5), row
    total = next(number for row, number in told.items() if row.startswith("all"))
    assert total == pytest.approx(table.get_column("gain").sum(), rel=0.02)


def test_what_is_bought_at_home_is_no_import(peru: Made) -> None:
    home = peru.content.frames["purchases"].filter(pl.col("purchase") == "home")
    assert home.height
    assert set(home.get_column("origin")) == {"PER"}
