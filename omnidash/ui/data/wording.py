"""Words that several cards of the data screen share: channels by name, days, sums, and who is at the screen."""

import getpass
from collections.abc import Mapping
from datetime import UTC, date, datetime

import streamlit as st

from omnidash.ingest.rows.sums import MONEY_MEASURES
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui.i18n import _, fmt, words
from omnidash.ui.import_labels import FIELD_TITLES


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


_SUM_TITLES = {**FIELD_TITLES, "unpaid": N_("Not paid")}


def sums_text(sums: Mapping[str, str], by_currency: Mapping[str, Mapping[str, str]], own: str) -> str:
    """ "Cost 308.00 · Clicks 336": sums as they stand on the platform's own screen. Money in another currency than
    ``own``, the workspace's, names it: "Cost 20.00 USD", "Cost 100.00 CNY + 20.00 USD"."""
    parts = []
    for name in dict.fromkeys((*sums, *by_currency)):
        currencies = by_currency.get(name, {})
        total = float(sums.get(name, 0))
        if name not in _SUM_TITLES or not (total or currencies):
            continue
        if len(currencies) > 1 or (currencies and own not in currencies):
            number = " + ".join(f"{fmt().decimal(float(part), 2)} {code}" for code, part in currencies.items())
        else:
            number = fmt().decimal(total, 2) if name in MONEY_MEASURES else fmt().integer(total)
        parts.append(f"{_(_SUM_TITLES[name])} {number}")
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
