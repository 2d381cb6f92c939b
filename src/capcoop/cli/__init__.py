"""The command line: thin commands, heavy imports inside them. The order of imports is that of `capcoop --help`."""

# ruff: noqa: I001
from capcoop.cli.base import app
from capcoop.cli import cases, plans, reports, sweeps, countries, roadmap, ledger, money, words, exports

__all__ = ["app", "cases", "countries", "exports", "ledger", "money", "plans", "reports", "roadmap", "sweeps", "words"]
