"""How plans and cases are shown in a notebook, by name: who draws is told by the package above, so that no layer imports a later one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

_homes: dict[str, str] = {}


def register(homes: Mapping[str, str]) -> None:
    """Say which module holds the function that draws each view; it is imported when it is first asked for."""
    _homes.update(homes)


def view(name: str) -> Callable[..., Any]:
    """Return the function that draws a view. Raises LookupError where nobody said who does."""
    return getattr(import_module(_homes[name]), name)  # type: ignore[no-any-return]
