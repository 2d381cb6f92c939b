"""CPU seconds of starting: a bare interpreter, imports, `--help`, reading the atlas; all of it compiled before."""

from __future__ import annotations

import compileall
import resource
import subprocess
import sys
from pathlib import Path

import capcoop

NEEDED = "from capcoop import build, extract, read_case, run, save_plan, verify"
COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    "capcoop --help": ["-m", "capcoop", "--help"],
    "import capcoop": ["-c", "import capcoop"],
    "import all that a plan needs": ["-c", NEEDED],
    "import polars": ["-c", "import polars"],
    "import polars, read the atlas": ["-c", "from capcoop.atlas.figures import table; table('figures')"],
    "import highspy, numpy, polars": ["-c", "import highspy, numpy, polars"],
}


def compile_package() -> None:
    """Compile capcoop; what pip installs is compiled already."""
    compileall.compile_dir(Path(capcoop.__file__).parent, quiet=2)


def measure(name: str) -> float:
    """Return the CPU seconds, all threads, of one start."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *COMMANDS[name]], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
