"""Spend is keyed by day, channel, campaign and ad; a re-export restates and never doubles."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import Mapping, commit, dry_run, import_file, inspect, rejects, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import SPEND, imported, says, write


def cost(workspace: Workspace) -> Decimal:
    return Decimal(workspace.rows("select coalesce(sum(cost_base), 0) from spend")[0][0])


def test_the_same_file_again_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, SPEND)
    before = says(workspace)
    again = imported(workspace, tmp_path, SPEND, "again.csv")
    assert (again.added, again.restated, again.duplicates) == (0, 0, 3)
    assert says(workspace) == before


def test_rows_in_another_order_are_the_same_rows(workspace: Workspace, tmp_path: Path) -> None:
    head, *lines = (SPEND + "2026-07-01,抖音,夏季,7,1,1\n").splitlines()
    imported(workspace, tmp_path, "\n".join([head, *lines]) + "\n")
    again = imported(workspace, tmp_path, "\n".join([head, *reversed(lines)]) + "\n")
    assert (again.added, again.restated, again.duplicates) == (0, 0, 4)


def test_a_correction_restates_only_the_corrected_day(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, SPEND)
    result = imported(workspace, tmp_path, SPEND.replace("110,1200", "120,1200"))
    assert (result.added, result.restated, result.duplicates) == (0, 1, 2)
    assert cost(workspace) == Decimal("270.50")


def test_several_rows_of_one_key_all_count(workspace: Workspace, tmp_path: Path) -> None:
    by_device = "date,channel,campaign,device,cost\n2026-07-01,抖音,夏季,ios,10\n2026-07-01,抖音,夏季,android,10\n"
    result = imported(workspace, tmp_path, by_device)
    assert (result.added, cost(workspace)) == (2, Decimal(20))


def test_a_re_export_in_fewer_rows_leaves_no_old_row_behind(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, "date,channel,cost\n2026-07-01,抖音,10\n2026-07-01,抖音,12\n2026-07-02,抖音,5\n")
    before = says(workspace)
    result = imported(workspace, tmp_path, "date,channel,cost\n2026-07-01,抖音,21\n")
    assert (result.restated, cost(workspace)) == (1, Decimal(26))
    rollback(workspace, result.batch_id)
    assert says(workspace) == before


def test_two_labels_of_one_channel_are_one_key(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, "date,channel,cost\n2026-07-01,抖音,10\n")
    result = imported(workspace, tmp_path, "date,channel,cost\n2026-07-01,Douyin,10\n")
    assert (result.duplicates, cost(workspace)) == (1, Decimal(10))


def test_rejected_rows_say_what_is_wrong(workspace: Workspace, tmp_path: Path) -> None:
    file = "date,channel,cost\n2026-07-01,抖音,abc\nsoon,抖音,1\n2026-07-01,,1\n2026-07-01,抖音,\n2026-07-01,抖音,4\n"
    result = imported(workspace, tmp_path, file)
    assert (result.rows_read, result.added, result.rejected) == (5, 1, 4)
    assert [(r["row_number"], r["column"], r["reason"].english()) for r in rejects(workspace, result.batch_id)] == [
        (2, "cost", "cost: 'abc' is no number"),
        (3, "date", "date: 'soon' is no date we can read"),
        (4, "channel", "channel is missing"),
        (5, "cost", "cost is missing"),
    ]
    assert rejects(workspace, result.batch_id)[0]["raw"] == "2026-07-01,抖音,abc"


def test_a_missing_rate_names_currency_and_day_and_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "Day,Campaign name,Amount spent (USD),Impressions\n2026-07-01,A,10,1\n2026-07-02,A,20,1\n")
    version = workspace.data_version
    with pytest.raises(BadInput, match="USD to CNY for 2026-07-01"):
        import_file(workspace, path)
    assert workspace.data_version == version
    set_rates(workspace, [("USD", date(2026, 7, 1), Decimal("7.1")), ("USD", date(2026, 7, 2), Decimal("7.2"))])
    import_file(workspace, path)
    assert workspace.rows("select cost, currency, cost_base from spend order by day") == [
        (Decimal(10), "USD", Decimal(71)),
        (Decimal(20), "USD", Decimal(144)),
    ]


def test_amounts_written_in_dollars_are_dollars(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, 'Date,Clicks,Impressions,Avg. CPC,Cost\n"Thu, 5 Feb 2026",1,2,US$1.00,US$3.38\n')
    assert inspect(workspace, path).mapping.currency == "USD"


def test_an_unknown_currency_sets_its_row_aside(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, "date,channel,cost,currency\n2026-07-01,抖音,1,EU\n2026-07-01,抖音,2,cny\n")
    assert (result.added, result.rejected) == (1, 1)
    assert "expected an ISO 4217 code" in rejects(workspace, result.batch_id)[0]["reason"].english()


def test_a_dry_run_foretells_the_import_and_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, SPEND)
    path = write(
        tmp_path, SPEND.replace("110,1200", "120,1200") + "2026-07-03,抖音,夏季,x,1,1\n2026-07-03,b站,a,1,1,1\n"
    )
    version = workspace.data_version
    would = dry_run(workspace, path, inspect(workspace, path).mapping)
    assert workspace.data_version == version
    assert (would.rows_read, would.added, would.restated, would.duplicates, would.rejected) == (5, 1, 1, 2, 1)
    assert (would.first_day, would.last_day) == (date(2026, 7, 1), date(2026, 7, 3))
    assert would.reject_samples[0]["row_number"] == 5
    done = import_file(workspace, path)
    assert (done.added, done.restated, done.duplicates, done.sums) == (1, 1, 2, would.sums)


def test_unknown_labels_become_channels_and_are_listed(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n2026-07-01,Online Display,1\n2026-07-01,抖音,1\n")
    would = dry_run(workspace, path, inspect(workspace, path).mapping)
    assert [(u.label, u.made, u.rows) for u in would.unmapped] == [("Online Display", "online_display", 1)]
    import_file(workspace, path)
    made = workspace.rows("select channel, name_en, kind from channel where channel = 'online_display'")
    assert made == [("online_display", "Online Display", "paid")]
    assert workspace.rows("select channel from channel_label where label = '抖音'") == [("douyin",)]


def test_progress_rises_to_one_and_may_cancel(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, SPEND)
    told: list[float] = []
    import_file(workspace, path, progress=lambda fraction, _: told.append(fraction))
    assert told == sorted(told) and told[-1] == 1.0

    def cancel(fraction: float, _: object) -> None:
        if fraction >= 0.9:
            raise KeyboardInterrupt

    before = says(workspace)
    with pytest.raises(KeyboardInterrupt):
        import_file(workspace, write(tmp_path, SPEND.replace("50,", "60,"), "new.csv"), progress=cancel)
    assert says(workspace) == before


def test_a_day_far_ahead_is_set_aside_as_one_that_nobody_can_mean(workspace: Workspace, tmp_path: Path) -> None:
    this_year = datetime.now(UTC).year
    file = (
        f"date,channel,cost\n{this_year}-07-01,meta,5\n{this_year + 1}-07-01,meta,10\n{this_year + 36}-07-01,meta,20\n"
    )
    result = imported(workspace, tmp_path, file)
    assert (result.added, result.rejected) == (2, 1)
    assert "two years" in str(rejects(workspace, result.batch_id)[0])


def test_a_share_is_no_cost(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, "date,channel,cost\n2026-07-01,meta,12.5%\n2026-07-02,meta,10\n")
    assert (result.rejected, result.sums["cost"]) == (1, "10")


def test_a_day_of_a_row_set_aside_is_not_said_to_be_missing(workspace: Workspace, tmp_path: Path) -> None:
    rows = ("01,抖音,10", "02,抖音,abc", "03,,5", "05,抖音,6")
    path = write(tmp_path, "date,channel,cost\n" + "".join(f"2026-07-{row}\n" for row in rows))
    would = dry_run(workspace, path, inspect(workspace, path).mapping)
    assert (would.rejected, [gap.days for gap in would.gaps]) == (2, [(date(2026, 7, 4),)])
    assert "2026-07-04" in " ".join(w.english() for w in import_file(workspace, path).warnings)


PRICE_AND_FEE = """\
笔记发布时间,博主昵称,笔记ID,笔记标题,笔记价格(元),服务费(元),曝光量
2026-07-01,甲,1,跑鞋,500.00,50.00,100
2026-07-02,乙,2,跑鞋,300.00,,100
2026-07-03,丙,3,跑鞋,200.00,about ten,100
"""


def test_a_price_and_a_fee_together_are_the_cost(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, PRICE_AND_FEE)
    seen = inspect(workspace, path)
    assert seen.questions == ()
    assert any("added" in note.english() for note in seen.warnings)
    result = commit(workspace, path, seen.mapping)
    assert (result.added, result.rejected, result.sums["cost"]) == (2, 1, "850")
    assert Mapping.from_json(seen.mapping.to_json()) == seen.mapping


def test_a_column_that_is_given_another_meaning_is_added_to_nothing(workspace: Workspace, tmp_path: Path) -> None:
    mapping = inspect(workspace, write(tmp_path, PRICE_AND_FEE)).mapping
    other = replace(mapping, columns={**mapping.columns, "服务费(元)": "claimed_revenue"})
    assert (dict(mapping.added), dict(other.added)) == ({"服务费(元)": "cost"}, {})
