"""Identifiers that stood on one row are one person, except where a value or a device is everybody's."""

from pathlib import Path

import pytest

from omnidash.identity.forget import forget
from omnidash.identity.lookup import identifier_ids
from omnidash.identity.persons import identifiers_per_person, match_rates, persons
from omnidash.identity.preview import Proposal, apply, preview
from omnidash.identity.resolve import Rules, bring_up_to_date, resolve, set_rules
from omnidash.identity.why import chain, why
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
    assert [(b["type"], b["hint"], b["count"]) for b in persons(workspace).blocked] == [("email", "unknown", 4)]


def test_placeholders_that_an_earlier_version_took_for_somebody_part_strangers(
    workspace: Workspace, tmp_path: Path
) -> None:
    imported_contacts(workspace, tmp_path, f"散客,{phone(1)},,", f"散客,{phone(2)},,")
    with workspace.writing("as an earlier version did") as cursor:
        cursor.execute("update identifier set blocked = false, hint = '***' where blocked")
        resolve(cursor, Rules.of(workspace.settings))
    assert sizes(workspace) == [3]
    imported_contacts(workspace, tmp_path, f"散客,{phone(3)},,", name="more.csv")
    assert sizes(workspace) == [1, 1, 1]
    assert [(row["type"], row["hint"]) for row in persons(workspace).blocked] == [("member_id", "散客")]


def test_what_a_decision_blocks_is_listed_with_its_strong_neighbours(workspace: Workspace, tmp_path: Path) -> None:
    header = "time,channel,action,phone,email,device_id\n"
    rows = ("13800000001,ana@x.example,D-1", "13800000001,unknown,D-2", "13800000001,ana@x.example,D-3")
    text = header + "".join(f"2026-07-01 10:00:0{place},抖音,click,{row}\n" for place, row in enumerate(rows))
    import_file(workspace, write(tmp_path, text))
    (phone,) = identifier_ids(workspace, "13800000001")
    apply(workspace, Proposal(blocks=(phone,)), reason="of the office")
    (listed,) = persons(workspace).blocked_by_decision
    assert (listed["identifier_id"], listed["count"], listed["decision_id"]) == (phone, 1, 1)


def test_a_name_in_brackets_is_blocked_and_not_kept(workspace: Workspace, tmp_path: Path) -> None:
    cells = ("(张三丰)", "<Anna Bell>", "(not set)", "(data deleted)", "（空）", "散客", "__ID__")
    rows = "".join(f"2026-07-01 10:00:0{place},抖音,click,{cell}\n" for place, cell in enumerate(cells))
    import_file(workspace, write(tmp_path, f"time,channel,action,member_id\n{rows}"))
    kept = {row["hint"] for row in persons(workspace).blocked}
    assert kept == {"(张***)", "<A***>", "(not set)", "(data deleted)", "(空)", "散客", "__ID__"}


def test_a_shop_tablet_joins_nobody_and_is_nobody(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, *(f",{phone(i)},,TABLET-1" for i in range(1, 8)), ",,,TABLET-1")
    summary = persons(workspace)
    assert sizes(workspace) == [1] * 7
    assert [(h["type"], h["count"]) for h in summary.hubs] == [("device_id", 7)]
    assert (summary.identifiers, summary.persons) == (8, 7)


def test_a_family_on_one_device_is_joined_at_the_loose_level_only(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, *(f",{phone(i)},,D-1" for i in range(1, 6)))
    assert sizes(workspace) == [1] * 6
    assert [(c["type"], c["count"]) for c in persons(workspace).contested] == [("device_id", 5)]
    set_rules(workspace, level="loose")
    assert sizes(workspace) == [6]
    assert persons(workspace).contested == ()


def test_a_device_joins_the_phone_and_the_mail_of_one_person(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, f",{phone(1)},,D-1", ",,a@x.example,D-1")
    assert sizes(workspace) == [3]


def test_a_mistyped_number_does_not_cost_a_person_their_device(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, f"M1,{phone(1)},,", f",{phone(1)},,D-1", f",{phone(7)},,D-1")
    assert sizes(workspace) == [3, 1]
    assert persons(workspace).contested == ()
    # once the number is known to be somebody's, the device is of two persons
    imported_contacts(workspace, tmp_path, f"M2,{phone(7)},,", name="next.csv")
    assert sizes(workspace) == [2, 2, 1]


def test_persons_who_contradict_each_other_are_not_joined_over_several_devices_either(
    workspace: Workspace, tmp_path: Path
) -> None:
    # the mail stands on two devices, and each of these has a phone: whose mail it is nobody knows
    imported_contacts(
        workspace, tmp_path,
        f",{phone(1)},,D-1", ",,a@x.example,D-1", ",,a@x.example,D-2", f",{phone(2)},,D-2", f",{phone(2)},,D-3",
    )  # fmt: skip
    assert sizes(workspace) == [2, 1, 1, 1, 1]  # only D-3 has one owner
    assert len(persons(workspace).contested) == 2


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


def test_each_level_links_no_less_than_the_stricter_one(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(
        workspace,
        tmp_path,
        "M1,,,D-1",
        f",{phone(1)},,D-1",
        f"M2,{phone(2)},,",
        "M2,,,D-2",
        f",{phone(3)},,D-2",
        f"M3,{phone(3)},,",
    )
    found = {}
    for level in ("strict", "normal", "loose"):
        before = workspace.version
        assert set_rules(workspace, level=level) == len(sizes(workspace))
        found[level] = sizes(workspace)
        assert workspace.data_version > before[1] and workspace.settings_version > before[2]
    assert found == {"strict": [2, 2, 1, 1, 1, 1], "normal": [3, 2, 2, 1], "loose": [5, 3]}


def test_a_level_there_is_not_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="level 'wild' is unknown"):
        set_rules(workspace, level="wild")
    with pytest.raises(BadInput, match="hub limit 0"):
        set_rules(workspace, hub_limit=0)


def test_a_level_written_as_a_setting_is_followed_when_told(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, "M1,,,D-1")
    assert not bring_up_to_date(workspace)
    workspace.change_settings(identity_level="strict")
    assert bring_up_to_date(workspace) and sizes(workspace) == [1, 1]
    workspace.change_settings(identity_level="normal")
    imported_contacts(workspace, tmp_path, "M3,,,", name="next.csv")  # an import follows it by itself
    assert sizes(workspace) == [2, 1]


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


def test_the_shortest_chain_names_file_row_and_import(workspace: Workspace, tmp_path: Path) -> None:
    first = imported_contacts(workspace, tmp_path, "M1,,a@x.example,", f",{phone(1)},a@x.example,", name="one.csv")
    second = imported_contacts(workspace, tmp_path, f",{phone(1)},,D-1", "M1,,,D-1", name="two.csv")
    assert [(link.file, link.row_number, link.batch_id) for link in chain(workspace, "a@x.example", "D-1")] in (
        [("one.csv", 2, first), ("two.csv", 3, second)],
        [("one.csv", 3, first), ("two.csv", 2, second)],
    )
    assert chain(workspace, "M1", "m1".upper()) == []
    imported_contacts(workspace, tmp_path, "M9,,,", name="three.csv")
    with pytest.raises(BadInput, match="are not one person"):
        chain(workspace, "M1", "M9")


def test_match_rates_count_events_and_persons_of_each_channel(workspace: Workspace, tmp_path: Path) -> None:
    text = HEAD + "".join(
        f"2026-07-01 10:00:0{second},{channel},click,{row}\n"
        for second, (channel, row) in enumerate(
            [("抖音", "M1,,,"), ("抖音", "M2,,,"), ("抖音", ",,,"), ("百度", "M1,,,"), ("百度", ",,unknown,")]
        )
    )
    import_file(workspace, write(tmp_path, text))
    rows = {row["channel"]: row for row in match_rates(workspace).to_dicts()}
    douyin, baidu = rows["douyin"], rows["baidu"]
    assert (douyin["events"], douyin["identified"], douyin["matched"], douyin["match_rate"]) == (3, 2, 2, 2 / 3)
    assert (douyin["persons"], douyin["persons_elsewhere"], douyin["elsewhere_rate"]) == (2, 1, 0.5)
    assert (baidu["identified"], baidu["matched"], baidu["elsewhere_rate"]) == (2, 1, 1.0)
    assert identifiers_per_person(workspace).rows() == [(1, 2)]


def test_a_blocked_value_is_counted_in_whatever_column_it_stands(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "blocked")
    text = (
        "time,channel,action,member_id,phone,email\n"
        "2026-07-01 10:00:00,x,visit,M10001,无,unknown\n"
        "2026-07-01 10:01:00,x,visit,M10001,13977314466,\n"
        "2026-07-01 10:02:00,x,click,M10001,无,a1@x.example\n"
        "2026-07-01 10:03:00,x,click,,无,\n"
        "2026-07-02 10:03:00,x,click,M10001,13977314466,unknown\n"
    )
    import_file(workspace, write(tmp_path, text))
    import_file(workspace, write(tmp_path, text, "again.csv"))
    assert {row["hint"]: row["count"] for row in persons(workspace).blocked} == {"无": 3, "unknown": 2}
    forget(workspace, "M10001")
    assert {row["hint"]: row["count"] for row in persons(workspace).blocked} == {"无": 1, "unknown": 0}


def test_a_preview_says_how_many_change_persons_and_not_how_many_are_of_them(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = "".join(f"2026-07-01 10:0{i}:00,x,visit,M10001,1397731446{i}\n" for i in range(4))
    import_file(workspace, write(tmp_path, "time,channel,action,member_id,phone\n" + rows))
    (member,), (phone,) = (identifier_ids(workspace, raw) for raw in ("M10001", "13977314460"))
    would = preview(workspace, Proposal(cuts=((member, phone),)))
    assert (would.regrouped.height, would.changing) == (5, 1)
    made = apply(workspace, Proposal(cuts=((member, phone),)), reason="x")
    assert preview(workspace, Proposal(restores=tuple(made))).changing == 1
