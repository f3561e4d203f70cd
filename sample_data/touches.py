"""The rows of the touchpoint export: what was done in each visit, and which identifiers the tracker saw.

A visit is one row (view, search, click, message, store visit …), plus a row for what followed in it: a like, a lead,
something put into the cart, a pair tried on. Reviews after an order are rows too, though no marketing contact.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_data.catalogue import CAMPAIGNS, CHANNELS, STORES, scenario
from sample_data.draws import Draws, Ints
from sample_data.journeys import DAY_SECONDS, END, RETARGETED, SHOPS, Simulated
from sample_data.orders import PRODUCTS, Orders, member_since
from sample_data.people import People, Texts
from sample_data.season import CHANNEL_CODE, WARM_UP_DAYS

ACTIONS = (
    "impression", "click", "view", "search", "like", "follow", "add_to_cart", "favorite", "lead", "add_wecom",
    "message_open", "message_click", "store_visit", "trial", "join_community", "review",
)  # fmt: skip
_CODE = {action: code for code, action in enumerate(ACTIONS)}

# what a visit begins with, and what may follow in it (chance per visit)
_BEGINS: dict[str, dict[str, float]] = {
    "douyin": {"view": 0.5, "click": 0.4, "impression": 0.1},
    "xiaohongshu": {"view": 0.6, "click": 0.28, "search": 0.12},
    "wechat_ads": {"click": 0.75, "impression": 0.15, "view": 0.1},
    "wecom": {"message_open": 0.6, "message_click": 0.4},
    "tmall": {"view": 0.7, "search": 0.3},
    "baidu": {"search": 0.5, "click": 0.5},
    "google_ads": {"click": 0.6, "search": 0.4},
    "meta": {"click": 0.6, "view": 0.3, "impression": 0.1},
    "offline_store": {"store_visit": 1.0},
    "email_sms": {"message_open": 0.55, "message_click": 0.45},
}
_FOLLOWS: dict[str, dict[str, float]] = {
    "douyin": {"like": 0.1, "follow": 0.03},
    "xiaohongshu": {"like": 0.14, "favorite": 0.12},
    "wechat_ads": {"lead": 0.05},
    "wecom": {"add_wecom": 0.07, "join_community": 0.05},
    "tmall": {"favorite": 0.08},
    "meta": {"like": 0.05},
}
# chance that a row shows device, openid, unionid, member number, phone, e-mail
_SHOWN: dict[str, tuple[float, float, float, float, float, float]] = {
    "douyin": (1, 0, 0, 0, 0, 0),
    "xiaohongshu": (1, 0, 0, 0, 0, 0),
    "wechat_ads": (0.85, 1, 0.6, 0, 0, 0),
    "wecom": (0, 1, 0.9, 0.3, 0, 0),
    "tmall": (0.95, 0, 0, 0.2, 0, 0),
    "baidu": (1, 0, 0, 0, 0, 0),
    "google_ads": (1, 0, 0, 0, 0, 0),
    "meta": (1, 0, 0, 0, 0, 0.03),
    "offline_store": (0, 0, 0, 0.5, 0.75, 0),
    "email_sms": (0, 0, 0, 0.3, 0.35, 0.8),
}
IDENTIFIER_TYPES = ("device_id", "openid", "unionid", "member_id", "phone", "email")
_SIGNS_IN = {"lead": 1.0, "add_wecom": 0.7, "review": 0.8, "add_to_cart": 0.45}
_STAYS_SIGNED_IN = 0.28  # chance that any online row comes from somebody signed in
# Chance that somebody whose number the shop has signs in, sooner or later, on each device and account they use.
SIGNS_IN_EVERYWHERE = 0.99
_TABLET_CHANCE = 0.3
_CONTENT = {"douyin": ("v", 160), "xiaohongshu": ("n", 90)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """One element per exported row, by time. Texts are '' where the export has nothing.

    ``person`` is the truth; ``identifiers``: one text array per identifier type, damaged where ``is_dirty``.
    """

    person: Ints
    at: Ints
    channel: Ints
    campaign: Ints
    action: Ints
    identifiers: dict[str, Texts]
    content_id: Texts
    page: Texts
    store_id: Texts
    is_dirty: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    visit: Ints
    person: Ints
    at: Ints
    channel: Ints
    campaign: Ints
    action: Ints
    bought: NDArray[np.bool_]


def make_touches(
    people: People,
    simulated: Simulated,
    campaign: Ints,
    orders: Orders,
    seed: int,
    *,
    signs_in_everywhere: float = SIGNS_IN_EVERYWHERE,
) -> Touches:
    """All rows of the exported days. ``campaign``: position in CAMPAIGNS of each visit; ``signs_in_everywhere``:
    chance that a device or account of somebody known shows a phone on one row at least."""
    rows = _rows(Draws(seed, "actions"), simulated, campaign, orders)
    draws = Draws(seed, "rows")
    identifiers = _identifiers(draws, rows, people, simulated, signs_in_everywhere, seed)
    channel_name = np.array(CHANNELS)[rows.channel]
    store = np.where(draws.uniform(len(rows.at)) < 0.9, people.store[rows.person], draws.pick([1, 1, 1], len(rows.at)))
    in_store = channel_name == "offline_store"
    _tablets(draws, rows, identifiers, store, in_store)
    is_dirty = damage(Draws(seed, "damage"), identifiers)
    content = np.full(len(rows.at), "", dtype="<U5")
    for name, (letter, size) in _CONTENT.items():
        here = np.flatnonzero(channel_name == name)
        number = (size * draws.uniform(len(here)) ** 2).astype(np.int64)
        content[here] = np.char.add(letter, number.astype(str))
    product = np.array(["/p/" + code.lower() for code, _, _ in PRODUCTS])[draws.pick([3, 3, 2, 1, 1, 1], len(rows.at))]
    has_page = np.isin(rows.action, [_CODE["add_to_cart"], _CODE["favorite"]]) & (channel_name != "xiaohongshu")
    return Touches(
        person=rows.person,
        at=rows.at,
        channel=rows.channel,
        campaign=rows.campaign,
        action=rows.action,
        identifiers=identifiers,
        content_id=content,
        page=np.where(has_page, product, ""),
        store_id=np.where(in_store, np.array([code for code, _ in STORES])[store], ""),
        is_dirty=is_dirty,
    )


def _rows(draws: Draws, simulated: Simulated, campaign: Ints, orders: Orders) -> _Rows:
    """Every row of the exported days, by time."""
    visits = simulated.visits
    has_cart = np.zeros(len(visits), dtype=bool)
    has_cart[simulated.cart_visit] = True
    begins, parts = np.empty(len(visits), dtype=np.int64), []
    uniform = draws.uniform(len(visits))
    for code, channel in enumerate(CHANNELS):
        here = visits.channel == code
        names = list(_BEGINS[channel])
        steps = np.cumsum(list(_BEGINS[channel].values()))
        chosen = np.minimum(np.searchsorted(steps, uniform[here], side="right"), len(names) - 1)
        begins[here] = np.array([_CODE[name] for name in names])[chosen]
        for name, chance in _FOLLOWS.get(channel, {}).items():
            visit = np.flatnonzero(here & (draws.uniform(len(visits)) < chance))
            after = 5 + (50 * draws.uniform(len(visit))).astype(np.int64)
            parts.append(
                (visit, visits.at[visit] + after, np.full(len(visit), _CODE[name]), np.zeros(len(visit), bool))
            )
    # nobody fills a cart from a mere impression
    begins[has_cart & (begins == _CODE["impression"])] = _CODE["click"]
    cart_action = np.where(
        visits.channel[simulated.cart_visit] == CHANNEL_CODE["offline_store"], _CODE["trial"], _CODE["add_to_cart"]
    )
    parts += [
        (np.arange(len(visits)), visits.at, begins, np.zeros(len(visits), bool)),
        (simulated.cart_visit, simulated.cart_at, cart_action, simulated.cart_ordered),
    ]
    visit, at, action, bought = (np.concatenate(column) for column in zip(*parts, strict=True))
    own = _Rows(
        visit=visit, person=visits.person[visit], at=at, channel=visits.channel[visit], campaign=campaign[visit],
        action=action, bought=bought,
    )  # fmt: skip
    rows = _with_reviews(draws, own, orders)
    kept = np.flatnonzero((rows.at >= WARM_UP_DAYS * DAY_SECONDS) & (rows.at < END))
    by_time = kept[np.argsort(rows.at[kept], kind="stable")]
    return _Rows(**{name: getattr(rows, name)[by_time] for name in _Rows.__slots__})


def _with_reviews(draws: Draws, rows: _Rows, orders: Orders) -> _Rows:
    """Add a review of some kept Tmall orders, a week or two later."""
    kept = orders.is_paid & (orders.refund == 0) & (orders.shop == SHOPS.index("tmall"))
    order = np.flatnonzero(kept & (draws.uniform(len(orders)) < 0.15))
    at = orders.at[order] + ((5 + 8 * draws.uniform(len(order))) * DAY_SECONDS).astype(np.int64)
    no_campaign = next(i for i, c in enumerate(CAMPAIGNS) if c.channel == "tmall" and not c.name)
    size = len(order)
    return _Rows(
        visit=np.concatenate([rows.visit, np.full(size, -1)]),
        person=np.concatenate([rows.person, orders.person[order]]),
        at=np.concatenate([rows.at, at]),
        channel=np.concatenate([rows.channel, np.full(size, CHANNEL_CODE["tmall"])]),
        campaign=np.concatenate([rows.campaign, np.full(size, no_campaign)]),
        action=np.concatenate([rows.action, np.full(size, _CODE["review"])]),
        bought=np.concatenate([rows.bought, np.zeros(size, bool)]),
    )


def _identifiers(
    draws: Draws, rows: _Rows, people: People, simulated: Simulated, signs_in_everywhere: float, seed: int
) -> dict[str, Texts]:
    """The identifiers each row shows, before damage. Buyers sign in, so their device and their phone share a row."""
    size = len(rows.at)
    shown = draws.uniform((size, len(IDENTIFIER_TYPES))) < np.array([_SHOWN[c] for c in CHANNELS])[rows.channel]
    sign_in = np.array([max(_SIGNS_IN.get(action, 0.0), _STAYS_SIGNED_IN) for action in ACTIONS])[rows.action]
    retargeted = (rows.visit >= 0) & (simulated.visits.audience[rows.visit] == RETARGETED)
    retargeted &= rows.channel == CHANNEL_CODE["wechat_ads"]
    sign_in = np.where(rows.bought, 0.98, np.where(retargeted, np.maximum(sign_in, 0.5), sign_in))
    signed_in = draws.uniform(size) < sign_in
    # which device belongs to the visit, not to the row
    second = draws.uniform(len(simulated.visits))[rows.visit] < 0.3
    second &= people.second_device[rows.person] != ""
    abroad = people.abroad[rows.person]
    known = np.zeros(len(people), dtype=bool)
    known[rows.person[shown[:, 4] | signed_in]] = True
    place = rows.person * len(_PLACES) + _places(rows, people, second)
    signed_in |= known[rows.person] & _first_sign_ins(Draws(seed, "sign-ins"), place, signed_in, signs_in_everywhere)
    shown[:, 4] |= signed_in
    shown[:, 5] |= signed_in & abroad
    shown[:, 3] &= member_since(simulated, people)[rows.person] <= rows.at
    values = (
        np.where(second, people.second_device[rows.person], people.device[rows.person]),
        people.openid[rows.person],
        people.unionid[rows.person],
        people.member_id[rows.person],
        people.phone[rows.person],
        people.email[rows.person],
    )
    found = {name: np.where(shown[:, i], values[i], "") for i, name in enumerate(IDENTIFIER_TYPES)}
    nothing = ~np.any([column != "" for column in found.values()], axis=0)
    found["device_id"] = np.where(
        nothing & (rows.channel != CHANNEL_CODE["offline_store"]), values[0], found["device_id"]
    )
    found["phone"] = np.where(nothing & (rows.channel == CHANNEL_CODE["offline_store"]), values[4], found["phone"])
    return found


_PLACES = ("device", "second device", "wechat", "mailbox", "store")


def _places(rows: _Rows, people: People, second: NDArray[np.bool_]) -> Ints:
    """Where the person of each row can sign in: position in ``_PLACES``."""
    channel = np.array(CHANNELS)[rows.channel]
    wechat = np.isin(channel, ["wechat_ads", "wecom"]) & (people.openid[rows.person] != "")
    return np.select(
        [wechat, channel == "email_sms", channel == "offline_store", second],
        [_PLACES.index(name) for name in ("wechat", "mailbox", "store", "second device")],
        default=_PLACES.index("device"),
    )


def _first_sign_ins(draws: Draws, place: Ints, signed_in: NDArray[np.bool_], chance: float) -> NDArray[np.bool_]:
    """Up to two rows, anywhere in time, of most places of persons (``place``: a number for each) without a sign-in."""
    without = np.flatnonzero(~np.isin(place, place[signed_in]))
    shuffled = without[np.argsort(draws.uniform(len(without)), kind="stable")]
    by_place = shuffled[np.argsort(place[shuffled], kind="stable")]
    _, first, size = np.unique(place[by_place], return_index=True, return_counts=True)
    is_open = draws.uniform(len(first)) < chance
    chosen = np.zeros(len(place), dtype=bool)
    chosen[by_place[first[is_open]]] = True
    chosen[by_place[first[is_open & (size > 1)] + 1]] = True
    return chosen


def _tablets(
    draws: Draws, rows: _Rows, identifiers: dict[str, Texts], store: Ints, in_store: NDArray[np.bool_]
) -> None:
    """Some trials are entered on the store's tablet: one device for everybody, in place."""
    on_tablet = in_store & (rows.action == _CODE["trial"]) & (draws.uniform(len(rows.at)) < _TABLET_CHANCE)
    tablet = np.array([f"ab1e70000{number:03d}" for number in range(1, len(STORES) + 1)])
    identifiers["device_id"] = np.where(on_tablet, tablet[store], identifiers["device_id"])


_FULL_WIDTH = str.maketrans("0123456789YZ", "０１２３４５６７８９ＹＺ")


def _constant(text: str) -> Callable[[str], str]:
    return lambda _: text


_UNKNOWN, _NULL = _constant("unknown"), _constant("null")
_DAMAGES: dict[str, tuple[Callable[[str], str], ...]] = {
    "device_id": (_UNKNOWN, _NULL, _constant("000000000000"), lambda v: f" {v.upper()}"),
    "openid": (_UNKNOWN, _NULL),
    "member_id": (lambda v: v.translate(_FULL_WIDTH), lambda v: f"{v} ", _constant("N/A")),
    "phone": (
        lambda v: v.translate(_FULL_WIDTH),
        lambda v: f"+86 {v[:3]}-{v[3:7]}-{v[7:]}",
        lambda v: f"{v[:3]} {v[3:7]} {v[7:]}",
        lambda v: v[:7],
    ),
    "email": (lambda v: f" {v.upper()} ", lambda v: v.split("@")[0] + "@example", _UNKNOWN),
}


def damage(draws: Draws, identifiers: dict[str, Texts]) -> NDArray[np.bool_]:
    """Damage one identifier in some rows, in place: masked, full width, blanks, wrong form. Returns which rows."""
    size = len(identifiers["phone"])
    dirty = draws.uniform(size) < scenario("identities").parameters["dirty_row_share"]
    how = draws.uniform(size)
    left = dirty.copy()
    for name in ("phone", "email", "member_id", "openid", "device_id"):
        column = identifiers[name].astype("<U24")
        here = np.flatnonzero(left & (column != ""))
        ways = _DAMAGES[name]
        column[here] = [ways[int(how[i] * len(ways))](str(column[i])) for i in here]
        identifiers[name] = column
        left[here] = False
    return dirty & ~left
