"""The main job on real input, by the command line alone: touches and spend of July 2018 into a fresh workspace."""

import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from tests.conftest import ROOT, real_data

DATA = real_data()
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(DATA is None, reason="real data is not beside the project ($OMNIDASH_REAL_DATA)"),
]

IDS = {
    "Facebook": "facebook",
    "Instagram": "instagram",
    "Online Display": "online_display",
    "Online Video": "online_video",
    "Paid Search": "paid_search",
}
Run = Callable[..., dict]


def omnidash(workspace: Path, *words: str) -> dict:
    """Run one command in a process of its own and return its JSON; stdout must hold nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "omnidash", "--workspace", str(workspace), *words, "--json"],
        cwd=ROOT,
        env={**os.environ, "OMNIDASH_HOME": str(workspace.parent / "home")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """The workspace after the import, and what the import answered. UTC, as the file's times are."""
    assert DATA is not None
    folder = tmp_path_factory.mktemp("july")
    source = DATA / "journeys_july_2018"
    with gzip.open(source / "touches.csv.gz", "rb") as packed, (folder / "touches.csv").open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    shutil.copy(source / "daily_spend.csv", folder)
    files = (str(folder / "touches.csv"), str(folder / "daily_spend.csv"))
    answer = omnidash(folder / "workspace", "import", *files, "--timezone", "UTC")
    return folder / "workspace", answer


@pytest.fixture(scope="module")
def run(imported: tuple[Path, dict]) -> Run:
    """``run("channels")`` on the imported workspace."""
    return lambda *words: omnidash(imported[0], *words)


@pytest.fixture(scope="module")
def touches() -> list[dict[str, str]]:
    """The rows of the file, read with nothing of ours."""
    assert DATA is not None
    with gzip.open(DATA / "journeys_july_2018" / "touches.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def spend() -> dict[str, Decimal]:
    """Cost per channel id, added up exactly from the file."""
    assert DATA is not None
    sums: dict[str, Decimal] = defaultdict(Decimal)
    with (DATA / "journeys_july_2018" / "daily_spend.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            sums[IDS[row["channel"]]] += Decimal(row["cost"])
    return sums


def test_every_row_is_accounted_for(imported: tuple[Path, dict]) -> None:
    events, spend_rows = imported[1]["batches"]
    assert (events["kind"], events["rows_read"]) == ("events", 62_483)
    assert events["added"] + events["duplicates"] + events["rejected"] == 62_483
    assert (spend_rows["kind"], spend_rows["rows_read"], spend_rows["added"]) == ("spend", 155, 155)
    assert events["sums"]["revenue"] == pytest.approx(11_423.5)
    assert spend_rows["sums"]["cost"] == pytest.approx(4_856.739)


def test_the_same_files_again_change_nothing(imported: tuple[Path, dict], run: Run) -> None:
    before = run("channels")
    folder = imported[0].parent
    again = run("import", str(folder / "touches.csv"), str(folder / "daily_spend.csv"))
    assert [(b["added"], b["restated"], b["rejected"]) for b in again["batches"]] == [(0, 0, 0), (0, 0, 0)]
    assert run("channels") == before


def test_five_channels_with_the_spend_of_the_file(run: Run, spend: dict[str, Decimal]) -> None:
    data = run("channels")
    rows = {row["channel"]: row for row in data["rows"]}
    assert set(rows) == set(IDS.values())
    for channel, cost in spend.items():
        assert rows[channel]["spend"] == pytest.approx(float(cost), abs=1e-6)
    assert data["totals"]["spend"] == pytest.approx(4_856.739, abs=1e-6)
    assert data["totals"]["conversions"] == pytest.approx(1838)
    assert data["totals"]["revenue"] == pytest.approx(11_423.5)
    assert sum(row["touches"] for row in data["rows"]) == 62_483
    for row in data["rows"]:
        assert row["roi"] == pytest.approx((row["revenue"] - row["spend"]) / row["spend"])


def test_persons_are_those_of_the_file(run: Run, touches: list[dict[str, str]]) -> None:
    assert len({row["customer_id"] for row in touches}) == 7_896
    assert run("persons")["persons"] == 7_896
    assert run("channels")["totals"]["persons"] == 7_896


def test_the_funnel_from_impression_to_conversion(run: Run, touches: list[dict[str, str]]) -> None:
    """Within 31 days and over the whole month: who converted at or after their first impression."""
    first_seen: dict[str, str] = {}
    converted_at: dict[str, str] = {}
    for row in touches:
        person, time = row["customer_id"], row["time"]
        if row["interaction"] == "impression":
            first_seen[person] = min(time, first_seen.get(person, time))
        if row["conversion"] == "1":
            converted_at[person] = max(time, converted_at.get(person, time))
    reached = [p for p, time in converted_at.items() if p in first_seen and time >= first_seen[p]]
    data = run("funnel", "--steps", "impression > conversion", "--window", "31d")
    assert [step["persons"] for step in data["steps"]] == [len(first_seen), len(reached)]
    assert data["steps"][0]["persons"] == len(reached) + data["still_open"] + data["lost"]


@pytest.mark.parametrize("model", ["first", "last", "linear"])
def test_attribution_equals_a_plain_walk_over_the_file(run: Run, touches: list[dict[str, str]], model: str) -> None:
    """Touches since the last conversion, at most 30 days old, and the conversion row itself, which names its channel.

    Two touches of one instant have no order in the file; a conversion whose credit hangs on it may go either way.
    """
    people: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in touches:
        people[row["customer_id"]].append(row)
    expected: dict[str, float] = defaultdict(float)
    undecided = 0
    for rows in people.values():
        rows.sort(key=lambda row: (row["time"], row["conversion"]))
        path: list[dict[str, str]] = []
        for row in rows:
            path.append(row)
            if row["conversion"] != "1":
                continue
            oldest = datetime.fromisoformat(row["time"]) - timedelta(days=30)
            recent = [touch for touch in path if datetime.fromisoformat(touch["time"]) >= oldest]
            credited = {"first": recent[:1], "last": recent[-1:], "linear": recent}[model]
            instants = [other["time"] for other in rows]
            undecided += any(instants.count(touch["time"]) > 1 for touch in credited)
            for touch in credited:
                expected[IDS[touch["channel"]]] += 1 / len(credited)
            path = []
    assert undecided < 0.02 * 1838
    data = run("attribution", "--model", model)
    assert data["totals"] == {"conversions": pytest.approx(1838), "value": pytest.approx(11_423.5)}
    for row in data["rows"]:
        assert row["conversions"] == pytest.approx(expected[row["channel"]], abs=1e-6 + undecided)


def test_overlap_counts_persons_touched_by_both_within_a_month(run: Run, touches: list[dict[str, str]]) -> None:
    """July has 31 days, so a window of 31 days holds every pair of touches."""
    reached: dict[str, set[str]] = defaultdict(set)
    for row in touches:
        reached[IDS[row["channel"]]].add(row["customer_id"])
    rows = {(row["a"], row["b"]): row for row in run("overlap", "--window", "31d")["rows"]}
    for a, b in permutations(reached, 2):
        both = len(reached[a] & reached[b])
        assert rows[a, b]["persons"] == both
        assert rows[a, b]["share_of_a"] == pytest.approx(both / len(reached[a]))


def test_budget_curves_and_a_plan_are_filled(run: Run, spend: dict[str, Decimal]) -> None:
    curves = {row["channel"]: row for row in run("curves")["curves"]}
    assert set(curves) == set(IDS.values())
    for channel, row in curves.items():
        assert row["params"]["spend_today"] == pytest.approx(float(spend[channel]) / 31)
        assert 0 < row["low"] < row["params"]["elasticity"] < row["high"] < 1
        assert row["identified"] or row["reason"]
    budget = float(sum(spend.values()))
    plan = run("plan", "--budget", str(budget), "--horizon", "31d", "--objective", "revenue")
    assert sum(row["planned"] for row in plan["rows"]) == pytest.approx(budget)
    assert sum(row["current"] for row in plan["rows"]) == pytest.approx(budget)
    assert plan["optimality_gap"] <= 1e-6  # pieces of straight lines, as fine as the proof needs
    gain = plan["expected_gain"]
    assert gain["low"] < gain["median"] < gain["high"] and 0 < gain["p_better"] < 1


def test_alerts_paths_and_batches_answer(run: Run) -> None:
    assert isinstance(run("alerts")["alerts"], list)
    assert run("paths", "--top", "3")["totals"]["conversions"] == 1838
    assert run("check")["ok"] is True
