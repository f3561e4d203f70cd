"""Labels are assigned to channels for all rows at once; nothing is lost, and assigning back brings everything back."""

from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.engine.journeys import journeys_of
from omnidash.engine.rollup import channels as used_channels
from omnidash.engine.rollup import spend_days, touch_days
from omnidash.ingest.channels import (
    assign,
    change,
    channels,
    create,
    delete,
    group,
    groups,
    labels,
    merge,
    preview,
    rename,
    suggest,
)
from omnidash.ingest.run import commit, import_file, inspect, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.made_once import workspace_with
from tests.unit.ingest_files import EVENTS, imported, says, write

SPEND = """\
date,channel,campaign,cost,clicks
2026-07-01,Flow A,夏季,100,30
2026-07-02,Flow A,夏季,110,35
2026-07-01,Flow B,夏季,40,9
2026-07-01,抖音,品牌,50,20
"""
TOUCHES = """\
time,channel,action,email,revenue
2026-07-01 10:00:00,Flow A,click,ana@shop.example,
2026-07-01 11:00:00,flow  a,click,ana@shop.example,
2026-07-01 12:00:00,抖音,click,ana@shop.example,
2026-07-02 09:30:00,Flow B,purchase,ana@shop.example,199.00
"""


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """Spend and touches of two labels nobody knows and one everybody knows."""
    return workspace_with(tmp_path / "workspace", {"spend.csv": SPEND, "touches.csv": TOUCHES})


def rows_of(workspace: Workspace, label: str) -> list[tuple[object, ...]]:
    tables = ("event", "spend", "report", "event_restated", "spend_restated", "report_restated")
    return workspace.rows(
        " union ".join(f"select channel from {t} where raw_channel = $label" for t in tables), {"label": label}
    )


def test_labels_are_listed_with_their_volume_and_guesses_first(shop: Workspace) -> None:
    found = labels(shop).select("label", "channel", "is_guessed", "rows", "spend", "revenue").rows()
    assert found == [
        ("Flow A", "flow_a", True, 3, 210.0, 0.0),
        ("Flow B", "flow_b", True, 2, 40.0, 199.0),
        ("flow  a", "flow_a", True, 1, 0.0, 0.0),
        ("抖音", "douyin", False, 2, 50.0, 0.0),
    ]


def test_an_assignment_moves_every_row_of_a_label_and_its_spellings(shop: Workspace) -> None:
    done = assign(shop, {"FLOW A": "douyin"})
    assert (done.rows, done.before) == (4, {"Flow A": "flow_a", "flow  a": "flow_a"})
    assert rows_of(shop, "Flow A") == rows_of(shop, "flow  a") == [("douyin",)]
    assert rows_of(shop, "Flow B") == [("flow_b",)]
    costs = dict(shop.rows("select channel, sum(cost) from spend group by channel"))
    assert costs == {"douyin": Decimal(260), "flow_b": Decimal(40)}


def test_assigning_back_brings_back_every_query_result(shop: Workspace, tmp_path: Path) -> None:
    imported(shop, tmp_path, SPEND.replace("110,35", "120,36"), "corrected.csv")  # leaves a row in spend_restated
    tables = [name for (name,) in shop.rows("select table_name from duckdb_tables() where table_name <> 'setting'")]

    def everything() -> dict[str, list[tuple[object, ...]]]:
        return {t: shop.rows(f"select * from {t} order by all") for t in tables}

    before, days = everything(), (touch_days(shop), spend_days(shop), used_channels(shop))
    done = assign(shop, {"Flow A": "douyin", "抖音": "flow_b"})
    assert everything() != before
    assert rows_of(shop, "Flow A") == [("douyin",)]
    assign(shop, done.before)
    assert everything() == before
    assert all(
        a.equals(b) for a, b in zip(days, (touch_days(shop), spend_days(shop), used_channels(shop)), strict=True)
    )


def test_later_imports_honour_an_assignment(shop: Workspace, tmp_path: Path) -> None:
    assign(shop, {"Flow A": "douyin"})
    imported(shop, tmp_path, "date,channel,cost\n2026-07-05,flow a,7\n")
    assert shop.rows("select channel from spend where day = '2026-07-05'") == [("douyin",)]


def test_a_re_export_still_meets_its_rows_after_an_assignment(shop: Workspace, tmp_path: Path) -> None:
    assign(shop, {"Flow A": "douyin", "Flow B": "douyin"})
    before = says(shop)
    again = imported(shop, tmp_path, SPEND, "again.csv")
    assert (again.added, again.restated, again.duplicates) == (0, 0, 4)
    assert says(shop) == before


def test_a_re_export_of_one_label_leaves_the_others_of_its_channel_alone(shop: Workspace, tmp_path: Path) -> None:
    assign(shop, {"Flow A": "douyin", "Flow B": "douyin"})  # both have 夏季 on the first of July
    only_b = "date,channel,campaign,cost,clicks\n2026-07-01,Flow B,夏季,41,9\n"
    result = imported(shop, tmp_path, only_b, "b.csv")
    assert (result.added, result.restated) == (0, 1)
    assert shop.rows("select raw_channel, cost from spend where day = '2026-07-01' order by all") == [
        ("Flow A", Decimal(100)),
        ("Flow B", Decimal(41)),
        ("抖音", Decimal(50)),
    ]


def test_a_preview_says_what_an_assignment_would_change_and_changes_nothing(shop: Workspace) -> None:
    before, version = says(shop), shop.data_version
    seen = preview(shop, {"Flow A": "douyin", "抖音": "douyin"})
    assert says(shop) == before and shop.data_version == version
    assert seen.rows == 4
    assert seen.labels.rows() == [
        ("Flow A", "flow_a", "douyin", 3, 210.0, 0.0),
        ("flow  a", "flow_a", "douyin", 1, 0.0, 0.0),
    ]
    after = {row["channel"]: row for row in seen.channels.to_dicts()}
    assert (after["flow_a"]["rows"], after["flow_a"]["rows_after"]) == (4, 0)
    assert (after["douyin"]["spend"], after["douyin"]["spend_after"]) == (50.0, 260.0)
    done = assign(shop, {"Flow A": "douyin", "抖音": "douyin"})
    assert done.rows == seen.rows
    now = {row["channel"]: row for row in channels(shop).to_dicts()}
    assert all(
        now[c]["rows"] == row["rows_after"] and now[c]["spend"] == row["spend_after"] for c, row in after.items()
    )


def test_what_was_computed_before_an_assignment_is_computed_anew(shop: Workspace) -> None:
    version, table = shop.version, journeys_of(shop)
    assert "flow_a" in table.channels
    assign(shop, {"Flow A": "douyin"})
    assert shop.version != version
    assert "flow_a" not in journeys_of(shop).channels


def test_an_assignment_that_cannot_be_changes_nothing(shop: Workspace) -> None:
    before, version = says(shop), shop.version
    with pytest.raises(BadInput, match="create it first"):
        assign(shop, {"Flow B": "douyin", "Flow A": "nowhere"})
    with pytest.raises(BadInput, match="blank"):
        assign(shop, {" ": "douyin"})
    with pytest.raises(BadInput, match="two channels"):
        assign(shop, {"Flow A": "douyin", "flow a": "jd"})
    assert (says(shop), shop.version) == (before, version)


def test_merged_channels_are_one_from_then_on(shop: Workspace, tmp_path: Path) -> None:
    done = merge(shop, "flow_a", into="flow_b")
    assert (done.rows, done.before) == (4, {"Flow A": "flow_a", "flow  a": "flow_a"})
    assert "flow_a" not in channels(shop)["channel"].to_list()
    imported(shop, tmp_path, "date,channel,cost\n2026-07-08,Flow A,1\n2026-07-08,flow_a,2\n", "later.csv")
    assert shop.rows("select distinct channel from spend where day = '2026-07-08'") == [("flow_b",)]
    with pytest.raises(BadInput, match="itself"):
        merge(shop, "flow_b", into="flow_b")
    with pytest.raises(BadInput, match="no channel 'flow_a'"):
        merge(shop, "flow_a", into="flow_b")


def test_a_merged_channel_of_the_house_does_not_come_back_by_its_other_names(shop: Workspace, tmp_path: Path) -> None:
    merge(shop, "douyin", into="flow_b")
    imported(shop, tmp_path, "date,channel,cost\n2026-07-08,巨量引擎,1\n2026-07-08,Douyin,1\n", "later.csv")
    assert shop.rows("select distinct channel from spend where day = '2026-07-08'") == [("flow_b",)]


def test_a_merge_is_undone_by_creating_and_assigning_back(shop: Workspace) -> None:
    before = {t: shop.rows(f"select * from {t} order by all") for t in ("event", "spend")}
    done = merge(shop, "flow_a", into="flow_b")
    assert create(shop, "Flow A", kind="paid", pool="public") == "flow_a"
    assign(shop, done.before)
    assert {t: shop.rows(f"select * from {t} order by all") for t in ("event", "spend")} == before


def test_an_import_can_be_undone_after_its_channels_were_merged(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, SPEND, "spend.csv")
    second = imported(workspace, tmp_path, SPEND.replace("Flow A,夏季,100", "Flow A,夏季,101"), "corrected.csv")
    merge(workspace, "flow_a", into="flow_b")
    rollback(workspace, second.batch_id)
    assert workspace.rows("select distinct channel from spend where raw_channel = 'Flow A'") == [("flow_b",)]
    assert workspace.rows("select sum(cost) from spend") == [(Decimal(300),)]
    rollback(workspace, first.batch_id)
    assert workspace.rows("select count(*) from spend") == [(0,)]
    imported(workspace, tmp_path, SPEND, "once more.csv")
    assert workspace.rows("select distinct channel from spend where raw_channel = 'Flow A'") == [("flow_b",)]


def test_undo_keeps_what_people_decided_and_forgets_what_was_only_guessed(workspace: Workspace, tmp_path: Path) -> None:
    before = says(workspace)
    result = imported(workspace, tmp_path, SPEND)
    assign(workspace, {"Flow A": "jd"})
    change(workspace, "flow_b", kind="earned")
    rollback(workspace, result.batch_id)
    assert workspace.rows("select label, channel from channel_label") == [("Flow A", "jd")]
    assert workspace.rows("select kind from channel where channel = 'flow_b'") == [("earned",)]
    assert workspace.rows("select channel from channel where channel = 'flow_a'") == []
    assign(workspace, {"Flow A": "douyin"})
    assert before["spend"] == says(workspace)["spend"] == []


def test_undo_of_the_import_that_made_a_channel_keeps_one_that_others_lead_to(shop: Workspace) -> None:
    assign(shop, {"抖音": "flow_a"})
    for (batch,) in shop.rows("select batch_id from batch order by batch_id"):
        rollback(shop, batch)
    assert shop.rows("select channel from channel_label where label = '抖音'") == [("flow_a",)]
    assert shop.rows("select channel from channel where channel = 'flow_a'") == [("flow_a",)]


def test_a_channel_can_be_made_changed_and_grouped(workspace: Workspace) -> None:
    channel = create(workspace, "Live shopping", "直播", kind="paid", pool="public", grouping="Content")
    assert channel == "live_shopping"
    rename(workspace, channel, "Live", "直播间")
    change(workspace, channel, kind="owned", pool="private")
    group(workspace, "Search", ["baidu", "google_ads"])
    assert groups(workspace) == {"Content": ("live_shopping",), "Search": ("baidu", "google_ads")}
    group(workspace, "Search", ["baidu"])
    change(workspace, channel, grouping="")
    assert groups(workspace) == {"Search": ("baidu",)}
    row = channels(workspace).filter(channel=channel).to_dicts()[0]
    assert (row["name_en"], row["name_zh"], row["kind"], row["pool"], row["rows"]) == (
        "Live",
        "直播间",
        "owned",
        "private",
        0,
    )


def test_a_renamed_channel_is_found_by_its_new_name(shop: Workspace, tmp_path: Path) -> None:
    rename(shop, "flow_a", "Stream", "信息流甲")
    imported(shop, tmp_path, "date,channel,cost\n2026-07-08,stream,1\n2026-07-08,信息流甲,2\n", "later.csv")
    assert shop.rows("select distinct channel from spend where day = '2026-07-08'") == [("flow_a",)]
    assert not labels(shop).filter(channel="flow_a")["is_guessed"].any()  # somebody has looked at it


def test_what_people_say_of_a_channel_is_not_changed_by_later_spend(shop: Workspace, tmp_path: Path) -> None:
    imported(shop, tmp_path, "time,channel,action\n2026-07-01 10:00:00,Blog,click\n", "blog.csv")
    change(shop, "blog", kind="earned")
    imported(shop, tmp_path, "date,channel,cost\n2026-07-01,Blog,30\n", "cost of blog.csv")
    assert shop.rows("select kind from channel where channel = 'blog'") == [("earned",)]


def test_names_and_kinds_that_cannot_be_are_refused(shop: Workspace) -> None:
    version = shop.version
    with pytest.raises(BadInput, match="another channel"):
        create(shop, "抖音", kind="paid", pool="public")
    with pytest.raises(BadInput, match="another channel"):
        rename(shop, "flow_a", "Flow B", "x")
    with pytest.raises(BadInput, match="needs a name"):
        create(shop, " ", kind="paid", pool="public")
    with pytest.raises(BadInput, match="'free' is unknown"):
        change(shop, "flow_a", kind="free")
    with pytest.raises(BadInput, match="no channel 'nowhere'"):
        group(shop, "Search", ["nowhere"])
    assert shop.version == version


def test_only_a_channel_that_nothing_uses_is_deleted(shop: Workspace) -> None:
    with pytest.raises(BadInput, match="4 rows belong to channel 'flow_a'"):
        delete(shop, "flow_a")
    assign(shop, {"Flow A": "douyin"})
    delete(shop, "flow_a")
    assert "flow_a" not in channels(shop)["channel"].to_list()


def test_similar_spellings_are_suggested_and_never_applied(shop: Workspace, tmp_path: Path) -> None:
    text = "time,channel,action\n" + "".join(
        f"2026-07-01 10:00:0{i},{label},click\n"
        for i, label in enumerate(["抖音-新客投放", "ＤＯＵＹＩＮ 广告", "Facebok Ads", "巨量引擎-信息流", "Zeitung"])
    )
    imported(shop, tmp_path, text, "others.csv")
    best = {
        label: next((s.channel for s in suggest(shop, label)), None)
        for label in ["抖音-新客投放", "ＤＯＵＹＩＮ 广告", "Facebok Ads", "巨量引擎-信息流", "Zeitung"]
    }
    assert best == {
        "抖音-新客投放": "douyin",
        "ＤＯＵＹＩＮ 广告": "douyin",
        "Facebok Ads": "meta",
        "巨量引擎-信息流": "douyin",
        "Zeitung": None,
    }
    guessed = labels(shop).filter(is_guessed=True)["label"].to_list()
    assert {"抖音-新客投放", "Facebok Ads", "Zeitung"} <= set(guessed)


def test_a_suggestion_learns_from_labels_that_were_assigned(shop: Workspace) -> None:
    assign(shop, {"Flow A": "jd"})
    assert suggest(shop, "Flow A 2026")[0].channel == "jd"


def test_decisions_of_a_file_do_not_contradict_what_a_label_means_already(shop: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n2026-07-09,Flow A,1\n2026-07-09,Brand new,2\n", "next.csv")
    mapping = inspect(shop, path).mapping
    decided = type(mapping).from_json({**mapping.to_json(), "channel_labels": {"Flow A": "jd", "Brand new": "jd"}})
    commit(shop, path, decided)
    assert dict(shop.rows("select raw_channel, channel from spend where day = '2026-07-09'")) == {
        "Flow A": "flow_a",
        "Brand new": "jd",
    }


def test_labels_that_are_tags_mean_the_channel_of_the_tag(workspace: Workspace, tmp_path: Path) -> None:
    tags = ["google / cpc", "google / organic", "Organic: Baidu", "m.facebook.com / referral", "paypal.com / referral"]
    lines = "".join(f"2026-07-01 10:00:0{i},{tag},visit\n" for i, tag in enumerate(tags))
    import_file(workspace, write(tmp_path, "time,channel,action\n" + lines))
    found = dict(workspace.rows("select raw_channel, channel from event"))
    assert list(map(found.get, tags)) == ["google_ads", "organic_search", "organic_search", "meta", "referral"]


def test_events_without_any_change_keep_their_channels(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, EVENTS)
    assert assign(workspace, {"抖音": "douyin"}).rows == 0


def test_a_paid_label_is_suggested_no_earned_channel_and_a_site_the_channel_it_belongs_to(
    workspace: Workspace, tmp_path: Path
) -> None:
    said = ["Organic search", "Meta", "Paid Search", "付费搜索", "Organic Searches", "Facebook", "Instagram"]
    text = "time,channel,action\n" + "".join(f"2026-07-01 10:00:00,{label},click\n" for label in said)
    imported(workspace, tmp_path, text)
    best = {label: next((s.channel for s in suggest(workspace, label)), None) for label in said[2:]}
    assert best == {
        "Paid Search": None, "付费搜索": None, "Organic Searches": "organic_search", "Facebook": "meta",
        "Instagram": "meta",
    }  # fmt: skip
