"""Which channel a visit belongs to: eighty addresses as they are met, and what an import makes of them."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.channels import assign, create, delete, merge
from omnidash.ingest.run import import_file, inspect, rollback
from omnidash.ingest.traffic import (
    TrafficRule,
    default_rules,
    explain,
    preview_reapply,
    reapply,
    rules,
    save_rules,
    set_own_hosts,
    sources,
)
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, says, write

SHOP = "https://www.shop.example/"

# (address of the page, referrer) -> (source, medium, channel); written by hand from how the platforms tag and refer
VISITS = [
    # tags
    (SHOP + "?utm_source=google&utm_medium=cpc&utm_campaign=brand", None, ("google", "cpc", "google_ads")),
    (SHOP + "?utm_source=google&utm_medium=organic", None, ("google", "organic", "organic_search")),
    (SHOP + "?utm_source=google&utm_medium=gmb", None, ("google", "gmb", "organic_search")),
    (SHOP + "?utm_source=Google&utm_medium=PaidSearch", None, ("google", "paidsearch", "google_ads")),
    (SHOP + "?utm_source=google", None, ("google", None, "google_ads")),
    (SHOP + "?utm_source=bing&utm_medium=ppc", None, ("bing", "ppc", "microsoft_ads")),
    (SHOP + "?utm_source=baidu&utm_medium=sem", None, ("baidu", "sem", "baidu")),
    (SHOP + "?utm_source=baidu&utm_medium=%E4%BF%A1%E6%81%AF%E6%B5%81", None, ("baidu", "信息流", "baidu")),
    (SHOP + "?utm_source=%E7%99%BE%E5%BA%A6&utm_medium=%E7%AB%9E%E4%BB%B7", None, ("百度", "竞价", "baidu")),
    (SHOP + "?utm_source=sogou&utm_medium=cpc", None, ("sogou", "cpc", "sogou")),
    (SHOP + "?utm_source=facebook&utm_medium=paid_social", None, ("facebook", "paid_social", "meta")),
    (SHOP + "?utm_source=ig&utm_medium=social", None, ("ig", "social", "meta")),
    (SHOP + "?utm_source=tiktok&utm_medium=paid", None, ("tiktok", "paid", "tiktok")),
    (SHOP + "?utm_source=douyin&utm_medium=feed", None, ("douyin", "feed", "douyin")),
    (SHOP + "?utm_source=oceanengine&utm_medium=cpc", None, ("oceanengine", "cpc", "douyin")),
    (SHOP + "?utm_source=toutiao&utm_medium=feed", None, ("toutiao", "feed", "douyin")),
    (SHOP + "?utm_source=xiaohongshu&utm_medium=kol", None, ("xiaohongshu", "kol", "xiaohongshu")),
    (SHOP + "?utm_source=%E5%B0%8F%E7%BA%A2%E4%B9%A6", None, ("小红书", None, "xiaohongshu")),
    (SHOP + "?utm_source=xhs&utm_medium=note", None, ("xhs", "note", "xiaohongshu")),
    (SHOP + "?utm_source=wechat&utm_medium=cpc", None, ("wechat", "cpc", "wechat_ads")),
    (SHOP + "?utm_source=wechat&utm_medium=article", None, ("wechat", "article", "wechat")),
    (SHOP + "?utm_source=gdt", None, ("gdt", None, "wechat_ads")),
    (SHOP + "?utm_source=weibo&utm_medium=social", None, ("weibo", "social", "weibo")),
    (SHOP + "?utm_source=zhihu&utm_medium=social", None, ("zhihu", "social", "zhihu")),
    (SHOP + "?utm_source=bilibili&utm_medium=kol", None, ("bilibili", "kol", "bilibili")),
    (SHOP + "?utm_source=kuaishou&utm_medium=cpm", None, ("kuaishou", "cpm", "kuaishou")),
    (SHOP + "?utm_source=tmall&utm_medium=referral", None, ("tmall", "referral", "tmall")),
    (SHOP + "?utm_source=klaviyo&utm_medium=email", None, ("klaviyo", "email", "email")),
    (SHOP + "?utm_source=summer-letter&utm_medium=newsletter", None, ("summer-letter", "newsletter", "email")),
    (SHOP + "?utm_source=klaviyo&utm_medium=sms", None, ("klaviyo", "sms", "sms")),
    (SHOP + "?utm_source=app&utm_medium=push", None, ("app", "push", "push")),
    (SHOP + "?utm_source=awin&utm_medium=affiliate", None, ("awin", "affiliate", "affiliate")),
    (SHOP + "?utm_source=somebody&utm_medium=display", None, ("somebody", "display", "display")),
    (SHOP + "?utm_source=chatgpt.com", None, ("chatgpt.com", None, "ai_assistant")),
    (SHOP + "?utm_source=linkedin&utm_medium=sponsored", None, ("linkedin", "sponsored", "linkedin")),
    (SHOP + "?utm_source=youtube&utm_medium=cpv", None, ("youtube", "cpv", "google_ads")),
    (SHOP + "?utm_source=youtube&utm_medium=video", None, ("youtube", "video", "youtube")),
    (SHOP + "?utm_source=kol_zhang&utm_medium=video", None, ("kol_zhang", "video", "kol_zhang")),
    # a tag is believed before the referrer
    (SHOP + "?utm_source=newsletter&utm_medium=email", "https://www.google.com/", ("newsletter", "email", "email")),
    # how tags are written
    (SHOP + "#utm_source=xhs&utm_medium=kol", None, ("xhs", "kol", "xiaohongshu")),
    (SHOP + "#/goods/1?utm_source=xhs&utm_medium=kol", None, ("xhs", "kol", "xiaohongshu")),
    (SHOP + "?a=1;utm_source=baidu;utm_medium=cpc", None, ("baidu", "cpc", "baidu")),
    (SHOP + "?a=1&amp;utm_source=baidu&amp;utm_medium=cpc", None, ("baidu", "cpc", "baidu")),
    (SHOP + "?UTM_SOURCE=FACEBOOK&UTM_MEDIUM=CPC", None, ("facebook", "cpc", "meta")),
    (SHOP + "?utm_source=%25E6%258A%2596%25E9%259F%25B3", None, ("抖音", None, "douyin")),  # encoded twice
    (SHOP + "?utm_source=%B6%B6%D2%F4&utm_medium=cpc", None, ("抖音", "cpc", "douyin")),  # GB18030
    (SHOP + "?utm_source=google+ads&utm_medium=cpc", None, ("google ads", "cpc", "google_ads")),
    ("www.shop.example/p?utm_source=jd", None, ("jd", None, "jd")),
    ("//www.shop.example/p?utm_source=jd", None, ("jd", None, "jd")),
    ("/collections/all?utm_source=pinterest&utm_medium=social", None, ("pinterest", "social", "pinterest")),
    ("https%3A%2F%2Fshop.example%2F%3Futm_source%3Dbing%26utm_medium%3Dcpc", None, ("bing", "cpc", "microsoft_ads")),
    ("9.9 复制打开 https://shop.example/a?utm_source=douyin 看看", None, ("douyin", None, "douyin")),
    ("https://[2001:db8::1]:8443/?utm_source=google&utm_medium=cpc", None, ("google", "cpc", "google_ads")),
    # click ids
    (SHOP + "?gclid=Cj0KC", "https://www.google.com/", ("google", "cpc", "google_ads")),
    (SHOP + "?gbraid=0AAAA", None, ("google", "cpc", "google_ads")),
    (SHOP + "?wbraid=CkA", None, ("google", "cpc", "google_ads")),
    (SHOP + "?gclid=Cj0&utm_source=facebook&utm_medium=social", None, ("google", "cpc", "google_ads")),
    (SHOP + "?gclid=Cj0&utm_source=google&utm_medium=shopping_ads", None, ("google", "shopping_ads", "google_ads")),
    (SHOP + "?gclid=&utm_source=xhs", None, ("xhs", None, "xiaohongshu")),  # an empty id is none
    (SHOP + "?msclkid=abc", "https://www.bing.com/", ("bing", "cpc", "microsoft_ads")),
    (SHOP + "?ttclid=E.C.P", None, ("tiktok", "cpc", "tiktok")),
    (SHOP + "?fbclid=IwAR", "https://l.facebook.com/", ("facebook", "social", "meta")),
    (SHOP + "?fbclid=IwAR&utm_source=newsletter&utm_medium=email", None, ("newsletter", "email", "email")),
    (SHOP + "?bd_vid=123", "https://www.baidu.com/link?url=x", ("baidu", "cpc", "baidu")),
    (SHOP + "?qz_gdt=abc", None, ("tencent", "cpc", "wechat_ads")),
    (SHOP + "?gdt_vid=wx0", None, ("tencent", "cpc", "wechat_ads")),
    (SHOP + "?adid=17&clickid=EJj", None, ("oceanengine", "cpc", "douyin")),
    (SHOP + "?li_fat_id=8f", None, ("linkedin", "cpc", "linkedin")),
    (SHOP + "?xhsshare=CopyLink&appuid=5f&apptime=17", None, ("xiaohongshu", "social", "xiaohongshu")),
    (SHOP + "?from=timeline&isappinstalled=0", None, ("wechat", "social", "wechat")),
    # referrers
    (SHOP, "https://www.google.com.hk/", ("google", "organic", "organic_search")),
    (SHOP, "https://m.baidu.com/from=844b/s?word=%E9%9E%8B", ("baidu", "organic", "organic_search")),
    (SHOP, "https://m.sm.cn/s?q=1", ("shenma", "organic", "organic_search")),
    (SHOP, "https://www.so.com/s?q=1", ("360", "organic", "organic_search")),
    (SHOP, "https://duckduckgo.com/", ("duckduckgo.com", "organic", "organic_search")),
    (SHOP, "android-app://com.google.android.googlequicksearchbox/", ("google", "organic", "organic_search")),
    (SHOP, "https://mail.google.com/", ("mail.google.com", "email", "email")),
    (SHOP, "https://t.co/abc", ("x", "social", "x")),
    (SHOP, "http://lm.facebook.com/l.php?u=x", ("facebook", "social", "meta")),
    (SHOP, "https://servicewechat.com/wx1/2/page-frame.html", ("wechat", "social", "wechat")),
    (SHOP, "https://www.xiaohongshu.com/explore/6", ("xiaohongshu", "social", "xiaohongshu")),
    (SHOP, "https://chatgpt.com/", ("chatgpt.com", "ai", "ai_assistant")),
    (SHOP, "https://www.doubao.com/chat/", ("doubao.com", "ai", "ai_assistant")),
    (SHOP, "https://detail.tmall.com/item.htm?id=1", ("taobao", "referral", "tmall")),
    (SHOP, "https://blog.example.org/best-shoes", ("blog.example.org", "referral", "referral")),
    (SHOP, "https://商店.example.org/鞋", ("xn--czrs0t.example.org", "referral", "referral")),
    (SHOP, None, ("(direct)", "(none)", "direct")),
    # no channels: oneself, payment, card confirmation, sign-in
    (SHOP + "cart", "https://www.shop.example/p/1", ("shop.example", "referral", None)),
    (SHOP + "cart", "https://checkout.shop.example/", ("checkout.shop.example", "referral", None)),
    (SHOP + "thanks", "https://mapi.alipay.com/gateway.do", ("mapi.alipay.com", "referral", None)),
    (SHOP + "thanks", "https://www.paypal.com/checkoutnow", ("paypal.com", "referral", None)),
    (SHOP + "thanks", "https://checkout.stripe.com/c/pay/1", ("checkout.stripe.com", "referral", None)),
    (SHOP + "thanks", "https://acs.bank.example/auth", ("acs.bank.example", "referral", None)),
    (SHOP + "thanks", "https://wx.tenpay.com/", ("wx.tenpay.com", "referral", None)),
    (SHOP + "thanks", "https://pay.klarna.com/", ("pay.klarna.com", "referral", None)),
    (SHOP + "account", "https://accounts.google.com/", ("accounts.google.com", "referral", None)),
]  # fmt: skip


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace nobody changes."""
    return Workspace.create(tmp_path_factory.mktemp("traffic") / "workspace")


@pytest.mark.parametrize(("page", "referrer", "expected"), VISITS, ids=[f"{p} < {r}" for p, r, _ in VISITS])
def test_a_visit_belongs_to_the_channel_its_address_names(
    fixed: Workspace, page: str, referrer: str | None, expected: tuple[str | None, str | None, str | None]
) -> None:
    verdict = explain(fixed, page, referrer)
    assert (verdict.source, verdict.medium, verdict.channel) == expected
    assert verdict.continues is (expected[2] is None)


def test_an_import_judges_every_visit_as_the_box_to_try_does(workspace: Workspace, tmp_path: Path) -> None:
    lines = [
        f'2026-07-01 10:{i // 60:02}:{i % 60:02},visit,"{page}","{referrer or ""}"'
        for i, (page, referrer, _) in enumerate(VISITS)
    ]
    imported(workspace, tmp_path, "time,action,page,referrer\n" + "\n".join(lines) + "\n")
    rows = workspace.rows(
        "select properties->>'source', properties->>'medium', channel, is_touch from event order by row_number"
    )
    assert rows == [(source, medium, channel, channel is not None) for _, _, (source, medium, channel) in VISITS]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (("google / cpc", None), ("google", "cpc", "google_ads")),
        (("(direct) / (none)", None), ("(direct)", "(none)", "direct")),
        (("m.facebook.com / referral", None), ("m.facebook.com", "referral", "meta")),
        (("paypal.com / referral", None), ("paypal.com", "referral", None)),
        (("duckduckgo / organic", None), ("duckduckgo", "organic", "organic_search")),
        (("google", "cpc"), ("google", "cpc", "google_ads")),
        (("(not set)", "(not set)"), (None, None, None)),
    ],
)
def test_source_and_medium_may_stand_in_columns_or_in_one_cell(
    fixed: Workspace, told: tuple[str, str | None], expected: tuple[str | None, str | None, str | None]
) -> None:
    verdict = explain(fixed, None, None, *told)
    assert (verdict.source, verdict.medium, verdict.channel) == expected


EVENTS = """\
time,action,email,page,referrer,channel,campaign,revenue
2026-07-01 10:00:00,visit,ana@shop.example,https://shop.example/p?utm_source=xhs&utm_campaign=Summer%20Sale&utm_content=a,https://www.google.com/,,,
2026-07-01 10:01:00,visit,ana@shop.example,https://shop.example/cart?utm_content=b,https://shop.example/p,,,
2026-07-01 10:02:00,purchase,ana@shop.example,https://shop.example/thanks,https://www.alipay.com/,,,99
2026-07-02 10:00:00,visit,bo@shop.example,https://shop.example/?gclid=TeSt123&utm_source=x,,门店,Own,
2026-07-02 10:05:00,purchase,bo@shop.example,https://shop.example/thanks,,,,50
"""


def test_a_channel_named_by_the_row_is_believed_before_its_address(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, EVENTS)
    row = workspace.rows("select channel, raw_channel, campaign, properties from event where raw_channel = '门店'")[0]
    assert row[:3] == ("offline_store", "门店", "Own")
    assert json.loads(row[3]) == {"click_id": "gclid", "source": "x"}


def test_campaigns_of_addresses_fill_empty_ones_and_tags_are_kept(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, EVENTS)
    first = workspace.rows("select campaign, page, properties from event order by ts limit 1")[0]
    assert first[:2] == ("Summer Sale", "https://shop.example/p")
    kept = json.loads(first[2])
    assert (kept["source"], kept["content"], kept["referrer"]) == ("xhs", "a", "www.google.com")


def test_going_on_is_no_touch_and_a_conversion_that_came_directly_names_no_channel(
    workspace: Workspace, tmp_path: Path
) -> None:
    imported(workspace, tmp_path, EVENTS)
    rows = workspace.rows("select action, channel, is_touch from event order by ts")
    assert rows == [
        ("visit", "xiaohongshu", True),
        ("visit", None, False),
        ("purchase", None, False),
        ("visit", "offline_store", True),
        ("purchase", None, False),
    ]


def test_nothing_comes_directly_where_no_referrers_are_told(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, "time,action,page\n2026-07-01 10:00:00,visit,https://shop.example/\n")
    assert workspace.rows("select channel, is_touch, properties from event") == [(None, True, None)]


def test_orders_say_where_their_visit_came_from(workspace: Workspace, tmp_path: Path) -> None:
    orders = (
        "order_id,time,revenue,email,page,referrer\n"
        "1,2026-07-01 10:00:00,80,ana@shop.example,/p?utm_source=klaviyo&utm_medium=email,\n"
        "2,2026-07-02 10:00:00,20,bo@shop.example,/,https://www.baidu.com/\n"
        "3,2026-07-03 10:00:00,10,cy@shop.example,/,\n"
    )
    imported(workspace, tmp_path, orders)
    rows = workspace.rows("select order_id, channel, is_touch, page, revenue from event order by order_id")
    assert rows == [
        ("1", "email", True, "/p", Decimal(80)),
        ("2", "organic_search", True, "/", Decimal(20)),
        ("3", None, False, "/", Decimal(10)),
    ]


PERSONAL = (
    "https://ana:secret@shop.example/u/ana%40shop.example/p?email=bo%40shop.example&phone=13812345678&gclid=Cj0SECRET"
    "&utm_source=crm&utm_medium=email&utm_campaign=to-cy@shop.example&utm_content=13912345678&utm_term=dee%40shop.example"
)


def test_nothing_personal_of_an_address_is_stored(workspace: Workspace, tmp_path: Path) -> None:
    text = (
        "time,action,page,referrer,revenue\n"
        f"2026-07-01 10:00:00,visit,{PERSONAL},https://mail.example/?to=eve@shop.example&m=13712345678,\n"
        f"not a time,visit,{PERSONAL},https://mail.example/?to=eve@shop.example,\n"
        + "2026-07-02 10:00:00,visit,https://shop.example/,,\n"
        * 8
    )
    imported(workspace, tmp_path, text)
    workspace.close()
    everything = repr(
        [
            workspace.rows(f"select * from {table}")
            for (table,) in workspace.rows("select table_name from duckdb_tables()")
        ]
    )
    for secret in (
        "ana:",
        "ana%40",
        "bo%40",
        "bo@",
        "cy@",
        "dee%40",
        "dee@",
        "eve@",
        "1381234",
        "1391234",
        "1371234",
        "SECRET",
        "secret@",
    ):
        assert secret not in everything, secret
    assert workspace.rows("select page from event order by ts limit 1") == [("https://shop.example/u/***/p",)]


def test_changed_rules_count_for_rows_there_are_once_they_are_applied(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, EVENTS + "2026-07-03 10:00:00,visit,,https://shop.example/?utm_source=kol_li,,,,\n")
    before = says(workspace)
    kol = create(workspace, "KOL", "达人", kind="paid", pool="public")
    save_rules(workspace, [TrafficRule(field="source", pattern="kol_*", channel=kol), *rules(workspace)])
    assert preview_reapply(workspace).rows() == [("kol_li", kol, 1)]
    version = workspace.data_version
    assert (reapply(workspace), reapply(workspace)) == (1, 0)
    assert workspace.data_version > version
    assert workspace.rows("select raw_channel from event where channel = $kol", {"kol": kol}) == [(None,)]
    save_rules(workspace, [])
    assert rules(workspace) == list(default_rules())
    assert reapply(workspace) == 1
    delete(workspace, kol)
    assert says(workspace) == before


def test_a_payment_provider_made_a_channel_is_a_touch_and_back_again(workspace: Workspace, tmp_path: Path) -> None:
    visit = "time,action,page,referrer\n2026-07-01 10:00:00,visit,https://shop.example/,https://www.alipay.com/\n"
    imported(workspace, tmp_path, visit)
    before = says(workspace)
    save_rules(workspace, [TrafficRule(field="referrer", pattern="alipay.com", channel="referral"), *default_rules()])
    assert reapply(workspace) == 1
    assert workspace.rows("select channel, is_touch from event") == [("referral", True)]
    save_rules(workspace, default_rules())
    assert reapply(workspace) == 1
    assert says(workspace) == before


def test_own_hosts_are_no_channels(workspace: Workspace, tmp_path: Path) -> None:
    imported(
        workspace, tmp_path, "time,action,page,referrer\n2026-07-01 10:00:00,visit,/a,https://www.other.example/\n"
    )
    assert workspace.rows("select channel from event") == [("referral",)]
    assert set_own_hosts(workspace, ["https://www.Other.example/shop", "商店.中国"]) == (
        "other.example",
        "xn--czrs0t.xn--fiqs8s",
    )
    assert reapply(workspace) == 1
    assert workspace.rows("select channel, is_touch from event") == [(None, False)]
    with pytest.raises(BadInput, match="no host"):
        set_own_hosts(workspace, ["not a host"])


def test_a_source_that_no_rule_knows_is_a_label_people_can_assign(workspace: Workspace, tmp_path: Path) -> None:
    text = "time,action,page\n2026-07-01 10:00:00,visit,https://shop.example/?utm_source=kol_li\n"
    imported(workspace, tmp_path, text)
    assert sources(workspace).select("source", "channel", "is_guessed").row(0) == ("kol_li", "kol_li", True)
    assign(workspace, {"kol_li": "xiaohongshu"})
    assert workspace.rows("select channel, raw_channel from event") == [("xiaohongshu", "kol_li")]
    assert reapply(workspace) == 0
    again = imported(workspace, tmp_path, text)
    assert (again.added, again.duplicates) == (0, 1)


def test_merging_a_channel_takes_its_rules_along(workspace: Workspace, tmp_path: Path) -> None:
    text = "time,action,page,referrer\n2026-07-01 10:00:00,visit,https://shop.example/,https://t.co/1\n"
    imported(workspace, tmp_path, text)
    merge(workspace, "x", into="meta")
    assert workspace.rows("select channel from event") == [("meta",)]
    assert explain(workspace, "https://shop.example/", "https://t.co/1").channel == "meta"
    assert reapply(workspace) == 0


def test_an_import_with_visits_can_be_undone(workspace: Workspace, tmp_path: Path) -> None:
    before = says(workspace)
    result = imported(workspace, tmp_path, EVENTS)
    rollback(workspace, result.batch_id)
    assert says(workspace) == before


def test_rules_that_cannot_be_are_refused(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="no field"):
        TrafficRule(field="colour", pattern="x", channel="meta")
    with pytest.raises(BadInput, match="pattern"):
        TrafficRule(field="source", pattern=" | ", channel="meta")
    with pytest.raises(BadInput, match="create it first"):
        save_rules(workspace, [TrafficRule(field="source", pattern="x", channel="nowhere")])
    assert rules(workspace) == list(default_rules())


def test_rules_apply_in_their_order_and_ask_for_a_medium(workspace: Workspace) -> None:
    save_rules(
        workspace,
        [
            TrafficRule(field="campaign", pattern="*双11*", channel="tmall"),
            TrafficRule(field="source", pattern="partner|friend*", medium="paid|flyer", channel="affiliate"),
            TrafficRule(field="source", pattern="partner|friend*", medium="(none)", channel="referral"),
            TrafficRule(field="source", pattern="partner|friend*", channel="display"),
        ],
    )

    def channel(query: str) -> str | None:
        return explain(workspace, f"https://shop.example/?{query}").channel

    assert channel("utm_source=friends_of_ours&utm_medium=cpc") == "affiliate"
    assert channel("utm_source=partner&utm_medium=flyer") == "affiliate"
    assert channel("utm_source=partner") == "referral"
    assert channel("utm_source=partner&utm_medium=video") == "display"
    assert channel("utm_source=partner&utm_campaign=2026%E5%8F%8C11%E5%A4%A7%E4%BF%83") == "tmall"


def test_the_same_file_again_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, EVENTS)
    before = says(workspace)
    again = imported(workspace, tmp_path, EVENTS, "again.csv")
    assert (again.added, again.restated, again.duplicates) == (0, 0, 5)
    assert says(workspace) == before


@pytest.mark.parametrize(
    ("header", "row", "meanings"),
    [
        (
            "Event time,Event name,User ID,Session source / medium,Landing page,Page referrer",
            "2026-07-01 10:00:00,page_view,u1,google / cpc,/p,",
            {"Session source / medium": "utm_source", "Landing page": "page", "Page referrer": "referrer"},
        ),
        (
            "order_id,date,email,total,source,medium,campaign,landing_page",
            "1,2026-07-01 10:00:00,ana@shop.example,20,google,cpc,brand,/",
            {"source": "utm_source", "medium": "utm_medium", "campaign": "campaign", "landing_page": "page"},
        ),
        (
            "Name,Created At,Email,Total Price,Landing Site,Referring Site,Source",
            "#1001,2026-07-01 10:00:00,ana@shop.example,20,/p?gclid=x,https://www.google.com/,web",
            {"Landing Site": "page", "Referring Site": "referrer"},
        ),
    ],
)
def test_columns_that_say_where_visits_came_from_are_found(
    workspace: Workspace, tmp_path: Path, header: str, row: str, meanings: dict[str, str]
) -> None:
    path = write(tmp_path, f"{header}\n{row}\n{row}\n")
    columns = inspect(workspace, path).mapping.columns
    assert {name: columns.get(name) for name in meanings} == meanings
    assert "channel" not in columns.values()
    import_file(workspace, path)
    assert set(workspace.rows("select channel from event")) == {("google_ads",)}
