"""The encoding of a file is found, or the file is refused with a remedy."""

import gzip
import os
import zipfile
from functools import cache
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from omnidash.ingest.reading import encoding
from omnidash.ingest.reading.charset import candidates
from omnidash.ingest.reading.encoding import scan
from omnidash.ingest.reading.lines import Lines
from omnidash.ingest.reading.reader import look
from omnidash.model.errors import BadInput

CHINESE = "日期,渠道,花费\n2026-07-01,抖音广告,12.5\n2026-07-02,小红书,3\n"
FRENCH = "Jour;Campagne;Dépense\n2026-07-01;Été à la mer;12\n2026-07-02;Noël;3\n"


@pytest.mark.parametrize(
    "written",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"],
)
def test_chinese_exports_are_read_in_every_encoding_platforms_use(tmp_path: Path, written: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(CHINESE.encode(written))
    found = look(path)
    assert found.dialect.header == ("日期", "渠道", "花费")
    assert found.dialect.sample == (("2026-07-01", "抖音广告", "12.5"), ("2026-07-02", "小红书", "3"))
    assert found.scan.warnings == ()


# Headers and rows as reports of either side have them; the shortest ones say least
SIMPLIFIED = (
    "日期,渠道,花费\n2026-07-01,抖音广告,12.5\n",
    "订单编号,收货人,付款时间\n1001,张伟,2026-07-01\n",
    "姓名,电话\n陈怡君,0912\n",
    "名称,数量\n苹果,1\n",
    "数据生成时间：2026-10-10 14:02,,\n\n推广计划,推广单元,消费\n品牌词,洗面奶,3\n",
    "统计日期,商品ID,商品名称,商品访客数\n2026-06-13,1017,针织T恤女,11\n",
    "关键词,搜索词,点击\n爱马仕,爱马仕,3\n",
    "昵称,备注\n鑫淼,骏\n",
)
TRADITIONAL = (
    "日期,廣告活動,花費,點擊次數\n2026-07-01,夏季特賣,12.5,3\n",
    "訂單編號,訂購人,付款時間,金額\n1001,王小明,2026-07-01,500\n",
    "姓名,電話\n陳怡君,0912\n",
    "名稱,數量\n蘋果,1\n",
    "產生時間：2026-07-01 10:00,,\n\n廣告群組,關鍵字,成本\n品牌字,洗面乳,3\n",
    "商品名稱,庫存\n純棉短袖,2\n",
    "門市,業績\n高雄左營,5\n",
    "會員編號,生日,累積點數\nA1,2000-01-01,5\n",
)
ACCENTED = (
    "Jour;Campagne;Dépense\n2026-07-01;Été à la mer;12\n",
    "Tag;Größe;Maße\n2026-07-01;größer;5\n",
    "Día;Campaña\n2026-07-01;Niños\n",
    "Datum;Ort\n2026-07-01;Örebro\n2026-07-02;Ängelholm\n",
    "name;price\n“Best” – ever…;€5\n",
    "Jour;Coût\n2026-07-01;1\u00a0234,56\n",
)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        *(("gb18030", text) for text in SIMPLIFIED),
        *(("cp950", text) for text in TRADITIONAL),
        *(("cp1252", text) for text in ACCENTED),
    ],
)
def test_short_files_of_either_chinese_and_of_europe_are_told_apart(tmp_path: Path, written: str, text: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(written))
    found = look(path)
    assert found.scan.encoding == written
    lines = [line for line in text.splitlines() if line]
    header = next(line for line in lines if "时间：" not in line and "時間：" not in line)
    assert found.dialect.header == tuple(header.split(found.dialect.delimiter))


@pytest.mark.parametrize("line", [line for text in TRADITIONAL for line in text.split("\n") if not line.isascii()])
def test_one_line_is_enough_to_tell_traditional_chinese(line: str) -> None:
    assert candidates(line.encode("cp950"))[0] == "cp950"


@pytest.mark.parametrize("line", [line for text in SIMPLIFIED for line in text.split("\n") if not line.isascii()])
def test_one_line_is_enough_to_tell_simplified_chinese(line: str) -> None:
    assert candidates(line.encode("gb18030"))[0] == "gb18030"


def test_letters_only_hong_kong_writes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("店鋪,商品,數量\n旺角,蝦餃同埋燒賣㗎喇,5\n尖沙咀,點心,3\n".encode("big5hkscs"))
    assert look(path).dialect.sample[0][1] == "蝦餃同埋燒賣㗎喇"


def test_french_utf8_with_a_broken_letter_is_not_taken_for_chinese(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("Jour;Été\n2026-07-01;à la mer\n".encode() + b"2026-07-02;No\xc3l\n")
    assert "has broken text" in refusal(path)


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
    assert "has broken text" in refusal(path) and "UTF-8" in refusal(path)


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "is a picture, no table; export the data as CSV"),
        (bytes(range(256)) * 50, "not a text file"),
        (b"%PDF-1.7\n...", "is a PDF document, no table; export the data as CSV"),
        (b"PAR1" + bytes(400), "save its table as CSV"),
        (b'[{"day": "2026-07-01", "cost": 5}]', "is JSON, no table; export the data as CSV"),
        (b'\xef\xbb\xbf{\n  "data": [["a", 1]]}', "is JSON, no table"),
        (b'{"time": "2026-07-01", "event": "x"}\n{"time": "2026-07-02", "event": "y"}\n', "one line per record"),
        (b"date,cost\n2026-07-01,5\n2026-07-\x0002,5\n", "line 3 holds a zero byte"),
        (b"Rar!\x1a\x07" + b"\x00" * 50, "unpack it"),
        (b"\n<!DOCTYPE html><html><body>Please log in</body></html>", "is a web page"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "holds a workbook"),
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
    assert "holds a workbook or an archive; import that file itself" in refusal(path)


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


def test_a_packed_file_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "PACKED_LIMIT_BYTES", 5 << 20)
    text = b"day,cost\n" + b"2026-07-01,1\n" * 600_000
    packed, plain = tmp_path / "bomb.csv.gz", tmp_path / "plain.csv"
    packed.write_bytes(gzip.compress(text, compresslevel=1))
    plain.write_bytes(text)
    assert "unpacks to more than" in refusal(packed)
    assert scan(plain, "plain.csv").bytes_read == len(text)


def test_a_long_line_deep_in_the_file_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    path.write_bytes(b"day,cost\n" + b"2026-07-01,1\n" * 10 + b"y" * (6 << 20))
    assert "longer than" in refusal(path)


@pytest.mark.parametrize(
    ("text", "has_blank", "is_uneven"),
    [
        (b"a,b\n1,2\n", False, False),
        (b"a,b\r\n1,2", False, False),
        (b"a,b\n1,2\n\n\n", False, False),
        (b"a,b\r\n\r\n1,2", True, False),
        (b"\na,b\n1,2", True, False),
        (b"a,b\n,\n1,2", True, False),
        (b"a,b\n1,2\n , ", True, False),
        (b"a,b\n1,2\r\n", False, True),
        (b"a,b\r1,2\r", False, True),
        (b'a,b\n"",""\n1,2\n', True, False),
        (b'a,b\n"",1\n', False, False),
    ],
)
@pytest.mark.parametrize("piece", [1, 2, 3, 100])
def test_lines_are_judged_alike_in_whatever_pieces_they_come(
    text: bytes, has_blank: bool, is_uneven: bool, piece: int
) -> None:
    lines = Lines()
    for at in range(0, len(text), piece):
        lines.feed(text[at : at + piece])
    lines.end()
    assert (lines.has_blank, lines.is_uneven) == (has_blank, is_uneven)


@pytest.mark.parametrize(
    ("text", "written"),
    [("曦玥轩", "gb18030"), ("貓糧", "cp950"), ("瑜珈", "cp950"), ("PROMOÇÃO", "cp1252"), ("브랜드", "cp949")],
)
def test_a_short_text_that_two_encodings_read_is_warned_of(tmp_path: Path, text: str, written: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(f"date,channel,campaign,cost\n2026-07-01,meta,{text},1\n".encode(written))
    source = look(path)
    assert source.dialect.sample[0][2] in source.scan.warnings[0].english()


@pytest.mark.parametrize("text", ["日期,渠道,花费\n2026-07-01,meta,1\n", "date,channel,cost\n2026-07-01,抖音,1\n"])
def test_a_text_that_one_encoding_reads_best_comes_without_a_warning(tmp_path: Path, text: str) -> None:
    path = tmp_path / "export.csv"
    for written in ("gb18030", "utf-8"):
        path.write_bytes(text.encode(written))
        assert look(path).scan.warnings == ()


def test_broken_text_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"day,name\n" + "2026-07-01,naïve\n".encode() * 99 + b"2026-07-02,na\xefve\n" * 9)
    assert "export.csv line 101 has broken text" in refusal(path)


def test_a_file_of_two_encodings_is_refused_and_the_line_named(tmp_path: Path) -> None:
    path = tmp_path / "put_together.csv"
    path.write_bytes((CHINESE * 10).encode() + (CHINESE * 6).encode("gb18030"))
    assert "two encodings: line 31 is not UTF-8" in refusal(path)


@pytest.mark.parametrize("text", [CHINESE * 200, "名称,渠道\n联通,瓷器\n" * 50])
def test_text_of_one_encoding_is_not_taken_for_two(tmp_path: Path, text: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode("gb18030"))
    assert look(path).scan.encoding == "gb18030"


def test_a_name_that_begins_with_a_bracket_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("[day],{cost}\n2026-07-01,5\n2026-07-02,6\n", "utf-8")
    assert look(path).dialect.header == ("[day]", "{cost}")


def test_cells_of_whole_pages_do_not_hide_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    page = "<p>text</p>" * 30_000
    path.write_text("day,cost,note\n" + "".join(f"2026-07-0{i},{i},{page}\n" for i in range(1, 5)), "utf-8")
    assert [row[:2] for row in look(path).dialect.sample] == [(f"2026-07-0{i}", str(i)) for i in range(1, 5)]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日,キャンペーン名,インプレッション数,コスト\n2026/07/01,検索広告,100,5\n", "cp932"),
        ("Дата;Кампания;Показы;Расход\n01.07.2026;Поиск;100;5,50\n", "cp1251"),
        ("일별,캠페인,노출수,클릭수,총비용(VAT포함,원)\n2026.07.01.,파워링크,100,5,3000\n", "cp949"),
        ("주문번호,구매자명,상품명,결제일,총 결제금액\n1001,김민수,펭귄 인형,2026-07-01,15000\n", "cp949"),
        ("날짜,매체,비용\n2026-07-01,뷁,5\n", "cp949"),  # a syllable that only CP949 has
    ],
)
def test_japanese_russian_and_korean_exports_are_read_as_they_were_written(
    tmp_path: Path, text: str, encoding: str
) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(text.encode(encoding))
    found = scan(path, "report.csv")
    assert (found.encoding, found.warnings) == (encoding, ())


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日期,推广计划,展现,消费\n2026-07-01,品牌词,100,5\n", "gb18030"),
        ("日期,推廣計畫,花費\n2026-07-01,品牌,5\n", "cp950"),
        ("Währung;Straße;Größe\nMünchen;für;Köln\n", "cp1252"),
        ("Montant dépensé;Créée;Où\nété;à;ça\n", "cp1252"),
    ],
)
def test_and_no_other_text_is_taken_for_theirs(text: str, encoding: str) -> None:
    assert candidates(text.encode(encoding))[0] == encoding


# -- a law: names that nobody wrote for this test, those of the Unicode consortium's catalogue

LEGACY = {"ko": "cp949", "zh": "gb18030", "zh_Hant": "cp950", "ja": "cp932", "ru": "cp1251", "fr": "cp1252"}


@cache
def names_of(language: str) -> list[str]:
    """Countries, languages, currencies and months in a language, those its encoding can write and ASCII cannot."""
    told = Locale.parse(language)
    names = {*told.territories.values(), *told.languages.values(), *told.currencies.values()}
    names |= {*told.months["format"]["wide"].values(), *told.days["format"]["wide"].values()}
    return sorted(
        n for n in names if not n.isascii() and "?" not in n.encode(LEGACY[language], "replace").decode("latin-1")
    )


@settings(
    deadline=None, derandomize=True, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), language=st.sampled_from(sorted(LEGACY)))
def test_three_words_are_enough_to_tell_a_language_of_the_six(
    tmp_path: Path, data: st.DataObject, language: str
) -> None:
    names = data.draw(st.lists(st.sampled_from(names_of(language)), min_size=3, max_size=20, unique=True))
    # October, November and December are three words of one letter in Korean
    assume(len({letter for name in names for letter in name if not letter.isascii()}) >= 3)
    path = tmp_path / "names.csv"
    path.write_bytes("".join(f"{at};{name}\n" for at, name in enumerate(["name", *names])).encode(LEGACY[language]))
    found = scan(path, "names.csv")
    assert found.encoding == LEGACY[language]
    if language == "ko" and sum("가" <= letter <= "힣" for name in names for letter in name) >= 20:
        assert found.warnings == ()
