"""Commands on the figures of countries: what each lacks, makes, uses and trades."""

from __future__ import annotations

from typing import Annotated

import typer

from capcoop.cli.base import EXIT_CODES, OK, Json, app, guard, print_json


@app.command(epilog=EXIT_CODES)
def gap(
    country: Annotated[str | None, typer.Argument(metavar="COUNTRY", help="A country: its name or code, such as KAZ.")] = None,
    programme: Annotated[
        list[str] | None, typer.Option("--programme", "-p", metavar="NAME", help="A built-in programme or a .csv file; may be repeated.")
    ] = None,
    years: Annotated[str, typer.Option("--years", "-y", metavar="YEARS", help="The years, first and last.")] = "2015-2024",
    everything: Annotated[bool, typer.Option("--all", help="Every country, one line each.")] = False,  # noqa: FBT002
    product: Annotated[str, typer.Option("--product", metavar="PRODUCT", help="With --all: whose gap orders the countries.")] = "cement",
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Show what a country lacks, product by product. Without a programme, use per head moves towards that of its income group."""

    def work() -> int:
        from capcoop.atlas.gap import ask, record
        from capcoop.report.gap import all_shown, gap_shown
        from capcoop.report.terminal import console

        found = ask(country, programme or [], years, product, everything=everything)
        if as_json:
            print_json(record(found))
        elif everything:
            console().print(all_shown(found.programme, (found.first, found.last), found.products, product))
        else:
            title = found.products.item(0, "name")
            console().print(gap_shown(title, found.programme, (found.first, found.last), found.products, found.notes))
        return OK

    guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def country(
    name: Annotated[str, typer.Argument(metavar="COUNTRY", help="A country: its ISO code or its name in English.")],
    supplier: Annotated[
        str | None, typer.Option("--supplier", metavar="COUNTRY", help="Show the ties to this supplier; default: China.")
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", metavar="YEAR", help="Take the figures nearest to this year, not the latest.")
    ] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Show what a country makes, uses and trades. Also its power, conditions and ties to a supplier, and what is unknown."""

    def work() -> int:
        from capcoop.atlas.profile import as_record, profile

        record = as_record(profile(name, supplier, year))
        if as_json:
            print_json(record)
        else:
            from capcoop.report.country import CountryPage
            from capcoop.report.terminal import console

            console().print(CountryPage(record))
        return OK

    guard(work, as_json=as_json)
