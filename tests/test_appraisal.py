"""Economic appraisal: a worked example to the last digit, and the identity of finances, externalities and economy on any lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capcoop.errors import UsageError
from capcoop.money.appraisal import (
    Line,
    appraise,
    at_true_cost,
    compensation,
    effect,
    exported,
    import_substitute,
    imported,
    local,
    transfer,
    wages,
)
from capcoop.money.returns import internal_rates

FIRST = np.array([1.0] + [0.0] * 10)
LATER = 1.0 - FIRST
RATE, PREMIUM = 0.08, 0.04


def example() -> list[Line]:
    """Equipment, materials and work in year 0; sales that replace imports, inputs, power, tax and side effects in years 1 to 10."""
    return [
        imported("equipment", 66 * FIRST, 0.10, PREMIUM),
        local("materials", -15 * FIRST),
        wages("wages of construction", 15 * FIRST, 0.6),
        local("other", -4 * FIRST),
        import_substitute("sales", 50 * LATER, 0.05, PREMIUM),
        wages("wages", 8 * LATER, 0.6),
        imported("inputs", 12 * LATER, 0.10, PREMIUM),
        at_true_cost("power", 5 * LATER, 6 * LATER),
        transfer("income tax", 4 * LATER),
        effect("cheaper goods", 1.5 * LATER, "consumers"),
        effect("carbon", -0.02 * 60 * LATER, "environment"),
    ]


def test_the_worked_example() -> None:
    found = appraise(example())
    accounts = found.accounts
    wanted = {
        "financial": (-100, 21, 40.911709378),
        "government": (3.6, 3.178354978, 24.927020619),
        "workers": (6, 3.2, 27.472260477),
        "consumers": (0, 1.5, 10.065122098),
        "environment": (0, -1.2, -8.052097679),
        "economic": (-90.4, 27.678354978, 95.324014894),
    }
    sums = found.present_values(RATE).row(-1, named=True)
    assert list(accounts) == list(wanted)
    for name, (first, yearly, value) in wanted.items():
        assert accounts[name][0] == pytest.approx(first, abs=1e-6)
        assert accounts[name][1:] == pytest.approx(np.full(10, yearly), abs=1e-6)
        assert sums[name] == pytest.approx(value, abs=1e-6)
    assert found.economic_rates.only == pytest.approx(0.280303810, abs=1e-6)
    assert internal_rates(accounts["financial"]).only == pytest.approx(0.164011966, abs=1e-6)
    government = found.externalities[:, found.stakeholders.index("government"), 1]
    assert government.sum() == pytest.approx(-2.380952381 + 1.904761905 + 1.090909091 - 0.436363636 + 4 - 1, abs=1e-6)
    table = found.present_values(RATE)
    others = table.select(table.columns[1:-1]).sum_horizontal()
    assert others.to_list() == pytest.approx(table["economic"].to_list(), abs=1e-9)


def test_the_environment_loses_until_it_is_paid() -> None:
    found = appraise(example())
    assert found.losers(RATE) == pytest.approx({"environment": 8.052097679}, abs=1e-6)
    annuity = ((1 + RATE) ** -np.arange(1.0, 11)).sum()
    paid = compensation("carbon payment", 8.052097679 / annuity * LATER, "environment")
    after = appraise([*example(), paid])
    assert after.losers(RATE) == {}
    before, now = (one.present_values(RATE).row(-1, named=True) for one in (found, after))
    assert now["economic"] == pytest.approx(before["economic"])
    assert now["financial"] == pytest.approx(before["financial"] - 8.052097679)
    by_state = appraise([*example(), compensation("payment by the state", 1.2 * LATER, "environment", "government")])
    assert by_state.losers(RATE) == {}
    assert by_state.present_values(RATE).row(-1, named=True)["financial"] == pytest.approx(before["financial"])


def test_exports_earn_the_premium() -> None:
    found = appraise([exported("ore", 10 * LATER, PREMIUM)])
    assert found.accounts["government"][1] == pytest.approx(0.4)
    assert found.accounts["economic"][1] == pytest.approx(10.4)


def test_lines_that_do_not_add_up_are_refused() -> None:
    wrong = replace(example()[0], economic=-60 * FIRST)
    with pytest.raises(UsageError, match="financial ones plus externalities; they are not of equipment"):
        appraise([wrong, *example()[1:]])
    with pytest.raises(UsageError, match="the same years"):
        appraise([local("a", [1.0, 2.0]), local("b", [1.0])])
    with pytest.raises(UsageError, match="the same years"):
        appraise([])
    with pytest.raises(UsageError, match="none missing and none infinite"):
        local("a", [1.0, float("nan")])


@given(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=4), st.floats(0, 0.5), st.floats(0, 0.3), st.floats(0, 1), st.floats(0, 0.3))
def test_the_identity_holds_at_any_rate(flows: list[float], tariff: float, premium: float, factor: float, rate: float) -> None:
    amounts = np.array(flows)
    lines = [
        imported("a", amounts, tariff, premium),
        import_substitute("b", 2 * amounts, tariff, premium),
        exported("c", amounts, premium),
        wages("d", amounts, factor),
        at_true_cost("e", amounts, amounts * 1.3, "households"),
        transfer("f", amounts),
        effect("g", -amounts, "environment"),
        compensation("h", amounts, "environment", "government"),
    ]
    found = appraise(lines)
    sums = found.present_values(rate).row(-1, named=True)
    externalities = sum(sums[name] for name in found.stakeholders)
    assert sums["economic"] == pytest.approx(sums["financial"] + externalities, abs=1e-9 * max(1, np.abs(amounts).sum()))
