"""Curves and plans on the command line."""

import json
from pathlib import Path

import pytest

from omnidash.store import Workspace


def test_curves_say_what_they_do_not_know(run) -> None:
    data = run("curves", "--json").data
    rows = {row["channel"]: row for row in data["curves"]}
    assert set(rows) == {"bing", "meta"}
    assert not rows["bing"]["identified"] and "hardly varied" in rows["bing"]["reason"]
    assert rows["bing"]["verdict"] == "not identified" and rows["bing"]["level_doubt"] is None
    params = rows["bing"]["params"]
    assert params["return_low"] <= params["return_today"] <= params["return_high"]
    assert params["return_today"] == pytest.approx(params["revenue_today"] / params["spend_today"])
    assert rows["bing"]["params"]["spend_today"] == pytest.approx(100)
    assert rows["bing"]["low"] < rows["bing"]["params"]["elasticity"] < rows["bing"]["high"]
    assert "not what the spend caused" in data["caveat"]


def test_a_plan_spends_the_budget_it_was_given_and_no_more(run) -> None:
    data = run("plan", "--budget", "4,500", "--horizon", "30d", "--objective", "revenue", "--json").data
    assert sum(row["planned"] for row in data["rows"]) == pytest.approx(4500)
    assert data["optimality_gap"] <= 1e-6
    assert set(data["expected_gain"]) == {"median", "low", "high", "p_better"}
    assert data["conflicts"] == []
    careful = run("plan", "--budget", "4500", "--horizon", "30d", "--json").data
    spent = sum(row["planned"] for row in careful["rows"])
    assert spent + careful["unspent"] == pytest.approx(4500)


def test_a_budget_far_from_todays_is_split_too(run) -> None:
    data = run("plan", "--budget", "10", "--objective", "revenue", "--json").data
    assert sum(row["planned"] for row in data["rows"]) == pytest.approx(10)


def test_a_total_that_does_not_fit_into_plus_and_minus_x_of_today_says_so(run) -> None:
    """Bing and Meta spend 100 a day each, so 28 days within ± 50 % take 2,800 to 8,400."""
    far = run("plan", "--budget", "28000", "--objective", "revenue", "--json").data
    assert len(far["notes"]) == 1
    today = sum(row["current"] for row in far["rows"])
    of_today = 1 + (28_000 - 1.5 * today) / today  # what does not fit comes on top
    assert f"± 50% is measured from {of_today:.0%} of today's spend" in far["notes"][0]
    assert not run("plan", "--budget", "7000", "--objective", "revenue", "--json").data["notes"]
    careful = run("plan", "--budget", "28000", "--json").data  # profit leaves the rest over
    assert all(row["planned"] <= 1.5 * row["current"] * (1 + 1e-6) for row in careful["rows"])
    assert len(careful["notes"]) == 1 and "stays unspent" in careful["notes"][0]


def test_the_reserve_is_as_large_as_the_workspace_says(run, shop: Path) -> None:
    plan = ("plan", "--budget", "4500", "--horizon", "30d", "--objective", "revenue", "--change", "1", "--reserve")
    workspace = Workspace.open(shop)
    before = dict(workspace.settings.thresholds)
    try:
        workspace.change_settings(thresholds={**before, "reserve_share": 0.1})
        data = run(*plan, "--json").data
    finally:
        workspace.change_settings(thresholds=before)
    assert sum(row["planned"] for row in data["rows"]) == pytest.approx(4500 * 0.9)


def test_limits_that_contradict_each_other_are_named_with_the_nearest_plan(run) -> None:
    answer = run("plan", "--budget", "100", "--min", "bing=80", "--min", "meta=70", "--json")
    assert answer.code == 1
    assert len(answer.data["conflicts"]) == 3
    assert sum(row["by"] for row in answer.data["gives_way"]) == pytest.approx(50)
    assert {row["channel"] for row in answer.data["nearest"]} == {"bing", "meta"}


@pytest.mark.parametrize(
    "said",
    [
        {"min": {"douyin": "much"}},
        {"max": {"douyin": None}},
        {"lock": {"douyin": -1}},
        {"target": "high"},
        {"target": True},
        {"change": float("nan")},
        {"reserve": 1},
    ],
)
def test_a_scenario_file_that_makes_no_sense_is_bad_input_in_one_line(run, tmp_path: Path, said: dict) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(said), encoding="utf-8")
    answer = run("plan", "--budget", "4500", "--scenario", str(file))
    assert answer.code == 3
    assert len(answer.err.strip().splitlines()) == 1 and next(iter(said)) in answer.err


@pytest.mark.parametrize("odd", [("--change", "-0.5"), ("--change", "nan"), ("--target", "inf")])
def test_numbers_nobody_can_plan_with_are_wrong_use(run, odd: tuple[str, str]) -> None:
    assert run("plan", "--budget", "4500", "--objective", "target_roi", "--target", "0.5", *odd).code == 2


def test_a_scenario_file_says_what_the_options_say(run, tmp_path: Path) -> None:
    file = tmp_path / "scenario.json"
    file.write_text('{"objective": "revenue", "lock": {"meta": 1000}}', encoding="utf-8")
    data = run("plan", "--budget", "4500", "--scenario", str(file), "--json").data
    assert {row["channel"]: row["planned"] for row in data["rows"]}["meta"] == pytest.approx(1000)
    assert sum(row["planned"] for row in data["rows"]) == pytest.approx(4500)
    file.write_text('{"objective": "luck"}', encoding="utf-8")
    assert "profit" in run("plan", "--budget", "4500", "--scenario", str(file)).err
    file.write_text('{"magic": 1}', encoding="utf-8")
    assert run("plan", "--budget", "4500", "--scenario", str(file)).code == 3
