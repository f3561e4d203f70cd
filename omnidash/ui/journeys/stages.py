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
    before = [stage if stage in titles else "" for stage in actions["stage"]]
    edited = st.data_editor(
        pl.DataFrame(
            {
                "title": [_action(action) for action in actions["action"]],
                "events": actions["events"],
                "stage": [titles[stage] for stage in before],
            },
            schema={"title": pl.String, "events": pl.Int64, "stage": pl.String},
        ),
        key=f"{_EDITOR}_{screen.workspace.settings_version}",  # a fresh table after each change
        hide_index=True,
        disabled=True if screen.workspace.settings.is_read_only else ["title", "events"],
        column_config={
            "title": st.column_config.TextColumn(_("Action")),
            "events": st.column_config.NumberColumn(_("Events"), format="localized"),
            "stage": st.column_config.SelectboxColumn(_("Stage"), options=list(titles.values()), required=True),
        },
    )
    stage_of_title = {title: stage for stage, title in titles.items()}
    rows = zip(actions["action"], before, edited["stage"], strict=True)
    changed = {action: stage_of_title[now] for action, was, now in rows if stage_of_title.get(now, was) != was}
    if changed:
        set_stages(screen.workspace, changed)
        st.rerun()


def _action(action: str) -> str:
    return f"{_(ACTION_TITLES[action])} ({action})" if action in ACTION_TITLES else action
