"""``attribution`` with intervals, campaigns and a chosen order; ``evidence`` kept and withdrawn."""

import json
from pathlib import Path

import pytest

from omnidash.cli import main
from omnidash.ingest.run import import_file
from omnidash.store import Workspace

TOUCHES = "time,customer_id,channel,campaign,action,revenue\n" + "".join(
    f"2026-06-{day:02} 10:{n:02}:00,member{day:02}{n:02},Meta,spring,click,\n"
    + (f"2026-06-{day:02} 11:{n:02}:00,member{day:02}{n:02},E-mail,june,click,\n" if n % 2 else "")
    + (f"2026-06-{day:02} 12:{n:02}:00,member{day:02}{n:02},,,purchase,50\n" if n % 3 == 0 else "")
    for day in range(1, 21)
    for n in range(6)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "touches.csv").write_text(TOUCHES, encoding="utf-8")
    import_file(Workspace.create(home / "w", currency="EUR", timezone="UTC"), home / "touches.csv")
    return home / "w"


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]):
    def command(*words: str) -> dict:
        assert main(["--workspace", str(folder), *words, "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return command


def by_channel(data: dict) -> dict[str, dict]:
    return {row["channel"]: row for row in data["rows"]}


@pytest.mark.parametrize("model", ["last", "shapley", "markov"])
def test_intervals_stand_around_the_credit_and_are_the_same_every_time(run, model: str) -> None:
    bare = by_channel(run("attribution", "--model", model))
    data = run("attribution", "--model", model, "--bootstrap", "50")
    rows = by_channel(data)
    for channel, row in rows.items():
        assert row["conversions"] == pytest.approx(bare[channel]["conversions"])
        assert row["low"] < row["conversions"] < row["high"]
        assert row["value_low"] < row["value"] < row["value_high"]
    assert data["totals"] == pytest.approx({"conversions": 40, "value": 2000})
    assert data == run("attribution", "--model", model, "--bootstrap", "50")


def test_campaigns_are_credited_where_asked(run) -> None:
    rows = by_channel(run("attribution", "--model", "last", "--by", "campaign"))
    assert {name: row["conversions"] for name, row in rows.items()} == {"june": 20, "spring": 20}
    drawn = by_channel(run("attribution", "--model", "last", "--by", "campaign", "--bootstrap", "20"))
    assert drawn["june"]["conversions"] == 20


def test_the_data_may_choose_the_order(run) -> None:
    data = run("attribution", "--model", "markov", "--order", "auto")
    assert data["order"] in (1, 2, 3, 4)
    assert by_channel(data) == by_channel(run("attribution", "--model", "markov", "--order", str(data["order"])))


def test_aggregated_paths_have_intervals_too(run, tmp_path: Path) -> None:
    out = tmp_path / "paths.csv"
    run("paths", "--out", str(out))
    rows = by_channel(
        run("attribution", "--model", "markov", "--order", "auto", "--paths", str(out), "--bootstrap", "40")
    )
    assert all(row["low"] < row["conversions"] < row["high"] for row in rows.values())


def test_the_shapley_value_of_the_rate_may_be_asked_for(run) -> None:
    data = run("attribution", "--model", "shapley", "--worth", "conversion_rate")
    assert data["worth"] == "conversion_rate"
    drawn = run("attribution", "--model", "shapley", "--worth", "conversion_rate", "--bootstrap", "20")
    for channel, row in by_channel(drawn).items():
        assert row["conversions"] == pytest.approx(by_channel(data)[channel]["conversions"])


def test_evidence_is_kept_and_withdrawn(run, tmp_path: Path) -> None:
    file = tmp_path / "tests.csv"
    file.write_text("channel,first_day,last_day,iroas,spend\nMeta,2026-06-01,2026-06-14,1.5,200\n", encoding="utf-8")
    (found,) = run("evidence", "--add", str(file))["evidence"]
    assert (found["channel"], found["incremental_revenue"], found["source"]) == ("meta", 300, "tests.csv")
    again = run("evidence", "--add", str(file))
    assert (len(again["evidence"]), again["added"], again["known"]) == (1, 0, 1)
    assert run("evidence", "--withdraw", str(found["id"]))["evidence"] == []


def test_a_hold_out_test_is_read_from_its_totals(run) -> None:
    groups = ["--exposed", "10000", "300", "30000", "--held-out", "10000", "200", "20000"]
    data = run("hold-out", *groups, "--spend", "5000")
    assert (data["incremental_conversions"], data["incremental_revenue"], data["iroas"]) == (100, 10_000, 2.0)
    assert data["iroas_low"] < 2.0 < data["iroas_high"]
    assert data["is_clear"]
    without_revenue = run("hold-out", "--exposed", "100", "5", "--held-out", "100", "5")
    assert (without_revenue["incremental_revenue"], without_revenue["iroas"]) == (None, None)
    assert not without_revenue["is_clear"]


def test_daily_figures_may_follow_markov(run) -> None:
    """Every conversion is given out once under it, as under last touch, and differently."""
    markov, last = (run("channels", "--model", model)["rows"] for model in ("markov", "last"))
    assert sum(c["conversions"] for c in markov) == pytest.approx(sum(c["conversions"] for c in last))
    assert {c["channel"]: c["conversions"] for c in markov} != {c["channel"]: c["conversions"] for c in last}


def test_experiment_reads_a_file_of_one_row_per_person(tmp_path, capsys):
    path = tmp_path / "test.csv"
    rows = "".join(f"{n},{'AB'[n % 2]},{int(n % 10 < 2 + 3 * (n % 2))}\n" for n in range(1000))
    path.write_text("id,group,bought\n" + rows, encoding="utf-8")
    assert main(["experiment", str(path), "--once", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    control, variant = data["variants"]
    assert (control["persons"], control["mean"]) == (500, 0.2)
    assert (variant["persons"], variant["mean"]) == (500, 0.4)
    assert data["difference"] == pytest.approx(0.2)
    assert data["p_value"] < 1e-9
    assert data["srm"]["p_value"] == 1.0
    assert main(["experiment", str(path), "--metric", "spent"]) == 3
    assert (
        "test.csv has no column of variants or figures called 'spent'; there are group, bought"
        in capsys.readouterr().err
    )
