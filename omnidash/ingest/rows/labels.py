"""Raw labels of a file -> channels and actions of the workspace; what nobody knows yet is made new, and listed.

A label means one channel in the whole workspace. It is looked up in: the workspace's table ``channel_label`` (what
people assigned, and what earlier imports found), the mapping's own decisions, the names of the workspace's channels,
the house's defaults; else a new channel is made of it. Staging tables: ``channel_map(label, channel, base)``,
``new_channel``, ``label_key``, ``action_map(label, action, is_touch)``, ``new_action``. ``base`` is what the label is
called in the keys of spend rows, whatever users renamed or merged: so a re-export still meets its old rows.
"""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.model.defaults import (
    ACTION_STAGES,
    ChannelDefault,
    action_of_label,
    channel_of_label,
    folded,
    house_channel,
    key_of_label,
    slug,
)
from omnidash.store.workspace import Staging, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmappedLabel:
    """A label the workspace did not know: ``field`` is 'channel' or 'action', ``made`` the id it was given."""

    field: str
    label: str
    made: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelBook:
    """Which channel a raw label means. Labels are compared folded (case, width and blanks do not count).

    ``assigned``: of table ``channel_label``; ``names``: of the channels; ``channels``: the ids there are.
    """

    assigned: AnyMapping[str, str]
    names: AnyMapping[str, str]
    channels: frozenset[str]

    @classmethod
    def of(cls, ws: Workspace) -> "LabelBook":
        """The book of a workspace as of its last commit."""
        return cls.from_rows(
            ws.rows("select label, channel from channel_label"),
            ws.rows("select channel, name_en, name_zh, sort from channel"),
        )

    @classmethod
    def from_rows(cls, labels: list[tuple[Any, ...]], channels: list[tuple[Any, ...]]) -> "LabelBook":
        """``labels``: (label, channel); ``channels``: (channel, name_en, name_zh, sort). Of two channels with one name
        the first in display order has it."""
        by_place = sorted(channels, key=lambda row: (row[3], row[0]), reverse=True)
        return cls(
            assigned={folded(label): channel for label, channel in sorted(labels, reverse=True)},
            names={folded(name): channel for channel, en, zh, _ in by_place for name in (en, zh, channel)},
            channels=frozenset(row[0] for row in channels),
        )

    def known(self, label: str, decided: AnyMapping[str, str] | None = None) -> str | None:
        """The channel a label means, or None where nobody knows it. ``decided``: of a file's user, by folded label."""
        key = folded(label)
        own = self.assigned.get(key) or (decided or {}).get(key)
        return own or self.names.get(key) or channel_of_label(label)

    def channel_of(self, label: str, decided: AnyMapping[str, str] | None = None) -> str:
        """The channel a label means; for one that nobody knows the channel that is made of it."""
        return self.known(label, decided) or slug(label)


def known_labels(ws: Workspace, mapping: Mapping, field: str, labels: Iterable[str]) -> list[str]:
    """Those of some raw labels of a field, 'channel' or 'action', that name one the workspace or the house knows."""
    if field == "channel":
        book = LabelBook.of(ws)
        decided = {folded(label): channel for label, channel in mapping.channel_labels.items()}
        return [label for label in labels if book.known(label, decided) is not None]
    actions = {folded(action) for (action,) in ws.rows("select action from stage")}
    actions |= {folded(label) for label in mapping.action_labels}
    return [label for label in labels if folded(label) in actions or action_of_label(label) is not None]


def resolve_channels(ws: Workspace, staging: Staging, mapping: Mapping) -> list[UnmappedLabel]:
    """Fill ``channel_map`` and ``new_channel`` for the labels of the rows that are taken."""
    labels = staging.cursor.execute(
        "select channel, count(*) from numbered where problem is null and channel is not null"
        " group by channel order by count(*) desc, channel"
    ).fetchall()
    return map_labels(ws, staging, mapping, labels)


def map_labels(
    ws: Workspace, staging: Staging, mapping: Mapping, labels: list[tuple[str, int]], wanted: Sequence[str] = ()
) -> list[UnmappedLabel]:
    """``resolve_channels`` for labels that are counted already: (label, rows).

    ``wanted``: channels that rows were given by rules; those the workspace does not have are made as well.
    """
    book = LabelBook.of(ws)
    decided = {folded(label): channel for label, channel in mapping.channel_labels.items()}
    kind = "paid" if mapping.kind == "spend" else "earned"
    made: dict[str, ChannelDefault] = {}
    rows_of_map: list[tuple[str, str, str]] = []
    unmapped: list[UnmappedLabel] = []
    by_tag = _channels_of_tags(ws, (label for label, _ in labels if book.known(label, decided) is None))
    for label, rows in labels:
        channel = book.known(label, decided) or by_tag.get(label) or slug(label)
        rows_of_map.append((label, channel, key_of_label(label)))
        if channel not in book.channels and channel not in made:
            made[channel] = house_channel(channel) or _guessed(channel, label, kind)
            if house_channel(channel) is None:
                unmapped.append(UnmappedLabel(field="channel", label=label, made=channel, rows=rows))
    for channel in wanted:
        if channel not in book.channels and channel not in made:
            made[channel] = house_channel(channel) or _guessed(channel, channel, kind)
    staging.cursor.execute("create table channel_map (label varchar, channel varchar, base varchar)")
    staging.cursor.execute(
        "create table new_channel"
        " (channel varchar, name varchar, name_zh varchar, kind varchar, pool varchar, is_guessed boolean)"
    )
    insert_rows(staging, "channel_map", rows_of_map)
    insert_rows(
        staging,
        "new_channel",
        [(c.channel, c.name_en, c.name_zh, c.kind, c.pool, house_channel(c.channel) is None) for c in made.values()],
    )
    _stage_keys(ws, staging, rows_of_map)
    return unmapped


def _channels_of_tags(ws: Workspace, labels: Iterable[str]) -> dict[str, str]:
    """The channels of labels that are tags: ``google / cpc``, as Google Analytics writes it, or ``Organic: Google``, as
    WooCommerce does."""
    is_tag = re.compile(r"\s/\s|^\s*(?:organic|referral|source|utm)\s*:", re.IGNORECASE)
    tags = [label for label in labels if is_tag.search(label)]
    if not tags:
        return {}
    from omnidash.ingest.rows.traffic import rulebook  # it asks us what labels mean
    from omnidash.ingest.traffic_rules import Visit

    rules = rulebook(ws)
    verdicts = {tag: rules.judge(Visit(source=tag)) for tag in tags}
    found = {tag: "referral" if verdict.continues else verdict.channel for tag, verdict in verdicts.items()}
    return {tag: channel for tag, channel in found.items() if channel is not None}


def insert_rows(staging: Staging, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Rows of Python into a staging table of ours, by columns: a statement per row takes a thousand times longer."""
    if rows:
        columns = {f"column{i}": list(values) for i, values in enumerate(zip(*rows, strict=True))}
        lists = ", ".join(f"unnest(${name})" for name in columns)
        staging.cursor.execute(f"insert into {table} select {lists}", columns)


def _guessed(channel: str, label: str, kind: str) -> ChannelDefault:
    pool = "public" if kind == "paid" else "private"
    return ChannelDefault(channel=channel, name_en=label, name_zh=label, kind=kind, pool=pool)


def _stage_keys(ws: Workspace, staging: Staging, rows_of_map: list[tuple[str, str, str]]) -> None:
    """Staging table ``label_key(label, base)``: of the labels of this file, and of all spend and reports there are."""
    staging.cursor.execute("create table label_key (label varchar, base varchar)")
    known = {label: base for label, _, base in rows_of_map}
    met = ws.rows(
        "select raw_channel from spend union select raw_channel from spend_restated"
        " union select raw_channel from report union select raw_channel from report_restated"
    )
    known |= {label: key_of_label(label) for (label,) in met if label is not None}
    insert_rows(staging, "label_key", list(known.items()))


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
