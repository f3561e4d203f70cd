"""Amounts in different currencies are never added to each other, whoever puts them into one file."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.cli.main import main
from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import dry_run, history, import_file, inspect, rejects
from omnidash.store import Workspace
from tests.unit.ingest_files import write

SPEND = "date,channel,cost,clicks,currency\n2026-07-01,meta,100,10,CNY\n2026-07-01,google,20,3,USD\n"
ORDERS = """\
order id,created at,total,refunded amount,currency,financial status
1,2026-07-01 10:00:00,100,,CNY,paid
2,2026-07-01 11:00:00,20,5,USD,paid
3,2026-07-02 11:00:00,30,,USD,pending
"""
LINES = """\
order id,created at,sku,lineitem price,quantity,currency
1,2026-07-01 10:00:00,a,10,1,USD
1,2026-07-01 10:00:00,b,20,1,EUR
2,2026-07-01 11:00:00,a,10,1,USD
2,,b,5,1,
"""


@pytest.fixture
def rated(workspace: Workspace) -> Workspace:
    days = [date(2026, 7, 1), date(2026, 7, 2)]
    set_rates(
        workspace, [(code, day, rate) for code, rate in (("USD", Decimal(7)), ("EUR", Decimal(8))) for day in days]
    )
    return workspace


def test_sums_in_several_currencies_are_told_apart_and_added_only_after_conversion(
    rated: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, SPEND)
    would = dry_run(rated, path, inspect(rated, path).mapping)
    done = import_file(rated, path)
    assert done.sums == would.sums == {"cost": "240", "clicks": "13"}
    assert done.sums_by_currency == would.sums_by_currency == {"cost": {"CNY": "100", "USD": "20"}}
    told = history(rated)[0]
    assert (told["sums"], told["sums_by_currency"]) == (done.sums, done.sums_by_currency)
    assert rated.rows("select sum(cost_base) from spend") == [(Decimal(240),)]


def test_orders_in_several_currencies_have_sums_of_each(rated: Workspace, tmp_path: Path) -> None:
    done = import_file(rated, write(tmp_path, ORDERS))
    assert done.sums_by_currency == {
        "revenue": {"CNY": "100", "USD": "20"},
        "refund": {"USD": "5"},
        "unpaid": {"USD": "30"},
    }
    assert done.sums == {"revenue": "240", "refund": "5", "unpaid": "30"}


def test_money_in_one_foreign_currency_stays_as_the_file_states_it(rated: Workspace, tmp_path: Path) -> None:
    done = import_file(rated, write(tmp_path, SPEND.replace("CNY", "USD")))
    assert (done.sums["cost"], done.sums_by_currency) == ("120", {"cost": {"USD": "120"}})


def test_reports_in_several_currencies_have_no_total(workspace: Workspace, tmp_path: Path) -> None:
    text = "date,section,item,cost,clicks,currency\n2026-07-01,s,a,1,2,CNY\n2026-07-01,s,b,3,4,USD\n"
    done = import_file(workspace, write(tmp_path, text))
    assert (done.sums, done.sums_by_currency) == ({"clicks": "6"}, {"cost": {"CNY": "1", "USD": "3"}})


def test_the_command_line_gives_one_number_a_measure_and_what_it_is_made_of(
    rated: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(rated.folder)
    assert main(["--workspace", folder, "import", str(write(tmp_path, SPEND)), "--json"]) == 0
    batch = json.loads(capsys.readouterr().out)["batches"][0]
    assert batch["sums"] == {"cost": 240.0, "clicks": 13.0, "cost_CNY": 100.0, "cost_USD": 20.0}
    assert main(["--workspace", folder, "batches", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["batches"][0]["sums"] == batch["sums"]


def test_an_order_whose_lines_are_in_several_currencies_is_set_aside_whole(rated: Workspace, tmp_path: Path) -> None:
    done = import_file(rated, write(tmp_path, LINES))
    assert (done.rejected, done.sums) == (2, {"revenue": "15"})
    aside = rejects(rated, done.batch_id)
    assert [row["row_number"] for row in aside] == [2, 3]
    assert {row["reason"].values["value"] for row in aside} == {"EUR / USD"}
    assert aside[1]["raw"].split(",")[3:] == ["20", "1", "EUR"]


def test_large_amounts_are_converted_too_and_anew_at_a_corrected_rate(rated: Workspace, tmp_path: Path) -> None:
    import_file(rated, write(tmp_path, SPEND.replace("google,20", "google,2000000")))
    events = "time,channel,action,email,revenue,currency\n2026-07-01 10:00:00,meta,purchase,a@b.example,20000000,USD\n"
    import_file(rated, write(tmp_path, events, "events.csv"))
    assert rated.rows("select sum(cost_base) from spend") == [(Decimal(14_000_100),)]
    set_rates(rated, [("USD", date(2026, 7, 1), Decimal(8))])
    assert rated.rows("select sum(cost_base) from spend") == [(Decimal(16_000_100),)]
    assert rated.rows("select sum(revenue_base) from event") == [(Decimal(160_000_000),)]
