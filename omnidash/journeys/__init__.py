"""The journey table and its kernels: funnel, paths, credit, reach, overlap. The only room that imports numba."""
