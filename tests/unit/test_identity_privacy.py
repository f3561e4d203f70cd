"""Raw identifiers reach no file: every byte of the workspace, of temporary files and of logs is looked through."""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnidash.engine.journeys import journeys_of
from omnidash.engine.timeline import timeline
from omnidash.identity.forget import forget
from omnidash.identity.person_record import export_person
from omnidash.identity.preview import Proposal, apply, preview
from omnidash.identity.why import chain, why
from omnidash.ingest.run import dry_run, import_file, inspect, rollback
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from tests.unit.ingest_files import write
from tests.unit.test_import_crash import killed_at

PHONES = ["13987650001", "13987650002", "13987650003"]
RAW = [*PHONES, "zoe.private@post.example", "uNsecret4711", "oSecret4712", "YY-member-4713", "dev-secret-4714"]
EVENTS = (
    "time,channel,action,phone,email,unionid,openid,member_id,device_id,revenue\n"
    f"2026-07-01 10:00:00,抖音,click,{PHONES[0]},{RAW[3]},{RAW[4]},,,{RAW[7]},\n"
    f"2026-07-01 11:00:00,微信,click,{PHONES[0]},,,{RAW[5]},{RAW[6]},,\n"
    f"2026-07-02 11:00:00,微信,purchase,{PHONES[1]},,,,,,99\n"
    f"yesterday,微信,click,{PHONES[2]},{RAW[3]},{RAW[4]},{RAW[5]},{RAW[6]},{RAW[7]},\n"
    f"2026-07-02 12:00:00,微信,click,{PHONES[2]},too,many,cells,in,this,row,{RAW[3]}\n"
)
ORDERS = (
    f"订单编号,订单创建时间,付款时间,手机号,实付金额\n1001,2026-07-03 10:00:00,2026-07-03 10:01:00,{PHONES[0]},200.00\n"
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of our own for all temporary files, of this process and of those it starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder


def traces(*folders: Path) -> list[tuple[str, str]]:
    """Files that hold a raw identifier, in any encoding a file of ours could have."""
    found = []
    for path in (p for folder in folders for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes().lower()
        for raw in RAW:
            if any(raw.lower().encode(encoding) in data for encoding in ("utf-8", "utf-16-le", "utf-16-be")):
                found.append((path.name, raw))
    return found


def tables(workspace: Workspace) -> str:
    """All tables as text: what a compressed database file would hide from a search of its bytes."""
    names = workspace.rows("select table_name from information_schema.tables where table_schema = 'main'")
    return "\n".join(str(row) for (name,) in names for row in workspace.rows(f'select * from "{name}"')).lower()


def test_no_raw_identifier_is_on_disk_or_in_logs(
    workspace: Workspace,
    tmp_path: Path,
    temporary: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    events = write(inbox, EVENTS, "events.csv", encoding="utf-16")  # is spooled as UTF-8 while it is read
    orders = write(inbox, ORDERS, "orders.csv", encoding="gb18030")
    dry_run(workspace, events, inspect(workspace, events).mapping)
    batch = import_file(workspace, events).batch_id
    import_file(workspace, orders)
    journeys_of(workspace)
    steps = why(workspace, PHONES[0])
    chain(workspace, RAW[3], RAW[6])
    proposal = Proposal(cuts=((steps[0].a_id, steps[0].b_id),))
    preview(workspace, proposal)
    apply(workspace, proposal, reason=f"{PHONES[0]} says {RAW[3]} is hers，{RAW[6]}是会员号, uNsecret4711.")
    timeline(workspace, PHONES[0])
    record = export_person(workspace, PHONES[0])
    assert not any(raw in record.as_json() for raw in RAW)
    with pytest.raises(OmniDashError) as error:
        why(workspace, "13987659999")
    assert "13987659999" not in str(error.value)
    forget(workspace, PHONES[1], reason=f"asked as {RAW[6]} by {RAW[3]}")
    rollback(workspace, batch)
    import_file(workspace, events)
    workspace.close()
    assert traces(workspace.folder, temporary) == []
    assert not any(raw.lower() in tables(workspace) for raw in RAW)
    said = capfd.readouterr()
    assert not any(raw in text for raw in RAW for text in (caplog.text, said.out, said.err))
    assert list((workspace.folder / "tmp").iterdir()) == []


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_after_a_crash_the_next_start_leaves_no_raw_identifier(
    workspace: Workspace, tmp_path: Path, temporary: Path, fraction: float, encoding: str
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    import_file(workspace, write(inbox, ORDERS, "orders.csv"))
    killed_at(fraction, workspace, write(inbox, EVENTS, "events.csv", encoding=encoding))
    again = Workspace.open(workspace.folder)
    assert traces(workspace.folder, temporary) == []
    assert list((workspace.folder / "tmp").iterdir()) == []
    again.close()


def test_the_command_line_writes_none_either(workspace: Workspace, tmp_path: Path, temporary: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    import_file(workspace, write(inbox, EVENTS, "events.csv"))
    workspace.close()
    requests = write(inbox, f"{PHONES[0]}\n", "requests.txt")
    for words in (["why", "-"], ["timeline", "-"], ["forget", "--file", str(requests)], ["forget", "-"]):
        done = subprocess.run(
            [sys.executable, "-m", "omnidash", "--workspace", str(workspace.folder), *words],
            input=f"{PHONES[1]}\n", capture_output=True, text=True, check=False, env={**os.environ, "OMNIDASH_LANG": "en"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert not any(raw in done.stdout + done.stderr for raw in RAW)
    assert traces(workspace.folder, temporary) == []
