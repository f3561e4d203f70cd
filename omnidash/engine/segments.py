"""Saved segments of a workspace: definitions by name, computed on whatever the data is now."""

import json
from datetime import UTC, datetime

import polars as pl

from omnidash.engine.held import parts_of
from omnidash.journeys.arrays import Bools, Int64s
from omnidash.journeys.segments import FunnelSegment, members, segment_of
from omnidash.journeys.table import Journeys
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.store import Workspace

MAX_NAME = 60


def saved_segments(workspace: Workspace) -> dict[str, FunnelSegment]:
    """The saved segments by name, in order of their names."""
    rows = workspace.rows("select name, definition from segment order by name")
    return {name: segment_of(json.loads(definition)) for name, definition in rows}


def save_segment(workspace: Workspace, name: str, segment: FunnelSegment) -> str:
    """Save under a name, in place of what was saved under it before; returns the name as it is kept.

    Raises WrongUse where the name is blank or too long.
    """
    kept = " ".join(name.split())
    if not 0 < len(kept) <= MAX_NAME:
        raise WrongUse(N_("A segment needs a name of at most {limit} characters."), limit=MAX_NAME)
    with workspace.writing("segment", changes="settings") as cursor:
        cursor.execute(
            "insert or replace into segment values ($name, $definition, $now)",
            {
                "name": kept,
                "definition": json.dumps(segment.as_json()),
                "now": datetime.now(UTC).replace(tzinfo=None),
            },
        )
    return kept


def drop_segment(workspace: Workspace, name: str) -> None:
    """Forget a segment; its persons stay what they are."""
    with workspace.writing("segment", changes="settings") as cursor:
        cursor.execute("delete from segment where name = $name", {"name": name})


def members_of(
    workspace: Workspace, journeys: Journeys, segment: FunnelSegment, *, persons: pl.DataFrame | None = None
) -> Bools:
    """bool[P]: who of the journey table belongs to a segment. ``persons`` as in ``held.parts_of``."""
    parts = {held: parts_of(workspace, journeys, held, persons=persons) for held in sorted(segment.holds)}
    return members(journeys, segment, parts)


def identifiers_of(workspace: Workspace, person_ids: Int64s, *, persons: pl.DataFrame | None = None) -> pl.DataFrame:
    """Persons as they may be shown: [person Int64, identifier_id Int64, type String, hint String], in the given order.

    The identifier is the person's most telling one, masked; null for a purchase that names nobody. ``persons`` as in
    ``journeys_under`` where the ids are of other persons than the workspace's.
    """
    whose = "person" if persons is None else "hypothetical_person"
    wanted = pl.DataFrame({"person": person_ids}, schema={"person": pl.Int64}).with_row_index("place")
    with workspace.reading() as cursor:
        cursor.register("wanted_person", wanted)
        if persons is not None:
            cursor.register("hypothetical_person", persons)
        try:
            return cursor.sql(
                f"""
                with known as (
                    select w.place, w.person, i.identifier_id, i.type, i.hint,
                        row_number() over (partition by w.place order by i.trust = 'strong' desc, i.type, i.hint,
                            i.identifier_id) as position
                    from wanted_person w
                    left join {whose} p on p.person_id = w.person
                    left join identifier i using (identifier_id)
                )
                select cast(person as bigint) as person, cast(identifier_id as bigint) as identifier_id, type, hint
                from known where position = 1 order by place
                """  # noqa: S608  (a name of ours)
            ).pl()
        finally:
            cursor.unregister("wanted_person")
            if persons is not None:
                cursor.unregister("hypothetical_person")
