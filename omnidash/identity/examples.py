"""A few persons worth looking at, chosen by the data: so that nobody has to know an identifier to see what OneID does.

They are shown by their masked hints. Of several that fit equally, the one with the shortest story is taken, and each
person is named once.
"""

from dataclasses import dataclass

import polars as pl

from omnidash.identity.at_level import Seen

MOST_CHANNELS, LONGEST_PATH, MOST_IDENTIFIERS = "most_channels", "longest_path", "most_identifiers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One person. ``why``: what it was chosen for; ``hint``: type and mask of the identifier that is easiest to
    recognise; ``path_touches``: touches up to the first goal event (0 without one)."""

    why: str
    identifier_id: int
    hint: str
    identifiers: int
    channels: int
    events: int
    path_touches: int


_STORIES = """
    with mine as (
        select p.person_id, e.channel, e.ts, e.is_touch, e.action = $goal as is_goal
        from event e join person p using (identifier_id)),
    first_goal as (select person_id, min(ts) as ts from mine where is_goal group by person_id),
    story as (
        select m.person_id, count(distinct m.channel) as channels, count(*) as events,
            count(*) filter (m.is_touch and m.ts <= g.ts) as path_touches
        from mine m left join first_goal g using (person_id) group by m.person_id),
    sized as (select person_id, count(*) as identifiers from person group by person_id)
    select person_id, identifiers, channels, events, path_touches
    from story join sized using (person_id)
"""
_FIRST_OF: dict[str, tuple[str, ...]] = {  # largest first; then the shortest story
    MOST_CHANNELS: ("channels", "buys"),
    LONGEST_PATH: ("path_touches",),
    MOST_IDENTIFIERS: ("identifiers", "channels"),
}
_FACE = """
    select i.identifier_id, i.type || ' ' || i.hint from person p join identifier i using (identifier_id)
    where p.person_id = $person
    order by coalesce(list_position(['phone', 'email', 'member_id', 'customer_id'], i.type), 9), i.identifier_id limit 1
"""


def examples(ws: Seen) -> tuple[Example, ...]:
    """At most three persons: met on most channels, longest path to a goal event, most identifiers."""
    stories = ws.frame(_STORIES, {"goal": ws.settings.goal}).with_columns(buys=pl.col("path_touches") > 0)
    found: list[Example] = []
    for why, largest in _FIRST_OF.items():
        order = [*largest, "events", "person_id"]
        story = stories.sort(order, descending=[name in largest for name in order]).head(1)
        if story.is_empty() or (why == LONGEST_PATH and not story["path_touches"][0]):
            continue
        stories = stories.join(story, on="person_id", how="anti")
        identifier_id, hint = ws.rows(_FACE, {"person": story["person_id"][0]})[0]
        counts = story.select("identifiers", "channels", "events", "path_touches").row(0, named=True)
        found.append(Example(why=why, identifier_id=identifier_id, hint=hint, **counts))
    return tuple(found)
