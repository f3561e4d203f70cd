"""Traffic-drop rule: a closed day's touches lie below what trend, weekday, spend and holidays let expect, by 30 % or
more.

A day has dropped where its touches are at least ``drop_limit`` below the expectation *and* below its lower bound,
``drop_deviations`` usual errors under it (``expected_traffic``). Small channels show a drop only over several days,
so the mean of the last three days is judged likewise, against a bound of its own; a case found so says both. What the
spend explains is taken out first: a budget that was cut is no drop.

A throttled account spends less, too: the platform delivers less, and its spend falls with its touches. A day on which
both fell by 30 % or more, the touches below their bound, is a drop where the fall looks like no decision of anybody:

* it is larger than the channel's swings with its spend ever explain (one usual error more than the bound above), or the
  spend fell in one step on a weekday on which this channel's budget is never changed so much;
* the money did not go to other channels on that day, and not two others fell with it: a platform throttles its own
  account alone, people move money or cut several at once.

Where the two cannot be told apart (a budget that was as good as constant and halves), it counts as a drop: whoever cut
it says so with one click.

Only what lies 30 % or more below the level of the last six weeks as well is a drop: after a surge of a week or two its
end is none. And the touches themselves, whatever was spent, must have fallen by half of the limit (on the log scale):
where more is spent for as many touches as ever, traffic became dear and did not fall.
Only channels with at least ``drop_minimum_touches`` expected a day are judged. A day without any touch is no drop:
nothing was delivered (``silence``). The rule fires on the first dropped day, once; the days of an open case
do not move the expectation; it is over after 3 days in a row back above the limit. A holiday, a sale day or one of a
promotion is none of them: what it brings says nothing of the level, unless it is below even so. A level that has lasted
28 days is the new normal: the case ends, and says so. The days of a promotion move no expectation either: what it
brings is not missed when it is over.

Example: 200 touches expected, usual error 8 %: 96 touches (−52 %) are a drop, 150 (−25 %) are not.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Literal

import numpy as np
import polars as pl

from omnidash.health.cases import Case, Severity
from omnidash.health.expected_traffic import History, Judged, holiday_shifts, judge
from omnidash.health.grid import Grid
from omnidash.health.holidays import holiday_of
from omnidash.health.thresholds import Thresholds
from omnidash.model.defaults import UNKNOWN
from omnidash.model.messages import N_, Message

RULE = "traffic_drop"
How = Literal["day", "mean", "with_spend"]

_RECOVER_DAYS = 3
_NEW_NORMAL_DAYS = 28
_SEVERE_DROP = 0.5
_LOST = 0.5  # of the limit: the touches themselves fell so far, whatever was spent
_STEP = 1.5  # times the largest step of spend on that weekday
_STEP_DAYS = 3
_CLEAR_CHANGE = 0.1  # of spend: less than that is "as before"
_STEPPED = 0.2  # of a channel's spend: more than it wanders from day to day
_FELL_TOO = 2  # channels
_TAKEN = 0.5
_LOOKED_BACK_DAYS = 500  # older days neither move what is expected nor are news

EVIDENCE = {
    "day": pl.Date,
    "channel": pl.String,
    "touches": pl.Int64,
    "expected": pl.Float64,
    "lower_bound": pl.Float64,
    "change": pl.Float64,
    "change_3_days": pl.Float64,
    "bound_3_days": pl.Float64,
}
"""``change`` of a day from what was expected; ``change_3_days`` of the mean of the three days it ends, and how low that
may be by chance (``bound_3_days``); null where these are not three days in a row."""


@dataclass(slots=True)
class _Spell:
    first: int
    last: int
    rows: list[int]
    back: int = 0
    recovered: int | None = None
    is_new_normal: bool = False
    how: How = "day"

    @property
    def is_with_spend(self) -> bool:
        """The spend fell with the touches, and explains them."""
        return self.how == "with_spend"


def traffic_drop_cases(
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    thresholds: Thresholds,
    closed_through_by_channel: Mapping[str, date] | None = None,
    undelivered: Collection[tuple[date, str]] = (),
    promotions: Collection[tuple[date, str]] = (),
) -> list[Case]:
    """All cases of history in order of channel and day. ``undelivered``: (day, channel) whose source brought nothing;
    ``promotions``: (day, channel) of promotions, as people noted them;
    ``closed_through_by_channel``: the last day each channel's own sources have delivered."""
    closed = max([closed_through, *(closed_through_by_channel or {}).values()])
    first = closed.toordinal() - _LOOKED_BACK_DAYS
    recent = channel_day.filter(pl.col("day") > date.fromordinal(max(first, 1)))
    if recent.is_empty():
        return []
    grid = Grid.of(recent, closed_through=closed)
    limits = [thresholds.of(channel) for channel in grid.channels]
    last_of = [(closed_through_by_channel or {}).get(channel, closed_through) for channel in grid.channels]
    histories = [History() for _ in grid.channels]
    spells: list[list[_Spell]] = [[] for _ in grid.channels]
    judged: dict[tuple[int, int], Judged] = {}
    for row, day in enumerate(grid.days):
        shifts = holiday_shifts(grid, histories, row)
        for column, channel in enumerate(grid.channels):
            touches, spend = float(grid.touches[row, column]), float(grid.spend[row, column])
            history = histories[column]
            if channel == UNKNOWN or touches <= 0 or (day, channel) in undelivered or day > last_of[column]:
                history.recent.clear()
                continue
            verdict = None
            if history.is_known:
                verdict = judged[row, column] = judge(history, day, touches, spend, float(shifts[column]))
                is_plain = not holiday_of(day) and (day, channel) not in promotions
                decided = partial(is_decided, grid, row, column)
                _follow(spells[column], row, verdict, limits[column], decided, is_plain=is_plain)
            open_spell = spells[column][-1] if spells[column] and spells[column][-1].recovered is None else None
            if open_spell is not None and row - open_spell.first >= _NEW_NORMAL_DAYS:
                open_spell.recovered, open_spell.is_new_normal = row, True
                histories[column] = _relearnt(grid, column, open_spell.first, row, promotions, history)
            elif open_spell is None and not holiday_of(day) and (day, channel) not in promotions:
                history.take(day, touches, spend, verdict)
    return [
        _with_actions(_case(spell, grid, column, judged, limits[column]), recent, with_spend=spell.is_with_spend)
        for column in range(len(grid.channels))
        for spell in spells[column]
    ]


def _with_actions(case: Case, channel_day: pl.DataFrame, *, with_spend: bool) -> Case:
    """What to look at first while it is open; who takes over is told where persons and curves are known (``plans``)."""
    if case.state != "open":
        return case
    own = channel_day.filter(pl.col("channel") == case.channel)
    since = own.filter(pl.col("day").is_between(case.first_day, case.last_day))["spend"].mean()
    before = own.filter(pl.col("day") < case.first_day).tail(_NEW_NORMAL_DAYS)["spend"].mean()
    values: dict[str, object] = {"channel": case.channel, "now_money": since, "before_money": before}
    look = Message(
        N_("Look first at account, ranking, reviews, links and landing page of {channel}; do not switch it off."),
        values,
    )
    if before and with_spend:
        spend = N_(
            "Its spend fell with the traffic ({now_money} a day, {before_money} before). If you cut it, acknowledge "
            "this with a note; if not, the platform delivers less: limits, balance, reviews, notices of the account."
        )
        return replace(case, actions=(Message(spend, values), look))
    if before:
        change = float(str(values["now_money"])) / float(str(values["before_money"])) - 1
        values = values | {"change_percent": abs(change)}
        if change <= -_CLEAR_CHANGE:
            spend = N_("It spends {change_percent} less than before ({now_money} a day, {before_money} before).")
        elif change >= _CLEAR_CHANGE:
            spend = N_(
                "It spends {change_percent} more than before ({now_money} a day, {before_money} before) and gets less"
                " traffic for it."
            )
        else:
            spend = N_("It spends {now_money} a day ({before_money} before): money flows on, but it buys less.")
        return replace(case, actions=(look, Message(spend, values)))
    return replace(case, actions=(look,))


def how_dropped(day: Judged, limits: Thresholds, *, is_decided: Callable[[], bool] = lambda: False) -> How | None:
    """By what the day is a drop, None where it is none: the day itself, the mean of the three days it ends, or with its
    spend. ``is_decided``: whether a fall of spend on the day looks like somebody's decision; asked only where the spend
    fell with the touches."""
    least = float(np.log(1 - limits.drop_limit))
    deviations = limits.drop_deviations
    if max(day.expected, day.without_spend) < limits.drop_minimum_touches:
        return None
    has_lost = max(day.raw_error, day.raw_long_error) <= _LOST * least
    is_judged = has_lost and day.expected >= limits.drop_minimum_touches and max(day.error, day.long_error) <= least
    if is_judged and day.error < -deviations * day.spread:
        return "day"
    if is_judged and _is_low_over_three_days(day, limits):
        return "mean"
    if day.raw_error > least or day.raw_long_error > least:
        return None
    beyond_spend = day.raw_error < -(deviations + 1) * day.raw_spread
    stepped = (
        day.usual_step is not None
        and day.spend_fall <= least
        and day.usual_step < -least
        and -day.spend_fall > _STEP * day.usual_step
    )
    is_beyond_chance = day.raw_error < -deviations * day.spread
    return "with_spend" if (beyond_spend or stepped) and is_beyond_chance and not is_decided() else None


def _is_low_over_three_days(day: Judged, limits: Thresholds) -> bool:
    """Whether the mean of the three days that end on it lies below the limit and its own bound."""
    least = min(float(np.log(1 - limits.drop_limit)), -limits.drop_deviations * day.spread_3)
    return day.error_3 is not None and day.error_3 <= least


def is_decided(grid: Grid, row: int, column: int) -> bool:
    """Whether the fall of a channel's spend on a day goes with what others did on it: one that rose by a tenth or more,
    or all that rose by a fifth, took about as much (half of it to one and a half); or two others or more fell by a
    fifth as well. Against the median of the three days before."""
    if row < _STEP_DAYS:
        return False
    before = np.median(grid.spend[row - _STEP_DAYS : row], axis=0)
    is_delivered = grid.has_spend[row] & grid.has_spend[row - _STEP_DAYS : row].all(axis=0) & (before > 0)
    change = np.where(is_delivered, grid.spend[row] - before, 0.0)
    fall = -float(change[column])
    if fall <= 0:
        return False
    step = np.divide(change, before, out=np.zeros_like(before), where=before > 0)
    step[column] = 0.0
    taken = np.append(change[step >= _STEPPED / 2], change[step >= _STEPPED].sum()) / fall
    return int((step <= -_STEPPED).sum()) >= _FELL_TOO or bool((np.abs(taken - 1) <= _TAKEN).any())


def _follow(
    spells: list[_Spell], row: int, day: Judged, limits: Thresholds, decided: Callable[[], bool], *, is_plain: bool
) -> None:
    """The day's part in the open spell, or in a new one. ``is_plain``: neither holiday nor sale nor promotion."""
    if spells and spells[-1].recovered is None:
        spell = spells[-1]
        spell.rows.append(row)
        least = np.log(1 - limits.drop_limit)
        # a throttled account stays one as long as it delivers less, however its spend explains that
        below = (
            day.error <= least
            or (spell.is_with_spend and day.raw_error <= least)
            or how_dropped(day, limits) is not None
        )
        spell.back = 0 if below else spell.back + is_plain
        spell.last = row if below else spell.last
        if spell.back >= _RECOVER_DAYS:
            spell.recovered = row
    elif (how := how_dropped(day, limits, is_decided=decided)) is not None:
        spells.append(_Spell(first=row, last=row, rows=[row], how=how))


def _relearnt(
    grid: Grid, column: int, first: int, row: int, promotions: Collection[tuple[date, str]], before: History
) -> History:
    """A history of the new level alone; what holidays do to the channel stays known."""
    fresh = History(on_holiday=before.on_holiday)
    for earlier in range(first, row + 1):
        is_promoted = (grid.days[earlier], grid.channels[column]) in promotions
        if grid.touches[earlier, column] > 0 and not holiday_of(grid.days[earlier]) and not is_promoted:
            fresh.take(
                grid.days[earlier], float(grid.touches[earlier, column]), float(grid.spend[earlier, column]), None
            )
    return fresh


def _case(spell: _Spell, grid: Grid, column: int, judged: dict[tuple[int, int], Judged], limits: Thresholds) -> Case:
    channel, rows = grid.channels[column], spell.rows
    until = [row for row in rows if row <= spell.last]
    # what a throttled account would have brought with the spend it is not allowed to spend
    expected_of = {
        row: judged[row, column].without_spend if spell.is_with_spend else judged[row, column].expected for row in rows
    }
    expected = float(sum(expected_of[row] for row in until))
    seen = float(sum(grid.touches[row, column] for row in until))
    change = seen / expected - 1
    evidence = pl.DataFrame(
        [
            (
                grid.days[row],
                channel,
                int(grid.touches[row, column]),
                expected_of[row],
                expected_of[row] * float(np.exp(-limits.drop_deviations * judged[row, column].spread)),
                float(grid.touches[row, column]) / expected_of[row] - 1,
                *_of_three_days(judged[row, column], limits),
            )
            for row in rows
        ],
        schema=EVIDENCE,
        orient="row",
    )
    severity: Severity = "high" if change <= -_SEVERE_DROP else "medium"
    recovered_on = None if spell.recovered is None else grid.days[spell.recovered]
    values: dict[str, object] = {
        "channel": channel,
        "drop_percent": -change,
        "first_day": grid.days[spell.first],
        "last_day": grid.days[spell.last],
        "recovered_on": recovered_on,
        "touches": round(seen / len(until)),
        "expected": round(expected / len(until)),
        "mean_percent": -evidence["change_3_days"][0] if spell.how == "mean" else None,
        "bound_percent": -evidence["bound_3_days"][0] if spell.how == "mean" else None,
    }
    sentence = _sentence(values, is_new_normal=spell.is_new_normal)
    return Case(
        rule=RULE,
        channel=channel,
        state="open" if recovered_on is None else "recovered",
        severity=severity,
        first_day=grid.days[spell.first],
        fired_on=grid.days[spell.first],
        last_day=grid.days[spell.last],
        recovered_on=recovered_on,
        value=change,
        limit=-limits.drop_limit,
        evidence=evidence,
        sentence=_found_by_mean(sentence, values) if spell.how == "mean" else sentence,
        actions=(),
    )


def _of_three_days(day: Judged, limits: Thresholds) -> tuple[float | None, float | None]:
    """Change of the mean of three days, and its bound."""
    if day.error_3 is None:
        return None, None
    return float(np.exp(day.error_3)) - 1, float(np.exp(-limits.drop_deviations * day.spread_3)) - 1


def _found_by_mean(sentence: Message, values: dict[str, object]) -> Message:
    return Message(
        N_(
            "{sentence} Found by the mean of the three days to {first_day}: {mean_percent} below, where chance leaves"
            " up to {bound_percent}."
        ),
        values | {"sentence": sentence},
    )


def _sentence(values: dict[str, object], *, is_new_normal: bool) -> Message:
    if values["recovered_on"] is None and values["first_day"] == values["last_day"]:
        return Message(
            N_(
                "{channel}: traffic fell {drop_percent} below what was to be expected on {first_day}"
                " ({touches} touches, expected {expected})."
            ),
            values,
        )
    if values["recovered_on"] is None:
        return Message(
            N_(
                "{channel}: traffic has been {drop_percent} below what was to be expected since {first_day}"
                " ({touches} touches a day, expected {expected})."
            ),
            values,
        )
    if is_new_normal:
        return Message(
            N_(
                "{channel}: traffic fell {drop_percent} on {first_day} and stayed there;"
                " since {recovered_on} that is taken as the new normal."
            ),
            values,
        )
    return Message(
        N_(
            "{channel}: traffic was {drop_percent} below what was to be expected from {first_day} to {last_day};"
            " back since {recovered_on}."
        ),
        values,
    )
