"""Staged events in as few bytes as they need: table ``event_row``, and over it the view ``event`` with all columns.

An import holds its rows in memory twice, as they were read and as events, and what does not fit is written to disk and
read again, which costs a tenth of its time. So ``event_row`` leaves out what the file says nothing of (a column of
nulls takes six bytes a row), and has channels, labels and actions as numbers (ENUM: one byte each instead of fifteen).
The main identifier of a row is computed where it is asked for, unless that takes joins.

Rows are changed in ``event_row``; who changes other columns writes ``event`` out first (``write_out``).
"""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.traffic import CameFrom
from omnidash.model.defaults import GOAL_ACTION, REFUND_ACTION
from omnidash.store.workspace import Staging

DEFAULT_ACTION = "visit"
_TEXT, _MONEY = "varchar", "decimal(18, 4)"
_CODED = {"channel": "channel_code", "raw_channel": "label_code", "action": "action_code"}
_SAYS_MORE = {"conversion_flag", "score", "experiment"}  # fields that may leave something in a row's properties
_COLUMNS = {
    "identifier_id": "bigint", "channel": _TEXT, "raw_channel": _TEXT, "campaign": _TEXT, "action": _TEXT,
    "is_touch": "boolean", "content_id": _TEXT, "page": _TEXT, "store_id": _TEXT, "order_id": _TEXT, "revenue": _MONEY,
    "currency": _TEXT, "revenue_base": _MONEY, "properties": "json",
}  # fmt: skip


def action(word: str) -> str:
    """SQL: one of our own actions, as a value of the coded column."""
    return f"cast('{word}' as {_CODED['action']})"


def code_labels(staging: Staging) -> None:
    """Number the channels, labels and actions of the file; ``channel_map`` and ``action_map`` then hold the numbers, so
    that rows get them by the joins that they go through anyway."""
    visits = _has(staging, "visit")
    words = {
        name: f"select {name} from channel_map" + (f" union select {name} from visit" if visits else "")  # noqa: S608
        for name in ("channel", "label")
    }
    own = ", ".join(f"('{word}')" for word in (GOAL_ACTION, REFUND_ACTION, DEFAULT_ACTION))
    actions = f"select action from action_map union select * from (values {own})"  # noqa: S608  (our own words)
    for column, said in (("channel", words["channel"]), ("raw_channel", words["label"]), ("action", actions)):
        staging.cursor.execute(
            f"create type {_CODED[column]} as enum ("  # noqa: S608  (our names; '' because an empty list is none)
            f"select word from ({said} union select '') words(word) where word is not null order by word)"
        )
    staging.cursor.execute(f"alter table channel_map alter channel type {_CODED['channel']}")
    staging.cursor.execute(f"alter table channel_map alter label type {_CODED['raw_channel']}")
    staging.cursor.execute(f"alter table action_map alter action type {_CODED['action']}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeanEvent:
    """Which columns ``event_row`` has: name -> SQL of its value where the events are made."""

    values: AnyMapping[str, str] = field(repr=False)

    @classmethod
    def of(
        cls,
        staging: Staging,
        mapping: Mapping,
        *,
        came_from: CameFrom,
        identifier_id: str | None,
        values: AnyMapping[str, str],
    ) -> "LeanEvent":
        """The columns that can hold anything but null. ``values``: SQL of those that are not just called so;
        ``identifier_id``: None where it can be computed later."""
        told = {*mapping.columns.values(), *mapping.constants, "action"}
        if "channel" in told or came_from.reads:
            told |= {"channel", "raw_channel"}
        if came_from.reads:
            told |= {"campaign", "properties"}
        if "revenue" in told:
            told |= {"currency", "revenue_base"}
        else:
            told -= {"currency"}
        told.discard("is_touch")
        if _SAYS_MORE & told or _has(staging, "action_map", "label <> action"):
            told.add("properties")
        chosen = {name: values.get(name, name) for name in _COLUMNS if name in told}
        coded = {name: f"cast({sql} as {_CODED[name]})" for name, sql in chosen.items() if name in _CODED}
        main = {} if identifier_id is None else {"identifier_id": "identifier_id"}
        return cls(values={**main, **chosen, **coded})

    @property
    def columns(self) -> str:
        """SQL: the columns, each with its name."""
        return ", ".join(f"{sql} as {name}" for name, sql in self.values.items())

    def view(self, identifier_id: str, ids: str) -> str:
        """``create view event as …``. ``identifier_id``: SQL of it, for a table without; ``ids``: SQL ``, id0`` …"""
        columns = []
        for name, kind in _COLUMNS.items():
            if name == "identifier_id" and name not in self.values:
                columns.append(f"{identifier_id} as {name}")
            elif name == "is_touch":
                columns.append(name)
            elif name not in self.values:
                columns.append(f"cast(null as {kind}) as {name}")
            else:
                columns.append(f"cast(event_row.{name} as {kind}) as {name}" if name in _CODED else name)
        return f"create view event as select event_id, row_number, ts, day, {', '.join(columns)} {ids} from event_row"  # noqa: S608  (our names)


def write_out(staging: Staging) -> None:
    """Make a table of the view ``event``, for its rows are to be changed; what is a table already stays one."""
    if not staging.cursor.execute("select 1 from duckdb_views() where view_name = 'event'").fetchall():
        return
    staging.cursor.execute("create table event_written as from event")
    staging.cursor.execute("drop view event")
    staging.cursor.execute("drop table event_row")
    staging.cursor.execute("alter table event_written rename to event")


def _has(staging: Staging, table: str, condition: str = "true") -> bool:
    """Whether a staging table is there and has such a row."""
    known = "select 1 from information_schema.tables where table_catalog = 'staged' and table_name = $table"
    if not staging.cursor.execute(known, {"table": table}).fetchall():
        return False
    return bool(staging.cursor.execute(f"select 1 from {table} where {condition} limit 1").fetchall())  # noqa: S608  (ours)
