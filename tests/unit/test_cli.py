"""The command line: JSON and tables, exit codes, errors in one line, periods and steps as people write them."""

import json
from pathlib import Path

import polars as pl
import pytest

from omnidash.cli.answer import Answer, as_text
from omnidash.health.webhooks import Delivery
from omnidash.locale import translator
from omnidash.store import Workspace


def test_tables_are_for_people(run) -> None:
    text = run("channels").out
    assert "channel" in text.splitlines()[0] and "totals" in text
    assert "−50.8%" in text and "{" not in text
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
    assert answer.code == 1  # somebody was not reached, which a cron job reports
    sent.clear()
    again = run("alerts", "--notify", "--json").data["notified"]
    assert {row["webhook"] for row in again} == {"down"}  # the one that has not taken it
    run("webhooks", "--remove", "down")
    sent.clear()
    answer = run("alerts", "--notify", "--json")
    assert (answer.code, answer.data["notified"], sent) == (0, [], [])


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
