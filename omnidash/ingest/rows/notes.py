"""Which rows are notes below the table? Judged by where they stand, after each row was judged by itself.

Below the last row that is taken, or has a time of its own, exports say who made them, when, under which conditions, and
what all of it comes to. Such a row is no row and is counted with the totals:

    a single cell of words      below a blank line, or below a row that is a note by its words (``FOOTER_ROW``)
    ``Date Range:,2026-07-01``  a label with a colon and what it says, below a blank line
    a row half empty            below a row that is a note by its words, or by its colon
    a table of its own          a row of words and rows as short as it: ``总交易单数,订单总金额`` above ``5,48.00``
"""

from dataclasses import dataclass

from omnidash.ingest.reading.header import filled, is_heading, is_value, width_of
from omnidash.ingest.reading.totals import CELL_MARK, is_footer
from omnidash.ingest.rows.totals import TOTAL
from omnidash.store.workspace import Staging

_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """``cells`` in lower case; ``is_skipped``: known as a total or note."""

    number: int
    is_skipped: bool
    cells: list[str]


def skip_notes(staging: Staging, number: str) -> None:
    """Mark the notes of ``parsed``; its columns ``summing`` and ``line`` go. ``number``: SQL for a row's number."""
    notes = _notes(*_below(staging, number))
    if notes:
        staging.cursor.execute(
            f"""
            update parsed set problem = $total, culprit = '', culprit_text = null
            where list_contains($notes, {number})
            """,  # noqa: S608  (a number)
            {"total": TOTAL, "notes": notes},
        )
    staging.cursor.execute("alter table parsed drop column summing")
    staging.cursor.execute("alter table parsed drop column line")


def _below(staging: Staging, number: str) -> tuple[int, list[_Row]]:
    """The number of the last row of the table, and the rows below it; none where they are many."""
    odd = "select 1 from parsed where problem is not null and line is not null limit 1"
    if not staging.cursor.execute(odd).fetchall():
        return 0, []
    taken = "problem is null or line is null"
    last = staging.cursor.execute(f"select max({number}) from parsed where {taken}").fetchall()[0][0]  # noqa: S608
    rows = staging.cursor.execute(
        f"select {number}, problem = $total, line from parsed where {number} > $last order by 1 limit {_MOST + 1}",  # noqa: S608
        {"total": TOTAL, "last": last or 0},
    ).fetchall()
    found = [_Row(number=n, is_skipped=skipped, cells=line.split(CELL_MARK)[1:-1]) for n, skipped, line in rows]
    return last or 0, found if last and len(found) <= _MOST else []


def _notes(last: int, rows: list[_Row]) -> list[int]:
    notes: list[int] = []
    is_apart = is_below_note = False
    for place, row in enumerate(rows):
        is_apart = is_apart or row.number > last + 1
        last, told = row.number, filled(row.cells)
        words = next((cell for cell in row.cells if cell.strip()), "")
        if row.is_skipped:
            is_below_note = is_below_note or (told == 1 and is_footer(words))
        elif _is_table([below.cells for below in rows[place:]]):
            return notes + [below.number for below in rows[place:]]
        elif told == 1:
            notes += [row.number] if (is_apart or is_below_note) and any(map(str.isalpha, words)) else []
        elif is_apart and words.rstrip().endswith((":", "：")) and 2 * told <= len(row.cells):
            notes.append(row.number)
            is_below_note = True
        elif is_below_note and 2 * told <= len(row.cells):
            notes.append(row.number)
    return notes


def _is_table(rows: list[list[str]]) -> bool:
    """Whether rows are a header and what stands below it, and shorter than the table above."""
    width = width_of(rows[0])
    return (
        1 < width < len(rows[0])
        and len(rows) > 1
        and all(width_of(row) == width for row in rows)
        and is_heading(rows[0][:width])
        and any(is_value(cell.strip("` ")) for cell in rows[1][:width])
    )
