"""Every journey screen's kernel over 10 million events, and the two that have a peer beside DuckDB's own SQL.

    pip install -r requirements.txt
    python -m benchmarks.journey_kernels [--events N] [--threads N] [--rounds N]

Seeded events of persons with 12 events each over 90 days, 12 channels and 8 actions, in random order. Measured are
whole public calls, result frames included, with the same number of threads for both sides; rounds alternate, so that a
busy machine slows both, and medians are compared. Fails (exit code 1) where an answer differs from DuckDB's, or a
promise is missed:

    overlap      at most 1/40 of DuckDB's self-join of touches, same persons for every pair of channels
    build        at most 2 × DuckDB's own `order by` of the same rows into a table
    the others   at most 0.5 s each, by the clock or, on a busy machine, of processor time over all threads: with cores
                 to itself a call takes no longer than that
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import polars as pl

from omnidash.journeys.breakpoints import breakpoints
from omnidash.journeys.cohorts import cohorts
from omnidash.journeys.collisions import collisions
from omnidash.journeys.overlap import overlap
from omnidash.journeys.rhythm import rhythm
from omnidash.journeys.stage_map import stage_map
from omnidash.journeys.table import Journeys
from omnidash.journeys.top_paths import top_paths
from omnidash.journeys.transitions import transition_counts
from omnidash.journeys.warm import warm

CHANNELS = tuple(f"channel_{letter}" for letter in "abcdefghijkl")
CHANNEL_SHARES = (0.22, 0.17, 0.13, 0.11, 0.09, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01)
STAGES = {
    "impression": "awareness",
    "view": "awareness",
    "click": "interest",
    "search": "interest",
    "add_to_cart": "consideration",
    "lead": "consideration",
    "purchase": "purchase",
    "join_community": "loyalty",
}
ACTION_SHARES = (0.25, 0.20, 0.20, 0.12, 0.10, 0.05, 0.05, 0.03)
EVENTS_PER_PERSON, DAYS, FIRST_DAY = 12, 90, 20_000  # 4 October 2024
WINDOW_DAYS = 7
MOST_SECONDS, OVERLAP_RATIO, BUILD_RATIO = 0.5, 40.0, 2.0

SELF_JOIN = """
    select a.channel as a, b.channel as b, cast(count(distinct a.person) as bigint) as persons
    from touches a join touches b
        on a.person = b.person and a.channel < b.channel and b.ts - a.ts between -$window and $window
    group by a.channel, b.channel
    order by a.channel, b.channel
"""


def synthetic_events(events: int, seed: int) -> pl.DataFrame:
    """The rows of a journey table, in random order."""
    rng = np.random.default_rng(seed)
    seconds = rng.integers(0, DAYS * 86_400, events, dtype=np.int64)
    action = rng.choice(len(STAGES), events, p=ACTION_SHARES)
    is_purchase = action == list(STAGES).index("purchase")
    channel = pl.Series(CHANNELS, dtype=pl.Categorical).gather(rng.choice(len(CHANNELS), events, p=CHANNEL_SHARES))
    return pl.DataFrame(
        {
            "person": rng.integers(0, max(1, events // EVENTS_PER_PERSON), events, dtype=np.int64),
            "ts": FIRST_DAY * 86_400_000_000 + seconds * 1_000_000,
            "day": (FIRST_DAY + seconds // 86_400).astype(np.int32),
            "channel": channel.cast(pl.String),
            "campaign": pl.Series([None], dtype=pl.String).extend_constant(None, events - 1),
            "action": pl.Series(list(STAGES), dtype=pl.String).gather(action),
            "touch": ~is_purchase,
            "revenue": np.where(is_purchase, rng.gamma(4.0, 50.0, events).round(2), 0.0),
            "event_id": np.arange(events, dtype=np.uint64),
        }
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """(seconds, answer)."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def busy_and_elapsed(work: Callable[[], Any]) -> tuple[float, float]:
    """(seconds by the clock, seconds of processor time over all threads): far apart, the machine had other work."""
    before = time.process_time()
    elapsed, _ = timed(work)
    return elapsed, time.process_time() - before


def pairs_of(found: pl.DataFrame) -> list[tuple[str, str, int]]:
    """Persons shared by every pair of channels, as the self-join lists them."""
    pairs = found.filter((pl.col("a") < pl.col("b")) & (pl.col("persons") > 0))
    return pairs.select("a", "b", "persons").sort("a", "b").rows()


def main() -> int:
    """Run all; the exit code says whether every promise holds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=10_000_000)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seed", type=int, default=20260101)
    chosen = options.parse_args()

    warm()
    events = synthetic_events(chosen.events, chosen.seed)
    peer = duckdb.connect(config={"threads": chosen.threads})
    peer.execute("set preserve_insertion_order = false")
    peer.register("rows", events.to_arrow())
    peer.execute("create table unordered as from rows")
    peer.execute("create table touches as select person, ts, channel from unordered where touch")
    peer.unregister("rows")

    def ordered() -> None:
        peer.execute("create or replace table ordered as from unordered order by person, ts, event_id")

    def self_join() -> list[tuple[str, str, int]]:
        return peer.execute(SELF_JOIN, {"window": WINDOW_DAYS * 86_400_000_000}).fetchall()

    def build() -> Journeys:
        return Journeys.from_frame(events, stage_of_action=STAGES)

    builds = [(timed(build), timed(ordered)) for _ in range(chosen.rounds)]
    table: Journeys = builds[-1][0][1]
    threads = {"threads": chosen.threads}
    joins = [(timed(lambda: overlap(table, window_days=WINDOW_DAYS, **threads)), timed(self_join))
             for _ in range(chosen.rounds)]  # fmt: skip
    closed = date(2024, 12, 31)
    kernels: dict[str, Callable[[], Any]] = {
        "paths (top 500 of all, repeats collapsed)": lambda: top_paths(table, top=500, collapse=True, **threads),
        "transitions": lambda: transition_counts(table, **threads),
        "breakpoints (stage map, medians, ranking)": lambda: breakpoints(stage_map(table, **threads)),
        "rhythm (weekday × hour)": lambda: rhythm(table, zone=ZoneInfo("Asia/Shanghai"), **threads),
        "cohorts (weeks)": lambda: cohorts(table, closed_through=closed, unit="week", **threads),
        "collisions (6 paid channels)": lambda: collisions(table, paid=CHANNELS[:6], **threads),
    }
    seconds = {name: [busy_and_elapsed(work) for _ in range(chosen.rounds + 1)][1:] for name, work in kernels.items()}

    print(f"{table.events:,} events, {table.persons:,} persons, {chosen.threads} threads, medians of {chosen.rounds}")
    wrong = []
    ours, theirs = median(a for (a, _), _ in builds), median(b for _, (b, _) in builds)
    print(
        f"{'build of the journey table':44} {ours:7.3f} s   DuckDB order by  {theirs:7.3f} s   {ours / theirs:5.2f} ×"
    )
    if ours > BUILD_RATIO * theirs:
        wrong.append("build")
    mine, sql = median(a for (a, _), _ in joins), median(b for _, (b, _) in joins)
    print(f"{'overlap of 12 channels':44} {mine:7.3f} s   DuckDB self-join {sql:7.3f} s   1/{sql / mine:.0f}")
    if sql < OVERLAP_RATIO * mine:
        wrong.append("overlap")
    for (_, found), (_, rows) in joins[:1]:
        if pairs_of(found.frame()) != rows:
            wrong.append("overlap: the answers differ")
    for name, times in seconds.items():
        elapsed, busy = median(e for e, _ in times), median(b for _, b in times)
        print(f"{name:44} {elapsed:7.3f} s   processor time of all threads {busy:6.3f} s")
        if min(elapsed, busy) > MOST_SECONDS:
            wrong.append(name)
    print(f"FAILED: {', '.join(wrong)}" if wrong else "all promises hold")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
