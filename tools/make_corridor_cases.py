"""Make the built-in cases of corridors again, and tell in their README.md what their plans say.

python tools/make_corridor_cases.py [NAME ...]           tables and settings of the named cases, of all where none is named
python tools/make_corridor_cases.py --plan [NAME ...]    the figures of their plans, between the marks in README.md
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import two_ocean_railway
import two_ocean_tunnel
from corridor_tables import write

from capcoop.library import FOLDER

CASES = {module.NAME: module for module in (two_ocean_railway, two_ocean_tunnel)}


def make(name: str, folder: Path) -> None:
    """Write the tables and settings of a case into a folder."""
    write(folder, CASES[name].tables(), CASES[name].SETTINGS)


def main(words: Sequence[str]) -> None:
    """Make the named cases, or tell of their plans."""
    for name in [word for word in words if word != "--plan"] or list(CASES):
        make(name, FOLDER / name)


if __name__ == "__main__":
    main(sys.argv[1:])
