"""The tables of docs/roadmap.md: the hierarchy, the first twenty beside the countries that the policy named, what other choices say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.report.roadmap import chance, percent
from capcoop.roadmap import RoadMap, road_map
from capcoop.roadmap.hierarchy import CRITERIA, table

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
THEN, NOW = "2015-2024", "2026-2035"
FIRST = 20
SCALES = {"rank": "place among all countries", "mark": "yes or no"}


@cache
def made(years: str) -> RoadMap:
    """Return the road map of China as the command makes it."""
    return road_map("CHN", years=years)


def ranks(found: RoadMap) -> dict[str, tuple[int, str, float]]:
    """Return rank, tier and chance of the first ten by country."""
    columns = ("country", "rank", "tier", "first_ten")
    return {code: (rank, tier, chance) for code, rank, tier, chance in found.ranking.select(columns).iter_rows()}


def first(found: RoadMap, count: int = FIRST) -> list[str]:
    """Return the codes of the first of the developing tier."""
    return found.ranking.filter(pl.col("tier") == "developing").head(count).get_column("country").to_list()


def tables() -> dict[str, Table]:
    """Return every table of the page by the name of its mark."""
    return {"hierarchy": _hierarchy(), "first": _first(), "policy": _policy(), "choices": _choices(), "stages": _stages()}


def sentences() -> dict[str, str]:
    """Return what the comparison comes to, in sentences."""
    named = table("policy").filter(pl.col("named") == "yes").get_column("country").to_list()
    wing = table("policy").filter(pl.col("named") == "no").get_column("country").to_list()
    out = {}
    for name, years in (("then", THEN), ("now", NOW)):
        inside = first(made(years))
        hits = [countries()[code].name for code in named if code in inside]
        others = [countries()[code].name for code in wing if code in inside]
        missed = [countries()[code].name for code in named if code not in inside]
        visited = f"{len(others)} {'is' if len(others) == 1 else 'are'}" + (f" ({', '.join(others)})" if others else "")
        out[name] = (
            f"{len(hits)} of the {len(named)} countries named are among the first twenty ({', '.join(hits)}); "
            f"{', '.join(missed)} are not. Of the four visited in Latin America {visited}"
        )
    return out


def _hierarchy() -> Table:
    rows = []
    for row in made(NOW).hierarchy.iter_rows(named=True):
        scale = SCALES.get(row["normalisation"], f"{row['worst']:g} to {row['best']:g}" if row["worst"] is not None else "")
        turned = "less is better, " if row["direction"] == "down" and row["normalisation"] == "rank" else ""
        rows.append((row["criterion"], row["part"], row["title"], turned + scale, f"{row['weight']:.3f}", str(row["countries"])))
    return ("criterion", "part", "figure", "brought to 0..1 by", "weight in criterion", "countries"), rows


def _first() -> Table:
    place = dict(table("policy").select("country", "place").iter_rows())
    then, now = (made(years).ranking.filter(pl.col("tier") == "developing").head(FIRST) for years in (THEN, NOW))
    rows = []
    for index in range(FIRST):
        cells = [str(index + 1)]
        for frame in (then, now):
            row = frame.row(index, named=True)
            cells += [row["name"], percent(row["score"]), chance(row["first_ten"]), place.get(row["country"], "")]
        rows.append(cells)
    head = ("country", "score", "in the first ten", "policy")
    return ("rank", *(f"{name}, {years}" if name == "country" else name for years in (THEN, NOW) for name in head)), rows


def _policy() -> Table:
    then, now = ranks(made(THEN)), ranks(made(NOW))
    rows = []
    for row in table("policy").iter_rows(named=True):
        code, cells = row["country"], list[str]()
        for found in (then, now):
            rank, tier, sure = found[code]
            cells += [f"{rank}{' (developed)' if tier == 'developed' else ''}", chance(sure)]
        rows.append((countries()[code].name, row["place"], row["source"], *cells))
    years = (f"rank, {THEN}", "in the first ten", f"rank, {NOW}", "in the first ten")
    return ("country", "place", "source", *years), rows


def _choices() -> Table:
    usual = set(first(made(NOW), 10))
    others: list[tuple[str, dict[str, str]]] = [(f"method {name}", {"method": name}) for name in ("vikor", "promethee", "sum")]
    others += [(f"weights by {name}", {"weighting": name}) for name in ("entropy", "critic")]
    others += [(f"{name} twice as heavy", {"weights": _doubled(name)}) for name in CRITERIA]
    rows = []
    for title, asked in others:
        found = road_map("CHN", years=NOW, draws=100, **asked)
        codes = first(found, 10)
        new = ", ".join(countries()[code].name for code in codes if code not in usual)
        weights = ", ".join(f"{weight:.2f}" for weight in found.weights)
        rows.append((title, weights, f"{len(usual & set(codes))} of 10", new))
    return ("choice", "weights (fit, desire, conditions, foundation)", "of the usual first ten", "new among them"), rows


def _doubled(name: str) -> str:
    return ",".join(f"{one}={0.4 if one == name else 0.2}" for one in CRITERIA)


def _stages() -> Table:
    columns = ("first", "stage", "name", "sectors", "reason")
    rows = [tuple(str(cell) for cell in row) for row in made(NOW).stages.select(columns).iter_rows()]
    return ("from", "stage", "country", "sectors", "why"), rows
