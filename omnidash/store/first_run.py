"""How far a workspace's first run is: what cannot be told from its data, kept in its table ``setting``.

Nothing is computed from it, so noting it leaves the caches alone.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime

from omnidash.store.workspace import Workspace

_NAME = "first_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRun:
    """``is_skipped``: somebody put the guide away; ``confirmed_at``: UTC, ISO 8601, when somebody found the numbers
    right ('' never), ``confirmed_by``: who, ``confirmed_version``: of which data; ``has_seen_alerts``: opened with
    data."""

    is_skipped: bool = False
    confirmed_at: str = ""
    confirmed_by: str = ""
    confirmed_version: int = 0
    has_seen_alerts: bool = False


def first_run(workspace: Workspace) -> FirstRun:
    """What is kept of it."""
    rows = workspace.rows("select value from setting where name = $name", {"name": _NAME})
    kept = json.loads(rows[0][0]) if rows else {}
    known = {field.name for field in fields(FirstRun)}
    return FirstRun(**{name: value for name, value in kept.items() if name in known})


def note_first_run(workspace: Workspace, **changed: object) -> FirstRun:
    """Keep what has changed. Raises WorkspaceProblem where the workspace cannot be written now."""
    now = replace(first_run(workspace), **changed)  # type: ignore[arg-type]
    with workspace.writing("first run", changes="nothing") as cursor:
        cursor.execute(
            "insert or replace into setting values ($name, $value)", {"name": _NAME, "value": json.dumps(asdict(now))}
        )
    return now


def confirm_numbers(workspace: Workspace, *, by: str) -> FirstRun:
    """Note that somebody found the numbers of the data of now right."""
    at = datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    return note_first_run(workspace, confirmed_at=at, confirmed_by=by, confirmed_version=workspace.data_version)
