"""The customers page without a browser: who is who, one person's story, decisions before and after, and forgetting."""

import json
import threading
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from omnidash.identity.likeness import link_alike
from omnidash.identity.lookup import identifier_ids
from omnidash.identity.persons import persons
from omnidash.identity.preview import apply
from omnidash.identity.resolve import set_rules
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from omnidash.store.new_key import begin_new_key
from tests.pages.customers import EMAIL, EVENTS, PAGE, PHONE, TABLET, look_up, person_of, sentence_at, shown
from tests.pages.driving import assert_sound, own_workspace_with, press, run, sentences, settled


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return own_workspace_with(tmp_path, {"events.csv": EVENTS + "\n"})


def test_a_new_key_is_said_where_persons_are_counted(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "a new one begun" not in sentences(run(PAGE, monkeypatch, tmp_path))
    (workspace.folder / "secret.key").unlink()
    begin_new_key(workspace)
    assert "a new one begun on" in sentences(run(PAGE, monkeypatch, tmp_path))


def cut_the_link_of_phone_and_email(app: AppTest) -> AppTest:
    place = next(n for n in (1, 2) if EMAIL[:2] in app.markdown[sentence_at(app, n)].value)
    app.button(key=f"cut_{place}").click().run()
    assert_sound(app)
    return app


def test_the_title_counts_persons_behind_identifiers(workspace, tmp_path, monkeypatch):
    app = run(PAGE, monkeypatch, tmp_path, period="all")
    assert app.title[0].value.startswith("7 persons behind 10 identifiers")
    cards = {card.label: card.value for card in app.metric}
    assert cards["Shared identifiers"] == "1"
    assert len(cards) == 4
    assert "1 hub, 0 contested devices or order contacts and 0 blocked values join nobody" in sentences(app)


def test_every_level_is_counted_and_a_change_of_it_is_previewed_first(workspace, tmp_path, monkeypatch):
    app = run(PAGE, monkeypatch, tmp_path, period="all")
    assert "between 7 and 8" in sentences(app)  # strictly, Ana's device is nobody's to join: one person more
    app.button(key="level_preview_strict").click().run()
    assert "**7 → 8 persons.**" in sentences(app)
    assert workspace.settings.identity_level == "normal"
    press(app, "Set this level")
    assert workspace.settings.identity_level == "strict"
    assert app.title[0].value.startswith("8 persons")


def test_a_person_is_found_by_an_identifier_in_any_spelling_and_explained_by_rows(workspace, tmp_path, monkeypatch):
    app = person_of(tmp_path, monkeypatch, "+86 138-0000-0001")
    assert app.title[0].value == "One person behind 3 identifiers, met on 4 channels"
    said = sentences(app)
    assert "2 rows make this one person" in said
    assert "stood together on row 3 of events.csv" in said
    assert "From Xiaohongshu to the first conversion in 4 days over 3 touches; 1 conversion in all" in said


@pytest.mark.parametrize("typed", [PHONE, EMAIL, "13811111111", TABLET])
def test_what_was_typed_is_kept_nowhere(typed, workspace, tmp_path, monkeypatch):
    app = person_of(tmp_path, monkeypatch, typed)
    assert typed not in shown(app)
    assert typed not in json.dumps(dict(app.query_params))
    assert typed not in repr(app.session_state)
    assert typed not in repr([widget.value for widget in app.text_input])


def test_an_unknown_identifier_and_a_shared_one_are_said_to_be_so(workspace, tmp_path, monkeypatch):
    app = person_of(tmp_path, monkeypatch, "13811111111")
    assert "No imported file names this identifier" in sentences(app)
    look_up(app, TABLET)
    assert app.title[0].value == "This identifier is nobody's"
    assert "Shared by many" in sentences(app)


def test_the_examples_are_persons_to_look_at(workspace, tmp_path, monkeypatch):
    app = run(PAGE, monkeypatch, tmp_path, section="person", period="all")
    app.button(key="example_open_most_channels").click().run()
    assert_sound(app)
    assert app.title[0].value == "One person behind 3 identifiers, met on 4 channels"


def test_a_cut_is_previewed_then_made_with_a_reason_and_can_be_taken_back(workspace, tmp_path, monkeypatch):
    app = cut_the_link_of_phone_and_email(person_of(tmp_path, monkeypatch, PHONE))
    assert "**7 → 8 persons.**" in sentences(app)
    assert {card.label for card in app.metric} >= {"Customers", "Revenue per customer", "Cross-channel rate"}
    assert persons(workspace).persons == 7

    press(app, "Apply")
    assert any("needs a reason" in error.value for error in app.error)
    assert persons(workspace).persons == 7

    app.text_input(key="proposal_reason").set_value("two sisters")
    press(app, "Apply")
    assert persons(workspace).persons == 8
    assert "One person behind 2 identifiers" in app.title[0].value

    app.segmented_control(key="choice_section").set_value("decisions").run()
    assert app.title[0].value == "1 decision is in force"
    assert "two sisters" in shown(app)
    app.button(key="restore_1").click().run()
    assert "**8 → 7 persons.**" in sentences(app)
    app.text_input(key="proposal_reason").set_value("one and the same after all")
    press(app, "Apply")
    assert persons(workspace).persons == 7
    assert app.title[0].value.endswith("no decision is in force")
    assert "taken back by 2" in shown(app)


def test_a_proposal_can_be_left_alone(workspace, tmp_path, monkeypatch):
    app = cut_the_link_of_phone_and_email(person_of(tmp_path, monkeypatch, PHONE))
    press(app, "Leave it as it is")
    assert "8 persons" not in sentences(app)
    assert persons(workspace).persons == 7


def test_an_identifier_can_be_blocked_after_a_preview(workspace, tmp_path, monkeypatch):
    app = person_of(tmp_path, monkeypatch, PHONE)
    app.selectbox(key="block_choice").select_index(0)
    app.button(key="block_preview").click().run()
    assert "Nothing is changed yet" in sentences(app)
    app.text_input(key="proposal_reason").set_value("the shop's own phone")
    press(app, "Apply")
    assert workspace.rows("select kind from identity_decision") == [("block",)]


def test_a_person_is_forgotten_only_by_one_of_their_own_identifiers(workspace, tmp_path, monkeypatch):
    app = person_of(tmp_path, monkeypatch, PHONE)
    app.text_input(key="forget_box").set_value("13900000001")
    press(app, "Forget for good")
    assert any("no identifier of this person" in error.value for error in app.error)
    assert identifier_ids(workspace, PHONE)

    app.text_input(key="forget_box").set_value(EMAIL)
    press(app, "Forget for good")
    assert any("1 person is forgotten" in done.value for done in app.success)
    assert app.title[0].value == "Whose story do you want to see?"
    assert not identifier_ids(workspace, PHONE)
    assert EMAIL not in shown(app)
    app.segmented_control(key="choice_section").set_value("decisions").run()
    assert "Forgotten" in shown(app)


def test_a_list_of_requests_is_forgotten_once_its_length_was_confirmed(workspace, tmp_path, monkeypatch):
    app = run(PAGE, monkeypatch, tmp_path, section="person", period="all")
    app.file_uploader[0].upload("requests.csv", f"phone\n{PHONE}\n13811111111\n".encode(), "text/csv").run()
    assert "2 identifiers are on the list" in sentences(app)
    assert app.button(key="forget_list_confirm").disabled
    app.text_input(key="forget_count_0").set_value("2").run()
    press(app, "Forget them for good")
    told = " ".join(done.value for done in app.success)
    assert "1 person is forgotten" in told
    assert "1 occurs in no file" in told
    assert not identifier_ids(workspace, PHONE)


def test_the_column_of_a_list_is_found_or_chosen_and_nothing_is_red_before(workspace, tmp_path, monkeypatch):
    app = run(PAGE, monkeypatch, tmp_path, section="person", period="all")
    app.file_uploader[0].upload("asked.csv", f"客户姓名,手机号码\n安娜,{PHONE}\n".encode(), "text/csv").run()
    assert app.multiselect(key="columns_0").value == ["手机号码"]
    assert "1 identifier is on the list" in sentences(app)
    app = run(PAGE, monkeypatch, tmp_path, section="person", period="all")
    app.file_uploader[0].upload("asked.csv", f"phone,email,phone\n{PHONE},ana@x.example,\n".encode(), "text/csv").run()
    assert app.multiselect(key="columns_0").value == ["phone", "email"]
    assert "2 identifiers are on the list" in sentences(app)
    app = run(PAGE, monkeypatch, tmp_path, section="person", period="all")
    app.file_uploader[0].upload("asked.csv", f"甲,乙\n安娜,{PHONE}\n".encode(), "text/csv").run()
    assert (app.multiselect(key="columns_0").value, len(app.error)) == ([], 0)
    app.multiselect(key="columns_0").set_value(["乙"]).run()
    assert "1 identifier is on the list" in sentences(app)


def test_the_sample_shows_what_would_change_and_changes_nothing(tmp_path, monkeypatch):
    sample = Workspace.create(tmp_path / "own", is_sample=True)
    (tmp_path / "events.csv").write_text(EVENTS + "\n", encoding="utf-8")
    import_file(sample, tmp_path / "events.csv")
    app = run(PAGE, monkeypatch, tmp_path, period="all")
    assert "The sample data is read only" in sentences(app)
    app.button(key="level_preview_strict").click().run()
    assert "**7 → 8 persons.**" in sentences(app)
    assert app.button(key="proposal_apply").disabled


def test_files_that_name_nobody_are_said_to_be_so(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"events.csv": "time,channel,action\n2026-06-01 10:00:00,Baidu,click\n"})
    for section in ("identity", "person", "decisions"):
        app = run(PAGE, monkeypatch, tmp_path, section=section)
        assert len(app.title) == 1
    assert "Nobody has decided anything" in sentences(app)


def test_the_page_stays_usable_while_a_decision_is_being_made(workspace, tmp_path, monkeypatch):
    may_end = threading.Event()

    def slow(*arguments, **more):
        assert may_end.wait(60)
        return apply(*arguments, **more)

    monkeypatch.setattr("omnidash.ui.customers.proposal.apply", slow)
    app = cut_the_link_of_phone_and_email(person_of(tmp_path, monkeypatch, PHONE))
    app.text_input(key="proposal_reason").set_value("two sisters")
    next(button for button in app.button if button.label == "Apply").click().run()
    assert app.get("progress"), "it runs behind the page"
    assert "stood together on row 3" in sentences(app)
    app.segmented_control(key="choice_section").set_value("decisions").run()
    assert_sound(app)
    assert app.get("progress") and persons(workspace).persons == 7
    may_end.set()
    settled(app)
    assert persons(workspace).persons == 8
    assert app.title[0].value == "1 decision is in force"
    assert any("Decision 1 is in force" in done.value for done in app.success)
    assert not app.run().success, "it is said once"


def test_a_number_that_can_be_two_things_is_read_as_either(tmp_path, monkeypatch):
    both = f"time,channel,action,member_id,phone\n2026-06-01 10:00:00,Baidu,click,{PHONE},13900000002\n"
    own_workspace_with(tmp_path, {"members.csv": both + f"2026-06-02 10:00:00,Tmall,click,,{PHONE}\n"})
    app = person_of(tmp_path, monkeypatch, PHONE)
    reading = app.segmented_control(key="customer_reading")
    titles = set()
    for place in range(len(reading.options)):
        app.segmented_control(key="customer_reading").set_value(place).run()
        assert_sound(app)
        titles.add(app.title[0].value)
    assert titles == {
        "One person behind 1 identifier, met on 1 channel", "One person behind 2 identifiers, met on 1 channel",
    }  # fmt: skip


def test_records_that_are_alike_are_told_with_their_weight_and_can_be_cut(tmp_path, monkeypatch):
    two = "time,channel,action,member_id\n2026-06-01 10:00:00,Baidu,click,card-1\n2026-06-02 10:00:00,Baidu,click,card-2\n"
    workspace = own_workspace_with(tmp_path, {"members.csv": two})
    found = pl.DataFrame({"alike": [0], "other": [1], "weight": [5.5], "probability": [0.97]})
    monkeypatch.setattr("omnidash.identity.likeness.similar_pairs", lambda *_, **__: found)
    cards = pl.DataFrame({"member_id": ["card-1", "card-2"]})
    link_alike(workspace, cards, identifier="member_id", file_name="cards.csv")
    set_rules(workspace, level="loose")
    app = person_of(tmp_path, monkeypatch, "card-1")
    assert "their records in cards.csv are alike (weight 5.5)" in sentences(app).replace("\\", "")
    assert "One person by 1 pair of records alike" in sentences(app)
    app.button(key="cut_1").click().run()
    assert "**1 → 2 persons.**" in sentences(app)


def test_the_page_follows_the_level_of_the_bar_and_says_which_is_the_workspaces(workspace, tmp_path, monkeypatch):
    """Strictly, Ana's laptop is no way to her phone and mail."""
    app = run(PAGE, monkeypatch, tmp_path, period="all", oneid="strict")
    assert app.title[0].value.startswith("8 persons behind 10 identifiers")
    assert {card.label: card.value for card in app.metric}["Persons"] == "8"
    said = sentences(app)
    assert "8 persons at the level “Strict”; between 7 and 8" in said
    assert "**Strict** :blue-badge[looked at]" in said
    assert "**Normal** :gray-badge[level of the workspace]" in said
    assert not [button for button in app.button if button.key == "level_preview_normal"]  # it is set to it
    app.button(key="level_preview_strict").click().run()
    assert "**7 → 8 persons.**" in sentences(app)  # of the workspace, whatever is looked at
    app = person_of(tmp_path, monkeypatch, PHONE, oneid="strict")
    assert app.title[0].value == "One person behind 2 identifiers, met on 3 channels"
    assert "Record and forgetting go by the level of the workspace, “Normal”" in sentences(app)
    assert workspace.settings.identity_level == "normal"


def test_a_decision_is_previewed_at_the_level_looked_at_and_says_so(workspace, tmp_path, monkeypatch):
    app = cut_the_link_of_phone_and_email(person_of(tmp_path, monkeypatch, PHONE, oneid="strict"))
    said = sentences(app)
    assert "**8 → 9 persons.**" in said
    assert "at “Strict”, the level looked at" in said
    assert "“Normal”, the level of the workspace, it may change more or less" in said
    assert "within 30 days of the first" in said
    app = cut_the_link_of_phone_and_email(person_of(tmp_path, monkeypatch, PHONE))
    assert "**7 → 8 persons.**" in sentences(app)
    assert "the level looked at" not in sentences(app)


def test_a_row_that_joins_three_identifiers_is_one_row(tmp_path, monkeypatch):
    row = f"2026-06-03 10:00:00,Baidu,click,{PHONE},{EMAIL},ana-laptop-01,"
    own_workspace_with(tmp_path, {"events.csv": "\n".join([EVENTS.splitlines()[0], row, ""])})
    app = person_of(tmp_path, monkeypatch, PHONE)
    said = sentences(app)
    assert "1 row makes this one person" in said
    assert said.count("stood together on row 2 of events.csv") == 2


def test_blocked_values_are_no_identifiers_and_no_links(tmp_path, monkeypatch):
    rows = [EVENTS, "2026-06-09 10:00:00,Baidu,click,,noreply@shop.example,ana-laptop-01,", ""]
    own_workspace_with(tmp_path, {"events.csv": "\n".join(rows)})
    app = run(PAGE, monkeypatch, tmp_path, period="all")
    assert app.title[0].value.startswith("7 persons behind 10 identifiers")
    assert "noreply@\u2060shop.example" in sentences(app)
