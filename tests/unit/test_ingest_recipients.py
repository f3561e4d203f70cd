"""Whom a parcel goes to is not thereby who bought it: a recipient's phone is a weak link between the two."""

from pathlib import Path

import pytest

from omnidash.identity.forget import forget
from omnidash.identity.lookup import readings
from omnidash.identity.resolve import set_rules
from omnidash.ingest.run import rollback
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, says

ORDERS = "订单编号,订单创建时间,买家会员名,收货人手机号,实付金额\n"
CARDS = "time,channel,action,member_id,phone\n"


def persons(workspace: Workspace) -> int:
    return int(workspace.rows("select count(distinct person_id) from person")[0][0])


def order(number: int, buyer: str, recipient: str) -> str:
    return f"A10{number},2026-07-0{number} 10:00:00,{buyer},{recipient},20\n"


@pytest.mark.parametrize("level", ["normal", "loose"])
def test_a_buyer_who_sends_to_the_own_phone_is_known_by_it_elsewhere(
    workspace: Workspace, tmp_path: Path, level: str
) -> None:
    set_rules(workspace, level=level)
    imported(workspace, tmp_path, ORDERS + order(1, "ana", "13812345678"))
    imported(workspace, tmp_path, CARDS + "2026-07-05 10:00:00,微信,click,m1,138-1234-5678\n", "cards.csv")
    assert persons(workspace) == 1
    assert workspace.rows("select type, trust from identifier order by type") == [
        ("customer_id", "strong"), ("member_id", "strong"), ("order_contact", "weak"), ("phone", "strong"),
    ]  # fmt: skip


def test_presents_join_nobody_but_at_the_loose_level(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDERS + order(1, "ana", "13812345678") + order(2, "ben", "13812345678"))
    strong = "select count(distinct person_id) from person join identifier using (identifier_id) where trust = 'strong'"
    assert workspace.rows(strong) == [(3,)]  # ana, ben, and whose phone it is
    set_rules(workspace, level="loose")
    assert persons(workspace) == 1


def test_a_recipient_is_not_the_buyer_at_the_strict_level(workspace: Workspace, tmp_path: Path) -> None:
    set_rules(workspace, level="strict")
    imported(workspace, tmp_path, ORDERS + order(1, "ana", "13812345678"))
    imported(workspace, tmp_path, CARDS + "2026-07-05 10:00:00,微信,click,m1,13812345678\n", "cards.csv")
    of = dict(workspace.rows("select type, person_id from identifier left join person using (identifier_id)"))
    assert of["phone"] == of["member_id"] != of["customer_id"]


def test_the_same_orders_again_change_nothing_and_an_undo_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    empty = says(workspace)
    first = imported(workspace, tmp_path, ORDERS + order(1, "ana", "13812345678"))
    before = says(workspace)
    before.pop("links")  # each import keeps its own
    again = imported(workspace, tmp_path, ORDERS + order(1, "ana", "138 1234 5678"), "again.csv")
    assert (again.added, again.restated, again.duplicates) == (0, 0, 1)
    assert {name: rows for name, rows in says(workspace).items() if name != "links"} == before
    for batch in (again, first):
        rollback(workspace, batch.batch_id)
    assert says(workspace)["identifiers"] == empty["identifiers"] == []


def test_a_phone_that_is_only_the_recipients_any_more_ends_the_buyers_link_with_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    header = "订单编号,订单创建时间,买家会员名,手机号,收货人手机号,实付金额\n"
    imported(workspace, tmp_path, header + "A1,2026-07-01 10:00:00,ana,13812345678,13812345678,20\n")
    later = header + "A1,2026-07-01 10:00:00,ana,,13812345678,20\n"
    assert imported(workspace, tmp_path, later, "later.csv").restated == 1
    links = "select i.type, j.type from link join identifier i on i.identifier_id = a join identifier j on j.identifier_id = b"
    said = {tuple(sorted(pair)) for pair in workspace.rows(links)}
    assert said == {("customer_id", "order_contact"), ("order_contact", "phone")}


EVERY_TABLE_WITH_IDENTIFIERS = ("identifier", "person", "shared_identifier", "reject_identifier", "link",
                                "link_restated", "event", "event_restated")  # fmt: skip
PHONE = "13812345678"
KNOWN_BUYERS = """\
订单编号,订单创建时间,买家会员名,邮箱,收货人手机号,实付金额
A1,2026-07-01 10:00:00,ana,ana@x.example,{phone},20
A2,2026-07-02 10:00:00,ben,ben@x.example,{phone},20
A3,2026-07-03 10:00:00,ben,ben@x.example,,20
"""


def traces(workspace: Workspace, raw: str) -> set[str]:
    """Where an id or a hash of the text, of whatever type, still stands; and the types it has there."""
    of = readings(workspace, [raw])
    wanted = {
        **dict(zip(of["identifier_id"], of["type"], strict=True)),
        **dict(zip(of["hash"], of["type"], strict=True)),
    }
    return {
        f"{table}: {wanted[value]}"
        for table in EVERY_TABLE_WITH_IDENTIFIERS
        for row in workspace.rows(f"select * from {table}")
        for value in row
        if isinstance(value, int | bytes) and value in wanted
    }


@pytest.mark.parametrize("level", ["strict", "normal", "loose"])
def test_a_phone_is_forgotten_as_the_recipient_of_orders_too(workspace: Workspace, tmp_path: Path, level: str) -> None:
    files = {
        "orders.csv": KNOWN_BUYERS.format(phone=PHONE),
        "cards.csv": CARDS + f"2026-07-05 10:00:00,微信,click,m1,{PHONE}\n",
    }
    for name, text in files.items():
        imported(workspace, tmp_path, text, name)
    set_rules(workspace, level=level)
    assert traces(workspace, PHONE)
    forget(workspace, PHONE, kind="phone")
    assert traces(workspace, PHONE) == set()
    for name, text in files.items():
        again = imported(workspace, tmp_path, text, name)
        assert (again.added, again.restated) == (0, 0)
    imported(workspace, tmp_path, ORDERS + order(4, "cai", PHONE), "later.csv")
    assert traces(workspace, PHONE) == set()
    if level != "loose":  # who sent a parcel there is not forgotten with it
        assert len(workspace.rows("select 1 from identifier where type = 'customer_id'")) == 3


def test_forgetting_by_another_identifier_reaches_the_recipient_too(workspace: Workspace, tmp_path: Path) -> None:
    cards = CARDS + f"2026-07-05 10:00:00,微信,click,m1,{PHONE}\n"
    imported(workspace, tmp_path, KNOWN_BUYERS.format(phone=PHONE))
    imported(workspace, tmp_path, cards, "cards.csv")
    assert workspace.rows("select why from shared_identifier") == [("contested",)]
    forget(workspace, "m1")
    assert traces(workspace, PHONE) == set()


def test_a_forgotten_phone_comes_in_as_no_recipient_later(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, CARDS + f"2026-07-05 10:00:00,微信,click,m1,{PHONE}\n", "cards.csv")
    forget(workspace, "m1")
    imported(workspace, tmp_path, ORDERS + order(1, "ana", "138-1234-5678"))
    assert traces(workspace, PHONE) == set()
    assert workspace.rows("select type from identifier") == [("customer_id",)]


def test_both_phones_of_a_taobao_recipient_are_contacts(workspace: Workspace, tmp_path: Path) -> None:
    text = (
        "订单编号,买家会员名,买家实际支付金额,订单状态,联系电话,联系手机,订单创建时间,订单付款时间\n"
        "3001,ana,20,交易成功,0571-87654321,13812345678,2026-07-01 10:00:00,2026-07-01 10:01:00\n"
    )
    assert imported(workspace, tmp_path, text).profile == "taobao_orders"
    of_ana = """
        select i.type from link l join identifier i on i.identifier_id in (l.a, l.b)
        where i.type <> 'customer_id' and exists (
            select 1 from identifier j where j.identifier_id in (l.a, l.b) and j.type = 'customer_id')
    """
    assert workspace.rows(of_ana) == [("order_contact",)] * 2
