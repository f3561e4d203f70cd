"""Links by likeness on 1,000 records with errors whose persons are known; skipped without the data or Splink.

The threshold is chosen on half of the persons and measured on the other half; a pair counts where both records end in
one component. https://github.com/moj-analytical-services/splink_datasets (MIT), fake_1000.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from omnidash.identity.components import labels_of
from omnidash.identity.likeness import forget_likeness, is_available, link_alike, similar_pairs
from omnidash.identity.persons import persons
from omnidash.identity.resolve import set_rules
from omnidash.identity.why import why
from omnidash.ingest.run import import_file
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.conftest import real_data
from tests.unit.ingest_files import write

THRESHOLDS = np.arange(-6.0, 12.0, 0.5)


@pytest.fixture(scope="module")
def records() -> pl.DataFrame:
    folder = real_data()
    if folder is None or not (folder / "identity_fake_1000").is_dir():
        pytest.skip("the records are not here")
    if not is_available():
        pytest.skip("Splink is not installed")
    return pl.read_csv(folder / "identity_fake_1000" / "fake_1000.csv", infer_schema=False)


def f1(records: pl.DataFrame, found: pl.DataFrame, threshold: float, half: int) -> float:
    inside = records.with_row_index("row").filter(pl.col("cluster").cast(pl.Int64) % 2 == half)
    kept = found.filter(pl.col("weight") >= threshold)
    label = labels_of(records.height, kept["alike"].cast(pl.Int32).to_numpy(), kept["other"].cast(pl.Int32).to_numpy())
    scored = inside.with_columns(found=pl.Series(label).gather(inside["row"]))

    def pairs(*by: str) -> float:
        sizes = scored.group_by(by).len()["len"].cast(pl.Float64)
        return float((sizes * (sizes - 1) / 2).sum())

    return 2 * pairs("found", "cluster") / (pairs("found") + pairs("cluster"))


def test_pairs_are_found_as_well_on_persons_the_threshold_was_not_chosen_on(records: pl.DataFrame) -> None:
    found = similar_pairs(records, threshold=-10)
    for half in (0, 1):
        chosen = max(THRESHOLDS, key=lambda threshold, on=half: f1(records, found, threshold, on))
        assert f1(records, found, chosen, 1 - half) >= 0.88


def test_links_by_likeness_join_at_the_loose_level_and_show_their_weight(
    records: pl.DataFrame, workspace: Workspace, tmp_path: Path
) -> None:
    cards = records.with_columns(member_id="card-" + pl.col("unique_id"))
    rows = "".join(f"2026-07-01 10:00:00,门店,click,{card}\n" for card in cards["member_id"])
    import_file(workspace, write(tmp_path, "time,channel,action,member_id\n" + rows))
    assert link_alike(workspace, cards, identifier="member_id", file_name="cards.csv") > 500
    assert persons(workspace).persons == 1000
    assert 200 < set_rules(workspace, level="loose") < 600
    steps = why(workspace, "card-1")
    assert steps and all(step.weight is not None and step.file == "cards.csv" for step in steps)
    said = str(workspace.rows("select * from probable_link"))
    assert "Allen" not in said and "card-" not in said


def test_without_splink_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnidash.identity.likeness.is_available", bool)
    with pytest.raises(BadInput, match="needs Splink"):
        similar_pairs(pl.DataFrame({"first_name": ["a"], "surname": ["b"]}))


def test_the_links_of_a_file_are_dropped_as_a_whole_and_its_name_tells_of_nobody(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = pl.DataFrame({"alike": [0], "other": [1], "weight": [5.0], "probability": [0.97]})
    monkeypatch.setattr("omnidash.identity.likeness.similar_pairs", lambda *_, **__: found)
    rows = "".join(f"2026-07-01 10:00:00,门店,click,card-{n}\n" for n in (1, 2))
    import_file(workspace, write(tmp_path, "time,channel,action,member_id\n" + rows))
    set_rules(workspace, level="loose")
    name = "cards of ana@x.example.csv"
    cards = pl.DataFrame({"member_id": ["card-1", "card-2"]})
    assert link_alike(workspace, cards, identifier="member_id", file_name=name) == 1
    assert persons(workspace).persons == 1
    assert "ana@" not in str(workspace.rows("select * from probable_link"))
    assert forget_likeness(workspace, name) == 1
    assert persons(workspace).persons == 2
    with pytest.raises(BadInput, match="no links by likeness"):
        forget_likeness(workspace, name)
