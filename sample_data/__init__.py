"""A made-up running-shoe brand, 跃野 Yueye, on ten channels for 26 weeks: exports in the shapes platforms write them.

``catalogue`` names what can be seen and why, ``world`` makes it from a seed, ``exports`` writes the files and
``truth`` knows what is behind them: the true person of every identifier, the true response curves, and the orders
that would not have happened without a channel. ``python -m sample_data --out DIR`` writes the files again.
Everybody and everything in it is invented.
"""

DEFAULT_PERSONS = 20_000
DEFAULT_SEED = 20260518
