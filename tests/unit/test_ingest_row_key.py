"""By what events are known: both forms beside Python's own MD5, and an old workspace that goes on in its form."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from omnidash.ingest.meaning.fields import FIELDS, IDENTIFIER_TYPES
from omnidash.ingest.rows.row_key import _MARKS, SHORT_KEY
from omnidash.ingest.run import commit, import_file, inspect
from omnidash.store import Workspace

HEAD = "time,channel,action,page,revenue,phone,mobile 2,device_id\n"
ROWS = (
    "2026-03-01 08:00:00,douyin,click,/a,,13688776655,,dev-1\n",
    "2026-03-01 08:00:01,douyin,purchase,,12.5,13688776655,13922446688,\n",
    "2026-03-01 08:00:02,baidu,click,,,,,\n",
)
IN_ORDER = (  # everything that form 1 can hold, up to the last column of these files
    "time channel campaign action content_id page store_id order_id revenue currency score experiment variant"
    " conversion_flag event_id account referrer utm_source utm_medium"
    " customer_id member_id phone phone2 email unionid openid order_contact device_id"
)


@pytest.fixture(params=[1, SHORT_KEY])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "workspace", timezone="UTC")
    if request.param != SHORT_KEY:  # as one that was made when there was no choice
        with made.writing("test", changes="settings") as cursor:
            cursor.execute("delete from setting where name = 'event_key'")
    assert made.event_key == request.param
    return made


def imported(workspace: Workspace, folder: Path, *lines: str) -> tuple[int, int]:
    path = folder / "touches.csv"
    path.write_text("".join(lines), encoding="utf-8")
    mapping = inspect(workspace, path).mapping
    if lines[0] == HEAD:
        mapping = replace(mapping, columns={**mapping.columns, "mobile 2": "phone"})
    done = commit(workspace, path, mapping)
    return done.added, done.duplicates


def bits_of_md5(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[8:], "little")


def micros(second: int) -> str:
    return str(int(datetime(2026, 3, 1, 8, 0, second, tzinfo=UTC).timestamp()) * 1_000_000)


def in_full(**said: object) -> str:
    return "\x1f".join(str(said.get(name, "")) for name in IN_ORDER.split())


def test_a_key_is_the_hash_of_what_a_row_says(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, HEAD, *ROWS)
    named = {hint: number for number, hint in workspace.rows("select identifier_id, hint from identifier")}
    one, other = named.pop("+86136****6655"), named.pop("+86139****6688")
    (device,) = named.values()
    if workspace.event_key == SHORT_KEY:
        end_of_one, end_of_other, end_of_device = (f"{number:X}"[-11:] for number in (one, other, device))
        texts = [
            f"{micros(0)}\x01douyin\x02click\x05/a\x18{end_of_one}\x1d{end_of_device}",
            f"{micros(1)}\x01douyin\x02purchase\x0812.500000\x18{end_of_one}\x18\x18{end_of_other}",
            f"{micros(2)}\x01baidu\x02click",
        ]
    else:
        texts = [
            in_full(time=micros(0), channel="douyin", action="click", page="/a", phone=one, phone2="", device_id=device),
            in_full(
                time=micros(1), channel="douyin", action="purchase", revenue="12.500000", phone=one,
                phone2=f"\x1e{other}",
            ),
            in_full(time=micros(2), channel="baidu", action="click"),
        ]  # fmt: skip
    assert workspace.rows("select event_id from event order by row_number") == [(bits_of_md5(text),) for text in texts]


def test_the_same_rows_again_add_nothing_in_either_form(workspace: Workspace, tmp_path: Path) -> None:
    assert imported(workspace, tmp_path, HEAD, *ROWS[:2]) == (2, 0)
    assert imported(workspace, tmp_path, HEAD, *ROWS) == (1, 2)


def test_a_column_that_is_empty_or_stands_elsewhere_says_nothing_new(workspace: Workspace, tmp_path: Path) -> None:
    plain = "time,channel,action,phone\n2026-03-01 08:00:00,douyin,click,13688776655\n"
    turned = (
        "campaign,phone,device_id,action,channel,time,page\n,+86 136 8877 6655,,click,douyin,2026-03-01T08:00:00Z,\n"
    )
    path = tmp_path / "turned.csv"
    path.write_text(turned, encoding="utf-8")
    assert imported(workspace, tmp_path, plain) == (1, 0)
    done = import_file(workspace, path)
    known = (0, 1) if workspace.event_key == SHORT_KEY else (1, 0)  # the old form counts empty columns behind the last
    assert (done.added, done.duplicates) == known


def test_every_field_and_type_has_a_mark_of_its_own() -> None:
    names = {field.name for field in FIELDS["events"] if field.value != "identifier"} - {"time"} | set(IDENTIFIER_TYPES)
    assert set(_MARKS) == names
    assert len(set(_MARKS.values())) == len(names)
