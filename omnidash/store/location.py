"""Where workspaces live: a folder the user names, else the user-data folder of the platform."""

import os
import sys
from pathlib import Path


def data_home() -> Path:
    """``$OMNIDASH_HOME``, else the platform's folder for a user's application data, plus ``omnidash``."""
    if home := os.environ.get("OMNIDASH_HOME"):
        return Path(home)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "omnidash"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "omnidash"


def own_workspace() -> Path:
    """The user's own workspace: ``$OMNIDASH_WORKSPACE``, else ``own`` in the data home."""
    if folder := os.environ.get("OMNIDASH_WORKSPACE"):
        return Path(folder)
    return data_home() / "own"


def is_own_named() -> bool:
    """Whether the user has said where the workspace is."""
    return bool(os.environ.get("OMNIDASH_WORKSPACE"))


def more_workspaces() -> Path:
    """The folder that holds further workspaces of the user, each in a folder of its own."""
    return data_home() / "workspaces"


def sample_workspace() -> Path:
    """The sample workspace, apart from one's own so that the two never mix."""
    return data_home() / "sample"
