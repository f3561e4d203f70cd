"""``import`` as a nightly job: folders, archives, files without days; one line per table and an exit code that tells."""

import getpass
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from omnidash.cli import main
from omnidash.store import Workspace, gate

SPEND = "date,channel,campaign,cost\n2026-06-01,Meta,summer,10.25\n2026-06-02,Google Ads,summer,20.50\n"
EVENTS = "time,customer_id,channel,action\n2026-06-01 10:00,ana,Meta,click\nyesterday,bo,Meta,click\n"
DOLLARS = "date,channel,cost,currency\n2026-06-01,Meta,10,USD\n"


@dataclass(frozen=True)
class Ran:
    """What one run of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """``run("import", path)`` on the workspace in ``tmp_path/workspace``."""

    def call(*words: object) -> Ran:
        try:
            code = main(["--workspace", str(tmp_path / "workspace"), *map(str, words)])
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capsys.readouterr())

    return call


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A folder as a business has it: exports, some in a folder of their own or packed, and what is none."""
    folder = tmp_path / "exports"
    (folder / "june").mkdir(parents=True)
    (folder / "june" / "spend.csv").write_text(SPEND)
    (folder / "events.csv").write_text(EVENTS)
    (folder / "README.txt").write_text("These are our exports.\nAsk Ana.\n")
    (folder / "chart.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    (folder / ".hidden.csv").write_text("x")
    with zipfile.ZipFile(folder / "july.zip", "w") as archive:
        archive.writestr("a.csv", SPEND.replace("2026-06", "2026-07"))
        archive.writestr("b.csv", SPEND.replace("2026-06", "2026-08"))
    for path in folder.rglob("*"):
        os.utime(path, (1_780_000_000, 1_780_000_000))  # of one age, also where a second ends between two of them
    return folder


CONTRACT = {
    "file", "batch_id", "profile", "kind", "rows_read", "added", "restated", "duplicates", "rejected",
    "skipped_totals", "first_day", "last_day", "sums", "warnings",
}  # fmt: skip


def test_a_folder_is_imported_table_by_table_and_what_is_no_export_is_told(run: Run, exports: Path) -> None:
    answer = run("import", exports, "--json")
    assert answer.code == 0
    assert [b["file"] for b in answer.data["batches"]] == [
        "events.csv",
        "july.zip › a.csv",
        "july.zip › b.csv",
        "spend.csv",
    ]
    assert all(set(batch) == CONTRACT for batch in answer.data["batches"])
    told = answer.err.splitlines()
    assert [line for line in told if "chart.png" in line] and [line for line in told if "README.txt" in line]
    assert not [line for line in told if ".hidden" in line]


def test_the_same_folder_every_night_adds_nothing(run: Run, exports: Path, tmp_path: Path) -> None:
    run("import", exports)
    workspace = Workspace.open(tmp_path / "workspace")
    rows = workspace.rows("from spend"), workspace.rows("from event")
    again = run("import", exports, "--json")
    assert again.code == 0
    assert all("nothing changes" in b["warnings"][0] for b in again.data["batches"])
    assert [(b["added"], b["restated"]) for b in again.data["batches"]] == [(0, 0)] * 4
    assert (workspace.rows("from spend"), workspace.rows("from event")) == rows


def test_of_two_exports_of_the_same_days_the_later_one_counts_and_the_next_night_changes_nothing(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "overlapping"
    folder.mkdir()
    header = "date,channel,campaign,cost\n"
    (folder / "new.csv").write_text(header + "2026-06-01,meta,a,12\n2026-06-02,meta,a,20\n")
    (folder / "old.csv").write_text(header + "2026-06-01,meta,a,10\n")
    os.utime(folder / "old.csv", (1_780_000_000, 1_780_000_000))  # exported before new.csv, whatever its name
    run("import", folder)
    workspace = Workspace.open(tmp_path / "workspace")
    assert workspace.rows("select sum(cost) from spend") == [(32,)]
    for _ in range(2):
        again = run("import", folder, "--json")
        assert [(b["added"], b["restated"]) for b in again.data["batches"]] == [(0, 0)] * 2
    assert workspace.rows("select sum(cost) from spend") == [(32,)]
    assert len(run("batches", "--json").data["batches"]) == 2
    run("import", folder / "old.csv", "--again")
    assert workspace.rows("select sum(cost) from spend") == [(30,)]


def test_the_lock_file_of_an_open_workbook_is_no_export(run: Run, exports: Path) -> None:
    (exports / "~$july.xlsx").write_bytes(b"\x05owner" + bytes(100))
    answer = run("import", exports, "--json")
    assert answer.code == 0 and "~$" not in answer.err


def test_a_program_gets_an_object_also_where_something_failed(run: Run, exports: Path, tmp_path: Path) -> None:
    (exports / "aa.csv").write_bytes(b"")
    failed = run("import", exports, "--json").data["failed"]
    assert [Path(f["file"]).name for f in failed] == ["aa.csv"] and "empty" in failed[0]["error"]
    alone = run("import", exports / "aa.csv", "--json")
    assert alone.code == 3 and "aa.csv" in alone.data["error"]


def test_a_file_of_which_no_row_can_be_taken_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date,channel,cost\n2026-06-01,meta,much\n2026-06-02,meta,more\n")
    (batch,) = run("import", tmp_path / "a.csv", "--kind", "spend", "--json").data["batches"]
    assert batch["rejected"] == 2 and any("no row of the file" in warning for warning in batch["warnings"])


def test_a_broken_export_in_a_folder_does_not_stop_the_others_but_the_exit_code_tells(run: Run, exports: Path) -> None:
    (exports / "aa.csv").write_bytes(b"")
    answer = run("import", exports, "--json")
    assert (answer.code, len(answer.data["batches"])) == (3, 4)
    assert "aa.csv" in answer.err


def test_strict_fails_on_rows_set_aside(run: Run, exports: Path) -> None:
    assert run("import", exports / "events.csv", "--strict").code == 1
    assert run("import", exports / "june", "--strict").code == 0


def test_one_line_for_every_batch_and_none_for_what_failed(run: Run, exports: Path) -> None:
    (exports / "aa.csv").write_bytes(b"")
    lines = run("import", exports).out.splitlines()
    assert [line.split("  ")[0] for line in lines[2:6]] == [
        "events.csv",
        "july.zip › a.csv",
        "july.zip › b.csv",
        "spend.csv",
    ]


def test_the_history_says_who_imported(run: Run, exports: Path) -> None:
    run("import", exports / "events.csv")
    (batch,) = run("batches", "--json").data["batches"]
    assert (batch["imported_by"], batch["mended"]) == (getpass.getuser(), 0)


def test_a_new_workspace_counts_in_the_currency_of_the_first_file_that_states_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(SPEND)
    (tmp_path / "b.csv").write_text(DOLLARS)
    answer = run("import", tmp_path / "a.csv", tmp_path / "b.csv", "--json")
    assert answer.code == 0 and "USD" in answer.err and "b.csv" in answer.err
    assert run("channels", "--json").data["currency"] == "USD"


def test_a_workspace_that_exists_keeps_its_currency_and_asks_for_rates(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(SPEND)
    (tmp_path / "b.csv").write_text(DOLLARS)
    assert "CNY; no file states a currency" in run("import", tmp_path / "a.csv").err
    refused = run("import", tmp_path / "b.csv")
    assert refused.code == 3 and "USD" in refused.err and "2026-06-01" in refused.err
    assert run("rates", "--set", "USD=7.2", "--from", "2026-06-01", "--to", "2026-06-30").code == 0
    assert run("import", tmp_path / "b.csv").code == 0
    totals = {r["channel"]: r["spend"] for r in run("channels", "--json").data["rows"]}
    assert totals["meta"] == pytest.approx(10.25 + 72)


def test_a_corrected_rate_converts_anew_what_is_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(SPEND)
    (tmp_path / "b.csv").write_text(DOLLARS)
    run("import", tmp_path / "a.csv")
    run("rates", "--set", "USD=7", "--from", "2026-06-01")
    run("import", tmp_path / "b.csv")
    (tmp_path / "rates.csv").write_text(
        "日期;结束日期;币种;汇率\n2026/6/1;2026/6/3;USD;8\n2026-06-02;;EUR;8,5\n", "gb18030"
    )
    answer = run("rates", tmp_path / "rates.csv", "--json")
    assert answer.data["stored"] == 4
    assert [(r["currency"], r["first_day"], r["last_day"], r["rate"]) for r in answer.data["rates"]] == [
        ("EUR", "2026-06-02", "2026-06-02", 8.5),
        ("USD", "2026-06-01", "2026-06-03", 8.0),
    ]
    totals = {r["channel"]: r["spend"] for r in run("channels", "--json").data["rows"]}
    assert totals["meta"] == pytest.approx(10.25 + 80)
    assert run("rates", "--json").data["rates"] == answer.data["rates"]


@pytest.mark.parametrize(
    ("words", "text", "part"),
    [
        (("--set", "USD=7"), "", "--from"),
        (("--set", "USD=x", "--from", "2026-06-01"), "", "USD=x"),
        (("--set", "USX=7", "--from", "2026-06-01"), "", "USX"),
        (("--set", "USD=-7", "--from", "2026-06-01"), "", "above zero"),
        ((), "date,currency\n2026-06-01,USD\n", "rate"),
        ((), "date,currency,rate\nJune,USD,7\n", "row 2"),
        ((), "date,currency,rate\n2026-06-01,USD,many\n", "row 2"),
    ],
)
def test_a_wrong_rate_is_named_and_nothing_is_stored(
    run: Run, tmp_path: Path, words: tuple[str, ...], text: str, part: str
) -> None:
    Workspace.create(tmp_path / "workspace")
    (tmp_path / "rates.csv").write_text(text)
    answer = run("rates", *(words or (tmp_path / "rates.csv",)))
    assert answer.code in (2, 3) and part in answer.err
    assert run("rates", "--json").data["rates"] == []


def test_a_file_without_days_takes_the_days_given(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fees.csv").write_text("channel,cost\nMeta,31\n")
    assert run("import", tmp_path / "fees.csv").code == 3
    answer = run("import", tmp_path / "fees.csv", "--from", "2026-07-01", "--to", "2026-07-31", "--json")
    (batch,) = answer.data["batches"]
    assert (batch["first_day"], batch["last_day"], batch["sums"]) == ("2026-07-01", "2026-07-31", {"cost": 31.0})
    (one,) = run("import", tmp_path / "fees.csv", "--day", "2026-08-01", "--json").data["batches"]
    assert (one["first_day"], one["last_day"]) == ("2026-08-01", "2026-08-01")
    assert run("import", tmp_path / "fees.csv", "--from", "2026-07-02", "--to", "2026-07-01").code == 2


def test_a_list_without_times_is_taken_as_of_a_day(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("email,channel,action\nana@shop.example,Meta,registered\n")
    refused = run("import", tmp_path / "list.csv", "--kind", "events")
    assert refused.code == 3 and "--day" in refused.err
    (batch,) = run("import", tmp_path / "list.csv", "--kind", "events", "--day", "2026-08-01", "--json").data["batches"]
    assert (batch["added"], batch["first_day"]) == (1, "2026-08-01")


def test_a_dry_run_without_a_workspace_makes_none(run: Run, exports: Path, tmp_path: Path) -> None:
    answer = run("import", exports / "events.csv", "--dry-run", "--json")
    (would,) = answer.data["batches"]
    assert (would["added"], would["rejected"], would["headlines"]) == (1, 1, ["adds 1 row", "1 row set aside"])
    assert not (tmp_path / "workspace").exists()


def test_set_aside_rows_come_back_by_the_command_line(run: Run, exports: Path, tmp_path: Path) -> None:
    run("import", exports / "events.csv")
    out = tmp_path / "aside.csv"
    run("rejects", "1", "--out", out)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    out.write_text(out.read_text("utf-8-sig").replace("yesterday", "2026-06-02 10:00"), "utf-8")
    (mended,) = run("import", out, "--json").data["batches"]
    assert (mended["added"], mended["rejected"]) == (1, 0)
    newest, oldest = run("batches", "--json").data["batches"]
    assert (oldest["rejected"], oldest["mended"], newest["settles"]) == (1, 1, 1)
    run("rollback", "2")
    assert run("batches", "--json").data["batches"][1]["mended"] == 0


HOLDING = """
import sys, time
from omnidash.store import Workspace
with Workspace.open(sys.argv[1]).writing("a long night"):
    print("in", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def test_an_import_waits_for_another_writer_as_long_as_it_is_told(
    run: Run, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_PATIENCE_SECONDS", 0.2)  # of reading, while another process commits
    folder = tmp_path / "workspace"
    Workspace.create(folder).close()
    with subprocess.Popen([sys.executable, "-c", HOLDING, folder, "600"], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"in\n"
        refused = run("import", exports / "events.csv")
        other.kill()
        assert refused.code == 4 and "in use" in refused.err
    with subprocess.Popen([sys.executable, "-c", HOLDING, folder, "4"], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"in\n"
        assert run("import", exports / "events.csv", "--wait", "60").code == 0


def test_rows_set_aside_are_named_with_where_to_see_them(run: Run, exports: Path) -> None:
    ran = run("import", exports / "events.csv")
    assert "events.csv: rows set aside: 1; see: omnidash rejects 1" in ran.out + ran.err
