"""Every row of a file is read, with its row number; what does not fit is set aside and counted."""

import stat
from pathlib import Path

import pytest

from omnidash.ingest.reading.reader import count_flaws, look, opened
from omnidash.ingest.run import dry_run, import_file, inspect, rejects
from omnidash.store import Workspace
from tests.unit.ingest_files import SPEND, imported, write


def cells(workspace: Workspace, path: Path, *, mend: bool) -> list[tuple[object, ...]]:
    """The rows as text, the way the import reads them."""
    source = look(path)
    names = ", ".join(f"coalesce(c{i}, '')" for i in range(len(source.dialect.header)))
    with workspace.staging() as staging, opened(workspace, staging, source, mend=mend) as raw:
        rows = staging.cursor.execute(f"select {names} from {raw.relation}", raw.params).fetchall()
        assert mend or count_flaws(staging) == 0
    return rows


def test_straight_and_mended_reading_give_the_same_cells(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, 'day,name,cost\n2026-07-01,"a ""b"", c",1\n2026-07-02,"two\nlines",2\n2026-07-03,,\n')
    straight = cells(workspace, path, mend=False)
    assert straight == cells(workspace, path, mend=True)
    assert straight[1] == ("2026-07-02", "two\nlines", "2")


def test_rows_of_the_wrong_length_are_set_aside_with_their_numbers(workspace: Workspace, tmp_path: Path) -> None:
    ragged = (
        "Report\n\ndate,channel,cost\n2026-07-01,抖音,1\n2026-07-02,抖音\n\n2026-07-03,抖音,3,4\n2026-07-04,抖音,4,\n"
    )
    result = imported(workspace, tmp_path, ragged)
    assert (result.rows_read, result.added, result.rejected) == (4, 2, 2)
    told = [(r["row_number"], r["reason"].english()) for r in rejects(workspace, result.batch_id)]
    assert told == [(5, "the row has 2 cells, the header has 3"), (7, "the row has 4 cells, the header has 3")]
    assert workspace.rows("select row_number from spend order by 1") == [(4,), (8,)]


def test_totals_and_footers_are_skipped_and_counted(workspace: Workspace, tmp_path: Path) -> None:
    file = SPEND + "总计,--,--,260.50,2600,85\nTotal: Campaigns,,,260.50,2600,85\n\n" + '"© 2026 Ads Inc."\n'
    result = imported(workspace, tmp_path, file)
    assert (result.rows_read, result.added, result.skipped_totals, result.rejected) == (6, 3, 3, 0)
    assert result.sums["cost"] == "260.5"


@pytest.mark.parametrize(
    ("total", "rejected"),
    [
        ("总计,--,260.50", 0),  # fewer cells than the header
        (",,Total,260.50,2600,85", 0),
        (",合计,,260.50,2600,85", 0),
        ("Total: Campaigns, --, --,260.50,2600,85", 0),
        ("Grand total,,,260.50,2600,85", 0),
        ('"合计（共3条）",,,260.50,2600,85', 0),
        ("Total of 3 results,,,260.50,2600,85", 0),
        ('"@2020 Microsoft Corporation. All rights reserved. "', 0),
        ("注：以上数据仅供参考,,,,,", 0),
        ("Total Sports,抖音,品牌,1,1,1", 1),  # a row without a date is set aside, and not taken for a total
        ("总计划,抖音,品牌,1,1,1", 1),
    ],
)
def test_totals_of_the_platforms_are_skipped_and_counted(
    workspace: Workspace, tmp_path: Path, total: str, rejected: int
) -> None:
    result = imported(workspace, tmp_path, SPEND + total + "\n")
    assert (result.added, result.skipped_totals, result.rejected) == (3, 1 - rejected, rejected)
    assert result.sums["cost"] == "260.5"


def test_a_row_with_a_date_is_no_total_whatever_its_campaign_is_called(workspace: Workspace, tmp_path: Path) -> None:
    names = ["Total", "合计", "Total: Video", "© Sports", "注：夏季"]
    rows = "".join(f"2026-07-0{day},抖音,{name},1\n" for day, name in enumerate(names, start=1))
    result = imported(workspace, tmp_path, "date,channel,campaign,cost\n" + rows)
    assert (result.added, result.skipped_totals) == (5, 0)


def test_a_campaign_called_total_is_no_total(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, "date,channel,campaign,cost\n2026-07-01,抖音,Total,5\n")
    assert (result.added, result.skipped_totals) == (1, 0)


def test_ids_protected_from_spreadsheets_are_freed(workspace: Workspace, tmp_path: Path) -> None:
    file = 'order_id,time,revenue\n="00123",2026-07-01 10:00:00,5\n\t00124,2026-07-01 10:00:00,6\n'
    imported(workspace, tmp_path, file)
    assert workspace.rows("select order_id from event order by 1") == [("00123",), ("00124",)]


@pytest.mark.parametrize("lines_below", [1, 500])
def test_a_quote_that_does_not_close_swallows_no_row(workspace: Workspace, tmp_path: Path, lines_below: int) -> None:
    file = 'date,channel,cost\n2026-07-01,"抖音,1\n' + "2026-07-02,抖音,1\n" * lines_below
    result = imported(workspace, tmp_path, file)
    assert (result.rows_read, result.added, result.sums["cost"]) == (lines_below + 1,) * 2 + (str(lines_below + 1),)
    assert workspace.rows("select distinct raw_channel from spend") == [("抖音",)]


def test_loose_quotes_join_no_lines(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        'date,channel,campaign,cost\n2026-07-01,抖音,"Brand,10\n2026-07-02,抖音,Say "hi",20\n'
        '2026-07-03,抖音,"A "quoted" name",30\n2026-07-04,抖音,"two\nlines",40\n2026-07-05,"抖音,"x,50\n'
    )
    result = imported(workspace, tmp_path, file)
    assert (result.rows_read, result.added, result.rejected, result.sums["cost"]) == (5, 5, 0, "150")
    names = workspace.rows("select campaign from spend order by day")
    assert names == [("Brand",), ('Say "hi"',), ('A "quoted" name',), ("two\nlines",), ("x",)]
    said = [text for w in result.warnings if "quotation mark" in (text := w.english())]
    assert len(said) == 1 and said[0].startswith("2 rows ") and said[0].endswith("(row 2, 6)")
    lines = 'date,channel,cost\n2026-07-01,抖音,1\n2026-07-02,"Meta Ads,16\n'
    assert "row 3: a quotation mark" in " ".join(w.english() for w in imported(workspace, tmp_path, lines).warnings)


def test_a_line_of_loose_quotes_and_too_few_cells_is_set_aside(workspace: Workspace, tmp_path: Path) -> None:
    file = 'date,channel,cost\n2026-07-01,"抖音\n2026-07-02,抖音,"2"\n'
    result = imported(workspace, tmp_path, file)
    assert (result.rows_read, result.added, result.rejected, result.sums["cost"]) == (2, 1, 1, "2")


def test_a_column_without_a_name_that_says_something_is_a_column(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost,,\n2026-07-01,抖音,1,x,\n2026-07-02,抖音,2,,\n")
    assert look(path).dialect.header == ("date", "channel", "cost", "column 4")
    assert imported(workspace, tmp_path, path.read_text()).added == 2


def test_the_mark_that_ended_texts_on_dos_is_no_row(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, SPEND + "\x1a")
    assert (result.rows_read, result.added) == (3, 3)


def test_backticks_before_cells_are_taken_off(workspace: Workspace, tmp_path: Path) -> None:
    file = "订单编号,订单创建时间,实付金额\n`00123,`2026-07-01 10:00:00,`5.50\n`00124,`2026-07-01 10:00:00,`6\n"
    result = imported(workspace, tmp_path, file)
    assert (result.added, result.sums["revenue"]) == (2, "11.5")
    assert workspace.rows("select order_id from event order by 1") == [("00123",), ("00124",)]


def test_nothing_is_left_in_the_scratch_folder(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, SPEND + "2026-07-03,抖音\n", encoding="gb18030")
    dry_run(workspace, path, inspect(workspace, path).mapping)
    import_file(workspace, path)
    assert list((workspace.folder / "tmp").iterdir()) == []


def test_the_spooled_text_is_private(workspace: Workspace, tmp_path: Path) -> None:
    source = look(write(tmp_path, SPEND, encoding="gb18030"))
    with workspace.staging() as staging, opened(workspace, staging, source, mend=True):
        modes = {stat.S_IMODE(p.stat().st_mode) for p in (workspace.folder / "tmp").glob("*.csv")}
    assert modes == {0o600}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_ending(workspace: Workspace, tmp_path: Path, ending: str) -> None:
    result = imported(workspace, tmp_path, SPEND.replace("\n", ending))
    assert (result.added, result.sums["cost"]) == (3, "260.5")


@pytest.mark.parametrize(
    "text",
    [
        '"Report\nof July"\ndate,channel,cost\n2026-07-01,抖音,1\n2026-07-02,抖音,2\n',  # two lines in quotes above
        'date,channel,"cost\n(CNY)"\n2026-07-01,抖音,1\n2026-07-02,抖音,2\n',  # or within the header
        '"Best" report\ndate,channel,cost\n2026-07-01,抖音,1\n2026-07-02,抖音,2\n',  # a quote round half a cell
        "Report\r\ndate,channel,cost\n2026-07-01,抖音,1\n2026-07-02,抖音,2\n",  # lines that end in two ways
        "date,channel,cost\r\n2026-07-01,抖音,1\n2026-07-02,抖音,2\r\n",
        'date,channel,cost\n2026-07-01,"抖\r音",1\n2026-07-02,抖音,2\n',  # a return before the first end of a line
        'date,channel,cost\n2026-07-01,"抖\r\n音",1\n2026-07-02,抖音,2\n',
        'date,channel,cost\r\n2026-07-01,"抖\n音",1\r\n2026-07-02,抖音,2\r\n',
        "sep=,\ndate,channel,cost\n2026-07-01,抖音,1\n2026-07-02,抖音,2\n\n\n",
        "date,channel,cost\n2026-07-01,抖音,1\n,,\n2026-07-02,抖音,2\n,,",
    ],
)
def test_no_row_is_lost_where_a_fast_reader_would_lose_some(workspace: Workspace, tmp_path: Path, text: str) -> None:
    result = imported(workspace, tmp_path, text)
    assert (result.rows_read, result.added, result.sums["cost"]) == (2, 2, "3")


def test_a_part_that_begins_a_million_lines_down_keeps_its_row_numbers(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "\n" * 1_000_000 + "# Start date: 20260701\ndate,channel,cost\n2026-07-01,抖音,1\n")
    found = look(path).dialect
    assert (found.header, found.header_row, found.preamble) == (
        ("date", "channel", "cost"),
        1_000_002,
        ("# Start date: 20260701",),
    )
    assert workspace.rows("select row_number from spend") == []
    import_file(workspace, path)
    assert workspace.rows("select row_number from spend") == [(1_000_003,)]


def test_a_text_that_is_only_called_packed_is_read(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, SPEND, "export.csv.gz")
    assert (result.added, result.rejected) == (3, 0)
