"""What moves traffic and buying besides spend: growth, weekdays, sales, and the scenarios that bend them.

Days are positions in the simulated time, which begins ``WARM_UP_DAYS`` before the first exported day so that
journeys are already under way on it. Arrays are float64, (day, channel) or (day,).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sample_data.catalogue import CHANNELS, DAYS, FIRST_DAY, scenario
from sample_data.draws import Floats

WARM_UP_DAYS = 28
SIMULATED_DAYS = WARM_UP_DAYS + DAYS
SIMULATED_FIRST_DAY = FIRST_DAY - timedelta(days=WARM_UP_DAYS)
CHANNEL_CODE = {name: code for code, name in enumerate(CHANNELS)}

# Monday … Sunday
_WEEKDAYS = {
    "douyin": (0.94, 0.92, 0.94, 0.97, 1.05, 1.12, 1.12),
    "baidu": (1.06, 1.07, 1.06, 1.04, 1.01, 0.89, 0.87),
    "offline_store": (0.7, 0.68, 0.72, 0.8, 0.98, 1.65, 1.5),
}
_USUAL_WEEKDAYS = (0.98, 0.97, 0.98, 0.99, 1.02, 1.04, 1.02)
# how much of a sale's extra traffic a channel sees
_SALE_EXPOSURE = {"baidu": 0.3, "google_ads": 0.0, "meta": 0.0, "offline_store": 0.4, "wecom": 0.8}
# day -> (traffic, buying) of the domestic sales
_SALES = {
    date(2026, 6, 14): (1.1, 1.0),
    date(2026, 6, 15): (1.15, 1.0),
    date(2026, 6, 16): (1.25, 1.05),
    date(2026, 6, 17): (1.35, 1.1),
    date(2026, 6, 18): (2.0, 1.75),
    date(2026, 6, 19): (0.95, 0.85),
    date(2026, 6, 20): (0.95, 0.9),
    date(2026, 10, 31): (1.25, 1.1),
    date(2026, 11, 1): (1.5, 1.25),
    date(2026, 11, 2): (1.15, 1.0),
    date(2026, 11, 9): (1.1, 1.0),
    date(2026, 11, 10): (1.25, 1.05),
    date(2026, 11, 11): (2.0, 1.9),
    date(2026, 11, 12): (0.95, 0.7),
}


def position(day: date) -> int:
    """The day's place in the simulated time."""
    return (day - SIMULATED_FIRST_DAY).days


def day_at(place: int) -> date:
    """The inverse of ``position``."""
    return SIMULATED_FIRST_DAY + timedelta(days=int(place))


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Factors on first visits, budgets and buying per channel (day, channel); on buying at home and abroad (day,).
    ``has_incidents``: whether the scenarios that go wrong take place; without them it is a calm time."""

    traffic: Floats
    buying_at_home: Floats
    buying_abroad: Floats
    buying_on_channel: Floats
    budget: Floats
    has_incidents: bool = True


def season(*, incidents: bool = True) -> Season:
    """The season of this world; nothing in it is random. Without ``incidents``: growth, weekdays and sales alone."""
    traffic = np.ones((SIMULATED_DAYS, len(CHANNELS)))
    budget = np.ones_like(traffic)
    at_home = np.ones(SIMULATED_DAYS)
    growth = scenario("rhythm").parameters["growth_by_the_end"]
    for place in range(SIMULATED_DAYS):
        day = day_at(place)
        grown = 1 + growth * max(0, place - WARM_UP_DAYS - 60) / (DAYS - 60)
        sale_traffic, sale_buying = _SALES.get(day, (1.0, 1.0))
        at_home[place] = sale_buying
        for code, channel in enumerate(CHANNELS):
            weekday = _WEEKDAYS.get(channel, _USUAL_WEEKDAYS)[day.weekday()]
            exposure = _SALE_EXPOSURE.get(channel, 1.0)
            traffic[place, code] = grown * weekday * sale_traffic**exposure
            budget[place, code] = max(1.0, sale_traffic) ** (0.7 * exposure)
    abroad = np.ones(SIMULATED_DAYS)
    on_channel = np.ones_like(traffic)
    if incidents:
        _bend(traffic, budget)
        member_day = scenario("overseas_member_day")
        abroad[position(member_day.first_day)] = member_day.parameters["buying_factor"]
        abroad[position(member_day.first_day) + 1 :] = member_day.parameters["buying_factor_after"]
        losing = scenario("meta_losing")
        on_channel[position(losing.first_day) :, CHANNEL_CODE["meta"]] = losing.parameters["buying_factor"]
    return Season(
        traffic=traffic,
        buying_at_home=at_home,
        buying_abroad=abroad,
        buying_on_channel=on_channel,
        budget=budget,
        has_incidents=incidents,
    )


def _bend(traffic: Floats, budget: Floats) -> None:
    """Apply the scenarios that change traffic or budgets of single channels, in place."""
    push, losing, drop = (scenario(key) for key in ("douyin_concentration", "meta_losing", "baidu_drop"))
    days_of_push = slice(position(push.first_day), None)
    budget[days_of_push, CHANNEL_CODE["douyin"]] *= push.parameters["spend_factor"]
    traffic[days_of_push, CHANNEL_CODE["douyin"]] *= push.parameters["traffic_factor"]
    budget[position(losing.first_day) :, CHANNEL_CODE["meta"]] *= losing.parameters["spend_factor"]
    traffic[position(drop.first_day) :, CHANNEL_CODE["baidu"]] *= drop.parameters["traffic_factor"]
    member_day = scenario("overseas_member_day")
    for channel in member_day.channels:
        traffic[position(member_day.first_day), CHANNEL_CODE[channel]] *= member_day.parameters["traffic_factor"]
