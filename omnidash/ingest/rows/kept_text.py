"""What of a cell's text may be kept and shown: nothing that finds a person, decided by what its column means.

    channel, action, status          e-mails, phones and identity cards in it become ***
    campaign, ad, item, content,     the same, but a cell of digits alone is an id there; of an address the path, tags
    section, sku, store              and what names a product or a page
    order_id                         digits stay; an e-mail or a written phone becomes *** with a keyed token, so that
                                     two such orders stay two
    page, referrer, utm_…            taken apart by ``address``
    amounts, times, counts, flags    not kept as text; of a row set aside only what has the shape of one is shown

``clear_texts`` works on the distinct texts of a column and touches rows only where one of them holds such a thing: a
column of words costs 20 ns a row.

Rows set aside: a cell that is not of its column's kind may be anything, for its row may be shifted; then of the whole
row only what looks like an amount or a day, or is a word that stands for none, is shown, and a text that is said of its
column without it: by a row that is taken, or as the name of a channel or an action that is known (``told_text``).
"""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence

from omnidash.identity.hashing import identifier_id
from omnidash.identity.personal import (
    HIDDEN,
    is_personal_sql,
    may_hold_sql,
    unpersonal_id_sql,
    unpersonal_name_sql,
    unpersonal_sql,
)
from omnidash.ingest.meaning.fields import FIELDS, field_of
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.address import is_address, shareable
from omnidash.store.workspace import Staging

_NAMES = ("campaign", "ad", "item", "content_id", "section", "sku", "store_id", "account", "experiment", "variant")
_ADDRESSES = ("page", "referrer")
_TAKEN_APART = (*_ADDRESSES, "utm_source", "utm_medium")
_TEXTS = ("text", "id")
_HASHED = ("event_id",)  # never stored as it is

# Words that cells say instead of a value. No pattern for others: names of accounts are words of small letters as well.
_WORD = (
    "[A-Z]{2,3}|(?i)not (?:an? |any )?(?:date|day|time|number|amount|value)|no (?:date|number)"
    "|free|never|unknown|pending|none|nil|total|tbd|tba|soon|later|today|yesterday|error|empty|null|value|name|ref|div|num"
    "|abc|xxx?|bad|many|few|some|several|missing|invalid|void|test|yes|no|true|false|auto|ongoing|lifetime|unlimited|various|multiple|other|cancell?ed"
    "|(?:jan|febr)(?:uary)?|feb|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|octo?(?:ber)?"
    "|nov(?:ember)?|dec(?:ember)?|免费|赠送|赠品|待定|待确认|未知|暂无|不详|无|空|未定|面议|昨天|今天|明天"
)
_SIGN = r"[$€£¥￥₹₩%‰万亿千元]"
_NUMBER = r"\d{0,9}(?:[.,’''\x{a0} ]{1,2}\d{0,3}){0,6}(?:[.,]\d{1,8})?"
_AMOUNT = rf"[-+<>~≤≥(]*\s*(?:{_SIGN}|[A-Z]{{2,3}})?\s*{_NUMBER}\s*(?:{_SIGN}|[A-Z]{{2,3}}|[a-zA-Z])?\s*[-)]?"
_CLOCK = r"\d{1,2}[:时点]\d{0,2}(?:[:分]\d{0,2})?(?:\.\d{1,9})?\s*(?:[AaPp][Mm]|Z|[-+]\d\d:?\d\d)?"
_SHORTENED = r"\d(?:[.,]\d{1,5})?[eE]\+\d{1,2}"  # an id after a spreadsheet: what is left of it finds nobody
_DAY = r"\d{1,4}\s*[-/.年]\s*\d{1,2}\s*(?:[-/.月]\s*\d{0,4}\s*[日号]?)?"
_SHAPE = (
    rf"\s*[#*]*(?:{_AMOUNT}|{_SHORTENED}|{_DAY}(?:[T ,]*{_CLOCK})?|{_CLOCK}|(?:{_WORD})(?:[/ ]\d{{1,4}})?)[!?.]*\s*"
)
_LONGEST = 32
_LONG_RUN = r"\d{10}"


def clear_texts(staging: Staging, mapping: Mapping, key_pads: AnyMapping[str, bytes]) -> None:
    """Take what is personal out of the text columns of ``parsed``."""
    told = {*mapping.columns.values(), *mapping.constants} - {*_TAKEN_APART, *_HASHED}
    for name in (field.name for field in FIELDS[mapping.kind] if field.value in _TEXTS and field.name in told):
        kept = kept_text(name, name)
        staging.cursor.execute(
            f"""
            create or replace temp table cleared as
            with seen as (select distinct {name} from parsed),
            judged as (select {name} as text, {kept} as kept from seen where {may_hold_sql(name)} or {is_address(name)})
            select * from judged where kept <> text
            """,  # noqa: S608  (our field names)
            {pad: value for pad, value in key_pads.items() if f"${pad}" in kept},
        )
        if staging.cursor.execute("select 1 from cleared limit 1").fetchall():
            staging.cursor.execute(
                f"update parsed set {name} = cleared.kept from cleared where {name} = cleared.text"  # noqa: S608  (ours)
            )
        staging.cursor.execute("drop table cleared")


def kept_text(field: str, text: str) -> str:
    """SQL: what is kept of a text of this field; ``text`` is a column."""
    if field == "order_id":
        return unpersonal_id_sql(text, f"printf('%015x', {identifier_id('order_id', text)})")
    if field in _NAMES:
        return f"case when {is_address(text)} then {shareable(text)} else {unpersonal_name_sql(text)} end"
    if field in _ADDRESSES:
        return shareable(text)
    return unpersonal_sql(text)


def has_odd_value(problem: str) -> str:
    """SQL: whether a row is set aside for a cell that is no value of its column's kind."""
    return f"{problem} in ('time', 'day', 'amount', 'count', 'currency')"


def is_astray(problem: str, culprit_text: str) -> str:
    """SQL: whether a row set aside may be shifted: a cell of it is by no means of its column's kind."""
    return f"coalesce({has_odd_value(problem)} and not {looks_harmless(culprit_text)}, false)"


def shown_cells(cells: Sequence[str]) -> str:
    """SQL: a list of cells of rows set aside or skipped, each as an amount, a day, a word for none or for a total, or
    ``***``. One list for all of them: every expression of its own would be planned anew. Binds ``$total_row``."""
    is_total = "regexp_matches(lower(cell), $total_row)"
    one = f"case when {is_total} then {unpersonal_sql('cell')} else {shown_value('cell')} end"
    return f"list_transform(cast([{', '.join(cells)}] as varchar[]), lambda cell: {one})"


def shown_text(kind: str, field: str, cell: str, shown: str) -> str | None:
    """SQL: a cell of a text column, of which ``shown`` is what any cell may say; None for columns of values. Reads the
    table ``told_text``."""
    meaning = field_of(kind, field)
    if meaning is not None and meaning.value not in _TEXTS:
        return None
    kept = f"coalesce({kept_text(field, cell)}, '')"
    if meaning is None or meaning.value != "text":
        return f"(case when is_astray then {shown} else {kept} end)"
    is_told = f"trim({cell}) in (select text from told_text where field = '{field}')"  # noqa: S608  (our field names)
    return f"(case when is_astray and not coalesce({is_told}, false) then {shown} else {kept} end)"


def shown_value(cell: str) -> str:
    """SQL: a cell that looks like an amount, a day, a time or is a word for none, else ``***``; blank stays blank."""
    is_blank = f"trim(coalesce({cell}, '')) = ''"
    return f"(case when {is_blank} then '' when {looks_harmless(cell)} then {cell} else '{HIDDEN}' end)"


def looks_harmless(cell: str) -> str:
    """SQL: whether a text has the shape of an amount, a day or a time, or is a word for none, and is no phone."""
    return (
        f"(length({cell}) <= {_LONGEST} and regexp_full_match({cell}, '{_SHAPE}')"
        f" and not regexp_matches({cell}, '{_LONG_RUN}') and not {is_personal_sql(cell)})"
    )
