"""However a number is written, it is one; what is in its one form stays as it is; a number beside another names nobody."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.identity.normalise import normalised, prepared, quick, trimmed
from omnidash.store import Workspace

LAWS = settings(deadline=None, derandomize=True, max_examples=40, suppress_health_check=list(HealthCheck))
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
BEFORE = st.sampled_from(["", "tel:", "手机", "电话：", "+86", "+86-", "0086 ", "(+86)", "+86+86", "\u202d", "'"])
AFTER = st.sampled_from(["", "转801", " ext 12", "#7", "x7", "（家里）", " (home)", "\u200b", "微信同号", ".0"])
DASH = st.sampled_from(["", "-", " ", "–", "—", "\u2011", "−", ".", "\u3000", "\u200b"])


@pytest.fixture(scope="module")
def workspace() -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as folder:
        yield Workspace.create(Path(folder) / "workspace")


def phone(workspace: Workspace, cell: str) -> tuple[str | None, str | None]:
    """As lookups read a cell, and as imports do, who look for the commonest spellings first."""
    ready = prepared("phone", "bare")
    return workspace.rows(
        f"""
        with bare as (select {trimmed("cast($cell as varchar)")} as bare),
        ready as (select *, {ready} as ready from bare),
        whole as (select *, {normalised("phone", "ready", "CN")} as whole from ready)
        select whole, coalesce({quick("phone", "bare", "CN")}, whole) from whole
        """,
        {"cell": cell},
    )[0]


@LAWS
@given(number=MOBILES, before=BEFORE, after=AFTER, dash=DASH)
def test_a_number_is_one_however_it_is_written(
    workspace: Workspace, number: str, before: str, after: str, dash: str
) -> None:
    written = dash.join((number[:3], number[3:7], number[7:]))
    one = f"+86{number}"
    assert phone(workspace, before + written + after) == (one, one)
    assert phone(workspace, one) == (one, one)


@LAWS
@given(number=MOBILES, other=MOBILES, between=st.sampled_from([";", "/", ", ", " ", "、", " / "]))
def test_two_numbers_in_a_cell_are_one_or_none(workspace: Workspace, number: str, other: str, between: str) -> None:
    expected = f"+86{number}" if number == other else None
    assert phone(workspace, number + between + other) == (expected, expected)
    assert phone(workspace, number + between + number) == (f"+86{number}",) * 2


@LAWS
@given(kind=st.sampled_from(["member_id", "device_id", "cookie", "email"]), cell=st.text("aZ09_-.@*=' １", max_size=8))
def test_a_first_look_says_what_the_whole_way_says(workspace: Workspace, kind: str, cell: str) -> None:
    rows = workspace.rows(
        f"""
        with bare as (select {trimmed("cast($cell as varchar)")} as bare),
        ready as (select *, {prepared(kind, "bare")} as ready from bare)
        select {quick(kind, "bare", "CN")}, {normalised(kind, "ready", "CN")} from ready
        """,
        {"cell": cell},
    )
    quickly, whole = rows[0]
    assert quickly in (None, whole)
