"""What each country brings to a plan: coalitions by hand, and the axioms of the Shapley value."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

from capcoop import build
from capcoop.appraise import appraisal_of
from capcoop.errors import UsageError
from capcoop.solve.baseline import with_options
from capcoop.solve.method import solve
from capcoop.sweeps.coalitions import MOST_COUNTRIES, Shares, needed_countries, shares_of
from support import case_of
from test_appraise import ANNUITY, BY_HAND, planned
from tiny import read

# A mill of 10 a year costs 200 and 3 a unit to run, where an import costs 11: it saves 80 a year.
SAVED = 80 * ANNUITY - 200
HEAD = "option, site, line, unit_size, fixed_build_cost, life, supplier, maximum_builds"


def shares(folder: Path, **tables: str) -> Shares:
    texts = {**{name: text for name, text in BY_HAND.items() if name != "terms"}, **tables}
    return shares_of(*planned(case_of(folder, {"discount_rate": 0.08}, {name: read(text) for name, text in texts.items()})))


def values(found: Shares) -> dict[str, float]:
    return dict(found.table.select("country", "share").iter_rows())


def test_two_suppliers_of_one_mill_share_a_third_by_hand(tmp_path: Path) -> None:
    # Either supplier is enough: the host adds all whenever one of them is there (2 of 3 orders), a supplier only before the other.
    options = f"{HEAD} / one, A, mill, 10, 200, 10, SUP, 1 / two, A, mill, 10, 200, 10, SUQ, 1"
    found = shares(tmp_path, options=options)
    assert values(found) == pytest.approx({"HOM": SAVED * 2 / 3, "SUP": SAVED / 6, "SUQ": SAVED / 6})
    table = {row["country"]: row for row in found.table.iter_rows(named=True)}
    assert [table[one]["alone"] for one in table] == [0.0] * 3
    assert table["HOM"]["last"] == pytest.approx(SAVED)
    assert table["SUP"]["last"] == pytest.approx(0.0, abs=1e-9)
    assert found.table.get_column("share_of_gain").sum() == pytest.approx(1.0)


def test_a_host_that_can_build_alone_and_a_dummy_by_hand(tmp_path: Path) -> None:
    # The host's own mill costs 300; SUP's costs 200; nobody wants that of DUM, dearer than what it saves.
    options = f"{HEAD} / own, A, mill, 10, 300, 10, , 1 / new, A, mill, 10, 200, 10, SUP, 1 / dear, A, mill, 10, 900, 10, DUM, 1"
    found = shares(tmp_path, options=options)
    assert values(found) == pytest.approx({"HOM": SAVED - 50, "SUP": 50.0, "DUM": 0.0})
    assert found.table.row(0, named=True)["alone"] == pytest.approx(SAVED - 100)
    assert found.gain == pytest.approx(SAVED)


CHANNELS = {
    "sites": "site, country / A, HOM / B, NEX / C, ",
    "channels": "channel, from, to, capacity, cost / road, A, B, 0, 0",
    "options": (
        "option, site, line, channel, unit_size, fixed_build_cost, life, supplier, maximum_builds"
        " / new, A, mill, , 10, 200, 10, SUP, 1 / way, , , road, 10, 20, 10, , 1"
    ),
    "freight": "channel, product / road, g",
    "packages": "option, site, line, capacity / new, B, mill, 5",
}


def test_an_option_needs_all_countries_that_it_touches(tmp_path: Path) -> None:
    tables = {name: read(text) for name, text in {**BY_HAND, **CHANNELS}.items() if name != "terms"}
    case = case_of(tmp_path, {"discount_rate": 0.08}, tables)
    assert needed_countries(case) == [frozenset({"HOM", "NEX", "SUP"}), frozenset({"HOM", "NEX"})]


def test_every_coalition_has_the_worth_of_its_own_plan_and_shares_are_efficient(tmp_path: Path) -> None:
    options = (
        f"{HEAD} / own, A, mill, 4, 110, 10, , 1 / one, A, mill, 6, 120, 10, SUP, 1"
        " / two, A, mill, 10, 200, 10, SUQ, 1 / far, B, mill, 5, 60, 10, SUQ, 1"
    )
    tables = {
        "options": options,
        "sites": "site, country / A, HOM / B, NEX",
        "needs": "site, product, quantity / A, g, 10 / B, g, 5",
        "purchases": "purchase, site, product, price / ship, A, g, 11 / ship, B, g, 9",
        "channels": "channel, from, to, cost, both_ways / road, A, B, 1, yes",
        "freight": "channel, product / road, g",
    }
    texts = {**{name: text for name, text in BY_HAND.items() if name != "terms"}, **tables}
    case, plan, baseline = planned(case_of(tmp_path, {"discount_rate": 0.08}, {name: read(text) for name, text in texts.items()}))
    found = shares_of(case, plan, baseline)
    needed, model = needed_countries(case), build(case)
    for size in range(1, 5):
        for coalition in map(frozenset, combinations(("HOM", "NEX", "SUP", "SUQ"), size)):
            allowed = pl.Series([one <= coalition for one in needed]).to_numpy()
            own = solve(with_options(model, allowed).program, case.settings.solver)
            assert found.worth[coalition] == pytest.approx(baseline.objective - own.objective, rel=1e-6, abs=1e-6), coalition
    assert sum(values(found).values()) == pytest.approx(baseline.objective - plan.objective)
    assert found.plans < 15


def test_builds_that_are_demanded_of_others_are_not_demanded_of_a_coalition(tmp_path: Path) -> None:
    options = f"{HEAD}, minimum_builds / new, A, mill, 10, 200, 10, SUP, 1, 1 / two, A, mill, 10, 190, 10, SUQ, 1, "
    found = shares(tmp_path, options=options)
    assert found.worth[frozenset({"HOM", "SUQ"})] == pytest.approx(SAVED + 10)
    assert found.worth[frozenset({"HOM", "SUP"})] == pytest.approx(SAVED)


def test_too_many_countries_are_told_in_a_sentence(tmp_path: Path) -> None:
    rows = " / ".join(f"o{i}, A, mill, 10, 200, 10, S{chr(65 + i)}X, 1" for i in range(MOST_COUNTRIES))
    with pytest.raises(UsageError, match="11 countries host or supply options, which would take 2048 plans"):
        shares(tmp_path, options=f"{HEAD} / {rows}")


def test_the_rule_shapley_adds_a_table_and_no_deal(tmp_path: Path) -> None:
    tables = {name: read(text) for name, text in {**BY_HAND, "negotiable": "term, least, most / royalty, 0, 0.2"}.items()}
    case, plan, baseline = planned(case_of(tmp_path, {"discount_rate": 0.08}, tables))
    found = appraisal_of(case, plan, baseline, "shapley")
    assert found.deal is None
    assert "deal_terms" not in found.tables
    assert dict(found.tables["shapley"].select("country", "share").iter_rows()) == pytest.approx({"HOM": SAVED / 2, "SUP": SAVED / 2})
    with pytest.raises(UsageError, match="'best' is no rule of sharing; write one of leximin, nash, shapley"):
        appraisal_of(case, plan, baseline, "best")  # type: ignore[arg-type]
