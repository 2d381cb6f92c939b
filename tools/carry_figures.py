"""Carry a collection of cited figures into the package as its own tidy tables.

    python tools/carry_figures.py FOLDER [--to src/capcoop/atlas/figures]

FOLDER holds the tables of the collection as CSV files, each row with its unit, year, source and `verified`. Rows whose source may not
be passed on are left out and counted. Units become common ones; what was stated stays beside the figure. Exchange rates are yearly means
of the European Central Bank's (package CurrencyConverter, needed by this script alone).
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import polars as pl

# Non-commercial terms, or all rights reserved.
RESTRICTED = "Tax Foundation|TeleGeography|AEI/Heritage|Damodaran|IMF World Economic Outlook|IMF WEO"
# Theme: the table's columns that become subject, metric, context, partner.
THEMES = {
    "output": ("capacity", "commodity", "metric", None, None),
    "conditions": ("conditions", None, "indicator", None, None),
    "ties": ("china_ties", None, "indicator", None, "partner_iso3"),
    "prices": ("prices", "product", None, "basis", None),
    "supply": ("supply", "sector", "indicator", None, None),
    "lines": ("lines", "line_type", "parameter", None, None),
    "intensities": ("intensities", "asset", "material", "basis", None),
    "grid": ("grid_and_cables", None, "indicator", None, "partner_iso3"),
}
PHYSICAL = {
    "TWh": ("GWh", 1e3),
    "GW": ("MW", 1e3),
    "Mt/y": ("kt/y", 1e3),
    "Mt cement/y": ("kt/y", 1e3),
    "Mt urea/y": ("kt/y", 1e3),
    "k short tons/y rebar": ("kt/y", 0.907185),
    "million m2": ("m2", 1e6),
}
PREFIX = {"M": 1e6, "bn": 1e9, "trillion": 1e12, "k": 1e3, "": 1.0}
MONEY = re.compile(r"^(?:(M|bn|trillion|k) ?)?(US cent|fen|USD|EUR|GBP|CNY|BRL|INR)(\d{4})?(.*)$")
CENTS = {"US cent": ("USD", 0.01), "fen": ("CNY", 0.01)}


def rates() -> pl.DataFrame:
    """Return currency, year and USD for one unit: the mean over the days of each year."""
    from currency_converter import CurrencyConverter

    converter = CurrencyConverter(fallback_on_missing_rate=True, fallback_on_missing_rate_method="last_known")
    currencies = ("EUR", "GBP", "CNY", "BRL", "INR")
    spans = {currency: converter.bounds[currency] for currency in currencies}
    days = pl.DataFrame(
        [
            (currency, day.year, converter.convert(1, currency, "USD", date=day))
            for currency, span in spans.items()
            for day in pl.date_range(pl.lit(span.first_date), pl.lit(span.last_date), eager=True).to_list()
            if day.year >= 2005
        ],
        schema=["currency", "year", "usd"],
        orient="row",
    )
    out = days.group_by("currency", "year").agg(pl.col("usd").mean().round(5)).sort("currency", "year")
    return out.with_columns(
        source=pl.lit("European Central Bank reference rates, mean of the days of the year"), verified=pl.lit(value=True)
    )


def unit_of(unit: str, year: int | None, usd: dict[tuple[str, int], float]) -> tuple[str, float, str]:
    """Return the common unit, the factor to it, and the year of prices where the unit names one."""
    if unit in PHYSICAL:
        return *PHYSICAL[unit], ""
    found = MONEY.match(unit)
    if not found:
        return unit, 1.0, ""
    prefix, currency, of, rest = found.groups()
    currency, factor = CENTS.get(currency, (currency, 1.0))
    factor *= PREFIX[prefix or ""]
    at = int(of) if of else year
    if currency != "USD":
        if at is None or (currency, at) not in usd:
            return unit, 1.0, ""
        factor *= usd[currency, at]
    return ("MUSD", factor / 1e6, of or "") if not rest and prefix else (f"USD{rest}", factor, of or "")


def themed(folder: Path, theme: str, usd: dict[tuple[str, int], float]) -> pl.DataFrame:
    """Return one table of the collection under the common columns."""
    table, subject, metric, context, partner = THEMES[theme]
    return tidied(pl.read_csv(folder / f"{table}.csv", infer_schema=False), theme, subject, metric, context, partner, usd)


def tidied(
    frame: pl.DataFrame,
    theme: str,
    subject: str | None,
    metric: str | None,
    context: str | None,
    partner: str | None,
    usd: dict[tuple[str, int], float],
) -> pl.DataFrame:
    """Return rows under the common columns, in common units."""
    nothing = pl.lit(None, pl.String)

    def column(name: str | None) -> pl.Expr:
        return pl.col(name) if name and name in frame.columns else nothing

    years = column("year").str.extract(r"(\d{4})(?:-\d\d?(?:-\d\d?)?)?$").cast(pl.Int16)
    out = frame.select(
        theme=pl.lit(theme),
        country=column("iso3"),
        partner=column(partner),
        subject=column(subject),
        metric=pl.lit("price") if metric is None else column(metric),
        context=column(context),
        value=column("value").cast(pl.Float64),
        low=column("value_low").cast(pl.Float64),
        high=column("value_high").cast(pl.Float64),
        unit=column("unit"),
        year=years,
        period=pl.when(column("year").str.contains("-")).then(column("year")),
        source=_without_method(column("source")),
        verified=column("verified") == "yes",
        note=_without_method(column("note")),
    )
    units = out.select("unit", "year").unique()
    common = [unit_of(unit, year, usd) for unit, year in units.iter_rows()]
    names, factors, prices = zip(*common, strict=True)
    units = units.with_columns(common=pl.Series(names), factor=pl.Series(factors), prices=pl.Series(prices))
    out = out.join(units, on=["unit", "year"], how="left", nulls_equal=True, maintain_order="left")
    changed = pl.col("common") != pl.col("unit")
    stated = pl.coalesce(pl.col("value").cast(pl.String), pl.concat_str("low", pl.lit(" to "), "high")) + " " + pl.col("unit")
    priced = pl.when(pl.col("prices") != "").then("prices of " + pl.col("prices"))
    return out.with_columns(
        *((pl.col(name) * pl.col("factor")).round_sig_figs(8) for name in ("value", "low", "high")),
        stated=pl.when(changed).then(stated),
        context=pl.concat_str(pl.col("context"), pl.col("period"), priced, separator="; ", ignore_nulls=True).replace("", None),
        unit="common",
    ).drop("common", "factor", "prices", "period")


def countries(folder: Path, usd: dict[tuple[str, int], float]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the fixed facts of countries, and their yearly figures under the common columns."""
    frame = pl.read_csv(folder / "countries.csv", infer_schema=False)
    fixed = frame.select(
        country="iso3",
        name="name",
        region="region",
        subregion="subregion",
        capital="capital",
        latitude=pl.col("capital_lat").cast(pl.Float64),
        longitude=pl.col("capital_lon").cast(pl.Float64),
        landlocked=pl.col("landlocked") == "1",
        borders=pl.col("borders").str.split(";"),
        risk_class=pl.col("oecd_crc").cast(pl.Int8),
        risk_status="oecd_crc_status",
        source="source",
    )
    series = [
        ("population_2014", "population", "persons", "2014"),
        ("population_latest", "population", "persons", "population_year"),
        ("gdp_musd_2014", "gdp", "MUSD", "2014"),
        ("gdp_musd_latest", "gdp", "MUSD", "gdp_year"),
        ("exports_goods_musd_2014", "exports_goods", "MUSD", "2014"),
        ("exports_gs_musd_latest", "exports_goods_services", "MUSD", "exports_gs_year"),
        ("ext_debt_musd_2014", "external_debt_gross", "MUSD", "2014"),
        ("ext_debt_musd_latest", "external_debt_gross", "MUSD", "ext_debt_year"),
        ("ext_debt_pv_musd", "external_debt_present_value", "MUSD", "ext_debt_pv_year"),
    ]
    parts = []
    for column, metric, unit, year in series:
        rows = frame.filter(pl.col(column).is_not_null()).select(
            "iso3",
            "source",
            "verified",
            metric=pl.lit(metric),
            value=column,
            unit=pl.lit(unit),
            year=pl.lit(year) if year.isdigit() else pl.col(year),
        )
        parts.append(tidied(rows, "countries", None, "metric", None, None, usd))
    return fixed, pl.concat(parts)


def channels(folder: Path, usd: dict[tuple[str, int], float]) -> pl.DataFrame:
    """Return the costs of channels: subject is the mode, context where and on which terrain."""
    frame = pl.read_csv(folder / "channel_costs.csv", infer_schema=False)
    where = pl.concat_str("context", "terrain", separator="; ", ignore_nulls=True)
    return tidied(frame.with_columns(where=where), "channels", "mode", "parameter", "where", None, usd)


def programmes(folder: Path) -> pl.DataFrame:
    """Return the items of national programmes, as they are stated."""
    frame = pl.read_csv(folder / "programmes.csv", infer_schema=False)
    return frame.select(
        programme="programme",
        country="iso3",
        first=pl.col("year_from").cast(pl.Int16),
        last=pl.col("year_to").cast(pl.Int16),
        item="item",
        value=pl.col("value").cast(pl.Float64),
        low=pl.col("value_low").cast(pl.Float64),
        high=pl.col("value_high").cast(pl.Float64),
        unit="unit",
        kind="kind",
        year=pl.col("year").str.extract(r"(\d{4})$").cast(pl.Int16),
        source=_without_method(pl.col("source")),
        verified=pl.col("verified") == "yes",
        note=_without_method(pl.col("note")),
    )


def _without_method(text: pl.Expr) -> pl.Expr:
    """Leave out by what means a source was found: only what it is counts."""
    return (
        text.str.replace(r" in a public TypeScript file read by \w+$", " in a public file")
        .str.replace("^search index page without address$", "a page without address")
        .str.replace("^seed text of the task$", "from memory")
    )


def main() -> None:
    """Write the tables, and say how many rows were carried and left out."""
    parser = argparse.ArgumentParser(description="Carry a collection of cited figures into the package.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, default=Path("src/capcoop/atlas/figures"))
    given = parser.parse_args()
    rate = rates()
    usd = {(currency, year): value for currency, year, value in rate.select("currency", "year", "usd").iter_rows()}
    fixed, yearly = countries(given.folder, usd)
    themes = [*(themed(given.folder, theme, usd) for theme in THEMES), channels(given.folder, usd), yearly]
    figures = pl.concat(themes)
    kept = figures.filter(~pl.col("source").str.contains(RESTRICTED).fill_null(value=False))
    texts = ("theme", "country", "partner", "subject", "metric", "context", "unit", "source", "note", "stated")
    kept = kept.with_columns(pl.col(name).cast(pl.Categorical) for name in texts).sort("theme", "subject", "metric", "country", "year")
    for name, table in (("figures", kept), ("countries", fixed), ("programmes", programmes(given.folder)), ("rates", rate)):
        table.write_parquet(given.to / f"{name}.parquet", compression="zstd", compression_level=19)
        print(f"{name}: {table.height} rows")
    print(f"left out for their terms: {figures.height - kept.height} rows")


if __name__ == "__main__":
    main()
