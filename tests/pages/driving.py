"""Driving a page without a browser: start it on a workspace, drop a file, wait until nothing is at work any more."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from omnidash.store import Workspace
from tests.conftest import ROOT
from tests.made_once import workspace_with

TIMEOUT_SECONDS = 120


def own_workspace_with(home: Path, files: dict[str, str]) -> Workspace:
    """One's own workspace below ``home`` with these files imported."""
    return workspace_with(home / "own", files)


def run(
    page: str, monkeypatch: pytest.MonkeyPatch, home: Path, *, opens: Sequence[str] = (), **address: str
) -> AppTest:
    """The page as it stands after its first run, with what ``opens`` names open; an exception on it fails the test."""
    monkeypatch.setenv("OMNIDASH_HOME", str(home))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_SECONDS)
    if page != "app.py":
        app.switch_page(page)
    for name, value in {"ws": "own", "lang": "en", **address}.items():
        app.query_params[name] = value
    for key in opens:
        app.session_state[key] = True
    app.run()
    assert_sound(app)
    return app


def assert_sound(app: AppTest) -> None:
    """Fail with what went wrong and where."""
    wrong = ["\n".join([error.value, *error.proto.stack_trace[-6:]]) for error in app.exception]
    assert not wrong, "\n".join(wrong)


def settled(app: AppTest) -> AppTest:
    """The page once nothing is at work behind it any more."""
    deadline, pause = time.monotonic() + TIMEOUT_SECONDS, 0.05
    while app.get("progress"):
        assert time.monotonic() < deadline, "the work behind the page does not end"
        time.sleep(pause)
        pause = min(2 * pause, 0.8)  # as often as the page itself looks: each look takes the work its processor
        app.run()
    assert_sound(app)
    return app


def drop(app: AppTest, *files: tuple[str, str | bytes]) -> AppTest:
    """Drop files (name, content) on the data page and wait until it has said what they would change."""
    zone = app.file_uploader[0]
    for name, text in files:
        zone = zone.upload(name, text.encode() if isinstance(text, str) else text, "text/csv")
    zone.run()
    return settled(app)


def opened(app: AppTest, *keys: str) -> AppTest:
    """The page with these popovers and expanders open, whose content is drawn only then; without a name with the table
    and definition of every card."""
    for key in keys or cards_of(app):
        app.session_state[key] = True
    app.run()
    return settled(app)


def cards_of(app: AppTest) -> list[str]:
    """The popovers of the page's cards: table, definition, downloads."""
    return [name for name in app.session_state if name.startswith("more_")]


def press(app: AppTest, label: str) -> AppTest:
    """Press the first button of that name and wait for what it starts."""
    next(button for button in app.button if button.label == label).click().run()
    return settled(app)


def edit(
    app: AppTest, key: str, rows: dict[int, dict[str, object]], *, added: Sequence[dict[str, object]] = ()
) -> AppTest:
    """Write into cells (row -> column -> value) of the editable table whose key begins with ``key``; append rows."""
    editor = next(table for table in app.data_editor if table.key and table.key.startswith(key))
    app.session_state[editor.key] = {"edited_rows": rows, "added_rows": list(added), "deleted_rows": []}
    app.run()
    return settled(app)


def sentences(app: AppTest) -> str:
    """All that the page says, to look for words in."""
    shown = [*app.title, *app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(element.value for element in shown)


def to_reload(app: AppTest) -> dict[str, str]:
    """The address of the page, for a new session that is to see the same."""
    return {name: values[0] if isinstance(values, list) else str(values) for name, values in app.query_params.items()}
