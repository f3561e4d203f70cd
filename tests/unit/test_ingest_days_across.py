"""Tables with a column for each day are turned where it is sure what their numbers are; else they are refused."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnidash.ingest.reading.days_across import turned
from omnidash.ingest.reading.parts import parts
from omnidash.ingest.run import BatchResult, commit, inspect
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import write
from tests.unit.workbook_files import write_xlsx

DAYS = "2026-07-01,2026-07-02,2026-07-03"


def imported(workspace: Workspace, path: Path) -> BatchResult:
    with parts(workspace, path) as (part,):
        seen = inspect(workspace, part.path, name=part.name)
        assert part.warnings[0].english().endswith("it is read as one row per day, and row numbers count those")
        assert not seen.questions
        return commit(workspace, part.path, seen.mapping, name=part.name)


def spent(workspace: Workspace) -> list[tuple[int, str, Decimal]]:
    return workspace.rows("select day(day), raw_channel, cost from spend order by day, raw_channel")


def test_a_title_says_what_the_numbers_are_and_totals_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    text = f"7月花费,,,,\n渠道,{DAYS},合计\n抖音,100,200.5,-,300.5\n微信,10,,30,40\n合计,110,200.5,30,340.5\n"
    result = imported(workspace, write(tmp_path, text))
    assert (result.kind, result.added, result.rejected, result.skipped_totals) == ("spend", 4, 0, 3)
    assert spent(workspace) == [
        (1, "微信", 10),
        (1, "抖音", 100),
        (2, "抖音", Decimal("200.5")),
        (3, "微信", 30),
    ]


def test_the_name_of_the_file_may_say_it(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, f"Channel;{DAYS.replace(',', ';')}\nBing;1;2;3\nTikTok;4;5;6\n", "ad_spend_july.csv")
    assert imported(workspace, path).sums["cost"] == "21"


def test_rows_that_are_measures_become_columns(workspace: Workspace, tmp_path: Path) -> None:
    text = (
        f"Channel,Metric,{DAYS}\nBing,Cost,1,2,3\n,Clicks,10,20,30\n,CTR,1%,2%,3%\nTikTok,Cost,4,5,6\n,Clicks,4,5,6\n"
    )
    result = imported(workspace, write(tmp_path, text))
    assert (result.added, result.sums["cost"], result.sums["clicks"]) == (6, "21", "75")


def test_a_sheet_with_days_across_is_turned(workspace: Workspace, tmp_path: Path) -> None:
    rows = [["Ad spend"], ["Channel", *DAYS.split(",")], ["Bing", 1, 2.5, 3], ["TikTok", 4, 5, 6]]
    path = write_xlsx(tmp_path / "plan.xlsx", {"July": rows, "Notes": [["made by Ann"], ["for the team"]]})
    assert imported(workspace, path).sums["cost"] == "21.5"


@pytest.mark.parametrize(
    "text",
    [
        f"渠道,{DAYS}\n抖音,100,200,300\n微信,10,20,30\n",  # of what?
        f"花费和点击,,,\n渠道,{DAYS}\n抖音,100,200,300\n微信,10,20,30\n",  # of which?
        f"花费,,,\n渠道,{DAYS}\n抖音,100,many,300\n微信,10,20,30\n",
        f"花费,,,\n渠道,{DAYS},合计\n抖音,100,200,300,600\n,10,20,30,60\n",
    ],
)
def test_what_is_not_sure_is_refused_with_a_remedy(workspace: Workspace, tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match="has a column for each day"), parts(workspace, write(tmp_path, text)) as (part,):
        inspect(workspace, part.path, name=part.name)


@given(
    st.lists(st.lists(st.integers(0, 10**6), min_size=3, max_size=8), min_size=1, max_size=6).filter(
        lambda table: len(set(map(len, table))) == 1
    )
)
def test_turning_loses_no_number(table: list[list[int]]) -> None:
    days = [f"2026-07-{day:02}" for day in range(1, len(table[0]) + 1)]
    rows = [["Cost"], ["Channel", *days], *([f"c{i}", *map(str, row)] for i, row in enumerate(table))]
    found = turned(rows)
    assert found is not None
    assert {(channel, day): int(cost) for channel, day, cost in found[2:]} == {
        (f"c{i}", day): number for i, row in enumerate(table) for day, number in zip(days, row, strict=True)
    }
