"""Rows set aside go out as a file, are corrected, come back as rows of their import, and an undo sets them aside again."""

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.run import dry_run, history, import_file, inspect, reject_file, rejects, rollback
from omnidash.model.errors import BadInput
from omnidash.model.messages import Message
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, says, write

EVENTS = """\
time,channel,action,email,phone,revenue,note
2026-07-01 10:00:00,抖音,click,ana@shop.example,13812345678,,hello
never,抖音,"click, twice",ana@shop.example,13812345678,,call me
2026-07-02 10:00:00,微信,purchase,bo@shop.example,,free,
2026-07-03 10:00:00,微信,click,cy@shop.example,13912345678
"""
RAW = (b"ana@shop", b"bo@shop", b"cy@shop", b"13812345678", b"13912345678", b"call me")


def english(message: Message) -> str:
    return message.english()


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def written(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_the_whole_circle_of_a_row_set_aside(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, EVENTS, "events.csv")
    assert (first.added, first.rejected) == (1, 3)
    before = says(workspace)
    text = reject_file(workspace, first.batch_id, english)
    bad_time, bad_amount, short = table(text)
    assert list(bad_time)[:4] == ["omnidash_batch", "omnidash_row", "omnidash_reason", "time"]
    assert (bad_time["omnidash_row"], bad_time["action"], bad_time["note"]) == ("3", "click, twice", "***")
    assert re.fullmatch(r"'\+86138\*\*\*\*5678 #[0-9a-f]{15}", bad_time["phone"])

    bad_time["time"], bad_amount["revenue"] = "2026-07-02 09:00:00", "12.50"
    path = write(tmp_path, written([bad_time, bad_amount, short]), "mended.csv", encoding="utf-8-sig")
    would = dry_run(workspace, path, inspect(workspace, path).mapping)
    assert (would.added, would.rejected, would.settled) == (2, 1, 2)
    mended = import_file(workspace, path)
    assert (mended.added, mended.rejected, mended.settled, mended.profile) == (2, 1, 2, first.profile)

    whole = EVENTS.replace("never", "2026-07-02 09:00:00").replace("free", "12.50").rsplit("\n", 2)[0] + "\n"
    other = Workspace.create(tmp_path / "other")
    (other.folder / "secret.key").write_bytes(workspace.key)
    imported(other, tmp_path, whole, "whole.csv")
    at_once, in_two_steps = says(other), says(workspace)
    assert in_two_steps["events"] == at_once["events"]  # the same rows, row numbers and persons as in one go
    assert in_two_steps["persons"] == at_once["persons"] and in_two_steps["identifiers"] == at_once["identifiers"]

    newest, oldest = history(workspace)
    assert (oldest["rejected"], oldest["mended"], newest["settles"]) == (3, 2, first.batch_id)
    assert [row["settled_by"] for row in rejects(workspace, first.batch_id)] == [mended.batch_id, mended.batch_id, None]
    assert [row["omnidash_row"] for row in table(reject_file(workspace, first.batch_id, english))] == ["5"]

    rollback(workspace, mended.batch_id)
    assert says(workspace) == before
    assert history(workspace)[1]["mended"] == 0


def test_no_raw_identifier_stands_in_the_file_or_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, EVENTS)
    assert not [raw for raw in RAW if raw in reject_file(workspace, first.batch_id, english).encode()]
    workspace.close()
    stored = b"".join(p.read_bytes() for p in workspace.folder.rglob("*") if p.is_file())
    assert not [raw for raw in RAW if raw in stored]


def test_who_stands_on_no_other_row_is_no_person_before_the_row_comes_in(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, EVENTS)
    assert workspace.rows("select count(distinct person_id) from person") == [(1,)]
    (_, bad_amount, _) = table(reject_file(workspace, first.batch_id, english))
    bad_amount["revenue"] = "12"
    imported(workspace, tmp_path, written([bad_amount]), "mended.csv")
    assert workspace.rows("select count(distinct person_id) from person") == [(2,)]
    assert workspace.rows("select hint from identifier where type = 'email' order by hint")[-1] == ("b***@***.example",)


def test_a_row_brought_back_uncorrected_is_set_aside_again(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, EVENTS)
    again = imported(workspace, tmp_path, reject_file(workspace, first.batch_id, english), "same.csv")
    assert (again.added, again.rejected, again.settled) == (0, 3, 0)
    assert (
        reject_file(workspace, again.batch_id, english).replace(f"\n{again.batch_id},", "\n1,").splitlines()[1:3]
        == (reject_file(workspace, first.batch_id, english).splitlines()[1:3])
    )


def test_rows_of_a_second_round_settle_the_first_import(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, EVENTS)
    again = imported(workspace, tmp_path, reject_file(workspace, first.batch_id, english), "same.csv")
    (bad_time, _, _) = table(reject_file(workspace, again.batch_id, english))
    bad_time["time"] = "2026-07-02 09:00:00"
    last = imported(workspace, tmp_path, written([bad_time]), "mended.csv")
    assert [b["mended"] for b in history(workspace)] == [0, 1, 1]
    rollback(workspace, last.batch_id)
    assert [b["mended"] for b in history(workspace)] == [0, 0, 0]


def test_a_spreadsheet_runs_nothing_of_the_file_and_its_cells_come_back(workspace: Workspace, tmp_path: Path) -> None:
    file = 'date,channel,campaign,cost\nnever,Meta,"=HYPERLINK(""x"")",-5\nnever,Meta,@home,-5\nnever,Meta,\'=odd,--\n'
    first = imported(workspace, tmp_path, file)
    rows = table(reject_file(workspace, first.batch_id, english))
    assert [(row["campaign"], row["cost"]) for row in rows] == [
        ('\'=HYPERLINK("x")', "-5"), ("'@home", "-5"), ("''=odd", "--"),
    ]  # fmt: skip
    for row in rows:
        row |= {"date": "2026-07-01", "cost": "-5"}
    imported(workspace, tmp_path, written(rows), "mended.csv")
    assert workspace.rows("select campaign, cost from spend order by row_number") == [
        ('=HYPERLINK("x")', Decimal(-5)), ("@home", Decimal(-5)), ("'=odd", Decimal(-5)),
    ]  # fmt: skip


def test_an_order_is_set_aside_whole_and_comes_back_whole(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "order_id,time,revenue,quantity,phone,sku\n1,2026-07-01 10:00:00,10,1,13812345678,a\n1,,5,many,,b\n"
        "2,2026-07-01 11:00:00,7,1,,a\n"
    )
    first = imported(workspace, tmp_path, file)
    assert (first.added, first.rejected) == (1, 2)
    assert [r["reason"].english() for r in rejects(workspace, first.batch_id)] == [
        "another line of this order cannot be taken; an order comes whole or not at all",
        "quantity: 'many' is no number",
    ]
    rows = table(reject_file(workspace, first.batch_id, english))
    rows[1]["quantity"] = "2"
    mended = imported(workspace, tmp_path, written(rows), "mended.csv")
    assert (mended.added, mended.settled) == (2, 2)
    assert workspace.rows("select order_id, revenue from event order by order_id") == [
        ("1", Decimal(15)), ("2", Decimal(7)),
    ]  # fmt: skip
    assert workspace.rows("select count(*) from order_line") == [(3,)]


def test_rows_of_two_imports_do_not_come_back_in_one_file(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, EVENTS, "a.csv")
    rows = table(reject_file(workspace, first.batch_id, english))[:2]
    rows[0]["time"], rows[1]["omnidash_batch"] = "2026-07-02 09:00:00", "77"
    mended = imported(workspace, tmp_path, written(rows), "mended.csv")
    assert (mended.added, mended.rejected) == (1, 1)
    assert "import '77'" in rejects(workspace, mended.batch_id)[0]["reason"].english()


def test_an_identifier_nobody_knows_is_asked_for(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, EVENTS)
    row = table(reject_file(workspace, first.batch_id, english))[0]
    row |= {"time": "2026-07-02 09:00:00", "email": "x***@***.example #123456789abcdef"}
    mended = imported(workspace, tmp_path, written([row]), "mended.csv")
    assert [r["reason"].english() for r in rejects(workspace, mended.batch_id)] == [
        "email: this identifier is no longer known; write it out"
    ]


def test_rows_come_back_only_to_an_import_in_use(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, EVENTS)
    text = reject_file(workspace, first.batch_id, english)
    rollback(workspace, first.batch_id)
    with pytest.raises(BadInput, match="not in use"):
        imported(workspace, tmp_path, text, "mended.csv")


def test_cells_with_quotes_and_line_breaks_survive(workspace: Workspace, tmp_path: Path) -> None:
    name = 'Summer "big"\nsale, 7;8'
    quoted = '"' + name.replace('"', '""') + '"'
    first = imported(workspace, tmp_path, f"date;channel;campaign;cost\nnever;Meta;{quoted};5\n2026-07-01;Meta;x;1\n")
    (row,) = table(reject_file(workspace, first.batch_id, english))
    assert row["campaign"] == name


def test_a_row_with_a_bad_day_keeps_the_words_that_others_say_and_hides_what_only_it_says(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = (
        "2026-07-01,Our Radio,Summer,10", "soonish 5,Our Radio,Summer,11", "soonish 6,Google Ads,Ana Miller,12",
        "soonish 7,Ana Miller,Summer,13", "not a date,Nobody's,x,14",
    )  # fmt: skip
    batch = imported(workspace, tmp_path, "\n".join(("date,channel,campaign,cost", *rows)) + "\n").batch_id
    assert [row["raw"] for row in rejects(workspace, batch)] == [
        "***,Our Radio,Summer,11", "***,Google Ads,***,12", "***,***,Summer,13", "not a date,Nobody's,x,14",
    ]  # fmt: skip


def test_stars_that_hide_a_value_are_no_value_wherever_they_come_back(workspace: Workspace, tmp_path: Path) -> None:
    file = "date,channel,campaign,cost\n2026-07-01,抖音,a,10\nAna Miller,Radio Star,b,13\n"
    first = imported(workspace, tmp_path, file)
    (row,) = table(reject_file(workspace, first.batch_id, english))
    assert row["channel"] == "***"
    row["date"] = "2026-07-02"
    plain = {name: text for name, text in row.items() if not name.startswith("omnidash")}
    for name, back in (("back.csv", row), ("plain.csv", plain)):
        again = imported(workspace, tmp_path, written([back]), name)
        assert (again.added, again.rejected) == (0, 1), name
        (refused,) = rejects(workspace, again.batch_id)
        assert (refused["column"], "hidden" in refused["reason"].english()) == ("channel", True)
    assert workspace.rows("select channel from channel_label union select channel from spend") == [("douyin",)]
    row |= {"channel": "Radio Star", "campaign": "b"}
    assert imported(workspace, tmp_path, written([row]), "whole.csv").settled == 1


def test_a_hidden_identifier_that_comes_back_is_refused_and_a_platforms_own_names_nobody(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = "time,channel,action,member_id,revenue\n2026-07-01 10:00:00,抖音,click,***,\nnever,抖音,click,A1234567,\n"
    first = imported(workspace, tmp_path, file)
    assert (first.added, first.rejected) == (1, 1)
    (row,) = table(reject_file(workspace, first.batch_id, english))
    row |= {"time": "2026-07-02 10:00:00", "member_id": "***"}
    again = imported(workspace, tmp_path, written([row]), "back.csv")
    assert (again.added, again.rejected) == (0, 1)
