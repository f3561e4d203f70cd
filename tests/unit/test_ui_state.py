"""What the filter bar means, and what leaves the app as a file."""

from datetime import date

import polars as pl
import pytest

from omnidash.model.period import Period
from omnidash.ui.export import csv_bytes
from omnidash.ui.state import Bar, Span, period_of

SPAN = Span(first_day=date(2026, 5, 18), last_day=date(2026, 11, 16), closed_through=date(2026, 11, 15))


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("last7", date(2026, 11, 9), date(2026, 11, 15)),
        ("last30", date(2026, 10, 17), date(2026, 11, 15)),
        ("last90", date(2026, 8, 18), date(2026, 11, 15)),
        ("month", date(2026, 11, 1), date(2026, 11, 15)),
        ("all", date(2026, 5, 18), date(2026, 11, 16)),
    ],
)
def test_presets_end_on_the_last_closed_day_of_the_data(preset, first, last):
    assert period_of(Bar(preset=preset), SPAN) == Period(first_day=first, last_day=last)


def test_a_custom_period_is_taken_as_it_is():
    june = Period(first_day=date(2026, 6, 1), last_day=date(2026, 6, 30))
    assert period_of(Bar(preset="custom", custom=june), SPAN) == june


def test_a_period_knows_the_one_before_it():
    june = Period(first_day=date(2026, 6, 1), last_day=date(2026, 6, 30))
    assert june.previous() == Period(first_day=date(2026, 5, 2), last_day=date(2026, 5, 31))
    assert june.previous().days == june.days


def test_csv_opens_in_excel_and_runs_no_formula():
    table = pl.DataFrame({"名称": ["=HYPERLINK(1)", "+1", "@x", "-2", "抖音"], "n": [-1, 2, 3, 4, 5]})
    text = csv_bytes(table).decode("utf-8-sig")
    assert csv_bytes(table).startswith(b"\xef\xbb\xbf")
    assert text.splitlines() == ["名称,n", "'=HYPERLINK(1),-1", "'+1,2", "'@x,3", "'-2,4", "抖音,5"]


def test_csv_writes_paths_as_text():
    assert csv_bytes(pl.DataFrame({"path": [["a", "b"]]})).decode("utf-8-sig").splitlines() == ["path", "a > b"]
