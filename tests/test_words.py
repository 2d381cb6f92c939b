"""`capcoop words`: counts verified by hand, phrases, variants and translations, keyness, trend, context, countries."""

from __future__ import annotations

import csv
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from typer.testing import CliRunner

from capcoop import UsageError
from capcoop.cli import app
from capcoop.words import Document, count_terms, desire, ranking, read_documents
from capcoop.words.answer import Question, ask
from capcoop.words.context import in_context
from capcoop.words.glossary import built_in, read_glossary
from capcoop.words.keyness import keyness, log_likelihood
from capcoop.words.languages import LANGUAGES, function_words, language_of
from capcoop.words.names import country_names
from capcoop.words.phrases import runs_of
from capcoop.words.read import clean
from capcoop.words.stream import BREAK, apart, stream_of
from capcoop.words.terms import KINDS, key_terms
from capcoop.words.trend import trend
from words_support import COUNTED, STATEMENTS, docx_of, pdf_of


def counted(*texts: str, language: str = "en", longest: int = 4) -> dict[str, tuple[int, int]]:
    """Return count and count everywhere of each term, countries included."""
    documents = [Document(str(at), clean(text), language) for at, text in enumerate(texts)]
    table = ranking(count_terms(documents, longest=longest), KINDS)
    return {row["term"]: (row["count"], row["everywhere"]) for row in table.iter_rows(named=True)}


def test_counts_verified_by_hand() -> None:
    """one.txt has 37 words, two.txt 18 as rjieba cuts them; every count below was made by hand."""
    found = ask(Question([COUNTED]))
    assert found.counts.words.tolist() == [37, 18]
    rows = {row["term"]: row for row in found.terms.iter_rows(named=True)}
    expected = {
        "capacity cooperation": (4, 4, 2),  # twice in English, once hyphenated; twice in Chinese, once as 国际产能合作
        "port": (3, 3, 2),
        "steel mills": (3, 3, 1),
        "steel": (1, 4, 1),  # three of four stand in the phrase
        "capacity": (1, 3, 1),
        "产能": (1, 3, 1),
        "合作": (1, 3, 1),
        "cement": (1, 1, 1),
        "need": (2, 2, 1),
    }
    assert {term: (rows[term]["count"], rows[term]["everywhere"], rows[term]["documents"]) for term in expected} == expected
    assert rows["capacity cooperation"]["per_10000"] == pytest.approx(10_000 * 4 / 55)
    assert rows["capacity cooperation"]["language"] == "en zh"
    assert "mills" not in rows  # nothing is left of it outside the phrase
    assert "发展中国家" in rows  # and 中国 is not found within it
    named = {row["country"]: row["named"] for row in found.countries.iter_rows(named=True)}
    assert named == {"PER": 4}


def test_capacity_cooperation_comes_first_in_the_statements() -> None:
    """By hand: 6 in the first document, then 3, 3, 3, 6 and 4; not those of a script, a menu or a file's title."""
    found = ask(Question([STATEMENTS]))
    first = found.terms.row(0, named=True)
    assert (first["term"], first["count"], first["documents"]) == ("capacity cooperation", 25, 6)
    assert first["language"] == "en es pt ru zh"
    assert found.terms["count"][1] == 6
    number = found.counts.terms.filter(pl.col("term") == "capacity cooperation")["row"].item()
    assert found.counts.cells.filter(pl.col("term") == number).sort("document")["count"].to_list() == [6, 3, 3, 3, 6, 4]


def test_words_are_counted_once_in_the_longest_phrase() -> None:
    text = "The Belo Monte line is long. Belo Monte line, Belo Monte line! Belo Monte, Belo Monte. Line and line."
    found = counted(text)
    assert found["belo monte line"] == (3, 3)
    assert found["belo monte"] == (2, 5)
    assert found["line"] == (2, 5)
    assert "belo" not in found
    assert sum(count for count, _ in counted(text, longest=1).values()) == sum(
        count * len(term.split()) for term, (count, _) in found.items()
    )


def test_phrases_go_over_no_break_and_have_no_function_words_at_their_ends() -> None:
    found = counted("memorandum for peace. " * 4 + "red, green. " * 4 + "of peace the. " * 4)
    assert found["memorandum for peace"] == (4, 4)
    assert not {"red green", "of peace", "peace the", "for peace"} & set(found)


def test_a_phrase_needs_three_occurrences_and_association() -> None:
    assert "solid ground" not in counted("solid ground. solid ground. other things. more.")
    frequent = "good. plan. " * 300 + "good plan. " * 3  # together less often than by chance
    assert "good plan" not in counted(frequent)


def test_function_words_numerals_and_possessives() -> None:
    found = counted("Chile's two plants and the 25 plants of Chile, three of which work.")
    assert found == {"CHL": (2, 2), "plants": (2, 2), "work": (1, 1)}


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "Production-capacity cooperation; industrial\ncapacity cooperation; international production capacity cooperation.", 3),
        ("en", "Capacity co-operation, capacity Co-operation and industrial capacity co-\noperation.", 3),
        ("es", "COOPERACION EN CAPACIDAD PRODUCTIVA", 1),
        ("en", "Cooperation in production capacity and equipment manufacturing. Capacity building and cooperation.", 1),
        ("zh", "国际产能合作、产能合作、国际产能和装备制造合作；產能合作。产能过剩与合作。", 4),
        ("es", "La cooperación en capacidad productiva; la cooperación en materia de capacidad productiva.", 2),
        ("pt", "Cooperação em capacidade produtiva e em capacidade produtiva.", 1),
        ("ru", "О сотрудничестве в области производственных мощностей; сотрудничеству в сфере производственных мощностей.", 2),
    ],
)
def test_the_glossary_joins_variants(language: str, text: str, count: int) -> None:
    assert counted(text, language=language)["capacity cooperation"] == (count, count)


def alone(texts: list[tuple[str, str]]) -> list[list[tuple[str, int]]]:
    """Return the terms and counts of texts with their languages, each a document of its own."""
    counts = count_terms([Document(str(at), text, language) for at, (text, language) in enumerate(texts)], longest=1)
    cells = counts.cells.join(counts.terms.select("row", name="term"), left_on="term", right_on="row")
    found: list[list[tuple[str, int]]] = [[] for _ in texts]
    for row in cells.iter_rows(named=True):
        found[row["document"]].append((row["name"], row["count"]))
    return found


def test_every_variant_of_the_glossary_is_found_where_it_stands_alone() -> None:
    """Of variants with open ends, any ending will do; the term it is counted for is its own."""
    variants = built_in()
    found = alone([(one.text.replace("*", "x"), one.language) for one in variants])
    assert [one for one, terms in zip(variants, found, strict=True) if terms != [(one.term, 1)]] == []


def test_no_variant_belongs_to_two_terms() -> None:
    seen: dict[tuple[str, tuple[str, ...]], str] = {}
    for one in built_in():
        assert seen.setdefault((one.language, one.words), one.term) == one.term, one
    assert {one.language for one in built_in() if one.term == "capacity cooperation"} == set(LANGUAGES)


def test_every_country_is_found_by_its_names() -> None:
    names = country_names()
    texts = [one.text if one.language == "zh" else " ".join(one.words).capitalize() for one in names]
    found = alone([(text, one.language) for text, one in zip(texts, names, strict=True)])
    assert [one for one, terms in zip(names, found, strict=True) if terms != [(one.term, 1)]] == []


def test_names_of_countries_within_other_words_are_none() -> None:
    assert "CHL" not in counted("a chile sauce")
    found = counted("Guinea-Bissau and Papua New Guinea, Equatorial Guinea")
    assert found == {"GNB": (1, 1), "GNQ": (1, 1), "PNG": (1, 1)}
    assert counted("Peru y el Perú", language="es") == {"PER": (2, 2)}
    assert "TGO" not in counted("Того требует время", language="ru")
    assert counted("О Казахстане, Казахстану и Боливии, с Китаем", language="ru") == {"BOL": (1, 1), "CHN": (1, 1), "KAZ": (2, 2)}


def test_runs_are_those_of_count_vectorizer() -> None:
    """Every run of 1 to 4 words is counted as scikit-learn counts it, on random texts."""
    generator = np.random.default_rng(7)
    names = np.array(["".join(generator.choice(list("abcdefgh"), 4)) for _ in range(12)])
    texts = [" ".join(generator.choice(names, 200)) for _ in range(5)]
    stream = stream_of([Document(str(at), text, "en") for at, text in enumerate(texts)])
    counter = CountVectorizer(ngram_range=(1, 4))
    totals = np.asarray(counter.fit_transform(texts).sum(axis=0)).ravel()
    expected = {name: int(total) for name, total in zip(counter.get_feature_names_out(), totals, strict=True) if total >= 3}
    found = {}
    for runs in runs_of(stream, 4, least=3):
        first = runs.first if runs.length > 1 else [int(np.flatnonzero(stream.words == word)[0]) for word in range(len(runs.count))]
        for at, count in zip(first, runs.count.tolist(), strict=True):
            found[" ".join(stream.vocabulary[word] for word in stream.words[at : at + runs.length])] = count
    assert found == expected


def test_places_that_overlap_are_taken_from_the_left() -> None:
    assert apart(np.array([0, 1, 2, 3, 4, 5, 9]), 2).tolist() == [0, 2, 4, 9]
    assert apart(np.array([], dtype=np.int64), 3).tolist() == []


def test_documents_are_apart() -> None:
    stream = stream_of([Document("a", "solid", "en"), Document("b", "ground", "en")])
    assert stream.words.tolist() == [1, BREAK, 0, BREAK]
    assert set(counted(*["ground", "solid"] * 9)) == {"ground", "solid"}


def test_keyness_of_published_and_known_values() -> None:
    """By the formula: 2 (10 ln(10 / 5.5) + 1 ln(1 / 5.5)) of equal corpora; equal use is 0; none there counts half a word."""
    certainty, ratio = keyness([10, 5, 4], 1000, [1, 5, 0], 1000)
    assert certainty[0] == pytest.approx(2 * (10 * math.log(10 / 5.5) + math.log(1 / 5.5)))
    assert (certainty[1], ratio[1]) == pytest.approx((0, 0))
    assert ratio[0] == pytest.approx(math.log2(10))
    assert ratio[2] == pytest.approx(3)
    swapped, opposite = keyness([1], 1000, [10], 1000)
    assert (swapped[0], opposite[0]) == pytest.approx((certainty[0], -ratio[0]))
    # Dunning's table of 1993: `the swiss` 110 of 31777 words, 2442 `the` and 13 more `swiss` give 270.72 with a = 110.
    assert log_likelihood([110], [110 + 2442], [110 + 111], 110 + 2442 + 111 + 29114)[0] == pytest.approx(270.72, abs=0.01)


def test_keyness_against_a_reference() -> None:
    documents, reference = [Document("a", "steel steel steel glass", "en")], [Document("b", "glass wood wood wood", "en")]
    table = ranking(count_terms(documents, reference=reference))
    rows = {row["term"]: row for row in table.iter_rows(named=True)}
    assert set(rows) == {"steel", "glass"}
    assert rows["steel"]["log_ratio"] == pytest.approx(math.log2(6))
    assert (rows["glass"]["reference"], rows["glass"]["log_ratio"]) == (1, 0)
    assert rows["steel"]["reference_per_10000"] == 0
    assert rows["steel"]["everywhere"] == 3


def test_typical_terms_are_those_beyond_chance() -> None:
    documents = [Document("a", "steel. " * 40 + "glass. " * 10 + "wood. " * 11, "en")]
    reference = [Document("b", "glass. " * 50 + "wood. " * 10, "en")]
    table = key_terms(ranking(count_terms(documents, reference=reference)))
    assert table["term"].to_list() == ["steel"]
    assert table["log_likelihood"][0] == pytest.approx(2 * 40 * math.log(40 / (40 * 61 / 121)))


def test_a_reference_makes_no_phrases() -> None:
    reference = [Document("b", "Belo Monte. " * 9, "en")]
    assert "belo monte" not in ranking(count_terms([Document("a", "Belo Monte", "en")], reference=reference))["term"].to_list()


def test_use_over_time() -> None:
    documents = [
        Document("a", "steel glass glass glass", date="2014-05"),
        Document("b", "steel steel glass glass", date="2015"),
        Document("c", "steel steel steel steel", date="2016-01-02"),
        Document("d", "steel", date=""),
    ]
    found = trend(count_terms(documents), ["steel", "glass"])
    assert found is not None
    assert found.uses.filter(pl.col("term") == "steel")["per_10000"].to_list() == [2500, 5000, 10_000]
    assert (found.cut, found.undated) == ("2015", 1)
    row = found.changes.filter(pl.col("term") == "steel").row(0, named=True)
    assert (row["earlier"], row["later"], row["log_ratio"]) == pytest.approx((2500, 7500, math.log2(3)))
    assert trend(count_terms(documents[:1]), ["steel"]) is None
    months = trend(count_terms([Document("a", "steel", date="2015-01"), Document("b", "glass", date="2015-03-01")]), ["steel"])
    assert months is not None
    assert months.periods["period"].to_list() == ["2015-01", "2015-03"]
    many = [Document(str(year), "steel", date=str(year)) for year in range(2001, 2021)]
    spans = trend(count_terms(many), ["steel"])
    assert spans is not None
    assert spans.periods["period"].to_list()[:2] == ["2001-03", "2004-06"]
    assert spans.periods["period"].to_list()[-1] == "2019-20"
    assert spans.periods["documents"].sum() == 20


def test_terms_in_context() -> None:
    found = in_context(read_documents([STATEMENTS]).read, "Capacity cooperation")
    assert found.height == 25
    assert set(found["match"].str.to_lowercase()) >= {
        "国际产能合作",
        "production-capacity cooperation",
        "cooperação em capacidade de produção",
    }
    one = in_context([Document("a", "The  steel\nworks. Steelworks make steel.", "en")], "steel works")
    assert one.rows() == [("steel works", "a", "", "The ", "steel works", ". Steelworks make steel.")]
    assert in_context([Document("a", "trains training train", "en")], "train*")["match"].to_list() == ["trains", "training", "train"]
    with pytest.raises(UsageError, match="has no word"):
        in_context([Document("a", "x", "en")], "!!")


def test_every_place_that_is_counted_is_shown_in_context() -> None:
    documents = read_documents([STATEMENTS]).read
    table = ranking(count_terms(documents))
    for row in table.filter(pl.col("kind") == "glossary").iter_rows(named=True):
        assert in_context(documents, row["term"]).height == row["everywhere"], row["term"]


def test_desire_shares_out_mentions() -> None:
    """Ten words with two mentions name Peru once and Chile once: one mention each, in five words each."""
    documents = [
        Document("a", "Capacity cooperation: China, Peru, Chile. Capacity cooperation works here daily.", "en"),
        Document("b", "Peru needs capacity cooperation.", "en"),
        Document("c", "Capacity cooperation.", "en"),
        Document("d", "Kenya needs roads.", "en"),
    ]
    table = desire(documents)
    assert table.columns[:4] == ["country", "documents", "mentions", "per_10000"]
    assert table["country"].to_list() == ["PER", "CHL", "KEN"]
    assert table["documents"].to_list() == [2, 1, 1]
    assert table["mentions"].to_list() == pytest.approx([2, 1, 0])
    assert table["per_10000"].to_list() == pytest.approx([10_000 * 2 / 9, 2000, 0])
    assert desire(documents, supplier="PER")["country"].to_list() == ["CHL", "CHN", "KEN"]
    assert desire([Document("x", "Nothing of it.", "en")]).height == 0


def test_desire_of_the_statements() -> None:
    """Mentions of documents that name a country add up: 25, all of them."""
    table = desire(read_documents([STATEMENTS]).read)
    assert table["country"].to_list() == ["BRA", "KAZ", "PER", "CHL"]
    assert table["mentions"].sum() == pytest.approx(26)  # and one of equipment manufacturing


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Las Partes acuerdan la cooperación en capacidad productiva, inversión y energía.", "es"),
        ("As Partes acordaram ampliar a cooperação em capacidade produtiva, os investimentos e a infraestrutura.", "pt"),
        ("The two sides will expand capacity cooperation.", "en"),
        ("Стороны договорились развивать сотрудничество.", "ru"),
        ("中国和巴西同意推进国际产能合作。", "zh"),
        ("Capacity cooperation is key. Capacity cooperation works.", "en"),
        ("Cooperación en capacidad productiva", "es"),
        ("Cooperação em capacidade produtiva", "pt"),
        ("Steel, cement, glass", "en"),
        ("Kerja sama kapasitas produksi antara kedua negara akan diperluas ke baja dan semen", None),
        ("Üretim kapasitesi iş birliği iki ülke arasında çelik ve çimento alanlarında genişletilecek", None),
        ("Obie strony postanowiły rozszerzyć współpracę w zakresie mocy produkcyjnych", None),
        ("Die beiden Seiten bauen die Zusammenarbeit im Bereich der Kapazität aus, und die Industrie wird davon Nutzen haben", None),
        ("Les deux parties ont décidé de renforcer la coopération dans le domaine des infrastructures.", None),
        ("Le due parti hanno deciso di rafforzare la cooperazione nella capacità produttiva e nelle infrastrutture", None),
        ("Қазақстан мен Қытай өнеркәсіп саласындағы ынтымақтастық туралы келісімге қол қойды", None),
        ("日本と中国の協力について話し合いました", None),
        ("12 34 56", None),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_function_words_are_there_for_every_language() -> None:
    assert all(len(function_words()[language]["function"]) > 100 for language in LANGUAGES)


def test_a_glossary_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("term,variant,language\nport works,port*,en\nport works,puerto*,es\nharbour,mole\n", encoding="utf-8")
    glossary = read_glossary(file)
    table = ranking(count_terms([Document("a", "Ports, a mole, and steel", "en")], glossary))
    assert table["term"].to_list() == ["harbour", "port works", "steel"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("term,variant\nx,\n", "row 2, column variant: is blank"),
        ("term,varient\nx,y\n", "did you mean 'variant'?"),
        ("term,variant,language\nx,y,fr\n", "'fr' is not known; write one of en, zh"),
        ("term,variant\nx,a*\n", "at least two letters before *"),
        ("term,variant\nx,123\n", "cannot be used"),
        ("term,variant\nx,y,z\n", "more cells than the table has columns"),
        ("term,variant\nx,y\0\n", "holds no text"),
        ("", "each row needs it"),
    ],
)
def test_a_glossary_that_breaks_the_rules(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_glossary(file)
    assert message in str(caught.value)


def run(*arguments: str | Path, columns: int = 80) -> Any:
    return CliRunner().invoke(app, ["words", *map(str, arguments)], env={"COLUMNS": str(columns)})


@pytest.mark.parametrize("columns", [80, 120])
def test_the_page_fits_the_terminal(columns: int) -> None:
    done = run(STATEMENTS, "--trend", "--context", "产能合作", "--reference", COUNTED, columns=columns)
    assert done.exit_code == 0, done.output
    from rich.cells import cell_len

    assert max(cell_len(line) for line in done.output.splitlines()) <= columns
    for word in ("capacity cooperation", "Use over time", "in context", "Countries named", "Kazakhstan", "front matter"):
        assert word in done.output


def test_json_and_tables(tmp_path: Path) -> None:
    (tmp_path / "=cmd.txt").write_text("Capacity cooperation and the steel of Peru in the year of the plan", encoding="utf-8")
    done = run(tmp_path, "--json", "--out", tmp_path / "out", "--top", "2", "--context", "steel")
    record = json.loads(done.output)
    assert [row["term"] for row in record["terms"]] == ["capacity cooperation", "steel"]
    assert record["words"] == 13
    with (tmp_path / "out" / "terms.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["term"] == "capacity cooperation"
    assert pl.read_parquet(tmp_path / "out" / "terms.parquet")["count"].to_list()[:2] == [1, 1]
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {"documents", "terms", "countries", "context"}


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path) -> None:
    text = "The plan of the bank is\n=HYPERLINK(1) steel and the road"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert run(tmp_path, "--context", "steel", "--out", tmp_path / "out").exit_code == 0
    for path in (tmp_path / "out").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert not [cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "is no file, no folder and no pattern that fits one"),
        ((STATEMENTS, "--language", "fr"), "--language fr: write one of en, zh, es, pt, ru"),
        ((STATEMENTS, "--phrases", "0"), "--phrases 0: write the most words of a phrase, 1 to 6"),
        ((STATEMENTS, "--top", "0"), "--top 0"),
        ((STATEMENTS, "--context", "?"), "has no word"),
        ((STATEMENTS, "--reference", "nowhere"), "is no file"),
        ((STATEMENTS, "--glossary", "nowhere.csv"), "nowhere.csv cannot be used"),
    ],
)
def test_requests_that_cannot_be_carried_out(arguments: tuple[str | Path, ...], message: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.output


def test_the_same_text_in_every_format_has_the_same_counts(tmp_path: Path) -> None:
    lines = [
        "Capacity cooperation between Brazil and China is the plan of the two",
        "and steel mills are built by joint ventures in Brazil",
    ]
    (tmp_path / "a.txt").write_text("\n\n".join(lines), encoding="utf-8")
    (tmp_path / "b.md").write_text("\n\n".join([f"**{line}**" for line in lines]), encoding="utf-8")
    (tmp_path / "c.html").write_text("".join(f"<p>{line}</p>" for line in lines), encoding="utf-8")
    (tmp_path / "d.pdf").write_bytes(pdf_of(lines))
    (tmp_path / "e.docx").write_bytes(docx_of(lines[:1], lines[1:]))
    documents = read_documents([tmp_path])
    assert not documents.left_out
    tables = [ranking(count_terms([one]), KINDS).drop("documents") for one in documents.read]
    assert all(table.equals(tables[0]) for table in tables[1:])
    assert tables[0].height > 5


def test_many_documents_are_counted_soon() -> None:
    """A tenth of the bench: 100 documents of 3,000 words, far below the 2 s that would be its share even on a busy machine."""
    generator = np.random.default_rng(1)
    names = np.array(["".join(generator.choice(list("abcdefghiklmnoprstu"), generator.integers(4, 10))) for _ in range(5000)])
    shares = 1 / np.arange(1, 5001)
    texts = [" ".join(generator.choice(names, 3000, p=shares / shares.sum())) for _ in range(100)]
    started = time.process_time()
    count_terms([Document(str(at), text, "en") for at, text in enumerate(texts)])
    assert time.process_time() - started < 6
