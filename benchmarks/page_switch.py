"""How long a person waits for another page, beside an empty Streamlit page in the same frame.

    pip install -r requirements-dev.txt       (Playwright, and a Chromium on the machine)
    python -m benchmarks.page_switch [--rounds N]

Two servers on the sample workspace: the app, and one whose pages draw the frame (navigation, filters, workspace,
language) and a title, nothing else. In a real Chromium a link of the navigation is clicked, once on the one and once on
the other in turn; the clock starts in the browser with the click and stops at the first frame in which the other page's
title stands and its script is at rest: everything is drawn. The first round, which computes and loads, is not counted.
Fails (exit code 1) where the median of all pages is above 1.5 times the empty page's plus 200 ms.
"""

import argparse
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from omnidash.ui.frame import PAGES
from sample_data.build import build_workspace
from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS, ready
from tests.conftest import ROOT
from tests.serving import served

FACTOR, ALLOWANCE_MILLISECONDS = 1.5, 200
_EMPTY = """import streamlit as st

from omnidash.ui import frame

frame.show("{page}", lambda screen: st.title("Empty {page}"))
"""
_WATCH = """() => {
    const title = () => document.querySelector('h1')?.textContent;
    const before = title();
    window.switched = null;
    window.addEventListener('click', () => {
        const start = performance.now();
        const look = () => {
            const app = document.querySelector('.stApp');
            const rests = app?.getAttribute('data-test-script-state') === 'notRunning';
            const stale = document.querySelector('[data-stale=true]');
            if (rests && !stale && title() && title() !== before) window.switched = performance.now() - start;
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    }, {capture: true, once: true});
}"""


def empty_app(folder: Path) -> Path:
    """An app of the same pages that draw the frame alone."""
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    for name, (script, _icon) in {**PAGES, "channel": ("pages/channel.py", "")}.items():
        target = folder / script
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_EMPTY.format(page=name), encoding="utf-8")
    return folder


def switch(page: Page, place: int) -> float:
    """Milliseconds from the click on the navigation's link to the page."""
    page.evaluate(_WATCH)
    page.locator(".st-key-navigation a").nth(place).click()
    page.wait_for_function("window.switched !== null")
    took = float(page.evaluate("window.switched"))
    page.wait_for_timeout(700)  # somebody looks at it
    return took


def main() -> int:
    """Measure; the exit code says whether the promise holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    if CHROMIUM is None:
        print("no Chromium on this machine")
        return 1
    took: dict[str, dict[str, list[float]]] = {"app": {}, "empty": {}}
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        build_workspace(home / "sample")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        folders = {"app": ROOT, "empty": empty_app(home / "empty")}
        urls = {
            kind: stack.enter_context(served(home, log=home / f"{kind}.log", environment=environment, folder=folder))
            for kind, folder in folders.items()
        }
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pages = {}
        for kind, url in urls.items():
            pages[kind] = browser.new_page(viewport=DESKTOP)
            pages[kind].set_default_timeout(120_000)
            pages[kind].goto(f"{url}/?ws=sample&lang=en")
            ready(pages[kind])
        for number in range(rounds + 1):
            for place, name in [*[*enumerate(PAGES)][1:], (0, "overview")]:
                for kind, page in pages.items():
                    waited = switch(page, place)
                    if number:
                        took[kind].setdefault(name, []).append(waited)
        browser.close()
    print(f"{'page':12} {'ours':>8} {'empty':>8}   milliseconds, medians of {rounds}")
    for name in PAGES:
        print(f"{name:12} {median(took['app'][name]):8.0f} {median(took['empty'][name]):8.0f}")
    ours, empty = (median([ms for all_of in took[kind].values() for ms in all_of]) for kind in took)
    limit = FACTOR * empty + ALLOWANCE_MILLISECONDS
    print(f"all: {ours:.0f} ms, empty {empty:.0f} ms; promised at most {limit:.0f} ms")
    if ours > limit:
        print("FAILED: not fast enough")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
