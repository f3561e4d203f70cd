"""Several accounts and shops of one platform: equal names and numbers are not the same campaign or order."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.run import BatchResult, Mapping, commit, inspect, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace

GOOGLE = "Day,Campaign,Campaign type,Currency code,Cost,Impr.,Clicks,Account name\n"
SHOP = "order_id,time,email,revenue,channel\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "w", currency="EUR")


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def spent(ws: Workspace) -> Decimal:
    return Decimal(ws.rows("select coalesce(sum(cost), 0) from spend")[0][0])


def take(ws: Workspace, path: Path, **changes: object) -> BatchResult:
    mapping: Mapping = replace(inspect(ws, path).mapping, **changes)
    return commit(ws, path, mapping)


def google(account: str, costs: tuple[int, ...]) -> str:
    rows = "".join(
        f"2026-06-{day:02},Brand,Search,EUR,{cost},{cost * 10},{cost // 10},{account}\n"
        for day, cost in enumerate(costs, start=1)
    )
    return GOOGLE + rows


def test_campaigns_of_one_name_in_two_accounts_both_count(workspace: Workspace, tmp_path: Path) -> None:
    first = file(tmp_path, "one.csv", google("Acme DE", (100, 100)))
    take(workspace, first)
    second = take(workspace, file(tmp_path, "two.csv", google("Acme FR", (60, 60))))
    assert (second.added, second.restated) == (2, 0)
    assert spent(workspace) == 320
    assert not any("campaigns" in str(w.template) for w in second.warnings)


def test_an_account_is_restated_by_its_own_file_only(workspace: Workspace, tmp_path: Path) -> None:
    take(workspace, file(tmp_path, "one.csv", google("Acme DE", (100, 100))))
    take(workspace, file(tmp_path, "two.csv", google("Acme FR", (60, 60))))
    again = take(workspace, file(tmp_path, "one_again.csv", google("Acme DE", (100, 90))))
    assert (again.added, again.restated, again.duplicates) == (0, 1, 1)
    assert spent(workspace) == 310
    rollback(workspace, again.batch_id)
    assert spent(workspace) == 320


def test_an_empty_column_more_says_nothing_new_of_events(workspace: Workspace, tmp_path: Path) -> None:
    rows = [f"2026-06-01 10:0{n}:00,p{n}@x.de,click,google" for n in range(5)]
    take(workspace, file(tmp_path, "a.csv", "\n".join(["time,email,action,channel", *rows])))
    wide = "\n".join(["time,email,action,channel,revenue,page", *(f"{row},," for row in rows)])
    again = take(workspace, file(tmp_path, "b.csv", wide))
    assert (again.added, again.duplicates) == (0, 5)


def test_orders_numbered_alike_by_another_shop_are_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    one = SHOP + "".join(f"#100{n},2026-06-0{n + 1} 10:00,a{n}@x.de,100,shop\n" for n in range(5))
    two = SHOP + "".join(f"#100{n},2026-06-1{n + 1} 12:00,b{n}@y.de,70,shop\n" for n in range(5))
    take(workspace, file(tmp_path, "one.csv", one))
    other = file(tmp_path, "two.csv", two)
    with pytest.raises(BadInput) as error:
        take(workspace, other)
    assert "another account or shop" in str(error.value)
    result = take(workspace, other, account="Shop Two")
    assert (result.added, result.restated) == (5, 0)
    assert workspace.rows("select sum(revenue) from event")[0][0] == 850


def test_corrected_orders_are_not_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    one = SHOP + "".join(f"#100{n},2026-06-0{n + 1} 10:00,a{n}@x.de,100,shop\n" for n in range(5))
    take(workspace, file(tmp_path, "one.csv", one))
    result = take(workspace, file(tmp_path, "two.csv", one.replace(",100,", ",80,")))
    assert (result.restated, workspace.rows("select sum(revenue) from event")[0][0]) == (5, 400)


def test_spend_that_shares_nothing_with_the_earlier_is_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    head = "date,channel,campaign,cost,impressions,clicks\n"
    one = head + "".join(f"2026-06-0{d},google_ads,Brand,{100 + d},{1000 + d * 7},{40 + d}\n" for d in range(1, 7))
    two = head + "".join(f"2026-06-0{d},google_ads,Brand,{20 + d * 3},{90 + d * 5},{4 + d}\n" for d in range(1, 7))
    take(workspace, file(tmp_path, "one.csv", one))
    other = file(tmp_path, "two.csv", two)
    with pytest.raises(BadInput) as error:
        take(workspace, other)
    assert "another account or shop" in str(error.value)
    kept = take(workspace, other, account="")
    assert (kept.added, kept.restated) == (0, 6)
    rollback(workspace, kept.batch_id)
    added = take(workspace, other, account="Second")
    assert (added.added, added.restated) == (6, 0)
