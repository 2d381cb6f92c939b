"""Units and money: the factor from what a row states to what the case counts in. pint is loaded only when needed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

WORDS = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
# Spellings of the trade that pint reads otherwise (its kt is the knot) or not at all.
# A short ton, a millitonne: what pint reads here is seldom what was meant.
MISREAD = re.compile(r"\b([kMGm]?tons?|mt)\b")
SPELLINGS = {"kt": "(1000*tonne)", "Mt": "(1000000*tonne)", "t": "tonne", "m2": "meter**2", "m3": "meter**3", "km2": "kilometer**2"}


def split_words(label: str) -> tuple[float, str]:
    """Split `million USD` into (1e6, 'USD')."""
    factor, rest = 1.0, label.strip()
    while (parts := rest.split(maxsplit=1)) and len(parts) == 2 and parts[0].lower() in WORDS:
        factor *= WORDS[parts[0].lower()]
        rest = parts[1]
    return factor, rest


def money_factor(label: str, base: str, rates: Mapping[str, float]) -> float | None:
    """Return the units of `base` money in one unit of `label` money; None where no rate is known.

    `rates` give units of the base's own code per unit of another code.
    """
    if label == base:
        return 1.0
    scale, code = split_words(label)
    base_scale, base_code = split_words(base)
    rate = 1.0 if code == base_code else rates.get(code)
    return None if rate is None else rate * scale / base_scale


@lru_cache(maxsize=1)
def _registry() -> Any:  # noqa: ANN401  (pint has no public type for a bare registry)
    import pint

    return pint.UnitRegistry()


@lru_cache(maxsize=4096)
def unit_factor(label: str, base: str) -> float | None:
    """Return the units `base` in one unit `label`; None where they do not measure the same thing or are unknown."""
    if label.strip() == base.strip():
        return 1.0
    try:
        quantity = _parse(label) / _parse(base)
        factor = float(quantity.to("dimensionless").magnitude)
    except Exception:  # noqa: BLE001  (pint's parser raises errors of many kinds)
        return None
    return factor if 0 < factor < math.inf else None


def _parse(label: str) -> Any:  # noqa: ANN401
    scale, rest = split_words(label)
    if not re.fullmatch(r"[A-Za-z0-9 */.^()%µ·-]{1,60}", rest) or "**" in rest or "^" in rest or MISREAD.search(rest):
        raise ValueError(label)
    spelled = re.sub(r"[A-Za-z]+[23]?", lambda word: SPELLINGS.get(word[0], word[0]), rest.replace("·", "*"))
    return scale * _registry().parse_expression(spelled)
