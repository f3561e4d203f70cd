"""One person's timeline: all events over all channels in order, with stage, and what each touch earned.

The order is that of the journey table. Credit is that of a rule model over the person's own touches (touch by touch,
``journeys.touch_credit``); revenue of a conversion is net of its refunds. Refunds are shown, and earn nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from omnidash.engine.journeys import events_sql
from omnidash.identity.at_level import Seen
from omnidash.identity.meant import identifier_meant
from omnidash.identity.person_record import members_of
from omnidash.journeys.table import Journeys
from omnidash.journeys.touch_credit import touch_credits
from omnidash.model.defaults import REFUND_ACTION
from omnidash.store import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """One row. ``ts`` naive UTC, ``day`` local. ``revenue``: as stated, in ``currency``. ``credit``: conversions this
    touch is credited with (0 … how many there are), ``credited_revenue``: in workspace currency."""

    event_id: int
    ts: datetime
    day: date
    channel: str | None
    campaign: str | None
    action: str
    stage: str | None
    is_touch: bool
    is_conversion: bool
    content_id: str | None
    page: str | None
    store_id: str | None
    order_id: str | None
    revenue: Decimal | None
    currency: str | None
    identifier: str
    file: str
    row_number: int
    credit: float
    credited_revenue: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timeline:
    """``identifiers``: type and masked hint of all of the person's; ``credits`` [conversion, touch UInt64 (event ids),
    share, revenue Float64]: which touch earned which part of which conversion; ``direct``: event ids of conversions no
    touch led to in the lookback."""

    identifiers: tuple[str, ...]
    events: tuple[TimelineEvent, ...]
    credits: pl.DataFrame = field(repr=False)
    direct: tuple[int, ...]


def timeline(
    workspace: Workspace,
    raw_identifier: str,
    *,
    kind: str | None = None,
    model: str = "linear",
    lookback_days: float | None = None,
) -> Timeline:
    """The timeline of the person of an identifier; ``kind``: its type. ``model``: a rule of ``journeys.credit.MODELS``;
    ``lookback_days``: the workspace's by default. Raises BadInput as ``identifier_meant`` does, ValueError where the
    model is unknown."""
    identifier = identifier_meant(workspace, raw_identifier, kind)
    return timeline_of(workspace, identifier, model=model, lookback_days=lookback_days)


def timeline_of(
    workspace: Seen,
    identifier_id: int,
    *,
    model: str = "linear",
    lookback_days: float | None = None,
    weights: Mapping[str, float] | None = None,
) -> Timeline:
    """The same for an identifier given by its id, as lists and pages have it; ``weights`` of channels serve markov."""
    members = members_of(workspace, identifier_id)
    goal = workspace.settings.goal
    lookback = workspace.settings.lookback_days if lookback_days is None else lookback_days
    shares = _credits(workspace, members, goal, model, lookback, weights)
    earned = {
        touch: (share, revenue)
        for touch, share, revenue in shares.group_by("touch").agg(pl.col("share", "revenue").sum()).iter_rows()
    }
    rows = workspace.frame(_EVENTS, {"members": members, "goal": goal}).to_dicts()
    events = tuple(
        TimelineEvent(
            **row,
            credit=earned.get(row["event_id"], (0.0, 0.0))[0],
            credited_revenue=earned.get(row["event_id"], (0.0, 0.0))[1],
        )
        for row in rows
    )
    led_to = set(shares["conversion"].to_list())
    return Timeline(
        identifiers=_hints(workspace, members),
        events=events,
        credits=shares,
        direct=tuple(e.event_id for e in events if e.is_conversion and e.event_id not in led_to),
    )


_EVENTS = """
    select e.event_id, e.ts, e.day, e.channel, e.campaign, e.action, nullif(s.stage, '') as stage, e.is_touch,
        e.action = $goal as is_conversion, e.content_id, e.page, e.store_id, e.order_id, e.revenue, e.currency,
        i.type || ' ' || i.hint as identifier, b.file_name as file, e.row_number
    from event e join identifier i using (identifier_id) join batch b using (batch_id)
    left join stage s on s.action = e.action
    where e.identifier_id in (select unnest($members))
    order by e.ts, case when e.is_touch then cast(coalesce(e.revenue_base, 0) <> 0 as integer) else 2 end, e.event_id
"""


def _hints(workspace: Seen, members: Sequence[int]) -> tuple[str, ...]:
    rows = workspace.rows(
        "select type || ' ' || hint from identifier where identifier_id in (select unnest($members)) order by 1",
        {"members": list(members)},
    )
    return tuple(row[0] for row in rows)


def _credits(
    workspace: Seen,
    members: Sequence[int],
    goal: str,
    model: str,
    lookback_days: float,
    weights: Mapping[str, float] | None,
) -> pl.DataFrame:
    """[conversion, touch UInt64, share, revenue Float64]: the journey table of one person, its campaigns being event
    ids, so that a row of the table is found again."""
    frame = workspace.frame(
        events_sql(campaign="cast(e.event_id as varchar)", only="e.identifier_id in (select unnest($members))"),
        {"goal": goal, "refund": REFUND_ACTION, "members": list(members)},
    )
    journeys = Journeys.from_frame(frame.with_columns(person=pl.lit(0, dtype=pl.Int64)), stage_of_action={})
    shares = touch_credits(journeys, model=model, goal=goal, lookback_days=lookback_days, weights=weights)
    event_ids = pl.Series([int(name or 0) for name in journeys.campaigns], dtype=pl.UInt64).gather(
        pl.Series(journeys.campaign.astype("int64"))
    )
    return shares.with_columns(
        conversion=event_ids.gather(shares["conversion"]), touch=event_ids.gather(shares["touch"])
    )
