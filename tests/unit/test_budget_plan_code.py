"""A plan as text: what was written is read as it was, and what anybody else writes is refused without a traceback."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnidash.budget.what_if import Allocation
from omnidash.ui.budget.plan_code import LONGEST, Draft, OtherPlan, Unreadable, about, read, written
from omnidash.ui.budget.rules import CHANGES, Rules

NAMES = ("a", "b_2", "抖音", "paid search")
TODAY = Allocation(dict(zip(NAMES, (100.0, 1 / 3, 0.07, 2e6), strict=True)))
ABOUT = about(TODAY, date(2026, 6, 1), 30, "shapley", "attributed")

money = st.floats(0, 1e9).map(lambda x: float(f"{x:.10g}"))
step = st.tuples(
    st.fixed_dictionaries({c: money | st.just(TODAY[c]) for c in NAMES}).map(Allocation), money | st.just(0.0)
)
objective = st.sampled_from(
    [("profit", None), ("revenue", None), ("target_roi", -0.25), ("target_marginal_roi", 0.0), ("target_cac", 12.5)]
)
rules = st.builds(
    lambda aim, **more: Rules(objective=aim[0], target=aim[1], **more),
    objective,
    change=st.sampled_from(CHANGES),
    reserve=st.booleans(),
    top=st.booleans(),
    only_extra=st.booleans(),
    keep_total=st.booleans(),
    limits=st.dictionaries(
        st.sampled_from(NAMES),
        st.tuples(money | st.none(), money | st.none()).filter(lambda ends: ends != (None, None)),
    ),
)
drafts = st.builds(
    lambda now, **more: Draft(allocation=now[0], held=now[1], **more),
    step,
    before=st.none() | step.filter(lambda one: one != (TODAY, 0.0)),
    locked=st.frozensets(st.sampled_from(NAMES)),
    rules=rules,
    horizon_days=st.none() | st.integers(1, 3660),
    phasing=st.sampled_from(["even", "season"]),
    is_best=st.booleans(),
)


@given(drafts)
def test_what_was_written_is_read_as_it_was(draft: Draft) -> None:
    text = written(draft, TODAY, ABOUT)
    if text:
        again = read(text, TODAY, ABOUT)
        assert again == draft
        assert written(again, TODAY, ABOUT) == text
    else:
        assert draft == Draft(allocation=TODAY)


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_money_keeps_ten_digits_and_is_the_same_text_again(one: float, held: float) -> None:
    text = written(Draft(allocation=TODAY.with_spend("a", one), held=held), TODAY, ABOUT)
    again = read(text, TODAY, ABOUT) if text else Draft(allocation=TODAY)
    assert again.allocation["a"] == pytest.approx(one, rel=1e-9)
    assert again.held == pytest.approx(held, rel=1e-9)
    assert written(again, TODAY, ABOUT) == text


def test_a_plan_needs_no_escapes_in_an_address() -> None:
    draft = Draft(allocation=TODAY.with_spend("抖音", 1e10), locked=frozenset({"b_2"}), horizon_days=28, is_best=True)
    assert written(draft, TODAY, ABOUT) == f"{ABOUT}~s___1e10_~l1~d28~b"


@pytest.mark.parametrize(
    "other",
    [
        about(TODAY, date(2026, 6, 2), 30, "shapley", "attributed"),
        about(TODAY, date(2026, 6, 1), 31, "shapley", "attributed"),
        about(TODAY, date(2026, 6, 1), 30, "last", "attributed"),
        about(TODAY, date(2026, 6, 1), 30, "shapley", "total"),
        about(TODAY.with_spend("a", 100.01), date(2026, 6, 1), 30, "shapley", "attributed"),
        about(Allocation({c: x for c, x in TODAY.items() if c != "a"}), date(2026, 6, 1), 30, "shapley", "attributed"),
    ],
)
def test_a_plan_of_other_days_channels_money_model_or_basis_is_not_taken(other: str) -> None:
    text = written(Draft(allocation=TODAY.with_spend("a", 50.0)), TODAY, other)
    with pytest.raises(OtherPlan):
        read(text, TODAY, ABOUT)


@pytest.mark.parametrize(
    "said",
    [
        "", "s", "s1_2_3", "s1_2_3_4_5_6", "s-1____", "snan____", "sinf____", "s1e999____", "s1e13____", "s____1e400",
        "s1____~s1____", "l", "l4", "l-1", "l1_", "l99999999999999999999", "n1__", "m1_2_3_-4", "d0", "d9999999", "d1.5",
        "pnever", "owealth", "otarget_roi", "t5", "otarget_cac~t0", "otarget_roi~t-1.5", "otarget_roi~tnan", "c0.25",
        "cnone", "c-0.5", "frr", "fz", "b1", "z1", "<script>", "s1____\n", "~b", "b~", f"h{'1' * LONGEST}",
    ],
)  # fmt: skip
def test_a_text_that_is_no_plan_is_refused(said: str) -> None:
    with pytest.raises(Unreadable):
        read(f"{ABOUT}~{said}", TODAY, ABOUT)


@given(st.text(alphabet="0123456789.e-_~slunmdpotcfbrtxany", max_size=60))
def test_whatever_is_written_is_a_plan_within_bounds_or_refused(said: str) -> None:
    with contextlib.suppress(Unreadable):
        found = read(f"{ABOUT}~{said}", TODAY, ABOUT)
        assert all(0 <= x <= 1e12 for x in found.allocation.values())
        assert found.locked <= set(NAMES)
