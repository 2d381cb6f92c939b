"""Commands that ask one question many times: sweep over figures and scenarios, find a break-even."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capcoop.cli.base import EXIT_CODES, NO_PLAN, OK, Json, Scenario, Sets, app, guard, print_json

if TYPE_CHECKING:
    import polars as pl

    from capcoop.sweeps import Sweep

VALUES = "TARGET=VALUES: values like 100,200,500 or 100:500:100 (from, to, step), or multiples of what stands there now like x0.5,1,2."
VARY = (
    "TABLE/KEY/COLUMN, OPTION.COLUMN or a setting; * and ? in KEY or OPTION stand for any letters; =FROM:TO (or =x0.5:3, multiples of what "
    "stands there now) says where to look. Several figures, also by repeating the option, are scaled together."
)
UNTIL = (
    "What is to change: built (or not-built), that is any option of --vary; OPTION[,OPTION], all of them built; OPTION=AMOUNT, so much "
    "of it; cost=VALUE; change, other options are built."
)
CaseOrRun = Annotated[
    str | None, typer.Argument(metavar="CASE", help="A case, as capcoop plan takes it; with --run, that of the run.", show_default=False)
]
Run = Annotated[
    Path | None,
    typer.Option("--run", metavar="RUN", help="Ask this of the case of a run, and keep the answer in the run, for its page."),
]


def _asked(case: str | None, run: Path | None, scenario: str | None, sets: Sequence[str]) -> Sweep:
    """Return what is planned again and again: a case, or that of a run exactly as it was planned."""
    from capcoop.appraise import case_of
    from capcoop.errors import UsageError
    from capcoop.library import find_case
    from capcoop.plan import load_plan
    from capcoop.runs import CASE
    from capcoop.sweeps import Sweep

    if run is None:
        if case is None:
            raise UsageError("name a case, or a run with --run")
        return Sweep(find_case(case), scenario, sets)
    if case is not None or scenario is not None or sets:
        raise UsageError("--run takes the case as the run planned it; leave out CASE, --scenario and --set")
    load_plan(run)
    case_of(run)
    return Sweep(run / CASE)


def _scenario_of(run: Path) -> str:
    """Return the scenario of a run; empty for the case itself."""
    from capcoop.report.saved import read_run

    return read_run(run).scenario


def _keep(found: Mapping[str, pl.DataFrame], run: Path) -> str:
    """Keep a study in a run; return in a sentence where, and how it is seen."""
    import shlex

    from capcoop.appraise import case_of
    from capcoop.errors import printable
    from capcoop.plan.beside import SENSITIVITY
    from capcoop.report.sensitivity import add_study

    add_study(found, run, case_of(run).settings.currency)
    return f"Kept in {printable(str(run / SENSITIVITY))}; capcoop report {printable(shlex.quote(str(run)))} shows it."


@app.command(epilog=EXIT_CODES)
def sweep(
    case: CaseOrRun = None,
    vary: Annotated[str | None, typer.Option("--vary", metavar="TARGET=VALUES", help=VALUES)] = None,
    scenario: Scenario = None,
    sets: Sets = None,
    run: Run = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Plan a case for several values of a figure. Without --vary: for the case and all its scenarios."""

    def work() -> int:
        from dataclasses import asdict

        from capcoop.case import scenarios_of
        from capcoop.errors import UsageError
        from capcoop.report.sensitivity import of_sweep, varied_of
        from capcoop.report.terminal import console, sweep_table
        from capcoop.sweeps import values_of

        asked = _asked(case, run, scenario, sets or ())
        heading, study, at = "scenario", ("", ""), list[float]()
        if vary is None:
            if run is not None and _scenario_of(run):
                raise UsageError("the run is that of a scenario, to which no other can be added; sweep the case, or a run without scenario")
            names = scenarios_of(asked.path)
            if not names:
                raise UsageError("the case has no scenarios; say which figure to vary: --vary TABLE/KEY/COLUMN=VALUES")
            answers = list(asked.scenarios([None, *names]))
        else:
            target, _, text = vary.rpartition("=")
            values, varied = values_of(text), asked.vary(target)
            heading, study, at = target if varied.single else "factor", varied_of(varied), values.of(varied)
            answers = [asked.point(varied, value).answer for value in at]
        kept = "" if run is None else _keep(of_sweep(*study, at, answers), run)
        if as_json:
            print_json({"answers": [asdict(answer) for answer in answers]})
        else:
            console().print(sweep_table(heading, answers, asked.currency))
            print(kept, end="\n" if kept else "")
        return OK if all(answer.cost is not None for answer in answers) else NO_PLAN

    guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def breakeven(  # noqa: PLR0913, PLR0917  (a command line: each option is an argument)
    vary: Annotated[list[str], typer.Option("--vary", metavar="TARGET", help=VARY)],
    case: CaseOrRun = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHAT", help=UNTIL)] = None,
    every: Annotated[bool, typer.Option("--all", help="Find every change, not only the one nearest to the present value.")] = False,  # noqa: FBT002
    points: Annotated[
        int | None, typer.Option("--points", min=0, metavar="N", help="Plan also at N values in between, for the chart and --all (20).")
    ] = None,
    scenario: Scenario = None,
    sets: Sets = None,
    run: Run = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Find where an investment enters or leaves the plan. The value and the plans on both sides are shown, with a chart."""

    def work() -> int:
        from rich.console import Console

        from capcoop.report.breakeven import as_record, break_even_shown
        from capcoop.report.sensitivity import of_break_even, varied_of
        from capcoop.report.terminal import console
        from capcoop.sweeps import break_even, targets_and_ends, until_of

        asked = _asked(case, run, scenario, sets or ())
        targets, ends = targets_and_ends(vary)
        varied = asked.vary(*targets)
        meant = until_of(until, varied.case.names["options"], sorted(varied.options))
        between = points if points is not None else 20 if every else 0
        with Console(stderr=True, highlight=False, markup=False, emoji=False).status("Reading ...") as status:
            found = break_even(
                asked,
                varied,
                meant,
                ends.of(varied),
                every=every,
                between=between,
                watch=lambda at: status.update(f"Planning at {at:g} ..."),
            )
        kept = "" if run is None else _keep(of_break_even(found, *varied_of(varied)), run)
        if as_json:
            print_json(as_record(found))
        else:
            console().print(break_even_shown(found))
            print(kept, end="\n" if kept else "")
        return OK if any(answer.cost is not None for _, _, answer in found.points) else NO_PLAN

    guard(work, as_json=as_json)
