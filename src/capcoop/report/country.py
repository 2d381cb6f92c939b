"""The profile of a country drawn for a terminal, from the very record that `--json` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from capcoop.errors import printable
from capcoop.report.terminal import figure, table_of, title_of

Record = Mapping[str, Any]
COLUMNS = {"made": "production", "can make": "capacity", "uses": "consumption", "imports": "imports", "exports": "exports"}
WIDE = 112
STRIP = 11
# What stands beside the source in a wide table of conditions.
BESIDE = 99
# Large amounts are shown in a larger unit: from where on, and each unit's thousandfold.
LARGE = 1e6
THOUSANDFOLD = {"kt": "Mt", "kt N": "Mt N", "GWh": "TWh", "MW": "GW", "vehicles": "thousand", "persons": "thousand"}
UNKNOWN = "unknown"
RISKS = 7


class CountryPage:
    """The whole profile; the terminal's width decides how much stands beside a figure."""

    def __init__(self, record: Record) -> None:
        """Keep the record of a profile."""
        self.record = record

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw every block, with a blank line between."""
        yield _head(self.record)
        for block in (
            _products(self.record),
            _power(self.record),
            _conditions(self.record, width=options.max_width, plain=options.ascii_only),
            _ties(self.record),
            _unknown(self.record),
            _foot(self.record),
        ):
            yield Text("")
            yield Group(*block)


def _value(one: Record | None, scale: float = 1) -> str:
    """Write a figure with its marks: `~` an estimate or a lower bound, `*` not verified."""
    if one is None:
        return UNKNOWN
    value = one["value"] / scale
    year = one["unit"].startswith("year") and value > 1000
    shown = f"{value:.0f}" if year else f"{value:.3g}" if 0 < abs(value) < 1 else figure(value)
    return f"{'~' if one['estimate'] else ''}{shown}{'' if one['verified'] else '*'}"


def _spread(one: Record, scale: float = 1) -> str:
    low, high = one["low"], one["high"]
    if low is None or low == high:
        return ""
    return f"{figure(low / scale)}{'-' if low >= 0 else ' to '}{figure(high / scale)}"


def _year(one: Record | None) -> str:
    return "" if one is None else str(one["year"] or "undated")


def _scale(figures: Iterable[Record | None]) -> float:
    return 1000 if any(one and one["unit"] in THOUSANDFOLD and one["value"] >= LARGE for one in figures) else 1


def _unit(unit: str, scale: float) -> str:
    return THOUSANDFOLD[unit] if scale > 1 else unit


def _cell(one: Record | None, unit: str, scale: float) -> Text:
    """Write a figure above its range, its unit where that is not the row's, and its year."""
    if one is None:
        return Text(UNKNOWN, style="dim")
    own = _scale([one]) if one["unit"] != unit else scale
    other = "" if one["unit"] == unit else f"{_unit(one['unit'], own)}, "
    below = [line for line in (_spread(one, own), f"{other}{_year(one)}") if line]
    return Text.assemble(_value(one, own), *((f"\n{line}", "dim") for line in below))


def _share(share: float | None) -> str:
    if share is None:
        return UNKNOWN
    return f"{share:.0f} %" if share >= 10 else f"{share:.2g} %" if share >= 0.01 else "< 0.01 %"


def _head(record: Record) -> Text:
    country = record["country"]
    risk = country["risk_class"]
    facts = [
        ", ".join(word for word in (country["region"], country["subregion"]) if word),
        f"capital {country['capital'] or UNKNOWN}",
        "landlocked" if country["landlocked"] else "on the sea",
        f"OECD risk class {risk} of {RISKS}" if risk is not None else f"OECD risk class: {country['risk_status'] or UNKNOWN}",
    ]
    size = {row["indicator"]: row["figure"] for rows in record["conditions"].values() for row in rows}
    people, product = size.get("population"), size.get("gdp")
    lines = ["; ".join(facts)]
    lines += (
        [f"{_value(people)} people in {_year(people)}; GDP of {_value(product)} million USD in {_year(product)}"]
        if people and product
        else []
    )
    lines += ["Borders: " + ", ".join(country["borders"])] if country["borders"] else []
    lines += ["Programmes: " + "; ".join(record["programmes"])] if record["programmes"] else []
    asked = "the latest of each" if record["year"] is None else f"those nearest to {record['year']}"
    parts = [
        (f"{country['name']} ({country['code']})", "bold"),
        *((line, "") for line in lines),
        (f"Figures: {asked}, with their years.", "dim"),
    ]
    return Text("\n").join(Text(printable(line), style=style) for line, style in parts)


def _products(record: Record) -> Iterator[RenderableType]:
    known = [row for row in record["products"] if any(row[metric] for metric in COLUMNS.values())]
    if not known:
        yield title_of("Products: nothing is known.")
        return
    table = table_of([("product", "left"), *((name, "right") for name in COLUMNS), ("world", "right")])
    for row in known:
        scale = _scale(row[metric] for metric in COLUMNS.values() if row[metric] and row[metric]["unit"] == row["unit"])
        name = Text.assemble(row["title"], (f"\n{_unit(row['unit'], scale)}", "dim"))
        place = row["standing"]
        rank = Text("-" if row["production"] and not row["production"]["value"] else UNKNOWN, style="dim")
        if place:
            rank = Text.assemble(f"{place['rank']} of {place['of']}", (f"\n{_share(place['share'])} {place['year']}", "dim"))
        table.add_row(name, *(_cell(row[metric], row["unit"], scale) for metric in COLUMNS.values()), rank)
    yield title_of("Products (a year; the year below each figure)")
    yield table
    if record["export_shares"]:
        shares = [f"{row['goods']} {_share(row['figure']['value'])} ({_year(row['figure'])})" for row in record["export_shares"]]
        yield Text("Of the world's exports: " + ", ".join(shares))


def _power(record: Record) -> Iterator[RenderableType]:
    electricity = next(row for row in record["products"] if row["name"] == "electricity")
    if not record["power"] and not electricity["production"]:
        yield title_of("Power: nothing is known.")
        return
    headings = [
        ("fuel", "left"),
        ("generated, GWh", "right"),
        ("share", "right"),
        ("capacity, MW", "right"),
        ("plants listed, MW", "right"),
    ]
    table = table_of(headings)
    for row in record["power"]:
        share = "" if row["share"] is None else _share(row["share"])
        table.add_row(row["fuel"], _beside(row["generation"]), share, _beside(row["capacity"]), _beside(row["listed"]))
    table.add_row("all", _beside(electricity["production"]), "", _beside(electricity["capacity"]), Text("-", style="dim"), style="bold")
    yield title_of("Power by fuel (the year beside each figure)")
    yield table
    yield Text("Capacity is that of statistics; listed plants are another reading of the same, and incomplete.", style="dim")


def _beside(one: Record | None) -> Text:
    return Text(UNKNOWN, style="dim") if one is None else Text.assemble(_value(one), (f" {_year(one)}", "dim"))


def _strip(place: Record | None, *, plain: bool) -> str:
    """Draw where a country stands between the lowest (left) and the highest of all."""
    if place is None:
        return ""
    at = round((STRIP - 1) * (1 - (int(place["rank"]) - 1) / max(int(place["of"]) - 1, 1)))
    line, mark = ("-", "o") if plain else ("\N{BOX DRAWINGS LIGHT HORIZONTAL}", "\N{BLACK CIRCLE}")
    return line * at + mark + line * (STRIP - 1 - at)


def _conditions(record: Record, *, width: int, plain: bool) -> Iterator[RenderableType]:
    wide = width >= WIDE
    headings = [("condition", "left"), ("figure", "right"), ("unit", "left"), ("year", "right"), ("place", "right")]
    table = table_of([*headings, *([("low to high", "left"), ("source", "left")] if wide else [])])
    if wide:
        table.columns[-1].no_wrap, table.columns[-1].overflow, table.columns[-1].max_width = True, "ellipsis", width - BESIDE
    for group, rows in record["conditions"].items():
        if not rows:
            continue
        table.add_row(Text(group, style="bold"))
        for row in rows:
            one, place = row["figure"], row["standing"]
            scale = 1000 if row["unit"] == "persons" else 1
            spread = _spread(one, scale)
            shown = Text.assemble(_value(one, scale), (f"\n{spread}" if spread else "", "dim"))
            rank = f"{place['rank']} of {place['of']}" if place else "-"
            cells: list[RenderableType] = [f"  {row['title']}", shown, _unit(row["unit"], scale), Text(_year(one), style="dim"), rank]
            if wide:
                cells += [_strip(place, plain=plain), Text(", ".join(one["publishers"]), style="dim")]
            table.add_row(*cells)
    yield title_of("Conditions (place: 1 has the highest figure of all countries)")
    yield table


def _ties(record: Record) -> Iterator[RenderableType]:
    ties = record["ties"]
    if ties is None:
        yield title_of("Ties: none shown; name a supplier with --supplier.")
        return
    name = f"{ties['name']} ({ties['supplier']})"
    if not ties["known"]:
        yield title_of(f"Ties to {name}: unknown.")
        yield Text("The atlas knows ties to " + ", ".join(ties["known_suppliers"]) + ".")
        return
    yield title_of(f"Ties to {name}")
    blocks = [_trade(ties["trade"]), _money(ties), _treaties(ties["treaties"])]
    for number, block in enumerate(block for block in blocks if block):
        if number:
            yield Text("")
        yield from block


def _trade(trade: Sequence[Record]) -> list[RenderableType]:
    if not trade:
        return []
    table = table_of([("trade in goods, MUSD", "left"), *((str(row["year"]), "right") for row in trade)])
    for name in ("exports", "imports"):
        table.add_row(name, *(_value(row[name]) for row in trade))
    balance = [figure(row["exports"]["value"] - row["imports"]["value"]) if row["exports"] and row["imports"] else UNKNOWN for row in trade]
    table.add_row("balance", *balance)
    notes = {side: sorted({row[side]["note"] for row in trade if row[side]} - {""}) for side in ("exports", "imports")}
    said = "; ".join(f"{side} {note}" for side, found in notes.items() for note in found)
    return [table, *([Text(said, style="dim")] if said else [])]


def _money(ties: Record) -> list[RenderableType]:
    table = table_of([("tie", "left"), ("figure", "right"), ("unit", "left"), ("year", "right")])
    for row in (*ties["shares"], *ties["money"]):
        unit = row["figure"]["unit"].split(" of ")[0]
        table.add_row(row["title"], _value(row["figure"]), unit, Text(_year(row["figure"]), style="dim"))
    return [table] if table.row_count else []


def _treaties(treaties: Sequence[Record]) -> list[RenderableType]:
    table = table_of([("treaty", "left"), ("state", "left"), ("year", "left")])
    for row in treaties:
        one = row["figure"]
        mark = "" if one["verified"] else "*"
        dated = f"{one['value']:.0f}{mark}" if one["unit"].startswith("year") else _year(one)
        table.add_row(row["title"], row["words"] and row["words"] + mark, dated)
    return [table] if treaties else []


def _unknown(record: Record) -> Iterator[RenderableType]:
    parts = {name: titles for name, titles in record["unknown"].items() if titles}
    if not parts:
        yield title_of("Unknown: none of what the atlas looks for.")
        return
    yield title_of("Unknown, which is not zero")
    for name, titles in parts.items():
        yield Text.assemble((f"{name}: ", "dim"), "; ".join(titles))


def _figures(record: Record | Sequence[Any]) -> Iterator[Record]:
    """Yield every figure of a record, at any depth."""
    for value in record.values() if isinstance(record, Mapping) else record:
        if isinstance(value, Mapping) and "estimate" in value:
            yield value
        elif isinstance(value, Mapping | list):
            yield from _figures(value)


def _foot(record: Record) -> Iterator[RenderableType]:
    found = list(_figures(record))
    marks = {
        "~ an estimate or a lower bound": any(one["estimate"] for one in found),
        "* not verified, from memory": any(not one["verified"] for one in found),
    }
    said = [mark for mark, used in marks.items() if used]
    if said:
        yield Text("; ".join(said), style="dim")
    names = {name for one in found for name in one["publishers"]} | set(record["country"]["publishers"])
    publishers = sorted(names, key=str.casefold)
    yield Text("Sources: " + "; ".join(publishers) + ". --json names them figure by figure.", style="dim")
