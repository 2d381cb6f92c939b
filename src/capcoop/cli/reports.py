"""The command that writes what people look at: report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capcoop.cli.base import EXIT_CODES, OK, Json, app, guard, print_json


@app.command(epilog=EXIT_CODES)
def report(  # noqa: PLR0913, PLR0917  (a command line: each option is an argument)
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
    road_map: Annotated[  # noqa: FBT002
        bool, typer.Option("--road-map", help="Add the ranks of the host among the partners of each supplier, and keep them in the run.")
    ] = False,
    ledger: Annotated[
        str | None,
        typer.Option("--ledger", metavar="PLACE", help="Add agreements of host and suppliers: a file, a postgresql:// URL or built-in."),
    ] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Write a run as a page for people who decide. One file that opens anywhere, offline, and prints."""

    def work() -> int:
        from capcoop.errors import printable
        from capcoop.report.page.documents import write_documents
        from capcoop.report.page.texts import Texts

        words = Texts(language)
        if road_map or ledger is not None:
            from capcoop.cli.excerpts import keep_excerpts
            from capcoop.errors import UsageError

            if len(folders) > 1:
                raise UsageError("--road-map and --ledger add to the page of one run; name one")
            keep_excerpts(folders[0], road_map=road_map, ledger=ledger)
        written, drawn = write_documents(folders, form, out, words, pictures, outlines)
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
