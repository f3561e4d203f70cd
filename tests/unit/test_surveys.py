"""Survey answers from the file to the score of everybody, of those a channel reached, to verdict and screen."""

from datetime import date
from pathlib import Path

import pytest

from omnidash.engine.journeys import journeys_of
from omnidash.engine.rows_behind import rows_in_sql
from omnidash.engine.surveys import answers
from omnidash.health.thresholds import Thresholds
from omnidash.health.verdict import Evidence, judgements
from omnidash.identity.resolve import bring_up_to_date
from omnidash.ingest.run import import_file
from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.metrics.nps import nps
from omnidash.metrics.of_workspace import channel_days_of
from omnidash.metrics.promoters import Promoters, promoters
from omnidash.model.period import Period
from omnidash.store import Workspace
from tests.made_once import workspace_with
from tests.unit.ingest_files import write

JUNE = Period(first_day=date(2026, 6, 1), last_day=date(2026, 6, 30))
TOUCHES = """time,phone,channel,action
2026-06-01 10:00,13800000101,meta,click
2026-06-02 10:00,13800000101,email,click
2026-06-01 10:00,13800000102,meta,click
2026-06-09 10:00,13800000103,meta,click
2026-04-01 10:00,13800000103,email,click
"""
ANSWERS = """回答时间,手机号,nps评分
2026-06-05 10:00,13800000101,10
2026-06-05 11:00,13800000102,9
2026-06-06 11:00,13800000102,3
2026-06-05 12:00,13800000103,8
2026-06-05 12:30,,2
2026-06-07 12:30,13800000101,95
"""


@pytest.fixture
def asked(tmp_path: Path) -> Workspace:
    workspace = workspace_with(tmp_path / "workspace", {"touches.csv": TOUCHES, "survey.csv": ANSWERS})
    bring_up_to_date(workspace)
    return workspace


def test_answers_are_counted_for_everybody_and_for_those_a_channel_reached(asked: Workspace) -> None:
    given = answers(asked)
    assert given["score"].to_list() == [10, 9, 8, 2, 3]
    assert given["person"].null_count() == 1
    found = promoters(given, journeys_of(asked), JUNE, lookback_days=30)
    assert found.everybody == nps([10, 9, 8, 2, 3])
    # Whom a channel reached before they answered, not longer ago than the lookback: 103 met Meta later, e-mail in April.
    assert found.by_channel == {"meta": nps([10, 9, 3]), "email": nps([10])}
    later = Period(first_day=date(2026, 6, 6), last_day=date(2026, 6, 30))
    assert promoters(given, journeys_of(asked), later, lookback_days=30).everybody == nps([3])
    behind = rows_in_sql(asked, "answers", JUNE, None)
    assert found.everybody is not None
    assert behind.count == found.everybody.answers == 5
    assert promoters(given.head(0), journeys_of(asked), JUNE, lookback_days=30) == Promoters()


def test_a_file_with_the_same_answers_again_adds_nothing(asked: Workspace, tmp_path: Path) -> None:
    assert import_file(asked, write(tmp_path, ANSWERS, "again.csv")).added == 0
    assert len(answers(asked)) == 5


def test_praise_builds_the_brand_where_it_is_more_than_chance(asked: Workspace) -> None:
    days = channel_days_of(asked, journeys_of(asked), model="last").select(list(CHANNEL_DAY))
    everybody = nps([10] * 30 + [0] * 30)

    def brand(answers_of_meta: list[int]) -> tuple[bool | None, str]:
        score = nps(answers_of_meta)
        assert score is not None
        evidence = Evidence(
            effect_share={}, sole_share={}, sole_share_of_all=0.0, onward_share={}, persons={"meta": 100},
            promoters=Promoters(everybody=everybody, by_channel={"meta": score}),
        )  # fmt: skip
        found = judgements(days, closed_through=date(2026, 6, 9), thresholds=Thresholds(), evidence=evidence)["meta"]
        return found.builds_brand, found.reasons[2].template

    assert brand([10] * 40)[0] is True
    assert brand([10] * 21 + [0] * 19)[0] is False  # five points above: chance
    assert brand([10] * 5) == (None, "Brand: too few persons to tell where they went on to.")
