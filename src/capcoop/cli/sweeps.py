"""Commands that ask one question many times: sweep over figures and scenarios, find a break-even."""

from __future__ import annotations

from typing import Annotated

import typer

from capcoop.cli.base import EXIT_CODES, NO_PLAN, OK, CaseName, Json, Scenario, Sets, app, guard, print_json

VALUES = "TARGET=VALUES: values like 100,200,500 or 100:500:100 (from, to, step), or multiples of what stands there now like x0.5,1,2."
VARY = (
    "TABLE/KEY/COLUMN, OPTION.COLUMN or a setting; * and ? in KEY or OPTION stand for any letters; =FROM:TO (or =x0.5:3, multiples of what "
    "stands there now) says where to look. Several figures, also by repeating the option, are scaled together."
)
UNTIL = (
    "What is to change: built (or not-built), that is any option of --vary; OPTION[,OPTION], all of them built; OPTION=AMOUNT, so much "
    "of it; cost=VALUE; change, other options are built."
)


@app.command(epilog=EXIT_CODES)
def sweep(
    case: CaseName,
    vary: Annotated[str | None, typer.Option("--vary", metavar="TARGET=VALUES", help=VALUES)] = None,
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
        heading = "scenario"
        if vary is None:
            names = scenarios_of(folder)
            if not names:
                raise UsageError("the case has no scenarios; say which figure to vary: --vary TABLE/KEY/COLUMN=VALUES")
            answers = list(asked.scenarios([None, *names]))
        else:
            target, _, text = vary.rpartition("=")
            values, varied = values_of(text), asked.vary(target)
            heading = target if varied.single else "factor"
            answers = [asked.point(varied, value).answer for value in values.of(varied)]
        if as_json:
            print_json({"answers": [asdict(answer) for answer in answers]})
        else:
            console().print(sweep_table(heading, answers, asked.currency))
        return OK if all(answer.cost is not None for answer in answers) else NO_PLAN

    guard(work, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def breakeven(
    case: CaseName,
    vary: Annotated[list[str], typer.Option("--vary", metavar="TARGET", help=VARY)],
    until: Annotated[str | None, typer.Option("--until", metavar="WHAT", help=UNTIL)] = None,
    every: Annotated[bool, typer.Option("--all", help="Find every change, not only the one nearest to the present value.")] = False,  # noqa: FBT002
    points: Annotated[
        int | None, typer.Option("--points", min=0, metavar="N", help="Plan also at N values in between, for the chart and --all (20).")
    ] = None,
    scenario: Scenario = None,
    sets: Sets = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Find where an investment enters or leaves the plan. The value and the plans on both sides are shown, with a chart."""

    def work() -> int:
        from rich.console import Console

        from capcoop.library import find_case
        from capcoop.report.breakeven import as_record, break_even_shown
        from capcoop.report.terminal import console
        from capcoop.sweeps import Sweep, break_even, targets_and_ends, until_of

        asked = Sweep(find_case(case), scenario, sets or ())
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
        if as_json:
            print_json(as_record(found))
        else:
            console().print(break_even_shown(found))
        return OK if any(answer.cost is not None for _, _, answer in found.points) else NO_PLAN

    guard(work, as_json=as_json)
