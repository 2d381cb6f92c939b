"""A page in short, for briefings: as a Word document (.docx) or as Markdown, with pictures of its charts and the heads of its tables."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from os.path import relpath
from pathlib import Path
from typing import Any

import polars as pl

from capcoop.errors import printable
from capcoop.report.page.extra import library
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.html import Page
from capcoop.report.page.pictures import file_of, png_of
from capcoop.report.page.texts import UNKNOWN, Texts

ROWS = 12  # of a table that a briefing shows
MOST_COLUMNS = 7  # a sheet of paper has no room for more
PICTURE_WIDTH = 16.0  # cm, on A4 with margins of 2.5 cm
A4, MARGIN = (21.0, 29.7), 2.5  # cm
# Fonts that readers of the language have; Word takes another where they are missing.
FONTS = {"zh": ("Calibri", "Microsoft YaHei")}
SPACES = ("\u00a0", "\u202f")
KEPT = re.compile("([\u00a0\u202f])")
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def markdown_of(page: Page, texts: Texts, pictures: str | Path | None = None, beside: str | Path | None = None) -> str:
    """Return a page as Markdown (GitHub's, with tables).

    pictures : the folder that holds KEY.svg of each chart, linked from `beside`, the folder of the document; None: no pictures.
    """
    lines = [f"# {_plain(page.title)}", ""]
    lines += [_plain(page.about), ""] if page.about else []
    lines += [f"- **{_plain(tile.figure)}** {_plain(tile.words)}" for tile in page.tiles] + [""] * bool(page.tiles)
    for section in page.sections:
        lines += [f"## {_plain(section.title)}", ""]
        for paragraph in section.paragraphs:
            lines += [_plain(paragraph), ""]
        for figure in section.figures:
            lines += _figure_lines(figure, texts, pictures, beside)
    return "\n".join(lines).rstrip() + "\n"


def _plain(text: str) -> str:
    """Return text on one line with nothing that Markdown or HTML would obey."""
    return SPECIAL.sub(r"\\\1", _safe(text))


def _safe(text: str) -> str:
    """Return text without what a reader of it would obey or could not read; spaces that keep words together stay."""
    return "".join(part if part in SPACES else printable(part) for part in KEPT.split(text))


def _figure_lines(figure: Figure, texts: Texts, pictures: str | Path | None, beside: str | Path | None) -> list[str]:
    lines = [f"### {_plain(figure.title)}", ""]
    if figure.chart is not None and pictures is not None:
        place = relpath(Path(pictures) / f"{file_of(figure)}.svg", beside or ".").replace("\\", "/").replace(" ", "%20")
        lines += [f"![{_plain(figure.title)}](<{place}>)", ""]
    heads, rows, more = _rows(figure, texts)
    if rows:
        marks = ["---:" if number else "---" for _, number in heads]
        cells = [[head for head, _ in heads], marks, *rows]
        lines += ["| " + " | ".join(_plain(cell) if row is not marks else cell for cell in row) + " |" for row in cells] + [""]
    lines += [f"*{_plain(said)}*" for said in (more, figure.note) if said]
    return [*lines, ""]


def _rows(figure: Figure, texts: Texts) -> tuple[list[tuple[str, bool]], list[list[str]], str]:
    """Return the heads of a table and whether they are figures, its first rows as text, and what is said of the others."""
    frame = figure.table.select(_kept(figure.table))
    heads = [(_head(name, figure), kind.is_numeric()) for name, kind in frame.schema.items()]
    rows = [
        [texts.number(cell) if number else str(cell or "") for cell, (_, number) in zip(row, heads, strict=True)]
        for row in frame.head(ROWS).rows()
    ]
    hidden = figure.table.width - frame.width
    said = []
    if frame.height > ROWS:
        said.append(texts("briefing.rows", shown=ROWS, count=frame.height))
    if hidden:
        said.append(texts("briefing.columns", count=hidden))
    return heads, rows, " ".join(said)


def _head(name: str, figure: Figure) -> str:
    unit = figure.units.get(name, "")
    return f"{name} ({unit})" if unit else name


def _kept(frame: pl.DataFrame) -> list[str]:
    """Return the columns that fit a sheet: of those that say anything, the first ones."""
    telling = [name for name in frame.columns if frame[name].null_count() < frame.height and not _blank(frame[name])]
    return telling[:MOST_COLUMNS]


def _blank(cells: pl.Series) -> bool:
    return cells.dtype == pl.String and bool((cells.fill_null("") == "").all())


def docx_of(page: Page, texts: Texts) -> bytes:
    """Return a page as a Word document on A4. Raises UsageError where the extra `report` is not installed."""
    document = library("docx", "a Word document needs").Document()
    _set_up(document, page, texts)
    document.add_heading(_safe(page.title), 0)
    if page.about:
        document.add_paragraph(_safe(page.about), "Subtitle")
    for tile in page.tiles:
        line = document.add_paragraph(style="List Bullet")
        line.add_run(_safe(tile.figure)).bold = True
        line.add_run(f" {_safe(tile.words)}")
    for section in page.sections:
        _add_section(document, section, texts)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _set_up(document: Any, page: Page, texts: Texts) -> None:  # noqa: ANN401  (a Word document)
    """Set the sheet, the fonts, the title and the language of a document, and number its sheets."""
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    for part in document.sections:
        part.page_width, part.page_height = (Cm(length) for length in A4)
        part.left_margin = part.right_margin = part.top_margin = part.bottom_margin = Cm(MARGIN)
        _number_sheets(part.footer.paragraphs[0])
    latin, eastern = FONTS.get(texts.language, ("Calibri", "Microsoft YaHei"))
    for name in ("Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Caption"):
        style = document.styles[name]
        style.font.name = latin
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), eastern)
    document.styles["Normal"].font.size = Pt(10.5)
    document.core_properties.title = _safe(page.title)[:250]
    document.core_properties.language = texts.language
    document.core_properties.author = "capcoop"
    document.core_properties.comments = ""


def _number_sheets(paragraph: Any) -> None:  # noqa: ANN401
    """Put the number of the sheet into a footer, as a field that Word works out."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001  (python-docx has no fields)


def _add_section(document: Any, section: Section, texts: Texts) -> None:  # noqa: ANN401
    document.add_heading(_safe(section.title), 1)
    for paragraph in section.paragraphs:
        document.add_paragraph(_safe(paragraph))
    for figure in section.figures:
        document.add_heading(_safe(figure.title), 2)
        if figure.chart is not None:
            _add_picture(document, figure, texts)
        heads, rows, more = _rows(figure, texts)
        if rows:
            _add_table(document, heads, rows)
        said = [text for text in ([figure.note] if figure.chart is None else []) + [more] if text]
        if said:
            document.add_paragraph(_safe(" ".join(said)), "Caption")


def _add_picture(document: Any, figure: Figure, texts: Texts) -> None:  # noqa: ANN401
    """Add a chart with its caption, which stays on the same sheet, and its title as the text of those who cannot see it."""
    from docx.shared import Cm

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(io.BytesIO(png_of(figure, texts)), width=Cm(PICTURE_WIDTH))
    most = Cm(A4[1] - 2 * MARGIN - 4)
    if shape.height > most:
        shape.width, shape.height = int(shape.width * most / shape.height), most
    shape._inline.docPr.set("descr", _safe(figure.title))  # noqa: SLF001  (python-docx has no alternative texts)
    document.add_paragraph(_safe(figure.note or figure.title), "Caption")


def _add_table(document: Any, heads: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]]) -> None:  # noqa: ANN401
    """Add a table whose head is repeated on every sheet, figures to the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    held = [[head for head, _ in heads], *rows]
    table = document.add_table(len(held), len(heads), "Light List Accent 1")
    for line, cells in zip(table.rows, held, strict=True):
        for place, (cell, text) in enumerate(zip(line.cells, cells, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(_safe(text)).font.size = Pt(8.5)
            paragraph.paragraph_format.space_after = Pt(0)
            if heads[place][1]:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001
    document.add_paragraph()


__all__ = ["UNKNOWN", "docx_of", "markdown_of"]
