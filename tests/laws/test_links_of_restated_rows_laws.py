"""Which identifiers a row links once several files, each with columns of its own, have spoken of it; with undo.

The oracle is plain Python over the rows of the files: each file in turn ends the links whose two identifiers it speaks
of, and those of which it names one otherwise or not at all; then it adds those of its row.

Many rows share a file, each with identifiers of its own: an import costs the same for forty of them as for one.
"""

import random
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from omnidash.identity.lookup import readings
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from tests.laws.test_undo_laws import play
from tests.unit.ingest_files import write

ROWS = 40
TYPES = ("member_id", "phone", "email")
HEADS = {"events": "event_id,time,channel,action", "orders": "order_id,time,revenue"}
COLUMNS = ((), ("phone",), ("email",), ("member_id", "phone"), ("phone", "email"), TYPES, TYPES)

File = tuple[tuple[str, ...], dict[int, tuple[int, tuple[str, ...]]]]
"""Columns of identifiers, and of each row what else it says and its identifiers ('' for none), one per column."""


def identifier(kind: str, number: int, row: int) -> str:
    """One of the two identifiers of a type that are a row's."""
    return {
        "member_id": f"M-{row:03d}{number}", "phone": f"1381234{row:03d}{number}", "email": f"u{number}-{row}@x.example",
    }[kind]  # fmt: skip


def file(chance: random.Random) -> File:
    """Half of the rows, in any columns."""
    columns = chance.choice(COLUMNS)
    rows = {}
    for row in chance.sample(range(1, ROWS + 1), ROWS // 2):
        chosen = ((t, chance.choice((0, 1, 1, 1, 2))) for t in columns)
        rows[row] = (chance.choice((1, 2)), tuple(identifier(t, number, row) if number else "" for t, number in chosen))
    return columns, rows


def text(kind: str, of: File) -> str:
    columns, rows = of
    lines = [",".join([HEADS[kind], *columns])]
    for row, (said, cells) in rows.items():
        time = "2026-07-01 10:00:00"
        start = ["douyin", ("click", "visit")[said - 1]] if kind == "events" else [str(said)]
        lines.append(",".join([f"R-{row}", time, *start, *cells]))
    return "\n".join(lines) + "\n"


def expected(files: list[File]) -> set[frozenset[str]]:
    """All links, as pairs of values."""
    links: dict[int, set[frozenset[tuple[str, str]]]] = {}
    for columns, rows in files:
        for row, (_, cells) in rows.items():
            named = {(t, cell) for t, cell in zip(columns, cells, strict=True) if cell}
            stay = {
                link for link in links.get(row, set())
                if any(t not in columns for t, _ in link) and all(t not in columns or (t, v) in named for t, v in link)
            }  # fmt: skip
            links[row] = stay | {frozenset(pair) for pair in combinations(named, 2)}
    return {frozenset(value for _, value in link) for of_row in links.values() for link in of_row}


def linked(workspace: Workspace) -> set[frozenset[str]]:
    """The same of a workspace."""
    values = [identifier(t, number, row) for t in TYPES for number in (1, 2) for row in range(1, ROWS + 1)]
    known = readings(workspace, values).filter("is_known")
    text_of = {row["identifier_id"]: values[row["position"]] for row in known.iter_rows(named=True)}
    return {frozenset((text_of[a], text_of[b])) for a, b in workspace.rows("select a, b from link")}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["events", "orders"])
def test_a_file_ends_no_link_of_which_it_says_nothing(tmp_path: Path, kind: str, seed: int) -> None:
    chance = random.Random(f"{kind} {seed}")
    workspace = Workspace.create(tmp_path / "workspace")
    files = [file(chance) for _ in range(6)]
    paths = [write(tmp_path, text(kind, one), f"{i}.csv") for i, one in enumerate(files)]
    steps = [(chance.random() < 0.3, chance.randrange(60)) for _ in range(12)]

    def bring_in(choice: int) -> tuple[int, Any]:
        number = choice % len(files)
        return import_file(workspace, paths[number]).batch_id, files[number]

    def agrees(said: list[File]) -> None:
        assert linked(workspace) == expected(said)

    play(workspace, steps, bring_in, agrees)
