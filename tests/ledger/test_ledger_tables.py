"""Agreements from and to files: every fault with row and column, duplicates told, nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capcoop.errors import CaseError, UsageError
from capcoop.ledger.built_in import built_in_entries
from capcoop.ledger.database import Ledger, open_ledger
from capcoop.ledger.entries import Attributes, Entry, Reading
from capcoop.ledger.files import neutral, plain, read_table, rows_of, write_table
from capcoop.ledger.imports import import_entries
from capcoop.ledger.look import Asked, entries_of_ledger, record_of
from capcoop.ledger.near import duplicates
from capcoop.ledger.write import faults, write_entries

HEAD = "kind,title,host,partner,date,amount,unit,status\n"


def table(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    opened = open_ledger(database, new=True)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("agreement,A,KAZ,CHN,2015-02-30,,,", "row 2, column date: '2015-02-30' is no day of the calendar"),
        ("agreement,A,KAZ,CHN,19.05.2015,,,", "row 2, column date: '19.05.2015' is not a date; write 2015-05-19"),
        ("agreement,A,KAZ,CHN,1815,,,", "column date: '1815' is not between 1900 and 2100"),
        ("agreement,A,KAZ,CHN,2015,-5,USD,", "row 2, column amount: '-5' is negative"),
        ("agreement,A,KAZ,CHN,2015,1e999,USD,", "column amount: '1e999' is negative or out of all bounds"),
        ("agreement,A,KAZ,CHN,2015,many,USD,", "column amount: 'many' is not a number"),
        ("agreement,A,KAZ,CHN,2015,nan,USD,", "column amount: 'nan' is negative or out of all bounds"),
        ("agreement,A,KAZ,CHN,2015,5,billion XYZ,", "column unit: 'billion XYZ' is not money in a known currency"),
        ("agreement,A,KAZ,CHN,2015,5,,", "column unit: no unit is not money"),
        ("agreement,A,KAZ,CHN,2015,,,sined", "column status: 'sined' is not a status; did you mean 'signed'?"),
        ("agreement,A,Kazakstan,CHN,2015,,,", "column host: 'Kazakstan' is not a country; did you mean 'Kazakhstan'?"),
        ("agrement,A,KAZ,CHN,2015,,,", "column kind: 'agrement' is not a kind of record; did you mean 'agreement'?"),
        ("agreement,,KAZ,CHN,2015,,,", "row 2, column title: the cell is blank"),
        ("agreement,A\x07B,KAZ,CHN,2015,,,", "holds a character that is not text"),
        (f"agreement,{'x' * 2001},KAZ,CHN,2015,,,", "is longer than 2000 letters"),
    ],
)
def test_every_fault_is_told_with_row_and_column(row: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as error:
        read_table(table(tmp_path, HEAD + row + "\n"))
    assert words in str(error.value)


def test_all_faults_at_once(tmp_path: Path) -> None:
    rows = "agreement,A,KAZ,CHN,x,,,\nagreement,B,KAZ,CHN,2015,-1,XYZ,\nagreement,C,Narnia,CHN,2015,,,\n"
    with pytest.raises(CaseError) as error:
        read_table(table(tmp_path, HEAD + rows))
    assert [(problem.row, problem.column) for problem in error.value.problems] == [(2, "date"), (3, "amount"), (3, "unit"), (4, "host")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind,title,host,sectr\n", "did you mean 'sector'?"),
        ("kind,title\nagreement,A\n", "the column host is missing"),
        ("", "is empty"),
        ("kind,title,host\nagreement,A,KAZ,CHN\n", "row 2"),
    ],
)
def test_a_heading_that_does_not_fit(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as error:
        read_table(table(tmp_path, text))
    assert words in str(error.value)


def test_files_of_other_kinds(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        read_table(tmp_path / "missing.csv")
    with pytest.raises(UsageError, match=r"neither \.csv nor \.xlsx"):
        read_table(table(tmp_path, "x", "mine.ods"))
    with pytest.raises(CaseError):
        read_table(table(tmp_path, "no workbook", "mine.xlsx"))


SQL = "x'); DROP TABLE events; --"
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''", "=cmd|' /C calc'!A0", "\uff1d1+1", "'tis so", SQL, '"quoted", and; more')


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_formulas_and_sql_in_titles_come_back_as_they_were_and_are_never_computed(kind: str, ledger: Ledger, tmp_path: Path) -> None:
    entries = [Entry(Attributes(kind="agreement", title=title, host="KAZ", partner="CHN")) for title in FORMULAS]
    write_entries(ledger, entries, "=a")
    target = tmp_path / f"out.{kind}"
    write_table(rows_of(entries_of_ledger(ledger, Asked())), target)
    assert sorted(entry.attributes.title for entry in read_table(target)) == sorted(FORMULAS)
    assert faults(ledger) == (len(FORMULAS), [])
    if kind == "csv":
        with target.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\uff1d"}]
    else:
        import zipfile

        with zipfile.ZipFile(target) as book:
            assert b"<f>" not in b"".join(book.read(name) for name in book.namelist() if "sheet" in name)


@given(st.text())
def test_neutral_is_reversible_and_harmless(text: str) -> None:
    assert plain(neutral(text)) == text
    assert neutral(text)[:1] not in {"=", "+", "-", "@"}


def whole(entry: Entry) -> object:
    """What an entry says, apart from its key and the source of its first row."""
    return entry.record, entry.attributes, sorted(map(repr, entry.readings)), sorted(map(repr, entry.stages))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_built_in_ledger_survives_export_and_import(kind: str, ledger: Ledger, tmp_path: Path) -> None:
    import_entries(ledger, built_in_entries(), "a")
    target = tmp_path / f"out.{kind}"
    write_table(rows_of(entries_of_ledger(ledger, Asked())), target)
    assert sorted(map(whole, read_table(target)), key=str) == sorted(map(whole, built_in_entries()), key=str)
    again = import_entries(ledger, read_table(target), "b")
    assert (again.written.new, again.written.changed, again.differing, again.doubles) == ((), (), (), ())


def test_an_export_is_never_over_a_file(tmp_path: Path) -> None:
    there = table(tmp_path, "mine", "there.csv")
    with pytest.raises(UsageError, match="is there already"):
        write_table([], there)
    assert there.read_text(encoding="utf-8") == "mine"


SHIELI = Entry(
    Attributes(
        kind="project", title="Cement plant at Shieli, 2500 t/d, 1 Mt/y", host="KAZ", partner="CHN", date="2019", parties="Gezhouba"
    ),
    readings=(Reading("value", 169, "million USD", source="another paper"),),
    source="another paper",
)


def test_a_duplicate_is_told_and_left_to_the_user(ledger: Ledger) -> None:
    import_entries(ledger, built_in_entries(), "a")
    found = import_entries(ledger, [SHIELI], "b")
    assert [(one.record, one.amounts) for one in found.doubles] == [("A084", (169.0, 178.0))]
    assert found.written.new == ()
    merged = import_entries(ledger, [SHIELI], "b", "merge")
    assert merged.written.changed == ("A084",)
    record = record_of(ledger, "A084")
    assert [one["amount"] for one in record["readings"]] == [178.0, 169.0]
    assert record["amount"] == 178.0
    assert record["history"][-1]["body"]["merged"]["attributes"]["title"].startswith("Cement plant at Shieli")
    assert import_entries(ledger, [SHIELI], "b", "merge").written.same == ("A084",)
    assert len(import_entries(ledger, [SHIELI], "b", "keep").written.new) == 1
    assert faults(ledger)[1] == []


def named(title: str, amount: float | None = None, **more: str) -> Entry:
    told = {"kind": "agreement", "host": "KAZ", "partner": "CHN", "date": "2015"} | more
    readings = () if amount is None else (Reading("value", amount, "million USD"),)
    return Entry(Attributes(title=title, **told), readings=readings)


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (named("Loan for the Almaty ring road", 100), True),
        (named("LOAN FOR THE ALMATY RING-ROAD", 5000), True),
        (named("Almaty ring road: loan", 104), True),
        (named("Almaty ring road: loan", 150), False),
        (named("Loan for a glass plant", 100), False),
        (named("Loan for the Almaty ring road", 100, host="UZB"), False),
        (named("Loan for the Almaty ring road", 100, date="2019"), False),
        (named("Loan for the Almaty ring road", 100, kind="project"), False),
    ],
)
def test_what_counts_as_alike(other: Entry, alike: bool, ledger: Ledger) -> None:
    write_entries(ledger, [named("Loan for the Almaty ring road", 100.5)], "a")
    assert bool(duplicates(ledger, [other])) == alike


def test_titles_of_different_years_are_no_duplicates(ledger: Ledger) -> None:
    write_entries(ledger, [named("Policy-bank loans in 2014", 100)], "a")
    assert duplicates(ledger, [named("Policy-bank loans in 2015", 100)]) == []


def test_rows_of_one_record_add_readings_and_stages(tmp_path: Path) -> None:
    rows = (
        "record,kind,title,host,quantity,amount,unit,status,status_date,source\n"
        "R1,package,A visit,Brazil,documents,35,,signed,2015-05-19,press\n"
        "R1,,,,value,27,bn USD,,,press\n"
        "R1,,,,value,53.3,BILLION usd,operating,2018,other\n"
    )
    (entry,) = read_table(table(tmp_path, rows))
    assert entry.attributes.host == "BRA"
    assert [(one.quantity, one.millions) for one in entry.readings] == [("documents", None), ("value", 27000.0), ("value", 53300.0)]
    assert [(one.status, one.date) for one in entry.stages] == [("signed", "2015-05-19"), ("operating", "2018")]


def test_a_large_file_is_imported_in_seconds(ledger: Ledger, tmp_path: Path) -> None:
    count = 3000
    words = pl.Series([f"{place:x} {place * 7919 % 9973} plant {place * 31 % 977}" for place in range(count)])
    frame = pl.DataFrame({"kind": "agreement", "title": words, "host": "KAZ", "partner": "CHN", "date": "2015"})
    frame.write_csv(tmp_path / "many.csv")
    found = import_entries(ledger, read_table(tmp_path / "many.csv"), "a", "keep")
    assert len(found.written.new) == count
