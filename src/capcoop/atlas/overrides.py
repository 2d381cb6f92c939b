"""Tables of a user's own that stand in for the atlas's: places, channels, and single rows of any other table of a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from capcoop.atlas.assumptions import Assumptions
from capcoop.atlas.countries import Country, find_country
from capcoop.atlas.figures import rows
from capcoop.atlas.sites import CROSSING, GATES, JUNCTION, MARKET, WORKS, Place
from capcoop.case.checks import check_tables, known_names
from capcoop.case.read import ROW, absent, csv_frame, typed
from capcoop.case.write import stated
from capcoop.errors import CaseError, Problem, UsageError, printable, suggestion
from capcoop.schema import TABLES, Column

KINDS = (*WORKS, JUNCTION, *GATES)
WHOLE = ("sites", "channels")  # these tables are replaced as a whole
DROP = "drop"
TOLD = ("source", "year", "verified", "note")
EXTRA = {
    "sites": (
        Column("people", "number", "Persons whose needs are counted there; blank: none.", lower=0.0),
        Column("beyond", "text", "Of a crossing: the country on the other side."),
    ),
    "channels": (),
}
FORMS = {
    name: replace(
        table, columns=(*table.columns, *EXTRA.get(name, (Column(DROP, "flag", "Take away the atlas's rows that are like this?"),)))
    )
    for name, table in TABLES.items()
}
Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Overrides:
    """What stands in a folder of a user's.

    name : of the folder. places : instead of the atlas's (empty: those stay). modes : of the channels, where the atlas knows their freight.
    frames : table -> its rows with `_row`; a table with `drop` = yes in a row takes away every row of the atlas that holds its cells.
    """

    name: str
    places: tuple[Place, ...]
    modes: tuple[str, ...]
    frames: Frames

    def file(self, table: str) -> str:
        """Return the place of a table as problems name it."""
        return f"{self.name}/{table}.csv"


NOTHING = Overrides("", (), (), {})


def read_overrides(folder: str | Path, host: Country) -> Overrides:
    """Read the CSV files of a folder, each a table of a case.

    Raises
    ------
    UsageError : there is no table. CaseError : with every fault of the tables by themselves.
    """
    path = Path(folder)
    files = [file for file in sorted(path.glob("*.csv")) if not file.name.startswith("_")] if path.is_dir() else []
    if not files:
        raise UsageError(
            f"--overrides {printable(str(folder))} is no folder with tables; write sites.csv, stock.csv or another table there"
        )
    own, problems = Overrides(path.resolve().name, (), (), {}), list[Problem]()
    frames: dict[str, pl.DataFrame] = {}
    for file in files:
        place = own.file(file.stem)
        if file.stem not in TABLES:
            problems.append(Problem(place, None, None, f"'{file.stem}'", "is not a table of a case", suggestion(file.stem, TABLES)))
            continue
        cells = csv_frame(file.read_bytes(), place, problems)
        frames[file.stem] = absent(file.stem) if cells is None else typed(FORMS[file.stem], cells, place, problems)
        if file.stem in WHOLE and cells is not None and cells.is_empty():
            problems.append(Problem(place, None, None, "the table", "has no rows", "write all of them, or delete the file"))
    if not problems and "sites" in frames:
        frames["sites"] = frames["sites"].with_columns(pl.col("country").fill_null(host.code))
        problems += [*_site_faults(frames["sites"], own.file("sites")), *_faults({"sites": frames["sites"]}, own)]
    if not problems and "channels" in frames:
        problems += _mode_faults(frames, own.file("channels"))
    if problems:
        raise CaseError(problems)
    places = _places(frames)
    if places:
        frames["sites"] = frames["sites"].with_columns(country=pl.Series([place.owner for place in places]))
    modes = frames["channels"].get_column("mode").unique(maintain_order=True).to_list() if "channels" in frames else []
    return replace(own, places=places, modes=tuple(mode for mode in modes if mode in _charged()), frames=frames)


def _site_faults(sites: pl.DataFrame, file: str) -> Iterator[Problem]:
    """Yield what is wrong with places beyond what the schema tells."""
    every = "one of " + ", ".join(KINDS)
    for row in sites.iter_rows(named=True):
        place, kind, beyond = row[ROW], row["kind"], row["beyond"]
        if kind not in KINDS:
            found = "a blank" if kind is None else f"'{kind}'"
            yield Problem(file, place, "kind", found, "is no kind of place", suggestion(kind or "", KINDS) or every)
        for column in ("latitude", "longitude"):
            if row[column] is None:
                yield Problem(file, place, column, "a blank", "is not enough for distances", "write degrees")
        if row["people"] and kind != MARKET:
            yield Problem(file, place, "people", f"{row['people']:g}", f"does not fit kind {kind}", "write kind market, or leave it blank")
        if beyond is not None and kind != CROSSING:
            yield Problem(file, place, "beyond", f"'{beyond}'", f"does not fit kind {kind}", "write kind crossing, or leave it blank")
        for column in ("country", "beyond"):
            try:
                find_country(row[column]) if row[column] is not None else None
            except UsageError as error:
                found, _, rule = str(error).partition(" is ")
                yield Problem(file, place, column, found, f"is {rule}" if rule else "")
    if not (sites.get_column("people").fill_null(0) > 0).any():
        yield Problem(file, None, "people", "no site", "has people whose needs could be counted", "write them at the markets")


def _charged() -> set[str]:
    """Return the modes of which the atlas knows what freight costs."""
    return {str(mode) for mode in rows("channels", None, "freight_price").get_column("subject")}


def _mode_faults(frames: Frames, file: str) -> Iterator[Problem]:
    """Yield the channels on which goods would travel free, for nobody says what their mode costs."""
    priced = _charged() | (set(frames["freight"].get_column("mode")) if "freight" in frames else set())
    for row, mode, cost in frames["channels"].select(ROW, "mode", "cost").iter_rows():
        if mode not in priced and cost is None:
            found = "a blank" if mode is None else f"'{mode}'"
            known = ", ".join(sorted(_charged()))
            yield Problem(file, row, "mode", found, "has no freight", f"write one of {known}, or what it costs in freight.csv")


def _places(frames: Frames) -> tuple[Place, ...]:
    if "sites" not in frames:
        return ()
    return tuple(
        Place(
            row["site"],
            row["site"],
            find_country(row["country"]).code,
            row["latitude"],
            row["longitude"],
            row["kind"],
            row["people"] or 0.0,
            None,
            row["source"] or "",
            bool(row["verified"]),
            find_country(row["beyond"]).code if row["beyond"] else "",
        )
        for row in frames["sites"].iter_rows(named=True)
    )


def laid_over(frames: Frames, own: Overrides, book: Assumptions, *tables: str) -> dict[str, pl.DataFrame]:
    """Return the tables of a case with a user's rows of the named tables in them, and note what they replaced.

    Raises CaseError with every fault of these rows.
    """
    if not own.frames.keys() & set(tables):
        return dict(frames)
    problems: list[Problem] = []
    whole = {name: _whole(name, frames.get(name)) for name in TABLES}
    for name in tables:
        if name in own.frames:
            whole[name] = _over(name, whole[name], own, book, problems)
    whole = _without_loose_rows(whole)
    problems += _faults(whole, own)
    if problems:
        raise CaseError(problems)
    return stated(whole)


def _whole(name: str, frame: pl.DataFrame | None) -> pl.DataFrame:
    """Return a table of the atlas with all columns of the schema; its rows have no number."""
    return absent(name) if frame is None else pl.concat([absent(name), frame], how="diagonal")


def _over(name: str, atlas: pl.DataFrame, own: Overrides, book: Assumptions, problems: list[Problem]) -> pl.DataFrame:
    rows, keys, before = own.frames[name], list(TABLES[name].keys), atlas.height
    if name in WHOLE:
        book.own.append(f"{own.file(name)}: {rows.height} rows instead of the atlas's {before}.")
        return rows.select(atlas.columns)
    away = rows.filter(pl.col(DROP).fill_null(value=False))
    for row in away.iter_rows(named=True):
        like = [pl.col(column) == row[column] for column in atlas.columns if column not in {ROW, *TOLD} and row[column] is not None]
        kept = atlas.filter(~pl.all_horizontal(*like).fill_null(value=False)) if like else atlas
        if kept.height == atlas.height:
            rule = f"takes away nothing: the atlas has no such row in {name}"
            problems.append(Problem(own.file(name), row[ROW], DROP, "a row", rule, "write the cells of rows that are there"))
        atlas = kept
    added = rows.filter(~pl.col(DROP).fill_null(value=False)).select(atlas.columns)
    kept = atlas.join(added, on=keys, how="anti", nulls_equal=True) if keys else atlas
    gone, replaced = before - atlas.height, atlas.height - kept.height
    book.own.append(f"{own.file(name)}: {added.height} rows, {replaced} of them in place of the atlas's; {gone} of the atlas's taken away.")
    return pl.concat([kept, added])


def _without_loose_rows(frames: Frames) -> dict[str, pl.DataFrame]:
    """Return the tables without the atlas's rows that name what was taken away."""
    out = dict(frames)
    for name, table in TABLES.items():
        names = known_names(out)
        for column in table:
            if column.refers and name != "limits":
                there = [one for refers in column.refers for one in names[refers]]
                cell = pl.col(column.name)
                out[name] = out[name].filter(pl.col(ROW).is_not_null() | cell.is_null() | cell.is_in(there))
    return out


def _faults(frames: Frames, own: Overrides) -> Iterator[Problem]:
    """Yield what the schema alone tells of tables; those that are missing are empty."""
    files = {name: own.file(name) for name in TABLES}
    return check_tables({name: frames.get(name, absent(name)) for name in TABLES}, files)
