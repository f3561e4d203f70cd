"""Lists of payments: what was received is revenue, a refund is a row of its own later on, all else is left out."""

from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.run import BatchResult, import_file, inspect
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, write


def money(result: BatchResult) -> dict[str, Decimal]:
    return {name: Decimal(total) for name, total in result.sums.items()}


def days_of_refunds(workspace: Workspace) -> list[tuple[int, Decimal]]:
    return workspace.rows("select day(ts), revenue from event where action = 'refund' order by ts, revenue")


SALES = "order_id,order_date,type,amount,currency\nA1,2026-07-01,sale,100,CNY\nA2,2026-07-02,sale,60,CNY\n"


def test_a_later_row_below_zero_is_a_refund_of_its_order_on_its_own_day(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, SALES + "A1,2026-07-03,refund,-40,CNY\nA1,2026-07-05,refund,-40,CNY\n")
    assert money(result) == {"revenue": 160, "refund": 80}
    assert workspace.rows("select sum(revenue) from event where action = 'purchase'") == [(160,)]
    assert days_of_refunds(workspace) == [(4, Decimal(-80))]  # UTC evening before the 5th: the last of them


def test_an_order_that_is_given_back_whole_was_a_purchase_all_the_same(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, SALES + "A2,2026-07-03,refund,-60,CNY\n")
    assert money(result) == {"revenue": 160, "refund": 60}
    assert workspace.rows("select count(*) from event where action = 'purchase'") == [(2,)]


def test_a_row_below_zero_at_the_time_of_its_order_is_one_of_its_lines(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, SALES + "A1,2026-07-01,discount,-40,CNY\n")
    assert money(result) == {"revenue": 120}


def test_the_same_list_again_changes_nothing_and_a_longer_one_adds_its_refund(
    workspace: Workspace, tmp_path: Path
) -> None:
    imported(workspace, tmp_path, SALES, "a.csv")
    imported(workspace, tmp_path, SALES + "A1,2026-07-03,refund,-40,CNY\n", "b.csv")
    again = imported(workspace, tmp_path, SALES + "A1,2026-07-03,refund,-40.00,CNY\n", "c.csv")
    assert (again.added, again.restated) == (0, 0)
    assert workspace.rows("select action, sum(revenue) from event group by action order by action") == [
        ("purchase", 160),
        ("refund", -40),
    ]


ALIPAY = """\
#支付宝账务明细查询
#起始日期：[2026年07月01日 00:00:00]   终止日期：[2026年07月08日 00:00:00]
账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注
1001\t,2026B1\t,O1\t,衣服,2026-07-01 10:00:00,a***,100.00,,1100.00,支付宝,在线支付,
1002\t,2026B2\t,O2\t,衣服,2026-07-02 10:00:00,b***,60.00,,1160.00,支付宝,在线支付,
1003\t,2026B3\t,O1\t,衣服,2026-07-03 10:00:00,a***,,-100.00,1060.00,支付宝,退款（交易退款）,
1004\t,2026B4\t,,服务费,2026-07-03 11:00:00,,,-0.60,1059.40,支付宝,收费,
#-----------------------------------------账务明细列表结束------------------------------------
#支出合计：2笔，共-100.60元
"""


def test_a_ledger_of_alipay_gives_back_on_the_day_of_the_refund(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, ALIPAY)
    assert (result.profile, result.rejected) == ("alipay_ledger", 0)
    assert money(result) == {"revenue": 160, "refund": 100}
    assert days_of_refunds(workspace) == [(3, Decimal(-100))]


def test_what_an_account_paid_itself_is_no_revenue(workspace: Workspace, tmp_path: Path) -> None:
    head = "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n"
    rows = (
        "2026-07-03 10:00:00,商户消费,某店,衣服,收入,¥100.00,零钱,支付成功,101\t,S1,/\n"
        '2026-07-02 10:00:00,二维码收款,小明,收款,收入,"¥1,250.50",/,已存入零钱,102\t,S2,/\n'
        "2026-07-01 10:00:00,商户消费,超市,水,支出,¥3.00,零钱,支付成功,103\t,S3,/\n"
        "2026-07-01 11:00:00,零钱提现,银行,/,/,¥500.00,银行,提现已到账,104\t,/,/\n"
    )
    result = imported(workspace, tmp_path, head + rows)
    assert (result.profile, result.added, result.skipped_totals) == ("wechat_personal", 2, 2)
    assert money(result) == {"revenue": Decimal("1350.5")}


TRADES = "交易号 ,商家订单号 ,交易创建时间 ,付款时间 ,类型 ,商品名称 ,金额（元） ,收/支 ,交易状态 ,成功退款（元） ,资金状态 \n"


def test_trades_of_alipay_that_were_closed_without_payment_bring_nothing(workspace: Workspace, tmp_path: Path) -> None:
    rows = (
        "2026001\t,T1 ,2026-07-01 10:00:00,2026-07-01 10:00:01,即时到账交易 ,衣服 ,100.00 ,收入 ,交易成功 ,0.00 ,已收入 \n"
        "2026002\t,T2 ,2026-07-02 10:00:00,2026-07-02 10:00:01,即时到账交易 ,衣服 ,250.50 ,收入 ,交易成功 ,50.00 ,已收入 \n"
        "2026003\t,T3 ,2026-07-03 10:00:00,2026-07-03 10:00:01,即时到账交易 ,包裹 ,30.00 ,支出 ,交易成功 ,0.00 ,已支出 \n"
        "2026004\t,T4 ,2026-07-04 10:00:00, ,即时到账交易 ,衣服 ,88.00 , ,交易关闭 ,0.00 , \n"
    )
    result = imported(workspace, tmp_path, TRADES + rows)
    assert (result.profile, result.added, result.skipped_totals) == ("alipay_trades", 2, 2)
    assert money(result) == {"revenue": Decimal("350.5"), "refund": 50}


AMAZON = "date/time,settlement id,type,order id,sku,description,quantity,product sales,selling fees,other,total\n"


def test_amazon_s_clock_is_of_the_zone_behind_it_and_its_fees_are_no_sales(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = (
        '"Jul 1, 2026 11:00:00 PM PDT",1,Order,112-1,S1,Thing,1,40.00,-6.00,0,34.00\n'
        '"Jul 2, 2026 1:00:00 PM PDT",1,Order,112-2,S1,Thing,1,"1,020.00",-3.00,0,"1,017.00"\n'
        '"Jul 3, 2026 1:00:00 AM PDT",1,Refund,112-1,S1,Thing,1,-40.00,5.00,0,-35.00\n'
        '"Jul 4, 2026 1:00:00 AM PDT",1,Transfer,,,To bank,,0,0,0,"-1,016.00"\n'
    )
    path = write(tmp_path, AMAZON + rows)
    assert inspect(workspace, path).mapping.timezone == "America/Los_Angeles"
    result = import_file(workspace, path)
    assert (result.added, result.skipped_totals, result.rejected) == (3, 1, 0)
    assert money(result) == {"revenue": 1060, "refund": 40}
    times = workspace.rows("select cast(ts as varchar) from event where action = 'purchase' order by ts")
    assert times[0] == ("2026-07-02 06:00:00",)


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        (("America/Los_Angeles",) * 2, "America/Los_Angeles"),
        (("PST", "PDT"), "America/Los_Angeles"),
        (("Eastern Time (US & Canada)",) * 2, "America/New_York"),
        (("CST",) * 2, None),  # Chicago's, or China's
    ],
)
def test_a_column_of_zones_says_in_which_zone_the_times_are(
    workspace: Workspace, tmp_path: Path, zones: tuple[str, ...], expected: str | None
) -> None:
    rows = "".join(f"A{i},2026-07-1{i},23:00:00,{zone},9.00\n" for i, zone in enumerate(zones, start=3))
    seen = inspect(workspace, write(tmp_path, "Order ID,Order Date,Time,Time Zone,Total\n" + rows))
    assert (seen.mapping.timezone, seen.questions) == (expected, ())


def test_several_zones_are_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    rows = "A1,2026-07-13 10:00:00,PST,9\nA2,2026-07-13 10:00:00,JST,9\n"
    seen = inspect(workspace, write(tmp_path, "Order ID,Order Date,Time Zone,Total\n" + rows))
    assert [question.field for question in seen.questions] == ["timezone"]
