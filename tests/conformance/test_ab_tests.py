"""Published A/B tests read from their files: Cookie Cats (a gate in a game) and Hillstrom (two e-mails and none)."""

from pathlib import Path

import pytest

from omnidash.experiments.person_file import PersonTable, person_rows, read_person_table
from omnidash.experiments.reading import Asked, read_experiment
from tests.conftest import real_data

DATA = real_data()
pytestmark = pytest.mark.skipif(DATA is None, reason="the real data are not here")
ONCE = Asked(is_any_day=False)


def table(*parts: str) -> PersonTable:
    path = Path(DATA or "").joinpath(*parts)
    return read_person_table(path.read_bytes(), path.name)


@pytest.fixture(scope="module")
def cookie_cats() -> PersonTable:
    return table("ab_cookie_cats", "cookie_cats.csv.gz")


@pytest.fixture(scope="module")
def hillstrom() -> PersonTable:
    return table("ab_hillstrom_email", "hillstrom.csv.gz")


@pytest.mark.parametrize(
    ("outcome", "rates", "p_value"),
    [("retention_1", (0.448188, 0.442283), 0.0744), ("retention_7", (0.190201, 0.182000), 0.00155)],
)
def test_cookie_cats(cookie_cats: PersonTable, outcome: str, rates: tuple[float, float], p_value: float) -> None:
    assert cookie_cats.variants[0] == "version"
    found = read_experiment(person_rows(cookie_cats, variant="version", outcome=outcome), ONCE)
    assert [arm.persons for arm in found.arms] == [44_700, 45_489]
    assert [arm.mean for arm in found.arms] == pytest.approx(rates, abs=1e-6)
    assert found.differences[0].p_value == pytest.approx(p_value, rel=5e-3)
    assert not found.sample_ratio.is_mismatch


@pytest.mark.parametrize(
    ("outcome", "means"),
    [
        ("visit", (0.106167, 0.182757, 0.151400)),
        ("conversion", (0.005726, 0.012531, 0.008837)),
        ("spend", (0.652789, 1.422617, 1.077202)),
    ],
)
def test_hillstrom(hillstrom: PersonTable, outcome: str, means: tuple[float, float, float]) -> None:
    assert hillstrom.variants[0] == "segment"
    rows = person_rows(hillstrom, variant="segment", outcome=outcome, before="history")
    found = read_experiment(rows, ONCE)
    assert [arm.variant for arm in found.arms] == ["No E-Mail", "Mens E-Mail", "Womens E-Mail"]
    assert [arm.persons for arm in found.arms] == [21_306, 21_307, 21_387]
    assert [arm.mean for arm in found.arms] == pytest.approx(means, abs=1e-6)
    assert all(one.absolute > 0 and one.is_clear for one in found.differences)
    without = read_experiment(rows, Asked(is_any_day=False, uses_before=True))
    assert [one.absolute for one in without.differences] == pytest.approx(
        [one.absolute for one in found.differences], rel=0.05
    )
    assert (without.variance_kept or 0) < 1
