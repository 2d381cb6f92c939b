"""The page on power is true: its files are written, its commands run, and the outputs it shows are those that come.

`python tests/test_power_page.py` writes the outputs that come into docs/power.md, for a reader to look at.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from capcoop import load_plan
from test_tutorial import Fence, command, fences, normal

PAGE = Path(__file__).parent.parent / "docs" / "power.md"
CREDIT = {"hydro": 0.6, "gas": 0.95}


def outputs(page: str, folder: Path) -> Iterator[tuple[Fence, str]]:
    """Follow the page in an empty folder; yield every fence that shows an output, and what it should hold."""
    for fence in fences(page):
        if fence.title:
            file = folder / fence.title
            file.parent.mkdir(exist_ok=True)
            file.write_text(fence.text, encoding="utf-8")
        elif fence.kind == "console":
            lines = [line for line in fence.text.splitlines() if line.startswith("$ ")]
            yield fence, "\n\n".join(f"{line}\n{normal(command(line[2:], folder))}" for line in lines)


def test_every_output_of_the_page_is_what_comes(tmp_path: Path, monkeypatch: Any) -> None:
    """And the reserve that its plan holds is the one that is counted here from the tables of the plan."""
    monkeypatch.chdir(tmp_path)
    found = list(outputs(PAGE.read_text(encoding="utf-8"), tmp_path))
    assert [normal(fence.text) for fence, _ in found] == [normal(text) for _, text in found]
    assert len(found) == 5
    assert load_plan(tmp_path / "runs" / "loop").objective / 8760 == pytest.approx(3000)
    assert load_plan(tmp_path / "runs" / "links").objective / 8760 == pytest.approx(1800)
    plan = load_plan(tmp_path / "runs" / "river")
    firm = sum(CREDIT.get(row["line"], 0) * row["standing"] for row in plan["capacity"].iter_rows(named=True))
    with (tmp_path / "river" / "slices.csv").open(encoding="utf-8") as file:
        hours = {row["slice"]: float(row["hours"]) for row in csv.DictReader(file)}
    load = dict.fromkeys(hours, 0.0)
    for row in plan["balances"].iter_rows(named=True):
        load[row["slice"]] += row["need"] / hours[row["slice"]]
    assert max(load.values()) == pytest.approx(3.1)
    assert firm == pytest.approx(1.8 + 0.95 * 2.1)
    assert firm - 0.95 * 0.4 < 1.15 * max(load.values()) <= firm  # one unit less would not do


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        found = [(fence.start, fence.end, text) for fence, text in outputs(page, Path(place))]
    for start, end, text in reversed(found):
        page = f"{page[:start]}{text}\n{page[end:]}"
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
