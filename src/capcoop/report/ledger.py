"""The report card, a list of records, and one record with its history, drawn for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from capcoop.errors import printable
from capcoop.report.terminal import figure, table_of, title_of

Record = Mapping[str, Any]
BAR = 12
SHOWN, MOST = 8, 24  # rows of a list, and of one whose every figure counts
WORDS = {"at least": "over ", "at most": "up to ", "about": "about "}
HEADS = {"country": "By country", "sector": "By sector", "channel": "By channel", "financing": "By financing", "status": "How far they are"}
MARK = "*"


def card_shown(card: Record) -> RenderableType:
    """Return the report card: totals, groups, packages apart, what has moved, trade, and the sources of all figures."""
    sources = _Sources()
    blocks: list[list[RenderableType]] = [list(_head(card))]
    blocks += [list(_packages(card["packages"], "Packages (totals of visits and lists, never added to their items)", sources))]
    blocks += [[title_of(HEADS[name]), _groups(rows, name)] for name, rows in card["by"].items() if _worth(rows, name)]
    blocks += [list(_moved(card["moved"], sources))]
    blocks += [list(_packages(card["funds"], "Funds and credit lines (pledges, not added)", sources))]
    blocks += [list(_packages(card["loans"], "Totals of policy-bank loans (hold deals, not added)", sources))]
    blocks += [list(_trade(card["trade"], sources)), list(sources.shown())]
    parts: list[RenderableType] = []
    for block in filter(None, blocks):
        parts += [*([Text()] if parts else []), *block]
    return Group(*parts)


class _Sources:
    """Sources in the order in which they are cited."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.unverified = False

    def cite(self, source: str, *, verified: bool) -> str:
        """Return the mark of a source, with a star where the figure was not verified in it."""
        self.unverified |= not verified
        number = self.numbers.setdefault(source or "no source is stated", len(self.numbers) + 1)
        return f"[{number}]{'' if verified else MARK}"

    def shown(self) -> Iterator[RenderableType]:
        """Yield the list of sources."""
        if not self.numbers:
            return
        yield title_of("Sources")
        table = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(overflow="fold")
        for source, number in self.numbers.items():
            table.add_row(f"[{number}]", printable(source))
        yield table
        if self.unverified:
            yield Text(f"{MARK} not verified: not read in its source; do not use it as a fact without another.", style="dim")


def _head(card: Record) -> Iterator[RenderableType]:
    chosen = card["selection"]
    words = [chosen["country"], chosen["visit"] and f"visit {chosen['visit']}", chosen["partner"] and f"with {chosen['partner']}"]
    if chosen["period"]:
        first, last = chosen["period"]
        words.append(f"{first}" if first == last else f"{first} to {last}")
    what = printable(", ".join(word for word in words if word)) or "everything"
    yield Text.assemble(
        (f"Report card: {what}\n", "bold"), (f"ledger {printable(card['ledger'])}, {_count(card['records'], 'record')}", "dim")
    )
    if not card["records"]:
        yield Text("No record fits: capcoop ledger list shows what there is.")
        return
    total, proposals = card["total"], card["proposals"]
    yield Text(f"{_count(total['deals'], 'agreement and project', 'agreements and projects')} recorded one by one{_valued(total)}.")
    if proposals["deals"]:
        yield Text(f"Not among them: {_count(proposals['deals'], 'proposal')}{_valued(proposals)}.", style="dim")


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}".replace(",", " ")


def _valued(total: Record) -> str:
    """Return how many state a value, and their sum by currency."""
    sums = [_money(total["musd"], "USD")] if total["musd"] is not None else []
    sums += [_money(one["millions"], one["currency"]) for one in total["other"]]
    if not sums:
        return "; none states a value"
    verb = "states" if total["valued"] == 1 else "state"
    return f"; {figure(total['valued'])} {verb} a value, {' and '.join(sums)}{' together' if total['valued'] > 1 else ''}"


def _money(millions: float, currency: str) -> str:
    for size, word in ((1e6, "trillion"), (1e3, "billion"), (1.0, "million")):
        if abs(millions) >= size:
            return f"{figure(millions / size)} {word} {currency}"
    return f"{figure(millions)} million {currency}"


def _worth(rows: Sequence[Record], name: str) -> bool:
    """Return whether a group tells more than the total."""
    return len(rows) > 1 or (len(rows) == 1 and name != "country" and rows[0]["name"] != "not stated")


def _groups(rows: Sequence[Record], name: str) -> Table:
    table = table_of(
        (
            (name if name != "status" else "stage", "left"),
            ("deals", "right"),
            ("", "left"),
            ("with value", "right"),
            ("million USD", "right"),
        )
    )
    most = max((row["deals"] for row in rows), default=1)
    shown = rows[: 2 * SHOWN]
    for row in shown:
        bar = "█" * max(round(BAR * row["deals"] / most), 1)
        musd = "unknown" if row["musd"] is None else figure(row["musd"])
        table.add_row(printable(row["name"]), figure(row["deals"]), Text(bar, style="blue"), figure(row["valued"]), musd)
    if len(rows) > len(shown):
        table.add_row(f"and {len(rows) - len(shown)} more (--json)", "", "", "", "", style="dim")
    return table


def _packages(found: Record, title: str, sources: _Sources) -> Iterator[RenderableType]:
    if not found["count"]:
        return
    yield title_of(title)
    shown = found["listed"][-MOST:]
    table = table_of((("date", "left"), ("what", "left"), ("figures", "left")))
    table.columns[0].no_wrap = True
    table.columns[1].ratio, table.columns[2].ratio = 2, 3
    for row in shown:
        what = Text(printable(row["title"]))
        what.append(f"\n{printable(row['host_name'])}, {printable(row['record'])}", style="dim")
        if row["inside"]:
            what.append(f"\n{_count(row['inside']['items'], 'item')} of it recorded", style="dim")
        table.add_row(row["date"] or "unknown", what, _readings(row["readings"], sources))
    yield table
    if any(one["quantity"] == other["quantity"] for row in shown for one, other in combinations(row["readings"], 2)):
        yield Text("or: another reading of the same figure, by another source", style="dim")
    if found["count"] > len(shown):
        yield Text(f"the latest {len(shown)} of {found['count']}; --json prints more", style="dim")


def _readings(readings: Iterable[Record], sources: _Sources) -> Text:
    """Return the readings of a record, one line a figure, the first bold."""
    by_quantity: dict[str, list[Record]] = {}
    for one in readings:
        by_quantity.setdefault(one["quantity"], []).append(one)
    text = Text()
    for quantity, some in by_quantity.items():
        lead = next((one for one in some if one["headline"]), next((one for one in some if one["verified"]), some[0]))
        by_amount: dict[str, list[str]] = {}
        for one in (lead, *(one for one in some if one is not lead)):
            by_amount.setdefault(_amount(one, quantity), []).append(sources.cite(one["source"], verified=one["verified"]))
        for place, (amount, cited) in enumerate(by_amount.items()):
            if text:
                text.append("\n")
            text.append("or " if place else "", style="dim")
            text.append(amount, style="" if place else "bold")
            text.append(f" {' '.join(dict.fromkeys(cited))}", style="dim")
    return text or Text("no figure is known", style="dim")


def _amount(one: Record, quantity: str) -> str:
    bound = WORDS.get(one["bound"], "")
    if one["millions"] is None:
        return f"{bound}{figure(one['amount'])} {printable(one['unit']) if one['unit'] else quantity}"
    kind = "" if quantity in {"value", "trade"} else f" ({quantity})"
    return f"{bound}{_money(one['millions'], one['currency'])}{kind}"


def _moved(moved: Record, sources: _Sources) -> Iterator[RenderableType]:
    yield title_of("What has moved since signing")
    if not moved["known"]:
        yield Text("No stage of any of them is known.")
        return
    on, under = (f"{figure(number)} {'is' if number == 1 else 'are'}" for number in (moved["moved"], moved["under_way"]))
    yield Text(f"Of {_count(moved['known'], 'deal')} with a known stage, {on} known to have moved on; {under} being built or in operation.")
    if not moved["listed"]:
        return
    table = table_of((("what", "left"), ("stages", "left")))
    table.columns[0].ratio, table.columns[1].ratio = 3, 2
    for row in moved["listed"][:SHOWN]:
        what = Text(printable(row["title"]))
        what.append(f"\n{printable(row['host_name'])}, {printable(row['record'])}", style="dim")
        stages = Text()
        for one in row["stages"]:
            cited = sources.cite(one["source"], verified=one["verified"])
            stages.append(("\n" if stages else "") + f"{one['date'] or 'undated'} {one['status']}")
            stages.append(f" {cited}", style="dim")
        table.add_row(what, stages)
    yield table
    if moved["moved"] > SHOWN:
        yield Text(f"the latest {SHOWN} of {moved['moved']}; --json prints more", style="dim")


def _trade(trade: Sequence[Record], sources: _Sources) -> Iterator[RenderableType]:
    if not trade:
        return
    yield title_of("Trade in goods, both directions, billion USD")
    for one in trade:
        yield from _atlas_trade(one, sources)
        yield from _ledger_trade(one, sources)


def _atlas_trade(one: Record, sources: _Sources) -> Iterator[RenderableType]:
    years = one["atlas"]["years"]
    if not years:
        return
    area = max(year["countries"] for year in years) > 1
    name = f"{printable(one['host_name'])} with {printable(one['partner_name'])}"
    marks = " ".join(sources.cite(source, verified=all(year["verified"] for year in years)) for source in one["atlas"]["sources"])
    yield Text.assemble(Text(f"\n{name}"), Text(f", of the atlas {'(sum of countries) ' if area else ''}{marks}", style="dim"))
    table = table_of((("", "left"), *((str(year["year"]), "right") for year in years)))
    for title, key in (("exports", "exports"), ("imports", "imports"), ("both", "musd")):
        table.add_row(title, *(_billions(year[key]) for year in years), style="bold" if key == "musd" else "")
    if area:
        table.add_row("countries", *(str(year["countries"]) for year in years), style="dim")
    yield table
    yield from _growth(one["atlas"]["growth"])


def _billions(millions: float) -> str:
    return f"{millions / 1000:,.{1 if millions >= 1e4 else 2}f}".replace(",", " ")


def _ledger_trade(one: Record, sources: _Sources) -> Iterator[RenderableType]:
    told = one["ledger"]
    if not told["years"]:
        return
    yield Text(f"\n{printable(one['host_name'])} with {printable(one['partner_name'])}, as told by others")
    table = table_of((("year", "left"), ("both", "right"), ("other readings", "left")))
    for year in told["years"]:
        cited = sources.cite(year["source"], verified=year["verified"])
        others = [
            f"{WORDS.get(other['bound'], '')}{figure(other['musd'] / 1000)} {sources.cite(other['source'], verified=other['verified'])}"
            for other in year["others"]
        ]
        table.add_row(str(year["year"]), f"{WORDS.get(year['bound'], '')}{figure(year['musd'] / 1000)} {cited}", ", ".join(others))
    yield table
    for many in told["multiples"]:
        cited = sources.cite(many["source"], verified=many["verified"])
        yield Text(f"{many['to']} is {many['multiple']:.1f} times {many['from']} ({figure(many['base'] / 1000)}) {cited}")
    if not told["multiples"]:
        yield from _growth(told["growth"])


def _growth(growth: Iterable[Record]) -> Iterator[RenderableType]:
    for span in growth:
        yield Text(f"{span['to']} is {span['multiple']:.1f} times {span['from']}: {100 * span['yearly']:+.1f} % a year")


def list_shown(count: int, rows: Sequence[Record], place: str) -> RenderableType:
    """Return records, one line each."""
    head = Text.assemble((f"{_count(count, 'record')} in {printable(place)}", "bold"))
    if not rows:
        return Group(head, Text("None fits; without --country, --visit, --period and --kind all are listed.", style="dim"))
    heads = (("record", "left"), ("date", "left"), ("host", "left"), ("title", "left"), ("million USD", "right"), ("status", "left"))
    table = table_of(heads)
    for column in table.columns[:3]:
        column.no_wrap = True
    for row in rows:
        value = "" if row["amount"] is None else figure(row["amount"]) + ("" if row["currency"] == "USD" else f" {row['currency']}")
        table.add_row(*(printable(row[name]) for name in ("record", "date", "host", "title")), value, row["status"])
    more = [Text(f"the first {len(rows)}; --all lists every one", style="dim")] if count > len(rows) else []
    return Group(head, table, *more)


def record_shown(record: Record) -> RenderableType:
    """Return one record: what it is, readings, stages, documents, and every change of it."""
    sources = _Sources()
    head = Text(printable(record["title"]), style="bold")
    facts = {
        "record": f"{record['record']}, {record['kind']}",
        "between": " and ".join(word for word in (record["host_name"], record["partner_name"]) if word),
        "parties": record["parties"],
        "date": record["date"],
        "visit": record["visit"],
        "part of": record["part_of"],
        "sector": ", ".join(part for part in (record["sector"].replace(";", ", "), record["topic"]) if part),
        "channel": record["channel"].replace(";", ", "),
        "financing": record["financing"].replace(";", ", "),
        "status": record["status"],
        "items": record["items"] or "",
        "note": record["note"],
    }
    table = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, printable(str(value)))
    parts: list[RenderableType] = [head, table]
    if record["readings"]:
        parts += [Text(), title_of("Figures"), Padding(_readings(record["readings"], sources), (0, 0, 0, 1))]
    if record["stages"]:
        parts += [Text(), title_of("Stages"), _stages(record["stages"], sources)]
    if record["papers"]:
        parts += [Text(), title_of("Documents"), _papers(record["papers"])]
    parts += [Text(), title_of("History"), _history(record["history"])]
    shown = list(sources.shown())
    return Group(*parts, *([Text(), *shown] if shown else []))


def _stages(stages: Iterable[Record], sources: _Sources) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
    for one in stages:
        cited = sources.cite(one["source"], verified=one["verified"])
        table.add_row(one["date"] or "undated", f"{one['status']} {cited}", Text(printable(one["note"]), style="dim"))
    return table


def _papers(papers: Iterable[Record]) -> Table:
    table = table_of((("name", "left"), ("bytes", "right"), ("SHA-256", "left"), ("where", "left")))
    for one in papers:
        where = "in the store" if one["stored"] else printable(one["place"])
        table.add_row(printable(one["name"]), figure(one["size"]), one["digest"][:12], where)
    return table


def _history(events: Iterable[Record]) -> Table:
    table = table_of((("", "right"), ("when (UTC)", "left"), ("who", "left"), ("what", "left")))
    table.columns[1].no_wrap = True
    for event in events:
        table.add_row(
            str(event["version"]), event["made_at"][:19].replace("T", " "), printable(event["made_by"]), printable(_change(event))
        )
    return table


def _change(event: Record) -> str:
    body = event["body"]
    before = body.get("before", {})
    if event["version"] == 1:
        words = ["recorded"]
    else:
        words = [f"{name}: '{before.get(name, '')}' became '{value}'" for name, value in body["attributes"].items()]
    words += [f"{_amount(one | _millions(one), one['quantity'])}" for one in body["readings"]]
    words += [f"{one['status']} {one['date']}".strip() for one in body["stages"]]
    words += [f"document {one['name']}" for one in body["papers"]]
    if body.get("merged"):
        words.append("merged from another row")
    return "; ".join(words)


def _millions(one: Record) -> dict[str, Any]:
    """Return a reading of the history without conversion: its amount and unit as they were written."""
    return {"millions": None, "unit": one["unit"]}


def import_shown(new: int, changed: int, same: int, place: str, *, dry: bool) -> str:
    """Return in a sentence what came of an import."""
    if dry:
        return "Nothing was written (--dry-run)."
    return f"{printable(place)}: {_count(new, 'new record')}, {changed:,} changed, {same:,} there already."
