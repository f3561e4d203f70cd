"""The first run: four steps on one's own new workspace, ticked from facts, put away and taken up again."""

from dataclasses import replace
from datetime import datetime

import pytest

from omnidash.engine.file_totals import file_totals
from omnidash.ingest.channels import change, labels
from omnidash.ingest.meaning.inspection import inspect
from omnidash.ingest.run import commit, import_file
from omnidash.store import Workspace
from omnidash.store.first_run import first_run
from omnidash.ui.data.check import channel_totals
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import own_workspace_with, press, run, sentences

STEPS = ("Upload", "Map channels", "Check numbers", "See alerts")


def ticked(app):
    """Step -> whether it is ticked, as the guide shows it; empty where there is no guide."""
    said = [str(link.proto) for link in app.get("page_link")]
    found = {}
    for place, step in enumerate(STEPS, 1):
        for link in said:
            if f"{place} {step}" in link:
                found[step] = "check_circle" in link
    return found


def test_the_steps_are_ticked_one_after_the_other_by_what_is_done(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {})
    assert ticked(run("pages/data.py", monkeypatch, tmp_path)) == dict.fromkeys(STEPS, False)
    (tmp_path / "spend.csv").write_text(spend_csv(), encoding="utf-8")
    import_file(workspace, tmp_path / "spend.csv")
    app = run("app.py", monkeypatch, tmp_path)
    assert [step for step, done in ticked(app).items() if done] == ["Upload"]
    for channel in labels(workspace).filter(labels(workspace)["is_guessed"])["channel"]:
        change(workspace, channel)  # confirmed as it is
    assert ticked(run("app.py", monkeypatch, tmp_path))["Map channels"]
    run("pages/alerts.py", monkeypatch, tmp_path)
    left = [step for step, done in ticked(run("app.py", monkeypatch, tmp_path)).items() if not done]
    assert left == ["Check numbers"]
    app = press(run("pages/data.py", monkeypatch, tmp_path, section="check"), "These numbers are right")
    assert "Found right on" in sentences(app)
    assert ticked(run("app.py", monkeypatch, tmp_path)) == {}  # done: the guide is gone
    version = workspace.version
    assert first_run(workspace).confirmed_version == version[1]


def test_the_guide_is_put_away_and_taken_up_again(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    version = workspace.version
    app = press(run("app.py", monkeypatch, tmp_path), "Skip")
    assert ticked(app) == {}
    assert ticked(run("app.py", monkeypatch, tmp_path)) == {}  # in another session too
    app = run("pages/data.py", monkeypatch, tmp_path)
    assert ticked(app) == {}
    assert ticked(press(app, "Go on with the first steps"))
    assert workspace.version == version  # nothing has to be computed anew for it


def test_neither_the_sample_nor_a_workspace_in_use_has_a_guide(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    with workspace.writing("test") as cursor:
        cursor.execute("update batch set imported_at = $long_ago", {"long_ago": datetime(2020, 1, 1)})
    assert ticked(run("app.py", monkeypatch, tmp_path)) == {}
    sample = own_workspace_with(tmp_path / "sampled", {"spend.csv": spend_csv()})
    sample.change_settings(is_sample=True)
    assert ticked(run("app.py", monkeypatch, tmp_path / "sampled")) == {}


def test_what_the_files_said_stands_beside_the_numbers_and_differences_are_named(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": spend_csv(), "touches.csv": touches_csv()})
    app = run("pages/data.py", monkeypatch, tmp_path, section="check")
    assert app.title[0].value == "All 2 files are in the numbers to the cent"
    tables = [table.value for table in app.dataframe]
    files = next(table for table in tables if "The file says" in table.columns).set_index("File")
    assert files.loc["spend.csv", "The file says"] == files.loc["spend.csv", "In the numbers"] == 28 * 2.5 + 9 * 15 + 5
    assert files.loc["touches.csv", "The file says"] == 21 * 10 + 7 * 20
    channels = next(table for table in tables if "Spend (¥)" in table.columns).set_index("Channel")
    assert channels.loc["Online Video", "Spend (¥)"] == 70
    with workspace.writing("test") as cursor:
        cursor.execute("delete from spend where channel = 'online_video' and day = date '2026-06-02'")
    app = run("pages/data.py", monkeypatch, tmp_path, section="check")
    assert "differs from the numbers" in app.title[0].value


@pytest.mark.parametrize("is_net", [False, True])
def test_refunds_count_against_a_file_only_where_its_amounts_have_them_taken_off(tmp_path, is_net):
    workspace = Workspace.create(tmp_path / "w")
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,time,member_id,revenue,refund\nA,2026-06-01 10:00:00,m1,70.00,30.00\nB,2026-06-02 10:00:00,m2,50.00,0\n",
        encoding="utf-8",
    )
    mapping = inspect(workspace, path).mapping
    assert mapping is not None
    commit(workspace, path, replace(mapping, revenue_is_net=is_net))
    (row,) = file_totals(workspace).to_dicts()
    assert (row["stated"], row["own"], row["difference"]) == (120, 120, 0)
    assert workspace.rows("select sum(revenue) from event where action = 'purchase'") == [(150 if is_net else 120,)]


def test_rows_that_are_there_already_or_replaced_since_are_no_difference(tmp_path):
    workspace = Workspace.create(tmp_path / "w")
    rows = ["date,channel,campaign,cost", "2026-06-01,Search,a,10.10", "2026-06-02,Search,a,20.20"]
    later = [*rows[:2], "2026-06-02,Search,a,25.00", "2026-06-03,Search,a,1.00"]
    for name, text in (("first.csv", rows), ("later.csv", later)):
        (tmp_path / name).write_text("\n".join(text) + "\n", encoding="utf-8")
        import_file(workspace, tmp_path / name)
    found = {row["file"]: row for row in file_totals(workspace).to_dicts()}
    assert (found["first.csv"]["stated"], found["first.csv"]["own"], found["first.csv"]["replaced"]) == (
        30.3,
        10.1,
        20.2,
    )
    assert (found["later.csv"]["own"], found["later.csv"]["there_already"]) == (26.0, 10.1)
    assert [row["difference"] for row in found.values()] == [0, 0]


def test_a_row_that_was_there_already_is_of_no_use_to_its_file_once_a_later_one_says_otherwise(tmp_path):
    workspace = Workspace.create(tmp_path / "w")
    weeks = {"a.csv": ((1, 10), (2, 20)), "b.csv": ((2, 20), (3, 30)), "c.csv": ((2, 25), (3, 30))}
    for name, days in weeks.items():
        rows = ["date,channel,campaign,cost", *(f"2026-06-0{day},Search,a,{cost}.00" for day, cost in days)]
        (tmp_path / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
        import_file(workspace, tmp_path / name)
    parts = ("stated", "own", "there_already", "replaced", "difference")
    found = {row["file"]: tuple(row[part] for part in parts) for row in file_totals(workspace).to_dicts()}
    assert found == {"a.csv": (30, 10, 0, 20, 0), "b.csv": (50, 30, 0, 20, 0), "c.csv": (55, 25, 30, 0, 0)}


def test_events_state_the_sum_of_their_column_with_refunds_and_unpaid_orders(tmp_path):
    rows = ["time,customer_id,channel,action,order_id,revenue", "2026-06-01 10:00:00,c1,meta,purchase,A,100",
            "2026-06-02 10:00:00,c1,meta,refund,A,-30", "2026-06-03 10:00:00,c2,meta,order_created,B,7"]  # fmt: skip
    workspace = own_workspace_with(tmp_path, {"events.csv": "\n".join(rows) + "\n"})
    (row,) = file_totals(workspace).to_dicts()
    assert (row["stated"], row["own"], row["difference"]) == (77, 77, 0)


def test_the_totals_per_channel_add_up_to_all_revenue(tmp_path):
    workspace = Workspace.create(tmp_path / "w")
    rows = "time,channel,action,email,revenue\n2026-06-01 10:00,Meta,purchase,a@x.example,10\n"
    (tmp_path / "e.csv").write_text(rows + "2026-06-02 10:00,,purchase,b@x.example,4.5\n", encoding="utf-8")
    import_file(workspace, tmp_path / "e.csv")
    found = channel_totals(workspace)
    assert found.columns[2].startswith("Net revenue") and found[found.columns[2]].to_list() == [10, 4.5]
    assert found["Rows"].to_list() == [1, 1] and found["Channel"].to_list()[1] == "(no channel named)"
