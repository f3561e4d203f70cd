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

from omnidash.ingest.rows.labels import LabelBook
from omnidash.ingest.similar import similar
from omnidash.model.defaults import CHANNELS, DIRECT, UNKNOWN, channel_of_label, folded, slug
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

KINDS = ("paid", "owned", "earned")
POOLS = ("public", "private")
TABLES = ("event", "event_restated", "spend", "spend_restated", "report", "report_restated")
"""The tables whose rows have a channel and the label it came from."""

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
    """Channels that ``label`` may mean by its spelling, best first; never applied without a person."""
    names: dict[str, list[str]] = {}
    own = set()
    for channel, en, zh, is_guessed in ws.rows("select channel, name_en, name_zh, is_guessed from channel"):
        names[channel] = [channel, en, zh]
        if is_guessed and folded(label) in (folded(en), folded(channel)):
            own.add(channel)  # made of this very label: no answer to what it means
    for house in CHANNELS:
        if house.channel in names:
            names[house.channel] += house.aliases
    for known, channel in ws.rows("select label, channel from channel_label"):
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
        rows = {row[0]: row for row in _rows(cursor, "select channel, name_en, name_zh from channel")}
        for name in (channel, into):
            _require(name, rows)
        labels_of = dict(_rows(cursor, "select label, channel from channel_label"))
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
        cursor.execute("delete from channel where channel = $channel", {"channel": channel})
        before = {label: meant for label, meant in done.before.items() if label in mine.values()}
        return replace(done, rows=moved, before=before)


def create(
    ws: Workspace, name_en: str, name_zh: str | None = None, *, kind: str, pool: str, grouping: str | None = None
) -> str:
    """A new channel, last in display order; returns its id. Raises BadInput on a name that is blank or taken."""
    name_en, name_zh = name_en.strip(), (name_zh or name_en).strip()
    with ws.writing("new channel", changes="settings") as cursor:
        existing = _rows(cursor, "select channel, name_en, name_zh from channel")
        _require_free((name_en, name_zh), existing)
        wanted = channel_of_label(name_en) or channel_of_label(name_zh) or slug(name_en)
        taken = {row[0] for row in existing}
        channel = next(
            c for c in (wanted, slug(name_en), *(f"{wanted}_{i}" for i in range(2, 10_000))) if c not in taken
        )
        cursor.execute(
            "insert into channel (channel, name_en, name_zh, kind, pool, sort, grouping, is_guessed)"
            " select $channel, $name_en, $name_zh, $kind, $pool, coalesce(max(sort), 0) + 1, $grouping, false"
            " from channel",
            {
                "channel": channel, "name_en": name_en, "name_zh": name_zh, "kind": _one_of(kind, KINDS, "kind"),
                "pool": _one_of(pool, POOLS, "pool"), "grouping": (grouping or "").strip() or None,
            },
        )  # fmt: skip
    return channel


def rename(ws: Workspace, channel: str, name_en: str, name_zh: str) -> None:
    """Give a channel other names; its id, rows and labels stay. Raises BadInput on a name that is blank or taken."""
    change(ws, channel, name_en=name_en, name_zh=name_zh)


def change(
    ws: Workspace,
    channel: str,
    *,
    name_en: str | None = None,
    name_zh: str | None = None,
    kind: str | None = None,
    pool: str | None = None,
    grouping: str | None = None,
) -> None:
    """Set what is given of a channel; ``grouping=''`` takes it out of its group. What was only guessed is confirmed by
    it, also by a call that sets nothing. Raises BadInput on values that cannot be; then nothing has changed."""
    with ws.writing("channel", changes="settings") as cursor:
        rows = _rows(cursor, "select channel, name_en, name_zh from channel")
        _require(channel, {row[0] for row in rows})
        others = [row for row in rows if row[0] != channel]
        values: dict[str, object] = {"is_guessed": False}
        for column, name in (("name_en", name_en), ("name_zh", name_zh)):
            if name is not None:
                _require_free((name.strip(),), others)
                values[column] = name.strip()
        if kind is not None:
            values["kind"] = _one_of(kind, KINDS, "kind")
        if pool is not None:
            values["pool"] = _one_of(pool, POOLS, "pool")
        if grouping is not None:
            values["grouping"] = grouping.strip() or None
        places = ", ".join(f"{column} = ${column}" for column in values)
        cursor.execute(f"update channel set {places} where channel = $channel", {**values, "channel": channel})  # noqa: S608


def group(ws: Workspace, grouping: str, members: Iterable[str]) -> None:
    """Let exactly these channels form the group of that name; an empty list dissolves it. A channel is in one group."""
    chosen, name = list(dict.fromkeys(members)), grouping.strip()
    if not name:
        raise BadInput(N_("a group of channels needs a name"))
    with ws.writing("channel group", changes="settings") as cursor:
        existing = {row[0] for row in _rows(cursor, "select channel from channel")}
        for channel in chosen:
            _require(channel, existing)
        cursor.execute("update channel set grouping = null where grouping = $name", {"name": name})
        cursor.execute(
            "update channel set grouping = $name where list_contains($members, channel)",
            {"name": name, "members": chosen},
        )


def delete(ws: Workspace, channel: str) -> None:
    """Remove a channel that nothing uses. Raises BadInput where rows or rules have it, saying how many."""
    with ws.writing("deleting a channel", changes="settings") as cursor:
        _require(channel, {row[0] for row in _rows(cursor, "select channel from channel")})
        one = {"channel": channel}
        rows = sum(
            int(cursor.execute(f"select count(*) from {t} where channel = $channel", one).fetchall()[0][0])  # noqa: S608
            for t in TABLES
        )
        if rows:
            raise BadInput(
                N_("{rows} rows belong to channel '{channel}'; merge it into another one"), rows=rows, channel=channel
            )
        rules = int(cursor.execute("select count(*) from traffic_rule where channel = $channel", one).fetchall()[0][0])
        if rules:
            raise BadInput(
                N_("{count} traffic rules lead to channel '{channel}'; change them first"), count=rules, channel=channel
            )
        cursor.execute("delete from channel_label where channel = $channel", one)
        cursor.execute("delete from channel where channel = $channel", one)


# ---- inside ----------------------------------------------------------------------------------------------------------


def _checked(channel_of: Mapping[str, str], existing: Iterable[str]) -> dict[str, str]:
    """Folded label -> channel. Raises BadInput on a blank label, an unknown channel, and spellings that disagree."""
    known, wanted = set(existing), dict[str, str]()
    for label, channel in channel_of.items():
        if not label.strip():
            raise BadInput(N_("a label cannot be blank"))
        _require(channel, known)
        if wanted.setdefault(folded(label), channel) != channel:
            raise BadInput(N_("'{label}' is assigned to two channels; spellings of one label go together"), label=label)
    return wanted


def _assign(cursor: Any, wanted: Mapping[str, str], spellings: Mapping[str, str]) -> Assigned:
    """``wanted``: folded label -> channel; ``spellings``: folded label -> the label as it was given."""
    known = dict(_rows(cursor, "select label, channel from channel_label"))
    rows = [(label, wanted[folded(label)]) for label in known if folded(label) in wanted]
    met = {folded(label) for label in known}
    rows += [(spellings[key], channel) for key, channel in wanted.items() if key not in met]
    cursor.execute("create or replace temp table assigned (label varchar, channel varchar, is_assigned boolean)")
    book = LabelBook.from_rows([], _rows(cursor, "select channel, name_en, name_zh, sort from channel"))
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


def _rows(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    return list(cursor.execute(query).fetchall())


def _require(channel: str, existing: Iterable[str]) -> None:
    if channel not in existing:
        raise BadInput(N_("there is no channel '{channel}'; create it first"), channel=channel)


def _require_free(names: Iterable[str], others: list[tuple[Any, ...]]) -> None:
    """Names are how labels find their channel, so two channels cannot share one."""
    taken = {folded(name): row[0] for row in others for name in row}
    for name in names:
        if not name:
            raise BadInput(N_("a channel needs a name"))
        if folded(name) in taken or name in (DIRECT, UNKNOWN):
            raise BadInput(N_("'{name}' is the name of another channel"), name=name)


def _one_of(value: str, known: tuple[str, ...], what: str) -> str:
    if value not in known:
        raise BadInput(
            N_("{what} '{value}' is unknown; expected one of {known}"), what=what, value=value, known=", ".join(known)
        )
    return value
