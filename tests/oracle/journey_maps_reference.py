"""Journey map, rhythm, cohorts and collisions once more, as slow plain Python: the oracle of their kernels."""

from collections import defaultdict
from dataclasses import dataclass, field

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
