"""The atlas: the world's figures inside the package, and the way from a country and a programme to a case."""
