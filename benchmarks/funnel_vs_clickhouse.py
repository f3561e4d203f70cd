"""The same 4-step funnel over 10 million events: our kernel and ClickHouse's windowFunnel, in one run on one machine.

    pip install -r requirements.txt -r requirements-bench.txt
    python -m benchmarks.funnel_vs_clickhouse [--events N] [--threads N]

Both engines hold the same seeded events in their own best layout before the clock starts: ours as a journey table,
ClickHouse's (PyPI chdb, embedded) as a MergeTree ordered by (person, ts) with numeric codes. Both use the same number
of threads. Each round runs one query on each, so that a busy machine slows both. Fails (exit code 1) where the
answers differ, or where the median of our times is more than a fourth of ClickHouse's.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from omnidash.journeys.funnel import FunnelQuery, Step, funnel
from omnidash.journeys.table import Journeys
from omnidash.journeys.warm import warm

ACTIONS = ("view", "click", "add_to_cart", "purchase", "search", "like", "message_open", "service")
ACTION_SHARES = (0.40, 0.20, 0.10, 0.05, 0.10, 0.05, 0.07, 0.03)
STEPS = ACTIONS[:4]
WINDOW_SECONDS = 7 * 86_400
EVENTS_PER_PERSON = 12
DAYS = 60
ROUNDS = 5
REQUIRED_RATIO = 4.0


def synthetic_events(events: int, seed: int) -> pl.DataFrame:
    """Frame [person UInt32, ts UInt32 (seconds), action UInt16 (code of ACTIONS), event_id UInt64], in random order."""
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "person": rng.integers(0, max(1, events // EVENTS_PER_PERSON), events, dtype=np.uint32),
            "ts": rng.integers(0, DAYS * 86_400, events, dtype=np.uint32),
            "action": rng.choice(len(ACTIONS), events, p=ACTION_SHARES).astype(np.uint16),
            "event_id": np.arange(events, dtype=np.uint64),
        }
    )


def journey_table(events: pl.DataFrame) -> Journeys:
    """The events as our table."""
    columns = events.select(
        "person",
        "event_id",
        ts=pl.col("ts").cast(pl.Int64) * 1_000_000,
        day=(pl.col("ts") // 86_400).cast(pl.Int32),
        channel=pl.lit(None, pl.String),
        campaign=pl.lit(None, pl.String),
        action=pl.col("action").replace_strict(dict(enumerate(ACTIONS)), return_dtype=pl.String),
        touch=pl.lit(True),
        revenue=pl.lit(None, pl.Float64),
    )
    return Journeys.from_frame(columns, stage_of_action={})


class ClickHouse:
    """An embedded ClickHouse in a folder of its own, with the events in a MergeTree."""

    def __init__(self, events: pl.DataFrame, folder: Path, threads: int) -> None:
        from chdb import session

        source = folder / "events.parquet"
        events.write_parquet(source)
        self._session = session.Session(str(folder / "clickhouse"))
        self._threads = threads
        for statement in (
            "create database bench",
            "create table bench.events (person UInt32, ts UInt32, action UInt16) "
            "engine = MergeTree order by (person, ts)",
            f"insert into bench.events select person, ts, action from file('{source}', Parquet)",
            "optimize table bench.events final",
        ):
            self._session.query(statement)

    def reached(self) -> list[int]:
        """Persons who reached step 1, 2, …"""
        conditions = ", ".join(f"action = {code}" for code in range(len(STEPS)))
        answer = self._session.query(
            f"select level, count() from (select windowFunnel({WINDOW_SECONDS})(ts, {conditions}) as level "
            f"from bench.events group by person) group by level order by level settings max_threads = {self._threads}",
            "CSV",
        )
        by_level = dict(tuple(map(int, line.split(","))) for line in str(answer).splitlines())
        return [sum(n for level, n in by_level.items() if level >= k) for k in range(1, len(STEPS) + 1)]


def timed(work: Callable[[], list[int]]) -> tuple[float, list[int]]:
    """(seconds, answer)."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def main() -> int:
    """Run the comparison; the exit code says whether it holds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=10_000_000)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--seed", type=int, default=20260101)
    chosen = options.parse_args()

    warm()
    events = synthetic_events(chosen.events, chosen.seed)
    build_seconds, table = timed(lambda: journey_table(events))  # type: ignore[arg-type, return-value]
    query = FunnelQuery(steps=tuple(Step(action=name) for name in STEPS), window_seconds=WINDOW_SECONDS)

    def ours() -> list[int]:
        return funnel(table, query, threads=chosen.threads).steps["persons"].to_list()

    with tempfile.TemporaryDirectory() as folder:
        peer = ClickHouse(events, Path(folder), chosen.threads)
        rounds = [(timed(ours), timed(peer.reached)) for _ in range(ROUNDS + 1)][1:]  # the first round fills caches
    our_seconds = median(seconds for (seconds, _), _ in rounds)
    peer_seconds = median(seconds for _, (seconds, _) in rounds)
    answers = {tuple(answer) for pair in rounds for _, answer in pair}
    ratio = peer_seconds / our_seconds

    print(f"{table.events:,} events, {table.persons:,} persons, {len(STEPS)} steps, {chosen.threads} threads")
    print(f"journey table built in {build_seconds:.2f} s (once per import)")
    print(f"answer                       {' / '.join(map(str, sorted(answers)))}")
    print(f"OmniDash funnel              {our_seconds:.3f} s (median of {ROUNDS})")
    print(f"ClickHouse windowFunnel      {peer_seconds:.3f} s (median of {ROUNDS})")
    print(f"ratio                        {ratio:.1f} (required: {REQUIRED_RATIO:.0f})")
    if len(answers) != 1:
        print("FAILED: the answers differ")
        return 1
    if ratio < REQUIRED_RATIO:
        print("FAILED: not fast enough")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
