"""What holds each channel, in one table for all: locked, at least, at most. Drawn only where it is opened."""

import polars as pl
import streamlit as st

from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.screen import Screen

_OPEN = "plan_limits"


def take_limits(state: PlanState, days: int) -> None:
    """Take what was written into the table, before anything is drawn."""
    edited = st.session_state.get(_key(state, days))
    if edited is not None:
        state.restrict([curve.channel for curve in state.curves], edited["edited_rows"], days)


def limits_table(screen: Screen, state: PlanState, days: int) -> None:
    """The table behind its title, which says how much is held."""
    st.session_state[_OPEN] = bool(st.session_state.get(_OPEN))  # the title changes, what is open stays open
    with st.expander(_title(state), key=_OPEN, on_change="rerun") as behind:
        if behind.open:
            _table(screen, state, days)


def _title(state: PlanState) -> str:
    limited = sum(state.limits_of(curve.channel) != (None, None) for curve in state.curves)
    parts = [
        n_("{count} locked", "{count} locked", len(state.locked)) if state.locked else "",
        n_("{count} with a limit", "{count} with limits", limited) if limited else "",
    ]
    return f"{_('Locks and limits')}: {' · '.join(filter(None, parts)) or _('none')}"


def _table(screen: Screen, state: PlanState, days: int) -> None:
    channels = [curve.channel for curve in state.curves]
    limits = [state.limits_of(channel) for channel in channels]
    ends = [[None if end is None else round(end * days, 2) for end in side] for side in zip(*limits, strict=True)]
    st.data_editor(
        pl.DataFrame(
            {
                "channel": [screen.name(channel) for channel in channels],
                "locked": [channel in state.locked for channel in channels],
                "least": pl.Series(ends[0], dtype=pl.Float64),
                "most": pl.Series(ends[1], dtype=pl.Float64),
            }
        ).to_arrow(),
        key=_key(state, days),
        hide_index=True,
        num_rows="fixed",
        disabled=["channel"],
        placeholder="–",
        column_config={
            "channel": st.column_config.TextColumn(_("Channel"), pinned=True),
            "locked": st.column_config.CheckboxColumn(_("Lock"), width=74),
            "least": st.column_config.NumberColumn(_("At least"), min_value=0.0, format="localized", width=94),
            "most": st.column_config.NumberColumn(_("At most"), min_value=0.0, format="localized", width=94),
        },
    )
    st.caption(
        _(
            "{unit} in {days} days; an empty cell is no limit. A locked channel keeps what it has.",
            unit=fmt().symbol(screen.currency),
            days=days,
        )
    )


def _key(state: PlanState, days: int) -> str:
    return f"limits_{state.generation}_{days}"
