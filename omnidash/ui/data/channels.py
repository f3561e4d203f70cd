"""The channels themselves: names in both languages, kind, pool and group; new ones, merging, deleting."""

import polars as pl
import streamlit as st

from omnidash.ingest.channels import KINDS, POOLS, Assigned, change, channels, create, delete, merge
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.data import jobs
from omnidash.ui.data.wording import channel_choices
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.text import plain

_JOB, _GENERATION = "merge_channels", "channels_generation"
CHANNEL_KINDS = {"paid": N_("paid"), "owned": N_("owned"), "earned": N_("earned")}
POOL_TITLES = {"public": N_("public pool"), "private": N_("private pool")}
_EDITED = ("name_en", "name_zh", "kind", "pool", "grouping")


def show_channels(workspace: Workspace) -> None:
    """The editable table of channels, and what can be done with them."""
    known = _channels(compute.version_of(workspace), workspace)
    is_fixed = workspace.settings.is_read_only
    with st.container(border=True, key="card_channels", gap="small"):
        st.markdown(f"## {_('Channels: names, kind, pool, group')}")
        is_running = jobs.show(_JOB)
        unused = int((known["rows"] == 0).sum())
        shown = known
        if unused and not st.toggle(
            n_("Show {count} unused channel too", "Show {count} unused channels too", unused), key="channels_all"
        ):
            shown = known.filter(pl.col("rows") > 0)
        changed = _editor(workspace, shown, is_fixed=is_fixed or is_running)
        if is_fixed or is_running:
            return
        with st.container(horizontal=True):
            if changed and st.button(_("Save"), type="primary", icon=":material/check:", key="channels_save"):
                _save(workspace, changed)
            with st.popover(_("New channel"), icon=":material/add:", key="channel_new"):
                _new(workspace)
            with st.popover(_("Merge or delete"), icon=":material/merge:", key="channel_merge"):
                _merge(workspace, known)


def _editor(workspace: Workspace, shown: pl.DataFrame, *, is_fixed: bool) -> dict[str, dict[str, str]]:
    """The table; returns what was changed: channel -> column -> value."""
    kinds = {kind: _(CHANNEL_KINDS[kind]) for kind in KINDS}
    pools = {pool: _(POOL_TITLES[pool]) for pool in POOLS}
    table = shown.select(
        "name_en",
        "name_zh",
        pl.col("kind").replace_strict(kinds, return_dtype=pl.String),
        pl.col("pool").replace_strict(pools, return_dtype=pl.String),
        pl.col("grouping").fill_null(""),
        "labels",
        "rows",
        pl.col("spend", "revenue").round(2),
    )
    currency = workspace.settings.currency
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=True if is_fixed else ["labels", "rows", "spend", "revenue"],
        key=f"channels_{st.session_state.get(_GENERATION, 0)}_{words().language}_{compute.version_of(workspace)}"
        f"_{len(table)}",
        column_config={
            "name_en": st.column_config.TextColumn(_("English name"), required=True),
            "name_zh": st.column_config.TextColumn(_("Chinese name"), required=True),
            "kind": st.column_config.SelectboxColumn(_("Kind"), options=list(kinds.values()), required=True),
            "pool": st.column_config.SelectboxColumn(_("Pool"), options=list(pools.values()), required=True),
            "grouping": st.column_config.TextColumn(_("Group")),
            "labels": st.column_config.NumberColumn(_("Labels")),
            "rows": st.column_config.NumberColumn(_("Rows"), format="localized"),
            "spend": st.column_config.NumberColumn(_("Spend, {currency}", currency=currency), format="localized"),
            "revenue": st.column_config.NumberColumn(
                _("Net revenue, {currency}", currency=currency), format="localized"
            ),
        },
    )
    names_of = {"kind": {title: kind for kind, title in kinds.items()}, "pool": {t: p for p, t in pools.items()}}
    changed: dict[str, dict[str, str]] = {}
    for channel, before, after in zip(
        shown["channel"], table.iter_rows(named=True), edited.iter_rows(named=True), strict=True
    ):
        for column in _EDITED:
            if (after[column] or "") != before[column]:
                value = names_of.get(column, {}).get(after[column], after[column] or "")
                changed.setdefault(channel, {})[column] = value
    return changed


def _save(workspace: Workspace, changed: dict[str, dict[str, str]]) -> None:
    for channel, values in changed.items():
        try:
            change(workspace, channel, **values)
        except OmniDashError as error:
            st.error(plain(words().render(error.message)))
            return
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
    st.rerun()


def _new(workspace: Workspace) -> None:
    with st.form("new_channel", border=False, clear_on_submit=False):
        name_en = st.text_input(_("English name"), key="new_channel_en")
        name_zh = st.text_input(_("Chinese name"), key="new_channel_zh", placeholder=_("the same"))
        kind = st.selectbox(_("Kind"), KINDS, format_func=lambda k: _(CHANNEL_KINDS[k]), key="new_channel_kind")
        pool = st.selectbox(_("Pool"), POOLS, format_func=lambda p: _(POOL_TITLES[p]), key="new_channel_pool")
        group = st.text_input(_("Group"), key="new_channel_group")
        if st.form_submit_button(_("Create"), type="primary", key="new_channel_create"):
            try:
                create(workspace, name_en or name_zh, name_zh or None, kind=kind, pool=pool, grouping=group)
            except OmniDashError as error:
                st.error(plain(words().render(error.message)))
                return
            st.rerun()


def _merge(workspace: Workspace, known: pl.DataFrame) -> None:
    names = channel_choices(workspace)
    rows = dict(known.select("channel", "rows").iter_rows())
    chosen = st.selectbox(
        _("Channel"), list(names), index=None, format_func=lambda c: names.get(c, c), key="merge_from"
    )
    if chosen is None:
        return
    others = [channel for channel in names if channel != chosen]
    into = st.selectbox(
        _("becomes part of"), others, index=None, format_func=lambda c: names.get(c, c), key="merge_into"
    )
    if into is not None:
        st.caption(
            _(
                "{rows} rows move to {channel}; {gone} is no more.",
                rows=fmt().integer(rows.get(chosen, 0)),
                channel=plain(names[into]),
                gone=plain(names[chosen]),
            )
        )
        if st.button(_("Merge"), type="primary", key="merge_apply"):
            jobs.start(
                _JOB,
                lambda: merge(workspace, chosen, into=into),
                opening=Message(N_("merging channels")),
                done=_merged,
            )
    elif not rows.get(chosen, 0) and st.button(_("Delete this unused channel"), key="merge_delete"):
        try:
            delete(workspace, chosen)
        except OmniDashError as error:
            st.error(plain(words().render(error.message)))
            return
        st.rerun()


def _merged(done: Assigned) -> str:
    return n_("{count} row has changed its channel", "{count} rows have changed their channel", done.rows)


@st.cache_resource(show_spinner=False, max_entries=4)
def _channels(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> pl.DataFrame:
    return channels(_workspace)
