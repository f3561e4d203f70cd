"""Dropping exports as they are: questions, several tables in one file, cancel, and what becomes of a new channel."""

from pathlib import Path

from playwright.sync_api import Page, expect

from omnidash.store import Workspace
from tests.browser.conftest import Server, ready
from tests.unit.workbook_files import write_xlsx

STACKED = """# ----------------------------------------
# Reports snapshot
# ----------------------------------------
# Start date: 20260601
# End date: 20260603
Nth day,Users
0000,5
0001,7
0002,9

# Start date: 20260601
# End date: 20260603
Session default channel group,Sessions
Direct,4
Organic Search,6
"""
AMBIGUOUS = "date,channel,cost\n03/04/2026,Flyers,5\n05/06/2026,Flyers,7\n"
MANY_ROWS = 300_000  # long enough to be cancelled on any machine


def drop(page: Page, server: Server, *files: Path) -> None:
    page.goto(f"{server.url}/data?ws=own&lang=en")
    ready(page)
    page.locator("input[type=file]").set_input_files(list(files))


def own(server: Server) -> Workspace:
    return Workspace.open(server.home / "own")


def test_an_ambiguous_date_is_answered_and_the_new_channel_assigned(page, server, tmp_path):
    (tmp_path / "flyers.csv").write_text(AMBIGUOUS, encoding="utf-8")
    drop(page, server, tmp_path / "flyers.csv")
    expect(page.get_by_text("03/04/2026").first).to_be_visible()
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)
    page.get_by_text("day / month / year", exact=True).click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_test_id("stAlert").filter(has_text="2 rows added")).to_be_visible()
    assert [str(day) for (day,) in own(server).rows("select day from spend order by day")] == [
        "2026-04-03",
        "2026-06-05",
    ]

    page.get_by_role("radio", name="Channels").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 new label: which channel is it?")
    page.get_by_role("button", name="Merge or delete").click()
    for key, name in {"merge_from": "Flyers", "merge_into": "Offline store"}.items():
        page.locator(f".st-key-{key}").get_by_role("combobox").click()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    page.locator(".st-key-merge_apply").get_by_role("button").click()
    expect(page.get_by_test_id("stAlert").filter(has_text="2 rows have changed their channel")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("The 1 label is assigned")
    assert own(server).rows("select distinct channel from spend") == [("offline_store",)]


def test_a_file_of_several_tables_and_a_workbook_are_imported_at_once_and_seen_as_reports(page, server, tmp_path):
    (tmp_path / "snapshot.csv").write_text(STACKED, encoding="utf-8")
    days = [["day", "channel", "cost"], ["2026-06-01", "Email", 5], ["2026-06-02", "Email", 7]]
    write_xlsx(tmp_path / "spend.xlsx", {"June": days, "Notes": [["nothing but text"]]})
    drop(page, server, tmp_path / "snapshot.csv", tmp_path / "spend.xlsx")
    expect(page.get_by_text("2 tables in this file")).to_be_visible()
    page.get_by_role("button", name="Import all 2 files").click()
    expect(page.get_by_test_id("stAlert").filter(has_text="rows read")).to_have_count(2)
    assert own(server).rows("select count(*) from report") == [(5,)]
    assert own(server).rows("select cast(sum(cost) as integer) from spend") == [(12,)]
    assert not list((server.home / "own" / "tmp").iterdir()), "no copy of an upload stays behind"

    page.get_by_role("radio", name="Platform reports").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 platform reports")
    expect(page.get_by_text("never added to your orders")).to_be_visible()


def test_a_long_import_shows_how_far_it_is_and_can_be_cancelled_while_the_page_stays_usable(page, server, tmp_path):
    with (tmp_path / "events.csv").open("w", encoding="utf-8") as file:
        file.write("time,email,channel,action\n")
        file.writelines(
            f"2026-06-{i % 28 + 1:02} {i % 24:02}:00:00,u{i % 90_000}@example.com,Douyin,click\n"
            for i in range(MANY_ROWS)
        )
    drop(page, server, tmp_path / "events.csv")
    expect(page.get_by_text("300,000 rows", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_test_id("stProgress")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The import was cancelled. Nothing was changed.")).to_be_visible()
    assert own(server).rows("select (select count(*) from batch), (select count(*) from event)") == [(0, 0)]
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_visible()
