"""Two at once: what somebody else commits while forgetting or a setting waits for its turn is seen."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from omnidash.engine import journeys
from omnidash.identity import likeness
from omnidash.identity.forget import forget, forget_all
from omnidash.identity.resolve import set_rules
from omnidash.ingest.run import import_file, rollback
from omnidash.store import Workspace
from tests.unit.ingest_files import write

EVENTS = """\
time,channel,action,phone,email,device_id
2026-07-01 10:00:00,抖音,click,13800000001,ana@x.example,D-1
2026-07-01 11:00:00,微信,click,13800000002,bo@x.example,D-1
"""
LATER = "time,channel,action,phone,email\n2026-07-02 10:00:00,抖音,click,13800000009,cy@x.example\n"

Before = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> Before:
    """Let something be done by somebody else just before the next writer of a purpose gets its turn."""
    writing = Workspace.writing

    def once(purpose: str, act: Callable[[], object]) -> None:
        @contextlib.contextmanager
        def waiting(workspace: Workspace, asked: str, **options: Any) -> Iterator[Any]:
            if asked.startswith(purpose):
                monkeypatch.setattr(Workspace, "writing", writing)
                act()
            with writing(workspace, asked, **options) as cursor:
                yield cursor

        monkeypatch.setattr(Workspace, "writing", waiting)

    return once


def test_who_comes_in_while_forgetting_waits_is_forgotten_too(
    workspace: Workspace, tmp_path: Path, before: Before
) -> None:
    import_file(workspace, write(tmp_path, EVENTS, "events.csv"))
    before("forget", lambda: import_file(workspace, write(tmp_path, LATER, "later.csv")))
    done = forget_all(workspace, ["13800000001", "13800000009"])
    assert (done.persons, done.unknown) == (2, 0)
    assert not workspace.rows("select hint from identifier where hash in (select hash from forgotten)")
    assert workspace.rows("select count(identifier_id) from event") == [(1,)]


def test_a_level_that_is_set_while_forgetting_waits_says_who_is_forgotten(
    workspace: Workspace, tmp_path: Path, before: Before
) -> None:
    import_file(workspace, write(tmp_path, EVENTS, "events.csv"))
    set_rules(workspace, level="strict")
    before("forget", lambda: set_rules(workspace, level="loose"))
    assert forget(workspace, "13800000001").identifiers == 5, "the device joins both"


def test_level_and_hub_limit_that_are_set_at_once_both_count(workspace: Workspace, before: Before) -> None:
    before("identity level", lambda: set_rules(workspace, level="strict"))
    set_rules(workspace, hub_limit=7)
    assert (workspace.settings.identity_level, workspace.settings.hub_limit) == ("strict", 7)


def test_an_undo_goes_by_the_level_that_was_set_while_it_waited(
    workspace: Workspace, tmp_path: Path, before: Before
) -> None:
    import_file(workspace, write(tmp_path, EVENTS, "events.csv"))
    later = import_file(workspace, write(tmp_path, LATER, "later.csv"))
    before("undo", lambda: set_rules(workspace, level="loose"))
    rollback(workspace, later.batch_id)
    assert workspace.rows("select count(distinct person_id) from person") == [(1,)]


def test_no_likeness_is_kept_of_who_was_forgotten_while_records_were_compared(
    workspace: Workspace, tmp_path: Path, before: Before, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_file(workspace, write(tmp_path, EVENTS, "events.csv"))
    pairs = pl.DataFrame({"alike": [0], "other": [1], "weight": [5.0], "probability": [0.97]})
    monkeypatch.setattr(likeness, "similar_pairs", lambda records, threshold: pairs)
    before("links by likeness", lambda: forget(workspace, "13800000001"))
    records = pl.DataFrame({"phone": ["13800000001", "13800000002"]})
    assert likeness.link_alike(workspace, records, identifier="phone", file_name="cards.csv") == 0
    assert workspace.rows("select * from probable_link") == []


def test_a_journey_table_in_the_making_is_not_left_behind_of_who_is_forgotten_meanwhile(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_file(workspace, write(tmp_path, EVENTS, "events.csv"))
    build = journeys._build

    def slowly(built: Workspace) -> Any:
        table = build(built)
        forget(workspace, "13800000001")
        return table

    monkeypatch.setattr(journeys, "_build", slowly)
    assert len(journeys.journeys_of(workspace).ts) == 2, "it was asked for before"
    assert list((workspace.folder / "cache").glob("journeys-*")) == []
