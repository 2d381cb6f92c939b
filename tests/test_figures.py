"""The figures of the package: what is chosen among several, and what is unknown."""

from __future__ import annotations

import polars as pl
import pytest

from capcoop import UsageError
from capcoop.atlas.countries import countries, find_country
from capcoop.atlas.figures import AREAS, by_country, chosen, figure, nearest, table
from capcoop.atlas.products import PRODUCTS, SECTORS

RESTRICTED = "Tax Foundation|TeleGeography|AEI/Heritage|Damodaran|IMF World Economic Outlook|IMF WEO"


def rows(*cells: tuple[float | None, float | None, float | None, int | None, bool, str | None]) -> pl.DataFrame:
    schema = {"value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "year": pl.Int16, "verified": pl.Boolean, "note": pl.String}
    return pl.DataFrame(cells, schema=schema, orient="row").with_columns(unit=pl.lit("kt"), source=pl.lit("a book"))


def test_every_row_has_a_source_and_a_mark_and_may_be_passed_on() -> None:
    figures = table("figures")
    assert figures.select(pl.col("source", "verified", "unit").null_count()).row(0) == (0, 0, 0)
    assert not figures.filter(pl.col("source").cast(pl.String).str.contains(RESTRICTED)).height
    assert figures.select(pl.any_horizontal(pl.col("value", "low", "high").is_not_null()).all()).item()


def test_a_single_row_stands_for_itself() -> None:
    found = chosen(rows((5.0, None, None, 2014, True, None)))
    assert found is not None
    assert (found.value, found.low, found.high, found.rule) == (5.0, None, None, "")


def test_verified_rows_come_first_then_those_that_are_no_estimates_then_the_median() -> None:
    found = chosen(
        rows(
            (90.0, None, None, 2014, False, None),
            (4.0, None, None, 2014, True, "estimated"),
            (10.0, None, None, 2014, True, None),
            (20.0, 18.0, 25.0, 2014, True, None),
            (60.0, None, None, 2014, True, None),
        )
    )
    assert found is not None
    assert (found.value, found.low, found.high) == (20.0, 10.0, 60.0)
    assert found.rule == "verified rows alone, without estimates and lower bounds, median of 3"


def test_a_range_alone_counts_with_its_middle_and_an_empty_table_is_unknown() -> None:
    found = chosen(rows((None, 50.0, 200.0, 2024, True, None)))
    assert found is not None
    assert (found.value, found.low, found.high) == (125.0, 50.0, 200.0)
    assert chosen(rows()) is None


def test_the_nearest_year_is_taken_the_earlier_of_two() -> None:
    frame = rows(*((float(year), None, None, year, True, None) for year in (2012, 2016, 2020)))
    assert nearest(frame, 2014).get_column("year").to_list() == [2012]
    assert nearest(frame, 2019).get_column("year").to_list() == [2020]
    assert nearest(frame, None).get_column("year").to_list() == [2020]
    assert nearest(frame, 2025, within=3).is_empty()


def test_figures_of_kazakhstan() -> None:
    made = figure("output", "cement", "production", "KAZ", year=2014)
    assert made is not None
    assert (made.value, made.unit, made.year, made.verified) == (8140.0, "kt", 2014, True)
    none = figure("output", "flat_glass", "production", "KAZ", year=2014)
    assert none is not None  # zero is a figure
    assert none.value == 0.0


def test_a_country_without_a_row_is_unknown() -> None:
    assert figure("output", "flat_glass", "production", "PER") is None
    assert "PER" not in by_country("output", "production", "flat_glass")


def test_the_world_is_no_country() -> None:
    made = by_country("output", "production", "aluminium_primary", 2014)
    world = figure("output", "aluminium_primary", "production", "WLD", year=2014)
    assert world is not None
    assert not set(made) & set(AREAS)
    assert 0.9 * world.value < sum(one.value for one in made.values()) < 1.1 * world.value


def test_units_and_money_are_common() -> None:
    power = figure("output", "electricity", "capacity", "KAZ", year=2014)
    assert power is not None
    assert (power.value, power.unit) == (19000.0, "MW")
    euro = table("rates").filter((pl.col("currency") == "EUR") & (pl.col("year") == 2014)).item(0, "usd")
    assert euro == pytest.approx(1.3285, abs=5e-4)  # the bank's own yearly mean
    stated = table("figures").filter(pl.col("stated").cast(pl.String).str.ends_with(" EUR2010 per t/y cement"))
    assert stated.item(0, "value") == pytest.approx(10 * 1.3257, rel=1e-3)
    assert stated.get_column("context").cast(pl.String).to_list() == ["prices of 2010"]


@pytest.mark.parametrize("text", ["KAZ", "kz", "Kazakhstan", " kazakhstan "])
def test_countries_by_any_name(text: str) -> None:
    assert find_country(text).code == "KAZ"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Kazakstan", "'Kazakstan' is not a country; did you mean 'Kazakhstan'?"),
        ("KAX", "'KAX' is not a country; did you mean 'KAZ'?"),
        ("", "'' is not a country; write its ISO code of three letters, such as KAZ"),
        ("Antarctica", "the atlas has no figures of Antarctica (ATA)"),
        ("\x1b[2J", "'\\x1b[2J' is not a country; write its ISO code of three letters, such as KAZ"),
    ],
)
def test_what_is_no_country(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_country(text)
    assert str(caught.value) == message


def test_countries_and_products_are_whole() -> None:
    assert len(countries()) == 204
    assert {"CHN", "RUS"} <= set(countries()["KAZ"].borders)
    assert {product.sector for product in PRODUCTS.values()} <= {*SECTORS, ""}
    known = set(table("figures").filter(pl.col("theme") == "output").get_column("subject").cast(pl.String))
    assert {product.output for product in PRODUCTS.values()} <= known
