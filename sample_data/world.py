"""The whole sample world of one seed, before it is written in anybody's format."""

from dataclasses import dataclass

import numpy as np

from sample_data import DEFAULT_PERSONS, DEFAULT_SEED
from sample_data.campaigns import campaign_of_visits, campaign_spend
from sample_data.catalogue import CAMPAIGNS, DAYS
from sample_data.draws import Draws, Floats, Ints
from sample_data.journeys import DAY_SECONDS, Simulated, simulate
from sample_data.orders import Orders, claimed_orders, make_orders
from sample_data.people import People, make_people
from sample_data.plan import PLANS
from sample_data.season import WARM_UP_DAYS, Season, season
from sample_data.spend import daily_spend, response
from sample_data.touches import SIGNS_IN_EVERYWHERE, Touches, make_touches


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What platforms report, (exported day, campaign): cents, counts, claimed orders, claimed cents."""

    cost: Ints
    impressions: Ints
    clicks: Ints
    claimed_orders: Ints
    claimed_amount: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that happened. ``spend`` and ``response``: (simulated day, channel)."""

    persons: int
    seed: int
    people: People
    season: Season
    spend: Floats
    response: Floats
    simulated: Simulated
    campaign: Ints
    orders: Orders
    touches: Touches
    counters: Counters


def make_world(
    persons: int = DEFAULT_PERSONS,
    seed: int = DEFAULT_SEED,
    *,
    incidents: bool = True,
    signs_in_everywhere: float = SIGNS_IN_EVERYWHERE,
) -> World:
    """The world of that size and seed; the same arguments give the same world, value by value. Without ``incidents``
    the same business in a calm time; ``signs_in_everywhere``: as in ``touches``, how readily people show who
    they are."""
    people = make_people(persons, seed)
    year = season(incidents=incidents)
    spend = daily_spend(year, persons, seed)
    answered = response(spend, persons)
    simulated = simulate(people, year, answered, seed)
    campaign = campaign_of_visits(simulated.visits, seed)
    orders = make_orders(simulated, year, seed)
    return World(
        persons=persons,
        seed=seed,
        people=people,
        season=year,
        spend=spend,
        response=answered,
        simulated=simulated,
        campaign=campaign,
        orders=orders,
        touches=make_touches(people, simulated, campaign, orders, seed, signs_in_everywhere=signs_in_everywhere),
        counters=_counters(simulated, campaign, orders, campaign_spend(spend, seed), seed),
    )


def _counters(simulated: Simulated, campaign: Ints, orders: Orders, cost: Ints, seed: int) -> Counters:
    draws = Draws(seed, "counters")
    visits = simulated.visits
    shape = (DAYS, len(CAMPAIGNS))

    def per_day_and_campaign(day: Ints, campaign: Ints, weight: Ints | None = None) -> Ints:
        place = (day - WARM_UP_DAYS) * shape[1] + campaign
        inside = day >= WARM_UP_DAYS
        weights = None if weight is None else weight[inside].astype(np.float64)
        counted = np.bincount(place[inside], weights=weights, minlength=shape[0] * shape[1])
        return np.rint(counted).astype(np.int64).reshape(shape)

    # Platforms count more clicks than a site sees visits of persons it can tell apart.
    seen = per_day_and_campaign(visits.day, campaign)
    clicks = np.rint(seen * (2.3 + 0.3 * draws.uniform(shape))).astype(np.int64) + draws.poisson(np.full(shape, 0.5))
    rate = np.array([PLANS[c.channel].click_rate for c in CAMPAIGNS])
    impressions = np.rint(clicks / rate * (0.85 + 0.3 * draws.uniform(shape))).astype(np.int64)
    order, visit = claimed_orders(simulated, orders, seed)
    order_day = orders.at[order] // DAY_SECONDS
    return Counters(
        cost=cost[WARM_UP_DAYS:],
        impressions=impressions,
        clicks=clicks,
        claimed_orders=per_day_and_campaign(order_day, campaign[visit]),
        claimed_amount=per_day_and_campaign(order_day, campaign[visit], orders.amount[order]),
    )
