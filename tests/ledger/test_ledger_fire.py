"""A small fire in every run of the tests; the full one is `python tests/ledger/fire.py --database PLACE --count 10000`."""

from __future__ import annotations

from fire import fire


def test_killed_writers_lose_nothing_and_double_nothing(database: str) -> None:
    outcome = fire(database, count=300, processes=4, kills=6)
    assert outcome.kills >= 3
    assert outcome.agreements == 300
    assert outcome.ok, outcome
