"""A file says nothing of what it has no column for: that stays as earlier imports said it, and undo knows whose it was."""

from pathlib import Path
from typing import Any

from omnidash.ingest.run import import_file, rollback
from omnidash.store import Workspace
from tests.unit.ingest_files import write

WITH_PERSONS = """\
order_id,time,email,campaign,revenue
1,2026-06-01 10:00,a@x.de,spring,100
2,2026-06-02 10:00,b@x.de,spring,50
"""
STATUS_ONLY = "order_id,time,revenue,status\n1,2026-06-01 10:00,100,paid\n2,2026-06-02 10:00,40,paid\n"
SPEND = "date,channel,campaign,cost,impressions,clicks\n2026-06-01,meta,a,10,1000,20\n2026-06-02,meta,a,10,900,10\n"
COST_ONLY = "date,channel,campaign,cost\n2026-06-01,meta,a,12\n2026-06-02,meta,a,10\n"


def orders(ws: Workspace) -> list[tuple[Any, ...]]:
    return ws.rows(
        "select order_id, identifier_id is not null, campaign, cast(revenue as double) from event order by order_id"
    )


def spent(ws: Workspace) -> list[tuple[Any, ...]]:
    return ws.rows("select cast(cost as double), impressions, clicks from spend order by day")


def test_orders_keep_their_persons_where_a_later_file_names_none(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, write(tmp_path, WITH_PERSONS))
    later = import_file(workspace, write(tmp_path, STATUS_ONLY, "later.csv"))
    assert (later.added, later.restated, later.duplicates) == (0, 1, 1)
    assert orders(workspace) == [("1", True, "spring", 100.0), ("2", True, "spring", 40.0)]


def test_what_only_an_undone_import_had_said_goes_with_it(workspace: Workspace, tmp_path: Path) -> None:
    first = import_file(workspace, write(tmp_path, WITH_PERSONS))
    later = import_file(workspace, write(tmp_path, STATUS_ONLY, "later.csv"))
    rollback(workspace, first.batch_id)
    assert orders(workspace) == [("1", False, None, 100.0), ("2", False, None, 40.0)]
    rollback(workspace, later.batch_id)
    assert orders(workspace) == []


def test_undo_of_the_later_file_brings_the_earlier_one_back(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, write(tmp_path, SPEND))
    before = spent(workspace)
    later = import_file(workspace, write(tmp_path, COST_ONLY, "later.csv"))
    assert (later.restated, later.duplicates) == (1, 1)
    assert spent(workspace) == [(12.0, 1000, 20), (10.0, 900, 10)]
    rollback(workspace, later.batch_id)
    assert spent(workspace) == before


def test_a_word_between_two_others_is_carried_on(workspace: Workspace, tmp_path: Path) -> None:
    first = import_file(workspace, write(tmp_path, SPEND))
    second = import_file(workspace, write(tmp_path, SPEND.replace("1000", "1100"), "second.csv"))
    import_file(workspace, write(tmp_path, COST_ONLY, "third.csv"))
    assert spent(workspace)[0] == (12.0, 1100, 20)
    rollback(workspace, second.batch_id)
    assert spent(workspace)[0] == (12.0, 1000, 20)
    rollback(workspace, first.batch_id)
    assert spent(workspace) == [(12.0, None, None), (10.0, None, None)]


def test_persons_stay_joined_where_a_later_file_says_nothing_of_one_identifier(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Order 1 names phone and e-mail; a list of payments has no e-mails, one of parcels no persons at all."""
    both = "order_id,time,phone,email,revenue\n1,2026-06-01 10:00,13812340001,a@x.de,100\n"
    payments = "order_id,time,phone,revenue\n1,2026-06-01 10:00,13812340001,90\n"
    parcels = "order_id,time,revenue,status\n1,2026-06-01 10:00,80,paid\n"
    corrected = "order_id,time,phone,revenue\n1,2026-06-01 10:00,13812340002,80\n"
    persons = []
    first = import_file(workspace, write(tmp_path, both, "both.csv"))
    for name, text in (("payments", payments), ("parcels", parcels), ("corrected", corrected)):
        last = import_file(workspace, write(tmp_path, text, f"{name}.csv"))
        persons.append(workspace.rows("select count(*), count(distinct person_id) from person"))
    assert persons == [[(2, 1)], [(2, 1)], [(3, 3)]]
    rollback(workspace, last.batch_id)
    assert workspace.rows("select count(distinct person_id) from person") == [(1,)]
    rollback(workspace, first.batch_id)
    assert workspace.rows("select type from identifier") == [("phone",)]


def test_a_recipients_phone_stays_theirs_where_a_later_file_names_the_buyer_alone(
    workspace: Workspace, tmp_path: Path
) -> None:
    gift = "订单编号,订单创建时间,手机号,收货人手机号,实付金额\n1,2026-06-01 10:00,13812340001,13912340002,100\n"
    import_file(workspace, write(tmp_path, gift, "gift.csv"))
    before = workspace.rows("select distinct a, b from link order by all")
    import_file(
        workspace, write(tmp_path, "订单编号,订单创建时间,手机号,实付金额\n1,2026-06-01 10:00,13812340001,90\n")
    )
    assert workspace.rows("select distinct a, b from link order by all") == before
    assert len(before) == 2  # the buyer and the contact, the contact and whose phone it is
