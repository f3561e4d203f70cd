"""What a person said of a file stands in its line of the history, and nothing that the file said itself."""

from dataclasses import replace
from pathlib import Path

from omnidash.ingest.meaning.inspection import inspect
from omnidash.ingest.run import commit, corrected, history
from omnidash.store import Workspace
from tests.unit.ingest_files import ORDERS, imported, write


def answers(workspace: Workspace) -> list[str]:
    return [answer.english() for answer in history(workspace)[0]["answers"]]


def test_answers_to_questions_are_told(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "campaign,cost,clicks\nsale,5.50,3\nbrand,6.25,4\n")
    seen = inspect(workspace, path)
    assert {question.field for question in seen.questions} == {"channel", "date"}
    mapping = corrected(seen.mapping, channel="抖音")
    mapping = replace(mapping, constants={**mapping.constants, "date": "2026-07-01", "end_date": "2026-07-07"})
    commit(workspace, path, mapping)
    assert answers(workspace) == ["its channel is 抖音", "it covers 2026-07-01 – 2026-07-07"]


def test_the_order_of_days_and_the_account_are_told(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n03/04/2026,抖音,5\n04/04/2026,抖音,6\n")
    commit(workspace, path, replace(inspect(workspace, path).mapping, date_order="dmy", account="二店"))
    assert answers(workspace) == ["it is of the account or shop 二店", "dates are day/month/year"]


def test_a_file_that_says_it_all_has_no_answers(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDERS)
    assert answers(workspace) == []
    imported(workspace, tmp_path, "统计时间：2026-07-01至2026-07-02\n渠道,花费\n抖音,5\n微信,6\n", "b.csv")
    assert answers(workspace) == []


def test_an_import_of_before_has_none(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDERS)
    with workspace.writing("an older version") as cursor:
        cursor.execute('update batch set mapping = \'{"kind": "orders"}\'')
    assert answers(workspace) == []
