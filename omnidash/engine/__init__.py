"""Runs the heavy work and nothing else: SQL rollups over the store, and the journey table the kernels walk."""
