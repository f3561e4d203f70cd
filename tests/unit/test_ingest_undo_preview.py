"""Looking at an undo tells what it would change, and changes nothing."""

from datetime import date
from decimal import Decimal

import pytest

from omnidash.ingest.run import import_file, rollback
from omnidash.ingest.undo import would_undo
from omnidash.model.errors import BadInput

FIRST = "day,channel,cost\n2026-06-01,Email,5\n2026-06-02,Email,6\n"
LATER = "day,channel,cost\n2026-06-01,Email,7\n2026-06-03,Email,8\n"


def test_a_look_at_an_undo_tells_what_it_does_and_leaves_everything(workspace, tmp_path):
    for name, text in {"first.csv": FIRST, "later.csv": LATER}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        import_file(workspace, tmp_path / name)
    version, rows = workspace.version, workspace.rows("select day, cost, batch_id from spend order by day")
    would = would_undo(workspace, 2)
    assert (would.removed, would.brought_back) == (2, 1)
    assert workspace.version == version
    assert workspace.rows("select day, cost, batch_id from spend order by day") == rows
    assert rollback(workspace, 2) == would
    assert workspace.rows("select day, cost from spend order by day") == [
        (date(2026, 6, 1), Decimal(5)),
        (date(2026, 6, 2), Decimal(6)),
    ]
    with pytest.raises(BadInput, match="undone already"):
        would_undo(workspace, 2)
