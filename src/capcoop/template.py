"""The empty case that `capcoop new` writes, told from the schema."""

from __future__ import annotations

import csv
import io
import shlex
import shutil
from pathlib import Path

import tomli_w

from capcoop.case import formats
from capcoop.case.formats import Content
from capcoop.case.write import convert_case
from capcoop.errors import UsageError, printable
from capcoop.schema import TABLES, Table, describe

SETTINGS = """\
{title}description = ""
currency = "million USD"     # what all money is counted in; rows may state another in a column `currency`
# price_year = 2024          # the year of the prices
discount_rate = 0.08         # share per year
# base_year = 2024           # the year to which everything is discounted; default: the first period's start
# timing = "end"             # when in a year payments fall: start, middle or end
# penalty = 1000             # cost of a unit of need that is not delivered; without it needs are hard

[solver]
gap = 1e-7                   # relative gap at which whole-number plans are good enough
time_limit = 600             # seconds

[exchange_rates]             # units of the case's own currency code per unit of another
# EUR = 1.1
"""

FIRST = ("sites", "products", "lines", "processes", "recipes", "stock", "options", "needs", "purchases", "channels", "freight", "periods")


WORKBOOK = ".xlsx"


def write_template(folder: Path) -> Path:
    """Write an empty, commented case: a folder, or a workbook where the name ends in .xlsx.

    Raises UsageError where something is there already, or the name asks for a format that nobody fills in by hand.
    """
    if folder.suffix.lower() == WORKBOOK:
        settings = {"title": folder.stem, "currency": "million USD", "discount_rate": 0.08}
        formats.write(Content(folder.stem, settings, {}), folder)
        return folder
    if formats.is_file_name(folder):
        raise UsageError(f"{folder}: an empty case is a folder or a {WORKBOOK} workbook; fill one in, then: capcoop convert FROM TO")
    _claim(folder)
    name = printable(folder.resolve().name)
    (folder / "case.toml").write_text(SETTINGS.format(title=tomli_w.dumps({"title": name})), encoding="utf-8")
    for name in FIRST:
        (folder / f"{name}.csv").write_text(_heading(TABLES[name]), encoding="utf-8")
    others = "\n".join(f"- `{name}.csv`: {table.row}" for name, table in TABLES.items() if name not in FIRST)
    text = (
        f"# {name}\n\nA case of capcoop. Fill in the tables; lines that begin with `#` are comments and may go.\n"
        f"Check it with `capcoop check {shlex.quote(name)}`, plan it with `capcoop plan {shlex.quote(name)}`.\n\n"
        f"Tables that may be added:\n\n{others}\n"
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    return folder


def copy_case(source: Path, folder: Path) -> Path:
    """Write a copy of a case, in the format that the name asks for. Raises UsageError where something is there already."""
    if source.is_file() or formats.is_file_name(folder):
        convert_case(source, folder)
        return folder
    _claim(folder)
    shutil.copytree(source, folder, dirs_exist_ok=True)
    return folder


def _claim(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder; choose another name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from error


def _heading(table: Table) -> str:
    columns = [
        *table.columns,
        *(column for column in table if column.name in {"unit", "currency", "source", "verified"} and column not in table.columns),
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(column.name for column in columns)
    writer.writerow([f"# one row: {table.row}. {table.sentence}".rstrip()])
    for column in columns:
        writer.writerow([f"# {column.name}: {describe(column)}"])
    return out.getvalue()
