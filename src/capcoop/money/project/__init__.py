"""A single project: its file, its loans, its term sheet, and the cheapest way to pay for it."""
