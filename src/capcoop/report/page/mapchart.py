"""The chart of a map, by Altair, from geometry in points of the picture. Its period is a parameter, with a slider if there are many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from capcoop.report.page.charts import vega
from capcoop.report.page.texts import Texts

if TYPE_CHECKING:
    import altair as alt

# Blue to vermilion and bluish green are told apart with every kind of colour blindness (Okabe and Ito 2008).
LOADING = {"low": "#9ecae1", "middle": "#4292c6", "high": "#08519c", "full": "#d55e00", "free": "#7d8597", "none": "#c9cdd4"}
STATES = {"none": "#ffffff", "existing": "#5b6270", "new": "#009e73", "both": "#00543d"}
SEA, LAND, HOST, BORDER, INK, NEW = "#e6eef4", "#f7f5ef", "#ece4cf", "#b7b3a6", "#22303c", "#3fc79a"
LINE = "#7d8597"  # of legends, which lie on a light or a dark page
MODES = {"rail": "#7a4a1f", "road": "#cc79a7", "sea": "#0072b2", "barge": "#56b4e9", "pipeline": "#e69f00", "hvdc": "#882255"}
OTHERS = ("#332288", "#e69f00", "#882255", "#56b4e9", "#7d8597")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
KINDS = {"market": "circle", "city": "circle", "plant": "square", "port": "triangle-up", "crossing": "diamond", "junction": "cross"}
WIDEST, THINNEST = 9.0, 1.0
SMALLEST, LARGEST = 34.0, 620.0  # square points of the picture that a site covers
MOST_LINES = 6  # of a legend, before it gets a second column
PERIOD = "period_index"


@dataclass(frozen=True, eq=False)
class Drawing:
    """All that a map shows, in points of the picture.

    land : GeoJSON features. ways : GeoJSON features with the place of their arrow. flows, sites : rows by period `p`. labels : names and
    where they stand. periods : their names. flow : what the width of a line tells. money : unit of the worth of a site, a year.
    """

    width: float
    height: float
    land: list[dict[str, Any]]
    ways: list[dict[str, Any]]
    flows: list[dict[str, Any]]
    sites: list[dict[str, Any]]
    labels: list[dict[str, Any]]
    periods: Sequence[str]
    flow: str
    money: str


@dataclass(frozen=True, eq=False)
class _Whole:
    """Rows that Altair takes as they are; it would look at every figure of a plain list, several times over."""

    rows: list[dict[str, Any]]
    _schema: ClassVar[dict[str, Any]] = {"type": "object"}  # by which Altair knows what can write itself

    def to_dict(self, *_: object, **__: object) -> list[dict[str, Any]]:
        """Return the rows."""
        return self.rows


def radius(share: float) -> float:
    """Return how far a site reaches, in points of the picture, by its worth as a share of the largest."""
    return math.sqrt((SMALLEST + share * (LARGEST - SMALLEST)) / math.pi) + 1


def map_chart(drawing: Drawing, texts: Texts) -> alt.LayerChart:
    """Return the chart of a map. Raises UsageError where the extra `report` is not installed."""
    vega()  # which says what is missing
    import altair as alt

    layers = [*_ground(), *_channels(drawing, texts), *_sites(drawing, texts), _caption()]
    last = len(drawing.periods) - 1
    chosen = (
        alt.param(name=PERIOD, value=last, bind=alt.binding_range(min=0, max=last, step=1, name=texts("map.period") + " "))
        if last
        else alt.param(name=PERIOD, value=0)
    )
    names = [{"p": place, "period": name, "x": drawing.width - 10, "y": 20} for place, name in enumerate(drawing.periods)]
    data = {name: _Whole(getattr(drawing, name)) for name in ("land", "ways", "flows", "sites", "labels")} | {"periods": _Whole(names)}
    chart: alt.LayerChart = (
        alt.layer(*layers, datasets=data, width=drawing.width, height=drawing.height, view=alt.ViewBackground(fill=SEA, stroke=BORDER))
        .project(type="identity", scale=1, translate=[0, 0])
        .resolve_scale(strokeWidth="independent", size="independent", fill="independent", stroke="independent", shape="independent")
        .add_params(chosen)
        .configure_legend(orient="bottom", direction="vertical", titleLimit=220, labelLimit=180)
    )
    return chart


def _ground() -> list[alt.Chart]:
    import altair as alt

    return [
        alt.Chart(alt.NamedData("land"))
        .mark_geoshape(clip=True, stroke=BORDER, strokeWidth=0.6)
        .encode(fill=alt.condition("datum.host", alt.value(HOST), alt.value(LAND)), tooltip=alt.value(None))
    ]


def _channels(drawing: Drawing, texts: Texts) -> list[alt.Chart]:
    """Return the green edge of what is new, the lines, and their arrows."""
    import altair as alt

    if not drawing.flows:
        return []
    shown = (
        alt.Chart(alt.NamedData("flows"))
        .transform_filter(f"datum.p == {PERIOD}")
        .transform_lookup(
            lookup="way", from_=alt.LookupData(data=alt.NamedData("ways"), key="way", fields=["type", "geometry", "x", "y", "angle"])
        )
    )
    most = max(row["wide"] for row in drawing.flows) or 1.0
    width = alt.Scale(domain=[0, most], range=[THINNEST, WIDEST])
    edge = alt.Scale(domain=[0, most], range=[THINNEST + 4, WIDEST + 4])
    colour = _colour(drawing, texts)
    tooltip = [
        alt.Tooltip(f"{field}:{kind}", title=texts(f"map.{key}"))
        for field, kind, key in (
            *(("channel", "N", "channel"), ("from", "N", "from"), ("to", "N", "to"), ("products", "N", "product"), ("flow", "Q", "amount")),
            *(("unit", "N", "unit"), ("share", "Q", "peak"), ("state", "N", "state")),
        )
    ]
    line: dict[str, Any] = {"clip": True, "filled": False, "strokeCap": "round", "strokeJoin": "round"}
    arrow = alt.Scale(domain=[0, most], range=[26, 190])
    return [
        shown.transform_filter("datum.new")
        .mark_geoshape(**line, stroke=NEW, opacity=0.9)
        .encode(strokeWidth=alt.StrokeWidth("wide:Q", scale=edge, legend=None)),
        shown.mark_geoshape(**line, opacity=0.95).encode(
            strokeWidth=alt.StrokeWidth(
                "wide:Q",
                scale=width,
                legend=alt.Legend(columns=1, title=drawing.flow, symbolType="stroke", symbolStrokeColor=LINE, values=_steps(most)),
            ),
            stroke=colour,
            tooltip=tooltip,
        ),
        shown.transform_filter("datum.flow > 0 && isValid(datum.x)")
        .mark_point(shape="triangle", filled=True, fill=INK, stroke="#ffffff", strokeWidth=0.6, opacity=1)
        .encode(
            longitude="x:Q",
            latitude="y:Q",
            angle=alt.Angle("angle:Q", scale=None),
            size=alt.Size("wide:Q", scale=arrow, legend=None),
            tooltip=tooltip,
        ),
    ]


def _colour(drawing: Drawing, texts: Texts) -> alt.Stroke:
    """Return the colour of a line: that of its loading or, where no channel has a limit, of its mode."""
    import altair as alt

    names = {name: texts(f"map.loading-{name}") for name in LOADING}
    used = {row["loading"] for row in drawing.flows}
    if used <= {names["free"], names["none"]}:
        own = {texts.word("mode", mode): colour for mode, colour in MODES.items()}
        modes = sorted({row["mode"] for row in drawing.flows if row["mode"] and row["flow"] > 0})
        others = [mode for mode in modes if mode not in own]
        colours = [own.get(mode) or OTHERS[others.index(mode) % len(OTHERS)] for mode in modes]
        scale = alt.Scale(domain=[*modes, names["none"]], range=[*colours, LOADING["none"]])
        return alt.Stroke(
            "by:N", scale=scale, legend=alt.Legend(columns=1, title=texts("map.mode"), symbolType="stroke", symbolStrokeWidth=4)
        )
    kept = [name for name in LOADING if names[name] in used]
    scale = alt.Scale(domain=[names[name] for name in kept], range=[LOADING[name] for name in kept])
    return alt.Stroke(
        "loading:N", scale=scale, legend=alt.Legend(columns=1, title=texts("map.loading"), symbolType="stroke", symbolStrokeWidth=4)
    )


def _steps(most: float) -> list[float]:
    """Return three round figures up to the largest."""
    unit = 10.0 ** math.floor(math.log10(most))
    top = next(step * unit for step in (5, 4, 3, 2, 1) if step * unit <= most)
    return [top / 4, top / 2, top]


def _sites(drawing: Drawing, texts: Texts) -> list[alt.Chart]:
    """Return the sites by kind, size and lines, and their names."""
    import altair as alt

    largest = max((row["size"] for row in drawing.sites), default=0)
    any_worth, most = largest > 0, largest or 1.0
    kinds = sorted({row["kind"] for row in drawing.sites})
    shape = alt.Scale(domain=kinds, range=_shapes(kinds, texts))
    names = {state: texts(f"map.lines-{state}") for state in STATES}
    kept = [state for state in STATES if names[state] in {row["state"] for row in drawing.sites}]
    fill = alt.Scale(domain=[names[state] for state in kept], range=[STATES[state] for state in kept])
    worth = f"{texts('map.value')}, {drawing.money}/{texts('map.year')}"
    titled = (
        ("site", "N", "site"),
        ("country", "N", "country"),
        ("kind", "N", "kind"),
        ("existing", "N", "existing-lines"),
        ("new", "N", "new-lines"),
    )
    tooltip = [alt.Tooltip(f"{field}:{kind}", title=texts(f"map.{key}")) for field, kind, key in titled]
    size = (
        alt.Legend(
            columns=1,
            title=[texts("map.value") + ",", f"{drawing.money}/{texts('map.year')}"],
            symbolFillColor="#ffffff",
            symbolStrokeColor=LINE,
            values=_steps(most),
        )
        if any_worth
        else None
    )
    lines = alt.Legend(columns=1, title=texts("map.lines"), symbolStrokeColor=LINE) if len(kept) > 1 else None
    points = (
        alt.Chart(alt.NamedData("sites"))
        .transform_filter(f"datum.p == {PERIOD}")
        .mark_point(filled=True, stroke=INK, strokeWidth=1, opacity=1)
        .encode(
            longitude="x:Q",
            latitude="y:Q",
            size=alt.Size("size:Q", scale=alt.Scale(domain=[0, most], range=[SMALLEST, LARGEST]), legend=size),
            shape=alt.Shape(
                "kind:N",
                scale=shape,
                legend=alt.Legend(
                    columns=1 + (len(kinds) > MOST_LINES), title=texts("map.kind"), symbolFillColor="transparent", symbolStrokeColor=LINE
                ),
            ),
            fill=alt.Fill("state:N", scale=fill, legend=lines),
            tooltip=[*tooltip, alt.Tooltip("value:Q", title=worth)],
        )
    )
    return [points, *(layer for align in ("left", "right", "center") for layer in _names(align))]


def _shapes(kinds: Sequence[str], texts: Texts) -> list[str]:
    """Return the shape of each kind of site: those of the program's own words are always the same, the others follow in order."""
    own = {texts.word("kind", kind): shape for kind, shape in KINDS.items()}
    rest = [shape for shape in SHAPES if shape not in {own.get(kind) for kind in kinds}] or list(SHAPES)
    others = [kind for kind in kinds if kind not in own]
    return [own.get(kind) or rest[others.index(kind) % len(rest)] for kind in kinds]


def _names(align: str) -> list[alt.Chart]:
    """Return the names that stand on one side of their sites, on a light edge that keeps them readable."""
    import altair as alt

    shown = (
        alt.Chart(alt.NamedData("labels"))
        .transform_filter(f"datum.align == '{align}'")
        .encode(longitude="x:Q", latitude="y:Q", text="site:N")
    )
    text: dict[str, Any] = {"align": align, "baseline": "middle", "fontSize": 11}
    return [shown.mark_text(**text, stroke=LAND, strokeWidth=3, strokeJoin="round", opacity=0.8), shown.mark_text(**text, color=INK)]


def _caption() -> alt.Chart:
    """Return the name of the period in the corner of the picture."""
    import altair as alt

    shown: alt.Chart = alt.Chart(alt.NamedData("periods")).transform_filter(f"datum.p == {PERIOD}")
    marked: alt.Chart = shown.mark_text(align="right", fontSize=18, fontWeight="bold", color=INK)
    return marked.encode(longitude="x:Q", latitude="y:Q", text="period:N")
