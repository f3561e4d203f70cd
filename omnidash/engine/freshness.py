"""Up to when the data goes, per source: what "data until …" and the closed days are computed from."""

from dataclasses import dataclass
from datetime import date, datetime

from omnidash.model.defaults import REFUND_ACTION
from omnidash.store import Workspace

_SOURCE_WATERMARKS = """
    select source, max(watermark) as watermark
    from batch
    where state = 'active' and watermark is not null and kind <> 'spend'
    group by source
    order by source
"""
_SPEND_LAST_DAY = "select channel, max(day) as last_day from spend group by channel order by channel"
# a refund long after its order does not say that its day has been delivered
_EVENT_SPAN = """
    select coalesce(min(day) filter (where action <> $refund), min(day)),
        coalesce(max(day) filter (where action <> $refund), max(day)),
        coalesce(max(ts) filter (where action <> $refund), max(ts))
    from event
"""
_SPEND_SPAN = "select min(day), max(day) from spend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """First and last local day seen, and how far each kind of source has delivered. None where there is no data."""

    first_day: date | None
    last_day: date | None
    watermarks: dict[str, datetime]  # naive UTC, of every source of events and orders
    spend_last_day: date | None
    spend_last_day_by_channel: dict[str, date]
    last_moment: datetime | None = None  # naive UTC, of the last event that is no refund

    @property
    def is_empty(self) -> bool:
        """Whether the workspace holds neither events nor spend."""
        return self.first_day is None


def freshness(workspace: Workspace) -> Freshness:
    """Read the freshness of every source of the workspace."""
    first_event, last_event, last_ts = workspace.rows(_EVENT_SPAN, {"refund": REFUND_ACTION})[0]
    first_spend, last_spend = workspace.rows(_SPEND_SPAN)[0]
    watermarks: dict[str, datetime] = dict(workspace.rows(_SOURCE_WATERMARKS)) if last_ts is not None else {}
    if last_ts is not None and not watermarks:
        watermarks = {"": last_ts}
    firsts = [d for d in (first_event, first_spend) if d is not None]
    lasts = [d for d in (last_event, last_spend) if d is not None]
    return Freshness(
        first_day=min(firsts, default=None),
        last_day=max(lasts, default=None),
        watermarks=watermarks,
        spend_last_day=last_spend,
        spend_last_day_by_channel=dict(workspace.rows(_SPEND_LAST_DAY)),
        last_moment=last_ts,
    )
