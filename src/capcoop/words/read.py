"""Documents from files, folders and patterns: their text in one form, language, date; and a sentence for each one left out."""

from __future__ import annotations

import glob
import os
import re
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from capcoop.errors import Problem, UsageError
from capcoop.words.apart import read_apart
from capcoop.words.extract import KINDS, answer
from capcoop.words.languages import LANGUAGES, language_of

LIBRARIES = ("bs4", "charset_normalizer", "docx", "lxml", "markdown_it", "pypdf", "rjieba")
MOST_DOCUMENTS = 20_000
MOST_CHARACTERS = 200_000_000  # of all documents together
FIRST_YEAR = 1900
ENDINGS = ", ".join(sorted(KINDS))
ADDRESS, POST = (
    re.compile(r"(?:https?://|www\.)[^\s<>\"'）)，。]+"),
    re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}", re.ASCII),
)
# co-operation and co-ordination are written in both ways.
PREFIX = re.compile(r"\b(co)-(?=operat|ordinat|operaç|ordena)", re.IGNORECASE)
LINE_END = re.compile(r"-[ \t]{0,9}\n")
UNSEEN = re.compile("\u00ad\n?|[\u200b-\u200f\u2060\ufeff]")
COMPATIBLE = re.compile(r"[^\x00-\u017f\u0400-\u04ff\u3000-\u303f\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff20]+")
# Bounded and begun at the start of words only, so that no text takes time by the square of its length.
HYPHENATED = re.compile(r"(?<![^\W\d_])([^\W\d_]{1,40})-[ \t]{0,9}\n[ \t]{0,40}([^\W\d_]{1,40})")
ACCENTS = r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
MARKS = re.compile(f"({ACCENTS}{{8}}){ACCENTS}+")
DATED = re.compile(r"(?<!\d)(\d{4})(?:[-_. /年]?(\d{2}|\d)(?!\d{3})(?:[-_. /月]?(\d{2}|\d)(?!\d))?)?(?!\d{3})")


@dataclass(frozen=True)
class Document:
    """A document as it is counted.

    name : as it was asked for. language : one of LANGUAGES. date : `2015-05-19`, `2015-05` or `2015`; empty where none is known.
    date_from : where the date stood. encoding : how its letters were read, where that was not UTF-8 and had to be found out.
    """

    name: str
    text: str
    language: str = "en"
    date: str = ""
    date_from: str = ""
    encoding: str = ""

    @property
    def year(self) -> int | None:
        """The year of the date, None where none is known."""
        return int(self.date[:4]) if self.date else None


@dataclass(frozen=True)
class Documents:
    """What was read, in the order of names, and a problem for each document that was left out."""

    read: tuple[Document, ...]
    left_out: tuple[Problem, ...] = ()


def read_documents(asked: Sequence[str | Path], language: str | None = None) -> Documents:
    """Read documents named as files, folders (with all folders in them) or patterns such as `2015/*.pdf`.

    language : takes every document as one in this language; otherwise it is found out for each.

    Raises
    ------
    UsageError : the language is unknown, a library is missing, or no document could be read; with every reason.
    """
    if language is not None and language not in LANGUAGES:
        raise UsageError(f"--language {language}: write one of {', '.join(LANGUAGES)}")
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise UsageError(f"reading documents needs the extra words ({', '.join(missing)} missing): pip install 'capcoop[words]'")
    problems: list[Problem] = []
    files = _files(asked, problems)
    plain = [one for one in files if one[1] == "txt"]
    others = [one for one in files if one[1] != "txt"]
    told = dict(zip(others, read_apart(others), strict=True)) | {one: answer(str(one[0]), "txt") for one in plain}
    read: list[Document] = []
    total = 0
    for path, kind in files:
        document = _document(path, told.pop((path, kind)), language, problems)
        total += len(document.text) if document else 0
        if total > MOST_CHARACTERS:
            problems.append(
                Problem(str(path), None, None, f"more than {MOST_CHARACTERS:,} characters", "are not counted at once", "ask in parts")
            )
            break
        read += [document] if document else []
    if not read:
        raise UsageError("no document could be read:\n" + "\n".join(str(problem) for problem in problems))
    return Documents(tuple(read), tuple(sorted(problems)))


def _files(asked: Sequence[str | Path], problems: list[Problem]) -> list[tuple[Path, str]]:
    """Return every regular file that is asked for, once, with its kind."""
    found: dict[str, tuple[Path, str]] = {}
    for word in map(str, asked):
        path = Path(word)
        named = path.is_file() or (os.path.lexists(path) and not path.is_dir())
        inside = [path] if named else _inside(path) if path.is_dir() else sorted(map(Path, glob.glob(word, recursive=True)))  # noqa: PTH207  (a pattern may be absolute)
        if not inside:
            what = "holds no document" if path.is_dir() else "is no file, no folder and no pattern that fits one"
            problems.append(Problem(word, None, None, what, "", f"documents end in {ENDINGS}"))
        for one in inside:
            kind = _kind(one, problems, named=named)
            if kind and len(found) < MOST_DOCUMENTS:
                found.setdefault(os.path.realpath(one), (one, kind))
            elif kind:
                raise UsageError(f"more than {MOST_DOCUMENTS:,} documents are asked for; ask in parts")
    return [found[key] for key in sorted(found, key=lambda key: str(found[key][0]))]


def _inside(folder: Path) -> list[Path]:
    """Return the documents of a folder and of all folders in it; what is hidden or of another kind is passed over."""
    found: list[Path] = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(root, name) for name in sorted(files) if not name.startswith(".") and Path(name).suffix.lower() in KINDS]
    return found


def _kind(path: Path, problems: list[Problem], *, named: bool) -> str | None:
    """Return the kind of a document, or tell why it is none. A link that was not named itself may lead anywhere: it is not followed."""
    place = str(path)
    try:
        if not named and path.is_symlink():
            problems.append(Problem(place, None, None, "is a symbolic link", "and not followed", "name the document itself"))
            return None
        mode = path.stat().st_mode
    except OSError as error:
        problems.append(Problem(place, None, None, f"cannot be opened: {error.strerror}", ""))
        return None
    if path.is_dir():
        return None
    kind = KINDS.get(path.suffix.lower())
    if not stat.S_ISREG(mode):
        problems.append(Problem(place, None, None, "is no regular file", ""))
    elif kind is None:
        problems.append(Problem(place, None, None, f"ends in '{path.suffix}'", "and is not read", f"documents end in {ENDINGS}"))
    else:
        return kind
    return None


def _document(path: Path, told: dict[str, Any], language: str | None, problems: list[Problem]) -> Document | None:
    def refuse(found: str, remedy: str = "") -> None:
        problems.append(Problem(str(path), None, None, found, "", remedy))

    if "refused" in told:
        refuse(*told["refused"])
        return None
    text = clean(told["text"])
    spoken = language or language_of(text)
    if not re.search(r"[^\W\d_]", text):
        refuse("holds no words")
    elif spoken is None:
        refuse(f"is in none of the languages that are counted ({', '.join(LANGUAGES)}), or too short to tell", "force one with --language")
    else:
        when, where = _date(told["date"]), told["date_from"]
        named = _date(path.stem)
        if named and (not when or where == "metadata"):  # a file's own date is often that of its copying
            when, where = named, "the name"
        return Document(str(path), text, spoken, when, where if when else "", told["encoding"])
    return None


def clean(text: str) -> str:
    """Return text in one form, in which words can be counted.

    Compatible letters are joined (NFKC), addresses of the web and of mail left out, words that a line's end broke made whole, and
    co-operation written without its hyphen.
    """
    text = MARKS.sub(r"\1", text)  # heaps of accents, which take long to put in order
    text = unicodedata.normalize("NFC", UNSEEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))
    # Chinese signs stay as wide as they are written.
    text = COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = ADDRESS.sub(" ", text)
    text = POST.sub(" ", text) if "@" in text else text
    if not LINE_END.search(text):
        return PREFIX.sub(r"\1", text)
    words = set(re.findall(r"[^\W\d_]+", text.lower()))

    def joined(found: re.Match[str]) -> str:
        """Join `coopera-` and `tion` where the document has the whole word elsewhere; else it is a hyphen of the word."""
        return found[1] + found[2] if (found[1] + found[2]).lower() in words else f"{found[1]}-{found[2]}"

    return PREFIX.sub(r"\1", HYPHENATED.sub(joined, text))


def _date(text: str) -> str:
    """Return the first date of a text as `2015-05-19`, `2015-05` or `2015`; empty where it has none that can be."""
    for found in DATED.finditer(text):
        year, month, day = (int(part) if part else 0 for part in found.groups())
        if not FIRST_YEAR <= year <= date.today().year + 1:  # noqa: DTZ011  (a day more or less does not matter)
            continue
        if not 1 <= month <= 12:
            return f"{year}"
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return f"{year}-{month:02d}"
    return ""
