"""Values as they are written on a command line: numbers, or multiples of what stands there now (`x0.5`)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capcoop.case.vary import Varied, listed
from capcoop.errors import UsageError

MOST_VALUES = 10_000
RANGE = re.compile(r"(?P<target>.+?)\s*=\s*(?P<times>x?)(?P<low>[^=:;/]*):(?P<high>[^=:;/]*)", re.DOTALL)
VALUED = re.compile(r"=[\sx\d.,:e+-]*$")
A_RANGE = "a range is written FROM:TO, such as 100:500, or x0.5:3 for multiples of what stands there now"


@dataclass(frozen=True)
class Values:
    """Numbers, and whether they multiply the present value."""

    numbers: tuple[float, ...]
    times: bool

    def of(self, varied: Varied) -> list[float]:
        """Return what a case is asked at. Raises UsageError where the kind of number does not fit what is varied."""
        if not self.times and not varied.single:
            names = listed(varied.targets)
            raise UsageError(f"--vary {names} names {varied.count} figures; write multiples of what they say, such as x0.5 or x2")
        if not self.times or not varied.single:
            return list(self.numbers)
        if varied.present is None:
            raise UsageError(f"--vary {varied.label} is not stated now, so that there are no multiples of it; write values")
        return [number * varied.present for number in self.numbers]


def values_of(text: str) -> Values:
    """Return the values of `1,2,5`, `10:50:10` (from, to, step) or `x0.5,1,2` (multiples). Raises UsageError where it says none."""
    times = text.strip().startswith("x")
    plain = text.strip().removeprefix("x")
    parts = plain.split(":")
    try:
        if len(parts) == 3:
            first, last, step = (float(part) for part in parts)
            count = (last - first) / step
            if 0 <= count <= MOST_VALUES:
                return Values(tuple(float(value) for value in first + step * np.arange(int(count + 1e-9) + 1)), times)
        elif len(parts) == 1:
            return Values(tuple(float(part.strip().removeprefix("x") if times else part) for part in plain.split(",")), times)
    except (ValueError, ZeroDivisionError, OverflowError):
        pass
    raise UsageError(f"'{text}' says no values; write them like 100,200,500 or 100:500:100 (from, to, step), multiples like x0.5,1,2")


def targets_and_ends(texts: Sequence[str]) -> tuple[list[str], Ends]:
    """Part `works.build_cost=x0.5:3` into what is varied and where to look. Raises UsageError where two say where to look."""
    targets, ends = [], Ends()
    for text in texts:
        found = RANGE.fullmatch(text)
        targets.append(found["target"] if found else text)
        if found is None and VALUED.search(text):
            raise UsageError(f"--vary {text}: {A_RANGE}")
        if found is None:
            continue
        if ends.stated:
            raise UsageError("two of --vary say where to look; all are scaled together, so one range is enough")
        low, high = (_end(text, found[end]) for end in ("low", "high"))
        ends = Ends(low, high, times=bool(found["times"]))
        if not ends.stated:
            raise UsageError(f"--vary {text}: {A_RANGE}")
    return targets, ends


@dataclass(frozen=True)
class Ends:
    """Where to look: from low to high (None: not said), and whether they multiply the present value."""

    low: float | None = None
    high: float | None = None
    times: bool = False

    @property
    def stated(self) -> bool:
        """Whether either is said."""
        return self.low is not None or self.high is not None

    def of(self, varied: Varied) -> tuple[float | None, float | None]:
        """Return both in the values of what is varied. Raises UsageError where the kind of number does not fit."""
        numbers = Values(tuple(end for end in (self.low, self.high) if end is not None), self.times)
        found = iter(numbers.of(varied) if self.stated else ())
        low, high = (None if end is None else next(found) for end in (self.low, self.high))
        return low, high


def _end(text: str, end: str) -> float | None:
    """Return one end of a range; None where it is blank."""
    try:
        number = float(end) if end.strip() else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise UsageError(f"--vary {text}: '{end}' is not a number; {A_RANGE}")
    return number
