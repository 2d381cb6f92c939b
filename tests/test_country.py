"""The profile of a country: figures as in the table, ranks by hand, unknown apart from zero, publishers, and what is asked wrongly."""

from __future__ import annotations

import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from capcoop import UsageError
from capcoop.atlas.countries import countries, find_country
from capcoop.atlas.figures import by_country, figure, rows, table
from capcoop.atlas.indicators import GROUPS, INDICATORS
from capcoop.atlas.products import PRODUCTS
from capcoop.atlas.profile import METRICS, ProductFigures, Profile, as_record, profile, years_of_figures
from capcoop.atlas.sources import credits_of, parts_of, publisher_of, publishers
from capcoop.atlas.standing import Standing, single_values, standing_of_output, standings
from capcoop.atlas.ties import suppliers, ties_of
from capcoop.report.country import CountryPage
from test_cli import capcoop

MEBI = 2**20
FIGURE = {"value", "low", "high", "unit", "year", "source", "verified", "note", "rule", "estimate", "publishers"}


@pytest.fixture(scope="module")
def kazakhstan() -> Profile:
    return profile("KAZ", year=2014)


def product(told: Profile, name: str) -> ProductFigures:
    return next(one for one in told.products if one.product.name == name)


def printed(told: Profile, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, highlight=False, markup=False, emoji=False).print(CountryPage(as_record(told)))
    return out.getvalue()


def test_figures_are_those_of_the_table(kazakhstan: Profile) -> None:
    cement = product(kazakhstan, "cement")
    assert cement.production == figure("output", "cement", "production", "KAZ", year=2014)
    assert [(one.value, one.year) for one in (cement.production, cement.capacity, cement.consumption, cement.imports) if one] == [
        (8140.0, 2014),
        (11850.0, 2016),
        (8200.0, 2013),
        (1600.0, 2013),
    ]
    latest = product(profile("kazakhstan"), "cement").production
    assert latest is not None
    assert (latest.value, latest.year) == (12088.0, 2022)


def test_unknown_is_not_zero(kazakhstan: Profile) -> None:
    glass = product(kazakhstan, "flat_glass")
    assert glass.production is not None
    assert glass.production.value == 0.0
    assert glass.standing is None  # who makes nothing has no rank
    assert glass.imports is None
    assert "flat glass" not in kazakhstan.unknown.products
    assert "urea" in kazakhstan.unknown.products
    line = next(line for line in printed(kazakhstan).splitlines() if line.startswith("flat glass"))
    assert line.split()[2:] == ["0", "197.1", "unknown", "unknown", "unknown", "-"]


def test_the_rank_of_cement_by_hand(kazakhstan: Profile) -> None:
    made = {country: one.value for country, one in by_country("output", "production", "cement", 2014, 0).items() if one.year == 2014}
    near = {country: one.value for country, one in by_country("output", "production", "cement", 2014, 2).items()}
    assert set(made) == set(near)
    place = product(kazakhstan, "cement").standing
    assert place is not None
    assert (place.rank, place.of, place.year) == (sum(value > 8140 for value in made.values()) + 1, len(made), 2014)
    assert place.share == pytest.approx(100 * 8140 / sum(made.values()))
    assert place.basis == f"the sum of {len(made)} countries"
    assert place.quartile == 2  # 40th of 157: just behind the first quarter


def test_years_that_list_large_makers_alone_make_no_ranking() -> None:
    place = standing_of_output("USA", "cement", None)  # 2024 has 14 countries, 2017 has 155
    assert place is not None
    assert (place.year, place.of) == (2017, 155)
    assert standing_of_output("ETH", "soda_ash_natural", None) is None  # four countries
    world = standing_of_output("KAZ", "aluminium_primary", 2014)
    assert world is not None
    assert world.share == pytest.approx(100 * 208 / 54000)
    assert world.basis == "the world's total"


def test_places_under_conditions_are_among_near_years() -> None:
    found = standings("conditions", "KAZ", {"lpi_overall": 2014})["lpi_overall"]
    others = by_country("conditions", "lpi_overall", None, 2014, 2)
    assert found == Standing(sum(one.value > others["KAZ"].value for one in others.values()) + 1, len(others), 2014)
    assert standings("conditions", "KAZ", {}) == {}
    assert Standing(1, 4, 2014).quartile == 1
    assert Standing(4, 4, 2014).quartile == 4


def test_many_figures_are_chosen_by_the_same_rule() -> None:
    frame = rows("output", "refined_products", "production").filter(pl.col("year") == 2015).with_columns(pl.col("country").cast(pl.String))
    many = dict(single_values(frame, ["country"]).iter_rows())
    each = {country: one.value for country, one in by_country("output", "production", "refined_products", 2015, 0).items()}
    assert many == pytest.approx(each)
    assert many["TWN"] == (924 + 1299) / 2  # two sources


def test_a_range_is_shown_where_sources_disagree() -> None:
    text = printed(profile("TWN", year=2015))
    assert "924-1 299" in text
    assert "0-0" not in printed(profile("TUV"))


def test_power_by_fuel(kazakhstan: Profile) -> None:
    coal = next(one for one in kazakhstan.power if one.fuel == "coal")
    assert coal.share == pytest.approx(100 * 67160 / 94640)
    assert coal.capacity is None
    assert coal.listed is not None
    assert (coal.listed.value, coal.listed.year) == (15868.0, 2021)
    hydro = next(one for one in kazakhstan.power if one.fuel == "hydro")
    assert hydro.capacity is not None
    assert (hydro.capacity.value, hydro.capacity.year) == (2677.55, 2015)


def test_every_condition_has_a_title_and_a_place_to_stand() -> None:
    figures = table("figures").with_columns(pl.col("theme", "metric").cast(pl.String))
    stated = set(figures.filter(pl.col("theme") == "conditions").get_column("metric"))
    assert stated <= set(INDICATORS)
    for metric, indicator in INDICATORS.items():
        assert indicator.group in GROUPS
        assert not figures.filter(pl.col("theme") == indicator.theme, pl.col("metric") == metric).is_empty(), metric
        assert len(indicator.title) <= 31, metric  # else 80 columns do not hold a row


def test_ties_to_a_supplier() -> None:
    china = ties_of(find_country("KAZ"), find_country("CHN"), 2014)
    traded = {one.year: one for one in china.trade}
    assert traded[2014].exports is not None
    assert traded[2014].exports.value == pytest.approx(9741.82)
    assert {one.tie: one.figure.value for one in china.money}["debt_stock_owed"] == 7098.0
    assert {one.tie: one.words for one in china.treaties}["partnership_level"] == "comprehensive strategic"
    assert "free-trade agreement in force" in china.unknown
    assert suppliers() == ["CHN", "DEU", "IND", "JPN", "KOR", "USA"]
    france = ties_of(find_country("KAZ"), find_country("France"), None)
    assert not france.known
    assert "debt owed to the supplier" not in france.unknown  # nobody but China has figures of it
    text = printed(profile("KAZ", "FRA"))
    assert "Ties to France (FRA): unknown." in text
    assert "CHN, DEU, IND, JPN, KOR, USA" in text


def test_what_is_not_verified_and_what_is_an_estimate_is_marked(kazakhstan: Profile) -> None:
    text = printed(kazakhstan)
    assert "13 800*" in text  # peak demand, from memory
    assert "~15 868 2021" in text  # plants listed
    assert "~ an estimate or a lower bound; * not verified, from memory" in text
    assert "*" not in printed(profile("TUV"))


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("code", ["KAZ", "PER", "ETH", "USA", "CHN", "TUV", "LIE"])
def test_pages_fit_and_hide_nothing(code: str, width: int) -> None:
    told = profile(code)
    text = printed(told, width)
    assert max(map(len, text.splitlines())) <= width
    shown = text if width < 112 else "\n".join(line[:95] for line in text.splitlines())  # the source may be cut short
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    for condition in told.conditions:
        assert condition.indicator.title in text


def test_every_country_has_a_page() -> None:
    """Every seventeenth of them here."""
    for code in sorted(countries())[::17]:
        assert countries()[code].name in printed(profile(code))


def test_the_record_keeps_its_shape(kazakhstan: Profile) -> None:
    record: dict[str, Any] = json.loads(json.dumps(as_record(kazakhstan), allow_nan=False))
    assert list(record) == [
        "country",
        "year",
        "products",
        "power",
        "conditions",
        "export_shares",
        "ties",
        "programmes",
        "unknown",
    ]
    assert [one["name"] for one in record["products"]] == list(PRODUCTS)
    cement = record["products"][0]
    assert set(cement) == {"name", "unit", "hs", "sector", "output", "title", *METRICS, "standing"}
    assert set(cement["production"]) == FIGURE
    assert set(cement["standing"]) == {"rank", "of", "year", "share", "basis", "quartile"}
    assert cement["exports"] is None
    assert list(record["conditions"]) == list(GROUPS)
    assert set(record["conditions"]["power"][0]) == {"indicator", "title", "unit", "figure", "standing"}
    assert set(record["ties"]) == {"supplier", "name", "known", "known_suppliers", "trade", "shares", "money", "treaties"}
    assert record["programmes"] == ["Nurly Zhol (2015-2019)", "Nurly Zhol 2 (2020-2025)"]
    assert set(record["unknown"]) == {"products", "conditions", "ties"}


def test_the_default_supplier_has_no_ties_to_itself() -> None:
    told = profile("CHN")
    assert told.ties is None
    assert as_record(told)["ties"] is None
    assert "name a supplier with --supplier" in printed(told)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Kazakstan", None, None), "'Kazakstan' is not a country; did you mean 'Kazakhstan'?"),
        (("KAZ", "kz", None), "--supplier kz: Kazakhstan cannot be its own supplier; name another country"),
        (("CHN", "China", None), "--supplier China: China cannot be its own supplier; name another country"),
        (("KAZ", "Chna", None), "'Chna' is not a country; did you mean 'China'?"),
        (("KAZ", None, 1950), "--year 1950: the atlas has figures of 2000 to 2025"),
    ],
)
def test_what_is_asked_wrongly(arguments: tuple[str, str | None, int | None], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        profile(*arguments)
    assert str(caught.value) == message


def test_the_years_of_the_atlas() -> None:
    assert years_of_figures() == (2000, 2025)


def test_the_command(tmp_path: Path) -> None:
    done = capcoop("country", "kz", "--year", "2014", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("Kazakhstan (KAZ)\n")
    record = json.loads(capcoop("country", "Peru", "--supplier", "DEU", "--json", cwd=tmp_path).stdout)
    assert (record["country"]["code"], record["ties"]["supplier"], record["year"]) == ("PER", "DEU", None)
    done = capcoop("country", "KAX", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "'KAX' is not a country; did you mean 'KAZ'?\n"


def test_every_source_has_a_publisher_whose_figures_may_be_carried() -> None:
    cells = [cell for name in ("figures", "countries", "programmes", "rates") for cell in table(name).get_column("source").unique()]
    found = {publisher_of(part) for cell in cells for part in parts_of(cell)}
    assert all(one.carried for one in found)
    assert found == {one for one in publishers() if one.carried}  # nobody is listed in vain
    with pytest.raises(LookupError, match="no publisher is named"):
        publisher_of("an unheard-of almanac")


def test_licences_that_are_known() -> None:
    licences = {one.publisher: one.licence for one in publishers()}
    assert licences["US Geological Survey"] == licences["CIA World Factbook"] == "public domain"
    assert licences["World Bank WDI"] == licences["Our World in Data"] == "CC BY"
    assert licences["mledoze/countries"] == "ODbL"
    assert not publisher_of("Tax Foundation 2024").carried
    cited = credits_of(["USGS mineral statistics via a copy", "from memory | World Bank WDI July 2026", "USGS again"])
    assert [one.publisher for one in cited] == ["From memory, not checked", "World Bank WDI", "US Geological Survey"]


def test_the_atlas_is_small() -> None:
    folder = Path(str(files("capcoop.atlas").joinpath("figures")))
    assert sum(path.stat().st_size for path in folder.iterdir()) < 5 * MEBI
