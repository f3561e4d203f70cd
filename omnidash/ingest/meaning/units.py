"""What a header says beside its name: the currency of its amounts, the size of its units, the zone of its times.

    花费(万元)               花费            CNY, 10,000
    Revenue (in thousands)   Revenue         1,000
    cost_micros              cost            0.000001
    Created (UTC)            Created         UTC
    Summe EUR                Summe           EUR

A unit is a whole bracket, or the last word where that can be nothing else. Units of money alone (分, cents) are told
apart from others, for ``时长(分)`` is minutes.

>>> unit_of("花费（万元）").name, unit_of("花费（万元）").size, unit_of("花费（万元）").mark
('花费', Decimal('10000'), 'CNY')
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global

from omnidash.ingest.meaning.money import mark_of

_SIZES = {
    "千": 1_000, "万": 10_000, "萬": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000,
    "億": 100_000_000, "k": 1_000, "'000": 1_000, "000": 1_000, "000s": 1_000, "'000s": 1_000, "thousand": 1_000,
    "thousands": 1_000, "tsd": 1_000, "mn": 1_000_000, "mio": 1_000_000, "million": 1_000_000, "millions": 1_000_000,
    "bn": 1_000_000_000, "billion": 1_000_000_000, "billions": 1_000_000_000,
}  # fmt: skip
_BESIDE_CURRENCY = {"m": 1_000_000, "t": 1_000}  # €m; alone it may be metres or minutes
_OF_MONEY = {"分": Decimal("0.01"), "角": Decimal("0.1"), "cent": Decimal("0.01"), "cents": Decimal("0.01"),
             "pence": Decimal("0.01"), "micros": Decimal("0.000001")}  # fmt: skip
_LAST_WORDS = r"usd|eur|gbp|cny|rmb|jpy|hkd|twd|krw|inr|aud|cad|sgd|chf|myr|thb|vnd|idr|php|brl|mxn"
_BRACKET = re.compile(r"\s*[(\[]\s*([^()\[\]]{1,24}?)\s*[)\]]\s*$")
_LAST = re.compile(rf"(?<=\w)[\s_]+(?:in[\s_]+)?({_LAST_WORDS}|micros|cents|in[\s_]thousands|in[\s_]millions)\s*$")
_LAST_SIGN = re.compile(r"(?<=[\w)])[\s_]+(?:in[\s_]+)?([€£$¥₹₩฿]|[a-z]{1,2}\$)\s*$")  # Net cost €
_LAST_CHINESE = re.compile(r"(?<=[\w)])\s*[/_:]\s*((?:[千万亿]|百万)?(?:元|美元|人民币))\s*$")
_OFFSET = re.compile(r"(?:utc|gmt)\s*([+-])\s*(\d{1,2})(?::?(\d\d))?")
_ZONES = {
    "utc": "UTC", "gmt": "UTC", "z": "UTC", "coordinated universal time": "UTC", "北京时间": "Asia/Shanghai",
    "中国标准时间": "Asia/Shanghai", "beijing": "Asia/Shanghai", "beijing time": "Asia/Shanghai",
    "china time": "Asia/Shanghai", "pacific time": "America/Los_Angeles", "mountain time": "America/Denver",
    "central time": "America/Chicago", "eastern time": "America/New_York", "东京时间": "Asia/Tokyo",
    "香港时间": "Asia/Hong_Kong", "台北时间": "Asia/Taipei",
}  # fmt: skip
# what stands behind a clock; CST is Chicago's and China's, BST London's and Bangladesh's: those say nothing
ZONES_OF_CLOCKS = {
    **dict.fromkeys(("PST", "PDT"), "America/Los_Angeles"), **dict.fromkeys(("MST", "MDT"), "America/Denver"),
    **dict.fromkeys(("EST", "EDT"), "America/New_York"), "CDT": "America/Chicago", "JST": "Asia/Tokyo",
    **dict.fromkeys(("CET", "CEST"), "Europe/Berlin"), **dict.fromkeys(("AEST", "AEDT"), "Australia/Sydney"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A header taken apart. ``mark``: as in ``money``; ``is_money``: a size that only amounts of money have."""

    name: str
    size: Decimal = Decimal(1)
    mark: str | None = None
    zone: str | None = None
    is_money: bool = False


@cache
def unit_of(header: str) -> Unit:
    """The name of a header in lower case, and the unit it states behind it."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", header)).strip(" \ufeff*:").casefold()
    for pattern in (_BRACKET, _LAST, _LAST_SIGN, _LAST_CHINESE):
        found = pattern.search(plain)
        if found is not None and found.start() > 0:
            said = said_unit(found.group(1))
            if said is not None:
                return Unit(plain[: found.start()].strip(), said.size, said.mark, said.zone, said.is_money)
    return Unit(plain)


@cache
def said_unit(text: str) -> Unit | None:
    """What a bracket or the line ``单位：万元`` says; None where it is no unit."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("_", " ").strip(" .。:")
    plain = re.sub(r"^(?:金额)?单位\s*:?\s*|^(?:amounts? |figures |values )?in (?:the )?|^unit:? ", "", plain).strip()
    zone = zone_of(plain)
    if zone is not None:
        return Unit("", zone=zone)
    if plain in _OF_MONEY:
        return Unit("", _OF_MONEY[plain], mark="CNY" if plain in "分角" else None, is_money=True)
    if plain in _SIZES:
        return Unit("", Decimal(_SIZES[plain]))
    mark = mark_of(plain)
    if mark is not None and plain != "all":  # Clicks (all)
        return Unit("", mark=mark)
    sized = _sized_currency(plain)
    return None if sized is None else Unit("", Decimal(sized[0]), mark=sized[1], is_money=True)


def _sized_currency(plain: str) -> tuple[int, str] | None:
    """``万元``, ``k€``, ``USD k``, ``thousands of USD``: a size and a currency, in either order."""
    for word, size in sorted((_SIZES | _BESIDE_CURRENCY).items(), key=lambda item: -len(item[0])):
        for rest in (plain.removeprefix(word), plain.removesuffix(word)):
            mark = mark_of(re.sub(r"^\s*of\s+|[\s,/]+$|^[\s,/]+", "", rest)) if rest != plain else None
            if mark is not None:
                return size, mark
    return None


@cache
def zone_of(text: str) -> str | None:
    """The zone a text names: an IANA name, ``UTC+08:00``, or a name such as ``(GMT-08:00) Pacific Time``; else None.

    A name beats the offset in front of it, which only holds for half of the year.
    """
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip(" \"'.").casefold()
    named = re.sub(r"^\(?(?:utc|gmt)\s*[+-]?[\d:]*\)?[\s,/-]*", "", plain).strip(" ()")
    for candidate in (plain, named):
        found = _ZONES.get(re.sub(r"\s*\(.*\)$", "", candidate)) or _by_name().get(candidate)
        if found is not None:
            return found
    offset = _OFFSET.fullmatch(plain.strip("()")) or _OFFSET.match(plain.lstrip("("))
    return None if offset is None else _of_offset(offset)


def _of_offset(offset: re.Match[str]) -> str | None:
    sign, hours, minutes = offset.groups()
    if int(minutes or 0) or int(hours) > 14:
        return {"+5:30": "Asia/Kolkata", "+9:30": "Australia/Darwin"}.get(f"{sign}{int(hours)}:{minutes}")
    if int(hours) == 0:
        return "UTC"
    return "Asia/Shanghai" if (sign, int(hours)) == ("+", 8) else f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"


@cache
def _by_name() -> dict[str, str]:
    names = {name.casefold(): zone for name, zone in get_global("windows_zone_mapping").items()}
    known = available_timezones()
    return names | {name.casefold(): name for name in known if "/" in name and not name.startswith("Etc/")}
