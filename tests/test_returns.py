"""Present values, internal rates of return and payback: sets of roots, dated flows, and flows without an answer."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capcoop.errors import UsageError
from capcoop.money.returns import dated_rates, internal_rates, payback, present_value


@pytest.mark.parametrize(
    ("flows", "roots"),
    [
        ([-50, -100, 600, 300, -100], (-0.768895470681, 1.854417828446)),
        ([-100, 230, -132], (0.10, 0.20)),
        ([100, -200, 150], ()),
        ([-1678.87, 771.96, 1814.05, 3520.30, 3552.95, 3584.99, 4789.91, -1], (1.004269848720,)),
        ([10, 10], ()),
        ([-10, -10], ()),
        ([0, 0, 0], ()),
        ([], ()),
        ([-100, 0, 0], ()),
        ([-100, 110], (0.1,)),
        ([-1e-9, 1.1e-9], (0.1,)),
        ([-1e15, 1.1e15], (0.1,)),
    ],
)
def test_all_rates_of_return(flows: list[float], roots: tuple[float, ...]) -> None:
    found = internal_rates(flows)
    assert found.roots == pytest.approx(roots, abs=1e-9)
    assert found.kind == ("none", "unique", "multiple")[min(len(roots), 2)]
    assert found.only == (pytest.approx(roots[0]) if len(roots) == 1 else None)


def test_dated_flows_count_days_as_spreadsheets_do() -> None:
    leap = dated_rates([(date(2024, 1, 1), -100), (date(2025, 1, 1), 110)])
    assert leap.only == pytest.approx(0.099713586, abs=1e-9)
    known = [
        (date(2008, 1, 1), -10000),
        (date(2008, 3, 1), 2750),
        (date(2008, 10, 30), 4250),
        (date(2009, 2, 15), 3250),
        (date(2009, 4, 1), 2750),
    ]
    assert dated_rates(known).only == pytest.approx(0.373362534, abs=1e-9)
    assert dated_rates(known[::-1]).only == pytest.approx(0.373362534, abs=1e-9)
    assert dated_rates([(date(2024, 1, 1), -100), (date(2024, 1, 1), 110)]).kind == "none"
    assert dated_rates([]).kind == "none"


def test_payback_is_linear_within_the_year() -> None:
    assert payback([-100, 60, 60]) == pytest.approx(1 + 40 / 60)
    assert payback([-100, 60, 60], 0.1) is not None
    assert payback([-100, 10]) is None
    assert payback([5, 1]) == 0.0
    assert payback([-100, 200, -150, 100]) == pytest.approx(2 + 50 / 100)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_a_rate_of_return_is_a_root_and_never_a_nan(flows: list[float]) -> None:
    for rate in internal_rates(flows).roots:
        assert math.isfinite(rate)
        factors = (1 + rate) ** -np.arange(len(flows))
        assert abs(np.array(flows) @ factors) <= 1e-6 * (np.abs(flows) * factors).sum() + 1e-12


@given(st.lists(st.floats(1, 1e4), min_size=1, max_size=25), st.floats(1, 1e5))
def test_an_outlay_before_income_has_the_rate_that_another_library_finds(income: list[float], outlay: float) -> None:
    pyxirr = pytest.importorskip("pyxirr")
    found = internal_rates([-outlay, *income])
    if found.kind == "unique" and -0.9 < found.roots[0] < 5:
        assert pyxirr.irr([-outlay, *income]) == pytest.approx(found.roots[0], abs=1e-6)
        assert pyxirr.npv(0.1, [-outlay, *income]) == pytest.approx(present_value(0.1, [-outlay, *income]), rel=1e-9)


@given(st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=25), st.floats(-0.5, 2))
def test_any_flows_have_the_value_and_the_rate_that_another_library_finds(flows: list[float], rate: float) -> None:
    pyxirr = pytest.importorskip("pyxirr")
    size = float(np.abs(flows).max())
    scaled = [flow / size if size > 1e-9 else 0.0 for flow in flows]
    weights = (1 + rate) ** -np.arange(len(scaled), dtype=np.float64)
    assert pyxirr.npv(rate, scaled) == pytest.approx(present_value(rate, scaled), abs=1e-9 * float(np.abs(scaled) @ weights) + 1e-12)
    other = pyxirr.irr(scaled) if min(scaled) < 0 < max(scaled) else None
    if other is None or not -0.9 < other < 9:
        return
    near = [present_value(other + step, scaled) for step in (-1e-5, 1e-5)]
    if near[0] * near[1] < 0:  # it is a root to the digits that are compared, and no mere touch of zero
        assert any(other == pytest.approx(root, abs=2e-5) for root in internal_rates(scaled).roots)


@given(st.lists(st.tuples(st.integers(1, 9000), st.floats(1, 1e4)), min_size=1, max_size=20), st.floats(1, 1e5))
def test_dated_flows_have_the_rate_that_another_library_finds(income: list[tuple[int, float]], outlay: float) -> None:
    pyxirr = pytest.importorskip("pyxirr")
    start = date(2015, 3, 1)
    flows = [(start, -outlay), *((start + timedelta(days=days), amount) for days, amount in income)]
    found = dated_rates(flows)
    if found.kind == "unique" and -0.9 < found.roots[0] < 5:
        days, amounts = zip(*flows, strict=True)
        scaled = [amount / outlay for amount in amounts]
        size = sum(amount * (1 + found.roots[0]) ** (-(day - start).days / 365) for day, amount in zip(days[1:], scaled[1:], strict=True))
        assert pyxirr.xnpv(found.roots[0], days, scaled) == pytest.approx(0, abs=1e-9 * (1 + size))
        other = pyxirr.xirr(days, scaled)
        if other is not None and abs(pyxirr.xnpv(other, days, scaled)) < 1e-9:
            assert other == pytest.approx(found.roots[0], abs=1e-6)


def test_flows_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="none missing and none infinite"):
        internal_rates([1, math.nan])
    with pytest.raises(UsageError, match="above -100 %"):
        present_value(-1.0, [1, 2])
