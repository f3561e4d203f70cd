"""Raw labels of a file -> channels and actions of the workspace; what nobody knows yet is made new, and listed.

A channel label is looked up in: the mapping's own decisions, the workspace's ``channel_label`` table, the names of its
channels, the house's defaults; else a new channel is made of it. Staging tables: ``channel_map(label, channel, base)``,
``new_channel``, ``action_map(label, action, is_touch)``, ``new_action``. ``base`` is the channel by default, whatever
users renamed or merged later: keys of spend rows are made of it, so that a re-export still meets its old rows.
"""

from dataclasses import dataclass

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.model.defaults import ACTION_STAGES, action_of_label, channel_of_label, folded, slug
from omnidash.store.workspace import Staging, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmappedLabel:
    """A label the workspace did not know: ``field`` is 'channel' or 'action', ``made`` the id it was given."""

    field: str
    label: str
    made: str
    rows: int


def resolve_channels(ws: Workspace, staging: Staging, mapping: Mapping) -> list[UnmappedLabel]:
    """Fill ``channel_map`` and ``new_channel`` for the labels of the rows that are taken."""
    labels = staging.cursor.execute(
        "select channel, count(*) from numbered where problem is null and channel is not null"
        " group by channel order by count(*) desc, channel"
    ).fetchall()
    own = {folded(label): channel for label, channel in ws.rows("select label, channel from channel_label")}
    names = {
        folded(name): channel
        for channel, en, zh in ws.rows("select channel, name_en, name_zh from channel order by sort desc")
        for name in (en, zh, channel)
    }
    decided = {folded(label): channel for label, channel in mapping.channel_labels.items()}
    staging.cursor.execute("create table channel_map (label varchar, channel varchar, base varchar)")
    staging.cursor.execute("create table new_channel (channel varchar, name varchar, kind varchar)")
    unmapped: list[UnmappedLabel] = []
    for label, rows in labels:
        key = folded(label)
        base = channel_of_label(label) or slug(label)
        channel = decided.get(key) or own.get(key) or names.get(key) or channel_of_label(label) or slug(label)
        staging.cursor.execute("insert into channel_map values (?, ?, ?)", [label, channel, base])
        if channel not in names.values():
            kind = "paid" if mapping.kind == "spend" else "earned"
            names[folded(channel)] = channel
            staging.cursor.execute("insert into new_channel values (?, ?, ?)", [channel, label, kind])
            unmapped.append(UnmappedLabel(field="channel", label=label, made=channel, rows=rows))
    return unmapped


def resolve_actions(ws: Workspace, staging: Staging, mapping: Mapping) -> list[UnmappedLabel]:
    """Fill ``action_map`` and ``new_action`` for the action labels of the rows that are taken."""
    labels = staging.cursor.execute(
        "select action, count(*) from numbered where problem is null and action is not null"
        " group by action order by count(*) desc, action"
    ).fetchall()
    known = dict(ws.rows("select action, is_touch from stage"))
    decided = {folded(label): action for label, action in mapping.action_labels.items()}
    by_name = {folded(action): action for action in known}
    staging.cursor.execute("create table action_map (label varchar, action varchar, is_touch boolean)")
    staging.cursor.execute("create table new_action (action varchar, stage varchar, is_touch boolean)")
    unmapped: list[UnmappedLabel] = []
    for label, rows in labels:
        key = folded(label)
        action = decided.get(key) or by_name.get(key) or action_of_label(label) or slug(label)
        if action not in known:
            stage, is_touch = ACTION_STAGES.get(action, ("interest", True))
            known[action], by_name[folded(action)] = is_touch, action
            staging.cursor.execute("insert into new_action values (?, ?, ?)", [action, stage, is_touch])
            unmapped.append(UnmappedLabel(field="action", label=label, made=action, rows=rows))
        staging.cursor.execute("insert into action_map values (?, ?, ?)", [label, action, known[action]])
    return unmapped
