"""Write the built-in case of the world anew from the atlas, as Parquet.

    python tools/make_world.py [--to src/capcoop/cases/world]

The same as `capcoop new DIR --world` and `capcoop convert DIR TARGET --tables parquet`; README.md stays.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from capcoop.atlas.new import FILE
from capcoop.atlas.world import make_world
from capcoop.case import formats
from capcoop.case.formats.source import PACKAGE


def main() -> None:
    """Write all files but README.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=Path("src/capcoop/cases/world"))
    target: Path = parser.parse_args().to
    made = make_world()
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "world"
        formats.write(made.content, fresh, "parquet")
        (fresh / PACKAGE).unlink()
        (fresh / FILE).write_text(made.assumptions, encoding="utf-8")
        target.mkdir(parents=True, exist_ok=True)
        for old in target.glob("*.parquet"):
            old.unlink()
        for path in fresh.iterdir():
            (target / path.name).write_bytes(path.read_bytes())
    print(f"{sum(path.stat().st_size for path in target.iterdir()) / 1e6:.2f} MB in {target}")


if __name__ == "__main__":
    main()
