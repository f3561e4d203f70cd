"""Amounts are in the currency and the unit that the file states, wherever it states them."""

from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.meaning.fields import header_key, header_unit
from omnidash.ingest.meaning.money import mark_of, resolved
from omnidash.ingest.meaning.units import zone_of
from omnidash.ingest.rows.rates_file import rates_of_file
from omnidash.ingest.run import import_file, inspect, rejects
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from omnidash.store.settings import currencies
from tests.made_once import workspace_with
from tests.unit.ingest_files import write

CURRENCIES = "select currency, sum(cost) from spend group by all order by all"


@pytest.fixture
def dollars(tmp_path: Path) -> Workspace:
    return workspace_with(tmp_path / "dollars", {}, currency="USD")


@pytest.mark.parametrize(
    ("header", "name", "size", "mark"),
    [
        ("花费（万元）", "花费", "10000", "CNY"),
        ("花费(万)", "花费", "10000", None),
        ("花费/万元", "花费", "10000", "CNY"),
        ("花费(分)", "花费", "0.01", "CNY"),
        ("实付金额(千元)", "实付金额", "1000", "CNY"),
        ("Revenue (in thousands)", "revenue", "1000", None),
        ("Spend ('000)", "spend", "1000", None),
        ("Net (k€)", "net", "1000", "EUR"),
        ("cost_micros", "cost", "0.000001", None),
        ("Summe EUR", "summe", "1", "EUR"),
        ("Cost ($)", "cost", "1", "$"),
        ("Clicks (all)", "clicks (all)", "1", None),
    ],
)
def test_a_header_is_a_name_and_a_unit(header: str, name: str, size: str, mark: str | None) -> None:
    unit = header_unit(header)
    assert (header_key(header), unit.size, unit.mark) == (name, Decimal(size), mark)


def test_a_shared_sign_is_that_of_the_file_or_the_workspace() -> None:
    assert [resolved(mark_of("$"), [c]) for c in ("CAD", "CNY", None)] == ["CAD", "USD", "USD"]
    assert [resolved(mark_of("kr."), [c]) for c in ("SEK", "CNY")] == ["SEK", None]
    assert [mark_of(word) for word in ("人民币", "US Dollar", "rmb", "港元", "pcs")] == [
        "CNY",
        "USD",
        "CNY",
        "HKD",
        None,
    ]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("UTC", "UTC"),
        ("America/New_York", "America/New_York"),
        ("(GMT-08:00) Pacific Time", "America/Los_Angeles"),
        ("GMT+8", "Asia/Shanghai"),
        ("UTC-3", "Etc/GMT+3"),
        ("somewhere", None),
    ],
)
def test_a_zone_is_known_by_its_name_before_its_offset(text: str, zone: str | None) -> None:
    assert zone_of(text) == zone


def test_a_unit_of_the_header_multiplies_and_is_told(workspace: Workspace, tmp_path: Path) -> None:
    text = "日期,渠道,花费(万元),曝光量(万)\n2026-07-01,抖音,1.23456789,3.3\n"
    result = import_file(workspace, write(tmp_path, text))
    assert result.sums == {"cost": "12345.6789", "impressions": "33000"}
    assert "花费(万元): amounts are multiplied by 10,000" in [w.english() for w in result.warnings]


def test_a_unit_above_the_table_holds_for_its_amounts(workspace: Workspace, tmp_path: Path) -> None:
    text = "投放日报\n单位：万元\n日期,渠道,花费,点击量\n2026-07-01,抖音,1.5,30\n2026-07-02,抖音,2,40\n"
    assert import_file(workspace, write(tmp_path, text)).sums == {"cost": "35000", "clicks": "70"}


def test_each_row_is_in_the_currency_written_beside_its_amount(dollars: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n2026-07-01,meta,US$5\n2026-07-02,meta,€5\n")
    with pytest.raises(BadInput, match="no rate of EUR"):
        import_file(dollars, path)


def test_amounts_without_a_currency_beside_others_with_one_are_asked_about(
    workspace: Workspace, tmp_path: Path
) -> None:
    mixed = "date,channel,cost\n2026-07-01,meta,$5\n2026-07-02,meta,6\n"
    assert [q.field for q in inspect(workspace, write(tmp_path, mixed)).questions] == ["currency"]
    rows = [f"2026-07-01,c{i},5" for i in range(250)] + ["2026-07-01,last,€5"]
    late = write(tmp_path, "\n".join(["date,channel,cost", *rows]) + "\n", "late.csv")
    with pytest.raises(BadInput, match="250 amounts name no currency"):
        import_file(workspace, late)


def test_a_row_that_names_two_currencies_is_set_aside(dollars: Workspace, tmp_path: Path) -> None:
    text = "date,channel,cost,currency\n2026-07-01,meta,€5,USD\n2026-07-02,meta,$6,USD\n"
    result = import_file(dollars, write(tmp_path, text))
    assert (result.rejected, dollars.rows(CURRENCIES)) == (1, [("USD", Decimal(6))])
    assert rejects(dollars, result.batch_id)[0]["reason"].values["value"] == "USD / EUR"


def test_money_of_another_currency_than_the_cost_is_left_out_and_told(dollars: Workspace, tmp_path: Path) -> None:
    text = "date,channel,Amount spent (USD),Revenue (EUR)\n2026-07-01,meta,5,9\n"
    result = import_file(dollars, write(tmp_path, text))
    assert result.sums == {"cost": "5"}
    assert any("'Revenue (EUR)' is in EUR" in w.english() for w in result.warnings)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("Report\nCurrency: USD\nDate,Channel,Cost\n2026-07-01,meta,5\n2026-07-02,meta,6\n", "USD"),
        ("报表\n币种：美元\n日期,渠道,花费\n2026-07-01,抖音,5\n2026-07-02,抖音,6\n", "USD"),
        ("日期,渠道,花费,币种\n2026-07-01,抖音,5,美元\n2026-07-02,抖音,6,美元\n", "USD"),
        ("date,channel,cost\n2026-07-01,meta,5 USD\n2026-07-02,meta,6 USD\n", "USD"),
    ],
)
def test_the_currency_is_read_wherever_the_file_names_it(
    dollars: Workspace, tmp_path: Path, text: str, currency: str
) -> None:
    import_file(dollars, write(tmp_path, text))
    assert dollars.rows(CURRENCIES) == [(currency, Decimal(11))]


@pytest.mark.parametrize(
    "text",
    [
        "Order ID,Created at (UTC),Total\n1,2026-07-01 20:00:00,9\n",
        "Orders\nTime zone: UTC\nOrder ID,Created at,Total\n1,2026-07-01 20:00:00,9\n2,2026-07-01 20:00:00,9\n",
    ],
)
def test_times_are_in_the_zone_that_the_file_states(workspace: Workspace, tmp_path: Path, text: str) -> None:
    import_file(workspace, write(tmp_path, text))
    assert workspace.rows("select distinct ts::varchar from event") == [("2026-07-01 20:00:00",)]


@pytest.mark.parametrize("amount", ["440101199003078888", "99999999999亿"])
def test_an_amount_beyond_all_measure_is_set_aside(workspace: Workspace, tmp_path: Path, amount: str) -> None:
    path = write(tmp_path, f"date,channel,cost\n2026-07-01,meta,5\n2026-07-02,meta,{amount}\n")
    result = import_file(workspace, path)
    assert (result.rejected, result.sums) == (1, {"cost": "5"})


def test_a_figure_that_cannot_be_read_is_counted(workspace: Workspace, tmp_path: Path) -> None:
    text = "日期,渠道,花费,点赞\n" + "2026-07-01,抖音,5,1.2w\n" * 9 + "2026-07-02,抖音,5,约3千多\n"
    result = import_file(workspace, write(tmp_path, text))
    assert workspace.rows("select figures['点赞'] from spend where figures['点赞'] is not null limit 1") == [(12000,)]
    assert "点赞: 1 cell is no number and is left out: '约3千多'" in [w.english() for w in result.warnings]


def test_rates_are_read_as_amounts_are(workspace: Workspace, tmp_path: Path) -> None:
    told = write(tmp_path, 'date,currency,rate\n2026-07-01,USD,"1,380.5"\n2026-07-02,美元,"1,381"\n')
    assert [rate for _, _, rate in rates_of_file(workspace, told)] == [Decimal("1380.5"), Decimal(1381)]
    with pytest.raises(BadInput, match="above a thousand"):
        rates_of_file(workspace, write(tmp_path, 'date,currency,rate\n2026-07-01,USD,"1,380"\n', "open.csv"))
    with pytest.raises(BadInput, match="is no day"):
        rates_of_file(workspace, write(tmp_path, "date,currency,rate\n2026111,USD,7.1\n", "day.csv"))


def test_a_word_is_no_currency_because_money_was_once_called_so(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost,clicks\n2026-07-01,meta,bad,1\n2026-07-02,meta,5,2\n", "spend.csv")
    assert inspect(workspace, path).questions == ()
    result = import_file(workspace, path)
    assert (result.added, result.rejected, result.sums["cost"]) == (1, 1, "5")
    named = write(tmp_path, "order_id,time,revenue,currency\n1,2026-07-01,5,bad\n2,2026-07-01,6,CNY\n", "orders.csv")
    orders = import_file(workspace, named)
    assert (orders.added, orders.rejected, orders.sums["revenue"]) == (1, 1, "6")


def test_currencies_that_are_no_more_are_known_as_long_as_exports_may_be_in_them() -> None:
    assert {"EUR", "CNY", "HRK", "DEM", "BGN", "BYR"} <= currencies()
    assert not {"BAD", "SUR", "ARP"} & currencies()
