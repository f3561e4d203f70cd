"""One spelling per identifier, as SQL text over a cell's text, so that millions of rows are normalised at once.

    email                           the one address in the cell, in lower case: mailto:a@b.c, "Ann <A@b.c>;", ａ@b.c
    ids of platforms                trimmed, as written (openids are case-sensitive)
    phone                           E.164 with the workspace's country (``identity.phones``)

Null means: nothing to identify anybody with (a blank, a platform's masked phone 138****1234, a text that is no phone or
no e-mail, one that holds two different ones). Values that many strangers share (``identity.nobody``) are kept and
listed but never link two identifiers.
"""

from omnidash.identity.nobody import is_blocked, shown
from omnidash.identity.phones import INVISIBLE, calling_codes, known_countries, phone_number, plain_number

__all__ = ["STRONG_TYPES", "TYPES", "WEAK_TYPES", "calling_codes", "is_blocked", "known_countries", "masked",
           "normalised", "prepared", "quick", "shown", "trimmed", "whole_id"]  # fmt: skip

STRONG_TYPES = ("customer_id", "member_id", "phone", "email", "unionid", "openid")
WEAK_TYPES = ("order_contact", "device_id", "cookie")
TYPES = (*STRONG_TYPES, *WEAK_TYPES)

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
        joined = f"replace(replace({text}, ' ', ''), '-', '')"
        number = "'[+1-9]\\d{0,19}'"  # most phones are digits with blanks or dashes: no need of the slow way
        return f"(case when regexp_full_match({joined}, {number}) then {joined} else {plain_number(bare)} end)"
    return _address(bare) if identifier_type == "email" else whole_id(_narrow(f"({bare})"))


def _narrow(text: str) -> str:
    """SQL: an id with its full-width letters, digits and signs folded (ＹＹ１ is YY1)."""
    is_plain = f"strlen({text}) = length({text})"  # as many bytes as letters: nearly every id, and at no cost
    return f"(case when {is_plain} then {text} else translate({text}, {_quoted(_WIDE)}, {_quoted(_NARROW)}) end)"


def _address(text: str) -> str:
    """SQL: the e-mail address that a text holds, in lower case, without the name, ``mailto:`` and signs around it;
    empty where it holds several that differ. A text without any ``@`` stays, in lower case."""
    folded = f"translate({text}, {_quoted(_WIDE + '。｡')}, {_quoted(_NARROW + '..')})"
    narrow = (
        f"(case when strlen({text}) = length({text}) then lower({text})"
        f" else lower(nfc_normalize(regexp_replace({folded}, '{INVISIBLE}', '', 'g'))) end)"
    )
    named = f"regexp_replace({narrow}, '^[^<]*<([^<>]*@[^<>]*)>[^@]*$', '\\1')"  # Ann Lee <ann@…>
    alone = f"regexp_replace({named}, '^[^@]*?({_ADDRESS})[^@]*$', '\\1')"
    bare = f"trim({alone}, ' .' || chr(39))"
    each = f"list_transform(regexp_extract_all({narrow}, '{_ADDRESS}'), lambda one: trim(one, ' .' || chr(39)))"
    twice = f"case when len({each}) > 1 and len(list_distinct({each})) = 1 then {each}[1] else '' end"
    return f"(case when regexp_full_match({bare}, '[^@]*@[^@]*@.*') then {twice} else {bare} end)"


def _quoted(text: str) -> str:
    """A text of ours as SQL."""
    return "'" + text.replace("'", "''") + "'"


def whole_id(text: str) -> str:
    """SQL: an id as it is written, without the ``.0`` that a column of numbers with gaps gets (1001.0 is 1001)."""
    return f"(case when ends_with({text}, '0') then regexp_replace({text}, '^(\\d+)\\.0+$', '\\1') else {text} end)"


def normalised(identifier_type: str, text: str, country: str) -> str:
    """SQL, third step, of a prepared text: the one spelling, or null. ``country``: ISO 3166 code of national phones.

    The steps are separate so that each can be a column of its own and is computed once per row.
    """
    if identifier_type in ("phone", "order_contact"):
        return phone_number(text, country)
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
        return f"(case{mobile} when regexp_full_match({text}, '\\+[1-9]{{4}}\\d{{3,11}}') then {text} end)"
    return f"(case when regexp_full_match({text}, '[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*') then {text} end)"


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
