"""The log of an A/B test, as a messaging tool exports it: who was asked for a review how, and who wrote one.

Three days after a paid online order the buyer is asked once, by a card in the parcel or by a WeCom message, by the
toss of a coin. A few buyers who order again are tossed again, as a careless tool does it: they have seen both.
"""

import numpy as np
import polars as pl

from sample_data.catalogue import scenario
from sample_data.csv_text import CLOCK, UTF8_BOM, encoded, local_times
from sample_data.draws import Draws
from sample_data.journeys import DAY_SECONDS, END
from sample_data.orders import STORE
from sample_data.season import SIMULATED_FIRST_DAY
from sample_data.world import World

EXPERIMENT = "评价提醒"
VARIANTS = ("对照组·包裹卡片", "实验组·企微消息")
_ASKED_AFTER_DAYS = 3


def review_test(world: World) -> bytes:
    """Rows of two kinds by time: a variant was seen, a review was written."""
    plan = scenario("review_test")
    rules, draws = plan.parameters, Draws(world.seed, "review test")
    orders, size = world.orders, len(world.orders)
    coin, lasts, luck, delay = (draws.uniform(size) for _ in range(4))
    begin = (plan.first_day - SIMULATED_FIRST_DAY).days * DAY_SECONDS
    asked_at = orders.at + _ASKED_AFTER_DAYS * DAY_SECONDS
    is_asked = (orders.shop != STORE) & orders.is_paid & (asked_at >= begin) & (asked_at < END)
    place = np.flatnonzero(is_asked)
    first_of = np.full(len(world.people), -1, dtype=np.int64)
    first_of[orders.person[place[::-1]]] = place[::-1]
    first = first_of[orders.person[place]]
    is_tossed_again = (place != first) & (lasts[place] < rules["tossed_again"])
    variant = (np.where(is_tossed_again, coin[place], coin[first]) < 0.5).astype(np.int64)
    seen = np.flatnonzero((place == first) | is_tossed_again)
    rates = np.array([rules["control_rate"], rules["message_rate"]])
    reviewed_at = asked_at[place] + ((0.1 + 5 * delay[place]) * DAY_SECONDS).astype(np.int64)
    writes = seen[(luck[place] < rates[variant])[seen] & (reviewed_at[seen] < END)]
    phone = world.people.phone[orders.person[place]]
    rows = pl.concat(
        pl.DataFrame(
            {
                "at": times[chosen],
                "手机号": phone[chosen],
                "事件": action,
                "实验名称": EXPERIMENT if action == "实验曝光" else "",
                "实验分组": np.array(VARIANTS)[variant[chosen]] if action == "实验曝光" else np.full(len(chosen), ""),
            }
        )
        for action, times, chosen in (("实验曝光", asked_at[place], seen), ("评价", reviewed_at, writes))
    ).sort("at", "手机号", "事件")
    shown = rows.select(pl.Series("时间", local_times(rows["at"].to_numpy())).dt.strftime(CLOCK), pl.exclude("at"))
    return encoded(shown, UTF8_BOM)
