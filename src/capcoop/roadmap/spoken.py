"""How often joint documents speak of cooperation, by country: from a table, a folder of tables of `capcoop words`, or documents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from capcoop.atlas.countries import find_country
from capcoop.atlas.figures import Figure
from capcoop.errors import UsageError, printable, together

LARGEST_TABLE = 10_000_000  # bytes of a table of words: far more than a row a country
TABLE = "countries"  # as `capcoop words --out` names it
KINDS = (".csv", ".parquet")
MOST_TOLD = 50
UNIT = "per 10 000 words"


@dataclass(frozen=True)
class Spoken:
    """Mentions per 10 000 words by country, where from in words, and sentences on documents that were left out."""

    figures: Mapping[str, Figure]
    place: str
    notes: tuple[str, ...] = field(default=())


def spoken_of(asked: str | Path, supplier: str) -> Spoken:
    """Return mentions of cooperation per 10 000 words by country.

    asked : a table (.csv or .parquet) with the columns country and per_10000, a folder that `capcoop words --out` wrote, or documents: a
    file, a folder or a pattern. supplier : code of the country that is left out among those that documents name.

    Raises
    ------
    UsageError : a table is wrong, with every row that is; documents cannot be read, or name no country.
    """
    path = Path(asked)
    if path.suffix.lower() in KINDS and not path.is_dir():
        return Spoken(_from_table(path), printable(str(path)))
    inside = [path / f"{TABLE}{kind}" for kind in KINDS]
    table = next((one for one in inside if one.is_file()), None)
    return Spoken(_from_table(table), printable(str(table))) if table is not None else _from_documents(path, supplier)


def _from_documents(path: Path, supplier: str) -> Spoken:
    from capcoop.words import desire, read_documents

    place = printable(str(path))
    if path.is_file() and not _is_document(path):
        raise UsageError(
            f"--words {place} is neither a table (.csv, .parquet) nor a document (.txt, .md, .html, .pdf, .docx); name one of these"
        )
    documents = read_documents([path])
    rates = desire(documents.read, supplier).filter(pl.col("per_10000").is_finite())
    if rates.is_empty():
        raise UsageError(f"--words {place}: its documents name no country but the supplier; name others, or leave --words out")
    out = {
        code: Figure(rate, None, None, UNIT, None, f"{count} document{'s' if count > 1 else ''} of {place}", verified=True)
        for code, count, rate in rates.select("country", "documents", "per_10000").iter_rows()
    }
    problems = documents.left_out
    gone = (
        [f"{len(problems)} of the documents of {place} left out (capcoop words names each): {problems[0]}".rstrip(".")] if problems else []
    )
    return Spoken(out, place, tuple(gone))


def _is_document(path: Path) -> bool:
    from capcoop.words.extract import KINDS as ENDINGS

    return path.suffix.lower() in ENDINGS


def _from_table(path: Path) -> dict[str, Figure]:
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
            out[code] = Figure(number, None, None, UNIT, None, f"table {name}", verified=True)
    if faults:
        raise UsageError(together(faults[:MOST_TOLD]))
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
