"""Words that several cards of the data screen share: channels by name, days, sums, and who is at the screen."""

import getpass
from collections.abc import Mapping
from datetime import UTC, date, datetime

import streamlit as st

from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui.i18n import _, fmt, words
from omnidash.ui.import_labels import FIELD_TITLES

_MONEY = ("cost", "revenue", "refund", "claimed_revenue")


def channel_choices(workspace: Workspace) -> dict[str, str]:
    """Channels of the workspace: id -> name in the reader's language."""
    known = workspace.rows("select channel, name_en, name_zh from channel order by sort, channel")
    return {channel: (zh if words().language.startswith("zh") else en) for channel, en, zh in known}


def days_text(first: date | None, last: date | None) -> str:
    """ "1 Jul 2026 – 31 Jul 2026", or one day, or nothing."""
    if first is None or last is None:
        return ""
    if first == last:
        return fmt().day(first, with_year=True)
    return fmt().period(Period(first_day=first, last_day=last))


def sums_text(sums: Mapping[str, str]) -> str:
    """ "Cost 308.00 · Clicks 336": sums in the original currency, as they stand on the platform's own screen."""
    parts = []
    for name, total in sums.items():
        if name in FIELD_TITLES and float(total):
            number = fmt().decimal(float(total), 2) if name in _MONEY else fmt().integer(float(total))
            parts.append(f"{_(FIELD_TITLES[name])} {number}")
    return " · ".join(parts)


def local_time(moment: datetime, workspace: Workspace) -> datetime:
    """A stored moment (naive UTC) as a clock in the workspace's timezone shows it (naive)."""
    return moment.replace(tzinfo=UTC).astimezone(workspace.settings.zone).replace(tzinfo=None)


def who() -> str:
    """Who is at the screen: the one signed in, else the account the app runs under."""
    name = st.user.get("email") or st.user.get("name")
    if name:
        return str(name)
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return ""
