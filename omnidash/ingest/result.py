"""What an import tells its caller: the foretelling of it (``DryRun``) and the line of the history (``BatchResult``).

Money of changes and overlaps is in the workspace's currency. ``sums`` and ``sums_by_currency``: see ``rows.sums``.
Samples hold at most ``SAMPLES`` rows each and show identifiers as masked hints only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from omnidash.ingest.rows.labels import UnmappedLabel
from omnidash.ingest.rows.statuses import StatusTaken
from omnidash.model.messages import Message

SAMPLES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One row as an example. ``values``: what the workspace will hold, by field; ``before``: of a restated row what
    the changed fields hold today. ``row_number`` is the file's; 0 for a row the file no longer has."""

    row_number: int
    values: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Money of the keys an import touches, before and after it. ``channel``: None for all of them together."""

    channel: str | None
    before: Decimal
    after: Decimal
    days: int

    @property
    def ratio(self) -> float | None:
        """Relative change, -0.023 for -2.3 %; None where nothing was there before."""
        return float((self.after - self.before) / self.before) if self.before else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """What an import says anew: ``measure`` is 'cost', 'revenue' or None (reports, events without money)."""

    measure: str | None
    days: tuple[date, ...]
    channels: tuple[str, ...]
    total: Change
    by_channel: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days between a file's first and last day without a row of ``channel`` in it. ``is_known``: the workspace has rows
    for them (they stay); else they are missing altogether."""

    channel: str | None
    days: tuple[date, ...]
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Spend of a channel on days of this file that came from elsewhere and stays: it would count twice."""

    channel: str
    first_day: date
    last_day: date
    days: int
    cost: Decimal
    batch_id: int
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """Campaigns of a channel that an earlier file of the same source has on days of this one, and this one has not:
    they count twice if they were only renamed (``vanished``). ``batches``: where they came from; ``renamed``: (old
    name, name in this file) of those whose cost shows it."""

    channel: str
    campaigns: tuple[str, ...]
    first_day: date
    last_day: date
    cost: Decimal
    batches: tuple[int, ...]
    renamed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAccount:
    """Of the ``known`` rows of the file whose keys are there, ``strange`` ones say something altogether different."""

    known: int
    strange: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """An import of the very same file that is in use. ``is_same_mapping``: then nothing changes; otherwise its rows are
    replaced."""

    batch_id: int
    file: str
    imported_at: datetime
    is_same_mapping: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """One imported file; the fields up to ``warnings`` are the row of ``batches`` in the command line's JSON.

    ``sums`` are over all rows that were taken. ``warnings`` tell of gaps and overlaps. ``settled``: rows an earlier
    import had set aside and that this one brought in.
    """

    file: str
    batch_id: int
    profile: str
    kind: str
    rows_read: int
    added: int
    restated: int
    duplicates: int
    rejected: int
    skipped_totals: int
    first_day: date | None
    last_day: date | None
    sums: dict[str, str]
    sums_by_currency: dict[str, dict[str, str]]
    warnings: tuple[Message, ...]
    restatement: Restatement | None = None
    twin: Twin | None = None
    settled: int = 0

    def to_json(self) -> dict[str, Any]:
        """As plain data, in the shape of the command line."""
        told = ("sums_by_currency", "restatement", "twin", "settled")
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__ if name not in told},
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "last_day": self.last_day.isoformat() if self.last_day else None,
            "warnings": [w.english() for w in self.warnings],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What ``commit`` would do, in numbers, in sentences and in examples.

    ``headlines``: "adds 312 rows", "restates 14 days of spend: -2.3 %" …, in the order of reading. ``reject_samples``:
    row_number, column, reason (Message), raw (identifiers masked); ``skipped_samples``: row_number, raw (of a total).
    ``ambiguous_dates``: columns of dates such as 03/04/2026 that the confirmed day order alone decides.
    ``statuses``: the statuses of orders with what each was taken for.
    """

    rows_read: int
    added: int
    restated: int
    duplicates: int
    rejected: int
    skipped_totals: int
    first_day: date | None
    last_day: date | None
    sums: dict[str, str]
    sums_by_currency: dict[str, dict[str, str]]
    reject_samples: tuple[dict[str, Any], ...]
    unmapped: tuple[UnmappedLabel, ...]
    warnings: tuple[Message, ...]
    headlines: tuple[Message, ...] = ()
    added_samples: tuple[Sample, ...] = ()
    restated_samples: tuple[Sample, ...] = ()
    duplicate_samples: tuple[Sample, ...] = ()
    skipped_samples: tuple[dict[str, Any], ...] = ()
    restatement: Restatement | None = None
    gaps: tuple[Gap, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    vanished: tuple[Vanished, ...] = ()
    other_account: OtherAccount | None = None
    same_sales: tuple[Message, ...] = ()
    twin: Twin | None = None
    ambiguous_dates: tuple[str, ...] = ()
    settled: int = 0
    statuses: tuple[StatusTaken, ...] = ()
