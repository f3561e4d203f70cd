"""The customers screen: who is one person and why, one person's story, and what people decided about it."""
