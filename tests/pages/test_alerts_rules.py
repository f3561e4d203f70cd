"""Alerts → Rules and replay: what the house rules would have cost or gained is shown when asked for."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from omnidash.cli.main import main
from omnidash.engine.freshness import freshness
from omnidash.engine.journeys import journeys_of
from omnidash.health.case_book import read_book, record
from omnidash.health.of_workspace import rules_of
from omnidash.metrics.of_workspace import channel_days_of
from tests.pages.driving import assert_sound, own_workspace_with, press, run, sentences

FIRST = date(2026, 3, 2)
EARNED = {"meta": 20, "google_ads": 90, "douyin": 70}  # a day, for 50 spent: meta is at a loss


def files() -> dict[str, str]:
    days = [FIRST + timedelta(days=i) for i in range(60)]
    spend = [f"{day},{channel},{150 if day == FIRST else 50},CNY" for day in days for channel in EARNED]
    events = [
        f"{day} 1{n}:00:00,{channel}{day}{n},{channel},{'purchase' if n == 1 else 'click'},{worth if n == 1 else ''}"
        for day in days
        for channel, worth in EARNED.items()
        for n in (0, 1)
    ]
    return {
        "spend.csv": "\n".join(["date,channel,cost,currency", *spend]),
        "events.csv": "\n".join(["time,customer_id,channel,action,revenue", *events]),
    }


def test_the_house_rules_are_priced_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_workspace_with(tmp_path, files())
    app = run("pages/alerts.py", monkeypatch, tmp_path, section="rules")
    assert not [frame for frame in app.dataframe if "House rule" in frame.value]
    app.toggle(key="house_rules_shown").set_value(True).run()
    assert_sound(app)
    table = next(frame.value for frame in app.dataframe if "House rule" in frame.value)
    assert len(table) == 5
    of_roi = dict(zip(table["House rule"], table["On this history"], strict=True))
    assert of_roi["7-day ROI: no spend while the case is open"] == "would have gained"


def test_a_decision_is_shown_with_what_became_of_it_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = own_workspace_with(tmp_path, files())
    days = channel_days_of(workspace, journeys_of(workspace), model="last")
    result = rules_of(workspace, days, freshness(workspace))
    assert result is not None
    (loss,) = [case for case in result.cases if case.rule == "roi_streak"]
    decided_on = FIRST + timedelta(days=30)
    record(workspace, loss, "decided", by="ana", note="halved it", details={"decided_on": str(decided_on)})

    def kinds() -> list[str]:
        return [entry.kind for known in read_book(workspace) for entry in known.entries]

    run("pages/alerts.py", monkeypatch, tmp_path, oneid="strict")  # only looked at
    assert kinds() == ["decided"]
    app = run("pages/alerts.py", monkeypatch, tmp_path)
    table = next(frame.value for frame in app.dataframe if "Outcome" in frame.value)
    assert table["Decision"].to_list() == ["halved it"]
    assert "no clear change: ROI went from" in table["Outcome"][0]
    assert "halved it" in sentences(app)
    assert kinds() == ["decided", "scored"]  # once, though case and list show it


def test_the_stress_test_ranks_losses_and_maps_what_stands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_workspace_with(tmp_path, files())
    app = run("pages/alerts.py", monkeypatch, tmp_path, section="stress", period="all")
    assert "Losing 50% of" in sentences(app)
    table = next(frame.value for frame in app.dataframe if "Revenue alone, %" in frame.value)
    # every buyer met one channel alone: what it sold of 180 a day is what hangs on it
    assert table["Revenue alone, %"].round().tolist() == [50, 39, 11]
    assert "Google Ads is a single point of failure" in sentences(app)


def test_a_drill_shows_the_plan_and_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [FIRST + timedelta(days=i) for i in range(40)]
    rows = [f"{day} 1{n % 10}:00:00,{c}{day}{n},{c},click" for day in days for c in EARNED for n in range(30)]
    workspace = own_workspace_with(tmp_path, {"touches.csv": "\n".join(["time,customer_id,channel,action", *rows])})
    app = run("pages/alerts.py", monkeypatch, tmp_path, section="drill")
    assert "nothing of this happened" in sentences(app)
    assert "24-hour clock" in sentences(app)
    app.slider(key="drill_loss").set_value(10).run()
    assert_sound(app)
    assert "The rule would not have fired" in sentences(app)
    assert read_book(workspace) == ()


def test_a_fall_back_source_is_named_and_shown_in_the_case_of_its_silent_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [FIRST + timedelta(days=i) for i in range(40)]
    rows = [
        f"{day} 1{n % 10}:00:00,{channel}{day}{n},{channel},click"
        for day in days
        for channel in EARNED
        for n in range(30)
        if channel != "meta" or day < days[-2]
    ]
    own_workspace_with(tmp_path, {"touches.csv": "\n".join(["time,customer_id,channel,action", *rows])})
    app = run("pages/alerts.py", monkeypatch, tmp_path)
    assert "2-hour clock" in sentences(app)
    assert "No fall-back source is set for Meta" in sentences(app)
    rules = run("pages/alerts.py", monkeypatch, tmp_path, section="rules")
    editor = next(table for table in rules.data_editor if table.key == "fallbacks_table")
    row = editor.value["channel"].to_list().index("Meta")
    rules.session_state["fallbacks_table"] = {
        "edited_rows": {row: {"fallback": "daily mail of the agency"}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    next(button for button in rules.button if button.label == "Save" and "fallbacks" in button.proto.form_id).click()
    rules.run()
    assert_sound(rules)
    said = sentences(run("pages/alerts.py", monkeypatch, tmp_path)).replace("\\", "")
    assert "Fall-back source of Meta: daily mail of the agency" in said


def test_what_shares_are_of_is_chosen_and_everything_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = own_workspace_with(tmp_path, files())
    app = run("pages/alerts.py", monkeypatch, tmp_path, section="rules")
    assert app.selectbox(key="rule_share_basis").value == "traffic"
    app.selectbox(key="rule_share_basis").set_value("revenue")
    press(app, "Save")
    assert workspace.settings.thresholds["share_basis"] == "revenue"
    page = run("pages/channel.py", monkeypatch, tmp_path, channel="google_ads")
    # A third of all touches, but half of the revenue: 90 of 180 a day.
    assert "Share of net revenue: 50.0%" in sentences(page).replace("\\", "")


def test_the_plan_of_a_drop_is_the_same_on_the_page_and_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Meta falls to a fifth; Douyin has a silent feed and takes nothing over, though it has the most to give."""
    days = [FIRST + timedelta(days=i) for i in range(60)]
    left = {"meta": 6, "google_ads": 30, "douyin": 0}
    rows = [
        f"{day} 1{n % 10}:00:00,{channel}{day}{n},{channel},{'purchase' if n < 3 else 'click'},{60 if n < 3 else ''}"
        for day in days
        for channel in EARNED
        for n in range(30 if day < days[-3] else left[channel])
    ]
    spend = [
        f"{day},{channel},{(300 if channel == 'douyin' else 90) if day < days[20] else 60},CNY"
        for day in days
        for channel in EARNED
    ]
    workspace = own_workspace_with(
        tmp_path,
        {
            "spend.csv": "\n".join(["date,channel,cost,currency", *spend]),
            "events.csv": "\n".join(["time,customer_id,channel,action,revenue", *rows]),
        },
    )
    assert main(["--workspace", str(workspace.folder), "alerts", "--json"]) == 0
    (drop,) = [a for a in json.loads(capsys.readouterr().out)["alerts"] if a["rule"] == "traffic_drop"]
    plan = drop["actions"][0]
    assert "Google Ads can take over" in plan
    assert "Douyin" not in plan
    app = run("pages/alerts.py", monkeypatch, tmp_path, case=f"traffic_drop.meta.{drop['since']}")
    assert plan in sentences(app).replace("\\", "")
    assert "it was due by the end of" in sentences(app)  # that day is over
    table = next(frame.value for frame in app.table if "Marginal ROI" in frame.value)
    assert table["Channel"].to_list() == ["Google Ads"]
    main(["--workspace", str(workspace.folder), "digest", "--json"])
    assert plan in json.loads(capsys.readouterr().out)["markdown"]


def test_the_warning_of_a_share_goes_with_its_limit_and_back_and_can_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = own_workspace_with(tmp_path, files())
    app = run("pages/alerts.py", monkeypatch, tmp_path, section="rules")

    def saved(**fields: float) -> tuple[float, float]:
        for name, value in fields.items():
            app.number_input(key=name).set_value(value)
        press(app, "Save")
        assert_sound(app)
        kept = workspace.settings.thresholds
        return kept["share_limit"], kept["share_warning"]

    assert saved(rule_limit_concentration=30.0) == (0.3, 0.2625)
    assert saved(rule_limit_concentration=40.0) == (0.4, 0.35)
    assert saved(rule_share_warning=20.0) == (0.4, 0.2)
    assert saved(rule_share_warning=60.0) == (0.4, 0.2)  # refused, and said so
    assert "lies above the share limit" in app.error[0].value


def test_a_channel_in_alarm_is_not_counted_as_above_break_even(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meta earned well for fifty days and nothing for the last ten: above over the period, and in alarm."""
    days = [FIRST + timedelta(days=i) for i in range(60)]
    spend = [f"{day},{channel},50,CNY" for day in days for channel in EARNED]
    events = [
        f"{day} 1{n}:00:00,{channel}{day}{n},{channel},{action},{200 if action == 'purchase' else ''}"
        for day in days
        for channel in EARNED
        for n in (0, 1)
        for action in ["purchase" if n == 1 and (channel != "meta" or day < days[50]) else "click"]
    ]
    own_workspace_with(
        tmp_path,
        {
            "spend.csv": "\n".join(["date,channel,cost,currency", *spend]),
            "events.csv": "\n".join(["time,customer_id,channel,action,revenue", *events]),
        },
    )
    said = sentences(run("app.py", monkeypatch, tmp_path, period="all")).replace("\\", "")
    assert "1 thing needs you today" in said
    assert "in alarm for its last days with spend: Meta" in said
    assert "All 3 channels with spend are above break-even" not in said


def test_every_rule_is_replayed_with_any_limit_and_the_days_it_would_have_fired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_workspace_with(tmp_path, files())
    app = run("pages/alerts.py", monkeypatch, tmp_path, section="rules", period="7d")

    def fired() -> list[tuple[str, str]]:
        assert_sound(app)
        shown = [frame.value for frame in app.dataframe if "Fired on" in frame.value]
        return [
            (str(day)[:10], channel)
            for table in shown
            for day, channel in zip(table["Fired on"], table["Channel"], strict=True)
        ]

    assert set(app.selectbox(key="replay_rule").options) == {
        "ROI below its threshold", "Too much on one channel", "Sudden drop of traffic",
        "Customers too dear for what they bring", "Unsteady conversion rate", "Money flows, no touches arrive",
        "Touches, but no conversions", "A feed is silent",
    }  # fmt: skip
    app.selectbox(key="replay_rule").set_value("roi_streak").run()
    assert fired() == [(str(FIRST + timedelta(days=6)), "Meta")]
    app.number_input(key="replay_roi_streak").set_value(43.0).run()  # Douyin earns 70 for 50
    assert {channel for _day, channel in fired()} == {"Meta", "Douyin"}
    assert "At 43%:" in sentences(app).replace("\\", "")
    app.number_input(key="replay_roi_streak").set_value(-61.0).run()  # Meta earns 20 for 50
    assert fired() == []
    assert "Not once under this limit" in sentences(app)
    app.number_input(key="replay_roi_streak").set_value(0.0).run()
    app.radio(key="replay_span").set_value("period").run()
    assert fired() == []  # it fired long before
    app.selectbox(key="replay_rule").set_value("feed_silent").run()
    assert_sound(app)
    assert "It would have fired 0 times" in sentences(app)


def test_a_warning_is_no_alarm_and_many_cases_stand_in_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Douyin carries 38 %: that is all there is at first. Then four other channels come and fall silent."""
    days = [FIRST + timedelta(days=i) for i in range(40)]
    touches = {"meta": 31, "google_ads": 31, "douyin": 38}

    def written(counts: dict[str, int], until: int) -> str:
        rows = [
            f"{day} 1{n % 10}:00:00,{channel}{day}{n},{channel},click"
            for day in days
            for channel, count in counts.items()
            for n in range(count if channel in touches or day < days[until] else 0)
        ]
        return "\n".join(["time,customer_id,channel,action", *rows])

    own_workspace_with(tmp_path / "few", {"touches.csv": written(touches, 40)})
    app = run("pages/alerts.py", monkeypatch, tmp_path / "few")
    assert "Nothing is open; 1 channel is close to a limit" in sentences(app)
    assert "· warning" in sentences(app) and "· alarm" not in sentences(app)
    assert not [frame for frame in app.dataframe if "Since" in frame.value]
    many = touches | dict.fromkeys(("weibo", "zhihu", "bilibili", "kuaishou"), 30)
    own_workspace_with(tmp_path / "many", {"touches.csv": written(many, 36)})
    app = run("pages/alerts.py", monkeypatch, tmp_path / "many")
    (table,) = [frame.value for frame in app.dataframe if "Since" in frame.value]
    assert table["State"].to_list().count("Open") >= 4
    assert len(table) == len(app.selectbox(key="alerts_case").options)
