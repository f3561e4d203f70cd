"""Cells of identifiers that nobody can read are counted and said; what two systems write differently is one person."""

import json
from pathlib import Path

import pytest

from omnidash.cli.main import main
from omnidash.identity.lookup import identifier_ids
from omnidash.identity.persons import persons
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from tests.unit.ingest_files import write


def said(workspace: Workspace, folder: Path, column: str, cells: list[str], name: str = "contacts.csv") -> list[str]:
    """The warnings of a file of members with these cells."""
    lines = [f'2026-07-01 10:00:{n:02d},douyin,click,M{n},"{cell}"\n' for n, cell in enumerate(cells)]
    result = import_file(workspace, write(folder, f"time,channel,action,member_id,{column}\n" + "".join(lines), name))
    return [warning.template.format(**warning.values) for warning in result.warnings]


def test_cells_that_identify_nobody_are_counted_with_the_shape_of_one(workspace: Workspace, tmp_path: Path) -> None:
    cells = ["13812345678", "13812345678;13912345678", "13912345678;13812345678", "ask Ann", "", "-", "138****5678"]
    assert said(workspace, tmp_path, "phone", cells) == [
        "phone: 3 cells cannot be read and identify nobody, such as 'xxx xxx' (a digit is *, a letter x)"
    ]


def test_one_such_cell_is_said_of_each_column(workspace: Workspace, tmp_path: Path) -> None:
    assert said(workspace, tmp_path, "email", ["a@x.example, b@x.example", "c@x.example"]) == [
        "email: 1 cell cannot be read and identifies nobody: '***, ***' (a digit is *, a letter x)"
    ]


def test_a_file_whose_cells_can_be_read_says_nothing(workspace: Workspace, tmp_path: Path) -> None:
    assert said(workspace, tmp_path, "phone", ["13812345678转801", "tel:13912345678", "(空)", ""]) == []


@pytest.mark.parametrize(
    "cell", ["anna@xn--bcher-kva.de", "Anna@XN--BCHER-KVA.de", "anna@bu\u0308cher.de", "anna@BÜCHER.de"]
)
def test_an_international_domain_has_one_form(workspace: Workspace, tmp_path: Path, cell: str) -> None:
    said(workspace, tmp_path, "email", ["anna@bücher.de", cell])
    assert persons(workspace).persons == 1
    assert identifier_ids(workspace, cell) == identifier_ids(workspace, "anna@bücher.de") != []


def test_a_domain_that_is_no_punycode_stays(workspace: Workspace, tmp_path: Path) -> None:
    said(workspace, tmp_path, "email", ["anna@xn--\xff.de", "anna@xn--a"])
    assert persons(workspace).persons == 2


@pytest.mark.parametrize(
    ("cell", "typed"),
    [("13812345678转801", "手机：138–1234–5678"), ("+86-0571-87654321", "0571-87654321"),
     ("tel:+8613812345678", "13812345678;13812345678")],
)  # fmt: skip
def test_people_are_looked_up_as_they_are_imported(workspace: Workspace, tmp_path: Path, cell: str, typed: str) -> None:
    said(workspace, tmp_path, "phone", [cell])
    assert len(identifier_ids(workspace, typed)) == 1


US = "time,channel,action,phone\n2026-07-01 10:00:00,email,click,(415) 555-0134\n"


def test_numbers_written_as_in_america_are_pointed_out_elsewhere(workspace: Workspace, tmp_path: Path) -> None:
    cells = ["(415) 555-0134", "415-555-0134", "415.555.0134", "400-812-3456", "+1 (415) 555-0134", "13812345678"]
    (warning,) = said(workspace, tmp_path, "phone", cells)
    assert warning.startswith("phone: 3 phone numbers are written as in North America and were read as those of CN")
    assert "'***-***-****'" in warning


def test_the_country_is_said_when_the_first_import_makes_the_workspace(tmp_path: Path) -> None:
    path, folder = str(write(tmp_path, US)), tmp_path / "new"
    assert main(["import", path, "--country", "us", "--workspace", str(folder)]) == 0
    workspace = Workspace.open(folder)
    assert workspace.settings.country == "US"
    assert identifier_ids(workspace, "+14155550134")
    assert [json.loads(text) for (text,) in workspace.rows("select warnings from batch")] == [[]]
    workspace.close()
    assert main(["import", path, "--again", "--country", "CN", "--workspace", str(folder)]) == 3
    assert main(["import", path, "--again", "--country", "US", "--workspace", str(folder)]) == 0
