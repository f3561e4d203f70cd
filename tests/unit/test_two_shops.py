"""Member 1001 of shop A is not member 1001 of shop B, where their owner says that they are two shops."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from omnidash.cli.main import main
from omnidash.identity.contested_persons import contested_persons
from omnidash.identity.forget import forget
from omnidash.identity.lookup import identifier_ids, identifier_of
from omnidash.ingest.run import commit, import_file, inspect, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import write

SHOPS = (("Shop A", "13811110001"), ("Shop B", "13922220001"))


def of_shop(kind: str, shop: str, phone: str, column: str = "account") -> str:
    head = f"time,channel,action,{kind},phone,{column}\n"
    return head + f"2026-07-01 10:00:00,shop,login,1001,{phone},{shop}\n"


def persons(workspace: Workspace) -> int:
    return int(workspace.rows("select count(distinct person_id) from person")[0][0])


def brought(workspace: Workspace, folder: Path, text: str, name: str, **said: str) -> int:
    path = write(folder, text, name)
    return commit(workspace, path, replace(inspect(workspace, path).mapping, **said)).batch_id


@pytest.mark.parametrize("kind", ["customer_id", "member_id", "openid"])
@pytest.mark.parametrize("option", ["account", "ids_of"])
def test_an_account_or_a_name_given_for_the_file_parts_its_numbers(
    workspace: Workspace, tmp_path: Path, kind: str, option: str
) -> None:
    for shop, phone in SHOPS:
        brought(workspace, tmp_path, of_shop(kind, "x", phone, "campaign"), f"{shop}.csv", **{option: shop})
    assert persons(workspace) == 2
    with pytest.raises(BadInput):
        identifier_of(workspace, "1001")
    with pytest.raises(BadInput):
        forget(workspace, "1001")
    assert identifier_of(workspace, "Shop A:1001") != identifier_of(workspace, "Shop B:1001")
    brought(workspace, tmp_path, of_shop(kind, "x", "13811110002", "campaign"), "more.csv", **{option: "Shop A"})
    assert persons(workspace) == 2


@pytest.mark.parametrize(("kind", "expected"), [("customer_id", 2), ("member_id", 2), ("openid", 1)])
def test_a_column_of_accounts_parts_customers_and_members(
    workspace: Workspace, tmp_path: Path, kind: str, expected: int
) -> None:
    for shop, phone in SHOPS:
        import_file(workspace, write(tmp_path, of_shop(kind, shop, phone), f"{shop}.csv"))
    assert persons(workspace) == expected
    assert len(identifier_ids(workspace, "1001")) == expected
    assert len(identifier_ids(workspace, "Shop A:1001")) == (expected > 1)


def test_two_accounts_of_one_file_are_two_and_blank_ones_are_the_house(workspace: Workspace, tmp_path: Path) -> None:
    rows = [of_shop("member_id", shop, phone) for shop, phone in (*SHOPS, ("", "13733330001"), ("", "13733330002"))]
    import_file(workspace, write(tmp_path, rows[0] + "".join(row.split("\n")[1] + "\n" for row in rows[1:])))
    assert persons(workspace) == 3
    events = workspace.rows("select count(*), count(identifier_id), count(distinct identifier_id) from event")
    assert events == [(4, 4, 3)]
    assert identifier_ids(workspace, "own:1001") and identifier_ids(workspace, "Shop B:1001")


def test_who_is_a_member_of_two_shops_is_not_contested(workspace: Workspace, tmp_path: Path) -> None:
    for shop, _ in SHOPS:
        import_file(workspace, write(tmp_path, of_shop("member_id", shop, "13811110001"), f"{shop}.csv"))
    assert (persons(workspace), contested_persons(workspace).count) == (1, 0)
    twice = of_shop("member_id", "Shop B", "13811110001").replace("1001", "1002")
    import_file(workspace, write(tmp_path, twice, "twice.csv"))
    assert (persons(workspace), contested_persons(workspace).count) == (1, 1)


def test_a_loyalty_card_works_in_all_stores(workspace: Workspace, tmp_path: Path) -> None:
    for shop, phone in SHOPS:
        import_file(workspace, write(tmp_path, of_shop("member_id", shop, phone, "store_id"), f"{shop}.csv"))
    assert persons(workspace) == 1


@pytest.mark.parametrize(("column", "said"), [("account", {}), ("campaign", {"account": "Shop A"})])
def test_identities_of_an_earlier_version_stay_one(
    workspace: Workspace, tmp_path: Path, column: str, said: dict[str, str]
) -> None:
    brought(workspace, tmp_path, of_shop("member_id", "", "13811110001", column), "old.csv")
    with workspace.writing("as an earlier version did") as cursor:  # it had no notion of spaces, and parted nothing
        told = json.loads(cursor.execute("select mapping from batch").fetchall()[0][0]) | {
            "account": said.get("account")
        }
        told.pop("spaces")
        cursor.execute("update batch set mapping = $told", {"told": json.dumps(told)})
    brought(workspace, tmp_path, of_shop("member_id", "Shop A", "13811110002", column), "new.csv", **said)
    assert persons(workspace) == 1
    rollback(workspace, 1)
    brought(workspace, tmp_path, of_shop("member_id", "Shop A", "13811110003", column), "newer.csv", **said)
    assert persons(workspace) == 1  # the second one goes on as it came


def test_the_command_line_says_whose_members_they_are(workspace: Workspace, tmp_path: Path) -> None:
    for shop, phone in SHOPS:
        path = str(write(tmp_path, of_shop("member_id", "x", phone, "campaign"), f"{shop}.csv"))
        assert main(["import", path, "--ids-of", shop, "--workspace", str(workspace.folder)]) == 0
    assert persons(workspace) == 2
