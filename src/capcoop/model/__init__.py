"""The mixed-integer program of a case: one module for each theme, `build` puts them together."""
