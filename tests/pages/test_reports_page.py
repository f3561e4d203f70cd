"""The section of platform reports: what was imported is seen, rolled up by its rules, in the reader's language."""

from datetime import date

from tests.pages.driving import own_workspace_with, run, sentences

PAGE = "pages/data.py"
DEVICES = "Device,Cost,Impressions,Clicks\nMobile phones,5,100,2\nComputers,7,50,1\n"
BY_DAY = "# Start date: 20260601\n# End date: 20260603\nNth day,Users\n0000,5\n0001,7\n0002,9\n"


def test_without_reports_the_section_says_what_would_stand_there(tmp_path, monkeypatch):
    app = run(PAGE, monkeypatch, tmp_path, section="reports")
    assert app.title[0].value == "No reports yet"


def test_an_imported_report_is_shown_with_its_items_and_their_sum(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"Devices(2026.06.01-2026.06.30).csv": DEVICES})
    app = run(PAGE, monkeypatch, tmp_path, section="reports")
    assert app.dataframe[0].value["Cost"].tolist() == [7, 5]
    app.segmented_control(key="report_by").set_value("channel").run()
    assert app.dataframe[0].value["Cost"].tolist() == [12]


def test_standard_figures_are_titled_in_the_reader_s_language(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"Devices(2026.06.01-2026.06.30).csv": DEVICES})
    app = run(PAGE, monkeypatch, tmp_path, section="reports", lang="zh_CN")
    assert app.dataframe[0].value["花费"].tolist() == [7, 5]


def test_figures_by_day_are_cut_to_the_chosen_days(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"ga4.csv": BY_DAY})
    app = run(PAGE, monkeypatch, tmp_path, section="reports")
    app.segmented_control(key="report_by").set_value("day").run()
    assert app.dataframe[0].value.iloc[:, -1].tolist() == [5, 7, 9]
    app.date_input[0].set_value((date(2026, 6, 2), date(2026, 6, 3))).run()
    assert app.dataframe[0].value.iloc[:, -1].tolist() == [7, 9]
    assert "never added to your orders" in sentences(app)
