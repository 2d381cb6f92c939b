"""Commands that plan: plan, explain why there is no plan, compare runs."""

from __future__ import annotations

import shlex
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capcoop.cli.base import EXIT_CODES, NO_PLAN, OK, STOPPED, UNCHECKED, CaseName, Json, Scenario, Sets, app, guard, print_json

if TYPE_CHECKING:
    from capcoop.money.gains.parties import Gains
    from capcoop.runs import Result
    from capcoop.solve.highs import Progress


@app.command(epilog=EXIT_CODES)
def plan(
    case: CaseName,
    scenario: Scenario = None,
    sets: Sets = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the run, new or of a run to overwrite; default: runs/CASE/TIME."),
    ] = None,
    financed: Annotated[  # noqa: FBT002
        bool, typer.Option("--financed", help="Plan with what capital costs as terms and loans have it, until plan and financing agree.")
    ] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Do not write report.html, the page of the run.")] = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Plan a case at least cost. The plan is checked, saved and summed up; Ctrl-C keeps the best plan found so far."""

    def work() -> int:
        from capcoop.errors import printable
        from capcoop.library import find_case
        from capcoop.runs import run

        folder, stop = find_case(case), _stop_on_interrupt()
        if as_json:
            result = run(folder, out, scenario, sets or (), stop=stop, financed=financed)
            written = None if no_report else _report(result)[0]
            print_json({**_record(result), "report": None if written is None else str(written)})
        else:
            result = _run_shown(folder, out, scenario, sets or [], stop, financed=financed)
            written, why = (None, "") if no_report else _report(result)
            print(f"\nSaved in {printable(str(result.folder))}")
            if written is not None or why:
                print(why or f"Its page: {printable(str(written))}")
        if not result.verdict.ok:
            return UNCHECKED
        return OK if result.plan.outcome["status"] == "optimal" else STOPPED

    words = ["capcoop", "explain", case, *(["-s", scenario] if scenario is not None else [])]
    words += [word for change in sets or () for word in ("--set", change)]
    guard(work, as_json=as_json, advice=f"\n{shlex.join(words)} says why, and what to change.")


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
            print_json(asdict(told))
        else:
            print(explanation_text(told, found.settings.currency, shutil.get_terminal_size().columns))
        return {"plan": OK, "unknown": STOPPED}.get(told.status, NO_PLAN)

    guard(work, as_json=as_json)


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
            print_json(as_record(comparison, everything=everything))
        else:
            from capcoop.report.side_by_side import comparison_shown
            from capcoop.report.terminal import console

            console().print(comparison_shown(comparison, everything=everything))
        return OK

    guard(work, as_json=as_json)


def _record(result: Result) -> dict[str, Any]:
    """Return one object for machines; its `objective` is the optimum."""
    from capcoop.report.summary import as_record

    record = {"run": str(result.folder), **result.plan.outcome, "summary": as_record(result.case, result.plan, result.baseline)}
    if result.financed is not None:
        record["financing_rounds"] = result.financed.rounds.to_dicts()
    gains, why = _gains(result)
    if gains is not None:
        record["parties"] = gains.table.to_dicts()
    return record | ({"no_parties": why} if why else {})


def _report(result: Result) -> tuple[Path | None, str]:
    """Write the page of a run into its folder; return where, or a sentence on why not. The run stands whatever becomes of its page."""
    from importlib.util import find_spec

    from capcoop.errors import CapcoopError

    if any(find_spec(name) is None for name in ("altair", "jinja2", "vl_convert")):
        return None, "For its page, report.html, install the extra 'report': pip install 'capcoop[report]'"
    from capcoop.report.page.documents import write_report

    try:
        return write_report([result.folder]), ""
    except CapcoopError as error:
        return None, f"Its page could not be written: {error}."
    except Exception as error:  # noqa: BLE001  (a plan that is found and checked is not lost for its page)
        return None, f"Its page could not be written, by a fault of capcoop ({type(error).__name__}: {error}); please report it."


def _gains(result: Result) -> tuple[Gains | None, str]:
    """Return who gains where the case says how parties share; None and why where that cannot be told."""
    from capcoop.appraise import gains_of, has_parties
    from capcoop.errors import UsageError

    if not has_parties(result.case):
        return None, ""
    if result.baseline is None:
        return None, f"gains are measured against a baseline, and there is none: {result.why}"
    try:
        return gains_of(result.case, result.plan, result.baseline), ""
    except UsageError as error:
        return None, str(error)


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


def _run_shown(folder: Path, out: Path | None, scenario: str | None, sets: list[str], stop: threading.Event, *, financed: bool) -> Result:
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

        result = run(folder, out, scenario, sets, watch=watch, stop=stop, financed=financed)
    console().print(plan_summary(result.case, result.plan, result.baseline, result.why, result.verdict))
    if result.financed is not None:
        from capcoop.report.financing import financing_shown

        console().print(*financing_shown(result.financed), sep="\n")
    gains, why = _gains(result)
    if why:
        console().print(f"\nWho gains is not told: {printable(why)}.")
    if gains is not None:
        from capcoop.report.parties import parties_block

        console().print(*parties_block(gains, result.case.settings.currency), sep="\n")
        print(f"\ncapcoop appraise {shlex.quote(printable(str(result.folder)))} tells how it is paid for, and the deal.")
    return result
