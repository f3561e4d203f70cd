"""How long the funnel's screen computes on 10 million events after a step or the window has changed.

    python -m benchmarks.funnel_screen [--events N] [--rounds N]

Timed is all that the server works out for the new picture: the funnel, its breakdown with intervals, time to convert,
trend, where the lost went, and the figures handed to the browser; not the journey table (built once per import), the
transport and the browser's drawing. Each round asks another funnel, so that nothing is kept from the one before. Fails
(exit code 1) where the median of a funnel of persons is above the promised 500 ms; counting every entry follows some
four million attempts instead of 830 thousand, and is shown without a promise.
"""

import argparse
import sys
import time
from itertools import cycle
from statistics import median

import numpy as np
import polars as pl

from benchmarks.funnel_vs_clickhouse import ACTIONS, synthetic_events
from omnidash.charts.bars import labelled_bars
from omnidash.charts.funnel import funnel_steps, group_rates
from omnidash.charts.theme import ChannelColors
from omnidash.journeys.funnel import Exclusion, FunnelQuery, Step, funnel
from omnidash.journeys.funnel_groups import groups, trend, went_next
from omnidash.journeys.table import Journeys
from omnidash.journeys.warm import warm
from omnidash.metrics.funnel_comparison import with_interval

CHANNELS = ("douyin", "xiaohongshu", "tmall", "jd", "wechat", "baidu", "email", "meta")
PROMISED_SECONDS = 0.5


def table_of(events: pl.DataFrame, seed: int) -> Journeys:
    """The events as a journey table, each on one of eight channels."""
    channel = np.random.default_rng(seed).integers(0, len(CHANNELS), events.height).astype(np.uint16)
    return Journeys.from_frame(
        events.select(
            "person",
            "event_id",
            pl.Series("channel", channel).replace_strict(dict(enumerate(CHANNELS)), return_dtype=pl.String),
            ts=pl.col("ts").cast(pl.Int64) * 1_000_000,
            day=(pl.col("ts") // 86_400).cast(pl.Int32),
            campaign=pl.lit(None, pl.String),
            action=pl.col("action").replace_strict(dict(enumerate(ACTIONS)), return_dtype=pl.String),
            touch=pl.lit(True),
            revenue=pl.lit(None, pl.Float64),
        ),
        stage_of_action={},
    )


def picture(table: Journeys, query: FunnelQuery) -> None:
    """What one change makes the server compute."""
    colors = ChannelColors.of(list(CHANNELS))
    result = funnel(table, query)
    persons = result.steps["persons"].to_list()
    labels = [step.label for step in query.steps]
    funnel_steps(labels, persons, [0] * len(labels), labels, colors=colors, names=("", "", "")).to_json()
    rated = with_interval(groups(result))
    rates, intervals = rated["rate"].to_list(), rated.select("low", "high").rows()
    names = rated["key"].to_list()
    group_rates(names, rates, intervals, names, [colors.accent] * len(names), colors=colors).to_json()
    result.time_to_convert_histogram(bins=30)
    trend(result)
    after = went_next(result, 1).head(8)
    labelled_bars(
        after["action"].fill_null("").to_list(),
        after["persons"].to_list(),
        [""] * len(after),
        [colors.rest] * len(after),
        colors=colors,
    ).to_json()


def main() -> int:
    """Measure; the exit code says whether the promise holds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=10_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seed", type=int, default=20260101)
    chosen = options.parse_args()
    warm()
    table = table_of(synthetic_events(chosen.events, chosen.seed), chosen.seed)
    view, click, cart, purchase = (Step(action=name) for name in ACTIONS[:4])
    day = 86_400
    kinds = {
        "ordered, another window": {"steps": (view, click, cart, purchase)},
        "strict": {"steps": (view, click, cart), "mode": "strict"},
        "any order": {"steps": (view, click, cart), "mode": "any"},
        "first attempt": {"steps": (view, click, cart, purchase), "entry": "first"},
        "window per step, exclusion": {
            "steps": (view, Step(action="click", within_seconds=day), purchase),
            "exclusions": (Exclusion(event=Step(action="service")),),
        },
        "every entry": {"steps": (view, click, cart), "count": "entries"},
    }
    print(f"{table.events:,} events, {table.persons:,} persons")
    slowest = 0.0
    for name, query in kinds.items():
        times = []
        for _, days in zip(range(chosen.rounds), cycle((7, 14, 3, 30, 1)), strict=False):
            start = time.perf_counter()
            picture(table, FunnelQuery(window_seconds=days * day, by="channel", **query))  # type: ignore[arg-type]
            times.append(time.perf_counter() - start)
        if query.get("count") != "entries":
            slowest = max(slowest, median(times))
        print(f"{name:28} {median(times):.3f} s (median of {chosen.rounds})")
    if slowest > PROMISED_SECONDS:
        print("FAILED: not fast enough")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
