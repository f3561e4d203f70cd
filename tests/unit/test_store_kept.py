"""Kept values: computed once for a state of the data and what is asked, anew for another, never wrong."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

import polars as pl
import pytest

from omnidash.store.kept import kept_frame, kept_values


def counting(values: dict[str, float]):
    calls: list[int] = []

    def compute() -> dict[str, float]:
        calls.append(1)
        return values

    return calls, compute


def test_the_second_call_reads_what_the_first_one_kept(workspace):
    values = {"抖音": 0.1 + 0.2, "meta": 1e-300, "none": -1.5}
    calls, compute = counting(values)
    assert kept_values(workspace, "ltv", ("purchase", 30.0), compute) == values
    assert kept_values(workspace, "ltv", ("purchase", 30.0), compute) == values
    assert len(calls) == 1


def test_other_data_and_other_questions_are_computed_anew(workspace):
    calls, compute = counting({"a": 1.0})
    kept_values(workspace, "ltv", ("purchase",), compute)
    kept_values(workspace, "ltv", ("signup",), compute)
    with workspace.writing("test", changes="data"):
        pass
    kept_values(workspace, "ltv", ("purchase",), compute)
    assert len(calls) == 3


def test_a_damaged_file_is_computed_anew_and_only_a_few_are_kept(workspace):
    calls, compute = counting({"a": 1.0})
    for number in range(30):
        kept_values(workspace, "ltv", (number,), compute)
    files = list((workspace.folder / "cache").glob("ltv-*"))
    assert len(files) == 24
    for file in files:
        file.write_text("{", encoding="utf-8")
    assert kept_values(workspace, "ltv", (29,), compute) == {"a": 1.0}
    assert len(calls) == 31


@pytest.mark.parametrize("text", ["[1]", "null", '{"a": null}', "{", ""])
def test_a_file_of_another_shape_is_computed_anew(workspace, text):
    made = iter((1.0, 2.0))
    assert kept_values(workspace, "figure", ("x",), lambda: {"a": next(made)}) == {"a": 1.0}
    (path,) = (workspace.folder / "cache").glob("figure-*.json")
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(text)
    assert kept_values(workspace, "figure", ("x",), lambda: {"a": next(made)}) == {"a": 2.0}


def test_a_frame_is_kept_as_it_was(workspace):
    frame = pl.DataFrame(
        {"day": [date(2026, 6, 1), None], "channels": [["a", "b"], []], "spend": [0.1, None], "known": [True, False]}
    )
    calls = []

    def compute() -> pl.DataFrame:
        calls.append(1)
        return frame

    assert kept_frame(workspace, "days", ("last",), compute).equals(frame)
    again = kept_frame(workspace, "days", ("last",), compute)
    assert again.equals(frame) and again.schema == frame.schema
    assert len(calls) == 1
    (file,) = (workspace.folder / "cache").glob("days-*.ipc")
    file.write_bytes(b"half a file")
    assert kept_frame(workspace, "days", ("last",), compute).equals(frame)
    assert len(calls) == 2


def test_who_wants_the_same_meanwhile_waits_for_it(workspace):
    begun, may_end, calls = Event(), Event(), []

    def compute() -> dict[str, float]:
        calls.append(1)
        begun.set()
        assert may_end.wait(10)
        return {"a": 1.0}

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(kept_values, workspace, "ltv", ("last",), compute)
        assert begun.wait(10)
        second = threads.submit(kept_values, workspace, "ltv", ("last",), compute)
        assert kept_values(workspace, "ltv", ("other",), lambda: {"b": 2.0}) == {"b": 2.0}  # no other waits
        may_end.set()
        assert first.result(10) == second.result(10) == {"a": 1.0}
    assert len(calls) == 1


def test_what_was_computed_while_the_data_changed_is_not_kept(workspace):
    before = workspace.version

    def compute() -> dict[str, float]:
        with workspace.writing("test", changes="data"):
            pass
        return {"a": 1.0}

    assert kept_values(workspace, "ltv", (), compute) == {"a": 1.0}
    assert workspace.version != before
    assert not list((workspace.folder / "cache").glob("ltv-*"))
    calls, again = counting({"a": 2.0})
    kept_values(workspace, "ltv", (), again, version=before)  # by somebody whose journeys are of before
    assert kept_values(workspace, "ltv", (), again) == {"a": 2.0}
    assert len(calls) == 2
