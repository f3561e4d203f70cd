"""Forget a person: nothing leads to them any more, sums stay, and no import or undo brings them back."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from omnidash.engine.journeys import journeys_of
from omnidash.engine.refunds import unmatched_refunds
from omnidash.identity.decisions import decisions, forgettings
from omnidash.identity.forget import forget, forget_all
from omnidash.identity.lookup import identifier_ids
from omnidash.identity.persons import persons
from omnidash.identity.preview import Proposal, apply
from omnidash.identity.requests import columns_in, identifiers_in
from omnidash.identity.resolve import set_rules
from omnidash.identity.shared_by_forgotten import SHARED_WITH_FORGOTTEN
from omnidash.identity.why import why
from omnidash.ingest.meaning.identifier_columns import identifier_columns
from omnidash.ingest.run import import_file, rejects, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.made_once import workspace_with
from tests.unit.ingest_files import write

EVENTS = """\
time,channel,action,phone,email,device_id,order_id,revenue
2026-07-01 10:00:00,抖音,click,13800000001,,D-1,,
2026-07-01 11:00:00,微信,click,13800000001,ana@x.example,,,
2026-07-01 12:00:00,百度,click,13800000003,bo@x.example,D-1,,
2026-07-02 10:00:00,天猫,purchase,,ana@x.example,,E-7,80
2026-07-02 11:00:00,微信,click,13800000002,,,,
yesterday,微信,click,13800000001,ana@x.example,,,
"""
ORDERS = """\
订单编号,订单创建时间,付款时间,手机号,实付金额,退款金额,商品名称,数量
1001,2026-07-03 10:00:00,2026-07-03 10:01:00,13800000001,200.00,0,鞋,1
1002,2026-07-03 11:00:00,2026-07-03 11:01:00,13800000002,90.00,0,袜,1
1003,2026-07-04 12:00:00,2026-07-04 12:00:30,13800000001,50.00,20.00,帽,1
"""
REFUNDS = "order_id,refund,refund_time\n1001,30,2026-07-09 10:00:00\n"

TABLES = ("event", "event_restated", "order_line", "order_line_restated", "link", "link_restated", "identifier",
          "person", "shared_identifier", "reject", "reject_identifier", "identity_decision", "batch")  # fmt: skip


def shop(folder: Path) -> tuple[Workspace, list[int]]:
    files = {"events.csv": EVENTS, "orders.csv": ORDERS, "refunds.csv": REFUNDS}
    workspace = workspace_with(folder / "workspace", files)
    return workspace, [batch for (batch,) in workspace.rows("select batch_id from batch order by all")]


def figures(workspace: Workspace) -> list[Any]:
    """What must not change: traffic and money by day and channel."""
    return [
        workspace.rows("select day, channel, count(*), sum(revenue_base) from event group by all order by all"),
        workspace.rows("select sku, item, sum(quantity), sum(amount) from order_line group by all order by all"),
        round(float(journeys_of(workspace).revenue.sum()), 2),
        unmatched_refunds(workspace).rows(),
    ]


def everything(workspace: Workspace) -> str:
    """All that the tables hold, as text."""
    return "\n".join(str(row) for table in TABLES for row in workspace.rows(f"select * from {table}"))


def test_nothing_leads_to_a_forgotten_person_and_sums_stay(tmp_path: Path) -> None:
    workspace, _ = shop(tmp_path)
    (phone,), (mail,) = identifier_ids(workspace, "13800000001"), identifier_ids(workspace, "ana@x.example")
    made = apply(workspace, Proposal(cuts=((phone, mail),)), reason="Ana says so")
    apply(workspace, Proposal(restores=tuple(made)), reason="Ana was wrong")
    before, count = figures(workspace), persons(workspace).persons
    done = forget(workspace, "138 0000 0001")
    assert (done.persons, done.events, done.order_lines, done.rejects, done.decisions) == (1, 6, 2, 1, 2)
    assert figures(workspace) == before
    assert persons(workspace).persons == count - 2
    text = everything(workspace)
    for trace in [str(phone), str(mail), f"{phone:015x}", f"{mail:015x}", "E-7", "Ana"]:
        assert trace not in text, trace
    assert not re.search(r"(?<![0-9a-f])100[13](?![0-9a-f])", text)  # a key in hex may hold these digits
    assert "1002" in text
    for raw in ("13800000001", "ana@x.example"):
        with pytest.raises(BadInput, match="occurs in no imported file"):
            why(workspace, raw)
    assert [d.kind for d in decisions(workspace)] == ["block", "restore", "cut"]
    assert [(d.a, d.reason) for d in decisions(workspace)[1:]] == [(None, ""), (None, "")]
    assert rejects(workspace, 1) == []


@pytest.mark.parametrize("number", ["R-1", "单-1", 'R "1"', "R\\1"])
def test_a_warning_that_names_an_order_of_theirs_names_it_no_more(
    workspace: Workspace, tmp_path: Path, number: str
) -> None:
    quoted = number.replace('"', '""')
    text = ORDERS + f'"{quoted}",2026-07-05 12:00:00,2026-07-05 12:00:30,13800000005,50.00,80.00,帽,1\n'
    import_file(workspace, write(tmp_path, text, "orders.csv"))
    told = "select 1 from batch where contains(cast(warnings as varchar), $number)"
    as_json = json.dumps(number, ensure_ascii=False)
    assert workspace.rows(told, {"number": as_json})
    forget(workspace, "13800000005")
    assert not workspace.rows(told, {"number": as_json})
    assert workspace.rows(told, {"number": "forgotten-"})


def test_the_same_files_again_find_their_rows_anonymous(tmp_path: Path) -> None:
    workspace, _ = shop(tmp_path)
    forget(workspace, "ana@x.example")
    before = figures(workspace)
    identifiers = workspace.rows("select * from identifier order by all")
    for name in ("events.csv", "orders.csv", "refunds.csv"):
        done = import_file(workspace, tmp_path / name)
        assert (done.added, done.restated) == (0, 0), name
    assert figures(workspace) == before
    assert workspace.rows("select * from identifier order by all") == identifiers
    assert not re.search(r"\b1001\b", everything(workspace))


def test_a_later_file_of_the_person_comes_in_anonymous(tmp_path: Path) -> None:
    workspace, _ = shop(tmp_path)
    forget(workspace, "13800000001")
    identifiers = workspace.rows("select count(*) from identifier")
    later = ORDERS.replace("200.00,0,", "200.00,200.00,") + (
        "1004,2026-07-05 12:00:00,2026-07-05 12:00:30,+8613800000001,70.00,0,鞋,1\n"
    )
    done = import_file(workspace, write(tmp_path, later, "later.csv"))
    assert (done.added, done.restated, done.duplicates) == (1, 1, 2)
    assert workspace.rows("select sum(revenue) from event where action in ('purchase', 'refund')") == [
        (Decimal(80 + 200 + 90 + 50 + 70 - 20 - 200 - 30),)
    ]
    assert workspace.rows("select count(*) from identifier") == identifiers
    # the total of 200 and the entry of 30 are still of one order, whose number nobody can read
    assert float(journeys_of(workspace).revenue.sum()) == 80 + 0 + 90 + 30 + 70
    assert unmatched_refunds(workspace).is_empty()
    assert not {"1001", "1004"} & {row[0] for row in workspace.rows("select order_id from event")}


def test_an_undo_brings_back_no_more_than_anonymous_rows(tmp_path: Path) -> None:
    workspace, (first, orders, _) = shop(tmp_path)
    later = write(tmp_path, ORDERS.replace("200.00,0,", "210.00,0,"), "later.csv")
    restating = import_file(workspace, later).batch_id
    forget(workspace, "13800000001")
    rollback(workspace, restating)
    assert workspace.rows("select revenue, identifier_id from event where revenue in (200, 210)") == [
        (Decimal(200), None)
    ]
    for batch in (orders, first):
        rollback(workspace, batch)
    for name in ("events.csv", "orders.csv"):
        import_file(workspace, tmp_path / name)
    assert identifier_ids(workspace, "13800000001") == []
    assert not re.search(r"\b1001\b", everything(workspace))
    assert workspace.rows("select sum(revenue) from event where action = 'purchase'") == [(Decimal(420),)]


def test_at_the_strict_level_a_person_is_forgotten_with_their_devices(workspace: Workspace, tmp_path: Path) -> None:
    text = "time,channel,action,phone,device_id\n2026-07-01 10:00:00,抖音,click,13800000001,D-1\n"
    import_file(workspace, write(tmp_path, text))
    set_rules(workspace, level="strict")
    assert persons(workspace).persons == 2
    assert forget(workspace, "13800000001").identifiers == 2
    assert persons(workspace).identifiers == 0


def test_requests_in_bulk_count_what_is_unknown_and_keep_it_out(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, EVENTS)
    done = forget_all(workspace, ["13800000001", "bo@x.example", "  ", "not imported"])
    assert (done.persons, done.unknown) == (0, 3)
    import_file(workspace, path)
    assert identifier_ids(workspace, "13800000001") == identifier_ids(workspace, "bo@x.example") == []
    assert identifier_ids(workspace, "13800000002") != []
    again = forget_all(workspace, ["13800000001", "13800000002"])
    assert (again.persons, again.unknown, again.already) == (1, 0, 1)


def test_a_number_of_two_persons_forgets_neither_until_it_is_said_which(workspace: Workspace, tmp_path: Path) -> None:
    rows = "2026-07-01 10:00:00,抖音,click,13800000001,ana@x.example\n2026-07-01 11:00:00,抖音,click,,bo@x.example\n"
    import_file(workspace, write(tmp_path, "time,channel,action,phone,email\n" + rows))
    card = "time,channel,action,member_id,email\n2026-07-02 10:00:00,抖音,click,13800000001,bo@x.example\n"
    import_file(workspace, write(tmp_path, card, "cards.csv"))
    assert persons(workspace).persons == 2
    with pytest.raises(BadInput, match="of several persons; say as what it is meant: member_id, phone"):
        forget(workspace, "13800000001")
    done = forget_all(workspace, ["13800000001"])
    assert (done.persons, done.unknown, done.ambiguous, persons(workspace).persons) == (0, 0, 1, 2)
    assert forget(workspace, "13800000001", kind="phone").persons == 1
    assert identifier_ids(workspace, "ana@x.example") == [] and identifier_ids(workspace, "bo@x.example") != []


def test_the_history_says_who_forgot_and_why_and_nothing_of_whom(tmp_path: Path) -> None:
    workspace, _ = shop(tmp_path)
    forget(workspace, "13800000001", by="kim", reason="asked by 13800000001 on 2 July")
    (told,) = forgettings(workspace)
    assert (told.by, told.reason) == ("kim", "asked by *** on 2 July")
    assert told.identifiers >= 2


def test_forgetting_twice_is_no_error_and_a_stranger_is_one(tmp_path: Path) -> None:
    workspace, _ = shop(tmp_path)
    forget(workspace, "13800000001")
    assert forget(workspace, "13800000001").already == 1
    with pytest.raises(BadInput, match="occurs in no imported file"):
        forget(workspace, "13811111111")


def test_a_word_of_many_names_nobody(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, write(tmp_path, "time,channel,action,email\n2026-07-01 10:00:00,抖音,click,unknown\n"))
    with pytest.raises(BadInput, match="names nobody"):
        forget(workspace, "unknown")


def test_journey_tables_of_before_are_removed(tmp_path: Path) -> None:
    workspace, _ = shop(tmp_path)
    journeys_of(workspace)
    assert list((workspace.folder / "cache").iterdir())
    forget(workspace, "13800000001")
    assert list((workspace.folder / "cache").iterdir()) == []


@pytest.mark.parametrize("level", ["normal", "strict"])
def test_a_device_of_two_persons_is_not_handed_to_the_one_that_stays(tmp_path: Path, level: str) -> None:
    workspace, _ = shop(tmp_path)
    set_rules(workspace, level=level)
    device = identifier_ids(workspace, "D-1")[0]
    forget(workspace, "13800000001")
    if level == "strict":  # whoever loosens it later does not hand it over either
        set_rules(workspace, level="normal")
    assert workspace.rows("select person_id from person where identifier_id = $of", {"of": device}) == []
    [block] = [decision for decision in decisions(workspace) if decision.kind == "block"]
    assert (block.a, block.reason, block.is_in_force) == ("device_id ***", SHARED_WITH_FORGOTTEN, True)
    again = import_file(workspace, write(tmp_path, EVENTS, "again.csv"))
    assert again.added == 0
    assert workspace.rows("select person_id from person where identifier_id = $of", {"of": device}) == []


def test_a_hub_that_loses_a_neighbour_by_forgetting_joins_nobody(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "hub")
    rows = "".join(f"2026-07-01 10:0{i}:00,x,visit,1380000000{i},TABLET-01\n" for i in range(1, 4))
    import_file(workspace, write(tmp_path, "time,channel,action,phone,device_id\n" + rows))
    set_rules(workspace, level="loose", hub_limit=2)
    assert persons(workspace).persons == 3
    forget(workspace, "13800000001")
    assert persons(workspace).persons == 2


@pytest.mark.parametrize("at_once", [True, False])
def test_a_device_is_forgotten_with_the_last_who_shared_it(tmp_path: Path, at_once: bool) -> None:
    workspace, _ = shop(tmp_path)
    asked = ["13800000001", "13800000003"]
    for texts in [asked] if at_once else [asked[:1], asked[1:]]:
        forget_all(workspace, texts)
    assert identifier_ids(workspace, "D-1") == []
    assert [(d.a, d.reason) for d in decisions(workspace)] == ([] if at_once else [(None, "")])


def whose(workspace: Workspace) -> list[Any]:
    return workspace.rows("select ts, identifier_id from event order by ts")


def test_a_number_of_many_is_forgotten_and_nobody_with_it_also_when_the_file_comes_again(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "call_centre")
    rows = "".join(f"2026-07-01 10:0{i}:00,x,visit,M-{i},13911112345,m{i}@x.example\n" for i in range(8))
    alone = "2026-07-01 11:00:00,x,visit,,13911112345,\n"
    path = write(tmp_path, "time,channel,action,member_id,phone,email\n" + rows + alone)
    import_file(workspace, path)
    done = forget(workspace, "13911112345")
    assert (done.identifiers, done.events) == (1, 1)
    left, persons_left = whose(workspace), workspace.rows("select * from person order by all")
    again = import_file(workspace, path)
    assert (again.added, again.restated) == (0, 0)
    assert (whose(workspace), workspace.rows("select * from person order by all")) == (left, persons_left)
    later = "2026-07-02 10:00:00,x,visit,M-9,13911112345,m9@x.example\n"
    import_file(workspace, write(tmp_path, "time,channel,action,member_id,phone,email\n" + later, "later.csv"))
    assert len(identifier_ids(workspace, "M-9")) == 1  # a new customer whom the call centre served


def test_the_other_of_a_cut_is_not_forgotten_when_the_file_comes_again(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "parted")
    path = write(tmp_path, "time,channel,action,phone,member_id\n2026-07-01 10:00:00,x,visit,13800000001,M-1\n")
    import_file(workspace, path)
    (phone,), (member,) = identifier_ids(workspace, "13800000001"), identifier_ids(workspace, "M-1")
    apply(workspace, Proposal(cuts=((phone, member),)), reason="two people")
    assert forget(workspace, "13800000001").events == 0
    assert import_file(workspace, path).restated == 0
    assert [row[1] for row in whose(workspace)] == [member]
    assert identifier_ids(workspace, "13800000001") == []


def test_what_is_new_beside_a_forgotten_persons_own_number_is_theirs(tmp_path: Path) -> None:
    """Also where the person once stood beside the number of the call centre."""
    workspace = Workspace.create(tmp_path / "own")
    head = "time,channel,action,member_id,phone,email\n"
    rows = "".join(f"2026-07-01 10:0{i}:00,x,visit,M-{i},13911112345,m{i}@x.example\n" for i in range(8))
    import_file(workspace, write(tmp_path, head + rows))
    assert forget(workspace, "m3@x.example").events == 1
    later = "2026-07-02 10:00:00,x,visit,M-9,,m3@x.example\n2026-07-02 11:00:00,x,visit,M-9,13911112345,m3@x.example\n"
    import_file(workspace, write(tmp_path, head + later, "later.csv"))
    assert [row[1] for row in whose(workspace)][-2:] == [None, None]
    assert identifier_ids(workspace, "M-9") == []


def test_the_only_column_of_a_list_that_names_people_is_found_by_the_words_of_imports() -> None:
    text = "客户姓名,手机号码,备注\n安娜,13800000001,x\n".encode()
    assert identifiers_in(text, called=identifier_columns) == ["13800000001"]
    assert columns_in(text) == ["客户姓名", "手机号码", "备注"] and columns_in(b"13800000001\n") == []
    with pytest.raises(BadInput, match="say which column"):
        identifiers_in("手机号码,会员卡号,邮箱\n1,2,3\n".encode(), called=identifier_columns)
