"""The journey table of a workspace: built from the store once per data version, memory-mapped afterwards.

Revenue of a purchase is net on the order-date basis: gross plus the (negative) refunds matched to it (refunds.py). A
purchase without any identifier is a journey of its own, so that no revenue is lost; an anonymous touch belongs to
nobody and stays out (it is still counted in the traffic, which is summed in SQL).
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from omnidash.engine.refunds import MATCHED
from omnidash.engine.stages import stage_table
from omnidash.journeys.pieces import in_a_row
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import REFUND_ACTION
from omnidash.store import Workspace

_AT_ONCE, _PIECE = 20_000_000, 8_000_000  # events: a table of more is built in pieces, some 2 GB each in the making
_building = threading.Lock()
_SHAPE = 3  # rises when the table is made otherwise of the same data


def events_sql(
    *, steps: str = "", campaign: str = "e.campaign", joins: str = "", only: str = "true", persons: str = "person"
) -> str:
    """The query of the table's rows. The parts are SQL of ours: more steps after ``matched``, which campaign, joins to
    event ``e`` and person ``p``, which of the rows, and the table that says who is who. Purchases that name nobody are
    numbered downwards in the order of their ids; numbering them alone spares sorting everything."""

    def rows(person: str, joined: str, which: str) -> str:
        return f"""
            select
                {person} as person,
                cast(epoch_us(e.ts) as bigint) as ts,
                cast(date_diff('day', date '1970-01-01', e.day) as integer) as day,
                e.channel, {campaign} as campaign, e.action,
                e.is_touch as touch,
                cast(coalesce(e.revenue_base, 0) + coalesce(r.refunded, 0) as double) as revenue,
                e.event_id
            from event e
            {joined} {persons} p on p.identifier_id = e.identifier_id
            left join returned r on r.event_id = e.event_id
            {joins}
            where e.action <> $refund and {which} and {only}
        """  # noqa: S608

    return f"""
        with {MATCHED},
        returned as (select event_id, sum(refunded) as refunded from matched group by event_id)
        {steps}
        {rows("cast(p.person_id as bigint)", "join", "true")}
        union all
        {rows("-1 - row_number() over (order by e.event_id)", "left join", "p.person_id is null and e.action = $goal")}
    """  # noqa: S608


def journeys_of(workspace: Workspace) -> Journeys:
    """The journey table of the workspace's current data and stage table; from the cache file when it is there."""
    path = _cache_path(workspace)
    if not path.exists():
        with _building:  # who comes meanwhile waits: two in the making would take twice the memory
            if not path.exists():
                _build(workspace).save(path)
                _drop_older(path)
    table = Journeys.load(path)
    if _cache_path(workspace) != path:  # others have written meanwhile: it may know somebody who is forgotten by now
        path.unlink(missing_ok=True)  # and stays mapped
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


def _build(workspace: Workspace, *, at_once: int = _AT_ONCE, piece: int = _PIECE) -> Journeys:
    """Of more than ``at_once`` events in pieces of about ``piece``, so that memory holds the table and one of them."""
    ((events,),) = workspace.rows("select count(*) from event")
    if events <= at_once:
        return Journeys.from_frame(event_rows(workspace), stage_of_action={})
    pieces = -(-events // piece)
    shares = [number / pieces for number in range(1, pieces)]
    ((cuts,),) = workspace.rows("select quantile_disc(person_id, $shares) from person", {"shares": shares})
    return in_a_row(_pieces(workspace, sorted(set(cuts or ()))))


def _pieces(workspace: Workspace, cuts: list[int]) -> Iterator[Journeys]:
    """The table in pieces, by ascending person: purchases that name nobody, persons up to each cut, and the rest."""
    yield Journeys.from_frame(event_rows(workspace, only="p.person_id is null"), stage_of_action={})
    for above, up_to in pairwise([None, *cuts, None]):
        conditions = {"p.person_id > $above": above, "p.person_id <= $up_to": up_to}
        only = " and ".join(text for text, value in conditions.items() if value is not None) or "true"
        params = {name: value for name, value in (("above", above), ("up_to", up_to)) if value is not None}
        persons_alone = f"p.person_id is not null and {only}"
        yield Journeys.from_frame(event_rows(workspace, only=persons_alone, params=params), stage_of_action={})


def _drop_older(current: Path) -> None:
    for other in current.parent.glob("journeys-*.arrow"):
        if other != current:
            other.unlink(missing_ok=True)
