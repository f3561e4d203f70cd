"""What the orders are worth, how they end, and what platforms claim of them. Amounts in cents (fen)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_data.catalogue import CHANNELS, scenario
from sample_data.draws import Draws, Ints
from sample_data.journeys import DAY_SECONDS, END, SHOPS, Simulated
from sample_data.people import People
from sample_data.season import WARM_UP_DAYS, Season

PRODUCTS = (
    ("YY-A1", "跃野 A1 缓震跑鞋", 399),
    ("YY-A2", "跃野 A2 入门慢跑鞋", 299),
    ("YY-S5", "跃野 S5 支撑跑鞋", 499),
    ("YY-T3", "跃野 T3 越野跑鞋", 559),
    ("YY-R9", "跃野 R9 碳板竞速跑鞋", 899),
    ("YY-K1", "跃野 K1 儿童跑鞋", 259),
)
_POPULARITY = (30, 26, 18, 12, 6, 8)
PAID, REFUNDED, PARTLY_REFUNDED, UNPAID, CANCELLED = range(5)
STORE = SHOPS.index("store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """One element per order of the exported time, by time. ``visit`` is -1 for orders without a touch.

    ``amount``: to be paid; ``refund``: paid back, 0 for most; ``state``: PAID … CANCELLED; ``needs``: bits of the
    channels without whose spend the order would not exist.
    """

    visit: Ints
    person: Ints
    at: Ints
    shop: Ints
    needs: Ints
    product: Ints
    pieces: Ints
    amount: Ints
    refund: Ints
    state: Ints

    def __len__(self) -> int:
        return len(self.visit)

    @property
    def is_paid(self) -> NDArray[np.bool_]:
        """Money came in, even if it went back later."""
        return self.state <= PARTLY_REFUNDED

    @property
    def net(self) -> Ints:
        """Cents kept: amount less refund, 0 for unpaid and cancelled."""
        return np.where(self.is_paid, self.amount - self.refund, 0)


def make_orders(simulated: Simulated, season: Season, seed: int) -> Orders:
    """The orders of the exported days with products, prices and endings."""
    draws = Draws(seed, "orders")
    exported = (simulated.order_at >= WARM_UP_DAYS * DAY_SECONDS) & (simulated.order_at < END)
    kept = np.flatnonzero(exported)
    kept = kept[np.argsort(simulated.order_at[kept], kind="stable")]
    at, shop, size = simulated.order_at[kept], simulated.order_shop[kept], len(kept)
    product = draws.pick(_POPULARITY, size)
    pieces = 1 + draws.pick([90, 9, 1], size)
    price = np.array([yuan * 100 for _, _, yuan in PRODUCTS])[product] * pieces
    on_sale = season.buying_at_home[at // DAY_SECONDS] > 1.0
    coupon = np.array([0, 2000, 5000])[draws.pick([6, 3, 1], size)]
    amount = np.rint(price * np.where(on_sale, 0.88, 1.0)).astype(np.int64) - coupon
    state = _states(draws, shop)
    part = np.rint(amount * (0.2 + 0.5 * draws.uniform(size)) / 100).astype(np.int64) * 100
    refund = np.select([state == REFUNDED, state == PARTLY_REFUNDED], [amount, part], 0)
    return Orders(
        visit=simulated.order_visit[kept],
        person=simulated.order_person[kept],
        at=at,
        shop=shop,
        needs=simulated.order_needs[kept],
        product=product,
        pieces=pieces,
        amount=amount,
        refund=refund,
        state=state,
    )


def _states(draws: Draws, shop: Ints) -> Ints:
    rates = scenario("order_states").parameters
    unpaid = (draws.uniform(len(shop)) < rates["unpaid_share"]) & (shop != STORE)
    refunded = draws.uniform(len(shop)) < rates["refunded_share"]
    which = draws.uniform(len(shop))
    return np.where(
        unpaid,
        np.where(which < 0.3, UNPAID, CANCELLED),
        np.where(refunded, np.where(which < 0.7, REFUNDED, PARTLY_REFUNDED), PAID),
    )


def claimed_orders(simulated: Simulated, orders: Orders, seed: int) -> tuple[Ints, Ints]:
    """What platforms claim: (position of the order, position of the visit they claim it for), one pair per claim.

    Every channel claims a paid order of any person it met in the claim window before it, whatever else the person
    saw; view-through adds some on top.
    """
    rules = scenario("overclaim").parameters
    draws = Draws(seed, "claims")
    visits = simulated.visits
    paid = np.flatnonzero(orders.is_paid)
    # one key per (person, channel), then time: the last visit before an order is one binary search away
    span = np.int64(END) * 4
    key = (visits.person * len(CHANNELS) + visits.channel) * span + visits.at
    by_key = np.argsort(key, kind="stable")
    claims: list[tuple[Ints, Ints]] = []
    for code in range(len(CHANNELS)):
        wanted = (orders.person[paid] * len(CHANNELS) + code) * span + orders.at[paid]
        place = np.searchsorted(key[by_key], wanted, side="right") - 1
        visit = by_key[np.maximum(place, 0)]
        age = orders.at[paid] - visits.at[visit]
        same = (place >= 0) & (visits.person[visit] == orders.person[paid]) & (visits.channel[visit] == code)
        claimed = same & (age >= 0) & (age <= rules["claim_window_days"] * DAY_SECONDS)
        again = claimed & (draws.uniform(len(paid)) < rules["view_through_factor"] - 1)
        claims += [(paid[claimed], visit[claimed]), (paid[again], visit[again])]
    order, visit = (np.concatenate(column) for column in zip(*claims, strict=True))
    return order, visit


def member_since(simulated: Simulated, people: People) -> Ints:
    """Second from which each person is a member: 0 for early members, the first order of others, END for never."""
    first = np.full(len(people), END, dtype=np.int64)
    np.minimum.at(first, simulated.order_person, simulated.order_at)
    return np.where(people.early_member, 0, first)
