"""What `capcoop report` writes: the page, a short document of it, and the pictures of its charts."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from capcoop.errors import UsageError, printable, suggestion
from capcoop.report.page.briefing import docx_of, markdown_of
from capcoop.report.page.comparison import comparison_page
from capcoop.report.page.facts import read_facts
from capcoop.report.page.html import Page, html_of
from capcoop.report.page.outlines import read_outlines
from capcoop.report.page.pictures import save_pictures
from capcoop.report.page.texts import Texts
from capcoop.report.page.write import page_of
from capcoop.runs import clear_parts

FORMATS = ("html", "docx", "md")


def write_documents(
    folders: Sequence[str | Path],
    form: str = "html",
    out: str | Path | None = None,
    texts: Texts | None = None,
    pictures: str | Path | None = None,
    outlines: str | Path | None = None,
) -> tuple[Path, list[Path]]:
    """Write runs as a document, and the charts as pictures where a folder for them is named; return both.

    form : html, docx or md. out : the file (default: report.FORM in the folder of the first run). outlines : a GeoJSON file of one's own.

    Raises
    ------
    UsageError : a folder is no run or is damaged, the form or the outlines are none, an extra is missing, or a file cannot be written.
    """
    if form not in FORMATS:
        raise UsageError(f"--format '{printable(form)}' is not known; {suggestion(form, FORMATS)}")
    for folder in folders:
        if not Path(folder).is_dir():
            raise UsageError(f"there is no run {printable(str(folder))}: name a folder that capcoop plan wrote")
    words = texts or Texts()
    target = Path(out) if out is not None else Path(folders[0]) / f"report.{form}"
    if target.is_dir():
        raise UsageError(f"{printable(str(target))} is a folder; name a file, such as {printable(str(target / f'report.{form}'))}")
    if not target.parent.is_dir():
        raise UsageError(f"{printable(str(target))} cannot be written: there is no folder {printable(str(target.parent))}")
    own = None if outlines is None else read_outlines(outlines)
    page = page_of(read_facts(folders[0], own), words) if len(folders) == 1 else comparison_page(folders, words)
    drawn = [] if pictures is None else save_pictures([figure for section in page.sections for figure in section.figures], pictures, words)
    _write(target, _held(page, form, words, pictures, target.parent))
    return target, drawn


def write_report(folders: Sequence[str | Path], out: str | Path | None = None, texts: Texts | None = None) -> Path:
    """Write the page of a run, or of several side by side, and return its file. Raises UsageError as `write_documents` does."""
    return write_documents(folders, "html", out, texts)[0]


def _held(page: Page, form: str, texts: Texts, pictures: str | Path | None, beside: Path) -> bytes:
    if form == "docx":
        return docx_of(page, texts)
    held = markdown_of(page, texts, pictures, beside) if form == "md" else html_of(page, texts)
    return held.encode("utf-8")


def _write(target: Path, held: bytes) -> None:
    """Write a file so that a reader never sees half of it."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    clear_parts(target.parent, glob.escape(target.name))
    try:
        part.write_bytes(held)
        part.replace(target)
    except OSError as error:
        raise UsageError(f"{printable(str(target))} cannot be written: {error.strerror}") from None
