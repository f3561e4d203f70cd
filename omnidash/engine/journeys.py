"""The journey table of a workspace: built from the store once per data version, memory-mapped afterwards.

Revenue of a purchase is net on the order-date basis: gross plus the (negative) refunds matched to it (refunds.py). A
purchase without any identifier is a journey of its own, so that no revenue is lost; an anonymous touch belongs to
nobody and stays out (it is still counted in the traffic, which is summed in SQL).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from omnidash.engine.refunds import MATCHED
from omnidash.engine.stages import stage_table
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import REFUND_ACTION
from omnidash.store import Workspace

_SHAPE = 3  # rises when the table is made otherwise of the same data


def events_sql(
    *, steps: str = "", campaign: str = "e.campaign", joins: str = "", only: str = "true", persons: str = "person"
) -> str:
    """The query of the table's rows. The parts are SQL of ours: more steps after ``matched``, which campaign, joins to
    event ``e`` and person ``p``, which of the rows, and the table that says who is who."""
    return f"""
        with {MATCHED},
        returned as (select event_id, sum(refunded) as refunded from matched group by event_id)
        {steps}
        select
            coalesce(p.person_id, -1 - row_number() over (order by e.event_id)) as person,
            cast(epoch_us(e.ts) as bigint) as ts,
            cast(date_diff('day', date '1970-01-01', e.day) as integer) as day,
            e.channel, {campaign} as campaign, e.action,
            e.is_touch as touch,
            cast(coalesce(e.revenue_base, 0) + coalesce(r.refunded, 0) as double) as revenue,
            e.event_id
        from event e
        left join {persons} p on p.identifier_id = e.identifier_id
        left join returned r on r.event_id = e.event_id
        {joins}
        where e.action <> $refund and (p.person_id is not null or e.action = $goal) and {only}
    """  # noqa: S608


def journeys_of(workspace: Workspace) -> Journeys:
    """The journey table of the workspace's current data and stage table; from the cache file when it is there."""
    path = _cache_path(workspace)
    if not path.exists():
        _build(workspace).save(path)
        _drop_older(path)
    table = Journeys.load(path)
    stage = stage_table(workspace)  # not of the file: another stage for an action counts at once, and costs nothing
    return replace(table, stages=tuple(stage.get(action, "") for action in table.actions))


def journeys_under(workspace: Workspace, persons: pl.DataFrame) -> Journeys:
    """The journey table as it would be with other persons: a frame [identifier_id, person_id Int64] such as
    ``identity.preview`` and ``identity.levels`` return. It is built in memory and kept by nobody."""
    return Journeys.from_frame(event_rows(workspace, persons=persons), stage_of_action=stage_table(workspace))


def event_rows(
    workspace: Workspace,
    *,
    persons: pl.DataFrame | None = None,
    steps: str = "",
    campaign: str = "e.campaign",
    joins: str = "",
    only: str = "true",
    params: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """The rows that ``Journeys.from_frame`` takes, of the workspace's persons or of ``persons`` as in
    ``journeys_under``. The parts are those of ``events_sql``; ``{persons}`` in one is the table of who is who, and
    ``params`` are the values they bind."""
    whose = "person" if persons is None else "hypothetical_person"
    parts = {"steps": steps, "campaign": campaign, "joins": joins, "only": only}
    sql = events_sql(**{name: part.replace("{persons}", whose) for name, part in parts.items()}, persons=whose)
    with workspace.reading() as cursor:
        if persons is not None:
            cursor.register(whose, persons)
        try:
            own = {"goal": workspace.settings.goal, "refund": REFUND_ACTION}
            return cursor.sql(sql, params={**own, **(params or {})}).pl()
        finally:
            if persons is not None:
                cursor.unregister(whose)


def _cache_path(workspace: Workspace) -> Path:
    """Named by all that shapes the table: the data and the goal; other settings do not rebuild it."""
    shape = json.dumps([_SHAPE, workspace.workspace_id, workspace.data_version, workspace.settings.goal])
    return workspace.folder / "cache" / f"journeys-{hashlib.sha256(shape.encode()).hexdigest()[:20]}.arrow"


def _build(workspace: Workspace) -> Journeys:
    goal = workspace.settings.goal
    frame = workspace.frame(events_sql(), {"goal": goal, "refund": REFUND_ACTION})
    return Journeys.from_frame(frame, stage_of_action={})


def _drop_older(current: Path) -> None:
    for other in current.parent.glob("journeys-*.arrow"):
        if other != current:
            other.unlink(missing_ok=True)
