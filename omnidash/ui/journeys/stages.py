"""Which stage an action belongs to: a table to edit. A change counts at once, for all data."""

import polars as pl
import streamlit as st

from omnidash.engine.stages import set_stages
from omnidash.model.defaults import STAGES
from omnidash.ui import workspaces
from omnidash.ui.i18n import _
from omnidash.ui.labels import ACTION_TITLES, STAGE_TITLES
from omnidash.ui.screen import Screen

_EDITOR = "stage_editor"


def show_stages(screen: Screen) -> None:
    """The table of the actions that occur, in an expander."""
    with st.expander(_("Which action belongs to which stage"), icon=":material/stairs:"):
        st.caption(
            _(
                "Change a stage and the map, the funnels and every other figure by stage follow at once. Actions of "
                "no stage are left out of the map. Whether an action counts as marketing contact stays as it is."
            )
        )
        workspaces.say_if_read_only(screen.workspace)
        _editor(screen)


def _editor(screen: Screen) -> None:
    actions = screen.facts.actions
    titles = {"": _("(no stage)"), **{stage: _(STAGE_TITLES[stage]) for stage in STAGES}}
    key = f"{_EDITOR}_{screen.workspace.settings_version}"  # a fresh table after each change
    st.data_editor(
        pl.DataFrame(
            {
                "title": [_action(action) for action in actions["action"]],
                "events": actions["events"],
                "stage": [titles.get(stage, titles[""]) for stage in actions["stage"]],
            },
            schema={"title": pl.String, "events": pl.Int64, "stage": pl.String},
        ),
        key=key,
        hide_index=True,
        disabled=True if screen.workspace.settings.is_sample else ["title", "events"],
        column_config={
            "title": st.column_config.TextColumn(_("Action")),
            "events": st.column_config.NumberColumn(_("Events"), format="localized"),
            "stage": st.column_config.SelectboxColumn(_("Stage"), options=list(titles.values()), required=True),
        },
        on_change=lambda: _take(screen, key, actions["action"].to_list(), {t: name for name, t in titles.items()}),
    )


def _action(action: str) -> str:
    return f"{_(ACTION_TITLES[action])} ({action})" if action in ACTION_TITLES else action


def _take(screen: Screen, key: str, actions: list[str], stage_of_title: dict[str, str]) -> None:
    edited = st.session_state[key]["edited_rows"]
    changed = {actions[row]: stage_of_title[cells["stage"]] for row, cells in edited.items() if "stage" in cells}
    if changed:
        set_stages(screen.workspace, changed)
