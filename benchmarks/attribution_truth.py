"""Which model comes nearest to what channels really bring, where that is known: in made-up worlds.

    python -m benchmarks.attribution_truth [--worlds N] [--persons N]

The sample world knows which orders would not exist without a channel's spend (``sample_data.truth``; an order may need
two channels). Each world of a seed is credited by every model, with the true person of every touch, and each model's
shares are compared with the shares of truly incremental orders: rank correlation (Spearman), and the part of the
credit that stands with the wrong channel (half the sum of absolute differences).

Then a world in which every model fails: half of those who have made up their mind see a retargeting ad on the way to
the till, and it changes nothing. Models credit it all the same; geo tests of such worlds, in which half of the regions
show no retargeting, are read by ``attribution.geo_lift``.

Fails (exit code 1) where Markov or Shapley do not recover the truth better than last touch on average, or where the
geo tests do not tell that retargeting brings nothing.
"""

import argparse
import sys
from datetime import date, timedelta

import numpy as np
import polars as pl
from scipy.stats import spearmanr

from omnidash.attribution.comparison import compare
from omnidash.attribution.geo_lift import GeoLift, read_geo_lift
from omnidash.journeys.table import Journeys
from omnidash.model.period import Period
from sample_data import DEFAULT_PERSONS, DEFAULT_SEED
from sample_data.catalogue import CHANNELS, FIRST_DAY
from sample_data.journeys import DAY_SECONDS
from sample_data.season import WARM_UP_DAYS
from sample_data.touches import ACTIONS
from sample_data.truth import incremental
from sample_data.world import World, make_world

MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley", "markov")
NO_CONTACT = "review"
GEO_TESTS = 60


def journeys_of_world(world: World) -> Journeys:
    """Touches and paid orders of the exported days, each with its true person."""
    orders, touches = world.orders, world.touches
    paid = orders.is_paid
    contact = np.array([action != NO_CONTACT for action in ACTIONS])[touches.action]
    rows = [
        (touches.person[contact], touches.at[contact], touches.channel[contact], np.zeros(int(contact.sum()))),
        (orders.person[paid], orders.at[paid], np.full(int(paid.sum()), -1), orders.net[paid] / 100),
    ]
    person, at, channel, revenue = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    first = (FIRST_DAY - date(1970, 1, 1)).days - WARM_UP_DAYS
    frame = pl.DataFrame(
        {
            "person": person,
            "ts": at * 1_000_000,
            "day": (at // DAY_SECONDS + first).astype(np.int32),
            "code": channel,
            "revenue": revenue,
            "event_id": np.arange(len(person), dtype=np.uint64),
        }
    ).with_columns(
        channel=pl.col("code").replace_strict(dict(enumerate(CHANNELS)), default=None, return_dtype=pl.String),
        campaign=pl.lit(None, pl.String),
        touch=pl.col("code") >= 0,
        action=pl.when(pl.col("code") >= 0).then(pl.lit("click")).otherwise(pl.lit("purchase")),
    )
    return Journeys.from_frame(frame.drop("code"), stage_of_action={})


def recovered(world: World) -> dict[str, tuple[float, float]]:
    """(rank correlation, part of the credit with the wrong channel) of each model in one world."""
    truth = dict(incremental(world).select("channel", "orders").iter_rows())
    true_share = np.array([truth[channel] for channel in CHANNELS]) / sum(truth.values())
    found = compare(journeys_of_world(world), draws=1)
    place = [found.channels.index(channel) for channel in CHANNELS]
    results = {}
    for model in MODELS:
        credit = found.models[model].amounts[0][place]
        share = credit / credit.sum()
        results[model] = (float(spearmanr(share, true_share)[0]), float(np.abs(share - true_share).sum() / 2))
    return results


def retargeting_world(seed: int, *, persons: int = 40_000, regions: int = 20, days: int = 84) -> pl.DataFrame:
    """[person, region, day, channel, touch …]: search and video bring buyers, retargeting follows those who buy anyway.

    In even regions retargeting is off during the last 28 days.
    """
    random = np.random.default_rng(seed)
    region, met = random.integers(0, regions, persons), random.integers(0, days, persons)
    opener = random.choice(["search", "video"], persons)
    buys = random.random(persons) < np.where(opener == "search", 0.3, 0.15)
    is_off = (region % 2 == 0) & (met >= days - 28)
    followed = buys & (random.random(persons) < 0.5) & ~is_off
    steps = (
        (np.arange(persons), 0, pl.Series(opener)),
        (np.flatnonzero(followed), 60, pl.repeat("retargeting", int(followed.sum()), eager=True)),
        (np.flatnonzero(buys), 120, pl.repeat(None, int(buys.sum()), dtype=pl.String, eager=True)),
    )
    events = pl.concat(
        pl.DataFrame(
            {
                "person": person,
                "region": region[person],
                "day": met[person],
                "second": met[person] * 86_400 + after,
                "channel": channel,
            }
        )
        for person, after, channel in steps
    )
    return events.with_columns(touch=pl.col("channel").is_not_null())


def credited_to_retargeting(events: pl.DataFrame) -> dict[str, float]:
    """Share of the conversions each model credits to the channel that brings nothing."""
    frame = events.with_columns(
        ts=pl.col("second").cast(pl.Int64) * 1_000_000,
        day=pl.col("day").cast(pl.Int32),
        campaign=pl.lit(None, pl.String),
        action=pl.when("touch").then(pl.lit("click")).otherwise(pl.lit("purchase")),
        revenue=pl.when("touch").then(0.0).otherwise(100.0),
        event_id=pl.int_range(pl.len(), dtype=pl.UInt64),
    )
    found = compare(Journeys.from_frame(frame.drop("second", "region"), stage_of_action={}), draws=1)
    place = found.channels.index("retargeting")
    return {
        model: float(found.models[model].amounts[0][place] / found.models[model].amounts[0].sum()) for model in MODELS
    }


def geo_test(events: pl.DataFrame) -> GeoLift:
    """Half of the regions without retargeting during the last 28 days, read against the other half."""
    first = date(2026, 1, 5)
    sales = (
        events.filter(~pl.col("touch"))
        .group_by("day", "region")
        .agg(revenue=pl.len() * 100.0)
        .select(
            (pl.lit(first) + pl.duration(days="day")).cast(pl.Date).alias("day"),
            pl.col("region").cast(pl.String).alias("geo"),
            "revenue",
        )
    )
    return read_geo_lift(
        sales,
        treated={str(region) for region in range(0, 20, 2)},
        before=Period.ending(first + timedelta(days=55), days=56),
        test=Period(first_day=first + timedelta(days=56), last_day=first + timedelta(days=83)),
    )


def main() -> int:
    """Run it; the exit code says whether the claims hold."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--worlds", type=int, default=5)
    options.add_argument("--persons", type=int, default=DEFAULT_PERSONS)
    chosen = options.parse_args()

    by_world = [recovered(make_world(chosen.persons, DEFAULT_SEED + n)) for n in range(chosen.worlds)]
    means = {model: np.mean([world[model] for world in by_world], axis=0) for model in MODELS}
    print(f"{chosen.worlds} worlds of {chosen.persons:,} persons (the first is the sample), against incremental orders")
    print(f"{'model':<18}{'rank correlation':>18}{'wrongly placed':>16}{'sample: rank':>14}{'wrongly':>9}")
    for model, (rank, wrong) in sorted(means.items(), key=lambda item: item[1][1]):
        print(f"{model:<18}{rank:>18.3f}{wrong:>16.1%}{by_world[0][model][0]:>14.3f}{by_world[0][model][1]:>9.1%}")
    holds = True
    for model in ("markov", "shapley"):
        for better, number in (
            (means[model][0] > means["last"][0], "rank"),
            (means[model][1] < means["last"][1], "share"),
        ):
            if not better:
                print(f"FAILED: {model} does not recover the {number} better than last touch")
                holds = False

    events = retargeting_world(DEFAULT_SEED)
    print("\nretargeting that brings nothing is credited with")
    for model, share in credited_to_retargeting(events).items():
        print(f"{model:<18}{share:>8.1%} of the conversions")
    readings = [geo_test(retargeting_world(DEFAULT_SEED + n)) for n in range(GEO_TESTS)]
    effects = [reading.incremental / reading.expected for reading in readings]
    covering = sum(reading.low <= 0 <= reading.high for reading in readings)
    print(
        f"{GEO_TESTS} geo tests that turn it off: revenue changes by {np.mean(effects):+.1%} on average, and "
        f"{covering} of their 90 % intervals leave room for no change at all"
    )
    if covering < 0.8 * GEO_TESTS:
        print("FAILED: the geo tests find an effect where there is none")
        holds = False
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
