"""Refunds taken from the day of their order to their own day: what the refund-date basis adds to the order-date one.

The journeys hold revenue net of refunds, on the day of the order. For every refund that counts on another day there is
a pair of tables with the journeys of its person, in which the purchase's revenue is that refund (negative) and nothing
else: one booked on the order's day, one on the refund's. The second less the first moves the refund, credited to the
channels as its purchase was. n-th refunds of an order are in the n-th pair, so there are as many pairs as one order has
refunds at most; most workspaces need one or two, over the few persons who returned something.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from omnidash.engine.journeys import event_rows
from omnidash.engine.refunds import MATCHED
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import REFUND_ACTION
from omnidash.store import Workspace

_MOVED = (
    "with "
    + MATCHED
    + """
    select
        cast(m.event_id as varchar) as purchase,
        cast(date_diff('day', date '1970-01-01', m.refund_day) as integer) as refund_day,
        cast(m.refunded as double) as refunded,
        cast(row_number() over (partition by m.event_id order by m.refund_day, m.refund_id) as integer) as nth
    from matched m join event p on p.event_id = m.event_id
    where m.refund_day <> p.day and m.refunded <> 0
    order by m.event_id, nth
"""
)
# All events of their persons. Each refunded purchase bears its own id for a campaign, by which it is found again.
_THEIR_EVENTS: dict[str, Any] = {
    "steps": """
        , moved as (
            select distinct m.event_id
            from matched m join event e on e.event_id = m.event_id where m.refund_day <> e.day and m.refunded <> 0),
        moved_person as (
            select distinct p.person_id
            from moved m join event e on e.event_id = m.event_id join {persons} p on p.identifier_id = e.identifier_id)
    """,
    "campaign": "case when moved.event_id is not null then cast(e.event_id as varchar) end",
    "joins": """
        left join moved on moved.event_id = e.event_id
        left join moved_person on moved_person.person_id = p.person_id
    """,
    "only": "(moved.event_id is not null or moved_person.person_id is not null)",
}


def moved_refunds(workspace: Workspace, persons: pl.DataFrame | None = None) -> Iterator[tuple[Journeys, Journeys]]:
    """Pairs of journey tables (booked on the order's day, booked on the refund's) whose revenue is refunds alone.
    ``persons``: as in ``journeys_under``; the workspace's where left out."""
    params = {"goal": workspace.settings.goal, "refund": REFUND_ACTION}
    moved = workspace.frame(_MOVED, params)
    if moved.is_empty():
        return
    journeys = Journeys.from_frame(event_rows(workspace, persons=persons, **_THEIR_EVENTS), stage_of_action={})
    code_of = {purchase: code for code, purchase in enumerate(journeys.campaigns)}
    for (_,), refunds in moved.sort("nth").group_by("nth", maintain_order=True):
        codes = refunds["purchase"].replace_strict(code_of, return_dtype=pl.UInt32).to_numpy()
        refunded_by_code = np.zeros(len(journeys.campaigns))
        refunded_by_code[codes] = refunds["refunded"].to_numpy()
        day_by_code = np.zeros(len(journeys.campaigns), np.int32)
        day_by_code[codes] = refunds["refund_day"].to_numpy()
        refunded = refunded_by_code[journeys.campaign]
        on_order_date = replace(journeys, revenue=refunded)
        refund_day = np.where(refunded != 0, day_by_code[journeys.campaign], journeys.day)
        yield on_order_date, replace(journeys, revenue=refunded, day=refund_day)
