"""Every chart of a page as a picture of its own, for documents: SVG and PNG, by vl-convert, without a browser or a network."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from capcoop.errors import UsageError, printable
from capcoop.report.page.charts import CONFIG, TEXT
from capcoop.report.page.extra import library
from capcoop.report.page.figure import Figure
from capcoop.report.page.html import spec_of
from capcoop.report.page.texts import Texts

INK, PAPER = "#22303c", "#ffffff"
DATA = ("data", "datasets")
SCALE = 2.0  # dots of a PNG to a point, so that it is sharp in print
# Fonts of the system in the order of preference; the last two have Chinese, and letters that none has are those of any font that has them.
FONTS = "Noto Sans, DejaVu Sans, Liberation Sans, Arial, Noto Sans CJK SC, Noto Sans SC, sans-serif"


def picture_spec(figure: Figure, *, titled: bool) -> str:
    """Return the specification of a figure's chart as JSON, in ink on paper, its title above it; `figure.chart` must be one."""
    spec = spec_of(figure)
    if titled:
        spec["title"] = {"text": figure.title, "anchor": "start", "fontSize": 15, "offset": 14, "color": INK}
    config = _merged({**CONFIG, "font": FONTS}, spec.get("config", {}))
    return json.dumps(_inked({**spec, "background": PAPER, "padding": 12, "config": config}))


def _inked(value: Any) -> Any:  # noqa: ANN401  (any plain value)
    """Return a specification in which what has the colour of the page's text is of ink; data stay as they are."""
    if isinstance(value, dict):
        return {name: inner if name in DATA else _inked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_inked(inner) for inner in value]
    return INK if value == TEXT else value


def _merged(theme: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return a theme with a chart's own settings over it, two levels deep."""
    return {**theme, **{name: {**theme.get(name, {}), **value} if isinstance(value, dict) else value for name, value in own.items()}}


def png_of(figure: Figure, texts: Texts) -> bytes:
    """Return the picture of a figure as PNG, without a title."""
    return _dotted(svg_of(figure, texts))


def svg_of(figure: Figure, texts: Texts, *, titled: bool = False) -> str:
    """Return the picture of a figure as SVG, its numbers written as the language of the texts does."""
    return str(_convert().vegalite_to_svg(picture_spec(figure, titled=titled), **_rules(texts)))


def _dotted(drawn: str) -> bytes:
    return bytes(_convert().svg_to_png(drawn, scale=SCALE))


def _rules(texts: Texts) -> dict[str, Any]:
    """Return what holds for every picture: no data from elsewhere, numbers of the language."""
    return {"allowed_base_urls": [], "format_locale": texts.locale}


def save_pictures(figures: Sequence[Figure], folder: str | Path, texts: Texts) -> list[Path]:
    """Write every chart into a folder as KEY.svg and KEY.png; return the files.

    Raises
    ------
    UsageError : the folder cannot be made or written, or the extra `report` is not installed.
    """
    target = Path(folder)
    _convert()
    written: list[Path] = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for figure in figures:
            if figure.chart is not None:
                vector, dots = (target / f"{file_of(figure)}.{kind}" for kind in ("svg", "png"))
                drawn = svg_of(figure, texts, titled=True)
                vector.write_text(drawn, encoding="utf-8")
                dots.write_bytes(_dotted(drawn))
                written += [vector, dots]
    except OSError as error:
        raise UsageError(f"{printable(str(error.filename or target))} cannot be written: {error.strerror}") from None
    return written


def file_of(figure: Figure) -> str:
    """Return the name of a figure's files: its key, of which a part may come from a case, in letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", figure.key).strip("-") or "chart"


def _convert() -> Any:  # noqa: ANN401  (a module)
    return library("vl_convert", "pictures need")
