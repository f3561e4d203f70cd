"""What rows that are taken lose: figures that are no numbers are left out, counts that are not whole are rounded.

Both are counted and said. An example is shown where it is a short number with something around it (``1.2 mil``); other
texts may hold anything.
"""

from omnidash.ingest.meaning.fields import field_of
from omnidash.ingest.meaning.formula import CUMULATIVE, SUM
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.reader import Source
from omnidash.model.messages import N_, Message, counted
from omnidash.store.workspace import Staging


def rounded_counts(staging: Staging, mapping: Mapping) -> list[Message]:
    """How many rows have a count that was not whole."""
    counts = {c for c, m in mapping.columns.items() if (f := field_of(mapping.kind, m)) and f.value == "count"}
    if not counts - set(mapping.multipliers):
        return []
    rows = staging.cursor.execute("select count(*) from parsed where problem is null and rounded").fetchall()[0][0]
    one = N_("1 row counts in parts (12.7 clicks): it is rounded to whole numbers")
    many = N_("{count} rows count in parts (12.7 clicks): they are rounded to whole numbers")
    return [Message(one if rows == 1 else many, {"count": rows})] if rows else []


def unread_figures(staging: Staging, source: Source, mapping: Mapping) -> list[Message]:
    """Which figures of the rows that are taken could not be read, and how often."""
    rules = [rule for column, rule in mapping.figures.items() if column in source.dialect.header]
    if not {SUM, CUMULATIVE} & set(rules):
        return []
    found = staging.cursor.execute(
        r"""
        with cells as (select unnest(unread) as cell from parsed where problem is null)
        select cell.figure, count(*),
            min(cell.said) filter (regexp_full_match(cell.said, '\D{0,4}\d[\d.,]{0,8}\D{0,4}'))
        from cells group by cell.figure order by cell.figure
        """
    ).fetchall()
    bare = (
        N_("{column}: 1 cell is no number and is left out"),
        N_("{column}: {count} cells are no numbers and are left out"),
    )
    shown = (
        N_("{column}: 1 cell is no number and is left out: '{example}'"),
        N_("{column}: {count} cells are no numbers and are left out, such as '{example}'"),
    )
    return [
        counted(*(shown if example else bare), count, column=column, example=example)
        for column, count, example in found
    ]
