"""Two members in one on the customers page: listed, parted, told apart, or settled to be one person."""

from omnidash.identity.contested_persons import contested_persons
from omnidash.identity.decisions import decisions
from omnidash.identity.lookup import identifier_ids
from omnidash.identity.persons import persons
from omnidash.identity.preview import Proposal, apply
from omnidash.ingest.run import rollback
from tests.pages.customers import EVENTS, MEMBERS, PAGE, person_of, sentence_at, shown
from tests.pages.driving import assert_sound, own_workspace_with, press, run, sentences


def test_two_members_in_one_are_listed_and_parted_by_the_fewest_links(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"members.csv": MEMBERS})
    app = run(PAGE, monkeypatch, tmp_path, period="all")
    assert "1 person holds numbers that contradict each other" in sentences(app)
    (contested,) = contested_persons(workspace).listed
    app = person_of(tmp_path, monkeypatch, "MB-20002")
    assert "2 values of Member number are one person here" in shown(app)
    app.button(key="part_member_id").click().run()
    assert_sound(app)
    assert "**1 → 2 persons.**" in sentences(app)
    app.text_input(key="proposal_reason").set_value("mother and daughter")
    press(app, "Apply")
    assert persons(workspace).persons == 2
    assert contested_persons(workspace).count == 0 and len(contested.values) == 2


def test_identifiers_with_one_mask_are_told_apart_in_every_list(tmp_path, monkeypatch):
    """MB-10001 and MB-10002 are both MB***: by the beginning of the code that the command line has for them."""
    workspace = own_workspace_with(tmp_path, {"members.csv": MEMBERS.replace("MB-20002", "MB-10002")})
    codes = [f"{identifier_ids(workspace, member)[0]:015x}"[:4] for member in ("MB-10001", "MB-10002")]
    app = person_of(tmp_path, monkeypatch, "MB-10002")
    assert all(shown(app).count(code) >= 2 for code in codes)  # in the warning and in the chain
    assert all(code in app.button(key="part_member_id").label for code in codes)
    app.button(key="part_member_id").click().run()
    assert_sound(app)
    then = next(frame.value for frame in app.dataframe if "Person then" in frame.value.columns)
    assert {f"Member number MB*** #{code}" for code in codes} <= {*then["Identifier"]}
    assert "#" not in "".join(name for name in then["Identifier"] if "Member" not in name)


def test_a_decision_about_an_undone_import_says_so_and_can_be_taken_back(tmp_path, monkeypatch):
    """Nobody was forgotten, and the decision counts again once the file is imported again."""
    workspace = own_workspace_with(tmp_path, {"members.csv": MEMBERS, "events.csv": EVENTS + "\n"})
    member, phone = (identifier_ids(workspace, one)[0] for one in ("MB-10001", "13800000001"))
    apply(workspace, Proposal(cuts=((member, phone),)), reason="two people")
    rollback(workspace, 1)
    app = run(PAGE, monkeypatch, tmp_path, section="decisions")
    said = shown(app)
    assert "forgotten since" not in said
    assert said.count(f"an identifier of undone imports (#{member:015x}"[:-11]) >= 2  # in force, and in the history
    app.button(key="restore_1").click().run()
    assert_sound(app)
    app.text_input(key="proposal_reason").set_value("one person")
    press(app, "Apply")
    assert [decision.is_in_force for decision in decisions(workspace)] == [False, False]


def test_two_members_who_are_one_person_are_listed_no_more(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"members.csv": MEMBERS})
    app = person_of(tmp_path, monkeypatch, "MB-20002")
    app.button(key="one_member_id").click().run()
    assert_sound(app)
    assert "Nobody is regrouped" in sentences(app)
    app.text_input(key="proposal_reason").set_value("registered twice")
    press(app, "Apply")
    assert (persons(workspace).persons, contested_persons(workspace).count) == (1, 0)


def test_a_cut_that_other_rows_undo_says_so_and_offers_these_too(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"members.csv": MEMBERS})
    app = person_of(tmp_path, monkeypatch, "MB-20002")
    place = next(n for n in range(1, 5) if "row 4 of" in app.markdown[sentence_at(app, n)].value)
    app.button(key=f"cut_{place}").click().run()
    said = " ".join(warning.value for warning in app.warning)
    assert "would still be one person" in said and "row 5" in said and "row 6" in said
    app.button(key="proposal_beside").click().run()
    assert_sound(app)
    assert "would still be one person" not in " ".join(warning.value for warning in app.warning)
    assert "**1 → 2 persons.**" in sentences(app)
    assert persons(workspace).persons == 1
