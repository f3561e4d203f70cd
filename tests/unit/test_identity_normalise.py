"""One identifier has one spelling, one hash and one id; what identifies nobody is set apart."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from omnidash.identity.hashing import hash_hex, identifier_id, pads
from omnidash.identity.normalise import is_blocked, masked, normalised, prepared, trimmed
from omnidash.store import Workspace

Ask = Callable[..., tuple[str | None, bool, str | None]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """(normalised value, is it blocked, its mask) of a raw identifier."""
    workspace = Workspace.create(tmp_path_factory.mktemp("identity") / "workspace")

    def answer(kind: str, raw: str, country: str = "CN") -> tuple[str | None, bool, str | None]:
        sql = f"""
            with bare as (select {trimmed("cast($raw as varchar)")} as bare),
            given as (select {prepared(kind, "bare")} as given from bare),
            value as (select {normalised(kind, "given", country)} as value from given)
            select value, {is_blocked("value")}, {masked(kind, "value")} from value
        """
        return workspace.rows(sql, {"raw": raw})[0]

    yield answer


@pytest.mark.parametrize("kind", ["member_id", "customer_id", "unionid", "device_id"])
@pytest.mark.parametrize(
    ("raw", "one"),
    [("ＹＹ００１２３", "YY00123"), (" ＹＹ００１２３　", "YY00123"), ("张３", "张3"), ("会员Ａ－７", "会员A-7")],
)
def test_full_width_letters_and_digits_of_an_id_are_folded(ask: Ask, kind: str, raw: str, one: str) -> None:
    assert ask(kind, raw)[0] == ask(kind, one)[0] == one


@pytest.mark.parametrize(
    "raw",
    [
        "13812345678",
        " 138-1234-5678 ",
        "138 1234 5678",
        "+86 138 1234 5678",
        "0086 13812345678",
        "8613812345678",
        "(+86)13812345678",
        "１３８１２３４５６７８",
        "＋８６ １３８１２３４５６７８",
        "013812345678",
        '="13812345678"',
        "\t13812345678",
        "13812345678.0",
        "13812345678转801",
        "13812345678 ext 12",
        "13812345678 ext. 12",
        "13812345678x12",
        "13812345678#12",
        "tel:+8613812345678",
        "Tel. 138 1234 5678",
        "手机13812345678",
        "联系电话：138-1234-5678",
        "13812345678微信同号",
        "13812345678（张三）",
        "13812345678 (home)",
        "138–1234–5678",
        "138—1234‑5678",
        "138−1234−5678",
        "\u202d13812345678\u202c",
        "138\u200b1234\u200b5678\ufeff",
        "+86+8613812345678",
        "0086+86 138 1234 5678",
        "138,1234,5678",
        "13812345678;13812345678",
        "13812345678 / +86 138-1234-5678",
        "13812345678 13812345678",
        "13812345678、13812345678",
        "＋８６（１３８）１２３４－５６７８",
    ],
)
def test_spellings_of_one_chinese_mobile_number(ask: Ask, raw: str) -> None:
    assert ask("phone", raw)[:2] == ("+8613812345678", False)


@pytest.mark.parametrize(
    ("country", "raw", "e164"),
    [
        ("CN", "010-62345678", "+861062345678"),
        ("CN", "+1 (415) 555-2671", "+14155552671"),
        ("US", "(415) 555-2671", "+14155552671"),
        ("US", "1-415-555-2671", "+14155552671"),
        ("GB", "07911 123456", "+447911123456"),
        ("GB", "+44 (0)7911 123456", "+447911123456"),
        ("DE", "0151/23456789", "+4915123456789"),
        ("SG", "8123 4567", "+6581234567"),
        ("CN", "+86-0571-87654321", "+8657187654321"),
        ("CN", "+86057187654321", "+8657187654321"),
        ("CN", "0571-87654321", "+8657187654321"),
        ("CN", "010-62345678转12", "+861062345678"),
        ("CN", "+39 06 698 1234", "+39066981234"),  # in Italy the zero belongs to the number
        ("US", "+1 310 555 0123 ext. 7", "+13105550123"),
        ("DE", "030/123456", "+4930123456"),
    ],
)
def test_numbers_of_other_countries(ask: Ask, country: str, raw: str, e164: str) -> None:
    assert ask("phone", raw, country)[0] == e164


@pytest.mark.parametrize(
    "raw",
    ["138****5678", "abc", "", "-", "1.38E+10", "12", "+0123456789", "13812345678;13912345678", "13812345678/13912345678",
     "13812345678 13912345678", "13812345678;1234567", "62345678,801", "手机", "tel:"],
)  # fmt: skip
def test_what_is_no_phone_identifies_nobody(ask: Ask, raw: str) -> None:
    assert ask("phone", raw)[0] is None


def test_emails_are_trimmed_and_lower_case_and_ids_are_kept(ask: Ask) -> None:
    assert ask("email", "\u00a0Ana@Shop.Example ")[0] == "ana@shop.example"
    assert ask("openid", " oAbC-9 ")[0] == "oAbC-9"
    assert ask("customer_id", "张三")[0] == "张三"


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("email", "UNKNOWN"), ("member_id", "0"), ("member_id", "000"), ("phone", "00000000000"), ("phone", "11111111111"),
     ("customer_id", "null"), ("device_id", "00000000-0000"), ("email", "test@test.com"), ("customer_id", "未知")],
)  # fmt: skip
def test_values_of_many_strangers_are_blocked(ask: Ask, kind: str, raw: str) -> None:
    value, blocked, _ = ask(kind, raw)
    assert value is not None and blocked


@pytest.mark.parametrize(
    "raw",
    ["mailto:ann.lee@gmail.com", "MAILTO:Ann.Lee@gmail.com?subject=Hi", "Ann Lee <ann.lee@gmail.com>",
     '"ann.lee@gmail.com"', "'ann.lee@gmail.com'", "ann.lee@gmail.com;", "ann.lee@gmail.com.,", "<ann.lee@gmail.com>",
     "ａnn.lee＠gmail．com", "Ann Lee (ann.lee@gmail.com)", "'ann.lee@gmail.com",
     "ann.lee@gmail.com\u200b", "\u202aann.lee@gmail.com\u202c", "ann.lee@gmail。com", "ann.lee@gmail｡com",
     "ann.lee@gmail.com, Ann.Lee@gmail.com", "ann.lee@gmail.com;ann.lee@gmail.com", "Ann <ann.lee@gmail.com> ann.lee@gmail.com"],
)  # fmt: skip
def test_spellings_of_one_address(ask: Ask, raw: str) -> None:
    assert ask("email", raw)[:2] == ("ann.lee@gmail.com", False)


@pytest.mark.parametrize(
    "raw",
    [
        "Ann Lee",
        "a@shop.example; b@shop.example",
        "a@b@c",
        "a@@shop.example",
        "ann@",
        "@shop.example",
        "an**@shop.example",
    ],
)
def test_what_is_no_one_address_identifies_nobody(ask: Ask, raw: str) -> None:
    assert ask("email", raw)[0] is None


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("email", "noreply@shop.example"), ("email", "No-Reply@shop.example"), ("email", "noemail@x.example"),
     ("email", "do_not_reply@x.example"), ("email", "none@x.example"), ("phone", "13800138000"),
     ("phone", "+86 138 0013 8000"), ("phone", "12345678901"), ("phone", "13900000000"), ("phone", "+1 123 456 7890")],
)  # fmt: skip
def test_values_that_forms_are_filled_with_are_blocked(ask: Ask, kind: str, raw: str) -> None:
    value, blocked, _ = ask(kind, raw)
    assert value is not None and blocked


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("phone", "13800138001"), ("phone", "13812345678"), ("phone", "13900000001"), ("phone", "+41791234567"),
     ("email", "nora@shop.example"), ("email", "no.replynsky@shop.example"), ("email", "testa@shop.example")],
)  # fmt: skip
def test_addresses_that_look_like_those_are_honest(ask: Ask, kind: str, raw: str) -> None:
    assert ask(kind, raw)[1] is False


@pytest.mark.parametrize(
    ("kind", "raw"),
    [*(("member_id", raw) for raw in ("散客", "非会员", "匿名用户", "会员", "(空)", "（空）", "无名", "Walk-in Customer")),
     *(("openid", raw) for raw in ("(not set)", "(null)", "[null]", "(data deleted)", "undefined")),
     *(("email", raw) for raw in ("user@example.com", "xxx@xxx.com", "123456@qq.com", "XXX@gmail.com", "a@a.com")),
     *(("device_id", raw) for raw in (
         "(null)", "(not set)", "02:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
         "00:00:00:00:00:00", "__IMEI__", "__IDFA__", "{imei}", "${idfa}", "{{oaid}}", "%%ADVERTISING_ID%%",
         "9774d56d682e549c", "d41d8cd98f00b204e9800998ecf8427e", "D41D8CD98F00B204E9800998ECF8427E",
         "9f89c84a559f573636a47ff8daed0d33", "da39a3ee5e6b4b0d3255bfef95601890afd80709")),
     *(("phone", raw) for raw in ("13888888888", "12312312345", "18888888888", "__PHONE__", "(空)", "散客")),
     *(("member_id", raw) for raw in ("/", "—", "……", "?", "\\N", "#N/A", "非会员消费", "门店散客", "无卡", "匿名买家",
                                      "未录入", "否", "现金")),
     ("email", "/"), ("order_contact", "13888888888")],
)  # fmt: skip
def test_placeholders_of_platforms_and_shops_are_blocked(ask: Ask, kind: str, raw: str) -> None:
    value, blocked, _ = ask(kind, raw)
    assert value is not None and blocked


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("member_id", "会员7"), ("member_id", "散客001"), ("member_id", "M-无名-7"), ("customer_id", "member7"),
     ("member_id", "否7"), ("member_id", "N-7"), ("member_id", "#7"), ("customer_id", "Ünal"), ("customer_id", "现金流"),
     ("email", "ann@example.com"), ("email", "a@example.com"), ("email", "john.doe@example.com"),
     ("phone", "13811111111"), ("email", "user7@example.com"), ("email", "user@shop.example"),
     ("email", "xia@xxx.example"), ("email", "123456789012@qq.com"), ("phone", "13888888889"), ("phone", "13812341234"),
     ("device_id", "02:00:00:00:00:01"), ("device_id", "ff:ff:ff:00:ff:fe"), ("device_id", "__ga_1712"),
     ("device_id", "d41d8cd98f00b204e9800998ecf8427f"), ("openid", "o(7)"), ("customer_id", "(415) 7"),
     ("customer_id", "11-111"), ("cookie", "GA1.2.1234567890.1600000000")],
)  # fmt: skip
def test_what_looks_like_a_placeholder_and_is_none_stays(ask: Ask, kind: str, raw: str) -> None:
    value, blocked, _ = ask(kind, raw)
    assert value is not None and not blocked


@pytest.mark.parametrize("text", ["", "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256"])
def test_fingerprints_of_nothing_are_blocked(ask: Ask, text: str, digest: str) -> None:
    assert ask("device_id", hashlib.new(digest, text.encode()).hexdigest())[1]


@pytest.mark.parametrize("raw", ["22", "333", "100", "123456"])
def test_honest_customer_numbers_are_not_blocked(ask: Ask, raw: str) -> None:
    assert ask("customer_id", raw)[:2] == (raw, False)


@pytest.mark.parametrize(
    ("kind", "raw", "hint"),
    [
        ("phone", "13812345678", "+86138****5678"),
        ("email", "ana@shop.example", "a***@***.example"),
        ("member_id", "YY0075830X", "YY***0X"),
        ("member_id", "A0001", "***"),
    ],
)
def test_hints_show_little(ask: Ask, kind: str, raw: str, hint: str) -> None:
    assert ask(kind, raw)[2] == hint


@pytest.mark.parametrize("value", ["ana@shop.example", "张三", "x" * 500])
def test_the_hash_is_hmac_sha256_of_type_and_value(tmp_path: Path, value: str) -> None:
    workspace = Workspace.create(tmp_path / "workspace")
    key = workspace.key
    found, number = workspace.rows(
        f"select {hash_hex('email', '$value')}, {identifier_id('email', '$value')}", {"value": value, **pads(key)}
    )[0]
    assert found == hmac.new(key, f"email:{value}".encode(), hashlib.sha256).hexdigest()
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key.ljust(64, b"\0")) + f"email:{value}".encode()).hexdigest()
    assert number == int(inner[:15], 16) and re.fullmatch(r"\d+", str(number))


def test_another_type_or_key_gives_another_hash(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace")
    one, two = workspace.rows(
        f"select {hash_hex('email', '$v')}, {hash_hex('openid', '$v')}", {"v": "a", **pads(workspace.key)}
    )[0]
    (other,) = workspace.rows(
        f"select {hash_hex('email', '$v')}", {"v": "a", **pads(b"another key of 32 bytes, for once")}
    )[0]
    assert len({one, two, other}) == 3
