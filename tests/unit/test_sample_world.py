"""The sample world behind the exports: repeatable, of any size, and true to what it says of itself."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from scipy import stats

from sample_data.catalogue import CAMPAIGNS, CHANNELS, SCENARIOS, Campaign, Scenario
from sample_data.curves import TrueCurve
from sample_data.draws import Draws
from sample_data.exports import files
from sample_data.journeys import simulate
from sample_data.plan import next_visit_chances
from sample_data.season import WARM_UP_DAYS
from sample_data.truth import TRUE_CURVES, incremental, incremental_revenue_at, person_of_identifiers
from sample_data.world import World, make_world


@pytest.fixture(scope="module")
def world() -> World:
    """A small world of another seed than the committed one."""
    return make_world(persons=3_000, seed=7)


@pytest.fixture(scope="module")
def written(world) -> dict[str, bytes]:
    return dict(files(world))


# -- repeatable


def test_the_same_seed_writes_the_same_bytes(written):
    assert dict(files(make_world(persons=3_000, seed=7))) == written


def test_another_seed_writes_other_days(written):
    other = dict(files(make_world(persons=3_000, seed=8)))
    assert set(other) == set(written)
    assert all(other[name] != content for name, content in written.items() if name != "google_ads_campaign_report.csv")


def test_volumes_follow_the_number_of_persons(world):
    larger = make_world(persons=9_000, seed=7)
    assert 2.4 < len(larger.touches) / len(world.touches) < 3.6
    assert 2.4 < len(larger.orders) / len(world.orders) < 3.6
    assert larger.spend.sum() == pytest.approx(3 * world.spend.sum())


@pytest.mark.parametrize("persons", [0, 99, 1_000_001])
def test_a_world_of_impossible_size_is_refused(persons):
    with pytest.raises(ValueError, match="persons"):
        make_world(persons=persons, seed=1)


# -- draws


def test_poisson_counts_have_the_distribution_of_the_textbook():
    counts = Draws(1, "test").poisson(np.full(100_000, 3.7))
    expected = stats.poisson.pmf(np.arange(12), 3.7) * 100_000
    found = np.bincount(counts, minlength=12)[:12]
    assert np.abs(found - expected).max() < 4 * np.sqrt(expected.max())
    assert Draws(1, "test").poisson(np.zeros(5)).tolist() == [0] * 5


def test_topics_have_streams_of_their_own():
    one, two = Draws(1, "spend").uniform(5), Draws(1, "orders").uniform(5)
    assert not np.isclose(one, two).any()
    assert np.array_equal(one, Draws(1, "spend").uniform(5))


def test_lognormal_noise_has_mean_one():
    assert Draws(3, "noise").lognormal(200_000, 0.35).mean() == pytest.approx(1, abs=0.01)


def test_picks_follow_their_weights_and_never_fall_outside():
    picks = Draws(4, "picks").pick([1, 0, 3], 40_000)
    assert np.bincount(picks, minlength=3)[1] == 0
    assert (picks == 2).mean() == pytest.approx(0.75, abs=0.01)
    assert picks.max() == 2


# -- what happened


def test_events_of_a_visit_and_its_order_stand_in_time_order(world):
    simulated = world.simulated
    assert (simulated.cart_at > simulated.visits.at[simulated.cart_visit]).all()
    led_to = simulated.order_visit >= 0
    assert (simulated.order_at[led_to] > simulated.visits.at[simulated.order_visit[led_to]]).all()
    assert (simulated.order_person[led_to] == simulated.visits.person[simulated.order_visit[led_to]]).all()


def test_nobody_is_met_on_a_channel_of_the_other_region(world):
    abroad = world.people.abroad[world.simulated.visits.person]
    channel = np.array(CHANNELS)[world.simulated.visits.channel]
    assert set(channel[abroad]) == {"google_ads", "meta", "email_sms", "xiaohongshu"}
    assert abroad[np.isin(channel, ["google_ads", "meta"])].all()


def test_money_is_whole_cents_and_refunds_never_exceed_what_was_paid(world):
    orders = world.orders
    assert orders.amount.dtype == np.int64
    assert (orders.amount > 0).all()
    assert ((orders.refund >= 0) & (orders.refund <= orders.amount)).all()
    assert (orders.net[~orders.is_paid] == 0).all()


def test_campaign_spend_adds_up_to_the_channel_to_the_cent(world):
    channel = np.array([CHANNELS.index(c.channel) for c in CAMPAIGNS])
    for code in range(len(CHANNELS)):
        per_day = world.counters.cost[:, channel == code].sum(axis=1)
        assert np.array_equal(per_day, np.rint(world.spend[WARM_UP_DAYS:, code] * 100).astype(np.int64))


def test_next_visit_chances_leave_room_for_ending():
    for abroad in (False, True):
        chances = next_visit_chances(abroad=abroad)
        assert (chances >= 0).all()
        assert (chances.sum(axis=1) < 1).all()


# -- truth


def test_every_undamaged_identifier_of_a_row_belongs_to_the_rows_person(world):
    owner = person_of_identifiers(world)
    touches = world.touches
    clean = ~touches.is_dirty
    for kind in ("openid", "unionid", "member_id", "phone", "email", "device_id"):
        values = touches.identifiers[kind]
        shown = clean & (values != "") & ~np.char.startswith(values, "ab1e7")
        seen = pl.DataFrame({"identifier": values[shown].tolist(), "person": touches.person[shown]}).unique()
        known = owner.filter(pl.col("type") == kind).select("identifier", "person")
        assert seen.height > 0
        assert seen.join(known, on=["identifier", "person"], how="anti").is_empty(), kind


def test_only_devices_are_shared(world):
    owners = person_of_identifiers(world).group_by("type", "identifier").len().filter(pl.col("len") > 1)
    assert owners["type"].unique().to_list() == ["device_id"]
    assert owners["len"].max() == 2
    sharing = 2 * owners.height / len(world.people)
    assert sharing == pytest.approx(0.05, abs=0.005)


def test_phones_and_emails_are_of_the_made_up_ranges(world):
    people = world.people
    assert (np.char.str_len(people.phone) == 11).all()
    assert np.char.startswith(people.phone, "1990").all()
    assert len(set(people.phone.tolist())) == len(people)
    mails = people.email[people.email != ""]
    assert np.char.endswith(mails, "@example.com").all()
    assert len(set(mails.tolist())) == len(mails)


def test_without_a_channels_spend_the_orders_that_need_it_are_gone(world):
    """Shut Baidu in the simulation itself: the orders left are about those that did not need it."""
    code = CHANNELS.index("baidu")
    shut = world.response.copy()
    shut[:, code] = 0
    worlds = [(simulate(world.people, world.season, r, seed)) for r in (world.response, shut) for seed in range(4)]
    needing = np.array([(w.order_needs >> code & 1).sum() for w in worlds])
    total = np.array([len(w.order_at) for w in worlds])
    assert needing[4:].sum() == 0
    lost = total[:4].mean() - total[4:].mean()
    spread = np.sqrt(total[:4].var(ddof=1) / 4 + total[4:].var(ddof=1) / 4)
    assert abs(lost - needing[:4].mean()) < 3 * spread + 0.02 * total.mean()


@pytest.mark.parametrize("channel", ["baidu", "xiaohongshu"])
def test_orders_that_need_a_channel_are_proportional_to_its_response(world, channel):
    code = CHANNELS.index(channel)
    halved = world.response.copy()
    halved[:, code] /= 2
    needing = [
        np.array([(simulate(world.people, world.season, r, seed).order_needs >> code & 1).sum() for seed in range(6)])
        for r in (world.response, halved)
    ]
    ratio = needing[1].mean() / needing[0].mean()
    spread = ratio * np.sqrt(sum(n.var(ddof=1) / len(n) / n.mean() ** 2 for n in needing))
    assert abs(ratio - 0.5) < 3 * spread + 0.01
    assert spread < 0.06


def test_incremental_orders_count_every_channel_of_the_chain(world):
    table = incremental(world)
    orders = world.orders
    for channel, count in table.select("channel", "orders").iter_rows():
        expected = sum(
            1
            for needs, state in zip(orders.needs.tolist(), orders.state.tolist(), strict=True)
            if state <= 2 and needs & (1 << CHANNELS.index(channel))
        )
        assert count == expected
    assert table["orders"].sum() > orders.is_paid.sum() * 0.8


@pytest.mark.parametrize("channel", CHANNELS)
def test_true_curves_are_concave_rise_and_start_at_zero(world, channel):
    spend = np.linspace(0, 8_000, 200)
    revenue = incremental_revenue_at(world, channel, spend)
    assert revenue[0] == 0
    assert (np.diff(revenue) >= -1e-9).all()
    assert (np.diff(revenue[1:], 2) <= 1e-9).all()


def test_elasticity_is_the_slope_of_the_logarithms():
    for curve in TRUE_CURVES.values():
        for at in (0.5, 1.0, 2.0):
            around = np.log(curve.relative(np.array([at * 0.999, at * 1.001])))
            slope = (around[1] - around[0]) / np.log(1.001 / 0.999)
            assert curve.elasticity(at) == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize(("form", "parameter"), [("power", 1.0), ("power", 0.0), ("hill", 0.0), ("cubic", 0.5)])
def test_a_curve_that_is_not_concave_is_refused(form, parameter):
    with pytest.raises(ValueError, match=r"power|hill|form"):
        TrueCurve(form=form, parameter=parameter)


# -- catalogue


def test_scenarios_and_campaigns_refuse_what_is_outside_the_world():
    with pytest.raises(ValueError, match="unknown channels"):
        dataclasses.replace(SCENARIOS[0], channels=("billboard",))
    with pytest.raises(ValueError, match="not inside"):
        dataclasses.replace(SCENARIOS[0], last_day=SCENARIOS[0].last_day.replace(year=2027))
    with pytest.raises(ValueError, match="no scenario"):
        Campaign(channel="douyin", name="x", campaign_id=1, scenario="nothing")


def test_every_scenario_speaks_in_templates_and_has_its_own_key():
    assert len({entry.key for entry in SCENARIOS}) == len(SCENARIOS)
    for entry in SCENARIOS:
        assert isinstance(entry, Scenario)
        assert all((entry.title, entry.shows, entry.where, entry.claim))
    assert {c.channel for c in CAMPAIGNS} == set(CHANNELS)
