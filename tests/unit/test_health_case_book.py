"""A case's life: what people did about it is kept, found again, and says whether somebody is to be told."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from omnidash.health.case_book import Standing, read_book, record, standings
from omnidash.health.cases import Case
from omnidash.model.errors import WrongUse
from omnidash.model.messages import Message
from omnidash.store import Workspace
from tests.made_once import workspace_with

FIRST = date(2026, 6, 10)
NOON = datetime(2026, 6, 17, 4)  # 12:00 in Shanghai


def case(*, first: date = FIRST, days: int = 7, recovered: date | None = None) -> Case:
    return Case(
        rule="roi_streak", channel="meta", state="recovered" if recovered else "open", severity="medium",
        first_day=first, fired_on=first + timedelta(6), last_day=first + timedelta(days - 1), recovered_on=recovered,
        value=-0.3, limit=0.0, evidence=pl.DataFrame(), sentence=Message("x", {}), actions=(),
    )  # fmt: skip


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return workspace_with(tmp_path / "w", {})


def standing(workspace: Workspace, found: Case) -> Standing:
    return standings([found], read_book(workspace))[0]


def test_an_acknowledged_case_says_who_and_why_after_a_restart(workspace):
    record(workspace, case(), "acknowledged", by="ana", note="agency informed", now=NOON)
    again = standing(Workspace.open(workspace.folder), case(days=9))
    assert again.stage(date(2026, 6, 19)) == "acknowledged"
    assert [(e.by, e.note, e.at) for e in again.entries] == [("ana", "agency informed", NOON)]


def test_what_people_do_does_not_make_results_be_computed_anew(workspace):
    before = workspace.version
    record(workspace, case(), "acknowledged", by="ana")
    assert workspace.version == before


def test_what_people_do_is_read_again_also_where_the_workspace_is_older_than_its_version(workspace):
    assert workspace.cases_version == 0
    with workspace.writing("test", changes="nothing") as cursor:
        cursor.execute("delete from setting where name = 'cases_version'")
    for expected in (1, 2):
        record(workspace, case(), "noted", by="ana", note="look")
        assert Workspace.open(workspace.folder).cases_version == expected


def test_a_case_whose_days_shift_by_a_late_export_is_the_same_case(workspace):
    first = record(workspace, case(), "noted", by="ana", note="look")
    assert record(workspace, case(first=FIRST + timedelta(1)), "acknowledged", by="bo") == first
    assert standing(workspace, case(first=FIRST + timedelta(1))).case_id == first


def test_a_new_spell_of_the_same_trouble_is_a_new_case(workspace):
    record(workspace, case(recovered=date(2026, 6, 20)), "closed", by="ana")
    again = case(first=date(2026, 7, 1))
    assert standing(workspace, again).stage(date(2026, 7, 9)) == "open"
    assert record(workspace, again, "acknowledged", by="ana") == 2


def test_somebody_is_told_once_and_again_only_after_the_delay(workspace):
    today = NOON.date()
    assert standing(workspace, case()).is_due(NOON, renotify_days=7, today=today, receiver="ops")
    record(workspace, case(), "told", by="cron", now=NOON)
    told = standing(workspace, case())
    assert not told.is_due(NOON + timedelta(days=6, hours=23), renotify_days=7, today=today, receiver="ops")
    assert told.is_due(NOON + timedelta(days=7), renotify_days=7, today=today, receiver="ops")
    record(workspace, case(), "acknowledged", by="ana", now=NOON)
    assert not standing(workspace, case()).is_due(
        NOON + timedelta(days=30), renotify_days=7, today=today, receiver="ops"
    )


def test_a_receiver_that_was_not_reached_is_told_the_next_time(workspace):
    record(workspace, case(), "told", by="cron", now=NOON, details={"receivers": ["ops"]})
    told, due = standing(workspace, case()), {"renotify_days": 7, "today": NOON.date()}
    assert not told.is_due(NOON, **due, receiver="ops") and told.is_due(NOON, **due, receiver="boss")
    over = standing(workspace, case(recovered=date(2026, 6, 20)))
    assert over.recovery_is_due("ops") and not over.recovery_is_due("boss")


def test_recovery_is_told_once_to_those_who_were_told_of_the_alarm(workspace):
    over = case(recovered=date(2026, 6, 20))
    assert not standing(workspace, over).recovery_is_due("ops")
    record(workspace, case(), "told", by="cron", now=NOON)
    assert standing(workspace, over).recovery_is_due("ops")
    record(workspace, over, "told_recovered", by="cron")
    assert not standing(workspace, over).recovery_is_due("ops")


def test_a_snoozed_case_wakes_on_its_day_or_when_woken(workspace):
    record(workspace, case(), "snoozed", by="ana", until=date(2026, 6, 25))
    sleeping = standing(workspace, case())
    assert sleeping.stage(date(2026, 6, 24)) == "snoozed"
    assert sleeping.stage(date(2026, 6, 25)) == "open"
    record(workspace, case(), "woken", by="ana")
    assert standing(workspace, case()).stage(date(2026, 6, 24)) == "open"


def test_a_closed_case_can_be_reopened(workspace):
    record(workspace, case(), "closed", by="ana")
    assert standing(workspace, case()).stage(date(2026, 6, 18)) == "closed"
    record(workspace, case(), "reopened", by="ana")
    assert standing(workspace, case()).stage(date(2026, 6, 18)) == "open"


def test_recovered_and_acknowledged_is_closed(workspace):
    over = replace(case(recovered=date(2026, 6, 20)))
    assert standing(workspace, over).stage(date(2026, 6, 21)) == "recovered"
    record(workspace, over, "acknowledged", by="ana")
    assert standing(workspace, over).stage(date(2026, 6, 21)) == "closed"


def test_a_note_needs_words_and_a_snooze_its_day(workspace):
    for kind in ("noted", "snoozed"):
        with pytest.raises(WrongUse):
            record(workspace, case(), kind, by="ana", note="  ")
    assert read_book(workspace) == ()
