"""Persons after any sequence of imports, undos and decisions are those of the links in use, computed from scratch.

Imports and decisions recompute only what they can reach; the comparison is with a partition of everything.
"""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.identity import resolve as resolving
from omnidash.identity.decisions import decisions, overrides_in_force
from omnidash.identity.graph import whole_graph
from omnidash.identity.partition import Rules, partition
from omnidash.identity.preview import Proposal, apply, preview
from omnidash.ingest.run import import_file, rollback
from omnidash.store import Workspace
from tests.unit.ingest_files import write

LAWS = settings(deadline=None, derandomize=True, max_examples=10, suppress_health_check=list(HealthCheck))
HEAD = "time,channel,action,phone,email,device_id,event_id\n"

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "1", "2", "3", "4"]), st.sampled_from(["", "a", "b", "c", "unknown"]),
        st.sampled_from(["", "X", "Y"]), st.sampled_from(["", "", "e1", "e2"]),
    ),
    min_size=1, max_size=5,
)  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(["import", "import", "undo", "cut", "block", "restore"]), st.integers(0, 99)),
                 min_size=3, max_size=9)  # fmt: skip


def text(rows: list[tuple[str, str, str, str]], file: int) -> str:
    """One event per row, with ids of their own on some, so that a later file restates them."""
    lines = [
        f"2026-07-0{file + 1} 10:00:{second:02d},抖音,click,{phone and '1380000000' + phone},"
        f"{mail and (mail if mail == 'unknown' else mail + '@x.example')},{device and 'D-' + device},{event}\n"
        for second, (phone, mail, device, event) in enumerate(rows)
    ]
    return HEAD + "".join(lines)


def tables(workspace: Workspace) -> tuple[list[Any], list[Any]]:
    return (
        workspace.rows("select * from person order by all"),
        workspace.rows("select * from shared_identifier order by all"),
    )


def from_scratch(workspace: Workspace) -> tuple[list[Any], list[Any]]:
    with workspace.reading() as cursor:
        graph = whole_graph(cursor, overrides_in_force(cursor))
        persons, shared = resolving._tables(graph, partition(graph, Rules.of(workspace.settings)))
    return (sorted(persons.rows()), sorted(shared.rows()))


def decided(workspace: Workspace, what: str, choice: int) -> None:
    """Cut, block or restore something that is there; a preview says the same before."""
    links = workspace.rows("select distinct a, b from link order by all")
    identifiers = workspace.rows("select identifier_id from identifier where not blocked order by 1")
    open_ones = [d.decision_id for d in decisions(workspace) if d.is_in_force]
    if what == "cut" and links:
        proposal = Proposal(cuts=(links[choice % len(links)],))
    elif what == "block" and identifiers:
        proposal = Proposal(blocks=identifiers[choice % len(identifiers)])
    elif what == "restore" and open_ones:
        proposal = Proposal(restores=(open_ones[choice % len(open_ones)],))
    else:
        return
    with workspace.reading() as cursor:
        in_force = overrides_in_force(cursor)
    if in_force.cuts & set(proposal.cuts) or in_force.blocks & set(proposal.blocks):
        return  # nothing is decided twice
    would = preview(workspace, proposal)
    assert sorted(would.before.rows()) == tables(workspace)[0]
    apply(workspace, proposal, reason="a test")
    assert sorted(would.after.rows()) == tables(workspace)[0]


@pytest.mark.parametrize("reaches_too_much", [0, 3])
@LAWS
@given(
    rules=st.sampled_from([("normal", 5), ("normal", 2), ("loose", 2), ("strict", 5)]),
    files=st.lists(ROWS, min_size=2, max_size=4),
    steps=STEPS,
)
def test_what_is_recomputed_in_part_is_as_if_computed_from_scratch(
    reaches_too_much: int, rules: tuple[str, int], files: list[list[tuple[str, str, str, str]]], steps: Any
) -> None:
    level, hub_limit = rules
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr("omnidash.identity.graph.REACHES_TOO_MUCH", reaches_too_much)  # 0: always in part
        workspace = Workspace.create(Path(folder) / "workspace", identity_level=level, hub_limit=hub_limit)
        paths = [write(Path(folder), text(rows, i), f"{i}.csv") for i, rows in enumerate(files)]
        in_use: list[int] = []
        for what, choice in steps:
            if what == "import":
                in_use.append(import_file(workspace, paths[choice % len(paths)]).batch_id)
            elif what == "undo" and in_use:
                rollback(workspace, in_use.pop(choice % len(in_use)))
            else:
                decided(workspace, what, choice)
            assert tables(workspace) == from_scratch(workspace)
