"""From text cells to typed rows: the staging table ``parsed``.

Columns of ``parsed``: one per mapped field of the kind (typed, null where blank), ``value0`` … per identifier column
(as it is; in memory only), ``key`` (64-bit hash of the row's content, or of an event's own id), ``day`` of events
(local to the workspace), ``address`` (which page, referrer and tags), and of rows not taken ``problem``, ``culprit``
(field), ``culprit_text`` and ``raw``. Read rows from the view ``numbered``: it has ``n``, the row number as a
spreadsheet shows it, and all fields of the kind; or from the view ``with_ids``, which has ids ``id0`` … of ``hashed0``
… instead of values, and the key of rows that are known by theirs.

Numbers straight from a file are ``rowid + first_row``: DuckDB keeps the order of a file through a parallel read, so
numbering costs nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from omnidash.identity.hashing import pads
from omnidash.ingest.customer_spaces import Spaces
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.reader import RawTable, Source, count_flaws, may_be_straight, opened
from omnidash.ingest.reading.totals import FOOTER_ROW, LIKE_CELL, NEAR_CELL, TOTAL_CELL, TOTAL_ROW
from omnidash.ingest.rows.cells import install, zone_params
from omnidash.ingest.rows.identifiers import hash_identifiers, recall_identifiers
from omnidash.ingest.rows.kept_text import clear_texts
from omnidash.ingest.rows.notes import skip_notes
from omnidash.ingest.rows.plan import TOTAL, Identified, Plan, hash_64, identifiers_of, linked_pairs
from omnidash.ingest.rows.row_text import find_told_texts, texts
from omnidash.ingest.rows.totals import skip_totals
from omnidash.ingest.rows.worth import refuse_mixed_orders, sign_params
from omnidash.ingest.work import Work
from omnidash.model.messages import N_, Message
from omnidash.store.settings import currencies
from omnidash.store.workspace import Staging, Workspace

__all__ = ["TOTAL", "Identified", "Parsed", "drop_parsed", "hash_64", "linked_pairs", "parse"]

_FUTURE = timedelta(days=2 * 366)  # beyond it no row can be meant: plans reach a year ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """The file's identifier columns, and the statement that makes view ``with_ids`` once ``numbered`` stands.
    ``number``: SQL of the number of a row of ``parsed``; ``unclosed``: numbers of rows with a quote that does not
    close."""

    identified: list[Identified]
    with_ids: str
    number: str
    unclosed: tuple[int, ...]


def parse(
    ws: Workspace,
    staging: Staging,
    source: Source,
    mapping: Mapping,
    work: Work | None = None,
    *,
    spaces: Spaces | None = None,
) -> Parsed:
    """Fill ``parsed``, ``numbered``, ``hashed0`` … and ``identifier`` of the staging database. ``spaces``: whose
    the identifiers of the file are."""
    with opened(ws, staging, source, mend=not may_be_straight(source)) as raw:
        plan = _parse(ws, staging, source, raw, mapping, work or Work(), spaces or Spaces())
    if plan is None:  # a row that does not fit was met: once more, mended
        with opened(ws, staging, source, mend=True) as raw:
            plan = _parse(ws, staging, source, raw, mapping, work or Work(), spaces or Spaces())
    if plan is None:
        raise AssertionError("mended rows always fit")
    return Parsed(
        identified=plan.identified,
        with_ids=plan.view_with_ids(),
        number=plan.number,
        unclosed=plan.raw.unclosed,
    )


def _parse(
    ws: Workspace, staging: Staging, source: Source, raw: RawTable, mapping: Mapping, work: Work, spaces: Spaces
) -> Plan | None:
    """None where DuckDB met a row it cannot read straight; the tables then hold nothing that counts."""
    install(staging.cursor)
    identified = identifiers_of(source, mapping)
    plan = Plan(source, raw, mapping, identified, ws.settings.country, by_row=spaces.by_row, event_key=ws.event_key)
    params: dict[str, Any] = {
        **raw.params,
        **plan.constants,
        **zone_params("zone", mapping.timezone or ws.settings.timezone),
        **zone_params("day_zone", ws.settings.timezone),
        "day_order": mapping.date_order or "undecided",
        "decimal_comma": mapping.decimal_comma,
        "width": raw.width,
        "currencies": sorted(currencies()),
        **sign_params(ws, mapping),
        "latest": datetime.now(UTC).replace(tzinfo=None) + _FUTURE,
        "delimiter": source.dialect.delimiter,
        "total_row": TOTAL_ROW,
        "total_cell": TOTAL_CELL,
        "like_cell": LIKE_CELL,
        "near_cell": NEAR_CELL,
        "footer_row": FOOTER_ROW,
        "returned_batch": str(plan.returned.batch_id) if plan.returned else "",
    }
    staging.cursor.execute("drop view if exists numbered")
    staging.cursor.execute("drop table if exists parsed")
    statement = plan.statement()
    bound = _needed(statement, params)
    work.run(staging.cursor, statement, bound, start=0.15, end=0.4, message=Message(N_("reading rows")))
    if not raw.is_mended and count_flaws(staging) > 0:
        return None
    work.at(0.4, Message(N_("checking rows")))
    skip_totals(staging, mapping, plan.number, header=plan.header, is_asked=plan.returned is None)
    skip_notes(staging, plan.number)
    key_pads = pads(ws.key)
    params |= key_pads
    hash_identifiers(staging, plan, key_pads, work, spaces)
    _write_texts(ws, staging, plan, params)
    if mapping.kind == "orders" and not mapping.is_refunds:
        refuse_mixed_orders(staging, mapping)
        if _has_part_orders(staging):
            _refuse_part_orders(ws, staging, plan, params)
    clear_texts(staging, mapping, key_pads)
    staging.cursor.execute(plan.view())
    if plan.returned:
        recall_identifiers(ws, staging, identified)
    for i in identified:
        for column in ("hash", "hint"):  # in memory twice; from here on only the ids are asked for
            staging.cursor.execute(f"alter table hashed{i.position} drop column {column}")
    return plan


def drop_parsed(staging: Staging, identified: list[Identified]) -> None:
    """Forget the rows as they were read: half of the memory of an import, which writing the staged ones has use for."""
    for view in ("with_ids", "numbered"):
        staging.cursor.execute(f"drop view if exists {view}")
    for table in ("parsed", *(f"hashed{i.position}" for i in identified)):
        staging.cursor.execute(f"drop table if exists {table}")


def _needed(statement: str, params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if f"${name}" in statement}


def _write_texts(ws: Workspace, staging: Staging, plan: Plan, params: dict[str, Any], table: str = "parsed") -> None:
    """Column ``raw`` of the rows that have one; column ``said``, of which it is made, goes."""
    if staging.cursor.execute(f"select 1 from {table} where said is not null limit 1").fetchall():  # noqa: S608  (ours)
        find_told_texts(ws, staging, plan, table)
        for statement in texts(plan, table):
            staging.cursor.execute(statement, _needed(statement, params))
    staging.cursor.execute(f"alter table {table} drop column said")


def _has_part_orders(staging: Staging) -> bool:
    """Whether some lines of an order are set aside and others are not."""
    return bool(staging.cursor.execute(f"select 1 from parsed where {_IS_LEFT} limit 1", {"total": TOTAL}).fetchall())  # noqa: S608


def _refuse_part_orders(ws: Workspace, staging: Staging, plan: Plan, params: dict[str, Any]) -> None:
    """An order of which one line cannot be read is set aside with all of its lines: with fewer it would be worth less,
    and its corrected lines could not be told from a new version of it. Their texts are read once more."""
    statement = plan.statement("again", keeps_text=True)
    staging.cursor.execute(statement, _needed(statement, params))
    _write_texts(ws, staging, plan, params, "again")
    staging.cursor.execute(
        f"""
        update parsed set problem = coalesce(problem, 'order'), culprit = coalesce(culprit, 'order_id'), raw = again.raw
        from (select rowid as place, raw from again) again where again.place = parsed.rowid and {_IS_LEFT}
        """,  # noqa: S608  (a condition of ours)
        {"total": TOTAL},
    )
    staging.cursor.execute("drop table again")


_IS_LEFT = """
    parsed.raw is null and problem is distinct from $total and order_id in (
        select order_id from parsed where problem <> $total and order_id is not null)
"""
