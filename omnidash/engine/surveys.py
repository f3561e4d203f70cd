"""Answers to surveys: events of action ``survey`` with a score of 0 to 10 among their properties."""

import polars as pl

from omnidash.store import Workspace

SURVEY = "survey"

_ANSWERS = """
    select cast(p.person_id as bigint) as person, cast(epoch_us(e.ts) as bigint) as ts, cast(e.day as date) as day,
        cast(json_extract_string(e.properties, '$.score') as double) as score
    from event e left join {persons} p on p.identifier_id = e.identifier_id
    where e.action = $survey and cast(json_extract_string(e.properties, '$.score') as double) between 0 and 10
    order by e.ts, e.event_id
"""


def answers(workspace: Workspace, persons: pl.DataFrame | None = None) -> pl.DataFrame:
    """[person Int64 (null: nobody known), ts Int64 microseconds UTC, day Date, score Float64], in order of time.
    ``persons``: [identifier_id, person_id] of another identity level; the workspace's where left out."""
    with workspace.reading() as cursor:
        if persons is not None:
            cursor.register("other_person", persons)
        sql = _ANSWERS.format(persons="person" if persons is None else "other_person")
        return cursor.sql(sql, params={"survey": SURVEY}).pl()
