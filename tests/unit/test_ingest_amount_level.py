"""Whether an amount that repeats on the lines of an order counts once is asked where nothing tells."""

from dataclasses import replace
from pathlib import Path

import pytest

from omnidash.ingest.run import commit, dry_run, import_file, inspect
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import write

REPEATED = ["order id,created at,buyer,amount"] + [
    f"{1000 + n},2026-07-0{n},b{n},{10 * n}" for n in range(1, 7) for _ in range(2)
]


def test_an_amount_repeated_on_the_lines_of_many_orders_is_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    rows = [f"{row},{'xy'[n % 2]}" if n else f"{row},colour" for n, row in enumerate(REPEATED)]
    path = write(tmp_path, "\n".join(rows) + "\n")
    seen = inspect(workspace, path)
    assert [question.field for question in seen.questions] == ["amount_level"]
    with pytest.raises(BadInput, match="the same on all lines of 6 orders"):
        import_file(workspace, path)
    revenue = {
        level: dry_run(workspace, path, replace(seen.mapping, amount_level=level)).sums["revenue"]
        for level in ("order", "line")
    }
    assert revenue == {"order": "210", "line": "420"}


def test_what_was_answered_for_a_header_is_not_asked_again(workspace: Workspace, tmp_path: Path) -> None:
    rows = [f"{row},{'xy'[n % 2]}" if n else f"{row},colour" for n, row in enumerate(REPEATED)]
    path = write(tmp_path, "\n".join(rows) + "\n")
    commit(workspace, path, replace(inspect(workspace, path).mapping, amount_level="order"))
    later = write(tmp_path, "\n".join(rows).replace(",10,", ",11,") + "\n", "later.csv")
    assert inspect(workspace, later).questions == ()
    assert import_file(workspace, later).sums == {"revenue": "211"}


def test_repeated_amounts_beyond_the_first_rows_are_asked_about_at_the_import(
    workspace: Workspace, tmp_path: Path
) -> None:
    singles = [f"{5000 + n},2026-07-01,s{n},7,x" for n in range(250)]
    rows = [f"{row},{'xy'[n % 2]}" for n, row in enumerate(REPEATED) if n]
    path = write(tmp_path, "\n".join([REPEATED[0] + ",colour", *singles, *rows]) + "\n")
    seen = inspect(workspace, path)
    assert seen.questions == ()
    with pytest.raises(BadInput, match="the same on all lines of 6 orders"):
        dry_run(workspace, path, seen.mapping)


def test_amounts_repeated_in_too_few_orders_to_ask_are_pointed_out(workspace: Workspace, tmp_path: Path) -> None:
    rows = [f"{row},{'xy'[n % 2]}" if n else f"{row},colour" for n, row in enumerate(REPEATED[:5])]
    told = import_file(workspace, write(tmp_path, "\n".join(rows) + "\n", "few.csv"))
    assert told.sums == {"revenue": "60"}
    assert any("the same on all lines of 2 orders and is added" in w.english() for w in told.warnings)
    clear = "\n".join(rows).replace("amount", "lineitem total")
    path = write(tmp_path, clear + "\n", "clear.csv")
    assert not any("line by line" in w.english() for w in import_file(workspace, path).warnings)
