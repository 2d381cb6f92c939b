"""A zip file of a case folder; and how any zip file, a workbook too, is opened without trusting what it says of itself."""

from __future__ import annotations

import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import polars as pl

from capcoop.case.formats.folder import LONGEST_SETTINGS, SUFFIXES, Tables, is_part, settings_text, unread, write_files
from capcoop.case.formats.source import Content, Found, Load, Source, new_file
from capcoop.case.read import Places, csv_frame, parquet_frame
from capcoop.case.settings import FILE, parse_settings
from capcoop.errors import Problem, UsageError

MOST_MEMBERS, MOST_BYTES = 1000, 256 << 20
# Tables shrink to a hundredth at most; a bomb to a thousandth. Small files may be what they like.
MOST_RATIO, SMALL = 250, 4 << 20
SHOWN_OF_NAME = 100  # characters; a damaged directory has names of any length
LONGEST_DIRECTORY = MOST_MEMBERS * 512
CHUNK = 1 << 20
END, END_SIZE, LOCATOR = b"PK\x05\x06", 22, b"PK\x06\x07"
ARCHIVES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst")
ENCRYPTED = 0x1
NOT_SAFE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, struct.error)


class Unsafe(Exception):  # noqa: N818  (it never leaves this package)
    """An archive that is not to be opened: what was found, the rule, the remedy."""


def read(path: Path, problems: list[Problem]) -> Source:
    """Find the tables of a zip file, at its root or in one folder. Raises UsageError where it holds no case."""
    places = Places(home=f"{path.name}/")
    try:
        with opened(path) as archive:
            names = members(archive)
            root = _root(names, path)
            text = settings_text(inflated(archive, root + FILE, LONGEST_SETTINGS), places.home + root + FILE, problems)
    except Unsafe as unsafe:
        problems.append(Problem(path.name, None, None, *unsafe.args))
        return Source(places)
    places = Places(home=places.home + root)
    settings, faults = parse_settings(text)
    problems += faults
    inside = [name.removeprefix(root) for name in names if name.startswith(root) and name != root]
    tables = sorted(name for name in inside if Path(name).suffix.lower() in SUFFIXES and "/" not in name)
    found = (Found(Path(name).stem, places.home + name, _load(path, root + name, places.home + name)) for name in tables)
    left = sorted(name for name in inside if name not in tables and not is_part(name))
    problems += [fault for name in left if (fault := unread(name, places.home + name))]
    return Source(places, settings, text, found, tuple(left))


def _load(path: Path, member: str, place: str) -> Load:
    def load(problems: list[Problem]) -> pl.DataFrame | None:
        try:
            with opened(path) as archive:
                data = inflated(archive, member, MOST_BYTES)
        except Unsafe as unsafe:
            problems.append(Problem(place, None, None, *unsafe.args))
            return None
        return csv_frame(data, place, problems) if member.lower().endswith(".csv") else parquet_frame(data, place, problems)

    return load


def write(content: Content, target: Path, tables: Tables) -> None:
    """Write a case as a zip file of its folder."""
    with new_file(target) as part, tempfile.TemporaryDirectory() as folder:
        write_files(content, Path(folder), tables)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path(folder).iterdir()):
                archive.write(path, path.name)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip file once its directory is known to be small. Raises Unsafe, whatever is wrong with the file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - END_SIZE - 0x10000 - 20))
            tail = file.read()
        at = tail.rfind(END)
        if at < 0 or len(tail) < at + END_SIZE:
            raise Unsafe("the file", "is not a whole zip file", "copy or write it again")
        *_, directory, _, _ = struct.unpack("<4s4H2LH", tail[at : at + END_SIZE])
        if directory > LONGEST_DIRECTORY or LOCATOR in tail[max(0, at - 20) : at]:
            raise Unsafe("the archive", f"holds more than {MOST_MEMBERS} files", "keep only the case in it")
        with zipfile.ZipFile(path) as archive:
            yield archive
    except NOT_SAFE as error:
        raise Unsafe("the file", "is a damaged zip file", "copy or write it again") from error


def members(archive: zipfile.ZipFile) -> list[str]:
    """Return the names of the files in an archive. Raises Unsafe where it holds what no case needs, or is too large."""
    infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    names = [info.filename for info in infos]
    if len(names) > MOST_MEMBERS:
        raise Unsafe("the archive", f"holds more than {MOST_MEMBERS} files", "keep only the case in it")
    for info in infos:
        fault = _fault(info) if info.filename else ("is not the name of a file", "write the archive again, with plain names")
        if fault:
            raise Unsafe(f"'{info.orig_filename[:SHOWN_OF_NAME]}'", *fault)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Unsafe(f"'{twice}'", "is there twice", "keep one of them")
    total = sum(info.file_size for info in infos)
    if total > MOST_BYTES:
        raise Unsafe(
            f"{total >> 20} MB of files", f"are more than {MOST_BYTES >> 20} MB", "keep only the case, its large tables as Parquet"
        )
    for info in infos:
        if info.file_size > SMALL and info.file_size > MOST_RATIO * max(info.compress_size, 1):
            raise Unsafe(f"'{info.filename}'", f"is packed more than {MOST_RATIO} times", "take it out, or write it again")
    return names


def _fault(info: zipfile.ZipInfo) -> tuple[str, str] | None:
    """Return why a member must not be in an archive, and the remedy."""
    name = info.orig_filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or name[1:2] == ":" or "\\" in name or "\0" in name:
        return "leads out of the archive", "write the archive again, with plain names"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link", "put the file itself there"
    if info.flag_bits & ENCRYPTED:
        return "is protected by a password", "write the archive without one"
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "is packed in a way that is not read", "write a plain zip file"
    if name.lower().endswith(ARCHIVES):
        return "is an archive in the archive", "unpack it there, or take it out"
    return None


def inflated(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return a member's bytes, no more than it declares and than `most`. Raises Unsafe where there are more, or others."""
    declared = archive.getinfo(name).file_size
    if declared > most:
        raise Unsafe(f"'{name}'", f"is larger than {most >> 20} MB", "keep it smaller, large tables as Parquet")
    pieces, size = [], 0
    with archive.open(name) as file:
        while piece := file.read(CHUNK):
            size += len(piece)
            pieces.append(piece)
            if size > declared:
                break
    if size != declared:
        raise Unsafe(f"'{name}'", "is not of the size that it states", "write the archive again")
    return b"".join(pieces)


def _root(names: list[str], path: Path) -> str:
    """Return the folder in the archive that holds the case: '' or one at the top, with its stroke."""
    found = [name for name in names if PurePosixPath(name).name == FILE and name.count("/") <= 1 and not name.startswith("__MACOSX/")]
    if not found:
        raise UsageError(f"{path} is not a case: it holds no {FILE}, at its root or in one folder")
    if len(found) > 1:
        raise Unsafe(f"'{found[0]}' and '{found[1]}'", "are two cases", "keep one of them")
    return found[0].removesuffix(FILE)
