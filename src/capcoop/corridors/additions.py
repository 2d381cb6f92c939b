"""The candidates as rows of a case, and a copy of the case that has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from capcoop.case import formats
from capcoop.case.formats import Content
from capcoop.case.read import ROW, Raw
from capcoop.case.settings import judge_settings
from capcoop.case.write import stated
from capcoop.corridors.costs import TONNES
from capcoop.corridors.modes import Figure, modes
from capcoop.corridors.propose import MONEY, Carried, Proposals
from capcoop.corridors.terrain import MOST_SEA
from capcoop.errors import Problem, UsageError, printable
from capcoop.geo.land import detour, terrain_detours
from capcoop.schema import TABLES

FILE = "PROPOSALS.md"
LOW, HIGH = "channels-low", "channels-high"
DIGITS = 6


def rows_of(found: Proposals) -> dict[str, pl.DataFrame]:
    """Return the rows of the tables channels, options, freight and changes that offer the candidates."""
    candidates = found.candidates
    marks = [pl.col(name) for name in ("source", "year", "verified")]
    unit, per = ({mode.name: getattr(mode, name) for mode in found.modes} for name in ("unit", "per"))
    channels = candidates.select(
        "channel",
        "from",
        "to",
        "mode",
        pl.col("distance").round(1),
        capacity=pl.lit(0.0),
        per=pl.col("mode").replace_strict(per, return_dtype=pl.String),
        loss=pl.col("loss").round_sig_figs(DIGITS),
        days=pl.col("days").round_sig_figs(DIGITS),
        both_ways=pl.lit(value=True),
        unit=pl.col("mode").replace_strict(unit, return_dtype=pl.String),
        source=pl.col("mode").replace_strict(_lengths(found), return_dtype=pl.String),
        verified=pl.lit(value=False),
        note=_ground(),
    )
    options = candidates.select(
        pl.col("channel").alias("option"),
        "channel",
        "unit_size",
        pl.col("build_cost").round_sig_figs(DIGITS),
        pl.lit(MONEY).alias("currency"),
        pl.col("build_years").alias("lead_years"),
        "life",
        *marks,
        note=_range(),
    )
    return {"channels": channels, "options": options, "freight": _freight(found), "changes": _changes(candidates)}


def _lengths(found: Proposals) -> dict[str, str]:
    """Return by mode how long a channel was taken to be."""
    out = {}
    for mode in found.modes:
        if mode.way == "land":
            flat, hill, mountain = (one.factor for one in terrain_detours(mode.detour))
            out[mode.name] = (
                f"great circle x detour of {mode.detour} (flat {flat:g}, hill {hill:g}, mountain {mountain:g}; geo/detours.csv)"
            )
        elif mode.detour:
            out[mode.name] = f"shortest way by sea without canals, at least great circle x {detour(mode.detour).factor:g}"
        else:
            out[mode.name] = "shortest way over the sea lanes of searoute"
    return out


def _ground() -> pl.Expr:
    def percent(name: str) -> pl.Expr:
        return (100 * pl.col(name)).round(0).cast(pl.Int64).cast(pl.String)

    land = pl.format("flat {} %, hill {} %, mountain {} %", percent("flat"), percent("hill"), percent("mountain"))
    km = [pl.col(name).round(0).cast(pl.Int64).cast(pl.String) for name in ("tunnels", "bridges")]
    works = pl.when((pl.col("tunnels") + pl.col("bridges")) >= 1).then(
        pl.format("; tunnels about {} km and bridges {} km, in the cost", *km)
    )
    return pl.concat_str(land, works.otherwise(pl.lit("")).fill_null(""))


def _range() -> pl.Expr:
    low, high = (pl.col(f"build_cost_{end}").round_sig_figs(3).cast(pl.Int64).cast(pl.String) for end in ("low", "high"))
    return pl.format(f"{MONEY} {{}} to {{}} a unit of capacity; see {FILE}", low, high)


def _freight(found: Proposals) -> pl.DataFrame:
    """Return the rows of freight: every product that a mode carries, on each of its channels."""
    frames = []
    for mode in found.modes:
        own = found.candidates.filter(pl.col("mode") == mode.name)
        sources = {name: mode.figure(name) for name in ("freight", "handling", "transhipment")}
        known = [figure for figure in sources.values() if figure is not None]
        frames += [_freight_of(own, one, mode.unit, known) for one in found.products[mode.name] if own.height]
    return pl.concat(frames) if frames else pl.DataFrame(schema={"channel": pl.String, "product": pl.String})


def _freight_of(own: pl.DataFrame, one: Carried, unit: str, known: list[Figure]) -> pl.DataFrame:
    weight = (one.tonnes or 0.0) if unit in TONNES else 0.0
    source = " | ".join(dict.fromkeys(figure.source for figure in known))
    return own.select(
        "channel",
        product=pl.lit(one.product),
        cost=(pl.col("freight") * weight).round_sig_figs(DIGITS),
        cost_per_distance=(pl.col("freight_per_km") * weight).round_sig_figs(DIGITS),
        use=pl.lit(one.use),
        currency=pl.lit(MONEY if known else None, dtype=pl.String),
        source=pl.lit(source or None, dtype=pl.String),
        year=pl.lit(known[0].price_year if known else None, dtype=pl.String),
        verified=pl.lit(all(figure.verified for figure in known) if known else None, dtype=pl.Boolean),
        note=pl.lit(None if known else "no price of its own is known: what it costs is the option and the loss", dtype=pl.String),
    )


def _changes(candidates: pl.DataFrame) -> pl.DataFrame:
    """Return the scenarios in which every candidate costs the low, or the high end of its range."""
    return pl.concat(
        candidates.select(
            scenario=pl.lit(scenario),
            table=pl.lit("options"),
            key=pl.col("channel"),
            column=pl.lit("build_cost"),
            value=pl.col(f"build_cost_{end}").round_sig_figs(DIGITS).cast(pl.String),
        )
        for scenario, end in ((LOW, "low"), (HIGH, "high"))
    )


def write_with(source: Path, target: Path, found: Proposals, title: str) -> tuple[Path, Path, tuple[str, ...]]:
    """Write a copy of a case with the candidates in it, and PROPOSALS.md inside its folder or beside its file.

    Returns
    -------
    Both places, and what stands beside the case and was not copied.
    """
    if found.candidates.is_empty():
        raise UsageError("no channel is proposed, so there is nothing to write")
    problems: list[Problem] = []
    origin = formats.find(source, problems)
    raw = formats.raw_of(origin, problems)
    settings, _ = judge_settings(raw.settings)
    frames = joined(raw, rows_of(found))
    content = Content(title, settings.model_dump(exclude_unset=True, exclude_none=True), stated(frames), origin.text)
    formats.write(content, target)
    told = target / FILE if target.is_dir() else target.with_name(f"{target.stem}-{FILE}")
    try:
        told.write_text(text_of(found, title), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{printable(str(told))} cannot be written: {error.strerror}") from error
    return target, told, origin.left


def joined(raw: Raw, added: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables of a case with rows added; a column that the schema does not have is left out."""
    out = {name: frame.drop(ROW) for name, frame in raw.frames.items()}
    for name, rows in added.items():
        known = [column.name for column in TABLES[name] if column.name in rows.columns]
        kept = rows.select(known)
        out[name] = pl.concat([out[name], kept], how="diagonal") if name in out and out[name].height else kept
    return {name: _whole(name, frame) for name, frame in out.items()}


def _whole(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table with all columns of the schema, in its order."""
    missing = [pl.lit(None).alias(column.name) for column in TABLES[name] if column.name not in frame.columns]
    return frame.with_columns(*missing).select(column.name for column in TABLES[name])


RULES = f"""\
- Over land sites are linked that have no third site between them (the graph of Gabriel), and each with its nearest neighbours; ports
  with each other, or with their nearest where they are many. Where more than {100 * MOST_SEA:g} % of the straight way is sea, nothing is
  proposed over land.
- Length: over land the great circle times the detour of the mode, by the shares of flat, hilly and mountainous land on the way;
  by sea the shortest way over the sea lanes.
- What a km costs is the mean over the land; tunnels and bridges of railways in mountains are inside that figure and are told beside it. Two
  stations (converters, ports) stand at the ends.
- A build has the capacity of the figure where one is known; else any size can be built. Channels begin with capacity 0: only what is
  built can be used. The network that the case has stays as it is; no second channel of a mode is proposed where one is.
- Where a mode has a yearly cost, the build cost holds it too: times 1 + share x present value of 1 a year over the life, at the
  discount rate of the case. Whoever changes that rate should propose anew.
- Loss: 1 - (1 - loss per 1,000 km)^(km / 1000) x (1 - loss of a station)^2.
- Freight is paid by the tonne: handling at both ends, and the rate per km, dearer by its share at a border; where the gauge changes,
  transhipment on top. Power and data pay none: no such price is known.
- Money is USD of the years told, without inflation. Years to build are those of long lines. What has no figure is unknown and left out.
- The scenarios `{LOW}` and `{HIGH}` set every build cost to the ends of its range.
"""


def text_of(found: Proposals, title: str) -> str:
    """Return PROPOSALS.md: what was proposed by which rules, what was left out, and every figure with its source."""
    count = found.candidates.group_by("mode", maintain_order=True).len()
    summary = "\n".join(f"- {mode}, {modes()[mode].title}: {number}" for mode, number in count.iter_rows())
    parts = [f"# {printable(title)}: channels proposed", f"Candidates by mode:\n\n{summary}", "## Rules", RULES.rstrip()]
    if found.notes:
        parts += ["## Left out, and why", "\n".join(f"- {printable(note)}" for note in found.notes)]
    parts += ["## Figures", figures_table(found.figures)]
    return "\n\n".join(parts) + "\n"


def figures_table(figures: tuple[Figure, ...]) -> str:
    """Return figures as a table in Markdown."""
    head = "| mode | figure | land | value | range | unit | prices of | read in its source | source | note |"
    line = "|---|---|---|---:|---|---|---|---|---|---|"
    rows = []
    for one in figures:
        spread = "" if one.low is None or one.high is None else f"{one.low:,.6g} to {one.high:,.6g}"
        cells = (one.mode, one.parameter, one.terrain, f"{one.value:,.6g}", spread, one.unit, one.price_year or str(one.year or ""))
        rows.append("| " + " | ".join(_cell(cell) for cell in (*cells, "yes" if one.verified else "no", one.source, one.note)) + " |")
    return "\n".join([head, line, *rows])


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")
