"""Events keep every row, know who did them without knowing the person, and come back from an undo as they were."""

import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from omnidash.engine.file_totals import file_totals
from omnidash.ingest.run import history, import_file, rejects, rollback, watermark_of
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import EVENTS, SPEND, imported, says, write


def test_a_touch_file_becomes_events(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, EVENTS)
    assert (result.rows_read, result.added, result.sums) == (3, 3, {"revenue": "199"})
    assert workspace.rows(
        "select row_number, ts::varchar, day::varchar, channel, action, is_touch, revenue_base from event order by ts"
    ) == [
        (2, "2026-07-01 02:00:00", "2026-07-01", "douyin", "impression", True, None),
        (3, "2026-07-01 03:00:00", "2026-07-01", "wechat", "click", True, None),
        (4, "2026-07-02 01:30:00", "2026-07-02", "tmall", "purchase", True, Decimal(199)),
    ]


@pytest.mark.parametrize("few", [0, 16])
def test_a_row_is_of_its_first_honest_identifier_however_many_are_blocked(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("omnidash.ingest.rows.events._FEW_BLOCKED", few)  # of more, a join is asked instead of a list
    who = ["unknown,ana@shop.cn,dev1", "unknown,,dev1", "unknown,,", "13912345678,unknown,dev1", ",,"]
    rows = "".join(f"2026-07-01 10:0{i}:00,抖音,click,{one}\n" for i, one in enumerate(who))
    imported(workspace, tmp_path, "time,channel,action,phone,email,device_id\n" + rows)
    assert workspace.rows(
        "select type, blocked from event left join identifier using (identifier_id) order by row_number"
    ) == [("email", False), ("device_id", False), ("phone", True), ("phone", False), (None, None)]


def test_days_are_cut_in_the_timezone_of_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    imported(
        workspace, tmp_path, "time,channel,action\n2026-06-30T17:00:00Z,抖音,click\n2026-06-30T15:59:59Z,抖音,click\n"
    )
    assert workspace.rows("select day::varchar from event order by ts") == [("2026-06-30",), ("2026-07-01",)]


def test_a_flagged_row_is_the_goal_and_a_touch_and_keeps_its_own_word(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "customer_id,time,interaction,conversion,conversion_value,channel\n"
        "A1,2026-07-22T20:40:41Z,impression,0,0,Facebook\nA1,2026-07-22T21:40:41Z,conversion,1,6.5,Facebook\n"
    )
    imported(workspace, tmp_path, file)
    assert workspace.rows("select action, is_touch, properties from event order by ts") == [
        ("impression", True, None),
        ("purchase", True, '{"action":"conversion"}'),
    ]


def test_two_identical_rows_are_two_events_and_the_file_again_adds_none(workspace: Workspace, tmp_path: Path) -> None:
    twice = EVENTS + EVENTS.splitlines()[1] + "\n"
    assert imported(workspace, tmp_path, twice).added == 4
    again = imported(workspace, tmp_path, twice)
    assert (again.added, again.duplicates) == (0, 4)


def test_own_ids_restate_and_the_last_of_one_file_counts(workspace: Workspace, tmp_path: Path) -> None:
    head = "event_id,time,channel,action,revenue\n"
    first = imported(
        workspace, tmp_path, head + "a,2026-07-01 10:00:00,抖音,purchase,1\na,2026-07-01 10:00:00,抖音,purchase,2\n"
    )
    assert (first.added, first.duplicates) == (1, 1)
    before = says(workspace)
    second = imported(workspace, tmp_path, head + "a,2026-07-01 10:00:00,抖音,purchase,3\n")
    assert (second.restated, workspace.rows("select revenue from event")) == (1, [(Decimal(3),)])
    rollback(workspace, second.batch_id)
    assert says(workspace) == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_of_imports_does_not_matter(workspace: Workspace, tmp_path: Path, order: tuple[int, int]) -> None:
    more = EVENTS + "2026-07-03 10:00:00,抖音,click,ana@shop.example,,\n"
    files = [write(tmp_path, EVENTS, "a.csv"), write(tmp_path, more, "b.csv")]
    for at in order:
        import_file(workspace, files[at])
    ids = workspace.rows("select event_id, action from event order by event_id")
    other = Workspace.create(tmp_path / "other")
    (other.folder / "secret.key").chmod(0o600)
    (other.folder / "secret.key").write_bytes(workspace.key)
    import_file(other, files[1])
    assert other.rows("select event_id, action from event order by event_id") == ids


def test_undo_in_any_order_ends_where_it_began(workspace: Workspace, tmp_path: Path) -> None:
    empty = says(workspace)
    first = imported(workspace, tmp_path, SPEND)
    only_first = says(workspace)
    second = imported(workspace, tmp_path, SPEND.replace("100.50", "101"))
    third = imported(workspace, tmp_path, SPEND.replace("100.50", "102"))
    rollback(workspace, second.batch_id)  # below a later restatement: nothing shows
    assert workspace.rows("select max(cost) from spend where day = '2026-07-01'") == [(Decimal(102),)]
    rollback(workspace, third.batch_id)
    assert says(workspace) == only_first
    rollback(workspace, first.batch_id)
    assert says(workspace) == empty


def test_undo_of_the_lowest_batch_leaves_all_that_the_later_ones_say(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, SPEND)
    second = imported(workspace, tmp_path, SPEND.replace("100.50", "101"))
    assert (second.restated, second.duplicates) == (1, 2)
    rollback(workspace, first.batch_id)
    assert workspace.rows("select cost from spend order by cost") == [(Decimal(50),), (Decimal(101),), (Decimal(110),)]
    rollback(workspace, second.batch_id)
    assert workspace.rows("select count(*) from spend") == [(0,)]


def test_undo_takes_back_persons_labels_and_actions(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, EVENTS)
    before = says(workspace)
    file = "time,channel,action,email\n2026-07-09 10:00:00,Radio Star,danced,zoe@shop.example\n"
    result = imported(workspace, tmp_path, file)
    assert says(workspace) != before
    rollback(workspace, result.batch_id)
    assert says(workspace) == before


def test_a_batch_is_undone_once(workspace: Workspace, tmp_path: Path) -> None:
    batch = imported(workspace, tmp_path, SPEND).batch_id
    rollback(workspace, batch)
    with pytest.raises(BadInput, match="undone already"):
        rollback(workspace, batch)
    with pytest.raises(BadInput, match="no batch 99"):
        rollback(workspace, 99)


def test_history_tells_what_every_file_brought(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, SPEND, "spend.csv")
    imported(workspace, tmp_path, EVENTS, "events.csv")
    newest, oldest = history(workspace)
    assert (newest["file"], newest["kind"], newest["rows_read"], newest["state"]) == (
        "events.csv",
        "events",
        3,
        "active",
    )
    assert (oldest["profile"], oldest["sums"]["cost"]) == ("plain_spend", "260.5")


def test_rejected_rows_show_no_identifier(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "time,channel,action,email,note\nnever,抖音,click,ana@shop.example,call 13812345678\n"
        "2026-07-01 10:00:00,抖音,click,x,bo@shop.example,13912345678\n"
    )
    result = imported(workspace, tmp_path, file)
    named, odd = (r["raw"] for r in rejects(workspace, result.batch_id))
    assert re.fullmatch(r"never,抖音,click,a\*\*\*@\*\*\*\.example #[0-9a-f]{15},\*\*\*", named)
    assert odd == "***,***,***,***,***,***"


RAW = ("ana@shop.example", "13812345678", "+8613812345678", "138-1234-5678", "OPENID-4711", "zoe@shop.example")


def test_no_byte_of_the_workspace_holds_a_raw_identifier(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        EVENTS.replace("email,phone", "email,phone,openid").replace(",199.00", ",OPENID-4711,199.00")
        + "2026-07-05 10:00:00,抖音,click,zoe@shop.example,138-1234-5678\n"  # too short: set aside
        + "never,抖音,click,zoe@shop.example,13812345678,OPENID-4711,1\n"
    )
    for encoding in ("utf-8", "gb18030"):
        result = import_file(workspace, write(tmp_path, file, encoding=encoding))
    assert result.rejected == 4
    texts = workspace.rows(
        "select table_name, column_name from information_schema.columns where data_type in ('VARCHAR', 'JSON')"
    )
    assert ("event", "campaign") in texts
    for table, column in texts:  # a compressed column hides its words from the search below
        said = " ".join(str(value) for (value,) in workspace.rows(f'select "{column}" from "{table}"'))
        assert not any(raw in said for raw in RAW), (table, column)
    rollback(workspace, result.batch_id)
    for path in workspace.folder.rglob("*"):
        if path.is_file():
            contents = path.read_bytes()
            for raw in RAW:
                assert raw.encode() not in contents and raw.encode("utf-16-le") not in contents, (path.name, raw)


def test_a_day_that_is_over_is_delivered_whole() -> None:
    zone, last = ZoneInfo("Asia/Shanghai"), datetime(2026, 7, 2, 9)
    after = watermark_of(last, date(2026, 7, 2), zone, datetime(2026, 7, 3, tzinfo=UTC))
    during = watermark_of(last, date(2026, 7, 2), zone, datetime(2026, 7, 2, 10, tzinfo=UTC))
    assert (after, during) == (datetime(2026, 7, 2, 16), last)


def _watermark(workspace: Workspace, tmp_path: Path, last: str, name: str) -> datetime:
    days = [f"2026-07-0{day} {clock}" for day in range(1, 5) for clock in ("08:00:00", "15:00:00", f"23:4{day}:00")]
    rows = "".join(f"{moment},web,click,a{n}@x.example\n" for n, moment in enumerate([*days, last]))
    import_file(workspace, write(tmp_path, "time,channel,action,email\n" + rows, name))
    return workspace.rows("select watermark from batch order by batch_id desc limit 1")[0][0]


def test_a_last_day_that_breaks_off_is_not_delivered_whole(workspace: Workspace, tmp_path: Path) -> None:
    assert _watermark(workspace, tmp_path, "2026-07-05 15:00:00", "half.csv") == datetime(2026, 7, 5, 7)
    assert _watermark(workspace, tmp_path, "2026-07-05 23:20:00", "whole.csv") == datetime(2026, 7, 5, 16)


def test_a_file_delivers_no_more_than_was_over_when_it_was_written(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n2026-07-01,web,5\n2026-07-02,web,3\n", "spend.csv")
    at = datetime(2026, 7, 2, 7, tzinfo=UTC).timestamp()  # 15:00 in Shanghai
    os.utime(path, (at, at))
    import_file(workspace, path)
    assert workspace.rows("select watermark from batch") == [(datetime(2026, 7, 1, 16),)]


def test_a_refund_takes_revenue_off_however_the_file_writes_it(workspace: Workspace, tmp_path: Path) -> None:
    header = "time,customer_id,channel,action,order_id,revenue\n"
    rows = "2026-06-0{day} 10:00:00,c1,meta,{action},{order},{revenue}\n"
    result = imported(
        workspace,
        tmp_path,
        header
        + rows.format(day=1, action="purchase", order="A", revenue=100)
        + rows.format(day=2, action="refund", order="A", revenue=30)  # as Google Analytics writes it
        + rows.format(day=3, action="refund", order="B", revenue=-20),
    )
    assert workspace.rows("select revenue::integer from event order by ts") == [(100,), (-30,), (-20,)]
    assert result.sums == {"revenue": "50"}
    assert [row["difference"] for row in file_totals(workspace).to_dicts()] == [0]


def test_the_totals_of_a_file_imported_twice_are_there_already(workspace: Workspace, tmp_path: Path) -> None:
    def places() -> list[tuple[float, ...]]:
        columns = ("stated", "own", "there_already", "replaced", "difference")
        return file_totals(workspace).select(columns).rows()

    first = imported(workspace, tmp_path, "date,channel,cost\n2026-07-01,抖音,10\n2026-07-02,抖音,20\n", "a.csv")
    longer = "date,channel,cost\n2026-07-02,抖音,20\n2026-07-03,抖音,300\n"  # one row of it was there, one was not
    imported(workspace, tmp_path, longer, "b.csv")
    imported(workspace, tmp_path, longer, "b.csv")
    imported(workspace, tmp_path, longer, "b.csv")
    assert places() == [(320, 0, 320, 0, 0), (320, 0, 320, 0, 0), (320, 300, 20, 0, 0), (30, 30, 0, 0, 0)]
    imported(workspace, tmp_path, longer.replace("300", "301"), "c.csv")
    assert places()[1:3] == [(320, 0, 20, 300, 0), (320, 0, 20, 300, 0)]
    rollback(workspace, first.batch_id)
    assert [row[-1] for row in places()] == [0, 0, 0, 0]
