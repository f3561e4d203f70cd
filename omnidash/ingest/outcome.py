"""What an import would change, and the change itself, as SQL on a workspace cursor with the staging attached.

``staged`` is the schema name of the attached staging database. Rules of every kind:

    added       nothing with this key is there yet
    duplicate   the same key says the same
    restated    the same key says something else: the old row moves to ``…_restated`` with the id of the new batch

An order's lines are part of what it says: they are replaced with their order, by files that list lines. Rows of a file
that was imported before with another mapping end with the new import, whatever their keys (``replaces``).

``judge`` leaves temporary tables behind, which ``write`` and the forecast read:

    kept (subject, key, row_number)   rows of the file that are there and say the same
    changed (subject, key)            rows of the file that are written because they say something else
    stale (subject, key)              rows of the workspace that are moved away
    gone (subject, key)               rows that the file's groups and orders have no more, now or already
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omnidash.ingest.row_links import find_ended_links
from omnidash.ingest.rows.parse import Identified, linked_pairs
from omnidash.ingest.tables import COLUMNS, GROUP, same
from omnidash.ingest.work import Work
from omnidash.model.messages import N_, Message

__all__ = ["COLUMNS", "Counts", "judge", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows of the file by what becomes of them."""

    added: int
    restated: int
    duplicates: int


def judge(
    cursor: Any,
    staged: str,
    table: str,
    *,
    has_slots: bool,
    has_lines: bool = False,
    identified: Sequence[Identified] = (),
    replaces: Sequence[int] = (),
    unsaid: Sequence[str] = (),
) -> Counts:
    """Find out what becomes of every row; returns the counts and leaves the temporary tables behind.

    ``table``: event, spend or report. ``has_slots``: events keyed by an id of the source (several may hang on one).
    ``has_lines``: the file lists the lines of its orders. ``identified``: its identifier columns.
    ``replaces``: imports of the same file with another mapping, which this one ends. ``unsaid``: columns of which the
    file says nothing.
    """
    for name, columns in (
        ("kept", "subject varchar, key ubigint, row_number bigint"),
        ("changed", "subject varchar, key ubigint"),
        ("stale", "subject varchar, key ubigint"),
        ("gone", "subject varchar, key ubigint"),
        ("ended", "subject varchar, key ubigint, row_number bigint"),
    ):
        cursor.execute(f"create or replace temp table {name} ({columns})")
    _find_ended(cursor, replaces)
    is_reread = bool(replaces)
    if has_slots:
        counts = _judge_slots(
            cursor, staged, has_lines=has_lines, identified=identified, is_reread=is_reread, unsaid=unsaid
        )
    else:
        counts = _judge_rows(cursor, staged, table, is_reread=is_reread, unsaid=unsaid)
    if is_reread:
        cursor.execute(
            "insert into stale select distinct subject, key from ended"
            " anti join (select subject, key from kept union all select subject, key from stale) using (subject, key)"
        )
    return counts


def write(cursor: Any, staged: str, table: str, batch_id: int, *, work: Work, has_lines: bool = False) -> None:
    """Move ``stale`` rows away and write the fresh ones, as ``judge`` has found them; ``work`` hears how far it is."""
    batch = {"batch": batch_id}
    for subject, names in COLUMNS.items():
        columns = ", ".join(names)
        moved = f"from {subject} where {subject}_id in (select key from stale where subject = '{subject}')"  # noqa: S608
        cursor.execute(f"insert into {subject}_restated select $batch, {columns} {moved}", batch)
        cursor.execute(f"delete {moved}")
    for subject in (table, "order_line") if has_lines else (table,):
        names = COLUMNS[subject]
        values = ", ".join("$batch" if c == "batch_id" else f"new.{c}" for c in names)
        work.run(
            cursor,
            f"insert into {subject} ({', '.join(names)}) select {values} from {staged}.{subject} new"  # noqa: S608
            f" anti join kept on kept.key = new.{subject}_id and kept.subject = '{subject}'",
            batch,
            start=0.7,
            end=0.85,
            message=Message(N_("writing rows")),
        )


def _find_ended(cursor: Any, replaces: Sequence[int]) -> None:
    """What the replaced imports say today, with the row numbers of the file."""
    if not replaces:
        return
    for subject in COLUMNS:
        key = f"{subject}_id"
        cursor.execute(
            f"""
            insert into ended
            select '{subject}', {key}, row_number from {subject} where list_contains($replaces, batch_id)
            union all
            select '{subject}', t.{key}, d.row_number
            from {subject} t join duplicate d on d.subject = '{subject}' and d.key = t.{key}
            where list_contains($replaces, d.batch_id) and d.batch_id > t.batch_id
            """,  # noqa: S608  (table contracts)
            {"replaces": list(replaces)},
        )


def _judge_rows(cursor: Any, staged: str, table: str, *, is_reread: bool, unsaid: Sequence[str]) -> Counts:
    """Rows that stand for themselves. A row of the file may stand as several rows (a range spread over its days): it is
    a duplicate if all of them are there, added if none of them was."""
    key = f"{table}_id"
    cursor.execute(
        f"""
        create or replace temp table matched as
        select {key} as key, new.row_number, {same(table, is_reread=is_reread, unsaid=unsaid)} as is_same
        from {staged}.{table} new join {table} old using ({key})
        """  # noqa: S608  (table contracts)
    )
    cursor.execute(f"insert into kept select '{table}', key, row_number from matched where is_same")  # noqa: S608
    cursor.execute(f"insert into stale select '{table}', key from matched where not is_same")  # noqa: S608
    cursor.execute(f"insert into changed select '{table}', key from matched where not is_same")  # noqa: S608
    if is_reread:  # the file's row was there in other words
        cursor.execute(
            f"""
            insert into changed select '{table}', {key} from {staged}.{table}
            where row_number in (select row_number from ended) and {key} not in (select key from matched)
            """  # noqa: S608  (table contracts)
        )
    if table in GROUP:
        _find_gone(cursor, staged, table)
    cursor.execute("drop table matched")
    rows = "count(*)" if table == "event" else "count(distinct row_number)"
    if not cursor.execute("select 1 from kept union all select 1 from changed limit 1").fetchall():
        of_file = cursor.execute(f"select {rows} from {staged}.{table}").fetchall()[0][0]  # noqa: S608
        return Counts(added=int(of_file), restated=0, duplicates=0)
    counts = cursor.execute(
        f"""
        with known as (
            select row_number, true as is_kept from kept
            union all
            select row_number, false from {staged}.{table} where {key} in (select key from changed)),
        rows as (
            select row_number, count(*) filter (is_kept) as kept from known group by row_number),
        of_rows as (
            select row_number, count(*) as parts from {staged}.{table}
            where row_number in (select row_number from rows) group by row_number)
        select (select {rows} from {staged}.{table}), count(*),
            count(*) filter (kept = parts) from rows join of_rows using (row_number)
        """  # noqa: S608  (table contracts)
    ).fetchall()[0]
    of_file, known, kept = (int(n) for n in counts)
    return Counts(added=of_file - known, restated=known - kept, duplicates=kept)


def _find_gone(cursor: Any, staged: str, table: str) -> None:
    """Rows of the groups that the file has again but in fewer rows: the rest is stale, or was ended already.

    For the channel stands what its label is called in keys: a channel may hold labels of several sources, and a file of
    one of them says nothing about the others.
    """
    columns = ("coalesce(k.base, r.channel)" if c == "channel" else f"r.{c}" for c in GROUP[table])
    group = ", ".join(f"coalesce(cast({c} as varchar), '')" for c in columns)
    rows = "{place} r left join " + staged + ".label_key k on k.label = r.raw_channel"
    for place in (table, f"{table}_restated"):
        cursor.execute(
            f"""
            insert into gone
            select distinct '{table}', r.{table}_id from {rows.format(place=place)}
            where ({group}) in (select ({group}) from {rows.format(place=f"{staged}.{table}")})
                and r.{table}_id not in (select {table}_id from {staged}.{table})
            """  # noqa: S608  (table contracts)
        )
    if table == "spend":
        _find_ranges_of_old(cursor, staged)
    cursor.execute(
        f"insert into stale select distinct subject, key from gone where key in (select {table}_id from {table})"  # noqa: S608
    )


def _find_ranges_of_old(cursor: Any, staged: str) -> None:
    """Shares of ranges that were imported before a share knew its range: the file's range of the same item stands for
    those of its days."""
    of_old = "r.spread_days is not null and r.range_first is null"
    if not cursor.execute(f"select 1 from spend r where {of_old} limit 1").fetchall():  # noqa: S608  (our condition)
        return
    item = "r.day, coalesce(k.base, r.channel), coalesce(r.account, ''), coalesce(r.campaign, ''), coalesce(r.ad, '')"
    rows = "{place} r left join " + staged + ".label_key k on k.label = r.raw_channel"
    there, here = rows.format(place="spend"), rows.format(place=f"{staged}.spend")
    cursor.execute(
        f"""
        insert into gone
        select distinct 'spend', r.spend_id from {there}
        where {of_old} and ({item}) in (select ({item}) from {here} where r.range_first is not null)
            and r.spend_id not in (select spend_id from {staged}.spend)
        """  # noqa: S608  (our expressions)
    )
    cursor.execute(
        f"""
        insert into changed
        select distinct 'spend', r.spend_id from {here}
        where r.range_first is not null and r.spend_id not in (select key from matched)
            and ({item}) in (select ({item}) from {there} where {of_old})
        """  # noqa: S608  (our expressions)
    )


def _judge_slots(
    cursor: Any,
    staged: str,
    *,
    has_lines: bool,
    identified: Sequence[Identified],
    is_reread: bool,
    unsaid: Sequence[str],
) -> Counts:
    """An order is known if any of its events is, and unchanged if all of them are there and say the same."""
    slots = _spoken_slots(cursor, staged)
    is_same_event = same("event", is_reread=is_reread, unsaid=unsaid)
    cursor.execute(
        f"""
        create or replace temp table verdict as
        select s.subject, any_value(s.lines) as lines, bool_or(old.event_id is not null) as is_known,
            bool_and(case when old.event_id is null then new.event_id is null
                          else new.event_id is not null and {is_same_event} end) as is_same
        from {slots} s left join event old using (event_id) left join {staged}.event new using (event_id)
        group by s.subject
        """  # noqa: S608  (table contracts)
    )
    if identified or is_reread:
        _judge_links(cursor, staged, identified, is_reread=is_reread)
    if has_lines:
        _judge_lines(cursor, staged)
    if is_reread:  # the file's row was there in other words
        cursor.execute(
            f"""
            update verdict set is_known = true, is_same = false
            where not is_known and subject in (
                select s.subject from {slots} s join {staged}.event using (event_id)
                where row_number in (select row_number from ended))
            """  # noqa: S608  (table contracts)
        )
    is_same, is_other = "v.is_known and v.is_same", "v.is_known and not v.is_same"
    new = f"{slots} s join verdict v using (subject) join {staged}.event n using (event_id)"
    old = f"{slots} s join verdict v using (subject) join event using (event_id)"
    known = "(select event_id from event union all select event_id from event_restated)"
    for statement in (
        f"insert into kept select 'event', event_id, n.row_number from {new} where {is_same}",  # noqa: S608
        f"insert into changed select 'event', event_id from {new} where {is_other}",  # noqa: S608
        f"insert into stale select 'event', event_id from {old} where {is_other}",  # noqa: S608
        f"insert into gone select distinct 'event', event_id from {slots} semi join {known} using (event_id)"  # noqa: S608
        f" anti join {staged}.event using (event_id)",
    ):
        cursor.execute(statement)
    if has_lines:
        _find_lines(cursor, staged)
    counts = cursor.execute(
        "select coalesce(sum(lines) filter (not is_known), 0),"
        " coalesce(sum(lines) filter (is_known and not is_same), 0),"
        " coalesce(sum(lines) filter (is_known and is_same), 0) from verdict"
    ).fetchall()[0]
    cursor.execute("drop table verdict")
    return Counts(added=int(counts[0]), restated=int(counts[1]), duplicates=int(counts[2]))


def _spoken_slots(cursor: Any, staged: str) -> str:
    """The slots the file speaks of: all, but for refunds in a file that could not say there are none. Those are spoken
    of where the file states one, and where a status alone had said so."""
    if not cursor.execute(f"select 1 from {staged}.slot where not is_spoken limit 1").fetchall():  # noqa: S608
        return f"{staged}.slot"
    by_status = "json_extract_string(properties, '$.refund_by') = 'status'"
    cursor.execute(
        f"""
        create or replace temp table spoken_slot as
        select * from {staged}.slot
        where is_spoken or event_id in (select event_id from {staged}.event)
            or event_id in (select event_id from event where {by_status})
        """  # noqa: S608  (table contracts)
    )
    return "spoken_slot"


def _judge_links(cursor: Any, staged: str, identified: Sequence[Identified], *, is_reread: bool) -> None:
    """An order of which the file ends a link that it does not say itself has changed."""
    find_ended_links(cursor, staged, f"select event_id from {staged}.slot", identified, is_reread=is_reread)  # noqa: S608
    nobody = f"select event_id, cast(null as bigint) as a, cast(null as bigint) as b from {staged}.event where false"  # noqa: S608
    pairs = " union ".join(
        [
            nobody,
            *(
                f"select event_id, least(id{i}, id{j}), greatest(id{i}, id{j}) from {staged}.event"  # noqa: S608
                for i, j in linked_pairs(identified)
            ),
        ]
    )
    cursor.execute(
        f"""
        update verdict set is_same = false where is_same and subject in (
            with old as (select s.subject, a, b from {staged}.slot s join ended_link using (event_id)),
            new as (select s.subject, p.a, p.b from {staged}.slot s join ({pairs}) p using (event_id)),
            lost as (from old except from new)
            select subject from lost)
        """  # noqa: S608  (table contracts)
    )


def _judge_lines(cursor: Any, staged: str) -> None:
    """An order whose lines differ has changed."""
    said = "order_line_id, event_id, sku, item, quantity, unit_price, amount, currency"
    cursor.execute(
        f"""
        update verdict set is_same = false where is_same and subject in (
            with old as (select {said} from order_line where event_id in (select subject from verdict)),
            new as (select {said} from {staged}.order_line),
            differing as ((from old except from new) union all (from new except from old))
            select event_id from differing)
        """  # noqa: S608  (table contracts)
    )


def _find_lines(cursor: Any, staged: str) -> None:
    """Lines stand and fall with their order."""
    of_kept = "event_id in (select subject from verdict where is_known and is_same)"
    of_file = "event_id in (select subject from verdict)"
    not_here = f"order_line_id not in (select order_line_id from {staged}.order_line)"  # noqa: S608
    for statement in (
        f"insert into kept select 'order_line', order_line_id, row_number from {staged}.order_line where {of_kept}",  # noqa: S608
        f"insert into stale select 'order_line', order_line_id from order_line where {of_file} and not {of_kept}",  # noqa: S608
        f"insert into gone select 'order_line', order_line_id from order_line where {of_file} and {not_here}",  # noqa: S608
        f"insert into gone select distinct 'order_line', order_line_id from order_line_restated"  # noqa: S608
        f" where {of_file} and {not_here}",
    ):
        cursor.execute(statement)
