"""Everything the workspace knows about one person, as tables: for a person who asks, as JSON or as files.

What it knows is what rows say; raw identifiers are not among it, so those appear as type and masked hint. Who the
person is at the workspace's level counts. Rows that a later import replaced, rows set aside and decisions are told too.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from omnidash.identity.at_level import Seen
from omnidash.identity.meant import identifier_meant
from omnidash.store.workspace import Workspace

_OF_PERSON = "identifier_id in (select unnest($members))"
_TABLES: dict[str, str] = {
    "identifiers": f"""
        select identifier_id, type, hint, trust, blocked from identifier where {_OF_PERSON} order by type, hint
    """,  # noqa: S608  (a condition of ours)
    "events": f"""
        select e.ts, e.day, e.channel, e.raw_channel, e.campaign, e.action, s.stage, e.is_touch, e.content_id, e.page,
            e.store_id, e.order_id, e.revenue, e.currency, cast(e.properties as varchar) as properties,
            i.type || ' ' || i.hint as identifier, b.file_name as file, e.row_number, e.batch_id
        from (select * from event where {_OF_PERSON}) e
        join identifier i using (identifier_id) join batch b using (batch_id) left join stage s on s.action = e.action
        order by e.ts, e.event_id
    """,  # noqa: S608
    "replaced_events": f"""
        select e.ts, e.day, e.channel, e.raw_channel, e.campaign, e.action, e.is_touch, e.content_id, e.page,
            e.store_id, e.order_id, e.revenue, e.currency, cast(e.properties as varchar) as properties,
            i.type || ' ' || i.hint as identifier, b.file_name as file, e.row_number, e.batch_id, e.by_batch_id
        from (select * from event_restated where {_OF_PERSON}) e
        join identifier i using (identifier_id) join batch b using (batch_id)
        order by e.ts, e.event_id
    """,  # noqa: S608
    "order_lines": f"""
        select l.order_id, l.sku, l.item, l.quantity, l.unit_price, l.amount, l.currency, b.file_name as file,
            l.row_number
        from order_line l join batch b using (batch_id)
        where l.event_id in (select event_id from event where {_OF_PERSON})
        order by l.order_id, l.row_number, l.order_line_id
    """,  # noqa: S608
    "replaced_order_lines": f"""
        select l.order_id, l.sku, l.item, l.quantity, l.unit_price, l.amount, l.currency, b.file_name as file,
            l.row_number, l.batch_id, l.by_batch_id
        from order_line_restated l join batch b using (batch_id)
        where l.event_id in (select event_id from event where {_OF_PERSON})
            or (l.event_id, l.by_batch_id) in (select (event_id, by_batch_id) from event_restated where {_OF_PERSON})
        order by l.by_batch_id, l.order_id, l.row_number, l.order_line_id
    """,  # noqa: S608
    "links": """
        select a.type || ' ' || a.hint as a, b.type || ' ' || b.hint as b, f.file_name as file, l.row_number, l.batch_id
        from link l join identifier a on a.identifier_id = l.a join identifier b on b.identifier_id = l.b
        join batch f using (batch_id)
        where l.a in (select unnest($members)) or l.b in (select unnest($members))
        order by l.batch_id, l.row_number, a, b
    """,
    "links_by_likeness": """
        select a.type || ' ' || a.hint as a, b.type || ' ' || b.hint as b, p.weight, p.probability, p.file_name as file
        from probable_link p join identifier a on a.identifier_id = p.a join identifier b on b.identifier_id = p.b
        where p.a in (select unnest($members)) or p.b in (select unnest($members))
        order by a, b
    """,
    "rows_set_aside": """
        select r.batch_id, b.file_name as file, r.row_number, r.column_name as column, r.raw
        from reject r join batch b using (batch_id)
        where r.rowid in (
            select row from (
                select rowid as row, unnest(regexp_extract_all(raw, ' #([0-9a-f]{15})', 1)) as token from reject)
            where token in (select printf('%015x', unnest($members))))
        order by r.batch_id, r.row_number
    """,
    "decisions": """
        select decision_id, decided_at, decided_by, kind, reason from identity_decision
        where a in (select unnest($members)) or b in (select unnest($members)) order by decision_id
    """,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """``tables``: name -> rows as mappings; a table without rows is there and empty."""

    tables: Mapping[str, tuple[Mapping[str, Any], ...]]

    def as_json(self) -> str:
        """One JSON object, table by table; moments as ISO text in UTC, amounts as text."""
        return json.dumps(self.tables, default=_plain, ensure_ascii=False, indent=2)

    def as_csv(self) -> dict[str, str]:
        """File name -> text, one file per table that has rows. Write them with a BOM, for spreadsheets."""
        files = {}
        for name, rows in self.tables.items():
            if rows:
                text = io.StringIO(newline="")
                writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\r\n")
                writer.writeheader()
                writer.writerows({key: _plain(value) for key, value in row.items()} for row in rows)
                files[f"{name}.csv"] = text.getvalue()
        return files


def export_person(ws: Workspace, raw_identifier: str, *, kind: str | None = None) -> PersonRecord:
    """All about the person of an identifier. ``kind``: its type; raises BadInput as ``identifier_meant`` does."""
    return export_of(ws, identifier_meant(ws, raw_identifier, kind))


def export_of(ws: Workspace, identifier_id: int) -> PersonRecord:
    """The same for an identifier given by its id, as lists and pages have it."""
    members = members_of(ws, identifier_id)
    return PersonRecord(
        tables={name: tuple(ws.frame(query, {"members": members}).to_dicts()) for name, query in _TABLES.items()}
    )


def members_of(ws: Seen, identifier_id: int) -> list[int]:
    """Ids of all identifiers of the person of one; of that one alone where it is nobody's."""
    rows = ws.rows(
        """
        select identifier_id from person
        where person_id in (select person_id from person where identifier_id = $of)
        union select $of order by 1
        """,
        {"of": identifier_id},
    )
    return [row[0] for row in rows]


def is_of_a_person(ws: Seen, identifier_id: int) -> bool | None:
    """Whether a known identifier belongs to a person; None where it is known no more. Shared weak ones and blocked
    values belong to nobody."""
    found = ws.rows(
        """
        select identifier_id in (select identifier_id from person where identifier_id = $of)
        from identifier where identifier_id = $of
        """,
        {"of": identifier_id},
    )
    return bool(found[0][0]) if found else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@"):
        return "'" + value  # else a spreadsheet takes it for a formula
    return format(value, "f") if isinstance(value, Decimal) else value
