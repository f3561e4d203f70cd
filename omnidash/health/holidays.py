"""Days on which traffic is known to leave its weekly rhythm: public holidays and sale days, with the days around them.

What a holiday does to a channel is not written here, only that the day is one: ``expected_traffic`` learns its effect
from the same holiday of an earlier year, or from the other channels on the same day. Days that move with the moon are
listed by their official dates; from the first year that is not listed they are plain days.

>>> holiday_of(date(2026, 11, 11)), holiday_of(date(2026, 11, 13)), holiday_of(date(2026, 11, 20))
('double_11', 'double_11', '')
"""

from datetime import date, timedelta

_FIXED: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {  # first and last (month, day)
    "new_year": ((1, 1), (1, 3)),
    "qingming": ((4, 4), (4, 6)),
    "labour_day": ((5, 1), (5, 5)),
    "midyear_618": ((6, 16), (6, 21)),
    "national_day": ((10, 1), (10, 8)),
    "double_11_opening": ((10, 31), (11, 3)),
    "double_11": ((11, 9), (11, 14)),
    "double_12": ((12, 11), (12, 13)),
    "christmas": ((12, 24), (12, 26)),
}
_SPRING_FESTIVAL = (
    (2020, 1, 25), (2021, 2, 12), (2022, 2, 1), (2023, 1, 22), (2024, 2, 10), (2025, 1, 29), (2026, 2, 17),
    (2027, 2, 6), (2028, 1, 26), (2029, 2, 13), (2030, 2, 3),
)  # fmt: skip
_DRAGON_BOAT = (
    (2020, 6, 25), (2021, 6, 14), (2022, 6, 3), (2023, 6, 22), (2024, 6, 10), (2025, 5, 31), (2026, 6, 19),
    (2027, 6, 9), (2028, 5, 28),
)  # fmt: skip
_MID_AUTUMN = (
    (2020, 10, 1), (2021, 9, 21), (2022, 9, 10), (2023, 9, 29), (2024, 9, 17), (2025, 10, 6), (2026, 9, 25),
    (2027, 9, 15), (2028, 10, 3),
)  # fmt: skip


def holiday_of(day: date) -> str:
    """The holiday or sale a day belongs to; '' for a plain day. Black Friday: from
    the day after the fourth Thursday of November to the Tuesday after it."""
    return _MOVING.get(day) or next(
        (name for name, (first, last) in _FIXED.items() if first <= (day.month, day.day) <= last), ""
    )


def day_of_holiday(day: date) -> int:
    """Which day of its holiday a day is, from 0."""
    place = 0
    while holiday_of(day - timedelta(days=place + 1)) == holiday_of(day):
        place += 1
    return place


def _around(name: str, starts: tuple[tuple[int, int, int], ...], before: int, after: int) -> dict[date, str]:
    return {date(*start) + timedelta(days=shift): name for start in starts for shift in range(-before, after + 1)}


def _black_fridays(years: range) -> dict[date, str]:
    thursdays = {year: date(year, 11, 1) + timedelta(days=(3 - date(year, 11, 1).weekday()) % 7 + 21) for year in years}
    return {day + timedelta(days=shift): "black_friday" for day in thursdays.values() for shift in range(1, 5)}


_MOVING: dict[date, str] = (
    _black_fridays(range(2015, 2041))
    | _around("dragon_boat", _DRAGON_BOAT, 0, 2)
    | _around("mid_autumn", _MID_AUTUMN, 0, 2)
    | _around("spring_festival", _SPRING_FESTIVAL, 3, 8)
)
