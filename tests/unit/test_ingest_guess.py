"""Columns are recognised by what they are called and by what stands in them."""

from pathlib import Path

import pytest

from omnidash.ingest.meaning.fields import header_currency, header_key, is_ratio
from omnidash.ingest.meaning.guess import guess, has_decimal_commas
from omnidash.ingest.meaning.mapping import Mapping, signature
from omnidash.ingest.run import commit, corrected, import_file, inspect
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import EVENTS, ORDERS, SPEND, write


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


def test_chinese_orders_are_orders() -> None:
    header, *lines = (line.split(",") for line in ORDERS.splitlines())
    found = guess(header, lines).mapping
    assert (found.kind, found.column_of("paid_time"), found.column_of("revenue")) == ("orders", "付款时间", "实付金额")


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
    "name",
    ["CTR", "Avg. CPC", "Cost / conv.", "点击率(%)", "平均点击单价(元)", "转化成本", "投产比", "ROI", "Cost per result",
     "Conv. rate", "千次展现费用", "客单价", "CPM (cost per 1,000 impressions) (USD)"],
)  # fmt: skip
def test_rates_and_averages_are_never_added_up(name: str) -> None:
    assert is_ratio(name)
    found = guess(["日期", "渠道", "花费", name], [["2026-07-01", "抖音", "10", "2"]]).mapping
    assert name not in found.columns


@pytest.mark.parametrize(
    "name", ["Cost", "Clicks", "展现量", "总花费(元)", "Conversions", "成交金额", "Amount spent (USD)"]
)
def test_what_is_added_up_is_no_ratio(name: str) -> None:
    assert not is_ratio(name)


def test_the_currency_of_a_header_is_taken() -> None:
    assert header_key("总花费（元）") == "总花费" == header_key(" 总花费 ")
    assert (header_currency("总花费(元)"), header_currency("Amount spent (USD)"), header_currency("Clicks (all)")) == (
        "CNY",
        "USD",
        None,
    )


def test_a_lone_comma_groups_thousands_until_another_number_says_otherwise() -> None:
    assert not has_decimal_commas(["1,234", "5,678"])
    assert has_decimal_commas(["1,234", "5,67"])
    assert not has_decimal_commas(["1,234.5", "5,67"])


def test_mappings_survive_json() -> None:
    mapping = Mapping(kind="spend", columns={"日": "date", "费": "cost"}, constants={"channel": "x"}, date_order="dmy")
    assert Mapping.from_json({**mapping.to_json(), "of a later version": 1}) == mapping


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": "gossip"}, "kind 'gossip'"),
        ({"columns": {"a": "colour"}}, "'colour' is no field of spend"),
        ({"columns": {"a": "cost", "b": "cost"}}, "both mapped to 'cost'"),
        ({"currency": "EU"}, "currency 'EU' is unknown"),
        ({"timezone": "Mars/Olympus"}, "timezone 'Mars/Olympus'"),
        ({"date_order": "ydm"}, "date order 'ydm'"),
    ],
)
def test_impossible_mappings_are_refused(changed: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        Mapping(**{"kind": "spend", "columns": {}, **changed})  # type: ignore[arg-type]


def test_a_confirmed_mapping_is_remembered_for_its_header(workspace: Workspace, tmp_path: Path) -> None:
    file = "wann,wo,wieviel\n2026-07-01,douyin,5\n"
    path = write(tmp_path, file)
    mapping = corrected(
        inspect(workspace, path, kind="spend").mapping,
        columns={"wann": "date", "wo": "channel", "wieviel": "cost"},
    )
    commit(workspace, path, mapping)
    later = write(tmp_path, file.replace("2026-07-01", "2026-07-02").replace("wann", " WANN "), "later.csv")
    result = import_file(workspace, later)
    assert (result.added, result.sums) == (1, {"cost": "5"})
    assert signature(["Wann", "wo"]) == signature([" wann ", "WO"]) != signature(["wo", "wann"])


def test_an_ambiguous_date_is_asked_about_and_never_guessed(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n03/04/2026,douyin,5\n05/06/2026,douyin,6\n")
    questions = inspect(workspace, path).questions
    assert [(q.field, q.options) for q in questions] == [("date_order", ("dmy", "mdy"))]
    with pytest.raises(BadInput, match="03/04/2026"):
        import_file(workspace, path)
    with pytest.raises(BadInput, match="03/04/2026"):
        commit(workspace, path, inspect(workspace, path).mapping)


def test_one_telling_row_anywhere_decides_the_dates_of_its_column(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n" + "03/04/2026,douyin,5\n" * 300 + "25/04/2026,douyin,6\n")
    assert inspect(workspace, path).mapping.date_order == "dmy"
    import_file(workspace, path)
    assert workspace.rows("select min(day)::varchar, max(day)::varchar from spend") == [("2026-04-03", "2026-04-25")]


def test_what_nothing_provides_is_a_question(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "day,campaign,cost\n2026-07-01,Brand,5\n")
    assert [q.field for q in inspect(workspace, path).questions] == ["channel"]
    with pytest.raises(BadInput, match="which channel"):
        import_file(workspace, path)
    import_file(workspace, path, channel="Bilibili")
    assert workspace.rows("select channel from spend") == [("bilibili",)]


def test_inspection_shows_how_the_file_is_written(workspace: Workspace, tmp_path: Path) -> None:
    seen = inspect(workspace, write(tmp_path, "Report\n" + SPEND.replace(",", "\t"), encoding="utf-16"))
    assert (seen.encoding, seen.delimiter, seen.header_row, seen.preamble) == ("utf-16-le", "\t", 2, ("Report",))
    assert (seen.profile, seen.kind, seen.questions) == ("plain_spend", "spend", ())
    assert inspect(workspace, write(tmp_path, EVENTS)).profile == "plain_events"


def test_a_profile_that_does_not_fit_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not look like 'taobao_orders'"):
        inspect(workspace, write(tmp_path, SPEND), profile="taobao_orders")
    with pytest.raises(BadInput, match="profile 'nope' is unknown"):
        inspect(workspace, write(tmp_path, SPEND), profile="nope")
