"""One spelling per identifier, as SQL text over a cell's text, so that millions of rows are normalised at once.

    email                           the one address in the cell, in lower case: mailto:a@b.c, "Ann <A@b.c>;", ａ@b.c
    ids of platforms                trimmed, as written (openids are case-sensitive)
    phone                           E.164 with the workspace's country: ０１３８-1234 5678, 0086 138…, +86138… are one

Null means: nothing to identify anybody with (a blank, a platform's masked phone 138****1234, a text that is no phone,
one that holds no e-mail or several). Values that many strangers share (``identity.nobody``) are kept and listed but
never link two identifiers.
"""

from omnidash.identity.nobody import is_blocked

__all__ = ["STRONG_TYPES", "TYPES", "WEAK_TYPES", "is_blocked", "known_countries", "masked", "normalised", "prepared",
           "quick", "trimmed", "whole_id"]  # fmt: skip

STRONG_TYPES = ("customer_id", "member_id", "phone", "email", "unionid", "openid")
WEAK_TYPES = ("order_contact", "device_id", "cookie")
TYPES = (*STRONG_TYPES, *WEAK_TYPES)

# country: (calling code, trunk prefix, digits of a national number without trunk: from, to)
_DIALLING: dict[str, tuple[str, str, int, int]] = {
    "CN": ("86", "0", 9, 11), "HK": ("852", "", 8, 8), "MO": ("853", "", 8, 8), "TW": ("886", "0", 8, 9),
    "SG": ("65", "", 8, 8), "MY": ("60", "0", 8, 10), "TH": ("66", "0", 8, 9), "VN": ("84", "0", 9, 10),
    "ID": ("62", "0", 8, 12), "PH": ("63", "0", 9, 10), "JP": ("81", "0", 9, 10), "KR": ("82", "0", 8, 10),
    "IN": ("91", "0", 10, 10), "PK": ("92", "0", 9, 10), "BD": ("880", "0", 8, 10), "AE": ("971", "0", 8, 9),
    "SA": ("966", "0", 8, 9), "TR": ("90", "0", 10, 10), "RU": ("7", "8", 10, 10), "KZ": ("7", "8", 10, 10),
    "US": ("1", "1", 10, 10), "CA": ("1", "1", 10, 10), "MX": ("52", "", 10, 10), "BR": ("55", "0", 10, 11),
    "GB": ("44", "0", 9, 10), "IE": ("353", "0", 7, 9), "DE": ("49", "0", 6, 11), "AT": ("43", "0", 6, 12),
    "CH": ("41", "0", 9, 9), "FR": ("33", "0", 9, 9), "BE": ("32", "0", 8, 9), "NL": ("31", "0", 9, 9),
    "ES": ("34", "", 9, 9), "PT": ("351", "", 9, 9), "IT": ("39", "", 6, 11), "PL": ("48", "", 9, 9),
    "SE": ("46", "0", 7, 10), "NO": ("47", "", 8, 8), "DK": ("45", "", 8, 8), "FI": ("358", "0", 6, 11),
    "AU": ("61", "0", 9, 9), "NZ": ("64", "0", 8, 10), "ZA": ("27", "0", 9, 9), "EG": ("20", "0", 8, 10),
    "NG": ("234", "0", 8, 10), "KE": ("254", "0", 9, 9), "AR": ("54", "0", 10, 11), "CL": ("56", "", 9, 9),
}  # fmt: skip

_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))  # full-width letters, digits and signs
_NARROW = "".join(map(chr, range(0x21, 0x7F)))
_ADDRESS = r'[^\s<>"(),;:@?]+@[^\s<>"(),;:@?&/]+'


def trimmed(text: str) -> str:
    """SQL, first step: a cell's text without blanks, tabs and byte order marks at its ends."""
    return f"trim({text}, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288) || chr(65279))"


def prepared(identifier_type: str, text: str) -> str:
    """SQL, second step, of a trimmed text: ``="…"`` and ``'`` off; phones without punctuation, e-mail in lower case."""
    bare = (
        f"case when starts_with({text}, '=\"') and ends_with({text}, '\"') then {text}[3:-2]"
        f" when starts_with({text}, chr(39)) then {text}[2:] else {text} end"  # as a spreadsheet protects a number
    )
    if identifier_type in ("phone", "order_contact"):
        folded = f"translate({bare}, '０１２３４５６７８９＋－（）　', '0123456789+-() ')"
        plain = f"regexp_replace(regexp_replace({folded}, '\\(0\\)|\\.0$', ''), '[\\s()./-]', '', 'g')"
        slow = f"regexp_replace({plain}, '^00([1-9])', '+\\1')"
        joined = f"replace(replace({text}, ' ', ''), '-', '')"
        number = "'[+1-9]\\d+'"  # most phones are digits with blanks or dashes: no need of the slow way
        return f"(case when regexp_full_match({joined}, {number}) then {joined} else {slow} end)"
    return _address(bare) if identifier_type == "email" else whole_id(_narrow(f"({bare})"))


def _narrow(text: str) -> str:
    """SQL: an id with its full-width letters, digits and signs folded (ＹＹ１ is YY1)."""
    is_plain = f"strlen({text}) = length({text})"  # as many bytes as letters: nearly every id, and at no cost
    return f"(case when {is_plain} then {text} else translate({text}, {_quoted(_WIDE)}, {_quoted(_NARROW)}) end)"


def _address(text: str) -> str:
    """SQL: the e-mail address that a text holds, in lower case, without the name, ``mailto:`` and signs around it;
    empty where it holds several. A text without any ``@`` stays, in lower case."""
    narrow = f"lower(translate({text}, {_quoted(_WIDE)}, {_quoted(_NARROW)}))"
    named = f"regexp_replace({narrow}, '^[^<]*<([^<>]*@[^<>]*)>[^@]*$', '\\1')"  # Ann Lee <ann@…>
    alone = f"regexp_replace({named}, '^[^@]*?({_ADDRESS})[^@]*$', '\\1')"
    bare = f"trim({alone}, ' .' || chr(39))"
    return f"(case when regexp_full_match({bare}, '[^@]*@[^@]*@.*') then '' else {bare} end)"


def _quoted(text: str) -> str:
    """A text of ours as SQL."""
    return "'" + text.replace("'", "''") + "'"


def whole_id(text: str) -> str:
    """SQL: an id as it is written, without the ``.0`` that a column of numbers with gaps gets (1001.0 is 1001)."""
    return f"(case when ends_with({text}, '0') then regexp_replace({text}, '^(\\d+)\\.0+$', '\\1') else {text} end)"


def known_countries() -> tuple[str, ...]:
    """ISO 3166 codes of the countries whose national phone numbers are understood."""
    return tuple(_DIALLING)


def calling_codes() -> set[str]:
    """The calling codes of these countries, without ``+``."""
    return {code for code, _, _, _ in _DIALLING.values()}


def normalised(identifier_type: str, text: str, country: str) -> str:
    """SQL, third step, of a prepared text: the one spelling, or null. ``country``: ISO 3166 code of national phones.

    The steps are separate so that each can be a column of its own and is computed once per row.
    """
    if identifier_type in ("phone", "order_contact"):
        return _phone(text, country)
    nobody = f"{text} = '' or regexp_full_match({text}, '--?') or contains({text}, '**')"
    if identifier_type == "email":
        is_address = f"regexp_full_match({text}, '[^@]+@[^@]+')"
        return f"(case when {nobody} then null when {is_address} or {is_blocked(text)} then {text} end)"
    return f"(case when {nobody} then null else {text} end)"


def quick(identifier_type: str, text: str, country: str) -> str:
    """SQL: the normalised value of the commonest spellings of a trimmed text, by one look at it; null for all others,
    and then ``prepared`` and ``normalised`` say the same or more."""
    if identifier_type == "email":
        plain = "'[A-Za-z0-9._+-]+@[A-Za-z0-9.-]*[A-Za-z0-9]'"
        return f"(case when regexp_full_match({text}, {plain}) then lower({text}) end)"
    if identifier_type in ("phone", "order_contact"):
        mobile = f" when regexp_full_match({text}, '1\\d{{10}}') then '+86' || {text}" if country == "CN" else ""
        return f"(case{mobile} when regexp_full_match({text}, '\\+[1-9]\\d{{6,14}}') then {text} end)"
    return "cast(null as varchar)"


def masked(identifier_type: str, value: str) -> str:
    """SQL: a hint for people of a normalised value: ``+86138****5678``, ``a***@***.com``, ``A0***``."""
    if identifier_type in ("phone", "order_contact"):
        return f"(case when length({value}) > 9 then {value}[1:-9] || '****' || {value}[-4:] else '****' end)"
    if identifier_type == "email":
        return f"({value}[1] || '***@***' || coalesce(nullif(regexp_extract({value}, '\\.[a-z]+$'), ''), ''))"
    return (
        f"(case when length({value}) > 9 then {value}[1:2] || '***' || {value}[-2:]"
        f" when length({value}) > 5 then {value}[1:2] || '***' else '***' end)"
    )


def _phone(text: str, country: str) -> str:
    """E.164 of a phone number. Blocked words pass through so that they are listed instead of lost."""
    code, trunk, shortest, longest = _DIALLING.get(country, ("", "", 1, 0))
    cases = [f"when regexp_full_match({text}, '\\+[1-9]\\d{{6,14}}') then {text}"]
    if code:
        size, after_first = f"{{{shortest},{longest}}}", f"{{{shortest - 1},{longest - 1}}}"
        if country == "CN":  # a mobile number before all others: 86138… has the length of no national number
            cases.append(f"when regexp_full_match({text}, '1\\d{{10}}') then '+86' || {text}")
        cases.append(f"when regexp_full_match({text}, '{code}\\d{size}') then '+' || {text}")
        if trunk:
            cases.append(f"when regexp_full_match({text}, '{trunk}[1-9]\\d{after_first}') then '+{code}' || {text}[2:]")
        cases.append(f"when regexp_full_match({text}, '[1-9]\\d{after_first}') then '+{code}' || {text}")
    return f"(case {' '.join(cases)} when {is_blocked(text)} then lower({text}) end)"
