"""An identifier that stands once more in another text of its row (a page, a campaign, an order number), as SQL.

    phone 13977314466, page /u/13977314466        ->  /u/***
    member QZMEM7731, content p-QZMEM7731-2       ->  p-***-2
    member 1001, store 1001                       ->  1001: too short to be sure that the store is the person

``spellings`` gives the ways in which one may stand there: a phone with its country's code, without, and as typed.
``without`` takes such a spelling out of a text:

    10 letters or more          wherever it stands, also amid other digits
    6 to 9                      not within a longer number
    3 to 5, letters and digits  only as a whole word or part of a path; of digits alone it stays
"""

from omnidash.identity.normalise import calling_codes, normalised, prepared, trimmed
from omnidash.identity.personal import HIDDEN

CONTENT = ("campaign", "content_id", "page", "store_id")
"""Columns of events that say where and of what, beside the properties and the order's number."""
PROPERTIES = "properties"
PHONES = ("phone", "order_contact")
SPELLINGS = ("international", "national", "typed")
_MARK = "\ue001"
_SURE, _LONG, _SHORTEST = 10, 6, 3
_TELLING = 4
_GROUPED = r"[0-9](?:[-_. ]?[0-9]){6,}"


def may_repeat(value: str, text: str) -> str:
    """SQL: whether a text may hold the value as it is typed; cheap (its last letters are there), and never falsely no
    but for e-mails, which ``personal`` finds, and for phones whose last four digits are parted."""
    return f"(strlen({value}) >= {_SHORTEST} and contains({text}, right({value}, {_TELLING})))"


def spellings(identifier_type: str, table: str, country: str) -> str:
    """SQL: a query for each of ``SPELLINGS`` of the identifiers that table ``table(value)`` has as they were typed
    (``value`` as well); null where there is none worth looking for."""
    if identifier_type not in PHONES:
        nothing = "cast(null as varchar)"
        return f"""
            select value, {nothing} as international, {nothing} as national, {_worth("bare")} as typed
            from (select value, {trimmed("value")} as bare from {table})
        """  # noqa: S608  (our own names)
    codes = "|".join(sorted(calling_codes(), key=lambda code: (-len(code), code)))
    return f"""
        with bare as (select value, {trimmed("value")} as bare from {table}),
        ready as (select *, {prepared(identifier_type, "bare")} as ready from bare),
        whole as (select *, {normalised(identifier_type, "ready", country)} as whole from ready)
        select value, whole[2:] as international, regexp_replace(whole, '^\\+({codes})', '') as national,
            {_worth("bare")} as typed
        from whole where starts_with(whole, '+')
    """  # noqa: S608  (our own names)


def _worth(text: str) -> str:
    is_mixed = f"regexp_matches({text}, '[0-9]') and regexp_matches({text}, '[^0-9]')"
    return f"case when length({text}) >= {_LONG} or (length({text}) >= {_SHORTEST} and {is_mixed}) then {text} end"


def stands_in(text: str, spelling: str) -> str:
    """SQL: whether a spelling (both columns) is anywhere in a text, in whatever case."""
    return f"contains(lower({text}), lower({spelling}))"


def stands_in_groups(text: str, national: str) -> str:
    """SQL: whether a phone number is in a text, perhaps in groups."""
    return f"(length({national}) >= {_LONG} and contains(translate({text}, '-_. ', ''), {national}))"


def without(text: str, spelling: str) -> str:
    """SQL: a text without a spelling (both columns); a text in other case comes out in small letters."""
    marked = (
        f"case when contains({text}, {spelling}) then replace({text}, {spelling}, '{_MARK}')"
        f" else replace(lower({text}), lower({spelling}), '{_MARK}') end"
    )
    number, word = _bounded(marked, "[^0-9]"), _bounded(marked, "[^0-9A-Za-z]")
    return (
        f"case when not {stands_in(text, spelling)} then {text}"
        f" when length({spelling}) >= {_SURE} then replace({marked}, '{_MARK}', '{HIDDEN}')"
        f" when length({spelling}) >= {_LONG} then replace({number}, '{_MARK}', {spelling})"
        f" else replace({word}, '{_MARK}', {spelling}) end"
    )


def without_groups(text: str, national: str) -> str:
    """SQL: a text without a phone number that is written in groups: ``1397731_4466``."""
    return (
        f"case when {stands_in_groups(text, national)}"
        f" then regexp_replace({text}, '{_GROUPED}', '{HIDDEN}', 'g') else {text} end"
    )


def cleared(text: str) -> str:
    """SQL: a text without the ``spelling`` of a row that says whether it ``is_national``; null stays."""
    bare = without(text, "spelling")
    return f"case when is_national then {without_groups(f'({bare})', 'spelling')} else {bare} end"


def _bounded(marked: str, edge: str) -> str:
    for _ in range(2):  # neighbours share the letter between them
        marked = f"regexp_replace({marked}, '(^|{edge}){_MARK}($|{edge})', '\\1{HIDDEN}\\2', 'g')"
    return marked


CLEARED_PROPERTIES = f"{PROPERTIES} = cast({cleared(f'cast({PROPERTIES} as varchar)')} as json)"
"""SQL: the same of an event's properties, as an assignment."""
