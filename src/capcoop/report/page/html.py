"""A page as one HTML file that asks the network for nothing and obeys a strict policy of its own."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.report.page.bundle import bundle
from capcoop.report.page.charts import CONFIG
from capcoop.report.page.extra import library
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import MARKS, UNKNOWN, Texts

FOLDER = Path(__file__).parent
PAGE = 20  # rows of a table that are seen at a time
OPEN = ("binding", "reasons")  # tables that are shown without a click though they are long
MOST = 20_000  # rows of a table that a page holds


@dataclass(frozen=True)
class Tile:
    """A figure that is read first, and what it is."""

    figure: str
    words: str


@dataclass(frozen=True)
class Page:
    """All that one file shows. kind : what it is, above the title. about : what it is about, below."""

    title: str
    kind: str
    about: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]


def html_of(page: Page, texts: Texts) -> str:
    """Return the file of a page."""
    markup = _markup()
    figures = [figure for section in page.sections for figure in section.figures]
    specs = {figure.key: spec_of(figure) for figure in figures if figure.chart is not None}
    style, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    drawing = bundle() if specs else ""
    charts = _data({"config": CONFIG, "specs": specs, "locale": texts.locale})
    return str(
        _environment()
        .get_template("page.html")
        .render(
            title=page.title,
            kind=page.kind,
            about=page.about,
            tiles=page.tiles,
            sections=page.sections,
            texts=texts,
            tables={figure.key: _table(figure, texts) for figure in figures},
            policy=_policy([drawing, script] if drawing else [script], style),
            version=version("capcoop"),
            style=markup(style),
            script=markup(script),
            bundle=markup(drawing),
            has_charts=bool(specs),
            charts=markup(charts),
            words=markup(_data(_words(texts))),
        )
    )


def spec_of(figure: Figure) -> dict[str, Any]:
    """Return the Vega-Lite specification of a figure's chart, without the theme."""
    assert figure.chart is not None  # noqa: S101  (told by the caller)
    found: dict[str, Any] = figure.chart.to_dict()
    config = found.pop("config", {})
    # Altair's own theme sets a size for all charts; the page sets its own.
    own = {name: value for name, value in config.items() if name != "view"}
    return {**found, **({"config": own} if own else {})}


def _words(texts: Texts) -> dict[str, Any]:
    """Return what the page's script says, and how it writes numbers."""
    decimal, group, least = MARKS[texts.language]
    rows = texts("page.rows", first="{first}", last="{last}", count="{count}")
    said = {name: texts(f"page.{name}") for name in ("undrawn", "play", "stop")}
    return {"decimal": decimal, "group": group, "least": least, "unknown": UNKNOWN, "rows": rows, **said}


def _policy(scripts: Sequence[str], style: str) -> str:
    """Return the policy: no network, nothing but this page's own scripts and style, both by their hashes."""
    allowed = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'sha256-{_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _data(values: Any) -> str:  # noqa: ANN401  (any plain value)
    """Write plain values as JSON that may stand inside a script of a page, whatever names a case has."""
    text = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)
    return (
        text.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


@cache
def _environment() -> Any:  # noqa: ANN401  (jinja2 is an extra)
    jinja2 = library("jinja2")
    loader = jinja2.FileSystemLoader(FOLDER / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _markup() -> Any:  # noqa: ANN401
    _environment()
    from markupsafe import Markup

    return Markup


def _table(figure: Figure, texts: Texts) -> dict[str, Any]:
    """Return a table for the template: its columns, its first rows as text, and all rows (up to `MOST`) for the script."""
    frame = figure.table.head(MOST)
    columns = [{"title": name, "unit": figure.units.get(name, ""), "number": kind.is_numeric()} for name, kind in frame.schema.items()]
    first = [
        [texts.number(cell) if column["number"] else ("" if cell is None else str(cell)) for cell, column in zip(row, columns, strict=True)]
        for row in frame.head(PAGE).rows()
    ]
    held = [{**_titled(column), **_column(frame.get_column(str(column["title"])))} for column in columns]
    cut = texts("page.cut", shown=frame.height, count=figure.table.height) if figure.table.height > MOST else ""
    closed = figure.chart is not None or (figure.table.height > PAGE and figure.key not in OPEN)
    json_ = _markup()(_data({"page": PAGE, "columns": held}))
    return {"columns": columns, "first": first, "rows": figure.table.height, "page": PAGE, "json": json_, "cut": cut, "closed": closed}


def _titled(column: dict[str, Any]) -> dict[str, Any]:
    title = f"{column['title']} ({column['unit']})" if column["unit"] else column["title"]
    return {"title": title, "number": column["number"]}


def _column(cells: pl.Series) -> dict[str, Any]:
    """Return the cells of a column; words that repeat themselves as places in a dictionary."""
    if cells.dtype.is_float():
        finite = cells.round_sig_figs(9)
        return {"values": [value if value is not None and value - value == 0 else None for value in finite.to_list()]}
    if cells.dtype.is_numeric():
        return {"values": cells.to_list()}
    texts = cells.cast(pl.String)
    distinct = texts.drop_nulls().unique(maintain_order=True)
    if len(distinct) > len(texts) / 2:
        return {"values": texts.to_list()}
    places = texts.replace_strict(distinct, range(len(distinct)), default=None, return_dtype=pl.Int64)
    return {"values": places.to_list(), "words": distinct.to_list()}
