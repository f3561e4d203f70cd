"""Every screen in the browser: light to send, accessible, legible, at home on phones, and nothing leaves the machine (``page``)."""

import os

import pytest
from playwright.sync_api import Page, WebSocket

from tests.browser.accessible import problems
from tests.browser.conftest import DESKTOP, PHONE, Server, ready
from tests.browser.legible import NOTE_PAINTED_TEXT, unreadable
from tests.screens import SCREENS, address

MOST_BYTES = 500_000
# The heaviest screens; all of them, in the other language too, in the long run.
CHOSEN = list(SCREENS) if os.environ.get("OMNIDASH_LONG") else [
    "overview", "journeys-funnel", "budget-scenarios", "data-history",
]  # fmt: skip
LANGUAGES = ("en", "zh_CN") if os.environ.get("OMNIDASH_LONG") else ("en",)


def open_screen(page: Page, server: Server, screen: str, language: str) -> None:
    page.goto(f"{server.url}{address(screen, language=language)}")
    ready(page)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton], [data-testid=stProgress]')")
    ready(page)


def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("(m => m.scrollWidth - m.clientWidth)(document.querySelector('[data-testid=stMain]'))"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", CHOSEN)
def test_a_screen_sends_little_and_can_be_read_by_all_in_both_themes_and_on_a_phone(
    shared_page, shared, screen, language
):
    received: list[int] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    shared_page.on("websocket", listen)
    shared_page.add_init_script(NOTE_PAINTED_TEXT)
    open_screen(shared_page, shared, screen, language)
    assert 0 < sum(received) < MOST_BYTES
    assert unreadable(shared_page) == []  # before axe, which paints letters of its own
    assert problems(shared_page) == []
    assert overhang(shared_page) <= 0
    shared_page.emulate_media(color_scheme="dark")
    open_screen(shared_page, shared, screen, language)
    assert problems(shared_page) == []
    shared_page.set_viewport_size(PHONE)
    ready(shared_page)
    assert overhang(shared_page) <= 0
    assert unreadable(shared_page, are_tables_whole=False) == []
    shared_page.set_viewport_size(DESKTOP)


def test_the_report_of_a_page_draws_its_charts_without_any_network(shared_page, shared, browser, tmp_path):
    open_screen(shared_page, shared, "overview", "zh_CN")
    with shared_page.expect_download() as download:
        shared_page.get_by_role("button", name="保存本页").first.click()
    download.value.save_as(tmp_path / "report.html")
    context = browser.new_context(offline=True)
    report = context.new_page()
    asked: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    report.on("pageerror", lambda error: asked.append(str(error)))
    report.goto((tmp_path / "report.html").as_uri())
    report.wait_for_selector("body[data-drawn]")
    charts = report.locator(".chart").count()
    assert charts >= 3
    assert report.locator(".chart .main-svg").count() >= charts
    assert report.locator("h1").inner_text() == shared_page.locator("h1").inner_text()
    assert problems(report) == []
    context.close()
    assert asked == [(tmp_path / "report.html").as_uri()]
