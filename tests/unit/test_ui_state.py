"""What the filter bar means, and what leaves the app as a file."""

import csv
import io
import zipfile
from datetime import date

import polars as pl
import pytest
import streamlit as st
from hypothesis import given, settings
from hypothesis import strategies as texts
from python_calamine import CalamineWorkbook

from omnidash.model.period import Period
from omnidash.model.presets import Span
from omnidash.ui.export import csv_bytes, xlsx_bytes
from omnidash.ui.i18n import in_this_language
from omnidash.ui.state import Bar, period_of
from omnidash.ui.tables import titled, to_cents

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


def cells_of(workbook: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0).to_python()


def test_a_workbook_keeps_numbers_days_and_chinese_and_stores_formulas_as_text():
    table = pl.DataFrame(
        {
            "名称": ["=HYPERLINK(1)", "https://example.com", "抖音"],
            "=titles too": [1, None, 3],
            "share": [0.5, float("nan"), 0.25],
            "day": [date(2026, 6, 1), None, date(2026, 6, 3)],
        }
    )
    made = xlsx_bytes(table, above=("@note",), percents={"share"})
    assert cells_of(made) == [
        ["@note", "", "", ""],
        ["", "", "", ""],
        ["名称", "=titles too", "share", "day"],
        ["=HYPERLINK(1)", 1.0, 0.5, date(2026, 6, 1)],
        ["https://example.com", "", "", ""],
        ["抖音", 3.0, 0.25, date(2026, 6, 3)],
    ]
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet.lower()


@settings(max_examples=60, deadline=None)
@given(texts.lists(texts.text(max_size=12), min_size=1, max_size=6))
def test_no_text_of_a_table_can_run_in_a_spreadsheet(rows):
    frame = pl.DataFrame({"text": rows}, schema={"text": pl.String})
    written = list(csv.reader(io.StringIO(csv_bytes(frame).decode("utf-8-sig"), newline="")))[1:]
    assert not [
        row for row in written if row and row[0].startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    ]


def test_a_file_is_written_in_the_language_it_was_asked_for_in():
    st.session_state["language"] = "zh_CN"
    make = in_this_language(lambda: ",".join(titled(pl.DataFrame({"channel": ["x"]})).columns).encode())
    st.session_state["language"] = "en"
    assert make().decode() == "渠道"
    assert titled(pl.DataFrame({"channel": ["x"]})).columns == ["Channel"]


def test_amounts_are_shown_to_the_cent_and_ratios_as_they_are():
    table = pl.DataFrame(
        {"spend": [656848.218, -3797.151, 0.12346, None], "roi": [3.58217, 0.0, 1.0, 2.0], "n": [1, 2, 3, 4]}
    )
    shown = to_cents(table, keep=["roi"])
    assert shown["spend"].to_list() == [656848.22, -3797.15, 0.1235, None]
    assert shown.select("roi", "n").equals(table.select("roi", "n"))
