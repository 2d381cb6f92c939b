"""Modes and proposed channels: the figures against their sources, lengths, costs and losses by hand, and bad input in exact words."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from capcoop import plan_case, read_case
from capcoop.cli import app
from capcoop.corridors import costs
from capcoop.corridors.additions import HIGH, LOW, write_with
from capcoop.corridors.modes import PARAMETERS, find_modes, gauges, modes
from capcoop.corridors.pairs import land_pairs, sea_pairs
from capcoop.corridors.propose import COLUMNS, Proposals, propose_for
from capcoop.errors import CaseError, UsageError
from capcoop.geo.land import TERRAINS, detour, great_circle
from capcoop.geo.sea import sea_distances

RUNNER = CliRunner()
SETTINGS = 'currency = "million USD"\ndiscount_rate = 0.08\n'
# The two ends of the first Belo Monte line, and two ports of Brazil.
XINGU, ESTREITO = (-3.472, -51.198), (-20.462, -47.122)


def case_of(folder: Path, sites: str, products: str = "electricity,GWh,power", settings: str = SETTINGS, **tables: str) -> Path:
    """Write a case of a few lines."""
    folder.mkdir(exist_ok=True)
    (folder / "case.toml").write_text(settings)
    (folder / "sites.csv").write_text("site,country,latitude,longitude,kind\n" + sites)
    (folder / "products.csv").write_text("product,unit,channel\n" + products + "\n")
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def brazil(folder: Path, **tables: str) -> Path:
    """Write a case of the two ends of the Belo Monte line."""
    return case_of(folder, f"xingu,BRA,{XINGU[0]},{XINGU[1]},plant\nestreito,BRA,{ESTREITO[0]},{ESTREITO[1]},market\n", **tables)


def only(found: Proposals, mode: str) -> dict[str, object]:
    rows = found.candidates.filter(pl.col("mode") == mode).to_dicts()
    assert len(rows) == 1
    return rows[0]


# ------------------------------------------------------------------------------------------------------------- the figures


def test_every_figure_is_of_a_known_parameter_and_has_a_source() -> None:
    for mode in modes().values():
        assert mode.figures or mode.name == "barge"
        for (parameter, terrain), figure in mode.figures.items():
            assert parameter in PARAMETERS
            assert terrain in {"", *TERRAINS}
            assert figure.source
            assert figure.stated
            assert figure.least <= figure.value <= figure.most
            assert figure.value > 0
            assert ("USD" in figure.unit) == bool(figure.price_year)
            assert (
                figure.verified or "memory" in figure.source + figure.note or "rule" in figure.source + figure.note or "SAIL" in figure.note
            )


@pytest.mark.parametrize(
    ("mode", "parameter", "terrain", "value", "low", "high"),
    [
        # Ferrograo, 27.0 M BRL/km of 2025 at 0.17906: the median of five; FICO, 7.13 M BRL/km of 2021 at 0.18571; two oceans 5.7.
        ("rail", "capital_cost", "flat", 27.0e6 * 0.17906, 7.13e6 * 0.18571, 5.7e6),
        # China-Laos 14.0 to 14.4; the Peruvian part of the two-ocean railway, 39, widens the range alone.
        ("rail", "capital_cost", "mountain", 14.2e6, 14.0e6, 39e6),
        # China-Laos: 195 of 417 km in tunnels.
        ("rail", "tunnel_share", "mountain", 195 / 417, None, None),
        # Demand of two oceans 23, of Ferrograo 46.8, the ore line to Saldanha 60 Mt; FICO 13 as the least.
        ("rail", "unit_capacity", "", 46.8e6, 13e6, 60e6),
        ("hvdc", "unit_capacity", "", 4000, None, None),
        ("hvdc", "loss", "", 0.023, 0.015, 0.035),
        ("hvac", "loss", "", 0.0673, None, None),
        # 136 M USD over 6,000 km, 400 over 14,810; the 1990s 27,000 to 56,000.
        ("submarine-cable", "capital_cost", "", (22700 + 27000) / 2, 22700, 56000),
        ("submarine-cable", "unit_capacity", "", 32000, None, None),
        # The Danish Energy Agency's 4,070 and 3,220 EUR of 2025 at 1.13002 are the high ends.
        ("hvdc-submarine", "capital_cost", "", 242.0, 242.0, 3220 * 1.13002),
        ("sea", "speed", "", 868.2, None, None),
    ],
)
def test_a_figure_is_what_its_sources_say(
    mode: str, parameter: str, terrain: str, value: float, low: float | None, high: float | None
) -> None:
    figure = modes()[mode].figure(parameter, terrain)
    assert figure is not None
    assert figure.value == pytest.approx(value, rel=1e-3)
    for found, wanted in ((figure.low, low), (figure.high, high)):
        assert (found is None) == (wanted is None)
        assert wanted is None or found == pytest.approx(wanted, rel=1e-3)


def test_the_low_end_of_direct_current_is_what_the_first_belo_monte_line_cost() -> None:
    """602 BRL of 2017 per MW and km with converters, at 0.31337 USD, over 2,076 km."""
    hvdc = modes()["hvdc"]
    ways = costs.Ways(np.array([2076.0]), np.array([[1.0, 0.0, 0.0]]), np.array([False]), np.array([False]))
    assert costs.capital_cost(hvdc, ways, "least")[0] == pytest.approx(602 * 0.31337 * 2076, rel=1e-3)


def test_a_gauge_is_known_of_the_countries_of_the_corridors() -> None:
    known = gauges()
    assert (known["KAZ"], known["CHN"], known["BRA"], known["PER"]) == (1520, 1435, 1600, 1435)


# --------------------------------------------------------------------------------------------------------------- the pairs


def test_no_link_passes_by_another_site() -> None:
    """The third site lies half a degree beside the way between the first two, within the ball over it."""
    assert land_pairs(np.array([[0.0, 0.0], [0.0, 2.0], [0.5, 1.0]]), 0).tolist() == [[0, 2], [1, 2]]
    assert land_pairs(np.array([[0.0, 0.0], [0.0, 2.0], [1.5, 1.0]]), 0).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_links_cross_the_antimeridian() -> None:
    points = np.array([[0.0, 179.9], [0.0, -179.9], [0.0, 0.0]])
    assert [0, 1] in land_pairs(points, 0).tolist()


def test_the_graph_is_that_of_gabriel() -> None:
    """By brute force: a pair is in where no third site lies in the ball over it; 40 sites, more than are looked at pair by pair."""
    points = np.random.default_rng(7).uniform([-60, -180], [60, 180], (40, 2))
    angles = np.radians(points)
    places = np.column_stack(
        [np.cos(angles[:, 0]) * np.cos(angles[:, 1]), np.cos(angles[:, 0]) * np.sin(angles[:, 1]), np.sin(angles[:, 0])]
    )
    wanted = []
    for a, b in combinations(range(40), 2):
        middle, half = (places[a] + places[b]) / 2, np.linalg.norm(places[a] - places[b]) / 2
        others = np.delete(np.arange(40), [a, b])
        if (np.linalg.norm(places[others] - middle, axis=1) > half).all():
            wanted.append([a, b])
    assert land_pairs(points, 0).tolist() == wanted


def test_sites_on_one_circle_are_linked_around_it() -> None:
    """On the equator the convex hull has no volume; all pairs are looked at instead."""
    points = np.column_stack([np.zeros(36), np.arange(-180.0, 180.0, 10.0)])
    assert len(land_pairs(points, 0)) == 36


def test_each_site_has_its_nearest_besides() -> None:
    points = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [0.0, 3.5]])
    assert land_pairs(points, 0).tolist() == [[0, 1], [1, 2], [2, 3]]
    assert land_pairs(points, 2).tolist() == [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]


def test_ports_are_linked_with_all_or_their_nearest_and_none_is_left_alone() -> None:
    lengths = np.array([[0, 1, 9, 8], [1, 0, 7, 9], [9, 7, 0, 2], [8, 9, 2, 0]], dtype=float)
    assert len(sea_pairs(lengths, None)) == 6
    assert sea_pairs(lengths, 1).tolist() == [[0, 1], [1, 2], [2, 3]]  # 1-2 holds the two together
    lengths[0, 3] = lengths[3, 0] = np.inf
    assert [0, 3] not in sea_pairs(lengths, None).tolist()


# ---------------------------------------------------------------------------------------------- lengths, costs and losses by hand


def ways(length: float, flat: float, *, border: bool = False, gauge: bool = False) -> costs.Ways:
    return costs.Ways(np.array([length]), np.array([[flat, 0.0, 1 - flat]]), np.array([border]), np.array([gauge]))


def test_capital_cost_is_the_mean_over_the_land_shared_out_over_a_build() -> None:
    """100 km of railway, half of it flat: 50 x 4.83462 + 50 x 14.2 million USD, for 46,800 kt."""
    rail = modes()["rail"]
    assert costs.unit_size(rail) == pytest.approx(46800)
    assert costs.capital_cost(rail, ways(100, 0.5))[0] * 46800 == pytest.approx(50 * 4.83462e6 + 50 * 14.2e6)


def test_stations_stand_at_both_ends() -> None:
    """1,000 km of direct current: 186.56 x 1,000 + 2 x 122,021 USD per MW; two ports of 30.5224 USD per t a year for a kt."""
    assert costs.capital_cost(modes()["hvdc"], ways(1000, 1))[0] == pytest.approx(186.56e3 + 2 * 122021)
    assert costs.capital_cost(modes()["sea"], ways(5000, 1))[0] == pytest.approx(2 * 30.5224 * 1000)


def test_the_yearly_cost_is_in_the_annuity() -> None:
    """1.5 % a year over 40 years at 8 %: the annuity of the raised cost is that of the cost and 1.5 % of it."""
    hvdc = modes()["hvdc"]
    recovery = 0.08 / (1 - 1.08**-40)
    assert costs.fixed_factor(hvdc, costs.Discounting(0.08)) * recovery == pytest.approx(recovery + 0.015)
    assert costs.fixed_factor(hvdc, costs.Discounting(0.0)) == pytest.approx(1 + 0.015 * 40)
    assert costs.fixed_factor(modes()["rail"], costs.Discounting(0.08)) == 1


def test_freight_pays_at_borders_and_where_the_gauge_changes() -> None:
    fixed, per_km = costs.freight(modes()["rail"], ways(500, 1, border=True, gauge=True))
    assert fixed[0] == pytest.approx(9.82)
    assert per_km[0] == pytest.approx(0.0241185 * 1.035)
    fixed, per_km = costs.freight(modes()["sea"], ways(5000, 1))
    assert (fixed[0], per_km[0]) == pytest.approx((11, 0.00147032), rel=1e-4)


def test_tunnels_and_bridges_are_told_where_mountains_are() -> None:
    tunnels, bridges = costs.works(modes()["rail"], ways(834, 0.5))
    assert (tunnels[0], bridges[0]) == pytest.approx((195, 67.15), rel=1e-4)
    assert np.isnan(costs.works(modes()["road"], ways(834, 0.5))[0][0])


def test_the_belo_monte_line_is_as_long_as_built_and_loses_5_to_8_percent(tmp_path: Path) -> None:
    """2,076 km were built between the two towns; the great circle is 1,940.1 km, the detour 1.088."""
    row = only(propose_for(brazil(tmp_path / "case"), ["hvdc"]), "hvdc")
    assert row["distance"] == pytest.approx(1940.1 * detour("power line").factor, rel=1e-3)
    assert row["distance"] == pytest.approx(2076, rel=0.02)
    assert 0.05 < float(str(row["loss"])) < 0.08
    assert row["loss"] == pytest.approx(1 - 0.977 ** (float(str(row["distance"])) / 1000) * (1 - 0.00825061) ** 2, rel=1e-5)
    assert (row["unit_size"], row["life"]) == (4000, 40)


def test_railways_take_the_detour_of_the_land_they_cross(tmp_path: Path) -> None:
    case = case_of(tmp_path / "case", "almaty,KAZ,43.252,76.912,\nastana,KAZ,51.18,71.446,\n", "cement,kt,logistics")
    row = only(propose_for(case, ["rail"]), "rail")
    shares = np.array([row["flat"], row["hill"], row["mountain"]], dtype=float)
    assert shares.sum() == pytest.approx(1)
    assert shares[0] > 0.5
    factors = np.array([detour("rail", terrain).factor for terrain in TERRAINS])
    assert row["distance"] == pytest.approx(float(great_circle((43.252, 76.912), (51.18, 71.446))) * shares @ factors)


def test_ships_and_cables_go_by_sea(tmp_path: Path) -> None:
    santos, lima = (-23.98, -46.29), (-12.05, -77.15)
    sites = f"santos,BRA,{santos[0]},{santos[1]},port\ncallao,PER,{lima[0]},{lima[1]},port\nbrasilia,BRA,-15.78,-47.93,market\n"
    case = case_of(tmp_path / "case", sites, "soy,t,logistics\nbandwidth,Tbit/s,information")
    found = propose_for(case, ["sea", "submarine-cable"])
    assert only(found, "sea")["distance"] == pytest.approx(sea_distances([santos, lima])[0, 1])
    shut = sea_distances([santos, lima], closed=["northwest", "panama", "suez", "volga_don"])[0, 1]
    assert only(found, "submarine-cable")["distance"] == pytest.approx(shut)


def test_the_gauge_changes_between_china_and_kazakhstan_alone(tmp_path: Path) -> None:
    sites = "urumqi,CHN,43.8,87.6,\nalmaty,KAZ,43.25,76.91,\nbishkek,KGZ,42.87,74.6,\n"
    found = propose_for(case_of(tmp_path / "case", sites, "steel,kt,logistics"), ["rail"], nearest=0)
    paid = dict(found.candidates.select("from", "freight").iter_rows())
    assert paid == pytest.approx({"urumqi": 9.82, "almaty": 0.0})
    assert found.candidates.get_column("freight_per_km").to_list() == pytest.approx([0.0241185 * 1.035] * 2)


# ------------------------------------------------------------------------------------------------------------- in a case


def test_a_written_case_builds_direct_current_over_2000_km(tmp_path: Path) -> None:
    """3,500 MW all year: bought at 0.01 million USD per GWh and sent, against 0.06 on the spot.

    Sent are 30,660 / (1 - loss) GWh; one bipole is built. Alternating current would lose 14 % and cost twice as much.
    """
    tables = {
        "needs": "site,product,quantity\nestreito,electricity,30660\n",
        "purchases": "purchase,site,product,price\nplant,xingu,electricity,0.01\nspot,estreito,electricity,0.06\n",
    }
    found = propose_for(brazil(tmp_path / "case", **tables), ["hvac", "hvdc"])
    target, told, left = write_with(tmp_path / "case", tmp_path / "with", found, "case")
    at_once = ["options/xingu--estreito--hvdc/lead_years=0"]  # there is one year alone
    plan = plan_case(read_case(target, sets=at_once))
    assert plan["builds"].select("option", "builds", "new_capacity").rows() == [("xingu--estreito--hvdc", 1.0, 4000.0)]
    row = only(found, "hvdc")
    cost, loss = float(str(row["build_cost"])) * 4000 / 1e6, float(str(row["loss"]))
    annuity = cost * 0.08 / (1 - 1.08**-40)
    assert plan.objective == pytest.approx((30660 / (1 - loss) * 0.01 + annuity) / 1.08, rel=1e-5)
    assert told.name == "PROPOSALS.md"
    assert "bmte.com.br" in told.read_text()
    assert left == ()
    low, high = (plan_case(read_case(target, name, at_once)).objective for name in (LOW, HIGH))
    assert low < plan.objective < high
    assert row["build_years"] == pytest.approx(50 / 12, rel=1e-5)


def test_what_stands_stays_and_is_not_proposed_again(tmp_path: Path) -> None:
    sites = "a,KAZ,43.25,76.91,\nb,KAZ,44.85,65.51,\nc,KAZ,51.18,71.45,\n"
    channels = "channel,from,to,mode,distance,capacity,unit\nold,b,a,rail,1000,50,kt\n"
    freight = "channel,product,cost_per_distance\n*,cement,0.00002\n"
    case = case_of(tmp_path / "case", sites, "cement,kt,logistics", channels=channels, freight=freight)
    found = propose_for(case, ["rail"], nearest=2)
    assert found.candidates.get_column("channel").to_list() == ["a--c--rail", "b--c--rail"]
    assert found.notes[-1] == "1 pair of sites left out: a channel of the mode links them already."
    target, *_ = write_with(case, tmp_path / "with.zip", found, "case")
    both = read_case(target)
    assert both.frames["channels"].get_column("channel").to_list() == ["old", "a--c--rail", "b--c--rail"]
    new = both.frames["freight"].filter(pl.col("channel") == "a--c--rail").row(0, named=True)
    # 0.0241185 USD per t and km are 24.1185 USD per kt and km: in million USD.
    assert (new["cost_per_distance"], new["cost"], new["use"]) == pytest.approx((24.1185e-6, 0, 1))
    assert (tmp_path / "with-PROPOSALS.md").exists()
    assert not propose_for(target, ["rail"], nearest=2).candidates.height


def test_amounts_are_counted_in_the_unit_of_each_product(tmp_path: Path) -> None:
    sites = "a,KAZ,43.25,76.91,\nb,KAZ,44.85,65.51,\n"
    case = case_of(tmp_path / "case", sites, "ore,Mt,logistics\ngrain,t,logistics\nnatural-gas,TJ,logistics\npower,MWh,power")
    target, *_ = write_with(case, tmp_path / "with", propose_for(case), "case")
    rows = {(row["channel"].split("--")[2], row["product"]): row for row in read_case(target).frames["freight"].iter_rows(named=True)}
    assert {key: row["use"] for key, row in rows.items() if key[0] in {"rail", "pipeline", "hvac"}} == pytest.approx(
        {("rail", "ore"): 1000, ("rail", "grain"): 0.001, ("pipeline", "natural-gas"): 1000 / 3.6, ("hvac", "power"): 1}
    )
    assert rows["rail", "ore"]["cost_per_distance"] == pytest.approx(0.0241185)  # 1e6 t: million USD


def test_money_of_another_currency_is_converted_at_the_rate_of_the_case(tmp_path: Path) -> None:
    settings = 'currency = "million BRL"\ndiscount_rate = 0.08\nexchange_rates = { USD = 5.0 }\n'
    case = case_of(tmp_path / "case", "a,BRA,-13,-56,\nb,BRA,-16,-54,\n", settings=settings)
    found = propose_for(case, ["hvac"])
    target, *_ = write_with(case, tmp_path / "with", found, "case")
    cost = read_case(target).frames["options"].get_column("build_cost")[0]
    assert cost == pytest.approx(found.candidates.item(0, "build_cost") * 5e-6, rel=1e-5)


# ------------------------------------------------------------------------------------------------------------- bad input


TWO = "a,KAZ,43,77,\nb,KAZ,45,66,\n"
BARGE = (
    "no channel by barge is proposed: no network of rivers is in the package, so no length is known and nothing is proposed; write such "
    "channels yourself (docs/modes.md)"
)
ALONE = "a channel needs two sites with coordinates, and the case has 1: 'b' has none; state latitude and longitude in sites.csv"
NO_PORT = "channels by sea link sites of kind port, gateway or landing (sites.csv), and the case has 0"
DRY = "'dry' (latitude 51.18, longitude 71.45) is not at the sea: the nearest sea lane is 1485 km away; name a port, or go overland"


@pytest.mark.parametrize(
    ("sites", "mode", "message"),
    [
        (TWO, "rial", "'rial' is not a mode; did you mean 'rail'?"),
        (TWO, "fibre", "nothing in the case goes by fibre: no product of products.csv has channel information"),
        (TWO, "barge", BARGE),
        ("a,KAZ,43,77,\nb,KAZ,,,\n", "rail", ALONE),
        (TWO, "sea", NO_PORT),
        ("dry,KAZ,51.18,71.45,port\nsantos,BRA,-23.98,-46.29,port\n", "sea", DRY),
    ],
)
def test_a_request_that_cannot_be_carried_out_ends_in_a_sentence(tmp_path: Path, sites: str, mode: str, message: str) -> None:
    case = case_of(tmp_path / "case", sites, "cement,kt,logistics")
    with pytest.raises(UsageError) as error:
        propose_for(case, [mode])
    assert str(error.value) == message


def test_sites_that_cannot_lie_there_are_told_all_at_once(tmp_path: Path) -> None:
    """Swapped coordinates; two sites at one place; a place in the middle of the Atlantic."""
    sites = "almaty,KAZ,43.252,76.912,\nshu,KAZ,73.762,43.605,\nmine,KAZ,43.252,76.912,\nnowhere,,-10,-25,\nastana,KAZ,51.18,71.446,\n"
    with pytest.raises(CaseError) as error:
        propose_for(case_of(tmp_path / "case", sites, "cement,kt,logistics"), ["rail"])
    swapped, twin, wet = str(error.value).splitlines()
    assert swapped == (
        "sites.csv row 3, column latitude: 'shu' (latitude 73.762, longitude 43.605) lies in no part of KAZ that is known, and does with "
        "the two swapped; swap latitude and longitude"
    )
    assert twin == (
        "sites.csv row 4, column latitude: 'mine' (latitude 43.252, longitude 76.912) is the very place of 'almaty'; correct one of the "
        "two, or make them one site"
    )
    assert wet == (
        "sites.csv row 5, column latitude: 'nowhere' (latitude -10, longitude -25) lies in the sea, where no channel over land begins; "
        "correct it, or propose channels by sea alone: --mode sea"
    )


def test_a_latitude_beyond_the_pole_is_told_by_the_check_of_the_case(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"sites.csv row 2, column latitude: 116.4 must be at most 90"):
        propose_for(case_of(tmp_path / "case", "beijing,CHN,116.4,39.9,\nb,CHN,30,110,\n"), ["hvac"])


def test_a_channel_that_loses_everything_is_an_error(tmp_path: Path) -> None:
    channels = "channel,from,to,mode,loss\nwire,xingu,estreito,hvac,1\n"
    with pytest.raises(CaseError) as error:
        read_case(brazil(tmp_path / "case", channels=channels, freight="channel,product\n*,electricity\n"))
    assert (
        str(error.value)
        == "channels.csv row 2, column loss: 1 loses everything that is sent; write the share that is lost, below 1: 0.03 for 3 %"
    )


def test_no_channel_over_land_crosses_the_sea(tmp_path: Path) -> None:
    """Buenos Aires and Montevideo have the mouth of the Plate between them, La Plata lies beside the former."""
    sites = "buenos-aires,ARG,-34.61,-58.38,\nmontevideo,URY,-34.88,-56.18,\nrosario,ARG,-32.95,-60.64,\n"
    found = propose_for(case_of(tmp_path / "case", sites, "cement,kt,logistics"), ["road"], nearest=0)
    assert found.candidates.select("from", "to").rows() == [("buenos-aires", "rosario")]
    assert found.notes == ("No channel over land is proposed where more than 25 % of the straight way is sea: buenos-aires to montevideo.",)


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    sites = "a,KAZ,43.25,76.91,\nb,KAZ,44.85,65.51,\nworld,,,,\n"
    products = "cars,vehicles,logistics\ncement,kt,logistics\nglass,kt,\n"
    found = propose_for(case_of(tmp_path / "case", sites, products))
    assert found.notes[:3] == (
        "cars in 'vehicles': no mode counts this, so no channel is proposed for it.",
        "glass: products.csv names no channel (logistics, power or information), so none is proposed.",
        "world without coordinates: no channel is proposed to it.",
    )
    with pytest.raises(UsageError, match=r"^nothing in the case goes by rail: cars in 'vehicles' cannot be counted in kt$"):
        propose_for(case_of(tmp_path / "other", sites, "cars,vehicles,logistics"), ["rail"])


def test_money_without_a_rate_to_the_dollar_is_refused(tmp_path: Path) -> None:
    case = case_of(tmp_path / "case", "a,YEM,15,44,\nb,YEM,14,45,\n", settings='currency = "million YER"\n')
    with pytest.raises(UsageError, match=r"counts in 'million YER' without a rate: state USD under \[exchange_rates\] in case.toml"):
        propose_for(case, ["hvac"])


@pytest.mark.parametrize(
    ("option", "value", "message"), [("nearest", -1, "--nearest -1: write how many"), ("within", 0.0, "--within 0: write how many km")]
)
def test_numbers_that_mean_nothing_are_refused(tmp_path: Path, option: str, value: float, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        propose_for(brazil(tmp_path / "case"), **{option: value})  # type: ignore[arg-type]


def test_within_leaves_out_what_is_longer(tmp_path: Path) -> None:
    assert not propose_for(brazil(tmp_path / "case"), ["hvdc"], within=2000).candidates.height
    assert propose_for(brazil(tmp_path / "case"), ["hvdc"], within=2200).candidates.height == 1


# ------------------------------------------------------------------------------------------------------------- the command


def test_the_command_fits_80_columns_and_names_what_it_wrote(tmp_path: Path) -> None:
    done = RUNNER.invoke(
        app, ["channels", "peru", "--mode", "rail-double", "--mode", "hvdc", "--to", str(tmp_path / "new")], env={"COLUMNS": "80"}
    )
    assert done.exit_code == 0, done.output
    table = done.output.split("Wrote a case")[0]
    assert max(len(line.rstrip()) for line in table.splitlines()) <= 80
    assert "hvdc: overhead line, direct current, +-800 kV; 13 candidates for electricity" in table
    assert "one build: 4 000 MW; 4.17 years to build; stands 40 years" in table
    assert "18.57* (15.03-44.7) M USD/km" in table
    assert "Not a part of the case, and not written: ASSUMPTIONS.md, README.md" in done.output


def test_the_command_gives_machines_every_column_and_source() -> None:
    done = RUNNER.invoke(app, ["channels", "peru", "--mode", "hvdc", "--json"])
    record = json.loads(done.output)
    assert set(record["candidates"][0]) == set(COLUMNS)
    assert {figure["parameter"] for figure in record["figures"]} >= {"capital_cost", "station_cost", "loss", "life"}
    assert all(figure["source"] for figure in record["figures"])
    assert record["products"] == {"hvdc": ["electricity"]}


def test_the_command_ends_in_one_sentence() -> None:
    done = RUNNER.invoke(app, ["channels", "kazakhstan", "--mode", "hdvc"])
    assert done.exit_code == 2
    assert done.stderr.strip() == "'hdvc' is not a mode; did you mean 'hvdc'?"


def test_no_mode_named_means_all() -> None:
    assert [mode.name for mode in find_modes([])] == list(modes())
