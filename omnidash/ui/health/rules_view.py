"""The rules: their limits, for the workspace and for single channels, and what each would have said on this history."""

from typing import Any

import polars as pl
import streamlit as st

from omnidash.health.replay import LIMIT_OF_RULE, Replay, replayed
from omnidash.health.thresholds import PER_CHANNEL, RULES, Thresholds
from omnidash.identity.personal import unpersonal
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.health.case_view import RULE_TITLES
from omnidash.ui.health.house_rules_view import show_house_rules
from omnidash.ui.health.known import limits_of
from omnidash.ui.health.replay_view import LIMITS, show_replay
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.labels import BASIS_TITLES
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_OWN_TITLES = {
    "share_limit": N_("Concentration limit, %"),
    "share_warning": N_("Concentration warning, %"),
    "roi_threshold": N_("ROI threshold, %"),
    "roi_days": N_("Days below before the alert"),
    "drop_limit": N_("Drop of traffic, %"),
    "cac_to_ltv_limit": N_("CAC of LTV, %"),
    "volatility_limit": N_("Volatility limit, % of the mean"),
}


def show_rules(screen: Screen) -> None:
    """Every rule with its switch, limit and record; below, limits of single channels."""
    limits = limits_of(screen)
    result = compute.rules(screen.workspace, screen.filters.model)
    cases = result.cases if result else ()
    with st.form("rule_limits", border=True):
        st.markdown(f"## {_('Rules and their limits')}")
        entered: dict[str, Any] = {}
        off = []
        for rule in RULES:
            record = replayed(
                [c for c in cases if c.rule == rule],
                first_day=screen.span.first_day,
                last_day=screen.span.closed_through,
            )
            name, limit, said = st.columns([0.36, 0.24, 0.4], vertical_alignment="center")
            if not name.toggle(_(RULE_TITLES[rule]), value=limits.is_on(rule), key=f"rule_on_{rule}"):
                off.append(rule)
            if rule in LIMITS:
                title, least, most, step = LIMITS[rule]
                field = LIMIT_OF_RULE[rule]
                value = limit.number_input(
                    _(title), least, most, float(getattr(limits, field)) * 100, step, "%g", key=f"rule_limit_{rule}"
                )
                entered[field] = value / 100
            said.caption(_record(record))
        basis, warned, days, again, held = st.columns(5, vertical_alignment="bottom")
        entered["share_basis"] = basis.selectbox(
            _("A channel's share is its"),
            list(BASIS_TITLES),
            list(BASIS_TITLES).index(limits.share_basis),
            key="rule_share_basis",
            format_func=lambda name: _(BASIS_TITLES[name]),
        )
        warning = warned.number_input(
            _("Concentration warning, %"), 1.0, 100.0, limits.share_warning * 100, 1.0, "%g", key="rule_share_warning",
            help=_("From this share on a channel is close to the limit. It follows the limit unless it is set here."),
        )  # fmt: skip
        entered["roi_days"] = int(
            days.number_input(_("Days below before the alert"), 1, 60, limits.roi_days, key="rule_roi_days")
        )
        entered["renotify_days"] = int(
            again.number_input(
                _("Days until a notification is repeated"), 1, 90, limits.renotify_days, key="rule_renotify"
            )
        )
        reserve = held.number_input(
            _("Flexible reserve, %"), 1.0, 90.0, limits.reserve_share * 100, 5.0, "%g", key="rule_reserve",
            help=_("Part of the budget that is held back where that house rule is switched on (Budget), and in the "
                   "backtest below."),
        )  # fmt: skip
        entered["reserve_share"] = reserve / 100
        if st.form_submit_button(_("Save"), type="primary"):
            if abs(warning / 100 - limits.share_warning) < 1e-9:  # left as it is: it goes with the limit
                warning = limits.warning_at(entered["share_limit"]) * 100
            entered["share_warning"] = warning / 100
            _save(screen.workspace, limits, {**entered, "rules_off": off})
    show_replay(screen, limits)
    show_house_rules(screen)
    _own_limits(screen, limits)
    _fallbacks(screen, limits)


def _record(record: Replay) -> str:
    if not record.fired:
        return n_("never fired in {count} day", "never fired in {count} days", record.days)
    parts = [
        n_("fired {count} time in {days} days", "fired {count} times in {days} days", record.fired, days=record.days),
    ]
    if record.median_days is not None:
        parts.append(_("over after {days} days (median)", days=fmt().decimal(record.median_days, 0)))
    if record.still_open:
        parts.append(n_("{count} still open", "{count} still open", record.still_open))
    return " · ".join(parts)


def _own_limits(screen: Screen, limits: Thresholds) -> None:
    """Limits of single channels; an empty cell means the workspace's."""
    with st.expander(_("Limits of single channels"), icon=":material/hub:"), st.form("own_limits", border=False):
        channels = list(screen.names)
        scale = {field: 1 if field == "roi_days" else 100 for field in PER_CHANNEL}
        own = {c: {**limits.by_channel.get(c, {})} for c in channels}
        for channel, value in limits.roi_threshold_by_channel.items():
            own.setdefault(channel, {}).setdefault("roi_threshold", value)
        frame = pl.DataFrame(
            {
                "channel": [screen.name(c) for c in channels],
                **{
                    field: pl.Series(
                        [own[c][field] * scale[field] if field in own[c] else None for c in channels], dtype=pl.Float64
                    )
                    for field in PER_CHANNEL
                },
            }
        )
        edited = st.data_editor(
            frame,
            hide_index=True,
            disabled=["channel"],
            key="own_limits_table",
            placeholder="–",
            column_config={
                "channel": st.column_config.TextColumn(_("Channel")),
                **{f: st.column_config.NumberColumn(_(_OWN_TITLES[f])) for f in PER_CHANNEL},
            },
        )
        st.caption(_("An empty cell means the limit of the workspace."))
        if st.form_submit_button(_("Save")):
            by_channel = {
                channel: values
                for channel, row in zip(channels, edited.to_dicts(), strict=True)
                if (
                    values := {
                        f: (int(row[f]) if f == "roi_days" else row[f] / 100) for f in PER_CHANNEL if row[f] is not None
                    }
                )
            }
            _save(screen.workspace, limits, {"by_channel": by_channel, "roi_threshold_by_channel": {}})


def _fallbacks(screen: Screen, limits: Thresholds) -> None:
    """Where the figures of a channel come from while its feed is silent, in people's own words."""
    title = _("Fall-back sources of silent feeds")
    with st.expander(title, icon=":material/backup:"), st.form("fallbacks", border=False):
        st.caption(_("Shown in the case of a silent feed, with its 2-hour clock. An empty cell means none."))
        channels = [channel for channel in screen.names if channel not in (DIRECT, UNKNOWN)]
        edited = st.data_editor(
            pl.DataFrame(
                {
                    "channel": [screen.name(channel) for channel in channels],
                    "fallback": pl.Series(
                        [limits.fallback_sources.get(channel) for channel in channels], dtype=pl.String
                    ),
                }
            ),
            hide_index=True,
            disabled=["channel"],
            key="fallbacks_table",
            placeholder="–",
            column_config={
                "channel": st.column_config.TextColumn(_("Channel")),
                "fallback": st.column_config.TextColumn(
                    _("Fall-back source"),
                    max_chars=200,
                    help=_("Such as the daily mail of the agency, or the platform's back end."),
                ),
            },
        )
        if st.form_submit_button(_("Save")):
            named = {
                channel: unpersonal(text.strip())
                for channel, text in zip(channels, edited["fallback"].to_list(), strict=True)
                if text and text.strip()
            }
            _save(screen.workspace, limits, {"fallback_sources": named})


def _save(workspace: Workspace, limits: Thresholds, changed: dict[str, Any]) -> None:
    try:
        wanted = Thresholds.from_mapping({**limits.to_mapping(), **changed})
        workspace.change_settings(thresholds=wanted.to_mapping())
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    st.rerun()
