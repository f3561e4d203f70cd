"""The attribution screen: every section on data, what it says, and evidence kept from its forms."""

import io
import shutil
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from omnidash.attribution.evidence import evidence
from omnidash.engine.segments import save_segment
from omnidash.journeys.funnel import FunnelQuery, Step
from omnidash.journeys.segments import FunnelSegment
from omnidash.store import Workspace
from omnidash.ui.report.html_page import html_page
from tests.browser.test_main_job import spend_csv
from tests.pages.driving import assert_sound, cards_of, opened, own_workspace_with, run, sentences

PAGE = "pages/attribution.py"
# Every day: six persons see search, three of them video before; of those who saw both two buy, of the others one.
TOUCHES = "time,customer_id,channel,action,revenue\n" + "".join(
    (f"2026-06-{day:02} 09:{n:02}:00,member{day:02}{n:02},Online Video,view,\n" if n % 2 else "")
    + f"2026-06-{day:02} 10:{n:02}:00,member{day:02}{n:02},Paid Search,click,\n"
    + (f"2026-06-{day:02} 12:{n:02}:00,member{day:02}{n:02},,purchase,50\n" if n in (1, 3, 4) else "")
    for day in range(1, 29)
    for n in range(6)
)


def read(app: AppTest) -> str:
    """What the page says, without the marks that keep it from being markup."""
    return sentences(app).replace("\\", "")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("attribution")
    own_workspace_with(folder, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    return folder


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("section", ["models", "pairs", "claimed", "evidence"])
def test_every_section_speaks_both_languages(section, language, home, monkeypatch):
    app = run(PAGE, monkeypatch, home, period="all", section=section, lang=language)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in app.title[0].value) == (language == "zh_CN")


def test_the_title_names_what_last_touch_undervalues_and_the_card_says_why(home, monkeypatch):
    app = opened(run(PAGE, monkeypatch, home, period="all"))
    # Half of the journeys begin with video, all go through search, from where half convert: without video half of the
    # sales are left (effect 1/2), without search none (effect 1); so video gets a third of 84. Last gives it none.
    assert app.title[0].value == "Last touch undervalues Online Video by 100%"
    assert "It opens 100% of the sales it touches and closes 0%: others take the last step." in read(app)
    table = next(frame.value for frame in app.dataframe if "Markov of order 1" in frame.value.columns)
    credit = dict(zip(table["Channel"], table["Markov of order 1"], strict=True))
    assert credit == {"Online Video": pytest.approx(28), "Paid Search": pytest.approx(56)}


@pytest.mark.parametrize("section", ["models", "pairs"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_column_of_the_tables_has_a_title_in_the_readers_language(section, language, home, monkeypatch):
    cards = cards_of(run(PAGE, monkeypatch, home, period="all", section=section))
    app = run(PAGE, monkeypatch, home, period="all", section=section, lang=language, opens=cards)
    heads = {str(name) for frame in app.dataframe for name in frame.value.columns}
    assert not {name for name in heads if "_" in name or name == "model"}
    interval = "Conversions, low (90%)" if language == "en" else "转化数，下限 (90%)"
    assert interval in heads


def test_a_lookback_of_one_day_is_said_in_the_singular(home, monkeypatch):
    app = opened(run(PAGE, monkeypatch, home, period="all"))
    app.number_input(key="choice_lookback").set_value(1).run()
    assert_sound(app)
    said = " ".join(text.value for text in app.markdown)
    assert "with a lookback of 1 day. First" in said and "1 days" not in said


def test_the_title_names_no_channel_that_is_not_drawn_and_the_table_has_all(tmp_path, monkeypatch):
    # Video is undervalued most, yet search has more credit and one line alone is drawn.
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES})
    monkeypatch.setattr("omnidash.ui.attribution.models._MOST_LINES", 1)
    app = opened(run(PAGE, monkeypatch, tmp_path, period="all"))
    assert "Online Video" not in app.title[0].value
    assert [c.value for c in app.caption if "1 channel with less credit is not drawn" in c.value] != []
    table = next(frame.value for frame in app.dataframe if "Markov of order 1" in frame.value.columns)
    assert set(table["Channel"]) == {"Online Video", "Paid Search"}


def test_pairs_that_the_filter_bar_hides_are_not_said_to_be_missing(home, monkeypatch):
    app = run(PAGE, monkeypatch, home, period="all", section="pairs", channels="paid_search")
    assert app.title[0].value == "No path that converted in this period has two of the chosen channels"
    assert "The filter bar leaves no pair" in app.info[0].value
    assert (
        "meet most on paths that convert" in run(PAGE, monkeypatch, home, period="all", section="pairs").title[0].value
    )


def test_platforms_that_claim_nothing_say_so_of_the_chosen_ones_alone(home, monkeypatch):
    titles = [
        run(PAGE, monkeypatch, home, period="all", section="claimed", **chosen).title[0].value
        for chosen in ({}, {"channels": "paid_search"})
    ]
    assert titles == [
        "No platform claims any conversion in this period",
        "None of the chosen platforms claims any conversion in this period",
    ]


def test_too_many_channels_for_pairs_are_said_in_the_title(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES})
    monkeypatch.setattr("omnidash.attribution.channel_sets.MOST_CHANNELS", 1)
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="pairs")
    assert "are too many to look at in pairs" in app.title[0].value


def test_lookback_campaigns_and_order_can_be_chosen(home, monkeypatch):
    app = run(PAGE, monkeypatch, home, period="all")
    app.number_input(key="choice_lookback").set_value(180).run()
    app.selectbox(key="choice_order").set_value(0).run()
    assert_sound(app)
    assert "the journeys bear Markov of order" in sentences(app)
    assert app.number_input(key="choice_lookback").value == 180
    link = {name: app.query_params[name] for name in ("lookback", "order")}
    link = {name: value[0] if isinstance(value, list) else value for name, value in link.items()}
    again = run(PAGE, monkeypatch, home, period="all", **link)
    assert again.number_input(key="choice_lookback").value == 180 and again.selectbox(key="choice_order").value == 0
    other = run(PAGE, monkeypatch, home, period="all", lookback="500", by="channel")
    assert any("names what is not here" in warning.value and "500" in warning.value for warning in other.warning)
    assert "lookback" not in other.query_params


def test_a_segment_of_the_filter_bar_credits_its_own_conversions_and_no_money(home, tmp_path, monkeypatch):
    shutil.copytree(home / "own", tmp_path / "own")
    viewed = FunnelQuery(steps=(Step(action="view"),), window_seconds=86_400)
    save_segment(Workspace.open(tmp_path / "own"), "Saw the video", FunnelSegment(query=viewed, from_step=1, to_step=1))
    everybody = run(PAGE, monkeypatch, tmp_path, period="all")
    app = run(PAGE, monkeypatch, tmp_path, period="all", persons="Saw the video")
    assert "84 conversions" in read(everybody) and "56 conversions" in read(app)
    assert "ROI and CAC stand only where everybody is looked at" in read(app)
    assert any("ROI" in frame.value.columns for frame in everybody.dataframe)
    assert not any("ROI" in frame.value.columns for frame in app.dataframe)


def test_campaigns_are_shown_whatever_channels_the_filter_names(home, monkeypatch):
    app = run(PAGE, monkeypatch, home, period="all", channels="paid_search")
    app.segmented_control(key="choice_by").set_value("campaign").run()
    assert_sound(app)
    assert "campaigns of all channels" in sentences(app)
    assert app.title[0].value != "No conversions in this period"


def test_pairs_are_explained_with_their_rates(home, monkeypatch):
    app = run(PAGE, monkeypatch, home, period="all", section="pairs")
    said = read(app)
    # 56 of 84 sales have both. Nobody saw video and not search, so there is no rate of video alone to speak of.
    assert (
        "Online Video and Paid Search meet most on paths that convert: 67% of all conversions fall to this pair" in said
    )
    assert "Online Video + Paid Search share 56 conversions" in said
    (pair,) = next(table.value for table in app.table).to_dict("records")
    assert pair["Pair"] == "Online Video + Paid Search"
    assert (pair["with the first alone"], pair["Together"]) == ("–", "")


def test_a_finding_that_is_entered_stands_beside_the_credit(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="evidence", model="last")
    app.number_input(key="evidence_revenue").set_value(1000.0)
    app.text_input(key="evidence_source").set_value("own hold-out")
    app.selectbox(key="evidence_channel").set_value("paid_search")
    next(button for button in app.button if button.label == "Keep this finding").click().run()
    assert_sound(app)
    # 84 sales of 50 in June are credited to search by last touch: 4,200 against 1,000.
    assert app.title[0].value == "Paid Search is credited with 4.2 times what a test found it to bring"
    assert [found.source for found in evidence(Workspace.open(tmp_path / "own"))] == ["own hold-out"]


def test_a_finding_without_a_source_is_refused_in_words(home, monkeypatch):
    app = run(PAGE, monkeypatch, home, period="all", section="evidence")
    app.number_input(key="evidence_revenue").set_value(10.0)
    next(button for button in app.button if button.label == "Keep this finding").click().run()
    assert any("Say where the finding comes from" in error.value for error in app.error)


def test_findings_of_a_file_are_kept_once_and_a_binary_file_is_refused_in_words(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    rows = b"channel,first_day,last_day,incremental_revenue\rPaid Search,2026-06-01,2026-06-14,5\r"
    for name, content, words in (
        ("a.csv", rows, ""),
        ("a.csv", rows, "1 finding is kept already"),
        ("b.csv", b"\x89PNG\r\xff\x00", "is no text"),
    ):
        app = run(PAGE, monkeypatch, tmp_path, period="all", section="evidence")
        app.file_uploader(key="evidence_file").upload(name, content, "text/csv").run()
        app.button(key="evidence_take").click().run()
        assert_sound(app)
        said = " ".join(text.value for text in (*app.info, *app.error))
        assert words in said
        assert ("kept already" in said, "no text" in said) == ("already" in words, "no text" in words)
    assert len(evidence(Workspace.open(tmp_path / "own"))) == 1


def test_a_hold_out_test_is_read_and_kept_as_evidence(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="evidence")
    for key, value in {
        "exposed_persons": 10_000, "exposed_conversions": 300, "exposed_revenue": 30_000.0, "held_persons": 10_000,
        "held_conversions": 200, "held_revenue": 20_000.0, "spend": 5_000.0,
    }.items():  # fmt: skip
        app.number_input(key=f"hold_out_{key}").set_value(value)
    app.run()
    said = " ".join(text.value for text in app.markdown)
    assert "100 conversions would have been missing without the channel (90%: 64 … 137)" in said.replace("\\", "")
    report = html_page(app.session_state["collected_for_report"], made=date(2026, 6, 30)).decode()
    for part in (
        "100 conversions would have been missing",
        "held out",
        "10,000",
        "3.0%",
        "Lift of the conversion rate",
    ):
        assert part in report
    app.selectbox(key="hold_out_channel").set_value("paid_search")
    app.button(key="hold_out_keep").click().run()
    assert_sound(app)
    (kept,) = evidence(Workspace.open(tmp_path / "own"))
    assert (kept.channel, kept.method, kept.incremental_revenue, kept.iroas) == ("paid_search", "hold_out", 10_000, 2.0)


def test_a_hold_out_test_without_a_sale_is_not_kept_and_says_why(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="evidence")
    for group in ("exposed", "held"):
        for name, value in {"persons": 1_000, "conversions": 0, "revenue": 0.0}.items():
            app.number_input(key=f"hold_out_{group}_{name}").set_value(value)
    app.run()
    assert_sound(app)
    assert any("Evidence is kept in money" in caption.value for caption in app.caption)
    assert not any(button.key == "hold_out_keep" for button in app.button)


def geo_csv() -> bytes:
    out = io.StringIO("date,city,sales,spend\n")
    out.seek(0, io.SEEK_END)
    for n in range(42):
        day, base = date(2026, 6, 1) + timedelta(days=n), 100 + 20 * (n % 7)
        out.write(
            f"{day},north,{base},0\n{day},east,{2 * base + (n % 5) + (30 if n >= 28 else 0)},{15 if n >= 28 else 0}\n"
        )
    return out.getvalue().encode()


def test_a_geo_test_is_read_from_its_file_and_kept(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="evidence")
    app.file_uploader(key="geo_file").upload("cities.csv", geo_csv(), "text/csv").run()
    app.multiselect(key="geo_treated").set_value(["east"]).run()
    assert_sound(app)
    # 14 days of 30 more with 15 spent on each: 420, or 2 per unit of spend.
    assert "per unit of spend" in sentences(app)
    next(button for button in app.button if button.label == "Keep as evidence").click().run()
    assert_sound(app)
    (found,) = evidence(Workspace.open(tmp_path / "own"))
    assert (found.method, found.first_day, found.spend) == ("geo_lift", date(2026, 6, 29), 14 * 15)
    assert found.incremental_revenue == pytest.approx(14 * 30, rel=0.05)


def test_rows_of_the_same_region_and_day_are_asked_about_and_never_added_in_silence(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="evidence")
    lines = geo_csv().decode().splitlines()
    twice = "\n".join([*lines, lines[-1]]) + "\n"  # row 86 is row 85 once more: 12 Jul, east
    app.file_uploader(key="geo_file").upload("cities.csv", twice.encode(), "text/csv").run()
    assert_sound(app)
    assert "Row 86 of the file is of the same region and day as row 85" in sentences(app)
    assert not app.multiselect
    app.radio(key="geo_repeated").set_value("copies").run()
    app.multiselect(key="geo_treated").set_value(["east"]).run()
    once = sentences(app)
    app.radio(key="geo_repeated").set_value("parts").run()
    assert_sound(app)
    assert "per unit of spend" in once
    assert sentences(app) != once


def test_the_source_offered_follows_the_test_until_one_is_written(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="evidence")
    south = geo_csv().decode() + "".join(
        f"{date(2026, 6, 1) + timedelta(days=n)},south,{50 + 20 * (n % 7)},0\n" for n in range(42)
    )
    app.file_uploader(key="geo_file").upload("cities.csv", south.encode(), "text/csv").run()
    app.multiselect(key="geo_treated").set_value(["east"]).run()
    assert app.text_input(key="geo_source").value == "geo test, 1 region, cities.csv"
    app.multiselect(key="geo_treated").set_value(["east", "south"]).run()
    assert app.text_input(key="geo_source").value == "geo test, 2 regions, cities.csv"
    app.text_input(key="geo_source").set_value("my own test").run()
    app.multiselect(key="geo_treated").set_value(["east"]).run()
    assert app.text_input(key="geo_source").value == "my own test"
    assert_sound(app)


def test_the_table_of_campaigns_names_campaigns(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    app = opened(run(PAGE, monkeypatch, tmp_path, period="all", section="models", by="campaign"))
    heads = [list(frame.value.columns) for frame in app.dataframe]
    assert ["Model", "Campaign"] in [head[:2] for head in heads]
    assert not [head for head in heads if "Channel" in head]


def test_a_link_names_the_models_and_an_unknown_one_is_said(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="models", models="first,dance", against="linear")
    assert app.session_state["choice_models"] == ["first"]
    assert app.session_state["choice_against"] == "linear"
    assert "dance" in sentences(app)
    assert_sound(app)


def test_the_ledger_says_what_of_the_choice_it_cannot_follow(tmp_path, monkeypatch):
    claims = "date,channel,cost,claimed_conversions\n2026-06-03,Paid Search,10,5\n"
    workspace = own_workspace_with(tmp_path, {"touches.csv": TOUCHES, "spend.csv": claims})
    query = FunnelQuery(steps=(Step(action="impression"),), window_seconds=60)
    save_segment(workspace, "seen", FunnelSegment(query=query, from_step=1, to_step=1))
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="claimed")
    assert "Everybody is counted here" not in sentences(app)
    app = run(PAGE, monkeypatch, tmp_path, period="all", section="claimed", persons="seen", lookback="3")
    assert "Everybody is counted here, not only seen" in sentences(app)
    assert "the one chosen for the models is not applied" in sentences(app)
