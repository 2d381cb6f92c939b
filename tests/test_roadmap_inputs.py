"""What the road map takes from the ledger and from documents: agreements counted once, words as `capcoop words` writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
import pytest

from capcoop.errors import UsageError
from capcoop.ledger.database import open_ledger
from capcoop.ledger.entries import Attributes, Entry, Reading, Stage
from capcoop.ledger.signed import built_in_facts, facts_from, facts_of, signed
from capcoop.ledger.write import write_entries
from capcoop.roadmap import road_map
from capcoop.roadmap.readings import agreed_in
from capcoop.roadmap.request import request_of
from test_cli import ROOT
from test_cli import capcoop as command

STATEMENTS = ROOT / "words" / "statements"


def entry(record: str, kind: str = "agreement", date: str = "2015-05-19", part_of: str = "", host: str = "BRA", **more: object) -> Entry:
    stated = more.get("documents", ())
    readings = tuple(Reading("documents", float(number), verified=True, source="x") for number in stated)  # type: ignore[attr-defined]
    stages = more.get("stages", (("signed", date),))
    told = tuple(Stage(status, day, "y", verified=True) for status, day in stages)  # type: ignore[attr-defined]
    partner = str(more.get("partner", "CHN"))
    return Entry(Attributes(kind=kind, title=record, host=host, partner=partner, date=date, part_of=part_of), record, readings, told)


def counted(*entries: Entry, until: int = 2025) -> dict[str, tuple[float, float, float]]:
    found = signed(facts_of(entries), "CHN", until)
    return {row[0]: row[1:] for row in found.select("host", "documents", "low", "high").iter_rows()}


def test_a_package_counts_with_its_documents_and_never_with_its_items() -> None:
    """35 stated, three of them told one by one; a fourth agreement stands alone: 36, not 39."""
    items = [entry(f"i{number}", part_of="visit") for number in range(3)]
    assert counted(entry("visit", "package", documents=(35,)), *items, entry("later", date="2017"))["BRA"] == (36, 36, 36)


def test_a_package_that_states_no_number_counts_with_its_items() -> None:
    items = [entry("one", part_of="visit"), entry("two", part_of="visit")]
    assert counted(entry("visit", "package"), *items)["BRA"] == (2, 2, 2)


def test_packages_within_packages() -> None:
    """A tour of two countries states 45; each country's visit states its own. Items of items are not added either."""
    tour = entry("tour", "package", host="LAC", documents=(45,))
    visits = [entry("b", "package", part_of="tour", documents=(35,)), entry("p", "package", part_of="tour", host="PER", documents=(10,))]
    deep = [entry("list", "package", part_of="b"), entry("item", part_of="list")]
    found = counted(tour, *visits, *deep)
    assert (found["BRA"][0], found["PER"][0]) == (35, 10)


def test_packages_that_hold_each_other_are_counted_for_themselves() -> None:
    ring = [entry("a", "package", part_of="b", documents=(3,)), entry("b", "package", part_of="a", documents=(4,))]
    assert counted(*ring, entry("own", "package", part_of="own", documents=(5,)))["BRA"][0] == 12


def test_readings_that_contradict_each_other_are_a_range() -> None:
    assert counted(entry("visit", "package", documents=(10, 18)))["BRA"] == (10, 10, 18)


def test_what_is_known_at_the_end_of_a_year() -> None:
    """Proposed in 2014 and signed in 2016: known from 2016. Stopped later: it was signed all the same. Never signed or undated: no."""
    late = entry("late", date="2014", stages=(("proposed", "2014"), ("signed", "2016-03"), ("stopped", "2018")))
    never = entry("never", date="2014", stages=(("proposed", "2014"), ("stopped", "2015")))
    undated = entry("undated", date="", stages=(("signed", ""),))
    untold = entry("untold", date="2013-11", stages=())
    others = (never, undated, entry("other", partner="JPN"), entry("mill", "project"))
    years = (2012, 2013, 2015, 2016, 2020)
    assert [counted(late, untold, *others, until=year).get("BRA", (0,))[0] for year in years] == [0, 1, 1, 2, 2]


def test_the_built_in_ledger_by_country() -> None:
    """Brazil: 35 in May 2015 and two credit lines of 2017. Kazakhstan: 22 + 33 + 25 + 17 as stated, and two items of December 2014."""
    found = signed(built_in_facts(), "CHN", 2025)
    assert dict(found.select("host", "documents").iter_rows()) == {"BRA": 37, "CHL": 11, "COL": 12, "KAZ": 99, "LAC": 67, "PER": 17}
    assert found.filter(host="CHL").item(0, "high") == 19
    assert dict(signed(built_in_facts(), "CHN", 2014).select("host", "documents").iter_rows()) == {"KAZ": 24, "PER": 7}
    assert signed(built_in_facts(), "JPN", 2025).is_empty()
    assert found.get_column("source").str.len_chars().min() > 0  # type: ignore[operator]


def test_a_database_counts_as_its_entries_do() -> None:
    facts, place = facts_from("built-in", "CHN")
    assert place == "built-in"
    for until in (2014, 2016, 2025):
        assert signed(facts, "CHN", until).equals(signed(built_in_facts(), "CHN", until))


def test_the_built_in_ledger_needs_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    built_in_facts.cache_clear()
    found = road_map("CHN", draws=100, region="Americas")
    assert found.figures.filter(pl.col("figure") == "agreements").height == 4
    with pytest.raises(UsageError, match="ledger extra"):
        request_of("CHN", ledger="mine.sqlite")


def own_ledger(folder: Path, hosts: int) -> Path:
    path = folder / "mine.sqlite"
    ledger = open_ledger(str(path), new=True)
    codes = ["KEN", "TZA", "ETH", "EGY", "ZAF", "NGA", "GHA", "DZA", "MAR", "AGO", "ZMB"][:hosts]
    write_entries(ledger, [entry(f"{code}{i}", host=code) for place, code in enumerate(codes) for i in range(place + 1)], "tests")
    ledger.close()
    return path


def test_a_ledger_of_eleven_countries_is_weighed(tmp_path: Path) -> None:
    """One agreement with Kenya, eleven with Zambia: the figure counts, and lifts Zambia above what it was."""
    path = own_ledger(tmp_path, 11)
    assert {code: one.value for code, one in agreed_in(str(path), "CHN", 2025).figures.items()}["ZMB"] == 11
    usual, found = road_map("CHN", draws=100), road_map("CHN", draws=100, ledger=str(path))
    assert "agreements" in found.hierarchy.get_column("figure").to_list()
    assert "agreements" not in usual.hierarchy.get_column("figure").to_list()
    change = [
        one.ranking.filter(pl.col("country") == "ZMB").item(0, "desire") - one.ranking.filter(pl.col("country") == "KEN").item(0, "desire")
        for one in (usual, found)
    ]
    assert change[1] > change[0]
    assert any("agreements and memoranda are those of the ledger" in note and "mine.sqlite" in note for note in found.notes)


def test_a_ledger_of_three_countries_is_shown_and_not_weighed(tmp_path: Path) -> None:
    path = own_ledger(tmp_path, 3)
    record = json.loads(command("roadmap", "--ledger", str(path), "--draws", "100", "--json", cwd=tmp_path).stdout)
    assert record["ledger"].endswith("mine.sqlite")
    assert any("not weighed" in note and "agreements and memoranda (3)" in note for note in record["notes"])
    assert [row["value"] for row in record["figures"] if row["figure"] == "agreements" and row["country"] == "ETH"] == [3.0]


@pytest.mark.parametrize(
    ("name", "words"), [("nowhere.sqlite", "is not there"), ("mysql://a/b", "SQLite or PostgreSQL"), (".", "is a folder")]
)
def test_what_is_no_ledger_is_told(name: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        request_of("Chinaa", ledger=name)
    assert words in str(error.value)
    assert "did you mean 'China'?" in str(error.value)


def test_words_go_from_one_command_to_the_other(tmp_path: Path) -> None:
    """The folder that `capcoop words` writes, its table, and the documents themselves say the same."""
    done = command("words", str(STATEMENTS), "--out", "tables", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    tables = tmp_path / "tables"
    found = []
    for place in (tables, tables / "countries.csv", tables / "countries.parquet", STATEMENTS, f"{STATEMENTS}/*"):
        words = request_of("CHN", words=str(place)).words
        assert words is not None
        found.append({code: one.value for code, one in words.figures.items()})
    written = pl.read_csv(tables / "countries.csv")
    assert found[0] == pytest.approx(dict(written.select("country", "per_10000").iter_rows()))
    assert found[0]["KAZ"] > 0
    assert all(one == pytest.approx(found[0]) for one in found)
    record = json.loads(command("roadmap", "--words", "tables", "--draws", "100", "--json", cwd=tmp_path).stdout)
    ranked = {row["country"] for row in record["ranking"]}
    figures = {row["country"]: row["value"] for row in record["figures"] if row["figure"] == "words"}
    assert figures == pytest.approx({code: value for code, value in found[0].items() if code in ranked})
    assert record["words"].endswith("countries.csv")
    assert "words" in [row["figure"] for row in record["hierarchy"]]


def test_documents_that_are_left_out_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("China and Kazakhstan wish for cooperation on production capacity and for trade.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("...", encoding="utf-8")
    found = request_of("CHN", words=str(tmp_path)).words
    assert found is not None
    assert list(found.figures) == ["KAZ"]
    assert found.figures["KAZ"].source.startswith("1 document of ")
    assert "b.txt" in found.notes[0]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("table.xlsx", "x", "is neither a table"),
        (
            "letter.txt",
            "China speaks of cooperation in production capacity with its partners in the world.",
            "name no country but the supplier",
        ),
        ("letter.txt", "", "no document could be read"),
    ],
)
def test_what_are_no_words_is_told(name: str, text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        request_of("CHN", words=str(tmp_path / name))
    with pytest.raises(UsageError, match="is no file, no folder and no pattern"):
        request_of("CHN", words=str(tmp_path / "nowhere"))
