"""Delimiter, preamble, header and names are found as a person would."""

import pytest

from omnidash.ingest.reading.dialect import dialect_of, unique_names
from omnidash.model.errors import BadInput


def rows(count: int, delimiter: str = ",") -> str:
    return "".join(f"2026-07-{day:02d}{delimiter}Brand{delimiter}{day}\n" for day in range(1, count + 1))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_every_common_delimiter(delimiter: str) -> None:
    found = dialect_of(delimiter.join(("Day", "Campaign", "Cost")) + "\n" + rows(5, delimiter))
    assert (found.delimiter, found.header) == (delimiter, ("Day", "Campaign", "Cost"))


def test_decimal_commas_do_not_make_a_comma_file() -> None:
    found = dialect_of("Jour;Coût;Clics\n" + "".join(f"0{d}/08/2026;1 234,56;2,5\n" for d in range(1, 10)))
    assert (found.delimiter, found.header) == (";", ("Jour", "Coût", "Clics"))


@pytest.mark.parametrize(
    ("preamble", "lines"),
    [
        ("Campaign report\n27 January 2026 - 23 February 2026\n", 2),
        ('Campaign report\n"July 8, 2025 - July 31, 2025"\n', 2),
        ("# ------\n# Report CSV Export\n# Start date: 20260101\n", 3),
        ("Report Name: Keywords\nReport Time: 1/1/2026\n\n", 3),
        ("数据生成时间：2026-10-10 14:02,,\n数据生成条件：,,\n1. 时间范围：20261009,,\n\n", 4),
        ('"Account: Shop ""A"""\n\n\n', 3),
    ],
)
def test_preambles_are_skipped_and_rows_keep_the_numbers_of_the_spreadsheet(preamble: str, lines: int) -> None:
    found = dialect_of(preamble + "Day,Campaign,Cost\n" + rows(5))
    assert found.header == ("Day", "Campaign", "Cost")
    assert (found.header_row, found.first_row) == (lines + 1, lines + 2)


def test_the_row_number_counts_a_quoted_line_break_once() -> None:
    found = dialect_of('"a title\nof two lines"\nDay,Campaign,Cost\n' + rows(4))
    assert (found.header_row, found.skip_lines) == (2, 3)


def test_blank_and_repeated_names_are_kept_apart() -> None:
    assert unique_names(["分销员", "", "分销员", " 金额\t", '="店铺"', "", ""]) == (
        "分销员",
        "column 2",
        "分销员 (2)",
        "金额",
        "店铺",
    )


def test_one_column_is_a_table_too() -> None:
    assert dialect_of("email\nana@shop.example\nbo@shop.example\n").header == ("email",)


def test_a_table_without_header_is_refused() -> None:
    with pytest.raises(BadInput, match="no header row"):
        dialect_of(rows(5), "data.csv")
