"""Rows that are set aside, each with its row number, the column at fault, the reason and its text."""

from typing import Any

from omnidash.ingest.history import message_of
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.reader import Source
from omnidash.ingest.rows.parse import TOTAL
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Staging, Workspace

REASONS = {
    "cells": N_("the row has {value} cells, the header has {width}"),
    "missing": N_("{column} is missing"),
    "time": N_("{column}: '{value}' is no date or time we can read"),
    "day": N_("{column}: '{value}' is no date we can read"),
    "amount": N_("{column}: '{value}' is no number"),
    "count": N_("{column}: '{value}' is no number"),
    "range": N_("{column}: '{value}' is not within three years from the first day on"),
    "currency": N_("{column}: currency '{value}' is unknown; expected an ISO 4217 code such as EUR"),
}


def stage_rejects(staging: Staging, source: Source, mapping: Mapping) -> None:
    """Staging table ``reject(row_number, column_name, reason, raw)``; reason is JSON {template, values}."""
    staging.cursor.execute("create table reason (problem varchar, template varchar)")
    staging.cursor.executemany("insert into reason values (?, ?)", list(REASONS.items()))
    staging.cursor.execute("create table culprit (field varchar, column_name varchar)")
    names = [(meaning, column) for column, meaning in mapping.columns.items()]
    if names:
        staging.cursor.executemany("insert into culprit values (?, ?)", names)
    staging.cursor.execute(
        """
        create table reject as
        select n as row_number, coalesce(c.column_name, nullif(p.culprit, '')) as column_name,
            json_object('template', r.template, 'values', json_object(
                'column', coalesce(c.column_name, p.culprit), 'value', coalesce(p.culprit_text, ''),
                'width', cast($width as integer))) as reason,
            coalesce(p.raw, '') as raw
        from numbered p join reason r using (problem) left join culprit c on c.field = p.culprit
        where p.problem is not null and p.problem <> $total
        order by n
        """,
        {"width": len(source.dialect.header), "total": TOTAL},
    )


def rejects(ws: Workspace, batch_id: int) -> list[dict[str, Any]]:
    """Rows a batch set aside: row_number, column, reason (Message), raw (identifier cells masked)."""
    if not ws.rows("select 1 from batch where batch_id = $batch", {"batch": batch_id}):
        raise BadInput(N_("there is no batch {batch}; see the list of batches"), batch=batch_id)
    rows = ws.rows(
        "select row_number, column_name, reason, raw from reject where batch_id = $batch order by row_number",
        {"batch": batch_id},
    )
    return [
        {"row_number": n, "column": column, "reason": message_of(reason), "raw": raw} for n, column, reason, raw in rows
    ]
