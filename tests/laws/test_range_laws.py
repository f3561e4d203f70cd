"""Exports of days, weeks and months of one campaign: the workspace is what the files in use say, in any order.

The oracle is plain Python with fractions, over the rows of the files: the shortest range first, of one length the
earliest; days that something taken before speaks of keep it, the others share the rest. Nothing of the import is asked.
"""

import itertools
import tempfile
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.run import commit, import_file, rollback
from omnidash.store import Workspace
from tests.laws.test_undo_laws import STEPS, Steps, play
from tests.unit.ingest_files import write

LAWS = settings(deadline=None, derandomize=True, max_examples=3, suppress_health_check=list(HealthCheck))
Row = tuple[int, int, str, int, int]  # first day, last day, campaign, cost, clicks
RANGES = st.tuples(st.integers(1, 9), st.integers(0, 8)).map(lambda pair: (pair[0], min(9, sum(pair))))
ROWS = st.builds(
    lambda days, campaign, cost, clicks: (*days, campaign, cost, clicks),
    RANGES, st.sampled_from(["A", "B"]), st.integers(0, 500), st.integers(0, 99),
)  # fmt: skip
ONE_OF_EACH = st.lists(ROWS, min_size=2, max_size=4, unique_by=lambda row: row[:3])
DAYS = "select day(day), campaign, sum(cost), coalesce(sum(clicks), 0) from spend group by all order by all"


def expected(rows: Sequence[Row]) -> dict[tuple[int, str], tuple[Fraction, Fraction]]:
    found: dict[tuple[int, str], tuple[Fraction, Fraction]] = {}
    for first, last, campaign, cost, clicks in sorted(rows, key=lambda row: (row[1] - row[0], row[0])):
        days = [(day, campaign) for day in range(first, last + 1)]
        open_days = [day for day in days if day not in found]
        there = [sum((found[day][i] for day in days if day in found), Fraction(0)) for i in (0, 1)]
        rest = [max(Fraction(0), whole - known) for whole, known in zip((cost, clicks), there, strict=True)]
        found |= {day: (rest[0] / len(open_days), rest[1] / len(open_days)) for day in open_days}
    return found


def agrees_with(workspace: Workspace, rows: Sequence[Row]) -> None:
    found = {(day, campaign): (cost, clicks) for day, campaign, cost, clicks in workspace.rows(DAYS)}
    wanted = expected(rows)
    assert found.keys() == wanted.keys()
    for key, (cost, clicks) in wanted.items():
        assert abs(Fraction(found[key][0]) - cost) < Fraction(1, 10**4)
        assert abs(Fraction(found[key][1]) - clicks) < 9  # clicks are whole, at each of nine ranges one may move


def bring(folder: Path, workspace: Workspace, row: Row, number: int) -> int:
    first, last, campaign, cost, clicks = row
    text = "date,end_date,channel,campaign,cost,clicks\n"
    text += f"{date(2026, 7, first)},{date(2026, 7, last)},抖音,{campaign},{cost},{clicks}\n"
    return import_file(workspace, write(folder, text, f"{number}.csv")).batch_id


@LAWS
@given(rows=ONE_OF_EACH, steps=STEPS)
def test_ranges_are_what_the_files_in_use_say_after_any_import_and_undo(rows: list[Row], steps: Steps) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "workspace")

        def bring_in(choice: int) -> tuple[int, Any]:
            number = choice % len(rows)
            return bring(Path(folder), workspace, rows[number], number), rows[number]

        def agrees(said: list[Row]) -> None:
            agrees_with(workspace, list(dict.fromkeys(said)))

        play(workspace, steps, bring_in, agrees)


@settings(LAWS, max_examples=2)
@given(rows=ONE_OF_EACH, other=st.randoms(use_true_random=False), gone=st.integers(0, 4))
def test_the_order_of_files_and_what_was_undone_leave_no_trace(rows: list[Row], other: Any, gone: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shuffled = list(rows)
        other.shuffle(shuffled)
        undone = rows[gone % len(rows)]
        kept = [row for row in rows if row != undone]
        states = []
        for name, order in (("a", kept), ("b", [row for row in shuffled if row != undone]), ("c", shuffled)):
            workspace = Workspace.create(Path(folder) / name)
            batches = {row: bring(Path(folder), workspace, row, number) for number, row in enumerate(order)}
            if undone in batches:
                rollback(workspace, batches[undone])
            states.append(workspace.rows("select * exclude (batch_id) from spend order by all"))
        assert states[0] == states[1] == states[2]


@settings(LAWS, max_examples=3)
@given(rows=ONE_OF_EACH, other=st.randoms(use_true_random=False), gone=st.integers(0, 4))
def test_a_file_that_is_imported_as_another_kind_leaves_no_trace_among_the_ranges(
    rows: list[Row], other: Any, gone: int
) -> None:
    """What was spend and is a platform's report now speaks of no day of a range any more; undone, it does again."""
    with tempfile.TemporaryDirectory() as folder:
        ended = rows[gone % len(rows)]
        order = list(rows)
        other.shuffle(order)
        workspace = Workspace.create(Path(folder) / "workspace")
        for number, row in enumerate(order):
            bring(Path(folder), workspace, row, number)
        file = Path(folder) / f"{order.index(ended)}.csv"
        columns = {"date": "date", "end_date": "end_date", "channel": "channel", "campaign": "item"}
        report = Mapping(kind="reports", columns=columns, figures={"cost": "sum", "clicks": "sum"})
        batch = commit(workspace, file, report)
        agrees_with(workspace, [row for row in rows if row != ended])
        rollback(workspace, batch.batch_id)
        agrees_with(workspace, rows)


def test_every_order_of_days_weeks_and_a_month_gives_the_month(tmp_path: Path) -> None:
    rows: list[Row] = [(2, 2, "A", 7, 3), (1, 7, "A", 70, 10), (3, 9, "A", 80, 20), (1, 10, "A", 200, 40)]
    for place, order in enumerate(itertools.permutations(rows)):
        if place % 12 == 0:
            workspace = Workspace.create(tmp_path / str(place))
            for number, row in enumerate(order):
                bring(tmp_path, workspace, row, number)
            assert workspace.rows("select sum(cost), sum(clicks) from spend") == [(200, 40)]
