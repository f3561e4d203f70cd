"""What the workspace remembers of a file for the next one of the same header, and what it reads anew."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.meaning.inspection import inspect
from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import commit, import_file
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import write

DAYS = [date(2026, 7, day) for day in range(1, 10)]


@pytest.fixture
def with_rates(workspace: Workspace) -> Workspace:
    set_rates(workspace, [("USD", day, Decimal(7)) for day in DAYS] + [("EUR", day, Decimal(8)) for day in DAYS])
    return workspace


def test_the_currency_in_the_cells_of_one_file_is_not_that_of_the_next(with_rates: Workspace, tmp_path: Path) -> None:
    import_file(with_rates, write(tmp_path, "date,channel,cost\n2026-07-01,meta,US$5\n", "a.csv"))
    import_file(with_rates, write(tmp_path, "date,channel,cost\n2026-07-02,meta,€5\n", "b.csv"))
    import_file(with_rates, write(tmp_path, "date,channel,cost\n2026-07-03,meta,5\n", "c.csv"))
    assert with_rates.rows("select currency, cost_base from spend order by day") == [
        ("USD", Decimal(35)), ("EUR", Decimal(40)), ("CNY", Decimal(5)),
    ]  # fmt: skip


def test_the_currency_in_a_header_is_not_that_of_a_header_without(with_rates: Workspace, tmp_path: Path) -> None:
    text = "Day,Campaign name,Impressions,{}\n2026-07-01,A,5,5\n"
    import_file(with_rates, write(tmp_path, text.format("Amount spent (USD)"), "a.csv"))
    later = inspect(with_rates, write(tmp_path, text.format("Amount spent"), "b.csv"))
    assert later.mapping.currency is None
    assert "the file names no currency; its amounts are taken as CNY" in [w.english() for w in later.warnings]


def test_a_currency_that_a_person_named_is_remembered_until_a_file_shows_another(
    with_rates: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, "date,channel,cost\n2026-07-01,meta,5\n", "a.csv")
    import_file(with_rates, path, currency="EUR")
    plain = write(tmp_path, "date,channel,cost\n2026-07-02,meta,6\n", "b.csv")
    assert inspect(with_rates, plain).mapping.currency == "EUR"
    signed = write(tmp_path, "date,channel,cost\n2026-07-03,meta,US$6\n", "c.csv")
    assert inspect(with_rates, signed).mapping.currency == "USD"


def test_the_channel_given_for_one_file_is_asked_again_for_the_next(workspace: Workspace, tmp_path: Path) -> None:
    text = "Campaign,Date,Cost,Clicks\nA,2026-07-0{},5,3\n"
    import_file(workspace, write(tmp_path, text.format(1), "meta.csv"), channel="meta")
    other = write(tmp_path, text.format(2), "tiktok_ads.csv")
    asked = inspect(workspace, other)
    assert [(q.field, q.options) for q in asked.questions] == [("channel", ("tiktok", "meta"))]
    with pytest.raises(BadInput, match="which channel"):
        import_file(workspace, other)
    nameless = inspect(workspace, write(tmp_path, text.format(2), "export.csv"))
    assert [(q.field, q.options) for q in nameless.questions] == [("channel", ("meta",))]


def test_a_channel_given_before_that_the_name_of_the_next_file_speaks_of_is_not_asked_again(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = "Campaign,Date,Cost,Clicks\nA,2026-07-0{},5,3\n"
    import_file(workspace, write(tmp_path, text.format(1), "meta_1.csv"), channel="meta")
    result = import_file(workspace, write(tmp_path, text.format(2), "meta_2.csv"))
    assert result.added == 1
    assert workspace.rows("select distinct channel from spend") == [("meta",)]


def test_another_channel_than_the_profile_s_is_asked_again_and_the_profile_s_is_not_taken_instead(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = "Name,Financial Status,Paid at,Total,Created at\n#{},paid,2026-07-01 10:00:00,5,2026-07-01 10:00:00\n"
    import_file(workspace, write(tmp_path, text.format(1), "a.csv"), channel="shop_in_paris")
    later = write(tmp_path, text.format(2), "b.csv")
    assert [(q.field, q.options) for q in inspect(workspace, later).questions] == [("channel", ("shop_in_paris",))]
    with pytest.raises(BadInput, match="which channel"):
        import_file(workspace, later)
    import_file(workspace, later, channel="shop_in_paris")
    assert workspace.rows("select count(*) from event") == [(2,)]


def test_a_date_order_that_one_file_proves_says_nothing_of_the_next(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, write(tmp_path, "date,channel,cost\n13/04/2026,meta,5\n", "a.csv"))
    later = write(tmp_path, "date,channel,cost\n03/05/2026,meta,5\n04/05/2026,meta,5\n", "b.csv")
    assert [q.field for q in inspect(workspace, later).questions] == ["date_order"]


def test_a_date_order_that_a_person_answered_is_remembered_and_proof_against_it_wins(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, "date,channel,cost\n03/05/2026,meta,5\n", "a.csv")
    commit(workspace, path, replace(inspect(workspace, path).mapping, date_order="mdy"))
    proves_nothing = write(tmp_path, "date,channel,cost\n04/05/2026,meta,5\n", "b.csv")
    assert inspect(workspace, proves_nothing).mapping.date_order == "mdy"
    proves_the_same = write(tmp_path, "date,channel,cost\n04/15/2026,meta,5\n", "c.csv")
    import_file(workspace, proves_the_same)
    assert inspect(workspace, proves_nothing).mapping.date_order == "mdy"
    proves_other = write(tmp_path, "date,channel,cost\n15/04/2026,meta,5\n", "d.csv")
    assert inspect(workspace, proves_other).mapping.date_order == "dmy"
    import_file(workspace, proves_other)
    assert [q.field for q in inspect(workspace, proves_nothing).questions] == ["date_order"]


def test_a_timezone_that_a_person_named_is_remembered(workspace: Workspace, tmp_path: Path) -> None:
    text = "order_id,time,revenue\n{},2026-07-01 20:00:00,5\n"
    import_file(workspace, write(tmp_path, text.format(1), "a.csv"), timezone="UTC")
    assert inspect(workspace, write(tmp_path, text.format(2), "b.csv")).mapping.timezone == "UTC"


def test_a_column_of_months_in_one_file_may_be_one_of_days_in_the_next(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, write(tmp_path, "日期,渠道,花费\n2026-06,抖音,30\n2026-07,抖音,31\n", "a.csv"))
    later = write(tmp_path, "日期,渠道,花费\n2026-08-01,抖音,5\n2026-08-02,抖音,6\n", "b.csv")
    assert inspect(workspace, later).mapping.span is None
