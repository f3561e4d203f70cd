"""Evidence is kept with its source, comes back as it was entered, and refuses what cannot be."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from omnidash.attribution.evidence import Evidence, evidence, record, withdraw
from omnidash.attribution.evidence_file import Taken, keep_file, read_evidence
from omnidash.ingest.channels import merge
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.made_once import workspace_with

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
    return workspace_with(tmp_path / "w", {})


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
        ({"spend": float("nan")}, "finite"),
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
HEADER = "channel,first_day,last_day,incremental_revenue\n"


def read(content: bytes) -> list[Evidence]:
    return read_evidence(content, channel_of_label=LABELS, name="tests.csv", today=date(2026, 6, 1))


def test_a_file_states_revenue_or_iroas_with_spend() -> None:
    text = (
        "channel,first_day,last_day,incremental_revenue,low,high,iroas,iroas_low,iroas_high,spend,level,method,source\n"
        '抖音,2026-03-01,2026-03-28,"1,300",,,,,,,,,\n'
        "douyin,2026/04/01,2026-04-14,,,,2.5,2,3,40,80,geo_lift,own test\n"
    )
    one, two = read(text.encode())
    assert (one.incremental_revenue, one.low, one.spend, one.source) == (1300, None, None, "tests.csv")
    assert (two.incremental_revenue, two.low, two.high, two.level) == (100, 80, 120, 0.8)
    assert (two.method, two.source, two.first_day) == ("geo_lift", "own test", date(2026, 4, 1))


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_whatever_its_line_ends_and_whether_utf8_or_gb18030(encoding: str, ends: str) -> None:
    text = f"{HEADER}抖音,2026-03-01,2026-03-28,5\n\n抖音,2026-04-01,2026-04-28,6\n"
    found = read(text.replace("\n", ends).encode(encoding))
    assert [(one.channel, one.incremental_revenue) for one in found] == [("douyin", 5), ("douyin", 6)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"channel,first_day\ndouyin,2026-03-01", "tests.csv.*last_day"),
        (b"", "tests.csv.*last_day"),
        (f"{HEADER}mars,2026-03-01,2026-03-02,5".encode(), "tests.csv, row 2.*mars"),
        (f"{HEADER}\ndouyin,soon,2026-03-02,5".encode(), "row 3.*soon"),
        (f"{HEADER}douyin,2026-03-01,2026-03-02,much".encode(), "row 2.*much"),
        (f"{HEADER}douyin,2026-03-03,2026-03-02,5".encode(), "row 2.*before it begins"),
        (f"{HEADER}douyin,2026-03-03,2026-06-02,5".encode(), "row 2.*2026-06-02.*not come yet"),
        (f"{HEADER}douyin,2026-03-01,2026-03-02,inf".encode(), "row 2.*finite"),
        (f"{HEADER}douyin,2026-03-01,2026-03-02,5\ndouyin,{'9' * 200_000}".encode(), "tests.csv, row 3.*CSV"),
        (b"channel,first_day,last_day,iroas\ndouyin,2026-03-01,2026-03-02,2", "row 2.*iroas and spend"),
        (b"channel,first_day,last_day,iroas\n", "no finding"),
        (b"PK\x03\x04\x00\x00\xff", "tests.csv.*no text"),
        (b"\x89PNG\r\xff\xff", "tests.csv.*no text"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(content)


def test_a_finding_is_kept_once_however_often_it_is_given(workspace: Workspace) -> None:
    row = "抖音,2026-03-01,2026-03-28,5\n"
    assert keep_file(workspace, (HEADER + row + row).encode(), name="a.csv") == Taken(added=1, known=1)
    version = workspace.version
    assert keep_file(workspace, (HEADER + row).encode(), name="a.csv") == Taken(added=0, known=1)
    assert workspace.version == version
    assert record(workspace, [Evidence(**GEO), Evidence(**{**GEO, "source": "Agency report 12 "})]) == 1
    assert len(evidence(workspace)) == 2


def test_a_test_that_has_not_ended_is_not_kept(workspace: Workspace) -> None:
    later = date.today() + timedelta(days=2)
    with pytest.raises(BadInput, match="not come yet"):
        record(workspace, [Evidence(**{**GEO, "last_day": later})])


def test_evidence_follows_a_channel_that_is_merged_into_another(workspace: Workspace) -> None:
    record(workspace, [Evidence(**GEO)])
    merge(workspace, "douyin", into="meta")
    assert [found.channel for found in evidence(workspace)] == ["meta"]
