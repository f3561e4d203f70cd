"""Forgetting where a later file restated a row: each version of it is somebody's, and goes with its own person."""

from typing import Any

import pytest

from omnidash.identity.anonymous import ORDER_TOKEN
from omnidash.identity.forget import forget
from omnidash.identity.resolve import Rules, resolve
from omnidash.ingest.result import BatchResult
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from tests.unit.ingest_files import write

EVENTS = "event_id,time,channel,action,phone,email,device_id\n"
ORDERS = "订单编号,订单创建时间,手机号,商品编码,数量,单价\n"
ANA, BO = "13800000001", "13800000002"


def files(workspace: Workspace, head: str, *texts: str) -> list[BatchResult]:
    """Files of one source, imported in this order."""
    folder = workspace.folder.parent
    return [import_file(workspace, write(folder, head + text, f"{n}.csv")) for n, text in enumerate(texts)]


def lines(workspace: Workspace) -> list[tuple[Any, ...]]:
    return workspace.rows(f"select sku, starts_with(order_id, '{ORDER_TOKEN}') from order_line order by sku")


def test_lines_of_an_order_that_was_somebody_elses_before_stay_with_their_order(workspace: Workspace) -> None:
    """Order 1 was Ana's by mistake; the later file says that it is Bo's."""
    wrong, right = f"1,2026-07-01 10:00:00,{ANA},S-1,1,10\n", f"1,2026-07-01 10:00:00,{BO},S-2,1,10\n"
    files(workspace, ORDERS, wrong, right)
    forget(workspace, ANA)
    assert lines(workspace) == [("S-2", False)]
    assert workspace.rows("select order_id from event") == [("1",)]
    old = workspace.rows("select order_id from event_restated union all select order_id from order_line_restated")
    assert [number.startswith(ORDER_TOKEN) for (number,) in old] == [True, True]
    files(workspace, ORDERS, wrong, right)
    assert lines(workspace) == [("S-2", False)]


def test_an_order_that_no_longer_names_its_buyer_keeps_its_number_to_itself(workspace: Workspace) -> None:
    named, unnamed = f"1,2026-07-01 10:00:00,{ANA},S-1,1,10\n", "1,2026-07-01 10:00:00,,S-1,1,10\n"
    more = f"2,2026-07-02 10:00:00,{BO},S-9,1,10\n"  # a file must have a phone somewhere to be read as one of persons
    files(workspace, ORDERS, named + more, unnamed + more)
    forget(workspace, ANA)
    files(workspace, ORDERS, named + more, unnamed + more)
    assert lines(workspace) == [("S-1", True), ("S-9", False)]


def test_a_number_that_others_have_too_stays_readable_on_rows_of_nobody(workspace: Workspace) -> None:
    """Two shops number alike: of a row without buyer nobody knows whose it is, before and after."""
    nobodys = f"7,2026-07-01 10:00:00,,S-1,1,10\n8,2026-07-01 11:00:00,{BO},S-2,1,10\n"
    events = "time,channel,action,phone,order_id,revenue\n" + "".join(
        f"2026-07-05 1{n}:00:00,天猫,purchase,{phone},7,{n + 3}\n" for n, phone in enumerate((ANA, BO))
    )
    folder = workspace.folder.parent
    paths = [write(folder, ORDERS + nobodys, "orders.csv"), write(folder, events, "events.csv")]
    for path in paths:
        import_file(workspace, path)
    forget(workspace, ANA)
    left = workspace.rows("select order_id, identifier_id from event order by all")
    for path in paths:
        import_file(workspace, path)
    assert workspace.rows("select order_id, identifier_id from event order by all") == left
    assert lines(workspace) == [("S-1", False), ("S-2", False)]


def test_the_same_file_again_finds_rows_that_named_a_word_for_nobody_beside(workspace: Workspace) -> None:
    text = f"E-1,2026-07-01 10:00:00,抖音,click,{ANA},unknown,D-1\nE-2,2026-07-02 10:00:00,抖音,click,{BO},,D-2\n"
    files(workspace, EVENTS, text)
    forget(workspace, ANA)
    (again,) = files(workspace, EVENTS, text)
    assert (again.added, again.restated, again.duplicates) == (0, 0, 2)


def test_what_a_file_between_had_linked_goes_when_the_first_one_comes_again(workspace: Workspace) -> None:
    """The last file counts: it names no e-mail, as the first did."""
    plain, linked = (f"E-1,2026-07-01 10:00:00,抖音,click,{ANA},{mail},\n" for mail in ("", "a@x.example"))
    files(workspace, EVENTS, linked, plain)
    assert not workspace.rows("select * from link")
    files(workspace, EVENTS, plain, linked, plain)
    assert not workspace.rows("select * from link")


@pytest.mark.parametrize("level", ["normal", "loose"])
def test_persons_beside_one_who_is_blocked_with_the_forgotten_are_resolved_anew(
    workspace: Workspace, level: str
) -> None:
    """A tablet leads to Ana and, over her e-mail's hub, to many: what is written piece by piece is as from scratch."""
    rows = "".join(
        f"E-{n},2026-07-01 10:{n:02d}:00,抖音,click,1390000{n:04d},p{n}@x.example,D-{n}\n" for n in range(60)
    )
    shared = "".join(
        f"F-{n},2026-07-02 10:0{n}:00,抖音,click,{phone},{mail},{device}\n"
        for n, (phone, mail, device) in enumerate(
            [("13800000009", "a@x.example", ""), ("13800000009", "b@x.example", "D-Y"),
             ("13800000008", "b@x.example", "D-Y"), ("13800000009", "c@x.example", "")]
        )
    )  # fmt: skip
    workspace.change_settings(identity_level=level, hub_limit=2)
    files(workspace, EVENTS, rows + shared)
    forget(workspace, "a@x.example")
    said = [workspace.rows(f"select * from {t} order by all") for t in ("person", "shared_identifier")]
    with workspace.writing("a test") as cursor:
        resolve(cursor, Rules.of(workspace.settings))
    assert [workspace.rows(f"select * from {t} order by all") for t in ("person", "shared_identifier")] == said
