"""The channels themselves: made, named, classed, grouped, deleted. What labels mean is said in ``channels``."""

from collections.abc import Iterable
from typing import Any

from omnidash.model.defaults import DIRECT, UNKNOWN, channel_of_label, folded, slug
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

KINDS = ("paid", "owned", "earned")
POOLS = ("public", "private")
TABLES = ("event", "event_restated", "spend", "spend_restated", "report", "report_restated")
"""The tables whose rows have a channel and the label it came from."""


def create(
    ws: Workspace, name_en: str, name_zh: str | None = None, *, kind: str, pool: str, grouping: str | None = None
) -> str:
    """A new channel, last in display order; returns its id. Raises BadInput on a name that is blank or taken."""
    name_en, name_zh = name_en.strip(), (name_zh or name_en).strip()
    with ws.writing("new channel", changes="settings") as cursor:
        existing = rows_of(cursor, "select channel, name_en, name_zh from channel")
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
        rows = rows_of(cursor, "select channel, name_en, name_zh from channel")
        require(channel, {row[0] for row in rows})
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
        existing = {row[0] for row in rows_of(cursor, "select channel from channel")}
        for channel in chosen:
            require(channel, existing)
        cursor.execute("update channel set grouping = null where grouping = $name", {"name": name})
        cursor.execute(
            "update channel set grouping = $name where list_contains($members, channel)",
            {"name": name, "members": chosen},
        )


def delete(ws: Workspace, channel: str) -> None:
    """Remove a channel that nothing uses. Raises BadInput where rows or rules have it, saying how many."""
    with ws.writing("deleting a channel", changes="settings") as cursor:
        require(channel, {row[0] for row in rows_of(cursor, "select channel from channel")})
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


def rows_of(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    return list(cursor.execute(query).fetchall())


def require(channel: str, existing: Iterable[str]) -> None:
    """Raises BadInput where a channel is not among the existing ones."""
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
