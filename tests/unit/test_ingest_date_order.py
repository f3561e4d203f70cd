"""Day, month and year are told apart by the whole column and the lines above it, or asked about."""

from pathlib import Path

import pytest

from omnidash.ingest.run import import_file, inspect
from omnidash.store import Workspace
from tests.unit.ingest_files import write

SPEND = "date,channel,cost\n"


def asked(workspace: Workspace, path: Path) -> tuple[str | None, list[tuple[str, ...]]]:
    seen = inspect(workspace, path)
    return seen.mapping.date_order, [q.options for q in seen.questions if q.field == "date_order"]


@pytest.mark.parametrize(
    ("dates", "order", "options"),
    [
        (["26-07-15"], None, ("dmy", "ymd")),
        (["26/07/01", "26/07/02"], None, ("dmy", "ymd")),
        (["06/07/01"], None, ("dmy", "mdy", "ymd")),
        ([f"26-07-{day}" for day in range(10, 29)], "ymd", None),  # one month, or one day of nineteen years
        ([f"{day}/07/26" for day in range(13, 32)], "dmy", None),
        (["07/28/26"], "mdy", None),
        (["26.07.01", "26.07.31"], "ymd", None),  # 31 would be a year to come
        (["13.01.26"], "dmy", None),  # not of 2013: exports are of late
        (["03.01.26", "04.01.26"], "dmy", None),
        (["26.01.13", "26.01.14"], "ymd", None),
        (["25.03.24", "26.03.24"], "dmy", None),  # two days of one year rather than one day of two years
        (["25.03.24"], None, ("dmy", "ymd")),
        (["01.07.2026", "02.07.2026"], None, None),  # dotted: the day comes first
        (["03/04/2026"], None, ("dmy", "mdy")),
    ],
)
def test_two_digit_years_may_come_first(
    workspace: Workspace, tmp_path: Path, dates: list[str], order: str | None, options: tuple[str, ...] | None
) -> None:
    path = write(tmp_path, SPEND + "".join(f"{day},radio,{n}\n" for n, day in enumerate(dates, start=1)))
    assert asked(workspace, path) == (order, [options] if options else [])


def test_a_year_in_front_is_read_as_one(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, SPEND + "".join(f"26-07-{day},radio,1\n" for day in range(10, 20)))
    import_file(workspace, path)
    assert workspace.rows("select min(day)::varchar, max(day)::varchar from spend") == [("2026-07-10", "2026-07-19")]


def test_the_file_itself_beats_what_a_platform_usually_writes(workspace: Workspace, tmp_path: Path) -> None:
    header = "Start Date (in UTC),Account Name,Campaign Name,Campaign ID,Currency,Total Spent,Impressions,Clicks\n"
    text = f"Report Time: 13/04/2026 - 20/04/2026\n\n{header}" + "03/04/2026,A,B,1,CNY,5,1,1\n" * 2
    assert inspect(workspace, write(tmp_path, text)).mapping.date_order == "dmy"


@pytest.mark.parametrize(
    ("column", "cells", "first", "last"),
    [
        ("日期范围", ["2026-07-01 ~ 2026-07-07", "2026.7.15至2026.7.21"], "2026-07-01", "2026-07-21"),
        ("Date range", ['"Jul 1, 2026 - Jul 7, 2026"', '"Jul 8 – 14, 2026"'], "2026-07-01", "2026-07-14"),
        ("Date range", ['"Jun 29 - Jul 5, 2026"'], "2026-06-29", "2026-07-05"),
        ("Week", ["2026-W27", "2026-W28"], "2026-06-29", "2026-07-12"),
        ("周", ["2026年第27周"], "2026-06-29", "2026-07-05"),
        ("季度", ["2026Q1", "2026年第二季度"], "2026-01-01", "2026-06-30"),
        ("Quarter", ["Q1 2026"], "2026-01-01", "2026-03-31"),
    ],
)
def test_a_cell_may_name_more_than_a_day(
    workspace: Workspace, tmp_path: Path, column: str, cells: list[str], first: str, last: str
) -> None:
    path = write(tmp_path, f"{column},Channel,Cost\n" + "".join(f"{cell},Radio,700\n" for cell in cells))
    result = import_file(workspace, path)
    assert (result.rejected, str(result.first_day), str(result.last_day)) == (0, first, last)


def test_a_day_and_a_clock_in_two_columns_are_one_moment(workspace: Workspace, tmp_path: Path) -> None:
    text = "Time,Date,Receipt no,Total\n18:30,2026-07-01,1,10\n7:45 PM,2026-07-02 00:00:00,2,20\n"
    import_file(workspace, write(tmp_path, text))
    moments = [("2026-07-01 10:30:00",), ("2026-07-02 11:45:00",)]
    assert workspace.rows("select ts::varchar from event order by ts") == moments


def test_another_column_of_dates_decides(workspace: Workspace, tmp_path: Path) -> None:
    file = "date,channel,cost,Updated\n03/04/2026,meta,10,15/04/2026\n04/04/2026,meta,20,16/04/2026\n"
    found = inspect(workspace, write(tmp_path, file))
    assert (found.mapping.date_order, found.questions) == ("dmy", ())
