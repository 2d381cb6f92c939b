"""What a road map is asked for, checked: every fault at once, in sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from capcoop.atlas.countries import countries, find_country
from capcoop.atlas.products import SECTORS
from capcoop.atlas.years import years_of
from capcoop.errors import UsageError, printable, suggestion, together
from capcoop.roadmap.hierarchy import CRITERIA
from capcoop.roadmap.methods import METHODS, WEIGHTINGS
from capcoop.roadmap.readings import Agreed, agreed_in
from capcoop.roadmap.spoken import Spoken, spoken_of

YEARS = "2026-2035"
MOST_DRAWS, LEAST_DRAWS = 100_000, 100
SUM_OFF = 0.005


@dataclass(frozen=True)
class Request:
    """What is asked.

    supplier : code. sectors, region : empty for all. weights : of the four criteria, adding up to 1; None: those of `weighting`.
    words : how often joint documents speak of cooperation; None: none are given. ledger : agreements of the user's own ledger; None: those
    of the built-in one.
    """

    supplier: str
    sectors: tuple[str, ...] = ()
    region: str = ""
    method: str = "topsis"
    weighting: str = "equal"
    weights: tuple[float, float, float, float] | None = None
    draws: int = 10_000
    seed: int = 1
    first: int = 2026
    last: int = 2035
    words: Spoken | None = None
    ledger: Agreed | None = None


def request_of(supplier: str, **asked: Any) -> Request:  # noqa: ANN401  (values as they come from outside)
    """Return a request made of words.

    asked : sectors and region (names), method, weights (`fit=0.4,desire=0.2,...`), weighting, draws, seed, years (`2026-2035`), words (a
    table or documents, as `spoken_of` takes them), ledger (a database, as `capcoop ledger --database` takes it).

    Raises
    ------
    UsageError : anything cannot be carried out; all faults are told together.
    """
    faults: list[str] = []

    def taken(name: str, reader: Callable[[Any], Any], default: object) -> Any:  # noqa: ANN401
        value = asked.get(name)
        if value is None or value == "":
            return default
        try:
            return reader(value)
        except UsageError as error:
            faults.append(str(error))
            return default

    asked["supplier"] = supplier
    values = {
        "supplier": taken("supplier", lambda text: find_country(text).code, ""),
        "sectors": taken("sectors", lambda names: tuple(dict.fromkeys(_known("sector", name, SECTORS) for name in names)), ()),
        "region": taken("region", lambda name: _known("region", name, regions()), ""),
        "method": taken("method", lambda name: _known("method", name, METHODS), "topsis"),
        "weighting": taken("weighting", lambda name: _known("weighting", name, WEIGHTINGS), "equal"),
        "weights": taken("weights", weights_from, None),
        "draws": taken("draws", lambda number: _within("draws", number, LEAST_DRAWS, MOST_DRAWS), 10_000),
        "seed": taken("seed", lambda number: _within("seed", number, 0, 2**63 - 1), 1),
    }
    if not supplier:
        faults.append("name a supplier, such as CHN")
    if values["weights"] is not None and asked.get("weighting"):
        faults.append("--weights and --weighting contradict each other; write one of them")
    first, last = taken("years", years_of, years_of(YEARS))
    values["words"] = taken("words", lambda place: spoken_of(place, values["supplier"]), None)
    values["ledger"] = taken("ledger", lambda database: agreed_in(database, values["supplier"], first - 1), None)
    if faults:
        raise UsageError(together(faults))
    return Request(**values, first=first, last=last)


def regions() -> list[str]:
    """Return the regions and subregions of the countries."""
    found = [name for one in countries().values() for name in (one.region, one.subregion) if name]
    return sorted(dict.fromkeys(found))


def _known(what: str, name: str, allowed: Iterable[str]) -> str:
    folded = {word.casefold(): word for word in allowed}
    if name.strip().casefold() in folded:
        return folded[name.strip().casefold()]
    hint = suggestion(name, allowed) or f"known are {', '.join(allowed)}"
    raise UsageError(f"'{printable(name)}' is no {what} of a road map; {hint}")


def _within(what: str, number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise UsageError(f"--{what} {number}: write a whole number from {least} to {most}")
    return number


def weights_from(text: str) -> tuple[float, ...]:
    """Return the weights of the criteria from `fit=0.4,desire=0.2,conditions=0.2,foundation=0.2`; those not named weigh nothing.

    Raises
    ------
    UsageError : no such criterion, one named twice, no number, a negative one, or a sum that is not 1.
    """
    found: dict[str, float] = {}
    for part in text.split(","):
        name, sign, number = (piece.strip() for piece in part.partition("="))
        if not sign:
            raise UsageError(f"--weights '{printable(part)}': write CRITERION=WEIGHT, such as fit=0.4,desire=0.6")
        name = _known("criterion", name, CRITERIA)
        if name in found:
            raise UsageError(f"--weights names {name} twice")
        try:
            found[name] = float(number)
        except ValueError:
            raise UsageError(f"--weights {name}: '{printable(number)}' is no number") from None
        if not math.isfinite(found[name]) or found[name] < 0:
            raise UsageError(f"--weights {name}={printable(number)}: a weight is 0 or more")
    total = sum(found.values())
    if abs(total - 1) > SUM_OFF:
        raise UsageError(f"--weights add up to {total:g}, not to 1; write shares of one, such as fit=0.4,desire=0.6")
    return tuple(found.get(name, 0.0) / total for name in CRITERIA)
