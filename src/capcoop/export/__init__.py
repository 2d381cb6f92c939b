"""From a case to the file formats of other planning tools."""
