"""The plan of a drop: who is asked, how much of each, and who is left alone."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from omnidash.health.migration import MigrationPlan, Receiver, migration_plan
from omnidash.health.plans import no_receivers
from omnidash.health.roi_streak import Missing
from omnidash.health.run import RulesResult, run_rules
from omnidash.locale import translator
from omnidash.model.defaults import UNKNOWN
from tests.unit.test_health_traffic_drop import FIRST, history, usual

LAST = FIRST + timedelta(days=59)


def test_a_channel_with_an_open_case_or_an_undelivered_day_is_in_trouble():
    counts = {name: usual(60, seed=seed) for seed, name in enumerate(("fell", "well", "silent"))}
    counts["fell"][55:] //= 3
    counts["silent"][57:] = 0
    result = run_rules(history(counts), LAST)
    assert {(case.rule, case.channel) for case in result.open_cases} >= {
        ("traffic_drop", "fell"), ("feed_silent", "silent")
    }  # fmt: skip
    assert no_receivers(result, LAST) - {UNKNOWN} == {"fell", "silent"}
    of_a_source = RulesResult(
        cases=(), notes=(), missing=Missing(of_channels=frozenset({(LAST, "fed"), (FIRST, "was_late")}))
    )
    assert no_receivers(of_a_source, LAST) == {"fed"}
    assert no_receivers(None, LAST) == frozenset()


def test_a_concentration_or_a_recovered_drop_is_no_trouble():
    counts = {name: usual(60, seed=seed) for seed, name in enumerate(("fell", "large", "well"))}
    counts["fell"][40:46] //= 3
    counts["large"] *= 4
    result = run_rules(history(counts), LAST)
    assert {(case.rule, case.state) for case in result.cases} == {
        ("traffic_drop", "recovered"),
        ("concentration", "open"),
    }
    assert no_receivers(result, LAST) == frozenset()


def test_who_is_in_trouble_receives_nothing():
    spend = [200.0 if i < 14 else 100.0 for i in range(60)]
    table = history({name: usual(60, seed=seed) for seed, name in enumerate(("lost", "sick", "well"))}, spend=spend)  # type: ignore[arg-type]

    def receivers(sick: set[str]) -> list[str]:
        plan = migration_plan(
            "lost", table, lost=20.0, fired_on=LAST, closed_through=LAST, timezone="UTC", overlap_share={},
            shared_persons={}, marginal_roi={}, in_trouble=sick,
        )  # fmt: skip
        return [receiver.channel for receiver in plan.receivers]

    assert receivers(set()) == ["sick", "well"]
    assert receivers({"sick"}) == ["well"]


def plan_with(lost: float, **offers: tuple[float, float]) -> MigrationPlan:
    """``offers``: touches and money a day of each receiver, best first."""
    return MigrationPlan(
        channel="meta",
        lost=lost,
        receivers=tuple(
            Receiver(channel=name, marginal_roi=None, spare_share=1.0, overlap_share=0.0, takes_over=touches,
                     more_spend=money, rank=1.0)
            for name, (touches, money) in offers.items()
        ),
        audience=(),
        recover_by=date(2026, 1, 1),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("lost", [10.0, 39.0, 44.0, 90.0])
def test_the_parts_of_a_plan_add_up_to_what_its_sentence_says(lost: float):
    plan = plan_with(lost, a=(34.0, 150.0), b=(5.0, 40.0), c=(5.0, 29.0))
    touches, money = (sum(part[i] for part in plan.parts) for i in (1, 2))
    assert touches == pytest.approx(min(lost, 44.0)) == pytest.approx(plan.covered_share * lost)
    assert money == pytest.approx(plan.more_spend)
    if lost == 39.0:
        assert [part[1] for part in plan.parts] == [34.0, 5.0, 0.0]


def test_a_plan_names_those_it_asks_and_no_others():
    say = translator("en").render
    plan = plan_with(30.0, a=(34.0, 150.0), b=(5.0, 40.0))
    assert "; a can take over 100.0%" in say(plan.sentence())
    assert "; a and b can take over" in say(replace(plan, lost=39.0).sentence())
    assert "and others" not in say(replace(plan, lost=500.0).sentence())


def test_no_rule_names_a_channel_in_trouble_as_one_that_could_receive():
    """The loser's money, and the largest one's share, could go to the fallen channel by its ROI alone."""
    days = 60
    counts = {name: usual(days, seed=seed) for seed, name in enumerate(("fell", "loses", "large", "well"))}
    counts["large"] *= 4
    table = history(counts, spend=np.full(days, 10.0)).with_columns(
        revenue=pl.when((pl.col("channel") == "loses") & (pl.col("day") > LAST - timedelta(days=10)))
        .then(0.0)
        .when(pl.col("channel") == "fell")
        .then(90.0)
        .otherwise(30.0)
    )

    def named(frame: pl.DataFrame, rule: str) -> set[object]:
        (case,) = [case for case in run_rules(frame, LAST).cases if case.rule == rule and case.is_open]
        said = [action for action in case.actions if "receive" in action.template or "take more" in action.template]
        return {action.values["channel"] for action in said}

    for rule in ("roi_streak", "concentration"):
        assert "fell" in named(table, rule)
        is_fallen = (pl.col("channel") == "fell") & (pl.col("day") > LAST - timedelta(days=3))
        fallen = table.with_columns(touches=pl.when(is_fallen).then(pl.col("touches") // 4).otherwise("touches"))
        assert named(fallen, rule) and "fell" not in named(fallen, rule)
