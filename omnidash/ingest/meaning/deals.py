"""Lists of deals (opportunities, 商机) as a CRM exports them: HubSpot, Salesforce, Pipedrive, 纷享销客, 销售易 …

A deal is an order that is paid once it is *won*: open and lost ones have an amount too, which is a hope and no revenue
(``rows.statuses`` says which words of a stage mean what). Won deals count on the day they were closed, the others stand
on the day they were made. The name of a deal is its number where the file has none and no name repeats.

A file is such a list where a header speaks of deals, a column says how far each one is, and another what it is worth.

>>> deal_key("Deal - Currency of Value"), deal_key("商机阶段")
('currency of value', '阶段')
"""

import re
from collections.abc import Sequence

from omnidash.ingest.meaning.columns import Column

_SPEAKS_OF_DEALS = re.compile(
    r"\b(deals?|opportunit(y|ies)|opp|closed? (won|lost)|won (time|date)|lost (time|date))\b"
    r"|商机|销售机会|赢单|输单|结单"
)
_OF_A_DEAL = re.compile(
    r"^((deal|opportunity|opp|商机|销售机会)(?=[^a-z])[\s\-–:：·.]*)+|\s*[-–]\s*(deal|opportunity)$"
)
EXPECTED = re.compile(r"\b(expected|estimated|forecast\w*|planned|target|due)\b|预计|预估|预期|计划|目标")
WON = (
    r"\bwon\b|^signed$|\b(contract|closed) signed\b|^(true|yes|1|是)$"
    r"|赢单|(^|已|[^a-z]成交|成功)成交$|^已?成交|已签|签约(成功|完成)|合同(已)?签订|结单成功"
)
LOST = (
    r"\blost\b|\bclosed (no|dead|cancel\w*)\b|\babandoned\b|\b(dis|un)qualified\b|\bdropped\b|\bdead\b|\bcancel\w*"
    r"|\bdeleted\b|输单|丢单|战败|失单|流失|终止|作废|无效|放弃|取消|关闭|失败"
)
NOT_WON = r"\b(not|never|un|to be) ?(yet )?won\b|(未|待|即将|预计)(成交|赢单|签约|签订|结单)|^(false|no|0|否)$"

# field -> headers (as ``deal_key`` spells them) that mean it, the best first; each a whole header
_HEADERS: dict[str, tuple[str, ...]] = {
    "order_id": (
        r"(record |deal |opportunity |crm )?(id|no|number|code)|(case safe |18 digit |full )id",
        r"编号|编码|号|id|自动编号|机会编号",
        r"name|title|名称|标题|主题|机会名称",
    ),
    "status": (
        r"status|状态|(赢单|结单|成交|机会)状态",
        r"(sales |pipeline )?stage( name)?|(销售|跟进|机会)?阶段",
        r"(is )?(closed )?won|是否(赢单|成交)|赢单",
    ),
    "revenue": (
        r"(actual|won|closed|final|real) (amount|value)|(实际)?(成交|赢单|合同|签约)(总)?金额|实际金额",
        r"amount|value|size|revenue|tcv|acv|total( amount| value| price)?",
        r"(销售|机会|总)?金额|预计(成交|销售|签约|合同|收入)?金额",
        r"amount in company currency|amount \(converted\)|value in .*",
    ),
    "time": (
        r"creat(e|ed|ion)( date| time| at| on)?|date created|added( date| time| at| on)?|add time|opened|open date",
        r"创建(时间|日期)|录入(时间|日期)|新建(时间|日期)|发现(时间|日期)",
    ),
    "paid_time": (
        r"won (time|date|at|on)|date won|赢单(时间|日期)|实际(成交|结单|签约|赢单)(时间|日期)",
        r"(actual )?closed? ?(date|time|at|on)|date closed|(成交|结单|签约|关闭)(时间|日期)",
        r"(expected|estimated) clos(e|ing)( date)?|预计(成交|结单|签约|赢单|关闭)(时间|日期)",
    ),
    "currency": (r"(amount |value )?currency( code| of value| iso code)?|币种|货币|币别",),
    "channel": (
        r"(original |lead |latest )?(traffic )?source( type| channel)?|来源(渠道)?",
        r"(线索|客户|获客|机会)(来源|渠道)|渠道",
    ),
    "campaign": (r"(primary )?campaign( source| name)?|市场活动|营销活动|活动名称",),
    "customer_id": (r"(primary |associated )?(contact|person) id|联系人(id|编号)",),
}  # fmt: skip


def deal_key(header: str) -> str:
    """A header in lower case without the word that says whose it is."""
    key = re.sub(r"\s+", " ", header.casefold().replace("_", " ")).strip()
    return _OF_A_DEAL.sub("", key) or key


def deal_columns(columns: Sequence[Column]) -> dict[str, str]:
    """Source column -> field of orders, or nothing where the table is no list of deals."""
    if not any(_SPEAKS_OF_DEALS.search(column.key) for column in columns):
        return {}
    found = {field: column for field in _HEADERS if (column := _column_of(field, columns)) is not None}
    if not {"order_id", "status", "revenue"} <= found.keys() or not {"time", "paid_time"} & found.keys():
        return {}
    if "time" not in found:
        found["time"] = found.pop("paid_time")
    return {column.name: field for field, column in found.items()}


def says_expectation(header: str) -> bool:
    """Whether a column tells of what is expected, not of what has happened."""
    return EXPECTED.search(deal_key(header)) is not None


def _column_of(field: str, columns: Sequence[Column]) -> Column | None:
    fitting = [
        (rank, column)
        for rank, pattern in enumerate(_HEADERS[field])
        for column in columns
        if re.fullmatch(pattern, deal_key(column.key)) and _may_be(field, column, rank)
    ]
    if field == "status":  # of a status and a stage, the one that says what was won or lost
        fitting.sort(key=lambda found: not any(re.search(f"{WON}|{LOST}", v.casefold()) for v in found[1].values))
    return fitting[0][1] if fitting else None


def _may_be(field: str, column: Column, rank: int) -> bool:
    if not column.values:
        return field in ("paid_time", "campaign", "channel")
    if field == "order_id":
        return column.is_distinct and (rank == 2 or column.are_ids or column.are_numbered)
    if field in ("time", "paid_time"):
        return column.are_dates
    if field == "revenue":
        return column.are_numbers
    if field == "currency":
        return column.are_currencies
    if field == "customer_id":
        return column.are_ids
    return not column.is_numeric or (field == "status" and column.are_flags)
