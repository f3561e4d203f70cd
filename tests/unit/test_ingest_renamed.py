"""A campaign that was renamed since the last export of its days does not count twice."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.run import commit, dry_run, import_file, inspect, rollback
from omnidash.ingest.vanished import KEEP, REPLACE
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, says, write

HEADER = "date,channel,campaign,cost\n"
FIRST = HEADER + "2026-07-01,meta,A,100\n2026-07-01,meta,B,50\n2026-07-02,meta,A,80\n2026-07-02,google,G,9\n"
RENAMED = FIRST.replace("meta,A,", "meta,A (old),") + "2026-07-03,meta,A (old),60\n"
SPENT = "select campaign, sum(cost) from spend group by all order by all"


def test_a_renamed_campaign_is_asked_about_and_replaces_or_stays(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, FIRST)
    before = says(workspace)
    later = write(tmp_path, RENAMED, "later.csv")
    with pytest.raises(BadInput, match="Was it renamed"):
        import_file(workspace, later)
    assert says(workspace) == before
    mapping = replace(inspect(workspace, later).mapping, missing_campaigns=REPLACE)
    would = dry_run(workspace, later, mapping)
    assert would.vanished[0].renamed == (("A", "A (old)"),)
    assert would.restatement is not None
    assert (would.restatement.total.before, would.restatement.total.after) == (180, 180)
    done = commit(workspace, later, mapping)
    assert done.added + done.restated + done.duplicates == done.rows_read == 5
    assert workspace.rows(SPENT) == [("A (old)", Decimal(240)), ("B", Decimal(50)), ("G", Decimal(9))]
    rollback(workspace, done.batch_id)
    assert says(workspace) == before
    commit(workspace, later, replace(mapping, missing_campaigns=KEEP))
    assert dict(workspace.rows(SPENT))["A"] == Decimal(180)


def test_the_same_file_again_asks_nothing_and_an_undo_of_the_first_leaves_the_second(
    workspace: Workspace, tmp_path: Path
) -> None:
    first = imported(workspace, tmp_path, FIRST)
    later = write(tmp_path, RENAMED, "later.csv")
    commit(workspace, later, replace(inspect(workspace, later).mapping, missing_campaigns=REPLACE))
    held = workspace.rows(SPENT)
    again = import_file(workspace, later)
    assert (again.added, again.restated) == (0, 0)
    rollback(workspace, first.batch_id)
    assert workspace.rows(SPENT) == held


def test_a_campaign_of_another_cost_is_no_renamed_one(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, FIRST)
    import_file(workspace, write(tmp_path, RENAMED.replace(",80", ",81"), "later.csv"))
    assert dict(workspace.rows(SPENT))["A"] == Decimal(180)
