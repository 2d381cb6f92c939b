"""The gap: ordinary demand by figures and rules, against what can be made; what is unknown stays unknown."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner

from capcoop import UsageError
from capcoop.atlas.countries import countries
from capcoop.atlas.demand import catching_up, growth_of, income_group, ordinary_demand, product_names
from capcoop.atlas.figures import by_country
from capcoop.atlas.gap import ask, capacity_of, gap_of, gaps_of_all, production, share_imported
from capcoop.atlas.programmes import find_programme
from capcoop.atlas.years import years_of
from capcoop.cli import app
from capcoop.report.gap import Bar, gap_shown

GROWTH = 1.042  # GDP of Kazakhstan in 2014


def base_of(country: str, product: str, year: int = 2014, until: int | None = None) -> float:
    base = ordinary_demand(country, product, year, until).base
    assert base is not None
    return base.value


def row_of(frame: pl.DataFrame, product: str, country: str = "KAZ") -> dict[str, Any]:
    return frame.row(by_predicate=(pl.col("product") == product) & (pl.col("country") == country), named=True)


def shown(*arguments: str, width: str = "80") -> tuple[int, str, str]:
    done = CliRunner(env={"COLUMNS": width}).invoke(app, ["gap", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_ordinary_demand_of_kazakhstan_is_that_of_the_built_in_case() -> None:
    cement = ordinary_demand("KAZ", "cement", 2014)
    assert (base_of("KAZ", "cement"), cement.in_year(2013)) == (8200.0, 8200.0)
    assert cement.in_year(2015) == pytest.approx(8200 * GROWTH**2) == pytest.approx(8903, abs=0.5)
    assert cement.in_year(2024) == pytest.approx(12893, abs=0.5)
    steel = ordinary_demand("KAZ", "finished_steel", 2014)
    assert steel.in_year(2015) == pytest.approx(8200 * GROWTH**2 * 32 / 209) == pytest.approx(1363, abs=0.5)
    glass = ordinary_demand("KAZ", "flat_glass", 2014)
    assert base_of("KAZ", "flat_glass") == pytest.approx(8200 * 52_000 / 3_310_000) == pytest.approx(129, abs=0.5)
    assert glass.in_year(2015) == pytest.approx(140, abs=0.5)
    assert glass.base is not None
    assert not glass.base.verified  # the world's cement of 2010 is from memory
    assert "flat glass with cement as in the world of 2010" in glass.base.rule


def test_every_ordinary_demand_tells_its_source_and_rule() -> None:
    for product in product_names():
        for country in ("KAZ", "PER", "SSD"):
            demand = ordinary_demand(country, product, 2014)
            assert demand.base is not None
            assert demand.growth is not None
            assert demand.base.source
            assert demand.base.rule or demand.base == by_country("output", "consumption", product, 2014).get(country)


def test_production_stands_for_consumption_and_says_so() -> None:
    found = ordinary_demand("ETH", "cement", 2014).base
    assert found is not None
    assert (found.value, found.rule) == (5424.0, "production stands for consumption: its trade is not known")


def test_a_country_without_cement_figures_is_taken_at_the_median_of_its_income_group() -> None:
    group, people = "lower middle", by_country("countries", "population", None, 2014)
    used = by_country("output", "production", "cement", 2014) | by_country("output", "consumption", "cement", 2014)
    heads = [one.value / people[code].value for code, one in used.items() if (income_group(code, 2014) or ("",))[0] == group]
    found = ordinary_demand("SSD", "cement", 2014).base
    assert found is not None
    assert found.value == pytest.approx(median(heads) * people["SSD"].value)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    assert not found.verified


def test_the_world_is_shared_out_and_never_counted() -> None:
    assert sum(base_of(code, "aluminium") for code in countries() if ordinary_demand(code, "aluminium", 2014).base) == pytest.approx(54_000)
    made = production("cement", 2014)
    assert "WLD" not in made
    rank = row_of(gap_of("CHN", 2015, 2024).products, "cement", "CHN")
    assert (rank["rank"], rank["ranked"]) == (1, sum(one.value > 0 for one in made.values()))
    assert "WLD" not in gaps_of_all(2015, 2015).products.get_column("country")


def test_growth_is_held_within_bounds() -> None:
    fast, slow, steady = (growth_of(code, 2014) for code in ("ETH", "LBY", "KAZ"))
    assert fast is not None
    assert slow is not None
    assert steady is not None
    assert (fast.value, slow.value, steady.value) == (8.0, 0.0, 4.2)
    assert "10.2575 % stated" in fast.rule
    assert (steady.low, steady.high) == (4.2, 6.35)


def test_income_groups() -> None:
    groups = {code: (income_group(code, 2014) or ("",))[0] for code in ("ETH", "BTN", "KAZ", "USA")}
    assert groups == {"ETH": "low", "BTN": "lower middle", "KAZ": "upper middle", "USA": "high"}


def test_figures_of_later_years_are_kept_out() -> None:
    assert capacity_of("KAZ", "cement", 2014)[0].value == 11850.0  # type: ignore[union-attr]  # of 2016
    found, whole = capacity_of("KAZ", "cement", 2014, until=2014)
    assert found is not None
    assert (found.value, whole) == (8140.0, False)  # what was made
    # The plant of 2022 is no capacity of 2014; it is one of 2021.
    assert capacity_of("KAZ", "flat_glass", 2014)[0].value == 0.0  # type: ignore[union-attr]
    assert capacity_of("KAZ", "flat_glass", 2021)[0].value == 197.1  # type: ignore[union-attr]
    assert ordinary_demand("KAZ", "copper", 2014, until=2014).missing == "the world's output"
    assert base_of("PER", "cement") == 11300.0  # consumption of 2018
    assert base_of("PER", "cement", until=2014) < 11300.0


def test_nurly_zhol_year_by_year() -> None:
    found = gap_of("KAZ", 2015, 2024, [find_programme("nurly-zhol", "KAZ")])
    cement = row_of(found.products, "cement")
    # 1,400 km of road, 161 km of track, 280,000 m2 of housing a year, in the first five of ten years.
    yearly = (1400 * (43.0 + 0.143 * 303.0) + 161 * 0.143 * 265.2 + 280_000 * 0.143 * 0.966) / 1e3
    assert cement["programme"] == pytest.approx(yearly / 2)
    wanted = [8200 * GROWTH ** (year - 2013) + (yearly if year < 2020 else 0.0) for year in range(2015, 2025)]
    assert cement["demand"] == pytest.approx(sum(wanted) / 10)
    assert cement["capacity"] == 11850.0
    assert cement["gap"] == pytest.approx(sum(max(0.0, one - 11850.0) for one in wanted) / 10)
    assert cement["gap_low"] <= cement["gap"] <= cement["gap_high"]
    assert (cement["rank"], cement["ranked"]) == (40, 157)
    assert cement["share_imported"] == pytest.approx(1600 / 8200)
    assert found.notes == ("Nurly Zhol, not counted for want of an intensity: water and heat networks",)


def test_no_plant_at_all_is_known_and_unknown_is_not_zero() -> None:
    kazakh = row_of(gap_of("KAZ", 2015, 2024).products, "flat_glass")
    assert kazakh["no_plant"] is True
    assert (kazakh["capacity"], kazakh["production"], kazakh["share_imported"]) == (0.0, 0.0, 1.0)
    assert kazakh["gap"] == pytest.approx(kazakh["demand"])
    peruvian = row_of(gap_of("PER", 2015, 2024).products, "flat_glass", "PER")
    unknown = ("no_plant", "capacity", "capacity_at_least", "production", "rank", "share_imported", "gap", "gap_at_most")
    assert [peruvian[name] for name in unknown] == [None] * len(unknown)
    assert peruvian["demand"] > 0


def test_what_is_made_bounds_the_gap() -> None:
    power = row_of(gap_of("KAZ", 2015, 2015).products, "electricity")
    assert power["capacity"] is None
    assert power["capacity_at_least"] == 94640.0
    assert power["gap_at_most"] == pytest.approx(power["demand"] - 94640.0)
    # Mills roll other steel too: what they make says how large the gap is at least.
    steel = row_of(gap_of("PER", 2025, 2025).products, "finished_steel", "PER")
    assert steel["gap_at_most"] is None
    assert steel["gap_at_least"] == pytest.approx(steel["demand"] - steel["production"])


def test_trade() -> None:
    assert share_imported("PER", "cement", 2014) is None
    power = share_imported("KAZ", "electricity", 2014)
    assert power is not None
    assert (power.value, power.rule) == (0.0, "net imports / consumption")  # more is sold than bought


def test_a_country_without_a_programme_moves_to_its_income_group_in_ten_years() -> None:
    people = by_country("countries", "population", None, 2014)
    used = by_country("output", "consumption", "electricity", 2014)
    heads = [one.value / people[code].value for code, one in used.items() if (income_group(code, 2014) or ("",))[0] == "lower middle"]
    short = median(heads) * people["SSD"].value - used["SSD"].value
    needs = catching_up("SSD", 2015, 2026, 2014).filter(pl.col("product") == "electricity")
    assert needs.get_column("central").to_list() == pytest.approx([short * min(step / 10, 1) for step in range(1, 13)])
    # A country above its group needs nothing more, and never less.
    high = catching_up("CHN", 2015, 2024, 2014)
    assert high.filter(pl.col("product") == "cement").get_column("high").to_list() == [0.0] * 10


def test_a_programme_of_money_alone_is_unknown() -> None:
    found = gap_of("PER", 2022, 2025, [find_programme("pnisc-2022-2025", "PER")])
    assert found.products.get_column("programme").null_count() == found.products.height
    assert found.notes == (
        "PNISC 2022-2025: what it takes is unknown, as it states nothing that can be counted (money; no physical quantity)",
    )
    cement = row_of(found.products, "cement", "PER")
    assert cement["demand"] == pytest.approx(cement["ordinary"])


def test_notes_name_programmes_not_asked_for_and_years_not_covered() -> None:
    assert gap_of("KAZ", 2015, 2024).notes == ("programmes of the country: nurly-zhol, nurly-zhol-2 (--programme)",)
    late = gap_of("KAZ", 2025, 2030, [find_programme("nurly-zhol", "KAZ")])
    assert late.notes[1] == "Nurly Zhol builds in 2015-2019, in none of the years asked for"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2024-2015", "the years 2024-2015 run backwards; write 2015-2024"),
        ("1990-1995", "the years 1990-1995 are outside the data; write years from 2010 to 2050"),
        ("2045-2060", "the years 2045-2060 are outside the data; write years from 2010 to 2050"),
        ("soon", "'soon' is no span of years; write it as 2015-2024"),
        ("2015-", "'2015-' is no span of years; write it as 2015-2024"),
    ],
)
def test_years_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        years_of(text)
    assert str(caught.value) == message
    assert shown("KAZ", "--years", text)[::2] == (2, f"{message}.\n")


def test_years() -> None:
    assert (years_of("2015-2024"), years_of(" 2030 ")) == ((2015, 2024), (2030, 2030))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Kazakstan"], "'Kazakstan' is not a country; did you mean 'Kazakhstan'?"),
        (["KAZ", "-p", "nurly-zol"], "'nurly-zol' is no programme; did you mean 'nurly-zhol'?"),
        (["KAZ", "-p", "cpec"], "'cpec' is a programme of Pakistan, not of Kazakhstan."),
        ([], "name a country, such as KAZ, or write --all."),
        (["KAZ", "--all"], "--all shows every country on its way to its income group; leave out the country and --programme."),
        (["--all", "--product", "cemnt"], "'cemnt' is no product of a gap; did you mean 'cement'?"),
    ],
)
def test_what_cannot_be_asked(arguments: list[str], message: str) -> None:
    assert shown(*arguments) == (2, "", f"{message}\n")


def test_an_item_without_an_intensity_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("asset,quantity,first,last\nport_berth,3,2015,2017\n")
    code, _, told = shown("KAZ", "-p", str(file))
    rule = "'port_berth' has no intensity: no figure tells what it takes of any product; leave the row out"
    assert (code, told) == (2, f"mine.csv row 2, column asset: {rule}.\n")


@pytest.mark.parametrize("arguments", [["KAZ", "-p", "nurly-zhol"], ["CHN"], ["TUV", "-y", "2030"], ["--all"]])
def test_the_answer_fits_a_terminal(arguments: list[str]) -> None:
    code, text, _ = shown(*arguments)
    assert code == 0
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text


def test_the_answer_of_kazakhstan() -> None:
    _, text, _ = shown("kazakhstan", "--programme", "nurly-zhol", "--years", "2015-2024")
    lines = text.splitlines()
    assert lines[:2] == ["Kazakhstan, 2015-2024", "Nurly Zhol (2015-2019)"]
    for words in (["flat", "glass", "0", "(2014)", "none", "at", "all"], ["cement", "kt", "10", "789"], ["copper", "unknown"]):
        assert any(all(word in line.split() for word in words) for line in lines), words
    assert any("█" in line and line.split()[0] == "cement" for line in lines)


def test_every_country_has_a_line_and_the_largest_gap_comes_first() -> None:
    _, text, _ = shown("--all", "--years", "2025-2034", "--product", "flat_glass")
    lines = [line for line in text.splitlines() if line.strip()]
    assert len([line for line in lines if any(line.startswith(one.name[:22].rstrip()) for one in countries().values())]) == len(countries())
    assert lines[6].startswith("India")  # China has more plants than it needs, India's output is of 2018
    assert any(line.split()[0] == "Kazakhstan" for line in lines[6:10])


def test_json() -> None:
    _, text, _ = shown("KAZ", "-p", "nurly-zhol", "--json")
    record = json.loads(text)
    assert (record["first"], record["last"], len(record["years"])) == (2015, 2024, 10 * len(product_names()))
    cement = next(row for row in record["products"] if row["product"] == "cement")
    assert cement["name"] == "Kazakhstan"
    assert cement["gap"] == pytest.approx(159.1, abs=0.1)
    code, text, _ = shown("Kazakstan", "--json")
    assert (code, json.loads(text)["exit_code"]) == (2, 2)


def test_bars_are_of_letters_where_the_terminal_has_no_blocks() -> None:
    class Plain(StringIO):
        encoding = "ascii"

    out = Plain()
    Console(file=out, width=80, legacy_windows=False).print(Bar(50.0, 100.0))
    assert out.getvalue().strip() == "#" * 23 + "." * 23


def test_amounts_of_a_million_are_shown_in_a_larger_unit() -> None:
    found = ask("CHN", [], "2015-2024", "cement", everything=False)
    out = StringIO()
    Console(file=out, width=80).print(gap_shown("China", found.programme, (2015, 2024), found.products, found.notes))
    assert any(line.split()[:2] == ["cement", "Mt"] for line in out.getvalue().splitlines())
