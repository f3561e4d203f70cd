"""The plan of the budget page in a browser: F5, Back, Forward and a link sent on find it as it was."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import ready

PLAN = re.compile(r"[?&]plan=[0-9a-f]{10}~")


def test_a_plan_outlives_a_reload_and_is_one_step_of_the_browsers_history(shared_page, shared):
    page = shared_page

    def spend() -> list[str]:
        ready(page)
        return [box.input_value() for box in page.locator("[class*=st-key-box_] input").all()]

    page.goto(f"{shared.url}/alerts?ws=sample&lang=en")
    ready(page)
    page.locator(".st-key-navigation").get_by_role("link", name="Budget").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("another split of the budget")
    today = spend()
    handle = page.locator("[class*=st-key-spend_]").first.get_by_role("slider")
    address = page.url
    for _move in range(3):
        handle.focus()
        handle.press("ArrowRight")
        expect(page).not_to_have_url(address)
        address = page.url
        ready(page)
    expect(page).to_have_url(PLAN)
    moved = spend()
    assert moved != today

    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("his plan changes profit by")
    assert spend() == moved
    assert page.url == address, "the address is at rest"

    page.go_back()
    expect(page).to_have_url(re.compile("/alerts"))
    ready(page)
    page.go_forward()
    expect(page).to_have_url(address)
    assert spend() == moved

    page.locator(".st-key-plan_undo button").click()
    expect(page).not_to_have_url(address)
    assert spend() not in (moved, today), "the last move is taken back, not all of them"

    page.context.clear_cookies()
    page.goto("about:blank")
    page.goto(address)  # as a colleague opens it
    assert spend() == moved
