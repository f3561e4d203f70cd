"""The numbers behind each channel: what it costs, how traffic answers to spend, where visitors go next, how they buy.

All volumes are for 20,000 persons; other sizes scale them. Money in CNY.
"""

from dataclasses import dataclass

import numpy as np

from sample_data.catalogue import CHANNELS
from sample_data.curves import TrueCurve
from sample_data.draws import Floats

REFERENCE_PERSONS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPlan:
    """One channel. Rates are chances per visit; ``first_visits_per_day`` are those that spend alone brings.

    ``weekly_swing`` is the standard deviation of the log of the week's budget level, ``click_price`` and
    ``click_rate`` only shape the platform's counters.
    """

    spend_per_day: float
    first_visits_per_day: float
    curve: TrueCurve
    weekly_swing: float
    cart_rate: float
    order_rate: float
    shops: tuple[float, float, float]  # chances of Tmall, mini-program, store for an order that follows a visit here
    click_rate: float = 0.02


_POWER = {beta: TrueCurve(form="power", parameter=beta) for beta in (0.45, 0.5, 0.55, 0.6, 0.65, 0.7)}
_FIXED = TrueCurve(form="fixed")

PLANS: dict[str, ChannelPlan] = {
    "douyin": ChannelPlan(
        spend_per_day=2000, first_visits_per_day=130, curve=_POWER[0.65], weekly_swing=0.35,
        cart_rate=0.12, order_rate=0.36, shops=(0.55, 0.45, 0), click_rate=0.014,
    ),
    "xiaohongshu": ChannelPlan(
        spend_per_day=560, first_visits_per_day=85, curve=_POWER[0.7], weekly_swing=0.4,
        cart_rate=0.06, order_rate=0.36, shops=(0.6, 0.4, 0), click_rate=0.022,
    ),
    "wechat_ads": ChannelPlan(
        spend_per_day=1150, first_visits_per_day=52, curve=_POWER[0.55], weekly_swing=0.35,
        cart_rate=0.15, order_rate=0.38, shops=(0, 1, 0), click_rate=0.012,
    ),
    "wecom": ChannelPlan(
        spend_per_day=360, first_visits_per_day=12, curve=_FIXED, weekly_swing=0.0,
        cart_rate=0.14, order_rate=0.48, shops=(0, 1, 0),
    ),
    "tmall": ChannelPlan(
        spend_per_day=1250, first_visits_per_day=55, curve=TrueCurve(form="hill", parameter=1.0), weekly_swing=0.35,
        cart_rate=0.3, order_rate=0.2, shops=(1, 0, 0), click_rate=0.03,
    ),
    "baidu": ChannelPlan(
        spend_per_day=650, first_visits_per_day=41, curve=TrueCurve(form="hill", parameter=0.8), weekly_swing=0.35,
        cart_rate=0.16, order_rate=0.4, shops=(0.4, 0.6, 0), click_rate=0.05,
    ),
    "google_ads": ChannelPlan(
        spend_per_day=330, first_visits_per_day=16, curve=_POWER[0.5], weekly_swing=0.0,
        cart_rate=0.17, order_rate=0.42, shops=(0, 1, 0), click_rate=0.04,
    ),
    "meta": ChannelPlan(
        spend_per_day=400, first_visits_per_day=28, curve=_POWER[0.6], weekly_swing=0.35,
        cart_rate=0.14, order_rate=0.4, shops=(0, 1, 0), click_rate=0.011,
    ),
    "offline_store": ChannelPlan(
        spend_per_day=1200, first_visits_per_day=18, curve=_FIXED, weekly_swing=0.0,
        cart_rate=0.55, order_rate=0.42, shops=(0, 0, 1),
    ),
    "email_sms": ChannelPlan(
        spend_per_day=120, first_visits_per_day=14, curve=_POWER[0.7], weekly_swing=0.3,
        cart_rate=0.13, order_rate=0.45, shops=(0.3, 0.7, 0),
    ),
}  # fmt: skip

# Channels whose follow-up visits also need that day's spend. Tmall's come back by themselves (saved item, own search).
FOLLOW_UPS_NEED_SPEND = frozenset({"douyin", "xiaohongshu", "wechat_ads", "baidu", "google_ads", "meta"})
# Follow-up chances are written for a response of CAP times the reference, and thinned down to the day's response.
RESPONSE_CAP = 2.0

_NEXT_AT_HOME: dict[str, dict[str, float]] = {
    "douyin": {"douyin": 0.34, "xiaohongshu": 0.06, "tmall": 0.14, "baidu": 0.015, "wechat_ads": 0.05,
               "offline_store": 0.02, "wecom": 0.01},
    "xiaohongshu": {"xiaohongshu": 0.1, "tmall": 0.22, "baidu": 0.18, "douyin": 0.08, "wechat_ads": 0.08,
                    "offline_store": 0.06, "wecom": 0.02},
    "wechat_ads": {"wechat_ads": 0.24, "wecom": 0.08, "tmall": 0.07, "offline_store": 0.03, "douyin": 0.05},
    "wecom": {"wecom": 0.25, "offline_store": 0.06, "email_sms": 0.03},
    "tmall": {"tmall": 0.24, "douyin": 0.1, "xiaohongshu": 0.03, "wechat_ads": 0.07},
    "baidu": {"baidu": 0.2, "tmall": 0.13, "offline_store": 0.05, "wechat_ads": 0.06},
    "offline_store": {"wecom": 0.1, "offline_store": 0.06, "tmall": 0.06, "wechat_ads": 0.04},
    "email_sms": {"email_sms": 0.1, "tmall": 0.12, "wecom": 0.06, "offline_store": 0.03},
}  # fmt: skip
_NEXT_ABROAD: dict[str, dict[str, float]] = {
    "google_ads": {"google_ads": 0.26, "meta": 0.16, "email_sms": 0.06},
    "meta": {"meta": 0.3, "google_ads": 0.22, "email_sms": 0.04},
    "email_sms": {"email_sms": 0.12, "google_ads": 0.16},
    "xiaohongshu": {"xiaohongshu": 0.1, "google_ads": 0.24, "meta": 0.1},
}

# Mean days until the next visit, by the channel it happens on; a good part comes back on the same day.
NEXT_VISIT_DAYS = {"tmall": 1.6, "baidu": 1.2, "wecom": 4.0, "email_sms": 4.0, "offline_store": 3.0}
USUAL_NEXT_VISIT_DAYS = 2.2
SAME_DAY_SHARE = 0.25

# hour of the day, 0 … 23, as weights
_EVENING = (2, 1, 0.5, 0.3, 0.3, 0.5, 1, 2, 3, 3, 3, 4, 6, 5, 4, 4, 4, 5, 7, 9, 12, 13, 10, 5)
_OFFICE = (1, 0.5, 0.3, 0.2, 0.2, 0.5, 1, 3, 6, 9, 10, 9, 6, 6, 8, 8, 8, 7, 5, 4, 5, 5, 4, 2)
_STORE = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 6, 7, 7, 8, 9, 9, 9, 9, 9, 8, 6, 0, 0)
_USUAL = (2, 1, 0.6, 0.4, 0.4, 0.6, 1.5, 3, 4, 5, 5, 6, 7, 6, 5, 5, 5, 5, 6, 7, 9, 9, 7, 4)
HOURS = {"douyin": _EVENING, "xiaohongshu": _EVENING, "baidu": _OFFICE, "offline_store": _STORE}
USUAL_HOURS = _USUAL


def next_visit_chances(*, abroad: bool) -> Floats:
    """Chances (channel of the visit, channel of the next visit) at ``RESPONSE_CAP``; each row sums below 1."""
    table = _NEXT_ABROAD if abroad else _NEXT_AT_HOME
    chances = np.zeros((len(CHANNELS), len(CHANNELS)))
    for source, targets in table.items():
        for target, chance in targets.items():
            chances[CHANNELS.index(source), CHANNELS.index(target)] = chance
    if (chances.sum(axis=1) >= 1).any():
        raise ValueError("next-visit chances of a channel add up to 1 or more")
    return chances
