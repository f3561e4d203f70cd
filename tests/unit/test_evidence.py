"""Evidence is kept with its source, comes back as it was entered, and refuses what cannot be."""

from datetime import date
from pathlib import Path

import pytest

from omnidash.attribution.evidence import Evidence, evidence, read_evidence, record, withdraw
from omnidash.ingest.channels import merge
from omnidash.model.errors import BadInput
from omnidash.store import Workspace

GEO = {
    "channel": "douyin",
    "method": "geo_lift",
    "first_day": date(2026, 3, 1),
    "last_day": date(2026, 3, 28),
    "incremental_revenue": 300.0,
    "low": 200.0,
    "high": 400.0,
    "spend": 100.0,
    "source": "Agency report 12",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "w")


def test_what_is_recorded_comes_back_latest_first_until_it_is_withdrawn(workspace: Workspace) -> None:
    before = workspace.version
    record(workspace, [Evidence(**GEO), Evidence(**{**GEO, "channel": "meta", "last_day": date(2026, 5, 1)})])
    first, second = evidence(workspace)
    assert (first.channel, second.channel) == ("meta", "douyin")
    assert second == Evidence(**GEO, evidence_id=second.evidence_id)
    assert workspace.version != before
    assert evidence(workspace, channel="douyin") == (second,)
    withdraw(workspace, second.evidence_id or 0)
    assert evidence(workspace) == (first,)


def test_iroas_and_its_error_follow_from_what_was_entered() -> None:
    found = Evidence(**GEO)
    assert (found.iroas, found.iroas_interval) == (3.0, (2.0, 4.0))
    assert found.standard_error == pytest.approx(100 / 1.6448536, rel=1e-6)
    bare = Evidence(**{**GEO, "low": None, "high": None, "spend": None})
    assert (bare.iroas, bare.iroas_interval, bare.standard_error) == (None, None, None)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"source": " "}, "where the finding comes from"),
        ({"channel": ""}, "name it"),
        ({"method": "guess"}, "guess"),
        ({"last_day": date(2026, 2, 1)}, "before it begins"),
        ({"low": None}, "two ends"),
        ({"low": 350.0}, "between the two ends"),
        ({"level": 1.0}, "level"),
        ({"spend": 0.0}, "more than nothing"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changed: dict, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Evidence(**{**GEO, **changed})


def test_nothing_is_kept_of_a_list_with_an_unknown_channel(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="mars"):
        record(workspace, [Evidence(**GEO), Evidence(**{**GEO, "channel": "mars"})])
    assert evidence(workspace) == ()


LABELS = {"douyin": "douyin", "抖音": "douyin"}


def test_a_file_states_revenue_or_iroas_with_spend() -> None:
    text = (
        "channel,first_day,last_day,incremental_revenue,low,high,iroas,iroas_low,iroas_high,spend,level,method,source\n"
        '抖音,2026-03-01,2026-03-28,"1,300",,,,,,,,,\n'
        "douyin,2026/04/01,2026-04-14,,,,2.5,2,3,40,80,geo_lift,own test\n"
    )
    one, two = read_evidence(text, channel_of_label=LABELS, source="tests.csv")
    assert (one.incremental_revenue, one.low, one.spend, one.source) == (1300, None, None, "tests.csv")
    assert (two.incremental_revenue, two.low, two.high, two.level) == (100, 80, 120, 0.8)
    assert (two.method, two.source, two.first_day) == ("geo_lift", "own test", date(2026, 4, 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channel,first_day\ndouyin,2026-03-01", "last_day"),
        ("channel,first_day,last_day,incremental_revenue\nmars,2026-03-01,2026-03-02,5", "Row 2.*mars"),
        ("channel,first_day,last_day,incremental_revenue\ndouyin,soon,2026-03-02,5", "Row 2.*soon"),
        ("channel,first_day,last_day,incremental_revenue\ndouyin,2026-03-01,2026-03-02,much", "Row 2.*much"),
        ("channel,first_day,last_day,iroas\ndouyin,2026-03-01,2026-03-02,2", "iroas and spend"),
        ("channel,first_day,last_day,iroas\n", "no finding"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_evidence(text, channel_of_label=LABELS, source="x")


def test_evidence_follows_a_channel_that_is_merged_into_another(workspace: Workspace) -> None:
    record(workspace, [Evidence(**GEO)])
    merge(workspace, "douyin", into="meta")
    assert [found.channel for found in evidence(workspace)] == ["meta"]
