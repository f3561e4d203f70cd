"""Customer 1001 of the shop is not customer 1001 of the CRM, unless their owner says that both use the same numbers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from omnidash.cli.main import main
from omnidash.identity.forget import forget
from omnidash.identity.lookup import identifier_ids, identifier_of
from omnidash.ingest.run import commit, import_file, inspect
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import write

TAOBAO = (
    "订单编号,买家会员名,买家实际支付金额,订单状态,订单创建时间,订单付款时间\n"
    "{number},1001,20,交易成功,2026-07-01 10:00:00,2026-07-01 10:01:00\n"
)
CRM = "time,channel,action,customer_id,email\n2026-07-05 10:00:00,微信,click,1001,ana@x.example\n"


def brought(workspace: Workspace, folder: Path, text: str, name: str, **said: str) -> None:
    path = write(folder, text, name)
    commit(workspace, path, replace(inspect(workspace, path).mapping, **said))


def customers(workspace: Workspace) -> list[tuple[str, int]]:
    """The customer ids and to how many persons all of them belong."""
    return workspace.rows(
        "select count(*), count(distinct person_id) from identifier join person using (identifier_id)"
        " where type = 'customer_id'"
    )


def test_a_customer_number_is_one_person_within_its_system(workspace: Workspace, tmp_path: Path) -> None:
    brought(workspace, tmp_path, TAOBAO.format(number=1), "shop.csv")
    brought(workspace, tmp_path, TAOBAO.format(number=2), "august.csv")
    assert customers(workspace) == [(1, 1)]
    brought(workspace, tmp_path, CRM, "crm.csv")
    assert customers(workspace) == [(2, 2)]
    brought(workspace, tmp_path, TAOBAO.format(number=1), "other.csv", account="B")
    assert customers(workspace) == [(3, 3)]


@pytest.mark.parametrize(("of_shop", "of_crm"), [("own", None), ("K", "K"), (None, "淘宝/天猫")])
def test_two_files_have_the_same_numbers_where_that_is_said(
    workspace: Workspace, tmp_path: Path, of_shop: str | None, of_crm: str | None
) -> None:
    brought(workspace, tmp_path, TAOBAO.format(number=1), "shop.csv", **({"ids_of": of_shop} if of_shop else {}))
    brought(workspace, tmp_path, CRM, "crm.csv", **({"ids_of": of_crm} if of_crm else {}))
    assert customers(workspace) == [(1, 1)]
    next_month = write(tmp_path, TAOBAO.format(number=2), "next.csv")
    import_file(workspace, next_month)  # what was said is remembered for files of the same columns
    assert customers(workspace) == [(1, 1)]


def test_the_command_line_says_whose_numbers_they_are_and_the_history_keeps_it(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brought(workspace, tmp_path, CRM, "crm.csv")
    shop = str(write(tmp_path, TAOBAO.format(number=1), "shop.csv"))
    assert main(["import", shop, "--ids-of", "own", "--workspace", str(workspace.folder)]) == 0
    assert customers(workspace) == [(1, 1)]
    said = [
        json.loads(text)["said"].get("ids_of")
        for (text,) in workspace.rows("select mapping from batch order by batch_id")
    ]
    assert said == [None, "own"]


def test_who_is_asked_for_by_a_number_of_several_systems_is_said_with_the_system(
    workspace: Workspace, tmp_path: Path
) -> None:
    brought(workspace, tmp_path, TAOBAO.format(number=1), "shop.csv")
    brought(workspace, tmp_path, CRM, "crm.csv")
    assert len(identifier_ids(workspace, "1001")) == 2
    for asked in (lambda: identifier_of(workspace, "1001"), lambda: forget(workspace, "1001", kind="customer_id")):
        with pytest.raises(BadInput, match=r"whose it is: 淘宝/天猫:…, own:…$"):
            asked()
    assert identifier_of(workspace, "淘宝/天猫:1001") != identifier_of(workspace, "own:1001")
    assert identifier_of(workspace, "ana@x.example")
    forget(workspace, "own:1001")
    assert customers(workspace) == [(1, 1)]
    assert identifier_of(workspace, "1001") == identifier_of(workspace, "淘宝/天猫:1001")
    brought(workspace, tmp_path, CRM, "crm.csv")
    assert customers(workspace) == [(1, 1)]


def test_what_was_there_before_spaces_is_met_again(workspace: Workspace, tmp_path: Path) -> None:
    """A workspace of the version before: its numbers are the house's, and those of the next files of it are so too."""
    brought(workspace, tmp_path, TAOBAO.format(number=1), "shop.csv", ids_of="own")
    with workspace.writing("as an earlier version left it") as cursor:
        cursor.execute("drop table forgotten_beside")
        cursor.execute("alter table forgotten drop column is_shared")
        cursor.execute("drop table customer_space")
        cursor.execute("drop table blocked_beside")
        cursor.execute("alter table report drop column account")
        cursor.execute("alter table report_restated drop column account")
        cursor.execute("delete from mapping")
        cursor.execute("update setting set value = to_json(12) where name = 'schema_version'")
    workspace.close()
    updated = Workspace.open(workspace.folder)
    import_file(updated, write(tmp_path, TAOBAO.format(number=2), "next.csv"))
    assert customers(updated) == [(1, 1)]
