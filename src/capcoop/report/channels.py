"""Proposed channels, for machines and drawn for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from capcoop.corridors.modes import Figure, Mode
from capcoop.corridors.propose import Proposals
from capcoop.errors import printable
from capcoop.report.terminal import figure, table_of, title_of

SHOWN = 10
SOURCE = 20
PARAMETERS_SHOWN = {"unit_capacity": "capacity of a build", "station_cost": "a station", "border_cost": "border"}
MILLION = 1e6
# Figures in a unit that reads better than their own: what to multiply them by, and its name.
SHOWN_IN = {
    "USD/km": (1 / MILLION, "M USD/km"),
    "USD/t/km": (100.0, "cent/tkm"),
    "t/year": (1 / MILLION, "Mt/year"),
    "USD/MW": (1e-3, "USD/kW"),
    "1/1000 km": (100.0, "%/1000 km"),
    "share": (100.0, "%"),
}


def as_record(found: Proposals) -> dict[str, Any]:
    """Return the candidates, figures and notes as plain values."""
    products = {mode: [one.product for one in carried] for mode, carried in found.products.items()}
    return {
        "candidates": found.candidates.to_dicts(),
        "products": products,
        "figures": [asdict(one) for one in found.figures],
        "notes": list(found.notes),
    }


def proposals_shown(found: Proposals) -> Group:
    """Return the candidates by mode, the figures that they rest on, and what was left out."""
    blocks: list[RenderableType] = []
    for mode in found.modes:
        own = found.candidates.filter(pl.col("mode") == mode.name).sort("distance")
        if own.height:
            products = [one.product for one in found.products[mode.name]]
            blocks += [*_block(mode, own, products), Text("")]
    if not blocks:
        blocks += [Text("No channel is proposed.", style="bold"), Text("")]
    if found.figures:
        blocks += [
            title_of("Figures"),
            _figures(found.figures),
            Text("* from memory or by a rule, not read in a source.", style="dim"),
            Text(""),
        ]
    blocks += [title_of("Left out"), *(Text(printable(note)) for note in found.notes)] if found.notes else []
    return Group(*(blocks[:-1] if blocks and not found.notes else blocks))


def _block(mode: Mode, own: pl.DataFrame, products: list[str]) -> Iterator[RenderableType]:
    count = f"{own.height} candidate{'s' if own.height > 1 else ''}"
    carried = ", ".join(products[:4]) + (f" and {len(products) - 4} more" if len(products) > 4 else "")
    yield Text.assemble((f"{mode.name}: {mode.title}", "bold"), f"; {count} for {printable(carried)}")
    yield Text(_facts(mode, own), style="dim")
    yield _table(mode, own)
    if own.height > SHOWN:
        yield Text(f"... and {own.height - SHOWN} more (--json, --to)", style="dim")


def _facts(mode: Mode, own: pl.DataFrame) -> str:
    row = own.row(0, named=True)
    size = row["unit_size"]
    per = "a year" if mode.per == "year" and mode.unit != "Gbit/s" else ""
    facts = [f"one build: {figure(size)} {mode.unit} {per}".rstrip() if size else f"any capacity; cost of one {mode.unit}"]
    facts += [f"{figure(row['build_years'])} years to build"] if row["build_years"] else ["years to build: unknown"]
    facts += [f"stands {figure(row['life'])} years"] if row["life"] else ["life: unknown"]
    return "; ".join(facts)


def _table(mode: Mode, own: pl.DataFrame) -> Table:
    whole = own.item(0, "unit_size") is not None
    tonnes = mode.kind == "logistics" and mode.measure == "kt"
    land = mode.way == "land"
    last = [("freight\nUSD/t", "right")] if tonnes else [("loss\n%", "right")] if mode.kind == "power" else []
    cost = "million\nUSD" if whole else f"USD per\n{mode.unit}"
    middle = [("hill/mtn\n%", "right")] if land else []
    table = table_of([("from", "left"), ("to", "left"), ("km", "right"), *middle, (cost, "right"), ("\nrange", "right"), *last])
    scale = own.item(0, "unit_size") / MILLION if whole else 1.0
    for row in own.head(SHOWN).iter_rows(named=True):
        cells = [printable(row["from"]), printable(row["to"]), figure(row["distance"])]
        cells += [f"{100 * row['hill']:.0f}/{100 * row['mountain']:.0f}"] if land else []
        low, high = row["build_cost_low"] * scale, row["build_cost_high"] * scale
        cells += [figure(row["build_cost"] * scale), f"{figure(low)}-{figure(high)}" if high > low else ""]
        if tonnes:
            cells.append(figure(row["freight"] + row["freight_per_km"] * row["distance"]))
        elif mode.kind == "power":
            cells.append(f"{100 * row['loss']:.1f}")
        table.add_row(*cells)
    return table


def _figures(figures: tuple[Figure, ...]) -> Table:
    """Return the figures by mode: what, how much, and the year and the source, cut off where the line ends."""
    table = table_of([("figure", "left"), ("value (range)", "left")])
    table.add_column("year and source", no_wrap=True, overflow="ellipsis", max_width=SOURCE)
    before = ""
    for one in figures:
        if one.mode != before:
            table.add_row(Text(one.mode, style="bold"))
            before = one.mode
        factor, unit = SHOWN_IN.get(one.unit, (1.0, one.unit))
        spread = "" if one.low is None or one.high is None else f" ({figure(one.low * factor)}-{figure(one.high * factor)})"
        name = ", ".join(part for part in (PARAMETERS_SHOWN.get(one.parameter, one.parameter).replace("_", " "), one.terrain) if part)
        year = one.price_year or str(one.year or "undated")
        table.add_row(f"  {name}", f"{figure(one.value * factor)}{'' if one.verified else '*'}{spread} {unit}", f"{year}: {one.source}")
    return table
