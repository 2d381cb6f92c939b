"""Write docs/summary.svg: the summary of the built-in case as a terminal of 80 columns shows it."""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from capcoop import find_case, run
from capcoop.report.terminal import plan_summary

PICTURE = Path(__file__).parent / "summary.svg"


def main() -> None:
    """Plan the case and save its summary as a picture."""
    with tempfile.TemporaryDirectory() as folder:
        result = run(find_case("kazakhstan"), Path(folder) / "run")
    console = Console(record=True, width=80, file=io.StringIO(), highlight=False, markup=False, emoji=False, force_terminal=True)
    console.print(plan_summary(result.case, result.plan, result.baseline, result.why, result.verdict))
    # rich's own template fetches fonts from the network; the reader's monospace font does as well.
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    PICTURE.write_text(console.export_svg(title="capcoop plan kazakhstan", code_format=template), encoding="utf-8")


if __name__ == "__main__":
    main()
