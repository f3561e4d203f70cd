"""From a file's bytes to a table of text cells: packing, encoding, dialect, rows."""
