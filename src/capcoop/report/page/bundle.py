"""The scripts that draw charts (Vega, Vega-Lite, vega-embed), as vl-convert's package carries them; they are not part of this one.

To bundle them takes a second or more, so that the bundle is kept in the user's own cache, named by the version; it is used only
where nobody else can have written it.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from capcoop.report.page.extra import library

LEAST = 500_000  # letters; a bundle with fewer is none
END = "window.vegaEmbed="
SNIPPET = "window.vegaEmbed = vegaEmbed;"


def bundle() -> str:
    """Return the bundle as JavaScript that sets `vegaEmbed`. Raises UsageError where the extra `report` is not installed."""
    vl_convert = library("vl_convert")
    place = _cache() / f"vega-of-vl-convert-{version('vl-convert-python')}.js"
    held = _kept(place)
    if held is None:
        held = str(vl_convert.javascript_bundle(SNIPPET))
        _keep(place, held)
    # Inside a script of a page, these would end it.
    return held.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _cache() -> Path:
    """Return the folder of what may be thrown away: that of the system for this user."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "capcoop" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "capcoop"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "capcoop"


def _kept(place: Path) -> str | None:
    """Return a kept bundle; None where there is none, or another user could have written it."""
    try:
        state = place.lstat()
        own = sys.platform == "win32" or (state.st_uid == os.getuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
        if not own or not stat.S_ISREG(state.st_mode):
            return None
        text = place.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return text if len(text) > LEAST and END in text else None


def _keep(place: Path, text: str) -> None:
    with suppress(OSError):  # a machine without a place to keep it bundles again
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = place.with_suffix(f".{os.getpid()}.part")
        part.touch(mode=0o600)
        part.write_text(text, encoding="utf-8")
        part.replace(place)
