"""``labels`` and ``visit`` on the command line."""

import json
from pathlib import Path

import pytest

from omnidash.cli.main import main
from omnidash.ingest.channels import assign
from omnidash.store import Workspace
from tests.made_once import workspace_with


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    text = "date,channel,cost\n2026-07-01,Flow A,100\n2026-07-02,抖音-新客,50\n2026-07-02,Douyin,10\n"
    return workspace_with(tmp_path / "workspace", {"file.csv": text})


def run(shop: Workspace, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main([*words, "--workspace", str(shop.folder), "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_labels_are_listed_with_suggestions_for_the_unknown(
    shop: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = run(shop, capsys, "labels")["labels"]
    assert isinstance(rows, list)
    assert [(r["label"], r["channel"], r["is_guessed"], r["suggested"], r["spend"]) for r in rows] == [
        ("Flow A", "flow_a", True, None, 100.0),
        ("抖音-新客", "抖音_新客", True, "douyin", 50.0),
        ("Douyin", "douyin", False, None, 10.0),
    ]


def test_labels_are_assigned_after_a_look(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    version = shop.data_version
    would = run(shop, capsys, "labels", "--set", "抖音-新客=douyin", "--dry-run")
    assert (would["rows"], shop.data_version) == (1, version)
    assert run(shop, capsys, "labels", "--set", "抖音-新客=douyin", "Flow A=jd")["moved"] == 2
    assert shop.rows("select sum(cost) from spend where channel = 'douyin'") == [(60,)]


def test_an_assignment_must_name_both(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["labels", "--workspace", str(shop.folder), "--set", "Flow A"]) == 2
    assert "LABEL=CHANNEL" in capsys.readouterr().err
    assert main(["labels", "--workspace", str(shop.folder), "--set", "Flow A=nowhere"]) == 3


def test_a_visit_is_explained(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assign(shop, {"kol_li": "xiaohongshu"})
    by_rule = run(shop, capsys, "visit", "https://shop.example/?gclid=x")
    assert (by_rule["channel"], by_rule["source"]) == ("google_ads", "google")
    by_label = run(shop, capsys, "visit", "https://shop.example/?utm_source=kol_li", "--referrer", "https://t.co/")
    assert (by_label["channel"], by_label["label"]) == ("xiaohongshu", "kol_li")
    goes_on = run(shop, capsys, "visit", "https://shop.example/", "--referrer", "https://www.paypal.com/")
    assert (goes_on["channel"], goes_on["continues"]) == (None, True)


def test_the_version_is_told_and_an_unknown_batch_names_the_next_command(
    shop: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out.startswith("omnidash ")
    for words in (["rollback", "99"], ["rejects", "99"], ["why", "nobody@shop.example"]):
        assert main(["--workspace", str(shop.folder), *words]) == 3
        assert "omnidash batches" in capsys.readouterr().err
