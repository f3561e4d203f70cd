"""The sample's exports as tables, read by hand: nothing of the import takes part."""

import gzip
import io
import unicodedata
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

EXPORTS = Path(__file__).parents[2] / "sample_data" / "exports"
BLOCKED = {"", "unknown", "null", "n/a", "000000000000"}
PAID_CHANNELS = ("douyin", "xiaohongshu", "wechat_ads", "tmall", "baidu", "google_ads", "meta")


def read(pattern: str, encoding: str = "utf-8-sig", skip: int = 0) -> pl.DataFrame:
    """The one export whose name begins like this, all cells as text."""
    (path,) = EXPORTS.glob(pattern + "*")
    text = path.read_bytes().decode(encoding).split("\n", skip)[skip]
    return pl.read_csv(io.StringIO(text), infer_schema=False)


def touch_rows() -> pl.DataFrame:
    frames = []
    for path in sorted(EXPORTS.glob("touchpoints_*.csv.gz")):
        frames.append(pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema=False))
    return pl.concat(frames).with_columns(pl.col("time").str.to_datetime("%Y-%m-%d %H:%M:%S").alias("ts"))


def order_rows() -> pl.DataFrame:
    """shop, order_no, ts, phone, member_id, state (paid, refunded, open), gross, refund; amounts in yuan."""
    tmall = read("tmall_ExportOrderList", "gbk").select(
        shop=pl.lit("tmall"),
        order_no=pl.col("订单编号"),
        ts=pl.col("订单创建时间").str.to_datetime("%Y-%m-%d %H:%M:%S"),
        phone=pl.col("联系手机"),
        member_id=pl.lit(None, dtype=pl.String),
        was_paid=pl.col("订单付款时间").is_not_null(),
        gross=pl.col("总金额").cast(pl.Float64),
        refund=pl.col("总金额").cast(pl.Float64) - pl.col("买家实际支付金额").cast(pl.Float64),
    )
    youzan = read("youzan_orders").select(
        shop=pl.lit("mini_program"),
        order_no=pl.col("订单号"),
        ts=pl.col("订单创建时间").str.to_datetime("%Y-%m-%d %H:%M:%S"),
        phone=pl.col("买家手机号"),
        member_id=pl.lit(None, dtype=pl.String),
        was_paid=pl.col("买家付款时间").is_not_null(),
        gross=pl.col("应收订单金额").cast(pl.Float64),
        refund=pl.col("订单已退款金额").cast(pl.Float64),
    )
    receipts = read("pos_receipts").select(
        shop=pl.lit("store"),
        order_no=pl.col("订单号"),
        ts=pl.col("交易时间").str.to_datetime("%Y/%m/%d %H:%M"),
        phone=pl.col("手机号"),
        member_id=pl.col("会员号"),
        was_paid=pl.lit(True),
        gross=pl.col("实付金额").cast(pl.Float64),
        refund=pl.col("退款金额").cast(pl.Float64),
    )
    return pl.concat([tmall, youzan, receipts])


def spend_rows() -> pl.DataFrame:
    """day, channel, campaign, cost, claimed (orders the platform claims; null where its export has no such column)."""
    google = read("google_ads", skip=2).filter(~pl.col("Day").str.starts_with("Total"))
    shapes = [
        ("douyin", read("douyin_juliang"), "时间", "广告计划", "总花费", "转化数"),
        ("xiaohongshu", read("xiaohongshu_juguang"), "时间", "计划名称", "消费", None),
        ("wechat_ads", read("wechat_tencent"), "日期", "推广计划名称", "花费", "目标转化量"),
        ("baidu", read("baidu_tuiguang", "gbk", skip=7), "日期", "推广计划", "消费", None),
        ("tmall", read("tmall_wanxiangtai", "gbk"), "日期", "计划名字", "花费", "总成交笔数"),
        ("google_ads", google, "Day", "Campaign", "Cost", "Conversions"),
        ("meta", read("meta_ads"), "Day", "Campaign name", "Amount spent (CNY)", "Purchases"),
    ]
    frames = [
        frame.select(
            day=pl.col(day).str.to_date(),
            channel=pl.lit(channel),
            campaign=pl.col(campaign),
            cost=pl.col(cost).cast(pl.Float64),
            claimed=pl.col(claimed).cast(pl.Float64) if claimed else pl.lit(None, dtype=pl.Float64),
        )
        for channel, frame, day, campaign, cost, claimed in shapes
    ]
    other = read("other_costs").select(
        day=pl.col("date").str.to_date(),
        channel="channel",
        campaign="campaign",
        cost=pl.col("cost").cast(pl.Float64),
        claimed=pl.lit(None, dtype=pl.Float64),
    )
    return pl.concat([*frames, other])


def cleaned(kind: str, value: str | None) -> str | None:
    """The identifier as it compares, or None where it says nothing."""
    text = unicodedata.normalize("NFKC", value or "").strip().lower()
    if text in BLOCKED:
        return None
    if kind == "phone":
        digits = "".join(c for c in text if c.isdigit()).removeprefix("86")
        return f"phone:{digits}" if len(digits) == 11 else None
    if kind == "email" and not text.endswith(".com"):
        return None
    return f"{kind}:{text}"


def persons(rows: pl.DataFrame) -> np.ndarray:
    """A person number per row: rows that share an identifier, except a store's tablet, are one person's."""
    kinds = [k for k in ("device_id", "openid", "unionid", "member_id", "phone", "email") if k in rows.columns]
    code: dict[str, int] = {}
    row_of, identifier_of = [], []
    for kind in kinds:
        values = {v: cleaned(kind, v) for v in rows[kind].unique().to_list()}
        for row, value in enumerate(rows[kind].to_list()):
            found = values[value]
            if found and not found.startswith("device_id:ab1e7"):
                row_of.append(row)
                identifier_of.append(code.setdefault(found, len(code)))
    size = rows.height + len(code)
    edges = coo_array((np.ones(len(row_of)), (row_of, np.array(identifier_of) + rows.height)), shape=(size, size))
    return connected_components(edges, directed=False)[1][: rows.height].astype(np.int64)


def sample_tables() -> duckdb.DuckDBPyConnection:
    """Tables touch, orders (paid ones), every_order, spend, and credit: one row per (order, touch in its path)."""
    touches, orders = touch_rows(), order_rows()
    together = pl.concat([touches, orders], how="diagonal")
    person = persons(together)
    touches = touches.with_columns(person=pl.Series(person[: touches.height]), day=pl.col("ts").dt.date())
    orders = orders.with_columns(
        person=pl.Series(person[touches.height :]),
        day=pl.col("ts").dt.date(),
        order_id=pl.int_range(orders.height),
        net=pl.when("was_paid").then(pl.col("gross") - pl.col("refund")).otherwise(0.0),
    )
    con = duckdb.connect()
    con.register("touch_frame", touches)
    con.register("order_frame", orders)
    con.register("spend_frame", spend_rows())
    con.execute("create table touch as select * from touch_frame where action <> 'review'")
    con.execute("create table review as select * from touch_frame where action = 'review'")
    con.execute("create table every_order as select * from order_frame")
    con.execute("create table spend as select * from spend_frame")
    con.execute(
        """
        create table orders as
        select *, lag(ts) over (partition by person order by ts, order_id) as previous_ts
        from every_order where was_paid;

        create table path as  -- touches of the 30 days before an order and after the person's order before it
        select o.order_id, o.day, o.net, t.channel, t.ts,
               row_number() over (partition by o.order_id order by t.ts, t.channel) as place,
               count(*) over (partition by o.order_id) as touches
        from orders o
        join touch t on t.person = o.person
          and t.ts <= o.ts and t.ts >= o.ts - interval 30 day and t.ts > coalesce(o.previous_ts, timestamp '1970-01-01');

        create table credit as
        select 'first' as model, day, channel, net as revenue, 1.0 as orders from path where place = 1
        union all select 'last', day, channel, net, 1.0 from path where place = touches
        union all select 'linear', day, channel, net / touches, 1.0 / touches from path;
        """
    )
    return con


def rows(db: duckdb.DuckDBPyConnection, sql: str, **values: object) -> list[tuple]:
    return db.execute(sql, values).fetchall()


def one(db: duckdb.DuckDBPyConnection, sql: str, **values: object) -> float:
    return rows(db, sql, **values)[0][0]


def day_roi(db: duckdb.DuckDBPyConnection, model: str, channel: str) -> dict[date, float]:
    """ROI (margin 100 %) of each day with spend."""
    found = rows(
        db,
        """
        with cost as (select day, sum(cost) as cost from spend where channel = $channel group by day),
             earned as (select day, sum(revenue) as revenue from credit
                        where channel = $channel and model = $model group by day)
        select day, (coalesce(revenue, 0) - cost) / cost from cost left join earned using (day) where cost > 0 order by day
        """,
        channel=channel,
        model=model,
    )
    return dict(found)
