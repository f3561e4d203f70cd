"""Our default funnel and ClickHouse's windowFunnel, person by person, on random journeys full of ties.

    pip install -r requirements.txt -r requirements-bench.txt
    python -m benchmarks.funnel_agreement [--journeys N] [--funnels N] [--seed S]

Journeys are short and crowded: many events at one instant, repeats of a step, steps that one event satisfies at once
(an action in any channel, an action in some channels, a channel alone), windows that end on an event. Every funnel is
counted over all journeys by both; the deepest step of each person must be the same: where one event may make several
steps (windowFunnel's own way), and where one event makes one step (its ``strict_once``). Fails (exit code 1) where it
is not, and shows the first journeys that differ.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from omnidash.journeys.funnel import FunnelQuery, Step, funnel
from omnidash.journeys.table import Journeys

ACTIONS = ("view", "click", "cart", "purchase", "search")
CHANNELS = ("email", "meta", "search", "tmall")
MOST_EVENTS = 24
INSTANTS = 40
WINDOWS = (1, 2, 3, 5, 8, 13, 21, 34, 60)
MOST_STEPS = 6


def random_events(journeys: int, rng: np.random.Generator) -> pl.DataFrame:
    """Frame [person UInt32, ts UInt32 (seconds), action and channel UInt16 (codes), event_id UInt64]."""
    person = np.repeat(np.arange(journeys, dtype=np.uint32), rng.integers(1, MOST_EVENTS + 1, journeys))
    crowd = rng.integers(2, INSTANTS, journeys)[person]  # how many instants a journey has: few make many ties
    return pl.DataFrame(
        {
            "person": person,
            "ts": rng.integers(0, crowd).astype(np.uint32),
            "action": rng.integers(0, len(ACTIONS), person.size).astype(np.uint16),
            "channel": rng.integers(0, len(CHANNELS), person.size).astype(np.uint16),
            "event_id": rng.permutation(person.size).astype(np.uint64),
        }
    )


def journey_table(events: pl.DataFrame) -> Journeys:
    """The events as our table."""
    frame = events.select(
        "person",
        "event_id",
        ts=pl.col("ts").cast(pl.Int64) * 1_000_000,
        day=pl.lit(0, pl.Int32),
        channel=pl.col("channel").replace_strict(dict(enumerate(CHANNELS)), return_dtype=pl.String),
        campaign=pl.lit(None, pl.String),
        action=pl.col("action").replace_strict(dict(enumerate(ACTIONS)), return_dtype=pl.String),
        touch=pl.lit(True),
        revenue=pl.lit(None, pl.Float64),
    )
    return Journeys.from_frame(frame, stage_of_action={})


def random_steps(rng: np.random.Generator) -> tuple[Step, ...]:
    """Between one and six steps; a step may come twice."""
    steps = []
    for _ in range(rng.integers(1, MOST_STEPS + 1)):
        action = str(rng.choice(ACTIONS)) if rng.random() < 0.85 else None
        some = rng.choice(CHANNELS, rng.integers(1, 3), replace=False) if action is None or rng.random() < 0.3 else ()
        steps.append(Step(action=action, channels=tuple(map(str, some))))
    return tuple(steps)


def condition(step: Step) -> str:
    """The step in ClickHouse's words, over codes."""
    parts = [] if step.action is None else [f"action = {ACTIONS.index(step.action)}"]
    if step.channels:
        parts.append(f"channel in ({', '.join(str(CHANNELS.index(name)) for name in step.channels)})")
    return " and ".join(parts)


def compare(journeys: int, funnels: int, seed: int) -> tuple[list[str], list[int]]:
    """``(differences in words, at most three of a funnel; answers by depth)``."""
    from chdb import session

    rng = np.random.default_rng(seed)
    events = random_events(journeys, rng)
    table = journey_table(events)
    differences = []
    depths = np.zeros(MOST_STEPS + 1, np.int64)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "events.parquet"
        events.write_parquet(source)
        clickhouse = session.Session(str(Path(folder) / "clickhouse"))
        for statement in (
            "create database agreement",
            "create table agreement.events (person UInt32, ts UInt32, action UInt16, channel UInt16) "
            "engine = MergeTree order by (person, ts)",
            f"insert into agreement.events select person, ts, action, channel from file('{source}', Parquet)",
        ):
            clickhouse.query(statement)
        for _ in range(funnels):
            steps, window = random_steps(rng), int(rng.choice(WINDOWS))
            for shares in (True, False):
                query = FunnelQuery(steps=steps, window_seconds=window, shares_events=shares)
                ours = funnel(table, query).reached
                how = f"{window}" if shares else f"{window}, 'strict_once'"
                answer = clickhouse.query(
                    f"select windowFunnel({how})(ts, {', '.join(map(condition, steps))}) from agreement.events "
                    "group by person order by person",
                    "CSV",
                )
                theirs = np.array(str(answer).split(), np.int8)
                depths += np.bincount(ours, minlength=depths.size)
                for person in np.flatnonzero(ours != theirs)[:3]:
                    journey = events.filter(pl.col("person") == person).sort("ts", "event_id")
                    asked = f"{[step.label for step in steps]}, window {how}"
                    differences.append(f"{asked}: ours {ours[person]}, theirs {theirs[person]}\n{journey}")
    return differences, depths.tolist()


def main() -> int:
    """Compare; the exit code says whether all agree."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--journeys", type=int, default=10_000)
    options.add_argument("--funnels", type=int, default=200)
    options.add_argument("--seed", type=int, default=20260101)
    chosen = options.parse_args()
    differences, depths = compare(chosen.journeys, chosen.funnels, chosen.seed)
    print("\n".join(differences))
    print(f"{chosen.journeys:,} journeys, {chosen.funnels} funnels of 1 to {MOST_STEPS} steps")
    print(f"answers by depth, from 0     {' / '.join(f'{n:,}' for n in depths)}")
    print(f"answers that differ          {len(differences)}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
