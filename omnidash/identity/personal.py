"""What in a text looks like somebody's address: e-mails, phone numbers, identity cards. The one definition of it.

    unpersonal("老客 138-1234-5678, ana@shop.example")   ->  "老客 ***, ***"

Phones are taken as people write them: Chinese mobiles with or without +86, blanks, dashes or dots; any number behind
``+`` or 00 and a country; with brackets, ``(415) 555-0100``; American ones in three groups; national ones that begin
with 0 and are written in groups, ``0571-87654321``, ``020 7946 0958``. Digits in a row are a phone only in the shape of
a Chinese mobile: ids and amounts are digits as well. Dates, in whatever order and range, are no phones.

Every pattern is written for Python's ``re`` and DuckDB's RE2 alike. A text is only looked at closely where it can hold
such a thing: an ``@``, a ``+``, or nine digits with hardly anything between them.
"""

import re

HIDDEN = "***"

_DIGIT = "[0-9０-９]"
_SIGNS = "-. \u00a0\u2010\u2011\u2013－"
_GAP = f"[{_SIGNS}]"  # between the groups of a number
_WIDE_GAP = f"[{_SIGNS}()/]"
_AT = "(?:@|＠|%40)"
_WORD = r"[^\s/?&=:;,<>()@＠]+"
EMAIL = rf"{_WORD}{_AT}{_WORD}\.[^\s/?&=:;,<>()@＠.]{{2,}}"
"""An e-mail address anywhere in a text."""

_MOBILE = f"[1１][3-9３-９]{_DIGIT}(?:{_GAP}?{_DIGIT}{{4}}{_GAP}?{_DIGIT}{{4}}|{_GAP}{_DIGIT}{{3}}{_GAP}{_DIGIT}{{5}})"
_PLUS = "(?:[+＋]|%2[bB])"
_CHINESE = f"(?:(?:{_PLUS}|00)(?:86)?{_GAP}?|86{_GAP}?)?{_MOBILE}"
_CARD = r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXxＸ]"
_ABROAD = (
    rf"{_PLUS}{_DIGIT}(?:{_WIDE_GAP}{{0,2}}{_DIGIT}){{7,14}}",
    rf"00[1-9]\d{{0,2}}{_GAP}\(?\d(?:{_WIDE_GAP}{{0,2}}\d){{6,12}}",
)
_IN_GROUPS = (
    rf"\((?:0\d{{1,4}}|[2-9]\d\d)\){_GAP}{{0,2}}\d{{3,4}}{_GAP}?\d{{3,5}}",
    rf"(?:1{_GAP})?[2-9]\d\d{_GAP}[2-9]\d\d{_GAP}\d{{4}}",
    rf"0\d{{1,3}}{_GAP}\d{{3,4}}{_GAP}\d{{4}}",
    rf"0\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}",
    r"0\d{2,4}[-/ ]\d{6,8}",
    r"0[1-9](?: \d\d){4}",
    r"0[1-9](?:\.\d\d){4}",
)
PHONE = f"(?:{'|'.join((_CHINESE, *_ABROAD, *_IN_GROUPS))})"
"""A whole text that is a phone number."""

_ID = "\ue000"  # stands beside digits that are an id, so that they are taken for nothing else
_NO_DIGIT = f"[^0-9０-９{_ID}]"
_NO_LETTER = f"[^0-9０-９A-Za-z{_ID}]"
_BARE = f"(^|{_NO_DIGIT})(?:{'|'.join((_CHINESE, _CARD))})($|{_NO_DIGIT})"
_WRITTEN = f"(^|{_NO_LETTER})(?:{'|'.join((*_ABROAD, *_IN_GROUPS))})($|{_NO_LETTER})"
_MAY_HOLD = f"[@＠+＋]|%[24]|(?:{_DIGIT}{_WIDE_GAP}{{0,3}}){{8}}{_DIGIT}"
_WHOLE_ID = r"(^| › )(\d+)($| › )"  # of columns that are joined
_IN_TEXT = (_BARE, _BARE, _WRITTEN, _WRITTEN)  # twice: neighbours share the letter between them
_PHONE_AS_ID = f"(?:{_PLUS}?86{_GAP}?)?{_MOBILE}|{_ABROAD[0]}"
_SHORTEST_PHONE = 9  # bytes
_ENDING = re.compile(r"(?i)\.(?:csv|tsv|txt|tab|xlsx?|xlsm|xlsb|ods|zip)(?:\.gz)?$")


def unpersonal(text: str) -> str:
    """A text with every e-mail, phone and identity card in it as ``***``.

    >>> unpersonal("orders of +1 (415) 555-0100, 2026-07-01 - 2026-07-31.csv")
    'orders of ***, 2026-07-01 - 2026-07-31.csv'
    """
    if not re.search(_MAY_HOLD, text):
        return text
    text = re.sub(EMAIL, HIDDEN, text)
    for pattern in _IN_TEXT:
        text = re.sub(pattern, rf"\1{HIDDEN}\2", text)
    return text


def unpersonal_file_name(name: str) -> str:
    """A file's name as it may be kept: its ending stays, for people tell files by it.

    >>> unpersonal_file_name("ana@shop.csv"), unpersonal_file_name("Devices(2026.02.05-2026.02.10).csv")
    ('***.csv', 'Devices(2026.02.05-2026.02.10).csv')
    """
    kept, ending = unpersonal(name), _ENDING.search(name)
    return kept + ending.group() if ending and not kept.endswith(ending.group()) else kept


def is_personal(text: str) -> bool:
    """Whether there is such a thing in a text."""
    return unpersonal(text) != text


# ---- SQL: the same of a column, which is written out several times: give it a name first -----------------------------


def unpersonal_sql(text: str) -> str:
    """SQL: ``unpersonal`` of a text."""
    return _where_it_may_hold(text, _without_phones(_without_emails(text)))


def unpersonal_name_sql(text: str) -> str:
    """SQL: the same of a column whose cells may be ids: a cell that is nothing but digits is no phone, and neither is
    such a part of joined cells (``Summer › 13812345678``)."""
    marked = _without_emails(text)
    for _ in range(2):
        marked = f"regexp_replace({marked}, '{_WHOLE_ID}', '\\1{_ID}\\2{_ID}\\3', 'g')"
    return _where_it_may_hold(text, f"replace({_without_phones(marked)}, '{_ID}', '')")


def unpersonal_id_sql(text: str, token: str) -> str:
    """SQL: the same of an id that rows meet by: digits stay, and what holds an e-mail or is written as a mobile or
    behind ``+`` is told from others by ``token`` (SQL of a keyed text): ``*** #0f3a…``."""
    is_email = f"contains({text}, '@') and regexp_matches({text}, '{_quoted(EMAIL)}')"
    is_phone = f"regexp_full_match({text}, '{_quoted(_PHONE_AS_ID)}') and not regexp_full_match({text}, '\\d+')"
    return f"case when ({is_email}) or ({is_phone}) then '{HIDDEN} #' || {token} else {text} end"


def may_hold_sql(text: str) -> str:
    """SQL: whether a text is worth a closer look."""
    return f"regexp_matches({text}, '{_quoted(_MAY_HOLD)}')"


def is_personal_sql(text: str) -> str:
    """SQL: whether there is such a thing in a text."""
    return f"coalesce({unpersonal_sql(text)} <> {text}, false)"


def _where_it_may_hold(text: str, masked: str) -> str:
    """The cheap questions first (10 and 65 ns a row): most texts of most files are short words."""
    is_short = f"strlen({text}) < {_SHORTEST_PHONE} and not contains({text}, '@')"
    return f"case when {is_short} then {text} when {may_hold_sql(text)} then {masked} else {text} end"


def _without_emails(text: str) -> str:
    return f"regexp_replace({text}, '{_quoted(EMAIL)}', '{HIDDEN}', 'g')"


def _without_phones(text: str) -> str:
    for pattern in _IN_TEXT:
        text = f"regexp_replace({text}, '{_quoted(pattern)}', '\\1{HIDDEN}\\2', 'g')"
    return text


def _quoted(pattern: str) -> str:
    return pattern.replace("'", "''")
