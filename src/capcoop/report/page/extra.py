"""The libraries of the extra `report`, which need not be installed."""

from __future__ import annotations

from typing import Any

from capcoop.errors import UsageError


def library(module: str, needs: str = "a report needs") -> Any:  # noqa: ANN401  (a module)
    """Return a library of the extra, by a name without dots.

    needs : how the sentence begins, with its verb.

    Raises
    ------
    UsageError : it is not installed.
    """
    try:
        return __import__(module)
    except ModuleNotFoundError:
        raise UsageError(f"{needs} the extra 'report': pip install 'capcoop[report]'") from None
