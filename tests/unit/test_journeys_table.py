"""The journey table: order, coding, slices, and its file."""

import stat
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from omnidash.journeys.dated import dated_events
from omnidash.journeys.notation import journeys
from omnidash.journeys.order import journey_order
from omnidash.journeys.table import EVENT_COLUMNS, Journeys
from omnidash.model.errors import BadInput


def frame(**columns: list[object]) -> pl.DataFrame:
    """Events of person 1, one per entry of the longest column, with plain defaults."""
    rows = max(len(values) for values in columns.values())
    defaults: dict[str, list[object]] = {
        "person": [1] * rows,
        "ts": list(range(rows)),
        "day": [0] * rows,
        "channel": [None] * rows,
        "campaign": [None] * rows,
        "action": ["view"] * rows,
        "touch": [True] * rows,
        "revenue": [None] * rows,
        "event_id": list(range(rows)),
    }
    return pl.DataFrame({**defaults, **columns}).with_columns(pl.col("channel", "campaign").cast(pl.String))


def build(**columns: list[object]) -> Journeys:
    return Journeys.from_frame(frame(**columns), stage_of_action={})


def test_events_stand_by_person_and_time_and_persons_by_id() -> None:
    table = build(person=[9, -4, 9, 2], ts=[5, 7, 3, 1])
    assert table.person_ids.tolist() == [-4, 2, 9]
    assert table.offsets.tolist() == [0, 1, 2, 4]
    assert table.ts.tolist() == [7, 1, 3, 5]


def test_ids_as_sparse_as_hashes_work() -> None:
    ids = [2**62, -(2**62), 5, 2**62]
    table = build(person=ids, ts=[2, 0, 0, 1])
    assert table.person_ids.tolist() == [-(2**62), 5, 2**62]
    assert table.ts.tolist() == [0, 0, 1, 2]


def test_at_one_instant_contact_comes_before_earning_touches_and_those_before_what_is_no_touch() -> None:
    table = build(
        ts=[0, 0, 0, 0],
        action=["purchase", "lead", "click", "view"],
        touch=[False, True, True, True],
        revenue=[5.0, 7.0, None, 0.0],
        event_id=[1, 2, 4, 3],
    )
    assert [table.actions[code] for code in table.action] == ["view", "click", "lead", "purchase"]


def test_code_books_are_sorted_and_null_is_the_empty_word_at_code_zero() -> None:
    table = build(channel=["tmall", None, "", "baidu"], campaign=[None, None, None, "x"])
    assert table.channels == ("", "baidu", "tmall")
    assert table.channel.tolist() == [2, 0, 0, 1]
    assert table.campaigns == ("", "x")


def test_stages_follow_the_actions_and_are_empty_where_unmapped() -> None:
    table = Journeys.from_frame(frame(action=["view", "ask"]), stage_of_action={"view": "awareness", "gone": "loyalty"})
    assert (table.actions, table.stages) == (("ask", "view"), ("", "awareness"))


def test_dates_and_datetimes_are_accepted_as_well_as_numbers() -> None:
    numbers = build(ts=[1_500_000], day=[20_000])
    written = pl.DataFrame(
        {
            "ts": pl.Series([datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)]).cast(pl.Datetime("ms", "UTC")),
            "day": [date(2024, 10, 4)],
        }
    )
    dated = Journeys.from_frame(frame(ts=[0]).with_columns(written.get_columns()), stage_of_action={})
    assert (dated.ts.tolist(), dated.day.tolist()) == (numbers.ts.tolist(), numbers.day.tolist())


def test_missing_revenue_is_zero() -> None:
    assert build(revenue=[None, 2.5]).revenue.tolist() == [0.0, 2.5]


@pytest.mark.parametrize("column", ["person", "ts", "day", "action", "touch", "event_id"])
def test_a_null_where_every_event_needs_a_value_is_refused_by_name(column: str) -> None:
    holed = frame(ts=[0, 1]).with_columns(pl.when(pl.int_range(pl.len()) == 0).then(pl.col(column)).alias(column))
    with pytest.raises(ValueError, match=column):
        Journeys.from_frame(holed, stage_of_action={})


def test_more_channels_than_codes_are_refused_with_both_numbers() -> None:
    with pytest.raises(BadInput, match=r"channel has 70001 .* at most 65535"):
        build(channel=[f"c{n}" for n in range(70_000)])


def test_an_empty_table_has_no_persons_events_or_slices(tmp_path: Path) -> None:
    table = Journeys.from_frame(frame(ts=[0]).clear(), stage_of_action={"view": "awareness"})
    assert (table.persons, table.events, table.slices(4), table.channels) == (0, 0, [], ("",))
    table.save(tmp_path / "empty.arrow")
    loaded = Journeys.load(tmp_path / "empty.arrow")
    assert (loaded.persons, loaded.events, loaded.offsets.tolist()) == (0, 0, [0])


def test_slices_cover_every_person_once_and_share_the_events() -> None:
    table = build(person=[p for p in range(100) for _ in range(1 + p % 3)])
    slices = table.slices(4)
    assert [low for low, _ in slices] == [0, *(high for _, high in slices[:-1])]
    assert slices[-1][1] == 100
    sizes = [int(table.offsets[high] - table.offsets[low]) for low, high in slices]
    assert max(sizes) - min(sizes) <= 6


def test_one_person_with_everything_is_one_slice() -> None:
    assert build(ts=list(range(50))).slices(8) == [(0, 1)]


def test_columns_are_read_only() -> None:
    table = build(ts=[0, 1])
    with pytest.raises(ValueError, match="read-only"):
        table.ts[0] = 7


def test_columns_of_unequal_length_are_refused() -> None:
    table = build(ts=[0, 1])
    columns = {field.name: getattr(table, field.name) for field in fields(Journeys) if field.init}
    with pytest.raises(ValueError, match="ts has shape"):
        Journeys(**{**columns, "ts": table.ts[:1]})


def test_a_saved_table_comes_back_equal_and_private(tmp_path: Path) -> None:
    table = journeys(
        {"ana": "search/spring@1 email@3 purchase@4=20", "bo": "email@2"}, stage_of_action={"visit": "interest"}
    )
    path = tmp_path / "journeys.arrow"
    table.save(path)
    loaded = Journeys.load(path)
    for name in ("offsets", "person_ids", *EVENT_COLUMNS):
        assert getattr(loaded, name).dtype == getattr(table, name).dtype
        np.testing.assert_array_equal(getattr(loaded, name), getattr(table, name))
    for book in ("channels", "actions", "campaigns", "stages"):
        assert getattr(loaded, book) == getattr(table, book)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not loaded.ts.flags.owndata  # a view of the file, not a copy


def test_saving_again_replaces_the_file_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "journeys.arrow"
    journeys({"ana": "search@1"}).save(path)
    old = Journeys.load(path)
    journeys({"ana": "search@1 email@2"}).save(path)
    assert Journeys.load(path).events == 2
    assert old.ts.tolist() == [86_400_000_000]
    assert [file.name for file in tmp_path.iterdir()] == ["journeys.arrow"]


def test_a_failed_save_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journeys.arrow"
    journeys({"ana": "search@1"}).save(path)

    def full_disk(self: Path, target: Path) -> Path:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        journeys({"ana": "search@1 email@2"}).save(path)
    assert Journeys.load(path).events == 1
    assert [file.name for file in tmp_path.iterdir()] == ["journeys.arrow"]


@pytest.mark.parametrize("content", [b"", b"not arrow", None])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "journeys.arrow"
    journeys({"ana": "search@1 email@2"}).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ValueError, match=r"journeys\.arrow is not a journey table"):
        Journeys.load(path)


def test_an_arrow_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.arrow"
    pl.DataFrame({"a": [1]}).write_ipc(path)
    with pytest.raises(ValueError, match=r"other\.arrow is not a journey table"):
        Journeys.load(path)


def test_a_missing_file_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Journeys.load(tmp_path / "none.arrow")


def test_a_person_with_thousands_of_events_is_merge_sorted_right() -> None:
    rng = np.random.default_rng(5)
    person = rng.integers(0, 3, 5_000)
    ts = rng.integers(0, 400, 5_000)
    rank = rng.integers(0, 3, 5_000).astype(np.uint8)
    event_id = rng.permutation(5_000).astype(np.uint64)
    order, person_ids, offsets = journey_order(person, ts, rank, event_id)
    assert order.tolist() == np.lexsort((event_id, rank, ts, person)).tolist()
    assert person_ids.tolist() == [0, 1, 2]
    assert offsets.tolist() == [0, *np.cumsum(np.bincount(person)).tolist()]


def test_the_notation_reads_touches_plain_actions_campaigns_and_revenue() -> None:
    table = journeys({"ana": "search@1 email/may:click@2.5 purchase@3=20 :visit@4"})
    assert [table.channels[c] for c in table.channel] == ["search", "email", "", ""]
    assert [table.campaigns[c] for c in table.campaign] == ["", "may", "", ""]
    assert [table.actions[a] for a in table.action] == ["visit", "click", "purchase", "visit"]
    assert table.touch.tolist() == [1, 1, 0, 1]
    assert table.revenue.tolist() == [0, 0, 20, 0]
    assert table.day.tolist() == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="what@time"):
        journeys({"ana": "search"})


def test_dates_without_a_time_are_told_from_single_events_at_midnight() -> None:
    zone = ZoneInfo("Asia/Shanghai")  # local midnight is 16:00 UTC, and days are cut there
    at = [datetime(2026, 6, n, tzinfo=zone) for n in range(1, 5)]  # orders by date
    mails = [datetime(2026, 6, 1, tzinfo=zone), *(datetime(2026, 6, n, 9, n, tzinfo=zone) for n in range(2, 6))]
    rows = [(t, "purchase", None) for t in at] + [(t, "visit", "email") for t in mails]
    rows_of_nine = pl.DataFrame(
        {
            "person": [1] * 9,
            "ts": [round(t.timestamp() * 1e6) for t, _, _ in rows],
            "day": [(t.date() - date(1970, 1, 1)).days for t, _, _ in rows],
            "channel": [channel for _, _, channel in rows],
            "campaign": [None] * 9,
            "action": [action for _, action, _ in rows],
            "touch": [channel is not None for _, _, channel in rows],
            "revenue": [None] * 9,
            "event_id": range(9),
        },
        schema_overrides={"campaign": pl.String, "revenue": pl.Float64, "event_id": pl.UInt64, "day": pl.Int32},
    )
    table = Journeys.from_frame(rows_of_nine, stage_of_action={})
    found = dated_events(table, zone)
    assert found.share() == 4 / 9  # a fifth of the mails at midnight is no export of dates
    assert found.share(chosen=np.array([[action == "purchase"] for action in table.actions])) == 1
    assert dated_events(table, ZoneInfo("UTC")).share() == 0
    assert dated_events(Journeys.from_frame(rows_of_nine.clear(), stage_of_action={}), zone).share() == 0
