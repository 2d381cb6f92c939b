"""Documents of anyone: each that cannot be read ends in one sentence, the rest is counted, within bounded memory and time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capcoop import UsageError
from capcoop.cli import app
from capcoop.words import apart, extract, read_documents
from capcoop.words.apart import read_apart
from capcoop.words.extract import Refused, decoded
from capcoop.words.languages import language_of
from capcoop.words.read import Document, Documents, clean
from capcoop.words.terms import count_terms
from words_support import MEBIBYTE, WORD, XML, bomb, docx_of, docx_with, encrypted_pdf, entities, pdf_of

GOOD = "Capacity cooperation with Peru is the plan of the year"
FRENCH = "Les deux parties ont décidé de renforcer la coopération dans le domaine des capacités de production"
CHINESE = "中国和巴西同意推进国际产能合作，扩大装备制造合作。双方将加强铁路建设。"


def reading(folder: Path, **files: bytes) -> Documents:
    """Read a folder with a good document and others, whose names are those of the arguments with the last `_` as a point."""
    (folder / "good.txt").write_text(GOOD, encoding="utf-8")
    for name, data in files.items():
        (folder / ".".join(name.rsplit("_", 1))).write_bytes(data)
    return read_documents([folder])


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("empty_txt", lambda: b"", "is empty"),
        ("empty_pdf", lambda: b"", "is empty"),
        ("blank_txt", lambda: b" \n\t ", "holds no words"),
        ("figures_txt", lambda: b"1 2 3 4,5", "holds no words"),
        ("binary_txt", lambda: bytes(range(256)) * 40, "holds no text but binary data"),
        ("noise_txt", lambda: os.urandom(50_000), "holds no text but binary data"),
        ("image_txt", lambda: b"\x89PNG\r\n\x1a\n" + os.urandom(2000), "no text"),
        ("pdf_txt", lambda: pdf_of([GOOD]), "is named as a text but is a PDF file"),
        ("zip_md", lambda: docx_of([GOOD]), "holds no text but binary data"),
        ("encrypted_pdf", lambda: encrypted_pdf("secret"), "is encrypted and asks for a password; save a copy without one"),
        ("broken_pdf", lambda: pdf_of([GOOD])[:300], "is damaged"),
        ("noise_pdf", lambda: b"%PDF-1.4\n" + os.urandom(100_000), "is damaged"),
        ("text_pdf", lambda: b"this is none", "is named as a PDF but is none"),
        ("scan_pdf", lambda: pdf_of([], stream=b"0 0 100 100 re f"), "holds no text, as scanned pages do"),
        ("bomb_pdf", lambda: pdf_of([], stream=b"BT (a) Tj ET\n" * 8_000_000), "unpacks to more than is read"),
        ("bomb_docx", bomb, "unpacks to 141 MiB, more than the 128 MiB that are read"),
        ("picture_docx", lambda: docx_with(None, picture=600 * MEBIBYTE), "more than the 512 MiB that are read"),
        ("entities_docx", entities, "holds a declaration of entities, which Word never writes"),
        ("outside_docx", lambda: entities(outside=True), "holds a declaration of entities"),
        ("deep_docx", lambda: docx_with(XML + WORD % (b"<w:p>" * 50_000 + b"</w:p>" * 50_000)), "is damaged"),
        ("torn_docx", lambda: docx_with(XML + WORD % b"<w:p><w:r><w:t>half</w:q>"), "is damaged"),
        ("broken_docx", lambda: docx_of([GOOD])[:5000], "is named as a Word file but is none, or is damaged"),
        ("text_docx", lambda: b"no zip at all", "is named as a Word file but is none"),
        ("old_docx", lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "is encrypted, or an old .doc under another name"),
        ("french_txt", FRENCH.encode, "in none of the languages"),
    ],
)
def test_each_is_one_sentence_and_the_rest_goes_on(name: str, make: Callable[[], bytes], message: str, tmp_path: Path) -> None:
    started = time.monotonic()
    found = reading(tmp_path, **{name: make()})
    assert [Path(one.name).name for one in found.read] == ["good.txt"]
    (problem,) = found.left_out
    told = str(problem)
    assert message in told
    assert "\n" not in told
    assert "Traceback" not in told
    assert len(told.removeprefix(str(tmp_path))) < 240
    assert time.monotonic() - started < 50


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5hkscs"])
def test_encodings_of_chinese(encoding: str, tmp_path: Path) -> None:
    text = CHINESE if "big5" not in encoding else "中國和巴西同意推進國際產能合作，擴大裝備製造合作。雙方將加強鐵路建設。"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    (one,) = read_documents([tmp_path]).read
    assert one.text == clean(text)
    assert bool(one.encoding) is (not encoding.startswith("utf-8"))


@pytest.mark.parametrize(
    ("encoding", "text", "language"),
    [
        ("cp1251", "Стороны договорились развивать сотрудничество в области производственных мощностей.", "ru"),
        ("koi8-r", "Стороны договорились развивать сотрудничество в области производственных мощностей.", "ru"),
        ("cp1252", "Las Partes acuerdan la cooperación en capacidad productiva, inversión y energía.", "es"),
        ("latin-1", "As Partes acordaram ampliar a cooperação em capacidade produtiva e os investimentos.", "pt"),
    ],
)
def test_old_encodings_are_found_out_and_told(encoding: str, text: str, language: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    (one,) = read_documents([tmp_path]).read
    assert (one.text, one.language) == (text, language)
    assert one.encoding
    assert (
        f"read as {one.encoding}, which was found out" in CliRunner().invoke(app, ["words", str(tmp_path)], env={"COLUMNS": "300"}).output
    )


def test_a_page_says_its_own_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(f'<html><meta charset="gb2312"><p>{CHINESE}</p></html>'.encode("gb18030"))
    assert read_documents([tmp_path]).read[0].text.strip() == clean(CHINESE)


def test_an_encrypted_pdf_that_anybody_may_read_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(encrypted_pdf(""))
    assert "Capacity cooperation" in read_documents([tmp_path]).read[0].text


def test_a_pdf_of_100_mebibytes_is_read_and_one_beyond_the_limit_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large.pdf").write_bytes(pdf_of([GOOD], padding=100 * MEBIBYTE))
    started = time.monotonic()
    assert GOOD in read_documents([tmp_path]).read[0].text
    assert time.monotonic() - started < 50
    monkeypatch.setitem(extract.MOST_BYTES, "pdf", 64 * MEBIBYTE)
    with pytest.raises(Refused, match="is 100 MiB large; pdf is read up to 64 MiB"):
        extract.extract(tmp_path / "large.pdf", "pdf")


def test_a_text_beyond_the_limit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "MOST_CHARACTERS", 1000)
    assert "holds more than 1,000 characters" in str(reading(tmp_path, long_txt=b"steel and " * 200).left_out[0])
    (tmp_path / "long.pdf").write_bytes(pdf_of(["steel and " * 9], pages=1000))
    with pytest.raises(Refused, match="holds more than 1,000 characters"):
        extract.extract(tmp_path / "long.pdf", "pdf")


def test_what_takes_too_long_or_too_much_memory_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LONGEST", 3.0)
    (tmp_path / "a.html").write_text("<div>" * 300_000 + "Peru" + "</div>" * 300_000, encoding="utf-8")
    (tmp_path / "b.html").write_text(f"<p>{GOOD}</p>", encoding="utf-8")
    started = time.monotonic()
    slow, good = read_apart([(tmp_path / "a.html", "html"), (tmp_path / "b.html", "html")])
    assert time.monotonic() - started < 40
    assert "seconds or too much memory" in slow["refused"][0]
    assert GOOD in good["text"]


def test_a_process_that_dies_takes_no_other_document_with_it(tmp_path: Path) -> None:
    reader = apart._start()
    assert reader
    path = tmp_path / "a.html"
    path.write_text(f"<p>{GOOD}</p>", encoding="utf-8")
    assert reader.read(path, "html")
    reader.process.kill()
    assert reader.read(path, "html") is None
    reader.end()


def test_links_pipes_and_other_kinds(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    (tmp_path / "link.txt").symlink_to("/etc/hostname")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "table.csv").write_text("a,b", encoding="utf-8")
    (tmp_path / "circle").symlink_to(tmp_path)
    found = read_documents([tmp_path])
    assert [Path(one.name).name for one in found.read] == ["good.txt"]
    told = "\n".join(map(str, found.left_out))
    assert told.count("is a symbolic link and not followed; name the document itself") == 2
    assert "pipe.txt: is no regular file" in told
    named = read_documents([tmp_path / "good.txt", tmp_path / "table.csv", tmp_path / "loop.txt"])
    told = "\n".join(map(str, named.left_out))
    assert "ends in '.csv' and is not read; documents end in .docx" in told
    assert "loop.txt: cannot be opened" in told


def test_a_link_that_is_named_is_followed_and_a_document_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    (tmp_path / "link.txt").symlink_to("good.txt")
    assert len(read_documents([tmp_path / "link.txt", tmp_path / "good.txt", tmp_path, str(tmp_path / "*.txt")]).read) == 1


def test_folders_in_folders_and_patterns(tmp_path: Path) -> None:
    for name in ("a/one.txt", "a/b/two.md", "a/.hidden/three.txt", "a/four.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    assert [Path(one.name).name for one in read_documents([tmp_path]).read] == ["two.md", "one.txt"]
    assert [Path(one.name).name for one in read_documents([str(tmp_path / "*" / "*.txt")]).read] == ["one.txt"]
    (tmp_path / "nothing").mkdir()
    with pytest.raises(UsageError, match="holds no document"):
        read_documents([tmp_path / "nothing"])


def test_where_nothing_can_be_read_every_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.pdf").write_bytes(b"no")
    done = CliRunner().invoke(app, ["words", str(tmp_path)])
    assert done.exit_code == 2
    for words in ("no document could be read", "a.txt: is empty", "b.pdf: is named as a PDF but is none"):
        assert words in done.output


def test_a_name_that_a_terminal_would_obey_is_written_out(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J.txt").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b\x1b[2J.txt").write_bytes(b"")
    done = CliRunner().invoke(app, ["words", str(tmp_path), "--context", "plan"])
    assert done.exit_code == 0
    assert "\x1b" not in done.output


def test_word_files_with_boxes_notes_and_changes(tmp_path: Path) -> None:
    """A text box stands twice in a file (for old and new readers) and counts once; what was struck out does not count."""
    compatible = b'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = b"<w:p><w:r><w:t>boxed steel</w:t></w:r></w:p>"
    body = b"<w:p><w:r><mc:AlternateContent " + compatible + b"><mc:Choice>" + box + b"</mc:Choice><mc:Fallback>" + box
    body += b"</mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>co</w:t></w:r><w:r><w:t>operation</w:t></w:r>"
    body += b"<w:r><w:delText>struck</w:delText></w:r></w:p>"
    (tmp_path / "a.docx").write_bytes(docx_with(XML + WORD % body))
    (told,) = read_apart([(tmp_path / "a.docx", "docx")])
    assert told["text"].split() == ["boxed", "steel", "cooperation"]


def test_dates(tmp_path: Path) -> None:
    page = f'<meta property="article:published_time" content="2016-03-04T10:00:00"><p>{GOOD}</p>'
    found = reading(
        tmp_path,
        **{
            "2015-05-19 talk_txt": GOOD.encode(),
            "note 20160102_txt": GOOD.encode(),
            "2014年7月_txt": CHINESE.encode(),
            "content 281475115097550_txt": GOOD.encode(),
            "2099_txt": GOOD.encode(),
            "2015-13-45_txt": GOOD.encode(),
            "2001_html": page.encode(),
            "2002_md": f"---\ntitle: x\ndate: 2012-11-08\n---\n{GOOD}".encode(),
        },
    )
    dates = {Path(one.name).name: (one.date, one.date_from) for one in found.read}
    assert dates == {
        "good.txt": ("", ""),
        "2015-05-19 talk.txt": ("2015-05-19", "the name"),
        "note 20160102.txt": ("2016-01-02", "the name"),
        "2014年7月.txt": ("2014-07", "the name"),
        "content 281475115097550.txt": ("", ""),
        "2099.txt": ("", ""),
        "2015-13-45.txt": ("2015", "the name"),
        "2001.html": ("2016-03-04", "the page"),
        "2002.md": ("2012-11-08", "front matter"),
    }


def test_text_is_made_whole() -> None:
    assert clean("coopera-\ntion. Cooperation and production-\ncapacity") == "cooperation. Cooperation and production-capacity"
    assert clean("ﬁnance of ⾦融 co\u00adoperation") == "finance of 金融 cooperation"
    assert clean("合作，\u3000共赢！Ｇ２０ e\u0301") == "合作，\u3000共赢！G20 é"
    assert clean("see https://x.org/a,b and me@x.org now").split() == ["see", "and", "now"]


def test_markdown_pages_and_their_surroundings(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# Head\n\n- **co**operation [port](http://steel.org)\n\n| a | b |\n|---|---|\n| rail | road |\n", encoding="utf-8"
    )
    (tmp_path / "b.html").write_text(
        "<nav>menu</nav><p>co<b>opera</b>tion<br>port</p><script>steel</script><footer>end</footer>", encoding="utf-8"
    )
    told = read_apart([(tmp_path / "a.md", "md"), (tmp_path / "b.html", "html")])
    assert [one["text"].split() for one in told] == [["Head", "cooperation", "port", "a", "b", "rail", "road"], ["cooperation", "port"]]


def test_utf_8_with_a_zero_is_no_text() -> None:
    with pytest.raises(Refused, match="binary"):
        decoded(b"abc\0def" * 10)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000_000 + "-\nb @ " + "c" * 2_000_000,
        "e" + "\u0323\u0301" * 2_000_000 + " the steel of the plan",
        "the of " * 200 + "go " * 400_000,
        "产能合作" * 200_000,
        "- " * 2_000_000 + "\n the plan",
        "the (" * 500_000 + "www." * 500_000 + "http://" * 300_000,
        "\ufdfa" * 100_000 + " the plan of the",
    ],
    ids=["letters", "accents", "one word", "Chinese without a point", "dashes", "addresses", "expanding"],
)
def test_no_text_takes_time_by_the_square_of_its_length(text: str) -> None:
    started = time.process_time()
    made = clean(text)
    counts = count_terms([Document("a", made, language_of(made) or "en")])
    assert counts.words.sum() > 0
    assert time.process_time() - started < 20
