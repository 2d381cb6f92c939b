"""The command that writes what people look at: report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capcoop.cli.base import EXIT_CODES, OK, Json, app, guard, print_json


@app.command(epilog=EXIT_CODES)
def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN", help="Folder of a run; two to six are shown side by side.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="The file to write; default: report.html in the (first) run.")
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORM", help="html (the page), docx or md (short, for briefings); then OUT is report.docx or .md."
        ),
    ] = "html",
    pictures: Annotated[Path | None, typer.Option("--pictures", metavar="DIR", help="Folder for every chart as SVG and PNG.")] = None,
    language: Annotated[str, typer.Option("--language", metavar="CODE", help="en, es, ru or zh.")] = "en",
    outlines: Annotated[
        Path | None, typer.Option("--outlines", metavar="FILE", help="GeoJSON of your own borders, in place of Natural Earth's.")
    ] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Write a run as a page for people who decide. One file that opens anywhere, offline, and prints."""

    def work() -> int:
        from capcoop.errors import printable
        from capcoop.report.page.documents import write_documents
        from capcoop.report.page.texts import Texts

        written, drawn = write_documents(folders, form, out, Texts(language), pictures, outlines)
        size = written.stat().st_size
        if as_json:
            print_json({"report": str(written), "bytes": size, "pictures": [str(picture) for picture in drawn]})
            return OK
        advice = "Open it in any browser; it needs no network." if form == "html" else ""
        print(f"Written to {printable(str(written))} ({size / 2**20:.1f} MiB). {advice}".rstrip())
        if drawn:
            print(f"{len(drawn)} pictures in {printable(str(pictures))}")
        return OK

    guard(work, as_json=as_json)
