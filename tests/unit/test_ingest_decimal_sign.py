"""Whether the comma or the point is decimal is proved by the file, or asked."""

from dataclasses import replace
from pathlib import Path

import pytest

from omnidash.ingest.meaning.decimal_sign import Evidence, evidence_of
from omnidash.ingest.run import commit, import_file, inspect, rejects
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import write


@pytest.mark.parametrize(
    ("values", "has_comma"),
    [
        (["12,50", "1.234"], True),
        (["1.234,56"], True),
        (["1.234.567"], True),
        (["0,125", "1,234"], True),
        (["12.50", "1,234"], False),
        (["1,234,567"], False),
        (["1,00,000"], False),
        (["0.125", "1.234"], False),
        (["12", "900"], False),
        (["1,234", "900"], False),
        (["1,234", "2,500"], None),
        (["1.234", "900"], None),
        (["1.234", "12,50", "12.50"], None),
    ],
)
def test_numbers_tell_their_decimal_sign_or_leave_it_open(values: list[str], has_comma: bool | None) -> None:
    assert evidence_of(values).has_decimal_comma() is has_comma


def test_counts_are_whole_so_what_looks_like_three_decimals_is_grouped() -> None:
    assert evidence_of(["1.000", "900"], are_counts=True) == Evidence(comma=True, small=True)
    assert evidence_of(["1,000"], are_counts=True) == Evidence(point=True)


def test_german_thousands_are_thousands_where_a_count_proves_them(workspace: Workspace, tmp_path: Path) -> None:
    text = "Datum;Kanal;Kosten;Klicks\n13.07.2026;Radio;1.234;1.000\n14.07.2026;Radio;2.500;900\n"
    assert import_file(workspace, write(tmp_path, text)).sums == {"cost": "3734", "clicks": "1900"}


def test_what_nothing_decides_is_asked_and_the_answer_is_remembered(workspace: Workspace, tmp_path: Path) -> None:
    text = "date;channel;cost\n2026-07-01;radio;1.234\n2026-07-02;radio;2.500\n"
    path = write(tmp_path, text)
    seen = inspect(workspace, path)
    assert [(q.field, q.options) for q in seen.questions] == [("decimal_comma", ("comma", "point"))]
    with pytest.raises(BadInput, match="Which sign is decimal"):
        commit(workspace, path, seen.mapping)
    assert commit(workspace, path, replace(seen.mapping, decimal_comma=True)).sums == {"cost": "3734"}
    later = write(tmp_path, text.replace("07-0", "08-0"), "later.csv")
    assert inspect(workspace, later).mapping.decimal_comma is True


def test_a_chinese_header_says_that_points_are_decimal(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, '日期,渠道,花费\n2026-07-01,抖音,"1,234"\n')
    assert import_file(workspace, path).sums == {"cost": "1234"}


def test_other_columns_do_not_speak_unless_they_are_numbers(workspace: Workspace, tmp_path: Path) -> None:
    text = 'date,channel,sizes,cost\n2026-07-01,radio,"12,13","1,234"\n2026-07-02,radio,"12,13",900\n'
    assert import_file(workspace, write(tmp_path, text)).sums == {"cost": "2134"}


def test_a_ratio_beside_the_amounts_speaks(workspace: Workspace, tmp_path: Path) -> None:
    text = 'date,channel,cost,CTR\n2026-07-01,radio,"1,234","7,65%"\n'
    assert inspect(workspace, write(tmp_path, text)).mapping.decimal_comma is True


def test_the_whole_column_is_asked_where_its_beginning_says_nothing(workspace: Workspace, tmp_path: Path) -> None:
    rows = [f"2026-07-01;c{i};1.500" for i in range(220)] + ["2026-07-01;last;12,50"]
    path = write(tmp_path, "\n".join(["date;channel;cost", *rows]) + "\n")
    assert import_file(workspace, path).sums == {"cost": "330012.5"}


def test_parts_of_clicks_are_rounded_and_said_and_the_sums_are_what_is_kept(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = "date,channel,cost,clicks\n2026-07-01,radio,5,12.7\n2026-07-02,radio,5,12.0\n"
    result = import_file(workspace, write(tmp_path, text))
    assert (result.sums["clicks"], workspace.rows("select sum(clicks) from spend")) == ("25", [(25,)])
    assert "1 row counts in parts (12.7 clicks): it is rounded to whole numbers" in [
        w.english() for w in result.warnings
    ]


def test_a_thousand_is_never_made_one(workspace: Workspace, tmp_path: Path) -> None:
    rows = [f"2026-07-01,c{i},12.50,900" for i in range(210)] + ["2026-07-01,last,12.50,1.234"]
    result = import_file(workspace, write(tmp_path, "\n".join(["date,channel,cost,clicks", *rows]) + "\n"))
    assert (result.rejected, rejects(workspace, result.batch_id)[0]["column"]) == (1, "clicks")
