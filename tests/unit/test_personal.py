"""What looks personal in a text, in SQL and in Python alike; what only resembles it stays."""

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.identity.personal import (
    is_personal,
    unpersonal,
    unpersonal_file_name,
    unpersonal_id_sql,
    unpersonal_name_sql,
    unpersonal_sql,
)

PHONES = (
    "13812345678", "138 1234 5678", "138-1234-5678", "138.1234.5678", "138–1234–5678", "138-123-45678", "１３８１２３４５６７８",
    "+8613812345678", "+86 138 1234 5678", "0086-138-1234-5678", "86-13812345678", "0571-87654321", "0571-8765 4321",
    "010-12345678", "(010)12345678", "+14155550100", "+1 415 555 0100", "+1 (415) 555-0100", "(415) 555-0100",
    "415-555-0100", "415.555.0100", "415 555 0100", "1-415-555-0100", "+44 20 7946 0958", "020 7946 0958",
    "07700 900123", "+49 (0)30 1234567", "0049 30 1234567", "0171/1234567", "06 12 34 56 78", "06.12.34.56.78",
    "03-1234-5678", "090-1234-5678", "0412 345 678", "+852 9123 4567", "%2B14155550100",
)  # fmt: skip
OTHERS = ("ana@shop.example", "Ana.Müller+x@shop.example", "ana%40shop.example", "ana＠shop.example", "用户@例子.中国",
          "110101199003078888", "11010119900307888X")  # fmt: skip
HARMLESS = (
    "2026-07-01", "2026-07-01 10:00:00", "2026-07-01 - 2026-07-31", "20260701-20260731", "01.07.26-31.07.26",
    "07-01-2026 10:00", "2026年7月1日至2026年7月31日", "2026-07-01T10:00:00+08:00", "1,234,567.89", "1 234 567,89",
    "12345678901", "1719800000123", "2026070112000012345", "70000012345", "112-1234567-1234567", "192.168.100.200",
    "550e8400-e29b-41d4-a716-446655440000", "双11@抖音", "Sale@Shanghai", "@home", "GA4+Ads", "300x250 2026",
    "18-24 25-34 35-44", "夏促-20260701",
)  # fmt: skip
DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d-%m-%y", "%Y.%m.%d", "%d/%m/%y", "%Y年%m月%d日")
ALL = (*PHONES, *OTHERS, *HARMLESS)
FEW = settings(deadline=None, derandomize=True, max_examples=200)


def in_sql(texts: list[str], expression: str) -> list[str]:
    rows = duckdb.connect().execute(
        f"select {expression} from (select unnest($texts) as text, generate_subscripts($texts, 1) as n) order by n",
        {"texts": texts},
    )
    return [row[0] for row in rows.fetchall()]


@pytest.mark.parametrize("text", [*PHONES, *OTHERS])
def test_what_finds_a_person_is_hidden_wherever_it_stands(text: str) -> None:
    assert unpersonal(text) == "***"
    assert unpersonal(f"call {text}, twice") == "call ***, twice"
    assert is_personal(f"老客（{text}）推荐")


@pytest.mark.parametrize("text", HARMLESS)
def test_dates_numbers_and_ids_stay(text: str) -> None:
    assert unpersonal(text) == text
    assert unpersonal(f"老客 {text} x") == f"老客 {text} x"


def test_sql_says_what_python_says() -> None:
    texts = [dress.format(text) for text in ALL for dress in ("{}", "call {}, twice", "老客（{}）推荐", "x › {}")]
    assert in_sql(texts, unpersonal_sql("text")) == [unpersonal(text) for text in texts]


@FEW
@given(
    st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    st.sampled_from(DAY_FORMATS),
    st.sampled_from(("-", " - ", "~", "至", " to ", "_", ", ")),
)
def test_no_day_and_no_range_of_days_is_a_phone(first: date, last: date, written: str, between: str) -> None:
    text = f"report {first.strftime(written)}{between}{last.strftime(written)}.csv"
    assert unpersonal(text) == text


@FEW
@given(st.lists(st.sampled_from([*PHONES, *OTHERS, "夏季", "Summer", "1,234.50"]), min_size=1, max_size=4))
def test_neighbours_are_all_hidden_and_hiding_twice_changes_nothing(parts: list[str]) -> None:
    hidden = unpersonal("; ".join(parts))
    assert hidden == "; ".join("***" if part in (*PHONES, *OTHERS) else part for part in parts)
    assert unpersonal(hidden) == hidden


def test_digits_alone_are_an_id_where_a_column_has_ids() -> None:
    given = ["13812345678", "Summer › 13812345678 › 13912345678", "call 13812345678 › 7", "138-1234-5678"]
    kept = ["13812345678", "Summer › 13812345678 › 13912345678", "call *** › 7", "***"]
    assert in_sql(given, unpersonal_name_sql("text")) == kept


def test_ids_that_rows_meet_by_stay_apart_when_hidden() -> None:
    given = [
        "13812345678",
        "112-1234567-1234567",
        "ana@shop.example",
        "bo@shop.example",
        "138-1234-5678",
        "+14155550100",
    ]
    first, second, *hidden = in_sql(given, unpersonal_id_sql("text", "md5(text)"))
    assert (first, second) == ("13812345678", "112-1234567-1234567")
    assert len(set(hidden)) == 4 and all(text.startswith("*** #") for text in hidden)


def test_a_file_keeps_its_ending() -> None:
    assert unpersonal_file_name("orders of ana@shop.xlsx") == "orders of ***.xlsx"
    assert unpersonal_file_name("13812345678.csv.gz") == "***.csv.gz"
    assert unpersonal_file_name("Devices(2026.02.05-2026.02.10).csv") == "Devices(2026.02.05-2026.02.10).csv"
