"""What all commands share: the application, exit codes, common arguments, and how errors end."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

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
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def print_json(values: dict[str, Any]) -> None:
    """Print one object for machines."""
    from capcoop.runs import to_json

    print(to_json(values))


def fail(code: int, message: str, *, as_json: bool, **more: Any) -> NoReturn:  # noqa: ANN401  (plain values for JSON)
    """End a command with an exit code, the message on standard error or in the object for machines."""
    if as_json:
        print_json({"status": "failed", "exit_code": code, "message": message, **more})
    else:
        from capcoop.errors import printable

        print("\n".join(printable(line) for line in message.split("\n")), file=sys.stderr)
    raise typer.Exit(code)


def guard(work: Callable[[], int], *, as_json: bool = False, advice: str = "", what: str = "the case") -> NoReturn:
    """Run a command's work; every error of ours ends in a sentence and an exit code.

    `advice` follows where there is no plan; `what` is what problems are in.
    """
    from capcoop.errors import CapcoopError, CaseError, InfeasibleError, SolveError, UnboundedError

    try:
        code = work()
    except CaseError as error:
        count = len(error.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in {what}:\n"
        fail(PROBLEMS, head + str(error), as_json=as_json, problems=[str(problem) for problem in error.problems])
    except (InfeasibleError, UnboundedError) as error:
        fail(NO_PLAN, f"There is no plan: {error}.{advice}", as_json=as_json)
    except SolveError as error:
        fail(STOPPED, f"{error}.", as_json=as_json)
    except CapcoopError as error:
        fail(USAGE, str(error) if str(error).endswith("?") else f"{error}.", as_json=as_json)
    except BrokenPipeError:  # who reads the output has gone, as `head` does once it has its lines
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = OK
    except OSError as error:
        fail(USAGE, f"{error.filename or 'a file'} cannot be used: {error.strerror}.", as_json=as_json)
    except KeyboardInterrupt:
        fail(STOPPED, "Stopped before a plan was found.", as_json=as_json)
    except Exception as error:
        if os.environ.get("CAPCOOP_DEBUG"):
            raise
        message = f"This is a fault of capcoop, not of your case: {type(error).__name__}: {error}."
        fail(OURS, f"{message} Set CAPCOOP_DEBUG=1 to see where, and report it.", as_json=as_json)
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
