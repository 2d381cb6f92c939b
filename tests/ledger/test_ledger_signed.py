"""Agreements by country, as the road map counts them, are the same from either database and from the table of the built-in ledger."""

from __future__ import annotations

from capcoop.ledger.built_in import built_in_entries
from capcoop.ledger.database import open_ledger
from capcoop.ledger.signed import built_in_facts, facts_from, signed
from capcoop.ledger.write import write_entries


def test_a_database_counts_as_the_built_in_table_does(database: str) -> None:
    ledger = open_ledger(database, new=True)
    write_entries(ledger, built_in_entries(), "tests")
    ledger.close()
    facts, _ = facts_from(database, "CHN")
    for until in (2013, 2014, 2016, 2025):
        assert signed(facts, "CHN", until).equals(signed(built_in_facts(), "CHN", until))
    assert facts_from(database, "JPN")[0].records.is_empty()
