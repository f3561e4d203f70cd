"""Write the world as the exports people download: one function per platform, in its headers, encoding and oddities.

Files: see README.md of this package. Everything is text; the same world gives the same bytes, compressed ones included.
"""

import gzip
import io
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from sample_data.catalogue import BRAND_ZH, CAMPAIGNS, CHANNELS, FIRST_DAY, LAST_DAY, STORES
from sample_data.draws import Draws, Ints
from sample_data.journeys import SHOPS
from sample_data.orders import CANCELLED, PAID, PARTLY_REFUNDED, PRODUCTS, REFUNDED, UNPAID
from sample_data.season import SIMULATED_FIRST_DAY
from sample_data.touches import ACTIONS, IDENTIFIER_TYPES
from sample_data.world import World

_UTF8_BOM = "utf-8-sig"
_START = datetime.combine(SIMULATED_FIRST_DAY, time())


def files(world: World) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of every export."""
    for name, write in _SPEND_FILES.items():
        yield name, write(world)
    yield "other_costs.csv", _other_costs(world)
    yield from _touchpoints(world)
    yield "tmall_ExportOrderList202611160905.csv", _tmall_orders(world)
    yield "youzan_orders_20260518-20261115.csv", _youzan_orders(world)
    yield "pos_receipts.csv", _pos_receipts(world)


def write_exports(world: World, folder: Path) -> list[Path]:
    """Write every export into the folder (made if missing) and return the paths, in the order written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files(world):
        path = folder / name
        path.write_bytes(content)
        paths.append(path)
    return paths


def _encoded(frame: pl.DataFrame, encoding: str, *, before: str = "", after: str = "") -> bytes:
    blank = frame.with_columns(pl.col(pl.String).replace("", None))
    return (before + blank.write_csv() + after).encode(encoding)


def _yuan(column: str) -> pl.Expr:
    """Whole cents as yuan with two decimals, exactly."""
    cents = pl.col(column)
    return pl.format("{}.{}", cents // 100, (cents % 100).cast(pl.String).str.zfill(2)).alias(column)


def _two_decimals(value: pl.Expr) -> pl.Expr:
    """A float as people see it in a report: two decimals, '0.00' where there is nothing to divide by."""
    hundredths = (value.fill_nan(0).fill_null(0) * 100).round(0).cast(pl.Int64)
    return pl.format("{}.{}", hundredths // 100, (hundredths % 100).cast(pl.String).str.zfill(2))


def _per(part: str, whole: str, factor: float = 1.0) -> pl.Expr:
    return pl.when(pl.col(whole) > 0).then(pl.col(part) * factor / pl.col(whole)).otherwise(0.0)


def _counters(world: World, channel: str) -> pl.DataFrame:
    """Day, campaign and counters of a channel's campaigns on the days they ran, by day, then campaign.

    Columns: day, campaign, campaign_id, cost (cents), impressions, clicks, claimed_orders, claimed_amount (cents).
    """
    own = [i for i, c in enumerate(CAMPAIGNS) if c.channel == channel and c.audience != "organic"]
    found = world.counters
    days = pl.date_range(FIRST_DAY, LAST_DAY, eager=True)
    frames = [
        pl.DataFrame(
            {
                "day": days,
                "campaign": CAMPAIGNS[i].name,
                "campaign_id": CAMPAIGNS[i].campaign_id,
                "cost": found.cost[:, i],
                "impressions": found.impressions[:, i],
                "clicks": found.clicks[:, i],
                "claimed_orders": found.claimed_orders[:, i],
                "claimed_amount": found.claimed_amount[:, i],
            }
        )
        for i in own
    ]
    return pl.concat(frames).filter(pl.col("cost") > 0).sort("day", "campaign_id")


_COUNTED = ("cost", "impressions", "clicks", "claimed_orders", "claimed_amount")


def _in_two(frame: pl.DataFrame) -> pl.DataFrame:
    """Each campaign as two ad groups (``group`` 1 and 2) whose counters add up to the campaign's."""
    larger = [(pl.col(name) * 0.6).floor().cast(pl.Int64).alias(name) for name in _COUNTED]
    first = frame.with_columns(larger)
    second = frame.with_columns([frame[name] - first[name] for name in _COUNTED])
    return pl.concat([first.with_columns(group=pl.lit(1)), second.with_columns(group=pl.lit(2))]).sort(
        "day", "campaign_id", "group"
    )


def _douyin(world: World) -> bytes:
    rows = _in_two(_counters(world, "douyin")).select(
        pl.col("day").alias("时间"),
        pl.col("campaign_id").alias("广告计划id"),
        pl.col("campaign").alias("广告计划"),
        (pl.col("campaign_id") * 10 + pl.col("group")).alias("广告组id"),
        pl.format("{}-{}", "campaign", pl.col("group").replace_strict({1: "通投", 2: "兴趣人群"}, return_dtype=pl.String)).alias("广告组"),
        pl.col("impressions").alias("展示数"),
        pl.col("clicks").alias("点击数"),
        pl.format("{}%", _two_decimals(_per("clicks", "impressions", 100))).alias("点击率"),
        _two_decimals(_per("cost", "clicks", 0.01)).alias("平均点击价格"),
        _two_decimals(_per("cost", "impressions", 10)).alias("平均千次展现费用"),
        _yuan("cost").alias("总花费"),
        pl.col("claimed_orders").alias("转化数"),
        _two_decimals(_per("cost", "claimed_orders", 0.01)).alias("转化成本"),
        pl.format("{}%", _two_decimals(_per("claimed_orders", "clicks", 100))).alias("转化率"),
    )  # fmt: skip
    return _encoded(rows, _UTF8_BOM)


def _xiaohongshu(world: World) -> bytes:
    clicks = pl.col("clicks")
    rows = _counters(world, "xiaohongshu").select(
        pl.col("day").alias("时间"),
        pl.col("campaign").alias("计划名称"),
        pl.col("campaign_id").alias("计划ID"),
        _yuan("cost").alias("消费"),
        pl.col("impressions").alias("展现量"),
        clicks.alias("点击量"),
        pl.format("{}%", _two_decimals(_per("clicks", "impressions", 100))).alias("点击率"),
        _two_decimals(_per("cost", "clicks", 0.01)).alias("平均点击成本"),
        _two_decimals(_per("cost", "impressions", 10)).alias("平均千次展示费用"),
        (clicks * 9 // 100).alias("点赞"),
        (clicks // 60).alias("评论"),
        (clicks * 7 // 100).alias("收藏"),
        (clicks // 90).alias("关注"),
        (clicks // 120).alias("分享"),
    )
    return _encoded(rows, _UTF8_BOM)


def _baidu(world: World) -> bytes:
    rows = _counters(world, "baidu").select(
        pl.col("day").alias("日期"),
        pl.lit(f"{BRAND_ZH}运动").alias("账户"),
        pl.col("campaign").alias("推广计划"),
        pl.col("impressions").alias("展现"),
        pl.col("clicks").alias("点击"),
        _yuan("cost").alias("消费"),
        pl.format("{}%", _two_decimals(_per("clicks", "impressions", 100))).alias("点击率"),
        _two_decimals(_per("cost", "clicks", 0.01)).alias("平均点击价格"),
    )
    made = [
        "数据生成时间：2026-11-16 09:12",
        "数据生成条件：",
        f"1. 时间范围：{FIRST_DAY:%Y%m%d}-{LAST_DAY:%Y%m%d}",
        "2. 时间单位：分日",
        "3. 推广设备：移动设备，计算机",
        "4. 投放网络：全部",
    ]
    preamble = "".join(line + "," * (rows.width - 1) + "\n" for line in made) + "\n"
    return _encoded(rows, "gbk", before=preamble)


def _wechat_ads(world: World) -> bytes:
    rows = _counters(world, "wechat_ads").select(
        pl.col("day").alias("日期"),
        pl.col("campaign_id").alias("推广计划ID"),
        pl.col("campaign").alias("推广计划名称"),
        _yuan("cost").alias("花费"),
        pl.col("impressions").alias("曝光次数"),
        pl.col("clicks").alias("点击次数"),
        pl.format("{}%", _two_decimals(_per("clicks", "impressions", 100))).alias("点击率"),
        _two_decimals(_per("cost", "clicks", 0.01)).alias("点击均价"),
        _two_decimals(_per("cost", "impressions", 10)).alias("千次展现均价"),
        pl.col("claimed_orders").alias("目标转化量"),
        _two_decimals(_per("cost", "claimed_orders", 0.01)).alias("目标转化成本"),
        pl.format("{}%", _two_decimals(_per("claimed_orders", "clicks", 100))).alias("目标转化率"),
    )
    return _encoded(rows, _UTF8_BOM)


def _tmall(world: World) -> bytes:
    rows = _counters(world, "tmall").select(
        pl.col("day").alias("日期"),
        pl.col("campaign_id").alias("计划ID"),
        pl.col("campaign").alias("计划名字"),
        pl.col("impressions").alias("展现量"),
        pl.col("clicks").alias("点击量"),
        _yuan("cost").alias("花费"),
        pl.format("{}%", _two_decimals(_per("clicks", "impressions", 100))).alias("点击率"),
        _two_decimals(_per("cost", "clicks", 0.01)).alias("平均点击花费"),
        _two_decimals(_per("cost", "impressions", 10)).alias("千次展现花费"),
        pl.col("claimed_orders").alias("总成交笔数"),
        _yuan("claimed_amount").alias("总成交金额"),
        _two_decimals(_per("claimed_amount", "cost")).alias("投入产出比"),
    )
    return _encoded(rows, "gbk")


def _google_ads(world: World) -> bytes:
    counted = _counters(world, "google_ads")
    shown = counted.select(
        pl.col("day").alias("Day"),
        pl.lit("Enabled").alias("Campaign status"),
        pl.col("campaign").alias("Campaign"),
        pl.lit("Search").alias("Campaign type"),
        pl.lit("CNY").alias("Currency code"),
        pl.col("clicks").map_elements(lambda n: f"{n:,}", return_dtype=pl.String).alias("Clicks"),
        pl.col("impressions").map_elements(lambda n: f"{n:,}", return_dtype=pl.String).alias("Impr."),
        pl.format("{}%", _two_decimals(_per("clicks", "impressions", 100))).alias("CTR"),
        _two_decimals(_per("cost", "clicks", 0.01)).alias("Avg. CPC"),
        _yuan("cost").alias("Cost"),
        pl.format("{}.00", pl.col("claimed_orders")).alias("Conversions"),
        _yuan("claimed_amount").alias("Conv. value"),
        pl.format("{}%", _two_decimals(_per("claimed_orders", "clicks", 100))).alias("Conv. rate"),
    )
    whole = counted.select(pl.col(_COUNTED).sum()).row(0, named=True)
    numbers = (
        f'"{whole["clicks"]:,}","{whole["impressions"]:,}",{100 * whole["clicks"] / whole["impressions"]:.2f}%,'
        f"{whole['cost'] / 100 / whole['clicks']:.2f},{whole['cost'] / 100:.2f},{whole['claimed_orders']}.00,"
        f"{whole['claimed_amount'] / 100:.2f},{100 * whole['claimed_orders'] / whole['clicks']:.2f}%\n"
    )
    totals = "".join(f"Total: {name}, --, --,{kind},CNY,{numbers}" for name, kind in
                     (("Campaigns", " --"), ("Account", " --"), ("Search", "Search")))  # fmt: skip
    preamble = f'Campaign report\n"{FIRST_DAY:%B} {FIRST_DAY.day}, {FIRST_DAY.year} - {LAST_DAY:%B} {LAST_DAY.day}, {LAST_DAY.year}"\n'
    return _encoded(shown, "utf-8", before=preamble, after=totals)


def _meta(world: World) -> bytes:
    rows = _counters(world, "meta").select(
        pl.lit(f"{BRAND_ZH} Yueye Global").alias("Account name"),
        pl.col("campaign").alias("Campaign name"),
        pl.col("day").alias("Day"),
        pl.col("impressions").alias("Impressions"),
        pl.format("1.{}", (pl.col("impressions") % 90 + 10)).alias("Frequency"),
        pl.lit("CNY").alias("Currency"),
        _yuan("cost").alias("Amount spent (CNY)"),
        pl.when(pl.col("claimed_orders") > 0).then(pl.col("claimed_orders").cast(pl.String)).otherwise(pl.lit("")).alias("Purchases"),
        pl.when(pl.col("claimed_orders") > 0).then(_yuan("claimed_amount")).otherwise(pl.lit("")).alias("Purchases conversion value"),
        pl.col("clicks").alias("Link clicks"),
        pl.col("day").alias("Reporting starts"),
        pl.col("day").alias("Reporting ends"),
    )  # fmt: skip
    return _encoded(rows, "utf-8")


_SPEND_FILES: dict[str, Callable[[World], bytes]] = {
    "douyin_juliang_20260518-20261115.csv": _douyin,
    "xiaohongshu_juguang_20260518-20261115.csv": _xiaohongshu,
    "wechat_tencent_ads_20260518-20261115.csv": _wechat_ads,
    "baidu_tuiguang_20260518-20261115.csv": _baidu,
    "tmall_wanxiangtai_20260518-20261115.csv": _tmall,
    "google_ads_campaign_report.csv": _google_ads,
    "meta_ads_by_day.csv": _meta,
}

# which part of a store's or a channel's daily cost is what
_STORE_PARTS = (0.5, 0.3, 0.2)
_RENT_PART = 0.45


def _other_costs(world: World) -> bytes:
    """Our plain spend format: what no advertising platform reports."""
    frames = []
    for channel in ("offline_store", "wecom", "email_sms"):
        daily = _counters(world, channel).group_by("day", maintain_order=True).agg(pl.col("cost").sum())
        if channel == "offline_store":
            for (code, name), part in zip(STORES, _STORE_PARTS, strict=True):
                store = (pl.col("cost") * part).round(0).cast(pl.Int64)
                rent = (store * _RENT_PART).round(0).cast(pl.Int64)
                frames += [
                    daily.select("day", pl.lit(channel).alias("channel"), pl.lit(f"{code} {name} {what}").alias("campaign"), cents.alias("cost"))
                    for what, cents in (("租金", rent), ("人工", store - rent))
                ]  # fmt: skip
        else:
            what = "企微工具与导购" if channel == "wecom" else "短信与邮件发送"
            frames.append(daily.select("day", pl.lit(channel).alias("channel"), pl.lit(what).alias("campaign"), "cost"))
    rows = pl.concat(frames).sort("day", "channel", "campaign", maintain_order=True)
    shown = rows.select(
        pl.col("day").alias("date"), "channel", "campaign", _yuan("cost"), pl.lit("CNY").alias("currency")
    )
    return _encoded(shown, "utf-8")


def _local_times(at: Ints) -> pl.Series:
    """Seconds since the simulated start as local datetimes."""
    return (pl.Series(at) * 1_000_000).cast(pl.Duration("us")) + pl.Series([_START]).cast(pl.Datetime("us"))


def _touchpoints(world: World) -> Iterator[tuple[str, bytes]]:
    """Our plain event format, one compressed file per month."""
    touches = world.touches
    frame = pl.DataFrame(
        {
            "time": _local_times(touches.at),
            **{name: touches.identifiers[name] for name in IDENTIFIER_TYPES},
            "channel": np.array(CHANNELS)[touches.channel],
            "campaign": np.array([c.name for c in CAMPAIGNS])[touches.campaign],
            "action": np.array(ACTIONS)[touches.action],
            "content_id": touches.content_id,
            "page": touches.page,
            "store_id": touches.store_id,
        }
    )
    names = frame.columns
    shown = frame.with_columns(
        pl.col("time").dt.strftime("%Y-%m").alias("month"),
        pl.col("time").dt.strftime("%Y-%m-%d %H:%M:%S"),
        pl.col(pl.String).replace("", None),
    )
    for (month,), rows in shown.group_by(["month"], maintain_order=True):
        yield f"touchpoints_{month}.csv.gz", _gzipped(rows.select(names).write_csv().encode())


def _gzipped(content: bytes) -> bytes:
    """Compressed without a clock or a name in it."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def _shop_orders(world: World, shop: str) -> pl.DataFrame:
    """The shop's orders by time, amounts in cents, identifiers of the buyer as the person owns them."""
    orders, people = world.orders, world.people
    here = orders.shop == SHOPS.index(shop)
    person = orders.person[here]
    draws = Draws(world.seed, f"order papers {shop}")
    size = int(here.sum())
    at = orders.at[here]
    waits = (20 + 400 * draws.uniform(size)).astype(np.int64)
    return pl.DataFrame(
        {
            "serial": np.arange(size),
            "luck": (draws.uniform(size) * 10_000).astype(np.int64),
            "created": _local_times(at),
            "paid": _local_times(at + waits),
            "done": _local_times(at + ((draws.uniform(size) * 4 + 3) * 86_400).astype(np.int64)),
            "phone": people.phone[person],
            "member_id": people.member_id[person],
            "person": person,
            "store": people.store[person],
            "sku": np.array([code for code, _, _ in PRODUCTS])[orders.product[here]],
            "product": np.array([name for _, name, _ in PRODUCTS])[orders.product[here]],
            "pieces": orders.pieces[here],
            "amount": orders.amount[here],
            "refund": orders.refund[here],
            "state": orders.state[here],
            "chance": draws.uniform(size),
            "province": np.array(["上海", "浙江省", "江苏省", "广东省", "四川省", "北京", "湖北省"])[draws.pick([5, 4, 3, 4, 3, 3, 1], size)],
        }
    )  # fmt: skip


_CLOCK = "%Y-%m-%d %H:%M:%S"


def _tmall_orders(world: World) -> bytes:
    """天猫 ExportOrderList: GBK, ids as ="…" so that spreadsheets keep them; a full refund is a closed order that paid 0."""
    state = pl.col("state")
    empty = pl.lit("")
    was_paid = state <= PARTLY_REFUNDED
    rows = _shop_orders(world, "tmall").with_columns(kept=pl.col("amount") - pl.col("refund"))
    shown = rows.select(
        pl.format('="{}{}{}"', pl.col("created").dt.strftime("%y%m%d"), (pl.col("serial") + 100_000), pl.col("luck").cast(pl.String).str.zfill(4)).alias("订单编号"),
        pl.format("tb{}***", pl.col("phone").str.slice(-5)).alias("买家会员名"),
        empty.alias("买家支付宝账号"),
        _yuan("amount").alias("买家应付货款"),
        pl.lit("0.00").alias("买家应付邮费"),
        pl.lit("0").alias("买家支付积分"),
        _yuan("amount").alias("总金额"),
        pl.lit("0").alias("返点积分"),
        pl.when(was_paid).then(_yuan("kept")).otherwise(pl.lit("0.00")).alias("买家实际支付金额"),
        pl.lit("0").alias("买家实际支付积分"),
        state.replace_strict({PAID: "交易成功", PARTLY_REFUNDED: "交易成功", REFUNDED: "交易关闭", CANCELLED: "交易关闭", UNPAID: "等待买家付款"}, return_dtype=pl.String).alias("订单状态"),
        empty.alias("买家留言"),
        pl.lit("***").alias("收货人姓名"),
        pl.format("{} ***", "province").alias("收货地址"),
        pl.lit("快递").alias("运送方式"),
        empty.alias("联系电话"),
        pl.format("'{}", "phone").alias("联系手机"),
        pl.col("created").dt.strftime(_CLOCK).alias("订单创建时间"),
        pl.when(was_paid).then(pl.col("paid").dt.strftime(_CLOCK)).otherwise(empty).alias("订单付款时间"),
        pl.col("product").alias("宝贝标题"),
        pl.lit("1").alias("宝贝种类"),
        empty.alias("物流单号"),
        empty.alias("物流公司"),
        empty.alias("订单备注"),
        pl.col("pieces").alias("宝贝总数量"),
        pl.lit("0").alias("店铺Id"),
        pl.lit(f"{BRAND_ZH}旗舰店").alias("店铺名称"),
        state.replace_strict({PAID: "订单未关闭", PARTLY_REFUNDED: "订单未关闭", UNPAID: "订单未关闭", REFUNDED: "退款", CANCELLED: "买家不想买了"}, return_dtype=pl.String).alias("订单关闭原因"),
        pl.lit("0").alias("卖家服务费"),
        pl.lit("0.00元").alias("买家服务费"),
        empty.alias("发票抬头"),
        pl.when(pl.col("chance") < 0.85).then(pl.lit("手机订单")).otherwise(empty).alias("是否手机订单"),
        empty.alias("分阶段订单信息"),
        empty.alias("定金排名"),
        empty.alias("修改后的sku"),
        empty.alias("修改后的收货地址"),
        empty.alias("异常信息"),
    )  # fmt: skip
    return _encoded(shown, "gbk")


def _youzan_orders(world: World) -> bytes:
    """有赞 mini-program orders: UTF-8 with BOM, refunds in a column of their own."""
    state = pl.col("state")
    empty = pl.lit("")
    was_paid = state <= PARTLY_REFUNDED
    shown = _shop_orders(world, "mini_program").select(
        pl.format("E{}{}", pl.col("created").dt.strftime("%Y%m%d%H%M%S"), (pl.col("serial") % 10_000_000 + 10_000_000)).alias("订单号"),
        pl.lit("微信小程序").alias("销售渠道"),
        pl.lit(f"{BRAND_ZH}官方商城").alias("归属店铺"),
        pl.lit("普通订单").alias("订单类型"),
        state.replace_strict({PAID: "交易完成", PARTLY_REFUNDED: "交易完成", REFUNDED: "交易关闭", CANCELLED: "交易关闭", UNPAID: "待付款"}, return_dtype=pl.String).alias("订单状态"),
        pl.col("created").dt.strftime(_CLOCK).alias("订单创建时间"),
        pl.when(was_paid).then(pl.col("paid").dt.strftime(_CLOCK)).otherwise(empty).alias("买家付款时间"),
        pl.when(state.is_in([PAID, PARTLY_REFUNDED])).then(pl.col("done").dt.strftime(_CLOCK)).otherwise(empty).alias("交易成功时间"),
        pl.when(was_paid).then(pl.lit("微信支付")).otherwise(empty).alias("付款方式"),
        _yuan("amount").alias("商品金额合计"),
        pl.lit("0.00").alias("运费"),
        _yuan("amount").alias("应收订单金额"),
        pl.when(was_paid).then(_yuan("amount")).otherwise(pl.lit("0.00")).alias("订单实付金额"),
        pl.col("product").alias("全部商品名称"),
        pl.lit("1").alias("商品种类数"),
        pl.lit("快递发货").alias("订单配送方式"),
        pl.col("province").alias("收货人省份"),
        pl.lit("***").alias("收货人/提货人"),
        pl.col("phone").alias("收货人手机号/提货人手机号"),
        pl.col("phone").alias("买家手机号"),
        pl.when(state == REFUNDED).then(pl.lit("全额退款")).when(state == PARTLY_REFUNDED).then(pl.lit("部分退款")).otherwise(empty).alias("订单退款状态"),
        _yuan("refund").alias("订单已退款金额"),
    )  # fmt: skip
    return _encoded(shown, _UTF8_BOM)


def _pos_receipts(world: World) -> bytes:
    """Receipts of the stores: some with a member number, most with a phone, a few with nobody."""
    shown = _shop_orders(world, "store").select(
        pl.format("{}-{}-{}", pl.col("store").replace_strict(dict(enumerate(c for c, _ in STORES)), return_dtype=pl.String), pl.col("created").dt.strftime("%y%m%d"), pl.col("serial") + 10_000).alias("小票号"),
        pl.col("created").dt.strftime("%Y/%m/%d %H:%M").alias("交易时间"),
        pl.col("store").replace_strict(dict(enumerate(c for c, _ in STORES)), return_dtype=pl.String).alias("门店"),
        pl.when(pl.col("chance") < 0.55).then(pl.col("member_id")).otherwise(pl.lit("")).alias("会员号"),
        pl.when((pl.col("chance") > 0.3) & (pl.col("chance") < 0.95)).then(pl.col("phone")).otherwise(pl.lit("")).alias("手机号"),
        pl.col("product").alias("商品"),
        pl.col("pieces").alias("件数"),
        _yuan("amount").alias("实付金额"),
        _yuan("refund").alias("退款金额"),
    )  # fmt: skip
    return _encoded(shown, _UTF8_BOM)
