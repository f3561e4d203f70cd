"""What every channel spends on every day: growth, weekly budget levels that wander, sales, and the scenarios' bends.

The weekly levels are drawn independently of demand, which is what makes response curves identifiable from history.
"""

import numpy as np

from sample_data.catalogue import CHANNELS, scenario
from sample_data.draws import Draws, Floats
from sample_data.plan import PLANS, REFERENCE_PERSONS
from sample_data.season import SIMULATED_DAYS, Season, position

_DAY_SWING = 0.1
_BENT = {
    entry.channels[0]: entry.first_day for entry in map(scenario, ("douyin_concentration", "meta_losing", "baidu_drop"))
}


def daily_spend(season: Season, persons: int, seed: int) -> Floats:
    """CNY (simulated day, channel), unrounded. A channel with a weekly swing of 0 spends the same every day."""
    draws = Draws(seed, "spend")
    weeks = SIMULATED_DAYS // 7
    week_of_day = np.arange(SIMULATED_DAYS) // 7
    spend = np.empty((SIMULATED_DAYS, len(CHANNELS)))
    for code, channel in enumerate(CHANNELS):
        plan = PLANS[channel]
        level = _wandering(draws, weeks, plan.weekly_swing)[week_of_day]
        if channel in _BENT and season.has_incidents:  # so that the bend is all there is to see
            level[position(_BENT[channel]) - 28 :] = 1.0
        day = draws.lognormal(SIMULATED_DAYS, _DAY_SWING)
        varies = plan.weekly_swing > 0
        spend[:, code] = plan.spend_per_day * (level * day * season.budget[:, code] if varies else 1.0)
    return spend * persons / REFERENCE_PERSONS


def _wandering(draws: Draws, weeks: int, swing: float) -> Floats:
    """Weekly levels, mean about 1, held within a factor of 2.2: no planner halves a budget twice running."""
    return np.clip(draws.lognormal(weeks, swing), 1 / 2.2, 2.2)


def response(spend: Floats, persons: int) -> Floats:
    """Response relative to the reference spend (day, channel): the true curve at that day's spend."""
    relative = np.empty_like(spend)
    for code, channel in enumerate(CHANNELS):
        plan = PLANS[channel]
        relative[:, code] = plan.curve.relative(spend[:, code] * REFERENCE_PERSONS / persons / plan.spend_per_day)
    return relative
