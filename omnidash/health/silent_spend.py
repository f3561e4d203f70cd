"""Feed-silent rule for spend: an export of spend that stopped while its channels go on (``metrics.spend_gaps``).

The case is the source's. Its days are missing, not free of cost: ROI, CAC and cost per touch leave them out.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import polars as pl

from omnidash.health.cases import Case
from omnidash.health.silent_sources import FEED_SILENT
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.spend_gaps import SpendGap
from omnidash.model.messages import N_, Message, Name

_EVIDENCE_DAYS = 7


def spend_cases(
    gaps: Iterable[SpendGap],
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    thresholds: Thresholds,
    names: Mapping[str, Name] | None = None,
) -> list[Case]:
    """The cases known on ``closed_through``."""
    if not thresholds.is_on(FEED_SILENT):
        return []
    known = (gap.as_of(closed_through) for gap in gaps)
    return [_case(gap, channel_day, closed_through, (names or {}).get(gap.source)) for gap in known if gap is not None]


def _case(gap: SpendGap, channel_day: pl.DataFrame, closed_through: date, name: Name | None) -> Case:
    first = gap.last_good + timedelta(days=1)
    last = closed_through if gap.back is None else gap.back - timedelta(days=1)
    before = gap.last_good - timedelta(days=_EVIDENCE_DAYS - 1)
    rows = channel_day.filter(pl.col("day").is_between(before, last) & pl.col("channel").is_in(list(gap.channels)))
    usual = rows.filter(pl.col("day") <= gap.last_good)
    values: dict[str, object] = {
        "source": name or gap.source,
        "channels": list(gap.channels),
        "last_good": gap.last_good,
        "first_day": first,
        "back": gap.back,
        "usual_money": float(usual["spend"].sum()) / _EVIDENCE_DAYS,
        "days": (last - gap.last_good).days,
    }
    if gap.has_ended:
        template = N_(
            "{source}: no spend of {channels} since {last_good}, while touches go on; after {days} days it counts as"
            " ended."
        )
    elif gap.back is not None:
        template = N_("{source}: the spend of {channels} is missing from {first_day} on; back on {back}.")
    else:
        template = N_(
            "{source} has delivered no spend since {last_good}, while touches of {channels} go on (usual:"
            " {usual_money} a day)."
        )
    actions = (
        Message(N_("Fetch the spend export of {source} from {first_day} on and import it."), values),
        Message(
            N_(
                "Until then spend, ROI, CAC and cost per touch of {channels} are unknown on these days, not zero; they"
                " are left out."
            ),
            values,
        ),
        Message(N_("Is nothing spent on {channels} any more? Then acknowledge this with a note."), values),
    )
    return Case(
        rule=FEED_SILENT,
        channel=gap.channels[0] if len(gap.channels) == 1 else "",
        source=gap.source,
        state="open" if gap.back is None else "recovered",
        severity="high" if gap.back is None else "medium",
        first_day=first,
        fired_on=gap.noticed,
        last_day=last,
        recovered_on=gap.back,
        value=float((last - gap.last_good).days),
        limit=float((gap.noticed - gap.last_good).days),
        evidence=rows.group_by("day")
        .agg(pl.col("touches", "spend").sum())
        .with_columns(spend=pl.when(pl.col("day") <= gap.last_good).then("spend"))  # missing, not zero
        .sort("day"),
        sentence=Message(template, values),
        actions=() if gap.back is not None else actions,
    )
