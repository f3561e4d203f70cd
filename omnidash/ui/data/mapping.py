"""What the exports call their channels, and which channel each of these labels means: new ones first, with volume."""

import polars as pl
import streamlit as st

from omnidash.ingest.channels import Assigned, Preview, assign, change, labels, preview, suggest
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.data import jobs
from omnidash.ui.data.wording import channel_choices
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.text import plain

_JOB, _GENERATION, _FILLED = "assign_channels", "mapping_generation", "mapping_filled"
_MOST_SUGGESTIONS = 200  # labels that get one; more are rare and each costs a comparison with every name
_LIKELY = 0.6


def mapping_title(workspace: Workspace) -> str:
    """Whether any label still waits for its channel."""
    found = _labels(compute.version_of(workspace), workspace)
    if found.is_empty():
        return _("No channels yet")
    new = int(found["is_guessed"].sum())
    if new:
        return n_("{count} new label: which channel is it?", "{count} new labels: which channels are they?", new)
    return n_("The {count} label is assigned", "All {count} labels are assigned", len(found))


def show_mapping(workspace: Workspace) -> None:
    """The editable table of labels, and what a change would do before it is applied."""
    found = _labels(compute.version_of(workspace), workspace)
    if found.is_empty():
        st.info(_("No row names a channel yet. Import spend, touchpoints or orders first."), icon=":material/info:")
        return
    names = channel_choices(workspace)
    with st.container(border=True, key="card_mapping", gap="small"):
        st.markdown(f"## {_('Labels in the exports, and the channel each of them means')}")
        st.caption(
            _(
                "Choose what each label means: all rows with it follow, also those of later imports. Nothing is lost; "
                "assigning it back brings every number back."
            )
        )
        is_running = jobs.show(_JOB)
        chosen = _editor(workspace, found, names, is_fixed=is_running or workspace.settings.is_read_only)
        if not is_running:
            _undo(workspace)
            if chosen:
                _consequences(workspace, found, chosen, names)


def _editor(workspace: Workspace, found: pl.DataFrame, names: dict[str, str], *, is_fixed: bool) -> dict[str, str]:
    """The table; returns what was chosen: label -> channel, for labels whose channel is to change or be confirmed."""
    own = _("a channel of its own")
    suggested = _suggestions(compute.version_of(workspace), workspace)
    is_filled = bool(st.session_state.get(_FILLED))
    channels = dict(found.select("label", "channel").iter_rows())
    guessed = dict(found.select("label", "is_guessed").iter_rows())
    start = {
        label: (names[suggested[label]] if is_filled and label in suggested else None)
        if guessed[label]
        else names.get(channel, channel)
        for label, channel in channels.items()
    }
    if suggested and not is_filled and not is_fixed:
        _fill_button(len(suggested))
    table = pl.DataFrame(
        [
            {
                "label": row["label"],
                "becomes": start[row["label"]],
                "suggestion": names.get(suggested.get(row["label"], ""), "") if guessed[row["label"]] else "",
                "rows": row["rows"],
                "spend": row["spend"],
                "revenue": row["revenue"],
                "last_day": row["last_day"],
            }
            for row in found.iter_rows(named=True)
        ],
        schema_overrides={"becomes": pl.String, "spend": pl.Float64, "revenue": pl.Float64, "last_day": pl.Date},
    ).with_columns(pl.col("spend", "revenue").round(2))
    currency = workspace.settings.currency
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=True if is_fixed else ["label", "suggestion", "rows", "spend", "revenue", "last_day"],
        key=f"mapping_{st.session_state.get(_GENERATION, 0)}_{is_filled}_{compute.version_of(workspace)}",
        placeholder="",
        column_config={
            "label": st.column_config.TextColumn(_("Label in the exports"), pinned=True),
            "becomes": st.column_config.SelectboxColumn(_("Means"), options=[own, *names.values()]),
            "suggestion": st.column_config.TextColumn(_("Perhaps")),
            "rows": st.column_config.NumberColumn(_("Rows"), format="localized"),
            "spend": st.column_config.NumberColumn(_("Spend, {currency}", currency=currency), format="localized"),
            "revenue": st.column_config.NumberColumn(
                _("Net revenue, {currency}", currency=currency), format="localized"
            ),
            "last_day": st.column_config.DateColumn(_("Last day"), format="YYYY-MM-DD"),
        },
    )
    ids = {name: channel for channel, name in names.items()}
    chosen = {}
    for label, becomes in zip(edited["label"], edited["becomes"], strict=True):
        if becomes is None or (becomes == own and not guessed[label]):
            continue
        channel = channels[label] if becomes == own else ids[becomes]
        if guessed[label] or channel != channels[label]:
            chosen[label] = channel
    return chosen


def _fill_button(count: int) -> None:
    if st.button(
        n_("Fill in {count} suggestion", "Fill in {count} suggestions", count),
        icon=":material/auto_fix_high:",
        key="mapping_fill",
    ):
        st.session_state[_FILLED] = True
        st.rerun()


def _consequences(workspace: Workspace, found: pl.DataFrame, chosen: dict[str, str], names: dict[str, str]) -> None:
    """What would change, and the button that does it."""
    now = dict(found.select("label", "channel").iter_rows())
    moving = {label: channel for label, channel in chosen.items() if channel != now[label]}
    confirmed = sorted({channel for label, channel in chosen.items() if channel == now[label]})
    what = preview(workspace, moving) if moving else None
    if what is not None:
        st.markdown(f"**{n_('{count} row changes its channel', '{count} rows change their channel', what.rows)}**")
        _before_and_after(what, names, workspace.settings.currency)
    if confirmed:
        st.markdown(
            _(
                "Kept as channels of their own: {names}",
                names=fmt().listing([plain(names.get(c, c)) for c in confirmed]),
            )
        )
    with st.container(horizontal=True):
        if st.button(_("Apply"), type="primary", icon=":material/check:", key="mapping_apply"):
            _reset()
            jobs.start(
                _JOB,
                lambda: _apply(workspace, moving, confirmed),
                opening=Message(N_("assigning labels to channels")),
                done=lambda done: n_(
                    "{count} row has changed its channel", "{count} rows have changed their channel", done.rows
                ),
            )
        if st.button(_("Discard"), key="mapping_discard"):
            _reset()
            st.rerun()


def _apply(workspace: Workspace, moving: dict[str, str], confirmed: list[str]) -> Assigned:
    """Runs in a thread of its own."""
    done = assign(workspace, moving) if moving else Assigned(rows=0, before={})
    for channel in confirmed:
        change(workspace, channel)
    return done


def _undo(workspace: Workspace) -> None:
    """Assign back what the last change of this session has assigned."""
    done = jobs.result_of(_JOB)
    if not isinstance(done, Assigned) or not done.before:
        return
    if st.button(_("Undo this change"), icon=":material/undo:", key="mapping_undo"):
        before = dict(done.before)
        jobs.start(
            _JOB,
            lambda: Assigned(rows=assign(workspace, before).rows, before={}),
            opening=Message(N_("assigning labels to channels")),
            done=lambda undone: n_(
                "{count} row has its old channel again", "{count} rows have their old channels again", undone.rows
            ),
        )


def _before_and_after(what: Preview, names: dict[str, str], currency: str) -> None:
    shown = pl.DataFrame(
        [
            {
                _("Channel"): names.get(row["channel"], row["channel"]),
                _("Rows"): _arrow(fmt().integer(row["rows"]), fmt().integer(row["rows_after"])),
                _("Spend"): _arrow(fmt().money(row["spend"], currency), fmt().money(row["spend_after"], currency)),
                _("Net revenue"): _arrow(
                    fmt().money(row["revenue"], currency), fmt().money(row["revenue_after"], currency)
                ),
            }
            for row in what.channels.iter_rows(named=True)
        ]
    )
    st.dataframe(shown, hide_index=True, key="mapping_preview")


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _reset() -> None:
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
    st.session_state[_FILLED] = False


@st.cache_resource(show_spinner=False, max_entries=4)
def _labels(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> pl.DataFrame:
    return labels(_workspace)


@st.cache_resource(show_spinner=False, max_entries=4)
def _suggestions(version: compute.Version, _workspace: Workspace) -> dict[str, str]:
    """Label -> the channel it most likely means, for new labels."""
    new = _labels(version, _workspace).filter(pl.col("is_guessed"))["label"].head(_MOST_SUGGESTIONS)
    found = {label: suggest(_workspace, label, most=1) for label in new}
    return {label: best[0].channel for label, best in found.items() if best and best[0].score >= _LIKELY}
