"""What a road map is asked for, checked: every fault at once, in sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.atlas.countries import countries, find_country
from capcoop.atlas.figures import Figure
from capcoop.atlas.products import SECTORS
from capcoop.atlas.years import years_of
from capcoop.errors import UsageError, printable, suggestion
from capcoop.roadmap.hierarchy import CRITERIA
from capcoop.roadmap.methods import METHODS, WEIGHTINGS

YEARS = "2026-2035"
MOST_DRAWS, LEAST_DRAWS = 100_000, 100
LARGEST_TABLE = 10_000_000  # bytes of a table of words: far more than a row a country
SUM_OFF = 0.005


@dataclass(frozen=True)
class Request:
    """What is asked.

    supplier : code. sectors, region : empty for all. weights : of the four criteria, adding up to 1; None: those of `weighting`.
    words : country -> mentions per 10 000 words; None: no table.
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
    words: dict[str, Figure] | None = None


def request_of(supplier: str, **asked: Any) -> Request:  # noqa: ANN401  (values as they come from outside)
    """Return a request made of words.

    asked : sectors and region (names), method, weights (`fit=0.4,desire=0.2,...`), weighting, draws, seed, years (`2026-2035`), words (path
    of a table with the columns country and per_10000).

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
        "words": taken("words", words_from, None),
    }
    if not supplier:
        faults.append("name a supplier, such as CHN")
    if values["weights"] is not None and asked.get("weighting"):
        faults.append("--weights and --weighting contradict each other; write one of them")
    first, last = taken("years", years_of, years_of(YEARS))
    if faults:
        raise UsageError(_together(faults))
    return Request(**values, first=first, last=last)


def _together(faults: list[str]) -> str:
    """Return sentences one below the other, the last without its full stop, as errors are."""
    return "\n".join(fault if fault.endswith("?") or place == len(faults) else f"{fault}." for place, fault in enumerate(faults, 1))


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


def words_from(path: str | Path) -> dict[str, Figure]:
    """Return mentions per 10 000 words of joint documents by country, from a table (.csv or .parquet) with these columns.

    Raises
    ------
    UsageError : the file cannot be read as such a table; with every row that is wrong.
    """
    path = Path(path)
    name = printable(path.name)
    frame = _table_of(path, name)
    missing = [column for column in ("country", "per_10000") if column not in frame.columns]
    if missing:
        raise UsageError(f"{name} has no column {' and no column '.join(missing)}; write country, documents, mentions, per_10000")
    faults, out = list[str](), dict[str, Figure]()
    for row, (country, value) in enumerate(frame.select("country", "per_10000").iter_rows(), 2):
        try:
            code, number = find_country(str(country or "")).code, float(value)
        except UsageError as error:
            faults.append(f"{name} row {row}: {error}")
            continue
        except (TypeError, ValueError):
            faults.append(f"{name} row {row}, column per_10000: '{printable(str(value))}' is no number")
            continue
        if not math.isfinite(number) or not 0 <= number <= 10_000:
            faults.append(f"{name} row {row}, column per_10000: {number:g} is not between 0 and 10 000")
        elif code in out:
            faults.append(f"{name} row {row}: {code} stands there twice")
        else:
            out[code] = Figure(number, None, None, "per 10 000 words", None, f"table {name}", verified=True)
    if faults:
        raise UsageError(_together(faults[:50]))
    if not out:
        raise UsageError(f"{name} has no row; write one for each country with documents, or leave --words out")
    return out


def _table_of(path: Path, name: str) -> pl.DataFrame:
    if not path.is_file():
        raise UsageError(f"--words {printable(str(path))}: there is no such file")
    if path.stat().st_size > LARGEST_TABLE:
        raise UsageError(f"{name} is larger than {LARGEST_TABLE // 1_000_000} MB; a table of words has one row a country")
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError, ValueError):
        raise UsageError(f"{name} cannot be read as a table; write a .csv with the columns country and per_10000") from None
