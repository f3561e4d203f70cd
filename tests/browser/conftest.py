"""The app as a person meets it: a fresh server, a real Chromium, and a page that fails the test when anything goes wrong."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from omnidash.ingest.run import BatchResult
from tests.serving import served

CHROMIUM = next((shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome") if shutil.which(n)), None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MILLISECONDS = 45_000  # a machine with other work; a test waits for words, never for time
# The state of the script is ahead of the drawing, on a busy machine by seconds: nothing has changed for a while, and the
# browser has nothing left to do. What moves for ever (a clock) is not waited for.
_AT_REST = """() => new Promise(done => {
  const app = document.querySelector('.stApp'), begun = performance.now();
  let changed = begun;
  const watch = new MutationObserver(() => { changed = performance.now(); });
  watch.observe(app, {subtree: true, childList: true, characterData: true});
  const look = () => {
    const now = performance.now();
    const rests = app.getAttribute('data-test-script-state') === 'notRunning' && now - changed > 250;
    if (rests || now - begun > 10000) { watch.disconnect(); done(); }
    else setTimeout(() => requestIdleCallback(look), 50);
  };
  requestIdleCallback(look);
})"""
DESKTOP, PHONE = {"width": 1380, "height": 900}, {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marked, so that they can be chosen; ``tests.conftest`` has one worker run them, one after the other."""
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@dataclass(frozen=True)
class Server:
    """A running app: its address, its data home, and what it printed."""

    url: str
    home: Path
    log: Path


@pytest.fixture(scope="session")
def sample_home(sample: tuple[Path, list[BatchResult]]) -> Path:
    """A data home whose sample workspace is built, to copy from."""
    return sample[0]


@pytest.fixture
def server(tmp_path: Path, sample_home: Path) -> Iterator[Server]:
    """A fresh server on a free port of 127.0.0.1 with the sample built and one's own workspace empty."""
    with running(tmp_path, sample_home) as started:
        yield started


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, sample_home: Path) -> Iterator[Server]:
    """One server for all tests that only look, or keep what they save apart by its name."""
    with running(tmp_path_factory.mktemp("shared"), sample_home) as started:
        yield started


@contextmanager
def running(folder: Path, sample_home: Path) -> Iterator[Server]:
    """A server with a home of its own in ``folder``; afterwards it must have written no traceback and no deprecation."""
    home = folder / "home"
    shutil.copytree(sample_home, home)
    log = folder / "server.log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMNIDASH", "STREAMLIT", "PYTEST"))}
    with served(home, log=log, environment=environment) as url:
        yield Server(url=url, home=home, log=log)
    text = log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in text, text
    assert not re.search(r"deprecat", text, re.IGNORECASE), text


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(params=[DESKTOP], ids=["desktop"])
def page(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Page]:
    """A page whose errors, tracebacks and requests to elsewhere fail the test."""
    with watched(browser, server, request.param) as opened:
        yield opened


@pytest.fixture(params=[DESKTOP], ids=["desktop"])
def shared_page(request: pytest.FixtureRequest, browser: Browser, shared: Server) -> Iterator[Page]:
    """The same on the server that tests share."""
    with watched(browser, shared, request.param) as opened:
        yield opened


@contextmanager
def watched(browser: Browser, server: Server, viewport: dict[str, int]) -> Iterator[Page]:
    """A page of a context of its own; afterwards nothing may have gone wrong in it."""
    context = browser.new_context(viewport=viewport, locale="en-US", accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MILLISECONDS)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(f"page error: {error}"))
    opened.on("console", lambda message: _note_console(message, wrong))
    opened.on("request", lambda sent: _note_request(sent, server.url, wrong))
    yield opened
    exceptions = opened.get_by_test_id("stException").all_inner_texts()
    context.close()
    assert exceptions == []
    assert wrong == []


def ready(page: Page) -> None:
    """Wait until the app has drawn the page and its script is at rest."""
    page.wait_for_selector("h1")
    page.wait_for_function("document.querySelector('.stApp')?.getAttribute('data-test-script-state') === 'notRunning'")
    page.evaluate(_AT_REST)


def _note_console(message: ConsoleMessage, wrong: list[str]) -> None:
    # On a deep link Streamlit's own client first asks for its health below the page's address; that 404 is expected.
    where = str(message.location.get("url", ""))
    if message.type == "error" and "_stcore" not in where:
        wrong.append(f"console: {message.text} ({where})")


def _note_request(sent: Request, url: str, wrong: list[str]) -> None:
    own = (url, url.replace("http", "ws"), "data:", "blob:")
    if not sent.url.startswith(own):
        wrong.append(f"request to {sent.url}")
