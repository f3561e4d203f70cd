"""Examples of what an import would do: rows added, restated (before and after), and there already.

Identifiers are shown as their masked hints; a row never shows a raw one, for it is not in any table.
"""

from typing import Any

from omnidash.ingest.result import SAMPLES, Sample
from omnidash.ingest.tables import COLUMNS

_HIDDEN = {
    "batch_id",
    "row_number",
    "raw_channel",
    "is_touch",
    "revenue_base",
    "cost_base",
    "range_first",
    "stated_cost",
    "stated_impressions",
    "stated_clicks",
    "stated_claimed_conversions",
    "stated_claimed_revenue",
    "stated_figures",
    "properties",
    "spread_days",
}


def added_samples(cursor: Any, staged: str, table: str) -> tuple[Sample, ...]:
    """The first rows that are new."""
    return _samples(
        cursor,
        staged,
        table,
        f"{staged}.{table} where {table}_id not in (select key from kept where subject = '{table}')"  # noqa: S608
        f" and {table}_id not in (select key from changed where subject = '{table}')",
    )


def duplicate_samples(cursor: Any, staged: str, table: str) -> tuple[Sample, ...]:
    """The first rows that are there and say the same."""
    return _samples(
        cursor,
        staged,
        table,
        f"{staged}.{table} where {table}_id in (select key from kept where subject = '{table}')",  # noqa: S608
    )


def restated_samples(cursor: Any, staged: str, table: str) -> tuple[Sample, ...]:
    """Rows that say something else than before, and what they said; then rows that are no more.

    The row before is the one with the same key, or with the same row number where the file was imported with another
    mapping.
    """
    key = f"{table}_id"
    of_table = f"where subject = '{table}'"
    new = _rows(cursor, staged, table, f"{staged}.{table} where {key} in (select key from changed {of_table})")  # noqa: S608
    old = _rows(cursor, staged, table, f"{table} where {key} in (select key from stale {of_table})")  # noqa: S608
    numbers = dict(cursor.execute(f"select key, row_number from ended {of_table}").fetchall())  # noqa: S608
    by_key = {row[0]: row for row in old}
    by_number = {numbers[row[0]]: row for row in old if row[0] in numbers}
    samples, used = [], set()
    for this, number, values in new:
        before = by_key.get(this) or by_number.get(number)
        used.add(before[0] if before else None)
        was = before[2] if before else {}
        changed = {name: was.get(name) for name in {**was, **values} if was.get(name) != values.get(name)}
        samples.append(Sample(row_number=number, values=values, before=changed if before else {}))
    samples += [Sample(row_number=0, values={}, before=row[2]) for row in old if row[0] not in used]
    return tuple(samples[:SAMPLES])


def _samples(cursor: Any, staged: str, table: str, rows: str) -> tuple[Sample, ...]:
    return tuple(Sample(row_number=n, values=values) for _, n, values in _rows(cursor, staged, table, rows))


def _rows(cursor: Any, staged: str, table: str, rows: str) -> list[tuple[int, int, dict[str, Any]]]:
    """(key, row number, what is told) of the first rows."""
    shown = [c for c in COLUMNS[table] if c not in _HIDDEN and c != f"{table}_id"]
    found = cursor.execute(
        f"select {table}_id, row_number, {', '.join(shown)} from {rows} order by row_number, {table}_id"  # noqa: S608
        f" limit {SAMPLES}"
    ).fetchall()
    hints = _hints(cursor, staged, [row[2 + shown.index("identifier_id")] for row in found]) if table == "event" else {}
    told = []
    for row in found:
        values = {name: value for name, value in zip(shown, row[2:], strict=True) if value is not None}
        if "identifier_id" in values:
            values["identifier"] = hints.get(values.pop("identifier_id"), "***")
        told.append((row[0], row[1], values))
    return told


def _hints(cursor: Any, staged: str, ids: list[int | None]) -> dict[int, str]:
    rows = cursor.execute(
        f"""
        select identifier_id, type || ' ' || hint from {staged}.identifier where list_contains($ids, identifier_id)
        union
        select identifier_id, type || ' ' || hint from identifier where list_contains($ids, identifier_id)
        """,  # noqa: S608  (the name of the staging)
        {"ids": [i for i in ids if i is not None]},
    ).fetchall()
    return dict(rows)
