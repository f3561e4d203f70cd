"""Identifiers that stood on one row are one person, except where a value or a device is everybody's."""

from pathlib import Path

import pytest

from omnidash.identity.persons import persons, why
from omnidash.identity.resolve import resolve
from omnidash.ingest.run import import_file, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import says, write

HEAD = "time,channel,action,member_id,phone,email,device_id\n"


def contacts(*rows: str) -> str:
    """One event per row of member_id,phone,email,device_id."""
    return HEAD + "".join(f"2026-07-01 10:00:{second:02d},抖音,click,{row}\n" for second, row in enumerate(rows))


def phone(number: int) -> str:
    return f"138{number:08d}"


def imported_contacts(workspace: Workspace, folder: Path, *rows: str, name: str = "contacts.csv") -> int:
    return import_file(workspace, write(folder, contacts(*rows), name)).batch_id


def sizes(workspace: Workspace) -> list[int]:
    """Identifiers per person, largest first."""
    rows = workspace.rows("select count(*) from person group by person_id order by 1 desc")
    return [size for (size,) in rows]


def test_a_chain_of_rows_makes_one_person(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(
        workspace, tmp_path, "M1,,a@x.example,", f",{phone(1)},a@x.example,", f",{phone(1)},,D-7", "M2,,,"
    )
    assert sizes(workspace) == [4, 1]
    chain = why(workspace, phone(1))
    assert [(link.file, link.row_number) for link in chain] == [
        ("contacts.csv", 3),
        ("contacts.csv", 4),
        ("contacts.csv", 2),
    ]
    assert {"phone +86138****0001", "email a***@***.example"} == {chain[0].a, chain[0].b}


def test_files_of_different_days_are_linked(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, "M1,,a@x.example,", name="one.csv")
    before = says(workspace)
    second = imported_contacts(
        workspace, tmp_path, f",{phone(1)},A@X.example,", f",{phone(1)},b@x.example,", name="two.csv"
    )
    assert sizes(workspace) == [4]
    rollback(workspace, second)
    assert sizes(workspace) == [2]
    assert says(workspace) == before


def test_blocked_values_join_nobody_and_are_listed(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, "M1,,unknown,", "M2,,unknown,", "M3,,Unknown,", ",,unknown,")
    assert sizes(workspace) == [1, 1, 1]
    assert [(b["type"], b["hint"], b["count"]) for b in persons(workspace).blocked] == [("email", "unknown", 1)]


def test_a_shop_tablet_joins_nobody_and_is_nobody(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, *(f",{phone(i)},,TABLET-1" for i in range(1, 8)), ",,,TABLET-1")
    summary = persons(workspace)
    assert sizes(workspace) == [1] * 7
    assert [(h["type"], h["count"]) for h in summary.hubs] == [("device_id", 7)]
    assert (summary.identifiers, summary.persons) == (8, 7)


def test_a_family_of_five_phones_on_one_device_is_within_the_limit(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, *(f",{phone(i)},,D-1" for i in range(1, 6)))
    assert sizes(workspace) == [6]


def test_a_hub_on_a_row_does_not_hide_what_else_stood_there(workspace: Workspace, tmp_path: Path) -> None:
    rows = [f",{phone(i)},p{i}@x.example,TABLET-1" for i in range(1, 8)]
    imported_contacts(workspace, tmp_path, *rows)
    assert sizes(workspace) == [2] * 7


def test_rows_without_identifier_belong_to_nobody_and_still_count(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, ",,,", "M1,,,")
    assert workspace.rows("select count(*), count(identifier_id) from event") == [(2, 1)]


def test_the_main_identifier_of_a_row_is_a_strong_one(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, f",{phone(1)},,D-1", "unknown,,,D-2")
    rows = workspace.rows("select i.type from event e join identifier i using (identifier_id) order by e.row_number")
    assert rows == [("phone",), ("device_id",)]


def test_strict_level_links_strong_identifiers_only(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, "M1,,,D-1", f",{phone(1)},,D-1", f"M2,{phone(2)},,")
    assert sizes(workspace) == [3, 2]
    with workspace.writing("level") as cursor:
        count = resolve(cursor, hub_limit=5, level="strict")
    assert (count, sizes(workspace)) == (4, [2, 1, 1, 1])
    with workspace.writing("level") as cursor, pytest.raises(ValueError, match="level 'wild'"):
        resolve(cursor, hub_limit=5, level="wild")


def test_an_unknown_identifier_is_told_so(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, "M1,,,")
    assert why(workspace, "M1") == []
    with pytest.raises(BadInput, match="occurs in no imported file"):
        why(workspace, "M2")


def test_the_same_contacts_again_change_no_person(workspace: Workspace, tmp_path: Path) -> None:
    rows = ["M1,,a@x.example,", f",{phone(1)},a@x.example,"]
    imported_contacts(workspace, tmp_path, *rows)
    before = says(workspace)
    imported_contacts(workspace, tmp_path, *rows, name="again.csv")
    assert says(workspace) == before
