"""Where visits come from: a box to try an address in, the rules, one's own sites, and the sources met so far."""

import polars as pl
import streamlit as st

from omnidash.ingest.traffic import explain, rules, set_own_hosts, sources
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.data.rules import rule_channels, rule_text, show_imported_rows, show_rules
from omnidash.ui.fragment import fragment
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.report import collected
from omnidash.ui.text import plain


def traffic_title(workspace: Workspace) -> str:
    """Whether any source of visits has no channel yet."""
    found = _sources_of(compute.version_of(workspace), workspace)
    if found.is_empty():
        return _("Which channel a visit belongs to")
    new = len(found.filter(pl.col("channel").is_null() | pl.col("is_guessed")))
    if new:
        return n_("{count} source of visits has no channel yet", "{count} sources of visits have no channel yet", new)
    return _("Every visit has its channel")


def show_traffic(workspace: Workspace) -> None:
    """The cards of the section, the box to try an address first."""
    names = rule_channels(workspace)
    _try_it(workspace, names)
    show_rules(workspace, names)
    _own_hosts(workspace)
    if not workspace.settings.is_read_only:
        show_imported_rows(workspace, names)
    _sources(workspace, names)


@fragment
def _try_it(workspace: Workspace, names: dict[str, str]) -> None:
    with st.container(border=True, key="card_try", gap="small"):
        st.markdown(f"## {_('Try an address')}")
        left, right = st.columns(2)
        url = left.text_input(
            _("Address of the page, with its tags"),
            key="try_url",
            placeholder="https://shop.example/?utm_source=xhs&utm_medium=kol&gclid=…",
        )
        referrer = right.text_input(_("Referrer"), key="try_referrer", placeholder="https://www.google.com/")
        if not url and not referrer:
            st.caption(_("Paste the address of a visit to see which channel it belongs to, and why."))
            return
        verdict = explain(workspace, url or None, referrer or None)
        told = [
            f"{_('Source')} **{plain(verdict.source or '–')}**",
            f"{_('Medium')} **{plain(verdict.medium or '–')}**",
            f"{_('Campaign')} **{plain(verdict.campaign or '–')}**",
        ]
        st.markdown(" · ".join(told))
        if verdict.channel is not None:
            answer = _("Channel: {channel}", channel=plain(names.get(verdict.channel, verdict.channel)))
        elif verdict.continues:
            answer = _("No channel: the visit goes on with the one before it.")
        else:
            answer = _("No rule knows this visit; its channel stays unknown.")
        st.markdown(f"**{answer}**")
        if verdict.rule is not None:
            place = rules(workspace).index(verdict.rule) + 1
            st.caption(_("By rule {number}: {rule}", number=place, rule=rule_text(verdict.rule)))
        elif verdict.label is not None:
            st.caption(_("By its label “{label}”; see the section Channels.", label=plain(verdict.label)))


def _own_hosts(workspace: Workspace) -> None:
    with st.container(border=True, key="card_hosts", gap="small"):
        st.markdown(f"## {_('Your own sites')}")
        st.caption(_("Coming from one of these hosts is no new visit: it goes on with the one before."))
        if workspace.settings.is_read_only:
            st.text(", ".join(workspace.settings.own_hosts) or "–")
            return
        with st.form("own_hosts", border=False):
            text = st.text_input(
                _("Hosts, separated by commas"),
                value=", ".join(workspace.settings.own_hosts),
                key="own_hosts_text",
                placeholder="shop.example, example.cn",
            )
            if st.form_submit_button(_("Save"), key="own_hosts_save"):
                try:
                    set_own_hosts(workspace, [host for host in text.replace("，", ",").split(",") if host.strip()])
                except OmniDashError as error:
                    st.error(plain(words().render(error.message)))
                    return
                st.rerun()


def _sources(workspace: Workspace, names: dict[str, str]) -> None:
    found = _sources_of(compute.version_of(workspace), workspace)
    if found.is_empty():
        return
    with st.container(border=True, key="card_sources", gap="small"):
        st.markdown(f"## {_('Where the visits came from')}")
        table = pl.DataFrame(
            {
                _("Source"): found["source"],
                _("Medium"): found["medium"],
                _("Channel"): [names.get(c, c) if c else "–" for c in found["channel"]],
                _("Rows"): found["rows"],
                _("Touches"): found["touches"],
                _("Net revenue"): [fmt().money(value, workspace.settings.currency) for value in found["revenue"]],
                _("Last day"): found["last_day"],
            }
        )
        collected.add_table("traffic_sources", _("Where the visits came from"), table)
        st.dataframe(table, hide_index=True, key="traffic_sources", placeholder="–")


@st.cache_resource(show_spinner=False, max_entries=4)
def _sources_of(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> pl.DataFrame:
    return sources(_workspace)
