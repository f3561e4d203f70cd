"""Files of aggregated paths as other tools write them, good and bad."""

from pathlib import Path

import pytest

from omnidash.attribution.path_file import read_path_file
from omnidash.attribution.path_table import PathTable
from omnidash.model.errors import BadInput

EXPECTED = ((("search", "email"), 3.0, 30.5, 2.0), (("direct",), 1.0, 0.0, 0.0))


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "paths.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def rows(table: PathTable) -> tuple[tuple[object, ...], ...]:
    return tuple(zip(table.paths, table.conversions, table.value, table.nulls, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "path,conversions,value,nulls\nsearch > email,3,30.5,2\ndirect,1,,0\n",
        "path;total_conversions;total_conversion_value;total_null\nsearch > email;3;30.5;2\ndirect;1;0;0\n",
        "Total Conversions\tPath\tNull\tConversion Value\r\n3\tsearch>email\t2\t30.5\r\n1\tdirect\t\t\r\n",
        "note|path|conversions|revenue|nulls\nx|search → email|3|30.5|2\n\n||||\ny|direct|1|0|0\n",
        "\ufeff路径,转化数,转化金额,未转化\nsearch > email,3,30.5,2\ndirect,1,0,0\n",
    ],
    ids=["comma", "semicolon", "tab and other order", "pipe, arrow, extra column, blank lines", "chinese with BOM"],
)
def test_usual_names_and_delimiters_are_recognised(tmp_path: Path, text: str) -> None:
    assert rows(read_path_file(written(tmp_path, text))) == EXPECTED


def test_chinese_files_in_their_old_encoding_are_read(tmp_path: Path) -> None:
    table = read_path_file(written(tmp_path, "路径,转化数\n抖音 > 微信,2\n".encode("gb18030")))
    assert table.paths == (("抖音", "微信"),)


def test_value_and_nulls_are_zero_where_the_file_has_no_such_column(tmp_path: Path) -> None:
    assert rows(read_path_file(written(tmp_path, "path,conversions\na > b,2\n"))) == ((("a", "b"), 2.0, 0.0, 0.0),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"paths\.csv is empty"),
        ("path,conversions\n", r"has a header but no rows"),
        ("path,value\na,1\n", r"has no column conversions; its header is path, value"),
        ("channel;conversions\na;1\n", r"has no column path"),
        ("path,conversions,total_conversions\na,1,1\n", r"several columns for conversions: conversions, total_conv"),
        ("path,conversions\na,1\nb,many\n", r"row 3, column conversions: 'many' is no number"),
        ("path,conversions,nulls\na,1,-2\n", r"row 2, column nulls: '-2' is no number of at least 0"),
        ("path,conversions\na,nan\n", r"row 2, column conversions: 'nan'"),
        ("path,conversions\na > > b,1\n", r"row 2, column path: 'a > > b' has an empty channel"),
        ("conversions,path\n1,\n", r"row 2, column path: '' has an empty channel"),
        ("conversions,path\n1,a\n2\n", r"row 3: only 1 columns; expected at least 2"),
        (b"PK\x03\x04\x00\x00binary", r"is no text file"),
        (b"path,conversions\n\xff\xff\xfe,1\n", r"neither UTF-8 nor GB 18030"),
        ("path,conversions\n" + "a" * 200_000 + ",1\n", r"row 2 cannot be read"),
        ("p" * 1_500_000, r"is no text file"),
    ],
)
def test_bad_files_are_refused_with_file_row_column_and_remedy(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_path_file(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.csv cannot be opened"):
        read_path_file(tmp_path / "nowhere.csv")
