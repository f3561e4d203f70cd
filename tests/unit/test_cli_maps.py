"""The journey screens on the command line: breakpoints, stages, rhythm, cohorts, collisions."""

import json

import pytest

from omnidash.cli import main
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.made_once import workspace_with


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """28 days: search, video and Facebook shown to three persons a day; the one of search buys six hours later."""
    files = {"touches.csv": touches_csv(), "spend.csv": spend_csv()}
    workspace = workspace_with(tmp_path / "shop", files, timezone="UTC")
    monkeypatch.setenv("OMNIDASH_WORKSPACE", str(tmp_path / "shop"))
    return workspace


def said(capsys, *words: str) -> dict:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_breakpoints_name_the_channels_nobody_goes_on_from(shop, capsys):
    answer = said(capsys, "breakpoints", "--window", "1d")
    cells = {(row["stage"], row["channel"]): row for row in answer["cells"]}
    assert cells["awareness", "paid_search"]["moved"] == 28
    assert cells["awareness", "paid_search"]["median_seconds"] == 6 * 3600
    lossy = {(row["stage"], row["channel"]): row["loss_rate"] for row in answer["rows"]}
    assert not any(row["is_breakpoint"] for row in answer["rows"])  # 28 persons each are too few to speak of
    assert lossy == {("awareness", "online_video"): 1.0, ("awareness", "facebook"): 1.0}


def test_stages_are_listed_and_changed(shop, capsys):
    assert {"action": "impression", "stage": "awareness"} in said(capsys, "stages")["rows"]
    assert said(capsys, "stages", "impression=interest")["changed"] == ["impression"]
    assert {row["stage"] for row in said(capsys, "breakpoints")["cells"]} == {"interest", "purchase"}
    assert main(["stages", "impression=nowhere"]) == 3
    assert main(["stages", "nothing=interest"]) == 2


def test_rhythm_counts_by_the_clock_of_the_workspace(shop, capsys):
    rows = said(capsys, "rhythm", "--from", "2026-06-01", "--to", "2026-06-07")["rows"]
    assert {(r["hour"], r["touches"], r["conversions"]) for r in rows if r["channel"] == "paid_search"} == {
        (9, 1, 0),
        (15, 1, 1),  # the row of the purchase names its channel, so it is a touch as well
    }


def test_cohorts_say_null_where_the_month_is_not_over(shop, capsys):
    rows = said(capsys, "cohorts")["rows"]
    assert [(r["cohort"], r["customers"], r["is_finished"], r["repurchase_rate"]) for r in rows] == [
        ("2026-06-01", 28, False, None)
    ]
    weeks = said(capsys, "cohorts", "--unit", "week", "--by", "channel")["rows"]
    assert {r["channel"] for r in weeks} == {"paid_search"}
    assert weeks[0]["retention"] == 0.0


def test_collisions_find_none_where_every_person_meets_one_channel(shop, capsys):
    answer = said(capsys, "collisions")
    assert answer["persons"] == 0
    assert all(row["collided"] == 0 for row in answer["rows"])
