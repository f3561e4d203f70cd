"""The definitions of the journey analyses once more, as slow plain Python on a few events: the oracle of the kernels.

Written from the definitions by enumeration (every entry, every pair of touches), not from the kernels' algorithms.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from statistics import median

import polars as pl
from hypothesis import strategies as st

from omnidash.journeys.table import Journeys

SECOND = 1_000_000
DAY_SECONDS = 86_400
STAGES = {"view": "awareness", "cart": "consideration", "purchase": "purchase"}


@dataclass(frozen=True)
class Event:
    person: int
    second: int
    channel: str | None
    campaign: str | None
    action: str
    touch: bool
    revenue: float | None
    event_id: int

    @property
    def day(self) -> int:
        return self.second // DAY_SECONDS

    @property
    def order(self) -> tuple[int, int, int]:
        rank = 2 if not self.touch else 1 if self.revenue else 0
        return (self.second, rank, self.event_id)


def table_of(events: list[Event]) -> Journeys:
    """The same events as a journey table."""
    frame = pl.DataFrame(
        {
            "person": [e.person for e in events],
            "ts": [e.second * SECOND for e in events],
            "day": [e.day for e in events],
            "channel": [e.channel for e in events],
            "campaign": [e.campaign for e in events],
            "action": [e.action for e in events],
            "touch": [e.touch for e in events],
            "revenue": [e.revenue for e in events],
            "event_id": [e.event_id for e in events],
        },
        schema_overrides={
            "person": pl.Int64,
            "ts": pl.Int64,
            "day": pl.Int32,
            "channel": pl.String,
            "campaign": pl.String,
            "action": pl.String,
            "touch": pl.Boolean,
            "revenue": pl.Float64,
            "event_id": pl.UInt64,
        },
    )
    return Journeys.from_frame(frame, stage_of_action=STAGES)


def event_lists(*, days: int = 12, persons: int = 4, max_size: int = 24) -> st.SearchStrategy[list[Event]]:
    """Random events of a few persons, often at the same instant, at half days so that windows end on events."""
    row = st.tuples(
        st.integers(0, persons - 1),
        st.integers(0, 2 * days).map(lambda half: half * DAY_SECONDS // 2),
        st.sampled_from([None, "direct", "email", "meta", "tmall"]),
        st.sampled_from([None, "spring", "autumn"]),
        st.sampled_from(["view", "view", "cart", "purchase"]),
        st.booleans(),
        st.sampled_from([None, 10.0, 25.5]),
    )
    sizes = st.integers(0, max_size)  # drawn first: lists on their own stay too short for rare constellations
    return sizes.flatmap(lambda n: st.lists(row, min_size=n, max_size=n)).map(
        lambda rows: [Event(*row, event_id=position * 7919 % 1009) for position, row in enumerate(rows)]
    )


def journeys_by_person(events: list[Event]) -> list[list[Event]]:
    """Each person's events in journey order, persons ascending."""
    return [
        sorted((e for e in events if e.person == person), key=lambda e: e.order)
        for person in sorted({e.person for e in events})
    ]


# --- funnel -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rules:
    """A funnel. ``breaks``: (fits, after, before) of each exclusion; ``gaps[k]``: longest time from step k to k + 1;
    ``shares``: one event may make several steps."""

    fits: list[Callable[[Event], bool]]
    window: int
    mode: str
    last_seen: int
    breaks: list[tuple[Callable[[Event], bool], int, int]] = field(default_factory=list)
    gaps: list[float] = field(default_factory=lambda: [inf] * 16)
    shares: bool = True

    def broken(self, step: int, after: int, until: float, journey: list[Event]) -> bool:
        """Whether an attempt that stands at ``step`` since ``after`` is ended strictly between then and ``until``."""
        between = [e for e in journey if after < e.second < until]
        if self.mode == "strict":
            return bool(between)
        return any(
            fit(e) for fit, low, high in self.breaks if self.mode == "any" or low <= step < high for e in between
        )


@dataclass(frozen=True)
class Attempt:
    entry: Event
    depth: int
    step_seconds: list[int]
    is_open: bool
    stood: Event


def attempt_from(entry: Event, journey: list[Event], rules: Rules) -> Attempt:
    """Everything one entry can reach, by enumerating chains."""
    inside = [e for e in journey if entry.second <= e.second <= entry.second + rules.window]
    in_window = entry.second + rules.window > rules.last_seen
    if not rules.shares:
        if rules.mode == "any":
            return attempt_once_in_any_order(entry, inside, in_window, journey, rules)
        return attempt_once_in_order(entry, inside, in_window, journey, rules)
    if rules.mode == "any":
        inside = [e for e in inside if not rules.broken(1, entry.second, e.second, journey)]
        first = [min((e for e in inside if fit(e)), key=lambda e: e.second, default=None) for fit in rules.fits]
        made = sorted((e.second, journey.index(e)) for e in first if e is not None)
        newest = [k for k, e in enumerate(first) if e is not None and e.second == made[-1][0]]
        stood = next(e for e in inside if e.second == made[-1][0] and any(rules.fits[k](e) for k in newest))
        is_open = len(made) < len(rules.fits) and in_window and not rules.broken(1, entry.second, inf, journey)
        return Attempt(entry, len(made), [second for second, _ in made], is_open, entry if len(made) == 1 else stood)
    ends, times, stood, goes_on = {entry.second}, [entry.second], entry, False  # where chains of this depth may stand
    for step, fit in enumerate(rules.fits[1:], 1):
        goes_on |= any(
            end + rules.gaps[step] > rules.last_seen and not rules.broken(step, end, inf, journey) for end in ends
        )
        following = {
            e.second
            for e in inside
            for end in ends
            if fit(e) and 0 <= e.second - end <= rules.gaps[step] and not rules.broken(step, end, e.second, journey)
        }
        if not following:
            break
        ends = following
        times.append(min(ends))
        stood = next(e for e in inside if fit(e) and e.second == min(ends))
    return Attempt(entry, len(times), times, len(times) < len(rules.fits) and in_window and goes_on, stood)


def attempt_once_in_order(
    entry: Event, inside: list[Event], in_window: bool, journey: list[Event], rules: Rules
) -> Attempt:
    """The same where one event makes one step: chains are known by their last event and those of its instant."""
    chains, times, stood, goes_on = {(entry, frozenset([entry]))}, [entry.second], entry, False
    for step, fit in enumerate(rules.fits[1:], 1):
        goes_on |= any(
            last.second + rules.gaps[step] > rules.last_seen and not rules.broken(step, last.second, inf, journey)
            for last, _ in chains
        )
        chains = {
            (e, used | {e} if e.second == last.second else frozenset([e]))
            for e in inside
            for last, used in chains
            if fit(e) and e not in used and 0 <= e.second - last.second <= rules.gaps[step]
            if not rules.broken(step, last.second, e.second, journey)
        }
        if not chains:
            break
        times.append(min(last.second for last, _ in chains))
        stood = next(e for e in inside if e.second == times[-1] and any(e == last for last, _ in chains))
    return Attempt(entry, len(times), times, len(times) < len(rules.fits) and in_window and goes_on, stood)


def attempt_once_in_any_order(
    entry: Event, inside: list[Event], in_window: bool, journey: list[Event], rules: Rules
) -> Attempt:
    """As many events make a step as the best of all ways to hand steps out allows."""
    inside = [e for e in inside if not rules.broken(1, entry.second, e.second, journey)]
    made: list[Event] = []
    for place, event in enumerate(inside):
        if most_steps_made(inside[: place + 1], rules.fits) > len(made):
            made.append(event)
    times = [event.second for event in made]
    stood = entry if len(made) == 1 else next(event for event in made if event.second == times[-1])
    is_open = len(times) < len(rules.fits) and in_window and not rules.broken(1, entry.second, inf, journey)
    return Attempt(entry, len(times), times, is_open, stood)


def most_steps_made(events: list[Event], fits: list[Callable[[Event], bool]]) -> int:
    """The largest number of steps that different events can make, by trying all."""
    ways = {frozenset()}
    for event in events:
        ways |= {way | {k} for way in ways for k, fit in enumerate(fits) if fit(event) and k not in way}
    return max(map(len, ways))


def attempts_that_count(journey: list[Event], rules: Rules, entry: str, days: tuple[int, int]) -> list[Attempt]:
    """Of one person (or one part of a person, where something is held constant)."""
    enters = rules.fits if rules.mode == "any" else rules.fits[:1]
    entries = [e for e in journey if days[0] <= e.day <= days[1] and any(fit(e) for fit in enters)]
    attempts = [attempt_from(e, journey, rules) for e in entries]
    return attempts[:1] if entry == "first" else attempts


def the_one_of(attempts: list[Attempt], rules: Rules, entry: str) -> Attempt:
    """The attempt of a person that counts: the first, or the best."""
    if entry == "first":
        return min(attempts, key=lambda a: a.entry.second)
    complete = [a for a in attempts if a.depth == len(rules.fits)]
    if complete:
        earliest = min(a.step_seconds[-1] for a in complete)
        same = [a for a in complete if a.step_seconds[-1] == earliest]
    else:
        deepest = max(a.depth for a in attempts)
        same = [a for a in attempts if a.depth == deepest]
    latest = max(a.entry.second for a in same)
    best = next(a for a in same if a.entry.second == latest)
    return replace(best, is_open=not complete and any(a.is_open for a in attempts))


def funnel_reference(
    events: list[Event],
    rules: Rules,
    *,
    entry: str,
    days: tuple[int, int],
    count: str = "persons",
    hold: Callable[[Event], str | None] | None = None,
) -> dict[str, object]:
    chosen: list[Attempt] = []
    reached: list[int] = []
    for journey in journeys_by_person(events):
        parts = [journey]
        if hold is not None:
            parts = [
                [e for e in journey if hold(e) == value] for value in sorted({hold(e) for e in journey if hold(e)})
            ]
        each = "all" if count == "entries" else entry
        attempts = [a for part in parts for a in attempts_that_count(part, rules, each, days)]
        if attempts and count == "persons":
            attempts = [the_one_of(attempts, rules, entry)]
        chosen += attempts
        reached.append(max((a.depth for a in attempts), default=0))
    counts = [sum(a.depth >= k for a in chosen) for k in range(1, len(rules.fits) + 1)]
    still_open = sum(a.is_open for a in chosen)
    return {
        "reached": reached,
        "persons": counts,
        "still_open": still_open,
        "lost": counts[0] - counts[-1] - still_open,
        "median_seconds": [None]
        + [
            median(times) if (times := [a.step_seconds[k] - a.entry.second for a in chosen if a.depth > k]) else None
            for k in range(1, len(rules.fits))
        ],
        "by first": Counter((a.entry.channel or "(unknown)", k) for a in chosen for k in range(1, a.depth + 1)),
        "by last": Counter((a.stood.channel or "(unknown)", k) for a in chosen for k in range(1, a.depth + 1)),
    }


# --- paths and credit -------------------------------------------------------------------------------------------


def conversions_with_touches(
    events: list[Event], goal: str, lookback: int
) -> list[tuple[Event | None, list[Event], bool]]:
    """(conversion or None for a null path, its touches, is it the person's first conversion?)."""
    found: list[tuple[Event | None, list[Event], bool]] = []
    for journey in journeys_by_person(events):
        conversions = [n for n, e in enumerate(journey) if e.action == goal]
        starts = [0, *(n + 1 for n in conversions)]
        for start, n in zip(starts, conversions, strict=False):
            since = journey[n].second - lookback
            touches = [e for e in journey[start : n + 1] if e.touch and e.second >= since]
            found.append((journey[n], touches, n == conversions[0]))
        trailing = [e for e in journey[starts[-1] :] if e.touch]
        if trailing:
            found.append((None, [e for e in trailing if e.second >= trailing[-1].second - lookback], False))
    return found


def paths_reference(
    events: list[Event], goal: str, lookback: int, collapse: bool, days: tuple[int, int]
) -> dict[tuple[str, ...], tuple[int, float, int]]:
    table: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0, 0.0, 0])
    for conversion, touches, _ in conversions_with_touches(events, goal, lookback):
        if not days[0] <= (conversion or touches[-1]).day <= days[1]:
            continue
        path = [e.channel or "(unknown)" for e in touches] or ["(direct)"]
        if collapse:
            path = [c for n, c in enumerate(path) if n == 0 or path[n - 1] != c]
        row = table[tuple(path)]
        if conversion is None:
            row[2] += 1
        else:
            row[0] += 1
            row[1] += conversion.revenue or 0.0
    return {path: (int(row[0]), row[1], int(row[2])) for path, row in table.items()}


def credit_shares(model: str, touches: list[Event], at: int, half_life: int) -> list[float]:
    n = len(touches)
    if model == "first":
        return [1.0] + [0.0] * (n - 1)
    if model == "last":
        return [0.0] * (n - 1) + [1.0]
    if model == "last_non_direct":
        named = [k for k in range(n) if touches[k].channel != "direct"]
        return [float(k == (named[-1] if named else n - 1)) for k in range(n)]
    if model == "linear":
        return [1 / n] * n
    if model == "position":
        return [1.0] if n == 1 else [0.5, 0.5] if n == 2 else [0.4, *([0.2 / (n - 2)] * (n - 2)), 0.4]
    if model == "time_decay":
        weights = [0.5 ** ((at - e.second) / half_life) for e in touches]
        return [w / sum(weights) for w in weights]
    once = [float(touches[k].channel not in [e.channel for e in touches[:k]]) for k in range(n)]
    return [share / sum(once) for share in once] if model == "shapley" else once


def credit_reference(
    events: list[Event], model: str, goal: str, lookback: int, half_life: int, days: tuple[int, int]
) -> dict[tuple[int, str], tuple[float, float, float]]:
    credit: dict[tuple[int, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for conversion, touches, is_new in conversions_with_touches(events, goal, lookback):
        if conversion is None or not days[0] <= conversion.day <= days[1]:
            continue
        shares = [("(direct)", 1.0)]
        if touches:
            weights = credit_shares(model, touches, conversion.second, half_life)
            shares = [(e.channel or "(unknown)", share) for e, share in zip(touches, weights, strict=True)]
        for channel, share in shares:
            row = credit[conversion.day, channel]
            for k, amount in enumerate((1.0, conversion.revenue or 0.0, float(is_new))):
                row[k] += share * amount
    return {key: tuple(row) for key, row in credit.items() if any(row)}  # type: ignore[misc]


# --- reach and overlap ------------------------------------------------------------------------------------------


def reach_reference(
    events: list[Event], goal: str, lookback: int, days: tuple[int, int]
) -> dict[str, tuple[int, int, int]]:
    inside = [e for e in events if days[0] <= e.day <= days[1]]
    rows = {}
    for name in sorted({e.channel or "(unknown)" for e in inside if e.touch}):
        touches = [e for e in inside if e.touch and (e.channel or "(unknown)") == name]
        converters = {
            g.person
            for g in inside
            for e in touches
            if g.action == goal and e.person == g.person and e.order <= g.order and g.second - e.second <= lookback
        }
        rows[name] = (len({e.person for e in touches}), len(touches), len(converters))
    return rows


def cross_channel_reference(
    events: list[Event], goal: str, lookback: int, days: tuple[int, int]
) -> tuple[int, int, int, int]:
    """(multi persons, multi converters, single persons, single converters)."""
    touches = [e for e in events if e.touch]
    goals = [e for e in events if e.action == goal and days[0] <= e.day <= days[1]]
    channels_in_period = {
        person: {e.channel or "(unknown)" for e in touches if e.person == person and days[0] <= e.day <= days[1]}
        for person in {e.person for e in events}
    }
    channels_before_goal = [
        (
            g.person,
            {
                e.channel or "(unknown)"
                for e in touches
                if e.person == g.person and e.order <= g.order and g.second - e.second <= lookback
            },
        )
        for g in goals
    ]
    multi = {person for person, names in channels_in_period.items() if len(names) >= 2}
    single = {person for person, names in channels_in_period.items() if len(names) == 1}
    after_several = {person for person, names in channels_before_goal if len(names) >= 2}
    after_any = {person for person, names in channels_before_goal if names}
    return len(multi), len(multi & after_several), len(single), len(single & after_any)


def overlap_reference(
    events: list[Event], window: int, days: tuple[int, int]
) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    """(persons shared by each pair of channels, persons of one channel alone)."""
    touches = [e for e in events if e.touch and days[0] <= e.day <= days[1]]
    shared: dict[tuple[str, str], set[int]] = defaultdict(set)
    for x in touches:
        for y in touches:
            if x.person == y.person and abs(x.second - y.second) <= window:
                shared[x.channel or "(unknown)", y.channel or "(unknown)"].add(x.person)
    alone = {
        a: sum(not any(person in shared[b, b] for b in _names(touches) if b != a) for person in shared[a, a])
        for a in _names(touches)
    }
    return {pair: len(persons) for pair, persons in shared.items() if persons}, alone


def _names(touches: list[Event]) -> list[str]:
    return sorted({e.channel or "(unknown)" for e in touches})
