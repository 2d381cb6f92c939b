"""Mutations of files: bytes of any file, cells of CSV and Parquet tables, lines of case.toml."""

from __future__ import annotations

import csv
import io
import zipfile
from contextlib import suppress
from pathlib import Path
from random import Random

import polars as pl

CELLS = (
    *("", "*", "nan", "inf", "-inf", "1e400", "-1", "0", "1", "0.5", "1e-300", "1e-9", "1e9", "1e30", "all", "yes", "no", "=", "<=", "x"),
    *(
        "1,5",
        '"',
        "\x00",
        "é",
        "[red]",
        "#",
        "# a",
        "kt",
        "USD",
        "2014-01-01",
        " 5 ",
        "1_000",
        "0x10",
        "\uff11\uff12",
        "drop",
        "case",
        "a;b",
    ),
)
LINES = (
    'penalty = "x"',
    "discount_rate = -0.5",
    "base_year = 1e300",
    "[solver]",
    "gap = 1",
    "threads = 0",
    'timing = "start"',
    "= 5",
    "[[x]]",
)


def mutate(folder: Path, random: Random) -> None:
    """Change one to five things in the files of a folder."""
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        path = random.choice(sorted(path for path in folder.iterdir() if path.is_file()))
        if random.random() < 0.3:
            path.write_bytes(mutate_bytes(path.read_bytes(), random))
        elif path.suffix == ".csv":
            mutate_csv(path, random)
        elif path.suffix == ".parquet":
            mutate_parquet(path, random)
        elif path.suffix == ".toml":
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            lines.insert(random.randint(0, len(lines)), random.choice(LINES))
            path.write_text("\n".join(lines), encoding="utf-8")


def mutate_bytes(data: bytes, random: Random) -> bytes:
    """Change, remove and insert a few bytes; at times cut the end off."""
    out = bytearray(data)
    for _ in range(random.choice((1, 1, 3, 20))):
        place, kind = random.randrange(len(out) + 1), random.random()
        if kind < 0.4 and place < len(out):
            out[place] = random.randrange(256)
        elif kind < 0.7:
            del out[place : place + 1]
        else:
            out.insert(place, random.randrange(256))
    return bytes(out[: random.randrange(len(out) + 1)] if random.random() < 0.1 else out)


def mutate_archive(data: bytes, random: Random) -> bytes:
    """Change bytes inside one file of a zip file and pack it again, so that its check sums are right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        names = source.namelist()
        chosen = random.choice(names)
        for name in names:
            held = source.read(name)
            target.writestr(name, mutate_bytes(held, random) if name == chosen else held)
    return out.getvalue()


def mutate_csv(path: Path, random: Random) -> None:
    """Change a cell, drop or repeat a row, or take a cell from another row; at times drop the table."""
    rows = [row for row in csv.reader(path.read_bytes().decode("utf-8", "replace").replace("\x00", "").splitlines()) if row]
    kind = random.random()
    if kind > 0.97 or not rows:
        path.unlink()
        return
    row = random.randrange(len(rows))
    cell = random.randrange(len(rows[row]))
    if kind < 0.6:
        rows[row][cell] = random.choice(CELLS)
    elif kind < 0.7:
        del rows[row]
    elif kind < 0.8:
        rows.append(list(rows[row]))
    else:
        other = random.choice(rows)
        rows[row][cell] = random.choice(other) if kind > 0.9 else other[min(cell, len(other) - 1)]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def mutate_parquet(path: Path, random: Random) -> None:
    """Change a cell, drop or repeat rows, or write a column in another kind."""
    try:
        frame = pl.read_parquet(path, glob=False)
    except (Exception, pl.exceptions.PanicException):  # noqa: BLE001  (bytes of it were changed before)
        return
    if not frame.width:
        return
    name, kind = random.choice(frame.columns), random.random()
    cells = frame.get_column(name).to_list()
    if kind < 0.5 and cells:
        figure = random.choice((float("nan"), float("inf"), -1.0, 0.0, 1e30, 1e-12, None))
        cells[random.randrange(len(cells))] = figure if frame.schema[name].is_numeric() else random.choice(CELLS)
        frame = frame.with_columns(pl.Series(name, cells, frame.schema[name], strict=False))
    elif kind < 0.7:
        numeric = frame.schema[name].is_numeric() or frame.schema[name] == pl.Boolean
        other = random.choice((pl.Float32, pl.Int8, pl.String) if numeric else (pl.Categorical, pl.Binary, pl.Float64))
        with suppress(pl.exceptions.PolarsError):  # not every kind can be cast to every other
            frame = frame.with_columns(pl.col(name).cast(other, strict=False))
    elif kind < 0.8:
        frame = frame.sample(fraction=random.random(), seed=random.randrange(1000))
    elif kind < 0.9:
        frame = pl.concat([frame, frame.head(1)])
    else:
        frame = frame.drop(name)
    frame.write_parquet(path)
