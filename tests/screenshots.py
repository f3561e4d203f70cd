"""``make screenshots``: every screen of the sample workspace in both languages, both themes and three widths, as PNG,
and what opens on them: drawers, boxes, a person's story. Beside each picture it prints what cannot be read in it.

They go to ``screenshots/`` (not committed); those of README and guides go to ``docs/images/`` with ``--docs``
(``make pictures``).
"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sample_data.build import build_workspace
from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS, PHONE, ready
from tests.browser.legible import NOTE_PAINTED_TEXT, unreadable
from tests.conftest import ROOT
from tests.screens import OPENED, SCREENS, address
from tests.serving import served

# Picture -> screen and language; of README and guides.
DOCS = {
    f"{name}{ending}": (screen, language)
    for name, screen in (("overview", "overview"), ("funnel", "journeys-funnel"), ("budget", "budget-scenarios"))
    for ending, language in (("", "en"), (".zh", "zh_CN"))
}
PROJECTOR = {"width": 1920, "height": 1080}
_TALLEST = 9000  # pixels: the longest screen on a phone


def shoot(page: Page, url: str, target: Path, *, is_whole: bool = True, press: str = "") -> None:
    """One page, at its full height or as it is seen first; ``press``: selector of a button that is pressed before."""
    page.set_default_timeout(120_000)  # the first one waits for the compiler
    page.goto(url)
    _rest(page)
    if press:
        page.locator(press).filter(visible=True).first.click()
        _rest(page)
    if is_whole:
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        width = page.viewport_size["width"]
        page.set_viewport_size({"width": width, "height": min(max(int(height) + 20, 700), _TALLEST)})
        page.wait_for_timeout(900)
    page.screenshot(path=target)


def _rest(page: Page) -> None:
    ready(page)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton], [data-testid=stProgress]')")
    page.wait_for_timeout(1200)


def take_all(browser: Browser, url: str, folder: Path) -> None:
    """Every screen in both languages: both themes at desktop width, and light ones for phones and projectors."""
    shown = {name: (name, "") for name in SCREENS} | OPENED
    for language in ("en", "zh_CN"):
        for viewport, scheme in ((DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PROJECTOR, "light")):
            for name, (screen, press) in shown.items():
                page = browser.new_page(viewport=viewport, color_scheme=scheme)
                page.add_init_script(NOTE_PAINTED_TEXT)
                target = folder / f"{name}-{language}-{scheme}-{viewport['width']}.png"
                is_whole = name not in OPENED or viewport is PHONE
                shoot(page, f"{url}{address(screen, language=language)}", target, is_whole=is_whole, press=press)
                said = unreadable(page, are_tables_whole=viewport is not PHONE)
                sys.stdout.write("\n  ".join([target.name, *said]) + "\n")
                page.close()


def take_docs(browser: Browser, url: str, folder: Path) -> None:
    """The pictures of the README and the guides."""
    for target, (screen, language) in DOCS.items():
        page = browser.new_page(viewport={"width": 1380, "height": 900})
        shoot(page, f"{url}{address(screen, language=language)}", folder / f"{target}.png", is_whole=False)
        page.close()


def main() -> None:
    """Build the sample, start the app, take the pictures, stop the app."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="only the pictures of README and guides, into docs/images")
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots", help="where the pictures go otherwise")
    arguments = parser.parse_args()
    folder = ROOT / "docs/images" if arguments.docs else arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        build_workspace(Path(home) / "sample")
        with served(Path(home)) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            (take_docs if arguments.docs else take_all)(browser, url, folder)
            browser.close()


if __name__ == "__main__":
    main()
