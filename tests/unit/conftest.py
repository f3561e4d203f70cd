"""A small shop and the command line on it."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from omnidash.cli import main
from omnidash.store import Workspace
from tests.made_once import copied, made_once

FIRST = date(2026, 6, 1)
DAYS = 60


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a workspace with 60 days of a small shop: meta earns 2 for 1, bing loses half of its spend, e-mail
    costs nothing.

    Every day: 3 new persons see meta; one of them goes on to e-mail and buys for 200 a day later; one sees bing and
    buys for 50 a day later.
    """
    template = made_once("shop", lambda folder: _open_the_shop(folder / "workspace"))
    return copied(template / "workspace", tmp_path_factory.mktemp("shop") / "workspace").folder


def _open_the_shop(folder: Path) -> None:
    workspace = Workspace.create(folder, currency="EUR", timezone="UTC")
    events, spend = [], []
    wobble = np.random.default_rng(1).normal(1, 0.3, DAYS).clip(0.3)
    for i in range(DAYS):
        noon = datetime(2026, 6, 1, 12) + timedelta(days=i)
        for person in range(3):
            events.append((noon, 10 * i + person, "meta", "click", True, None))
        events.append((noon + timedelta(hours=1), 10 * i, "email", "click", True, None))
        events.append((noon + timedelta(days=1), 10 * i, None, "purchase", False, 200.0))
        events.append((noon, 10 * i + 5, "bing", "click", True, None))
        events.append((noon + timedelta(days=1), 10 * i + 5, None, "purchase", False, 50.0))
        spend.append((noon.date(), "meta", 100 * wobble[i]))
        spend.append((noon.date(), "bing", 100.0))
    with workspace.writing("test") as cursor:
        for channel in ("bing",):
            cursor.execute("insert into channel values ($c, $c, $c, 'paid', 'public', 99, null, false)", {"c": channel})
        people = sorted({event[1] for event in events})
        cursor.executemany("insert into person values (?, ?)", [(p, p) for p in people])
        cursor.executemany(
            """insert into event (event_id, batch_id, row_number, ts, day, identifier_id, channel, action, is_touch,
               revenue, currency, revenue_base) values (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, 'EUR', ?)""",
            [(k, k, ts, ts.date(), p, c, a, t, r, r) for k, (ts, p, c, a, t, r) in enumerate(events)],
        )
        cursor.executemany(
            """insert into spend (spend_id, batch_id, row_number, day, channel, cost, currency, cost_base)
               values (?, 1, ?, ?, ?, ?, 'EUR', ?)""",
            [(k, k, day, channel, cost, cost) for k, (day, channel, cost) in enumerate(spend)],
        )
    workspace.close()


class Ran:
    """What one run of the command line left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def data(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], shop: Path):
    """``run("channels", "--json")`` on the shop; wrong use, which argparse ends, is caught too."""

    def call(*words: str, workspace: Path = shop) -> Ran:
        try:
            code = main(["--workspace", str(workspace), *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call
