"""Every claim of the sample catalogue, proved on the committed export files by plain SQL, without the app or its maths.

The files are read as anybody would read them, persons are resolved here in the simplest way (rows that share an
identifier), and credit is given by three short statements.
"""

import gzip
import io
import unicodedata
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sample_data.catalogue import CAMPAIGNS, CHANNELS, FIRST_DAY, LAST_DAY, SCENARIOS, scenario
from sample_data.truth import TRUE_CURVES

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


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
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


def test_every_scenario_has_its_proof():
    proofs = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {entry.key for entry in SCENARIOS} <= proofs


def test_every_campaign_of_the_catalogue_is_in_the_exports_on_its_days_only(db):
    seen = {
        (channel, campaign): (first, last)
        for channel, campaign, first, last in rows(
            db,  # a visit's cart may fall into the minutes after midnight; its beginning may not
            """
            select channel, campaign, min(day), max(day) from touch where campaign is not null
            and action in ('impression', 'click', 'view', 'search', 'message_open', 'message_click') group by 1, 2
            """,
        )
    }
    named = {(c.channel, c.name): c for c in CAMPAIGNS if c.name}
    assert set(seen) == set(named)
    for key, (first, last) in seen.items():
        assert named[key].first_day <= first
        assert last <= named[key].last_day


def test_everyday(db):
    assert {c for (c,) in rows(db, "select distinct channel from touch")} == set(CHANNELS)
    assert rows(db, "select min(day), max(day), count(distinct day) from touch") == [(FIRST_DAY, LAST_DAY, 182)]
    assert one(db, "select min(days) from (select count(distinct day) as days from spend group by channel)") == 182
    net, cost = one(db, "select sum(net) from orders"), one(db, "select sum(cost) from spend")
    assert 2 <= net / cost <= 3.5
    assert 350 <= net / one(db, "select count(*) from orders") <= 700
    losing_overall = rows(
        db,
        """
        with cost as (select channel, sum(cost) as cost from spend group by channel)
        select model, channel from credit join cost using (channel) group by all having sum(revenue) < any_value(cost)
        """,
    )
    assert losing_overall == []


def test_douyin_concentration(db):
    share = dict(
        rows(
            db,
            """
            with daily as (select day, count(*) as touches, count(*) filter (channel = 'douyin') as own from touch group by day)
            select day, sum(own) over last_seven / sum(touches) over last_seven from daily
            window last_seven as (order by day rows 6 preceding)
            """,
        )
    )
    assert share[LAST_DAY] > 0.42
    first_above = min(day for day, value in share.items() if value > 0.40)
    assert date(2026, 11, 8) <= first_above <= date(2026, 11, 12)
    assert all(value > 0.40 for day, value in share.items() if day >= first_above)
    assert max(value for day, value in share.items() if day < date(2026, 11, 5)) < 0.35
    shares = rows(
        db, "select channel, count(*) / sum(count(*)) over () from touch where day > $d group by 1", d=date(2026, 11, 8)
    )
    assert [channel for channel, value in shares if value > 0.40] == ["douyin"]


@pytest.mark.parametrize("model", ["first", "last", "linear"])
def test_meta_losing(db, model):
    roi = day_roi(db, model, "meta")
    last_ten = [roi[day] for day in sorted(roi)[-10:]]
    assert last_ten[0] > 0
    assert max(last_ten[1:]) < 0


@pytest.mark.parametrize("model", ["first", "last", "linear"])
def test_no_channel_but_meta_is_in_a_losing_streak_at_the_end(db, model):
    for channel in set(CHANNELS) - {"meta"}:
        roi = day_roi(db, model, channel)
        last_seven = [roi[day] for day in sorted(roi)[-7:]]
        assert max(last_seven) >= 0, channel


def test_overseas_member_day(db):
    """Who is abroad cannot be read off an order; those met by Google Ads or Meta are."""
    orders = dict(
        rows(
            db,
            """
            select day, count(distinct order_id) from path where channel in ('meta', 'google_ads') and day >= '2026-11-06'
            group by day
            """,
        )
    )
    later = [orders.get(date(2026, 11, number), 0) for number in range(7, 16)]
    assert sum(later) > 0
    assert orders[date(2026, 11, 6)] >= 2 * max(later)


def test_baidu_drop(db):
    touches = dict(rows(db, "select day, count(*) from touch where channel = 'baidu' group by day"))
    for day in (date(2026, 11, 13), date(2026, 11, 14), date(2026, 11, 15)):
        same_weekday = [touches[date.fromordinal(day.toordinal() - 7 * back)] for back in range(1, 5)]
        assert touches[day] <= 0.7 * np.median(same_weekday)
    week_before = [touches[date(2026, 11, number)] for number in (5, 6, 7, 8, 9, 10, 12)]
    assert touches[date(2026, 11, 13)] <= 0.58 * np.mean(week_before)
    assert min(week_before) > max(touches[date(2026, 11, number)] for number in (13, 14, 15))
    spent = dict(rows(db, "select day, sum(cost) from spend where channel = 'baidu' group by day"))
    assert spent[date(2026, 11, 13)] > 0.7 * spent[date(2026, 11, 12)]


def test_xiaohongshu_assist(db):
    orders = dict(rows(db, "select model, sum(orders) from credit where channel = 'xiaohongshu' group by model"))
    assert orders["linear"] >= 1.3 * orders["last"]
    assert orders["first"] >= 1.3 * orders["last"]
    other = rows(
        db,
        """
        select channel, sum(orders) filter (model = 'linear') / sum(orders) filter (model = 'last') from credit
        where channel <> 'xiaohongshu' group by channel
        """,
    )
    assert all(ratio < 1.3 for _, ratio in other)


def test_retargeting_collision(db):
    own, others = (
        one(
            db,
            """
            with met as (select person, ts from touch where channel = 'wechat_ads' and (campaign = '双11再营销-老访客') = $own),
                 also as (select distinct met.person from met join touch t on t.person = met.person
                          and t.channel = 'douyin' and t.ts between met.ts - interval 7 day and met.ts + interval 7 day)
            select count(distinct also.person) / count(distinct met.person) from met left join also using (person)
            """,
            own=own,
        )
        for own in (True, False)
    )
    assert own >= 0.6
    assert own >= 1.5 * others
    assert one(db, "select count(distinct person) from touch where campaign = '双11再营销-老访客'") >= 300


def orders_by_day(db: duckdb.DuckDBPyConnection) -> dict[date, int]:
    return dict(rows(db, "select day, count(*) from orders group by day"))


def test_midyear_618(db):
    orders = orders_by_day(db)
    june = {day: count for day, count in orders.items() if day.month == 6}
    assert max(june, key=june.get) == date(2026, 6, 18)
    assert june[date(2026, 6, 18)] >= 2 * np.median(list(june.values()))


def test_double_11(db):
    orders = orders_by_day(db)
    touches = dict(rows(db, "select day, count(*) from touch group by day"))
    assert max(orders, key=orders.get) == max(touches, key=touches.get) == date(2026, 11, 11)
    assert orders[date(2026, 11, 11)] >= 2.5 * np.median(list(orders.values()))
    neighbours = [
        orders[date(2026, 10, 29)],
        orders[date(2026, 10, 30)],
        orders[date(2026, 11, 3)],
        orders[date(2026, 11, 4)],
    ]
    assert orders[date(2026, 11, 1)] > max(neighbours)


def test_rhythm(db):
    per_day = """
        select count(*) filter (isodow(day) > 5) / 2 / (count(*) filter (isodow(day) <= 5) / 5) from touch
        where channel = $channel and day < '2026-11-01'
    """
    assert one(db, per_day, channel="offline_store") >= 1.3
    assert one(db, per_day, channel="baidu") < 0.95
    july, october = (
        one(db, "select count(*) / count(distinct day) from touch where month(day) = $m", m=m) for m in (7, 10)
    )
    assert october >= 1.1 * july


def test_private_pool(db):
    assert one(db, "select avg((channel in ('wecom', 'email_sms'))::int) from touch") < 0.2
    for channel in ("wecom", "email_sms"):
        earned = one(db, "select sum(revenue) from credit where model = 'last' and channel = $c", c=channel)
        assert earned > 4 * one(db, "select sum(cost) from spend where channel = $c", c=channel)
    again = dict(
        rows(
            db,
            """
            with buyer as (select person, min(ts) as first_ts, count(*) as orders from orders group by person),
                 reached as (select distinct b.person from buyer b join touch t on t.person = b.person
                             where t.channel in ('wecom', 'email_sms'))
            select person in (from reached), avg((orders > 1)::int) from buyer group by 1
            """,
        )
    )
    assert again[True] >= 1.5 * again[False]


def test_store_trial(db):
    tried = """
        select avg((exists (select 1 from touch t where t.person = o.person and t.action = 'trial' and t.day = o.day
                            and t.ts <= o.ts + interval 1 minute))::int)
        from orders o where shop = 'store' and (phone is not null or member_id is not null)
    """
    assert one(db, tried) >= 0.8
    assert one(db, "select avg((store_id is not null)::int) from touch where channel = 'offline_store'") == 1
    joined = """
        select count(*) from (select person from touch where channel = 'offline_store'
                              intersect select person from touch where channel = 'douyin' and device_id is not null)
    """
    assert one(db, joined) > 500


def test_identities(db):
    shared = one(
        db,
        """
        with seen as (select distinct device_id, phone from touch where phone similar to '1990\\d{7}'
                      and device_id similar to '[0-9a-f]{12}' and device_id not like 'ab1e7%'
                      and device_id <> '000000000000'),
             owners as (select device_id, count(*) as phones from seen group by device_id)
        select sum(phones) filter (phones > 1) / sum(phones) from owners
        """,
    )
    assert 0.025 <= shared <= 0.08
    tablets = rows(db, "select device_id, count(distinct phone) from touch where device_id like 'ab1e7%' group by 1")
    assert len(tablets) == 3
    assert min(phones for _, phones in tablets) > 100
    dirty = one(
        db,
        """
        select avg((not (
            coalesce(device_id similar to '[0-9a-f]{12}' and device_id <> '000000000000', true)
            and coalesce(openid similar to 'oY[0-9a-f]{10}', true)
            and coalesce(member_id similar to 'YY\\d{7}', true)
            and coalesce(phone similar to '1990\\d{7}', true)
            and coalesce(email similar to 'yy[0-9a-z]{5}@example\\.com', true)))::int) from touch
        """,
    )
    assert 0.015 <= dirty <= 0.025


def test_tmall_breakpoint(db):
    bought = dict(
        rows(
            db,
            """
            select channel, avg((exists (select 1 from orders o where o.person = t.person
                                         and o.ts between t.ts and t.ts + interval 7 day))::int)
            from touch t where action in ('add_to_cart', 'trial') and day <= '2026-11-08' group by channel
            """,
        )
    )
    assert bought.pop("tmall") <= 0.75 * min(bought.values())
    assert one(db, "select mode(channel) from touch where action = 'add_to_cart'") == "tmall"


def test_order_states(db):
    refunded = one(db, "select avg((refund > 0)::int) from orders")
    assert 0.03 <= refunded <= 0.06
    assert one(db, "select count(*) from orders where refund > 0 and refund < gross") > 50
    assert one(db, "select count(*) from orders where refund > gross or gross <= 0") == 0
    never_paid = one(db, "select avg((not was_paid)::int) from every_order")
    assert 0.03 <= never_paid <= 0.08
    assert one(db, "select count(*) - count(distinct order_no) from every_order") == 0


def test_budget_levels(db):
    varies = dict(
        rows(
            db,
            """
            with weekly as (select channel, date_trunc('week', day) as week, sum(cost) as cost from spend group by 1, 2)
            select channel, stddev_pop(cost) / avg(cost) from weekly group by channel
            """,
        )
    )
    for channel in set(PAID_CHANNELS) - {"google_ads"}:
        assert varies[channel] >= 0.2, channel
    assert rows(
        db, "select distinct cost from (select sum(cost) as cost from spend where channel = 'google_ads' group by day)"
    ) == [(330.0,)]


@pytest.mark.parametrize("channel", sorted(set(PAID_CHANNELS) - {"google_ads"}))
def test_paid_touches_follow_spend_with_the_true_elasticity(db, channel):
    """Least squares of log touches on log spend, week by week, with a trend, away from the sales and the scenarios."""
    weekly = rows(
        db,
        """
        with paid as (select date_trunc('week', day) as week, count(*) as touches from touch
                      where channel = $channel and campaign is not null and campaign not like '%再营销%' group by 1),
             cost as (select date_trunc('week', day) as week, sum(cost) as cost from spend where channel = $channel group by 1)
        select ln(touches), ln(cost) from paid join cost using (week)
        where week < '2026-10-26' and week not in ('2026-06-08', '2026-06-15') order by week
        """,
        channel=channel,
    )
    touches, cost = np.array(weekly, dtype=float).T
    trend = np.arange(len(cost)) / len(cost)
    design = np.column_stack([np.ones_like(cost), cost, trend, trend**2])
    found = np.linalg.lstsq(design, touches, rcond=None)[0][1]
    assert abs(found - TRUE_CURVES[channel].elasticity()) <= 0.2


def test_overclaim(db):
    assert one(db, "select sum(claimed) from spend") >= 1.2 * one(db, "select count(*) from orders")
    claiming = {c for (c,) in rows(db, "select distinct channel from spend where claimed > 0")}
    assert claiming == set(scenario("overclaim").channels)


def test_review_test():
    """The log counted by hand: first variant of each phone, who saw both, and the two-proportion z of the reviews."""
    log = read("review_reminder_test").with_row_index("n")
    seen = log.filter(pl.col("实验分组").is_not_null()).sort("时间", "n")
    first = seen.group_by("手机号", maintain_order=True).agg(
        pl.col("实验分组").first().alias("variant"), pl.col("实验分组").n_unique().alias("variants")
    )
    assert 0 < first.filter(pl.col("variants") > 1).height < 0.02 * first.height
    alone = first.filter(pl.col("variants") == 1)
    wrote = set(log.filter(pl.col("事件") == "评价")["手机号"])
    groups = {
        variant: (len(phones), len(wrote & set(phones)))
        for variant, phones in alone.group_by("variant").agg("手机号").iter_rows()
    }
    (n, a), (m, b) = groups["对照组·包裹卡片"], groups["实验组·企微消息"]
    assert abs(n - m) < 3.3 * (n + m) ** 0.5  # as chance would share them out
    pooled = (a + b) / (n + m)
    assert (b / m - a / n) / (pooled * (1 - pooled) * (1 / n + 1 / m)) ** 0.5 > 5
    planned = scenario("review_test").parameters
    assert a / n == pytest.approx(planned["control_rate"], abs=0.02)
    assert b / m == pytest.approx(planned["message_rate"], abs=0.03)
