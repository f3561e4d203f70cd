"""What is really behind the exports, which no dashboard gets to see: for tests and for judging models.

* ``person_of_identifiers``: whose every identifier is (a shared one belongs to several);
* ``incremental``: the orders and the net revenue that would not exist without a channel's spend. One journey may
  need two channels, so these add up to more than the total;
* ``TRUE_CURVES`` and ``incremental_revenue_at``: how that revenue answers to spend. In expectation the orders that
  need a channel are proportional to its curve, but for retargeting and mailings to customers (see ``journeys``).
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import polars as pl

from sample_data.catalogue import CHANNELS, DAYS
from sample_data.curves import TrueCurve
from sample_data.draws import Floats
from sample_data.plan import PLANS, REFERENCE_PERSONS
from sample_data.season import WARM_UP_DAYS
from sample_data.world import World

TRUE_CURVES: Mapping[str, TrueCurve] = MappingProxyType({channel: plan.curve for channel, plan in PLANS.items()})


def person_of_identifiers(world: World) -> pl.DataFrame:
    """Columns type, identifier, person (int64, position in ``world.people``): every undamaged identifier there is."""
    people = world.people
    owned = {
        "device_id": (people.device, people.second_device),
        "openid": (people.openid,),
        "unionid": (people.unionid,),
        "member_id": (people.member_id,),
        "phone": (people.phone,),
        "email": (people.email,),
    }
    person = np.arange(len(people))
    frames = [
        pl.DataFrame({"type": kind, "identifier": column[column != ""].tolist(), "person": person[column != ""]})
        for kind, columns in owned.items()
        for column in columns
    ]
    return pl.concat(frames).unique().sort("type", "identifier", "person")


def incremental(world: World) -> pl.DataFrame:
    """One row per channel: spend, and orders and net revenue (CNY) of the exported days that need the channel."""
    orders = world.orders
    needed = (orders.needs[:, None] >> np.arange(len(CHANNELS)) & 1).astype(bool) & orders.is_paid[:, None]
    return pl.DataFrame(
        {
            "channel": list(CHANNELS),
            "spend": world.spend[WARM_UP_DAYS:].sum(axis=0),
            "orders": needed.sum(axis=0),
            "net_revenue": (needed * orders.net[:, None]).sum(axis=0) / 100,
        }
    )


def incremental_revenue_at(world: World, channel: str, spend_per_day: Floats) -> Floats:
    """Expected incremental net revenue per day (CNY) had the channel spent this much every day, all else as it was.

    The level is what the channel brought in this world, so it carries the chance of one world.
    """
    code = CHANNELS.index(channel)
    brought = incremental(world).filter(pl.col("channel") == channel)["net_revenue"].item() / DAYS
    # traffic of a day = season x response: days with a season of their own weigh accordingly
    season = world.season.traffic[WARM_UP_DAYS:, code]
    mean_response = float((season * world.response[WARM_UP_DAYS:, code]).sum() / season.sum())
    reference = PLANS[channel].spend_per_day * world.persons / REFERENCE_PERSONS
    return brought / mean_response * PLANS[channel].curve.relative(np.asarray(spend_per_day) / reference)
