"""How each figure of the hierarchy is read for all countries at once, as known in the base year.

What is not known of a country has no entry, which is not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from capcoop.atlas.countries import countries
from capcoop.atlas.demand import derived
from capcoop.atlas.figures import AREAS, Figure, by_country, chosen, rows
from capcoop.ledger.signed import built_in_facts, facts_from, signed
from capcoop.roadmap.complement import gap_figures
from capcoop.roadmap.hierarchy import Measure

Figures = Mapping[str, Figure]
RISK_SOURCE, RISK_YEAR = "OECD country risk classification, 30 January 2026", 2026  # none older is known


@dataclass(frozen=True)
class Agreed:
    """The agreements and memoranda that a ledger knows by country, and where the ledger is in words."""

    figures: Figures
    place: str


@dataclass(frozen=True)
class Reading:
    """What is read: whose ties, gaps of which years, what words of documents tell, and agreements of a user's own ledger.

    words, agreements : by country; None: no documents are given, and agreements are those of the built-in ledger.
    """

    supplier: str
    first: int
    last: int
    words: Figures | None = None
    agreements: Figures | None = None

    @property
    def base(self) -> int:
        """The year whose figures are taken, and none later: the one before the first."""
        return self.first - 1


def read(measure: Measure, reading: Reading) -> Figures:
    """Return the figure of every country that has one."""
    return _READERS[measure.reading](measure, reading)


def _gap(measure: Measure, reading: Reading) -> Figures:
    return gap_figures(measure.product, reading.first, reading.last, share=measure.reading == "gap_share")


def _figure(measure: Measure, reading: Reading) -> Figures:
    return by_country(measure.theme, measure.metrics[0], None, reading.base, until=reading.base)


def _risk(measure: Measure, reading: Reading) -> Figures:  # noqa: ARG001  (readers are called alike)
    if reading.first < RISK_YEAR:
        return {}
    classes = {code: one.risk_class for code, one in countries().items() if one.risk_class is not None}
    return {code: Figure(float(one), None, None, "class 0-7", RISK_YEAR, RISK_SOURCE, verified=True) for code, one in classes.items()}


def _ties(metric: str, reading: Reading) -> pl.DataFrame:
    frame = rows("ties", metric=metric, partner=reading.supplier).with_columns(pl.col("country").cast(pl.String))
    return frame.filter(~pl.col("country").is_in(AREAS))


def _tie(measure: Measure, reading: Reading) -> Figures:
    known = _ties(measure.metrics[0], reading).filter(pl.col("year") <= reading.base)
    latest = known.filter(pl.col("year") == pl.col("year").max().over("country"))
    groups = latest.partition_by("country", as_dict=True, maintain_order=True)
    found = {str(key[0]): chosen(group) for key, group in groups.items()}
    return {country: one for country, one in found.items() if one is not None}


def _mark(measure: Measure, reading: Reading) -> Figures:
    """Return 1 where a treaty is known to have been signed by the base year, 0 where it is known to have ended."""
    out: dict[str, Figure] = {}
    for metric in measure.metrics:
        out = _signed(metric, reading, 1.0, f"signed: {metric}") | out
    ended = _signed(measure.ended, reading, 0.0, f"ended: {measure.ended}") if measure.ended else {}
    return out | ended


def _signed(metric: str, reading: Reading, value: float, rule: str) -> dict[str, Figure]:
    dated = pl.when(pl.col("unit").cast(pl.String) == "year").then(pl.col("value").cast(pl.Int32)).otherwise(pl.col("year").cast(pl.Int32))
    frame = _ties(metric, reading).with_columns(at=dated).filter(pl.col("at") <= reading.base).sort("at")
    first = frame.group_by("country", maintain_order=True).first()
    return {
        row["country"]: Figure(value, None, None, "mark", row["at"], row["source"], row["verified"], row["note"] or "", rule)
        for row in first.iter_rows(named=True)
    }


def _trade(measure: Measure, reading: Reading) -> Figures:  # noqa: ARG001  (readers are called alike)
    """Return exports and imports together, MUSD, of the latest year in which both were known."""
    both = {}
    for metric in ("exports_to_partner", "imports_from_partner"):
        frame = _ties(metric, reading).filter(pl.col("value").is_not_null(), pl.col("year") <= reading.base)
        both[metric] = frame.group_by("country", "year").agg(pl.col("value").median(), pl.col("source").first(), pl.col("verified").all())
    exports, imports = both.values()
    sums = exports.join(imports, on=["country", "year"], suffix="_imports").with_columns(total=pl.col("value") + pl.col("value_imports"))
    latest = sums.sort("year", descending=True).group_by("country", maintain_order=True).first()
    return {
        row["country"]: Figure(row["total"], None, None, "MUSD", row["year"], str(row["source"]), row["verified"], "", "exports + imports")
        for row in latest.iter_rows(named=True)
    }


def _trade_to_gdp(measure: Measure, reading: Reading) -> Figures:
    trade, out = _trade(measure, reading), dict[str, Figure]()
    for year in {one.year for one in trade.values()}:
        gdp = by_country("countries", "gdp", None, year, until=reading.base)
        own = {country: one for country, one in trade.items() if one.year == year and country in gdp and gdp[country].value > 0}
        out |= {code: derived(100 * one.value / gdp[code].value, "% GDP", "trade / GDP", one, gdp[code]) for code, one in own.items()}
    return out


def agreed_in(database: str, supplier: str, until: int) -> Agreed:
    """Return the agreements of a user's own ledger as known at the end of a year.

    Raises
    ------
    UsageError : the extra `ledger` is missing, or the database is no ledger.
    """
    facts, place = facts_from(database, supplier)
    return Agreed(_counted(signed(facts, supplier, until)), place)


def _agreements(measure: Measure, reading: Reading) -> Figures:  # noqa: ARG001  (readers are called alike)
    """Return the agreements and memoranda signed with the supplier until the base year."""
    if reading.agreements is not None:
        return reading.agreements
    return _counted(signed(built_in_facts(), reading.supplier, reading.base))


def _counted(found: pl.DataFrame) -> Figures:
    return {
        row["host"]: Figure(row["documents"], row["low"], row["high"], "documents", row["year"], row["source"], row["verified"])
        for row in found.iter_rows(named=True)
    }


def _words(measure: Measure, reading: Reading) -> Figures:  # noqa: ARG001  (readers are called alike)
    return {code: replace(one) for code, one in (reading.words or {}).items()}


_READERS: dict[str, Callable[[Measure, Reading], Figures]] = {
    "gap_share": _gap,
    "gap_size": _gap,
    "figure": _figure,
    "risk_class": _risk,
    "tie": _tie,
    "mark": _mark,
    "trade": _trade,
    "trade_to_gdp": _trade_to_gdp,
    "agreements": _agreements,
    "words": _words,
}
