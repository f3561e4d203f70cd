"""Several accounts and shops of one platform: equal names and numbers are not the same campaign or order."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.run import BatchResult, Mapping, commit, inspect, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.made_once import workspace_with

GOOGLE = "Day,Campaign,Campaign type,Currency code,Cost,Impr.,Clicks,Account name\n"
SHOP = "order_id,time,email,revenue,channel\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspace_with(tmp_path / "w", {}, currency="EUR")


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


@pytest.mark.parametrize("clock", [" 10:0{n}", ""], ids=["minutes apart", "days only"])
def test_orders_of_another_shop_on_the_same_days_are_asked_about(
    workspace: Workspace, tmp_path: Path, clock: str
) -> None:
    def orders(who: str, amounts: tuple[int, ...], shift: int) -> str:
        lines = (
            f"#100{n},2026-06-0{n + 1}{clock.format(n=n + shift)},{who}{n}@x.de,{amount},shop\n"
            for n, amount in enumerate(amounts)
        )
        return SHOP + "".join(lines)

    take(workspace, file(tmp_path, "one.csv", orders("a", (100, 20, 55, 31), 0)))
    other = file(tmp_path, "two.csv", orders("b", (70, 22, 90, 12), 4))
    with pytest.raises(BadInput, match="another account or shop"):
        take(workspace, other)
    result = take(workspace, other, account="Shop Two")
    assert (result.added, result.restated) == (4, 0)
    assert workspace.rows("select sum(revenue) from event")[0][0] == 400


ANONYMOUS = "order_id,time,revenue,channel\n"


def test_orders_of_nobody_by_days_are_asked_about_where_all_amounts_are_others(
    workspace: Workspace, tmp_path: Path
) -> None:
    def orders(*amounts: float) -> str:
        return ANONYMOUS + "".join(f"{n},2026-06-0{n},{amount},shop\n" for n, amount in enumerate(amounts, start=1))

    take(workspace, file(tmp_path, "one.csv", orders(100, 20, 55, 31, 80, 64)))
    for corrected in ((100, 20, 50, 31, 80, 64), (119, 23.8, 65.45, 36.89, 95.2, 76.16), (100, 25, 60, 38, 90, 80)):
        result = take(workspace, file(tmp_path, "corrected.csv", orders(*corrected)))
        assert result.restated > 0
        rollback(workspace, result.batch_id)
    with pytest.raises(BadInput, match="another account or shop"):
        take(workspace, file(tmp_path, "two.csv", orders(33, 48, 12, 90, 41, 20)))


def test_a_later_export_of_the_payments_moment_and_recipients_is_not_asked_about(
    workspace: Workspace, tmp_path: Path
) -> None:
    one = SHOP + "".join(f"#100{n},2026-06-0{n + 1} 10:00,a{n}@x.de,{50 + n},shop\n" for n in range(5))
    take(workspace, file(tmp_path, "one.csv", one))
    two = SHOP + "".join(f"#100{n},2026-06-0{n + 1} 10:{n + 7:02},gift{n}@y.de,{50 + n},shop\n" for n in range(5))
    assert take(workspace, file(tmp_path, "two.csv", two)).restated == 5


def test_costs_of_two_accounts_are_asked_about_though_some_days_are_alike_by_chance(
    workspace: Workspace, tmp_path: Path
) -> None:
    def costs(*amounts: float) -> str:
        days = (f"2026-06-{day:02},bing,Brand,{amount}\n" for day, amount in enumerate(amounts, start=1))
        return "date,channel,campaign,cost\n" + "".join(days)

    one = (41, 22, 35, 48, 17, 29, 33, 40, 12, 26)
    take(workspace, file(tmp_path, "one.csv", costs(*one)))
    late = take(workspace, file(tmp_path, "late.csv", costs(*one[:6], 25, 52, 20, 38)))  # the last days were corrected
    assert late.restated == 4
    rollback(workspace, late.batch_id)
    with pytest.raises(BadInput, match="another account or shop"):
        take(workspace, file(tmp_path, "two.csv", costs(18, 23, 12, 50, 36, 28.2, 15, 22, 44, 19)))


EVENT_HEAD = "time,event_id,property,action,customer_id,channel\n"


def test_ids_of_two_sites_in_one_file_are_kept_apart(workspace: Workspace, tmp_path: Path) -> None:
    def rows(site: str, hour: int, count: int = 6) -> str:
        lines = (f"2026-06-01 {hour}:0{n},{n},{site},visit,{site}{n},google\n" for n in range(count))
        return "".join(lines)

    both = take(workspace, file(tmp_path, "both.csv", EVENT_HEAD + rows("de", 10) + rows("fr", 12)))
    assert (both.added, both.duplicates) == (12, 0)
    one = take(workspace, file(tmp_path, "one.csv", EVENT_HEAD + rows("fr", 12).replace(",visit,", ",click,")))
    assert (one.added, one.restated) == (0, 6)
    assert workspace.rows("select action, count(*) from event group by all order by all") == [
        ("click", 6),
        ("visit", 6),
    ]


def test_a_column_of_accounts_is_part_of_an_events_id_only_where_two_have_one(
    workspace: Workspace, tmp_path: Path
) -> None:
    head = "time,event_id,account name,action,customer_id,channel\n"
    alone = "".join(f"2026-06-01 10:0{n},{n},{'AB'[n % 2]},visit,c{n},google\n" for n in range(10))
    shared = "".join(f"2026-06-01 10:0{n},{n // 2},{'AB'[n % 2]},visit,c{n},google\n" for n in range(10))
    assert "account" not in inspect(workspace, file(tmp_path, "a.csv", head + alone)).mapping.columns.values()
    assert inspect(workspace, file(tmp_path, "b.csv", head + shared)).mapping.columns["account name"] == "account"


def test_events_imported_before_sites_were_told_apart_keep_their_ids(workspace: Workspace, tmp_path: Path) -> None:
    rows = "".join(f"2026-06-01 10:0{n},{n},de,visit,c{n},google\n" for n in range(6))
    path = file(tmp_path, "old.csv", EVENT_HEAD + rows)
    as_before = {c: f for c, f in inspect(workspace, path).mapping.columns.items() if f != "account"}
    take(workspace, path, columns=as_before)
    longer = take(workspace, file(tmp_path, "new.csv", EVENT_HEAD + rows + "2026-06-02 09:00,6,de,visit,c6,google\n"))
    assert (longer.added, longer.duplicates) == (1, 6)
