"""The default funnel against ClickHouse, where it is installed (requirements-bench.txt); ``benchmarks`` has the long run."""

import pytest

pytest.importorskip("chdb")


def test_window_funnel_gives_every_person_the_same_step() -> None:
    from benchmarks.funnel_agreement import compare

    differences, depths = compare(journeys=500, funnels=20, seed=7)
    assert differences == []
    assert min(depths[:5]) > 0  # every depth was met
