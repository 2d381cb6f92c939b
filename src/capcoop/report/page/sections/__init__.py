"""The chapters of a page, each a pure function of the facts of a run; None where there is nothing to show."""
