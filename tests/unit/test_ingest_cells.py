"""What people write in cells is read as they mean it, or not at all."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from omnidash.ingest.meaning.money import FAMILIES, SIGNS
from omnidash.ingest.rows.cells import STEPS, install, zone_params
from omnidash.ingest.rows.plain import is_plain
from omnidash.store import Workspace
from omnidash.store.settings import currencies
from omnidash.store.workspace import Staging


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    """A scratch database that knows how cells are read."""
    workspace = Workspace.create(tmp_path_factory.mktemp("cells") / "workspace")
    with workspace.staging() as staging:
        install(staging.cursor)
        yield staging


def read(cells: Staging, kind: str, text: str, **changed: object) -> object:
    """One cell read as a value of ``kind``, through the same steps as an import."""
    return read_all(cells, kind, [text], **changed)[text]


def read_all(cells: Staging, kind: str, texts: list[str], **changed: object) -> dict[str, object]:
    """Several cells at once."""
    params = {"texts": texts, "decimal_comma": False, "day_order": "undecided", **zone_params("zone", "Asia/Shanghai")}
    params |= changed
    steps, before, of_type = [], "start", "decimal(24, 6)"
    for at, step in enumerate(STEPS[kind]):
        steps.append(
            f"step{at} as (select *, {step.replace('{x}', 'x').replace('{type}', of_type).replace('{kept}', of_type)} from {before})"
        )
        before = f"step{at}"
    sql = f"""
        with cells as (select unnest($texts) as cell), start as (select cell, told(trimmed(cell)) as x_text from cells),
        {", ".join(steps)} select cell, x from {before}
    """
    bound = {name: value for name, value in params.items() if f"${name}" in sql}
    return dict(cells.cursor.execute(sql, bound).fetchall())


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.5", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1,00,000", "100000"),
        ("¥1,234", "1234"),
        ("US$3.38", "3.38"),
        ("12 USD", "12"),
        ("৳2,999", "2999"),
        ("(12.30)", "-12.3"),
        ("12.30-", "-12.3"),
        ("1.2k", "1200"),
        ("3.4M", "3400000"),
        ("-¥5.2", "-5.2"),
        ("¥-5.2", "-5.2"),
        ("1.2万", "12000"),
        ("１２３．５", "123.5"),
        ("1e3", "1000"),
        ('="123"', "123"),
        ("\t4711", "4711"),
        ("\u00a0 7 ", "7"),
        (".5", "0.5"),
    ],
)
def test_amounts_as_people_write_them(cells: Staging, text: str, amount: str) -> None:
    assert read(cells, "amount", text) == Decimal(amount)


def test_a_currency_beside_an_amount_never_changes_it(cells: Staging) -> None:
    words = [*sorted(currencies()), *SIGNS, *FAMILIES]
    texts = [text for w in words for text in (f"100 {w}", f"{w}100", f"{w} 100.00", f"100.00{w}")]
    assert {text: amount for text, amount in read_all(cells, "amount", texts).items() if amount != 100} == {}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.2w", "12000"),
        ("2千", "2000"),
        ("100+", "100"),
        ("1.5亿", "150000000"),
        ("1.2万元", "12000"),
        ("1.2 k€", "1200"),
        ("US$1.2k", "1200"),
        ("$5 CAD", "5"),
        ("CHF 2'000.00", "2000"),
        ("Rs. 1,00,000", "100000"),
        ("($7.00)", "-7"),
    ],
)
def test_a_size_stands_behind_the_digits_and_a_currency_behind_that(cells: Staging, text: str, amount: str) -> None:
    assert read(cells, "amount", text) == Decimal(amount)


@pytest.mark.parametrize("text", ["5 PCS", "5 XYZ", "$5 EUR CAD", "USD 5 EUR", "1 2 3", "k5"])
def test_what_is_no_currency_makes_no_amount(cells: Staging, text: str) -> None:
    assert read(cells, "amount", text) is None


@pytest.mark.parametrize("text", ["12.5%", "2.81 %", "１２％", "-3%"])
def test_a_percentage_is_no_amount_and_no_count(cells: Staging, text: str) -> None:
    assert (read(cells, "amount", text), read(cells, "count", text)) == (None, None)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("12.0", 12),
        ("1.2345万", 12345),
        ("1.23456万", 12346),
        ("1,234", 1234),
        ("12.7", 13),
        ("1.234", None),
        ("1.000", 1),
    ],
)
def test_counts_are_whole(cells: Staging, text: str, count: int | None) -> None:
    assert read(cells, "count", text) == count


@pytest.mark.parametrize("text", ["abc", "12abc", "3,5", "1,2,3", "5.0.0", "0x1F", "1_000", "infinity", "1 2 3 x"])
def test_a_number_is_never_made_of_half_a_text(cells: Staging, text: str) -> None:
    assert read(cells, "amount", text) is None


@pytest.mark.parametrize("text", ["", " ", "-", "--", " --", "N/A", "null", "—", "(not set)", "< 10%", ">90%"])
def test_words_for_nothing_are_nothing(cells: Staging, text: str) -> None:
    assert read(cells, "text", text) is None


@pytest.mark.parametrize(
    ("text", "amount"), [("1 234,56", "1234.56"), ("1.234,56", "1234.56"), ("3,5", "3.5"), ("1\u202f234,5", "1234.5")]
)
def test_decimal_commas_where_the_column_has_them(cells: Staging, text: str, amount: str) -> None:
    assert read(cells, "amount", text, decimal_comma=True) == Decimal(amount)


def test_a_decimal_point_in_a_column_of_decimal_commas_is_refused(cells: Staging) -> None:
    assert read(cells, "amount", "12.50", decimal_comma=True) is None


SHANGHAI_NOON = datetime(2026, 7, 1, 4, 5, 6)  # 12:05:06 in Shanghai


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-01 12:05:06",
        "2026-07-01T12:05:06",
        "2026/7/1 12:05:06",
        "2026.7.1 12:05:06",
        "20260701120506",
        "20260701 12:05:06",
        "2026年7月1日 12:05:06",
        "2026年07月01日12:05:06",
        "2026-07-01 12:05:06 PM",
        "2026/7/1 下午12:05:06",
        "1 Jul 2026 12:05:06",
        "July 1, 2026 12:05:06 PM",
        "2026-07-01T04:05:06Z",
        "2026-07-01 04:05:06 UTC",
        "2026-07-01 09:05:06 +0500",
        "2026-07-01T00:05:06-04:00",
        "2026-06-30T23:05:06-05",
        "1782878706",
        "1782878706000",
        "1782878706000000",
        "Wed Jul 01 2026 12:05:06 GMT+0800 (China Standard Time)",
        "Wed, 01 Jul 2026 12:05:06 +0800",
    ],
)
def test_times_with_and_without_offset(cells: Staging, text: str) -> None:
    assert read(cells, "time", text) == SHANGHAI_NOON


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("01/08/2026", "dmy", date(2026, 8, 1)),
        ("01/08/2026", "mdy", date(2026, 1, 8)),
        ("1.8.26", "dmy", date(2026, 8, 1)),
        ("1.8.26", "undecided", None),
        ("26-08-01", "ymd", date(2026, 8, 1)),
        ("26/8/1", "ymd", date(2026, 8, 1)),
        ("2026.08.01.", "dmy", date(2026, 8, 1)),  # as Korean reports write it
        ("01.08.2026", "mdy", date(2026, 8, 1)),
        ("13/08/2026", "mdy", None),
        ("Thu, 5 Feb 2026", "undecided", date(2026, 2, 5)),
        ("5-Feb-26", "undecided", date(2026, 2, 5)),
        ("20260205", "undecided", date(2026, 2, 5)),
        ("46058", "undecided", date(2026, 2, 5)),  # a spreadsheet's own day
        ("46058.75", "undecided", date(2026, 2, 5)),
        ("12345", "undecided", None),
        ("2026-02-05T23:30:00-05:00", "undecided", date(2026, 2, 5)),
    ],
)
def test_days_as_they_are_written(cells: Staging, text: str, order: str, day: date | None) -> None:
    assert read(cells, "day", text, day_order=order) == day


@pytest.mark.parametrize(
    "text", ["03/04/2026", "2026-02-30", "99/99/2026", "infinity", "0001-01-01", "total", "2026-07-01 - 2026-07-31"]
)
def test_what_is_no_date_or_undecided_is_not_read(cells: Staging, text: str) -> None:
    assert read(cells, "time", text) is None


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize(
    "wall",
    ["2026-01-15 08:00:00", "2026-07-15 08:00:00", "2026-03-08 01:59:00", "2026-11-01 03:30:00", "1999-07-01 00:00:00"],
)
def test_local_times_follow_the_clock_changes_of_their_zone(cells: Staging, zone: str, wall: str) -> None:
    truth = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    assert read(cells, "time", wall, **zone_params("zone", zone)) == truth


def test_a_zone_is_called_fixed_only_from_when_it_stays_so() -> None:
    shanghai, berlin = zone_params("z", "Asia/Shanghai"), zone_params("z", "Europe/Berlin")
    assert shanghai["z_fixed_from"] == datetime(1992, 1, 2)  # the clocks changed until 1991
    assert berlin["z_fixed_from"] == datetime(2101, 1, 1)


def test_the_summer_times_of_shanghai_are_known(cells: Staging) -> None:
    assert read(cells, "time", "1991-07-01 12:00:00") == datetime(1991, 7, 1, 3)


@pytest.mark.parametrize(
    "text",
    ["1. Juli 2026", "1 juil. 2026", "1er juillet 2026", "1 de julio de 2026", "1 luglio 2026", "1 July 2026",
     "2026-07-01 00:00-00:59", "2026-07-01 23:00-23:59", "2026-07-01 00:00 ~ 00:59", "2026-07-01 14:00–14:59"],
)  # fmt: skip
def test_a_day_in_other_words_and_an_hour_of_it(cells: Staging, text: str) -> None:
    assert read(cells, "day", text) == date(2026, 7, 1)


@pytest.mark.parametrize("text", ["1. Foo 2026", "32. Juli 2026", "10 Stück 2026"])
def test_words_that_are_no_month_make_no_day(cells: Staging, text: str) -> None:
    assert read(cells, "day", text) is None


ODD_CELLS = [
    "", " ", "-", "--", "—", "–", "n/a", "N/A", "#n/a", "null", "NaN", "none", "(not set)", "\\n", "<10", "< 10 %", "≥3",
    " padded", "padded ", "padded\t", "padded\r", "padded\xa0", "padded\u3000", "\ufeffmarked", "\xa0padded", '="007"',
    "[12345]", "'007", "'-5", "-5", "+5", "¥5", "5", "2026-03-01 10:00:00", "抖音", "click", "Nike", "nike", "（自然）", "é",
]  # fmt: skip


def test_a_plain_cell_is_what_a_close_look_would_find(cells: Staging) -> None:
    every = [*ODD_CELLS, *(a + b for a in ODD_CELLS for b in (" ", "x", "\u3000", "-", "抖"))]
    found = cells.cursor.execute(
        f"select c, {is_plain(['c'])}, told(trimmed(c)) from (select unnest($texts) as c)", {"texts": every}
    ).fetchall()
    assert [c for c, plain, told in found if plain and told != c] == []
    plain = {c for c, is_so, _ in found if is_so}
    assert {
        "5",
        "2026-03-01 10:00:00",
        "抖音",
        "click",
        "¥5",
        "（自然）",
        "é",
    } <= plain  # or all rows would take the long way


def test_a_row_is_plain_where_all_its_cells_are(cells: Staging) -> None:
    rows = [("a", "b", True), ("a", None, True), (None, None, True), ("a", "b ", False), ("-", "b", False)]
    for one, other, expected in rows:
        found = cells.cursor.execute(
            f"select {is_plain(['one', 'other'])} from (select cast($one as varchar) as one, cast($other as varchar) as other)",
            {"one": one, "other": other},
        ).fetchall()
        assert found == [(expected,)], (one, other)
