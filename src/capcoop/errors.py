"""What can go wrong, as data.

CapcoopError
+-- CaseError         the tables of a case break a rule; carries every Problem found
+-- UsageError        a request that cannot be carried out (unknown case, scenario, option)
+-- SolveError        the solver gave no plan; carries the status
    +-- InfeasibleError   no plan meets every need and limit
    +-- UnboundedError    some trade or process earns without end
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

SHOWN_PROBLEMS = 50


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of the input: where it is, what was found, the rule, and the remedy."""

    file: str
    row: int | None
    column: str | None
    found: str
    rule: str
    remedy: str = ""

    def __str__(self) -> str:
        """One line: `needs.csv row 14, column site: 'almatty' is not in sites; did you mean 'almaty'?`."""
        place = self.file
        if self.row is not None:
            place += f" row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        text = f"{place}: {self.found} {self.rule}".rstrip()
        return printable(f"{text}; {self.remedy}" if self.remedy else text)


def printable(text: str) -> str:
    """Return text with every character that a terminal would obey instead of showing written out."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def in_order(problem: Problem) -> tuple[str, int, str, str]:
    """Sort key: by file, row, column."""
    return (problem.file, problem.row or 0, problem.column or "", problem.found)


def suggestion(found: str, allowed: Iterable[str]) -> str:
    """`did you mean 'almaty'?` for the nearest allowed word, or a list of the allowed ones when there are few."""
    words = list(allowed)
    folded = {word.casefold(): word for word in words}
    near = difflib.get_close_matches(found.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{folded[near[0]]}'?"
    if 0 < len(words) <= 8:
        return "allowed: " + ", ".join(words)
    return ""


def together(faults: Sequence[str]) -> str:
    """Return sentences one below the other, the last without its full stop, as errors are."""
    return "\n".join(fault if fault.endswith("?") or place == len(faults) else f"{fault}." for place, fault in enumerate(faults, 1))


class CapcoopError(Exception):
    """Every error that capcoop raises on purpose."""


class UsageError(CapcoopError):
    """A request that cannot be carried out; the message says what to do instead."""


class CaseError(CapcoopError):
    """The tables of a case break its rules.

    Attributes
    ----------
    problems : every fault that was found, in the order of files, rows and columns.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems sorted; the message shows the first fifty."""
        self.problems = tuple(sorted(problems, key=in_order))
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        if len(self.problems) > SHOWN_PROBLEMS:
            lines.append(f"... and {len(self.problems) - SHOWN_PROBLEMS} more problems")
        super().__init__("\n".join(lines))


class SolveError(CapcoopError):
    """The solver gave no plan."""


class InfeasibleError(SolveError):
    """No plan meets every need and every limit."""


class UnboundedError(SolveError):
    """The cost falls without end: something can be sold for more than it costs, in any amount."""


def library(module: str, extra: str, what: str) -> Any:  # noqa: ANN401  (a module)
    """Return an optional library; raise UsageError with its extra where it is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise UsageError(f"{what} needs the {extra} extra: pip install 'capcoop[{extra}]'") from error
