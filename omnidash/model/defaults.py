"""What a new workspace knows before its user says anything: common channels, and which action belongs to which stage.

Both are only first guesses. Users rename, merge and regroup channels and move actions between stages; the tables
``channel``, ``channel_label`` and ``stage`` of the workspace hold what counts.
"""

import re
import unicodedata
from dataclasses import dataclass, replace

STAGES = ("awareness", "interest", "consideration", "purchase", "loyalty")
GOAL_ACTION = "purchase"
REFUND_ACTION = "refund"
EXPOSED_ACTION = "exposed"  # saw a variant of an experiment
LONGEST_WINDOW_DAYS = 90  # how long a funnel may take at most
LONGEST_LOOKBACK_DAYS = 180  # how old a touch may be at most to be credited; at least a day
ENDED_AFTER_DAYS = 30  # a source or channel silent for so long beside others has ended rather than being late
TOP_SHARE, TOP_CHANNELS = 0.7, 3  # the house rule of spend: the three best channels get 70% of it
DIRECT = "(direct)"  # channel of conversions without a touch in the lookback
UNKNOWN = "(unknown)"  # channel of touches that name none


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDefault:
    """A channel the house knows by name. ``kind``: paid | owned | earned; ``pool``: public (公域) | private (私域).

    ``is_key``: keys of spend rows are made of it. True for the channels of the first release and for no other: a key
    that changed with our vocabulary would make a re-export double what it shall restate.
    """

    channel: str
    name_en: str
    name_zh: str
    kind: str
    pool: str
    aliases: tuple[str, ...] = ()
    is_key: bool = True


def _channel(channel: str, name_en: str, name_zh: str, kind: str, pool: str, *aliases: str) -> ChannelDefault:
    return ChannelDefault(channel=channel, name_en=name_en, name_zh=name_zh, kind=kind, pool=pool, aliases=aliases)


def _later(channel: str, name_en: str, name_zh: str, kind: str, pool: str, *aliases: str) -> ChannelDefault:
    return replace(_channel(channel, name_en, name_zh, kind, pool, *aliases), is_key=False)


CHANNELS: tuple[ChannelDefault, ...] = (
    _channel(
        "douyin",
        "Douyin",
        "抖音",
        "paid",
        "public",
        "巨量引擎",
        "千川",
        "巨量千川",
        "tiktok china",
        "抖音广告",
    ),
    _channel(
        "xiaohongshu",
        "Xiaohongshu",
        "小红书",
        "paid",
        "public",
        "red",
        "rednote",
        "xhs",
        "小红书聚光",
        "聚光",
    ),
    _channel(
        "wechat_ads",
        "WeChat Ads",
        "微信广告",
        "paid",
        "public",
        "腾讯广告",
        "广点通",
        "tencent ads",
        "朋友圈广告",
    ),
    _channel(
        "wechat",
        "WeChat",
        "微信",
        "owned",
        "private",
        "公众号",
        "微信公众号",
        "wechat oa",
        "小程序",
        "wechat mini program",
    ),
    _channel("wecom", "WeCom", "企业微信", "owned", "private", "企微", "wechat work", "社群"),
    _channel("tmall", "Tmall", "天猫", "paid", "public", "淘宝", "taobao", "万相台", "直通车", "天猫旗舰店"),
    _channel("jd", "JD.com", "京东", "paid", "public", "jd.com", "京东快车"),
    _channel("pinduoduo", "Pinduoduo", "拼多多", "paid", "public", "pdd"),
    _channel("baidu", "Baidu", "百度", "paid", "public", "百度推广", "baidu sem", "百度搜索", "baidu ads"),
    _channel("kuaishou", "Kuaishou", "快手", "paid", "public", "磁力引擎"),
    _channel("bilibili", "Bilibili", "哔哩哔哩", "paid", "public", "b站"),
    _channel(
        "google_ads",
        "Google Ads",
        "谷歌广告",
        "paid",
        "public",
        "google",
        "adwords",
        "google adwords",
        "谷歌",
    ),
    _channel("meta", "Meta", "Meta", "paid", "public", "meta ads", "facebook ads"),
    _channel("tiktok", "TikTok", "TikTok", "paid", "public", "tiktok ads"),
    _channel("microsoft_ads", "Microsoft Ads", "微软广告", "paid", "public", "bing", "bing ads"),
    _channel("amazon_ads", "Amazon Ads", "亚马逊广告", "paid", "public", "amazon"),
    _channel("linkedin", "LinkedIn", "领英", "paid", "public", "linkedin ads"),
    _channel(
        "offline_store",
        "Offline store",
        "线下门店",
        "owned",
        "private",
        "门店",
        "线下",
        "store",
        "stores",
        "pos",
    ),
    _channel("email_sms", "E-mail / SMS", "邮件/短信", "owned", "private", "email/sms", "邮件短信", "邮件和短信"),
    _channel("email", "E-mail", "邮件", "owned", "private", "e-mail", "edm", "newsletter", "电子邮件"),
    _channel("sms", "SMS", "短信", "owned", "private", "短信营销"),
    _channel("organic_search", "Organic search", "自然搜索", "earned", "public", "seo", "organic"),
    _channel("referral", "Referral", "推荐", "earned", "public", "referrals", "转介绍"),
    _channel("direct", "Direct", "直接访问", "earned", "public", "direct traffic", "直接", "(none)", "(direct)"),
    _later("toutiao", "Toutiao", "今日头条", "paid", "public", "头条", "jinritoutiao"),
    _later("weibo", "Weibo", "微博", "paid", "public", "新浪微博", "粉丝通", "sina weibo"),
    _later("zhihu", "Zhihu", "知乎", "paid", "public", "知+"),
    _later("so360", "360 Search", "360搜索", "paid", "public", "360推广", "360点睛", "点睛", "奇虎360"),
    _later("sogou", "Sogou", "搜狗", "paid", "public", "搜狗推广", "sogou ads"),
    _later("shenma", "Shenma", "神马搜索", "paid", "public", "神马", "神马推广", "卧龙"),
    _later("yandex", "Yandex Direct", "Yandex", "paid", "public", "yandex ads"),
    _later("x", "X (Twitter)", "X（推特）", "paid", "public", "twitter", "twitter ads", "x ads", "推特"),
    _later("pinterest", "Pinterest", "Pinterest", "paid", "public", "pinterest ads"),
    _later("reddit", "Reddit", "Reddit", "paid", "public", "reddit ads"),
    _later("snapchat", "Snapchat", "Snapchat", "paid", "public", "snapchat ads", "snap ads"),
    _later("youtube", "YouTube", "YouTube", "earned", "public", "油管"),
    _later("apple_search_ads", "Apple Search Ads", "苹果搜索广告", "paid", "public", "apple ads"),
    _later("display", "Display", "展示广告", "paid", "public", "display ads"),
    _later("affiliate", "Affiliates", "联盟推广", "paid", "public", "affiliate", "cps", "淘宝客", "达人分销"),
    _later("meituan", "Meituan", "美团", "paid", "public", "大众点评", "美团点评", "推广通", "美团推广通", "dianping"),
    _later(
        "yahoo_japan", "Yahoo! JAPAN Ads", "雅虎日本广告", "paid", "public", "yahoo! japan", "yahoo広告", "yahoo!広告"
    ),
    _later("line", "LINE", "LINE", "paid", "public", "line ads", "line広告", "line広告プラットフォーム"),
    _later("naver", "Naver", "Naver", "paid", "public", "네이버", "naver searchad", "네이버 검색광고"),
    _later("dewu", "Dewu", "得物", "paid", "public", "poizon", "毒app", "得物推广"),
    _later("criteo", "Criteo", "Criteo", "paid", "public", "criteo ads"),
    _later("outbrain", "Outbrain", "Outbrain", "paid", "public", "outbrain amplify"),
    _later("taboola", "Taboola", "Taboola", "paid", "public", "taboola ads"),
    _later("push", "Push messages", "推送", "owned", "private", "app push", "web push"),
    _later("messenger", "Messengers", "即时通讯", "owned", "private", "whatsapp", "telegram"),
    _later("ai_assistant", "AI assistants", "AI 助手", "earned", "public", "chatgpt", "deepseek", "豆包"),
)

# action -> (stage, counts as marketing contact). Purchases, refunds and service events are not touches.
ACTION_STAGES: dict[str, tuple[str, bool]] = {
    "impression": ("awareness", True),
    "view": ("awareness", True),
    "click": ("interest", True),
    "visit": ("interest", True),
    "search": ("interest", True),
    "message_open": ("interest", True),
    "message_click": ("interest", True),
    "like": ("interest", True),
    "share": ("loyalty", True),
    "comment": ("interest", True),
    "follow": ("interest", True),
    "add_to_cart": ("consideration", True),
    "favorite": ("consideration", True),
    "lead": ("consideration", True),
    "add_wecom": ("consideration", True),
    "store_visit": ("consideration", True),
    "trial": ("consideration", True),
    "purchase": ("purchase", False),
    "order_created": ("consideration", False),
    "refund": ("purchase", False),
    "review": ("loyalty", False),
    "join_community": ("loyalty", True),
    "service": ("loyalty", False),
    "survey": ("loyalty", False),
    "exposed": ("interest", False),
    "registered": ("consideration", False),
    "deal_won": ("purchase", False),
    "unsubscribed": ("loyalty", False),
}

_ACTION_ALIASES: dict[str, tuple[str, ...]] = {
    "impression": ("impressions", "曝光", "展现", "展示", "ad impression", "impr"),
    "view": (
        "views",
        "page view",
        "pageview",
        "page_view",
        "video view",
        "浏览",
        "观看",
        "browse",
        "view_item",
    ),
    "click": ("clicks", "点击", "ad click"),
    "visit": ("session_start", "session", "访问", "进店", "visits", "first_visit"),
    "search": ("搜索", "view_search_results"),
    "message_open": ("email open", "open", "打开消息", "打开邮件"),
    "message_click": ("email click", "点击消息"),
    "like": ("点赞",),
    "share": ("分享", "转发"),
    "comment": ("评论",),
    "follow": ("关注", "subscribe"),
    "add_to_cart": ("add to cart", "cart", "加购", "加入购物车", "addtocart"),
    "favorite": ("收藏", "favourite", "add_to_wishlist", "wishlist"),
    "lead": ("generate_lead", "form", "form submit", "表单", "留资", "线索"),
    "add_wecom": ("加企微", "添加企微", "添加企业微信"),
    "store_visit": ("到店", "store visit", "in-store visit", "进店体验"),
    "trial": ("试穿", "试用", "try on"),
    "purchase": ("conversion", "order", "buy", "购买", "下单", "支付", "成交", "转化", "transaction", "paid"),
    "order_created": ("begin_checkout", "checkout", "创建订单"),
    "refund": ("退款", "退货", "return"),
    "review": ("评价", "晒单"),
    "join_community": ("入群", "加入社群", "join group"),
    "service": ("客服", "售后", "service closed"),
    "survey": ("问卷", "nps"),
    "exposed": (
        "exposure",
        "experiment viewed",
        "experiment started",
        "$experiment_started",
        "experiment impression",
        "experiment exposure",
        "assigned",
        "assignment",
        "进入实验",
        "实验曝光",
        "实验分流",
        "分流",
    ),
    "registered": ("register", "registration", "sign up", "signup", "sign_up", "注册", "入会", "会员注册"),
    "deal_won": ("deal won", "won", "closed won", "closedwon", "赢单", "签约", "已成交"),
    "unsubscribed": ("unsubscribe", "opt out", "退订", "取关", "取消关注"),
}


def folded(label: str) -> str:
    """A label as it is compared: NFKC (full-width folded), lower case, blanks and underscores made one space."""
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFKC", label)).strip().casefold()


def slug(label: str) -> str:
    """An id for a label nobody knows yet: ``Online Display`` -> ``online_display``; letters of any script are kept.

    Brackets are not: names in brackets such as ``(direct)`` are ours.
    """
    return re.sub(r"\W+", "_", folded(label)).strip("_") or "unnamed"


_CHANNEL_OF = {folded(name): c.channel for c in CHANNELS for name in (c.channel, c.name_en, c.name_zh, *c.aliases)}
_KEY_OF = {
    folded(name): c.channel for c in CHANNELS if c.is_key for name in (c.channel, c.name_en, c.name_zh, *c.aliases)
}
_ACTION_OF = {folded(name): action for action in ACTION_STAGES for name in (action, *_ACTION_ALIASES.get(action, ()))}


def channel_of_label(label: str) -> str | None:
    """The channel id a raw label stands for by default, or None for a label nobody knows."""
    return _CHANNEL_OF.get(folded(label))


def key_of_label(label: str) -> str:
    """What a label is called in the keys of spend rows: the same for ever, whatever we or users rename or merge."""
    return _KEY_OF.get(folded(label)) or slug(label)


def house_channel(channel: str) -> ChannelDefault | None:
    """The channel of that id as the house knows it, or None."""
    return next((c for c in CHANNELS if c.channel == channel), None)


def action_of_label(label: str) -> str | None:
    """The action a raw label stands for by default, or None."""
    return _ACTION_OF.get(folded(label))
