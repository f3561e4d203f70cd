"""Events at one instant: the order they are read in is the same in whatever order their rows came, and favours nobody."""

from pathlib import Path

from omnidash.engine.journeys import journeys_of
from omnidash.identity.resolve import bring_up_to_date
from omnidash.ingest.run import rollback
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.top_paths import top_paths
from omnidash.store import Workspace
from tests.unit.ingest_files import imported

HEAD = "date,customer_id,channel,action,revenue"
ROWS = [
    f"2026-06-{1 + n % 20:02},c{n},{channel},{action},{revenue}"
    for n in range(40)
    for channel, action, revenue in (("meta", "click", ""), ("email", "click", ""), ("", "purchase", 5 + n))
]


def test_ties_are_broken_alike_in_whatever_order_a_file_has_its_rows(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "own")
    found = []
    for place, rows in enumerate((ROWS, ROWS[::-1], ROWS[1::2] + ROWS[::2])):
        batch = imported(workspace, tmp_path, "\n".join([HEAD, *rows]) + "\n", f"{place}.csv")
        bring_up_to_date(workspace)
        journeys = journeys_of(workspace)
        found.append((top_paths(journeys, top=10).frame.rows(), credit_by_day(journeys, model="last").frame().rows()))
        rollback(workspace, batch.batch_id)
    assert found[0] == found[1] == found[2]
    paths = {tuple(row[0]) for row in found[0][0]}
    assert paths == {("email", "meta"), ("meta", "email")}  # no channel is last wherever both are
