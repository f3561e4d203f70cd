"""A run of whole local days, both ends included.

Days are cut in the workspace's timezone before they get here; a ``Period`` knows nothing of clocks.

>>> june = Period(first_day=date(2026, 6, 1), last_day=date(2026, 6, 30))
>>> june.days, june.previous()
(30, Period(first_day=datetime.date(2026, 5, 2), last_day=datetime.date(2026, 5, 31)))
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01; the int32 ``day`` of the journey table."""
    return (day - _EPOCH).days


def day_of_number(number: int) -> date:
    """The inverse of ``day_number``."""
    return _EPOCH + timedelta(days=int(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole local days from ``first_day`` to ``last_day``, both included."""

    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day}")

    @property
    def days(self) -> int:
        """Number of days, at least 1."""
        return (self.last_day - self.first_day).days + 1

    def previous(self) -> "Period":
        """The period of the same length that ends the day before this one begins."""
        before = self.first_day - timedelta(days=1)
        return Period(first_day=before - timedelta(days=self.days - 1), last_day=before)

    def first(self, days: int) -> "Period":
        """Its first ``days`` days, or all of it where it has no more."""
        return Period(first_day=self.first_day, last_day=self.first_day + timedelta(days=min(days, self.days) - 1))

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def __iter__(self) -> Iterator[date]:
        return (self.first_day + timedelta(days=i) for i in range(self.days))

    @classmethod
    def ending(cls, last_day: date, *, days: int) -> "Period":
        """The ``days`` days that end on ``last_day``."""
        return cls(first_day=last_day - timedelta(days=days - 1), last_day=last_day)
