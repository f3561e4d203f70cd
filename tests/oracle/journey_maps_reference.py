"""Journey map, rhythm, cohorts and collisions once more, as slow plain Python: the oracle of their kernels."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from zoneinfo import ZoneInfo

import numpy as np
from scipy.stats import chi2

from tests.oracle.journeys_reference import STAGES, Event, journeys_by_person

ORDER = ("awareness", "interest", "consideration", "purchase", "loyalty")


@dataclass
class Cell:
    reached: int = 0
    moved: int = 0
    mature: int = 0
    lost: int = 0
    seconds: list[int] = field(default_factory=list)
    spent_by_moved: list[float] = field(default_factory=list)
    spent_by_lost: list[float] = field(default_factory=list)


def latest_channel(journey: list[Event], at: int, lookback: int) -> str:
    touches = [e for e in journey[: at + 1] if e.touch]
    if not touches or journey[at].second - touches[-1].second > lookback:
        return "(direct)"
    return touches[-1].channel or "(unknown)"


def stage_map_reference(
    events: list[Event], window: int, lookback: int, days: tuple[int, int], last_seen: int
) -> dict[tuple[str, str], Cell]:
    cells: dict[tuple[str, str], Cell] = defaultdict(Cell)
    for journey in journeys_by_person(events):
        ranks = [ORDER.index(STAGES[e.action]) for e in journey]
        climbs = [n for n in range(len(journey)) if ranks[n] > max(ranks[:n], default=-1)]
        for n in climbs:
            entry = journey[n]
            if not days[0] <= entry.day <= days[1]:
                continue
            cell = cells[ORDER[ranks[n]], latest_channel(journey, n, lookback)]
            later = [journey[m] for m in climbs if m > n]
            is_mature = entry.second + window <= last_seen
            spent = sum(e.revenue or 0.0 for e in journey[n + 1 :] if e.second - entry.second <= window)
            cell.reached += 1
            cell.mature += is_mature
            if later and later[0].second - entry.second <= window:
                cell.moved += 1
                cell.seconds.append(later[0].second - entry.second)
                cell.spent_by_moved += [spent] if is_mature else []
            elif is_mature:
                cell.lost += 1
                cell.spent_by_lost.append(spent)
    return dict(cells)


def breakpoints_reference(
    mature: list[list[int]], lost: list[list[int]], worth: list[float | None]
) -> set[tuple[int, int]]:
    """(stage, channel) that may be called a breakpoint, by the roots of the score equation that bound a share."""
    pairs = {}
    for s, (of_stage, lost_of_stage) in enumerate(zip(mature, lost, strict=True)):
        for c, (n, x) in enumerate(zip(of_stage, lost_of_stage, strict=True)):
            m, y = sum(of_stage) - n, sum(lost_of_stage) - x
            if min(n, m) >= 30:
                pairs[s, c] = (x, n, y, m)
    if not pairs:
        return set()
    z2 = float(chi2.isf(0.05 / len(pairs), 1))

    def ends(x: int, n: int) -> list[float]:
        roots = np.roots([1 + z2 / n, -2 * x / n - z2 / n, (x / n) ** 2])
        return sorted(roots.real.tolist())

    priced = any(value and value > 0 for value in worth)
    found = set()
    for (s, c), (x, n, y, m) in pairs.items():
        difference = x / n - y / m
        below = sqrt((x / n - ends(x, n)[0]) ** 2 + (ends(y, m)[1] - y / m) ** 2)
        if difference > below and n * difference >= 1 and (not priced or (worth[s] or 0) > 0):
            found.add((s, c))
    return found


def rhythm_reference(
    events: list[Event], zone: ZoneInfo, goal: str, lookback: int, days: tuple[int, int]
) -> dict[tuple[str, str, int, int], int]:
    """(touches or conversions, channel, weekday, hour) -> count, by asking the calendar for every event."""
    counts: dict[tuple[str, str, int, int], int] = defaultdict(int)
    for journey in journeys_by_person(events):
        since = 0  # the first event after the latest conversion
        for n, event in enumerate(journey):
            local = datetime.fromtimestamp(event.second, UTC).astimezone(zone)
            weekday = (date(1970, 1, 1) + timedelta(days=event.day)).weekday()
            if event.touch and days[0] <= event.day <= days[1]:
                counts["touches", event.channel or "(unknown)", weekday, local.hour] += 1
            if event.action == goal:
                if days[0] <= event.day <= days[1]:
                    channel = latest_channel(journey[since : n + 1], n - since, lookback)
                    counts["conversions", channel, weekday, local.hour] += 1
                since = n + 1
    return dict(counts)


def cohorts_reference(
    events: list[Event], unit: str, acquired_by: str, goal: str, lookback: int, days: tuple[int, int]
) -> dict[tuple[date, str, int], tuple[int, int, int]]:
    """(cohort's first day, channel, cell) -> (active, buyers, bought again by then); cell -1: (customers, 0, 0)."""

    def start(day: int) -> date:
        at = date(1970, 1, 1) + timedelta(days=day)
        return at.replace(day=1) if unit == "month" else at - timedelta(days=at.weekday())

    def cell(first: date, later: date) -> int:
        if unit == "month":
            return (later.year - first.year) * 12 + later.month - first.month
        return (later - first).days // 7

    persons: dict[tuple[date, str], list[tuple[set[int], set[int]]]] = defaultdict(list)
    for journey in journeys_by_person(events):
        goals = [n for n, e in enumerate(journey) if e.action == goal]
        if not goals or not days[0] <= journey[goals[0]].day <= days[1]:
            continue
        first = journey[goals[0]]
        led = [e for e in journey[: goals[0] + 1] if e.touch and first.second - e.second <= lookback]
        channel = (led[0 if acquired_by == "first" else -1].channel or "(unknown)") if led else "(direct)"
        began = start(first.day)
        later = journey[goals[0] + 1 :]
        active = {cell(began, start(e.day)) for e in later}
        bought = {cell(began, start(e.day)) for e in later if e.action == goal}
        persons[began, channel].append((active, bought))
    found = {}
    for (began, channel), members in persons.items():
        found[began, channel, -1] = (len(members), 0, 0)
        for k in range(1 + max((max(active, default=0) for active, _ in members), default=0)):
            found[began, channel, k] = (
                sum(k in active for active, _ in members),
                sum(k in bought for _, bought in members),
                sum(any(b <= k for b in bought) for _, bought in members),
            )
    return found


def collisions_reference(
    events: list[Event], paid: set[str], window: int, days: tuple[int, int]
) -> tuple[dict[str, tuple[int, int]], dict[tuple[str, str], int], int]:
    """Touches and collided touches by channel, touches of a that meet b, and the persons in any collision."""
    touches = [e for e in events if e.touch and (e.channel or "(unknown)") in paid and days[0] <= e.day <= days[1]]
    meeting: dict[tuple[str, str], int] = defaultdict(int)
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    persons = set()
    for x in touches:
        met = {
            y.channel or "(unknown)"
            for y in touches
            if y.person == x.person and y.channel != x.channel and abs(y.second - x.second) <= window
        }
        totals[x.channel or "(unknown)"][0] += 1
        totals[x.channel or "(unknown)"][1] += bool(met)
        for other in met:
            meeting[x.channel or "(unknown)", other] += 1
            persons.add(x.person)
    return {name: (n, hit) for name, (n, hit) in totals.items()}, dict(meeting), len(persons)
