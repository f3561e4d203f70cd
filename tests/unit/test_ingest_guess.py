"""Columns are recognised by what they are called and by what stands in them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.ingest.meaning.fields import KINDS, field_of, is_ratio
from omnidash.ingest.meaning.guess import guess
from omnidash.ingest.meaning.mapping import Mapping
from tests.unit.ingest_files import meaning_of


def test_english_touches_are_events() -> None:
    header = ["customer_id", "time", "interaction", "conversion", "conversion_value", "channel"]
    row = ["A1", "2026-07-22T20:40:41Z", "impression", "0", "0", "Online Display"]
    found = guess(header, [row]).mapping
    assert found.kind == "events"
    assert dict(found.columns) == {
        "customer_id": "customer_id",
        "time": "time",
        "interaction": "action",
        "conversion": "conversion_flag",
        "conversion_value": "revenue",
        "channel": "channel",
    }
    assert found.conversion_is_touch


@pytest.mark.parametrize(
    ("header", "row", "cost"),
    [
        ("day,channel,impressions,cost", "2026-07-01,Facebook,7576,26.5", "cost"),
        ("统计日期,渠道,计划名称,花费,展现量,点击量", "2026-07-01,抖音,夏季,1,2,3", "花费"),
        ("日期,媒体,总花费(元),曝光次数", "20260701,抖音,1,2", "总花费(元)"),
        ("Day,Platform,Amount spent (USD),Impressions", "2026-07-01,Meta,1.5,2", "Amount spent (USD)"),
    ],
)
def test_spend_in_two_languages(header: str, row: str, cost: str) -> None:
    found = guess(header.split(","), [row.split(",")]).mapping
    assert (found.kind, found.column_of("cost"), found.missing_fields()) == ("spend", cost, [])


@pytest.mark.parametrize(
    ("kind", "header", "row"),
    [
        (
            "events",
            "时间,渠道,行为,会员号,手机号,邮箱,计划名称,金额",
            "2026-07-01 10:00:00,抖音,点击,M1,13812345678,a@b.cn,夏季,1",
        ),
        (
            "orders",
            "订单编号,订单创建时间,订单付款时间,手机号,实付金额,退款金额,订单状态",
            "1,2026-07-01,2026-07-01,13812345678,5,0,已完成",
        ),
        (
            "spend",
            "日期,渠道,计划名称,创意名称,花费,展现量,点击量,转化数,成交金额",
            "2026-07-01,抖音,夏季,甲,5,6,7,1,9",
        ),
    ],
)
def test_our_own_format_with_chinese_headers_needs_no_question(kind: str, header: str, row: str) -> None:
    names = header.split(",")
    found = guess(names, [row.split(",")]).mapping
    assert (found.kind, found.missing_fields(), set(found.columns)) == (kind, [], set(names))


def test_phones_and_emails_are_known_by_their_looks() -> None:
    header = ["time", "source", "contact a", "contact b"]
    found = guess(header, [["2026-07-01", "x", "13812345678", "a@b.cn"]] * 5, "events")
    assert found.mapping.columns["contact a"] == "phone"
    assert found.mapping.columns["contact b"] == "email"
    assert found.confidence["contact b"] < found.confidence["time"]


@pytest.mark.parametrize(
    ("header", "row", "kind", "meant"),
    [
        (
            "event_timestamp,event_name,user_pseudo_id,user_id,ga_session_id,traffic_source.source,"
            "traffic_source.medium,traffic_source.name",
            "1780000000000000,page_view,12.17,u1,1780000000,google,cpc,brand",
            "events",
            {
                "traffic_source.source": "utm_source",
                "user_pseudo_id": "cookie",
                "user_id": "customer_id",
                "traffic_source.medium": "utm_medium",
                "traffic_source.name": "campaign",
            },
        ),
        ("ts_ms,uid,event,utm_source", "1780000000000,u1,click,google", "events", {"ts_ms": "time"}),
        (
            "Order no.;Ordered on;Gross total;E-mail",
            "1001;13/06/2026 14:30;50.5;a@b.de",
            "orders",
            {"Order no.": "order_id", "Ordered on": "time", "Gross total": "revenue"},
        ),
        (
            "Bestell-Nr.;Bestellt am;Brutto;E-Mail",
            "1001;13.06.2026 14:30;50,50;a@b.de",
            "orders",
            {"Bestell-Nr.": "order_id", "Bestellt am": "time", "Brutto": "revenue"},
        ),
        ("Day;Medium/Channel;Net cost €;Clicks", "2026-06-13;Podcast;100;3", "spend", {"Net cost €": "cost"}),
    ],
    ids=["GA4 in BigQuery", "log of an app", "till", "German shop", "planner"],
)
def test_headers_of_houses_and_exports_nobody_wrote_a_profile_for(
    header: str, row: str, kind: str, meant: dict[str, str]
) -> None:
    sign = ";" if ";" in header else ","
    found = guess(header.split(sign), [row.split(sign)] * 2).mapping
    assert (found.kind, found.missing_fields()) == (kind, [])
    assert meant.items() <= found.columns.items()


def test_a_visitor_is_a_customer_where_nothing_else_names_one() -> None:
    header = ["event_timestamp", "event_name", "user_pseudo_id"]
    rows = [["1780000000000000", "page_view", f"12.{n}"] for n in (17, 18)]
    assert guess(header, rows).mapping.column_of("customer_id") == "user_pseudo_id"


@pytest.mark.parametrize(
    ("header", "row", "action", "columns"),
    [
        (
            "mql_id,first_contact_date,landing_page_id,origin",
            ("a1b2c3d4e5f6a7b8c9d0#", "2018-02-01", "88740e65d5d6", "social"),
            "lead",
            {"mql_id": "customer_id", "first_contact_date": "time", "landing_page_id": "page", "origin": "channel"},
        ),
        (
            "mql_id,sdr_id,won_date,lead_behaviour_profile,declared_monthly_revenue",
            ("a1b2c3d4e5f6a7b8c9d0#", "9d12ef1a7eca", "2018-02-26 19:58:54", "cat", "0.0"),
            "deal_won",
            {"mql_id": "customer_id", "won_date": "time"},
        ),
        (
            "线索编号,手机号,线索来源,创建时间",
            ("XS#", "1381234#", "抖音", "2026-06-01 10:00"),
            "lead",
            {"线索编号": "customer_id", "手机号": "phone", "线索来源": "channel", "创建时间": "time"},
        ),
        (
            "email,signup_date,acquisition channel",
            ("a#@b.com", "2026-06-01", "newsletter"),
            "registered",
            {"email": "email", "signup_date": "time", "acquisition channel": "channel"},
        ),
        (
            "respondent_id,submitted_at,nps_score",
            ("R#", "2026-06-01", "9"),
            "survey",
            {"respondent_id": "customer_id", "submitted_at": "time", "nps_score": "score"},
        ),
        ("添加时间,来源,手机号", ("2026-06-01 10:00", "扫码", "1381234#"), "add_wecom", None),
    ],
)
def test_files_of_a_crm_say_by_the_header_of_their_time_what_happened(
    header: str, row: tuple[str, ...], action: str, columns: dict[str, str] | None
) -> None:
    found = meaning_of(header, *row)
    assert (found.kind, found.constants) == ("events", {"action": action})
    assert columns is None or dict(found.columns) == columns


def test_an_action_column_says_it_better_than_the_header_of_the_time() -> None:
    found = meaning_of("Close Date,Stage,Email,Amount", "2026-06-01", "Closed Won", "a#@b.com", "12.50")
    assert (found.column_of("action"), found.constants) == ("Stage", {})


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("product_id", "a1b2c3d4#"),  # a thing, not a person
        ("sales_rep_id", "a1b2c3d4#"),
        ("owner_id", "a1b2c3d4"),  # repeats
        ("客户", "张三"),  # a name: two of them would become one person
        ("customer", "John Smith"),
        ("customer_id", "123-456-7890"),  # an account: the same on every row
    ],
)
def test_what_tells_no_person_apart_is_no_identifier(header: str, cell: str) -> None:
    found = meaning_of(f"created_date,{header},source", "2026-06-01", cell, "web", kind="events")
    assert "customer_id" not in found.columns.values()


@pytest.mark.parametrize(
    ("header", "row", "figures"),
    [
        (
            "营业日期,门店,营业额,客流量,交易笔数",
            ("2026-06-01", "上海店", "12,345.00", "300", "88"),
            {"交易笔数": "sum"},
        ),
        (
            "Date,Clicks,Impressions,CTR,Position",
            ("2026-06-01", "12", "345", "3.4%", "5.1"),
            {"CTR": "average", "Position": "average"},
        ),
        (
            "日期,页面,浏览量,访客数,累计访客数,触达人数",
            ("2026-06-01", "/home", "12", "10", "999", "8"),
            {"累计访客数": "cumulative", "触达人数": "average"},
        ),
        ("date,store_id,visitors,year", ("2026-06-01", "17", "300", "2026"), {}),
    ],
)
def test_figures_of_a_day_that_are_no_spend_are_a_report(
    header: str, row: tuple[str, ...], figures: dict[str, str]
) -> None:
    found = meaning_of(header, *row)
    assert (found.kind, dict(found.figures), found.missing_fields()) == ("reports", figures, [])
    assert found.constants["section"] == header.replace(",", ", ")


def test_a_period_is_as_good_as_a_column_of_days() -> None:
    row = ("running shoes", "12", "345", "3.4%")
    assert meaning_of("Top queries,Clicks,Impressions,CTR", *row, has_period=True).kind == "reports"


def test_a_letter_before_digits_makes_no_number() -> None:
    found = meaning_of("date,store,rent,currency", "2026-06-01", "S1", "5000", "CNY")
    assert (found.kind, found.column_of("cost"), dict(found.figures)) == ("spend", "rent", {})


# -- a law

_WORDS = ("date", "time", "日期", "order id", "email", "手机号", "cost", "花费", "clicks", "CTR", "channel", "来源", "mql_id",
          "won date", "revenue", "金额", "quantity", "unit price", "month", "item", "访客数", "Notes", "")  # fmt: skip
_CELLS = (
    "2026-06-01",
    "03/04/2026",
    "1,234.50",
    "12%",
    "a@b.cn",
    "13812345678",
    "",
    "--",
    "Brand",
    "CNY",
    "1",
    "x" * 40,
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    header=st.lists(st.sampled_from(_WORDS) | st.text(max_size=6), min_size=1, max_size=12, unique=True),
    rows=st.lists(st.lists(st.sampled_from(_CELLS), max_size=12), min_size=1, max_size=4),
    kind=st.sampled_from((None, *KINDS)),
    has_period=st.booleans(),
)
def test_whatever_the_table_is_the_guess_is_a_possible_mapping(
    header: list[str], rows: list[list[str]], kind: str | None, has_period: bool
) -> None:
    found = guess(header, rows, kind, has_period=has_period)
    mapping = found.mapping
    assert kind in (None, mapping.kind)
    assert set(mapping.columns) <= set(header)
    assert set(mapping.figures) <= set(header) - set(mapping.columns)
    assert set(found.confidence) == set(mapping.columns)
    assert all(0 < confidence < 1 for confidence in found.confidence.values())
    assert Mapping.from_json(mapping.to_json()) == mapping
    added = [c for c, m in mapping.columns.items() if field_of(mapping.kind, m).value in ("amount", "count")]  # type: ignore[union-attr]
    assert not [c for c in added if is_ratio(c) and mapping.columns[c] not in ("quantity", "unit_price")]


def test_what_an_ad_brought_directly_is_a_part_of_all_it_brought() -> None:
    header = ["日期", "推广计划", "花费", "直接订单金额", "间接订单金额", "总订单金额"]
    assert guess(header, [["2026-07-01", "甲", "9.5", "10.5", "5.5", "16"]]).mapping.column_of("claimed_revenue") == (
        "总订单金额"
    )


def test_figures_by_day_of_which_nobody_did_anything_are_no_touches() -> None:
    found = guess(["日期", "渠道", "进店次数"], [["2026-07-01", "抖音", "10"], ["2026-07-02", "抖音", "12"]]).mapping
    assert (found.kind, dict(found.figures)) == ("reports", {"进店次数": "sum"})
    clocked = guess(["时间", "渠道", "停留秒数"], [["2026-07-01 10:01:02", "抖音", "10"]]).mapping
    assert clocked.kind == "events"


@pytest.mark.parametrize("nobody", ["无", "/", "散客", "0", "NULL", "非会员消费", "unknown"])
@pytest.mark.parametrize(("header", "somebody"), [("手机号", "1381234####"), ("邮箱", "u####@shop.example")])
@pytest.mark.parametrize("of_twenty", [1, 0])
def test_a_column_is_known_for_what_it_is_where_most_customers_of_a_till_are_unknown(
    header: str, somebody: str, nobody: str, of_twenty: int
) -> None:
    names = [somebody.replace("####", f"{5000 + i}") if i % 20 < of_twenty else nobody for i in range(100)]
    rows = [["2026-07-01 10:00", "门店", name, "click"] for name in names]
    found = guess(["时间", "渠道", header, "行为"], rows).mapping
    assert found.columns.get(header) == ("phone" if header == "手机号" else "email")


def test_words_below_a_header_of_phones_make_none() -> None:
    rows = [["2026-07-01 10:00", "门店", "苹果" if i % 2 else "无", "click"] for i in range(40)]
    assert "手机号" not in guess(["时间", "渠道", "手机号", "行为"], rows).mapping.columns
