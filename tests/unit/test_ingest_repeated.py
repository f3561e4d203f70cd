"""An identifier of a row that stands in its page, campaign, order number … once more is taken out of there."""

from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.engine.refunds import unmatched_refunds
from omnidash.identity.forget import forget
from omnidash.ingest.run import dry_run, import_file, inspect, reject_file
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, write

RAW = ("13977314466", "1397731_4466", "QZMEM7731", "qzmem7731", "oQZ7-731_openid")
EVENTS = """\
event_id,time,channel,action,member_id,openid,phone,page,content_id,store_id,campaign,order_id,referrer,utm_source
E1,2026-07-01 10:00:00,douyin,click,LK1,,13977314466,/u/13977314466,13977314466,13977314466,13977314466,,https://wa.me/8613977314466,xhs
13977314466,2026-07-01 10:01:00,douyin,click,LK1,,+86 139-7731-4466,/u/8613977314466/x,p-13977314466,店_13977314466,c_13977314466,,,
E3,2026-07-01 10:02:00,douyin,purchase,LK1,,13977314466,/u/1397731_4466,,,,QZORD-13977314466-1,,
E4,2026-07-01 10:03:00,douyin,click,LK1,,13977314466,/m/LK1,LK1,TALK12,LK1,,,
E5,2026-07-01 10:04:00,douyin,click,QZMEM7731,oQZ7-731_openid,,/member/qzmem7731/,QZMEM7731,QZMEM7731,QZMEM7731,QZMEM7731-20260701,,
E6,2026-07-01 10:05:00,,click,QZMEM7731,oQZ7-731_openid,,/?utm_campaign=x-QZMEM7731&utm_content=oQZ7-731_openid,,,,,,xhs
yesterday,never,douyin,click,QZMEM7731,,13977314466,/a,x13977314466,,QZMEM7731,QZORD-13977314466-1,,
"""
ORDERS = """\
order_id,time,revenue,customer_id,sku,item,quantity
QZMEM7731-1,2026-07-01 10:00:00,10,QZMEM7731,s1,for QZMEM7731,1
QZMEM7731-1,2026-07-01 10:00:00,20,QZMEM7731,s2,hat,1
7002,2026-07-01 11:00:00,5,BOMEM8842,s1,shoe,1
"""
REFUNDS = "order_id,refund,refund_time\nQZMEM7731-1,4,2026-07-09 10:00:00\n7002,1,2026-07-09 10:00:00\n"


def left_in(workspace: Workspace, *, on_disk: bool = True) -> list[str]:
    """Raw values in any text of any table, for the database may have packed it, and in any byte of the folder."""
    tables = [name for (name,) in workspace.rows("select table_name from information_schema.tables")]
    told = "\n".join(repr(row) for name in tables for row in workspace.rows(f"select * from {name}")).encode()
    files = [f for f in workspace.folder.rglob("*") if f.is_file() and on_disk]
    contents = [told, *(f.read_bytes() for f in files)]
    return [raw for raw in RAW for content in contents if raw.encode() in content]


def texts(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.rows("select campaign, page, content_id, store_id, order_id from event order by ts")


def test_no_byte_of_a_row_s_own_identifiers_is_left_in_its_other_columns(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, EVENTS)
    would = dry_run(workspace, path, inspect(workspace, path).mapping)
    done = import_file(workspace, path)
    assert (done.added, done.rejected, would.added) == (6, 1, 6)
    assert left_in(workspace) == []
    assert not [raw for raw in RAW if raw in reject_file(workspace, done.batch_id, lambda m: m.english())]
    assert [row[:4] for row in texts(workspace)] == [
        ("***", "/u/***", "***", "***"),
        ("c_***", "/u/***/x", "p-***", "店_***"),
        (None, "/u/***", None, None),
        ("***", "/m/***", "***", "TALK12"),
        ("***", "/member/***/", "***", "***"),
        ("x-***", "/", None, None),
    ]


def test_the_same_file_twice_still_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, EVENTS)
    before = workspace.rows("select * from event order by event_id")
    again = import_file(workspace, write(tmp_path, EVENTS, "again.csv"))
    assert (again.added, again.restated) == (0, 0)
    assert workspace.rows("select * from event order by event_id") == before


def test_short_numbers_and_words_that_many_share_stay(workspace: Workspace, tmp_path: Path) -> None:
    imported(
        workspace,
        tmp_path,
        "time,channel,action,member_id,phone,campaign,content_id,store_id,page\n"
        "2026-07-01 10:00:00,douyin,click,12,unknown,unknown 12,12,12,/12\n"
        "2026-07-01 10:00:01,douyin,click,123456,,x9123456,00123456,s1,/a/1234567\n"
        "2026-07-01 10:00:02,douyin,click,A12,,BA12,A123,s1,/a/A12b\n",
    )
    assert [row[:4] for row in texts(workspace)] == [
        ("unknown 12", "/12", "12", "12"),
        ("x9123456", "/a/1234567", "00123456", "s1"),
        ("BA12", "/a/A12b", "A123", "s1"),
    ]


@pytest.mark.parametrize("refunds_first", [False, True])
def test_purchase_lines_and_refunds_of_an_order_still_belong_together(
    workspace: Workspace, tmp_path: Path, refunds_first: bool
) -> None:
    files = [(ORDERS, "orders.csv"), (REFUNDS, "refunds.csv")]
    for text, name in reversed(files) if refunds_first else files:
        imported(workspace, tmp_path, text, name)
    assert left_in(workspace, on_disk=not refunds_first) == []  # freed pages are written over later
    numbers = workspace.rows(
        "select order_id, count(*), sum(revenue) from event where order_id <> '7002' group by order_id"
    )
    assert [(n, total) for _, n, total in numbers] == [(2, Decimal(26))]
    token = numbers[0][0]
    assert token.startswith("*** #")
    assert workspace.rows("select distinct order_id from order_line where order_id <> '7002'") == [(token,)]
    assert workspace.rows("select item from order_line order by all") == [("for ***",), ("hat",), ("shoe",)]
    assert unmatched_refunds(workspace).is_empty()


def test_an_order_number_with_an_identifier_is_restated_like_any(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDERS, "orders.csv")
    later = imported(workspace, tmp_path, ORDERS.replace(",20,", ",25,"), "later.csv")
    assert (later.added, later.restated) == (0, 2)
    assert workspace.rows("select sum(revenue) from event") == [(Decimal(40),)]


def test_forgetting_also_finds_what_an_import_of_before_had_left(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, EVENTS)
    left = "('c_13977314466', '/m/QZMEM7731/oQZ7-731_openid', '店_8613977314466', '{\"content\":\"qzmem7731\"}')"
    with workspace.writing("as it was before") as cursor:
        cursor.execute(f"update event set (campaign, page, store_id, properties) = {left}")
    texts = "select distinct campaign, page, store_id, cast(properties as varchar) from event where identifier_id is"
    forget(workspace, "QZMEM7731")  # whose openid stands in these rows as well
    assert workspace.rows(f"{texts} null") == [("c_13977314466", "/m/***/***", "店_8613977314466", '{"content":"***"}')]
    forget(workspace, "LK1")
    assert set(workspace.rows(f"{texts} null")) == {
        ("c_13977314466", "/m/***/***", "店_8613977314466", '{"content":"***"}'),
        ("c_***", "/m/QZMEM7731/oQZ7-731_openid", "店_***", '{"content":"qzmem7731"}'),
    }
