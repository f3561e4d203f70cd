"""How long a person waits for the first figures of the overview of ten million events, on a fresh and on a warm server.

    pip install -r requirements-dev.txt       (Playwright, and a Chromium on the machine)
    python -m benchmarks.overview_first_paint [--events N] [--rounds N]

A workspace made in the store (``large_workspace``), its journey table built as an import leaves it. In a real Chromium
the address of the overview is opened; the clock is the page's own. Three times are taken:

*server*, which the promise is about: from the moment the browser asks for the page's script to run until the numbers
of all cards have arrived there (the message of each card is found by its label and its number as they stand on the
screen in the end). What the browser does before, and with them, is not in it; that it may be busy when they come, is.

*first figures*: from the beginning of the navigation to the first frame with a number of a card.

*all drawn*: to the frame in which all is drawn. Both hold the browser's work for cards, table and charts.

The same is done with an empty workspace, whose page is the frame and an invitation (*server*: until its button has
arrived). What the one takes longer than the other is the time for ten million events; a fresh server loads its
libraries in both.

Three states: nothing was counted yet (*new*, once); a fresh server on a workspace that nobody has looked at, counted
ahead by its import as every import of so many events does (*cold*); and the same server a second time, once it has
loaded the kernels of the other screens as well (*warm*). Fails (exit code 1) where the median of the server's time is
more than 1.5 s cold, or 0.4 s warm, above the empty page's.
"""

import argparse
import math
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep

from playwright.sync_api import Browser, sync_playwright

from benchmarks.large_workspace import make_large_workspace
from omnidash.engine.journeys import journeys_of
from omnidash.journeys.warm import warm_first_screen
from omnidash.overview.fill import fill
from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS
from tests.conftest import ROOT
from tests.serving import served

_COLD_SECONDS, _WARM_SECONDS = 1.5, 0.4
_SETTLING_SECONDS = 12.0  # the kernels of the other screens are loaded, once per server, when its first screen stands
_WATCH = """
    window.first = window.all = window.asked = null;
    window.messages = [];
    window.WebSocket = class extends WebSocket {
        constructor(...address) {
            super(...address);
            this.addEventListener('message', ({data}) => window.messages.push([performance.now(), data]));
        }
        send(data) {
            window.asked ??= performance.now();
            super.send(data);
        }
    };
    const look = () => {
        const value = document.querySelector('[data-testid=stMetricValue], .st-key-empty_upload');
        if (window.first === null && value && value.textContent.trim()) window.first = performance.now();
        const rests = document.querySelector('.stApp')?.getAttribute('data-test-script-state') === 'notRunning';
        if (window.first !== null && rests) window.all = performance.now();
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
"""
_ARRIVED = """async () => {
    const texts = await Promise.all(window.messages.map(async ([at, data]) =>
        [at, new TextDecoder().decode(data instanceof Blob ? await data.arrayBuffer() : data)]));
    const cards = [...document.querySelectorAll('[data-testid=stMetric]')].map(card =>
        ['stMetricLabel', 'stMetricValue'].map(part =>
            card.querySelector(`[data-testid=${part}]`).textContent.split('·')[0].trim()));
    if (!cards.length) cards.push(['empty_upload']);
    const arrived = cards.map(said => texts.find(([at, text]) => said.every(part => text.includes(part)))?.[0] ?? NaN);
    return Math.max(...arrived) - window.asked;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Seconds until all cards had arrived, the first figures stood, all was drawn; of an empty page its button."""

    server: float
    first_figures: float
    all_drawn: float


def opened(browser: Browser, url: str) -> Opened:
    """The overview in a context of its own: nothing is cached. Raises ValueError where a card's number was not found in
    what the server sent."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.add_init_script(_WATCH)
    page.goto(f"{url}/?ws=own&lang=en")
    page.wait_for_function("window.all !== null")
    first, drawn = page.evaluate("[window.first, window.all]")
    server = page.evaluate(_ARRIVED)
    context.close()
    if server is None or math.isnan(server):
        raise ValueError("the number of a card came in no message of the server")
    return Opened(server=server / 1000, first_figures=first / 1000, all_drawn=drawn / 1000)


def main() -> int:
    """Measure; the exit code says whether the promise holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    if CHROMIUM is None:
        print("no Chromium on this machine")
        return 1
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    took: dict[str, list[Opened]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        homes = {"full": Path(folder) / "full", "empty": Path(folder) / "empty"}
        for home in homes.values():
            home.mkdir()
        workspace = make_large_workspace(homes["full"] / "own", events=arguments.events, seed=1)
        journeys_of(workspace)
        warm_first_screen()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for number in range(arguments.rounds + 1):
            if number == 1:  # as the import leaves it: nothing of what was counted for *new*
                for file in [*(workspace.folder / "cache").iterdir()]:
                    file.unlink()
                began = perf_counter(), process_time()
                fill(workspace)
                ahead = perf_counter() - began[0], process_time() - began[1]
                workspace.close()
            for kind in ("empty", "full"):
                with served(homes[kind], environment=environment) as url:
                    for state in ("cold", "warm"):
                        if state == "warm":
                            sleep(_SETTLING_SECONDS)
                        name = "new" if (number, state) == (0, "cold") else state
                        times = opened(browser, url)
                        if number or name == "new":
                            took.setdefault(f"{kind} {name}", []).append(times)
        browser.close()
    print(f"journey table and figures counted ahead in {ahead[0]:.1f} s, {ahead[1]:.1f} s of the processors")
    columns = {"server": "server", "first_figures": "first figures", "all_drawn": "all drawn"}
    heads = " ".join(f"{title:>22}" for title in columns.values())
    print(f"{'':6} {heads}   seconds, ours − empty page's, medians of {arguments.rounds}")
    beyond: dict[str, float] = {}
    for state in ("new", "cold", "warm"):
        parts = []
        for part in columns:
            full, empty = (median(getattr(times, part) for times in took[f"{kind} {state}"]) for kind in homes)
            beyond[f"{part} {state}"] = full - empty
            parts.append(f"{full:.2f} − {empty:.2f} = {full - empty:5.2f}")
        print(f"{state:6} {' '.join(f'{part:>22}' for part in parts)}")
    print(f"promised of the server: cold at most {_COLD_SECONDS} s, warm at most {_WARM_SECONDS} s")
    if beyond["server cold"] > _COLD_SECONDS or beyond["server warm"] > _WARM_SECONDS:
        print("FAILED: not fast enough")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
