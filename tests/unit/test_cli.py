"""The command line: JSON and tables, exit codes, errors in one line, periods and steps as people write them."""

import hashlib
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from omnidash.cli import main
from omnidash.cli.answer import Answer, as_text
from omnidash.health.webhooks import Delivery
from omnidash.locale import translator
from omnidash.store import Workspace

FIRST = date(2026, 6, 1)
DAYS = 60


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 days of a small shop: meta earns 2 for 1, bing loses half of its spend, e-mail costs nothing.

    Every day: 3 new persons see meta; one of them goes on to e-mail and buys for 200 a day later; one sees bing and
    buys for 50 a day later.
    """
    folder = tmp_path_factory.mktemp("shop") / "workspace"
    workspace = Workspace.create(folder, currency="EUR", timezone="UTC")
    events, spend = [], []
    wobble = np.random.default_rng(1).normal(1, 0.3, DAYS).clip(0.3)
    for i in range(DAYS):
        noon = datetime(2026, 6, 1, 12) + timedelta(days=i)
        for person in range(3):
            events.append((noon, 10 * i + person, "meta", "click", True, None))
        events.append((noon + timedelta(hours=1), 10 * i, "email", "click", True, None))
        events.append((noon + timedelta(days=1), 10 * i, None, "purchase", False, 200.0))
        events.append((noon, 10 * i + 5, "bing", "click", True, None))
        events.append((noon + timedelta(days=1), 10 * i + 5, None, "purchase", False, 50.0))
        spend.append((noon.date(), "meta", 100 * wobble[i]))
        spend.append((noon.date(), "bing", 100.0))
    with workspace.writing("test") as cursor:
        for channel in ("bing",):
            cursor.execute("insert into channel values ($c, $c, $c, 'paid', 'public', 99, null, false)", {"c": channel})
        people = sorted({event[1] for event in events})
        cursor.executemany("insert into person values (?, ?)", [(p, p) for p in people])
        cursor.executemany(
            """insert into event (event_id, batch_id, row_number, ts, day, identifier_id, channel, action, is_touch,
               revenue, currency, revenue_base) values (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, 'EUR', ?)""",
            [(k, k, ts, ts.date(), p, c, a, t, r, r) for k, (ts, p, c, a, t, r) in enumerate(events)],
        )
        cursor.executemany(
            """insert into spend (spend_id, batch_id, row_number, day, channel, cost, currency, cost_base)
               values (?, 1, ?, ?, ?, ?, 'EUR', ?)""",
            [(k, k, day, channel, cost, cost) for k, (day, channel, cost) in enumerate(spend)],
        )
    return folder


class Ran:
    """What one run of the command line left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def data(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], shop: Path):
    """``run("channels", "--json")`` on the shop; wrong use, which argparse ends, is caught too."""

    def call(*words: str, workspace: Path = shop) -> Ran:
        try:
            code = main(["--workspace", str(workspace), *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call


def test_channels_are_the_sums_of_the_shop(run) -> None:
    data = run("channels", "--json").data
    rows = {row["channel"]: row for row in data["rows"]}
    assert rows["bing"]["spend"] == pytest.approx(6000)
    assert rows["bing"]["revenue"] == pytest.approx(60 * 50)
    # The last sale falls on the local day after the last spend: it is revenue, but no day that ROI can judge yet.
    assert rows["bing"]["roi"] == pytest.approx((59 * 50 - 6000) / 6000)
    assert rows["bing"]["streak_below"] >= 58
    assert rows["email"]["revenue"] == pytest.approx(60 * 200)  # last touch
    assert rows["email"]["roi"] is None  # no spend
    assert (rows["meta"]["touches"], rows["meta"]["persons"]) == (180, 180)
    assert rows["bing"]["verdict"] == "fix"  # loses half of its spend, its buyers met no other
    assert sorted(row["priority"] for row in rows.values() if row["priority"]) == [1, 2, 3]
    assert data["totals"]["conversions"] == pytest.approx(120)
    assert data["totals"]["persons"] == 240
    assert data["hhi"] == pytest.approx(0.6**2 + 2 * 0.2**2)
    assert (data["first_day"], data["last_day"], data["currency"]) == ("2026-06-01", "2026-07-31", "EUR")


def test_a_period_and_a_model_narrow_the_table(run) -> None:
    words = ("--from", "2026-06-11", "--to", "2026-06-20", "--model", "linear", "--json")
    data = run("channels", *words).data
    rows = {row["channel"]: row for row in data["rows"]}
    assert rows["bing"]["spend"] == pytest.approx(1000)
    assert rows["meta"]["revenue"] == pytest.approx(10 * 100)
    assert rows["email"]["revenue"] == pytest.approx(10 * 100)


def test_share_follows_the_basis_asked_for(run) -> None:
    rows = {row["channel"]: row for row in run("channels", "--basis", "revenue", "--json").data["rows"]}
    assert rows["email"]["share"] == pytest.approx(0.8)


def test_alerts_name_the_channel_that_loses_money(run) -> None:
    answer = run("alerts", "--json")
    (streak,) = [a for a in answer.data["alerts"] if a["rule"] == "roi_streak" and a["channel"] == "bing"]
    assert (streak["state"], streak["since"], streak["fired_on"]) == ("open", "2026-06-01", "2026-06-07")
    assert len(streak["evidence"]) >= 7
    assert streak["actions"] and all(isinstance(action, str) for action in streak["actions"])
    assert answer.code == 0
    assert run("alerts", "--fail").code == 1


def test_alerts_as_of_an_earlier_day_know_nothing_later(run) -> None:
    answer = run("alerts", "--as-of", "2026-06-06", "--json")
    assert answer.data["closed_through"] == "2026-06-06"
    assert not [a for a in answer.data["alerts"] if a["rule"] == "roi_streak"]


def test_a_funnel_counts_persons_step_by_step(run) -> None:
    data = run("funnel", "--steps", "click@meta > click@email > purchase", "--window", "2d", "--json").data
    assert [step["persons"] for step in data["steps"]] == [180, 60, 60]
    assert [step["step"] for step in data["steps"]] == ["click @ meta", "click @ email", "purchase"]
    assert data["steps"][2]["from_first"] == pytest.approx(1 / 3)
    assert data["steps"][2]["median_seconds"] == 86_400
    assert data["lost"] + data["still_open"] == 120


def test_a_period_selects_the_entries_of_a_funnel(run) -> None:
    """Those who clicked on the last of ten days buy on the eleventh, and count."""
    words = ("--steps", "click@meta>purchase", "--from", "2026-06-11", "--to", "2026-06-20")
    assert [s["persons"] for s in run("funnel", *words, "--json").data["steps"]] == [30, 10]


def test_funnel_steps_may_be_stages_or_other_names_of_actions(run) -> None:
    by_stage = run("funnel", "--steps", "interest>purchase", "--json").data
    by_alias = run("funnel", "--steps", "click>conversion", "--json").data
    assert [s["persons"] for s in by_stage["steps"]] == [240, 120] == [s["persons"] for s in by_alias["steps"]]


def test_a_funnel_saves_persons_as_a_segment_and_counts_among_them(run, tmp_path) -> None:
    steps = ("funnel", "--steps", "click > purchase", "--window", "3d")
    everybody = run(*steps, "--json").data
    saved = run(*steps, "--part", "lost:1", "--save", "gave up", "--json").data
    assert saved["saved"] == "gave up"
    (listed,) = run("segments", "--json").data["segments"]
    assert listed == {"segment": "gave up", "persons": everybody["lost"]}
    among = run(*steps, "--segment", "gave up", "--by", "segment", "--compare", "gave up", "--json").data
    assert (among["lost"], among["steps"][-1]["persons"]) == (everybody["lost"], 0)
    assert among["groups"][0]["entered"] == everybody["lost"]
    assert among["compared"][-1]["difference"] == 0
    out = tmp_path / "persons.csv"
    assert len(run("segments", "gave up", "--out", str(out), "--json").data["rows"]) == everybody["lost"]
    assert len(out.read_text().splitlines()) == everybody["lost"] + 1
    run("segments", "gave up", "--drop")
    assert run("segments", "--json").data["segments"] == []


def test_a_funnel_answers_every_choice_of_the_app(run) -> None:
    words = ("funnel", "--steps", "click > click > purchase", "--count", "entries", "--within", "2=1d", "--json")
    data = run(*words, "--trend", "--next", "1", "--compare", "previous", "--by", "channel", "--of", "last").data
    entries = data["steps"][0]["persons"]
    assert entries == sum(day["entered"] for day in data["trend"])
    over = sum(day["entered"] for day in data["trend"] if day["is_over"])  # groups are compared by days that are over
    assert over == sum(g["entered"] for g in data["groups"]) < entries
    assert {g["key"]: g["rate"] for g in data["groups"]} == {
        g["key"]: g["converted"] / g["entered"] for g in data["groups"]
    }
    once, shared = data["steps"], run(*words, "--shared-events").data["steps"]
    assert once[0]["persons"] == shared[0]["persons"] == shared[1]["persons"] > once[1]["persons"] > 0
    assert {"action", "channel", "persons", "median_seconds"} == set(data["next"][0])
    assert data["compared"][0]["persons"] <= entries
    without = run("funnel", "--steps", "click>purchase", "--exclude", "purchase", "--between", "1-2", "--json").data
    assert without["steps"] == run("funnel", "--steps", "click>purchase", "--json").data["steps"]


def test_a_funnel_breaks_down_by_the_channel_of_its_entry(run) -> None:
    rows = run("funnel", "--steps", "click>purchase", "--by", "channel", "--json").data["breakdown"]
    entered = {row["key"]: row["persons"] for row in rows if row["step"] == 1}
    assert sum(entered.values()) == 240 and entered["bing"] == 60


def test_paths_are_lists_of_channels_and_can_be_credited_from_their_file(run, tmp_path: Path) -> None:
    out = tmp_path / "paths.csv"
    data = run("paths", "--top", "1", "--out", str(out), "--json").data
    assert data["totals"] == {"paths": 3, "conversions": 120, "value": 15_000.0, "nulls": 120}
    (best,) = data["rows"]
    assert best["conversions"] == 60 and best["path"] in (["bing"], ["meta", "email"])
    credited = run("attribution", "--model", "linear", "--paths", str(out), "--json").data
    rows = {row["channel"]: row for row in credited["rows"]}
    assert (rows["meta"]["conversions"], rows["meta"]["value"]) == (pytest.approx(30), pytest.approx(6000))
    assert credited["totals"] == {"conversions": 120.0, "value": 15_000.0}


@pytest.mark.parametrize("model", ["first", "last", "linear", "position", "time_decay", "markov", "shapley"])
def test_credits_of_every_model_add_up_to_what_was_observed(run, model: str) -> None:
    data = run("attribution", "--model", model, "--json").data
    assert data["totals"]["conversions"] == pytest.approx(120)
    assert sum(row["conversions"] for row in data["rows"]) == pytest.approx(120)
    assert sum(row["value"] for row in data["rows"]) == pytest.approx(15_000)


@pytest.mark.parametrize(
    "words", [("paths",), ("attribution", "--model", "last"), ("attribution", "--model", "markov")]
)
def test_where_nobody_has_bought_yet_nothing_is_credited(run, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "clicks.csv").write_text("time,phone,channel,action\n2026-06-01 10:00,13800000001,meta,click\n")
    home = ("--workspace", str(tmp_path / "clicks"))
    run("import", str(tmp_path / "clicks.csv"), *home)
    answer = run(*words, "--json", *home)
    assert answer.code == 0 and answer.data["totals"]["conversions"] == 0


def test_participation_has_no_total(run) -> None:
    data = run("attribution", "--model", "participation", "--json").data
    assert data["totals"] is None
    assert sum(row["conversions"] for row in data["rows"]) == pytest.approx(180)


def test_overlap_counts_persons_of_both_channels(run) -> None:
    rows = {(row["a"], row["b"]): row for row in run("overlap", "--json").data["rows"]}
    assert rows["email", "meta"]["persons"] == 60
    assert rows["email", "meta"]["share_of_a"] == pytest.approx(1.0)
    assert rows["meta", "email"]["share_of_a"] == pytest.approx(1 / 3)


def test_curves_say_what_they_do_not_know(run) -> None:
    data = run("curves", "--json").data
    rows = {row["channel"]: row for row in data["curves"]}
    assert set(rows) == {"bing", "meta"}
    assert not rows["bing"]["identified"] and "hardly varied" in rows["bing"]["reason"]
    assert rows["bing"]["params"]["spend_today"] == pytest.approx(100)
    assert rows["bing"]["low"] < rows["bing"]["params"]["elasticity"] < rows["bing"]["high"]
    assert "not what the spend caused" in data["caveat"]


def test_a_plan_spends_the_budget_it_was_given_and_no_more(run) -> None:
    data = run("plan", "--budget", "4,500", "--horizon", "30d", "--objective", "revenue", "--json").data
    assert sum(row["planned"] for row in data["rows"]) == pytest.approx(4500)
    assert data["optimality_gap"] <= 1e-6
    assert set(data["expected_gain"]) == {"median", "low", "high", "p_better"}
    assert data["conflicts"] == []
    careful = run("plan", "--budget", "4500", "--horizon", "30d", "--json").data
    spent = sum(row["planned"] for row in careful["rows"])
    assert spent + careful["unspent"] == pytest.approx(4500)


def test_a_budget_far_from_todays_is_split_too(run) -> None:
    data = run("plan", "--budget", "10", "--objective", "revenue", "--json").data
    assert sum(row["planned"] for row in data["rows"]) == pytest.approx(10)


def test_the_reserve_is_as_large_as_the_workspace_says(run, shop: Path) -> None:
    plan = ("plan", "--budget", "4500", "--horizon", "30d", "--objective", "revenue", "--change", "1", "--reserve")
    workspace = Workspace.open(shop)
    before = dict(workspace.settings.thresholds)
    try:
        workspace.change_settings(thresholds={**before, "reserve_share": 0.1})
        data = run(*plan, "--json").data
    finally:
        workspace.change_settings(thresholds=before)
    assert sum(row["planned"] for row in data["rows"]) == pytest.approx(4500 * 0.9)


def test_limits_that_contradict_each_other_are_named_with_the_nearest_plan(run) -> None:
    answer = run("plan", "--budget", "100", "--min", "bing=80", "--min", "meta=70", "--json")
    assert answer.code == 1
    assert len(answer.data["conflicts"]) == 3
    assert sum(row["by"] for row in answer.data["gives_way"]) == pytest.approx(50)
    assert {row["channel"] for row in answer.data["nearest"]} == {"bing", "meta"}


@pytest.mark.parametrize(
    "said",
    [
        {"min": {"douyin": "much"}},
        {"max": {"douyin": None}},
        {"lock": {"douyin": -1}},
        {"target": "high"},
        {"target": True},
        {"change": float("nan")},
        {"reserve": 1},
    ],
)
def test_a_scenario_file_that_makes_no_sense_is_bad_input_in_one_line(run, tmp_path: Path, said: dict) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(said), encoding="utf-8")
    answer = run("plan", "--budget", "4500", "--scenario", str(file))
    assert answer.code == 3
    assert len(answer.err.strip().splitlines()) == 1 and next(iter(said)) in answer.err


@pytest.mark.parametrize("odd", [("--change", "-0.5"), ("--change", "nan"), ("--target", "inf")])
def test_numbers_nobody_can_plan_with_are_wrong_use(run, odd: tuple[str, str]) -> None:
    assert run("plan", "--budget", "4500", "--objective", "target_roi", "--target", "0.5", *odd).code == 2


def test_a_scenario_file_says_what_the_options_say(run, tmp_path: Path) -> None:
    file = tmp_path / "scenario.json"
    file.write_text('{"objective": "revenue", "lock": {"meta": 1000}}', encoding="utf-8")
    data = run("plan", "--budget", "4500", "--scenario", str(file), "--json").data
    assert {row["channel"]: row["planned"] for row in data["rows"]}["meta"] == pytest.approx(1000)
    assert sum(row["planned"] for row in data["rows"]) == pytest.approx(4500)
    file.write_text('{"objective": "luck"}', encoding="utf-8")
    assert "profit" in run("plan", "--budget", "4500", "--scenario", str(file)).err
    file.write_text('{"magic": 1}', encoding="utf-8")
    assert run("plan", "--budget", "4500", "--scenario", str(file)).code == 3


def test_tables_are_for_people(run) -> None:
    text = run("channels").out
    assert "channel" in text.splitlines()[0] and "totals" in text
    assert "-50.8%" in text and "{" not in text
    assert "–" in text  # e-mail has no ROI


def test_long_paths_are_cut_in_tables_and_file_names_are_not() -> None:
    rows = [{"path": ["meta"] * 40}, {"path": "/a/very/long/folder" * 6}]
    first, second = as_text(Answer(data={}, tables={"": rows}), translator("en").formats).splitlines()[2:]
    assert len(first) == 60 and first.endswith("…")
    assert second == "/a/very/long/folder" * 6


def test_chinese_columns_stay_aligned() -> None:
    rows = [{"channel": "抖音", "n": 1}, {"channel": "meta", "n": 22}]
    lines = as_text(Answer(data={}, tables={"": rows}), translator("en").formats).splitlines()
    assert lines[2:] == ["抖音      1", "meta     22"]


def test_json_is_one_object_wherever_the_option_stands(run, shop: Path, capsys) -> None:
    before = run("--json", "metrics", "roi").data
    after = run("metrics", "roi", "--json").data
    assert before == after
    assert set(before["metrics"][0]) == {"name", "title", "unit", "definition", "formula"}


def test_sentences_follow_the_language_of_the_environment(run, monkeypatch) -> None:
    english = run("metrics", "spend", "--json").data["metrics"][0]["title"]
    monkeypatch.setenv("OMNIDASH_LANG", "zh_CN")
    chinese = run("metrics", "spend", "--json").data["metrics"][0]["title"]
    assert english == "Spend"
    assert all("一" <= sign <= "鿿" for sign in chinese)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("funnel",), "--steps"),
        (("nonsense",), "invalid choice"),
        (("funnel", "--steps", "a>b", "--window", "soon"), "write it as 7d"),
        (("channels", "--from", "June"), "write it as 2026-11-15"),
        (("channels", "--from", "2026-07-01", "--to", "2026-06-01"), "before it begins"),
        (("plan", "--budget", "-5"), "above zero"),
        (("funnel", "--steps", "dance>purchase"), "there are: click, purchase"),
        (("funnel", "--steps", "click@tv>purchase"), "there are: bing, email, meta"),
        (("funnel", "--steps", "click>>purchase"), "needs an action"),
        (("funnel", "--steps", "click>purchase", "--within", "1=1d"), "has no step before it"),
        (("funnel", "--steps", "click>purchase", "--within", "soon"), "write it as 2=1d"),
        (("funnel", "--steps", "click>purchase", "--save", "mine"), "Say which persons"),
        (("funnel", "--steps", "click>purchase", "--save", "mine", "--part", "lost:3"), "there is no step 3"),
        (("funnel", "--steps", "click>purchase", "--window", "91d"), "longer than 90 days"),
        (("funnel", "--steps", "click>purchase", "--by", "segment"), "No segment is saved yet"),
        (("paths", "--lookback", "181d"), "longer than 180 days"),
        (("segments", "nobody"), "There is no segment"),
        (("paths", "--goal", "dance"), "No event has the action"),
        (("metrics", "luck"), "There is no metric luck"),
        (("attribution", "--model", "markov", "--order", "9"), "9"),
    ],
)
def test_wrong_use_is_one_line_that_names_the_way_out(run, words: tuple[str, ...], part: str) -> None:
    answer = run(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert part in answer.err and answer.err.count("\n") == 1


def test_a_missing_workspace_is_a_workspace_problem(run, tmp_path: Path) -> None:
    answer = run("channels", workspace=tmp_path / "nowhere")
    assert answer.code == 4
    assert "holds no workspace" in answer.err
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_workspace_is_a_workspace_problem(run, tmp_path: Path) -> None:
    Workspace.create(tmp_path / "damaged")
    (tmp_path / "damaged" / "omnidash.duckdb").write_bytes(b"\0" * 20_000)
    answer = run("channels", workspace=tmp_path / "damaged")
    assert answer.code == 4
    assert "restore" in answer.err and answer.err.count("\n") == 1


def test_a_file_that_cannot_be_written_is_named(run, tmp_path: Path) -> None:
    answer = run("paths", "--out", str(tmp_path / "no" / "such" / "folder.csv"))
    assert answer.code == 3
    assert "folder.csv" in answer.err and answer.err.count("\n") == 1


def test_an_empty_workspace_says_so(run, tmp_path: Path) -> None:
    Workspace.create(tmp_path / "empty")
    answer = run("channels", workspace=tmp_path / "empty")
    assert answer.code == 2
    assert "no data yet" in answer.err


def test_a_path_file_that_cannot_be_read_is_bad_input(run, tmp_path: Path) -> None:
    broken = tmp_path / "paths.csv"
    broken.write_text("path,conversions\na > b,many\n", encoding="utf-8")
    answer = run("attribution", "--model", "first", "--paths", str(broken))
    assert answer.code == 3
    assert "paths.csv" in answer.err and answer.err.count("\n") == 1


def test_null_is_json_null_and_never_nan(run) -> None:
    text = run("channels", "--json").out
    assert "NaN" not in text and "Infinity" not in text
    assert pl.DataFrame(json.loads(text)["rows"]).height == 3


def test_a_backup_comes_back_whole(run, tmp_path: Path) -> None:
    made = run("backup", "--out", str(tmp_path / "kept.zip"), "--with-key", "--json").data
    assert Path(made["path"]).stat().st_size == made["bytes"]
    assert made["sha256"] == hashlib.sha256(Path(made["path"]).read_bytes()).hexdigest()
    restored = run("restore", made["path"], "--json", workspace=tmp_path / "again")
    assert restored.data == {"restored": str(tmp_path / "again"), "replaced": None, "key_from": "backup"}
    assert run("channels", "--json", workspace=tmp_path / "again").data == run("channels", "--json").data


def test_backup_and_restore_say_what_is_left_out_and_where_the_old_state_is(run, tmp_path: Path) -> None:
    made = run("backup", "--out", str(tmp_path / "bare.zip"))
    assert "--with-key" in made.out
    again = tmp_path / "again"
    assert "secret.key" in run("restore", str(tmp_path / "bare.zip"), workspace=again).out
    said = run("restore", str(tmp_path / "bare.zip"), workspace=again).out
    (old,) = tmp_path.glob("again.before-restore-*")
    assert str(old) in said


def test_a_backup_without_a_name_goes_beside_the_workspace(run, shop: Path) -> None:
    made = run("backup", "--json").data
    assert Path(made["path"]).parent == shop.with_name(f"{shop.name}-backups")


def test_a_file_that_is_no_backup_is_bad_input_and_changes_nothing(run, tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"not a zip")
    answer = run("restore", str(tmp_path / "no.zip"), workspace=tmp_path / "again")
    assert answer.code == 3 and answer.err.count("\n") == 1
    assert not (tmp_path / "again").exists()


def test_check_finds_events_of_no_import(run) -> None:
    """The shop's rows were written without an import, and check says so."""
    answer = run("check", "--json")
    assert answer.code == 1
    assert answer.data["ok"] is False
    assert any("events of imports that are not in use" in finding for finding in answer.data["findings"])


def test_check_of_a_whole_workspace_is_ok(run, tmp_path: Path) -> None:
    Workspace.create(tmp_path / "empty")
    answer = run("check", "--json", workspace=tmp_path / "empty")
    assert (answer.code, answer.data) == (0, {"ok": True, "findings": []})


def test_new_alarms_are_sent_once_and_again_only_after_the_delay(run, monkeypatch) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "omnidash.cli.notify.send",
        lambda webhook, notice: (
            sent.append((webhook.name, notice.figures["channel"]))
            or Delivery(name=webhook.name, attempts=1, problem="HTTP 500" if webhook.name == "down" else "")
        ),
    )
    assert run("alerts", "--notify").code == 2  # nobody to tell
    for name in ("down", "team"):
        assert run("webhooks", "--add", name, "--form", "slack", "--url", "https://example.com/T0K3N").code == 0
    answer = run("alerts", "--notify", "--json")
    alarms = {a["channel"] for a in answer.data["alerts"] if a["stage"] == "open"}
    assert {(row["webhook"], row["channel"]) for row in answer.data["notified"]} == {
        (name, channel) for name in ("down", "team") for channel in alarms
    }
    assert "bing" in alarms and "T0K3N" not in str(answer.data)
    sent.clear()
    assert run("alerts", "--notify", "--json").data["notified"] == []
    assert sent == []


def test_the_digest_is_one_page_with_the_alarms_the_numbers_and_the_channels(run, tmp_path) -> None:
    markdown = run("digest").out
    assert markdown.startswith("# OmniDash: channel health, ")
    assert "bing has been below break-even" in markdown
    assert "| meta |" in markdown.lower()
    page = tmp_path / "week.html"
    assert run("digest", "--out", str(page)).code == 0
    text = page.read_text(encoding="utf-8")
    assert "bing has been below break-even" in text
    for foreign in ("http://", "https://", "<script", "src="):  # nothing is loaded, nothing runs
        assert foreign not in text
