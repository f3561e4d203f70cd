"""Whom a parcel goes to is not thereby who bought it: a recipient's phone is a weak link between the two."""

from pathlib import Path

import pytest

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
