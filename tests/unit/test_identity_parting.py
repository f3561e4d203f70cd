"""A cut that other rows undo is said to be in vain, two people in one are listed, and parting them takes the fewest links."""

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.cli.main import main
from omnidash.identity.contested_persons import contested_of, contested_persons
from omnidash.identity.lookup import identifier_of
from omnidash.identity.parting import lightest_cut, parting, still_joined
from omnidash.identity.preview import Proposal, apply, preview
from omnidash.identity.resolve import set_rules
from omnidash.identity.why import Link, path, why
from omnidash.ingest.run import import_file
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import write
from tests.unit.test_identity_persons import contacts, imported_contacts, phone, sizes


def ids(workspace: Workspace, *raw: str) -> list[int]:
    return [identifier_of(workspace, text) for text in raw]


def test_a_cut_that_another_row_undoes_names_that_row_and_what_to_cut_beside(
    workspace: Workspace, tmp_path: Path
) -> None:
    imported_contacts(workspace, tmp_path, f"M1,{phone(1)},,", f",{phone(1)},a@x.example,", "M1,,a@x.example,")
    member, number, mail = ids(workspace, "M1", phone(1), "a@x.example")
    (left,) = still_joined(workspace, Proposal(cuts=((member, number),)))
    assert [(link.row_number, link.a_id, link.b_id) for link in left.chain] == [(4, member, mail), (3, mail, number)]
    assert len(left.beside) == 1 and left.beside[0] != (min(member, number), max(member, number))
    both = Proposal(cuts=((member, number), *left.beside))
    assert still_joined(workspace, both) == ()
    apply(workspace, both, reason="two people")
    assert sizes(workspace) == [2, 1]


def test_a_cut_that_parts_two_is_not_in_vain(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, f"M1,{phone(1)},,", f",{phone(1)},a@x.example,")
    member, number = ids(workspace, "M1", phone(1))
    assert still_joined(workspace, Proposal(cuts=((member, number),))) == ()
    assert parting(workspace, *ids(workspace, "M1", "a@x.example"))  # they never stood on one row


def test_where_no_cut_parts_two_that_is_said(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each round may set another device free that joins the two; after the last one they are not told as parted."""
    imported_contacts(workspace, tmp_path, f"M1,{phone(1)},,", f",{phone(1)},a@x.example,", "M1,,a@x.example,")
    member, number = ids(workspace, "M1", phone(1))
    monkeypatch.setattr("omnidash.identity.parting.lightest_cut", lambda _links, a, b: {(min(a, b), max(a, b))})
    with pytest.raises(BadInput, match="were not parted"):
        parting(workspace, member, number)
    (left,) = still_joined(workspace, Proposal(cuts=((member, number),)))
    assert left.chain and left.beside == ()


def test_those_who_are_two_cannot_be_parted(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, "M1,,,", "M2,,,")
    with pytest.raises(BadInput, match="not one person"):
        parting(workspace, *ids(workspace, "M1", "M2"))


def test_parting_contradicts_the_fewest_files(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, f"M1,{phone(1)},,", f"M2,{phone(1)},,", f"M2,{phone(2)},,")
    for month in (8, 9):
        rows = contacts(f"M1,{phone(1)},,").replace("2026-07", f"2026-{month:02d}")
        import_file(workspace, write(tmp_path, rows, f"month-{month}.csv"))
    one, other, number = ids(workspace, "M1", "M2", phone(1))
    assert parting(workspace, one, other) == ((min(other, number), max(other, number)),)
    (link,) = [step for step in why(workspace, "M1") if {step.a_id, step.b_id} == {one, number}]
    assert (link.file, link.imports) == ("contacts.csv", 3)


def test_at_the_loose_level_a_device_that_joins_them_anew_is_cut_too(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, f"M1,{phone(1)},,D-1", f"M2,{phone(1)},,D-1")
    one, other = ids(workspace, "M1", "M2")
    for level in ("normal", "loose"):
        set_rules(workspace, level=level)
        after = preview(workspace, Proposal(cuts=parting(workspace, one, other)))
        assert other not in after.members_of(one), level


NODES = range(1, 7)
LINKS = st.dictionaries(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(1, 4),
    min_size=1,
    max_size=9,
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(LINKS)
def test_no_lighter_cut_parts_two_than_the_one_found(files: dict[tuple[int, int], int]) -> None:
    links = [
        Link(a=str(a), b=str(b), a_id=a, b_id=b, file="f.csv", row_number=1, batch_id=1, imports=n)
        for (a, b), n in files.items()
    ]
    start, end = min(min(pair) for pair in files), max(max(pair) for pair in files)

    def parts(cut: set[tuple[int, int]]) -> bool:
        return path([link for link in links if (link.a_id, link.b_id) not in cut], start, end) is None

    found = lightest_cut(links, start, end)
    assert parts(found)
    weight = sum(files[pair] for pair in found)
    by_trying = (set(some) for size in range(len(files) + 1) for some in combinations(files, size))
    assert weight == min(sum(files[pair] for pair in some) for some in by_trying if parts(some))


def test_two_members_on_one_phone_are_one_person_and_listed(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(
        workspace, tmp_path,
        f"M1,{phone(1)},,", f"M2,{phone(1)},,", f"M3,{phone(1)},,",
        f"M4,{phone(4)},,", f"M5,{phone(4)},,",
        f"M6,{phone(6)},a@x.example,", f"M6,{phone(7)},b@x.example,",  # two phones and mails of one are ordinary
    )  # fmt: skip
    found = contested_persons(workspace)
    assert found.count == 2
    assert [(person.type, len(person.values), person.identifiers) for person in found.listed] == [
        ("member_id", 3, 4), ("member_id", 2, 3),
    ]  # fmt: skip
    assert "M1" not in str(found)
    assert contested_of(workspace, identifier_of(workspace, phone(1))) == found.listed[:1]
    assert contested_of(workspace, identifier_of(workspace, phone(6))) == ()
    apply(workspace, Proposal(cuts=parting(workspace, *ids(workspace, "M4", "M5"))), reason="two people")
    assert contested_persons(workspace).count == 1


def test_who_is_one_after_all_is_listed_no_more_until_that_is_taken_back(workspace: Workspace, tmp_path: Path) -> None:
    imported_contacts(workspace, tmp_path, f"M1,{phone(1)},,", f"M2,{phone(1)},,", f"M3,{phone(1)},,")
    one, two, three = ids(workspace, "M1", "M2", "M3")
    before = workspace.rows("select * from person order by all")
    apply(workspace, Proposal(ones=((one, two),)), reason="registered twice")
    assert contested_persons(workspace).count == 1  # a third number contradicts them still
    (third,) = apply(workspace, Proposal(ones=((two, three),)), reason="and once more")
    assert contested_persons(workspace).count == 0 and contested_of(workspace, one) == ()
    assert workspace.rows("select * from person order by all") == before
    apply(workspace, Proposal(restores=(third,)), reason="no, it is the sister's")
    assert contested_persons(workspace).count == 1
    assert main(["identity", "one", "M3", "M1", "--reason", "hers", "--workspace", str(workspace.folder)]) == 0
    assert contested_persons(workspace).count == 0


def test_customer_numbers_contradict_each_other_within_one_system_only(workspace: Workspace, tmp_path: Path) -> None:
    head = "time,channel,action,customer_id,phone\n"
    row = "2026-07-01 10:00:00,抖音,click,{number},{phone}\n"
    first = head + row.format(number="C-10001", phone=phone(1))
    import_file(workspace, write(tmp_path, first, "one.csv"))
    other = head + row.format(number="K-20001", phone=phone(1))
    import_file(workspace, write(tmp_path, other, "two.csv"))
    workspace_says = contested_persons(workspace)
    assert [(person.type, len(person.values)) for person in workspace_says.listed] == [("customer_id", 2)]
    with workspace.writing("another system wrote the second file") as cursor:
        cursor.execute("update batch set source = 'another_shop' where file_name = 'two.csv'")
    assert contested_persons(workspace).count == 0
