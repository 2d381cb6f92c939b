"""A road map drawn for a terminal of 80 columns, and its first ten as a table for a report.

Tables come as `capcoop.roadmap` makes them; scores are 0 to 1 and shown as 0 to 100. Unknown is shown as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from capcoop.errors import printable
from capcoop.report.terminal import figure, table_of, title_of

CRITERIA = {"fit": "fit", "desire": "desire", "conditions": "cond.", "foundation": "found."}
UNKNOWN, MISSING = "unknown", "?"
NAME, FIGURE, UNIT = 20, 27, 5
FIRST = 10
SHADES = " ░▒▓█"
ASCII_SHADES = " .:*#"
SHORT = {
    "light industry and textiles": "light industry",
    "construction machinery": "construction mach.",
    "shipbuilding and ocean engineering": "shipbuilding",
}
STAGES = {"point": "point: first projects", "line": "line: along the ways", "area": "area: around them"}
LEGEND = (
    "Scores are 0 to 100. 90 %: between which ranks a country is in 90 % of the draws;\n"
    "in ten: in how many it is among the first ten; known: of its figures by weight."
)


def percent(value: float | None, missing: str = MISSING) -> str:
    """Write a share of one as a whole number of hundredths."""
    return missing if value is None else f"{100 * value:.0f}"


def chance(value: float) -> str:
    """Write a share of draws: never 0 % for what happened, nor 100 % for what did not always."""
    if 0 < value < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 <= value < 1 else f"{100 * value:.0f} %"


class Shade:
    """A cell of a heat table: its number with a shade before it; of letters where the terminal has no blocks."""

    def __init__(self, value: float | None, most: float, digits: int = 3) -> None:
        """Keep how dark it is, 0 to 4 of the largest value."""
        self.text = f"{percent(value):>{digits}}"
        self.level = 0 if not value or most <= 0 else 1 + min(3, int(4 * value / most))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it."""
        shade = (ASCII_SHADES if options.ascii_only else SHADES)[self.level]
        yield Text(f"{shade}{self.text}", style="dim" if MISSING in self.text else ("", "", "green", "yellow", "bold red")[self.level])

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Any:  # noqa: ANN401  (a measurement of rich)
        """Say how many letters it takes."""
        from rich.measure import Measurement

        return Measurement(1 + len(self.text), 1 + len(self.text))


def head_of(title: str, told: Sequence[str]) -> RenderableType:
    """Return the lines above a road map: what was asked, how it was weighed, what is left out."""
    return Group(Text(printable(title), style="bold"), *(Text(printable(line), style="dim") for line in told))


def ranking_shown(ranking: pl.DataFrame, rows: int | None) -> RenderableType:
    """Return the ranking of every tier, the first `rows` of each (None: all)."""
    parts: list[RenderableType] = []
    for (tier,), frame in ranking.group_by("tier", maintain_order=True):
        shown = frame if rows is None else frame.head(rows)
        parts += [Text(), title_of(f"{'Developed markets' if tier == 'developed' else 'Partners'}: {frame.height} countries ranked")]
        headings = [("", "right"), ("country", "left"), ("score", "right"), ("90 %", "right"), *((n, "right") for n in CRITERIA.values())]
        table = table_of([*headings, ("in ten", "right"), ("known", "right")])
        table.collapse_padding = True
        for row in shown.iter_rows(named=True):
            cells = [percent(row[name]) for name in CRITERIA]
            between = f"{row['rank_low']}-{row['rank_high']}"
            name = Text(printable(row["name"])[:NAME], no_wrap=True)
            known = f"{100 * row['known']:.0f} %"
            table.add_row(str(row["rank"]), name, percent(row["score"]), between, *cells, chance(row["first_ten"]), known)
        parts.append(table)
        if shown.height < frame.height:
            parts.append(Text(f"... and {frame.height - shown.height} more (--all)", style="dim"))
    return Group(*parts, Text(LEGEND, style="dim"))


def _heat_table(headings: Iterable[tuple[str, str]], codes: Sequence[str]) -> Table:
    table = table_of([*headings, *((code, "right") for code in codes)])
    table.padding = (0, 1, 0, 0)
    for column in table.columns:
        column.no_wrap = True
    return table


def parts_shown(parts: pl.DataFrame, ranking: pl.DataFrame) -> RenderableType:
    """Return the parts of each criterion for the first ten of the first tier, as a heat table."""
    first = ranking.filter(pl.col("tier") == ranking.item(0, "tier")).head(FIRST)
    codes = first.get_column("country").to_list()
    table = _heat_table([("part", "left")], codes)
    for (criterion,), own in parts.group_by("criterion", maintain_order=True):
        table.add_row(Text(str(criterion), style="bold"))
        for (part,), frame in own.group_by("part", maintain_order=True):
            scores = dict(frame.select("country", "score").iter_rows())
            table.add_row(f"  {part}", *(Shade(scores.get(code), 1.0) for code in codes))
    note = Text("?: unknown; drawn from what is known of others.", style="dim")
    return Group(Text(), title_of("What the first are made of"), table, note)


def stages_shown(stages: pl.DataFrame) -> RenderableType:
    """Return the plan from point to area."""
    table = table_of([("from", "left"), ("country", "left"), ("sectors", "left"), ("why", "left")])
    for place in (1, 2):
        table.columns[place].width = 18
    for place, (stage, title) in enumerate(STAGES.items()):
        rows = stages.filter(pl.col("stage") == stage)
        head, _, rest = title.partition(": ")
        if place:
            table.add_section()
        table.add_row("", Text(head, style="bold"), Text(rest, style="bold"), "" if rows.height else "none is found")
        for row in rows.iter_rows(named=True):
            table.add_row(str(row["first"]), printable(row["name"]), row["sectors"].replace(", ", "\n"), printable(row["reason"]))
    return Group(Text(), title_of("From point to area"), table)


def heat_shown(sectors: pl.DataFrame, codes: Sequence[str], supplier: str) -> RenderableType:
    """Return the heat table of sectors by host: gap x strength, and what each is where it stands for all hosts."""
    chosen = sectors.filter(pl.col("country").is_in(list(codes)))
    most = chosen.get_column("fit").max()
    table = _heat_table([("sector", "left"), ("share", "right")], codes)
    for (sector,), frame in chosen.group_by("sector", maintain_order=True):
        fits = dict(frame.select("country", "fit").iter_rows())
        strength = frame.item(0, "strength")
        top = float(most) if isinstance(most, float) else 0.0
        cells = [Shade(fits.get(code), top, 2) for code in codes]
        told = MISSING if strength is None else f"{100 * strength:.0f} %"
        table.add_row(SHORT.get(str(sector), str(sector)), told, *cells)
    note = (
        f"Gap (share of demand that is missing) x share (of {printable(supplier)} in the world),\n"
        "in hundredths. ?: unknown, as the gap or the share is."
    )
    return Group(Text(), title_of("Sectors by host"), table, Text(note, style="dim"))


def host_shown(row: Mapping[str, Any], parts: pl.DataFrame, figures: pl.DataFrame, left: Iterable[str]) -> RenderableType:
    """Return one host: its ranks, and every part of every criterion with its figures. left : names of figures that are not weighed."""
    sure = f"among the first ten in {chance(row['first_ten'])} of draws, first in {chance(row['first'])}"
    ranks = f"90 % of draws rank it {row['rank_low']} to {row['rank_high']}"
    head = f"Rank {row['rank']} of the {row['tier']} tier, score {percent(row['score'])} ({percent(row['low'])} to {percent(row['high'])})"
    lines = [Text(f"{head}.\n{ranks};\n{sure}.")]
    left_headings, right_headings = ("criterion", "part"), ("value", "year")
    headings = [*((name, "left") for name in left_headings), ("score", "right"), ("figure", "left")]
    table = table_of([*headings, *((name, "right") for name in right_headings)])
    table.collapse_padding = True
    table.columns[3].min_width, table.columns[5].min_width = FIGURE, 4
    before = ""
    told = figures.join(parts, on=["criterion", "part"], how="anti").select("criterion", "part").unique(maintain_order=True)
    order = {name: place for place, name in enumerate(CRITERIA)}
    every = pl.concat([parts.select("criterion", "part", "score"), told.with_columns(score=pl.lit(None, pl.Float64))])
    every = every.sort(pl.col("criterion").replace_strict(order), maintain_order=True)
    for part in every.iter_rows(named=True):
        own = figures.filter(pl.col("criterion") == part["criterion"], pl.col("part") == part["part"])
        name, before = "" if part["criterion"] == before else part["criterion"], part["criterion"]
        score = percent(part["score"], UNKNOWN)
        if own.is_empty():
            table.add_row(name, part["part"], score, "", "", "")
        for place, one in enumerate(own.iter_rows(named=True)):
            cells = (name, part["part"], score) if place == 0 else ("", "", "")
            table.add_row(*cells, *_figure(one, one["figure"] in set(left)))
    note = "~: an estimate or from memory. ( ): known of too few countries, not weighed."
    return Group(*lines, Text(), title_of("What the score is made of"), table, Text(note, style="dim"))


def _figure(one: Mapping[str, Any], outside: bool) -> tuple[str, str, str]:  # noqa: FBT001  (a mark of the row)
    if one["unit"] == "mark":
        value = "yes" if one["value"] else "ended"
    elif one["unit"].startswith("share"):
        value = f"{100 * one['value']:.3g} %"
    else:
        value = f"{figure(one['value'])} {one['unit'] if len(one['unit']) <= UNIT else ''}".strip()
    sign = "" if one["verified"] else "~"
    title = f"({one['title']})" if outside else one["title"]
    return printable(title), f"{sign}{value}", "" if one["year"] is None else str(one["year"])


def host_sectors_shown(sectors: pl.DataFrame) -> RenderableType:
    """Return the twelve sectors of one host."""
    headings = [("gap", "right"), ("strength", "right"), ("ready", "right"), ("jobs", "right"), ("capital\nMUSD", "right")]
    table = table_of([("sector", "left"), *headings])
    table.collapse_padding, table.columns[0].no_wrap = True, True
    for row in sectors.iter_rows(named=True):
        shares = [UNKNOWN if row[name] is None else f"{100 * row[name]:.0f} %" for name in ("gap", "strength")]
        ready = percent(row["readiness"], UNKNOWN)
        table.add_row(SHORT.get(row["sector"], row["sector"]), *shares, ready, *(_range(row, name) for name in ("jobs", "capital")))
    note = (
        "gap: share of demand that is missing; strength: the supplier's share of the\n"
        "world; ready: 0 to 100; jobs and capital: of lines that would close the gap,\n"
        "from the least to the most."
    )
    return Group(Text(), title_of("Sectors"), table, Text(note, style="dim"))


def _range(row: Mapping[str, Any], name: str) -> str:
    if row[name] is None:
        return UNKNOWN
    low, high = (figure(float(f"{row[key]:.2g}")) for key in (f"{name}_low", f"{name}_high"))
    return low if low == high else f"{low}-{high}"


def first_ten(ranking: pl.DataFrame, rows: int = FIRST) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of the first of the first tier for a report: plain text, percent signs and all."""
    first = ranking.filter(pl.col("tier") == ranking.item(0, "tier")).head(rows)
    headings = ["rank", "country", "score", *CRITERIA, "ranks in 90 % of draws", "in the first ten", "figures known"]
    return headings, [
        [
            str(row["rank"]),
            printable(row["name"]),
            percent(row["score"], UNKNOWN),
            *(percent(row[name], UNKNOWN) for name in CRITERIA),
            f"{row['rank_low']} to {row['rank_high']}",
            chance(row["first_ten"]),
            f"{100 * row['known']:.0f} %",
        ]
        for row in first.iter_rows(named=True)
    ]
