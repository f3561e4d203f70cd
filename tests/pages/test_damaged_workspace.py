"""Pages on a workspace whose file is damaged say so, name it and what helps, and leave the way to the other ones."""

import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from omnidash.store import Workspace, gate
from omnidash.store.workspace import DATABASE
from omnidash.ui.explain import drawer
from tests.pages.driving import assert_sound, run

_BLOCK = 262_144
_HEADERS = 12_288


def damaged(home: Path, folder: Path, block: int) -> Path:
    """A copy of a home of which one block of the database is overturned."""
    shutil.copytree(home, folder)
    file = folder / "own" / DATABASE
    with file.open("r+b") as opened:
        opened.seek(_HEADERS + block * _BLOCK + 100)
        was = opened.read(64)
        opened.seek(-64, os.SEEK_CUR)
        opened.write(bytes(byte ^ 0xFF for byte in was))
    return file


def errors(app: AppTest) -> str:
    return " ".join(error.value for error in app.error)


def test_a_page_that_meets_a_damaged_block_says_so(
    filled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Workspace(filled_home / "own").close()
    blocks = (filled_home / "own" / DATABASE).stat().st_size // _BLOCK
    said = 0
    for block in range(0, blocks, max(1, blocks // 6)):
        file = damaged(filled_home, tmp_path / str(block), block)
        app = run("pages/customers.py", monkeypatch, tmp_path / str(block))
        if app.error:
            said += 1
            assert DATABASE in errors(app)
            assert "omnidash restore FILE" in errors(app)
        assert any(choice.key == "choice_workspace" for choice in app.get("button_group")), block
        assert file.exists()
    assert said > 0


def test_one_that_cannot_be_opened_is_said_in_the_readers_language(
    filled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(filled_home, tmp_path / "home")
    file = tmp_path / "home" / "own" / DATABASE
    os.truncate(file, file.stat().st_size // 2)
    app = run("app.py", monkeypatch, tmp_path / "home", lang="zh_CN")
    assert "omnidash restore FILE" in errors(app)
    assert "备份" in errors(app)
    assert any(choice.key == "choice_workspace" for choice in app.get("button_group"))


def test_a_part_that_alone_meets_a_damaged_block_says_so_and_the_page_stays(
    filled_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the ⓘ of a card opens is drawn alone, and reads what the page has not, such as the history of imports."""
    app = run("app.py", monkeypatch, filled_home)

    def history(workspace: Workspace) -> None:
        raise gate.damaged(workspace.folder / DATABASE)

    monkeypatch.setattr(drawer, "history", history)
    next(button for button in app.button if button.key == "explain_number_roi").click().run()
    assert_sound(app)
    assert DATABASE in errors(app)
    assert "omnidash restore FILE" in errors(app)
    assert app.metric, "the page around it"
