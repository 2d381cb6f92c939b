"""What a page is made of: figures, each a chart with its table, and sections of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import altair as alt

    Chart = alt.TopLevelMixin


@dataclass(frozen=True, eq=False)
class Figure:
    """A chart with the table behind it.

    key : names its files and its place in the page. chart : None where a table says it all. units : unit by column of the table. note :
    what a reader must know to read it.
    """

    key: str
    title: str
    chart: Chart | None
    table: pl.DataFrame
    units: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, eq=False)
class Section:
    """A chapter of a page."""

    key: str
    title: str
    paragraphs: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
