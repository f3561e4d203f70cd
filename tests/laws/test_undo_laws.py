"""Undo in any order: the workspace is what the imports in use say, read in their order.

The oracle is plain Python over the rows of the files: of several files that have the same day, channel and campaign (or
the same order) the last one counts; an event said once by each of two files is one event; of several imports of one
file the last one counts. Nothing of the import's own tables is asked.
"""

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.ingest.run import commit, import_file, inspect, rollback
from omnidash.store import Workspace
from tests.unit.ingest_files import write

LAWS = settings(deadline=None, derandomize=True, max_examples=4, suppress_health_check=list(HealthCheck))
EVERYTHING = (
    "event", "event_restated", "order_line", "order_line_restated", "spend", "spend_restated", "report",
    "report_restated", "channel", "channel_label", "stage", "identifier", "link", "link_restated", "person",
    "duplicate", "absent", "reject_identifier", "shared_identifier",
)  # fmt: skip

Steps = list[tuple[bool, int]]
STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 99)), min_size=2, max_size=6)


def dump(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    return {table: workspace.rows(f"select * from {table} order by all") for table in EVERYTHING}


def play(
    workspace: Workspace,
    steps: Steps,
    bring_in: Callable[[int], tuple[int, Any]],
    agrees: Callable[[list[Any]], None],
) -> None:
    """(False, n) imports something, (True, n) undoes the n-th import still in use; after each step ``agrees`` compares
    with the imports in use. Undoing the last import restores every table as it was; in the end all is undone."""
    before = [dump(workspace)]
    in_use: list[tuple[int, Any]] = []
    for is_undo, choice in [*steps, *[(True, 0)] * len(steps)]:
        if not is_undo:
            before.append(dump(workspace))
            in_use.append(bring_in(choice))
        elif in_use:
            place = choice % len(in_use)
            is_last_step = place == len(in_use) - 1 and len(before) == len(in_use) + 1
            batch_id, _ = in_use.pop(place)
            rollback(workspace, batch_id)
            if is_last_step:
                assert dump(workspace) == before.pop()
            else:
                before = before[:1]  # an undo in the middle: what stood in between is no state to come back to
        agrees([said for _, said in in_use])
    assert dump(workspace) == before[0]


SPEND_ROWS = st.lists(
    st.tuples(st.sampled_from(["2026-07-01", "2026-07-02"]), st.sampled_from(["抖音", "百度"]),
              st.sampled_from(["夏季", ""]), st.integers(1, 3)),
    min_size=1, max_size=5,
)  # fmt: skip


@LAWS
@given(files=st.lists(SPEND_ROWS, min_size=2, max_size=4), steps=STEPS)
def test_of_spend_the_last_file_that_has_the_day_and_campaign_counts(
    files: list[list[tuple[str, str, str, int]]], steps: Steps
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "workspace")
        paths = [
            write(
                Path(folder),
                "date,channel,campaign,cost\n" + "".join(f"{','.join(map(str, r))}\n" for r in rows),
                f"{i}.csv",
            )
            for i, rows in enumerate(files)
        ]

        def bring_in(choice: int) -> tuple[int, Any]:
            number = choice % len(files)
            return import_file(workspace, paths[number]).batch_id, files[number]

        def agrees(said: list[list[tuple[str, str, str, int]]]) -> None:
            expected: dict[tuple[str, str, str], list[int]] = {}
            for rows in said:
                expected |= {row[:3]: sorted(r[3] for r in rows if r[:3] == row[:3]) for row in rows}
            found: dict[tuple[str, str, str], list[int]] = {}
            for day, channel, campaign, cost in workspace.rows(
                "select cast(day as varchar), raw_channel, coalesce(campaign, ''), cast(cost as integer) from spend"
                " order by all"
            ):
                found.setdefault((day, channel, campaign), []).append(cost)
            assert found == expected

        play(workspace, steps, bring_in, agrees)


ORDER_ROWS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.sampled_from(["", "13800000001", "13800000002"]),
              st.sampled_from(["", "a", "b"])),
    min_size=1, max_size=3, unique_by=lambda row: row[0],
)  # fmt: skip


@LAWS
@given(files=st.lists(ORDER_ROWS, min_size=2, max_size=4), steps=STEPS)
def test_of_an_order_the_last_file_counts_with_its_refund_lines_and_links(
    files: list[list[tuple[int, int, int, str, str]]], steps: Steps
) -> None:
    header = "order_id,time,revenue,refund,phone,email,sku,quantity\n"
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "workspace")
        paths = [
            write(
                Path(folder),
                header
                + "".join(
                    f"{order},2026-07-01 10:00:00,{worth},{back},{phone},{name and name + '@shop.example'},s{worth},1\n"
                    for order, worth, back, phone, name in rows
                ),
                f"{i}.csv",
            )
            for i, rows in enumerate(files)
        ]

        def bring_in(choice: int) -> tuple[int, Any]:
            number = choice % len(files)
            return import_file(workspace, paths[number]).batch_id, files[number]

        def agrees(said: list[list[tuple[int, int, int, str, str]]]) -> None:
            orders = {row[0]: row for rows in said for row in rows}
            entries = [(str(o), "purchase", worth) for o, worth, _, _, _ in orders.values()]
            entries += [(str(o), "refund", -back) for o, _, back, _, _ in orders.values() if back]
            assert workspace.rows(
                "select order_id, action, cast(revenue as integer) from event order by all"
            ) == sorted(entries)
            assert workspace.rows("select order_id, sku from order_line order by all") == sorted(
                (str(o), f"s{worth}") for o, worth, _, _, _ in orders.values()
            )
            pairs = {(phone, name) for *_, phone, name in orders.values() if phone and name}
            assert workspace.rows("select count(distinct (a, b)) from link") == [(len(pairs),)]

        play(workspace, steps, bring_in, agrees)


EVENT_ROWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["click", "visit"])), min_size=1, max_size=5)


@LAWS
@given(files=st.lists(EVENT_ROWS, min_size=2, max_size=4), steps=STEPS)
def test_an_event_of_two_files_is_one_and_stays_while_one_of_them_says_it(
    files: list[list[tuple[int, str]]], steps: Steps
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "workspace")
        paths = [
            write(
                Path(folder),
                "time,channel,action,phone,email\n"
                + "".join(
                    f"2026-07-01 1{hour}:00:00,抖音,{action},1380000000{hour},a{hour}@x.example\n"
                    for hour, action in rows
                ),
                f"{i}.csv",
            )
            for i, rows in enumerate(files)
        ]

        def bring_in(choice: int) -> tuple[int, Any]:
            number = choice % len(files)
            return import_file(workspace, paths[number]).batch_id, files[number]

        def agrees(said: list[list[tuple[int, str]]]) -> None:
            expected: Counter[tuple[int, str]] = Counter()
            for rows in said:
                expected |= Counter(rows)
            found = Counter(
                (int(hour), action)
                for hour, action in workspace.rows("select hour(ts + interval 8 hour) - 10, action from event")
            )
            assert found == expected
            persons = {hour for hour, _ in expected}
            assert workspace.rows("select count(distinct (a, b)) from link") == [(len(persons),)]
            assert workspace.rows("select count(distinct person_id) from person") == [(len(persons),)]

        play(workspace, steps, bring_in, agrees)


@pytest.mark.parametrize("has_ids", [False, True])
@LAWS
@given(files=st.lists(EVENT_ROWS, min_size=1, max_size=2), steps=STEPS)
def test_of_one_file_imported_with_several_mappings_the_last_counts(
    has_ids: bool, files: list[list[tuple[int, str]]], steps: Steps
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "workspace")
        paths = []
        for i, rows in enumerate(files):
            lines = [
                f"2026-07-0{i + 1} 1{hour}:00:00,抖音,{action},1380000000{hour},a{hour}@x.example,{i}-{place}"
                for place, (hour, action) in enumerate(rows)
            ]
            paths.append(
                write(Path(folder), "\n".join(["time,channel,action,phone,email,event_id", *lines]) + "\n", f"{i}.csv")
            )
        leave_out = [{}, {"phone": ""}, {"email": ""}, {"action": ""}]

        def bring_in(choice: int) -> tuple[int, Any]:
            number, columns = choice % len(files), leave_out[choice // len(files) % len(leave_out)]
            without = dict(columns) if has_ids else {**columns, "event_id": ""}
            seen = inspect(workspace, paths[number], profile="plain_events")
            kept = {c: m for c, m in seen.mapping.columns.items() if c not in without}
            done = commit(workspace, paths[number], replace(seen.mapping, columns=kept))
            return done.batch_id, (number, tuple(columns))

        def agrees(said: list[tuple[int, tuple[str, ...]]]) -> None:
            read = dict(said)
            expected = Counter(
                (number, hour, action if "action" not in out else "visit")
                for number, out in read.items()
                for hour, action in files[number]
            )
            found = Counter(
                (day - 1, hour, action)
                for day, hour, action in workspace.rows(
                    "select day(day), hour(ts + interval 8 hour) - 10, action from event"
                )
            )
            assert found == expected
            linked = {
                hour for number, out in read.items() for hour, _ in files[number] if not {"phone", "email"} & {*out}
            }
            assert workspace.rows("select count(distinct (a, b)) from link") == [(len(linked),)]

        play(workspace, steps, bring_in, agrees)
