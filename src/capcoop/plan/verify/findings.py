"""What a check finds: how many conditions it looked at, the largest violation, and a sentence for each that fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capcoop.case.cascade import Codes, Values
from capcoop.case.case import DIMENSIONS, Case

SHOWN_PER_RULE = 50
Mask = NDArray[np.bool_]


class Findings:
    """Collects the outcome of conditions. A violation counts relative to the magnitude of its terms, at least 1."""

    def __init__(self, case: Case, tolerance: float) -> None:
        """Start with nothing checked."""
        self.case = case
        self.tolerance = tolerance
        self.checked = 0
        self.largest = 0.0
        self.faults: list[str] = []

    def at_most(self, left: Values, right: Values | float, scale: Values | float, sentence: str, **places: Codes) -> None:
        """Require left <= right. `sentence` says what is wrong and names {places}; codes broadcast to the shape of `left`."""
        left, right = np.broadcast_arrays(np.asarray(left, float), np.asarray(right, float))
        with np.errstate(invalid="ignore"):
            excess = left - right
            relative = np.maximum(excess, 0.0) / np.maximum(1.0, scale)
        relative = np.where(np.isnan(relative), np.where(right == np.inf, 0.0, np.inf), relative)
        self._judge(relative, excess, sentence, places)

    def equal(self, stated: Values, expected: Values | float, scale: Values | float, sentence: str, **places: Codes) -> None:
        """Require stated = expected within the tolerance."""
        excess = np.abs(np.asarray(stated, float) - expected)
        relative = excess / np.maximum(1.0, scale)
        self._judge(np.where(np.isnan(relative), np.inf, relative), excess, sentence, places)

    def never(self, wrong: Mask, sentence: str, **places: Codes) -> None:
        """Require that nothing is wrong."""
        self._judge(np.where(wrong, np.inf, 0.0), None, sentence, places)

    def say(self, sentence: str) -> None:
        """Add a fault that has no place among the names of the case."""
        self.checked += 1
        self.largest = np.inf
        self.faults.append(sentence)

    def _judge(self, relative: Values, excess: Values | None, sentence: str, places: Mapping[str, Codes]) -> None:
        self.checked += relative.size
        if not relative.size:
            return
        self.largest = max(self.largest, float(relative.max()))
        wrong = np.argwhere(relative > self.tolerance)
        for spot in map(tuple, wrong[:SHOWN_PER_RULE].tolist()):
            amount = "" if excess is None else f" by {float(excess[spot]):.6g}"
            self.faults.append(self._fill(sentence, places, relative.shape, spot) + amount + ".")
        if len(wrong) > SHOWN_PER_RULE:
            self.faults.append(f"... and {len(wrong) - SHOWN_PER_RULE} more of the kind before.")

    def _fill(self, sentence: str, places: Mapping[str, Codes], shape: tuple[int, ...], spot: tuple[int, ...]) -> str:
        words: dict[str, Any] = {key: self._name(key, int(np.broadcast_to(codes, shape)[spot])) for key, codes in places.items()}
        return re.sub(r"\s+", " ", sentence.format(**words)).strip()

    def _name(self, key: str, code: int) -> str:
        names = self.case.names[DIMENSIONS[key]]
        return "" if code < 0 or (key == "slice" and len(names) == 1) else names[code]
