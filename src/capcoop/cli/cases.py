"""Commands on cases: list, make, convert and check them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from capcoop.cli.base import EXIT_CODES, OK, CaseName, Json, Scenario, Sets, app, guard, print_json


@app.command(epilog=EXIT_CODES)
def cases(as_json: Json = False) -> None:  # noqa: FBT002
    """List the built-in cases."""

    def work() -> int:
        from capcoop.library import built_in_cases, title_of

        found = {name: title_of(folder) for name, folder in built_in_cases().items()}
        if as_json:
            print_json({"cases": [{"case": name, "title": title} for name, title in found.items()]})
        else:
            from rich.table import Table

            from capcoop.report.terminal import console

            table = Table("case", "title", box=None, pad_edge=False, padding=(0, 2, 0, 0))
            for name, title in found.items():
                table.add_row(name, title)
            console().print(table)
        return OK

    guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def new(
    folder: Annotated[Path, typer.Argument(metavar="TARGET", help="The folder or .xlsx workbook to write; it must be new.")],
    case: Annotated[
        str | None, typer.Option("--case", "-c", metavar="CASE", help="Copy this case instead of writing an empty one.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", metavar="COUNTRY", help="Make a whole case of this country from the atlas.")] = None,
    programme: Annotated[
        list[str] | None,
        typer.Option("--programme", metavar="NAME", help="With --host: what it will build, by name or a CSV file; may be repeated."),
    ] = None,
    supplier: Annotated[
        list[str] | None,
        typer.Option("--supplier", metavar="COUNTRY", help="With --host or --world: who sells equipment (CHN and DEU); may be repeated."),
    ] = None,
    years: Annotated[
        str | None, typer.Option("--years", metavar="FIRST-LAST", help="With --host or --world: the years of the plan.")
    ] = None,
    world: Annotated[bool, typer.Option("--world", help="Make one case of all countries from the atlas.")] = False,  # noqa: FBT002
    overrides: Annotated[
        Path | None,
        typer.Option("--overrides", metavar="FOLDER", help="With --host: tables of your own (CSV) that stand in for the atlas's."),
    ] = None,
) -> None:
    """Write a new case. It is empty with a comment on every column, a copy, or made from the atlas: --host of a country, --world of all."""

    def work() -> int:
        if world:
            return _new_of_world(folder, supplier, years, others=[host, case, overrides, *(programme or [])])
        if host is not None:
            return _new_of_country(folder, host, programme or [], supplier, years, overrides, case)
        if programme or supplier or years or overrides:
            from capcoop.errors import UsageError

            raise UsageError("--programme, --supplier, --years and --overrides need --host, the country of the case (or --world)")
        from capcoop.errors import printable
        from capcoop.library import find_case
        from capcoop.template import copy_case, write_template

        name = printable(str(folder))
        if case is None:
            write_template(folder)
            print(f"Wrote an empty case to {name}. Fill in its tables, then run: capcoop check {shlex.quote(name)}")
        else:
            copy_case(find_case(case), folder)
            print(f"Wrote a copy of {printable(case)} to {name}. Change what you like, then run: capcoop plan {shlex.quote(name)}")
        return OK

    guard(work)


def _new_of_country(
    folder: Path, host: str, programmes: list[str], suppliers: list[str] | None, years: str | None, overrides: Path | None, case: str | None
) -> int:
    from capcoop.atlas.new import make_case, write_made
    from capcoop.atlas.years import years_of
    from capcoop.errors import UsageError, printable

    if case is not None:
        raise UsageError("--case copies a case and --host makes one of a country; choose one of the two")
    path, told = write_made(make_case(host, programmes, suppliers, years_of(years) if years else None, overrides=overrides), folder)
    name = shlex.quote(printable(str(path)))
    print(f"Wrote a case to {name}; {printable(str(told))} tells every figure and rule it rests on. Run: capcoop plan {name}")
    return OK


def _new_of_world(folder: Path, suppliers: list[str] | None, years: str | None, others: list[str | Path | None]) -> int:
    from capcoop.atlas.new import write_made
    from capcoop.atlas.world import make_world
    from capcoop.atlas.years import years_of
    from capcoop.errors import UsageError, printable

    if any(others):
        raise UsageError("--world makes a case of all countries; it goes with --supplier and --years alone")
    path, told = write_made(make_world(years_of(years) if years else None, suppliers), folder)
    name = shlex.quote(printable(str(path)))
    print(f"Wrote the case of the world to {name}; {printable(str(told))} tells every rule it rests on. Run: capcoop plan {name}")
    return OK


@app.command(epilog=EXIT_CODES)
def convert(
    case: CaseName,
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="What to write: .zip, .xlsx, .duckdb, .sqlite, or else a folder.")],
    tables: Annotated[str, typer.Option("--tables", metavar="KIND", help="Kind of tables in a folder or .zip: csv or parquet.")] = "csv",
) -> None:
    """Write a case in another format. Scenarios, notes and sources are kept, and every figure as it is stated."""

    def work() -> int:
        from capcoop.case import convert_case
        from capcoop.errors import UsageError, printable
        from capcoop.library import find_case

        if tables not in {"csv", "parquet"}:
            raise UsageError(f"--tables {tables}: write csv or parquet")
        left = convert_case(find_case(case), target, "csv" if tables == "csv" else "parquet")
        print(f"Wrote {printable(str(target))}.")
        if left:
            print("Not a part of the case, and not written: " + ", ".join(map(printable, left)))
        return OK

    guard(work)


@app.command(epilog=EXIT_CODES)
def check(case: CaseName, scenario: Scenario = None, sets: Sets = None, as_json: Json = False) -> None:  # noqa: FBT002
    """Read a case and report every problem at once."""

    def work() -> int:
        from capcoop.case import judge_case, scenarios_of
        from capcoop.errors import printable
        from capcoop.library import find_case
        from capcoop.model.build import build

        folder = find_case(case)
        judged = judge_case(folder, scenario, sets or ())
        found = judged.sound()
        rows, columns, coefficients = build(found).program.shape
        notes = [str(note) for note in judged.notes]
        sizes = {table: frame.height for table, frame in found.frames.items() if frame.height}
        names = scenarios_of(folder)
        if as_json:
            print_json(
                {
                    "status": "ok",
                    "case": found.name,
                    "rows": sizes,
                    "scenarios": names,
                    "notes": notes,
                    "program": {"rows": rows, "columns": columns, "coefficients": coefficients},
                }
            )
        else:
            print(f"{printable(found.name)}: no problems.")
            print("Tables: " + ", ".join(f"{table} {height}" for table, height in sizes.items()))
            if names:
                print("Scenarios: " + ", ".join(map(printable, names)))
            print(f"Program: {rows} rows, {columns} columns, {coefficients} coefficients")
            if notes:
                print("\nNot wrong, but worth a look:")
                print("\n".join(notes))
        return OK

    guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def channels(
    case: CaseName,
    mode: Annotated[
        list[str] | None, typer.Option("--mode", "-m", metavar="MODE", help="Only this mode, such as rail or hvdc; may be repeated.")
    ] = None,
    nearest: Annotated[
        int | None, typer.Option("--nearest", metavar="K", help="Link each site with its K nearest, beside the sparse graph of all.")
    ] = None,
    within: Annotated[float | None, typer.Option("--within", metavar="KM", help="No channel longer than this.")] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="TARGET", help="Write a copy of the case that may build the channels.")] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Propose channels between the sites of a case, by mode. Each has its length, cost, capacity, freight, loss and life, with sources."""

    def work() -> int:
        from capcoop.corridors.additions import write_with
        from capcoop.corridors.propose import propose_for
        from capcoop.errors import printable
        from capcoop.library import find_case
        from capcoop.report.channels import as_record, proposals_shown
        from capcoop.report.terminal import console

        folder = find_case(case)
        found = propose_for(folder, mode or [], nearest, within)
        written = write_with(folder, to, found, case) if to is not None else None
        if as_json:
            print_json({**as_record(found), "written": str(written[0]) if written else None})
            return OK
        console().print(proposals_shown(found))
        if written:
            name = shlex.quote(printable(str(written[0])))
            print(f"\nWrote a case to {name}; {printable(str(written[1]))} tells every figure and rule. Run: capcoop plan {name}")
            if written[2]:
                print("Not a part of the case, and not written: " + ", ".join(map(printable, written[2])))
        return OK

    guard(work, as_json=as_json)
