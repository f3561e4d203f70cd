"""A month of real touches and spend goes in as it is, guessed from its headers alone.

Every expected figure is counted here from the raw files with the csv module, not taken from our own code.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.run import BatchResult, import_file, rollback
from omnidash.store import Workspace
from tests.conftest import real_data
from tests.unit.ingest_files import says

pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def july() -> Path:
    data = real_data()
    if data is None:
        pytest.skip("the real data is not beside the project; set OMNIDASH_REAL_DATA")
    return data / "journeys_july_2018"


@pytest.fixture(scope="module")
def touches(july: Path) -> list[dict[str, str]]:
    with gzip.open(july / "touches.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def spend(july: Path) -> list[dict[str, str]]:
    with (july / "daily_spend.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def imported(
    july: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workspace, BatchResult, BatchResult]]:
    workspace = Workspace.create(tmp_path_factory.mktemp("july") / "workspace")
    yield workspace, import_file(workspace, july / "touches.csv.gz"), import_file(workspace, july / "daily_spend.csv")


Imported = tuple[Workspace, BatchResult, BatchResult]


def test_every_row_is_accounted_for(
    imported: Imported, touches: list[dict[str, str]], spend: list[dict[str, str]]
) -> None:
    _, events, costs = imported
    assert (events.kind, events.rows_read, events.added) == ("events", len(touches), 62_483)
    assert (costs.kind, costs.rows_read, costs.added) == ("spend", len(spend), 155)
    assert (events.duplicates, events.rejected, events.skipped_totals) == (0, 0, 0)


def test_spend_agrees_with_the_file_in_total_and_by_channel(imported: Imported, spend: list[dict[str, str]]) -> None:
    workspace, _, _ = imported
    by_channel: dict[str, Decimal] = defaultdict(Decimal)
    for row in spend:
        by_channel[row["channel"]] += Decimal(row["cost"])
    found = dict(workspace.rows("select raw_channel, sum(cost_base) from spend group by raw_channel"))
    assert set(found) == set(by_channel) and len(found) == 5
    for channel, cost in by_channel.items():
        assert abs(found[channel] - cost) < Decimal("0.0005"), channel
    assert round(sum(found.values()), 3) == Decimal("4856.739")


def test_persons_conversions_and_value_agree_with_the_file(imported: Imported, touches: list[dict[str, str]]) -> None:
    workspace, _, _ = imported
    people = {row["customer_id"] for row in touches}
    converting = [row for row in touches if row["conversion"] == "1"]
    value = sum((Decimal(row["conversion_value"]) for row in converting), Decimal())
    assert (len(people), len(converting), value) == (7_896, 1_838, Decimal("11423.5"))
    assert workspace.rows("select count(distinct person_id) from person") == [(len(people),)]
    assert workspace.rows("select count(*), sum(revenue_base) from event where action = 'purchase'") == [
        (len(converting), value)
    ]


def test_touches_by_channel_agree_with_the_file(imported: Imported, touches: list[dict[str, str]]) -> None:
    workspace, _, _ = imported
    counted = Counter(row["channel"] for row in touches)
    assert dict(workspace.rows("select raw_channel, count(*) from event where is_touch group by 1")) == counted
    channels = workspace.rows(
        "select count(distinct channel) from (select channel from event union select channel from spend)"
    )
    assert channels == [(5,)]


def test_both_files_again_change_nothing_and_undo_leaves_nothing(july: Path, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace")
    empty = says(workspace)
    first = import_file(workspace, july / "touches.csv.gz")
    before = says(workspace)
    again = import_file(workspace, july / "touches.csv.gz")
    assert (again.added, again.restated, again.duplicates) == (0, 0, 62_483)
    assert says(workspace) == before
    rollback(workspace, again.batch_id)
    rollback(workspace, first.batch_id)
    assert says(workspace) == empty
