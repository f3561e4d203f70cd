"""A day of each persona: the analyst asks why conversions fell, the manager moves a budget, the uploader brings files.

Every run ends with a picture in ``screenshots/``. Each persona is met in one language and width, so that all four
combinations are met; ``OMNIDASH_LONG=1`` meets everybody in all of them.
"""

import io
import itertools
import os
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as Unanswered
from python_calamine import CalamineWorkbook

from omnidash.locale import Translator, translator
from omnidash.store import Workspace
from tests.browser.conftest import DESKTOP, PHONE, ready
from tests.browser.test_import import STACKED
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.conftest import ROOT

WIDTHS = {"desktop": DESKTOP, "phone": PHONE}
EVERYTHING = list(itertools.product(("en", "zh_CN"), WIDTHS))


def pick(page: Page, box: Locator, words: str) -> None:
    """Open a list and choose: again where it has closed, as lists do when the table above them takes its final height."""
    option = page.get_by_role("option").filter(has_text=words)
    for _attempt in range(5):
        box.click()
        try:
            option.click(timeout=5_000)
        except Unanswered:
            continue
        return
    raise AssertionError(f"no list with {words!r} stays open")


def met(*usual: tuple[str, str]) -> pytest.MarkDecorator:
    chosen = EVERYTHING if os.environ.get("OMNIDASH_LONG") else usual
    return pytest.mark.parametrize(("language", "width"), chosen, ids=["-".join(pair) for pair in chosen])


def at(page: Page, width: str) -> None:
    page.set_viewport_size(WIDTHS[width])


def picture(page: Page, name: str) -> None:
    (ROOT / "screenshots").mkdir(exist_ok=True)
    page.wait_for_timeout(500)
    page.screenshot(path=ROOT / "screenshots" / f"{name}.png")


def go_to(page: Page, name: str, width: str) -> None:
    """Open a page from the navigation, which a phone keeps folded away."""
    if width == "phone":
        page.get_by_test_id("stExpandSidebarButton").click()
    page.locator(".st-key-navigation").get_by_role("link", name=name).click()
    expect(page.locator(".st-key-navigation").get_by_role("link", name=name).locator("strong")).to_have_count(1)
    if width == "phone":
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click(force=True)
    ready(page)


@met(("en", "desktop"))
def test_the_analyst_finds_why_conversions_fell(shared_page, shared, language, width):
    page, say = shared_page, translator(language).text
    at(page, width)
    page.goto(f"{shared.url}/?ws=sample&lang={language}")
    ready(page)
    fallen = page.locator("[class*=st-key-case_]").filter(has=page.get_by_text(say("Migration plan")))
    fallen.get_by_role("link", name=say("Migration plan")).click()
    expect(page.locator("[class*=st-key-card_case]").first).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    ready(page)

    go_to(page, say("Journeys"), width)
    page.get_by_role("radio", name=say("Funnel")).click()
    expect(page.locator(".st-key-card_funnel h2")).to_be_visible()
    ready(page)
    page.locator(".st-key-chart_funnel .barlayer .trace").nth(2).locator(".point").nth(2).click(force=True)
    people = page.locator(".st-key-card_funnel_people")
    expect(people.locator("h2")).to_be_visible()
    people.get_by_role("button", name=say("Before and after this drop-off")).click()
    expect(page.locator(".st-key-card_journey_around .js-plotly-plot").first).to_be_visible()
    ready(page)
    picture(page, f"day-analyst-{language}-{width}")


@met(("zh_CN", "desktop"))
def test_the_manager_moves_money_compares_two_plans_and_takes_them_away(shared_page, shared, language, width):
    page, say = shared_page, translator(language).text
    at(page, width)
    page.goto(f"{shared.url}/budget?ws=sample&lang={language}")
    ready(page)
    finding = page.get_by_role("heading", level=1)
    today = finding.inner_text()
    handle = page.locator("[class*=st-key-spend_]").get_by_role("slider").first
    handle.focus()
    for _press in range(5):
        handle.press("ArrowRight")
    expect(finding).not_to_have_text(today)
    moved = finding.inner_text()
    names = [f"{plan} {language} {width}" for plan in ("A", "B")]
    save(page, say, names[0])
    page.locator(".st-key-plan_best").get_by_role("button").first.click()
    expect(finding).not_to_have_text(moved)
    save(page, say, names[1])
    compared = page.locator(".st-key-card_compared")
    for name in names:  # what was saved is compared at once
        expect(page.get_by_test_id("stMetric").filter(has_text=name)).to_be_visible()
    chart = compared.locator(".js-plotly-plot")
    expect(chart).to_have_count(1)  # while a card is drawn anew its last chart stands beside it for a moment
    expect(chart).to_be_visible()
    with page.expect_download() as download:
        page.locator(".st-key-scenario_xlsx").get_by_role("button").first.click()
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(Path(download.value.path()).read_bytes()))
        .get_sheet_by_index(0)
        .to_python()
    )
    titles = next(row for row in rows if row[0] == say("Channel"))
    assert say("New spend") in titles
    assert sum(row[titles.index(say("New spend"))] for row in rows[rows.index(titles) + 1 :]) > 0
    compared.scroll_into_view_if_needed()
    picture(page, f"day-manager-{language}-{width}")


def save(page: Page, say: Translator, name: str) -> None:
    box = page.locator(".st-key-scenario_name input")
    box.fill(name)
    page.locator(".st-key-scenario_store").get_by_role("button").first.click()
    expect(page.locator(".st-key-scenario_compared")).to_be_visible()
    expect(box).to_have_value("")
    ready(page)


@met(("zh_CN", "phone"))
def test_the_uploader_brings_five_files_one_of_them_broken_and_takes_one_back(page, server, tmp_path, language, width):
    words = translator(language)
    say = words.text
    at(page, width)
    files = {
        "touches.csv": touches_csv().encode(),
        "daily_spend.csv": spend_csv().encode(),
        "snapshot.csv": STACKED.encode(),
        "more_spend.csv": b"day,channel,cost\n2026-06-29,Email,5\n2026-06-30,Email,7\n",
        "broken.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    page.goto(f"{server.url}/data?ws=own&lang={language}")
    ready(page)
    page.locator("input[type=file]").set_input_files([tmp_path / name for name in files])
    expect(page.get_by_test_id("stAlert").filter(has_text="broken.csv")).to_be_visible()
    page.get_by_role("button", name=words.plural("Import {count} file", "Import all {count} files", 4)).click()
    own = Workspace.open(server.home / "own")
    expect(page.get_by_test_id("stAlert").filter(has=page.get_by_text("行"))).to_have_count(4)  # what each file brought
    ready(page)
    assert own.rows("select count(*) from spend") == [(58,)]
    assert own.rows("select count(*) from report") == [(5,)]

    page.get_by_role("radio", name=say("History")).click()
    ready(page)
    pick(page, page.locator(".st-key-history_choice").get_by_role("combobox"), "more_spend.csv")
    page.get_by_role("button", name=say("Undo this import")).click()
    page.locator(".st-key-undo_confirm").get_by_role("button").click()
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    ready(page)
    assert own.rows("select count(*) from spend") == [(56,)]
    picture(page, f"day-uploader-{language}-{width}")
