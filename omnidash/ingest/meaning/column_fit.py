"""How likely a column means a field: by its header, in words that we know, and by the values below it.

0.95 the header is a word we know, 0.6 it contains one, 0.7 the values alone say it (e-mails, mobile phones), 0.5 a
column of ids that hardly repeat; 0 where the values contradict.
"""

import re
from dataclasses import dataclass
from functools import cache

from omnidash.ingest.meaning.columns import Column, spelled
from omnidash.ingest.meaning.deals import says_expectation
from omnidash.ingest.meaning.fields import Field, header_key, is_running_total

KNOWN_WORD, PART_OF_HEADER, BY_VALUES, BY_DISTINCTNESS = 0.95, 0.6, 0.7, 0.5
_WITHOUT_CODE = 0.72  # a word that we know, with a bracket behind it that says nothing new
_SAYS_NOTHING_NEW = r"\s*\((total|(?:\w+ )?currency)\)$"
_CODE_OF_NAME = r"\s*\([a-z]{1,3}(?: [a-z]{1,4})?\)$"
_ADDED_UP = ("amount", "count")
_COUNTED = ("impressions", "clicks", "claimed_conversions", "conversions")
_OF_ONE = ("quantity", "unit_price", "score")  # read line by line, never added as they stand
_NO_REVENUE = (
    r"\b(discount\w*|coupons?|vouchers?|tax(es)?|vat|gst|shipping|freight|postage|delivery|fees?|tips?|gratuity"
    r"|commissions?|deposit|subsid\w*|points?|rebate|cashback|gift ?cards?|savings?|profit|margin|costs?|balance"
    r"|outstanding|due|refund\w*|return(ed|s)?|withdraw\w*|rabatt|steuer|versand\w*|mwst|remise|tva|descuento|iva|sconto)\b"
    r"|优惠|折扣|运费|邮费|快递费|税|补贴|佣金|手续费|服务费|红包|抵扣|抵用|积分|满减|立减|券|押金|定金|余额|成本|利润|退款|退货|未付|待付|欠"
)
NO_SPEND = (
    r"\b(planned|plan|target|max(imum)?|min(imum)?|bid|budget(ed)?|goal|limit|cap|forecast|estimated|expected|remaining"
    r"|balance|suggested|recommended|default)\b(?! spent)"
    r"|出价|预算|比例|目标|计划(花费|消耗|金额|费用)|预估|预计|预期|余额|剩余|上限|建议"
)
_PART_OF_SALES = (
    r"^(直接|间接|自然|首日|当日|新客|预售|总预售)"
    r"|^(direct|indirect|assisted|organic|new customer|view through|post view)\b"
)
_BEFORE_THE_TOTAL = r"\bsub ?total\b|小计"  # shipping, taxes and discounts are not in it yet
_STATE_OF_A_PERSON = (
    r"\b(monthly|annual|yearly|declared|estimated|lifetime|budget|total spent)\b|年收入|月收入|累计|历史"
)
_NAMES_OR_NUMBERS = ("order", "transaction", "receipt", "invoice")
_ONLY_ALONE = ("name", "title", "description", "value", "data", "tag", "order", "activity", "location", "contact")
_TAIL = "[a-z]{3}|total|amount|count|value"


def confidence_of(column: Column, field: Field) -> float:
    """How likely the column means the field; 0 where its values contradict."""
    is_added_up = field.value in (*_ADDED_UP, "flag") and field.name not in _OF_ONE
    if is_added_up and column.is_ratio:
        return 0.0
    if field.name == "revenue" and re.search(_STATE_OF_A_PERSON, column.key):
        return 0.0
    if field.value == "amount" and is_running_total(column.key):
        return 0.0
    if field.name in ("time", "paid_time") and says_expectation(column.name):
        return 0.0  # a day to come is no day on which something happened
    words = _vocabulary(field)
    place, bare = words.places.get(column.key), _without_code(column.key, field)
    if place is not None:
        by_header = KNOWN_WORD - 0.005 * min(place, 40)
    elif bare in words.places or column.parted_key in words.places or column.key.rstrip(".") in words.places:
        by_header = _WITHOUT_CODE
    elif words.end.search(column.key) and not _is_other_money(column, field):
        by_header = PART_OF_HEADER - (0.05 if re.search(_BEFORE_THE_TOTAL, column.key) else 0.0)
    else:
        by_header = 0.0
    return _judged_by_values(column, field, by_header)


def _without_code(key: str, field: Field) -> str | None:
    """A header without the bracket behind it that adds nothing: whose currency it is in, that it is all of it, or, of
    names, how a program calls the column: ``media source (pid)``. None where it has none of these."""
    bracket = _CODE_OF_NAME if field.value == "text" else _SAYS_NOTHING_NEW
    bare = re.sub(bracket, "", key)
    return bare if bare != key else None


def _is_other_money(column: Column, field: Field) -> bool:
    """Whether a header that only contains a word for money speaks of other money: a discount, a tax, a budget."""
    if field.name in ("revenue", "claimed_revenue"):
        return any(re.search(words, column.key) for words in (_NO_REVENUE, NO_SPEND, _PART_OF_SALES))
    if re.search(_PART_OF_SALES, column.key):
        return True
    return field.name in ("cost", "refund", *_COUNTED) and re.search(NO_SPEND, column.key) is not None


@dataclass(frozen=True)
class _Vocabulary:
    """A field's words: their places, and what a header ends with that says one of them and more.

    The noun stands at the end, in Latin script as a whole word (``lead source``, not ``source file``; a currency or
    ``total`` may follow), in Chinese from two letters on (预约门店, not 店铺优惠).
    """

    places: dict[str, int]
    end: re.Pattern[str]


@cache
def _vocabulary(field: Field) -> _Vocabulary:
    places: dict[str, int] = {}
    for place, word in enumerate(spelled(header_key(word)) for word in field.words):
        places.setdefault(word, place)
    partial = [word for word in places if word not in _ONLY_ALONE]
    latin = "|".join(re.escape(word) for word in partial if re.fullmatch(r"[ -~]+", word) and len(word) > 3)
    chinese = "|".join(re.escape(word) for word in partial if not re.fullmatch(r"[ -~]+", word) and len(word) > 1)
    end = re.compile(rf"\b(?:{latin or '(?!)'})(?: (?:{_TAIL}))?$|(?:{chinese or '(?!)'})(?: ?[(\[].*)?$")
    return _Vocabulary(places=places, end=end)


def _judged_by_values(column: Column, field: Field, by_header: float) -> float:
    if field.value == "identifier":
        return _judged_identifier(column, field.name, by_header)
    if field.name == "order_id" and column.key == "id":
        return by_header if column.is_distinct else 0.0
    if field.name == "order_id" and column.key == "name":  # of people, or #1001 as shops number their orders
        return by_header if column.are_order_numbers else 0.0
    if field.name == "order_id" and column.key in _NAMES_OR_NUMBERS:  # 'order', 'transaction': a number, not a name
        return by_header if column.are_ids or column.are_numbered or not column.values else 0.0
    if not by_header or not column.values:
        return by_header
    if field.value in ("time", "day"):
        are_days = column.are_dates or (by_header > PART_OF_HEADER and column.are_serial_days)
        return by_header if are_days else 0.0
    if field.value in _ADDED_UP:
        is_sum = column.are_numbers and not column.are_dates_only and not column.are_percentages
        says_whether = (
            field.name == "refund" and column.are_all_flags and {*column.values} != {"0"}
        )  # yes or no, no amount
        return by_header if is_sum and not says_whether else 0.0
    if field.value == "flag":
        return by_header if column.are_flags else 0.0
    if field.value == "currency":
        return by_header if column.are_currencies else 0.0
    if field.name in ("channel", "action", "status") and column.is_numeric:
        return 0.0
    return by_header


def _judged_identifier(column: Column, name: str, by_header: float) -> float:
    if name == "email":
        return max(by_header, BY_VALUES) if column.are_emails else 0.0 if column.names_anybody else by_header
    if name == "phone":
        if column.are_phones:
            return max(by_header, BY_VALUES)
        return by_header if column.may_be_phones or not column.names_anybody else 0.0
    if column.is_constant:
        return 0.0  # an account's id, not a person's
    # names of people are no ids: two of the same name would become one person
    is_bare_noun = re.fullmatch(r"customer|client|contact|buyer|user|person|member", column.key) is not None
    return 0.0 if is_bare_noun and column.values and not column.are_ids else by_header
