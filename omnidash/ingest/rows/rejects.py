"""Rows that are set aside, each with its row number, the column at fault, the reason and its text."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from omnidash.ingest.history import message_of
from omnidash.ingest.meaning.fields import IDENTIFIER_TYPES
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.reader import Source
from omnidash.ingest.rows.identifiers import separate_identifiers_set_aside
from omnidash.ingest.rows.kept_text import shown_value
from omnidash.ingest.rows.parse import TOTAL, Identified
from omnidash.ingest.rows.returned import COLUMNS, Origin, guarded, hidden, is_returned, own_header
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace

REASONS = {
    "cells": N_("the row has {value} cells, the header has {width}"),
    "broken": N_("the row holds bytes that are no text; correct them in the export"),
    "missing": N_("{column} is missing"),
    "masked": N_("{column}: *** only stands for a value that was hidden; write the value as the export has it"),
    "time": N_("{column}: '{value}' is no date or time we can read"),
    "day": N_("{column}: '{value}' is no date we can read"),
    "future": N_("{column}: '{value}' is more than two years from now"),
    "amount": N_("{column}: '{value}' is no number"),
    "count": N_("{column}: '{value}' is no number"),
    "shortened": N_(
        "{column}: a spreadsheet has shortened '{value}' and its last digits are lost; export again, and do not open"
        " the file in a spreadsheet, or set the column to text there"
    ),
    "range": N_("{column}: '{value}' is not within three years from the first day on"),
    "currency": N_("{column}: currency '{value}' is unknown; expected an ISO 4217 code such as EUR"),
    "sign": N_("the row names several currencies: {value}"),
    "currencies": N_("the lines of this order are in several currencies, which cannot be added: {value}"),
    "order": N_("another line of this order cannot be taken; an order comes whole or not at all"),
    "token": N_("{column}: this identifier is no longer known; write it out"),
    "batch": N_(
        "{column}: the row comes from import '{value}', the first one from another; bring them back one by one"
    ),
}


def stage_rejects(staging: Staging, source: Source, mapping: Mapping, identified: list[Identified]) -> None:
    """Staging tables ``reject(row_number, column_name, reason, raw)``, reason being JSON {template, values};
    ``reject_identifier``; ``reject_day``, the days of spend that rows set aside name; and ``returned_row``, the numbers
    of rows that come back and are taken."""
    staging.cursor.execute("create table reason (problem varchar, template varchar)")
    staging.cursor.executemany("insert into reason values (?, ?)", list(REASONS.items()))
    staging.cursor.execute("create table culprit (field varchar, column_name varchar)")
    names = {meaning: column for column, meaning in reversed(list(mapping.columns.items()))}
    if names:
        staging.cursor.executemany("insert into culprit values (?, ?)", list(names.items()))
    of_identifier = f"list_contains({list(IDENTIFIER_TYPES)}, p.culprit)"
    value = (
        f"case when p.problem in ('sign', 'currencies') then p.culprit_text"  # codes of currencies that we know
        f" when {of_identifier} then {hidden('p.culprit_text')} else {shown_value('p.culprit_text')} end"
    )
    staging.cursor.execute(
        f"""
        create table reject as
        select coalesce(n, 0) as row_number, coalesce(c.column_name, nullif(p.culprit, '')) as column_name,
            json_object('template', r.template, 'values', json_object(
                'column', coalesce(c.column_name, p.culprit), 'value', {value},
                'width', cast($width as integer))) as reason,
            coalesce(p.raw, '') as raw
        from numbered p join reason r using (problem) left join culprit c on c.field = p.culprit
        where p.problem is not null and p.problem <> $total
        order by n
        """,  # noqa: S608  (an expression of ours)
        {"width": len(own_header(source.dialect.header)), "total": TOTAL},
    )
    day = "date" if mapping.kind == "spend" else "cast(null as date)"
    staging.cursor.execute(
        f"create table reject_day as select distinct {day} as day from numbered"  # noqa: S608  (a column of ours)
        f" where problem is not null and problem <> $total and {day} is not null",
        {"total": TOTAL},
    )
    separate_identifiers_set_aside(staging, identified)
    taken = "problem is null" if is_returned(source.dialect.header) else "false"
    staging.cursor.execute(f"create table returned_row as select distinct n as row_number from numbered where {taken}")  # noqa: S608


def rejects(ws: Workspace, batch_id: int) -> list[dict[str, Any]]:
    """Rows a batch set aside: row_number, column, reason (Message), raw (a line of CSV, identifiers masked), settled_by
    (the batch that brought the row in after all, or None). Raises BadInput where there is no such batch."""
    if not ws.rows("select 1 from batch where batch_id = $batch", {"batch": batch_id}):
        raise BadInput(N_("there is no batch {batch}; see the history of imports (omnidash batches)"), batch=batch_id)
    rows = ws.rows(
        "select row_number, column_name, reason, raw, settled_by from reject where batch_id = $batch"
        " order by row_number, raw",
        {"batch": batch_id},
    )
    return [
        {"row_number": n, "column": column, "reason": message_of(reason), "raw": raw, "settled_by": settled_by}
        for n, column, reason, raw, settled_by in rows
    ]


def unsettled(cursor: Any, origin: Origin | None, returned: Sequence[int]) -> int:
    """How many rows set aside by the origin (or by the import whose corrected rows that one brought) are among those
    that come back and did not come before."""
    if origin is None or not returned:
        return 0
    rows = cursor.execute(
        "select count(distinct row_number) from reject"
        " where batch_id = $batch and settled_by is null and list_contains($returned, row_number)",
        {"batch": origin.batch_id, "returned": list(returned)},
    ).fetchall()
    return int(rows[0][0])


def settle(cursor: Any, batch_id: int, origin: Origin | None, returned: Sequence[int]) -> None:
    """Mark rows that batch ``batch_id`` has brought in after all, at its origin and wherever that one's came from."""
    place = origin.batch_id if origin else None
    while place is not None and returned:
        cursor.execute(
            "update reject set settled_by = $by"
            " where batch_id = $batch and settled_by is null and list_contains($returned, row_number)",
            {"by": batch_id, "batch": place, "returned": list(returned)},
        )
        place = cursor.execute("select settles from batch where batch_id = $batch", {"batch": place}).fetchall()[0][0]


def reject_file(ws: Workspace, batch_id: int, say: Callable[[Message], str], *, settled: bool = False) -> str:
    """The rows a batch set aside as CSV, to be corrected and imported again: our three columns, then the export's own.
    ``say`` puts a reason into words. Rows that came in since are left out unless ``settled``. Write it with a BOM
    (``utf-8-sig``), for spreadsheets."""
    stored = ws.rows("select mapping from batch where batch_id = $batch", {"batch": batch_id})
    rows = [row for row in rejects(ws, batch_id) if settled or row["settled_by"] is None]
    header = json.loads(stored[0][0]).get("header", [])
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *map(guarded, header)])
    for row in rows:
        cells = next(csv.reader(io.StringIO(row["raw"], newline="")), [])
        writer.writerow([batch_id, row["row_number"], guarded(say(row["reason"])), *map(guarded, cells)])
    return text.getvalue()
