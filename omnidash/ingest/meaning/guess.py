"""What may this file mean? A mapping guessed from header words and from the values below them.

Every guess has a confidence in 0..1: 0.95 the header is a word we know, 0.6 it contains one, 0.7 the values alone say
it (e-mails, mobile phones), 0.5 a column of ids that hardly repeat. A column of rates or averages is never mapped to
something that is added up. A field goes to the column of the highest confidence (the leftmost of equals); every column
means one thing at most.

The kind is the one that explains the file best: what it cannot do without must be there, then the more it explains.
Files of a CRM say what happened by the header of their time: ``won_date`` is a deal won, ``first_contact_date`` a lead.
Lists of deals, won, lost and open ones together, are orders of their own sort (``deals``).
"""

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, replace

from omnidash.ingest.meaning.column_fit import BY_DISTINCTNESS, KNOWN_WORD, NO_SPEND, PART_OF_HEADER, confidence_of
from omnidash.ingest.meaning.columns import Column, columns_of
from omnidash.ingest.meaning.deals import deal_columns
from omnidash.ingest.meaning.fields import (
    FIELDS,
    IDENTIFIER_TYPES,
    IDENTIFIERS,
    KINDS,
    header_key,
    is_running_total,
)
from omnidash.ingest.meaning.formula import AVERAGE, CUMULATIVE, SUM
from omnidash.ingest.meaning.mapping import GUESSED, Mapping
from omnidash.ingest.meaning.profiles import header_section
from omnidash.model.defaults import EXPOSED_ACTION

_NEARLY_ALL = 0.8
_SAYS_CHANNEL = {"channel", "utm_source", "page", "referrer"}  # by itself, or by what an address says

# What a row of a CRM says, by the header of its time; the first that fits counts.
_ACTION_OF_TIME = (
    (r"加好友|加粉|^添加时间$", "add_wecom"),
    (r"\bwon\b|\bclosed? (date|time|at|on)\b|\bclosedate\b|\b(deal|contract) date\b|赢单|成交|签约", "deal_won"),
    (
        r"\b(regist\w*|sign ?up|signed up|join\w*|subscri\w*|opt ?in)\b|注册|入会|加入|订阅|成为(客户|会员)",
        "registered",
    ),
    (r"\bfirst (contact|touch)|\blead\b|\b[ie]nquiry\b|\bsubmi\w+|首次联系|线索|留资|进线|咨询|提交", "lead"),
    (r"\b(creat\w+|added|entry)\b|创建|录入", "lead"),
)
_SOURCE_OF_VISIT = r"^(utm |traffic )?source$|^来源$|\.source$|\b(manual|campaign) source$"
_IS_SERVICE = r"工单|投诉|\b(ticket|complaint|support case)\b"
_ASKS_OPINION = r"\b(nps|survey|satisfaction|csat)\b|满意度|问卷|推荐意愿"
# money beside what was bought: never what an order brought in
# money that was not spent in these days: plans, limits, bids, and totals since some day in the past
# what an ad brought by one way only, beside which a column tells all of it
_NO_PERSON = (
    r"\b(page|product|item|sku|order|event|campaign|content|ad|adset|creative|note|post|video|store|shop|branch|session"
    r"|transaction|invoice|keyword|group|batch|row|sdr|sr|owner|rep|agent|staff|employee|team|zip|postal)\b"
    r"|商品|订单|活动|计划|门店|店铺|员工|销售|顾问|负责人|页面|素材|笔记"
)
_PERSON = r"\b(lead|m?ql|sql|contact|client|customer|user|member|subscriber|prospect|visitor|person|account|patient)\b"
_ID_HEADER = r"(\b(id|no|code|number|key|uuid|guid)|id)$|编号|编码|代码|号$"
_CLOCK_HEADER = (
    r"^(order |transaction |sale |receipt |event )?time$|^(uhrzeit|heure|hora|ora)$|^(下单|交易|销售)?时间$|时刻"
)
_LABEL_OF_NUMBER = (
    r"\b(id|no|code|number|year|month|week|hour|zip|postal|age|geo|quarter|dayofyear)\b|id$"
    r"|编号|编码|代码|年份|月份|小时|年龄"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A guessed mapping. ``confidence``: source column -> 0..1 for every mapped column."""

    mapping: Mapping
    confidence: AnyMapping[str, float]


def guess(
    header: Sequence[str], sample: Sequence[Sequence[str]], kind: str | None = None, *, has_period: bool = False
) -> Guess:
    """The most plausible mapping of a table, of ``kind`` if that is known already. ``has_period``: the file states the
    days it covers, so its rows need none."""
    columns = columns_of(header, sample)
    deals = _guess_deals(columns) if kind in (None, "orders") else None
    if deals is not None:
        return deals
    tried = [_guess_kind(columns, k) for k in ([kind] if kind else KINDS)]
    spent = next((set(g.mapping.columns.values()) for g in tried if g.mapping.kind == "spend"), set())
    if {"cost", "campaign"} <= spent and len(tried) > 1:  # money of campaigns is spend, whatever else is counted
        tried = [g for g in tried if g.mapping.kind != "reports"]
    if len(tried) > 1 and _is_log(columns, tried):  # most rows of a log of events belong to no order
        tried = [g for g in tried if g.mapping.kind != "orders"]
    if len(tried) > 1 and _lists_sales(columns, tried):
        tried = [g for g in tried if g.mapping.kind != "events"]
    if len(tried) > 1 and _counts_by_day(columns, tried):
        tried = [g for g in tried if g.mapping.kind != "events"]
    names_persons = any(c.name in tried[0].mapping.columns and _is_personal(c, tried[0]) for c in columns)
    return max(tried, key=lambda g: _plausibility(g, has_period=has_period, names_persons=names_persons))


def _guess_kind(columns: list[Column], kind: str) -> Guess:
    scored = sorted(
        (-likely, position, order, column.name, field.name)
        for position, column in enumerate(columns)
        for order, field in enumerate(FIELDS[kind])
        if (likely := confidence_of(column, field)) > 0
    )
    meaning: dict[str, str] = {}
    confidence: dict[str, float] = {}
    for negative, _, _, column_name, field_name in scored:
        if column_name not in meaning and field_name not in meaning.values():
            meaning[column_name], confidence[column_name] = field_name, -negative
    if kind == "events" and not set(meaning.values()) & set(IDENTIFIER_TYPES):
        person = _person_column([c for c in columns if meaning.get(c.name, "page") in ("page", "content_id")])
        if person is not None:
            meaning[person.name], confidence[person.name] = "customer_id", BY_DISTINCTNESS
    _take_source_beside_medium(meaning)
    ordered = {c.name: meaning[c.name] for c in columns if c.name in meaning} | _clock(meaning, columns)
    is_touch = not _SAYS_CHANNEL.isdisjoint(ordered.values())
    mapping = Mapping(kind=kind, columns=ordered, profile=GUESSED, conversion_is_touch=is_touch)
    mapping = _with_action(_with_figures(mapping, columns), columns)
    return Guess(mapping=mapping, confidence=confidence)


def _guess_deals(columns: list[Column]) -> Guess | None:
    """The mapping of a list of deals with the identifiers it names; None where the table is none."""
    meaning = deal_columns(columns)
    if not meaning:
        return None
    given = {*meaning.values()}
    scored = sorted(
        (-likely, position, column.name, field.name)
        for position, column in enumerate(columns)
        for field in IDENTIFIERS
        if column.name not in meaning and (likely := confidence_of(column, field)) > PART_OF_HEADER
    )
    for _, _, column_name, field_name in scored:
        if column_name not in meaning and field_name not in given:
            meaning[column_name] = field_name
            given.add(field_name)
    ordered = {c.name: meaning[c.name] for c in columns if c.name in meaning}
    mapping = Mapping(
        kind="orders", columns=ordered, profile=GUESSED, conversion_is_touch="channel" in given, is_deals=True
    )
    return Guess(mapping=mapping, confidence=dict.fromkeys(ordered, KNOWN_WORD))


def _clock(meaning: dict[str, str], columns: list[Column]) -> dict[str, str]:
    """The column of clock times beside a time that is a day only: the two are one moment, the day first."""
    days = [c for c in columns if meaning.get(c.name) == "time" and c.are_days_only]
    clocks = [c for c in columns if c.name not in meaning and c.are_clocks]
    told = [c for c in clocks if re.search(_CLOCK_HEADER, c.key)] or (clocks if len(clocks) == 1 else [])
    return {told[0].name: "time"} if days and told else {}


def _take_source_beside_medium(meaning: dict[str, str]) -> None:
    """A column *source* beside one of media is the source of a tag: google is not one channel for cpc and organic. In
    Shopify's own words it is the till (web, pos), and the sites say where the visit came from."""
    keys = {header_key(name): name for name in meaning}
    if "landing site" in keys and "referring site" in keys and meaning.get(keys.get("source", "")) == "channel":
        del meaning[keys["source"]]
    if "utm_medium" not in meaning.values() or "utm_source" in meaning.values():
        return
    for name, field_name in meaning.items():
        if field_name == "channel" and re.search(_SOURCE_OF_VISIT, header_key(name)):
            meaning[name] = "utm_source"


def _with_figures(mapping: Mapping, columns: list[Column]) -> Mapping:
    """Columns of numbers that are no field, of files that say what platforms count."""
    if mapping.kind not in ("spend", "reports"):
        return mapping
    figures = {}
    for column in columns:
        is_label = re.search(_LABEL_OF_NUMBER, column.key) is not None
        if column.name not in mapping.columns and column.is_numeric and not is_label:
            figures[column.name] = _rule_of(column)
    constants = {"section": header_section([c.name for c in columns])} if mapping.kind == "reports" else {}
    return replace(mapping, figures=figures, constants=constants)


def _rule_of(column: Column) -> str:
    """How a column of numbers adds up, by what it is called; heads that were counted once each are not added."""
    if is_running_total(column.key):
        return CUMULATIVE
    is_of_heads = re.search(r"\b(reach|unique\w*)\b|覆盖人数|触达人数|去重", column.key) is not None
    return (
        AVERAGE if column.is_ratio or column.are_percentages or is_of_heads or re.search(NO_SPEND, column.key) else SUM
    )


def _with_action(mapping: Mapping, columns: list[Column]) -> Mapping:
    """What a row of events says was done, where no column does and the header of its time tells."""
    meanings = set(mapping.columns.values())
    time = mapping.column_of("time")
    if mapping.kind != "events" or time is None or meanings & {"action", "conversion_flag"}:
        return mapping
    action = next((word for pattern, word in _ACTION_OF_TIME if re.search(pattern, header_key(time))), None)
    if {"experiment", "variant"} <= meanings:
        action = EXPOSED_ACTION
    elif "score" in meanings or any(re.search(_ASKS_OPINION, column.key) for column in columns):
        action = "survey"
    elif any(re.search(_IS_SERVICE, column.key) for column in columns):
        action = "service"
    if action is None or not meanings & set(IDENTIFIER_TYPES) or ("revenue" in meanings and action != "deal_won"):
        return mapping
    return replace(mapping, constants={**mapping.constants, "action": action})


def _person_column(columns: list[Column]) -> Column | None:
    """The column of ids that tells persons apart: hardly a value repeats, and its header speaks of no other thing."""
    candidates = [
        c
        for c in columns
        if re.search(_ID_HEADER, c.key) and not re.search(_NO_PERSON, c.key) and c.are_ids and c.is_distinct
    ]
    return min(candidates, key=lambda c: re.search(_PERSON, c.key) is None, default=None)


def _is_personal(column: Column, guessed: Guess) -> bool:
    return guessed.mapping.columns[column.name] in IDENTIFIER_TYPES and guessed.confidence[column.name] > PART_OF_HEADER


_TELLING: AnyMapping[str, AnyMapping[str, float]] = {
    "spend": {"cost": 0.5, "impressions": 0.5, "clicks": 0.5, "ad": 0.1, "claimed_conversions": 0.1},
    "orders": {
        "order_id": 0.8, "paid_time": 0.5, "refund": 0.5, "status": 0.5, "revenue": 0.1, "quantity": 0.4,
        "unit_price": 0.4, "sku": 0.2, "item": 0.2, "order_contact": 0.5, "refund_id": 0.3,
    },
    "events": {
        "action": 0.5, "conversion_flag": 0.5,
        **dict.fromkeys((name for name in IDENTIFIER_TYPES if name != "order_contact"), 0.5),
    },
    "reports": dict.fromkeys(("visitors", "views", "buyers", "impressions", "clicks", "conversions", "revenue"), 0.5),
}  # fmt: skip


def _is_log(columns: Sequence[Column], tried: Sequence[Guess]) -> bool:
    """Whether actions are named for more rows than have an order."""
    of_kind = {guessed.mapping.kind: {f: c for c, f in guessed.mapping.columns.items()} for guessed in tried}
    filled = {column.name: len(column.values) for column in columns}
    action, order = of_kind["events"].get("action"), of_kind["orders"].get("order_id")
    return action is not None and order is not None and filled[action] > 2 * filled[order]


def _lists_sales(columns: Sequence[Column], tried: Sequence[Guess]) -> bool:
    """Whether nearly every row has the number and the amount of a sale, and none says that something else was done: a
    till's list names the customer in several ways, as logs of events do."""
    of_kind = {guessed.mapping.kind: {f: c for c, f in guessed.mapping.columns.items()} for guessed in tried}
    if not {"events", "orders"} <= of_kind.keys():
        return False
    orders, filled = of_kind["orders"], {column.name: len(column.values) for column in columns}
    amount = orders.get("revenue") or (orders.get("unit_price") if "quantity" in orders else None)
    says_what = {"action", "conversion_flag", "event_id", "page", "content_id"} & of_kind["events"].keys()
    if says_what or amount is None or "order_id" not in orders or not {"time", "paid_time"} & orders.keys():
        return False
    return filled[orders["order_id"]] >= _NEARLY_ALL * max(filled.values()) and filled[amount] > 0


def _counts_by_day(columns: Sequence[Column], tried: Sequence[Guess]) -> bool:
    """Whether rows of days count something and say of nobody that he did anything: no log, but figures."""
    of_kind = {guessed.mapping.kind: guessed.mapping for guessed in tried}
    if not {"events", "reports"} <= of_kind.keys():
        return False
    events = of_kind["events"]
    says_who_or_what = {"action", "conversion_flag", "order_id", "event_id", "page", "content_id", *IDENTIFIER_TYPES}
    days = {column.name for column in columns if column.are_days_only}
    counts = any(rule != AVERAGE for rule in of_kind["reports"].figures.values())
    return counts and events.column_of("time") in days and says_who_or_what.isdisjoint(events.columns.values())


def _plausibility(guessed: Guess, *, has_period: bool, names_persons: bool) -> tuple[float, int]:
    """Which kind explains a file best: what it cannot do without must be there; then, the more it explains."""
    mapping = guessed.mapping
    kind, meanings = mapping.kind, set(mapping.columns.values())
    needed = [f.name for f in FIELDS[kind] if f.needed]
    given = meanings | ({"date"} if has_period else set())
    complete = sum(1 for name in needed if name in given) / len(needed)
    telling = sum(weight for name, weight in _TELLING[kind].items() if name in meanings)
    if kind == "spend" and "cost" not in meanings:
        telling = 0.0
    if kind == "orders" and not (
        "revenue" in meanings or {"quantity", "unit_price"} <= meanings or "refund" in meanings
    ):
        telling = 0.0
    if kind == "reports":
        counts = telling > 0 or any(rule != AVERAGE for rule in mapping.figures.values())
        several = 0.3 if sum(1 for rule in mapping.figures.values() if rule != AVERAGE) > 1 else 0.0
        telling = -2.0 if names_persons or not counts else min(telling, 1.5) + several
    if kind == "spend" and names_persons:
        telling -= 1.0
    confidence = sum(guessed.confidence.values())
    return complete + telling + 0.05 * confidence, -KINDS.index(kind)
