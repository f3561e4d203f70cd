"""The section of traffic rules: trying an address, editing the ordered table, one's own sites, rows there already."""

from omnidash.ingest.traffic import default_rules, rules
from omnidash.store import Workspace
from omnidash.ui.data.rules import in_order
from tests.browser.test_main_job import spend_csv
from tests.pages.driving import edit, own_workspace_with, run, sentences, settled

PAGE = "pages/data.py"
VISITS = """time,customer_id,action,page
2026-06-01 10:00,a,visit,https://shop.example/?utm_source=xhs&utm_medium=kol
2026-06-01 11:00,b,visit,https://shop.example/?utm_source=flyer
"""


def test_an_address_tells_its_channel_and_the_rule(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, section="traffic")
    app.text_input(key="try_url").set_value("https://shop.example/?utm_source=google&utm_medium=cpc&gclid=1").run()
    said = sentences(app)
    assert "Google Ads" in said
    assert "By rule 1" in said
    app.text_input(key="try_url").set_value("").run()
    app.text_input(key="try_referrer").set_value("https://www.paypal.com/checkout").run()
    assert "No channel" in sentences(app)


def test_a_new_rule_comes_first_and_the_rules_of_the_house_come_back(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, section="traffic")
    house = list(default_rules())
    new = {"field": "Source", "pattern": "flyer", "medium": "", "channel": "E-mail"}
    edit(app, "rules_", {}, added=[new])
    app.button(key="rules_save").click().run()
    kept = rules(workspace)
    assert (kept[0].field, kept[0].pattern, kept[0].channel) == ("source", "flyer", "email")
    assert kept[1:] == house
    app.button(key="rules_reset").click().run()
    assert rules(workspace) == house


def test_rows_of_the_table_stand_in_the_order_of_their_numbers():
    def row(number, name):
        return {"number": number, "name": name}

    before = [1.0, 2.0, 3.0, 4.0]
    edited = [row(1.0, "a"), row(2.0, "b"), row(3.0, "c"), row(2.0, "d moved"), row(None, "new"), row(3.0, "e new")]
    assert [r["name"] for r in in_order(before, edited)] == ["new", "a", "d moved", "b", "e new", "c"]


def test_a_rule_that_cannot_be_is_refused_with_the_reason(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, section="traffic")
    edit(app, "rules_", {}, added=[{"field": "Source", "pattern": " | ", "medium": "", "channel": "E-mail"}])
    app.button(key="rules_save").click().run()
    assert any("needs a pattern" in error.value for error in app.error)
    assert rules(workspace) == list(default_rules())


def test_one_s_own_sites_are_kept_as_hosts_and_what_is_none_is_refused(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"spend.csv": spend_csv()})
    app = run(PAGE, monkeypatch, tmp_path, section="traffic")
    app.text_input(key="own_hosts_text").set_value("https://www.shop.example/cart, example.cn")
    app.button(key="own_hosts_save").click().run()
    assert list(workspace.settings.own_hosts) == ["shop.example", "example.cn"]
    app.text_input(key="own_hosts_text").set_value("not a host")
    app.button(key="own_hosts_save").click().run()
    assert any("no host" in error.value for error in app.error)


def test_changed_rules_are_applied_to_imported_rows_after_the_count(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"visits.csv": VISITS})
    app = run(PAGE, monkeypatch, tmp_path, section="traffic")
    edit(app, "rules_", {}, added=[{"field": "Source", "pattern": "flyer", "medium": "", "channel": "E-mail"}])
    app.button(key="rules_save").click().run()
    settled(app.button(key="rules_preview").click().run())
    assert app.button(key="rules_apply").label == "Apply to 1 row"
    assert channels(workspace).get("email", 0) == 0
    settled(app.button(key="rules_apply").click().run())
    assert channels(workspace)["email"] == 1


def channels(workspace: Workspace) -> dict[str, int]:
    return dict(workspace.rows("select channel, count(*) from event group by channel"))
