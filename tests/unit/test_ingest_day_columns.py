"""Cells of a day column that name more than a day: ranges, months, weeks, hours."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.meaning.guess import guess
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.profiles import recognised
from omnidash.ingest.run import commit, import_file, inspect
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import write


def test_cells_tell_a_card_of_weekdays_from_a_table_of_days() -> None:
    header = ["Day", "Impressions"]
    assert recognised(header, [["2026-07-01", "5"]]) is None
    card = recognised(header, [["Monday", "5"], ["Tuesday", "6"]])
    assert card is not None
    assert card.name == "google_ads_card_hours"


@pytest.mark.parametrize(
    ("header", "cells", "days"),
    [
        ("时间", ("2026-06-01 - 2026-06-07", "2026-06-08 至 2026-06-14"), ("2026-06-01", "2026-06-14", 14)),
        ("Date", ("6/1/2026 - 6/7/2026", "6/8/2026 - 6/14/2026"), ("2026-06-01", "2026-06-14", 14)),
        ("月份", ("2026-05", "2026-06"), ("2026-05-01", "2026-06-30", 61)),
        ("统计日期", ("2026年2月", "2026年3月"), ("2026-02-01", "2026-03-31", 59)),
        ("Month", ("Dec 2026", "January 2027"), ("2026-12-01", "2027-01-31", 62)),
        ("month", ("202605", "202606"), ("2026-05-01", "2026-06-30", 61)),
        ("Month", ("2026-06-01", "2026-07-01"), ("2026-06-01", "2026-07-31", 61)),
        ("week", ("2026-06-01", "2026/06/08"), ("2026-06-01", "2026-06-14", 14)),
        ("Day", ("2026-06-01", "2026-07-01"), ("2026-06-01", "2026-07-01", 2)),
    ],
)
def test_a_cell_may_name_a_range_a_month_or_a_week(
    workspace: Workspace, tmp_path: Path, header: str, cells: tuple[str, str], days: tuple[str, str, int]
) -> None:
    path = write(tmp_path, f"{header},channel,cost\n{cells[0]},douyin,60\n{cells[1]},douyin,70\n")
    seen = inspect(workspace, path)
    assert (seen.kind, seen.questions) == ("spend", ())
    assert any("spread" in w.template for w in seen.warnings) == (seen.mapping.span is not None)
    result = commit(workspace, path, seen.mapping)
    assert (result.added, result.rejected, result.sums) == (2, 0, {"cost": "130"})
    found = workspace.rows(
        "select min(day)::varchar, max(day)::varchar, count(distinct day), sum(cost)::integer from spend"
    )
    assert found == [(*days, 130)]


def test_hours_of_a_day_are_no_days(workspace: Workspace, tmp_path: Path) -> None:
    hours = [f"2026-06-01 {h:02}:00 - 2026-06-01 {h:02}:59,meta,{h}.50" for h in range(23)]
    last = "2026-06-01 23:00 ~ 2026-06-02 00:00,meta,40.00"
    path = write(tmp_path, "\n".join(["时间,渠道,消耗", *hours, last, "合计,,304.50"]))
    seen = inspect(workspace, path)
    assert seen.mapping is not None
    assert not any("spread" in w.template for w in seen.warnings)
    import_file(workspace, path)
    assert workspace.rows("select day, sum(cost) from spend group by day") == [(date(2026, 6, 1), Decimal("304.50"))]


def test_a_range_that_ends_at_midnight_is_not_counted_a_day_too_long(workspace: Workspace, tmp_path: Path) -> None:
    weeks = [f"2026-06-{d:02} - 2026-06-{d + 6:02},meta,70" for d in (1, 8)]
    until_midnight = "2026-06-15 00:00 - 2026-06-22 00:00,meta,70"
    path = write(tmp_path, "\n".join(["Date,channel,cost", *weeks, until_midnight]))
    result = import_file(workspace, path)
    assert (result.added, result.rejected) == (2, 1)


def test_a_single_day_among_ranges_is_that_day(workspace: Workspace, tmp_path: Path) -> None:
    path = write(
        tmp_path, "日期,渠道,花费\n2026-06-01~2026-06-02,抖音,4\n2026-06-03~2026-06-04,抖音,4\n2026-06-09,抖音,1\n"
    )
    commit(workspace, path, inspect(workspace, path).mapping)
    assert workspace.rows("select day::varchar, cost::integer from spend order by day") == [
        ("2026-06-01", 2), ("2026-06-02", 2), ("2026-06-03", 2), ("2026-06-04", 2), ("2026-06-09", 1),
    ]  # fmt: skip


def test_a_span_needs_a_day_column() -> None:
    with pytest.raises(BadInput, match="span 'month'"):
        Mapping(kind="spend", columns={"a": "cost"}, span="month")


@pytest.mark.parametrize(
    ("header", "cell"),
    [("日期", "46204"), ("Date", "46205.0"), ("时间-小时", "2026-07-01 00:00-00:59"), ("By hour", "2026-07-01 01:00 ~ 01:59"),
     ("Datum", "1. Juli 2026"), ("Date", "14 août 2026")],
)  # fmt: skip
def test_days_are_known_however_they_are_written(header: str, cell: str) -> None:
    found = guess(
        [header, "channel", "cost", "clicks"], [[cell, "meta", "10", "1"], [cell, "meta", "12", "2"]], "spend"
    )
    assert found.mapping.column_of("date") == header


def test_numbers_under_another_header_are_no_days() -> None:
    found = guess(["amount of day", "channel", "cost"], [["46204", "meta", "10"]], "spend")
    assert found.mapping.column_of("date") is None


def test_days_under_a_bare_label_are_days(workspace: Workspace, tmp_path: Path) -> None:
    text = "label,nb_uniq_visitors,nb_visits\n2026-07-01,5,6\n2026-07-02,7,8\n"
    found = inspect(workspace, write(tmp_path, text, "visits_2026-07-01_2026-07-02.csv")).mapping
    assert (found.kind, found.column_of("date"), found.column_of("visitors")) == (
        "reports",
        "label",
        "nb_uniq_visitors",
    )
