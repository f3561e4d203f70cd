"""The persons of the world and every identifier they own. Phones are 1990…, e-mails at example.com: all made up.

Persons are ordered by the day they begin to notice the brand, so "everybody reachable by day d" is a prefix.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_data.catalogue import CHANNELS, scenario
from sample_data.draws import Draws, Floats, Ints
from sample_data.season import SIMULATED_DAYS

ABROAD_SHARE = 0.08
ABROAD_CHANNELS = frozenset({"google_ads", "meta", "email_sms", "xiaohongshu"})
MEMBERS_ONLY = frozenset({"wecom", "email_sms"})
Texts = NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Arrays of one value per person; an identifier somebody lacks is ''.

    ``reach``: (channel, person) weight of being met on the channel. ``buying``: personal factor on buying, mean 1.
    ``first_notice``: simulated day, ascending. ``second_device`` is '' for most.
    """

    abroad: NDArray[np.bool_]
    first_notice: Ints
    early_member: NDArray[np.bool_]
    reach: Floats
    buying: Floats
    device: Texts
    second_device: Texts
    phone: Texts
    email: Texts
    openid: Texts
    unionid: Texts
    member_id: Texts
    store: Ints

    def __len__(self) -> int:
        return len(self.abroad)


def make_people(persons: int, seed: int) -> People:
    """The persons of a world of that size. Raises ValueError outside 100 to 1,000,000."""
    if not 100 <= persons <= 1_000_000:
        raise ValueError(f"a sample world has 100 to 1,000,000 persons, not {persons}")
    draws = Draws(seed, "people")
    abroad = draws.uniform(persons) < ABROAD_SHARE
    late = draws.uniform(persons) >= 0.5
    # later arrivals come a little faster towards the end: the slow growth of autumn
    first_notice = np.sort(np.where(late, SIMULATED_DAYS * draws.uniform(persons) ** 0.85, 0).astype(np.int64))
    early_member = (first_notice == 0) & (draws.uniform(persons) < 0.3)
    return People(
        abroad=abroad,
        first_notice=first_notice,
        early_member=early_member,
        reach=_reach(draws, abroad, early_member),
        buying=draws.lognormal(persons, 0.7),
        store=draws.pick([5, 3, 2], persons),
        **_identifiers(Draws(seed, "identifiers"), abroad),
    )


def _reach(draws: Draws, abroad: NDArray[np.bool_], early_member: NDArray[np.bool_]) -> Floats:
    activity = draws.lognormal(len(abroad), 0.6)
    reach = activity * draws.lognormal((len(CHANNELS), len(abroad)), 0.7)
    for code, channel in enumerate(CHANNELS):
        if channel not in ABROAD_CHANNELS:
            reach[code, abroad] = 0
        elif channel in ("google_ads", "meta"):
            reach[code, ~abroad] = 0
        if channel in MEMBERS_ONLY:
            reach[code, ~early_member] = 0
    return reach


def _identifiers(draws: Draws, abroad: NDArray[np.bool_]) -> dict[str, Texts]:
    persons = len(abroad)
    width = max(5, len(str(persons)))
    serial = draws.order(10**width)[:persons]
    phone = np.char.add("1990"[: 11 - width].ljust(11 - width, "0"), np.char.zfill(serial.astype(str), width))
    code = [f"{number:012x}" for number in (draws.uniform(2 * persons) * 2**48).astype(np.int64)]
    device, second = np.array(code[:persons]), np.array(code[persons:])
    _share_devices(draws, abroad, device)
    mailbox = _letters(draws.order(36**4)[:persons])
    email = np.char.add(np.char.add("yy", mailbox), "@example.com")
    wechat = np.array([f"{number:010x}" for number in (draws.uniform(2 * persons) * 2**40).astype(np.int64)])
    uses_wechat = ~abroad & (draws.uniform(persons) < 0.85)
    return {
        "device": device,
        "second_device": np.where(draws.uniform(persons) < 0.22, second, ""),
        "phone": phone,
        "email": np.where(abroad | (draws.uniform(persons) < 0.3), email, ""),
        "openid": np.where(uses_wechat, np.char.add("oY", wechat[:persons]), ""),
        "unionid": np.where(uses_wechat, np.char.add("uN", wechat[persons:]), ""),
        "member_id": np.char.add("YY", np.char.zfill((draws.order(10 * persons)[:persons]).astype(str), 7)),
    }


def _share_devices(draws: Draws, abroad: NDArray[np.bool_], device: Texts) -> None:
    """Give pairs of persons of the same region one device, in place: a family tablet, a phone handed on."""
    share = scenario("identities").parameters["shared_device_share"]
    for region in (True, False):
        members = np.flatnonzero(abroad == region)
        pairs = members[draws.order(len(members))][: 2 * int(len(members) * share / 2)].reshape(-1, 2)
        device[pairs[:, 1]] = device[pairs[:, 0]]


def _letters(numbers: Ints) -> Texts:
    """Numbers below 36^5 as five letters and digits."""
    digits = np.array(list("0123456789abcdefghijklmnopqrstuvwxyz"))
    places = [digits[numbers // 36**place % 36] for place in range(5)]
    return np.array(["".join(five) for five in zip(*places, strict=True)])
