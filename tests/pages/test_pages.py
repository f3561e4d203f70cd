"""Every page runs without error in both languages, on data, on nothing, and on data of one kind only."""

import json
import re

import pytest
import streamlit as st

from omnidash.locale.formats import BOUND
from omnidash.store import Workspace
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import edit, opened, own_workspace_with, run, sentences

PAGES = [
    "app.py",
    "pages/alerts.py",
    "pages/channel.py",
    "pages/journeys.py",
    "pages/attribution.py",
    "pages/budget.py",
    "pages/customers.py",
    "pages/experiments.py",
    "pages/data.py",
]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_on_data_in_both_languages(page, language, filled_home, monkeypatch):
    app = run(page, monkeypatch, filled_home, lang=language)
    assert len(app.title) == 1
    for chart in app.get("plotly_chart"):  # else the browser draws it again, see charts.theme
        assert "bdata" not in chart.proto.spec and "template" not in json.loads(chart.proto.spec)["layout"]
    is_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in app.title[0].value)
    assert is_chinese == (language == "zh_CN")


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_workspace_invites_to_upload(page, tmp_path, monkeypatch):
    app = run(page, monkeypatch, tmp_path)
    expected = "Bring in your exports" if page == "pages/data.py" else "Your workspace is empty"
    assert app.title[0].value == expected


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", ["touches", "spend"])
def test_every_page_runs_on_data_of_one_kind_only(page, kind, tmp_path, monkeypatch):
    text = touches_csv() if kind == "touches" else spend_csv()
    own_workspace_with(tmp_path, {f"{kind}.csv": text})
    app = run(page, monkeypatch, tmp_path)
    assert len(app.title) == 1


def test_the_cards_show_the_sums_of_the_files(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home, period="all")
    cards = {metric.label: metric.value for metric in app.metric}
    # 28 days: 21 sales of 10 and 7 of 20; 4 + day % 3 on search (140 in all) and 2.5 a day on video.
    assert cards["Net revenue"] == "¥350.0"
    assert cards["Spend"] == "¥210.0"
    assert cards["Conversions"] == "28"
    assert cards["ROI"] == "66.7%"


def test_the_address_chooses_period_channels_and_model(filled_home, monkeypatch):
    app = run(
        "app.py", monkeypatch, filled_home, period="2026-06-01..2026-06-07", channels="paid_search", model="first"
    )
    cards = {metric.label.split(" :small")[0]: metric.value for metric in app.metric}
    assert cards["Conversions"] == "7"
    assert cards["Spend"] == "¥35.00"
    assert app.query_params["channels"] == ["paid_search"] or app.query_params["channels"] == "paid_search"


def test_an_address_that_makes_no_sense_falls_back_to_the_defaults(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home, period="yesterday..", channels="nobody", model="magic")
    assert {metric.label for metric in app.metric} >= {"Net revenue", "Spend", "ROI"}
    (said,) = [warning.value for warning in app.warning if "The link names" in warning.value]
    for part in ("channel “nobody”", "period “yesterday..”", "attribution model “magic”"):
        assert part in said
    assert "channels" not in app.query_params
    app.run()
    assert said in [warning.value for warning in app.warning]  # until the reader chooses for themselves
    app.radio(key="choice_model").set_value("first").run()
    assert said not in [warning.value for warning in app.warning]


@pytest.mark.parametrize(
    ("page", "named", "said"),
    [
        ("pages/channel.py", {"channel": "nosuch"}, "channel “nosuch”"),
        ("pages/budget.py", {"scenario": "99999"}, "scenario “99999”"),
        ("pages/journeys.py", {"persons": "nosuch"}, "segment “nosuch”"),
        ("app.py", {"ws": "nosuch"}, "workspace “nosuch”"),
        ("app.py", {"period": "2026-06-20..2026-06-01"}, "period “2026-06-20..2026-06-01”"),
    ],
)
def test_a_link_to_what_is_not_there_says_so(filled_home, monkeypatch, page, named, said):
    app = run(page, monkeypatch, filled_home, **named)
    (warning,) = [warning.value for warning in app.warning if "The link names" in warning.value]
    assert said in warning
    ((name, value),) = named.items()
    assert app.query_params.get(name) not in (value, [value])


def test_what_the_budget_page_says_before_anything_is_moved(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    cards = {metric.label: metric.value for metric in app.metric}
    assert cards["Expected net revenue"] == "¥350.0"
    assert cards["Spend in 28 days"] == "¥210.0"


def test_moving_a_slider_keeps_the_total_and_undo_brings_the_old_split_back(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    before = {slider.key: slider.value for slider in app.slider}
    app.slider(key="spend_paid_search").set_value(before["spend_paid_search"] / 2).run()
    moved = {slider.key: slider.value for slider in app.slider}
    assert moved["spend_paid_search"] == pytest.approx(before["spend_paid_search"] / 2, rel=0.01)
    assert moved["spend_online_video"] > before["spend_online_video"]
    assert {m.label: m.value for m in app.metric}["Spend in 28 days"] == "¥210.0"
    app.button(key="plan_undo").click().run()
    assert {slider.key: slider.value for slider in app.slider} == pytest.approx(before)


def test_the_best_split_is_expected_to_earn_no_less_than_today(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    today = {metric.label: metric.value for metric in app.metric}["Expected profit"]
    app.button(key="plan_best").click().run()
    title = app.title[0].value
    assert title.startswith("This plan changes profit by +")
    planned = {metric.label: metric.value for metric in app.metric}["Expected profit"]
    told = float(re.search(r"\+¥([\d.]+) on average", title.replace("\\", "").replace(BOUND, ""))[1])
    assert told == pytest.approx(float(planned[1:]) - float(today[1:]), abs=0.16)  # three rounded figures of one sum


def test_what_was_proven_of_a_plan_stays_when_it_is_saved(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": touches_csv(), "spend.csv": spend_csv()})
    app = run("pages/budget.py", monkeypatch, tmp_path, period="all")
    app.button(key="plan_best").click().run()
    assert any("Proven" in caption.value for caption in app.caption)
    app.text_input(key="scenario_name").set_value("June")
    next(button for button in app.button if button.label == "Save this plan").click().run()
    assert app.selectbox(key="scenario_open").value == 1
    assert any("Proven" in caption.value for caption in app.caption)


def test_a_chosen_funnel_is_computed_at_once(filled_home, monkeypatch):
    app = run("pages/journeys.py", monkeypatch, filled_home, period="all", section="funnel")
    values = {metric.label: metric.value for metric in app.metric}
    # 84 persons saw something, one a day (28) bought: the visitor of 9 o'clock on search.
    assert values["Converted"] == "28"
    assert int(values["Converted"]) + int(values["Still open"]) + int(values["Lost"]) == 84


HOSTILE = "![x](http://example.com/x.png) <img src=x> **bold** :material/home: $a$"


@pytest.mark.parametrize("page", PAGES)
def test_a_channel_may_be_called_anything_and_is_never_markup(page, tmp_path, monkeypatch):
    own_workspace_with(
        tmp_path,
        {
            "touches.csv": touches_csv().replace("Paid Search", HOSTILE),
            "spend.csv": spend_csv().replace("Paid Search", HOSTILE),
        },
    )
    app = run(page, monkeypatch, tmp_path, period="all")
    shown = [*app.title, *app.markdown, *app.caption, *app.warning, *app.error, *app.info, *app.success]
    for element in shown:
        assert "![x](" not in element.value
        assert "**bold**" not in element.value
        assert "<img" not in element.value.replace("\\<img", "")
    for slider in app.slider:
        assert "![x](" not in slider.label


def sliders_of(app):
    return [slider for slider in app.slider if slider.key and slider.key.startswith("spend_")]


def test_with_everything_locked_the_best_split_says_that_nothing_can_be_moved(filled_home, monkeypatch):
    app = opened(run("pages/budget.py", monkeypatch, filled_home, period="all"), "plan_limits")
    edit(app, "limits_", {row: {"locked": True} for row in range(len(sliders_of(app)))})
    assert all(slider.disabled for slider in sliders_of(app))
    app.button(key="plan_best").click().run()
    assert [str(error.value) for error in app.exception] == []
    assert any("no split is better than this one" in said.value for said in app.warning)
    assert "Move a slider" in app.title[0].value


def test_a_slider_at_nothing_can_be_moved_again(filled_home, monkeypatch):
    app = opened(run("pages/budget.py", monkeypatch, filled_home, period="all"), "plan_limits")
    app.slider(key="spend_paid_search").set_value(0.0).run()
    row = [slider.key for slider in sliders_of(app)].index("spend_online_video")
    edit(app, "limits_", {row: {"locked": True}})
    assert app.slider(key="spend_online_video").disabled
    edit(app, "limits_", {row: {"locked": False}})
    assert not app.slider(key="spend_online_video").disabled
    app.slider(key="spend_paid_search").set_value(50.0).run()
    assert [str(error.value) for error in app.exception] == []
    assert app.slider(key="spend_paid_search").value == pytest.approx(50, rel=0.01)


@pytest.mark.parametrize("period", ["0001-01-01..2026-06-10", "2026-06-01..9999-12-31", "2019-01-01..2019-02-01"])
@pytest.mark.parametrize("page", PAGES)
def test_any_period_in_the_address_is_cut_to_the_days_of_the_data(page, period, filled_home, monkeypatch):
    run(page, monkeypatch, filled_home, period=period)


def test_a_damaged_workspace_is_said_in_words(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    (tmp_path / "own" / "omnidash.duckdb").write_bytes(b"broken" * 5000)
    app = run("app.py", monkeypatch, tmp_path)
    assert any("cannot be opened" in error.value for error in app.error)


def test_the_cards_and_the_budget_agree_when_the_spend_exports_lag_behind(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": touches_csv(28), "spend.csv": spend_csv(14)})
    health = {m.label: m.value for m in run("app.py", monkeypatch, tmp_path, period="all").metric}
    budget = {m.label: m.value for m in run("pages/budget.py", monkeypatch, tmp_path, period="all").metric}
    assert health["ROI"] == budget["Expected ROI"]


def test_the_channel_table_shows_percentages_once(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home, period="all")
    table = next(frame for frame in app.dataframe if "roi_trend" in frame.value.columns)
    assert table.value["share"].sum() == pytest.approx(100)
    assert table.value.set_index("channel")["roi"]["Paid Search"] == pytest.approx(100 * (350 - 140) / 140)
    formats = json.loads(table.proto.columns)
    for column, written in (("share", "%.1f%%"), ("roi", "%,.1f%%"), ("conversion_rate", "%.1f%%")):
        assert formats[column]["type_config"]["format"] == written


CLAIMS = """date,channel,cost,claimed_conversions,claimed_revenue
2026-06-01,Paid Search,10,40,900
2026-06-28,Paid Search,10,16,300
"""


def test_claims_stand_beside_the_credit_and_are_not_added_to_it(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": touches_csv(), "spend.csv": CLAIMS})
    app = run("pages/attribution.py", monkeypatch, tmp_path, period="all", model="last", section="claimed")
    table = next(frame.value for frame in app.dataframe if "Over-claim" in frame.value.columns)
    # 28 sales in June, all credited to search; 56 are claimed.
    assert table["Claimed"].tolist() == [56]
    assert table["Credited"].tolist() == [28]
    assert table["Orders it touched"].tolist() == [28]
    assert table["Over-claim"].tolist() == ["2.00 : 1"]
    health = {m.label: m.value for m in run("app.py", monkeypatch, tmp_path, period="all").metric}
    assert health["Conversions"] == "28"
    chosen = run(
        "pages/attribution.py", monkeypatch, tmp_path,
        period="all", model="last", section="claimed", channels="paid_search",
    )  # fmt: skip
    assert "The chosen platforms claim 56 conversions together and are credited with 28" in sentences(chosen)
    assert "there were" not in sentences(chosen)


@pytest.mark.parametrize(("basis", "words"), [("order", "by order date"), ("refund", "by refund date")])
def test_the_basis_of_net_revenue_is_named_on_every_screen(basis, words, filled_home, monkeypatch):
    Workspace.open(filled_home / "own").change_settings(refund_basis=basis)
    try:
        app = run("app.py", monkeypatch, filled_home, period="all")
        assert any(f"net revenue {words}" in element.value for element in app.get("html"))
    finally:
        Workspace.open(filled_home / "own").change_settings(refund_basis="order")


def test_the_model_stands_beside_what_it_decides(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home, model="linear", period="all")
    heads = [block.value for block in app.markdown if block.value.startswith("## ")]
    named = [head for head in heads if "Linear" in head]
    assert any(head.startswith("## ROI by channel") for head in named)
    assert not any("Linear" in head for head in heads if head.startswith("## Share of traffic"))
    assert not any("Linear" in card.label for card in app.metric)  # the totals are the same under every model
    page = run("pages/channel.py", monkeypatch, filled_home, model="linear", period="all", channel="meta")
    labels = {card.label.split(" :small")[0]: card.label for card in page.metric}
    assert "Linear" in labels["ROI"] and "Linear" in labels["CAC"]
    assert "Linear" not in labels["Spend"] and "Linear" not in labels["Touches"]


def test_spend_without_any_orders_is_not_called_a_loss(tmp_path, monkeypatch):
    rows = "".join(f"2026-06-{day:02},{c},100\n" for day in range(1, 31) for c in ("Meta", "TikTok", "Google Ads"))
    own_workspace_with(tmp_path, {"spend.csv": f"date,channel,cost\n{rows}"})
    app = run("app.py", monkeypatch, tmp_path, period="all")
    cards = {card.label: card.value for card in app.metric}
    assert cards["ROI"] == cards["CAC"] == "n/a"
    said = sentences(app)
    assert "no order and no conversion is known yet" in said and "Below break-even" not in said
    (table,) = [frame.value for frame in app.dataframe if "verdict" in frame.value.columns]
    assert set(table["verdict"]) == {"hold"} and table["roi"].isna().all()


def test_what_surveys_say_stands_beside_the_money(tmp_path, monkeypatch):
    answers = "".join(f"2026-06-05 10:{n:02},1380000{n:04},{9 if n <= 30 else 3}\n" for n in range(1, 41))
    touches = "".join(f"2026-06-01 10:{n:02},1380000{n:04},Meta,click\n" for n in range(1, 41))
    files = {
        "touches.csv": f"time,phone,channel,action\n{touches}",
        "nps.csv": f"submitted at,phone,nps score\n{answers}",
    }
    own_workspace_with(tmp_path, files)
    app = run("app.py", monkeypatch, tmp_path, period="all")
    assert {card.label: card.value for card in app.metric}["NPS"] == "50.0%"
    next(button for button in app.button if button.key == "explain_number_nps").click().run()
    drawn = [frame.value for frame in app.dataframe if "Score" in frame.value.columns]
    assert len(drawn[-1]) == 40 and set(drawn[-1]["Score"]) == {9.0, 3.0}


def test_what_is_kept_on_the_disk_shows_the_same_overview(filled_home, monkeypatch):
    """A fresh server reads what another one kept; it must not matter who counted."""

    def seen() -> tuple[dict[str, tuple[str, str]], list[str]]:
        st.cache_resource.clear()
        app = run("app.py", monkeypatch, filled_home, period="all")
        table = next(table for table in app.dataframe if table.key == "channel_table")
        cards = {metric.label: (metric.value, metric.delta) for metric in app.metric}
        return cards, table.value.astype(str).values.tolist()

    cache = filled_home / "own" / "cache"
    for file in cache.iterdir():
        file.unlink()
    counted = seen()
    names = {file.name.rpartition("-")[0] for file in cache.iterdir()}
    assert names >= {"channel-days", "evidence", "crossing", "repurchased", "reached", "source-days", "arrivals"}
    for file in cache.glob("journeys-*"):
        file.unlink()
    assert seen() == counted
