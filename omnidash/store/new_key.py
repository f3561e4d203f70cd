"""A new secret key for a workspace whose old one is lost.

Whoever was known by the old key is not recognised by the new one: neither in files that are imported from now on, nor
when somebody is looked up, forgotten, or kept out because they were forgotten. So it is begun only where somebody asks
for it, and never while the old key is there.
"""

import json
from datetime import UTC, datetime

from omnidash.model.errors import WorkspaceProblem
from omnidash.model.messages import N_
from omnidash.store.making import keep_private, write_key
from omnidash.store.workspace import KEY, Workspace


def begin_new_key(ws: Workspace) -> None:
    """Write a fresh key and note the moment (setting ``key_begun_at``, UTC); a damaged one is kept beside it. Raises
    WorkspaceProblem where the workspace has its key."""
    place = ws.folder / KEY
    with ws.writing("new key", changes="settings") as cursor:
        try:
            has_key = bool(ws.key)
        except WorkspaceProblem:
            has_key = False
        if has_key:
            raise WorkspaceProblem(
                N_("{file} is whole; a new key would only part the people it knows from those of later files"),
                file=str(place),
            )
        fresh = place.with_name(f"{KEY}.new")
        fresh.unlink(missing_ok=True)
        write_key(fresh)
        moment = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        cursor.execute(
            "insert or replace into setting values ('key_begun_at', $moment)",
            {"moment": json.dumps(moment.isoformat())},
        )
        if place.exists():
            damaged = place.with_name(f"{KEY}.damaged-{moment:%Y%m%d-%H%M%S}")
            place.rename(damaged)
            keep_private(damaged)
        fresh.rename(place)
