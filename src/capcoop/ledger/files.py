"""Tables of agreements as CSV and Excel files: read with every fault told, written so that no spreadsheet takes a text for a formula.

One row is a record with at most one reading of a figure and one status; further rows of the same `record` add readings and statuses.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.case.formats.source import new_file
from capcoop.case.formats.workbook import first_sheet
from capcoop.case.read import MOST_BYTES, ROW, csv_frame
from capcoop.errors import CaseError, Problem, UsageError, library, printable, suggestion
from capcoop.ledger.entries import ATTRIBUTES, Attributes, Entry, Reading, Stage
from capcoop.ledger.vocabulary import (
    BOUNDS,
    CHANNELS,
    FINANCING,
    KINDS,
    QUANTITIES,
    SECTORS,
    STATUSES,
    date_fault,
    money_of,
    place_of,
    words_of,
)

COLUMNS = (
    "record",
    *(name for name in ATTRIBUTES if name != "option"),
    "quantity",
    "amount",
    "unit",
    "bound",
    "headline",
    "status",
    "status_date",
    "source",
    "verified",
    "note",
    "option",
)
# What a spreadsheet takes for the beginning of a formula; a quotation mark before it makes it text again.
FORMULA = "=+-@"
MARK = "'"
LONGEST = 2000
SHOWN = 20  # problems of one column

Checked = tuple[str | None, str, str]  # the value, or None with the rule and the remedy


def neutral(text: str) -> str:
    """Return a text that no spreadsheet computes: with a quotation mark before it where it might. `plain` takes that away again."""
    first = unicodedata.normalize("NFKC", text[:1])
    return MARK + text if first and first[0] in FORMULA + MARK else text


def plain(text: str) -> str:
    """Return the text that `neutral` was given."""
    first = unicodedata.normalize("NFKC", text[1:2])
    return text[1:] if text.startswith(MARK) and first and first[0] in FORMULA + MARK else text


def read_table(path: Path) -> list[Entry]:
    """Read a `.csv` or `.xlsx` file of agreements (the first sheet).

    Raises
    ------
    CaseError : all faults, each with row and column. UsageError : there is no such file, or it is of another kind.
    """
    problems: list[Problem] = []
    frame = _frame(path, problems)
    if frame is None:
        raise CaseError(problems)
    return entries_of(frame, path.name, problems)


def _frame(path: Path, problems: list[Problem]) -> pl.DataFrame | None:
    name = printable(str(path))
    if not path.is_file():
        raise UsageError(f"there is no file {name}")
    if path.suffix.lower() == ".xlsx":
        return first_sheet(path, problems)
    if path.suffix.lower() != ".csv":
        raise UsageError(f"{name} is neither .csv nor .xlsx; save it as one of them")
    if path.stat().st_size > MOST_BYTES:
        raise UsageError(f"{name} is larger than {MOST_BYTES >> 20} MB; import it in parts")
    return csv_frame(path.read_bytes(), path.name, problems)


def entries_of(frame: pl.DataFrame, file: str, problems: list[Problem]) -> list[Entry]:
    """Return the records of a table of text with row numbers. Raises CaseError with all problems."""
    for name in frame.columns:
        if name != ROW and name not in COLUMNS:
            rule = "is not a column of agreements"
            problems.append(Problem(file, 1, name, f"'{name}'", rule, suggestion(name, COLUMNS) or "take it away"))
    lacking = [name for name in ("kind", "title", "host") if name not in frame.columns]
    if lacking:
        problems.append(Problem(file, 1, None, f"the column {', '.join(lacking)}", "is missing", "add it to the heading"))
        raise CaseError(problems)
    missing = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in frame.columns]
    cells = frame.with_columns(*missing).select(ROW, *(pl.col(name).cast(pl.String) for name in COLUMNS))
    cells = cells.with_columns(_unmarked(cells.get_column(name)) for name in COLUMNS)
    clean = pl.DataFrame([cells.get_column(ROW), *(_checked(cells, name, file, problems) for name in COLUMNS)])
    _check_figures(clean, cells, file, problems)
    clean = clean.with_columns(record=pl.col("record").fill_null(""))
    further = (pl.col("record") != "") & pl.col("record").is_duplicated() & ~pl.col("record").is_first_distinct()
    _check_required(clean.filter(~further), cells, file, problems)
    if problems:
        raise CaseError(problems)
    if clean.is_empty():
        raise UsageError(f"{printable(file)} holds no agreement: it has a heading alone")
    return _grouped(clean)


def _unmarked(cells: pl.Series) -> pl.Series:
    marked = {text: plain(text) for text in cells.drop_nulls().unique() if text.startswith(MARK)}
    return cells.replace(marked) if marked else cells


def _checked(cells: pl.DataFrame, name: str, file: str, problems: list[Problem]) -> pl.Series:
    """Return a column with every cell in its one spelling; cells that do not fit become blank and are told."""
    column = cells.get_column(name)
    values: dict[str, str | None] = {}
    shown = 0
    for text in column.drop_nulls().unique(maintain_order=True):
        value, rule, remedy = CHECKS.get(name, _text)(text)
        values[text] = value
        if value is None and shown < SHOWN:
            shown += 1
            row = cells.filter(pl.col(name) == text).item(0, ROW)
            problems.append(Problem(file, abs(row) or None, name, f"'{text[:80]}'", rule, remedy))
    return column.replace_strict(values, default=None, return_dtype=pl.String) if values else column


def _text(text: str) -> Checked:
    if len(text) > LONGEST:
        return None, f"is longer than {LONGEST} letters", "shorten it"
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        return None, "holds a character that is not text", "take away line breaks and control characters"
    return text, "", ""


def _one_of(words: Iterable[str], what: str) -> Callable[[str], Checked]:
    known = tuple(words)

    def check(text: str) -> Checked:
        low = text.lower()
        return (low, "", "") if low in known else (None, f"is not {what}", suggestion(low, known) or "allowed: " + ", ".join(known))

    return check


def _some_of(words: tuple[str, ...], what: str) -> Callable[[str], Checked]:
    def check(text: str) -> Checked:
        found, remedy = words_of(text, words)
        return found, "" if found else f"is not {what}", remedy

    return check


def _place(text: str) -> Checked:
    code, remedy = place_of(text)
    return code, "" if code else "is not a country", remedy


def _date(text: str) -> Checked:
    fault = date_fault(text[:10] if text[10:] == " 00:00:00" else text)
    return (text[:10], "", "") if not fault else (None, fault, "write 2015-05-19, 2015-05 or 2015")


def _amount(text: str) -> Checked:
    try:
        value = float(text)
    except ValueError:
        return None, "is not a number", "write it with a point and without grouping, such as 23.6"
    if not 0 <= value < 1e15:
        return None, "is negative or out of all bounds", "write an amount of 0 or more; leave it blank where it is unknown"
    return repr(value), "", ""


def _flag(text: str) -> Checked:
    known = {"yes": "yes", "true": "yes", "1": "yes", "no": "", "false": "", "0": ""}
    return (known[text.lower()], "", "") if text.lower() in known else (None, "is not yes or no", "write yes or no")


CHECKS: Mapping[str, Callable[[str], Checked]] = {
    "kind": _one_of(KINDS, "a kind of record"),
    "host": _place,
    "partner": _place,
    "sector": _some_of(SECTORS, "a sector"),
    "channel": _some_of(CHANNELS, "a channel"),
    "financing": _some_of(FINANCING, "a financing channel"),
    "date": _date,
    "quantity": _one_of(QUANTITIES, "a quantity"),
    "amount": _amount,
    "bound": _one_of(BOUNDS, "a bound"),
    "headline": _flag,
    "status": _one_of(STATUSES, "a status"),
    "status_date": _date,
    "verified": _flag,
}


def _check_figures(clean: pl.DataFrame, cells: pl.DataFrame, file: str, problems: list[Problem]) -> None:
    """Tell units that do not fit their figure: money without a known currency, things with one, units without a figure."""
    pairs = clean.filter(cells.get_column("amount").is_not_null()).unique(["quantity", "unit"], maintain_order=True)
    for row, quantity, unit in pairs.select(ROW, "quantity", "unit").iter_rows():
        stated = quantity or "value"
        if QUANTITIES[stated] and money_of(unit or "") is None:
            found = f"'{unit}'" if unit else "no unit"
            remedy = "write a code of ISO 4217, with thousand, million or billion before it, such as billion USD"
            problems.append(Problem(file, abs(row) or None, "unit", found, "is not money in a known currency", remedy))
        elif not QUANTITIES[stated] and unit and money_of(unit):
            problems.append(Problem(file, abs(row) or None, "unit", f"'{unit}'", f"is money, but {stated} are counted", "leave it blank"))
    for column, needs in (("unit", "amount"), ("quantity", "amount"), ("status_date", "status")):
        lone = cells.filter(pl.col(column).is_not_null() & pl.col(needs).is_null())
        if lone.height:
            row = lone.item(0, ROW)
            problems.append(
                Problem(file, abs(row) or None, column, f"'{lone.item(0, column)[:80]}'", f"stands without {needs}", f"fill in {needs}")
            )


def _check_required(firsts: pl.DataFrame, cells: pl.DataFrame, file: str, problems: list[Problem]) -> None:
    for name in ("kind", "title", "host"):
        blank = firsts.filter(pl.col(name).is_null()).join(cells.filter(pl.col(name).is_null()).select(ROW), on=ROW, how="semi")
        problems += [
            Problem(file, abs(row) or None, name, "the cell", "is blank", "fill it in") for row in blank.get_column(ROW).head(SHOWN)
        ]


def _grouped(clean: pl.DataFrame) -> list[Entry]:
    """Return one entry for each record; rows without a name are records of their own."""
    numbered = clean.with_row_index("place")
    own = pl.when(pl.col("record") == "").then(pl.col("place").cast(pl.String)).otherwise(pl.lit("=") + pl.col("record"))
    filled = numbered.with_columns(own=own).with_columns(pl.col(name).fill_null("") for name in COLUMNS if name != "amount")
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in filled.iter_rows(named=True):
        groups.setdefault(row["own"], []).append(row)
    return [_entry(rows) for rows in groups.values()]


def _entry(rows: Sequence[Mapping[str, Any]]) -> Entry:
    first = rows[0]
    marks = [{"source": row["source"], "verified": row["verified"] == "yes", "note": row["note"]} for row in rows]
    readings = tuple(
        Reading(row["quantity"] or "value", float(row["amount"]), row["unit"], row["bound"], row["headline"] == "yes", **mark)
        for row, mark in zip(rows, marks, strict=True)
        if row["amount"] is not None
    )
    stages = tuple(
        Stage(row["status"], row["status_date"] or (row["date"] if row is first else ""), **mark)
        for row, mark in zip(rows, marks, strict=True)
        if row["status"]
    )
    return Entry(Attributes(**{name: first[name] for name in ATTRIBUTES}), first["record"], readings, stages, **marks[0])


def rows_of(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the rows that stand for entries, as `read_table` reads them."""
    out: list[dict[str, Any]] = []
    for entry in entries:
        facts: list[dict[str, Any]] = []
        for reading in entry.readings:
            told = asdict(reading)
            facts.append({**told, "headline": "yes" if reading.headline else "", "verified": "yes" if reading.verified else "no"})
        for stage in entry.stages:
            mark = {"source": stage.source, "verified": "yes" if stage.verified else "no", "note": stage.note}
            fact = {"status": stage.status, "status_date": stage.date, **mark}
            same = next((one for one in facts if "status" not in one and all(one[name] == mark[name] for name in mark)), None)
            if same is None:
                facts.append(fact)
            else:
                same.update(fact)
        own = {"source": entry.source, "verified": "yes" if entry.verified else "no", "note": entry.note}
        head = {**asdict(entry.attributes), "record": entry.record}
        if not facts or any(facts[0][name] != own[name] for name in own):
            facts.insert(0, own)
        out += [{**head, **facts[0]}, *({"record": entry.record, **fact} for fact in facts[1:])]
    return out


def write_table(rows: Sequence[Mapping[str, Any]], target: Path, columns: Sequence[str] = COLUMNS) -> None:
    """Write rows as `.csv` or `.xlsx`. Raises UsageError where the file is there, or is of another kind."""
    kind = target.suffix.lower()
    if kind not in {".csv", ".xlsx"}:
        raise UsageError(f"{printable(str(target))} is neither .csv nor .xlsx; choose one of them")
    if kind == ".csv":
        cells = {name: [neutral(row[name]) if isinstance(row.get(name), str) else row.get(name) for row in rows] for name in columns}
        series = [pl.Series(name, ["" if cell is None else str(cell) for cell in column], pl.String) for name, column in cells.items()]
        with new_file(target) as part:
            pl.DataFrame(series).write_csv(part, quote_style="necessary")
        return
    xlsxwriter = library("xlsxwriter", "excel", "writing Excel")
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with new_file(target) as part, xlsxwriter.Workbook(part, options) as book:
        sheet, bold = book.add_worksheet("agreements"), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name, bold)
            sheet.set_column(place, place, 48 if name in {"title", "source", "note", "parties"} else 14)
            told = [row.get(name) for row in rows]
            for line, cell in enumerate(told, 1):
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    sheet.write_number(line, place, cell)
                elif cell:
                    sheet.write_string(line, place, neutral(str(cell)))  # a sheet may be saved as CSV
