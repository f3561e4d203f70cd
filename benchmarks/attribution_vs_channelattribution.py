"""Markov attribution of the same aggregated paths: ours, solved exactly, and PyPI ChannelAttribution, which simulates.

    pip install -r requirements.txt -r requirements-bench.txt
    python -m benchmarks.attribution_vs_channelattribution --paths Data.csv [--rounds N]

Without ``--paths`` ten thousand seeded paths over twelve channels are made. Both get the paths as they want them (ours
parsed into a path table, theirs as a data frame) before the clock starts. Each round runs both orders on both, so that
a busy machine slows all alike. Fails (exit code 1) where the four largest channels differ by more than 5 %, the
convergence the peer aims at unless told otherwise, or where
ours is less than 20 times faster at order 1 or 10 times at order 2.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from omnidash.attribution.markov import markov
from omnidash.attribution.path_file import read_path_file
from omnidash.attribution.path_table import PathTable

REQUIRED = {1: 20.0, 2: 10.0}
LARGEST, TOLERANCE = 4, 0.05


def seeded_paths(seed: int, *, paths: int = 10_000, channels: int = 12) -> PathTable:
    """Paths of 1 to 20 touches; few channels carry most of the traffic, as in life."""
    random = np.random.default_rng(seed)
    popularity = 1.0 / np.arange(1, channels + 1)
    rows = []
    for _ in range(paths):
        length = min(int(random.geometric(0.25)), 20)
        codes = random.choice(channels, length, p=popularity / popularity.sum())
        rows.append(([f"channel_{code:02}" for code in codes], int(random.poisson(2)), int(random.poisson(7))))
    frame = pl.DataFrame(rows, schema=["path", "conversions", "nulls"], orient="row")
    return PathTable.from_frame(frame.with_columns(value=pl.col("conversions") * 10.0))


def timed(work: Callable[[], dict[str, float]]) -> tuple[float, dict[str, float]]:
    """(seconds, credit per channel)."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def main() -> int:
    """Run the comparison; the exit code says whether it holds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--paths", type=Path, metavar="FILE")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seed", type=int, default=20260101)
    chosen = options.parse_args()

    import ChannelAttribution as peer  # noqa: N813  (a package, not a class)
    import pandas as pd

    table = read_path_file(chosen.paths) if chosen.paths else seeded_paths(chosen.seed)
    frame = pd.DataFrame(
        {
            "path": [" > ".join(path) for path in table.paths],
            "conversions": table.conversions.astype(int),
            "value": table.value,
            "nulls": table.nulls.astype(int),
        }
    )

    def ours(order: int) -> dict[str, float]:
        credit = markov(table, order=order).frame
        return dict(zip(credit["channel"], credit["conversions"], strict=True))

    def theirs(order: int) -> dict[str, float]:
        found = peer.markov_model(
            frame, "path", "conversions", var_value="value", var_null="nulls", order=order, seed=1234567,
            verbose=False, flg_pro=False,
        )  # fmt: skip
        return dict(zip(found["channel_name"], found["total_conversions"], strict=True))

    rounds = [
        {order: (timed(lambda k=order: ours(k)), timed(lambda k=order: theirs(k))) for order in REQUIRED}
        for _ in range(chosen.rounds + 1)
    ][1:]  # the first round fills caches
    holds = True
    print(f"{len(table.conversions):,} paths, {len(table.channels)} channels, {chosen.rounds} rounds")
    for order, required in REQUIRED.items():
        our_seconds = median(round_[order][0][0] for round_ in rounds)
        peer_seconds = median(round_[order][1][0] for round_ in rounds)
        exact, simulated = rounds[-1][order][0][1], rounds[-1][order][1][1]
        largest = sorted(exact, key=lambda channel: -exact[channel])[:LARGEST]
        apart = max(abs(simulated[channel] / exact[channel] - 1) for channel in largest)
        ratio = peer_seconds / our_seconds
        print(
            f"order {order}: ours {our_seconds * 1000:8.1f} ms   ChannelAttribution {peer_seconds * 1000:8.1f} ms   "
            f"ratio {ratio:6.1f} (required {required:.0f})   largest channels apart by {apart:.2%}"
        )
        if ratio < required:
            print(f"FAILED: not fast enough at order {order}")
            holds = False
        if apart > TOLERANCE:
            print(f"FAILED: the answers differ at order {order}")
            holds = False
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
