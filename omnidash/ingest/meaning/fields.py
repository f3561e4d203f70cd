"""What can be told to us: the fields of each kind of file, and the words people head such columns with.

Our own plain format is a table whose columns bear the fields' names (docs/import.md). The words stand in
``words.toml``; they are compared after ``header_key``: case, width, blanks, underscores and a trailing currency or unit
in brackets do not count.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

from omnidash.ingest.meaning.money import resolved
from omnidash.ingest.meaning.units import Unit, said_unit, unit_of

KINDS = ("events", "orders", "spend", "reports")
MONEY = ("cost", "revenue", "unit_price", "refund", "claimed_revenue")  # the first of a kind's decides the currency
_WIDE = "decimal(24, 6)"
_COUNT = "decimal(18, 6)"  # a number of a million millions is no count
_STORED = {"cost": "decimal(18, 6)", "unit_price": "decimal(18, 6)", "quantity": "decimal(18, 4)"} | dict.fromkeys(
    ("revenue", "refund", "claimed_conversions", "claimed_revenue"), "decimal(18, 4)"
)
_WORDS = tomllib.loads(files("omnidash.ingest.meaning").joinpath("words.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing a column can mean.

    ``value``: time | day | amount | count | text | id | identifier | currency | flag. ``stored``: the type in which an
    amount is kept; a larger one is refused.
    """

    name: str
    value: str
    words: tuple[str, ...]
    needed: bool = False
    stored: str = _WIDE


def _fields(kind: str, needed: tuple[str, ...], **values: str) -> tuple[Field, ...]:
    """The fields of a kind, name = value, in the order in which they are told; ``identifiers`` stands for those."""
    found: list[Field] = []
    for name, value in values.items():
        if name == "identifiers":
            found += IDENTIFIERS
        else:
            words = _words(_WORDS[kind].get(name, []))
            is_kept_wide = kind == "reports" or name not in _STORED  # reports keep all figures alike
            stored = _COUNT if value == "count" else _WIDE if is_kept_wide else _STORED[name]
            found.append(Field(name=name, value=value, words=(name, *words), needed=name in needed, stored=stored))
    return tuple(found)


def _words(entries: list[str]) -> list[str]:
    return [word for entry in entries for word in (_WORDS["shared"][entry[1:]] if entry.startswith("@") else [entry])]


# The order is the order in which a row's main identifier is chosen: strong ones first, the most personal first.
IDENTIFIERS: tuple[Field, ...] = tuple(
    Field(name=name, value="identifier", words=(name, *words)) for name, words in _WORDS["identifiers"].items()
)
EVENTS = _fields(
    "events",
    ("time",),
    time="time",
    identifiers="",
    channel="text",
    campaign="text",
    action="text",
    content_id="text",
    page="text",
    store_id="text",
    order_id="id",
    revenue="amount",
    currency="currency",
    score="amount",
    experiment="text",
    variant="text",
    conversion_flag="flag",
    event_id="id",
    account="text",
    referrer="text",
    utm_source="text",
    utm_medium="text",
)
ORDERS = _fields(
    "orders",
    ("order_id", "time"),
    order_id="id",
    time="time",
    paid_time="time",
    identifiers="",
    channel="text",
    campaign="text",
    store_id="text",
    revenue="amount",
    refund="amount",
    status="text",
    currency="currency",
    refund_time="time",
    refund_id="id",
    refund_status="text",
    quantity="amount",
    unit_price="amount",
    sku="id",
    item="text",
    page="text",
    referrer="text",
    utm_source="text",
    utm_medium="text",
)
SPEND = _fields(
    "spend",
    ("date", "cost"),
    date="day",
    channel="text",
    campaign="text",
    ad="text",
    cost="amount",
    currency="currency",
    impressions="count",
    clicks="count",
    claimed_conversions="amount",
    claimed_revenue="amount",
    end_date="day",
    account="text",
)
# A platform's own figures: the standard ones as fields, so that they have one name everywhere; others are ``figures``
REPORTS = _fields(
    "reports",
    ("date",),
    date="day",
    end_date="day",
    day_number="count",
    channel="text",
    section="text",
    item="text",
    account="text",
    currency="currency",
    cost="amount",
    impressions="count",
    clicks="count",
    conversions="amount",
    revenue="amount",
    refund="amount",
    visitors="count",
    views="count",
    buyers="count",
)

FIELDS: Mapping[str, tuple[Field, ...]] = {"events": EVENTS, "orders": ORDERS, "spend": SPEND, "reports": REPORTS}
IDENTIFIER_TYPES = tuple(f.name for f in IDENTIFIERS)

_RATIO = re.compile(
    r"\b(rate|ratio|ctr|cpc|cpm|cpa|cpv|cvr|cpl|roi|roas|acos|avg|average|mean|median|frequency|percent|percentage"
    r"|share|ranking|rank|position|score|aov|arpu|arppu|ecpm|vtr|cumulative|ytd|mtd|running total)\b"
    r"|%|/|\bcost per\b|\bper\b|平均|率|占比|均价|单价|成本|投产比|产出比|人均|千次|每笔|每次|排名|名次|评分|累计"
    r"|客单价|转化价格|费比|时长|\bср\.|средн|\bдоля\b|\bцена\b|рентабельность|отказы|глубина"
    r"|\bdurchschn|\bkosten pro\b|(klick|konversions|conversion|absprung)raten?\b|\btaux\b|\bcoût (par|pour)\b"
    r"|\bcost[eo] (por|per)\b|\btasa\b|\btasso\b|\bporcentaje\b|\bpromedio\b"
    r"|클릭률|전환율|수익률|클릭비용|平均|単価|あたり|クリック率|コンバージョン率|費用対効果"
)

_INVISIBLE = r"[\u00ad\u200b-\u200f\u2060\ufeff]"
_RUNNING = re.compile(
    r"累计|累积|至今|截至|截止到|总计至|(本|当|上)(月|年|季度|周)|历史"
    r"|\b(cumulative|running total|ytd|mtd|qtd|lifetime|life time)\b"
    r"|\b(to date|month to date|year to date|this (month|year|quarter)|all time|since (launch|start))\b"
)


# the traditional characters that occur in headers of shops and platforms
_SIMPLIFIED = str.maketrans(
    "訂單編號會員賬帳戶費點擊數現額計劃廣創筆類態銷總價購買實際時間頻應貨幣種電話機郵運關鍵詞來媒體頁陸產稱項轉換觸達覽訪瀏聯絡組網華東萬億務優惠級門遞訊報導狀態單筆號姓銀貨訖",
    "订单编号会员账账户费点击数现额计划广创笔类态销总价购买实际时间频应货币种电话机邮运关键词来媒体页陆产称项转换触达览访浏联络组网华东万亿务优惠级门递讯报导状态单笔号姓银货讫",
)


def header_key(name: str) -> str:
    """A header as it is compared: ``Amount spent (USD)`` -> ``amount spent``, ``總花費（萬元）`` -> ``总花费``.

    >>> header_key(" User_ID "), header_key("Clicks (all)")
    ('user id', 'clicks (all)')
    """
    return header_unit(name).name


@lru_cache(maxsize=8192)  # every profile asks it of every header of a file
def header_unit(name: str) -> Unit:
    """The unit a header states: the size and currency of its amounts, the zone of its times."""
    visible = re.sub(_INVISIBLE, "", name)
    plain = unicodedata.normalize("NFKC", visible).casefold().translate(_SIMPLIFIED)
    unit = unit_of(re.sub(r"[\s_]+", " ", plain).strip(" \ufeff*:："))
    if unit.mark is None:
        said = (said_unit(text) for text in re.findall(r"[(\[]\s*([^()\[\]]{1,4}?)\s*[)\]]", unit.name))
        mark = next((one.mark for one in said if one is not None and one.mark is not None), None)
        unit = replace(unit, mark=mark)
    return unit


def header_currency(name: str) -> str | None:
    """The currency a header states: ``Spent (USD)`` -> USD, ``总花费(元)`` -> CNY; None where it may be several."""
    mark = header_unit(name).mark
    return mark if mark is not None and resolved(mark, ()) == mark else None


def is_ratio(name: str) -> bool:
    """Whether a header names a rate, an average or a running total: such a column is never added up."""
    return _RATIO.search(header_key(name)) is not None


def is_running_total(name: str) -> bool:
    """Whether a header names a total since some day in the past: it is added over items, never over days."""
    return _RUNNING.search(header_key(name)) is not None


def field_of(kind: str, name: str) -> Field | None:
    """The field called ``name`` of a kind, or None."""
    return next((f for f in FIELDS[kind] if f.name == name), None)
