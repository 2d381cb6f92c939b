"""The command of the road map: with which partner countries and in which sectors to begin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capcoop.cli.base import EXIT_CODES, OK, Json, app, guard, print_json

if TYPE_CHECKING:
    from capcoop.roadmap.ranking import RoadMap

ROWS = 20
Sector = Annotated[list[str] | None, typer.Option("--sector", metavar="SECTOR", help="Gaps of this sector alone; may be repeated.")]
Region = Annotated[str | None, typer.Option("--region", metavar="REGION", help="Partners of this region or subregion alone.")]
Method = Annotated[str, typer.Option("--method", metavar="METHOD", help="topsis, vikor, promethee or sum.")]
Weights = Annotated[
    str | None, typer.Option("--weights", metavar="WEIGHTS", help="Of the criteria: fit=0.4,desire=0.2,conditions=0.2,foundation=0.2.")
]
Weighting = Annotated[
    str | None, typer.Option("--weighting", metavar="RULE", help="Weights by rule: equal (unless said), entropy or critic.")
]
Words = Annotated[
    str | None, typer.Option("--words", metavar="PLACE", help="Joint documents, or the tables that capcoop words --out made of them.")
]
Database = Annotated[
    str | None, typer.Option("--ledger", metavar="DATABASE", help="Count agreements of your own ledger: its file, or postgresql://...")
]
One = Annotated[str | None, typer.Option("--country", metavar="COUNTRY", help="Show one partner: every figure, every sector.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Save all tables in this folder.")]


@app.command(epilog=EXIT_CODES)
def roadmap(  # noqa: PLR0913, PLR0917  (a command line: each option is an argument)
    supplier: Annotated[str, typer.Option("--supplier", metavar="COUNTRY", help="Whose road map.")] = "CHN",
    sector: Sector = None,
    region: Region = None,
    method: Method = "topsis",
    weights: Weights = None,
    weighting: Weighting = None,
    years: Annotated[str, typer.Option("--years", "-y", metavar="YEARS", help="The years, first and last.")] = "2026-2035",
    words: Words = None,
    database: Database = None,
    draws: Annotated[int, typer.Option("--draws", metavar="N", help="How often weights and figures are drawn.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the draws; the same gives the same answer.")] = 1,
    country: One = None,
    sectors: Annotated[bool, typer.Option("--sectors", help="Show the twelve sectors by host as a heat table.")] = False,  # noqa: FBT002
    everything: Annotated[bool, typer.Option("--all", help="Every country, not the first twenty.")] = False,  # noqa: FBT002
    out: Out = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Rank partner countries, and plan from point to area. With how sure each rank is, and what each score is made of."""
    asked: dict[str, Any] = {"sectors": sector, "region": region, "method": method, "weights": weights, "weighting": weighting}
    asked |= {"years": years, "words": words, "ledger": database, "draws": draws, "seed": seed}

    def work() -> int:
        from capcoop.roadmap import road_map
        from capcoop.roadmap.saved import record, save
        from capcoop.roadmap.told import host_of

        if country is not None:
            from capcoop.atlas.countries import find_country

            find_country(country)  # before seconds of work
        found = road_map(supplier, **asked)
        if country is not None:
            host_of(found, country)
        if out is not None:
            save(found, out)
        if as_json:
            print_json(record(found))
            return OK
        _show(found, country, sectors=sectors, rows=None if everything else ROWS)
        if out is not None:
            from capcoop.errors import printable

            print(f"\nSaved in {printable(str(out))}")
        return OK

    guard(work, as_json=as_json)


def _show(found: RoadMap, country: str | None, *, sectors: bool, rows: int | None) -> None:
    """Print one host, the sectors, or the ranking with its parts and stages."""
    from capcoop.atlas.countries import countries
    from capcoop.report import roadmap as drawn
    from capcoop.report.terminal import console
    from capcoop.roadmap.told import host_of, lines_of, title_of, unweighed

    screen = console()
    if country is not None:
        row, parts, figures, own = host_of(found, country)
        screen.print(drawn.head_of(f"{title_of(found)}: {row['name']}", lines_of(found)[:2]))
        screen.print(drawn.host_shown(row, parts, figures, unweighed(found)), drawn.host_sectors_shown(own))
        return
    first = found.ranking.filter(tier=found.ranking.item(0, "tier")).head(drawn.FIRST).get_column("country").to_list()
    screen.print(drawn.head_of(title_of(found), lines_of(found)))
    if not sectors:
        screen.print(drawn.ranking_shown(found.ranking, rows), drawn.parts_shown(found.parts, found.ranking))
    screen.print(drawn.heat_shown(found.sectors, first, countries()[found.request.supplier].name))
    if not sectors:
        screen.print(drawn.stages_shown(found.stages))
