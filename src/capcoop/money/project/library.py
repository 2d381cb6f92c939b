"""Built-in projects: files that `capcoop finance NAME` shows, as examples and as starts for one's own."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from capcoop.errors import UsageError, printable, suggestion


def built_in_projects() -> dict[str, Path]:
    """Return the files of the built-in projects by their names."""
    folder = Path(str(files("capcoop.money.project").joinpath("examples")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def project_titles() -> dict[str, str]:
    """Return the titles of the built-in projects by their names."""
    return {name: str(tomllib.loads(path.read_text(encoding="utf-8"))["title"]) for name, path in built_in_projects().items()}


def project_path(word: str) -> Path:
    """Return the file of a project: a path, or the name of a built-in one; raises UsageError where it is neither."""
    known = built_in_projects()
    if Path(word).is_file() or word not in known:
        if not Path(word).is_file() and not Path(word).suffix and Path(word).name == word:
            near = suggestion(word, known) or "built in: " + ", ".join(known)
            raise UsageError(f"there is no file and no built-in project {printable(word)}; {near}")
        return Path(word)
    return known[word]
