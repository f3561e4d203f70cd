"""The lines of an order are kept, and go and come back with their order."""

from decimal import Decimal
from pathlib import Path

from omnidash.ingest.run import rollback
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, says

LINES = """\
order_id,time,revenue,sku,item,quantity,unit_price
1,2026-07-01 10:00:00,30,a,Shoe,2,10
1,2026-07-01 10:00:00,,b,Sock,1,10
2,2026-07-01 11:00:00,5,b,Sock,1,5
"""


def lines(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.rows("select order_id, sku, item, quantity, unit_price, amount from order_line order by all")


def test_every_line_of_an_order_is_kept_with_its_order(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, LINES)
    assert (result.rows_read, result.added) == (3, 3)
    assert lines(workspace) == [
        ("1", "a", "Shoe", Decimal(2), Decimal(10), Decimal(20)),
        ("1", "b", "Sock", Decimal(1), Decimal(10), Decimal(10)),
        ("2", "b", "Sock", Decimal(1), Decimal(5), Decimal(5)),
    ]
    assert workspace.rows("select count(*) from order_line join event using (event_id, order_id)") == [(3,)]


def test_an_order_whose_lines_alone_differ_is_restated_and_comes_back(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, LINES)
    before = says(workspace)
    result = imported(workspace, tmp_path, LINES.replace("a,Shoe,2,10", "a,Shoe,1,20"))
    assert (result.added, result.restated, result.duplicates) == (0, 2, 1)
    assert ("1", "a", "Shoe", Decimal(1), Decimal(20), Decimal(20)) in lines(workspace)
    assert len(lines(workspace)) == 3
    rollback(workspace, result.batch_id)
    assert says(workspace) == before


def test_lines_in_another_order_are_the_same_lines(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, LINES)
    head, *rows = LINES.splitlines()
    again = imported(workspace, tmp_path, "\n".join([head, *reversed(rows)]) + "\n")
    assert (again.added, again.restated, again.duplicates) == (0, 0, 3)


def test_a_file_without_lines_leaves_the_known_lines_alone(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, LINES)
    before = lines(workspace)
    result = imported(workspace, tmp_path, "order_id,time,revenue\n1,2026-07-01 10:00:00,28\n")
    assert (result.restated, lines(workspace)) == (1, before)
