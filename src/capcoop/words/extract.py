"""The text of a document of anyone: plain text, Markdown, HTML, PDF, Word. What cannot be read is refused in a sentence.

Run as a script, this file is the process that `apart.py` asks to read documents, so that one that takes all memory or all
time takes nothing else with it. That is why it imports nothing of capcoop.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

KINDS = {".txt": "txt", ".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".docx": "docx"}
MEBIBYTE = 1 << 20
MOST_BYTES = {"txt": 64 * MEBIBYTE, "md": 8 * MEBIBYTE, "html": 32 * MEBIBYTE, "docx": 64 * MEBIBYTE, "pdf": 256 * MEBIBYTE}
MOST_CHARACTERS = 20_000_000
MOST_INFLATED = 128 * MEBIBYTE  # of the parts of a Word file that are read, together
MOST_WHOLE = 512 * MEBIBYTE  # with its pictures
MOST_MEMORY = 2048 * MEBIBYTE  # of the process that reads documents
# Encodings that are tried where a text is no UTF-8: Chinese, Cyrillic, Western European.
ENCODINGS = ["gb18030", "big5", "cp1251", "koi8_r", "cp1252"]
BLOCKS = """
    address article blockquote body br caption dd div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 header hr li main ol option p
    pre section table td th tr ul
""".split()  # noqa: SIM905  (a long list)
# What a page shows around its text: menus, forms, what is not shown at all.
AROUND = "script style template noscript nav footer aside form button select svg head iframe object".split()  # noqa: SIM905
DATE_NAMES = ("date", "dc.date", "dcterms.date", "dc.date.issued", "article:published_time", "pubdate", "publishdate", "datepublished")
OLE, ZIP, PDF = b"\xd0\xcf\x11\xe0", b"PK", b"%PDF-"
# Letters and signs of the five languages. Bytes of another encoding, taken two by two, are mostly others.
LIKELY = re.compile(r"[\t\r\n -~\u00a0-\u00ff\u0400-\u045f\u2013-\u201e\u3000-\u301f\u4e00-\u9fff\uff01-\uff5e]")
LEAST_LIKELY, LEAST_ZEROS = 0.95, 0.4
BINARY, OTHER = "holds no text but binary data", "name a file of one of the kinds that are read"
MOST_CONTROL = 0.01  # share of control characters from which a file is no text
NOTES = ("word/footnotes.xml", "word/endnotes.xml")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


class Refused(Exception):  # noqa: N818  (an answer, not a fault)
    """A document that is not read: what was found and, where there is one, the remedy."""


@dataclass(frozen=True)
class Extract:
    """What a document says: its text, a date that it or its file states, where that stood, and how the letters were read."""

    text: str
    date: str = ""
    date_from: str = ""
    encoding: str = ""


def extract(path: Path, kind: str) -> Extract:
    """Return the text of a document of one of KINDS. Raises Refused."""
    data = _bytes(path, kind)
    read = {"txt": _plain, "md": _markdown, "html": _html, "pdf": _pdf, "docx": _docx}[kind]
    try:
        found = read(data)
    except (Refused, MemoryError):
        raise
    except RecursionError:
        raise Refused("is nested too deeply", "save it anew") from None
    except Exception as error:  # noqa: BLE001  (a damaged file raises many kinds of error)
        if type(error).__name__ == "LimitReachedError":  # of pypdf
            raise Refused("unpacks to more than is read", "split it") from None
        raise Refused(f"is damaged and cannot be read as {kind}", "save it anew in the program that made it") from None
    if len(found.text) > MOST_CHARACTERS:
        _too_long()
    return found


def _too_long() -> None:
    raise Refused(f"holds more than {MOST_CHARACTERS:,} characters of text", "split it")


def _bytes(path: Path, kind: str) -> bytes:
    size, most = path.stat().st_size, MOST_BYTES[kind]
    if size > most:
        raise Refused(f"is {size / MEBIBYTE:,.0f} MiB large; {kind} is read up to {most // MEBIBYTE} MiB", "split it")
    if not size:
        raise Refused("is empty")
    return path.read_bytes()


def decoded(data: bytes) -> tuple[str, str]:
    """Return text and the name of its encoding, empty for UTF-8; bytes without any raise Refused."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, errors="replace"), "" if name == "utf-8-sig" else "UTF-16"
    with contextlib.suppress(UnicodeDecodeError):
        text = data.decode("utf-8")
        if "\0" not in text[:4096]:
            _no_binary(text)
            return text, ""
        if data[:4096].count(0) < LEAST_ZEROS * len(data[:4096]):  # else plain letters in two bytes each
            raise Refused(BINARY, OTHER)
    for name in ("utf-16-le", "utf-16-be"):
        with contextlib.suppress(UnicodeDecodeError):
            sample = data[:4096].decode(name)
            if len(LIKELY.findall(sample)) >= LEAST_LIKELY * len(sample):
                text = data[: len(data) // 2 * 2].decode(name)
                _no_binary(text)
                return text, "UTF-16"
    if b"\0" in data[:4096]:
        raise Refused(BINARY, OTHER)
    from charset_normalizer import from_bytes

    best = from_bytes(data[: MEBIBYTE // 4], cp_isolation=ENCODINGS, enable_fallback=False).best()
    if best is None:
        raise Refused("is in no encoding that is known, or no text at all", "save it as UTF-8")
    text = data.decode(best.encoding, errors="replace")
    _no_binary(text)
    return text, best.encoding.upper().replace("_", "-")


def _no_binary(text: str) -> None:
    sample = text[:100_000]
    control = sum(sample.count(chr(code)) for code in range(32) if chr(code) not in "\t\n\r\f\v")
    if control > MOST_CONTROL * len(sample):
        raise Refused(BINARY, OTHER)


def _plain(data: bytes) -> Extract:
    for mark, name in ((PDF, "a PDF file"), (ZIP + b"\x03\x04", "a zip archive"), (OLE, "an Office file")):
        if data.startswith(mark):
            raise Refused(f"is named as a text but is {name}", "give it its own ending")
    text, encoding = decoded(data)
    return Extract(text, encoding=encoding)


def _markdown(data: bytes) -> Extract:
    """Return the text without its marks; `date` stands in the front matter, between two lines of `---`."""
    from markdown_it import MarkdownIt

    text, encoding = decoded(data)
    date = ""
    front = re.match(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", text, re.DOTALL)
    if front:
        text = text[front.end() :]
        stated = re.search(r"^date:\s*['\"]?([^'\"\n\r]+)", front[1], re.MULTILINE | re.IGNORECASE)
        date = stated[1].strip() if stated else ""
    parts: list[str] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "inline":
            parts += [_inline(child) for child in token.children or ()] + ["\n\n"]
    return Extract("".join(parts), date, "front matter" if date else "", encoding)


def _inline(token: Any) -> str:  # noqa: ANN401  (a token of markdown-it)
    if token.type in {"text", "code_inline"}:
        return str(token.content)
    return "\n" if token.type in {"softbreak", "hardbreak"} else str(token.content) if token.type == "image" else ""


def _html(data: bytes) -> Extract:
    """Return what a page shows, without menus, forms and footers; blocks stand apart."""
    import warnings

    from bs4 import BeautifulSoup
    from bs4.dammit import EncodingDetector

    stated = EncodingDetector.find_declared_encoding(data, is_html=True)
    text, encoding = _by_its_word(data, stated)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pages that look like XML
        page = BeautifulSoup(text, "lxml")
    date = ""
    for mark in page.find_all("meta"):
        name = str(mark.get("name") or mark.get("property") or mark.get("itemprop") or "").lower()
        date = date or (str(mark.get("content") or "") if name in DATE_NAMES else "")
    for mark in page.find_all("time", limit=1):
        date = date or str(mark.get("datetime") or "")
    for tag in page.find_all(AROUND):
        tag.decompose()
    for tag in page.find_all(BLOCKS):
        tag.insert_before("\n\n")
        tag.insert_after("\n\n")
    return Extract(page.get_text(), date, "the page" if date else "", encoding)


def _by_its_word(data: bytes, stated: str | None) -> tuple[str, str]:
    if stated and stated.lower() not in {"utf-8", "utf8"} and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        with contextlib.suppress(LookupError, UnicodeDecodeError):
            return data.decode("gb18030" if stated.lower() in {"gb2312", "gbk"} else stated), ""
    return decoded(data)


def _pdf(data: bytes) -> Extract:
    import logging

    from pypdf import PasswordType, PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    if PDF not in data[:1024]:
        raise Refused("is named as a PDF but is none", "give it its own ending")
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise Refused("is encrypted and asks for a password", "save a copy without one")
    parts, length = [], 0
    for page in reader.pages:
        parts.append(page.extract_text())
        length += len(parts[-1])
        if length > MOST_CHARACTERS:
            _too_long()
    text = "\n\n".join(parts)
    if not text.strip():
        raise Refused("holds no text, as scanned pages do", "have its text recognised (OCR) first")
    date = ""
    with contextlib.suppress(Exception):  # a date of metadata may be anything
        made = reader.metadata.creation_date if reader.metadata else None
        date = made.strftime("%Y-%m-%d") if made else ""
    # Chinese lines are broken anywhere: what stands on two lines is one run.
    return Extract(re.sub(r"(?<=[\u4e00-\u9fff])[ \t]*\r?\n(?=[\u4e00-\u9fff])", "", text), date, "metadata" if date else "")


def _docx(data: bytes) -> Extract:
    """Return the text of body, tables, text boxes and notes; what was struck out in a tracked change is not read."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from docx.oxml import parse_xml

    if data.startswith(OLE):
        raise Refused("is encrypted, or an old .doc under another name", "save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _no_bomb(archive)
            document = docx.Document(io.BytesIO(data))
            trees = [document.element.body]
            trees += [parse_xml(archive.read(name)) for name in NOTES if name in archive.namelist()]
    except (zipfile.BadZipFile, KeyError, PackageNotFoundError, ValueError):
        raise Refused("is named as a Word file but is none, or is damaged", "save it anew in Word") from None
    parts: list[str] = []
    for tree in trees:
        _walk(tree, parts)
    made = document.core_properties.created
    own = document.core_properties.author == "python-docx"  # its template's date says nothing
    date = "" if made is None or own else made.strftime("%Y-%m-%d")
    return Extract("".join(parts), date, "metadata" if date else "")


def _no_bomb(archive: zipfile.ZipFile) -> None:
    whole = sum(member.file_size for member in archive.infolist())
    read = sum(member.file_size for member in archive.infolist() if member.filename.endswith((".xml", ".rels")))
    for total, most in ((read, MOST_INFLATED), (whole, MOST_WHOLE)):
        if total > most:
            raise Refused(f"unpacks to {total / MEBIBYTE:,.0f} MiB, more than the {most // MEBIBYTE} MiB that are read", "split it")
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as part:
                if b"<!DOCTYPE" in part.read(4096):
                    raise Refused("holds a declaration of entities, which Word never writes", "save it anew in Word")


def _walk(tree: Any, parts: list[str]) -> None:  # noqa: ANN401  (an element of lxml)
    """Add the text of a tree of Word; a paragraph, a cell and a break stand apart; of two readings of a text box one is taken."""
    import lxml.etree

    apart = {f"{WORD}p": "\n\n", f"{WORD}tab": " ", f"{WORD}br": "\n", f"{WORD}cr": "\n", f"{WORD}noBreakHyphen": "-"}
    skipped = 0
    for event, node in lxml.etree.iterwalk(tree, events=("start", "end")):
        if node.tag == FALLBACK:
            skipped += 1 if event == "start" else -1
        elif event == "start" and not skipped:
            parts.append((node.text or "") if node.tag == f"{WORD}t" else apart.get(node.tag, ""))
        elif event == "end" and not skipped and node.tag == f"{WORD}p":
            parts.append(apart[node.tag])


def _limit() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(path: str, kind: str) -> dict[str, Any]:
    """Return what a document says, or why it is not read, as plain values."""
    try:
        return asdict(extract(Path(path), kind))
    except Refused as refused:
        return {"refused": list(refused.args)}
    except MemoryError:
        return {"refused": [f"takes more than {MOST_MEMORY // MEBIBYTE:,} MiB of memory to read", "split it"]}
    except OSError as error:
        return {"refused": [f"cannot be opened: {error.strerror or error}"]}


def _serve() -> None:
    """Answer each request (a line of JSON) with the length of the answer in eight bytes and the answer; end with who asks."""
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    _limit()
    with contextlib.suppress(KeyboardInterrupt):
        for line in sys.stdin.buffer:
            told = json.dumps(answer(*json.loads(line))).encode()
            out.write(len(told).to_bytes(8, "big") + told)
            out.flush()


if __name__ == "__main__":
    _serve()
