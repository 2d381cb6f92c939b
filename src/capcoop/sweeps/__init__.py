"""One question asked many times: values of a figure, named scenarios, and the value at which an investment enters or leaves the plan."""

from __future__ import annotations

from capcoop.sweeps.breakeven import BreakEven, Change, break_even
from capcoop.sweeps.sweep import Answer, Sweep
from capcoop.sweeps.until import Until, until_of
from capcoop.sweeps.values import targets_and_ends, values_of

__all__ = ["Answer", "BreakEven", "Change", "Sweep", "Until", "break_even", "targets_and_ends", "until_of", "values_of"]
