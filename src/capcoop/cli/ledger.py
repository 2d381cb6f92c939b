"""Commands on the ledger of agreements and projects."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capcoop.cli.base import EXIT_CODES, OK, PROBLEMS, Json, app, guard, print_json

if TYPE_CHECKING:
    from capcoop.ledger.database import Ledger

ledger = typer.Typer(help="Keep a ledger of agreements, and show what came of them.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(ledger, name="ledger", epilog=EXIT_CODES)
Database = Annotated[
    str | None,
    typer.Option(
        "--database", "-d", metavar="PLACE", help="A file, a postgresql:// URL or built-in; default: CAPCOOP_LEDGER, or ledger.sqlite."
    ),
]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who writes; default: CAPCOOP_USER, or the user of the machine.")]
Country = Annotated[str | None, typer.Option("--country", metavar="COUNTRY", help="The host: a country, or LAC for Latin America.")]
Visit = Annotated[str | None, typer.Option("--visit", metavar="NAME", help="A visit, or the beginning of its name.")]
Period = Annotated[str | None, typer.Option("--period", metavar="YEARS", help="Years of the date, such as 2014-2016.")]
Partner = Annotated[str | None, typer.Option("--partner", metavar="COUNTRY", help="The other side.")]
Source = Annotated[str, typer.Option("--source", metavar="TEXT", help="Where it is told.")]
Key = Annotated[str, typer.Option("--key", metavar="TEXT", help="A name for this entry: written twice, it is there once.")]
Verified = Annotated[bool, typer.Option("--verified", help="It was read in its source.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="A note.")]
RecordName = Annotated[str, typer.Argument(metavar="RECORD", help="The record's name, as list shows it.")]


def _opened(database: str | None, *, new: bool = False) -> Ledger:
    """Open the ledger asked for; where only reading is wanted, none is named and none is there: the built-in one."""
    import os

    from capcoop.ledger.database import BUILT_IN, FILE, VARIABLE, open_ledger

    if database is None and not new and not os.environ.get(VARIABLE) and not Path(FILE).exists():
        print(f"No {FILE} here: this is the built-in ledger.", file=sys.stderr)
        database = BUILT_IN
    if new and (database or os.environ.get(VARIABLE)) == BUILT_IN:
        from capcoop.errors import UsageError

        raise UsageError("the built-in ledger is not changed; capcoop ledger import built-in copies it into one of your own")
    return open_ledger(database, new=new)


@ledger.command(name="card", epilog=EXIT_CODES)
def card_command(
    visit: Visit = None,
    country: Country = None,
    period: Period = None,
    partner: Partner = None,
    database: Database = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Show the report card. Number and value of agreements, what has moved, packages apart, trade over time, each with its source."""

    def work() -> int:
        from capcoop.ledger.card import card
        from capcoop.ledger.look import asked
        from capcoop.report.ledger import card_shown
        from capcoop.report.terminal import console

        opened = _opened(database)
        found = card(opened, asked(opened, visit, country, partner, period))
        if as_json:
            print_json(found)
        else:
            console().print(card_shown(found))
        return OK

    guard(work, as_json=as_json)


@ledger.command(name="list", epilog=EXIT_CODES)
def list_command(
    visit: Visit = None,
    country: Country = None,
    period: Period = None,
    partner: Partner = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help="agreement, project, fund, package, loans or trade.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every record, not the first fifty.")] = False,  # noqa: FBT002
    database: Database = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """List records by date, one line each."""

    def work() -> int:
        from capcoop.errors import UsageError, printable, suggestion
        from capcoop.ledger.look import asked, rows
        from capcoop.ledger.vocabulary import KINDS
        from capcoop.report.ledger import list_shown
        from capcoop.report.terminal import console

        if kind is not None and kind not in KINDS:
            raise UsageError(f"'{printable(kind)}' is not a kind of record; {suggestion(kind, KINDS)}")
        opened = _opened(database)
        count, found = rows(opened, asked(opened, visit, country, partner, period, kind), 1_000_000 if everything or as_json else 50)
        if as_json:
            print_json({"ledger": opened.place, "count": count, "records": found})
        else:
            console().print(list_shown(count, found, opened.place))
        return OK

    guard(work, as_json=as_json)


@ledger.command(epilog=EXIT_CODES)
def show(record: RecordName, database: Database = None, as_json: Json = False) -> None:  # noqa: FBT002
    """Show one record with its figures, stages, documents and history."""

    def work() -> int:
        from capcoop.ledger.look import record_of
        from capcoop.report.ledger import record_shown
        from capcoop.report.terminal import console

        found = record_of(_opened(database), record)
        if as_json:
            print_json(found)
        else:
            console().print(record_shown(found))
        return OK

    guard(work, as_json=as_json)


@ledger.command(name="import", epilog=EXIT_CODES)
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file of agreements, or built-in.")],
    merge: Annotated[bool, typer.Option("--merge", help="Join what may be a record already to that record.")] = False,  # noqa: FBT002
    keep: Annotated[bool, typer.Option("--keep", help="Keep what may be a record already as one of its own.")] = False,  # noqa: FBT002
    dry: Annotated[bool, typer.Option("--dry-run", help="Tell what would come of it, and write nothing.")] = False,  # noqa: FBT002
    by: By = None,
    database: Database = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Read agreements from a file. What may be in the ledger already is told and left out, unless --merge or --keep says what to do."""

    def work() -> int:
        from dataclasses import asdict

        from capcoop.errors import UsageError
        from capcoop.ledger.built_in import built_in_entries
        from capcoop.ledger.database import BUILT_IN
        from capcoop.ledger.files import read_table
        from capcoop.ledger.imports import import_entries
        from capcoop.ledger.write import author

        if merge and keep:
            raise UsageError("--merge and --keep contradict each other; choose one of them")
        entries = built_in_entries() if str(file) == BUILT_IN and not file.exists() else read_table(file)
        opened = _opened(database, new=True)
        found = import_entries(opened, entries, author(by), "merge" if merge else "keep" if keep else "leave", dry=dry)
        if as_json:
            print_json({"ledger": opened.place, "dry_run": dry, **asdict(found)})
        else:
            _tell_import(found, opened.place, dry=dry)
        return OK

    guard(work, as_json=as_json, what="the file")


def _tell_import(found: Any, place: str, *, dry: bool) -> None:  # noqa: ANN401  (loaded only here)
    from capcoop.report.ledger import import_shown
    from capcoop.report.ledger_import import doubles_shown
    from capcoop.report.terminal import console

    done = found.written
    print(import_shown(len(done.new), len(done.changed), len(done.same), place, dry=dry))
    if found.doubles or found.differing:
        console().print(doubles_shown(found))


@ledger.command(name="export", epilog=EXIT_CODES)
def export_command(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="The .csv or .xlsx file to write; it must be new.")],
    country: Country = None,
    period: Period = None,
    history: Annotated[bool, typer.Option("--history", help="Every event, instead of the records as they stand.")] = False,  # noqa: FBT002
    database: Database = None,
) -> None:
    """Write the ledger as CSV or Excel, to be imported again. Texts that a spreadsheet would compute get a quotation mark before them."""

    def work() -> int:
        from capcoop.errors import printable
        from capcoop.ledger.files import COLUMNS, rows_of, write_table
        from capcoop.ledger.look import asked, entries_of_ledger
        from capcoop.ledger.look import history as history_of

        opened = _opened(database)
        if history:
            rows: Sequence[dict[str, Any]] = history_of(opened)
            columns: Sequence[str] = ("sequence", "key", "record", "version", "made_at", "made_by", "source", "body", "digest")
        else:
            rows, columns = rows_of(entries_of_ledger(opened, asked(opened, None, country, None, period))), COLUMNS
        write_table(rows, target, columns)
        print(f"Wrote {printable(str(target))}: {len(rows)} rows.")
        return OK

    guard(work)


@ledger.command(epilog=EXIT_CODES)
def add(  # noqa: PLR0913, PLR0917  (one parameter an option)
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What was agreed.")] = "",
    country: Annotated[str, typer.Option("--country", metavar="COUNTRY", help="The host.")] = "",
    partner: Annotated[str, typer.Option("--partner", metavar="COUNTRY", help="The other side.")] = "",
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="agreement, project, fund, package, loans or trade.")] = "agreement",
    value: Annotated[
        str, typer.Option("--value", metavar="AMOUNT", help="Such as '27 billion USD'; over 27: 'at least 27 billion USD'.")
    ] = "",
    date: Annotated[str, typer.Option("--date", metavar="DATE", help="2015-05-19, 2015-05 or 2015.")] = "",
    status: Annotated[str, typer.Option("--status", metavar="STATUS", help="proposed, memorandum, signed, feasibility, ...")] = "",
    more: Annotated[
        list[str] | None, typer.Option("--with", metavar="COLUMN=TEXT", help="Any other column of the import; may be repeated.")
    ] = None,
    run: Annotated[Path | None, typer.Option("--from-run", metavar="RUN", help="Record what a plan builds as proposals.")] = None,
    source: Source = "",
    verified: Verified = False,  # noqa: FBT002
    key: Key = "",
    by: By = None,
    database: Database = None,
    as_json: Json = False,  # noqa: FBT002
) -> None:
    """Record an agreement, or what a plan builds (--from-run). Done twice, it is there once."""

    def work() -> int:
        from capcoop.ledger.requests import entry_of_request
        from capcoop.ledger.write import author, write_entries

        notes: Sequence[str] = ()
        if run is not None:
            from capcoop.ledger.plans import entries_of_run

            entries, notes = entries_of_run(run)
        else:
            own = {"title": title, "host": country, "partner": partner, "kind": kind, "date": date, "status": status, "source": source}
            entries = [entry_of_request(own | {"verified": "yes" if verified else ""}, value, more or (), key)]
        opened = _opened(database, new=True)
        _tell_written(write_entries(opened, entries, author(by)), opened.place, notes, as_json=as_json)
        return OK

    guard(work, as_json=as_json)


def _tell_written(done: Any, place: str, notes: Sequence[str] = (), *, as_json: bool) -> None:  # noqa: ANN401  (loaded only here)
    from capcoop.errors import printable

    if as_json:
        print_json({"ledger": place, "new": done.new, "changed": done.changed, "same": done.same, "notes": notes})
        return
    for names, word in ((done.new, "recorded"), (done.changed, "changed"), (done.same, "there already, nothing was written")):
        for name in names:
            print(f"{printable(name)}: {word}")
    for note in notes:
        print(printable(note))


@ledger.command(epilog=EXIT_CODES)
def status(
    record: RecordName,
    stage: Annotated[
        str, typer.Argument(metavar="STATUS", help="memorandum, signed, feasibility, financed, building, operating, stopped.")
    ],
    date: Annotated[str, typer.Option("--date", metavar="DATE", help="Since when.")] = "",
    source: Source = "",
    verified: Verified = False,  # noqa: FBT002
    note: Note = "",
    by: By = None,
    database: Database = None,
) -> None:
    """Record how far a project has come. Earlier stages stay in its history."""

    def work() -> int:
        from capcoop.ledger.requests import stage_of_request
        from capcoop.ledger.write import author, write_entries

        entry = stage_of_request(record, stage, date, {"source": source, "verified": "yes" if verified else "", "note": note})
        opened = _opened(database, new=True)
        _tell_written(write_entries(opened, [entry], author(by)), opened.place, as_json=False)
        return OK

    guard(work)


@ledger.command(epilog=EXIT_CODES)
def reading(  # noqa: PLR0913, PLR0917  (one parameter an option)
    record: RecordName,
    value: Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as '53.3 billion USD', or '36' with --quantity documents.")],
    quantity: Annotated[str, typer.Option("--quantity", metavar="WORD", help="value, documents, projects, jobs, ...")] = "value",
    headline: Annotated[bool, typer.Option("--headline", help="Show this reading first.")] = False,  # noqa: FBT002
    source: Source = "",
    verified: Verified = False,  # noqa: FBT002
    note: Note = "",
    by: By = None,
    database: Database = None,
) -> None:
    """Record another reading of a figure, beside the others."""

    def work() -> int:
        from capcoop.ledger.requests import reading_of_request
        from capcoop.ledger.write import author, write_entries

        mark = {"source": source, "verified": "yes" if verified else "", "note": note, "headline": "yes" if headline else ""}
        entry = reading_of_request(record, value, quantity, mark)
        opened = _opened(database, new=True)
        _tell_written(write_entries(opened, [entry], author(by)), opened.place, as_json=False)
        return OK

    guard(work)


@ledger.command(name="change", epilog=EXIT_CODES)
def change_command(
    record: RecordName,
    cells: Annotated[list[str], typer.Argument(metavar="COLUMN=TEXT...", help="What it is to be, such as sector=steel.")],
    source: Source = "",
    by: By = None,
    database: Database = None,
) -> None:
    """Correct what a record is. What stood there before stays in its history."""

    def work() -> int:
        from capcoop.ledger.requests import change_of_request
        from capcoop.ledger.write import author, write_entries

        entry = change_of_request(record, cells, source)
        opened = _opened(database, new=True)
        _tell_written(write_entries(opened, [entry], author(by)), opened.place, as_json=False)
        return OK

    guard(work)


@ledger.command(name="attach", epilog=EXIT_CODES)
def attach_command(
    record: RecordName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document.")],
    source: Source = "",
    by: By = None,
    database: Database = None,
) -> None:
    """Attach a document to a record. It is copied into the folder beside the ledger, under its hash."""

    def work() -> int:
        from capcoop.errors import printable
        from capcoop.ledger.papers import attach
        from capcoop.ledger.write import author

        opened = _opened(database, new=True)
        paper, done = attach(opened, record, file, author(by), source)
        word = "attached" if done.changed else "is attached already"
        where = "in the store" if paper.stored else "only referred to: CAPCOOP_LEDGER_STORE names a folder for copies"
        print(f"{printable(paper.name)} {word}: {paper.size} bytes, SHA-256 {paper.digest[:12]}, {where}.")
        return OK

    guard(work)


@ledger.command(name="commit", epilog=EXIT_CODES)
def commit_command(
    case: Annotated[str, typer.Argument(metavar="CASE", help="The case, as plan takes it.")],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="The case to write; it must be new.")],
    projects: Annotated[
        list[str], typer.Option("--project", metavar="RECORD[=OPTION]", help="RECORD=OPTION@PERIOD:AMOUNT says all; may be repeated.")
    ],
    database: Database = None,
) -> None:
    """Write a copy of a case that commits projects of the ledger. Their options are built in the period of their date."""

    def work() -> int:
        from capcoop.errors import printable
        from capcoop.ledger.commit import commit_projects
        from capcoop.library import find_case

        name = printable(str(target))
        for line in commit_projects(_opened(database), find_case(case), target, projects):
            print(printable(line))
        print(f"Wrote {name}. Plan it with: capcoop plan {shlex.quote(name)}")
        return OK

    guard(work)


@ledger.command(epilog=EXIT_CODES)
def check(database: Database = None) -> None:
    """Fold the whole history again and compare it with the records."""

    def work() -> int:
        from capcoop.errors import printable
        from capcoop.ledger.write import faults

        opened = _opened(database)
        events, found = faults(opened)
        for fault in found[:50]:
            print(printable(fault), file=sys.stderr)
        if found:
            return PROBLEMS
        print(f"{printable(opened.place)}: {events} events, and every record follows from them.")
        return OK

    guard(work)
