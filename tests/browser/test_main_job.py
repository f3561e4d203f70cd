"""The main job, as a newcomer does it: upload exports, read the numbers, move a budget slider; desktop and phone."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Server, ready
from tests.conftest import real_data

PAGES = {
    "/": "Channel health", "/alerts": "Alerts", "/journeys": "Journeys", "/attribution": "Attribution", "/budget": "Budget",
    "/customers": "Customers", "/experiments": "Experiments", "/data": "Data",
}  # fmt: skip


def touches_csv(days: int = 28) -> str:
    """Every day a click on search and one on video; search sells 10 a day (20 on every fourth day)."""
    rows = ["customer_id,time,interaction,conversion,conversion_value,channel"]
    for day in range(1, days + 1):
        for hour, channel in ((9, "Paid Search"), (10, "Online Video"), (11, "Facebook")):
            rows.append(f"C{day:03}{hour},2026-06-{day:02}T{hour:02}:00:00Z,impression,0,0,{channel}")
        value = 20 if day % 4 == 0 else 10
        rows.append(f"C{day:03}9,2026-06-{day:02}T15:00:00Z,conversion,1,{value},Paid Search")
    return "\n".join(rows) + "\n"


def spend_csv(days: int = 28) -> str:
    rows = ["day,channel,impressions,cost"]
    for day in range(1, days + 1):
        rows += [f"2026-06-{day:02},Paid Search,100,{4 + day % 3}", f"2026-06-{day:02},Online Video,100,2.5"]
    return "\n".join(rows) + "\n"


@pytest.fixture
def exports(tmp_path: Path) -> list[Path]:
    files = {"touches.csv": touches_csv(), "daily_spend.csv": spend_csv()}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / name for name in files]


def upload(page: Page, server: Server, files: list[Path]) -> None:
    """Drop the files on the data page and import every one of them."""
    page.goto(f"{server.url}/data?ws=own&lang=en")
    ready(page)
    page.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(len(files))
    if len(files) > 1:
        page.get_by_role("button", name=f"Import all {len(files)} files").click()
    else:
        page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_test_id("stAlert").filter(has_text="rows read")).to_have_count(len(files))
    ready(page)


def card(page: Page, label: str) -> str:
    """The value of the KPI card with this label."""
    metric = page.get_by_test_id("stMetric").filter(has_text=re.compile(f"^{label}"))
    return metric.get_by_test_id("stMetricValue").first.inner_text()


@pytest.mark.parametrize("path", PAGES if os.environ.get("OMNIDASH_LONG") else ("/", "/data"))
def test_any_page_opened_first_on_a_fresh_server_shows_the_full_frame(page, server, path):
    page.goto(f"{server.url}{path}?ws=sample&lang=en")
    ready(page)
    links = page.locator(".st-key-navigation").get_by_role("link")
    expect(links).to_have_count(len(PAGES))
    expect(links.filter(has_text=PAGES[path])).to_be_visible()
    expect(page.get_by_text("简体中文")).to_be_visible()
    if path != "/data":
        expect(page.locator(".st-key-filters").get_by_text("data until")).to_be_visible()


@pytest.mark.parametrize("page", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)
def test_upload_see_the_numbers_move_a_budget_slider(page, server, exports):
    upload(page, server, exports)
    page.goto(f"{server.url}/?ws=own&lang=en&period=all")
    ready(page)
    assert card(page, "Conversions") == "28"
    assert card(page, "Net revenue") == "¥350.0"
    assert card(page, "Spend") == "¥210.0"

    page.goto(f"{server.url}/budget?ws=own&lang=en&period=all")
    ready(page)
    before = card(page, "Expected net revenue")
    handle = page.locator(".st-key-spend_paid_search").get_by_role("slider")
    handle.focus()
    for _press in range(5):
        handle.press("ArrowRight")
    revenue = page.get_by_test_id("stMetric").filter(has_text="Expected net revenue").get_by_test_id("stMetricValue")
    expect(revenue).not_to_have_text(before)
    expect(page.get_by_role("heading", level=1)).to_contain_text("This plan changes profit by")
    assert card(page, "Spend in") == "¥210.0", "the total is kept"


def test_what_is_pressed_right_after_the_best_plan_leaves_it_as_it_is(shared_page, shared):
    page = shared_page

    def spend() -> list[str]:
        return [box.input_value() for box in page.locator("[class*=st-key-box_] input").all()]

    def press(*names: str) -> None:
        for name in names:
            expect(page.locator(name)).to_be_visible()
            page.evaluate("name => document.querySelector(name).click()", name)
            page.wait_for_timeout(100)  # the first press is being answered, and the browser does not have it yet
        expect(page.get_by_text("Proven: no other split")).to_be_visible()
        ready(page)

    page.goto(f"{shared.url}/budget?ws=sample&lang=en&section=weeks")
    ready(page)
    today = spend()
    press(".st-key-plan_best button")
    best = spend()
    assert best != today
    page.goto(f"{shared.url}/budget?ws=sample&lang=en&section=weeks")  # a session of its own
    ready(page)
    assert spend() == today
    press(".st-key-plan_best button", ".st-key-choice_section button:last-of-type")
    expect(page.locator(".st-key-pace_against")).to_be_visible()
    ready(page)
    assert spend() == best


def test_one_s_own_uploads_never_mix_with_the_sample(page, server, exports):
    page.goto(f"{server.url}/?ws=sample&lang=en&period=all")
    ready(page)
    sample = card(page, "Spend")
    upload(page, server, exports)
    page.goto(f"{server.url}/?ws=sample&lang=en&period=all")
    ready(page)
    assert card(page, "Spend") == sample


def test_the_language_switches_in_place_and_the_filters_stay(page, server):
    page.goto(f"{server.url}/?ws=sample&lang=en&period=last7&model=linear")
    ready(page)
    expect(page.locator(".st-key-filters")).to_contain_text("Last 7 days")
    for _time in range(2):
        page.get_by_text("简体中文").click()
        expect(page.locator(".st-key-navigation")).to_contain_text("渠道健康度")
        expect(page.locator(".st-key-filters")).to_contain_text("线性")
        ready(page)
        assert "lang=zh_CN" in page.url
        assert "period=last7" in page.url
        page.get_by_text("English", exact=True).click()
        expect(page.locator(".st-key-navigation")).to_contain_text("Channel health")
        expect(page.locator(".st-key-filters")).to_contain_text("Linear")
        ready(page)


def test_the_filters_survive_a_change_of_page(page, server):
    page.goto(f"{server.url}/?ws=sample&lang=en&period=last90&model=first")
    ready(page)
    page.locator(".st-key-navigation").get_by_role("link", name="Journeys").click()
    expect(page.locator(".st-key-filters")).to_contain_text("Last 90 days")
    expect(page.locator(".st-key-filters")).to_contain_text("First touch")
    ready(page)
    assert "period=last90" in page.url
    assert "model=first" in page.url


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40),
        ("empty.csv", b""),
        ("header.csv", b"day,channel,cost\n"),
    ],
)
def test_a_file_that_is_no_table_gets_a_clear_message_and_changes_nothing(page, server, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    page.goto(f"{server.url}/data?ws=own&lang=en")
    ready(page)
    page.locator("input[type=file]").set_input_files(tmp_path / name)
    expect(page.get_by_test_id("stAlert").filter(has_text=name)).to_be_visible()
    expect(page.get_by_text("the workspace is unchanged")).to_be_visible()
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)


def test_an_import_can_be_undone_on_the_page(page, server, exports):
    upload(page, server, exports)
    page.get_by_role("radio", name="History").click()
    expect(page.get_by_role("heading", name="2 imports")).to_be_visible()
    page.locator(".st-key-history_choice").get_by_role("combobox").click()
    page.get_by_role("option").filter(has_text="daily_spend.csv").click()
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("removes 56 rows")).to_be_visible()
    page.locator(".st-key-undo_confirm").get_by_role("button").click()
    expect(page.get_by_role("heading", name="1 import")).to_be_visible()
    page.goto(f"{server.url}/budget?ws=own&lang=en&period=all")
    ready(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("No spend in this period")


@pytest.mark.conformance
@pytest.mark.skipif(real_data() is None, reason="no real data beside the project ($OMNIDASH_REAL_DATA)")
def test_real_journeys_uploaded_through_the_browser_fill_every_screen(page, server, tmp_path):
    import gzip

    folder = real_data() / "journeys_july_2018"
    touches = tmp_path / "touches.csv"
    touches.write_bytes(gzip.decompress((folder / "touches.csv.gz").read_bytes()))
    upload(page, server, [touches, folder / "daily_spend.csv"])
    page.goto(f"{server.url}/?ws=own&lang=en&period=all")
    ready(page)
    assert card(page, "Spend") == "¥4,857"
    assert card(page, "Net revenue") == "¥11.4K"
    assert card(page, "Conversions") == "1,838"
    for screen, finding in {
        "/journeys?section=map": "No channel clearly loses more persons at any stage",  # the file knows two stages only
        "/journeys?section=funnel": "Most are lost between",
        "/attribution?section=models": "undervalues",
        "/budget?section=scenarios": "another split of the budget",
    }.items():
        page.goto(f"{server.url}{screen}&ws=own&lang=en&period=all")
        ready(page)
        expect(page.get_by_role("heading", level=1)).to_contain_text(finding)
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
