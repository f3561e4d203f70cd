"""Every claim of the sample catalogue, proved on the committed export files by plain SQL, without the app or its maths.

The files are read as anybody would read them, persons are resolved here in the simplest way (rows that share an
identifier), and credit is given by three short statements.
"""

from datetime import date

import duckdb
import numpy as np
import polars as pl
import pytest

from sample_data.catalogue import CAMPAIGNS, CHANNELS, FIRST_DAY, LAST_DAY, SCENARIOS, scenario
from sample_data.truth import TRUE_CURVES
from tests.oracle.sample_in_sql import PAID_CHANNELS, day_roi, one, read, rows, sample_tables


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    return sample_tables()


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
