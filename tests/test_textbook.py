"""The textbook formulation gives the answers of the tiny examples."""

from __future__ import annotations

import pytest

pytest.importorskip("pulp")

import textbook
from tiny import EXAMPLES


@pytest.mark.parametrize("name", EXAMPLES)
def test_tiny_example(name: str) -> None:
    example = EXAMPLES[name]
    status, objective = textbook.solve(example.settings, example.tables)
    assert status == ("infeasible" if example.objective is None else "optimal")
    if example.objective is not None:
        assert objective == pytest.approx(example.objective, rel=1e-6)
