"""The command line: thin commands, heavy imports inside them."""

from __future__ import annotations

import io
import os
import shlex
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from capcoop.runs import Result
    from capcoop.solve.highs import Progress

OK, PROBLEMS, USAGE, NO_PLAN, STOPPED, UNCHECKED, OURS = range(7)
EXIT_CODES = (
    "Exit codes: 0 done; 1 the case has problems; 2 the request cannot be carried out; 3 there is no plan (infeasible or "
    "unbounded); 4 stopped by time or Ctrl-C, the best plan so far is saved if there is one; 5 the plan failed its check; "
    "6 a fault of capcoop itself."
)
app = typer.Typer(
    help="Plan international production-capacity cooperation: what is missing, what to build where and when, what to keep importing.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
CaseName = Annotated[
    str, typer.Argument(metavar="CASE", help="A case: a folder, a .zip, .xlsx, .duckdb or .sqlite file, or the name of a built-in case.")
]
Scenario = Annotated[str | None, typer.Option("--scenario", "-s", metavar="NAME", help="A named scenario of the case's changes.csv.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="CHANGE", help="SETTING=VALUE or TABLE/KEY/COLUMN=VALUE; may be repeated.")
]
VARY = "TABLE/KEY/COLUMN=VALUES or SETTING=VALUES, with values like 100,200,500 or 100:500:100 (from, to, step)."
BREAK_EVEN = "Find the value, between the smallest and the largest, at which other options are built."
BreakEven = Annotated[bool, typer.Option("--break-even", help=BREAK_EVEN)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def _print_json(values: dict[str, Any]) -> None:
    from capcoop.runs import to_json

    print(to_json(values))


def _fail(code: int, message: str, *, as_json: bool, **more: Any) -> NoReturn:  # noqa: ANN401  (plain values for JSON)
    if as_json:
        _print_json({"status": "failed", "exit_code": code, "message": message, **more})
    else:
        from capcoop.errors import printable

        print("\n".join(printable(line) for line in message.split("\n")), file=sys.stderr)
    raise typer.Exit(code)


def _guard(work: Callable[[], int], *, as_json: bool = False, advice: str = "") -> NoReturn:
    """Run a command's work; every error of ours ends in a sentence and an exit code. `advice` follows where there is no plan."""
    from capcoop.errors import CapcoopError, CaseError, InfeasibleError, SolveError, UnboundedError

    try:
        code = work()
    except CaseError as error:
        count = len(error.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the case:\n"
        _fail(PROBLEMS, head + str(error), as_json=as_json, problems=[str(problem) for problem in error.problems])
    except (InfeasibleError, UnboundedError) as error:
        _fail(NO_PLAN, f"There is no plan: {error}.{advice}", as_json=as_json)
    except SolveError as error:
        _fail(STOPPED, f"{error}.", as_json=as_json)
    except CapcoopError as error:
        _fail(USAGE, str(error) if str(error).endswith("?") else f"{error}.", as_json=as_json)
    except OSError as error:
        _fail(USAGE, f"{error.filename or 'a file'} cannot be used: {error.strerror}.", as_json=as_json)
    except KeyboardInterrupt:
        _fail(STOPPED, "Stopped before a plan was found.", as_json=as_json)
    except Exception as error:
        if os.environ.get("CAPCOOP_DEBUG"):
            raise
        message = f"This is a fault of capcoop, not of your case: {type(error).__name__}: {error}."
        _fail(OURS, f"{message} Set CAPCOOP_DEBUG=1 to see where, and report it.", as_json=as_json)
    raise typer.Exit(code)


def _show_version(value: bool) -> None:  # noqa: FBT001  (typer's callback)
    if value:
        from importlib.metadata import version

        print(version("capcoop"))
        raise typer.Exit(OK)


@app.callback()
def main(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")] = False,  # noqa: ARG001, FBT002
) -> None:
    """Plan international production-capacity cooperation."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that the terminal cannot show is written out
            stream.reconfigure(errors="backslashreplace")


@app.command(epilog=EXIT_CODES)
def cases(as_json: Json = False) -> None:  # noqa: FBT002
    """List the built-in cases."""

    def work() -> int:
        from capcoop.library import built_in_cases, title_of

        found = {name: title_of(folder) for name, folder in built_in_cases().items()}
        if as_json:
            _print_json({"cases": [{"case": name, "title": title} for name, title in found.items()]})
        else:
            from rich.table import Table

            from capcoop.report.terminal import console

            table = Table("case", "title", box=None, pad_edge=False, padding=(0, 2, 0, 0))
            for name, title in found.items():
                table.add_row(name, title)
            console().print(table)
        return OK

    _guard(work, as_json=as_json)


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

    _guard(work)


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

    _guard(work)


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
            _print_json(
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

    _guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def plan(
    case: CaseName,
    scenario: Scenario = None,
    sets: Sets = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the run, new or of a run to overwrite; default: runs/CASE/TIME."),
    ] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Plan a case at least cost. The plan is checked, saved and summed up; Ctrl-C keeps the best plan found so far."""

    def work() -> int:
        from capcoop.library import find_case
        from capcoop.runs import run

        folder, stop = find_case(case), _stop_on_interrupt()
        if as_json:
            result = run(folder, out, scenario, sets or (), stop=stop)
            _print_json(_record(result))
        else:
            result = _run_shown(folder, out, scenario, sets or [], stop)
        if not result.verdict.ok:
            return UNCHECKED
        return OK if result.plan.outcome["status"] == "optimal" else STOPPED

    words = ["capcoop", "explain", case, *(["-s", scenario] if scenario is not None else [])]
    words += [word for change in sets or () for word in ("--set", change)]
    _guard(work, as_json=as_json, advice=f"\n{shlex.join(words)} says why, and what to change.")


@app.command(epilog=EXIT_CODES)
def explain(
    case: CaseName,
    scenario: Scenario = None,
    sets: Sets = None,
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="SECONDS", help="Seconds after which what was found so far is told.")
    ] = 60.0,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Say why a case has no plan, and what to change. It is told what contradicts each other, or earns without end."""

    def work() -> int:
        import shutil
        from dataclasses import asdict

        from capcoop.case import read_case
        from capcoop.errors import UsageError
        from capcoop.library import find_case
        from capcoop.report.explanation import explanation_text
        from capcoop.solve.explain import explain

        if not time_limit > 0:
            raise UsageError("--time-limit: write how many seconds, more than 0")
        folder, asked = find_case(case), list(sets or ())
        found = read_case(folder, scenario, asked, plannable=False)
        told = explain(found, time_limit=time_limit, reread=lambda more: read_case(folder, scenario, [*asked, *more], plannable=False))
        if as_json:
            _print_json(asdict(told))
        else:
            print(explanation_text(told, found.settings.currency, shutil.get_terminal_size().columns))
        return {"plan": OK, "unknown": STOPPED}.get(told.status, NO_PLAN)

    _guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def sweep(
    case: CaseName,
    vary: Annotated[str | None, typer.Option("--vary", metavar="TARGET=VALUES", help=VARY)] = None,
    break_even: BreakEven = False,  # noqa: FBT002
    scenario: Scenario = None,
    sets: Sets = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Plan a case for several values of a figure. Without --vary: for the case and all its scenarios."""

    def work() -> int:
        from dataclasses import asdict

        from capcoop.case import scenarios_of
        from capcoop.errors import UsageError
        from capcoop.library import find_case
        from capcoop.report.terminal import console, sweep_table
        from capcoop.sweeps import Sweep, values_of

        folder = find_case(case)
        asked = Sweep(folder, scenario, sets or ())
        if vary is None:
            names = scenarios_of(folder)
            if break_even or not names:
                why = "" if names else "the case has no scenarios; "
                raise UsageError(f"{why}say which figure to vary: --vary TABLE/KEY/COLUMN=VALUES")
            answers = list(asked.scenarios([None, *names]))
        else:
            target, _, text = vary.rpartition("=")
            values = values_of(text)
            ends = min(values), max(values)
            answers = list(asked.break_even(target, *ends)) if break_even else [asked.at(target, value) for value in values]
        if as_json:
            _print_json({"answers": [asdict(answer) for answer in answers]})
        else:
            console().print(sweep_table(vary.rpartition("=")[0] if vary else "scenario", answers, asked.currency))
        return OK if all(answer.cost is not None for answer in answers) else NO_PLAN

    _guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN", help="Folders of two or more runs; the first is the reference.")],
    everything: Annotated[bool, typer.Option("--all", help="Show also what is equal, and every row.")] = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Compare runs, what differs first. Compared are what was asked, cost, builds, amounts and prices."""

    def work() -> int:
        from capcoop.report.compare import as_record, compare

        comparison = compare(folders)
        if as_json:
            _print_json(as_record(comparison, everything=everything))
        else:
            from capcoop.report.side_by_side import comparison_shown
            from capcoop.report.terminal import console

            console().print(comparison_shown(comparison, everything=everything))
        return OK

    _guard(work, as_json=as_json)


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
            _print_json(record(found))
        elif everything:
            console().print(all_shown(found.programme, (found.first, found.last), found.products, product))
        else:
            title = found.products.item(0, "name")
            console().print(gap_shown(title, found.programme, (found.first, found.last), found.products, found.notes))
        return OK

    _guard(work, as_json=as_json)


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
            _print_json(record)
        else:
            from capcoop.report.country import CountryPage
            from capcoop.report.terminal import console

            console().print(CountryPage(record))
        return OK

    _guard(work, as_json=as_json)


def _record(result: Result) -> dict[str, Any]:
    """Return one object for machines; its `objective` is the optimum."""
    from capcoop.report.summary import as_record

    return {"run": str(result.folder), **result.plan.outcome, "summary": as_record(result.case, result.plan, result.baseline)}


def _stop_on_interrupt() -> threading.Event:
    """Return an event that the first Ctrl-C sets, so that the best plan is kept; the second one breaks off."""
    import signal

    stop = threading.Event()

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            signal.default_int_handler(number, frame)
        stop.set()

    signal.signal(signal.SIGINT, on_interrupt)
    return stop


def _run_shown(folder: Path, out: Path | None, scenario: str | None, sets: list[str], stop: threading.Event) -> Result:
    """Run with live progress on standard error, then print the summary."""
    from rich.console import Console

    from capcoop.errors import printable
    from capcoop.report.terminal import console, plan_summary
    from capcoop.runs import run

    errors = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with errors.status("Reading ...") as status:

        def watch(progress: Progress) -> None:
            best = "no plan yet" if progress.best is None else f"best {progress.best:,.6g}"
            gap = "" if progress.gap is None else f", gap {100 * progress.gap:.3g} %"
            status.update(f"Planning ... {progress.seconds:.0f} s, {best}{gap} (Ctrl-C keeps the best plan)")

        result = run(folder, out, scenario, sets, watch=watch, stop=stop)
    console().print(plan_summary(result.case, result.plan, result.baseline, result.why, result.verdict))
    print(f"\nSaved in {printable(str(result.folder))}")
    return result
