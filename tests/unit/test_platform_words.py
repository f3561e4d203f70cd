"""A file of spend that no profile knows tells by its columns, or by name and columns together, whose export it is."""

from pathlib import Path

import pytest

from omnidash.ingest.meaning.file_name import suggested_channels
from omnidash.ingest.meaning.platform_words import channel_by_words
from omnidash.ingest.run import commit, inspect
from omnidash.store import Workspace

_OCEAN = "时间,账户名称,账户ID,消耗,展示数,点击数,点击率(%),转化数,转化成本"
_BAIDU_FEED = "时间,推广账户,计划,单元,创意,展现量,点击量,消费（元）,点击率,平均点击价格（元）,千次展现消费,目标转化量,目标转化成本"


def test_columns_of_one_platform_alone_tell() -> None:
    assert channel_by_words(_OCEAN.split(","), "report.csv") == "douyin"


def test_columns_that_several_platforms_share_need_the_name_as_a_second_witness() -> None:
    assert channel_by_words(_BAIDU_FEED.split(","), "report.csv") is None
    assert channel_by_words(_BAIDU_FEED.split(","), "百度信息流.csv") == "baidu"
    assert channel_by_words(_BAIDU_FEED.split(","), "小红书.csv") is None


def test_a_name_tells_between_platforms_that_head_their_columns_alike() -> None:
    header = ["Date", "Campaign Name", "Ad Group Name", "Impressions", "Clicks", "Spend", "CPC", "CTR"]
    assert channel_by_words(header, "report.csv") is None
    assert channel_by_words(header, "Reddit_Ads_report.csv") == "reddit"
    assert channel_by_words(["Date", "Campaign", "Spend"], "Outbrain.csv") is None


@pytest.mark.parametrize(
    "name", ["Sponsored Products Kampagnen.csv", "美团推广通_7月.csv", "Yahoo広告_検索.csv", "蒲公英.csv"]
)
def test_names_of_products_speak_of_their_platform(name: str) -> None:
    known = {"Sponsored": "amazon_ads", "美团推广通": "meituan", "Yahoo広告": "yahoo_japan", "蒲公英": "xiaohongshu"}
    assert suggested_channels(name)[:1] == (next(c for word, c in known.items() if word in name),)


def test_plain_columns_are_asked_about_whatever_the_file_is_called() -> None:
    plain = ["date", "campaign", "cost", "impressions", "clicks"]
    assert channel_by_words(plain, "export.csv") is None
    assert channel_by_words(["name", "amount", "note"], "google_ads.csv") is None


def test_the_channel_is_taken_and_said_so_and_no_question_is_left(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text(_OCEAN + "\n2026-01-05,店,1,12.50,100,7,7,1,12.5\n", "utf-8")
    seen = inspect(workspace, path)
    assert (seen.kind, seen.profile, seen.mapping.constants["channel"], seen.questions) == (
        "spend", "guessed", "douyin", (),
    )  # fmt: skip
    assert any(note.values.get("channel") == "douyin" for note in seen.warnings)
    commit(workspace, path, seen.mapping)
    assert workspace.rows("select channel, cast(sum(cost) as double) from spend group by all") == [("douyin", 12.5)]
    assert inspect(workspace, path).mapping.constants["channel"] == "douyin"  # remembered columns, and told anew
