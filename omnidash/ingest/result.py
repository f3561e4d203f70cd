"""What an import tells its caller: the line of the history, or the foretelling of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from omnidash.ingest.rows.labels import UnmappedLabel
from omnidash.model.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """One imported file; the fields are the row of ``batches`` in the command line's JSON. ``sums`` are decimals as
    text, in original currency, over all rows that were taken."""

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
    warnings: tuple[Message, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "last_day": self.last_day.isoformat() if self.last_day else None,
            "warnings": [w.english() for w in self.warnings],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What ``commit`` would do. ``reject_samples``: row_number, column, reason (Message), raw (identifiers masked)."""

    rows_read: int
    added: int
    restated: int
    duplicates: int
    rejected: int
    skipped_totals: int
    first_day: date | None
    last_day: date | None
    sums: dict[str, str]
    reject_samples: tuple[dict[str, Any], ...]
    unmapped: tuple[UnmappedLabel, ...]
    warnings: tuple[Message, ...]
