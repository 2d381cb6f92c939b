"""The command on documents: which terms they use most."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capcoop.cli.base import EXIT_CODES, OK, Json, app, guard, print_json


@app.command(epilog=EXIT_CODES)
def words(  # noqa: PLR0913, PLR0917  (a command's options)
    documents: Annotated[
        list[str],
        typer.Argument(metavar="DOCUMENTS", help="Files (.txt, .md, .html, .pdf, .docx), folders, or patterns like '2015/*.pdf'."),
    ],
    language: Annotated[
        str | None, typer.Option("--language", metavar="CODE", help="Take all documents as en, zh, es, pt or ru; else found for each.")
    ] = None,
    reference: Annotated[
        list[str] | None, typer.Option("--reference", metavar="DOCUMENTS", help="Documents to compare with (keyness); may be repeated.")
    ] = None,
    phrases: Annotated[int, typer.Option("--phrases", metavar="N", help="The most words of a phrase; 1: single words only.")] = 4,
    context: Annotated[
        list[str] | None, typer.Option("--context", metavar="TERM", help="Show each place of a term; may be repeated.")
    ] = None,
    trend: Annotated[bool, typer.Option("--trend", help="Show how use changes over dated documents.")] = False,  # noqa: FBT002
    top: Annotated[int, typer.Option("--top", metavar="N", help="How many terms, and places of each term in context, to show.")] = 20,
    glossary: Annotated[
        Path | None, typer.Option("--glossary", metavar="FILE", help="A CSV table of your own terms, with their variants and translations.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FOLDER", help="Write all tables there, as CSV and Parquet.")] = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Tell which terms documents use most. In English, Chinese, Spanish, Portuguese and Russian; also trends, contexts, countries named."""

    def work() -> int:
        from capcoop.errors import printable
        from capcoop.words.answer import Question, ask, save

        asked = Question(documents, language, reference or (), phrases, top, glossary, context or (), over_time=trend)
        found = ask(asked)
        if out is not None:
            save(found, out)
        if as_json:
            print_json(found.record())
        else:
            from capcoop.report.terminal import console
            from capcoop.report.words import WordsPage

            console().print(WordsPage(found.record(), top))
            if out is not None:
                print(f"\nSaved in {printable(str(out))}")
        return OK

    guard(work, as_json=as_json)
