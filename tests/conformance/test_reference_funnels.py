"""Funnels against cases published with ClickHouse and PostHog.

ClickHouse ``windowFunnel`` without a mode is our ordered funnel with the best entry where events are shared by steps,
so all its cases without a mode hold as they stand; its ``strict_once`` is ours where one event makes one step. Its
other modes are its own and are left out, except where one says the same as a mode of ours. PostHog
starts an attempt anew at every first step, so its cases hold for the best entry where a person completes once.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean

import polars as pl
import pytest

from omnidash.journeys.funnel import FunnelQuery, FunnelResult, Step, funnel
from omnidash.journeys.table import Journeys
from tests.conftest import real_data

pytestmark = pytest.mark.conformance


def cases(name: str) -> list[dict]:
    """The reference cases of one file; none where the real data is absent."""
    folder = real_data()
    path = None if folder is None else Path(folder) / "reference_cases" / name
    return json.loads(path.read_text())["cases"] if path is not None and path.is_file() else []


CLICKHOUSE = cases("funnel_clickhouse_windowFunnel.json")
POSTHOG = {case["name"]: case for case in cases("funnel_posthog.json")}
WITHOUT_MODE = [case for case in CLICKHOUSE if not case["modes"]]
ONCE = [case for case in CLICKHOUSE if case["modes"] == ["strict_once"]]

needs_cases = pytest.mark.skipif(not CLICKHOUSE or not POSTHOG, reason="the reference cases are not on this machine")


def table_of(people: dict[str, list[tuple[float, str]]]) -> Journeys:
    """Journeys from (second, action) pairs, given in reverse so that nothing hangs on their order."""
    rows = [(n, round(second * 1e6), action) for n, (_, line) in enumerate(people.items()) for second, action in line]
    frame = pl.DataFrame(
        rows[::-1], schema={"person": pl.Int64, "ts": pl.Int64, "action": pl.String}, orient="row"
    ).with_row_index("event_id")
    return Journeys.from_frame(
        frame.with_columns(
            day=(pl.col("ts") // 86_400_000_000).cast(pl.Int32),
            channel=pl.lit(None, pl.String),
            campaign=pl.lit(None, pl.String),
            touch=pl.lit(False),
            revenue=pl.lit(None, pl.Float64),
        ),
        stage_of_action={},
    )


def count(
    people: dict[str, list[tuple[float, str]]], steps: list[str], window: float, **choices: object
) -> FunnelResult:
    query = FunnelQuery(steps=tuple(Step(action=s) for s in steps), window_seconds=window, **choices)  # type: ignore[arg-type]
    return funnel(table_of(people), query)


def clickhouse_level(case: dict, **choices: object) -> int:
    people = {"user": [(second, str(action)) for second, action in case["events"]]}
    steps = [str(step) for step in case["steps"]]
    return int(count(people, steps, case["window"], **choices).reached[0])


@needs_cases
def test_there_are_twenty_cases_without_a_mode() -> None:
    assert (len(CLICKHOUSE), len(WITHOUT_MODE)) == (84, 20)


@needs_cases
@pytest.mark.parametrize("case", WITHOUT_MODE, ids=lambda case: f"{case['name']} {case['steps']} {case['window']}")
def test_window_funnel_without_a_mode_is_our_ordered_best_entry_funnel(case: dict) -> None:
    assert clickhouse_level(case, shares_events=True) == case["expected"]


@needs_cases
def test_strict_once_is_our_ordered_best_entry_funnel() -> None:
    assert {case["name"].split(" uid")[0] for case in ONCE} >= {"one event strict_once", "fail/fail/success"}
    for case in ONCE:
        turned = {**case, "events": case["events"][::-1]}
        assert clickhouse_level(case) == clickhouse_level(turned) == case["expected"], case["name"]


@needs_cases
def test_equal_timestamps_reach_every_step_in_any_row_order() -> None:
    for name in ("ties, no mode", "one event, same condition x3"):
        (case,) = [case for case in CLICKHOUSE if case["name"] == name]
        turned = {**case, "events": case["events"][::-1]}
        assert clickhouse_level(case, shares_events=True) == case["expected"]
        assert clickhouse_level(turned, shares_events=True) == case["expected"]
        assert clickhouse_level(case, shares_events=True, entry="first") == case["expected"]


@needs_cases
def test_strict_order_agrees_where_nothing_repeats() -> None:
    agreeing = [
        case
        for case in CLICKHOUSE
        if case["modes"] == ["strict_order"]
        and len({action for _, action in case["events"]}) == len(case["events"])
        and len(set(case["steps"])) == len(case["steps"])
    ]
    assert len(agreeing) >= 4
    for case in agreeing:
        assert clickhouse_level(case, mode="strict") == case["expected"], case["name"]


def posthog_people(case: dict) -> dict[str, list[tuple[float, str]]]:
    return {
        person: [(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp(), action) for at, action in line]
        for person, line in case["journeys"].items()
    }


@needs_cases
def test_posthog_many_incomplete_tries() -> None:
    case = POSTHOG["multiple_incomplete_tries"]
    result = count(posthog_people(case), case["steps"], 86_400)
    assert result.steps["persons"].to_list() == [1, 1, 1]
    assert result.steps["median_seconds"][1] == case["expected"]["step1_median_s"]


@needs_cases
def test_posthog_step_conversion_times() -> None:
    # PostHog times each step from the step before, so a two-step funnel is counted for each neighbouring pair.
    case = POSTHOG["step_conversion_times"]
    for k in (1, 2):
        result = count(posthog_people(case), case["steps"][k - 1 : k + 1], 7 * 86_400)
        assert result.steps["median_seconds"][1] == case["expected"]["median_s"][k]
        assert mean(result.time_to_convert_seconds) == case["expected"]["avg_s"][k]
    assert count(posthog_people(case), case["steps"], 7 * 86_400).steps["persons"].to_list() == [3, 3, 2]


@needs_cases
@pytest.mark.parametrize(("window", "seconds"), [("window 14 day", 14 * 86_400), ("window 5 minute", 300)])
def test_posthog_windows_include_their_end(window: str, seconds: float) -> None:
    case = POSTHOG["different_conversion_windows"]
    expected = case["expected"][window]
    result = count(posthog_people(case), case["steps"], seconds)
    assert result.steps["persons"].to_list() == expected["counts"]
    assert mean(result.time_to_convert_seconds) == expected["step1_avg_s"]
    converted = {name for name, steps in zip(case["journeys"], result.reached, strict=True) if steps == 2}
    assert converted == set(expected["step2_users"])


@needs_cases
def test_posthog_time_to_convert_between_two_steps() -> None:
    case = POSTHOG["time_to_convert_auto_bins"]
    result = count(posthog_people(case), case["steps"][:2], 7 * 86_400)
    assert mean(result.time_to_convert_seconds) == case["expected"]["average_conversion_time_s"]
    # PostHog counts the longest time in a bin of its own behind the last; ours includes it in the last.
    bins = case["expected"]["bin_count_7"]
    assert result.time_to_convert_histogram(bins=7)["persons"].to_list() == [n for _, n in bins[:7]]
