"""Spend exports: what each platform says a day cost, showed and claims; and the costs that no platform reports."""

from collections.abc import Callable

import polars as pl
from polars import col

from sample_data.catalogue import BRAND_ZH, CAMPAIGNS, FIRST_DAY, LAST_DAY, STORES
from sample_data.csv_text import UTF8_BOM, Columns, encoded, per, percent, table, yuan
from sample_data.world import World

_COUNTED = ("cost", "impressions", "clicks", "claimed_orders", "claimed_amount")


def _counters(world: World, channel: str) -> pl.DataFrame:
    """Day, campaign and counters of a channel's campaigns on the days they ran, by day, then campaign.

    Columns: day, campaign, campaign_id, cost (cents), impressions, clicks, claimed_orders, claimed_amount (cents).
    """
    days = pl.date_range(FIRST_DAY, LAST_DAY, eager=True)
    frames = [
        pl.DataFrame(
            {
                "day": days,
                "campaign": campaign.name,
                "campaign_id": campaign.campaign_id,
                **{name: getattr(world.counters, name)[:, i] for name in _COUNTED},
            }
        )
        for i, campaign in enumerate(CAMPAIGNS)
        if campaign.channel == channel and campaign.audience != "organic"
    ]
    return pl.concat(frames).filter(col("cost") > 0).sort("day", "campaign_id")


def _in_two(frame: pl.DataFrame) -> pl.DataFrame:
    """Each campaign as two ad groups (``group`` 1 and 2) whose counters add up to the campaign's."""
    first = frame.with_columns(col(_COUNTED) * 3 // 5)
    second = frame.with_columns(frame[name] - first[name] for name in _COUNTED)
    groups = [
        first.with_columns(group=1, audience=pl.lit("通投")),
        second.with_columns(group=2, audience=pl.lit("兴趣人群")),
    ]
    return pl.concat(groups).sort("day", "campaign_id", "group")


def _douyin(world: World) -> bytes:
    rows = table(
        _in_two(_counters(world, "douyin")),
        {
            "时间": col("day"),
            "广告计划id": col("campaign_id"),
            "广告计划": col("campaign"),
            "广告组id": col("campaign_id") * 10 + col("group"),
            "广告组": pl.format("{}-{}", "campaign", "audience"),
            "展示数": col("impressions"),
            "点击数": col("clicks"),
            "点击率": percent("clicks", "impressions"),
            "平均点击价格": per("cost", "clicks", 0.01),
            "平均千次展现费用": per("cost", "impressions", 10),
            "总花费": yuan("cost"),
            "转化数": col("claimed_orders"),
            "转化成本": per("cost", "claimed_orders", 0.01),
            "转化率": percent("claimed_orders", "clicks"),
        },
    )
    return encoded(rows, UTF8_BOM)


def _xiaohongshu(world: World) -> bytes:
    rows = table(
        _counters(world, "xiaohongshu"),
        {
            "时间": col("day"),
            "计划名称": col("campaign"),
            "计划ID": col("campaign_id"),
            "消费": yuan("cost"),
            "展现量": col("impressions"),
            "点击量": col("clicks"),
            "点击率": percent("clicks", "impressions"),
            "平均点击成本": per("cost", "clicks", 0.01),
            "平均千次展示费用": per("cost", "impressions", 10),
            "点赞": col("clicks") * 9 // 100,
            "评论": col("clicks") // 60,
            "收藏": col("clicks") * 7 // 100,
            "关注": col("clicks") // 90,
            "分享": col("clicks") // 120,
        },
    )
    return encoded(rows, UTF8_BOM)


def _baidu(world: World) -> bytes:
    rows = table(
        _counters(world, "baidu"),
        {
            "日期": col("day"),
            "账户": f"{BRAND_ZH}运动",
            "推广计划": col("campaign"),
            "展现": col("impressions"),
            "点击": col("clicks"),
            "消费": yuan("cost"),
            "点击率": percent("clicks", "impressions"),
            "平均点击价格": per("cost", "clicks", 0.01),
        },
    )
    made = (
        "数据生成时间：2026-11-16 09:12",
        "数据生成条件：",
        f"1. 时间范围：{FIRST_DAY:%Y%m%d}-{LAST_DAY:%Y%m%d}",
        "2. 时间单位：分日",
        "3. 推广设备：移动设备，计算机",
        "4. 投放网络：全部",
    )
    preamble = "".join(line + "," * (rows.width - 1) + "\n" for line in made) + "\n"
    return encoded(rows, "gbk", before=preamble)


def _wechat_ads(world: World) -> bytes:
    rows = table(
        _counters(world, "wechat_ads"),
        {
            "日期": col("day"),
            "推广计划ID": col("campaign_id"),
            "推广计划名称": col("campaign"),
            "花费": yuan("cost"),
            "曝光次数": col("impressions"),
            "点击次数": col("clicks"),
            "点击率": percent("clicks", "impressions"),
            "点击均价": per("cost", "clicks", 0.01),
            "千次展现均价": per("cost", "impressions", 10),
            "目标转化量": col("claimed_orders"),
            "目标转化成本": per("cost", "claimed_orders", 0.01),
            "目标转化率": percent("claimed_orders", "clicks"),
        },
    )
    return encoded(rows, UTF8_BOM)


def _tmall(world: World) -> bytes:
    rows = table(
        _counters(world, "tmall"),
        {
            "日期": col("day"),
            "计划ID": col("campaign_id"),
            "计划名字": col("campaign"),
            "展现量": col("impressions"),
            "点击量": col("clicks"),
            "花费": yuan("cost"),
            "点击率": percent("clicks", "impressions"),
            "平均点击花费": per("cost", "clicks", 0.01),
            "千次展现花费": per("cost", "impressions", 10),
            "总成交笔数": col("claimed_orders"),
            "总成交金额": yuan("claimed_amount"),
            "投入产出比": per("claimed_amount", "cost"),
        },
    )
    return encoded(rows, "gbk")


def _thousands(column: str) -> pl.Expr:
    return col(column).map_elements(lambda count: f"{count:,}", return_dtype=pl.String)


def _google_ads(world: World) -> bytes:
    """Campaign report by day: a title and a period above the header, three Total rows below."""
    counted = _counters(world, "google_ads")
    numbers: Columns = {
        "Clicks": _thousands("clicks"),
        "Impr.": _thousands("impressions"),
        "CTR": percent("clicks", "impressions"),
        "Avg. CPC": per("cost", "clicks", 0.01),
        "Cost": yuan("cost"),
        "Conversions": pl.format("{}.00", "claimed_orders"),
        "Conv. value": yuan("claimed_amount"),
        "Conv. rate": percent("claimed_orders", "clicks"),
    }
    names: Columns = {
        "Day": col("day").cast(pl.String),
        "Campaign status": "Enabled",
        "Campaign": col("campaign"),
        "Campaign type": "Search",
        "Currency code": "CNY",
    }
    whole = counted.select(col(_COUNTED).sum())
    totals = []
    for title, kind in (("Total: Campaigns", " --"), ("Total: Account", " --"), ("Total: Search", "Search")):
        blanks: Columns = {"Campaign status": " --", "Campaign": " --", "Campaign type": kind, "Currency code": "CNY"}
        totals.append(table(whole, {"Day": title, **blanks, **numbers}))
    period = " - ".join(f"{day:%B} {day.day}, {day.year}" for day in (FIRST_DAY, LAST_DAY))
    rows = pl.concat([table(counted, names | numbers), *totals])
    return encoded(rows, "utf-8", before=f'Campaign report\n"{period}"\n')


def _meta(world: World) -> bytes:
    has_purchase = col("claimed_orders") > 0
    rows = table(
        _counters(world, "meta"),
        {
            "Account name": f"{BRAND_ZH} Yueye Global",
            "Campaign name": col("campaign"),
            "Day": col("day"),
            "Impressions": col("impressions"),
            "Frequency": pl.format("1.{}", col("impressions") % 90 + 10),
            "Currency": "CNY",
            "Amount spent (CNY)": yuan("cost"),
            "Purchases": pl.when(has_purchase).then(col("claimed_orders")),
            "Purchases conversion value": pl.when(has_purchase).then(yuan("claimed_amount")),
            "Link clicks": col("clicks"),
            "Reporting starts": col("day"),
            "Reporting ends": col("day"),
        },
    )
    return encoded(rows, "utf-8")


_STORE_PARTS = (0.5, 0.3, 0.2)
_RENT_PART = 0.45


def _other_costs(world: World) -> bytes:
    """Our plain spend format: rent and staff of each store, WeCom's tool and advisers, sending of e-mails and SMS."""
    parts = []
    for channel, what in (("wecom", "企微工具与导购"), ("email_sms", "短信与邮件发送")):
        parts.append(_cost_by_day(world, channel).with_columns(campaign=pl.lit(what)))
    stores = _cost_by_day(world, "offline_store")
    for (code, name), part in zip(STORES, _STORE_PARTS, strict=True):
        whole = (col("cost") * part).round(0).cast(pl.Int64)
        rent = (whole * _RENT_PART).round(0).cast(pl.Int64)
        for what, cents in (("租金", rent), ("人工", whole - rent)):
            parts.append(stores.with_columns(cost=cents, campaign=pl.lit(f"{code} {name} {what}")))
    rows = pl.concat(parts).sort("day", "channel", "campaign")
    columns: Columns = {"date": col("day"), "channel": col("channel"), "campaign": col("campaign")}
    return encoded(table(rows, columns | {"cost": yuan("cost"), "currency": "CNY"}), "utf-8")


def _cost_by_day(world: World, channel: str) -> pl.DataFrame:
    daily = _counters(world, channel).group_by("day", maintain_order=True).agg(col("cost").sum())
    return daily.select("day", "cost", channel=pl.lit(channel))


SPEND_FILES: dict[str, Callable[[World], bytes]] = {
    "douyin_juliang_20260518-20261115.csv": _douyin,
    "xiaohongshu_juguang_20260518-20261115.csv": _xiaohongshu,
    "wechat_tencent_ads_20260518-20261115.csv": _wechat_ads,
    "baidu_tuiguang_20260518-20261115.csv": _baidu,
    "tmall_wanxiangtai_20260518-20261115.csv": _tmall,
    "google_ads_campaign_report.csv": _google_ads,
    "meta_ads_by_day.csv": _meta,
    "other_costs.csv": _other_costs,
}
