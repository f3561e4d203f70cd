"""Which import says which row, so that imports can be undone in any order.

The workspace is what its imports say, read in their order: of several that speak of one row, the last one counts. A
row's content stands under the import that said it first; who says the same later is noted as ``duplicate``, who says
that the row is no more as ``absent``. A content that a later import replaced stands in ``…_restated`` under it. An
import that repeats another one of the same file in all rows notes nothing but its ``twin_of``.
"""

import json
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.row_links import has_own_keys, move_links_of_stale_rows
from omnidash.ingest.rows.parse import Identified
from omnidash.ingest.tables import COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An import of the very same bytes that is in use. ``channel``: the one given for the whole file, if any."""

    batch_id: int
    file: str
    imported_at: datetime
    is_same_mapping: bool
    has_slots: bool
    channel: str | None


def earlier_imports(cursor: Any, sha256: str, mapping: Mapping, reading: AnyMapping[str, Any]) -> list[Earlier]:
    """Imports of the same bytes in use, the latest first. ``reading``: settings that say how the cells are read."""
    rows = cursor.execute(
        "select batch_id, file_name, imported_at, mapping from batch"
        " where file_sha256 = $sha256 and state = 'active' order by batch_id desc",
        {"sha256": sha256},
    ).fetchall()
    found = []
    for batch_id, file, imported_at, text in rows:
        stored = json.loads(text)
        other = Mapping.from_json(stored)
        found.append(
            Earlier(
                batch_id=batch_id,
                file=file,
                imported_at=imported_at,
                is_same_mapping=_meaning(other) == _meaning(mapping)
                and mapping.account in (None, other.account or "")
                and stored.get("reading", reading) == reading,
                has_slots=has_own_keys(other),
                channel=other.constants.get("channel"),
            )
        )
    return found


def twin_of(cursor: Any, earlier: Sequence[Earlier]) -> int | None:
    """The import of the same file that the judged one repeats in all rows, while nothing of it was replaced since."""
    if not earlier or not earlier[0].is_same_mapping or cursor.execute("select 1 from stale limit 1").fetchall():
        return None
    first = int(
        cursor.execute(
            "select coalesce(twin_of, batch_id) from batch where batch_id = $batch", {"batch": earlier[0].batch_id}
        ).fetchall()[0][0]
    )
    replaced = " union all ".join(
        f"select 1 from {place} where batch_id = $batch"  # noqa: S608  (table contracts)
        for place in (*(f"{table}_restated" for table in COLUMNS), "link_restated")
    )
    return None if cursor.execute(f"select * from ({replaced}) limit 1", {"batch": first}).fetchall() else first  # noqa: S608


def note(cursor: Any, batch_id: int) -> None:
    """Note what the judged import says of rows that it does not write itself."""
    batch = {"batch": batch_id}
    cursor.execute("insert into duplicate select subject, key, $batch, row_number from kept", batch)
    cursor.execute("insert into absent select distinct subject, key, $batch from gone", batch)


def move_links(
    cursor: Any,
    staged: str,
    batch_id: int,
    ended: Sequence[Earlier],
    identified: Sequence[Identified],
    *,
    has_slots: bool,
) -> None:
    """Move away the links that end with the judged import. Links of rows with ids of their own are known row by row
    (``row_links``); those of other files stand for all of their rows, and go when the file is imported with another
    mapping."""
    whole = [e.batch_id for e in ended if not e.has_slots]
    if whole:
        params = {"batch": batch_id, "whole": whole}
        cursor.execute(
            "insert into link_restated select $batch, null, a, b, batch_id, row_number from link"
            " where list_contains($whole, batch_id)",
            params,
        )
        cursor.execute("delete from link where list_contains($whole, batch_id)", {"whole": whole})
    if has_slots or len(whole) < len(ended):
        move_links_of_stale_rows(cursor, staged, batch_id, identified, is_reread=bool(ended))


def make_twin_speak(cursor: Any, batch_id: int) -> None:
    """Before ``batch_id`` is undone: its first twin notes for itself what it had only repeated."""
    twins = cursor.execute(
        "select batch_id from batch where twin_of = $batch and state = 'active' order by batch_id", {"batch": batch_id}
    ).fetchall()
    if not twins:
        return
    heir = int(twins[0][0])
    both = {"batch": batch_id, "heir": heir}
    for table in COLUMNS:
        for place in (table, f"{table}_restated"):
            cursor.execute(
                f"insert into duplicate select '{table}', {table}_id, $heir, row_number from {place}"  # noqa: S608
                " where batch_id = $batch",
                both,
            )
    for place, columns in (("duplicate", "subject, key, $heir, row_number"), ("absent", "subject, key, $heir"),
                           ("link", "a, b, $heir, row_number"),
                           ("link_restated", "by_batch_id, event_id, a, b, $heir, row_number")):  # fmt: skip
        cursor.execute(f"insert into {place} select {columns} from {place} where batch_id = $batch", both)  # noqa: S608
    cursor.execute("update reject set settled_by = $heir where settled_by = $batch", both)
    cursor.execute("update batch set twin_of = case when batch_id > $heir then $heir end where twin_of = $batch", both)


def _meaning(mapping: Mapping) -> dict[str, Any]:
    """What a mapping makes of the file's rows: not what it is called, nor what becomes of rows of other files."""
    others = ("profile", "missing_campaigns", "is_other_sales", "account")
    return {f.name: getattr(mapping, f.name) for f in fields(Mapping) if f.name not in others}
