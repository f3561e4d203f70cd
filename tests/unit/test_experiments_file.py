"""A test from a file of one row per person: columns, encodings, and what is refused."""

import gzip

import polars as pl
import pytest

from omnidash.experiments.person_file import person_rows, read_person_table, usual_outcome
from omnidash.experiments.reading import Asked, read_experiment, usual_control
from omnidash.model.errors import BadInput

PLAIN = "user_id,group,bought,amount\n1,A,yes,12.50\n2,B,no,\n3,A,no,0\n4,B,yes,1200\n5,,yes,3\n"


def test_the_column_of_the_variant_and_those_of_figures_are_found() -> None:
    table = read_person_table(PLAIN.encode(), "test.csv")
    assert table.variants[0] == "group"
    assert table.figures == ("bought", "amount")
    rows = person_rows(table, variant="group", outcome="amount", before="bought")
    assert rows.rows() == [("A", 12.5, 1.0), ("B", 0.0, 0.0), ("A", 0.0, 0.0), ("B", 1200.0, 1.0)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_and_delimiter(encoding: str) -> None:
    text = "客户编号;实验分组;是否购买\n101;对照组;是\n102;新版;否\n103;新版;是\n"
    for content in (text.encode(encoding), gzip.compress(text.replace("\n", "\r\n").encode(encoding))):
        table = read_person_table(content, "测试.csv")
        assert person_rows(table, variant="实验分组", outcome="是否购买").rows() == [
            ("对照组", 1.0), ("新版", 0.0), ("新版", 1.0),
        ]  # fmt: skip


def test_decimal_commas_are_read_and_what_may_be_either_is_asked_about() -> None:
    table = read_person_table(b"arm;x\na;1.234,50\nb;2,5\n", "t.csv")
    assert person_rows(table, variant="arm", outcome="x")["value"].to_list() == [1234.5, 2.5]
    doubtful = read_person_table(b"arm;x\na;1.234\nb;2.500\n", "t.csv")
    with pytest.raises(BadInput, match=r"t\.csv: are numbers such as '1\.234'"):
        person_rows(doubtful, variant="arm", outcome="x")


def test_a_cell_that_is_no_number_is_named_by_row_and_column() -> None:
    table = read_person_table(b"arm,x\na,1\nb,many\n", "t.csv")
    with pytest.raises(BadInput, match=r"t\.csv, row 3: 'many' in column 'x' is no number"):
        person_rows(table, variant="arm", outcome="x")


@pytest.mark.parametrize("content", [b"\x1f\x8bbroken", b"PK\x03\x04\0\0", b"", b"arm,x\na,1\nb,1,2,3,4\n"])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match=r"t\.csv"):
        read_person_table(content, "t.csv")


def test_the_control_is_known_by_its_name_else_it_is_the_first() -> None:
    assert usual_control(["B", "A"]) == "A"
    assert usual_control(["Mens E-Mail", "No E-Mail"]) == "No E-Mail"
    assert usual_control(["实验组", "对照组"]) == "对照组"
    rows = person_rows(read_person_table(PLAIN.encode(), "t"), variant="group", outcome="amount")
    found = read_experiment(rows)
    assert not found.is_enough
    assert not found.differences[0].is_clear
    with pytest.raises(BadInput, match="No person is in variant 'C'; there are A, B"):
        read_experiment(rows, Asked(control="C"))
    with pytest.raises(BadInput, match="at least two variants; here is 1"):
        read_experiment(rows.filter(rows["variant"] == "A"))


def test_numbers_of_persons_are_no_outcome_and_the_last_figure_is() -> None:
    header = "player_id,phone,version,rounds_before,retained\n"
    rows = "".join(f"{n},139{n:08},{'ab'[n % 2]},{n % 7},{n % 3}\n" for n in range(40))
    table = read_person_table((header + rows).encode(), "t.csv")
    assert table.figures == ("rounds_before", "retained")
    assert "phone" not in table.cells.columns
    assert usual_outcome(table, variant="version") == "retained"
    assert usual_outcome(table, variant="version", before="retained") == "rounds_before"


def test_blanks_and_not_a_number_are_nothing() -> None:
    table = read_person_table(b'arm,x\na,\nb,NaN\na,"1,234"\nb,"2,500"\n', "t.csv")
    with pytest.raises(BadInput, match="above a thousand"):
        person_rows(table, variant="arm", outcome="x")
    table = read_person_table(b"arm,x\na,\nb,NaN\na,1.5\nb,null\n", "t.csv")
    assert person_rows(table, variant="arm", outcome="x")["value"].to_list() == [0.0, 0.0, 1.5, 0.0]


def test_rare_buyers_survive_the_cap_and_uneven_shares_may_be_meant() -> None:
    rows = pl.DataFrame(
        {"variant": ["a"] * 9000 + ["b"] * 1000, "value": [300.0] * 9 + [0.0] * 8990 + [9000.0] + [0.0] * 1000}
    )
    found = read_experiment(rows, Asked(cap=0.9, weights=(("a", 9), ("b", 1))))
    assert found.control.with_outcome == 10
    assert 0 < found.control.mean < 11_700 / 9000
    assert not found.sample_ratio.is_mismatch
    assert read_experiment(rows).sample_ratio.is_mismatch
    with pytest.raises(BadInput, match="between 50 and 100"):
        Asked(level=0.05)
