"""One entry from words of a command line, by the same checks as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl

from capcoop.case.read import ROW
from capcoop.errors import CaseError, Problem, UsageError, printable, suggestion
from capcoop.ledger.entries import ATTRIBUTES, Attributes, Entry
from capcoop.ledger.files import COLUMNS, entries_of
from capcoop.ledger.vocabulary import BOUNDS

PLACE = "request"
AMOUNT = "write an amount and its unit, such as '27 billion USD' or 'at least 27 billion USD'"
ANY = {"kind": "agreement", "title": "-", "host": "LAC"}  # stands in where a record is changed, not made


def entry_of_request(cells: Mapping[str, str], value: str, more: Iterable[str], key: str = "") -> Entry:
    """Return a new record. `more` holds `COLUMN=TEXT`. Raises UsageError with all faults."""
    told = {**cells, **_amount(value), **_cells(more, COLUMNS)}
    return replace(
        _entry({**told, **({"status_date": told["date"]} if told.get("status") and not told.get("status_date") else {})}),
        key=printable(key),
    )


def stage_of_request(record: str, status: str, date: str, mark: Mapping[str, str]) -> Entry:
    """Return a stage of a record. Raises UsageError with all faults."""
    return _change(record, {"status": status, "status_date": date, **mark})


def reading_of_request(record: str, value: str, quantity: str, mark: Mapping[str, str]) -> Entry:
    """Return a reading of a record. Raises UsageError with all faults."""
    return _change(record, {**_amount(value), "quantity": quantity, **mark})


def change_of_request(record: str, cells: Iterable[str], source: str) -> Entry:
    """Return new attributes of a record. Raises UsageError with all faults."""
    told = _cells(cells, [name for name in ATTRIBUTES if name != "option"])
    if not told:
        raise UsageError("nothing is to be changed; write COLUMN=TEXT, such as sector=steel")
    made = _entry({**ANY, **told, "source": source})
    return replace(made, record=printable(record), attributes=Attributes(**{name: getattr(made.attributes, name) for name in told}))


def _change(record: str, cells: Mapping[str, str]) -> Entry:
    return replace(_entry({**ANY, **cells}), record=printable(record), attributes=Attributes())


def _entry(cells: Mapping[str, str]) -> Entry:
    """Return the one entry of a row of cells. Raises UsageError."""
    for name, text in cells.items():
        if any("\ud800" <= letter <= "\udfff" for letter in text):  # bytes that are no UTF-8
            raise UsageError(f"{name}: '{printable(text)}' holds a character that is not text; write it as UTF-8")
    row = {name: [text.strip() or None] for name, text in cells.items()}
    try:
        (entry,) = entries_of(pl.DataFrame({ROW: [0], **row}, schema={ROW: pl.Int64, **dict.fromkeys(row, pl.String)}), PLACE, [])
    except CaseError as error:
        told = [replace(problem, file=problem.column or PLACE, column=None) for problem in error.problems]
        raise UsageError("\n".join(str(problem) for problem in told)) from None
    return entry


def _cells(words: Iterable[str], allowed: Iterable[str]) -> dict[str, str]:
    known, out = list(allowed), {}
    faults: list[Problem] = []
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or name not in known:
            remedy = suggestion(name, known) if equals else ""
            faults.append(Problem(PLACE, None, None, f"'{word}'", "is not COLUMN=TEXT", remedy or "columns: " + ", ".join(known)))
        out[name] = text
    if faults:
        raise UsageError("\n".join(str(fault) for fault in faults))
    return out


def _amount(value: str) -> dict[str, str]:
    """Return the cells of `at least 27 billion USD`. Raises UsageError."""
    text = value.strip()
    if not text:
        return {}
    bound = next((word for word in BOUNDS if text.lower().startswith(word + " ")), "")
    number, _, unit = text[len(bound) :].strip().partition(" ")
    try:
        float(number)
    except ValueError:
        raise UsageError(f"'{printable(value)}' is not an amount; {AMOUNT}") from None
    return {"amount": number, "unit": unit.strip(), "bound": bound}
