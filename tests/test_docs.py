"""The documentation says what the program does: generated pages are up to date, nothing public goes without a word."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import typer

from capcoop import plan_case, read_case
from capcoop.cli import app
from capcoop.library import built_in_cases
from capcoop.plan import PLAN_TABLES
from capcoop.schema import TABLES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date(generator: ModuleType) -> None:
    assert generator.stale() == [], "run: python docs/generate.py"


def test_a_block_without_a_formula_is_an_error(generator: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(generator.ROW_FORMULAS, "capacity")
    with pytest.raises(SystemExit, match=r"formula is missing for \['capacity'\]"):
        generator.maths_page()


def test_a_table_without_a_note_is_an_error(generator: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(generator.NOTES, "needs")
    with pytest.raises(SystemExit, match=r"note is missing for \['needs'\]"):
        generator.schema_page()


def test_every_command_and_option_is_in_the_readme() -> None:
    readme = text_of("README.md")
    group = typer.main.get_command(app)
    commands = group.commands  # type: ignore[attr-defined]
    for command, words in ((group, ""), *((found, f"capcoop {name}") for name, found in commands.items())):
        assert words in readme
        for parameter in command.params:
            long = [word for word in parameter.opts if word.startswith("--")]
            assert all(re.search(re.escape(word) + r"\b", readme) for word in long), f"{words}: {long}"


def test_every_table_and_column_of_a_case_has_a_line() -> None:
    page = text_of("docs/schema.md")
    for name, table in TABLES.items():
        _, _, rest = page.partition(f"\n### {name}\n")
        section = re.split(r"\n#{2,3} ", rest)[0]
        for column in table.columns:
            assert re.search(rf"^\| \**{re.escape(column.name)}\** \|", section, re.MULTILINE), f"{name}.{column.name}"


def test_every_table_of_a_plan_has_a_section() -> None:
    page = text_of("docs/plan-tables.md")
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(PLAN_TABLES)


def test_every_built_in_case_is_in_the_readme() -> None:
    readme = text_of("README.md")
    assert [name for name in built_in_cases() if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"))))
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    if folder.name == "parts":
        folder = DOCS
    for target in LINK.findall(text_of(page)):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        file = folder / path if path else ROOT / page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}, target


def test_every_decision_is_in_the_index() -> None:
    index = text_of("docs/README.md")
    assert [path.name for path in (DOCS / "decisions").glob("*.md") if f"decisions/{path.name}" not in index] == []


def test_the_five_line_case_of_the_readme_plans(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.split("## A five-line case")[1].split("```sh\n")[1].split("```")[0]
    lines = [line for line in block.splitlines() if not line.startswith("mkdir")]
    assert len(lines) == 5
    (tmp_path / "tiny").mkdir()
    subprocess.run(["/bin/sh", "-c", "\n".join(lines)], check=True, cwd=tmp_path / "tiny")
    plan = plan_case(read_case(tmp_path / "tiny"))
    assert f"{plan.objective:,.0f}".replace(",", " ") in text
