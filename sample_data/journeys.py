"""Journeys as a branching process: a first visit bought by spend, then one next visit after another, and orders.

Generation by generation, every step over all persons at once. Each visit carries ``needs``: a bit per channel whose
spend it could not have happened without (its own, and those of the visits that led to it). An order inherits the
bits of its visit. That makes the truth exact: without channel c, the orders with bit c would not exist.

A first visit or a spend-driven next visit on channel c happens in proportion to c's true curve at the day's spend;
a second visit on a channel the journey already needs is not thinned again, so the orders that need c are
proportional to c's curve as well. Two kinds of visits happen at any spend above zero and are left out of that:
retargeting before Double 11, and what WeCom and e-mail send to customers after an order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sample_data.catalogue import CHANNELS, scenario
from sample_data.draws import Draws, Floats, Ints
from sample_data.people import People
from sample_data.plan import (
    FOLLOW_UPS_NEED_SPEND,
    HOURS,
    NEXT_VISIT_DAYS,
    PLANS,
    REFERENCE_PERSONS,
    RESPONSE_CAP,
    SAME_DAY_SHARE,
    USUAL_HOURS,
    USUAL_NEXT_VISIT_DAYS,
    next_visit_chances,
)
from sample_data.season import CHANNEL_CODE, SIMULATED_DAYS, Season, position

DAY_SECONDS = 86_400
END = SIMULATED_DAYS * DAY_SECONDS
PAID, RETARGETED, ORGANIC = 0, 1, 2
SHOPS = ("tmall", "mini_program", "store")
_DRAWS_SPEND = np.array([channel in FOLLOW_UPS_NEED_SPEND for channel in CHANNELS])
_OFFLINE, _WECOM, _EMAIL, _TMALL = (CHANNEL_CODE[c] for c in ("offline_store", "wecom", "email_sms", "tmall"))
_RATES = {
    name: np.array([getattr(PLANS[channel], name) for channel in CHANNELS]) for name in ("cart_rate", "order_rate")
}
_DEEPER = 0.3  # each earlier visit of a journey makes a cart likelier by this part, up to four visits
_MOST_GENERATIONS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """One element per visit: person, channel code, seconds since the simulated start, audience, needs bits, depth."""

    person: Ints
    channel: Ints
    at: Ints
    audience: Ints
    needs: Ints
    depth: Ints

    def __len__(self) -> int:
        return len(self.person)

    @property
    def day(self) -> Ints:
        """Simulated day of each visit."""
        return self.at // DAY_SECONDS

    def take(self, keep: NDArray[np.bool_] | Ints) -> "Visits":
        """The chosen visits, as a mask or positions."""
        return Visits(**{name: getattr(self, name)[keep] for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Visits; carts (position of the visit, time, whether bought); orders (visit or -1, person, time, shop, needs)."""

    visits: Visits
    cart_visit: Ints
    cart_at: Ints
    cart_ordered: NDArray[np.bool_]
    order_visit: Ints
    order_person: Ints
    order_at: Ints
    order_shop: Ints
    order_needs: Ints


def simulate(people: People, season: Season, response: Floats, seed: int) -> Simulated:
    """All visits, carts and orders of the simulated time. ``response``: (day, channel), relative to the reference."""
    draws = Draws(seed, "journeys")
    generation = _first_visits(draws, people, season, response)
    visits, carts, orders, before = [], [], [], 0
    for _ in range(_MOST_GENERATIONS):
        if not len(generation):
            break
        cart, cart_at, mood, ordered = _carts(draws, generation, people, season)
        order = _orders(draws, generation, cart[ordered], cart_at[ordered], mood[ordered])
        visits.append(generation)
        carts.append((cart + before, cart_at, ordered))
        orders.append((np.where(order[0] >= 0, order[0] + before, -1), *order[1:]))
        before += len(generation)
        generation = _next_generation(draws, generation, cart, ordered, order, people, response, season)
    orders.append(_orders_without_touch(draws, people, season, sum(len(o[0]) for o in orders)))
    return Simulated(
        visits=_joined(visits),
        **dict(zip(("cart_visit", "cart_at", "cart_ordered"), _columns(carts), strict=True)),
        **dict(
            zip(("order_visit", "order_person", "order_at", "order_shop", "order_needs"), _columns(orders), strict=True)
        ),
    )


def _columns(parts: Sequence[tuple[NDArray[Any], ...]]) -> list[NDArray[Any]]:
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _joined(parts: list[Visits]) -> Visits:
    return Visits(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in Visits.__slots__})


def _bit(channel: Ints, audience: Ints) -> Ints:
    """The needs bit of a visit itself; an organic visit needs nobody's spend."""
    return np.where(audience == ORGANIC, 0, 1 << channel)


def _first_visits(draws: Draws, people: People, season: Season, response: Floats) -> Visits:
    per_day = np.array([PLANS[channel].first_visits_per_day for channel in CHANNELS])
    mean = per_day * season.traffic * response * len(people) / REFERENCE_PERSONS
    counts = draws.poisson(mean)
    day, channel = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    reachable = np.searchsorted(people.first_notice, np.arange(SIMULATED_DAYS), side="right")
    person = np.empty(len(day), dtype=np.int64)
    uniform = draws.uniform(len(day))
    for code in range(len(CHANNELS)):
        here = channel == code
        steps = np.cumsum(people.reach[code])
        person[here] = np.searchsorted(steps, uniform[here] * steps[reachable[day[here]] - 1], side="right")
    audience = np.full(len(day), PAID)
    return Visits(
        person=person,
        channel=channel,
        at=day * DAY_SECONDS + _time_of_day(draws, channel),
        audience=audience,
        needs=_bit(channel, audience),
        depth=np.zeros(len(day), dtype=np.int64),
    )


def _time_of_day(draws: Draws, channel: Ints) -> Ints:
    """Seconds since midnight, by the channel's rhythm."""
    hour, uniform = np.empty(len(channel), dtype=np.int64), draws.uniform(len(channel))
    for code, name in enumerate(CHANNELS):
        here = channel == code
        steps = np.cumsum(HOURS.get(name, USUAL_HOURS))
        hour[here] = np.searchsorted(steps, uniform[here] * steps[-1], side="right")
    return hour * 3600 + (draws.uniform(len(channel)) * 3600).astype(np.int64)


def _carts(
    draws: Draws, visits: Visits, people: People, season: Season
) -> tuple[Ints, Ints, Floats, NDArray[np.bool_]]:
    """Visits with a cart (in the store: a trial), its time, the buyer's mood, and whether it is bought."""
    deeper = 1 + _DEEPER * np.minimum(visits.depth, 4)
    mood = np.where(people.abroad[visits.person], season.buying_abroad[visits.day], season.buying_at_home[visits.day])
    mood = mood * season.buying_on_channel[visits.day, visits.channel]
    chance = _RATES["cart_rate"][visits.channel] * deeper * people.buying[visits.person] * mood**0.6
    cart = np.flatnonzero(draws.chance(np.minimum(chance, 0.8)))
    at = visits.at[cart] + 60 + (draws.exponential(len(cart)) * 480).astype(np.int64)
    bought = _RATES["order_rate"][visits.channel[cart]] * mood[cart] ** 0.4
    return cart, at, mood[cart], draws.chance(np.minimum(bought, 0.9))


def _orders(draws: Draws, visits: Visits, cart: Ints, cart_at: Ints, mood: Floats) -> tuple[Ints, ...]:
    """(visit, person, time, shop, needs) of the carts that are bought; most within the hour, some days later."""
    # a sale ends at midnight, so hardly anybody sleeps on it
    at_once = draws.uniform(len(cart)) < np.where(mood > 1.2, 0.96, 0.72)
    wait = np.where(
        at_once, 120 + 1500 * draws.exponential(len(cart)), 1.1 * DAY_SECONDS * draws.exponential(len(cart))
    )
    in_store = visits.channel[cart] == _OFFLINE
    wait = np.where(in_store, 300 + 600 * draws.uniform(len(cart)), wait)
    shares = np.cumsum([PLANS[channel].shops for channel in CHANNELS], axis=1)
    shop = np.minimum(draws.pick_in_rows(shares[visits.channel[cart]]), len(SHOPS) - 1)
    return cart, visits.person[cart], cart_at + wait.astype(np.int64), shop, visits.needs[cart]


def _orders_without_touch(draws: Draws, people: People, season: Season, others: int) -> tuple[Ints, ...]:
    """Customers who come by themselves, without a touch anybody saw: 4 % of all orders."""
    buyers = np.cumsum(people.buying * people.early_member)
    size = int(others * 0.04)
    day = draws.pick(season.buying_at_home, size)
    person = np.searchsorted(buyers, draws.uniform(size) * buyers[-1], side="right")
    shop = np.where(people.abroad[person], 1, draws.pick([5, 3, 2], size))
    channel = np.where(shop == 2, _OFFLINE, _TMALL)
    at = day * DAY_SECONDS + _time_of_day(draws, channel)
    none = np.full(size, -1)
    return none, person, at, shop, np.zeros(size, dtype=np.int64)


def _next_generation(
    draws: Draws,
    visits: Visits,
    cart: Ints,
    ordered: NDArray[np.bool_],
    order: tuple[Ints, ...],
    people: People,
    response: Floats,
    season: Season,
) -> Visits:
    has_ordered = np.zeros(len(visits), dtype=bool)
    has_ordered[cart[ordered]] = True
    following = [
        _next_visits(draws, visits.take(~has_ordered), people, response, season),
        _retargeted(draws, visits.take(cart[~ordered]), people),
        *_after_order(draws, order, people),
    ]
    generation = _joined(following)
    return generation.take(generation.at < END)


def _next_visits(draws: Draws, visits: Visits, people: People, response: Floats, season: Season) -> Visits:
    """At most one next visit each, on this or another channel, kept in proportion to the response to spend there."""
    size = len(visits)
    steps = np.cumsum(np.stack([next_visit_chances(abroad=False), next_visit_chances(abroad=True)]), axis=2)
    drawn = draws.pick_in_rows(steps[people.abroad[visits.person].astype(np.int64), visits.channel])
    comes = drawn < len(CHANNELS)
    channel = np.minimum(drawn, len(CHANNELS) - 1)
    mean_days = np.array([NEXT_VISIT_DAYS.get(name, USUAL_NEXT_VISIT_DAYS) for name in CHANNELS])[channel]
    same_day = draws.uniform(size) < SAME_DAY_SHARE
    days = 1 + np.floor(draws.exponential(size) * mean_days).astype(np.int64)
    soon = 600 + (draws.exponential(size) * 7200).astype(np.int64)
    later = (visits.day + days) * DAY_SECONDS + _time_of_day(draws, channel)
    at = np.where(same_day & (channel != _OFFLINE), visits.at + soon, later)
    inside = np.minimum(at, END - 1) // DAY_SECONDS
    audience = np.where(channel == _TMALL, ORGANIC, PAID)
    bit = _bit(channel, audience)
    thinned = _DRAWS_SPEND[channel] & (visits.needs & bit == 0)
    kept = np.where(
        _DRAWS_SPEND[channel],
        np.where(thinned, np.minimum(response[inside, channel], RESPONSE_CAP), 1.0) / RESPONSE_CAP,
        1.0,
    ) * (_shock(inside, channel) if season.has_incidents else 1.0)
    keep = comes & draws.chance(kept)
    return Visits(
        person=visits.person,
        channel=channel,
        at=at,
        audience=audience,
        needs=visits.needs | bit,
        depth=visits.depth + 1,
    ).take(keep)


def _shock(day: Ints, channel: Ints) -> Floats:
    """A lost ranking also loses those who would have come back; sales and weekdays act on first visits only."""
    drop = scenario("baidu_drop")
    factor = np.ones(len(day))
    factor[(channel == CHANNEL_CODE["baidu"]) & (day >= position(drop.first_day))] = drop.parameters["traffic_factor"]
    return factor


def _retargeted(draws: Draws, abandoned: Visits, people: People) -> Visits:
    """Abandoned carts met by the retargeting of WeChat Ads and, mostly, of Douyin too, within days."""
    plan = scenario("retargeting_collision")
    running = (abandoned.day >= position(plan.first_day)) & (abandoned.day <= position(plan.last_day))
    reachable = running & (people.openid[abandoned.person] != "") & (abandoned.audience != RETARGETED)
    chosen = abandoned.take(reachable & (draws.uniform(len(abandoned)) < plan.parameters["retargeted_share_of_carts"]))
    both = chosen.take(draws.uniform(len(chosen)) < plan.parameters["second_channel_share"])
    parts = []
    for channel, met in (("wechat_ads", chosen), ("douyin", both)):
        code = np.full(len(met), CHANNEL_CODE[channel])
        day = met.day + 1 + np.floor(1.2 * draws.exponential(len(met))).astype(np.int64)
        at = day * DAY_SECONDS + _time_of_day(draws, code)
        audience = np.full(len(met), RETARGETED)
        parts.append(
            Visits(
                person=met.person, channel=code, at=at, audience=audience, needs=met.needs | _bit(code, audience),
                depth=met.depth + 1,
            ).take(day <= position(plan.last_day))
        )  # fmt: skip
    return _joined(parts)


def _after_order(draws: Draws, order: tuple[Ints, ...], people: People) -> list[Visits]:
    """The private pool keeps in touch: WeCom and e-mail, up to two visits each, a week to months after the order."""
    _, person, at, _, needs = order
    on_wecom = people.openid[person] != ""
    parts = []
    for code, chance, who in ((_WECOM, 0.36, on_wecom), (_EMAIL, 0.2, people.email[person] != "")):
        for _ in range(2):
            met = np.flatnonzero(who & (draws.uniform(len(person)) < chance))
            channel = np.full(len(met), code)
            day = at[met] // DAY_SECONDS + 5 + (22 * draws.exponential(len(met))).astype(np.int64)
            audience = np.full(len(met), PAID)
            parts.append(
                Visits(
                    person=person[met],
                    channel=channel,
                    at=day * DAY_SECONDS + _time_of_day(draws, channel),
                    audience=audience,
                    needs=needs[met] | _bit(channel, audience),
                    depth=np.ones(len(met), dtype=np.int64),
                )
            )
    return parts
