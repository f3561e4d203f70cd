"""What an import would change, and the change itself, as SQL on a workspace cursor with the staging attached.

``{staged}`` is the schema name of the attached staging database. Rules of every kind:

    added       nothing with this key is there yet
    duplicate   the same key says the same
    restated    the same key says something else: the old row moves to ``…_restated`` with the id of the new batch

An order's lines are part of what it says: they are replaced with their order, by files that list lines.
"""

from dataclasses import dataclass

_EVENT_COLUMNS = (
    "event_id", "batch_id", "row_number", "ts", "day", "identifier_id", "channel", "raw_channel", "campaign", "action",
    "is_touch", "content_id", "page", "store_id", "order_id", "revenue", "currency", "revenue_base", "properties",
)  # fmt: skip
_SPEND_COLUMNS = (
    "spend_id", "batch_id", "row_number", "day", "channel", "raw_channel", "campaign", "ad", "cost", "currency",
    "cost_base", "impressions", "clicks", "claimed_conversions", "claimed_revenue", "spread_days", "figures",
)  # fmt: skip
_REPORT_COLUMNS = (
    "report_id", "batch_id", "row_number", "day", "last_day", "channel", "raw_channel", "section", "item", "currency",
    "figures",
)  # fmt: skip
_ORDER_LINE_COLUMNS = (
    "order_line_id", "batch_id", "row_number", "event_id", "order_id", "sku", "item", "quantity", "unit_price",
    "amount", "currency",
)  # fmt: skip
COLUMNS = {
    "event": _EVENT_COLUMNS,
    "order_line": _ORDER_LINE_COLUMNS,
    "spend": _SPEND_COLUMNS,
    "report": _REPORT_COLUMNS,
}
_SAID = {
    "event": ("ts", "identifier_id", "raw_channel", "campaign", "action", "content_id", "page", "store_id", "order_id",
              "revenue", "currency"),
    "spend": ("cost", "currency", "impressions", "clicks", "claimed_conversions", "claimed_revenue",
              "spread_days", "figures"),
    "report": ("figures", "currency"),
    "order_line": ("order_line_id", "event_id", "sku", "item", "quantity", "unit_price", "amount", "currency"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows of the file by what becomes of them."""

    added: int
    restated: int
    duplicates: int


def judge(  # type: ignore[no-untyped-def]
    cursor, staged: str, table: str, *, has_slots: bool, has_lines: bool = False
) -> Counts:
    """Fill the temporary tables ``fresh`` (keys to write) and ``stale`` (keys to move away); returns the counts.

    ``table``: event, spend or report. ``has_slots``: events keyed by an id of the source (several may hang on one).
    ``has_lines``: the file lists the lines of its orders; ``changed_order`` then holds the orders to write anew.
    """
    key = f"{table}_id"
    said = " and ".join(f"old.{c} is not distinct from new.{c}" for c in _SAID[table])
    cursor.execute("drop table if exists temp.fresh")
    cursor.execute("drop table if exists temp.stale")
    if has_slots:
        return _judge_slots(cursor, staged, said, has_lines=has_lines)
    cursor.execute(
        f"""
        create temp table verdict as
        select new.{key}, old.{key} is not null as is_known, {said} as is_same
        from {staged}.{table} new left join {table} old using ({key})
        """  # noqa: S608  (table contracts)
    )
    counts = cursor.execute(
        "select count(*) filter (not is_known), count(*) filter (is_known and not is_same),"
        " count(*) filter (is_known and is_same) from verdict"
    ).fetchall()[0]
    cursor.execute(f"create temp table fresh as select {key} from verdict where not (is_known and is_same)")  # noqa: S608
    cursor.execute(
        f"create temp table stale as select {key} from verdict where is_known and not is_same"  # noqa: S608
    )
    cursor.execute("drop table verdict")
    if table == "spend":
        _fewer_spend_rows(cursor, staged)
    return Counts(added=counts[0], restated=counts[1], duplicates=counts[2])


def _judge_slots(cursor, staged: str, said: str, *, has_lines: bool) -> Counts:  # type: ignore[no-untyped-def]
    """An order is known if any of its events is, and unchanged if all of them are there and say the same."""
    cursor.execute(
        f"""
        create temp table verdict as
        select s.subject, any_value(s.lines) as lines, bool_or(old.event_id is not null) as is_known,
            bool_and(case when old.event_id is null then new.event_id is null
                          else new.event_id is not null and {said} end) as is_same
        from {staged}.slot s left join event old using (event_id) left join {staged}.event new using (event_id)
        group by s.subject
        """  # noqa: S608  (table contracts)
    )
    if has_lines:
        _judge_lines(cursor, staged)
    counts = cursor.execute(
        "select coalesce(sum(lines) filter (not is_known), 0),"
        " coalesce(sum(lines) filter (is_known and not is_same), 0),"
        " coalesce(sum(lines) filter (is_known and is_same), 0) from verdict"
    ).fetchall()[0]
    cursor.execute(
        f"""
        create temp table fresh as
        select new.event_id from {staged}.slot s join {staged}.event new using (event_id) join verdict v using (subject)
        where not (v.is_known and v.is_same)
        """  # noqa: S608  (table contracts)
    )
    cursor.execute(
        f"""
        create temp table stale as
        select old.event_id from {staged}.slot s join event old using (event_id) join verdict v using (subject)
        where v.is_known and not v.is_same
        """  # noqa: S608  (table contracts)
    )
    cursor.execute("drop table verdict")
    return Counts(added=int(counts[0]), restated=int(counts[1]), duplicates=int(counts[2]))


def _judge_lines(cursor, staged: str) -> None:  # type: ignore[no-untyped-def]
    """An order whose lines differ has changed; ``changed_order`` are all that are written, with their lines."""
    said = ", ".join(_SAID["order_line"])
    cursor.execute(
        f"""
        update verdict set is_same = false where is_same and subject in (
            with old as (select {said} from order_line where event_id in (select subject from verdict)),
            new as (select {said} from {staged}.order_line),
            differing as ((from old except from new) union all (from new except from old))
            select event_id from differing)
        """  # noqa: S608  (table contracts)
    )
    cursor.execute(
        "create or replace temp table changed_order as"
        " select subject as event_id from verdict where not (is_known and is_same)"
    )


def _fewer_spend_rows(cursor, staged: str) -> None:  # type: ignore[no-untyped-def]
    """Old rows of a (day, channel, campaign, ad) that the file has again, but in fewer rows: the rest is stale."""
    cursor.execute(
        f"""
        insert into stale
        select old.spend_id from spend old
        where (old.day, old.channel, coalesce(old.campaign, ''), coalesce(old.ad, '')) in (
                select distinct (day, channel, coalesce(campaign, ''), coalesce(ad, '')) from {staged}.spend)
            and old.spend_id not in (select spend_id from {staged}.spend)
        """  # noqa: S608  (table contracts)
    )


def write(  # type: ignore[no-untyped-def]
    cursor, staged: str, table: str, batch_id: int, *, has_lines: bool = False
) -> None:
    """Move ``stale`` rows away and write ``fresh`` ones, as ``judge`` has found them."""
    _replace(cursor, staged, table, batch_id, key=f"{table}_id", stale="stale", fresh="fresh")
    if has_lines:
        _replace(cursor, staged, "order_line", batch_id, key="event_id", stale="changed_order", fresh="changed_order")


def _replace(  # type: ignore[no-untyped-def]
    cursor, staged: str, table: str, batch_id: int, *, key: str, stale: str, fresh: str
) -> None:
    names = COLUMNS[table]
    columns = ", ".join(names)
    batch = {"batch": batch_id}
    cursor.execute(
        f"insert into {table}_restated select $batch, {columns} from {table}"  # noqa: S608  (table contracts)
        f" where {key} in (select {key} from {stale})",
        batch,
    )
    cursor.execute(f"delete from {table} where {key} in (select {key} from {stale})")  # noqa: S608
    values = ", ".join("$batch" if c == "batch_id" else f"new.{c}" for c in names)
    cursor.execute(
        f"insert into {table} ({columns}) select {values} from {staged}.{table} new"  # noqa: S608  (table contracts)
        f" where {key} in (select {key} from {fresh})",
        batch,
    )
