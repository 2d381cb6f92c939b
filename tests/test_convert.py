"""Rows in units and money of their own come out as if they had been stated in the case's."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from capcoop import read_case
from capcoop.schema import TABLES
from test_faults import write

PLAIN = {
    "case.toml": 'currency = "million USD"\ndiscount_rate = 0.1\n[exchange_rates]\nEUR = 1.25\n',
    "channels.csv": "channel,from,to,capacity,unit\nrail,almaty,astana,3,kt\n",
    "freight.csv": "product,cost,cost_per_distance,use,unit,currency\ncement,0.002,0.00001,0.5,kt,million USD\n",
    "stock.csv": "site,line,capacity,unit\nalmaty,mill,100,kt\n",
    "recipes.csv": "process,product,quantity,unit\ngrind,cement,1,kt\ngrind,clinker,-0.7,kt\n",
    "needs.csv": "site,product,quantity,unit\nalmaty,cement,50,kt\n",
    "purchases.csv": "purchase,site,product,price,limit,unit,currency\nabroad,*,clinker,0.04,70,kt,million USD\n",
    "sales.csv": "sale,site,product,price,limit,unit,currency\nexport,*,cement,0.05,70,kt,million USD\n",
    "options.csv": (
        "option,site,line,unit_size,build_cost,fixed_build_cost,minimum_size,maximum_size,maximum_total,life,unit,currency\n"
        "a,almaty,mill,5,0.2,3,,,20,20,kt,million USD\nb,almaty,mill,,0.2,3,1,4,20,20,kt,million USD\n"
        "c,almaty,mill,,,,,,,20,kt,million USD\n"
    ),
    "option_periods.csv": "option,build_cost,fixed_build_cost,minimum_new,maximum_new,unit,currency\na,0.3,2,1,9,kt,million USD\n",
    "option_points.csv": "option,size,cost,unit,currency\nc,1,2,kt,million USD\nc,2,3,kt,million USD\n",
    "packages.csv": "option,site,line,channel,capacity,unit\na,almaty,mill,,-2,kt\nb,,,rail,2,kt\n",
}
# What 1 in the plain unit or money is in the other.
AMOUNT, MONEY = 1000.0, 800_000.0


def restated(text: str, table: str) -> str:
    """The same rows in t and EUR."""
    frame = pl.read_csv(text.encode(), infer_schema_length=None)
    amount = AMOUNT if "unit" in frame.columns and TABLES[table].measures else 1.0
    money = MONEY if "currency" in frame.columns else 1.0
    scaled = [
        (pl.col(column.name) * amount**column.amount * money**column.money).alias(column.name)
        for column in TABLES[table]
        if column.measured and column.name in frame.columns and frame[column.name].dtype.is_numeric()
    ]
    labels = [pl.lit("t").alias("unit")] if amount != 1 else []
    labels += [pl.lit("EUR").alias("currency")] if money != 1 else []
    return frame.with_columns(*scaled, *labels).write_csv()


def test_every_measured_column_is_converted(tmp_path: Path) -> None:
    for name in ("plain", "restated"):
        (tmp_path / name).mkdir()
    plain = read_case(write(tmp_path / "plain", PLAIN))
    other = {name: text if name == "case.toml" else restated(text, name.removesuffix(".csv")) for name, text in PLAIN.items()}
    converted = read_case(write(tmp_path / "restated", other))
    for table in (name.removesuffix(".csv") for name in PLAIN if name.endswith(".csv")):
        for column in TABLES[table]:
            if column.kind == "number":
                expected, found = plain.frames[table][column.name].to_list(), converted.frames[table][column.name].to_list()
                assert found == [None if value is None else pytest.approx(value, rel=1e-12) for value in expected], (table, column.name)


def test_powers_of_unit_and_money_are_those_of_the_units_shown() -> None:
    """The unit that the schema shows for a column names {unit} and {money} with the powers by which it is converted."""
    for table in TABLES.values():
        for column in table.columns:
            top, _, bottom = column.unit.partition("/")
            if table.measures and column.unit:
                assert column.amount == ("{unit}" in top) - ("{unit}" in bottom), (table.name, column.name)
            if column.unit:
                assert column.money == ("{money}" in top) - ("{money}" in bottom), (table.name, column.name)
