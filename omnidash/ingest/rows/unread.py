"""Figures that are no numbers: left out of their rows, which are taken, and counted.

An example is shown where it is a short number with something around it (``1.2 mil``); other texts may hold anything.
"""

from omnidash.ingest.meaning.formula import CUMULATIVE, SUM
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.reader import Source
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging


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
    bare = N_("{column}: {count} cells are no numbers and are left out")
    shown = N_("{column}: {count} cells are no numbers and are left out, such as '{example}'")
    return [
        Message(shown if example else bare, {"column": column, "count": count, "example": example})
        for column, count, example in found
    ]
