"""Experiments from imported exposures: who is in which variant, and which outcomes are the test's."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from omnidash.engine.experiments import actions_beside, experiments
from omnidash.experiments.of_workspace import Question, experiment_of
from omnidash.experiments.reading import Asked
from omnidash.identity.resolve import bring_up_to_date
from omnidash.ingest.run import import_file
from omnidash.model.errors import WrongUse
from omnidash.store import Workspace
from tests.made_once import workspace_with
from tests.unit.ingest_files import write

# Ana sees A, Bo sees B, Cem sees both (on two devices that a later row joins), Dee sees B without a name.
EXPOSURES = """time,device_id,phone,experiment,variant
2026-06-01 10:00:00,ana-phone-1,13800000101,checkout,A
2026-06-05 09:00:00,ana-phone-1,13800000101,checkout,A
2026-06-01 11:00:00,bo-tablet-1,13800000102,checkout,B
2026-06-02 10:00:00,cem-laptop1,,checkout,A
2026-06-03 10:00:00,cem-phone-1,13800000103,checkout,B
2026-06-03 11:00:00,,,checkout,B
2026-06-09 10:00:00,ana-phone-1,13800000101,banner,X
"""
ORDERS = """order_id,time,phone,revenue,refund,channel
1,2026-05-20 10:00:00,13800000101,100,,meta
2,2026-06-01 09:59:59,13800000101,50,,meta
3,2026-06-01 10:00:00,13800000101,30,,meta
4,2026-06-12 10:00:00,13800000101,20,5,meta
5,2026-06-02 10:00:00,13800000102,70,,meta
6,2026-06-04 10:00:00,13800000103,900,,meta
"""
# The order of 20 May was from before the test, that of 12 June is the test's; both are given back later.
REFUNDS = """order_id,refund_time,refund
1,2026-06-15 10:00:00,100
3,2026-06-28 10:00:00,10
"""
LINK = """time,device_id,phone,channel,action
2026-06-20 10:00:00,cem-laptop1,13800000103,meta,click
2026-06-30 23:00:00,other-device,,meta,click
"""
END = date(2026, 6, 30)


@pytest.fixture
def tested(tmp_path: Path) -> Workspace:
    files = {"exposures.csv": EXPOSURES, "orders.csv": ORDERS, "link.csv": LINK}
    workspace = workspace_with(tmp_path / "workspace", files)
    bring_up_to_date(workspace)
    return workspace


def values(workspace: Workspace, **question: object) -> dict[str, float]:
    found = experiment_of(workspace, Question(experiment="checkout", **question), through=END)  # type: ignore[arg-type]
    return dict(found.rows().select("variant", "value").iter_rows())


def test_a_log_of_exposures_is_recognised_and_touches_nothing_else(tested: Workspace) -> None:
    assert experiments(tested).rows() == [
        ("banner", 1, 1, date(2026, 6, 9), date(2026, 6, 9)),
        ("checkout", 2, 6, date(2026, 6, 1), date(2026, 6, 5)),
    ]
    assert tested.rows("select action, count(*), count(*) filter (is_touch) from event group by action order by 1") == [
        ("click", 2, 2), ("exposed", 7, 0), ("purchase", 6, 6), ("refund", 1, 0),
    ]  # fmt: skip
    assert actions_beside(tested, "checkout") == []


def test_the_first_exposure_counts_and_who_saw_both_is_listed_and_left_out(tested: Workspace) -> None:
    found = experiment_of(tested, Question(experiment="checkout"), through=END)
    assert found.persons.select("variant", "day").rows() == [("A", date(2026, 6, 1)), ("B", date(2026, 6, 1))]
    assert found.crossed.select("variant", "day", "variants").rows() == [("A", date(2026, 6, 2), 2)]
    assert found.nobody == 1


def test_at_the_level_where_nothing_joins_the_devices_they_are_two_persons(tested: Workspace) -> None:
    alone = pl.DataFrame(
        tested.rows("select identifier_id, identifier_id from person"),
        schema={"identifier_id": pl.Int64, "person_id": pl.Int64}, orient="row",
    )  # fmt: skip
    found = experiment_of(tested, Question(experiment="checkout"), through=END, persons=alone)
    assert found.crossed.is_empty()
    assert sorted(found.persons["variant"].to_list()) == ["A", "A", "B", "B"]


def test_outcomes_count_from_the_first_exposure_on_less_refunds(tested: Workspace) -> None:
    assert values(tested, measure="share", action="purchase") == {"A": 1.0, "B": 1.0}
    assert values(tested, measure="count", action="purchase") == {"A": 2.0, "B": 1.0}
    assert values(tested, measure="revenue") == {"A": 45.0, "B": 70.0}  # 30 + 20 − 5; the 150 before count not
    assert values(tested, measure="revenue", within_days=7) == {"A": 30.0, "B": 70.0}


def test_a_refund_belongs_to_the_time_of_its_order(tested: Workspace, tmp_path: Path) -> None:
    import_file(tested, write(tmp_path, REFUNDS, "refunds.csv"))
    bring_up_to_date(tested)
    assert values(tested, measure="revenue") == {"A": 35.0, "B": 70.0}
    assert values(tested, measure="revenue", within_days=7) == {"A": 20.0, "B": 70.0}
    found = experiment_of(tested, Question(experiment="checkout", measure="revenue"), through=END, days_before=28)
    assert dict(found.persons.select("variant", "before").iter_rows()) == {"A": 50.0, "B": 0.0}


def test_a_test_that_has_just_begun_is_not_unknown(tested: Workspace) -> None:
    with pytest.raises(WrongUse, match="'banner' begins on 2026-06-09; it is read once that day is closed"):
        experiment_of(tested, Question(experiment="banner"), through=date(2026, 6, 8))


def test_persons_whose_days_are_not_over_are_left_out(tested: Workspace) -> None:
    found = experiment_of(tested, Question(experiment="banner", within_days=28), through=END)
    assert (found.persons.height, found.still_open) == (0, 1)
    with pytest.raises(WrongUse, match="No event names the experiment 'chekout'"):
        experiment_of(tested, Question(experiment="chekout"), through=END)


def test_what_was_before_the_exposure_is_known_for_cuped(tested: Workspace) -> None:
    found = experiment_of(tested, Question(experiment="checkout", measure="revenue"), through=END, days_before=28)
    assert dict(found.persons.select("variant", "before").iter_rows()) == {"A": 150.0, "B": 0.0}
    near = experiment_of(tested, Question(experiment="checkout", measure="revenue"), through=END, days_before=7)
    assert dict(near.persons.select("variant", "before").iter_rows()) == {"A": 50.0, "B": 0.0}


def test_day_by_day_ends_with_the_reading_of_today(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace")
    seen = [f"2026-06-{1 + n % 20:02} 10:00:00,1390012{n:04},promo,{'AB'[n % 2]}" for n in range(400)]
    did = [f"2026-06-{1 + n % 20:02} 12:00:00,1390012{n:04},,like" for n in range(400) if n % 2 or n % 5 == 0]
    import_file(workspace, write(tmp_path, "time,phone,experiment,variant\n" + "\n".join(seen) + "\n", "seen.csv"))
    import_file(workspace, write(tmp_path, "time,phone,channel,action\n" + "\n".join(did) + "\n", "did.csv"))
    bring_up_to_date(workspace)
    found = experiment_of(workspace, Question(experiment="promo", action="like"), through=END)
    today = found.read(Asked()).differences[0]
    days = found.by_day(Asked())
    assert days["variant"].unique().to_list() == ["B"]
    assert days["persons"].is_sorted()
    last = days.row(-1, named=True)
    assert (last["day"], last["persons"]) == (date(2026, 6, 20), 400)
    assert (last["difference"], last["low"], last["high"]) == pytest.approx((today.absolute, *today.interval))
    assert today.absolute == pytest.approx(0.8)
    assert today.is_clear
