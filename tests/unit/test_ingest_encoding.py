"""The encoding of a file is found, or the file is refused with a remedy."""

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from omnidash.ingest.reading.encoding import scan
from omnidash.ingest.reading.reader import look
from omnidash.model.errors import BadInput

CHINESE = "日期,渠道,花费\n2026-07-01,抖音广告,12.5\n2026-07-02,小红书,3\n"
FRENCH = "Jour;Campagne;Dépense\n2026-07-01;Été à la mer;12\n2026-07-02;Noël;3\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_chinese_exports_are_read_in_every_encoding_platforms_use(tmp_path: Path, encoding: str) -> None:
    text = CHINESE if encoding != "utf-16-le" and encoding != "utf-16-be" else "day,channel,cost\n2026-07-01,douyin,1\n"
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    assert look(path).dialect.header == tuple(text.split("\n")[0].split(","))


def test_latin_letters_are_the_last_resort_and_come_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(FRENCH.encode("latin-1"))
    source = look(path)
    assert source.scan.encoding == "cp1252"
    assert source.dialect.sample[0][1] == "Été à la mer"
    assert "cp1252" in source.scan.warnings[0].english()


def test_chinese_that_comes_only_late_in_an_ascii_file_is_still_found(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"day,channel,cost\n" + b"2026-07-01,douyin,1\n" * 200_000 + "2026-07-01,抖音,1\n".encode("gbk"))
    assert scan(path, "export.csv").encoding == "gb18030"


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        look(path)
    return str(caught.value)


def test_utf8_with_broken_bytes_is_refused_instead_of_guessed(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(CHINESE.encode() + "2026-07-03,天".encode()[:-1] + b",4\n")
    assert "broken text at byte" in refusal(path) and "UTF-8" in refusal(path)


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not a text file"),
        (bytes(range(256)) * 50, "not a text file"),
        (b"%PDF-1.7\n...", "not a text file"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "old Excel workbook"),
        (b"\x1f\x8b\x08\x00damaged", "damaged gzip"),
        (b"day,cost\n", "no rows below"),
        (b"just a line of text without any table", "no rows below"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(tmp_path: Path, contents: bytes, told: str) -> None:
    path = tmp_path / "thing.csv"
    path.write_bytes(contents)
    assert told in refusal(path) and "thing.csv" in refusal(path)


def test_a_renamed_workbook_is_called_one(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert "Excel workbook" in refusal(path)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "absent.csv")
    assert "is a folder" in refusal(tmp_path)


def test_a_gigabyte_of_one_line_is_refused_after_its_first_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.write(b"x" * 1000)
        os.ftruncate(file.fileno(), 1 << 30)  # sparse: takes no room on the disk
    assert "not a text file" in refusal(path)  # a sparse file is zeros; the next one is text
    packed = tmp_path / "line.csv.gz"
    with gzip.open(packed, "wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(b"x" * (1 << 20))
    assert "longer than" in refusal(packed)


def test_a_long_line_deep_in_the_file_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    path.write_bytes(b"day,cost\n" + b"2026-07-01,1\n" * 10 + b"y" * (6 << 20))
    assert "longer than" in refusal(path)
