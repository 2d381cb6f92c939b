"""Settings as a table of `setting` and `value`, where there is no case.toml: in workbooks and databases."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
import tomli_w

from capcoop.case.formats.source import NOTE, SETTING, VALUE, text_of
from capcoop.case.read import ROW
from capcoop.case.settings import Settings
from capcoop.errors import Problem, suggestion

# What a user should know of each setting when filling in a workbook.
ABOUT = {
    "title": "What the case is called.",
    "description": "What it is about.",
    "currency": "What all money is counted in, such as million USD; rows may state another.",
    "price_year": "The year of the prices.",
    "discount_rate": "Share per year, such as 0.08; blank: 0.",
    "timing": "When in a year payments fall: start, middle or end; blank: end.",
    "base_year": "The year to which all is discounted; blank: the first period's start.",
    "penalty": "Cost of a unit of need that is not delivered; blank: needs are hard.",
    "solver.gap": "Relative gap at which whole-number plans are good enough; blank: 1e-7.",
    "solver.time_limit": "Seconds; blank: 600.",
    "solver.threads": "Threads of the solver; blank: 1.",
    "exchange_rates.EUR": "Units of the case's own currency code per EUR; a row for each currency.",
}


def read_settings(frame: pl.DataFrame, place: str, problems: list[Problem]) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the settings as nested plain values, and the row of each."""
    known = (SETTING, VALUE, NOTE)
    problems += [
        Problem(place, 1, name, f"'{name}'", "is not a column of the settings", suggestion(name, known))
        for name in frame.columns
        if name not in {*known, ROW}
    ]
    missing = [name for name in (SETTING, VALUE) if name not in frame.columns]
    problems += [Problem(place, 1, name, "the column", "is missing", "add it to the heading") for name in missing]
    settings: dict[str, Any] = {}
    rows: dict[str, int] = {}
    if missing:
        return settings, rows
    for row, setting, cell in frame.select(ROW, SETTING, VALUE).iter_rows():
        if setting is None or cell is None:
            continue
        path = _path(str(setting))
        if not path:
            problems.append(Problem(place, row, SETTING, f"'{setting}'", "is not the name of a setting", "write it like solver.gap"))
        elif ".".join(path) in rows:
            problems.append(Problem(place, row, SETTING, f"'{setting}'", "is there twice", "keep one of the two rows"))
        elif not _put(settings, path, cell if isinstance(cell, str) else text_of(cell)):
            problems.append(Problem(place, row, SETTING, f"'{setting}'", "does not fit beside the rows above", "keep one of them"))
        rows.setdefault(".".join(path), row)
    return settings, rows


def settings_rows(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each setting, dotted, and its value as text."""
    yield from _flat(settings, (), literal=False)


def _flat(values: Mapping[str, Any], path: tuple[str, ...], *, literal: bool) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        inner = (*path, key)
        free = literal or _is_free(inner[0])
        if isinstance(value, Mapping) and value:
            yield from _flat(value, inner, literal=free)
        elif isinstance(value, Mapping) and not free:
            continue
        else:
            name = ".".join(tomli_w.dumps({part: 0}).rpartition(" = ")[0] for part in inner)
            yield name, _literal(value) if free else text_of(value)


def _is_free(setting: str) -> bool:
    """Whether the model leaves the types of a setting's values open, so that the cell must tell them."""
    field = Settings.model_fields.get(setting)
    return field is not None and field.annotation == dict[str, Any]


def _literal(value: Any) -> str:  # noqa: ANN401  (any value of TOML)
    """Return a value as text that `_value` reads back: plain text where that is enough, TOML otherwise."""
    if isinstance(value, str) and value and value.strip() == value and _value(value) == value:
        return value
    lines = tomli_w.dumps({VALUE: [value]}, multiline_strings=False).partition("=")[2].split("\n")
    return "".join(line.strip() for line in lines)[1:-1].removesuffix(",")


def _value(text: str) -> Any:  # noqa: ANN401  (any value of TOML)
    try:
        return tomllib.loads(f"{VALUE} = {text}")[VALUE]
    except (ValueError, RecursionError):
        return text


def _path(setting: str) -> tuple[str, ...]:
    """Return the parts of a dotted setting; none where it is not one."""
    try:
        inner: Any = tomllib.loads(f"{setting.strip()} = 0") if "\n" not in setting else 0
    except (ValueError, RecursionError):
        return ()
    path: list[str] = []
    while isinstance(inner, dict) and len(inner) == 1:
        ((key, inner),) = inner.items()
        path.append(key)
    return tuple(path) if inner == 0 else ()


def _put(settings: dict[str, Any], path: tuple[str, ...], text: str) -> bool:
    """Put a value at its place among the settings; False where another value stands in the way."""
    inner = settings
    for part in path[:-1]:
        inner = inner.setdefault(part, {})
        if not isinstance(inner, dict):
            return False
    if path[-1] in inner:
        return False
    inner[path[-1]] = _value(text) if _is_free(path[0]) else text
    return True
