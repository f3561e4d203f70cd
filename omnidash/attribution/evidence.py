"""Incrementality evidence: what experiments found a channel to bring that would not have come without it.

Attribution shares out what was bought; only an experiment (regions or persons with and without the channel) says what
would have been missing. Evidence is entered by people or read from a file, per channel and period, always with its
source, and kept in the workspace. It corrects no attribution model silently: the app shows it beside the credits, and
response curves may be calibrated with it.

Contract for those who use it (``evidence(workspace)``): each ``Evidence`` has the channel, the first and last day,
``incremental_revenue`` in workspace currency with the ends ``low``, ``high`` of its ``level`` interval (None: not
stated), the ``spend`` it was bought with (None: not stated) and so ``iroas``, the ``method`` and the ``source``.

Example: a geo lift of 4 weeks with 50,000 spent brought 147,337 (90 %: 136,900 … 157,800): iROAS 2.95.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from statistics import NormalDist

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store import Workspace

METHODS = ("geo_lift", "hold_out", "experiment")

_READ = """
    select evidence_id, channel, method, first_day, last_day, incremental_revenue, low, high, level, spend, source
    from evidence
    where $channel is null or channel = $channel
    order by last_day desc, evidence_id desc
"""
_WRITE = """
    insert into evidence (
        evidence_id, channel, method, first_day, last_day, incremental_revenue, low, high, level, spend, source,
        entered_at
    ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One finding. Raises BadInput naming what is wrong where it cannot be."""

    channel: str
    first_day: date
    last_day: date
    incremental_revenue: float
    source: str
    method: str = "experiment"
    low: float | None = None
    high: float | None = None
    level: float = 0.90
    spend: float | None = None
    evidence_id: int | None = None

    def __post_init__(self) -> None:
        if not self.channel.strip():
            raise BadInput(N_("An experiment is about a channel; name it."))
        if not self.source.strip():
            raise BadInput(N_("Say where the finding comes from: who ran the test, which report."))
        if self.method not in METHODS:
            raise BadInput(
                N_("Method {method} is unknown; choose {known}."), method=repr(self.method), known=", ".join(METHODS)
            )
        if self.last_day < self.first_day:
            raise BadInput(
                N_("The test ends on {last_day}, before it begins on {first_day}."),
                last_day=self.last_day.isoformat(),
                first_day=self.first_day.isoformat(),
            )
        if (self.low is None) != (self.high is None):
            raise BadInput(N_("An interval has two ends; give both or none."))
        amounts = (self.incremental_revenue, self.low, self.high, self.spend)
        if not all(amount is None or math.isfinite(amount) for amount in amounts):
            raise BadInput(N_("Revenue, interval and spend of a test are finite numbers."))
        low, high = self.low, self.high
        if low is not None and high is not None and not low <= self.incremental_revenue <= high:
            raise BadInput(N_("The finding has to lie between the two ends of its interval."))
        if not 0 < self.level < 1:
            raise BadInput(N_("The level of an interval lies between 0 and 100 %; 90 % is usual."))
        if self.spend is not None and self.spend <= 0:
            raise BadInput(N_("The spend of a test is more than nothing; leave it empty where it is not known."))

    @property
    def iroas(self) -> float | None:
        """Incremental revenue per unit of spend; None where the spend is not stated."""
        return None if self.spend is None else self.incremental_revenue / self.spend

    @property
    def iroas_interval(self) -> tuple[float, float] | None:
        """Ends of the interval of iROAS; None where spend or interval is not stated."""
        if self.spend is None or self.low is None or self.high is None:
            return None
        return self.low / self.spend, self.high / self.spend

    @property
    def standard_error(self) -> float | None:
        """Of the incremental revenue, read off the interval as of a normal distribution; None without one."""
        if self.low is None or self.high is None:
            return None
        return (self.high - self.low) / (2 * NormalDist().inv_cdf((1 + self.level) / 2))


def evidence(workspace: Workspace, *, channel: str | None = None) -> tuple[Evidence, ...]:
    """What the workspace knows (of one channel), the latest test first."""
    frame = workspace.frame(_READ, {"channel": channel})
    return tuple(Evidence(**row) for row in frame.iter_rows(named=True))


def record(workspace: Workspace, findings: Sequence[Evidence]) -> int:
    """Keep findings, all or none, each once: what is kept already is passed over. How many were added.

    Raises BadInput where a channel is unknown to the workspace or a test has not ended yet.
    """
    known_channels = {channel for (channel,) in workspace.rows("select channel from channel")}
    today = datetime.now(workspace.settings.zone).date()
    for found in findings:
        if found.channel not in known_channels:
            raise BadInput(N_("Channel {name} is unknown to this workspace."), name=repr(found.channel))
        if found.last_day > today:
            raise BadInput(
                N_("The test ends on {last_day}, which has not come yet."), last_day=found.last_day.isoformat()
            )
    kept = {replace(found, evidence_id=None) for found in evidence(workspace)}
    asked = dict.fromkeys(replace(found, evidence_id=None, source=found.source.strip()) for found in findings)
    new = [found for found in asked if found not in kept]
    if not new:
        return 0
    with workspace.writing("evidence", changes="settings") as cursor:
        (last,) = cursor.execute("select coalesce(max(evidence_id), 0) from evidence").fetchall()[0]
        cursor.executemany(
            _WRITE,
            [
                (
                    last + number,
                    found.channel,
                    found.method,
                    found.first_day,
                    found.last_day,
                    found.incremental_revenue,
                    found.low,
                    found.high,
                    found.level,
                    found.spend,
                    found.source,
                    datetime.now(UTC).replace(tzinfo=None),
                )
                for number, found in enumerate(new, start=1)
            ],
        )
    return len(new)


def withdraw(workspace: Workspace, evidence_id: int) -> None:
    """Forget a finding. Nothing happens where it is gone already."""
    with workspace.writing("evidence", changes="settings") as cursor:
        cursor.execute("delete from evidence where evidence_id = $id", {"id": evidence_id})
