"""The funnel on its page: what is built is counted at once, and every piece of a bar leads to its persons."""

import pytest

from omnidash.engine.segments import saved_segments
from omnidash.store import Workspace
from omnidash.ui.text import plain
from tests.pages.driving import assert_sound, own_workspace_with, run, sentences

EVENTS = """time,phone,channel,action,content_id
2026-06-01 10:00:00,13800000001,meta,click,a
2026-06-01 11:00:00,13800000001,meta,add_to_cart,b
2026-06-01 12:00:00,13800000001,meta,purchase,a
2026-06-02 10:00:00,13800000002,email,click,a
2026-06-02 11:00:00,13800000002,email,favorite,a
2026-06-02 12:00:00,13800000002,email,add_to_cart,a
2026-06-03 10:00:00,13800000003,email,click,
2026-06-04 10:00:00,13800000003,meta,view,
2026-06-20 10:00:00,13800000004,email,click,c
2026-06-21 10:00:00,13800000005,email,view,c
"""


@pytest.fixture
def page(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"events.csv": EVENTS})
    app = run("pages/journeys.py", monkeypatch, tmp_path, period="all", section="funnel")
    for place, what in enumerate(("action:click", "action:add_to_cart", "action:purchase")):
        app.selectbox(key=f"funnel_step_{place}").select(what).run()
    while app.session_state["funnel_choice"].rows[3:]:
        app.button(key="funnel_drop_3").click().run()
    assert_sound(app)
    app.home = tmp_path
    return app


def figures(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_steps_window_and_exclusions_are_counted_at_once(page):
    assert figures(page) == {"Converted": "1", "Still open": "1", "Lost": "2", "Median time to convert": "2.0 h"}
    page.selectbox(key="funnel_unit").select(3_600).run()
    page.number_input(key="funnel_window").set_value(1).run()
    assert figures(page)["Converted"] == "0"
    page.number_input(key="funnel_window").set_value(48).run()
    page.multiselect(key="funnel_excluded").select("action:favorite").run()
    assert figures(page)["Converted"] == "1"
    page.selectbox(key="funnel_hold").select("content").run()
    assert figures(page)["Converted"] == "0"
    assert_sound(page)


def test_the_title_says_where_most_are_lost_and_follows_the_funnel(page):
    title = lambda: page.title[0].value  # noqa: E731
    assert title() == plain("Most are lost between Click and Add to cart: 33% of those whose time is over")
    page.selectbox(key="funnel_step_1").select("action:view").run()
    assert title() == plain("Most are lost between Click and View: 67% of those whose time is over")
    while page.session_state["funnel_choice"].rows[1:]:
        page.button(key="funnel_drop_1").click().run()
    assert title() == plain("4 persons: Click")
    assert_sound(page)


def test_bought_again_takes_a_second_purchase(page):
    page.selectbox(key="funnel_step_1").select("action:click").run()
    assert figures(page)["Converted"] == "0"
    assert "every step takes an event of its own" in sentences(page)
    page.toggle(key="funnel_shares").set_value(True).run()
    assert figures(page)["Converted"] == "1"
    assert "each may make all the steps it fits" in sentences(page)
    assert page.session_state["funnel_choice"].shares
    assert_sound(page)


def test_in_any_order_a_bar_is_so_many_of_the_steps(page):
    page.radio(key="funnel_mode").set_value("any").run()
    assert "from 1 of 3 steps to 3 of 3 steps" in sentences(page)
    assert_sound(page)


def test_a_step_moves_up_and_goes(page):
    page.button(key="funnel_up_1").click().run()
    page.button(key="funnel_drop_2").click().run()
    assert [row.what for row in page.session_state["funnel_choice"].rows] == ["action:add_to_cart", "action:click"]
    assert_sound(page)


def test_the_lost_can_be_looked_at_saved_and_compared_with(page):
    page.selectbox(key="funnel_part").select(("lost", 1)).run()
    assert "1 person lost after Click" in sentences(page)
    shown = page.dataframe(key="funnel_people").value
    assert [cell[-4:] for cell in shown["Person"]] == ["0003"]
    page.text_input(key="funnel_segment_name").set_value("gave up").run()
    page.button(key="funnel_segment_save").click().run()
    assert_sound(page)
    assert list(saved_segments(Workspace.open(page.home / "own"))) == ["gave up"]
    page.radio(key="choice_segment").set_value("gave up").run()
    assert figures(page)["Lost"] == "1"
    page.radio(key="choice_segment").set_value("").run()
    page.selectbox(key="funnel_compare").select("segment:gave up").run()
    assert "No clear difference in conversion between Everybody and gave up" in sentences(page)
    page.selectbox(key="funnel_by").select("segment").run()
    assert plain("gave up: 0.0% convert") in sentences(page)
    page.radio(key="choice_segment").set_value("gave up").run()
    page.button(key="segment_drop").click().run()
    assert saved_segments(Workspace.open(page.home / "own")) == {}
    assert_sound(page)


def test_where_the_lost_went_is_said_in_words(page):
    said = "Of 1 lost after Click, 0% did nothing more; the others mostly went on to: View on Meta"
    assert plain(said) in sentences(page)


def test_a_link_reproduces_the_funnel_and_a_mangled_one_is_no_error(page, monkeypatch):
    page.selectbox(key="funnel_unit").select(3_600).run()
    page.multiselect(key="funnel_excluded").select("action:favorite").run()
    page.multiselect(key="funnel_step_channels_0").select("email").run()
    link = page.query_params["funnel"]
    link = link[0] if isinstance(link, list) else link
    shown = figures(page)
    again = run("pages/journeys.py", monkeypatch, page.home, period="all", section="funnel", funnel=link)
    assert figures(again) == shown
    assert again.multiselect(key="funnel_step_channels_0").value == ["email"]
    for mangled in ("{", "[]", link.replace("3600", "7"), link.replace("action:click", "dance")):
        other = run("pages/journeys.py", monkeypatch, page.home, period="all", section="funnel", funnel=mangled)
        assert other.number_input(key="funnel_window").value == 7
        assert [plain("names what is not here: funnel") in w.value for w in other.warning] == [True], mangled


@pytest.mark.parametrize(
    ("there", "gone"),
    [("action:click", "action:dance"), ('"email"', '"radio"'), ('"action:favorite"]}', '"stage:loyalty"]}')],
)
def test_a_link_to_what_is_not_here_is_no_other_funnel(page, monkeypatch, there, gone):
    page.multiselect(key="funnel_excluded").select("action:favorite").run()
    page.multiselect(key="funnel_step_channels_0").select("email").run()
    page.selectbox(key="funnel_unit").select(3_600).run()
    link = page.query_params["funnel"]
    link = link[0] if isinstance(link, list) else link
    assert there in link
    other = run(
        "pages/journeys.py", monkeypatch, page.home, period="all", section="funnel", funnel=link.replace(there, gone)
    )
    assert_sound(other)
    (warning,) = [w.value for w in other.warning if "names what is not here" in w.value]
    assert any(name in warning for name in ("dance", "radio", "Loyalty"))
    assert other.selectbox(key="funnel_unit").value == 86_400
    assert other.multiselect(key="funnel_step_channels_0").value == []
