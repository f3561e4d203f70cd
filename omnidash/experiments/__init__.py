"""A/B tests: who saw which variant first, and what the variants brought, read so that looking every day is safe."""
