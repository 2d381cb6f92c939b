"""Pictures, Word documents and Markdown of a run, opened and read again."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pytest
from typer.testing import CliRunner

import capcoop
from capcoop.cli import app
from capcoop.errors import UsageError
from capcoop.report.page.figure import Figure, Section
from capcoop.report.page.texts import Texts

docx = pytest.importorskip("docx", reason="the extra report is not installed")
pytest.importorskip("vl_convert", reason="the extra report is not installed")

from capcoop.report.page.briefing import docx_of, markdown_of  # noqa: E402  (after the skips)
from capcoop.report.page.documents import write_documents  # noqa: E402
from capcoop.report.page.facts import read_facts  # noqa: E402
from capcoop.report.page.html import Page, html_of  # noqa: E402
from capcoop.report.page.pictures import file_of, save_pictures  # noqa: E402
from capcoop.report.page.write import page_of  # noqa: E402

EVIL = "<script>alert(1)</script> | `x` [y](z) \x07"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    capcoop.run(capcoop.find_case("belo-monte"), folder)
    return folder


@pytest.fixture(scope="module")
def page(run: Path) -> Page:
    return page_of(read_facts(run), Texts())


@pytest.fixture(scope="module")
def evil() -> Page:
    table = pl.DataFrame({EVIL: [EVIL], "amount": [1234.5]})
    figure = Figure("../../etc/x", EVIL, None, table, {"amount": "kt"}, EVIL)
    return Page(EVIL, EVIL, EVIL, (), (Section("s", EVIL, (EVIL,), (figure,)),))


@pytest.fixture(scope="module")
def written(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the command wrote Markdown and pictures."""
    folder = tmp_path_factory.mktemp("written")
    words = ["report", str(run), "--format", "md", "--out", str(folder / "b.md"), "--pictures", str(folder / "new" / "pictures")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "pictures in" in done.output
    return folder


def test_every_chart_is_a_picture_with_a_name(page: Page, written: Path) -> None:
    drawn = [figure for section in page.sections for figure in section.figures if figure.chart is not None]
    assert len(drawn) > 3
    pictures = list((written / "new" / "pictures").iterdir())
    assert {path.name for path in pictures} == {f"{file_of(figure)}.{kind}" for figure in drawn for kind in ("svg", "png")}
    for path in pictures:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
            assert path.stat().st_size > 3000
        else:
            root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  (our own file)
            assert root.tag.endswith("svg")
            assert "currentColor" not in path.read_text(encoding="utf-8")


def test_pictures_write_numbers_as_their_language(page: Page, tmp_path: Path) -> None:
    figure = next(figure for section in page.sections for figure in section.figures if figure.key == "costs")
    save_pictures([figure], tmp_path, Texts("es"))
    drawn = (tmp_path / "costs.svg").read_text(encoding="utf-8")
    assert not re.search(r">\d{1,3},\d{3}<", drawn)


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    import altair as alt

    figure = Figure("../../etc/passwd", "t", alt.Chart(alt.InlineData(values=[{"a": 1}])).mark_point().encode(x="a:Q"), pl.DataFrame())
    written = save_pictures([figure], tmp_path / "in", Texts())
    assert {path.parent for path in written} == {tmp_path / "in"}


def test_a_word_document_says_what_the_page_says(page: Page) -> None:
    page = replace(page, sections=page.sections[:4])
    document = docx.Document(io.BytesIO(docx_of(page, Texts())))
    said = [paragraph.text for paragraph in document.paragraphs]
    headings = [paragraph.text for paragraph in document.paragraphs if paragraph.style.name.startswith(("Title", "Heading"))]
    assert headings[0] == page.title
    for section in page.sections:
        assert section.title in headings
        assert set(section.paragraphs) <= set(said)
    drawn = [figure for section in page.sections for figure in section.figures if figure.chart is not None]
    assert len(document.inline_shapes) == len(drawn)
    assert {shape._inline.docPr.get("descr") for shape in document.inline_shapes} == {figure.title for figure in drawn}
    assert all(shape.width.cm <= 16.01 and shape.height.cm <= 21 for shape in document.inline_shapes)
    assert document.tables
    assert all(len(table.columns) <= 7 and len(table.rows) <= 13 for table in document.tables)
    assert (round(document.sections[0].page_width.cm), round(document.sections[0].page_height.cm)) == (21, 30)


def test_markdown_says_what_the_page_says(page: Page, tmp_path: Path) -> None:
    text = markdown_of(page, Texts(), tmp_path / "pictures", tmp_path)
    assert text.startswith(f"# {page.title}\n")
    assert text.count("\n## ") == len(page.sections)
    assert "](<pictures/costs.svg>)" in text
    assert "![" not in markdown_of(page, Texts())
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_what_a_case_says_is_text(evil: Page) -> None:
    text = markdown_of(evil, Texts())
    assert not re.search(r"(?<!\\)<", text)
    assert not re.search(r"(?<!\\)\[y", text)
    document = docx.Document(io.BytesIO(docx_of(evil, Texts())))
    assert document.paragraphs[0].text == EVIL.replace("\x07", "\\x07")
    assert document.tables[0].rows[1].cells[0].text == EVIL.replace("\x07", "\\x07")


def test_long_and_wide_tables_say_what_they_leave_out(evil: Page) -> None:
    frame = pl.DataFrame({f"c{number}": list(range(40)) for number in range(9)})
    (section,) = evil.sections
    page = replace(evil, sections=(replace(section, figures=(Figure("k", "t", None, frame),)),))
    text = markdown_of(page, Texts())
    assert "The first 12 of 40 rows" in text
    assert "2 more columns" in text


def test_a_form_that_is_none_and_files_that_cannot_be_are_told(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--format 'pdf' is not known; .*docx"):
        write_documents([run], "pdf")
    with pytest.raises(UsageError, match="is a folder"):
        write_documents([run], "md", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_documents([run], "md", tmp_path / "here.md", None, tmp_path / "file")
    with pytest.raises(UsageError, match="cannot be written"):
        write_documents([run], "md", tmp_path / "nowhere" / "here.md")


def test_pictures_that_are_linked_are_there(written: Path) -> None:
    linked = re.findall(r"\]\(<(.*?)>\)", (written / "b.md").read_text(encoding="utf-8"))
    assert linked
    assert all((written / link).is_file() for link in linked)


def test_an_unknown_language_ends_in_a_sentence(run: Path) -> None:
    failed = CliRunner().invoke(app, ["report", str(run), "--language", "fr"])
    assert failed.exit_code == 2
    assert "'fr'" in failed.output


def test_charts_of_a_page_write_numbers_as_its_language(page: Page) -> None:
    short = replace(page, sections=tuple(section for section in page.sections if section.key in ("answer", "costs")))
    assert '"locale":{"decimal":","' in html_of(short, Texts("es"))
    assert '"locale":{"decimal":"."' in html_of(short, Texts("en"))
