"""Which channel does a raw label mean? Look at the labels of the data, assign, merge, rename and group channels.

    labels(ws)                                  # what the exports call their channels, with volume; guesses first
    preview(ws, {"巨量-信息流": "douyin"})        # what would change, before anything does
    assign(ws, {"巨量-信息流": "douyin"})         # from now on, and for all rows there are

Invariants: a label means one channel in the whole workspace; raw labels stay on the rows and keys of spend rows are
made of labels, so that nothing is ever added, lost or doubled by an assignment: only the channel of rows changes, and
assigning a label back brings back every number. All rows follow at once, those kept for an undo as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from omnidash.ingest.channel_list import (
    KINDS,
    POOLS,
    TABLES,
    change,
    create,
    delete,
    group,
    rename,
    require,
    rows_of,
)
from omnidash.ingest.rows.labels import LabelBook
from omnidash.ingest.similar import says_paid, similar
from omnidash.ingest.traffic_sites import vocabulary
from omnidash.model.defaults import CHANNELS, folded
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

__all__ = [
    "KINDS", "POOLS", "TABLES", "Assigned", "Preview", "Suggestion", "assign", "change", "channels", "create", "delete",
    "group", "groups", "labels", "merge", "preview", "rename", "suggest",
]  # fmt: skip

# One row per (label, channel) and table; money in the workspace's currency.
_VOLUME = """
    select raw_channel as label, channel, count(*) as rows, 0 as spend, coalesce(sum(revenue_base), 0) as revenue,
        min(day) as first_day, max(day) as last_day
    from event group by all
    union all
    select raw_channel, channel, count(*), sum(cost_base), 0, min(day), max(day) from spend group by all
    union all
    select raw_channel, channel, count(*), 0, 0, min(day), max(last_day) from report group by all
"""
_SUMS = """
    cast(sum(v.rows) as bigint) as rows, cast(sum(v.spend) as double) as spend,
    cast(sum(v.revenue) as double) as revenue, min(v.first_day) as first_day, max(v.last_day) as last_day
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A channel that an unknown label may mean; ``score`` from 0 to 1 (same spelling)."""

    channel: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an assignment would change.

    ``labels``: label, channel (now), becomes, rows, spend, revenue: one row per label that moves.
    ``channels``: channel, rows, spend, revenue and the same with ``_after``: one row per channel that wins or loses.
    ``rows``: how many rows of the data would change their channel.
    """

    labels: pl.DataFrame
    channels: pl.DataFrame
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What was done: rows that changed their channel, and for every label what it meant before (assigning that again
    undoes it; a label that nobody had met before is not in it)."""

    rows: int
    before: dict[str, str]


# ---- looking ---------------------------------------------------------------------------------------------------------


def labels(ws: Workspace) -> pl.DataFrame:
    """The raw labels of events, orders, spend and reports, one row each: guesses first, then by volume.

    ``label, channel, name_en, name_zh, kind, pool, grouping, is_guessed Boolean`` (its channel was only made of the
    label), ``rows Int64, spend Float64, revenue Float64`` (net; workspace currency)``, first_day, last_day Date``.
    """
    return ws.frame(
        f"""
        with volume as ({_VOLUME})
        select v.label, c.channel, c.name_en, c.name_zh, c.kind, c.pool, c.grouping,
            coalesce(c.is_guessed, false) as is_guessed, {_SUMS}
        from volume v join channel c on c.channel = v.channel
        where v.label is not null
        group by all
        order by is_guessed desc, rows desc, v.label, c.channel
        """  # noqa: S608  (our own steps)
    )


def channels(ws: Workspace) -> pl.DataFrame:
    """Every channel there is, in display order: ``channel, name_en, name_zh, kind, pool, grouping, is_guessed,
    labels Int64`` (how many raw labels mean it) and the volume columns of ``labels`` (null days where it is unused)."""
    return ws.frame(
        f"""
        with volume as ({_VOLUME})
        select c.channel, c.name_en, c.name_zh, c.kind, c.pool, c.grouping,
            coalesce(c.is_guessed, false) as is_guessed, cast(count(distinct v.label) as bigint) as labels,
            coalesce(cast(sum(v.rows) as bigint), 0) as rows, coalesce(cast(sum(v.spend) as double), 0) as spend,
            coalesce(cast(sum(v.revenue) as double), 0) as revenue,
            min(v.first_day) as first_day, max(v.last_day) as last_day
        from channel c left join volume v on v.channel = c.channel
        group by all
        order by any_value(c.sort), c.channel
        """  # noqa: S608  (our own steps)
    )


def groups(ws: Workspace) -> dict[str, tuple[str, ...]]:
    """Channels by the name people gave to several of them together; groups by name, channels in display order."""
    found: dict[str, tuple[str, ...]] = {}
    for grouping, channel in ws.rows(
        "select grouping, channel from channel where grouping is not null order by grouping, sort, channel"
    ):
        found[grouping] = (*found.get(grouping, ()), channel)
    return found


def suggest(ws: Workspace, label: str, *, most: int = 3) -> list[Suggestion]:
    """Channels that ``label`` may mean by its spelling, best first; never applied without a person. A label that says
    it is paid for means no earned channel, whose name may be the same otherwise (paid search, organic search)."""
    meanings = ws.rows("select label, channel from channel_label order by label")
    meant = {folded(known): channel for known, channel in meanings}
    names: dict[str, list[str]] = {}
    own = set()
    is_paid = says_paid(label)
    for channel, en, zh, kind, is_guessed in ws.rows("select channel, name_en, name_zh, kind, is_guessed from channel"):
        names[channel] = [channel, en, zh]
        if is_paid and kind == "earned":
            own.add(channel)
        if is_guessed and (folded(label) in (folded(en), folded(channel)) or meant.get(folded(en)) != channel):
            own.add(channel)  # made of this very label, or of one that means another by now
    for house in CHANNELS:
        if house.channel in names:
            names[house.channel] += house.aliases
    for site in vocabulary()["site"]:  # Instagram is a site of Meta; Google may be an advertisement or a search
        if site["channel"] in names and site.get("paid", site["channel"]) == site["channel"]:
            names[site["channel"]].append(site["name"])
    for known, channel in meanings:
        if channel in names and folded(known) != folded(label):
            names[channel].append(known)
    found = similar(label, {channel: known for channel, known in names.items() if channel not in own})
    return [Suggestion(channel=channel, score=score) for channel, score in found[:most]]


def preview(ws: Workspace, channel_of: Mapping[str, str]) -> Preview:
    """What ``assign`` would change; raises as it does. Channels that do not exist yet are an error here as well."""
    wanted = _checked(channel_of, {row[0] for row in ws.rows("select channel from channel")})
    volume = ws.frame(
        f"""
        with volume as ({_VOLUME})
        select v.label, v.channel, {_SUMS} from volume v where v.channel is not null group by all
        order by rows desc, v.label, v.channel
        """  # noqa: S608  (our own steps)
    )
    target = [
        wanted.get(folded(label), channel) if label is not None else channel
        for label, channel in volume.select("label", "channel").iter_rows()
    ]
    volume = volume.with_columns(pl.Series("becomes", target, pl.String))
    moving = volume.filter(pl.col("becomes") != pl.col("channel"))
    figures = ["rows", "spend", "revenue"]
    before = volume.group_by("channel").agg(pl.col(figures).sum())
    after = volume.group_by(pl.col("becomes").alias("channel")).agg(pl.col(figures).sum().name.suffix("_after"))
    touched = {*moving["channel"], *moving["becomes"]}
    compared = (
        before.join(after, on="channel", how="full", coalesce=True)
        .filter(pl.col("channel").is_in(list(touched)))
        .fill_null(0)
        .sort("channel")
    )
    return Preview(
        labels=moving.select("label", "channel", "becomes", *figures), channels=compared, rows=int(moving["rows"].sum())
    )


# ---- changing --------------------------------------------------------------------------------------------------------


def assign(ws: Workspace, channel_of: Mapping[str, str]) -> Assigned:
    """Let raw labels mean these channels, for all rows there are and all imports to come, in one transaction.

    Spellings that differ in case, width or blanks only move together. Raises BadInput on a label that is blank and on a
    channel that does not exist; then nothing has changed.
    """
    with ws.writing("assigning channels") as cursor:
        existing = {row[0] for row in cursor.execute("select channel from channel").fetchall()}
        return _assign(cursor, _checked(channel_of, existing), {folded(label): label for label in channel_of})


def merge(ws: Workspace, channel: str, *, into: str) -> Assigned:
    """Make one channel of two: everything of ``channel``, and all that its names and rules stand for, belongs to
    ``into`` from now on, and ``channel`` is no more. Raises BadInput where one of them does not exist or they are the
    same. To undo: ``create`` it again and assign ``before``.
    """
    if channel == into:
        raise BadInput(N_("a channel cannot be merged into itself"))
    with ws.writing("merging channels") as cursor:
        rows = {row[0]: row for row in rows_of(cursor, "select channel, name_en, name_zh from channel")}
        for name in (channel, into):
            require(name, rows)
        labels_of = dict(rows_of(cursor, "select label, channel from channel_label"))
        aliases = next((c.aliases for c in CHANNELS if c.channel == channel), ())
        names = {folded(name): name for name in (*rows[channel], *aliases)}
        mine = {folded(label): label for label, meant in labels_of.items() if meant == channel}
        elsewhere = {folded(label) for label, meant in labels_of.items() if meant != channel}
        spellings = {**{key: name for key, name in names.items() if key not in elsewhere}, **mine}
        done = _assign(cursor, dict.fromkeys(spellings, into), spellings)
        moved = done.rows
        for table in TABLES:  # rows without a label: given their channel by a rule
            moved += _count(cursor, f"update {table} set channel = $into where channel = $channel", channel, into)  # noqa: S608
        cursor.execute("update traffic_rule set channel = $into where channel = $channel",
                       {"into": into, "channel": channel})  # fmt: skip
        cursor.execute("update evidence set channel = $into where channel = $channel",
                       {"into": into, "channel": channel})  # fmt: skip
        cursor.execute("delete from channel where channel = $channel", {"channel": channel})
        before = {label: meant for label, meant in done.before.items() if meant == channel}
        return replace(done, rows=moved, before=before)


# ---- inside ----------------------------------------------------------------------------------------------------------


def _checked(channel_of: Mapping[str, str], existing: Iterable[str]) -> dict[str, str]:
    """Folded label -> channel. Raises BadInput on a blank label, an unknown channel, and spellings that disagree."""
    known, wanted = set(existing), dict[str, str]()
    for label, channel in channel_of.items():
        if not label.strip():
            raise BadInput(N_("a label cannot be blank"))
        require(channel, known)
        if wanted.setdefault(folded(label), channel) != channel:
            raise BadInput(N_("'{label}' is assigned to two channels; spellings of one label go together"), label=label)
    return wanted


def _assign(cursor: Any, wanted: Mapping[str, str], spellings: Mapping[str, str]) -> Assigned:
    """``wanted``: folded label -> channel; ``spellings``: folded label -> the label as it was given."""
    known = dict(rows_of(cursor, "select label, channel from channel_label"))
    rows = [(label, wanted[folded(label)]) for label in known if folded(label) in wanted]
    met = {folded(label) for label in known}
    rows += [(spellings[key], channel) for key, channel in wanted.items() if key not in met]
    cursor.execute("create or replace temp table assigned (label varchar, channel varchar, is_assigned boolean)")
    book = LabelBook.from_rows([], rows_of(cursor, "select channel, name_en, name_zh, sort from channel"))
    cursor.execute(
        "insert into assigned select unnest($labels), unnest($channels), unnest($is_assigned)",
        {
            "labels": [label for label, _ in rows],
            "channels": [channel for _, channel in rows],
            "is_assigned": [book.channel_of(label) != channel for label, channel in rows],
        },
    )
    cursor.execute("delete from channel_label where label in (select label from assigned)")
    cursor.execute("insert into channel_label (label, channel, is_assigned) select * from assigned")
    moved = 0
    for table in TABLES:
        counted = cursor.execute(
            f"update {table} set channel = assigned.channel from assigned"  # noqa: S608  (our own tables)
            f" where {table}.raw_channel = assigned.label and {table}.channel is distinct from assigned.channel"
        ).fetchall()
        moved += int(counted[0][0]) if not table.endswith("_restated") else 0
    cursor.execute("drop table assigned")
    return Assigned(rows=moved, before={label: known[label] for label, _ in rows if label in known})


def _count(cursor: Any, statement: str, channel: str, into: str) -> int:
    count = int(cursor.execute(statement, {"channel": channel, "into": into}).fetchall()[0][0])
    return 0 if "_restated" in statement else count
