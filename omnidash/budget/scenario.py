"""Saved plans: what was decided on, on which data and curves, what was expected of it, and later what happened.

A scenario is the whole answer, not a recipe: spend, expectations with their intervals, basis, model, period, data
version and rules, so that it reads the same when data and curves have moved on. Kept in the workspace; a deleted one
is gone.

The *score* after the period: spend as planned and as it was, revenue as expected (80 % interval) and as it was. Revenue
counts as kept when it lies in the interval; when spend went another way by more than 10 % it is said that the plan was
not followed, since then the revenue tells nothing about it. On the basis of total revenue all sales are compared.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import polars as pl

from omnidash.budget.what_if import WhatIf
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.store import Workspace

FOLLOWED = 0.10
_COMPARED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One channel of a scenario: money over the horizon, today and planned."""

    channel: str
    spend_today: float
    spend_planned: float
    revenue_today: float
    revenue_expected: float
    revenue_low: float
    revenue_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A saved plan. ``days``: the horizon the money is for; ``profit_change``: (low, median, high), 80 %;
    ``revenue_interval``: (low, high); ``all_revenue_today``: of all channels over the horizon, at the reference pace.
    """

    scenario_id: int | None
    name: str
    note: str
    saved_at: datetime
    days: int
    basis: str
    model: str
    first_day: date
    last_day: date
    data_version: int
    rules: Mapping[str, Any]
    channels: tuple[Planned, ...]
    all_revenue_today: float
    revenue_interval: tuple[float, float]
    profit_today: float
    profit_expected: float
    profit_change: tuple[float, float, float]
    p_better: float | None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise WrongUse(N_("Give the scenario a name."))

    @property
    def spend(self) -> float:
        """Planned spend over the horizon."""
        return sum(row.spend_planned for row in self.channels)

    @property
    def revenue(self) -> float:
        """Expected revenue over the horizon."""
        return sum(row.revenue_expected for row in self.channels)

    @property
    def per_day(self) -> dict[str, float]:
        """Planned spend per day by channel."""
        return {row.channel: row.spend_planned / self.days for row in self.channels}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What happened in the horizon after the plan's data ended. ``days_seen`` of ``days``; None while too early."""

    days_seen: int
    spend_planned: float
    spend_actual: float
    revenue_expected: float
    revenue_low: float
    revenue_high: float
    revenue_actual: float
    verdict: Literal["running", "not followed", "as expected", "better", "worse"]


def scenario_of(answer: WhatIf, **about: Any) -> Scenario:
    """A scenario (not saved yet) of a what-if; ``about``: the remaining fields."""
    total = answer.total
    return Scenario(
        scenario_id=None,
        saved_at=datetime.now(UTC).replace(tzinfo=None),
        days=answer.days,
        channels=tuple(
            Planned(
                channel=o.channel or "",
                spend_today=o.spend_today,
                spend_planned=o.spend_new,
                revenue_today=o.revenue_today,
                revenue_expected=o.revenue_new,
                revenue_low=o.revenue_interval.low if o.revenue_interval else o.revenue_new,
                revenue_high=o.revenue_interval.high if o.revenue_interval else o.revenue_new,
            )
            for o in answer.channels
        ),
        revenue_interval=(total.revenue_interval.low, total.revenue_interval.high)
        if total.revenue_interval
        else (total.revenue_new, total.revenue_new),
        profit_today=total.profit_today,
        profit_expected=total.profit_new,
        profit_change=(total.profit_change.low, total.profit_change.median, total.profit_change.high),
        p_better=total.p_better,
        **about,
    )


def save(workspace: Workspace, scenario: Scenario) -> int:
    """Keep a scenario; returns its number."""
    content = json.dumps(asdict(replace(scenario, scenario_id=None)), default=str)
    with workspace.writing("scenario", changes="settings") as cursor:
        (last,) = cursor.execute("select coalesce(max(scenario_id), 0) from budget_scenario").fetchall()[0]
        cursor.execute(
            "insert into budget_scenario (scenario_id, saved_at, content) values (?, ?, ?)",
            [last + 1, scenario.saved_at, content],
        )
    return int(last) + 1


def rename(workspace: Workspace, scenario: Scenario, *, name: str, note: str) -> None:
    """Change name and note of a saved scenario; the plan itself is never edited."""
    content = json.dumps(asdict(replace(scenario, scenario_id=None, name=name, note=note)), default=str)
    with workspace.writing("scenario", changes="settings") as cursor:
        cursor.execute("update budget_scenario set content = ? where scenario_id = ?", [content, scenario.scenario_id])


def duplicate(workspace: Workspace, scenario: Scenario, *, name: str) -> int:
    """A copy under another name."""
    return save(workspace, replace(scenario, name=name, saved_at=datetime.now(UTC).replace(tzinfo=None)))


def delete(workspace: Workspace, scenario_id: int) -> None:
    """Forget a scenario."""
    with workspace.writing("scenario", changes="settings") as cursor:
        cursor.execute("delete from budget_scenario where scenario_id = ?", [scenario_id])


def scenarios(workspace: Workspace) -> tuple[Scenario, ...]:
    """All saved scenarios, the latest first."""
    rows = workspace.rows("select scenario_id, content from budget_scenario order by scenario_id desc")
    return tuple(_read(int(number), json.loads(content)) for number, content in rows)


def score(scenario: Scenario, channel_day: pl.DataFrame, data_until: date) -> Score:
    """What happened since: the horizon begins on the day after the plan's reference period."""
    first = scenario.last_day + timedelta(days=1)
    last = min(scenario.last_day + timedelta(days=scenario.days), data_until)
    seen = max((last - first).days + 1, 0)
    names = [row.channel for row in scenario.channels]
    everything = channel_day.filter(pl.col("day").is_between(first, last))
    rows = everything.filter(pl.col("channel").is_in(names))
    is_total = scenario.basis == "total"
    spend, revenue = float(rows["spend"].sum()), float((everything if is_total else rows)["revenue"].sum())
    part = seen / scenario.days
    # What no channel of the plan brings (organic, direct) is expected to stay as it was.
    rest = scenario.all_revenue_today - sum(row.revenue_today for row in scenario.channels) if is_total else 0.0
    low, high = (rest + end for end in scenario.revenue_interval)
    expected = rest + scenario.revenue
    verdict: Literal["running", "not followed", "as expected", "better", "worse"] = "as expected"
    off = sum(
        abs(float(rows.filter(pl.col("channel") == row.channel)["spend"].sum()) - row.spend_planned * part)
        for row in scenario.channels
    )
    if seen < scenario.days:
        verdict = "running"
    elif off > FOLLOWED * scenario.spend:
        verdict = "not followed"
    elif revenue > high:
        verdict = "better"
    elif revenue < low:
        verdict = "worse"
    return Score(
        days_seen=seen,
        spend_planned=scenario.spend * part,
        spend_actual=spend,
        revenue_expected=expected * part,
        revenue_low=low * part,
        revenue_high=high * part,
        revenue_actual=revenue,
        verdict=verdict,
    )


def compared(chosen: Sequence[Scenario]) -> pl.DataFrame:
    """Up to four scenarios side by side: one row per channel, money per day so that horizons compare."""
    if len(chosen) > _COMPARED:
        raise WrongUse(N_("At most four scenarios can be compared at once."))
    channels = list(dict.fromkeys(row.channel for scenario in chosen for row in scenario.channels))
    return pl.DataFrame(
        {"channel": channels}
        | {scenario.name: [scenario.per_day.get(channel) for channel in channels] for scenario in chosen},
        schema={"channel": pl.String} | {scenario.name: pl.Float64 for scenario in chosen},
    )


def _read(number: int, content: dict[str, Any]) -> Scenario:
    return Scenario(
        **content
        | {
            "scenario_id": number,
            "saved_at": datetime.fromisoformat(content["saved_at"]),
            "first_day": date.fromisoformat(content["first_day"]),
            "last_day": date.fromisoformat(content["last_day"]),
            "channels": tuple(Planned(**row) for row in content["channels"]),
            "revenue_interval": tuple(content["revenue_interval"]),
            "profit_change": tuple(content["profit_change"]),
        }
    )
