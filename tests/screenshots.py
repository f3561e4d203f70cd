"""``make screenshots``: every page of the sample workspace, in both languages and both themes, as PNG.

They go to ``screenshots/`` (not committed); the ones the README shows go to ``docs/images/`` with ``--docs``.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from sample_data.build import build_workspace
from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS, PHONE, ready
from tests.conftest import ROOT

PAGES = {
    "overview": "/?", "alerts": "/alerts?", "alerts-rules": "/alerts?section=rules&",
    "channel": "/channel?channel=meta&", "journeys": "/journeys?", "attribution": "/attribution?", "budget": "/budget?", "data": "/data?",
    **{f"customers-{section}": f"/customers?section={section}&" for section in ("identity", "person", "decisions")},
    **{f"data-{section}": f"/data?section={section}&" for section in ("history", "channels", "traffic", "settings")},
}  # fmt: skip
DOCS = {"overview": ("overview", "en"), "overview.zh": ("overview", "zh_CN"), "budget": ("budget", "en")}


def shoot(page: Page, url: str, target: Path) -> None:
    """One page at full height."""
    page.goto(url)
    ready(page)
    page.wait_for_timeout(1200)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": width, "height": min(max(int(height) + 20, 700), 4000)})
    page.wait_for_timeout(900)
    page.screenshot(path=target)


def take_all(browser: Browser, url: str, folder: Path) -> None:
    """Every page × language × theme at desktop width, and every page at phone width."""
    for scheme in ("light", "dark"):
        for language in ("en", "zh_CN"):
            for name, path in PAGES.items():
                page = browser.new_page(viewport=DESKTOP, color_scheme=scheme)
                shoot(page, f"{url}{path}ws=sample&lang={language}", folder / f"{name}-{language}-{scheme}.png")
                page.close()
    for name, path in PAGES.items():
        page = browser.new_page(viewport=PHONE)
        shoot(page, f"{url}{path}ws=sample&lang=zh_CN", folder / f"{name}-phone.png")
        page.close()


def take_docs(browser: Browser, url: str, folder: Path) -> None:
    """The pictures of the README."""
    for target, (name, language) in DOCS.items():
        page = browser.new_page(viewport={"width": 1380, "height": 900})
        shoot(page, f"{url}{PAGES[name]}ws=sample&lang={language}", folder / f"{target}.png")
        page.close()


def main() -> None:
    """Build the sample, start the app, take the pictures, stop the app."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="only the pictures of the README, into docs/images")
    arguments = parser.parse_args()
    folder = ROOT / ("docs/images" if arguments.docs else "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, socket.socket() as probe:
        build_workspace(Path(home) / "sample")
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        url = f"http://127.0.0.1:{port}"
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "OMNIDASH_HOME": home},
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait(url)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                (take_docs if arguments.docs else take_all)(browser, url, folder)
                browser.close()
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait(url: str) -> None:
    for _attempt in range(300):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the app did not start")


if __name__ == "__main__":
    main()
