"""Commands that write a case in the formats of other tools."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from capcoop.cli.base import EXIT_CODES, OK, CaseName, Json, Scenario, Sets, app, guard, print_json

export = typer.Typer(help="Write a case for another planning tool.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(export, name="export", epilog=EXIT_CODES)


@export.command(epilog=EXIT_CODES)
def pypsa(
    case: CaseName,
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="The folder to write; it must be new.")],
    scenario: Scenario = None,
    sets: Sets = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Write a case as a network of PyPSA, with the same least cost. What PyPSA cannot hold is told, and nothing is written."""

    def work() -> int:
        from capcoop.case import read_case
        from capcoop.errors import printable
        from capcoop.export.pypsa import export_pypsa
        from capcoop.library import find_case

        found = read_case(find_case(case), scenario, sets or ())
        written = export_pypsa(found, target)
        many = "multi_investment_periods=True, " if written.several else ""
        if as_json:
            shown = {"status": "ok", "folder": str(target), "components": written.components, "constant": written.constant}
            print_json({**shown, "multi_investment_periods": written.several})
            return OK
        counts = ", ".join(f"{kind} {count}" for kind, count in written.components.items())
        print(f"Wrote {printable(str(target))}, a network of PyPSA: {counts}.")
        print("Solve it where PyPSA 1.4 is installed:\n")
        print("  import pypsa")
        print(f"  n = pypsa.Network({str(target)!r})")
        print(f"  n.optimize({many}include_objective_constant=True)")
        constant = f" + {written.constant:.12g}" if written.constant else ""
        print(f"  print(n.objective{constant})\n")
        if constant:
            print("The number is the fixed cost of what exists, which PyPSA leaves out.")
        words = ["capcoop", "plan", case, *(["-s", scenario] if scenario is not None else [])]
        words += [word for change in sets or () for word in ("--set", change)]
        print(f"It prints the least cost in {printable(found.settings.currency)}, the same as:\n\n  {printable(shlex.join(words))}")
        return OK

    guard(work, as_json=as_json)
