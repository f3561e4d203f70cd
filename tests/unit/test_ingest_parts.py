"""Files of several tables come apart into parts; what must not or cannot be opened is refused, and nothing is left."""

import struct
from datetime import date
from pathlib import Path

import pytest

from omnidash.ingest.reading import archive as archives
from omnidash.ingest.reading.parts import parts, unpack
from omnidash.ingest.reading.period import period_of
from omnidash.ingest.reading.reader import look
from omnidash.ingest.run import import_file
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import EVENTS, SPEND, write
from tests.unit.parts_of_files import archive, names, refusal, scratch, told
from tests.unit.workbook_files import write_xlsx

# ---- plain files and archives


def test_a_plain_file_is_its_own_only_part_and_is_never_removed(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, SPEND)
    (part,) = unpack(workspace, path, name="upload.csv")
    assert (part.path, part.name, part.is_spooled, part.warnings) == (path, "upload.csv", False, ())
    part.discard()
    assert path.exists() and scratch(workspace) == []


def test_the_tables_of_an_archive_are_parts_and_the_rest_is_named(workspace: Workspace, tmp_path: Path) -> None:
    write_xlsx(tmp_path / "book.xlsx", {"Sheet 1": [["Day", "Cost"], [date(2026, 7, 1), 5]]})
    path = archive(
        tmp_path / "report.zip",
        {
            "2026/July.csv": SPEND,
            "events.txt": EVENTS,
            "book.xlsx": (tmp_path / "book.xlsx").read_bytes(),
            "readme.txt": "all money in EUR",
            "empty.csv": "Day,Cost\n",
            "chart.png": b"\x89PNG",
            "__MACOSX/2026/._July.csv": b"\x00\x05\x16\x07",
            ".hidden/x.csv": SPEND,
            "~$book.xlsx": b"lock",
        },
    )
    assert names(workspace, path) == [
        "report.zip › 2026/July.csv",
        "report.zip › events.txt",
        "report.zip › book.xlsx › Sheet 1",
    ]
    assert told(workspace, path) == [
        "report.zip: not imported, for they hold no table: chart.png, readme.txt, empty.csv"
    ]
    assert scratch(workspace) == []


def test_an_archive_is_imported_part_by_part(workspace: Workspace, tmp_path: Path) -> None:
    path = archive(tmp_path / "all.zip", {"spend.csv": SPEND, "events.csv": EVENTS})
    with parts(workspace, path) as found:
        done = [import_file(workspace, part.path, name=part.name) for part in found]
    assert [(d.file, d.kind, d.added) for d in done] == [
        ("all.zip › spend.csv", "spend", 3),
        ("all.zip › events.csv", "events", 3),
    ]


@pytest.mark.parametrize(
    ("encoding", "name"), [("gbk", "七月花费.csv"), ("cp950", "七月花費統計.csv"), ("utf-8", "七月.csv")]
)
def test_names_of_members_from_chinese_windows_are_readable(
    workspace: Workspace, tmp_path: Path, encoding: str, name: str
) -> None:
    path = archive(tmp_path / "report.zip", {"x" * len(name.encode(encoding)): SPEND})
    contents = path.read_bytes().replace(b"x" * len(name.encode(encoding)), name.encode(encoding))
    path.write_bytes(contents)  # the flag that says UTF-8 is not set
    assert names(workspace, path) == [f"report.zip › {name}"]


def test_a_member_is_never_written_where_its_name_says(workspace: Workspace, tmp_path: Path) -> None:
    path = archive(tmp_path / "evil.zip", {"../../../escaped.csv": SPEND, "/abs/\x07bell.csv": SPEND})
    before = set(tmp_path.rglob("*"))
    with parts(workspace, path) as found:
        assert all(part.path.parent == workspace.folder / "tmp" for part in found)
        assert [part.name for part in found][1] == "evil.zip › abs/�bell.csv"
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"inner.zip": "x"}, "holds another archive (inner.zip); unpack it first"),
        ({"inner.rar": "x", "a.csv": SPEND}, "holds another archive (inner.rar)"),
        ({"a.pdf": "x"}, "holds no table; expected CSV"),
        ({}, "holds no table; expected CSV"),
        ({"notes.txt": "hello"}, "report.zip › notes.txt has a header but no rows below it"),
    ],
)
def test_archives_without_tables_or_with_archives_are_refused(
    workspace: Workspace, tmp_path: Path, members: dict[str, str], sentence: str
) -> None:
    assert sentence in refusal(workspace, archive(tmp_path / "report.zip", members))


def test_an_archive_that_calls_itself_a_table_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", {"a.csv": SPEND}).read_bytes()
    said = refusal(workspace, archive(tmp_path / "outer.zip", {"a.csv": inner}))
    assert said.startswith("outer.zip › a.csv is an archive within an archive")


def test_an_encrypted_archive_is_refused_with_a_remedy(workspace: Workspace, tmp_path: Path) -> None:
    path = archive(tmp_path / "secret.zip", {"a.csv": SPEND})
    contents = bytearray(path.read_bytes())
    contents[6] |= 1  # the flags of the member, in front of it and in the directory
    contents[contents.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(contents)
    assert "is encrypted; unpack it with its password" in refusal(workspace, path)


def test_an_archive_that_lies_about_its_size_is_damaged(workspace: Workspace, tmp_path: Path) -> None:
    path = archive(tmp_path / "bomb.zip", {"a.csv": SPEND * 10_000})
    contents = bytearray(path.read_bytes())
    at = contents.index(b"PK\x01\x02") + 24
    contents[at : at + 4] = struct.pack("<I", 100)  # where it says how much will come
    path.write_bytes(contents)
    assert "damaged archive" in refusal(workspace, path)


def test_what_unpacks_to_too_much_is_refused_by_its_own_word(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(tmp_path / "large.zip", {"a.csv": SPEND * 2000, "b.csv": SPEND})
    monkeypatch.setattr(archives, "_BYTES_LIMIT", 1000)
    assert "would unpack to 2 files" in refusal(workspace, path)
    monkeypatch.setattr(archives, "_BYTES_LIMIT", 20 << 30)
    monkeypatch.setattr(archives, "_SPARE_BYTES", 1 << 60)
    assert "more than the disk has left" in refusal(workspace, path)


def test_damage_anywhere_in_an_archive_is_told(workspace: Workspace, tmp_path: Path) -> None:
    path = archive(tmp_path / "bad.zip", {"a.csv": SPEND * 50})
    contents = path.read_bytes()
    path.write_bytes(contents[:200])
    assert "damaged archive" in refusal(workspace, path)
    middle = bytearray(contents)
    middle[60:70] = b"\xff" * 10
    path.write_bytes(middle)
    assert "damaged archive" in refusal(workspace, path)


def test_one_broken_text_does_not_keep_the_others_out(workspace: Workspace, tmp_path: Path) -> None:
    broken = "日期,花费\n2026-07-01,天".encode()[:-1] + b",\n" * 3
    path = archive(tmp_path / "two.zip", {"good.csv": SPEND, "broken.csv": broken})
    with parts(workspace, path) as found:
        good, bad = found
        assert import_file(workspace, good.path, name=good.name).added == 3
        with pytest.raises(BadInput, match=r"two\.zip › broken\.csv line 2 has broken text"):
            import_file(workspace, bad.path, name=bad.name)


# ---- stacked tables

CARDS = """\
# ----------------------------------------
# Report CSV Export
# Property: Shop
# ----------------------------------------
#
# Start date: 20260701
# End date: 20260703
Nth day,Users
0000,1
0001,5

# Where do they come from?
# Start date: 20260601
# End date: 20260630
Country,Users
DE,1

#
# Start date: 20260701
# End date: 20260703
Event name,Conversions


# Start date: 20260701
# End date: 20260703
Nth day
0000
0001

# Start date: 20260701
# End date: 20260703
Country ID,New users
DE,1
AT,2
"""


def test_cards_of_ga4_are_parts_with_their_own_periods_and_row_numbers(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, CARDS, "ga4.csv")
    with parts(workspace, path) as found:
        sources = [look(part.path, name=part.name) for part in found]
        periods = [period_of(source.dialect.preamble) for source in sources]
        warnings = [warning.english() for part in found for warning in part.warnings]
    assert [source.name for source in sources] == ["ga4.csv › table 1", "ga4.csv › table 2", "ga4.csv › table 5"]
    assert [source.dialect.header for source in sources] == [
        ("Nth day", "Users"),
        ("Country", "Users"),
        ("Country ID", "New users"),
    ]
    assert [source.dialect.header_row for source in sources] == [8, 15, 32]
    july, june = (date(2026, 7, 1), date(2026, 7, 3)), (date(2026, 6, 1), date(2026, 6, 30))
    assert periods == [july, june, july]
    assert warnings == ["ga4.csv: tables without rows are left out: 3 (Event name, Conversions), 4 (Nth day)"]
    assert scratch(workspace) == []


def test_tables_without_lines_of_their_own_share_those_of_the_file(workspace: Workspace, tmp_path: Path) -> None:
    text = 'Weekly report\n"July 1, 2026 - July 7, 2026"\n\nDevice,Cost\nphone,5\n\nNetwork,Cost,Clicks\nsearch,5,1\n'
    path = write(tmp_path, text)
    with parts(workspace, path) as found:
        sources = [look(part.path, name=part.name) for part in found]
    assert [s.dialect.header_row for s in sources] == [4, 7]
    assert {period_of(s.dialect.preamble) for s in sources} == {(date(2026, 7, 1), date(2026, 7, 7))}


@pytest.mark.parametrize(
    "text",
    [
        "Day,Campaign,Cost\n2026-07-01,a,1\n\n2026-07-02,b,2\n\n\n2026-07-03,c,3\n",
        "Day,Campaign,Cost\n2026-07-01,a,1\n\nTotal,,1\n",
        "Day,Campaign,Cost\n2026-07-01,a,1\n\nTotals\nCost,Clicks\n1,5\n",
        "Report,Sales\nFrom,2026-07-01\nTo,2026-07-31\n\nDay,Campaign,Cost\n2026-07-01,a,1\n",
        "数据生成时间：2017-10-10,,\n1. 时间范围：20171009,,\n,,\n日期,账户,消费\n2017-10-09,a,5\n",
        "Name,City\nAna,Paris\n\nBo,Rome\n\nCy,Oslo\n",
        "Day,Cost\n2026-07-01,5\n\nNotes:\nCTR, clicks by impressions\nCPC, cost by clicks\n",
        "Day,Cost\n2026-07-01,5\n\n© 2026 Ads Inc.\n",
        "# one comment\nDay,Cost\n2026-07-01,5\n# another\n2026-07-02,6\n",
        'Day,Note,Cost\n2026-07-01,"a\n\nCountry,Users\nDE,5",5\n2026-07-02,b,6\n',
    ],
)
def test_one_table_stays_one_table(workspace: Workspace, tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    assert [part.path for part in unpack(workspace, path)] == [path]


def test_tables_stacked_on_a_sheet_come_apart_too(workspace: Workspace, tmp_path: Path) -> None:
    rows = [["Device", "Users"], ["phone", 5], [None], ["Country", "Views", "Users"], ["DE", 7, 3]]
    path = write_xlsx(tmp_path / "book.xlsx", {"S": rows})
    with parts(workspace, path) as found:
        assert [part.name for part in found] == ["book.xlsx › S › table 1", "book.xlsx › S › table 2"]
        assert [look(part.path).dialect.header_row for part in found] == [1, 4]


def test_the_warning_of_a_guessed_encoding_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    text = "Appareil;Créé\nmobile;5\n\nPays;Été;Vues\nFR;7;3\n"
    path = write(tmp_path, text, encoding="cp1252")
    assert ["cp1252" in warning for warning in told(workspace, path)] == [True]


def test_nothing_is_left_where_a_later_step_fails(workspace: Workspace, tmp_path: Path) -> None:
    path = archive(tmp_path / "two.zip", {"a.csv": SPEND, "book.xlsx": b"PK\x03\x04 not really"})
    assert "damaged" in refusal(workspace, path)
    with pytest.raises(RuntimeError), parts(workspace, archive(tmp_path / "b.zip", {"a.csv": SPEND})) as found:
        assert found[0].path.exists()
        raise RuntimeError
    assert scratch(workspace) == []


def test_spooled_parts_are_private(workspace: Workspace, tmp_path: Path) -> None:
    write_xlsx(tmp_path / "book.xlsx", {"S": [["Day", "Cost"], ["2026-07-01", 5]]})
    path = archive(tmp_path / "r.zip", {"a.csv": CARDS, "b.xlsx": (tmp_path / "book.xlsx").read_bytes()})
    with parts(workspace, path) as found:
        assert {oct(part.path.stat().st_mode & 0o777) for part in found} == {"0o600"}
        assert len(found) == 4
