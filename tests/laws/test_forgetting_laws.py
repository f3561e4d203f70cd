"""Forgetting and then importing the same files again is forgetting: nobody else is forgotten, nobody comes back.

Small worlds with hubs (two strong neighbours are many here), contested devices, and cuts and blocks by people.
"""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.identity.decisions import decisions
from omnidash.identity.forget import forget_all
from omnidash.identity.preview import Proposal, apply
from omnidash.identity.resolve import set_rules
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from omnidash.store.workspace import KEY
from tests.unit.ingest_files import write

LAWS = settings(deadline=None, derandomize=True, max_examples=12, suppress_health_check=list(HealthCheck))
HEAD = "time,channel,action,phone,email,member_id,device_id,order_id,revenue\n"

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["", "a", "b", "unknown"]),
        st.sampled_from(["", "", "M-1", "M-2"]), st.sampled_from(["", "X", "Y"]),
        st.sampled_from(["", "", "O-1", "O-2", "O-3"]),
    ),
    min_size=1, max_size=6,
)  # fmt: skip
DECIDED = st.lists(st.tuples(st.sampled_from(["cut", "block"]), st.integers(0, 99)), max_size=2)
ASKED = st.sampled_from(["13800000001", "13800000002", "a@x.example", "b@x.example", "M-1", "D-X"])


def text(rows: list[tuple[str, ...]], file: int) -> str:
    """One event per row, purchases where they have an order number."""
    return HEAD + "".join(
        f"2026-07-0{file + 1} 10:00:{second:02d},抖音,{'purchase' if order else 'click'},"
        f"{phone and '1380000000' + phone},{mail and (mail if mail == 'unknown' else mail + '@x.example')},{member},"
        f"{device and 'D-' + device},{order},{'9' if order else ''}\n"
        for second, (phone, mail, member, device, order) in enumerate(rows)
    )


def state(workspace: Workspace) -> dict[str, list[Any]]:
    """What counts: who is there, who is one person, whose each event is."""
    return {
        "identifiers": workspace.rows("select * from identifier order by all"),
        "persons": workspace.rows("select * from person order by all"),
        "shared": workspace.rows("select * from shared_identifier order by all"),
        "events": workspace.rows("select ts, action, identifier_id, order_id, revenue from event order by all"),
        "links": workspace.rows("select distinct a, b from link order by all"),
        "blocked_beside": workspace.rows("select * from blocked_beside order by all"),
    }


def decide(workspace: Workspace, what: str, choice: int) -> None:
    links = workspace.rows("select distinct a, b from link order by all")
    identifiers = workspace.rows("select identifier_id from identifier where not blocked order by 1")
    if what == "cut" and links:
        apply(workspace, Proposal(cuts=(links[choice % len(links)],)), reason="a test")
    elif what == "block" and identifiers:
        apply(workspace, Proposal(blocks=identifiers[choice % len(identifiers)]), reason="a test")


@LAWS
@given(
    st.lists(ROWS, min_size=1, max_size=2),
    DECIDED,
    st.lists(st.lists(ASKED, min_size=1, max_size=2), min_size=1, max_size=2),
    st.sampled_from(["normal", "normal", "strict", "loose"]),
)
def test_the_same_files_again_leave_what_forgetting_left(
    files: list[list[tuple[str, ...]]], decided: list[tuple[str, int]], asked: list[list[str]], level: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "w")
        (workspace.folder / KEY).write_bytes(bytes(32))  # ids, and so what is decided, are the same in every run
        set_rules(workspace, level=level, hub_limit=2)
        paths = [write(Path(folder), text(rows, place), f"{place}.csv") for place, rows in enumerate(files)]
        for path in paths:
            import_file(workspace, path)
        for what, choice in decided:
            if not decisions(workspace) or what == "block":
                decide(workspace, what, choice)
        for texts in asked:
            forget_all(workspace, texts)
            left = state(workspace)
            for path in paths:
                import_file(workspace, path)
            again = state(workspace)
            for table, rows in left.items():
                assert again[table] == rows, table
