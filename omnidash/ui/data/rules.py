"""The ordered table of traffic rules, and what a changed one means for rows that are there already."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from omnidash.ingest.traffic import TrafficRule, default_rules, preview_reapply, reapply, rules, save_rules
from omnidash.ingest.traffic_rules import BY_LABEL
from omnidash.model.defaults import house_channel
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.ui.data import jobs
from omnidash.ui.data.wording import channel_choices
from omnidash.ui.i18n import _, n_, words
from omnidash.ui.text import plain

_PREVIEW, _REAPPLY, _GENERATION = "preview_rules", "reapply_rules", "rules_generation"
_FIELD_TITLES = {
    "click_id": N_("Click id"),
    "campaign": N_("Campaign"),
    "source": N_("Source"),
    "label": N_("Source is a known label"),
    "medium": N_("Medium"),
    "referrer": N_("Referrer's host"),
}


def rule_channels(workspace: Workspace) -> dict[str, str]:
    """Names of channels: those of the workspace, and those the rules of the house may still make."""
    names = channel_choices(workspace)
    for rule in default_rules():
        if rule.channel and rule.channel != BY_LABEL and rule.channel not in names:
            house = house_channel(rule.channel)
            if house is not None:
                names[rule.channel] = house.name_zh if words().language.startswith("zh") else house.name_en
    return names


def rule_text(rule: TrafficRule) -> str:
    """What a rule looks for, as one line of Markdown."""
    text = f"{_(_FIELD_TITLES[rule.field])} = {plain(rule.pattern)}"
    return f"{text}, {_('Medium')} = {plain(rule.medium)}" if rule.medium else text


def show_rules(workspace: Workspace, names: dict[str, str]) -> None:
    """The ordered table. Edits stay in the browser until they are saved."""
    known = rules(workspace)
    is_house = tuple(known) == default_rules()
    is_fixed = workspace.settings.is_read_only
    with st.container(border=True, key="card_rules", gap="small"):
        title = n_("{count} rule; the first that fits counts", "{count} rules; the first that fits counts", len(known))
        st.markdown(f"## {title}")
        st.caption(
            _(
                "Patterns: alternatives between |, * for any letters; a host stands for all hosts below it. A new rule "
                "without a number comes first; change a number to move a rule."
            )
        )
        table, edited = _editor(known, names, is_fixed=is_fixed)
        if is_fixed:
            return
        with st.container(horizontal=True):
            if not edited.equals(table) and st.button(
                _("Save the rules"), type="primary", icon=":material/check:", key="rules_save"
            ):
                _save(workspace, table, edited, names)
            if not is_house and st.button(_("Back to the rules of the house"), key="rules_reset"):
                _store(workspace, [])


def _editor(
    known: Sequence[TrafficRule], names: dict[str, str], *, is_fixed: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    none, by_label = _("no channel"), _("the one the label means")
    shown: dict[str | None, str] = {None: none, BY_LABEL: by_label}
    shown.update(names)
    fields = {field: _(title) for field, title in _FIELD_TITLES.items()}
    table = pl.DataFrame(
        [
            {
                "number": float(place),
                "field": fields[rule.field],
                "pattern": rule.pattern,
                "medium": rule.medium or "",
                "channel": shown.get(rule.channel, rule.channel),
            }
            for place, rule in enumerate(known, start=1)
        ]
    )
    edited = st.data_editor(
        table,
        num_rows="fixed" if is_fixed else "dynamic",
        disabled=is_fixed,
        hide_index=True,
        height=440,
        key=f"rules_{st.session_state.get(_GENERATION, 0)}_{words().language}_{len(known)}",
        column_config={
            "number": st.column_config.NumberColumn(_("No."), width="small", min_value=0, step=0.5, format="%g"),
            "field": st.column_config.SelectboxColumn(
                _("Looks at"), options=list(fields.values()), default=fields["source"], required=True
            ),
            "pattern": st.column_config.TextColumn(_("Pattern"), required=True, width="large"),
            "medium": st.column_config.TextColumn(_("Only with this medium")),
            "channel": st.column_config.SelectboxColumn(
                _("Channel"), options=list(shown.values()), default=none, required=True
            ),
        },
    )
    return table, edited if isinstance(edited, pl.DataFrame) else pl.DataFrame(edited)


def _save(workspace: Workspace, table: pl.DataFrame, edited: pl.DataFrame, names: dict[str, str]) -> None:
    ids: dict[str, str | None] = {name: channel for channel, name in names.items()}
    ids |= {_("no channel"): None, _("the one the label means"): BY_LABEL}
    fields = {_(title): field for field, title in _FIELD_TITLES.items()}
    wanted = []
    for row in in_order(table["number"].to_list(), edited.to_dicts()):
        try:
            wanted.append(
                TrafficRule(
                    field=fields[row["field"]],
                    pattern=row["pattern"] or "",
                    medium=(row["medium"] or "").strip() or None,
                    channel=ids[row["channel"]],
                )
            )
        except OmniDashError as error:
            st.error(plain(words().render(error.message)))
            return
    _store(workspace, wanted)


def in_order(before: Sequence[float], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules in the order their numbers say: new ones without a number first, a moved one before the one it meets."""
    placed = []
    for index, row in enumerate(rows):
        number = row["number"]
        is_moved = index >= len(before) or number != before[index]
        placed.append((-1.0 if number is None else float(number), not is_moved, index, row))
    return [row for _number, _stays, _index, row in sorted(placed, key=lambda one: one[:3])]


def _store(workspace: Workspace, wanted: list[TrafficRule]) -> None:
    try:
        save_rules(workspace, wanted)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    st.session_state[_GENERATION] = st.session_state.get(_GENERATION, 0) + 1
    jobs.forget(_PREVIEW)
    st.rerun()


def show_imported_rows(workspace: Workspace, names: dict[str, str]) -> None:
    """Judging the rows there are once more: the count first, then the change."""
    with st.container(border=True, key="card_reapply", gap="small"):
        st.markdown(f"## {_('Rows that are there already')}")
        st.caption(_("Rules judge files as they come in. Rows imported before keep their channel until you say so."))
        if jobs.show(_REAPPLY):
            return
        change = jobs.result_of(_PREVIEW)
        if change is None:
            if not jobs.show(_PREVIEW) and st.button(_("What would these rules change?"), key="rules_preview"):
                jobs.forget(_REAPPLY)
                jobs.start(
                    _PREVIEW,
                    lambda: preview_reapply(workspace),
                    opening=Message(N_("judging the visits anew")),
                    done=lambda _found: "",
                )
            return
        rows = int(change["rows"].sum())
        if not rows:
            st.success(_("Nothing: every visit has the channel these rules give it."), icon=":material/check_circle:")
            return
        none = _("no channel")
        st.dataframe(
            pl.DataFrame(
                {
                    _("Channel"): [names.get(c, c) if c else none for c in change["channel"]],
                    _("Becomes"): [names.get(c, c) if c else none for c in change["becomes"]],
                    _("Rows"): change["rows"],
                }
            ),
            hide_index=True,
            key="rules_change",
        )
        label = n_("Apply to {count} row", "Apply to {count} rows", rows)
        if st.button(label, type="primary", icon=":material/check:", key="rules_apply"):
            jobs.forget(_PREVIEW)
            jobs.start(
                _REAPPLY,
                lambda: reapply(workspace),
                opening=Message(N_("judging the visits anew")),
                done=lambda changed: n_(
                    "{count} row has changed its channel", "{count} rows have changed their channel", changed
                ),
            )
