"""Workspaces that lack something: every page opens, says what to upload to fill it, and shows the way there."""

from pathlib import Path

import pytest

from omnidash.ui.needed import missing_for
from tests.browser.test_main_job import spend_csv
from tests.pages.driving import own_workspace_with, run, sentences

ORDERS = "order_id,time,member_id,revenue\n" + "".join(
    f"O{i},2026-06-{1 + i % 20:02} 10:00:00,C{i % 7},{20 + i}\n" for i in range(40)
)
EVENTS = "customer_id,time,interaction,channel\n" + "".join(
    f"C{i % 9},2026-06-{1 + i % 20:02} 10:00:00,click,{('Meta', 'Search')[i % 2]}\n" for i in range(60)
)
PAGES = ("overview", "alerts", "channel", "journeys", "attribution", "budget", "customers")
HAVE = {
    "nothing": {},
    "spend": {"spend.csv": spend_csv()},
    "orders": {"orders.csv": ORDERS},
    "events": {"events.csv": EVENTS},
}
LACK = {  # what each page asks for, by what the workspace has
    "nothing": dict.fromkeys(PAGES, ()),
    "spend": {**dict.fromkeys(PAGES, ("touchpoints", "orders")), "budget": ("orders",)},
    "orders": {**dict.fromkeys(PAGES, ("spend", "touchpoints")), "budget": ("spend",)}
    | dict.fromkeys(("journeys", "customers"), ("touchpoints",)),
    "events": {**dict.fromkeys(PAGES, ("spend", "orders"))} | dict.fromkeys(("journeys", "customers"), ("orders",)),
}


@pytest.fixture(scope="module", params=HAVE)
def lacking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    home = tmp_path_factory.mktemp(request.param)
    own_workspace_with(home, HAVE[request.param])
    return request.param, home


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_lacks_something_opens_and_names_it(lacking, page, monkeypatch):
    have, home = lacking
    app = run("app.py" if page == "overview" else f"pages/{page}.py", monkeypatch, home)
    said = sentences(app)
    links = [str(link.proto) for link in app.get("page_link")]
    if have == "nothing":
        (upload,) = [button for button in app.button if button.label == "Upload files"]
        assert upload.proto.type == "primary"
        assert "CSV or Excel" in said
        assert app.title[0].value == "Your workspace is empty"
        assert "Needed columns" in said
        return
    assert any("Upload files" in link and "section=import" in link for link in links)
    asked = next(text.value for text in app.markdown if "To fill this page" in text.value)
    assert {kind for kind in ("spend", "touchpoints", "orders") if kind in asked} == set(LACK[have][page])


def test_the_exports_are_named_with_their_columns_and_where_they_are_found(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {})
    app = run("pages/budget.py", monkeypatch, tmp_path)
    tables = [table.value for table in app.dataframe]
    found = {row["Export"]: row["Where it is found"] for table in tables for _index, row in table.iterrows()}
    assert "Ads Manager" in found["Meta Ads Manager: report broken down by day"]
    assert found["Shopify: orders"] == "Shopify admin → Orders → Export"
    assert "Needed columns: Date and Cost" in sentences(app).replace("\\", "")
    app = run("pages/budget.py", monkeypatch, tmp_path, lang="zh_CN")
    found = {row.iloc[0]: row.iloc[1] for table in app.dataframe for _index, row in table.value.iterrows()}
    assert found["抖店 订单"] == "抖店后台 → 订单 → 订单管理 → 导出"


def test_nothing_is_missed_where_all_is_there(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home)
    assert "To fill this page" not in sentences(app)
    assert missing_for("data", None, "purchase") == ()  # type: ignore[arg-type]  # the data page asks for nothing
