"""Up to when the data goes, per source: what "data until …" and the closed days are computed from."""

from dataclasses import dataclass
from datetime import date, datetime

from omnidash.store import Workspace

_BATCH_WATERMARKS = """
    select kind, max(watermark) as watermark
    from batch
    where state = 'active' and watermark is not null
    group by kind
    order by kind
"""
_SPEND_LAST_DAY = "select channel, max(day) as last_day from spend group by channel order by channel"
_EVENT_SPAN = "select min(day), max(day), max(ts) from event"
_SPEND_SPAN = "select min(day), max(day) from spend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """First and last local day seen, and how far each kind of source has delivered. None where there is no data."""

    first_day: date | None
    last_day: date | None
    events_watermark: datetime | None  # naive UTC
    spend_last_day: date | None
    spend_last_day_by_channel: dict[str, date]

    @property
    def is_empty(self) -> bool:
        """Whether the workspace holds neither events nor spend."""
        return self.first_day is None


def freshness(workspace: Workspace) -> Freshness:
    """Read the freshness of every source of the workspace."""
    first_event, last_event, last_ts = workspace.rows(_EVENT_SPAN)[0]
    first_spend, last_spend = workspace.rows(_SPEND_SPAN)[0]
    watermarks = dict(workspace.rows(_BATCH_WATERMARKS))
    delivered = [w for kind, w in watermarks.items() if kind != "spend"]
    if last_ts is not None:
        delivered.append(last_ts)
    firsts = [d for d in (first_event, first_spend) if d is not None]
    lasts = [d for d in (last_event, last_spend) if d is not None]
    return Freshness(
        first_day=min(firsts, default=None),
        last_day=max(lasts, default=None),
        events_watermark=max(delivered, default=None) if last_ts is not None else None,
        spend_last_day=last_spend,
        spend_last_day_by_channel=dict(workspace.rows(_SPEND_LAST_DAY)),
    )
