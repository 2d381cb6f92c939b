"""Channels that could be built: modes with their cited figures, candidates between the sites of a case, and the rows that offer them."""
