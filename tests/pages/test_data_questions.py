"""What the data page asks of a file's owner before money could count twice or be mistaken."""

from datetime import date
from decimal import Decimal

from omnidash.ingest.rows.rates import set_rates
from omnidash.store import Workspace
from tests.pages.driving import drop, own_workspace_with, press, run, sentences, settled
from tests.unit.test_customer_spaces import CRM, TAOBAO, customers
from tests.unit.test_ingest_currencies import SPEND
from tests.unit.test_ingest_renamed import FIRST, RENAMED

PAGE = "pages/data.py"
SPENT = "select campaign, sum(cost) from spend group by all order by all"


def import_button(app):
    return next(button for button in app.button if button.label == "Import")


def test_a_renamed_campaign_must_be_told_of_before_its_file_comes_in(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"first.csv": FIRST})
    app = drop(run(PAGE, monkeypatch, tmp_path), ("later.csv", RENAMED))
    question = next(radio for radio in app.radio if "Was it renamed" in radio.label)
    assert (question.value, import_button(app).disabled) == (None, True)
    settled(question.set_value("replace").run())
    assert not import_button(app).disabled
    press(app, "Import")
    assert workspace.rows(SPENT) == [("A (old)", Decimal(240)), ("B", Decimal(50)), ("G", Decimal(9))]


def test_sums_in_several_currencies_name_each_and_a_unit_can_be_corrected(tmp_path, monkeypatch):
    workspace = Workspace.create(tmp_path / "own")
    set_rates(workspace, [("USD", date(2026, 7, 1), Decimal(7))])
    app = drop(run(PAGE, monkeypatch, tmp_path), ("spend.csv", SPEND))
    assert "Cost 100.00 CNY + 20.00 USD" in sentences(app)
    unit = next(box for box in app.selectbox if box.label == "'cost' is in")
    settled(unit.set_value("1000").run())
    press(app, "Import")
    assert workspace.rows("select sum(cost_base) from spend") == [(Decimal(240_000),)]


def test_customer_ids_can_be_said_to_be_those_of_other_files(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"crm.csv": CRM})
    app = drop(run(PAGE, monkeypatch, tmp_path), ("shop.csv", TAOBAO.format(number=1)))
    whose = next(box for box in app.text_input if box.label == "Customer ids are those of")
    assert whose.placeholder == "淘宝/天猫"
    settled(whose.set_value("own").run())
    press(app, "Import")
    assert customers(workspace) == [(1, 1)]
