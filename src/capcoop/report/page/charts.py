"""Small makers of charts on tidy tables, by Altair, in one theme.

Colours are those of Okabe and Ito, "Color universal design" (2008), which every kind of colour blindness tells apart. Text and axes have
the colour of the page's text (`currentColor`), so that light, dark and print need no second drawing. Widths are set by the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from capcoop.report.page.extra import library

if TYPE_CHECKING:
    from altair import Chart, FacetChart, LayerChart

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, GREY = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#cc79a7",
    "#56b4e9",
    "#f0e442",
    "#8c8c8c",
)
PALETTE = (BLUE, ORANGE, GREEN, SKY, VERMILION, PURPLE, YELLOW, GREY)
TEXT = "currentColor"
WIDTH = 640
ROOM = 9  # tiles side by side that have room for words
CONFIG: dict[str, Any] = {
    "background": None,
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "gridColor": TEXT,
        "gridOpacity": 0.14,
        "domainColor": TEXT,
        "domainOpacity": 0.5,
        "tickColor": TEXT,
        "tickOpacity": 0.5,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 260,
    },
    "axisX": {"labelOverlap": "greedy", "labelSeparation": 6},
    "legend": {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "orient": "top",
        "labelLimit": 260,
        "columns": 4,
    },
    "header": {"labelColor": TEXT, "titleColor": TEXT, "labelFontSize": 12.5, "labelFontWeight": "bold", "labelLimit": 240},
    "text": {"color": TEXT, "fontSize": 12},
    "rule": {"color": TEXT},
    "range": {"category": list(PALETTE)},
}
TOP = {"orient": "top", "title": None, "symbolType": "square"}


def vega() -> Any:  # noqa: ANN401  (a module)
    """Return altair. Raises UsageError where the extra `report` is not installed."""
    return library("altair")


def rows_of(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows that a chart draws; six digits are more than any screen shows, and what is not finite is left out."""
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    finite = frame.with_columns(pl.when(pl.col(floats).is_finite()).then(pl.col(floats))) if floats else frame
    return finite.with_columns(pl.col(floats).round_sig_figs(6)).to_dicts() if floats else frame.to_dicts()


def chart_of(frame: pl.DataFrame) -> Chart:
    """Return a chart of a table without marks."""
    alt = vega()
    chart: Chart = alt.Chart(alt.Data(values=rows_of(frame)))
    return chart


def _colour(colour: str, order: Sequence[str], colours: Mapping[str, str] | None) -> Any:  # noqa: ANN401
    alt = vega()
    shades = [(colours or {}).get(name, PALETTE[place % len(PALETTE)]) for place, name in enumerate(order)]
    return alt.Color(f"{colour}:N", scale=alt.Scale(domain=list(order), range=shades), legend=alt.Legend(**TOP))


def stacked(
    frame: pl.DataFrame,
    at: tuple[str, Sequence[str], str],
    amount: tuple[str, str],
    colour: tuple[str, Sequence[str], Mapping[str, str] | None],
    tooltip: Mapping[str, str],
    height: int = 260,
) -> Chart:
    """Return stacked bars.

    at : column, order and title of what stands along the bottom. amount : column and title of the heights. colour : column, order and
    colours of the parts. tooltip : column -> title.
    """
    alt = vega()
    place = {name: rank for rank, name in enumerate(colour[1])}
    ranked = frame.with_columns(rank=pl.col(colour[0]).replace_strict(place, default=len(place), return_dtype=pl.Int64))
    chart: Chart = (
        chart_of(ranked)
        .mark_bar()
        .encode(
            x=alt.X(
                f"{at[0]}:O",
                sort=list(at[1]),
                title=at[2] or None,
                axis=alt.Axis(labelAngle=0, labelLimit=110),
                scale=alt.Scale(domain=list(at[1])),
            ),
            y=alt.Y(f"{amount[0]}:Q", title=amount[1]),
            color=_colour(*colour),
            order=alt.Order("rank:Q"),
            tooltip=_tooltip(tooltip, frame),
        )
        .properties(width=WIDTH, height=height)
    )
    return chart


def lying(
    frame: pl.DataFrame,
    at: tuple[str, Sequence[str]],
    amount: tuple[str, str],
    colour: tuple[str, Sequence[str], Mapping[str, str] | None],
    tooltip: Mapping[str, str],
    step: int = 24,
) -> Chart:
    """Return bars that lie, one row for each name; the arguments are those of `stacked`."""
    alt = vega()
    chart: Chart = (
        chart_of(frame)
        .mark_bar()
        .encode(
            y=alt.Y(f"{at[0]}:N", sort=list(at[1]), title=None),
            x=alt.X(f"{amount[0]}:Q", title=amount[1], axis=alt.Axis(tickCount=6)),
            color=_colour(*colour),
            tooltip=_tooltip(tooltip, frame),
        )
        .properties(width=WIDTH, height=step * len(at[1]))
    )
    return chart


def waterfall(frame: pl.DataFrame, amount: str, names: tuple[str, str, str], tooltip: Mapping[str, str]) -> LayerChart:
    """Return steps from one total to another.

    frame : step, start, end, change, kind (total, less, more), in order. names : what total, less and more are called.
    """
    alt = vega()
    steps = frame.get_column("step").to_list()
    words = dict(zip(("total", "less", "more"), names, strict=True))
    told = frame.with_columns(kind=pl.col("kind").replace_strict(words, return_dtype=pl.String))
    base = chart_of(told).encode(y=alt.Y("step:N", sort=steps, title=None), tooltip=_tooltip(tooltip, told))
    colour = _colour("kind", names, dict(zip(names, (GREY, GREEN, VERMILION), strict=True)))
    low, high = min(0.0, *told["start"], *told["end"]), max(0.0, *told["start"], *told["end"])
    room = 0.2 * (high - low)  # for the figures beside the bars
    scale = alt.Scale(domain=[low - room if low < 0 else 0.0, high + room], nice=False)
    bars = base.mark_bar().encode(x=alt.X("start:Q", title=amount, scale=scale, axis=alt.Axis(tickCount=6)), x2="end:Q", color=colour)
    figures = base.mark_text(align="left", dx=5, fontSize=11).encode(x=alt.X("edge:Q"), text="label:N")
    chart: LayerChart = alt.layer(bars, figures).properties(width=WIDTH, height=26 * len(steps))
    return chart


def steps_of(names: Sequence[str], changes: Sequence[float], last: str) -> pl.DataFrame:
    """Return the rows of a waterfall: from nothing over the changes to their sum, `last`; `kind` tells what is less or more."""
    ends = pl.Series([0.0, *changes], dtype=pl.Float64).cum_sum().to_list()
    rows = [{"step": name, "start": low, "end": high, "change": high - low} for name, low, high in zip(names, ends, ends[1:], strict=False)]
    frame = pl.DataFrame([*rows, {"step": last, "start": 0.0, "end": ends[-1], "change": ends[-1]}])
    is_total = pl.int_range(pl.len()) == frame.height - 1
    kind = pl.when(is_total).then(pl.lit("total")).when(pl.col("change") < 0).then(pl.lit("less"))
    return frame.with_columns(kind=kind.otherwise(pl.lit("more")), edge=pl.max_horizontal("start", "end"))


def _tooltip(tooltip: Mapping[str, str], frame: pl.DataFrame) -> list[Any]:
    alt = vega()
    kinds = {name: "Q" if frame.schema[name].is_numeric() else "N" for name in tooltip}
    return [
        alt.Tooltip(f"{name}:{kinds[name]}", title=title, **({"format": ",.4~r"} if kinds[name] == "Q" else {}))
        for name, title in tooltip.items()
    ]


def faceted(chart: Chart | LayerChart, column: str, order: Sequence[str], columns: int = 3) -> FacetChart:
    """Return a chart for each name in a column, each with its own scale of amounts."""
    alt = vega()
    parts: FacetChart = (
        chart.facet(facet=alt.Facet(f"{column}:N", sort=list(order), title=None), columns=columns)
        .resolve_scale(y="independent")
        .resolve_axis(x="independent")
        .properties(bounds="flush", spacing={"row": 62, "column": 76})
    )
    return parts


def tiles(
    frame: pl.DataFrame, at: tuple[str, Sequence[str], str], row: tuple[str, Sequence[str]], colour: str, tooltip: Mapping[str, str]
) -> LayerChart:
    """Return tiles, the stronger in colour the larger the share, with their words where there is room.

    frame : also share (0 to 1) and words. at : column, order and title of what stands along the bottom. row : column and order of the rows.
    """
    alt = vega()
    base = chart_of(frame).encode(
        x=alt.X(f"{at[0]}:O", sort=list(at[1]), title=at[2] or None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(domain=list(at[1]))),
        y=alt.Y(f"{row[0]}:N", sort=list(row[1]), title=None, scale=alt.Scale(domain=list(row[1]))),
        tooltip=_tooltip(tooltip, frame),
    )
    opacity = alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.06, 0.7]), legend=None)
    parts = [base.mark_rect(color=colour).encode(opacity=opacity)]
    if len(at[1]) <= ROOM:
        parts.append(base.mark_text(fontSize=11).encode(text="words:N"))
    chart: LayerChart = alt.layer(*parts).properties(width=WIDTH, height=26 * len(row[1]))
    return chart
