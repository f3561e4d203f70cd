"""Conversion-rate volatility rule: a channel's daily conversion rate swings more than chance and its own past explain.

Coefficient of variation of the daily rate (conversions / touches) over the trailing ``volatility_window_days`` closed
days, less what counting alone brings: with n touches and rate p a day's rate varies by sqrt(p (1 − p) / n) even where
nothing changes, so excess² = CV² − mean counting variance / mean². A window needs 20 days with touches and 20
conversions. Days on which tracking was broken or a promotion ran are left out of it: their rates are explained.

Fires when the excess has been above ``volatility_limit`` and above twice the channel's own usual for 7 days in a row
(a window moves slowly, one day in it must not raise an alarm by itself); recovers after 3 days at or below. Its usual
is the median of the windows that share no day with today's; while they are fewer than a window has days, nobody knows
what is usual, and nothing fires. Where no window can be told any more (too few conversions), the case ends with the
last day its windows would have held: its evidence is over.

Example: daily rates 2 % and 10 % in turn, 500 touches a day -> mean 6 %, CV 0.68, counting 0.17, excess 0.66.
"""

from collections.abc import Collection, Iterator
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from omnidash.health.cases import Case
from omnidash.health.grid import Floats, Grid
from omnidash.health.roi_streak import Spell, streaks
from omnidash.health.thresholds import Thresholds
from omnidash.model.defaults import UNKNOWN
from omnidash.model.messages import N_, Message

RULE = "conversion_volatility"
Places = npt.NDArray[np.intp]

_RATED_DAYS = 20
_CONVERSIONS = 20.0
_DAYS_TO_FIRE, _DAYS_TO_RECOVER = 7, 3
_TIMES_ITS_USUAL = 2.0


def conversion_volatility_cases(
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    thresholds: Thresholds,
    explained: Collection[tuple[date, str]] = (),
) -> list[Case]:
    """All cases of history in order of channel and day. ``explained``: (day, channel) whose rate says nothing."""
    closed = channel_day.filter(pl.col("day") <= closed_through)
    if closed.is_empty():
        return []
    grid = Grid.of(closed, closed_through=closed_through)
    cases: list[Case] = []
    for column, channel in enumerate(grid.channels):
        if channel == UNKNOWN:
            continue
        limit, window_days = thresholds.of(channel).volatility_limit, thresholds.volatility_window_days
        is_judged = np.array([(day, channel) not in explained for day in grid.days])
        excess = excess_volatility(
            np.where(is_judged, grid.conversions[:, column], 0.0),
            np.where(is_judged, grid.touches[:, column], 0.0),
            window_days=window_days,
        )
        for spell, rated in _spells(excess, limit, window_days):
            rows = rated[spell.first : (spell.recovered or spell.last_below) + 1]
            last_row = int(rated[spell.last_below])
            recovered_on = None if spell.recovered is None else grid.days[rated[spell.recovered]]
            is_untold = recovered_on is None and len(grid.days) > rated[-1] + window_days
            if is_untold:
                recovered_on = grid.days[rated[-1] + window_days]
            values: dict[str, object] = {
                "channel": channel,
                "days": window_days,
                "volatility": round(float(excess[last_row]), 2),
                "limit": limit,
                "first_day": grid.days[rows[0]],
                "last_day": grid.days[last_row],
                "recovered_on": recovered_on,
            }
            cases.append(
                Case(
                    rule=RULE,
                    channel=channel,
                    state="open" if recovered_on is None else "recovered",
                    severity="low",
                    first_day=grid.days[rows[0]],
                    fired_on=grid.days[rated[spell.fired]],
                    last_day=grid.days[last_row],
                    recovered_on=recovered_on,
                    value=float(excess[last_row]),
                    limit=limit,
                    evidence=pl.DataFrame(
                        {
                            "day": [grid.days[row] for row in rows],
                            "channel": [channel] * len(rows),
                            "touches": grid.touches[rows, column].astype(np.int64),
                            "conversions": grid.conversions[rows, column],
                            "volatility": excess[rows],
                        }
                    ),
                    sentence=_sentence(values, is_untold=is_untold),
                    actions=() if recovered_on is not None else _actions(values),
                )
            )
    return cases


def excess_volatility(conversions: Floats, touches: Floats, *, window_days: int) -> Floats:
    """Per day, the excess coefficient of variation of the window that ends on it; NaN where it cannot be told."""
    result = np.full(len(touches), np.nan)
    rate = np.divide(conversions, touches, out=np.full(len(touches), np.nan), where=touches > 0)
    for day in range(window_days - 1, len(touches)):
        window = slice(day - window_days + 1, day + 1)
        rates, n = rate[window], touches[window]
        rated = ~np.isnan(rates)
        if rated.sum() < _RATED_DAYS or conversions[window].sum() < _CONVERSIONS:
            continue
        rates, n = rates[rated], n[rated]
        mean = float(rates.mean())
        pooled = float(min(1.0, (rates * n).sum() / n.sum()))
        counting = float(np.mean(pooled * (1 - pooled) / n))
        result[day] = np.sqrt(max(0.0, float(rates.var(ddof=1)) - counting)) / mean
    return result


def _spells(excess: Floats, limit: float, window_days: int) -> Iterator[tuple[Spell, Places]]:
    """Each spell with the days that could be told, among which it counts; a gap as long as a window ends one."""
    told = np.flatnonzero(~np.isnan(excess))
    usual = _usual(excess, told, window_days)
    is_high = (excess[told] > limit) & (excess[told] > _TIMES_ITS_USUAL * usual)  # never above an unknown usual
    gaps = np.flatnonzero(np.diff(told) >= window_days) + 1
    for rated, high in zip(np.split(told, gaps), np.split(is_high, gaps), strict=True):
        for spell in streaks(high.tolist(), days_to_fire=_DAYS_TO_FIRE, days_to_recover=_DAYS_TO_RECOVER):
            yield spell, rated


def _usual(excess: Floats, told: Places, window_days: int) -> Floats:
    """Median of the excess of the windows that end before today's begins; NaN while they are fewer than its days."""
    earlier = np.searchsorted(told, told - window_days, side="right")
    return np.array([np.median(excess[told[:count]]) if count >= window_days else np.nan for count in earlier])


def _sentence(values: dict[str, object], *, is_untold: bool) -> Message:
    if is_untold:
        return Message(
            N_(
                "{channel}: the conversion rate was unsteady from {first_day} to {last_day}; since then it has had too"
                " few conversions to tell."
            ),
            values,
        )
    if values["recovered_on"] is None:
        return Message(
            N_(
                "{channel}: the conversion rate swings by {volatility} times its mean from day to day since {first_day}"
                " (limit {limit})."
            ),
            values,
        )
    return Message(
        N_("{channel}: the conversion rate was unsteady from {first_day} on; steady again since {recovered_on}."),
        values,
    )


def _actions(values: dict[str, object]) -> tuple[Message, ...]:
    return (
        Message(N_("Look at the days with the highest and lowest rate: campaigns, prices, stock, tracking."), values),
        Message(N_("Judge {channel} over whole weeks until it is steady; single days mean little now."), values),
    )
