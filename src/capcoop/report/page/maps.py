"""Maps of a plan: sites, lines, and channels with their flow and loading, by period, one map for each layer.

All geometry is worked out here and handed to the chart as points of the picture, so that the chart needs no projection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from capcoop.case.case import Case
from capcoop.geo.land import Floats
from capcoop.plan.tables import Plan
from capcoop.report.page.figure import Figure
from capcoop.report.page.labels import placed_labels
from capcoop.report.page.mapchart import Drawing, map_chart, radius
from capcoop.report.page.outlines import Outlines, built_in, within
from capcoop.report.page.texts import Texts
from capcoop.report.page.traffic import FULL, LAYERS, Traffic, traffic_of
from capcoop.report.page.view import View, nearer, view_of
from capcoop.report.page.ways import STRAIGHT, Way, arrow_of, copies, drawn, ways_of

WIDTH = 720.0
DETAIL = 60.0  # degrees of longitude up to which a map has the finer outlines
MOST_FLOWS = 250  # the largest flows of a period are drawn up to this number
MOST_UNUSED = 150  # channels that carry nothing are drawn up to this number
LOADINGS = (("low", 0.5), ("middle", 0.8), ("high", FULL))


def map_figures(case: Case, plan: Plan, texts: Texts, outlines: Outlines | None = None) -> tuple[Figure, ...]:
    """Return a map for each layer in which a plan has channels or lines, one of its crowded part, and the table of its sites.

    Where no site has coordinates there are tables only. outlines : a user's own, in place of the package's.
    """
    layers = traffic_of(case, plan)
    return tuple(figure for traffic in layers for figure in _figures(case, traffic, texts, outlines, alone=len(layers) == 1))


def _figures(case: Case, traffic: Traffic, texts: Texts, outlines: Outlines | None, *, alone: bool) -> list[Figure]:
    title = texts("map.title", layer=texts(f"map.{traffic.layer}"))
    table, units, key = _table(traffic, texts), _units(texts), f"map-{traffic.layer}"
    placed = _placed(traffic.sites)
    lost = _lost(traffic, placed, texts)
    found = []
    for near, sketch in enumerate(_sketches(case, traffic, placed)):
        drawing, notes = _drawing(case, traffic, sketch, texts, outlines)
        named = (f"{key}-near", texts("map.near", title=title)) if near else (key, title)
        inside = [site["site"] for site in drawing.sites if 0 <= site["x"] <= drawing.width and 0 <= site["y"] <= drawing.height]
        ends = [pl.col(texts(f"map.{side}")).is_in(inside) for side in ("from", "to")]
        own = table.filter(pl.any_horizontal(ends)) if near else table
        found.append(Figure(*named, map_chart(drawing, texts), own, units, " ".join([*notes, *lost])))
    return [*(found or [Figure(key, title, None, table, units, " ".join(lost))]), _sites_figure(case, traffic, texts, alone=alone)]


def _placed(sites: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each site that has coordinates."""
    known = pl.col("latitude").is_finite() & pl.col("longitude").is_finite()
    return sites.unique("site", keep="first", maintain_order=True).filter(known)


def _lost(traffic: Traffic, placed: pl.DataFrame, texts: Texts) -> list[str]:
    """Return what is said of sites without coordinates, and of channels that end at one."""
    every = traffic.sites.get_column("site").unique(maintain_order=True)
    names = every.filter(~every.is_in(placed.get_column("site").implode())).to_list()
    if not names:
        return []
    held = pl.col("from").is_in(names) | pl.col("to").is_in(names)
    count = traffic.channels.filter(held).get_column("channel").n_unique()
    said = [texts("map.note-unplaced", count=len(names), names=", ".join(names))]
    return said + ([texts("map.note-lost", count=count)] if count else [])


@dataclass(frozen=True, eq=False)
class _Sketch:
    """What is drawn, before it is drawn: a row for each direction of a channel and period, the ways, the sites in degrees, the view.

    courses : a row for each way (channel, mode, from, to, rank among those of the same ends). idle, small : channels and flows left out.
    """

    rows: pl.DataFrame
    courses: pl.DataFrame
    ways: list[Way]
    points: dict[str, Floats]
    hosts: set[str]
    view: View
    idle: int
    small: tuple[int, float]


def _sketches(case: Case, traffic: Traffic, placed: pl.DataFrame) -> list[_Sketch]:
    """Return the map of all sites, and of the part where most of them lie close together, if there is one; none without sites."""
    if not placed.height:
        return []
    rows, idle = _drawn_rows(traffic, placed)
    rows, small = _largest(_scaled(rows))
    lengths = case.frames["channels"].select("channel", distance=pl.col("distance").fill_null(0))
    courses = rows.select("channel", "mode", "from", "to").unique(["channel", "from", "to"], maintain_order=True)
    courses = courses.join(lengths, on="channel", how="left").with_columns(rank=pl.int_range(pl.len()).over("from", "to"))
    points = dict(zip(placed.get_column("site"), placed.select("longitude", "latitude").to_numpy(), strict=True))
    starts, ends = (np.array([points[name] for name in courses.get_column(side)]).reshape(-1, 2) for side in ("from", "to"))
    ways = ways_of(starts, ends, courses.get_column("mode").to_list(), courses.get_column("distance").to_list())
    held = np.array(list(points.values()))
    lanes = np.concatenate([held[:0], *(way.points for way in ways if way.lane)])
    view = view_of(held, lanes, np.array([way.points[0, 0] for way in ways]), np.array([way.points[-1, 0] for way in ways]), WIDTH)
    hosts = set(placed.get_column("country").drop_nulls())
    whole = _Sketch(rows, courses, ways, points, hosts, view, idle, small)
    part = nearer(view, np.column_stack([view.unwrapped(held[:, 0]), held[:, 1]]), WIDTH)
    return [whole] if part is None else [whole, replace(whole, view=part)]


def _drawing(case: Case, traffic: Traffic, sketch: _Sketch, texts: Texts, outlines: Outlines | None) -> tuple[Drawing, list[str]]:
    view, periods = sketch.view, case.names["periods"]
    many = len(sketch.ways) > STRAIGHT
    ranks = sketch.courses.get_column("rank").to_list()
    lines = [copies(drawn(way, view, rank, many=many), view) for way, rank in zip(sketch.ways, ranks, strict=True)]
    own = outlines or built_in("countries" if view.span <= DETAIL else "world")
    held = np.array(list(sketch.points.values()))
    places = view.place(np.column_stack([view.unwrapped(held[:, 0]), held[:, 1]]))
    labels, unnamed = _labels(traffic, list(sketch.points), places, view)
    unit = _unit(traffic.layer, sketch.rows, texts)
    drawing = Drawing(
        view.width,
        view.height,
        _land(own, view, sketch.hosts),
        _way_records(lines, view),
        _flow_records(sketch.rows, sketch.courses, periods, texts),
        _site_records(traffic.sites, dict(zip(sketch.points, places.tolist(), strict=True)), periods, texts),
        labels,
        periods,
        texts("map.flow-share") if unit is None else texts("map.flow", unit=unit),
        texts.currency(case.settings.currency),
    )
    return drawing, _notes(texts, own, sketch, unit, unnamed)


def _drawn_rows(traffic: Traffic, placed: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return a row for each direction of a channel and period that is drawn, and the number of channels left out for carrying nothing."""
    known = placed.get_column("site").to_list()
    on_map = pl.col("from").is_in(known) & pl.col("to").is_in(known) & (pl.col("from") != pl.col("to"))
    keys = ["channel", "period"]
    standing = traffic.channels.filter(on_map)
    used = traffic.flows.filter(on_map).join(standing.select(*keys, "existing", "new", "state"), on=keys, how="left")
    ever = used.select("channel").unique()
    idle = standing.join(used.select(keys), on=keys, how="anti")
    never = idle.join(ever, on="channel", how="anti").get_column("channel").n_unique()
    left_out = never if never > MOST_UNUSED else 0
    if left_out:
        idle = idle.join(ever, on="channel", how="semi")
    # What carries nothing lies on the way that the channel has in another period, if in any.
    way = used.select("channel", way_from="from", way_to="to").unique("channel", keep="first", maintain_order=True)
    idle = idle.join(way, on="channel", how="left").with_columns(
        pl.coalesce("way_from", "from").alias("from"),
        pl.coalesce("way_to", "to").alias("to"),
        products=pl.lit(""),
        flow=pl.lit(0.0),
        loading=pl.lit(None, pl.Float64),
    )
    return pl.concat([used, idle.select(used.columns)]), left_out


def _scaled(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `wide`, what the width of a line tells: the flow, or its share of the largest in % where units differ."""
    if rows.filter(pl.col("flow") > 0).get_column("unit").n_unique() <= 1:
        return rows.with_columns(wide=pl.col("flow"))
    share = 100 * pl.col("flow") / pl.col("flow").max().over("unit")
    return rows.with_columns(wide=pl.when(pl.col("flow") > 0).then(share).otherwise(0.0))


def _largest(rows: pl.DataFrame) -> tuple[pl.DataFrame, tuple[int, float]]:
    """Return the rows that are drawn, the largest of each period where there are many, and how many are not, with their share of all."""
    rank = pl.col("wide").rank("ordinal", descending=True).over("period")
    kept = rows.filter(rank <= MOST_FLOWS)
    gone = rows.filter((rank > MOST_FLOWS) & (pl.col("flow") > 0))
    total = float(rows.get_column("wide").sum())
    return kept, (gone.height, float(gone.get_column("wide").sum()) / total if total else 0.0)


def _unit(layer: str, rows: pl.DataFrame, texts: Texts) -> str | None:
    """Return the unit of all flows; None where there are several. A rate of data is one already, other amounts are those of a year."""
    units = rows.filter(pl.col("flow") > 0).get_column("unit").unique().to_list()
    if len(units) > 1:
        return None
    unit = units[0] if units and units[0] else texts("map.unit")
    return unit if layer == LAYERS[2] else f"{unit}/{texts('map.year')}"


def _land(outlines: Outlines, view: View, hosts: set[str]) -> list[dict[str, Any]]:
    """Return the outlines in the picture as GeoJSON, one feature for each country; those of the sites are marked."""
    found: dict[tuple[str, str], dict[int, list[Any]]] = {}
    for number, part in within(outlines, view.low, view.high):
        place = np.round(view.place(part), 1)
        kept = np.concatenate([[True], (np.diff(place, axis=0) != 0).any(axis=1)])
        if kept.sum() < 4:
            continue  # smaller than a point of the picture
        key = (outlines.country[number], outlines.name[number])
        # Parts of one polygon in several turns of the Earth are polygons of their own; its holes follow it.
        turn = round(float(part[:, 0].min() - outlines.rings[number][:, 0].min()) / 360)
        found.setdefault(key, {}).setdefault(outlines.polygon[number] * 8 + turn, []).append(place[kept].tolist())
    return [
        {
            "type": "Feature",
            "host": country in hosts and country != "",
            "name": name,
            "geometry": {"type": "MultiPolygon", "coordinates": list(polygons.values())},
        }
        for (country, name), polygons in found.items()
    ]


def _way_records(lines: list[list[Floats]], view: View) -> list[dict[str, Any]]:
    """Return every way: its lines in the picture as GeoJSON, and its arrow."""
    records = []
    for number, parts in enumerate(lines):
        x, y, angle = arrow_of(parts, view)
        shape = {"type": "MultiLineString", "coordinates": [np.round(part, 1).tolist() for part in parts]}
        arrow = {"x": round(x, 1), "y": round(y, 1), "angle": round(angle)} if np.isfinite(x) else {"x": None, "y": None, "angle": 0}
        records.append({"way": number, "type": "Feature", "geometry": shape, **arrow})
    return records


def _flow_records(rows: pl.DataFrame, courses: pl.DataFrame, periods: Sequence[str], texts: Texts) -> list[dict[str, Any]]:
    """Return what each way carries in each period, the largest first, so that small ones lie on top, and on what carries nothing."""
    numbered = courses.select("channel", "from", "to").with_row_index("way")
    order = pl.DataFrame({"period": periods}).with_row_index("p")
    loading = pl.when(pl.col("flow") <= 0).then(pl.lit("none")).when(pl.col("loading").is_null()).then(pl.lit("free"))
    for name, bound in LOADINGS:
        loading = loading.when(pl.col("loading") < bound).then(pl.lit(name))
    words = {name: texts(f"map.loading-{name}") for name in ("none", "free", "low", "middle", "high", "full")}
    modes = {mode: texts.word("mode", mode) for mode in rows.get_column("mode").drop_nulls().unique()}
    mode = pl.col("mode").replace_strict(modes, default=None, return_dtype=pl.String).fill_null("")
    found = (
        rows.join(numbered, on=["channel", "from", "to"])
        .join(order, on="period")
        .sort(pl.col("flow") > 0, "wide", descending=[False, True])
    )
    return found.select(
        "p",
        "way",
        "channel",
        "from",
        "to",
        "products",
        mode.alias("mode"),
        pl.col("flow").round_sig_figs(5),
        pl.col("wide").round_sig_figs(4),
        unit="unit",
        by=pl.when(pl.col("flow") > 0).then(mode).otherwise(pl.lit(words["none"])),
        loading=loading.otherwise(pl.lit("full")).replace_strict(words, return_dtype=pl.String),
        share=(100 * pl.col("loading")).round(1),
        new=pl.col("new").fill_null(0) > 0,
        state=pl.col("state")
        .fill_null("existing")
        .replace_strict({name: texts(f"map.state-{name}") for name in ("existing", "new", "both")}, return_dtype=pl.String),
    ).to_dicts()


def _site_records(sites: pl.DataFrame, places: dict[str, list[float]], periods: Sequence[str], texts: Texts) -> list[dict[str, Any]]:
    """Return every site in every period, where it stands in the picture."""
    at = pl.DataFrame({"site": list(places), "x": [p[0] for p in places.values()], "y": [p[1] for p in places.values()]})
    order = pl.DataFrame({"period": periods}).with_row_index("p")
    kinds = {kind: texts.word("kind", kind) for kind in sites.get_column("kind").drop_nulls().unique()}
    states = {state: texts(f"map.lines-{state}") for state in ("none", "existing", "new", "both")}
    return (
        sites.join(at, on="site")
        .join(order, on="period")
        .select(
            "p",
            "site",
            pl.col("country").fill_null(""),
            pl.col("kind").replace_strict(kinds, default=None, return_dtype=pl.String).fill_null(texts("map.site")),
            pl.col("x", "y").round(1),
            size=pl.col("value").fill_null(0).clip(lower_bound=0).round_sig_figs(4),
            value=pl.col("value").round_sig_figs(4),
            existing="existing",
            new="new",
            state=pl.col("state").replace_strict(states, return_dtype=pl.String),
        )
        .to_dicts()
    )


def _labels(traffic: Traffic, names: list[str], places: Floats, view: View) -> tuple[list[dict[str, Any]], int]:
    """Return the names that find room, those of the sites with new lines and the largest first, and how many find none."""
    inside = (places.min(axis=1) >= 0) & (places[:, 0] <= view.width) & (places[:, 1] <= view.height)
    weight = (
        traffic.sites.group_by("site")
        .agg(built=(pl.col("new") != "").any(), value=pl.col("value").max().fill_null(0))
        .sort("built", "value", "site", descending=[True, True, False])
    )
    number = {name: place for place, name in enumerate(names)}
    order = [number[name] for name in weight.get_column("site") if name in number and inside[number[name]]]
    value = dict(zip(weight.get_column("site"), weight.get_column("value"), strict=True))
    most = max(value.values()) or 1.0
    radii = np.array([radius(max(value[name], 0) / most) for name in names])
    found = placed_labels(names, places, radii, order, (view.width, view.height))
    records = [{"site": names[at], "x": round(x, 1), "y": round(y, 1), "align": align} for at, x, y, align in found]
    return records, len(order) - len(found)


def _notes(texts: Texts, outlines: Outlines, sketch: _Sketch, unit: str | None, unnamed: int) -> list[str]:
    said = [texts("map.note-flow" if unit is not None else "map.note-flow-share")]
    if sketch.ways:
        said.append(texts("map.note-lanes" if any(way.lane for way in sketch.ways) else "map.note-straight"))
    if (sketch.rows.get_column("new").fill_null(0) > 0).any():
        said.append(texts("map.new-channel"))
    count, share = sketch.small
    said += [texts("map.note-small", count=count, share=share)] if count else []
    said += [texts("map.note-unused", count=sketch.idle)] if sketch.idle else []
    said += [texts("map.note-unnamed", count=unnamed)] if unnamed else []
    said.append(texts("map.note-borders" if outlines.own else "map.note-own-borders", source=outlines.source))
    return said


def _table(traffic: Traffic, texts: Texts) -> pl.DataFrame:
    """Return every channel that carries anything or has a capacity, by period."""
    keys = ["channel", "period"]
    used = traffic.flows.join(traffic.channels.select(*keys, "existing", "new", "state"), on=keys, how="left")
    held = traffic.channels.filter(pl.col("existing").is_not_null()).join(used.select(keys), on=keys, how="anti")
    idle = held.with_columns(products=pl.lit(""), flow=pl.lit(0.0), loading=pl.lit(0.0)).select(used.columns)
    states = {name: texts(f"map.state-{name}") for name in ("existing", "new", "both")}
    modes = {mode: texts.word("mode", mode) for mode in traffic.channels.get_column("mode").drop_nulls().unique()}
    return pl.concat([used, idle]).select(
        pl.col("channel").alias(texts("map.channel")),
        pl.col("mode").replace_strict(modes, default=None, return_dtype=pl.String).alias(texts("map.mode")),
        pl.col("from").alias(texts("map.from")),
        pl.col("to").alias(texts("map.to")),
        pl.col("period").alias(texts("map.period")),
        pl.col("products").alias(texts("map.product")),
        pl.col("flow").alias(texts("map.amount")),
        pl.col("unit").alias(texts("map.unit")),
        (100 * pl.col("loading")).alias(texts("map.peak")),
        pl.col("existing").alias(texts("map.existing")),
        pl.col("new").alias(texts("map.new")),
        pl.col("state").fill_null("existing").replace_strict(states, return_dtype=pl.String).alias(texts("map.state")),
    )


def _units(texts: Texts) -> dict[str, str]:
    """Return the units of the table of channels; flows and capacities have those of their rows."""
    return {texts("map.peak"): "%"}


def _sites_figure(case: Case, traffic: Traffic, texts: Texts, *, alone: bool) -> Figure:
    """Return the table of sites behind a map."""
    kinds = {kind: texts.word("kind", kind) for kind in traffic.sites.get_column("kind").drop_nulls().unique()}
    table = traffic.sites.select(
        pl.col("site").alias(texts("map.site")),
        pl.col("country").alias(texts("map.country")),
        pl.col("kind").replace_strict(kinds, default=None, return_dtype=pl.String).alias(texts("map.kind")),
        pl.col("latitude").alias(texts("map.latitude")),
        pl.col("longitude").alias(texts("map.longitude")),
        pl.col("period").alias(texts("map.period")),
        pl.col("value").alias(texts("map.value")),
        pl.col("existing").alias(texts("map.existing-lines")),
        pl.col("new").alias(texts("map.new-lines")),
    )
    title = texts("map.sites") if alone else f"{texts('map.sites')}: {texts(f'map.{traffic.layer}')}"
    units = {
        texts("map.value"): f"{texts.currency(case.settings.currency)}/{texts('map.year')}",
        texts("map.latitude"): "°",
        texts("map.longitude"): "°",
    }
    return Figure(f"sites-{traffic.layer}", title, None, table, units)


__all__ = ["LAYERS", "map_figures"]
