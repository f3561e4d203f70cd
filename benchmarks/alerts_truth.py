"""Do the alerts say the truth? Precision, recall and delay of every rule where the incidents are known, and false
alarms where there are none.

Three trials per seed, all under last touch and default thresholds:

* the sample world with its three incidents (a channel at a loss, a concentration, a traffic drop);
* the same world with incidents switched off: every alarm is false;
* that calm world with incidents put into its daily table at random channels and days that nobody has tuned to.

``python -m benchmarks.alerts_truth --seeds 50 --write docs/health.md`` writes the tables between the page's markers.
Exit code 1 where a calm year has more than one false alarm per channel, or a scenario of the sample is missed.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from omnidash.health.cases import Case
from omnidash.health.run import run_rules
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.table import Journeys
from omnidash.metrics.channel_day import channel_day
from omnidash.model.defaults import ACTION_STAGES
from sample_data.catalogue import CHANNELS, DAYS, FIRST_DAY, LAST_DAY, scenario
from sample_data.journeys import DAY_SECONDS
from sample_data.season import WARM_UP_DAYS
from sample_data.touches import ACTIONS
from sample_data.world import World, make_world

MARKERS = ("<!-- alerts_truth -->", "<!-- /alerts_truth -->")
_LEARNING_DAYS = 45
"""No incident is put into the first days: the rules need a history to know what is usual."""

_FOLLOWS_DAYS = 28  # rolling windows of rules answer to an incident for that long


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What truly happened: which rule should say it of which channel, from when to when, and the day it is due."""

    rule: str
    channel: str
    first_day: date
    last_day: date
    due: date


def table_of(world: World) -> pl.DataFrame:
    """The channel-day table of a world, persons known for certain."""
    touches, orders = world.touches, world.orders
    paid = np.flatnonzero(orders.is_paid & (orders.at >= WARM_UP_DAYS * DAY_SECONDS))
    start = FIRST_DAY - timedelta(days=WARM_UP_DAYS)
    epoch_day = (start - date(1970, 1, 1)).days
    count = len(touches) + len(paid)

    def both(of_touches: np.ndarray, of_orders: np.ndarray) -> np.ndarray:
        return np.concatenate([of_touches, of_orders])

    at = both(touches.at, orders.at[paid])
    is_touch = np.array([ACTION_STAGES[action][1] for action in ACTIONS])[touches.action]
    frame = pl.DataFrame(
        {
            "person": both(touches.person, orders.person[paid]),
            "ts": at.astype(np.int64) * 1_000_000,
            "day": (at // DAY_SECONDS + epoch_day).astype(np.int32),
            "channel": [*np.array(CHANNELS)[touches.channel].tolist(), *[None] * len(paid)],
            "campaign": pl.Series([None] * count, dtype=pl.String),
            "action": [*np.array(ACTIONS)[touches.action].tolist(), *["purchase"] * len(paid)],
            "touch": both(is_touch, np.zeros(len(paid), dtype=bool)),
            "revenue": both(np.zeros(len(touches)), (orders.amount[paid] - orders.refund[paid]) / 100),
            "event_id": np.arange(count, dtype=np.uint64),
        }
    )
    credit = credit_by_day(Journeys.from_frame(frame, stage_of_action={}), model="last").frame()
    touch_days = (
        frame.filter("touch").group_by(pl.col("day").cast(pl.Date), "channel").agg(touches=pl.len().cast(pl.Int64))
    )
    spend = world.spend[WARM_UP_DAYS:]
    spend_days = pl.DataFrame(
        {
            "day": np.repeat(np.arange(DAYS) + epoch_day + WARM_UP_DAYS, len(CHANNELS)).astype(np.int32),
            "channel": list(CHANNELS) * DAYS,
            "spend": spend.reshape(-1),
        }
    ).with_columns(pl.col("day").cast(pl.Date), impressions=pl.lit(0), clicks=pl.lit(0))
    return channel_day(spend_days, touch_days, credit)


def scenarios_of(table: pl.DataFrame) -> list[Incident]:
    """The sample's incidents. The concentration is due on the day the share of seven days is truly above 40 %."""
    losing, drop, push = (scenario(k) for k in ("meta_losing", "baidu_drop", "douyin_concentration"))
    wide = table.pivot("channel", index="day", values="touches").sort("day")
    counts = wide.drop("day").to_numpy().astype(float)
    douyin = wide.columns.index("douyin") - 1
    sums = np.lib.stride_tricks.sliding_window_view(counts, 7, axis=0).sum(axis=-1)
    above = np.flatnonzero(sums[:, douyin] > 0.4 * sums.sum(axis=1))
    due = wide["day"][int(above[0]) + 6] if len(above) else LAST_DAY
    return [
        Incident(rule="roi_streak", channel="meta", first_day=losing.first_day, last_day=LAST_DAY,
                 due=losing.first_day + timedelta(days=6)),
        Incident(rule="traffic_drop", channel="baidu", first_day=drop.first_day, last_day=LAST_DAY, due=drop.first_day),
        Incident(rule="concentration", channel="douyin", first_day=push.first_day, last_day=LAST_DAY, due=due),
    ]  # fmt: skip


def with_incidents(calm: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, list[Incident]]:
    """The calm table with one incident of each kind, each on a channel of its own."""
    kinds: list[Callable[..., tuple[pl.DataFrame, Incident]]] = [_drop, _loss, _untracked, _silent, _throttled]
    usual = dict(calm.group_by("channel").agg(pl.col("touches").median()).iter_rows())
    spends = set(calm.filter(pl.col("spend") > 0)["channel"].unique())
    paid = [c for c in CHANNELS if usual.get(c, 0) >= 25 and c in spends]
    chosen = rng.permutation(paid)[: len(kinds)]
    table, incidents = calm, []
    for kind, channel in zip(kinds, chosen, strict=True):
        first = FIRST_DAY + timedelta(days=int(rng.integers(_LEARNING_DAYS, DAYS - 16)))
        table, incident = kind(table, str(channel), first, int(rng.integers(4, 13)), rng)
        incidents.append(incident)
    return table, incidents


def _during(channel: str, first: date, days: int) -> pl.Expr:
    return (pl.col("channel") == channel) & pl.col("day").is_between(first, first + timedelta(days=days - 1))


def _scaled(table: pl.DataFrame, where: pl.Expr, **factors: float) -> pl.DataFrame:
    return table.with_columns(
        pl.when(where).then((pl.col(name) * factor).cast(table.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, factor in factors.items()
    )


def _drop(
    table: pl.DataFrame, channel: str, first: date, days: int, rng: np.random.Generator
) -> tuple[pl.DataFrame, Incident]:
    """Half of the traffic (30 … 60 %) gone from one day to the next; spend goes on."""
    left = float(rng.uniform(0.4, 0.7))
    changed = _scaled(table, _during(channel, first, days), touches=left, conversions=left, revenue=left)
    return changed, _incident("traffic_drop", channel, first, days, due_after=0)


def _loss(
    table: pl.DataFrame, channel: str, first: date, days: int, rng: np.random.Generator
) -> tuple[pl.DataFrame, Incident]:
    """Dear and fruitless for 8 … 16 days."""
    days += 4
    factor = float(rng.uniform(0.05, 0.2))
    changed = _scaled(table, _during(channel, first, days), spend=2.0, revenue=factor, conversions=factor)
    return changed, _incident("roi_streak", channel, first, days, due_after=6)


def _untracked(
    table: pl.DataFrame, channel: str, first: date, days: int, _: np.random.Generator
) -> tuple[pl.DataFrame, Incident]:
    """Money flows, no touch arrives."""
    changed = _scaled(table, _during(channel, first, days), touches=0, conversions=0, revenue=0)
    return changed, _incident("spend_without_events", channel, first, days, due_after=0)


def _silent(
    table: pl.DataFrame, channel: str, first: date, days: int, _: np.random.Generator
) -> tuple[pl.DataFrame, Incident]:
    """Neither touches nor spend arrive."""
    where = _during(channel, first, days)
    changed = _scaled(table, where, touches=0, conversions=0, revenue=0, spend=0).with_columns(
        has_spend=pl.col("has_spend") & ~where
    )
    return changed, _incident("feed_silent", channel, first, days, due_after=0)


def _throttled(
    table: pl.DataFrame, channel: str, first: date, days: int, rng: np.random.Generator
) -> tuple[pl.DataFrame, Incident]:
    """The platform delivers less (45 … 75 %): its spend falls with the traffic."""
    left = float(rng.uniform(0.25, 0.55))
    changed = _scaled(table, _during(channel, first, days), touches=left, conversions=left, revenue=left, spend=left)
    return changed, _incident("traffic_drop", channel, first, days, due_after=0)


def _incident(rule: str, channel: str, first: date, days: int, *, due_after: int) -> Incident:
    last = min(first + timedelta(days=days - 1), LAST_DAY)
    return Incident(rule=rule, channel=channel, first_day=first, last_day=last, due=first + timedelta(days=due_after))


class Tally:
    """What was found, missed and falsely said, per rule."""

    def __init__(self) -> None:
        self.found: dict[str, list[int]] = defaultdict(list)  # delays in days
        self.missed: dict[str, int] = defaultdict(int)
        self.false: dict[str, int] = defaultdict(int)
        self.follows: dict[str, int] = defaultdict(int)  # another rule about the same channel while it is in trouble

    def take(self, cases: tuple[Case, ...], incidents: list[Incident]) -> None:
        alarms = [case for case in cases if case.state != "warning" and case.severity]
        alarms = [case for case in alarms if not (case.rule == "concentration" and case.limit < 0.4)]
        used: set[int] = set()
        for incident in incidents:
            hits = [
                (position, case)
                for position, case in enumerate(alarms)
                if (case.rule, case.channel) == (incident.rule, incident.channel)
                and incident.first_day <= case.fired_on <= incident.last_day
            ]
            used |= {position for position, _ in hits}
            if hits:
                self.found[incident.rule].append((hits[0][1].fired_on - incident.due).days)
            else:
                self.missed[incident.rule] += 1
        for position, case in enumerate(alarms):
            if position in used:
                continue
            near = any(
                incident.first_day <= case.fired_on <= incident.last_day + timedelta(days=_FOLLOWS_DAYS)
                and (incident.channel == case.channel or case.rule == "concentration")
                for incident in incidents
            )
            (self.follows if near else self.false)[case.rule] += 1

    def lines(self) -> list[str]:
        rules = sorted({*self.found, *self.missed, *self.false, *self.follows})
        lines = [
            "| rule | incidents | found (recall) | delay in days: median, worst | false alarms | precision | follows |",
            "|---|---|---|---|---|---|---|",
        ]
        for rule in rules:
            found, missed, false = self.found[rule], self.missed[rule], self.false[rule]
            total = len(found) + missed
            recall = f"{len(found)} ({len(found) / total:.0%})" if total else "–"
            delay = f"{median(found):.0f}, {max(found)}" if found else "–"
            precision = f"{len(found) / (len(found) + false):.1%}" if found else "–"
            lines.append(f"| `{rule}` | {total} | {recall} | {delay} | {false} | {precision} | {self.follows[rule]} |")
        return lines


def run(seeds: int) -> tuple[str, bool]:
    """The report as Markdown, and whether the promises are kept."""
    sample, calm, injected = Tally(), Tally(), Tally()
    for seed in range(1, seeds + 1):
        table = table_of(make_world(seed=seed))
        sample.take(run_rules(table, LAST_DAY).cases, scenarios_of(table))
        quiet = table_of(make_world(seed=seed, incidents=False))
        calm.take(run_rules(quiet, LAST_DAY).cases, [])
        changed, incidents = with_incidents(quiet, np.random.default_rng(seed))
        injected.take(run_rules(changed, LAST_DAY).cases, incidents)
        sys.stderr.write(
            f"\rseed {seed}/{seeds} calm false {dict(calm.false)} missed {dict(sample.missed)} {dict(injected.missed)}"
        )
    years = seeds * DAYS / 365 * len(CHANNELS)
    per_year = sum(calm.false.values()) / years
    lines = [
        f"{seeds} seeds of the sample world (10 channels, {DAYS} days each), last touch, default thresholds.",
        "",
        "**The sample world with its three incidents**",
        "",
        *sample.lines(),
        "",
        "**Incidents at random channels and days in a calm world** (one of each kind per seed: 30 to 60 % of the",
        "traffic gone; an account throttled, its spend with it; 8 to 16 days at a loss; touches lost while money",
        "flows; nothing delivered)",
        "",
        *injected.lines(),
        "",
        "*Follows*: another rule about a channel in trouble, up to four weeks after it; neither found nor false.",
        "",
        f"**A calm time** (incidents switched off): {sum(calm.false.values())} false alarms in {years:.0f}"
        f" channel-years, {per_year:.2f} per channel and year"
        + (" (" + ", ".join(f"`{rule}` {n}" for rule, n in sorted(calm.false.items())) + ")." if calm.false else "."),
    ]
    return "\n".join(lines), per_year <= 1 and not any(sample.missed.values())


def main() -> int:
    """Run, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables between the markers of this page")
    arguments = parser.parse_args()
    report, is_kept = run(arguments.seeds)
    print(f"\n{report}")
    if arguments.write:
        page = arguments.write.read_text(encoding="utf-8")
        before, _, rest = page.partition(MARKERS[0])
        after = rest.partition(MARKERS[1])[2]
        arguments.write.write_text(f"{before}{MARKERS[0]}\n{report}\n{MARKERS[1]}{after}", encoding="utf-8")
    return 0 if is_kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
