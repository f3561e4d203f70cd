"""Which currency does a word or a sign name? ``US$``, ``€``, ``MXN``, ``元``, ``人民币``, ``Hong Kong Dollar``.

Some signs are shared by several currencies (``$``, ``¥``, ``kr``, ``Rs``). They are kept as a *mark* and become a
currency where the file or the workspace says which of the family is meant; where neither does, ``$`` is the US dollar,
``¥`` the renminbi, ``Rs`` the Indian rupee, and ``kr`` stays open.

>>> mark_of("us$"), mark_of("kr."), resolved("$", ["CAD"]), resolved("$", ["CNY"]), resolved("kr", ["CNY"])
('USD', 'kr', 'CAD', 'USD', None)
"""

import unicodedata
from collections.abc import Iterable
from functools import cache

from babel import Locale

from omnidash.store.settings import currencies

# the signs that can only be one currency
SIGNS = {
    "US$": "USD", "HK$": "HKD", "NT$": "TWD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "S$": "SGD",
    "R$": "BRL", "MX$": "MXN", "NZ$": "NZD", "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₫": "VND", "৳": "BDT",
    "₽": "RUB", "₺": "TRY", "฿": "THB", "₴": "UAH", "₪": "ILS", "₱": "PHP", "₦": "NGN", "₵": "GHS", "zł": "PLN",
    "Kč": "CZK", "Ft": "HUF", "RM": "MYR", "Rp": "IDR", "元": "CNY", "块": "CNY", "RMB": "CNY", "CN¥": "CNY",
    "JP¥": "JPY", "円": "JPY", "圆": "CNY", "원": "KRW",
}  # fmt: skip
# the first of a family is meant where nothing says which; None: that would be a guess
FAMILIES: dict[str, tuple[str | None, ...]] = {
    "$": ("USD", "AUD", "CAD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP"),
    "¥": ("CNY", "JPY"),
    "Rs": ("INR", "PKR", "LKR", "NPR", "MUR"),
    "kr": (None, "SEK", "NOK", "DKK", "ISK"),
}
_SPOKEN = {
    "人民币元": "CNY", "人民币": "CNY", "美元": "USD", "美金": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY",
    "日圆": "JPY", "韩元": "KRW", "韩币": "KRW", "港币": "HKD", "港元": "HKD", "台币": "TWD", "新台币": "TWD",
    "澳元": "AUD", "加元": "CAD", "新加坡元": "SGD", "新币": "SGD",
    "RUR": "RUB", "РУБ": "RUB", "РУБЛЕЙ": "RUB", "ГРН": "UAH", "₸": "KZT",
    "泰铢": "THB", "卢布": "RUB", "越南盾": "VND", "DOLLAR": "$",
    "DOLLARS": "$", "EURO": "EUR", "EUROS": "EUR", "YUAN": "CNY", "RENMINBI": "CNY", "YEN": "JPY", "POUND": "GBP",
    "POUNDS": "GBP", "RUPEE": "Rs", "RUPEES": "Rs", "¥": "¥", "￥": "¥", "$": "$", "＄": "$", "KR": "kr", "RS": "Rs",
}  # fmt: skip


@cache
def marks() -> dict[str, str]:
    """Word in capitals, as it may stand beside an amount -> code, or the sign of a family."""
    signs = {sign.upper(): code for sign, code in (SIGNS | _SPOKEN).items()}
    return {code: code for code in sorted(currencies())} | signs


@cache
def _names() -> dict[str, str]:
    """The same with the names that currencies have in Chinese and English, for columns and lines that name one."""
    named: dict[str, str] = {}
    for locale in ("zh_Hans_CN", "zh_Hant_TW", "en"):
        for code, name in Locale.parse(locale).currencies.items():
            if code in currencies():
                named.setdefault(str(name).upper(), code)
    return named | marks()


def mark_of(word: str) -> str | None:
    """The code a word names, or the sign of its family; None where it names no currency."""
    plain = unicodedata.normalize("NFKC", word).strip().removesuffix(".").upper()
    return _names().get(plain)


def names_of_currencies() -> dict[str, str]:
    """Word in capitals -> mark, for cells of a currency column."""
    return _names()


def resolved(mark: str | None, contexts: Iterable[str | None]) -> str | None:
    """The currency a mark means: of a family the first of ``contexts`` (the file's, then the workspace's) in it."""
    if mark is None or mark not in FAMILIES:
        return mark
    family = FAMILIES[mark]
    return next((code for code in contexts if code is not None and code in family), family[0])
