"""One module for each step, named by what it adds."""
