"""The sample exports through the ordinary import: recognised, complete to the cent, and saying what they are made to say."""

import re
from datetime import date

import numpy as np
import polars as pl
import pytest

from omnidash.engine.freshness import freshness
from omnidash.engine.journeys import journeys_of
from omnidash.health.of_workspace import closed_through_of, rules_of
from omnidash.journeys.breakpoints import breakpoints
from omnidash.journeys.collisions import collisions
from omnidash.journeys.stage_map import stage_map
from omnidash.metrics.of_workspace import channel_days_of
from omnidash.model.period import Period
from sample_data.catalogue import CHANNELS, LAST_DAY, scenario
from sample_data.world import make_world
from tests.made_once import copied
from tests.oracle.sample_in_sql import EXPORTS, order_rows, spend_rows


@pytest.fixture(scope="module")
def workspace(sample, tmp_path_factory):
    """The workspace of all files."""
    workspace = copied(sample[0] / "sample", tmp_path_factory.mktemp("sample") / "workspace")
    yield workspace
    workspace.close()


@pytest.fixture(scope="module")
def results(sample):
    """What each import reported."""
    return {path.name: result for path, result in zip(sorted(EXPORTS.iterdir()), sample[1], strict=True)}


def test_every_file_is_recognised_as_the_readme_says(results):
    readme = (EXPORTS.parent / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `([a-zA-Z_]+)[^|]*\| (\w+)[^|]*\| ([^|]+?) \|", readme, flags=re.MULTILINE)
    said = {beginning: (kind, profile.strip("`")) for beginning, kind, profile in table}
    assert len(said) == 13
    for name, result in results.items():
        kind, profile = said[re.match(r"[a-zA-Z_]+", name).group()]
        assert result.kind == kind, name
        assert result.profile == ("guessed" if profile.startswith("guessed") else profile), name


def test_every_row_is_taken_and_only_totals_are_skipped(results):
    for name, result in results.items():
        assert result.rejected == result.duplicates == result.restated == 0, name
        assert result.skipped_totals == (3 if name.startswith("google") else 0), name
        assert result.added + result.skipped_totals == result.rows_read, name


def test_spend_per_channel_is_that_of_the_files_to_the_cent(workspace):
    found = dict(workspace.rows("select channel, round(sum(cost_base) * 100)::bigint from spend group by channel"))
    cents = spend_rows().group_by("channel").agg((pl.col("cost") * 100).round(0).cast(pl.Int64).sum())
    assert found == dict(cents.iter_rows())
    assert set(found) == set(CHANNELS)


def test_net_revenue_is_that_of_the_files_to_the_cent(workspace):
    found = workspace.rows(
        "select round(sum(revenue_base) * 100)::bigint from event where action in ('purchase', 'refund')"
    )
    orders = order_rows().filter(pl.col("was_paid"))
    assert found[0][0] == int(((orders["gross"] - orders["refund"]) * 100).round(0).cast(pl.Int64).sum())


def test_touches_are_those_of_the_files_on_their_local_days(workspace):
    found = workspace.rows("select min(day), max(day), count(*), count(distinct channel) from event where is_touch")
    touches = make_world().touches
    (reviews,) = workspace.rows(
        "select count(*) from event join batch using (batch_id) where action = 'review' and file_name like 'touch%'"
    )[0]
    assert found == [(date(2026, 5, 18), LAST_DAY, len(touches) - reviews, len(CHANNELS))]


def test_resolved_persons_are_the_true_ones_but_for_families_and_strangers_never_met_again(workspace):
    """Each touch row knows its true person: the files hold the rows of the world in order."""
    touches = make_world().touches
    seen = workspace.frame(
        """
        select person_id from event e join batch using (batch_id) left join person using (identifier_id)
        where file_name like 'touchpoints_%' order by file_name, row_number
        """
    )
    both = seen.with_columns(truth=pl.Series(touches.person)).drop_nulls()
    assert both.height > 0.98 * len(touches)
    truths = both.group_by("person_id").agg(pl.col("truth").n_unique())["truth"].to_numpy()
    assert (truths == 1).mean() > 0.95  # the others share a device: families
    assert truths.max() <= 6  # a store's tablet joins nobody
    buyers = both.filter(pl.col("truth").is_in(np.unique(make_world().orders.person).tolist()))
    parts = buyers.group_by("truth").agg(pl.col("person_id").n_unique())["person_id"].to_numpy()
    assert (parts == 1).mean() > 0.7  # buyers sign in, so their identifiers meet
    assert 0.9 * 20_000 <= both["person_id"].n_unique() <= 1.25 * 20_000


@pytest.mark.parametrize("model", ["first", "last", "linear"])
def test_the_rules_find_the_three_cases_the_catalogue_promises_and_no_other(workspace, model):
    fresh = freshness(workspace)
    assert closed_through_of(workspace, fresh) == LAST_DAY
    days = channel_days_of(workspace, journeys_of(workspace), model=model)
    cases = {case.channel: case for case in rules_of(workspace, days, fresh).cases if case.state == "open"}
    assert set(cases) == {"meta", "douyin", "baidu"}
    assert (cases["baidu"].rule, cases["baidu"].fired_on) == ("traffic_drop", scenario("baidu_drop").first_day)
    assert cases["meta"].rule == "roi_streak"
    assert cases["meta"].first_day == scenario("meta_losing").first_day
    assert (cases["meta"].last_day - cases["meta"].first_day).days == 8
    assert cases["douyin"].rule == "concentration"
    assert cases["douyin"].value > 0.40


def test_the_journey_map_finds_the_carts_left_on_tmall_first(workspace):
    ranked = breakpoints(stage_map(journeys_of(workspace), window_days=7))
    assert ranked.select("stage", "channel", "is_breakpoint").row(0) == ("consideration", "tmall", True)


def test_the_two_channels_that_retarget_the_same_carts_collide(workspace):
    """In the fortnight before Double 11 WeChat Ads meets Douyin more often than in the fortnight before."""
    paid = ("douyin", "wechat_ads")
    plan = scenario("retargeting_collision")
    during = Period(first_day=plan.first_day, last_day=plan.last_day)
    shares = []
    for period in (during, during.previous()):
        found = collisions(journeys_of(workspace), paid=paid, window_days=7, period=period)
        c = found.channels.index("wechat_ads")
        shares.append(found.collided[c] / found.touches[c])
    assert shares[0] > 2 * shares[1]
