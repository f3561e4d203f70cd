"""Lists of deals of a CRM: what was won is revenue, what is open or lost is not."""

from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.run import dry_run, import_file, inspect
from omnidash.store import Workspace
from tests.unit.ingest_files import write

HUBSPOT = """\
Record ID,Deal Name,Deal Stage,Pipeline,Close Date,Create Date,Deal owner,Amount,Weighted amount,Deal probability,Original Traffic Source
18301,Acme - new,Closed won,Sales,2026-05-20 10:00,2026-04-02 09:00,Kim,1200.00,1200.00,1.0,Paid Search
18302,Bolt - renewal,Closed lost,Sales,2026-05-22 10:00,2026-04-03 09:00,Kim,800.00,0,0.0,Organic Search
18303,Cask,Contract sent,Sales,2026-12-01 10:00,2026-05-03 09:00,Lee,500.00,450.00,0.9,Paid Social
18304,Dune,Appointment scheduled,Sales,2026-12-11 10:00,2026-05-04 09:00,Lee,,,0.2,Paid Search
18305,Echo,Closed won,Sales,2026-06-02 10:00,2026-05-05 09:00,Lee,300.50,300.50,1.0,Direct Traffic
"""
SALESFORCE = """\
Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Expected Revenue,Probability (%),Close Date,Created Date,Lead Source,Email
0065g00000ABCDE,Acme,Acme Inc,Closed Won,1200.00,1200.00,100,2026-05-20,2026-04-02,Web,ana@acme.example
0065g00000ABCDF,Bolt,Bolt GmbH,Closed Lost,800.00,0.00,0,2026-05-22,2026-04-03,Partner,bo@bolt.example
0065g00000ABCDG,Cask,Cask Ltd,Negotiation/Review,500.00,450.00,90,2026-12-01,2026-05-03,Web,cy@cask.example
0065g00000ABCDH,Echo,Echo SA,Closed Won,300.50,300.50,100,2026-06-02,2026-05-05,Event,ed@echo.example
"""
PIPEDRIVE = """\
Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Weighted value,Deal - Probability,Deal - Stage,Deal - Status,Deal - Deal created,Deal - Won time,Deal - Lost time,Deal - Expected close date,Deal - Source channel,Person - Email
1,Acme,1200,CNY,1200,100,Negotiations,Won,2026-04-02 09:00:00,2026-05-20 10:00:00,,2026-05-30,Web form,ana@acme.example
2,Bolt,800,CNY,0,0,Proposal Made,Lost,2026-04-03 09:00:00,,2026-05-22 10:00:00,2026-05-30,Prospector,bo@bolt.example
3,Cask,500,CNY,450,90,Proposal Made,Open,2026-05-03 09:00:00,,,2026-12-01,Web form,cy@cask.example
4,Echo,300.5,CNY,300.5,100,Qualified,Won,2026-05-05 09:00:00,2026-06-02 10:00:00,,2026-05-30,Web form,ed@echo.example
"""
FXIAOKE = """\
商机编号,商机名称,客户名称,商机阶段,商机金额(元),赢率,预计成交日期,实际成交日期,创建时间,商机来源,负责人,输单原因
SJ20260001,采购一期,甲公司,赢单,1200.00,100%,2026-05-30,2026-05-20,2026-04-02 09:00,百度推广,张三,
SJ20260002,采购二期,乙公司,输单,800.00,0%,2026-05-30,2026-05-22,2026-04-03 09:00,展会,张三,价格
SJ20260003,采购三期,丙公司,方案/报价,500.00,60%,2026-12-01,,2026-05-03 09:00,百度推广,李四,
SJ20260004,采购四期,丁公司,赢单,300.50,100%,2026-05-30,2026-06-02,2026-05-05 09:00,官网,李四,
"""
XIAOSHOUYI = """\
商机名称,客户名称,销售阶段,销售金额,预计成交金额,可能性,结单日期,商机类型,商机来源,商机所有人,创建日期
采购一期,甲公司,赢单,1200.00,1200,100%,2026-05-20,新客户,百度推广,张三,2026-04-02
采购二期,乙公司,输单,800.00,800,0%,2026-05-22,新客户,展会,张三,2026-04-03
采购三期,丙公司,谈判审核,500.00,500,60%,2026-12-01,老客户,百度推广,李四,2026-05-03
采购四期,丁公司,赢单,300.50,300.50,100%,2026-06-02,老客户,官网,李四,2026-05-05
"""
CRMS = {
    "hubspot": HUBSPOT,
    "salesforce": SALESFORCE,
    "pipedrive": PIPEDRIVE,
    "fxiaoke": FXIAOKE,
    "xiaoshouyi": XIAOSHOUYI,
}


@pytest.mark.parametrize("crm", CRMS)
def test_deals_are_revenue_once_they_are_won_and_nothing_is_asked(
    workspace: Workspace, tmp_path: Path, crm: str
) -> None:
    path = write(tmp_path, CRMS[crm], f"{crm}.csv")
    seen = inspect(workspace, path)
    assert (seen.kind, seen.questions) == ("orders", ())
    would = dry_run(workspace, path, seen.mapping)
    assert would.sums["revenue"] == "1500.5"
    import_file(workspace, path)
    won = workspace.rows("select day::varchar, revenue from event where action = 'purchase' order by day")
    assert won == [("2026-05-20", Decimal(1200)), ("2026-06-02", Decimal("300.5"))]
    others = dict(workspace.rows("select action, count(*) from event where action <> 'purchase' group by all"))
    assert others == {"order_created": CRMS[crm].count("\n") - 4, "order_cancelled": 1}
    assert workspace.rows("select sum(revenue) from event") == [(Decimal("1500.5"),)]


def test_a_deal_that_is_won_later_becomes_revenue_and_one_that_is_lost_after_all_no_more(
    workspace: Workspace, tmp_path: Path
) -> None:
    import_file(workspace, write(tmp_path, HUBSPOT))
    later = HUBSPOT.replace("Cask,Contract sent", "Cask,Closed won").replace("Echo,Closed won", "Echo,Closed lost")
    import_file(workspace, write(tmp_path, later, "later.csv"))
    won = workspace.rows("select order_id, revenue from event where action = 'purchase' order by order_id")
    assert won == [("18301", Decimal(1200)), ("18303", Decimal(500))]


def test_open_deals_do_not_stretch_the_days_of_the_file_into_the_future(workspace: Workspace, tmp_path: Path) -> None:
    rows = [
        "Opportunity ID,Stage,Amount,Close Date",
        "A-10001,Closed Won,5,2026-05-20",
        "A-10002,Proposal,7,2199-01-01",
    ]
    done = import_file(workspace, write(tmp_path, "\n".join(rows) + "\n"))
    assert (str(done.last_day), done.sums["revenue"]) == ("2026-05-20", "5")


def test_a_day_to_come_is_no_day_of_what_happened(workspace: Workspace, tmp_path: Path) -> None:
    text = "客户编号,预计成交日期,金额\nC-1001,2026-12-01,5\nC-1002,2026-12-02,7\n"
    seen = inspect(workspace, write(tmp_path, text))
    assert "预计成交日期" not in seen.mapping.columns
    assert seen.questions
