"""Laws of assigning labels to channels: whatever people assign, sums stay and assigning back brings everything back."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.ingest.channels import assign, channels, merge, preview
from omnidash.ingest.run import import_file, rollback
from omnidash.model.defaults import folded
from omnidash.store import Workspace

FEW = settings(deadline=None, derandomize=True, max_examples=4, suppress_health_check=list(HealthCheck))
LABELS = ["Alpha", "alpha ", "ALPHA", "Beta", "抖音", "Douyin", "Gamma x", "Ｇamma_x"]
CHANNELS = ["douyin", "jd", "email", "alpha", "beta"]
ROWS = st.lists(
    st.tuples(st.sampled_from(LABELS), st.integers(0, 4), st.sampled_from(["c1", "c2", ""]), st.integers(0, 999)),
    min_size=3,
    max_size=12,
)
ASSIGNMENTS = st.lists(
    st.dictionaries(st.sampled_from(LABELS), st.sampled_from(CHANNELS[:3]), min_size=1, max_size=4),
    min_size=1,
    max_size=4,
)
TABLES = ("event", "event_restated", "spend", "spend_restated", "channel", "channel_label", "reject", "link", "person")


def agreeing(assignments: list[dict[str, str]]) -> list[dict[str, str]]:
    """One channel per label, however it is spelt: the last of an assignment counts."""
    found = []
    for one in assignments:
        by_fold = {folded(label): (label, channel) for label, channel in one.items()}
        found.append(dict(by_fold.values()))
    return found


def spend_file(folder: Path, name: str, rows: list[tuple[str, int, str, int]]) -> Path:
    lines = [f'{date(2026, 7, 1) + timedelta(days=d)},"{label}",{c},{cost}' for label, d, c, cost in rows]
    path = folder / name
    path.write_text("\n".join(["date,channel,campaign,cost", *lines]) + "\n", encoding="utf-8")
    return path


def touch_file(folder: Path, rows: list[tuple[str, int, str, int]]) -> Path:
    lines = [f'2026-07-0{d + 1} 10:00:00,"{label}",click,u{cost % 3},' for label, d, _, cost in rows]
    path = folder / "touches.csv"
    path.write_text("\n".join(["time,channel,action,customer_id,revenue", *lines]) + "\n", encoding="utf-8")
    return path


def state(workspace: Workspace) -> dict[str, list[tuple[object, ...]]]:
    return {table: workspace.rows(f"select * from {table} order by all") for table in TABLES}


@FEW
@given(spend=ROWS, corrected=ROWS, touches=ROWS, assignments=ASSIGNMENTS)
def test_sums_stay_and_assigning_back_brings_everything_back(
    tmp_path_factory: pytest.TempPathFactory,
    spend: list[tuple[str, int, str, int]],
    corrected: list[tuple[str, int, str, int]],
    touches: list[tuple[str, int, str, int]],
    assignments: list[dict[str, str]],
) -> None:
    folder = tmp_path_factory.mktemp("law")
    workspace = Workspace.create(folder / "workspace")
    import_file(workspace, spend_file(folder, "spend.csv", spend))
    import_file(workspace, touch_file(folder, touches))
    import_file(workspace, spend_file(folder, "corrected.csv", corrected))
    before = state(workspace)
    meaning = {folded(label): channel for label, channel in workspace.rows("select label, channel from channel_label")}
    undo = []
    for assignment in agreeing(assignments):
        foretold = preview(workspace, assignment)
        done = assign(workspace, assignment)
        assert done.rows == foretold.rows
        undo.append(done.before)
        meaning |= {folded(label): channel for label, channel in assignment.items()}
        # an oracle of its own: what every label means, applied to the raw labels of the rows
        expected: dict[str, Decimal] = defaultdict(Decimal)
        for label, cost in workspace.rows("select raw_channel, cost from spend"):
            expected[meaning[folded(label)]] += cost
        assert dict(workspace.rows("select channel, sum(cost) from spend group by channel")) == expected
        counted = workspace.rows("select raw_channel, channel, count(*) from event group by all")
        assert all(meaning[folded(label)] == channel for label, channel, _ in counted)
        assert sum(n for _, _, n in counted) == len(touches)
        assert channels(workspace)["spend"].sum() == pytest.approx(sum(float(c) for c in expected.values()))
    for old in reversed(undo):
        assign(workspace, old)
    met = {label for old in undo for label in old} | {row[0] for row in before["channel_label"]}
    now = state(workspace)
    now["channel_label"] = [row for row in now["channel_label"] if row[0] in met]  # labels assigned before any row came
    assert now == before


@FEW
@given(spend=ROWS, corrected=ROWS, into=st.sampled_from(["jd", "douyin"]))
def test_undo_of_all_imports_leaves_no_row_after_a_merge(
    tmp_path_factory: pytest.TempPathFactory,
    spend: list[tuple[str, int, str, int]],
    corrected: list[tuple[str, int, str, int]],
    into: str,
) -> None:
    folder = tmp_path_factory.mktemp("law")
    workspace = Workspace.create(folder / "workspace")
    first = import_file(workspace, spend_file(folder, "spend.csv", spend))
    total = workspace.rows("select sum(cost) from spend")
    second = import_file(workspace, spend_file(folder, "corrected.csv", corrected))
    made = [c for (c,) in workspace.rows("select channel from channel where is_guessed order by channel")]
    for channel in made:
        merge(workspace, channel, into=into)
    assert workspace.rows("select count(*) from spend where channel not in (select channel from channel)") == [(0,)]
    rollback(workspace, second.batch_id)
    assert workspace.rows("select sum(cost) from spend") == total
    rollback(workspace, first.batch_id)
    assert workspace.rows("select (select count(*) from spend), (select count(*) from spend_restated)") == [(0, 0)]
