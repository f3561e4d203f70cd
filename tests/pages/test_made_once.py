"""What the first screen makes of its data is made once for all who look, and the numbers come before the charts."""

from types import SimpleNamespace

import pytest

from omnidash.charts import health
from omnidash.charts.roi_panels import roi_multiples
from omnidash.ui import first_sight, once
from omnidash.ui.health import evidence
from tests.pages.driving import assert_sound, run


@pytest.fixture
def charts_made(monkeypatch):
    """The charts that were put together, in their order."""
    made = []

    def counted(make):
        return lambda *args, **kwargs: (made.append(make.__name__), make(*args, **kwargs))[1]

    for make in (health.share_over_time, health.contributions, roi_multiples):
        monkeypatch.setattr(evidence, make.__name__, counted(make))
    once._made.clear()
    return made


def test_charts_are_made_once_for_all_sessions_and_anew_for_other_filters_and_languages(
    filled_home, monkeypatch, charts_made
):
    first = run("app.py", monkeypatch, filled_home, period="all")
    made = len(charts_made)
    assert made
    again = run("app.py", monkeypatch, filled_home, period="all")
    assert len(charts_made) == made
    assert specs(again) == specs(first)
    chinese = run("app.py", monkeypatch, filled_home, period="all", lang="zh_CN")
    assert len(charts_made) == 2 * made
    assert specs(chinese) != specs(first)
    narrowed = run("app.py", monkeypatch, filled_home, period="all", channels="paid_search")
    assert len(charts_made) > 2 * made
    assert [card.value for card in narrowed.metric] != [card.value for card in first.metric]


def test_only_the_first_page_of_a_session_waits_for_its_cards_to_be_drawn(filled_home, monkeypatch):
    pauses = []
    monkeypatch.setattr(first_sight, "time", SimpleNamespace(sleep=pauses.append))
    app = run("app.py", monkeypatch, filled_home, period="all")
    assert pauses == [first_sight._DRAWING_SECONDS]
    app.run()
    assert_sound(app)
    assert len(pauses) == 1


def specs(app):
    return [chart.proto.spec for chart in app.get("plotly_chart")]
