"""The data page without a browser: every state of a file's card, from the drop to the undo."""

from datetime import date
from decimal import Decimal

import pytest

from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import (
    drop,
    edit,
    own_workspace_with,
    press,
    run,
    sentences,
    settled,
)
from tests.unit.workbook_files import write_xlsx

PAGE = "pages/data.py"


def test_a_dropped_file_is_imported_and_leaves_no_copy(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("touches.csv", touches_csv()))
    assert "112 rows" in sentences(app)
    press(app, "Import")
    assert any("112 rows added" in done.value for done in app.success)
    assert Workspace.open(tmp_path / "own").rows("select count(*) from event") == [(112,)]
    assert list((tmp_path / "own" / "tmp").iterdir()) == []


def test_several_files_are_imported_at_once(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("touches.csv", touches_csv()), ("spend.csv", spend_csv()))
    press(app, "Import all 2 files")
    workspace = Workspace.open(tmp_path / "own")
    assert workspace.rows("select count(*) from event") == [(112,)]
    assert workspace.rows("select sum(cost) from spend") == [(Decimal(210),)]


def test_a_file_can_be_taken_off_the_list(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("touches.csv", touches_csv()))
    next(button for button in app.button if button.key.startswith("forget_")).click().run()
    assert "touches.csv" not in sentences(app)
    assert list((tmp_path / "own" / "tmp").iterdir()) == []


def test_the_list_of_files_survives_a_look_at_another_section(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("touches.csv", touches_csv()))
    app.segmented_control(key="choice_section").set_value("settings").run()
    assert "touches.csv" not in sentences(app)
    app.segmented_control(key="choice_section").set_value("import").run()
    assert "touches.csv" in sentences(settled(app))


def test_rows_set_aside_are_shown_with_their_reason_and_the_rest_can_be_imported(tmp_path, monkeypatch):
    broken = spend_csv() + "2026-06-29,Paid Search,1,unknown\nnever,Paid Search,1,1\n"
    app = drop(run(PAGE, monkeypatch, tmp_path), ("spend.csv", broken))
    reasons = next(frame.value["Reason"].tolist() for frame in app.dataframe if "Reason" in frame.value.columns)
    assert len(reasons) == 2
    assert any("unknown" in reason for reason in reasons)
    press(app, "Import")
    assert Workspace.open(tmp_path / "own").rows("select count(*) from spend") == [(56,)]


def test_the_same_file_again_says_that_nothing_would_change_and_is_no_second_batch(filled_home, monkeypatch):
    before = Workspace.open(filled_home / "own").rows("select count(*) from batch")
    app = drop(run(PAGE, monkeypatch, filled_home), ("again.csv", spend_csv()))
    assert any("nothing changes" in said.value for said in app.info)
    assert "already imported as batch" in sentences(app)
    assert "Import" not in [button.label for button in app.button]
    assert Workspace.open(filled_home / "own").rows("select count(*) from batch") == before


def test_a_corrected_file_after_the_same_one_is_imported(filled_home, monkeypatch):
    header, first, *rest = spend_csv().splitlines()
    corrected = "\n".join([header, f"{first}0", *rest])
    app = drop(run(PAGE, monkeypatch, filled_home), ("again.csv", corrected))
    assert "Import" in [button.label for button in app.button]


AMBIGUOUS = "date,channel,cost\n03/04/2026,Email,5\n05/06/2026,Email,7\n"


@pytest.mark.parametrize(("answer", "day"), [("dmy", date(2026, 4, 3)), ("mdy", date(2026, 3, 4))])
def test_a_date_that_can_be_read_in_two_ways_is_asked_about(answer, day, tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("spend.csv", AMBIGUOUS))
    assert "03/04/2026" in app.radio[0].label
    assert "Import" not in [button.label for button in app.button]
    settled(app.radio[0].set_value(answer).run())
    press(app, "Import")
    assert Workspace.open(tmp_path / "own").rows("select min(day) from spend") == [(day,)]


def test_the_channel_that_the_name_of_the_file_speaks_of_is_taken_by_a_click_only(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("tiktok_june.csv", "date,cost\n2026-06-01,5\n"))
    choice = next(box for box in app.selectbox if box.label == "Channel of every row")
    assert choice.value is None
    assert "Import" not in [button.label for button in app.button]
    press(app, "Take TikTok")
    choice = next(box for box in app.selectbox if box.label == "Channel of every row")
    assert choice.value == "tiktok"
    settled(choice.set_value("meta").run())
    press(app, "Import")
    assert Workspace.open(tmp_path / "own").rows("select channel, cost from spend") == [("meta", Decimal(5))]


def test_without_a_channel_nothing_can_be_imported(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("june.csv", "date,cost\n2026-06-01,5\n"))
    assert any("Choose the channel" in said.value for said in app.warning)
    assert "Import" not in [button.label for button in app.button]


IN_DOLLARS = "date,channel,cost,currency\n2026-06-01,Email,5,USD\n2026-06-03,Email,7,USD\n"


def test_a_missing_rate_is_asked_for_in_place_and_the_import_goes_on(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("spend.csv", IN_DOLLARS))
    assert any("USD" in said.value and "a rate is needed" in said.value for said in app.warning)
    app.number_input[0].set_value(7.0)
    press(app, "Use this rate")
    press(app, "Import")
    workspace = Workspace.open(tmp_path / "own")
    assert workspace.rows("select sum(cost_base) from spend") == [(Decimal(84),)]
    assert workspace.rows("select count(*) from rate") == [(3,)]


def test_before_anything_is_in_the_currency_of_the_file_can_become_that_of_all_numbers(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("spend.csv", IN_DOLLARS))
    press(app, "Or count everything in USD")
    press(app, "Import")
    workspace = Workspace.open(tmp_path / "own")
    assert workspace.settings.currency == "USD"
    assert workspace.rows("select sum(cost_base) from spend") == [(Decimal(12),)]


def test_rates_of_a_file_are_taken_or_refused_with_the_line(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("spend.csv", IN_DOLLARS))
    app.file_uploader[1].upload("rates.csv", b"date,currency,rate\n2026-06-01,USD,x\n", "text/csv").run()
    press(app, "Use these rates")
    assert any("row 2" in error.value for error in app.error)
    app.file_uploader[1].clear().upload("rates.csv", b"date,currency,rate\n2026-06-01,USD,7\n2026-06-03,USD,8\n").run()
    press(app, "Use these rates")
    press(app, "Import")
    assert Workspace.open(tmp_path / "own").rows("select sum(cost_base) from spend") == [(Decimal(35 + 56),)]


def test_the_settings_list_the_known_rates(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    set_rates(workspace, [("USD", date(2026, 6, day), Decimal("7.1")) for day in (1, 2)])
    app = run(PAGE, monkeypatch, tmp_path, section="settings")
    known = next(frame.value for frame in app.dataframe if "Currency" in frame.value.columns)
    assert known["Currency"].tolist() == ["USD"]
    assert known["Value of one in CNY"].tolist() == ["7.1"]
    assert [day.date() for day in known["Last day"]] == [date(2026, 6, 2)]


def test_another_kind_reads_the_columns_anew_and_a_column_can_be_given_another_meaning(tmp_path, monkeypatch):
    text = "day,channel,money,other\n2026-06-01,Email,5,8\n"
    app = drop(run(PAGE, monkeypatch, tmp_path), ("june.csv", text))
    kind = next(box for box in app.selectbox if box.label == "This table holds")
    settled(kind.set_value("spend").run())
    assert any("Cost" in said.value for said in app.warning)
    edit(app, "columns_", {3: {"meaning": "Cost"}})
    press(app, "Import")
    assert Workspace.open(tmp_path / "own").rows("select cost from spend") == [(Decimal(8),)]


NO_TABLES = {
    "answer.json": '[{"day": "2026-06-01", "cost": 5}]',
    "report.pdf": "%PDF-1.7 ...",
    "page.html": "<html><p>x",
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_a_file_of_any_type_may_be_dropped_and_is_refused_in_the_reader_s_words(name, tmp_path, monkeypatch):
    app = run(PAGE, monkeypatch, tmp_path, lang="zh_CN")
    assert not app.file_uploader[0].proto.type
    drop(app, (name, NO_TABLES[name]))
    assert any(name in error.value and "CSV" in error.value and "表格" in error.value for error in app.error)


@pytest.mark.parametrize("name", ["empty.csv", "picture.csv"])
def test_a_file_that_is_no_table_says_so_and_changes_nothing(name, tmp_path, monkeypatch):
    content = b"" if name == "empty.csv" else b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
    app = drop(run(PAGE, monkeypatch, tmp_path), (name, content))
    assert any(name in error.value for error in app.error)
    assert "Nothing was imported from this file" in sentences(app)
    assert list((tmp_path / "own" / "tmp").iterdir()) == []


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("section", ["import", "history", "channels", "settings"])
def test_every_section_runs_in_both_languages_by_its_address(section, language, filled_home, monkeypatch):
    app = run(PAGE, monkeypatch, filled_home, section=section, lang=language)
    assert app.segmented_control(key="choice_section").value == section
    assert len(app.title) == 1


def test_an_address_of_a_section_that_is_none_shows_the_drop_zone(filled_home, monkeypatch):
    app = run(PAGE, monkeypatch, filled_home, section="nowhere")
    assert len(app.file_uploader) == 1


def test_history_tells_who_brought_which_file_and_finds_it_by_its_name(filled_home, monkeypatch):
    app = run(PAGE, monkeypatch, filled_home, section="history")
    table = app.dataframe[0].value
    assert table["File"].tolist() == ["spend.csv", "touches.csv"]
    assert table["Rows read"].tolist() == [56, 112]
    app.text_input(key="history_file").set_value("touch").run()
    assert app.dataframe[0].value["File"].tolist() == ["touches.csv"]


def test_history_tells_what_was_answered_for_a_file(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {})
    (tmp_path / "costs.csv").write_text("date,cost\n2026-06-01,5\n2026-06-02,6\n", encoding="utf-8")
    import_file(workspace, tmp_path / "costs.csv", channel="Douyin")
    app = run(PAGE, monkeypatch, tmp_path, section="history")
    app.selectbox(key="history_choice").set_value(1).run()
    assert "its channel is Douyin" in sentences(app)


def test_an_import_can_be_undone_and_says_what_went(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"touches.csv": touches_csv(), "spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, section="history")
    app.selectbox(key="history_choice").set_value(2).run()
    settled(app.button(key="undo_ask").click().run())
    assert "removes 56 rows and brings 0 rows back" in sentences(app)
    assert workspace.rows("select count(*) from spend") == [(56,)]
    settled(app.button(key="undo_confirm").click().run())
    assert any("56 rows removed" in done.value for done in app.success)
    assert workspace.rows("select count(*) from spend") == [(0,)]
    assert workspace.rows("select count(*) from event") == [(112,)]


LABELS = "day,channel,cost\n2026-06-01,抖音-广告,5\n2026-06-02,Flyers,7\n"


def test_a_new_label_is_assigned_to_a_channel_after_a_look_at_what_changes_and_back(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": LABELS})
    app = run(PAGE, monkeypatch, tmp_path, section="channels")
    labels = next(t for t in app.data_editor if t.key.startswith("mapping_"))
    row = labels.value["label"].tolist().index("Flyers")
    edit(app, "mapping_", {row: {"becomes": "E-mail"}})
    assert "1 row changes its channel" in sentences(app)
    assert workspace.rows("select count(*) from spend where channel = 'email'") == [(0,)]
    settled(app.button(key="mapping_apply").click().run())
    assert workspace.rows("select sum(cost) from spend where channel = 'email'") == [(Decimal(7),)]
    settled(app.button(key="mapping_undo").click().run())
    assert workspace.rows("select count(*) from spend where channel = 'email'") == [(0,)]


def test_suggestions_are_filled_in_only_when_asked(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": "day,channel,cost\n2026-06-01,Facebok,5\n"})
    app = run(PAGE, monkeypatch, tmp_path, section="channels")
    assert "changes its channel" not in sentences(app)
    app.button(key="mapping_fill").click().run()
    assert "1 row changes its channel" in sentences(app)
    settled(app.button(key="mapping_apply").click().run())
    assert workspace.rows("select channel from spend") == [("meta",)]


def test_a_channel_is_renamed_grouped_and_made(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": LABELS})
    app = run(PAGE, monkeypatch, tmp_path, section="channels")
    table = next(t for t in app.data_editor if t.key.startswith("channels_"))
    row = table.value["name_en"].tolist().index("Flyers")
    edit(app, "channels_", {row: {"name_zh": "传单", "grouping": "Print", "kind": "owned"}})
    app.button(key="channels_save").click().run()
    assert workspace.rows("select name_zh, grouping, kind from channel where name_en = 'Flyers'") == [
        ("传单", "Print", "owned")
    ]
    app.text_input(key="new_channel_en").set_value("Radio")
    app.button(key="new_channel_create").click().run()
    assert workspace.rows("select count(*) from channel where name_en = 'Radio'") == [(1,)]


def test_two_channels_are_merged_into_one(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": LABELS})
    app = run(PAGE, monkeypatch, tmp_path, section="channels")
    app.selectbox(key="merge_from").set_value("flyers").run()
    app.selectbox(key="merge_into").set_value("email").run()
    settled(app.button(key="merge_apply").click().run())
    assert workspace.rows("select sum(cost) from spend where channel = 'email'") == [(Decimal(7),)]
    assert workspace.rows("select count(*) from channel where channel = 'flyers'") == [(0,)]


def test_the_sample_cannot_be_changed_on_the_channel_screen(filled_home, monkeypatch):
    Workspace.open(filled_home / "own").change_settings(is_sample=True)
    try:
        app = run(PAGE, monkeypatch, filled_home, section="channels")
        assert not [button for button in app.button if button.key in ("mapping_apply", "channels_save", "merge_apply")]
        assert "read only" in sentences(app)
    finally:
        Workspace.open(filled_home / "own").change_settings(is_sample=False)


STACKED = """# Start date: 20260601
# End date: 20260603
Nth day,Users
0000,5
0001,7
0002,9

# Start date: 20260601
# End date: 20260603
Session default channel group,Sessions
Direct,4
Organic Search,6
"""


def test_a_file_of_several_tables_is_one_card_in_which_tables_are_ticked(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("ga4.csv", STACKED))
    assert "2 tables in this file" in sentences(app)
    tables = next(t for t in app.data_editor if t.key.startswith("tables_"))
    assert tables.value["rows"].tolist() == [3, 2]
    edit(app, "tables_", {1: {"take": False}})
    press(app, "Import 1 table")
    assert Workspace.open(tmp_path / "own").rows("select count(*) from report") == [(3,)]
    assert list((tmp_path / "own" / "tmp").iterdir()) == []


def test_all_tables_of_a_file_come_in_as_batches_of_their_own(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("ga4.csv", STACKED))
    press(app, "Import 2 tables")
    workspace = Workspace.open(tmp_path / "own")
    assert workspace.rows("select kind, rows_read from batch order by batch_id") == [("reports", 3), ("reports", 2)]


def test_the_columns_of_every_table_of_a_file_can_be_looked_at(tmp_path, monkeypatch):
    app = drop(run(PAGE, monkeypatch, tmp_path), ("ga4.csv", STACKED))
    second = next(box for box in app.selectbox if box.label == "Table")
    settled(second.select_index(1).run())
    columns = next(t for t in app.data_editor if t.key.startswith("columns_"))
    assert columns.value["column"].tolist() == ["Session default channel group", "Sessions"]


def test_a_table_without_days_asks_for_them(tmp_path, monkeypatch):
    text = "Device,Cost,Impressions,Clicks\nMobile phones,5,10,2\n"
    app = drop(run(PAGE, monkeypatch, tmp_path), ("Devices.csv", text))
    assert any("Choose the days" in said.value for said in app.warning)
    settled(app.date_input[0].set_value((date(2026, 6, 1), date(2026, 6, 30))).run())
    press(app, "Import")
    found = Workspace.open(tmp_path / "own").rows("select day, last_day from report")
    assert found == [(date(2026, 6, 1), date(2026, 6, 30))]


HOSTILE = "![x](http://example.com/x.png) <img src=x> **bold** :material/home: $a$"


@pytest.mark.parametrize("section", ["import", "history", "channels", "traffic", "reports", "settings"])
def test_files_channels_and_sheets_may_be_called_anything_and_are_never_markup(section, tmp_path, monkeypatch):
    text = LABELS.replace("Flyers", HOSTILE) + f"never,{HOSTILE},x\n"
    workspace = Workspace.create(tmp_path / "own")
    (tmp_path / "spend.csv").write_text(text, encoding="utf-8")
    import_file(workspace, tmp_path / "spend.csv", name=f"{HOSTILE}.csv")
    app = run(PAGE, monkeypatch, tmp_path, section=section)
    if section == "import":
        drop(app, (f"{HOSTILE}.csv".replace("/", "-"), text.replace(",7", ",8")))
    if section == "history":
        app.selectbox(key="history_choice").set_value(1).run()
    for line in sentences(app).splitlines():
        assert "![x](" not in line
        assert "**bold**" not in line
        assert "<img" not in line.replace("\\<img", "")


def test_what_is_saved_of_the_history_and_the_numbers_holds_their_tables(filled_home, monkeypatch):
    for section, keys in {"history": ["history"], "check": ["file_totals", "channel_totals"]}.items():
        app = run("pages/data.py", monkeypatch, filled_home, section=section)
        pieces = app.session_state["collected_for_report"].pieces
        assert [key for key in keys if len(pieces[key].table)] == keys


def test_a_workbook_is_called_one_and_not_a_text_with_commas(tmp_path, monkeypatch):
    rows = [["date", "channel", "cost"], ["2026-07-01", "Meta", 5], ["2026-07-02", "Meta", 6]]
    book = write_xlsx(tmp_path / "spend.xlsx", {"Sheet1": rows}).read_bytes()
    shown = sentences(drop(run(PAGE, monkeypatch, tmp_path), ("spend.xlsx", book)))
    assert "Excel workbook" in shown and "UTF-8" not in shown
