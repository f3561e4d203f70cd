"""What a workspace is set to. Data, not code: kept in the table ``setting``, one JSON value per name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

REFUND_BASES = ("order", "refund")
IDENTITY_LEVELS = ("strict", "normal", "loose")


@cache
def timezones() -> frozenset[str]:
    """IANA names this machine knows; listing them walks the file system (0.1 s), so it is done once."""
    return frozenset(available_timezones())


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes, as Babel lists them (CLDR), without those that were money nowhere after 1998: some of these are
    words, as BAD is, and no export of today is in them."""
    last_years: dict[str, list[int | None]] = {}
    for money in get_global("territory_currencies").values():
        for code, _, end, _ in money:
            last_years.setdefault(code, []).append(end[0] if end else None)
    return frozenset(
        code
        for code in get_global("all_currencies")
        if any(year is None or year > 1998 for year in last_years.get(code, [None]))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of one workspace; every default is the one DOMAIN.md states."""

    name: str = ""
    is_sample: bool = False
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    country: str = "CN"
    goal: str = "purchase"
    lookback_days: int = 30
    margin: float = 1.0
    margin_by_channel: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    hub_limit: int = 5  # this and the level: change them with identity.resolve.set_rules, which resolves anew
    identity_level: str = "normal"
    refund_basis: str = "order"  # net revenue: a refund lowers the day of its 'order', or the day of the 'refund'
    fixed_at: str = ""  # UTC, ISO 8601: a snapshot of that moment, which cannot be changed (snapshots.py)
    own_hosts: Sequence[str] = ()  # of one's own sites: visits from there go on with the one before

    def __post_init__(self) -> None:
        if self.timezone not in timezones():
            raise BadInput(
                N_("timezone '{timezone}' is unknown; expected an IANA name such as Asia/Shanghai"),
                timezone=self.timezone,
            )
        if self.currency not in currencies():
            raise BadInput(
                N_("currency '{currency}' is unknown; expected an ISO 4217 code such as EUR"),
                currency=self.currency,
            )
        if self.refund_basis not in REFUND_BASES:
            raise BadInput(N_("refund basis '{basis}' is unknown; expected order or refund"), basis=self.refund_basis)
        if self.identity_level not in IDENTITY_LEVELS:
            raise BadInput(
                N_("identity level '{level}' is unknown; expected strict, normal or loose"), level=self.identity_level
            )
        if self.hub_limit < 1:
            raise BadInput(N_("hub limit {limit} is out of range; expected at least 1"), limit=self.hub_limit)
        if not 0 < self.margin <= 1:
            raise BadInput(
                N_("margin {margin} is out of range; expected more than 0 and at most 1"), margin=self.margin
            )
        for channel, margin in self.margin_by_channel.items():
            if not 0 < margin <= 1:
                raise BadInput(
                    N_("{channel}: margin {margin} is out of range; expected more than 0 and at most 1"),
                    channel=channel,
                    margin=margin,
                )
        if self.lookback_days < 1:
            raise BadInput(N_("lookback of {days} days is out of range; expected at least 1"), days=self.lookback_days)
        if not (
            len(self.country) == 2 and self.country.isascii() and self.country.isalpha() and self.country.isupper()
        ):
            raise BadInput(
                N_("country '{country}' is unknown; expected an ISO 3166 code such as CN"), country=self.country
            )
        if not self.goal.strip():
            raise BadInput(N_("say which action is the goal, such as purchase"))

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's timezone, in which days are cut."""
        return ZoneInfo(self.timezone)

    @property
    def is_read_only(self) -> bool:
        """Whether the screens change nothing here: the sample, and what is kept for a link."""
        return self.is_sample or bool(self.fixed_at)

    @classmethod
    def from_rows(cls, rows: Mapping[str, Any]) -> "Settings":
        """Settings from the rows of table ``setting``; names this version does not know are left alone."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in rows.items() if name in known})
