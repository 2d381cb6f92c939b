"""Why there is no plan: known conflicts with their true members, repairs carried out on the case, random conflicts by brute force."""

from __future__ import annotations

import json
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from capcoop import CaseError, Explanation, InfeasibleError, UnboundedError, build, explain, plan_case, read_case
from capcoop.model.build import Model
from capcoop.report.explanation import explanation_text
from capcoop.solve.conflict import Clock, conflict
from capcoop.solve.members import Mask, Members, members_of
from strategies import cases
from support import write_example
from test_cli import capcoop
from tiny import EXAMPLES, Example, example

FOLDER = Path(__file__).parent / "infeasible"
FILES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))}


def written(folder: Path, one: Example) -> Path:
    return write_example(folder / "case", one.settings, one.tables)


def explained(folder: Path) -> Explanation:
    return explain(read_case(folder, plannable=False), reread=lambda sets: read_case(folder, sets=sets, plannable=False))


@pytest.mark.parametrize("name", FILES)
def test_the_true_conflict_is_named_and_repairs_work(name: str, tmp_path: Path) -> None:
    want = FILES[name]
    folder = written(tmp_path, example(None, want.get("settings", {}), **want["tables"]))
    found = explained(folder)
    assert found.status == want.get("status", "conflict")
    assert {f"{one.table}/{one.key}/{one.column}" for one in found.members} == set(want.get("members", ()))
    assert found.proven == (found.status == "conflict")
    assert found.whole == want.get("whole", False)
    text = explanation_text(found, "money")
    assert all(sentence in text for sentence in want.get("sentences", ()))
    assert set(want.get("links", ())) <= set(found.links)
    assert found.steps == tuple(want.get("steps", ()))
    if "gain" in want:
        assert found.gain == pytest.approx(want["gain"])
    repairs = [one for one in (found.least, *found.singles) if one is not None]
    assert set(want["repairs"]) <= {text for one in repairs for text in one.sets}
    for one in repairs:
        assert one.sets
        assert plan_case(read_case(folder, sets=one.sets)).objective == pytest.approx(one.cost, abs=1e-6)


@pytest.mark.parametrize("name", FILES)
def test_such_a_case_has_no_plan(name: str, tmp_path: Path) -> None:
    want = FILES[name]
    folder = written(tmp_path, example(None, want.get("settings", {}), **want["tables"]))
    with pytest.raises(UnboundedError if want.get("status") == "endless" else InfeasibleError):
        plan_case(read_case(folder, plannable=False))


def possible(model: Model, members: Members, kept: Mask) -> bool:
    """Is there a plan when only some members hold? Written out, and asked of another interface of the solver."""
    program = model.program
    sides = [program.lower.copy(), program.upper.copy(), program.row_lower.copy(), program.row_upper.copy()]
    whole = program.whole.copy()
    builds = program.column_blocks["builds"]
    for i in np.flatnonzero(~kept):
        if members.whole[i]:
            option = builds.index["option"][members.place[i]]
            whole[builds.start + np.flatnonzero(builds.index["option"] == option)] = False
        else:
            sides[2 * int(members.row[i]) + int(members.upper[i])][members.position[i]] = members.free[i]
    matrix = csc_array((program.values, program.indices, program.starts), shape=(len(sides[2]), len(sides[0])))
    found = milp(
        np.zeros(len(sides[0])), integrality=whole, bounds=Bounds(sides[0], sides[1]), constraints=LinearConstraint(matrix, *sides[2:])
    )
    return bool(found.status == 0)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_a_random_conflict_is_irreducible_and_its_repair_works(one: Example) -> None:
    needs = [{**row, "quantity": f"{float(row['quantity']) * 100:g}"} for row in one.tables.get("needs", [])]
    products = [{**row, "penalty": ""} for row in one.tables["products"]]
    hard = replace(one, settings={**one.settings, "penalty": None}, tables={**one.tables, "needs": needs, "products": products})
    with tempfile.TemporaryDirectory() as place:
        folder = written(Path(place), hard)
        try:
            case = read_case(folder)
            model = build(case)
        except CaseError:
            assume(False)
        found = explained(folder)
        for repair in (found.least, *found.singles):
            if repair is not None and repair.sets and repair.cost is not None:
                assert plan_case(read_case(folder, sets=repair.sets)).objective == pytest.approx(repair.cost, rel=1e-5, abs=1e-5)
    if found.status == "conflict":
        must_be_irreducible(model, whole=found.whole)


def must_be_irreducible(model: Model, *, whole: bool) -> None:
    """The conflict has no plan, and has one without any of its members: by brute force."""
    members = members_of(model)
    kept, proven = conflict(model.program, members, Clock.of(60), whole=whole)
    assert proven
    assert not possible(model, members, kept)
    for member in np.flatnonzero(kept):
        without = kept.copy()
        without[member] = False
        assert possible(model, members, without), members.subject(int(member))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([2, 4, 6, 10]), min_size=1, max_size=4), st.integers(0, 12), st.integers(0, 9), st.booleans())
def test_a_conflict_of_whole_builds_is_irreducible(sizes: list[int], half: int, stock: int, least: bool) -> None:
    """Even sizes never add up to an odd sum, whatever else is asked for."""
    options = [{"option": f"o{i}", "site": "A", "line": "L", "unit_size": f"{size}"} for i, size in enumerate(sizes)]
    if least:
        options[0]["minimum_builds"] = "1"
    one = example(
        None,
        {},
        lines="line / L",
        stock=f"site, line, capacity / A, L, {stock}",
        limits=f"limit, sense, value / exact, =, {2 * half + 11}",
        limit_terms="limit, quantity, line / exact, new_capacity, L",
    )
    with tempfile.TemporaryDirectory() as place:
        folder = written(Path(place), replace(one, tables={**one.tables, "options": options}))
        found = explained(folder)
        assert found.whole
        for repair in (found.least, *found.singles):
            if repair is not None:
                plan_case(read_case(folder, sets=repair.sets))
        must_be_irreducible(build(read_case(folder)), whole=True)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_case_with_a_plan_has_nothing_to_explain(name: str, tmp_path: Path) -> None:
    one = EXAMPLES[name]
    found = explained(written(tmp_path, one))
    assert (found.status == "plan") == (one.objective is not None)


def test_figures_are_told_in_the_units_of_the_case_and_sets_in_those_of_their_row(tmp_path: Path) -> None:
    """A row in tonnes states 5 000 t; a case in kilotonnes needs 7 kt: no `--set` of the row would say 7."""
    tables: dict[str, Any] = {
        "products": "product, unit / g, kt",
        "purchases": "purchase, site, product, price, limit, unit / buy, A, g, 1, 5000, t",
        "needs": "site, product, quantity / A, g, 7",
    }
    folder = written(tmp_path, example(None, {}, **tables))
    found = explained(folder)
    assert "Limit on purchase buy of g at A: at most 5 kt/year" in {one.sentence for one in found.members}
    assert {one.sets for one in found.singles} == {("needs/A;g/quantity=5",), ()}


def test_what_stops_early_says_so(tmp_path: Path) -> None:
    case = read_case(written(tmp_path, EXAMPLES["01-smelt-no-disposal"]))
    assert explain(case, time_limit=0.0).status == "unknown"


def test_the_command_explains_and_plan_points_to_it(tmp_path: Path) -> None:
    folder = written(tmp_path, example(None, {}, **FILES["purchase-limit"]["tables"]))
    done = capcoop("plan", folder, "--set", "discount_rate=0.1", cwd=tmp_path)
    assert done.returncode == 3
    assert f"capcoop explain {folder} --set discount_rate=0.1 says why" in done.stderr
    done = capcoop("explain", folder, cwd=tmp_path)
    assert done.returncode == 3
    for sentence in FILES["purchase-limit"]["sentences"]:
        assert sentence in " ".join(done.stdout.split())
    assert "--set 'purchases/import;almaty;cement;2015/limit=7'" in done.stdout
    record = json.loads(capcoop("explain", folder, "--json", cwd=tmp_path).stdout)
    assert record["status"] == "conflict"
    assert {one["table"] for one in record["members"]} == {"needs", "purchases"}
    done = capcoop("explain", folder, "--set", "purchases/import;almaty;cement;2015/limit=7", cwd=tmp_path)
    assert done.returncode == 0
    assert "There is a plan" in done.stdout


def test_a_name_that_no_set_can_say_still_gets_a_repair(tmp_path: Path) -> None:
    tables = {"sites": [{"site": "A/B=C"}], "products": [{"product": "g"}], "needs": [{"site": "A/B=C", "product": "g", "quantity": "1"}]}
    found = explained(written(tmp_path, Example({"title": "odd"}, tables, None)))
    assert [one.sentence for one in found.members] == ["Need of g at A/B=C: 1"]
    assert found.least is not None
    assert found.least.changes[0].sentence == "Cut the need of g at A/B=C from 1 to 0."
    assert found.least.sets == ()
