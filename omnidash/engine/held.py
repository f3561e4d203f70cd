"""Journeys dealt out by a property that a funnel holds constant: the content, order or store an event names.

These stand in the store only; their codes are read in the order of the journey table, which is the same total order.
"""

import numpy as np
import polars as pl

from omnidash.engine.journeys import event_rows
from omnidash.journeys.hold import Parts, part_by
from omnidash.journeys.table import Journeys, in_journey_order
from omnidash.store import Workspace

_COLUMNS = {"content": "e.content_id", "order": "e.order_id", "store": "e.store_id"}


def parts_of(workspace: Workspace, journeys: Journeys, held: str, *, persons: pl.DataFrame | None = None) -> Parts:
    """The journeys dealt out by ``held`` (one of funnel_query.HOLDABLE); ``persons`` as in ``journeys_under`` where the
    table was made of other persons than the workspace's."""
    if held in ("channel", "campaign"):
        return part_by(journeys, getattr(journeys, held))
    frame = event_rows(workspace, persons=persons, campaign=_COLUMNS[held])
    named = frame["campaign"].replace("", None)
    codes = named.rank("dense").fill_null(0).cast(pl.UInt32).to_numpy()
    return part_by(journeys, np.take(codes, in_journey_order(frame)))


def present(workspace: Workspace) -> tuple[str, ...]:
    """What can be held constant in this workspace: the properties that some event names, channel and campaign first."""
    ((content, order, store),) = workspace.rows(
        "select count(content_id) > 0, count(order_id) > 0, count(store_id) > 0 from event"
    )
    found = (("content", content), ("order", order), ("store", store))
    return ("channel", "campaign", *(name for name, is_there in found if is_there))
