"""From a bar of the funnel to the timeline of one of its persons, as a reader clicks through."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, ready


def test_a_click_on_a_piece_of_a_bar_leads_to_its_persons_and_their_timelines(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/journeys?section=funnel&ws=sample&lang=en&period=last90")
    ready(page)
    lost = page.locator(".st-key-chart_funnel .barlayer .trace").nth(2).locator(".point")
    lost.nth(2).click(force=True)
    people = page.locator(".st-key-card_funnel_people")
    expect(people.get_by_role("heading", name="persons lost after Click")).to_be_visible()

    window = page.locator(".st-key-funnel_window input")
    before = page.locator(".st-key-card_funnel h2").inner_text()
    window.fill("30")
    window.press("Enter")
    expect(page.locator(".st-key-card_funnel h2")).not_to_have_text(before)

    grid = people.locator("canvas").first
    grid.click(position={"x": 18, "y": 55}, force=True)  # a layer of the table lies above its canvas
    open_timeline = people.get_by_role("button", name="Open the timeline")
    expect(open_timeline).to_be_enabled()
    open_timeline.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("One person behind")
