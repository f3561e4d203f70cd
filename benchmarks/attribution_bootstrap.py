"""All attribution models with 200 bootstrap draws of persons over ten million events.

    python -m benchmarks.attribution_bootstrap [--events N] [--threads N]

Seeded events of twelve channels and 833 thousand persons stand in a journey table before the clock starts; the clock
covers the whole comparison: eight models shared out touch by touch, the paths, Markov of order 1, 200 draws of each,
intervals and groups. Fails (exit code 1) where it takes longer than 10 seconds or a model does not add up.
"""

import argparse
import resource
import sys
import time

import numpy as np
import polars as pl

from omnidash.attribution.comparison import compare
from omnidash.journeys.table import Journeys
from omnidash.journeys.warm import warm

CHANNELS = tuple(f"channel_{n:02}" for n in range(12))
EVENTS_PER_PERSON = 12
DAYS = 180
PURCHASES = 0.05
DRAWS = 200
REQUIRED_SECONDS = 10.0


def journey_table(events: int, seed: int) -> Journeys:
    """Seeded events: 95 % touches of twelve channels of unequal size, 5 % purchases."""
    random = np.random.default_rng(seed)
    popularity = 1.0 / np.arange(1, len(CHANNELS) + 1)
    is_purchase = random.random(events) < PURCHASES
    ts = random.integers(0, DAYS * 86_400, events)
    frame = pl.DataFrame(
        {
            "person": random.integers(0, max(1, events // EVENTS_PER_PERSON), events),
            "event_id": np.arange(events, dtype=np.uint64),
            "ts": ts * 1_000_000,
            "day": (ts // 86_400).astype(np.int32),
            "code": random.choice(len(CHANNELS), events, p=popularity / popularity.sum()),
            "touch": ~is_purchase,
            "revenue": np.where(is_purchase, random.gamma(2.0, 100.0, events), 0.0),
        }
    ).with_columns(
        channel=pl.when("touch").then(pl.col("code").replace_strict(dict(enumerate(CHANNELS)), return_dtype=pl.String)),
        campaign=pl.lit(None, pl.String),
        action=pl.when("touch").then(pl.lit("click")).otherwise(pl.lit("purchase")),
    )
    return Journeys.from_frame(frame.drop("code"), stage_of_action={})


def main() -> int:
    """Run it; the exit code says whether the promise holds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=10_000_000)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--seed", type=int, default=20260101)
    options.add_argument("--order", type=int, default=1)
    chosen = options.parse_args()

    warm()
    table = journey_table(chosen.events, chosen.seed)
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    found = compare(table, order=chosen.order, draws=DRAWS, threads=chosen.threads)
    rows = found.frame()
    groups = {model: found.alike(model) for model in found.models}
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    print(f"{table.events:,} events, {table.persons:,} persons, {len(found.channels)} channels, {DRAWS} draws")
    print(f"{len(found.models)} models, {rows.height} intervals, {sum(map(len, groups.values()))} groups alike")
    print(f"{seconds:.2f} s (required: {REQUIRED_SECONDS:.0f}); {processor:.2f} s of processor time")
    print(f"largest resident size {after.ru_maxrss / 2**20:.2f} GB")
    observed = found.models["last"].amounts[0].sum()
    for model, credited in found.models.items():
        if model != "participation" and abs(credited.amounts[0].sum() / observed - 1) > 1e-9:
            print(f"FAILED: {model} does not add up")
            return 1
    if seconds > REQUIRED_SECONDS:
        print("FAILED: not fast enough")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
