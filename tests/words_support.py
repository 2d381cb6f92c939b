"""Documents for the tests of `capcoop words`: small PDF and Word files, good and hostile, made without other programs."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "words"
STATEMENTS, COUNTED = FOLDER / "statements", FOLDER / "counted"
MEBIBYTE = 1 << 20
WORD = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>'
XML = b'<?xml version="1.0"?>'


def pdf_of(lines: Sequence[str], *, pages: int = 1, stream: bytes | None = None, padding: int = 0) -> bytes:
    """Return a PDF with the same lines on every page, or with a content stream of one's own; `padding` bytes of noise beside it."""
    shown = "BT /F1 11 Tf 50 780 Td 14 TL\n" + "".join(f"({line}) Tj T*\n" for line in lines) + "ET"
    content = zlib.compress(shown.encode("latin-1") if stream is None else stream, 9)
    kids = " ".join(f"{5 + page} 0 R" for page in range(pages))
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        f"<</Length {len(content)}/Filter/FlateDecode>>stream\n".encode() + content + b"\nendstream",
        *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 3 0 R>>>>>>"] * pages,
    ]
    if padding:
        parts.append(f"<</Length {padding}>>stream\n".encode() + os.urandom(MEBIBYTE) * (padding // MEBIBYTE) + b"\nendstream")
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, part in enumerate(parts, start=1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + part + b"\nendobj\n")
    table = out.tell()
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    out.write(f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{rows}".encode())
    out.write(f"trailer<</Size {len(parts) + 1}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF".encode())
    return out.getvalue()


def encrypted_pdf(password: str) -> bytes:
    """Return a PDF that asks for a password; where that is empty, one that anybody may read and nobody change."""
    from pypdf import PdfWriter

    writer, out = PdfWriter(clone_from=io.BytesIO(pdf_of(["Capacity cooperation with Peru is good for both"]))), io.BytesIO()
    writer.encrypt(password, "owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def docx_of(paragraphs: Sequence[str], cells: Sequence[str] = ()) -> bytes:
    """Return a Word file with paragraphs and, where there are cells, a table of one row."""
    import docx

    document, out = docx.Document(), io.BytesIO()
    for text in paragraphs:
        document.add_paragraph(text)
    if cells:
        table = document.add_table(1, len(cells))
        for cell, text in zip(table.rows[0].cells, cells, strict=True):
            cell.text = text
    document.save(out)
    return out.getvalue()


def docx_with(body: bytes | None, *, picture: int = 0) -> bytes:
    """Return a Word file whose main part is `body`, whatever that is, or with a picture of so many bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx_of(["x"]))) as whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in whole.namelist():
            changed.writestr(name, body if body is not None and name == "word/document.xml" else whole.read(name))
        if picture:
            with changed.open("word/media/image1.png", "w", force_zip64=True) as file:
                for _ in range(picture // MEBIBYTE):
                    file.write(bytes(MEBIBYTE))
    return out.getvalue()


def bomb() -> bytes:
    """Return a Word file that unpacks to 141 MiB."""
    return docx_with(XML + WORD % (b"<w:p><w:r><w:t>" + b"a " * (70 * MEBIBYTE) + b"</w:t></w:r></w:p>"))


def entities(*, outside: bool = False) -> bytes:
    """Return a Word file whose entities would grow to ten thousand million letters, or one that asks for a file from outside."""
    grown = b"".join(b'<!ENTITY %c "%s">' % (98 + step, (b"&%c;" % (97 + step)) * 10) for step in range(9))
    named = b'<!ENTITY j SYSTEM "file:///etc/hostname">' if outside else b'<!ENTITY a "aaaaaaaaaa">' + grown
    return docx_with(XML + b"<!DOCTYPE w [" + named + b"]>" + WORD % b"<w:p><w:r><w:t>&j; Peru</w:t></w:r></w:p>")
