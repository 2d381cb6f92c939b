"""The built-in cases: whole folders inside the package."""

from __future__ import annotations

import tomllib
from pathlib import Path

from capcoop.errors import UsageError, suggestion

FOLDER = Path(__file__).parent / "cases"


def built_in_cases() -> dict[str, Path]:
    """Return the folder of every built-in case by name."""
    return {path.parent.name: path.parent for path in sorted(FOLDER.glob("*/case.toml"))}


def find_case(text: str) -> Path:
    """Return the folder or file of a case given as a path or as the name of a built-in case.

    Raises UsageError, with the nearest name, where there is neither.
    """
    path = Path(text)
    cases = built_in_cases()
    if path.is_dir() or (path.exists() and text not in cases):
        return path
    if text in cases:
        return cases[text]
    hint = suggestion(text, cases) or "capcoop cases lists the built-in ones"
    raise UsageError(f"'{text}' is neither a folder, a file nor a built-in case; {hint}")


def title_of(folder: Path) -> str:
    """Return the title that a case's settings state."""
    try:
        return str(tomllib.loads((folder / "case.toml").read_text(encoding="utf-8-sig")).get("title", ""))
    except (OSError, ValueError):
        return ""
