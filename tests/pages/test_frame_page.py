"""What every page has around it: the comparison, links, workspaces, the sample's banner."""

import shutil

from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from omnidash.store.snapshots import is_kept, take
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import opened, own_workspace_with, press, run, sentences

EARLY = "2026-06-01..2026-06-07"


def cards(app):
    return {metric.label: metric.value for metric in app.metric}


def test_a_link_with_a_comparison_compares_with_that_and_says_so(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home, period="2026-06-08..2026-06-14")
    assert "Changes against the period before" in sentences(app)
    app = run("app.py", monkeypatch, filled_home, period="2026-06-08..2026-06-14", compare="year")
    assert "the data does not go back so far" in sentences(app)  # June 2025
    assert app.query_params["compare"] in ("year", ["year"])


def test_the_link_names_all_that_the_screen_shows(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home, period=EARLY, channels="paid_search", model="first", compare="year")
    assert not app.code, "it is written when somebody asks for it"
    (link,) = [code.value for code in opened(app, "pop_link").code]
    for part in (f"period={EARLY}", "channels=paid_search", "model=first", "compare=year", "ws=own", "lang=en"):
        assert part in link


def test_the_link_names_the_section_that_was_opened_just_now(filled_home, monkeypatch):
    app = run("pages/customers.py", monkeypatch, filled_home)
    app.segmented_control(key="choice_section").set_value("decisions").run()
    assert "section=decisions" in opened(app, "pop_link").code[0].value


def test_a_link_that_keeps_its_data_shows_the_old_numbers_and_what_came_since(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"touches.csv": touches_csv(), "spend.csv": spend_csv()})
    app = run("app.py", monkeypatch, tmp_path, period="all")
    before = cards(app)
    press(opened(app, "pop_link"), "Keep the data for a link")
    at = app.code[1].value.split("at=")[1].split("&")[0]
    more = tmp_path / "more.csv"
    more.write_text("date,channel,cost\n2026-06-05,Billboard,1000.00\n", encoding="utf-8")
    import_file(workspace, more)
    assert cards(run("app.py", monkeypatch, tmp_path, period="all"))["Spend"] != before["Spend"]
    pinned = run("app.py", monkeypatch, tmp_path, period="all", at=at)
    assert cards(pinned) == before
    assert "Data as of" in sentences(pinned)
    assert "more.csv" in sentences(pinned)
    press(pinned, "Look at the data of today")
    assert cards(pinned)["Spend"] != before["Spend"]
    assert "at" not in pinned.query_params


def test_what_is_kept_for_links_is_listed_and_deleted_under_data(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    name = take(workspace)
    app = run("pages/data.py", monkeypatch, tmp_path, section="history")
    assert "Data kept for links" in sentences(app)
    assert any(f"at={name}" in code.value for code in app.code)
    app.button(key=f"drop_kept_{name}").click().run()
    assert "Data kept for links" not in sentences(app)
    assert not is_kept(workspace, name)


def test_the_report_names_workspace_comparison_level_and_the_moment_of_its_data(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"touches.csv": touches_csv(), "spend.csv": spend_csv()})
    period = "2026-06-08..2026-06-14"
    app = run("app.py", monkeypatch, tmp_path, period=period, compare="year")
    about = app.session_state["collected_for_report"].about
    assert about[0] == "My data"
    assert "vs a year ago (9 Jun – 15 Jun 2025)" in about
    assert "Identity: Normal" in about
    app = run("app.py", monkeypatch, tmp_path, period=period, at=take(workspace))
    assert any(part.startswith("Data as of ") for part in app.session_state["collected_for_report"].about)


def test_a_link_to_data_that_is_gone_says_so(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home, at="77-7")
    assert "not kept any more" in sentences(app)
    press(app, "Look at the data of today")
    assert app.metric


def test_a_damaged_workspace_keeps_nobody_from_the_others(filled_home, monkeypatch):
    broken = filled_home / "workspaces" / "broken"
    broken.mkdir(parents=True)
    (broken / "omnidash.duckdb").write_bytes(b"not a database" * 1000)
    try:
        app = run("app.py", monkeypatch, filled_home)
        assert app.metric
        assert "broken" in app.selectbox(key="choice_workspace").options
    finally:
        shutil.rmtree(broken)


def test_a_workspace_is_made_and_looked_at_from_the_frame(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    app = run("app.py", monkeypatch, tmp_path)
    app.text_input(key="new_workspace").set_value("Brand 二")
    press(app, "Make it")
    assert app.title[0].value == "Your workspace is empty"
    assert app.query_params["ws"] in ("brand-二", ["brand-二"])  # a reload stays there
    assert app.text_input(key="new_workspace").value == ""
    made = Workspace.open(tmp_path / "workspaces" / "brand-二")
    assert made.settings.name == "Brand 二"
    app.selectbox(key="choice_workspace").set_value("own").run()
    assert "Spend" in cards(app)
    app.text_input(key="new_workspace").set_value("brand 二")
    press(app, "Make it")
    assert "already" in sentences(app)


def test_the_sample_says_that_it_is_one(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    assert "sample data of a made-up brand" not in sentences(run("app.py", monkeypatch, tmp_path))
    workspace.change_settings(is_sample=True)
    app = run("app.py", monkeypatch, tmp_path)
    assert "sample data of a made-up brand" in sentences(app)
    assert [button for button in app.button if button.label == "Start with my own data"]


def test_a_further_workspace_is_deleted_once_its_name_is_typed_and_no_other_is(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    further = tmp_path / "workspaces" / "brand"
    Workspace.create(further, name="Brand Two").close()
    assert "delete_workspace" not in {
        b.key for b in run("pages/data.py", monkeypatch, tmp_path, section="settings").button
    }
    app = run("pages/data.py", monkeypatch, tmp_path, section="settings", ws="brand")
    other = run("app.py", monkeypatch, tmp_path, ws="brand")
    assert app.button(key="delete_workspace").proto.disabled
    app.text_input(key="deletion_name").set_value("Brand Two").run()
    app.button(key="delete_workspace").click().run()
    assert not further.exists() and not list(tmp_path.glob(".deleted*"))
    assert Workspace.exists(tmp_path / "own")
    assert app.query_params["ws"] in ("own", ["own"])
    other.run()
    assert "workspace “brand”" in "".join(warning.value for warning in other.warning)
    app.text_input(key="new_workspace").set_value("Brand")
    press(app, "Make it")
    assert Workspace.open(further).data_version == 0
