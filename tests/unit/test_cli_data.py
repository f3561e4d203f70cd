"""Bringing data in by the command line: what is read, what is refused, what can be undone."""

import csv
import json
from pathlib import Path

import pytest

from omnidash.cli import main
from omnidash.store import Workspace

EVENTS = """time,customer_id,channel,action,revenue
2026-06-01 10:00,ana,Meta,click,
2026-06-01 12:00,ana,,purchase,30.50
2026-06-02 09:00,bo,Google Ads,click,
2026-06-02 09:30,cy,Google Ads,click,
yesterday,cy,Google Ads,click,
"""
SPEND = """date,channel,campaign,cost,impressions
2026-06-01,Meta,summer,10.25,1000
2026-06-02,Google Ads,summer,20.50,2000
"""


class Ran:
    """What one run of the command line left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def data(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file of events (one row of it broken) and one of spend; the workspace is not made yet."""
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    (tmp_path / "spend.csv").write_text(SPEND, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], folder: Path):
    """``run("import", "events.csv")``: file names are of the folder, the workspace is ``folder/workspace``."""

    def call(*words: str) -> Ran:
        placed = [str(folder / word) if (folder / word).is_file() else word for word in words]
        try:
            code = main(["--workspace", str(folder / "workspace"), *placed])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call


def test_the_first_import_makes_the_workspace_and_accounts_for_every_row(run, folder: Path) -> None:
    answer = run("import", "events.csv", "spend.csv", "--json")
    events, spend = answer.data["batches"]
    assert answer.code == 0
    assert (events["file"], events["kind"], events["rows_read"]) == ("events.csv", "events", 5)
    assert (events["added"], events["rejected"], events["duplicates"]) == (4, 1, 0)
    assert (spend["kind"], spend["added"], spend["sums"]["cost"]) == ("spend", 2, 30.75)
    assert (spend["first_day"], spend["last_day"]) == ("2026-06-01", "2026-06-02")
    assert Workspace.exists(folder / "workspace")


def test_the_same_file_again_adds_nothing(run) -> None:
    run("import", "spend.csv")
    (again,) = run("import", "spend.csv", "--json").data["batches"]
    assert (again["added"], again["duplicates"], again["restated"]) == (0, 2, 0)


def test_strict_reports_rows_set_aside_and_rejects_shows_and_writes_them(run, folder: Path) -> None:
    assert run("import", "events.csv", "--strict").code == 1
    answer = run("rejects", "1", "--out", str(folder / "aside.csv"), "--json")
    (row,) = answer.data["rows"]
    assert row["row_number"] == 6
    assert "yesterday" in row["raw"] and "time" in row["column"]
    with (folder / "aside.csv").open(encoding="utf-8-sig", newline="") as file:
        (written,) = csv.DictReader(file)
    assert (written["omnidash_row"], written["omnidash_reason"]) == ("6", row["reason"])


def test_a_dry_run_changes_nothing(run) -> None:
    run("import", "spend.csv")
    (would,) = run("import", "events.csv", "--dry-run", "--json").data["batches"]
    assert (would["batch_id"], would["added"], would["rejected"]) == (None, 4, 1)
    assert would["mapping"]["customer_id"] == "customer_id"
    assert len(run("batches", "--json").data["batches"]) == 1


def test_undo_takes_an_import_back(run) -> None:
    run("import", "spend.csv")
    before = run("channels", "--json").data
    run("import", "events.csv")
    undone = run("rollback", "2", "--json").data
    assert undone["removed"] == 4
    assert run("channels", "--json").data == before
    states = {batch["batch_id"]: batch["state"] for batch in run("batches", "--json").data["batches"]}
    assert states == {1: "active", 2: "rolled_back"}
    assert run("rollback", "2").code == 3


def test_a_folder_and_a_pattern_stand_for_their_files(run, folder: Path) -> None:
    exports = folder / "exports"
    exports.mkdir()
    for name in ("spend_a.csv", "spend_b.csv", "notes.pdf"):
        (exports / name).write_text(SPEND, encoding="utf-8")
    assert [b["file"] for b in run("import", str(exports), "--json").data["batches"]] == ["spend_a.csv", "spend_b.csv"]
    found = run("import", str(exports / "spend_*.csv"), "--json").data["batches"]
    assert [b["duplicates"] for b in found] == [2, 2]
    assert run("import", str(exports / "nothing_*.csv")).code == 3


def test_columns_channel_and_currency_can_be_given(run, folder: Path) -> None:
    (folder / "fees.csv").write_text("Tag,Brutto\n2026-06-01,100\n2026-06-02,150\n", encoding="utf-8")
    words = ("--kind", "spend", "--map", "Tag=date", "Brutto=cost", "--channel", "Bing", "--currency", "EUR")
    (batch,) = run("import", "fees.csv", *words, "--json").data["batches"]
    assert (batch["added"], batch["sums"]["cost"]) == (2, 250.0)
    data = run("channels", "--json").data
    assert data["currency"] == "EUR"  # the first import decides it
    assert [(row["channel"], row["spend"]) for row in data["rows"]] == [("microsoft_ads", 250.0)]


def test_what_no_header_tells_must_be_given(run, folder: Path) -> None:
    (folder / "fees.csv").write_text("date,cost\n2026-06-01,100\n", encoding="utf-8")
    answer = run("import", "fees.csv")
    assert answer.code == 3
    assert "--channel" in answer.err and answer.err.count("\n") == 1
    assert run("import", "fees.csv", "--channel", "Meta").code == 0


def test_a_date_that_can_be_read_two_ways_is_asked_about(run, folder: Path) -> None:
    (folder / "fees.csv").write_text("date,channel,cost\n03/04/2026,Meta,100\n", encoding="utf-8")
    answer = run("import", "fees.csv")
    assert answer.code == 3 and "--date-order" in answer.err
    (batch,) = run("import", "fees.csv", "--date-order", "mdy", "--json").data["batches"]
    assert batch["first_day"] == "2026-03-04"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("header.csv", b"date,channel,cost\n"),
        ("image.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20),
        ("words.csv", b"these are\nonly words\nin lines\n"),
    ],
)
def test_a_file_that_is_no_export_is_one_line_and_leaves_no_batch(run, folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    answer = run("import", name)
    assert answer.code == 3
    assert answer.out == "" and name in answer.err and answer.err.count("\n") == 1
    assert run("batches", "--json").data["batches"] == []


def test_one_broken_file_among_several_does_not_stop_the_others(run, folder: Path) -> None:
    (folder / "empty.csv").write_bytes(b"")
    answer = run("import", "empty.csv", "spend.csv", "--json")
    assert answer.code == 3
    assert [batch["file"] for batch in answer.data["batches"]] == ["spend.csv"]
    assert "empty.csv" in answer.err


def test_a_file_that_is_not_there_is_named(run) -> None:
    answer = run("import", "nowhere.csv")
    assert answer.code == 3 and "nowhere.csv" in answer.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--map", "Tag"), "COLUMN=FIELD"),
        (("--map", "date=luck"), "luck"),
        (("--kind", "dreams"), "dreams"),
        (("--profile", "nobody"), "nobody"),
        (("--timezone", "Mars/Base"), "Mars/Base"),
        (("--currency", "EURO"), "EURO"),
    ],
)
def test_wrong_options_are_named(run, words: tuple[str, ...], part: str) -> None:
    answer = run("import", "spend.csv", *words)
    assert answer.code in (2, 3)
    assert part in answer.err and answer.err.count("\n") == 1


def test_profiles_list_what_is_recognised_and_show_one(run) -> None:
    names = {row["name"] for row in run("profiles", "--json").data["profiles"]}
    assert len(names) >= 10
    one = sorted(names)[0]
    (shown,) = run("profiles", one, "--json").data["profiles"]
    assert shown["name"] == one and shown["columns"] and shown["requires"]
    assert run("profiles", "nobody").code == 3


def test_persons_and_why_know_the_identifiers_without_storing_them(run, folder: Path) -> None:
    (folder / "signups.csv").write_text(
        "time,member_id,phone,channel,action\n"
        "2026-06-01 10:00,M-1001,13812348765,Meta,click\n"
        "2026-06-02 10:00,M-1001,13900139000,Meta,click\n",
        encoding="utf-8",
    )
    run("import", "signups.csv")
    found = run("persons", "--json").data
    assert (found["identifiers"], found["persons"]) == (3, 1)
    chain = run("why", "139 0013 9000", "--json").data["chain"]
    assert len(chain) == 2
    assert {link["file"] for link in chain} == {"signups.csv"}
    assert {link["row_number"] for link in chain} == {2, 3}
    assert run("why", "13700137000").code == 3
    everything = b"".join(p.read_bytes() for p in (folder / "workspace").rglob("*") if p.is_file())
    assert b"13900139000" not in everything and b"M-1001" not in everything


def test_a_sample_never_replaces_ones_own_data(run, folder: Path) -> None:
    run("import", "spend.csv")
    answer = run("demo")
    assert answer.code == 2 and "not a sample workspace" in answer.err
    assert len(run("batches", "--json").data["batches"]) == 1


@pytest.mark.parametrize("words", [[], ["--workspace", "x"]])
def test_the_sample_goes_where_the_next_command_looks(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(folder: Path, **_: object) -> None:
        Workspace.create(folder, is_sample=True).close()

    monkeypatch.setattr("omnidash.cli.demo.build_workspace", build)
    monkeypatch.setattr("omnidash.cli.demo.warm", lambda: None)
    monkeypatch.setenv("OMNIDASH_WORKSPACE", str(tmp_path / "x"))
    words = [str(tmp_path / "x") if word == "x" else word for word in words]  # a folder that is not there yet
    assert main(["batches"]) == 4
    assert "make one with: omnidash demo," in capsys.readouterr().err
    assert main([*words, "demo"]) == 0 and main(["batches"]) == 0
    assert main(["--workspace", str(tmp_path / "y"), "batches"]) == 4
    assert f"omnidash --workspace {tmp_path / 'y'} demo" in capsys.readouterr().err
    assert main(["--workspace", str(tmp_path / "y"), "demo"]) == 0
    assert f"omnidash --workspace {tmp_path / 'y'} channels" in capsys.readouterr().out


def test_the_place_of_ones_own_data_is_not_given_to_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OMNIDASH_WORKSPACE", raising=False)
    monkeypatch.setenv("OMNIDASH_HOME", str(tmp_path))
    assert main(["--workspace", str(tmp_path / "own"), "demo"]) == 2
    assert "for your own data" in capsys.readouterr().err


def test_a_small_sample_is_made_from_its_own_exports(run, folder: Path) -> None:
    answer = run("demo", "--persons", "400", "--seed", "3", "--json")
    assert answer.code == 0
    assert {"events", "spend_rows", "persons", "seconds"} <= set(answer.data)
    assert answer.data["events"] > 1000 and 200 <= answer.data["persons"] <= 1200
    rows = run("channels", "--json").data["rows"]
    assert len([row for row in rows if row["spend"] > 0]) >= 8
    assert run("check").code == 0
