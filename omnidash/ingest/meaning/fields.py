"""What can be told to us: the fields of each kind of file, and the words people head such columns with.

Our own plain format is a table whose columns bear these names (docs/import.md). ``words`` are compared after
``header_key``: case, width, blanks, underscores and a trailing currency or unit in brackets do not count.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

KINDS = ("events", "orders", "spend", "reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing a column can mean. ``value``: time | day | amount | count | text | identifier | currency | flag."""

    name: str
    value: str
    words: tuple[str, ...]
    needed: bool = False


def _field(name: str, value: str, *words: str, needed: bool = False) -> Field:
    return Field(name=name, value=value, words=(name, *words), needed=needed)


# The order is the order in which a row's main identifier is chosen: strong ones first, the most personal first.
IDENTIFIERS: tuple[Field, ...] = (
    _field("customer_id", "identifier", "user_id", "user id", "uid", "customer", "customerid", "visitor id",
           "客户编号",
           "客户id", "用户id", "用户编号", "买家会员名", "买家昵称", "买家id", "user pseudo id", "client id",
           "person"),
    _field("member_id", "identifier", "member", "member no", "membership id", "loyalty id", "会员号", "会员id",
           "会员编号", "会员卡号"),
    _field("phone", "identifier", "mobile", "phone number", "mobile phone", "tel", "telephone", "cell phone",
           "手机号",
           "手机", "手机号码", "电话", "联系电话", "联系手机", "买家手机号", "收货人手机号", "收件人手机号"),
    _field("email", "identifier", "e-mail", "mail", "email address", "e-mail address", "customer email", "邮箱",
           "电子邮箱", "电子邮件", "邮件地址"),
    _field("unionid", "identifier", "union id", "wechat unionid", "微信unionid"),
    _field("openid", "identifier", "open id", "wechat openid", "微信openid", "external_userid", "外部联系人id"),
    _field("order_contact", "identifier", "收货联系方式"),
    _field("device_id", "identifier", "idfa", "oaid", "imei", "gaid", "设备号", "设备id"),
    _field("cookie", "identifier", "cookie id", "session id", "ga client id", "anonymous id", "访客id"),
)  # fmt: skip

_TIME = ("timestamp", "datetime", "event time", "date time", "created at", "occurred at", "ts", "时间", "日期",
         "日期时间",
         "发生时间", "事件时间", "访问时间", "行为时间")  # fmt: skip
_CHANNEL = ("source", "utm source", "media", "platform", "traffic source", "marketing channel", "渠道", "来源",
            "渠道名称",
            "渠道来源", "媒体", "平台", "来源渠道", "投放渠道", "流量来源")  # fmt: skip
_CAMPAIGN = ("campaign name", "utm campaign", "campaign id", "计划名称", "推广计划", "广告计划", "计划", "活动",
             "活动名称",
             "营销活动", "广告系列", "广告组", "campaña", "nom de la campagne", "kampagne")  # fmt: skip
_REFERRER = ("referer", "page referrer", "referring site", "referrer url", "来源网址", "来源url", "来路", "来源页面")
_SOURCE = ("session source", "traffic source name", "first user source")
_MEDIUM = ("medium", "session medium", "first user medium", "媒介")
_CURRENCY = ("currency code", "币种", "货币", "货币代码")

EVENTS: tuple[Field, ...] = (
    _field("time", "time", "event_timestamp", "date", *_TIME, needed=True),
    *IDENTIFIERS,
    _field("channel", "text", *_CHANNEL),
    _field("campaign", "text", *_CAMPAIGN),
    _field("action", "text", "event", "event name", "interaction", "event type", "behavior", "behaviour",
           "behavior type",
           "事件", "行为", "动作", "事件名称", "行为类型", "互动"),
    _field("content_id", "text", "content", "post id", "note id", "item id", "product id", "笔记id", "内容id",
           "商品id"),
    _field("page", "text", "page url", "url", "landing page", "page title", "页面", "落地页", "网址"),
    _field("store_id", "text", "store", "shop", "shop id", "store name", "门店", "门店编号", "门店名称",
           "店铺名称"),
    _field("order_id", "text", "order no", "order number", "order", "transaction id", "订单号", "订单编号"),
    _field("revenue", "amount", "conversion value", "value", "amount", "sales", "order value", "purchase revenue",
           "金额",
           "收入", "销售额", "支付金额", "成交金额", "转化价值"),
    _field("currency", "currency", *_CURRENCY),
    _field("conversion_flag", "flag", "conversion", "converted", "is conversion", "是否转化", "转化"),
    _field("event_id", "text", "event uuid", "事件id"),
    _field("referrer", "text", *_REFERRER),
    _field("utm_source", "text", *_SOURCE),
    _field("utm_medium", "text", "utm medium", *_MEDIUM),
)  # fmt: skip

ORDERS: tuple[Field, ...] = (
    _field("order_id", "text", "order no", "order number", "order", "invoiceno", "invoice no", "transaction id",
           "name",
           "订单编号", "订单号", "主订单编号", "交易号", "小票号", "流水号", needed=True),
    _field("time", "time", "order time", "order date", "created at", "created", "date", "invoicedate",
           "订单创建时间",
           "下单时间", "订单提交时间", "创建时间", "交易时间", *_TIME, needed=True),
    _field("paid_time", "time", "paid at", "payment time", "订单付款时间", "付款时间", "支付时间", "买家付款时间"),
    *IDENTIFIERS,
    _field("channel", "text", *_CHANNEL, "销售渠道", "订单来源"),
    _field("campaign", "text", *_CAMPAIGN),
    _field("store_id", "text", "store", "location", "shop", "store name", "门店", "店铺名称", "归属店铺",
           "下单网点"),
    _field("revenue", "amount", "total", "amount", "paid amount", "order total", "order value", "total price",
           "sales",
           "买家实际支付金额", "实付金额", "订单实付金额", "支付金额", "订单金额", "订单应付金额", "成交金额",
           "实收金额"),
    _field("refund", "amount", "refunded amount", "refund amount", "refunds", "amount refunded", "退款金额",
           "订单已退款金额", "已退款金额"),
    _field("status", "text", "order status", "financial status", "payment status", "订单状态", "交易状态", "状态"),
    _field("currency", "currency", *_CURRENCY),
    _field("refund_time", "time", "refunded at", "refunded date", "refund date", "refunded date (utc)", "退款时间",
           "退款完成时间"),
    _field("quantity", "amount", "qty", "lineitem quantity", "units", "商品数量", "数量", "件数", "购买数量"),
    _field("unit_price", "amount", "unitprice", "unit price", "price", "lineitem price", "item price", "商品单价",
           "单价"),
    _field("sku", "text", "lineitem sku", "stockcode", "product id", "item id", "商品编码", "商家编码", "商品id",
           "规格编码"),
    _field("item", "text", "lineitem name", "product", "product name", "item name", "description", "商品名称",
           "宝贝标题", "选购商品", "全部商品名称"),
    _field("page", "text", "landing site", "landing page", "落地页"),
    _field("referrer", "text", *_REFERRER),
    _field("utm_source", "text", *_SOURCE),
    _field("utm_medium", "text", "utm medium", *_MEDIUM),
)  # fmt: skip

SPEND: tuple[Field, ...] = (
    _field("date", "day", "day", "by day", "report date", "日期", "时间", "统计日期", "投放日期", "日", "jour",
           "tag",
           "fecha", "start date (in utc)", needed=True),
    _field("channel", "text", *_CHANNEL),
    _field("campaign", "text", *_CAMPAIGN),
    _field("ad", "text", "ad name", "ad group", "ad set name", "ad id", "creative", "keyword", "广告", "创意名称",
           "单元名称",
           "推广单元", "广告名称", "素材名称", "关键词"),
    _field("cost", "amount", "spend", "spent", "amount spent", "total spent", "ad spend", "ad cost", "消费",
           "消耗", "花费",
           "总花费", "总费用", "整体消耗", "推广费", "费用", "montant dépensé", "kosten", needed=True),
    _field("currency", "currency", *_CURRENCY),
    _field("impressions", "count", "impr.", "impr", "views", "展现量", "展现", "展示量", "展示数", "展示次数",
           "曝光量",
           "曝光次数", "曝光", "impressionen"),
    _field("clicks", "count", "link clicks", "clicks (all)", "clicks (destination)", "点击量", "点击次数",
           "点击数", "点击",
           "clics", "klicks"),
    _field("claimed_conversions", "amount", "conversions", "conv.", "purchases", "results", "转化数", "转化量",
           "总转化量",
           "目标转化量", "成交笔数", "直接成交订单数", "总成交笔数", "整体成交订单数"),
    _field("claimed_revenue", "amount", "conv. value", "conversion value", "purchases conversion value",
           "total conversion value", "conversions value", "成交金额", "总成交金额", "交易额", "直接支付成交金额",
           "整体成交金额"),
    _field("end_date", "day", "reporting ends", "report end", "结束日期"),
)  # fmt: skip

# A platform's own figures: the standard ones as fields, so that they have one name everywhere; others are ``figures``
REPORTS: tuple[Field, ...] = (
    _field("date", "day", "day", "统计日期", "日期", needed=True),
    _field("end_date", "day", "reporting ends", "report end", "结束日期"),
    _field("day_number", "count", "nth day"),
    _field("channel", "text", *_CHANNEL),
    _field("section", "text"),
    _field("item", "text", "device", "network", "event name", "page title and screen class", "商品名称", "商品id"),
    _field("currency", "currency", *_CURRENCY),
    _field("cost", "amount", "spend", "amount spent", "花费", "消耗", "消费"),
    _field("impressions", "count", "impr.", "展现量", "曝光量"),
    _field("clicks", "count", "点击量"),
    _field("conversions", "amount", "conv.", "转化数"),
    _field("revenue", "amount", "total revenue", "支付金额", "成交金额"),
    _field("refund", "amount", "成功退款金额", "退款金额"),
    _field("visitors", "count", "total users", "users", "访客数", "商品访客数"),
    _field("views", "count", "page views", "浏览量", "商品浏览量"),
    _field("buyers", "count", "支付买家数"),
)  # fmt: skip

FIELDS: Mapping[str, tuple[Field, ...]] = {"events": EVENTS, "orders": ORDERS, "spend": SPEND, "reports": REPORTS}
IDENTIFIER_TYPES = tuple(f.name for f in IDENTIFIERS)

_ISO_CURRENCY = r"([A-Z]{3})"
_UNIT = re.compile(r"\s*[(\[]\s*(元|人民币|cny|rmb|¥|￥|\$|us\$|€|£|[a-z]{3})\s*[)\]]\s*$")
_RATIO = re.compile(
    r"\b(rate|ratio|ctr|cpc|cpm|cpa|cpv|cvr|cpl|roi|roas|acos|avg|average|mean|frequency|percent|share|ranking|aov)\b"
    r"|%|/|\bcost per\b|\bper\b|平均|率|占比|均价|单价|成本|投产比|人均|千次|每笔|每次|排名|累计|客单价|转化价格"
)


def header_key(name: str) -> str:
    """A header as it is compared: ``Amount spent (USD)`` -> ``amount spent``, ``总花费（元）`` -> ``总花费``.

    >>> header_key(" User_ID "), header_key("Clicks (all)")
    ('user id', 'clicks (all)')
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = re.sub(r"[\s_]+", " ", plain).strip(" \ufeff*:：")
    return _UNIT.sub("", plain).strip()


def header_currency(name: str) -> str | None:
    """The currency a header states in brackets: ``Amount spent (USD)`` -> USD, ``总花费(元)`` -> CNY."""
    plain = unicodedata.normalize("NFKC", name)
    if re.search(r"[(\[]\s*(元|人民币|RMB|CNY)\s*[)\]]", plain):
        return "CNY"
    found = re.search(r"[(\[]\s*" + _ISO_CURRENCY + r"\s*[)\]]\s*$", plain)
    return found.group(1) if found else None


def is_ratio(name: str) -> bool:
    """Whether a header names a rate, an average or a running total: such a column is never added up."""
    return _RATIO.search(header_key(name)) is not None


def field_of(kind: str, name: str) -> Field | None:
    """The field called ``name`` of a kind, or None."""
    return next((f for f in FIELDS[kind] if f.name == name), None)
