"""Cases and plans in a notebook: short, escaped, and with the charts of the page."""

from __future__ import annotations

import builtins
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import capcoop
from capcoop import views
from capcoop.errors import UsageError
from capcoop.plan import Plan
from support import case_of, plan_of

EVIL = "<script>alert(1)</script>"
NEEDED = ("altair", "vl_convert", "jinja2")


class Tags(HTMLParser):
    """Collects the tags of a page, and counts those that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def judged(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    return tags


@pytest.fixture
def evil(tmp_path: Path) -> capcoop.Case:
    tables = {
        "sites": [{"site": EVIL, "latitude": "10", "longitude": "20"}],
        "products": [{"product": "g", "unit": "<b>"}],
        "lines": [{"line": "l", "unit": "<i>t"}],
        "processes": [{"process": "p", "line": "l"}],
        "recipes": [{"process": "p", "product": "g", "quantity": "1"}],
        "options": [{"option": "o<u>", "site": EVIL, "line": "l", "unit_size": "5", "fixed_build_cost": "3"}],
        "needs": [{"site": EVIL, "product": "g", "quantity": "5"}],
    }
    return case_of(tmp_path / "evil", {"title": EVIL, "currency": "<money>", "discount_rate": 0.1}, tables)


def test_a_case_shows_what_it_holds_and_no_more() -> None:
    case = capcoop.read_case(capcoop.find_case("kazakhstan"))
    html = case._repr_html_()
    assert "Kazakhstan, Nurly Zhol" in html
    assert "2015 to 2024" in html
    assert len(html) < 4000
    judged(html)


def test_a_plan_shows_its_cost_and_what_is_built() -> None:
    case = capcoop.read_case(capcoop.find_case("yemen-cement"))
    plan = capcoop.plan_case(case)
    html = plan._repr_html_()
    assert "1 620" in html
    assert plan["builds"]["option"][0] in html
    assert len(html) < 8000
    judged(html)


def test_names_are_escaped(evil: capcoop.Case) -> None:
    plan = plan_of(evil)
    for html in (evil._repr_html_(), plan._repr_html_()):
        assert EVIL not in html
        assert "&lt;" in html
        assert judged(html).seen <= {"div", "strong", "br", "table", "thead", "tbody", "tr", "th", "td"}


def test_nothing_built_is_said() -> None:
    case = capcoop.read_case(capcoop.find_case("egypt-fertiliser"))
    plan = capcoop.plan_case(case)
    bare = Plan(plan.outcome, {**plan.tables, "builds": plan["builds"].clear()})
    assert "Nothing is built." in bare._repr_html_()


@pytest.fixture(scope="module")
def cable() -> Plan:
    return capcoop.plan_case(capcoop.read_case(capcoop.find_case("pacific-cable")))


def test_maps_and_charts_are_charts_of_altair(cable: Plan) -> None:
    altair = pytest.importorskip("altair", reason="the extra report is not installed")
    found = cable.map()
    assert isinstance(found, altair.LayerChart)
    assert any(row["site"] == "lima" for row in found.to_dict()["datasets"]["sites"])
    assert isinstance(cable.chart("gap"), altair.TopLevelMixin)
    with pytest.raises(UsageError, match=r"no map 'map-power'; .*map-information"):
        cable.map("power")
    with pytest.raises(UsageError, match="no chart 'gapp'"):
        cable.chart("gapp")


def test_a_plan_of_a_run_has_them_too(tmp_path: Path) -> None:
    pytest.importorskip("altair", reason="the extra report is not installed")
    capcoop.run(capcoop.find_case("belo-monte"), tmp_path / "run")
    plan = capcoop.load_plan(tmp_path / "run")
    assert plan.map("power").to_dict()["datasets"]["flows"]
    assert plan.chart("costs") is not None
    with pytest.raises(UsageError, match="which case it answers"):
        Plan(plan.outcome, plan.tables).map()


def test_the_missing_extra_names_itself(cable: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".", maxsplit=1)[0] in NEEDED:
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match="extra 'report'"):
        cable.map()
    with pytest.raises(UsageError, match="extra 'report'"):
        cable.chart("gap")
    assert "Pacific" in cable._repr_html_() or "pacific" in cable._repr_html_()


def test_an_unknown_view_is_a_fault_of_ours() -> None:
    with pytest.raises(LookupError):
        views.view("nothing")
