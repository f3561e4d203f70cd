"""One file brought to the staging database: read, parsed, its labels resolved, its rows in the shape of their table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypedDict

from omnidash.ingest.batch import source_of
from omnidash.ingest.customer_spaces import Spaces, spaces_of
from omnidash.ingest.keep_out import keep_out
from omnidash.ingest.meaning.inspection import notes_of, settled
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.outcome import Counts
from omnidash.ingest.reading.reader import Source, look
from omnidash.ingest.row_links import has_own_keys
from omnidash.ingest.rows import events, order_lines, orders, reports, spend
from omnidash.ingest.rows.broken_off import breaks_off
from omnidash.ingest.rows.faults import LEFT_OUT
from omnidash.ingest.rows.labels import UnmappedLabel, resolve_actions, resolve_channels
from omnidash.ingest.rows.parse import TOTAL, Identified, parse
from omnidash.ingest.rows.rates import file_currency
from omnidash.ingest.rows.rejects import stage_rejects
from omnidash.ingest.rows.repeated import hide_repeated
from omnidash.ingest.rows.returned import Origin, origin_of
from omnidash.ingest.rows.statuses import StatusTaken, statuses_taken
from omnidash.ingest.rows.sums import sums
from omnidash.ingest.rows.totals import kept_notes
from omnidash.ingest.rows.traffic import reads_traffic, resolve_traffic
from omnidash.ingest.rows.unread import foreign_phones, rounded_counts, unread_figures, unread_identifiers
from omnidash.ingest.rows.worth import said_currency
from omnidash.ingest.work import Work
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace

_WORDS_SHOWN = 8
_TABLES = {"events": "event", "orders": "event", "spend": "spend", "reports": "report"}


class Numbers(TypedDict):
    """The five numbers into which the rows read fall."""

    added: int
    restated: int
    duplicates: int
    rejected: int
    skipped_totals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What staging has found out about a file. ``mapping``: with its date order decided; ``reading``: the settings by
    which its cells were read; ``origin`` and ``returned``: of rows that come back, their import and their numbers."""

    table: str
    mapping: Mapping
    reading: dict[str, str]
    origin: Origin | None
    returned: tuple[int, ...]
    has_slots: bool
    has_lines: bool
    identified: list[Identified]
    spaces: Spaces  # whose its identifiers are
    rows_read: int
    rejected: int
    skipped_totals: int
    repeated_in_file: int
    first_day: date | None
    last_day: date | None
    last_moment: datetime | None
    sums: dict[str, str]
    sums_by_currency: dict[str, dict[str, str]]
    warnings: tuple[Message, ...]
    statuses: tuple[StatusTaken, ...]
    breaks_off: bool  # whether the rows of the last day end long before those of all other days
    delivers: bool  # whether its days are delivered by it: reports and files of refunds say nothing of whole days


@contextmanager
def staged(
    ws: Workspace, path: Path, mapping: Mapping, name: str | None, work: Work
) -> Iterator[tuple[Staging, Source, Facts, list[UnmappedLabel]]]:
    work.at(0.0, Message(N_("looking at the file")))
    size = max(1, path.stat().st_size) if path.is_file() else 1
    source = look(
        path,
        name=name,
        progress=lambda done: work.at(min(0.15, 0.15 * done / size), Message(N_("looking at the file"))),
    )
    origin = origin_of(ws, source)
    missing = mapping.missing_fields()
    absent = [column for column in mapping.columns if column not in source.dialect.header]
    if absent:
        raise BadInput(
            N_("{file} has no column '{column}'; its columns are {columns}"),
            file=source.name,
            column=absent[0],
            columns=", ".join(source.dialect.header),
        )
    if missing:
        raise BadInput(
            N_("{file}: nothing says what its {field} is; map a column to it or give it for the whole file"),
            file=source.name,
            field=missing[0],
        )
    mapping = settled(ws, source, mapping)
    with ws.staging() as staging:
        spaces = spaces_of(ws, mapping, origin.source if origin else source_of(mapping, source))
        parsed = parse(ws, staging, source, mapping, work, spaces=spaces)
        identified = parsed.identified
        notes = said_currency(ws, staging, mapping, source.name)
        notes += [
            *_unclosed(parsed.unclosed),
            *unread_figures(staging, source, mapping),
            *rounded_counts(staging, mapping),
            *unread_identifiers(staging, source, identified),
            *foreign_phones(staging, source, identified, ws.settings.country),
        ]
        work.at(0.55, Message(N_("checking rows")))
        unmapped = (resolve_traffic if reads_traffic(mapping) else resolve_channels)(ws, staging, mapping)
        staging.cursor.execute(parsed.with_ids)
        notes += notes_of(ws, source, mapping) if origin is None else []
        if mapping.kind == "spend":
            notes += spend.stage_spend(ws, staging, mapping, source.name)
        elif mapping.kind == "reports":
            reports.stage_reports(ws, staging, mapping)
        elif mapping.kind == "orders":
            notes += orders.stage_orders(ws, staging, mapping, identified, source.name)
        else:
            unmapped += resolve_actions(ws, staging, mapping)
            events.stage_events(ws, staging, mapping, identified, source.name, work)
        notes = hide_repeated(ws, staging, mapping, identified, parsed.number, [*kept_notes(staging), *notes])
        notes = keep_out(ws, staging, mapping, identified, notes)
        stage_rejects(staging, source, mapping, identified)
        facts = _facts_of(ws, staging, source, mapping, reading_of(ws, mapping), origin, identified, notes, spaces)
        yield staging, source, facts, unmapped


def reading_of(ws: Workspace, mapping: Mapping) -> dict[str, str]:
    """The settings by which the cells of a file are read."""
    return {
        "timezone": mapping.timezone or ws.settings.timezone,
        "currency": file_currency(ws, mapping),
        "country": ws.settings.country,
    }


def _facts_of(
    ws: Workspace,
    staging: Staging,
    source: Source,
    mapping: Mapping,
    reading: dict[str, str],
    origin: Origin | None,
    identified: list[Identified],
    notes: list[Message],
    spaces: Spaces,
) -> Facts:
    table = _TABLES[mapping.kind]
    has_slots = has_own_keys(mapping)
    one = staging.cursor.execute(
        "select count(*), count(*) filter (problem = $total),"
        " count(*) filter (problem is not null and problem <> $total) from parsed",
        {"total": TOTAL},
    ).fetchall()[0]
    rows_read, totals, rejected = (int(v) for v in one)
    if mapping.kind == "orders":
        repeated = order_lines.repeated_lines(staging)
    elif has_slots:
        repeated = int(staging.cursor.execute("select count(*) from repeated where nth = 0").fetchall()[0][0])
    else:
        repeated = 0
    first: Any
    last: Any
    last_moment: Any
    if mapping.kind == "orders":
        first, last, last_moment = orders.span(staging, mapping)
    else:
        moment = "max(ts)" if table == "event" else "null"
        last_day = "last_day" if table == "report" else "day"
        first, last, last_moment = staging.cursor.execute(
            f"select min(day), max({last_day}), {moment} from {table}"  # noqa: S608  (two words of our own)
        ).fetchall()[0]
    found = sums(ws, staging, mapping)
    return Facts(
        table=table,
        mapping=mapping,
        reading=reading,
        origin=origin,
        returned=tuple(n for (n,) in staging.cursor.execute("select row_number from returned_row").fetchall()),
        has_slots=has_slots,
        has_lines=mapping.kind == "orders" and order_lines.has_lines(mapping),
        identified=identified,
        spaces=spaces,
        rows_read=rows_read,
        rejected=rejected,
        skipped_totals=totals,
        repeated_in_file=repeated,
        first_day=first,
        last_day=last,
        last_moment=last_moment,
        sums=found.totals,
        sums_by_currency=found.by_currency,
        warnings=(
            *source.scan.warnings,
            *notes,
            *_left_out(staging, mapping),
            *_nothing_taken(rows_read, rejected, totals),
        ),
        statuses=statuses_taken(staging, mapping),
        breaks_off=table == "event" and breaks_off(staging, ws.settings.zone),
        delivers=mapping.kind != "reports" and not mapping.is_refunds,
    )


def _unclosed(rows: Sequence[int]) -> list[Message]:
    """Rows with a quotation mark that does not close, of which nobody knows where the cell was meant to end."""
    if not rows:
        return []
    one = N_("row {rows}: a quotation mark opens and does not close; the row is read as if it were not there, check it")
    many = N_(
        "{count} rows have a quotation mark that opens and does not close; they are read as if it were not there, check"
        " them (row {rows})"
    )
    named = ", ".join(map(str, rows[:_WORDS_SHOWN])) + (" …" if len(rows) > _WORDS_SHOWN else "")
    return [Message(one if len(rows) == 1 else many, {"count": len(rows), "rows": named})]


def _left_out(staging: Staging, mapping: Mapping) -> list[Message]:
    """What rows were passed over because they say that they are none."""
    if not mapping.leaves_out:
        return []
    said = staging.cursor.execute(
        "select culprit_text, count(*) from parsed where problem = $total and culprit = $left_out"
        " group by culprit_text order by count(*) desc, culprit_text",
        {"total": TOTAL, "left_out": LEFT_OUT},
    ).fetchall()
    if not said:
        return []
    words = ", ".join(f"{text or '—'} ({count})" for text, count in said[:_WORDS_SHOWN])
    count = sum(count for _, count in said)
    one = N_("1 row is none of what the file is about and is left out: {words}")
    many = N_("{count} rows are none of what the file is about and are left out: {words}")
    return [Message(one if count == 1 else many, {"count": count, "words": words})]


def _nothing_taken(rows_read: int, rejected: int, totals: int) -> list[Message]:
    if rejected == 0 or rejected + totals < rows_read:
        return []
    return [Message(N_("no row of the file could be taken; its rows are set aside with their reasons"))]


def counted(counts: Counts, facts: Facts) -> Numbers:
    """The five numbers; that they add up to the rows read is checked on every import, not believed."""
    numbers: Numbers = {
        "added": counts.added,
        "restated": counts.restated,
        "duplicates": counts.duplicates + facts.repeated_in_file,
        "rejected": facts.rejected,
        "skipped_totals": facts.skipped_totals,
    }
    taken = numbers["added"] + numbers["restated"] + numbers["duplicates"]
    if taken + numbers["rejected"] + numbers["skipped_totals"] != facts.rows_read:
        raise AssertionError(f"rows do not add up: {numbers} of {facts.rows_read}")
    return numbers
