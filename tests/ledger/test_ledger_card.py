"""The report card: the figures of the built-in ledger, packages apart, and sums that are done by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from capcoop.errors import UsageError
from capcoop.ledger.built_in import built_in_entries
from capcoop.ledger.card import card
from capcoop.ledger.database import Ledger, open_ledger
from capcoop.ledger.entries import Attributes, Entry, Reading, Stage
from capcoop.ledger.look import asked
from capcoop.ledger.write import write_entries


def card_of(ledger: Ledger, visit: str | None = None, country: str | None = None, period: str | None = None) -> dict[str, Any]:
    return card(ledger, asked(ledger, visit, country, None, period))


@pytest.fixture(scope="module")
def built_in() -> Iterator[Ledger]:
    opened = open_ledger("built-in")
    yield opened
    opened.close()


def readings(found: dict[str, Any], record: str, quantity: str) -> list[tuple[float, str, bool]]:
    (package,) = [one for one in found["packages"]["listed"] if one["record"] == record]
    kept = [one for one in package["readings"] if one["quantity"] == quantity]
    assert all(one["source"] for one in kept)
    return [(one["millions"] if quantity == "value" else one["amount"], one["bound"], one["verified"]) for one in kept]


def test_brazil(built_in: Ledger) -> None:
    found = card_of(built_in, country="Brazil")
    assert readings(found, "A008", "documents") == [(35, "", True)]
    assert readings(found, "A008", "value") == [(27000.0, "at least", True), (53300.0, "", True)]


def test_colombia(built_in: Ledger) -> None:
    assert readings(card_of(built_in, country="COL"), "A039", "documents") == [(12, "", True)]


def test_kazakhstan(built_in: Ledger) -> None:
    found = card_of(built_in, country="Kazakhstan")
    assert readings(found, "A074", "documents") == [(33, "", True)]
    assert readings(found, "A074", "value") == [(23600.0, "", True)]
    assert readings(found, "A069", "value") == [(14000.0, "", True), (18000.0, "", False)]


def test_trade_with_latin_america_and_its_multiple(built_in: Ledger) -> None:
    found = card_of(built_in, country="LAC")
    (area,) = [one for one in found["trade"] if one["host"] == "LAC"]
    by_year = {one["year"]: one for one in area["ledger"]["years"]}
    assert (by_year[2014]["musd"], by_year[2014]["verified"]) == (263600.0, True)
    assert "MOFCOM" in by_year[2014]["source"]
    multiples = {one["base"]: (one["multiple"], one["verified"]) for one in area["ledger"]["multiples"]}
    assert multiples == {15000.0: (pytest.approx(263.6 / 15), True), 12600.0: (pytest.approx(263.6 / 12.6), False)}
    atlas = {one["year"]: one["musd"] for one in area["atlas"]["years"]}
    assert atlas[2014] / atlas[2000] == pytest.approx(20.9, abs=0.05)
    assert all(area["atlas"]["sources"])


def test_every_figure_of_the_built_in_ledger_has_a_source() -> None:
    for entry in built_in_entries():
        assert entry.source, entry.record
        assert all(one.source for one in entry.readings), entry.record
        assert all(one.source for one in entry.stages), entry.record


def test_packages_are_never_added_to_their_items(built_in: Ledger) -> None:
    found = card_of(built_in, country="BRA")
    own = [
        reading.millions
        for entry in built_in_entries()
        if entry.attributes.kind in {"agreement", "project"} and entry.attributes.host == "BRA"
        for reading in entry.readings
        if reading.quantity == "value" and reading.currency == "USD"
    ]
    assert found["total"]["musd"] == pytest.approx(sum(value for value in own if value is not None))
    (package,) = [one for one in found["packages"]["listed"] if one["record"] == "A008"]
    assert package["inside"] == {"items": 22, "valued": 5}


def deal(title: str, millions: float | None, currency: str = "USD", status: str = "signed", **more: str) -> Entry:
    told = {"kind": "agreement", "host": "KAZ", "partner": "CHN", "date": "2015"} | more
    amount = () if millions is None else (Reading("value", millions, f"million {currency}"),)
    return Entry(Attributes(title=title, **told), readings=amount, stages=(Stage(status, "2015"),))


@pytest.fixture
def small(database: str) -> Iterator[Ledger]:
    opened = open_ledger(database, new=True)
    entries = [
        deal("a", 100, sector="steel", financing="credit"),
        deal("b", 50, sector="steel;vehicles", channel="power;logistics"),
        deal("c", None, sector="steel", host="UZB", date="2016-05"),
        deal("d", 7, currency="CNY", visit="astana-2014-12"),
        deal("e", 1000, status="proposed"),
        deal("f", 5000, kind="package"),
    ]
    write_entries(opened, entries, "a")
    (name,) = write_entries(opened, [deal("g", 30, kind="project", date="2014")], "a").new
    write_entries(opened, [Entry(Attributes(), name, stages=(Stage("operating", "2019", "press"),))], "a")
    yield opened
    opened.close()


def deal_rows(found: dict[str, Any], group: str) -> dict[str, tuple[int, int, float | None]]:
    return {one["name"]: (one["deals"], one["valued"], one["musd"]) for one in found["by"][group]}


def test_sums_by_hand(small: Ledger) -> None:
    found = card_of(small)
    assert found["total"] == {"deals": 5, "valued": 4, "musd": 180.0, "other": [{"currency": "CNY", "millions": 7.0, "valued": 1}]}
    assert (found["proposals"]["deals"], found["proposals"]["musd"]) == (1, 1000.0)
    assert deal_rows(found, "country") == {"Kazakhstan": (4, 4, 180.0), "Uzbekistan": (1, 0, None)}
    assert deal_rows(found, "sector") == {"steel": (2, 1, 100.0), "steel, vehicles": (1, 1, 50.0), "not stated": (2, 2, 30.0)}
    assert deal_rows(found, "channel") == {"not stated": (4, 3, 130.0), "power, logistics": (1, 1, 50.0)}
    assert deal_rows(found, "financing") == {"credit": (1, 1, 100.0), "not stated": (4, 3, 80.0)}
    assert found["moved"]["moved"] == 1
    assert [(one["status"], one["date"]) for one in found["moved"]["listed"][0]["stages"]] == [("signed", "2015"), ("operating", "2019")]
    assert found["packages"]["count"] == 1


def test_filters(small: Ledger) -> None:
    assert card_of(small, country="uzbekistan")["total"]["deals"] == 1
    assert card_of(small, period="2016")["total"]["deals"] == 1
    assert card_of(small, period="2014-2015")["total"]["deals"] == 4
    assert card_of(small, visit="astana")["total"]["deals"] == 1
    assert card_of(small, country="LAC")["records"] == 0


@pytest.mark.parametrize(
    ("visit", "country", "period", "words"),
    [
        ("astna-2014-12", None, None, "did you mean 'astana-2014-12'?"),
        (None, "Kazakstan", None, "did you mean 'Kazakhstan'?"),
        (None, None, "2016-2014", "is no period"),
        (None, None, "x' OR 1=1 --", "is no period"),
        ("x' OR 1=1 --", None, None, "there is no visit"),
    ],
)
def test_requests_that_do_not_fit(visit: str | None, country: str | None, period: str | None, words: str, built_in: Ledger) -> None:
    with pytest.raises(UsageError) as error:
        card_of(built_in, visit, country, period)
    assert words in str(error.value)
