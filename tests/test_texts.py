"""The sentences of a page in every language: all there, the same figures, numbers and plural forms of the language."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest

import capcoop
from capcoop.errors import UsageError
from capcoop.report.page.texts import LANGUAGES, PLURALS, Texts, catalogue, plural

FORMS = {"en": {"one", "other"}, "es": {"one", "other"}, "zh": {"other"}, "ru": {"one", "few", "many", "other"}}
SPECS = {"", "percent", "year", "whole"}
SOURCE = Path(capcoop.__file__).parent / "report" / "page"


def forms_of(sentence: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"other": sentence} if isinstance(sentence, str) else sentence


def figures_of(sentence: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_with_the_same_figures(language: str) -> None:
    english, own = catalogue("en"), catalogue(language)
    assert set(own) == set(english)
    for key, sentence in own.items():
        meant = set().union(*(figures_of(form) for form in forms_of(english[key]).values()))
        assert isinstance(sentence, str) == isinstance(english[key], str), key
        if not isinstance(sentence, str):
            assert set(sentence) == FORMS[language], key
        for name, form in forms_of(sentence).items():
            figures = figures_of(form)
            assert figures <= meant, key
            # The form of one may say "a" for the count.
            assert meant - figures <= ({("count", "")} if name == "one" and language != "ru" else set()), key
            assert {spec for _, spec in figures} <= SPECS, key
            assert all(figure.isidentifier() for figure, _ in figures), key
            assert form == form.strip(), key
            assert form, key


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_sentences_are_translated(language: str) -> None:
    english, own = catalogue("en"), catalogue(language)
    for key, sentence in own.items():
        for form in forms_of(sentence).values():
            words = re.sub(r"\{[^}]*\}|[A-Z]{3}", "", form)
            if language == "zh" and re.search(r"[a-z]{4}", re.sub(r"\{[^}]*\}", "", str(english[key]))):
                assert re.search(r"[\u4e00-\u9fff]", words), key
            if language == "ru" and re.search(r"[a-z]{4}", re.sub(r"\{[^}]*\}", "", str(english[key]))):
                assert re.search(r"[\u0430-\u044f]", words), key
            if len(words) > 25:
                assert form not in forms_of(english[key]).values(), key


def test_every_key_that_the_program_names_is_there() -> None:
    for path in SOURCE.rglob("*.py"):
        for key in re.findall(r'texts(?:\.text)?\(\s*"([^"]+)"', path.read_text(encoding="utf-8")):
            assert key in catalogue("en"), f"{path.name}: {key}"


@pytest.mark.parametrize(
    ("language", "counts"),
    [
        ("en", {1: "one", 0: "other", 2: "other", 21: "other"}),
        ("es", {1: "one", 0: "other", 2: "other"}),
        ("zh", {1: "other", 5: "other"}),
        ("ru", {1: "one", 21: "one", 11: "many", 2: "few", 23: "few", 12: "many", 0: "many", 5: "many", 111: "many"}),
    ],
)
def test_plural_forms_are_those_of_the_language(language: str, counts: dict[int, str]) -> None:
    assert {count: plural(language, count) for count in counts} == counts
    assert plural("ru", 1.5) == "other"
    assert set(counts.values()) <= set(PLURALS)


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", ["1,234,567", "1,234", "123.5", "1.23", "0.0123", "1.2e\u221206", "0", "\u22125", "\u2013"]),
        ("zh", ["1,234,567", "1,234", "123.5", "1.23", "0.0123", "1.2e\u221206", "0", "\u22125", "\u2013"]),
        ("es", ["1\u202f234\u202f567", "1234", "123,5", "1,23", "0,0123", "1,2e\u221206", "0", "\u22125", "\u2013"]),
        ("ru", ["1\u202f234\u202f567", "1234", "123,5", "1,23", "0,0123", "1,2e\u221206", "0", "\u22125", "\u2013"]),
    ],
)
def test_numbers_are_written_as_the_language_does(language: str, written: list[str]) -> None:
    if language not in LANGUAGES:
        pytest.skip("not built in")
    texts = Texts(language)
    values = [1234567.0, 1234.4, 123.46, 1.234, 0.01234, 0.0000012, 0.0, -5.0, None]
    assert [texts.number(value) for value in values] == written


def test_shares_and_money() -> None:
    texts = Texts()
    assert [texts.percent(share) for share in (0.12, 0.015, 0.0001, 1, None, 0.5)] == [
        *("12\u202f%", "1.5\u202f%", "< 0.1\u202f%", "100\u202f%", "\u2013", "50\u202f%")
    ]
    assert texts.money(52_700, "million USD") == "52,700 million USD"
    assert texts.money(3, "florins") == "3 florins"


def test_names_of_a_case_are_words_not_templates() -> None:
    texts = Texts()
    said = texts("map.note-unplaced", count=2, names="{count}, {0.__class__}, <b>")
    assert "{count}, {0.__class__}, <b>" in said
    with pytest.raises(KeyError):
        texts("map.note-unplaced", count=2)


def test_an_unknown_language_is_told() -> None:
    with pytest.raises(UsageError, match=r"'fr'; .*en"):
        Texts("fr")


def test_every_kind_of_payment_has_a_word() -> None:
    from capcoop.appraise import appraisal_of
    from capcoop.model.build import build
    from capcoop.plan import extract
    from capcoop.solve.baseline import without_options
    from capcoop.solve.method import solve

    case = capcoop.read_case(capcoop.find_case("belo-monte"))
    model = build(case)
    alone = without_options(model)
    plan, baseline = (extract(one, solve(one.program, case.settings.solver)) for one in (model, alone))
    kinds = appraisal_of(case, plan, baseline).tables["reasons"]["kind"].unique().to_list()
    assert len(kinds) > 10
    assert [kind for kind in kinds if not Texts().has(f"payment.{kind}")] == []
