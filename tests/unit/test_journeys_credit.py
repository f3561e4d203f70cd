"""Credit of each rule on journeys one can follow by eye."""

from datetime import date

import pytest

from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.notation import journeys
from omnidash.model.period import Period


def shares(journey: str, model: str, **choices: object) -> dict[str, float]:
    frame = credit_by_day(journeys({"ana": journey}), model=model, **choices).frame()  # type: ignore[arg-type]
    return {row["channel"]: pytest.approx(row["conversions"]) for row in frame.rows(named=True)}


def test_first_and_last_give_all_to_one_end() -> None:
    assert shares("a@1 b@2 c@3 purchase@4", "first") == {"a": 1}
    assert shares("a@1 b@2 c@3 purchase@4", "last") == {"c": 1}


def test_last_non_direct_passes_over_direct_unless_there_is_nothing_else() -> None:
    assert shares("a@1 direct@2 purchase@4", "last_non_direct") == {"a": 1}
    assert shares("direct@1 direct@2 purchase@4", "last_non_direct") == {"direct": 1}
    assert shares("a@1 typed@2 purchase@4", "last_non_direct", direct_channels=("typed",)) == {"a": 1}


def test_linear_counts_every_touch() -> None:
    assert shares("a@1 b@2 a@3 a@3 purchase@4", "linear") == {"a": 3 / 4, "b": 1 / 4}


@pytest.mark.parametrize(
    ("journey", "expected"),
    [
        ("a@1 purchase@4", {"a": 1}),
        ("a@1 b@2 purchase@4", {"a": 0.5, "b": 0.5}),
        ("a@1 b@2 c@3 purchase@4", {"a": 0.4, "b": 0.2, "c": 0.4}),
        ("a@1 b@2 c@3 d@3 purchase@4", {"a": 0.4, "b": 0.1, "c": 0.1, "d": 0.4}),
    ],
)
def test_position_is_40_20_40(journey: str, expected: dict[str, float]) -> None:
    assert shares(journey, "position") == expected


def test_time_decay_halves_every_seven_days() -> None:
    found = shares("w@0 x@3 y@9 z@9 purchase@9", "time_decay")
    assert found == {
        "w": pytest.approx(0.138, abs=5e-4),
        "x": pytest.approx(0.186, abs=5e-4),
        "y": pytest.approx(0.338, abs=5e-4),
        "z": pytest.approx(0.338, abs=5e-4),
    }


def test_time_decay_survives_touches_thousands_of_half_lives_old() -> None:
    assert shares("a@0 b@0 purchase@20", "time_decay", half_life_days=0.001) == {"a": 0.5, "b": 0.5}


def test_participation_gives_each_distinct_channel_everything() -> None:
    assert shares("a@1 b@2 a@3 purchase@4", "participation") == {"a": 1, "b": 1}


def test_participation_counts_a_channel_again_for_the_next_conversion() -> None:
    assert shares("a@1 purchase@2 a@2.5 purchase@2.6", "participation") == {"a": 2}


def test_a_conversion_without_touch_is_direct_under_every_model() -> None:
    for model in ("first", "last", "last_non_direct", "linear", "position", "time_decay", "participation"):
        assert shares("a@0 purchase@40", model) == {"(direct)": 1}


def test_revenue_is_shared_like_the_conversion_on_its_local_day() -> None:
    frame = credit_by_day(journeys({"ana": "a@1 b@2 purchase@4=10 b@5 purchase@7=-4"}), model="linear").frame()
    assert frame.rows() == [
        (date(1970, 1, 5), "a", 0.5, 5.0, 0.5),
        (date(1970, 1, 5), "b", 0.5, 5.0, 0.5),
        (date(1970, 1, 8), "b", 1.0, -4.0, 0.0),
    ]


def test_a_new_customer_is_the_first_conversion_ever_not_the_first_of_the_period() -> None:
    period = Period(first_day=date(1970, 1, 5), last_day=date(1970, 1, 9))
    people = {"ana": "a@1 purchase@2 b@6 purchase@7", "bo": "b@6 purchase@7"}
    credits_of_days = credit_by_day(journeys(people), model="last", period=period)
    assert credits_of_days.first_day == date(1970, 1, 5)
    assert credits_of_days.conversions.shape == (5, 4)
    assert credits_of_days.frame().rows() == [(date(1970, 1, 8), "b", 2.0, 0.0, 1.0)]


def test_a_conversion_before_the_period_still_ends_its_path() -> None:
    period = Period(first_day=date(1970, 1, 5), last_day=date(1970, 1, 9))
    assert shares("a@1 purchase@2 purchase@7", "last", period=period) == {"(direct)": 1}


def test_columns_run_from_unknown_to_direct() -> None:
    table = credit_by_day(journeys({"ana": "b@1 a@1 :visit@2 purchase@3"}), model="last")
    assert table.channels == ("(unknown)", "a", "b", "(direct)")
    assert table.conversions.sum(axis=0).tolist() == [1, 0, 0, 0]


def test_credit_may_be_booked_on_campaigns() -> None:
    found = shares("a/spring@1 b/autumn@2 b@3 a/spring@3 purchase@4", "linear", by="campaign")
    assert found == {"spring": 0.5, "autumn": 0.25, "(unknown)": 0.25}


def test_last_non_direct_looks_at_channels_also_when_it_books_campaigns() -> None:
    assert shares("a/spring@1 direct/autumn@2 purchase@4", "last_non_direct", by="campaign") == {"spring": 1}


def test_unknown_models_and_empty_lengths_of_time_are_refused() -> None:
    table = journeys({"ana": "a@1 purchase@2"})
    with pytest.raises(ValueError, match="model 'best' is unknown; expected one of first, last"):
        credit_by_day(table, model="best")
    with pytest.raises(ValueError, match="0 days"):
        credit_by_day(table, model="last", lookback_days=0)
    with pytest.raises(ValueError, match="-1 days"):
        credit_by_day(table, model="time_decay", half_life_days=-1)


def test_an_empty_table_credits_nobody() -> None:
    empty = credit_by_day(journeys({}), model="linear")
    assert (empty.conversions.shape, empty.frame().height) == ((0, 2), 0)
    period = Period(first_day=date(1970, 1, 5), last_day=date(1970, 1, 9))
    assert credit_by_day(journeys({}), model="linear", period=period).conversions.shape == (5, 2)
