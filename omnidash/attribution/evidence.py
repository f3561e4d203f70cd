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

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
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


def record(workspace: Workspace, findings: Sequence[Evidence]) -> None:
    """Keep findings, all or none. Raises BadInput where a channel is unknown to the workspace."""
    known = {channel for (channel,) in workspace.rows("select channel from channel")}
    for found in findings:
        if found.channel not in known:
            raise BadInput(N_("Channel {name} is unknown to this workspace."), name=repr(found.channel))
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
                    found.source.strip(),
                    datetime.now(UTC).replace(tzinfo=None),
                )
                for number, found in enumerate(findings, start=1)
            ],
        )


def withdraw(workspace: Workspace, evidence_id: int) -> None:
    """Forget a finding. Nothing happens where it is gone already."""
    with workspace.writing("evidence", changes="settings") as cursor:
        cursor.execute("delete from evidence where evidence_id = $id", {"id": evidence_id})


def read_evidence(text: str, *, channel_of_label: dict[str, str], source: str) -> list[Evidence]:
    """Findings from a CSV with a header; ``source`` where a row names none.

    Columns (any order): channel, first_day, last_day, and incremental_revenue (with low, high), or iroas and spend
    (with iroas_low, iroas_high); method, level (0.9 or 90) and source may be absent. ``channel_of_label``: labels,
    names and ids in lower case -> channel id. Raises BadInput that names the row (the header is row 1).
    """
    table = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    columns = {name.strip().casefold() for name in table.fieldnames or ()}
    if missing := {"channel", "first_day", "last_day"} - columns:
        raise BadInput(N_("The file lacks the column {name}."), name=", ".join(sorted(missing)))
    findings = []
    for number, raw in enumerate(table, start=2):
        row = {name.strip().casefold(): (cell or "").strip() for name, cell in raw.items() if isinstance(name, str)}
        if any(row.values()):
            findings.append(_finding(row, number, channel_of_label, source))
    if not findings:
        raise BadInput(N_("The file holds no finding."))
    return findings


def _finding(row: dict[str, str], number: int, channel_of_label: dict[str, str], source: str) -> Evidence:
    def amount(name: str) -> float | None:
        cell = row.get(name, "").replace(",", "")
        if not cell:
            return None
        try:
            return float(cell)
        except ValueError:
            raise BadInput(
                N_("Row {row}: {name} {cell} is not a number."), row=number, name=name, cell=repr(cell)
            ) from None

    def day(name: str) -> date:
        try:
            return date.fromisoformat(row[name].replace("/", "-"))
        except ValueError:
            raise BadInput(
                N_("Row {row}: {name} {cell} is not a day; write it as 2026-11-15."),
                row=number,
                name=name,
                cell=repr(row[name]),
            ) from None

    channel = channel_of_label.get(row["channel"].casefold())
    if channel is None:
        raise BadInput(N_("Row {row}: channel {name} is unknown."), row=number, name=repr(row["channel"]))
    spend, revenue = amount("spend"), amount("incremental_revenue")
    low, high = amount("low"), amount("high")
    if revenue is None:
        iroas = amount("iroas")
        if iroas is None or spend is None:
            raise BadInput(N_("Row {row}: give incremental_revenue, or iroas and spend."), row=number)
        revenue = iroas * spend
        ends = amount("iroas_low"), amount("iroas_high")
        low, high = (None if end is None else end * spend for end in ends)
    level = amount("level") or 0.90
    return Evidence(
        channel=channel,
        first_day=day("first_day"),
        last_day=day("last_day"),
        incremental_revenue=revenue,
        low=low,
        high=high,
        level=level / 100 if level > 1 else level,
        spend=spend,
        method=row.get("method") or "experiment",
        source=row.get("source") or source,
    )
