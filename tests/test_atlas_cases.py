"""The built-in cases that the atlas makes: they are what the tool makes today, they are whole, and their pages say so."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from capcoop import built_in_cases, check_case

ROOT = Path(__file__).parent.parent
NAMES = ("bangladesh", "brazil", "egypt", "ethiopia", "kazakhstan", "peru")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_cases", ROOT / "tools" / "make_cases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_cases"] = module
    spec.loader.exec_module(module)
    return module


def test_every_case_of_the_atlas_is_made_by_the_tool(tool: ModuleType) -> None:
    made = {name for name, folder in built_in_cases().items() if (folder / "ASSUMPTIONS.md").exists()} - {"world"}
    assert made == set(NAMES) == set(tool.CASES)
    own = {name for name, folder in built_in_cases().items() if (folder / "overrides").exists()}
    assert own == {name for name, asked in tool.CASES.items() if asked.overrides}


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_what_the_tool_makes(name: str, tool: ModuleType, tmp_path: Path) -> None:
    tool.make(name, tmp_path / name)
    folder = built_in_cases()[name]
    beside = {"README.md", "overrides"}
    assert {path.name for path in folder.iterdir()} - beside == {path.name for path in (tmp_path / name).iterdir()}
    for path in (tmp_path / name).iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes(), f"run: python tools/make_cases.py {name}"


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_sound_and_its_page_tells_how_it_is_made(name: str, tool: ModuleType) -> None:
    folder = built_in_cases()[name]
    assert check_case(folder)[1] == []
    page = " ".join((folder / "README.md").read_text(encoding="utf-8").replace("\\\n", " ").split())
    assert tool.command(name) in page
    assert "ASSUMPTIONS.md" in page
