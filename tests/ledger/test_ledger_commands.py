"""The ledger as a newcomer meets it: output of 80 columns, exit codes, JSON, plans in and out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from capcoop.cli import app


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


def capcoop(*arguments: str, cwd: Path) -> Done:
    """Run a command in this process: many of them start faster so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cwd)
        patch.setenv("COLUMNS", "80")
        patch.delenv("CAPCOOP_LEDGER", raising=False)
        found = CliRunner().invoke(app, list(arguments))
    assert "Traceback" not in found.output
    return Done(found.exit_code, found.stdout, found.stderr)


def test_the_card_of_the_built_in_ledger_says_what_it_must(tmp_path: Path) -> None:
    done = capcoop("ledger", "card", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "built-in ledger" in done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in (
        "35 documents",
        "over 27 billion USD",
        "or 53.3 billion USD",
        "12 documents",
        "33 documents",
        "23.6 billion USD",
        "14 billion USD",
    ):
        assert words in done.stdout
    for words in ("or 18 billion USD", "263.6", "20.9 times 2000", "17.6 times 2000", "MOFCOM", "UN Comtrade", "not verified"):
        assert words in done.stdout


def test_summaries_of_the_commands_are_whole_sentences(tmp_path: Path) -> None:
    assert "..." not in capcoop("ledger", "--help", cwd=tmp_path).stdout.replace("[ARGS]...", "")


def test_a_ledger_of_ones_own_from_first_to_last(tmp_path: Path) -> None:
    words = (
        "--title",
        "Glass plant",
        "--country",
        "kazakhstan",
        "--partner",
        "CHN",
        "--value",
        "at least 43.7 billion KZT",
        "--status",
        "signed",
    )
    done = capcoop("ledger", "add", *words, "--date", "2015", "--with", "sector=building materials", "--by", "me", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    name = done.stdout.partition(":")[0]
    again = capcoop("ledger", "add", *words, "--date", "2015", "--with", "sector=building materials", "--by", "me", cwd=tmp_path)
    assert "there already" in again.stdout
    assert "changed" in capcoop("ledger", "status", name, "operating", "--date", "2022", "--source", "press", cwd=tmp_path).stdout
    assert "changed" in capcoop("ledger", "reading", name, "50 billion KZT", "--source", "press", "--verified", cwd=tmp_path).stdout
    assert "changed" in capcoop("ledger", "change", name, "title=Orda glass plant", cwd=tmp_path).stdout
    (tmp_path / "memo.txt").write_text("agreed", encoding="utf-8")
    assert "attached" in capcoop("ledger", "attach", name, "memo.txt", cwd=tmp_path).stdout
    shown = capcoop("ledger", "show", name, cwd=tmp_path).stdout
    for text in ("Orda glass plant", "over 43.7 billion KZT", "2022", "operating", "memo.txt", "'Glass plant' became 'Orda glass plant'"):
        assert text in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "1 record" in capcoop("ledger", "list", cwd=tmp_path).stdout
    assert capcoop("ledger", "export", "out.csv", cwd=tmp_path).returncode == 0
    assert capcoop("ledger", "export", "events.csv", "--history", cwd=tmp_path).returncode == 0
    assert "5 events" in capcoop("ledger", "check", cwd=tmp_path).stdout


def test_import_tells_new_same_and_doubles(tmp_path: Path) -> None:
    assert "140 new records" in capcoop("ledger", "import", "built-in", cwd=tmp_path).stdout
    assert "140 there already" in capcoop("ledger", "import", "built-in", cwd=tmp_path).stdout
    rows = "kind,title,host,partner,date\nproject,Sao Luis private port,BRA,CHN,2017\n"
    (tmp_path / "mine.csv").write_text(rows, encoding="utf-8")
    done = capcoop("ledger", "import", "mine.csv", cwd=tmp_path)
    assert "1 may be there already, left out" in done.stdout
    assert "--merge" in done.stdout
    record = json.loads(capcoop("ledger", "import", "mine.csv", "--dry-run", "--json", cwd=tmp_path).stdout)
    assert record["doubles"][0]["record"] == "A036"
    assert "1 new record" in capcoop("ledger", "import", "mine.csv", "--keep", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "A800", "-d", "built-in"), 2, "did you mean"),
        (("card", "--database", "missing.sqlite"), 2, "is not there"),
        (("status", "A008", "sined"), 2, "did you mean 'signed'?"),
        (("reading", "A008", "many"), 2, "is not an amount"),
        (("add", "--title", "x", "--country", "KAZ", "--date", "2015-13"), 2, "date: '2015-13' is no day of the calendar"),
        (("add", "--title", "x", "--country", "KAZ", "--with", "sectr=steel"), 2, "did you mean 'sector'?"),
        (("add", "--country", "KAZ"), 2, "title: the cell is blank"),
        (("add", "--title", "x", "--country", "KAZ", "-d", "built-in"), 2, "is not changed"),
        (("list", "--kind", "dea"), 2, "is not a kind of record"),
        (("import", "bad.csv"), 1, "1 problem in the file:\nbad.csv row 2, column host: 'Narnia' is not a country"),
        (("add", "--from-run", "nowhere"), 2, "nowhere"),
        (("show", "A\udcff", "-d", "built-in"), 2, "there is no record"),
        (("add", "--title", "A\udcff", "--country", "KAZ"), 2, "holds a character that is not text"),
        (("add", "--title", "x", "--country", "KAZ", "--value", "5 doubloons"), 2, "unit: 'doubloons' is not money in a known currency"),
        (("status", "A008'; DROP TABLE events; --", "signed", "-d", "mine.sqlite"), 2, "there is no record"),
        (("export", "bad.csv", "-d", "built-in"), 2, "is there already"),
        (("export", "out.pdf", "-d", "built-in"), 2, "neither .csv nor .xlsx"),
    ],
)
def test_bad_requests_end_in_a_sentence(arguments: tuple[str, ...], code: int, words: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("kind,title,host\nagreement,A,Narnia\n", encoding="utf-8")
    done = capcoop("ledger", *arguments, cwd=tmp_path)
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planned")
    done = capcoop("plan", "yemen-cement", "--out", "run", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_a_plan_becomes_proposals_once(planned: Path) -> None:
    builds = pl.read_parquet(planned / "run" / "tables" / "builds.parquet")
    done = capcoop("ledger", "add", "--from-run", "run", cwd=planned)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("recorded") == builds.height
    assert capcoop("ledger", "add", "--from-run", "run", cwd=planned).stdout.count("there already") == builds.height
    records = json.loads(capcoop("ledger", "list", "--json", cwd=planned).stdout)["records"]
    assert {one["status"] for one in records} == {"proposed"}
    assert {one["host"] for one in records} == {"YEM"}
    assert {(one["sector"], one["topic"]) for one in records} == {("building materials", "cement")}
    assert sum(one["amount"] for one in records) == pytest.approx(builds["investment"].sum())
    assert capcoop("ledger", "check", cwd=planned).returncode == 0


def test_a_project_is_committed_in_a_case(planned: Path) -> None:
    capcoop("ledger", "add", "--from-run", "run", cwd=planned)
    words = ("--title", "Second kiln", "--country", "YEM", "--kind", "project", "--date", "1987", "--key", "kiln", "--status", "financed")
    name = capcoop("ledger", "add", *words, cwd=planned).stdout.partition(":")[0]
    done = capcoop("ledger", "commit", "yemen-cement", "committed", "--project", f"{name}=dry-kiln-small-bajil", cwd=planned)
    assert done.returncode == 0, done.stderr
    assert "dry-kiln-small-bajil in 1986-88, at least 1 build" in done.stdout
    before = json.loads(capcoop("plan", "yemen-cement", "--json", cwd=planned).stdout)["objective"]
    plan = json.loads(capcoop("plan", "committed", "--json", "--out", "second", cwd=planned).stdout)
    assert plan["objective"] >= before
    built = pl.read_parquet(planned / "second" / "tables" / "builds.parquet")
    assert built.filter(option="dry-kiln-small-bajil", period="1986-88").height == 1
    assert pl.read_parquet(planned / "run" / "tables" / "builds.parquet").filter(option="dry-kiln-small-bajil").is_empty()


@pytest.mark.parametrize(
    ("project", "words"),
    [
        ("{}", "names no option of the case"),
        ("{}=dry-kiln-smal-bajil", "did you mean 'dry-kiln-small-bajil'?"),
        ("{}=dry-kiln-small-bajil@2099", "is not a period of the case"),
        ("{}=dry-kiln-small-bajil:half", "is not an amount of whole builds"),
        ("none=dry-kiln-small-bajil", "there is no record"),
    ],
)
def test_commitments_that_do_not_fit(project: str, words: str, planned: Path) -> None:
    made = ("ledger", "add", "--title", "Another kiln", "--country", "YEM", "--kind", "project", "--date", "1987", "--key", "other")
    name = capcoop(*made, cwd=planned).stdout.partition(":")[0]
    done = capcoop("ledger", "commit", "yemen-cement", "never", "--project", project.format(name), cwd=planned)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert not (planned / "never").exists()
