"""The page of a run: charts, maps, words and pictures for people who decide."""
