"""The shape of the package: imports go one way, functions and modules stay short, start-up stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import capcoop

SOURCE = Path(capcoop.__file__).parent
# A module may import from its own layer and from those before it.
LAYERS = [
    "errors",
    "views",
    "parquet",
    "schema",
    "units",
    "geo",
    "case",
    "corridors",
    "model",
    "solve",
    "plan",
    "money",
    "sweeps",
    "library",
    "template",
    "financing",
    "runs",
    "appraise",
    "report",
    "export",
    "atlas",
    "ledger",
    "words",
    "roadmap",
    "cli",
    "__main__",
]
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def layer_of(module: str) -> int:
    return LAYERS.index(module.split(".")[1])


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("capcoop."):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("capcoop."))


def module_name(path: Path) -> str:
    return ".".join(("capcoop", *path.relative_to(SOURCE).with_suffix("").parts))


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_go_one_way(path: Path) -> None:
    own = layer_of(module_name(path))
    backwards = [name for name in imports_of(path) if layer_of(name) > own]
    assert not backwards


def test_the_checker_does_not_know_the_matrix() -> None:
    forbidden = ("capcoop.model", "capcoop.solve")
    for path in SOURCE.glob("plan/verify*/**/*.py"):
        assert not [name for name in imports_of(path) if name.startswith(forbidden)]
    for path in SOURCE.glob("plan/verify*.py"):
        assert not [name for name in imports_of(path) if name.startswith(forbidden)]


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_modules_and_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 600
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'polars', 'scipy', 'highspy', 'pydantic', 'pint'}"
    code = f"import sys, capcoop.cli; loaded = {heavy} & set(sys.modules); print(loaded); sys.exit(bool(loaded))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_public_names_are_all_there() -> None:
    for name in capcoop.__all__:
        assert getattr(capcoop, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = capcoop.nothing
