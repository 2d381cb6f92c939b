"""Units and money: factors from what a row states to what the case counts in."""

from __future__ import annotations

import pytest

from capcoop.units import money_factor, unit_factor


@pytest.mark.parametrize(
    ("label", "base", "factor"),
    [
        ("t", "kt", 1e-3),
        ("kt", "t", 1e3),
        ("Mt", "kt", 1e3),
        ("MWh", "GWh", 1e-3),
        ("GJ", "TJ", 1e-3),
        ("kg", "t", 1e-3),
        ("m3", "m3", 1.0),
        ("thousand t", "kt", 1.0),
        ("furlong-ish", "furlong-ish", 1.0),
    ],
)
def test_unit_factor(label: str, base: str, factor: float) -> None:
    assert unit_factor(label, base) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("label", "base"),
    [("t", "MWh"), ("heads", "kt"), ("t; import os", "kt"), ("9**9**9**9", "kt"), ("(" * 50, "kt"), ("__class__", "kt"), ("t" * 200, "kt")],
)
def test_what_cannot_be_converted(label: str, base: str) -> None:
    assert unit_factor(label, base) is None


@pytest.mark.parametrize(
    ("label", "base", "rates", "factor"),
    [
        ("USD", "million USD", {}, 1e-6),
        ("thousand USD", "million USD", {}, 1e-3),
        ("EUR", "USD", {"EUR": 1.33}, 1.33),
        ("million EUR", "thousand USD", {"EUR": 2.0}, 2e3),
        ("money", "money", {}, 1.0),
        ("KZT", "USD", {}, None),
    ],
)
def test_money_factor(label: str, base: str, rates: dict[str, float], factor: float | None) -> None:
    assert money_factor(label, base, rates) == (None if factor is None else pytest.approx(factor))
