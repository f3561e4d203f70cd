"""Settings of one's own workspace: currency and timezone before the first import, margin and thresholds at any time."""

import streamlit as st

from omnidash.health.thresholds import Thresholds
from omnidash.identity.normalise import known_countries
from omnidash.model.defaults import LONGEST_LOOKBACK_DAYS
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.store.settings import REFUND_BASES, currencies, timezones
from omnidash.ui.i18n import _, fmt, words
from omnidash.ui.labels import REFUND_TITLES
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

USUAL_CURRENCIES = ("CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "SGD")


def show_first_settings(workspace: Workspace) -> None:
    """Before anything is imported: the currency numbers are shown in and the timezone days are cut in."""
    settings = workspace.settings
    with st.container(border=True, key="card_first"):
        st.markdown(f"## {_('Before the first import')}")
        left, middle, right = st.columns(3)
        codes = [*USUAL_CURRENCIES, *sorted(currencies() - set(USUAL_CURRENCIES))]
        currency = left.selectbox(
            _("Currency of your numbers"), codes, index=codes.index(settings.currency), key="set_currency"
        )
        zones = sorted(timezones())
        zone = middle.selectbox(
            _("Timezone in which a day begins"),
            zones,
            index=zones.index(settings.timezone),
            key="set_timezone",
            help=_("Times without an offset are read in this timezone too."),
        )
        countries = list(known_countries())
        country = right.selectbox(
            _("Country of phone numbers without a code"),
            countries,
            index=countries.index(settings.country) if settings.country in countries else 0,
            format_func=fmt().territory,
            key="set_country",
        )
        chosen = {"currency": currency, "timezone": zone, "country": country}
        if any(getattr(settings, name) != value for name, value in chosen.items()):
            _save(workspace, **chosen)


def choose_currency(workspace: Workspace, currency: str) -> None:
    """Count in another currency (a widget's callback); only before anything is imported."""
    workspace.change_settings(currency=currency)
    st.session_state["set_currency"] = currency


def show_settings(workspace: Workspace, screen: Screen | None) -> None:
    """Margin, lookback and the limits of the rules."""
    settings = workspace.settings
    limits = Thresholds.from_mapping(settings.thresholds)
    with st.expander(_("Settings: margin, lookback, limits of the alerts"), icon=":material/settings:"):
        st.caption(
            _(
                "Currency {currency} and timezone {timezone} are fixed once data is in.",
                currency=settings.currency,
                timezone=settings.timezone,
            )
        )
        with st.form("settings", border=False):
            columns = st.columns(3)
            margin = columns[0].number_input(
                _("Gross margin, %"), 1.0, 100.0, settings.margin * 100, 1.0, key="set_margin"
            )
            lookback = columns[1].number_input(
                _("Lookback before a conversion, days"),
                1,
                max(LONGEST_LOOKBACK_DAYS, settings.lookback_days),
                settings.lookback_days,
                key="set_lookback",
            )
            share = columns[2].number_input(
                _("Concentration limit, % of traffic"), 0.0, 100.0, limits.share_limit * 100, 1.0, key="set_share"
            )
            roi = columns[0].number_input(
                _("ROI threshold, %"), -100.0, 1000.0, limits.roi_threshold * 100, 5.0, key="set_roi"
            )
            days = columns[1].number_input(_("Days below before the alert"), 1, None, limits.roi_days, key="set_days")
            warning = columns[2].number_input(
                _("Concentration warning, %"), 0.0, 100.0, limits.share_warning * 100, 1.0, key="set_warning"
            )
            basis = columns[0].radio(
                _("A refund lowers net revenue on"),
                list(REFUND_BASES),
                index=REFUND_BASES.index(settings.refund_basis),
                format_func=lambda b: _(REFUND_TITLES[b]),
                key="set_refund_basis",
            )
            per_channel = _per_channel(screen, limits)
            if st.form_submit_button(_("Save"), type="primary"):
                changed = {
                    **limits.to_mapping(),
                    "share_limit": share / 100,
                    "share_warning": warning / 100,
                    "roi_threshold": roi / 100,
                    "roi_days": int(days),
                    "roi_threshold_by_channel": per_channel,
                }
                _save(
                    workspace, margin=margin / 100, lookback_days=int(lookback), refund_basis=basis, thresholds=changed
                )


def _per_channel(screen: Screen | None, limits: Thresholds) -> dict[str, float]:
    """Own ROI thresholds of single channels, in percent; empty means the workspace's."""
    kept = dict(limits.roi_threshold_by_channel)
    if screen is None or not screen.names:
        return kept
    st.markdown(f"**{_('Own ROI threshold of a channel, %')}**")
    columns = st.columns(4)
    for index, channel in enumerate(screen.names):
        own = columns[index % 4].number_input(
            plain(screen.name(channel)),
            -100.0,
            1000.0,
            kept[channel] * 100 if channel in kept else None,
            5.0,
            key=f"set_roi_{channel}",
            placeholder=fmt().percent(limits.roi_threshold, 0),
        )
        if own is None:
            kept.pop(channel, None)
        else:
            kept[channel] = own / 100
    return kept


def _save(workspace: Workspace, **changed: object) -> None:
    try:
        Thresholds.from_mapping(changed.get("thresholds", {}))  # type: ignore[arg-type]
        workspace.change_settings(**changed)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    st.rerun()
