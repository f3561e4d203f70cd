"""What the sample world shows: its scenarios, and the campaigns, each of which names the scenario it plays in.

A scenario says what is to be seen, on which page, with which parameters, and the claim that a test proves on the
exported files. The generator reads its oddities from here and from nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from omnidash.model.messages import N_

BRAND_ZH = "跃野"
BRAND_EN = "Yueye"
FIRST_DAY = date(2026, 5, 18)
LAST_DAY = date(2026, 11, 15)
DAYS = (LAST_DAY - FIRST_DAY).days + 1

CHANNELS = (
    "douyin",
    "xiaohongshu",
    "wechat_ads",
    "wecom",
    "tmall",
    "baidu",
    "google_ads",
    "meta",
    "offline_store",
    "email_sms",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One true thing to see. ``title``, ``shows``, ``where`` and ``claim`` are message templates (English)."""

    key: str
    title: str
    shows: str
    where: str
    claim: str
    channels: tuple[str, ...]
    first_day: date = FIRST_DAY
    last_day: date = LAST_DAY
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not FIRST_DAY <= self.first_day <= self.last_day <= LAST_DAY:
            raise ValueError(f"scenario {self.key}: {self.first_day} to {self.last_day} is not inside the world")
        if unknown := set(self.channels) - set(CHANNELS):
            raise ValueError(f"scenario {self.key}: unknown channels {sorted(unknown)}")


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        key="everyday",
        title=N_("Everyday business"),
        shows=N_("Ten channels bring visitors who move from one to another and buy; most channels earn their money."),
        where=N_("Overview, channel table"),
        claim=N_(
            "All ten channels have touches; spend, orders and revenue are in proportion: return on spend is 2 to 3.5."
        ),
        channels=CHANNELS,
    ),
    Scenario(
        key="douyin_concentration",
        title=N_("Too much depends on Douyin"),
        shows=N_("A live-stream push lifts Douyin above 40 % of all traffic a few days before the end of the data."),
        where=N_("Overview, share of traffic"),
        claim=N_(
            "Douyin is below 40 % of the touches of any seven days until early November, "
            "and above it in the seven days that end on the last day."
        ),
        channels=("douyin",),
        first_day=date(2026, 11, 5),
        parameters={"spend_factor": 1.7, "traffic_factor": 2.6},
    ),
    Scenario(
        key="meta_losing",
        title=N_("Meta has lost money for nine days"),
        shows=N_("Six times the budget went to a look-alike audience that hardly buys."),
        where=N_("Overview, ROI per channel and alerts"),
        claim=N_(
            "Meta's ROI is below break-even on each of the last nine days under first touch, last touch and linear, "
            "and above it on the day before."
        ),
        channels=("meta",),
        first_day=date(2026, 11, 7),
        parameters={"spend_factor": 6.0, "buying_factor": 0.15},
    ),
    Scenario(
        key="overseas_member_day",
        title=N_("Overseas member day"),
        shows=N_("One good day for customers abroad, who do not take part in Double 11."),
        where=N_("Overview, ROI per channel"),
        claim=N_(
            "Customers abroad place at least twice as many orders on this day as on any of the nine days after it."
        ),
        channels=("meta", "google_ads", "email_sms"),
        first_day=date(2026, 11, 6),
        last_day=date(2026, 11, 6),
        parameters={"traffic_factor": 1.4, "buying_factor": 3.2, "buying_factor_after": 0.5},
    ),
    Scenario(
        key="baidu_drop",
        title=N_("Baidu traffic falls off"),
        shows=N_(
            "The account lost its ranking: spend goes on, and half of the visits are gone from one day to the next."
        ),
        where=N_("Overview, traffic per channel"),
        claim=N_(
            "Baidu's touches on each day from 13 November are at least 30 % below the median of the same weekday."
        ),
        channels=("baidu",),
        first_day=date(2026, 11, 13),
        parameters={"traffic_factor": 0.42},
    ),
    Scenario(
        key="xiaohongshu_assist",
        title=N_("Xiaohongshu opens, others close"),
        shows=N_(
            "Notes plant the wish; the sale is closed on Tmall, by search or in the store. Last touch does not see it."
        ),
        where=N_("Attribution model in the filter bar, journeys"),
        claim=N_("Xiaohongshu's linear and first-touch credit are both at least 1.3 times its last-touch credit."),
        channels=("xiaohongshu",),
    ),
    Scenario(
        key="retargeting_collision",
        title=N_("Two channels pay for the same persons"),
        shows=N_("WeChat Ads and Douyin both run retargeting before Double 11, on the same abandoned carts."),
        where=N_("Journeys, overlap"),
        claim=N_(
            "Of the persons touched by the WeChat retargeting campaign, at least 60 % are touched by Douyin within "
            "seven days, and at least 1.5 times as many as for the other WeChat campaigns."
        ),
        channels=("wechat_ads", "douyin"),
        first_day=date(2026, 10, 26),
        last_day=date(2026, 11, 12),
        parameters={"retargeted_share_of_carts": 0.5, "second_channel_share": 0.85},
    ),
    Scenario(
        key="midyear_618",
        title=N_("618, the mid-year sale"),
        shows=N_("Touches and orders rise for five days and peak on 18 June."),
        where=N_("Overview, trends"),
        claim=N_("18 June has the most orders of its month, at least twice the median day."),
        channels=CHANNELS,
        first_day=date(2026, 6, 14),
        last_day=date(2026, 6, 20),
    ),
    Scenario(
        key="double_11",
        title=N_("Double 11, the largest sale of the year"),
        shows=N_("Two waves, on 1 November and 11 November, with the most orders of the whole period."),
        where=N_("Overview, trends"),
        claim=N_(
            "11 November has the most orders and the most touches of all days, at least 2.5 times the median orders."
        ),
        channels=CHANNELS,
        first_day=date(2026, 10, 31),
        last_day=date(2026, 11, 12),
    ),
    Scenario(
        key="rhythm",
        title=N_("Weekday rhythm and slow growth"),
        shows=N_("Weekends are stronger in stores and on Douyin, searching is for office days; autumn brings runners."),
        where=N_("Overview, trends"),
        claim=N_(
            "Store touches per weekend day are at least 1.3 times those of a working day, Baidu's are fewer; "
            "October has at least 10 % more touches than July."
        ),
        channels=CHANNELS,
        parameters={"growth_by_the_end": 0.25},
    ),
    Scenario(
        key="private_pool",
        title=N_("The private pool keeps customers"),
        shows=N_("WeCom and e-mail are small and cheap, and those they reach come back."),
        where=N_("Overview, channel table"),
        claim=N_(
            "WeCom and e-mail together carry less than 20 % of the touches, return more than 4 times their cost under "
            "last touch, and the customers they reach buy again at least 1.5 times as often as the others."
        ),
        channels=("wecom", "email_sms"),
    ),
    Scenario(
        key="store_trial",
        title=N_("Trying on comes before buying in store"),
        shows=N_(
            "Store visits and trials stand before offline purchases; phones and member numbers join them to devices."
        ),
        where=N_("Journeys, funnel"),
        claim=N_("At least 80 % of the store's identified buyers tried on in a store on the day they bought."),
        channels=("offline_store",),
    ),
    Scenario(
        key="identities",
        title=N_("One person, several identifiers"),
        shows=N_(
            "Devices, openids, phones and member numbers of one person; shared devices, store tablets, broken values."
        ),
        where=N_("Data"),
        claim=N_("About 5 % of the persons share a device, about 2 % of the touch rows carry a damaged identifier."),
        channels=CHANNELS,
        parameters={"shared_device_share": 0.05, "dirty_row_share": 0.02},
    ),
    Scenario(
        key="tmall_breakpoint",
        title=N_("Carts are left on Tmall"),
        shows=N_("Many add to the cart on Tmall, and far fewer of them buy than elsewhere."),
        where=N_("Journeys, funnel by channel"),
        claim=N_("From cart to purchase within seven days, Tmall converts at most 0.75 of what all other channels do."),
        channels=("tmall",),
    ),
    Scenario(
        key="order_states",
        title=N_("Refunds and orders never paid"),
        shows=N_("Some orders are refunded in full or in part; some are cancelled or never paid and count as nothing."),
        where=N_("Data, import result"),
        claim=N_("3 % to 6 % of the paid orders have a refund; 3 % to 8 % of all orders were never paid."),
        channels=CHANNELS,
        parameters={"refunded_share": 0.045, "unpaid_share": 0.05},
    ),
    Scenario(
        key="budget_levels",
        title=N_("Budgets that teach, and one that does not"),
        shows=N_("Weekly budgets vary enough to learn response curves from; Google Ads spends the same every day."),
        where=N_("Budget"),
        claim=N_(
            "Weekly spend of Douyin, Xiaohongshu, WeChat Ads, Tmall, Baidu and Meta varies by 20 % or more, "
            "Google Ads' does not vary; touches follow spend with the true elasticity within 0.2."
        ),
        channels=("douyin", "xiaohongshu", "wechat_ads", "tmall", "baidu", "google_ads", "meta"),
    ),
    Scenario(
        key="overclaim",
        title=N_("Platforms claim more than was sold"),
        shows=N_(
            "Every platform claims each order of anyone it touched; together they claim more orders than there are."
        ),
        where=N_("Data"),
        claim=N_("The conversions claimed in the platforms' exports are at least 1.2 times the paid orders."),
        channels=("douyin", "wechat_ads", "tmall", "google_ads", "meta"),
        parameters={"claim_window_days": 30, "view_through_factor": 1.25},
    ),
    Scenario(
        key="review_test",
        title=N_("A test: how to ask for a review"),
        shows=N_("Buyers were asked for a review by a card in the parcel or by a WeCom message, by chance."),
        where=N_("Experiments"),
        claim=N_("The message brings clearly more reviews; both groups have the size they should; a few saw both."),
        channels=("wecom",),
        first_day=date(2026, 9, 1),
        parameters={"control_rate": 0.05, "message_rate": 0.15, "tossed_again": 0.04},
    ),
)

_BY_KEY = {entry.key: entry for entry in SCENARIOS}


def scenario(key: str) -> Scenario:
    """The scenario of that key. Raises KeyError for an unknown one."""
    return _BY_KEY[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign of one channel; ``weight`` is its part of the channel's traffic and spend while it runs.

    ``audience``: new (first contacts and those that follow), retarget (abandoned carts), organic (no spend, no name
    in the touchpoints).
    """

    channel: str
    name: str
    campaign_id: int
    scenario: str = "everyday"
    audience: str = "new"
    weight: float = 1.0
    first_day: date = FIRST_DAY
    last_day: date = LAST_DAY

    def __post_init__(self) -> None:
        if self.scenario not in _BY_KEY:
            raise ValueError(f"campaign {self.name}: no scenario {self.scenario!r}")
        if self.channel not in CHANNELS:
            raise ValueError(f"campaign {self.name}: no channel {self.channel!r}")

    def runs_on(self, day: date) -> bool:
        """Whether the campaign spends on that day; what runs on the first day also ran before it."""
        return (self.first_day <= day or self.first_day == FIRST_DAY) and day <= self.last_day


def _sale(channel: str, number: int, name_618: str, name_double_11: str, weight: float) -> tuple[Campaign, ...]:
    """A channel's two sale campaigns, from four days before the sale's scenario begins until it ends."""
    return tuple(
        Campaign(
            channel=channel,
            name=name,
            campaign_id=number + step,
            scenario=key,
            weight=weight,
            first_day=scenario(key).first_day - timedelta(days=4),
            last_day=scenario(key).last_day,
        )
        for step, (key, name) in enumerate((("midyear_618", name_618), ("double_11", name_double_11)))
    )


_RETARGETING = scenario("retargeting_collision")
_PUSH = scenario("douyin_concentration")
_LOSING = scenario("meta_losing")
_MEMBER_DAY = scenario("overseas_member_day")
_ASSIST = scenario("xiaohongshu_assist")
_LEVELS = scenario("budget_levels")

CAMPAIGNS: tuple[Campaign, ...] = (
    Campaign(channel="douyin", name="品牌种草-短视频", campaign_id=17600101, weight=3),
    Campaign(channel="douyin", name="跑鞋新品-达人视频", campaign_id=17600102, weight=2),
    Campaign(channel="douyin", name="日常直播间", campaign_id=17600103, weight=2),
    *_sale("douyin", 17600110, "618大促-直播间", "双11大促-直播间", 4),
    Campaign(
        channel="douyin", name="双11直播间-加热", campaign_id=17600121, scenario=_PUSH.key, weight=8,
        first_day=_PUSH.first_day,
    ),
    Campaign(
        channel="douyin", name="双11再营销-直播召回", campaign_id=17600131, scenario=_RETARGETING.key,
        audience="retarget", weight=1.5, first_day=_RETARGETING.first_day, last_day=_RETARGETING.last_day,
    ),
    Campaign(channel="xiaohongshu", name="跑步日记-笔记种草", campaign_id=5200201, scenario=_ASSIST.key, weight=3),
    Campaign(channel="xiaohongshu", name="搜索卡位-跑鞋推荐", campaign_id=5200202, scenario=_ASSIST.key, weight=2),
    *_sale("xiaohongshu", 5200210, "618跑鞋清单", "双11跑鞋清单", 2),
    Campaign(channel="wechat_ads", name="朋友圈-新品首发", campaign_id=8800301, weight=3),
    Campaign(channel="wechat_ads", name="公众号-小程序引流", campaign_id=8800302, weight=2),
    *_sale("wechat_ads", 8800310, "618会员券", "双11会员券", 2),
    Campaign(
        channel="wechat_ads", name="双11再营销-老访客", campaign_id=8800321, scenario=_RETARGETING.key,
        audience="retarget", weight=2, first_day=_RETARGETING.first_day, last_day=_RETARGETING.last_day,
    ),
    Campaign(channel="wecom", name="会员群-每周训练营", campaign_id=1, scenario="private_pool", weight=2),
    Campaign(channel="wecom", name="一对一导购", campaign_id=2, scenario="private_pool"),
    Campaign(channel="tmall", name="直通车-跑鞋关键词", campaign_id=6600501, scenario="tmall_breakpoint", weight=3),
    Campaign(channel="tmall", name="引力魔方-兴趣人群", campaign_id=6600502, scenario="tmall_breakpoint", weight=2),
    *_sale("tmall", 6600510, "618会场", "双11会场", 4),
    Campaign(channel="tmall", name="", campaign_id=0, scenario="tmall_breakpoint", audience="organic"),
    Campaign(channel="baidu", name="品牌词", campaign_id=3300601, scenario="baidu_drop", weight=3),
    Campaign(channel="baidu", name="品类词-跑鞋", campaign_id=3300602, scenario="baidu_drop", weight=2),
    Campaign(channel="google_ads", name="Search - Running shoes", campaign_id=20260701, scenario=_LEVELS.key, weight=2),
    Campaign(channel="google_ads", name="Search - Brand", campaign_id=20260702, scenario=_LEVELS.key),
    Campaign(channel="meta", name="Prospecting - Runners", campaign_id=120260801, weight=2),
    Campaign(channel="meta", name="Members - Catalogue", campaign_id=120260802),
    Campaign(
        channel="meta", name="Overseas member day", campaign_id=120260803, scenario=_MEMBER_DAY.key, weight=4,
        first_day=_MEMBER_DAY.first_day, last_day=_MEMBER_DAY.last_day,
    ),
    Campaign(
        channel="meta", name="Black Friday warm-up - Lookalike", campaign_id=120260804, scenario=_LOSING.key,
        weight=9, first_day=_LOSING.first_day,
    ),
    Campaign(channel="offline_store", name="", campaign_id=0, scenario="store_trial"),
    Campaign(channel="email_sms", name="新品周报", campaign_id=11, scenario="private_pool", weight=2),
    Campaign(channel="email_sms", name="会员生日券", campaign_id=12, scenario="private_pool"),
    *_sale("email_sms", 20, "618提醒短信", "双11提醒短信", 2),
)  # fmt: skip

STORES: tuple[tuple[str, str], ...] = (("S01", "上海静安店"), ("S02", "杭州湖滨店"), ("S03", "成都太古里店"))
