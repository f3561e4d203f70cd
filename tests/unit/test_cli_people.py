"""OneID by the command line: the JSON that scripts read, and exit codes."""

import getpass
import io
import json
import zipfile
from pathlib import Path

import pytest

from omnidash.cli import main, people
from omnidash.store import Workspace
from tests.made_once import workspace_with
from tests.unit.ingest_files import write

EVENTS = """\
time,channel,action,phone,email,device_id,revenue
2026-07-01 10:00:00,抖音,click,13800000001,,D-1,
2026-07-01 11:00:00,微信,click,13800000001,ana@x.example,,
2026-07-01 12:00:00,百度,click,13800000003,bo@x.example,D-1,
2026-07-02 10:00:00,天猫,purchase,,ana@x.example,,80
2026-07-02 11:00:00,微信,click,13800000002,unknown,,
2026-07-02 12:00:00,微信,click,13800000001,ana@y.example,,
"""


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def data(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    workspace_with(tmp_path / "workspace", {"events.csv": EVENTS})

    def call(*words: str) -> Ran:
        try:
            code = main(["--workspace", str(tmp_path / "workspace"), *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call


def test_persons_tell_counts_shared_identifiers_and_match_rates(run) -> None:
    found = run("persons", "--by-level", "--json").data
    assert (found["identifiers"], found["persons"], found["level"], found["hub_limit"]) == (7, 4, "normal", 5)
    assert [(c["type"], c["count"]) for c in found["contested"]] == [("device_id", 3)]
    assert [(b["hint"], b["count"]) for b in found["blocked"]] == [("unknown", 1)]
    assert found["hubs"] == found["blocked_by_decision"] == []
    assert {c["channel"]: c["match_rate"] for c in found["channels"]}["tmall"] == 1
    assert [(f["level"], f["persons"]) for f in found["by_level"]] == [("strict", 4), ("normal", 4), ("loose", 2)]
    assert run("persons").code == 0


def test_the_level_is_shown_and_set(run) -> None:
    assert run("identity", "level", "--json").data == {"level": "normal", "hub_limit": 5, "persons": 4}
    assert run("identity", "level", "loose", "--json").data["persons"] == 2
    assert run("identity", "level", "--hub-limit", "1", "--json").data["level"] == "loose"
    assert run("identity", "level", "wild").code == 2


def test_a_link_is_cut_previewed_and_restored(run) -> None:
    would = run("identity", "cut", "13800000001", "ana@x.example", "--preview", "--json").data
    assert (would["persons_before"], would["persons_after"], len(would["regrouped"])) == (4, 5, 3)
    assert (would["before"]["cross_channel_persons"], would["after"]["cross_channel_persons"]) == (1, 1)
    assert would["funnel_window_days"] == 30  # the lookback of the workspace
    assert would["funnel"] and set(would["funnel"][0]) == {"step", "persons_before", "persons_after"}
    assert run("persons", "--json").data["persons"] == 4
    assert run("identity", "cut", "13800000001", "ana@x.example").code == 3  # no reason
    assert run("identity", "cut", "13800000002", "ana@x.example", "--reason", "x").code == 3  # no such link
    done = run("identity", "cut", "13800000001", "ana@x.example", "--reason", "sisters", "--by", "Mei", "--json").data
    assert (done["decision_id"], done["persons_after"]) == (1, 5)
    assert run("why", "ana@x.example", "--json").data["chain"] == []
    assert run("why", "ana@x.example", "13800000001").code == 3
    assert run("identity", "restore", "1", "--reason", "no", "--json").data["persons_after"] == 4
    assert run("identity", "restore", "1", "--reason", "no").code == 3
    history = run("identity", "decisions", "--json").data["decisions"]
    assert [(d["kind"], d["decided_by"], d["reason"], d["restored_by"]) for d in history] == [
        ("restore", getpass.getuser(), "no", None), ("cut", "Mei", "sisters", 2),
    ]  # fmt: skip
    assert run("why", "ana@x.example", "138 0000 0001", "--json").data["chain"][0]["row_number"] == 3


def test_a_blocked_identifier_is_listed(run) -> None:
    assert run("identity", "block", "13800000001", "--reason", "the shop's own", "--json").data["persons_after"] == 5
    found = run("persons", "--json").data
    assert [(b["type"], b["decision_id"]) for b in found["blocked_by_decision"]] == [("phone", 1)]
    assert found["contested"] == []  # the device has one owner left


def test_what_is_decided_is_not_decided_again(run, tmp_path: Path) -> None:
    assert run("identity", "block", "13800000001", "--reason", "the shop's own").code == 0
    again = run("identity", "block", "13800000001", "--reason", "once more")
    assert (again.code, "decision 1 says so already" in again.err) == (3, True)
    assert run("identity", "block", "13800000001", "--preview").code == 3
    assert "one and the same" in run("identity", "cut", "ana@x.example", "ana@x.example", "--reason", "x").err
    assert "one and the same" in run("identity", "part", "ana@x.example", "ana@x.example", "--reason", "x").err
    workspace = Workspace.open(tmp_path / "workspace")
    with workspace.writing("as an earlier version did") as cursor:
        cursor.execute("insert into identity_decision select 2, decided_at, 'Mei', kind, a, b, null, reason"
                       " from identity_decision")  # fmt: skip
    restored = run("identity", "restore", "1", "--reason", "no")
    assert "decision 2 says the same and still holds" in restored.out
    assert run("identity", "restore", "2", "--reason", "no", "--json").data["still_in_force"] == []
    assert run("identity", "block", "13800000001", "--reason", "after all").code == 0


def test_a_long_list_of_shared_identifiers_is_shortened_unless_all_are_asked_for(run, monkeypatch) -> None:
    monkeypatch.setattr(people, "_LISTED", 0)
    assert "contested: and 1 more; --all" in run("persons").out
    assert "more; --all" not in run("persons", "--all").out
    assert len(run("persons", "--json").data["contested"]) == 1


def test_an_identifier_without_links_is_told_why(run) -> None:
    run("identity", "cut", "13800000001", "ana@x.example", "--reason", "sisters")
    assert "is linked with no other" in run("why", "ana@x.example").out
    assert "a placeholder that many strangers give" in run("why", "unknown").out
    assert "others and links nobody" in run("why", "D-1").out  # of Ana and Bo
    run("identity", "block", "ana@y.example", "--reason", "of the office")
    assert "decision 2 blocks this identifier" in run("why", "ana@y.example").out
    run("identity", "level", "strict")
    assert "at the strict level devices" in run("why", "D-1").out


def test_a_timeline_and_a_record_of_one_person(run, tmp_path: Path) -> None:
    found = run("timeline", "ana@x.example", "--model", "first", "--json").data
    assert [(e["channel"], e["action"], e["credit"]) for e in found["events"]] == [
        ("douyin", "click", 1.0), ("wechat", "click", 0.0), ("tmall", "purchase", 0.0),
        ("wechat", "click", 0.0),
    ]  # fmt: skip
    assert run("timeline", "ana@x.example").code == 0
    out = tmp_path / "ana.json"
    assert len(run("export-person", "ana@x.example", "--out", str(out), "--json").data["events"]) == 4
    assert len(json.loads(out.read_text("utf-8"))["identifiers"]) == 3
    assert out.stat().st_mode & 0o077 == 0
    (tmp_path / "ana.zip").touch(mode=0o644)
    assert run("export-person", "ana@x.example", "--out", str(tmp_path / "ana.zip")).code == 0
    assert (tmp_path / "ana.zip").stat().st_mode & 0o077 == 0, "also where a file was there"
    with zipfile.ZipFile(tmp_path / "ana.zip") as archive:
        assert {"identifiers.csv", "events.csv", "links.csv"} <= set(archive.namelist())


def test_a_person_is_forgotten_by_identifier_by_standard_input_or_by_file(run, tmp_path: Path, monkeypatch) -> None:
    kept = run("backup", "--json").data["path"]
    done = run("forget", "ana@x.example", "--json").data
    assert done["copies"] == [kept]  # outside of the workspace, and still with her in it
    assert (done["persons"], done["identifiers"], done["events"]) == (1, 3, 4)
    assert done["removed"] >= 5
    assert run("why", "ana@x.example").code == 3
    assert run("forget", "nobody@x.example").code == 3
    assert run("forget").code == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("bo@x.example\n"))
    assert run("forget", "-", "--json").data["persons"] == 1
    requests = write(tmp_path, "13800000002\n13800000009\n", "requests.txt")
    done = run("forget", "--file", str(requests), "--json").data
    assert (done["persons"], done["unknown"]) == (1, 1)
    assert run("forget", "--file", str(write(tmp_path, "a,b\n1,2\n", "two.csv"))).code == 3
    assert run("persons", "--json").data["identifiers"] == 0  # what is left is the blocked word, which names nobody


def test_an_account_without_a_name_decides_forgets_and_imports(run, tmp_path: Path, monkeypatch) -> None:
    """As in a container that runs under a number."""

    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert run("identity", "cut", "13800000001", "ana@x.example", "--reason", "sisters").code == 0
    assert run("forget", "ana@x.example").code == 0
    later = EVENTS.splitlines()[0] + "\n2026-07-03 10:00:00,抖音,click,13800000007,,,\n"
    assert run("import", str(write(tmp_path, later, "later.csv"))).code == 0


@pytest.mark.parametrize("given", ["\udcff13800000001", "-"])
def test_what_is_no_text_is_no_identifier(given: str, run, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff13800000001\n"), encoding="utf-8"))
    ran = run("why", given)
    assert ran.code == 3
    assert "no text in UTF-8" in ran.err and "13800000001" not in ran.err


@pytest.mark.parametrize("cards", ['first_name,surname,phone\na,b,"13800000001\n', "phone\n13800000001,x\n"])
def test_a_list_of_records_that_is_no_csv_is_refused_without_a_word_of_it(cards: str, run, tmp_path: Path) -> None:
    ran = run("identity", "alike", str(write(tmp_path, cards, "cards.csv")), "--column", "phone")
    assert ran.code == 3
    assert "cards.csv cannot be read as CSV" in ran.err and "13800000001" not in ran.err


@pytest.mark.parametrize("command", ["timeline", "export-person"])
def test_a_text_of_two_persons_shows_neither_until_it_is_said_as_what_it_is_meant(
    command: str, run, tmp_path: Path
) -> None:
    """Somebody's phone number is the member number of somebody else, whose record is not theirs to see."""
    cards = "time,channel,action,phone,member_id\n2026-07-03 10:00:00,天猫,click,13800000007,13800000002\n"
    assert run("import", str(write(tmp_path, cards, "cards.csv"))).code == 0
    ran = run(command, "13800000002")
    assert ran.code == 3
    assert "say as what it is meant: member_id, phone" in ran.err
    (event,) = run(command, "13800000002", "--type", "phone", "--json").data["events"]
    assert event["channel"] == "wechat"
