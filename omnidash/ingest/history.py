"""What was imported: the list of batches, newest first, as the screen and the command line show it."""

import json
from datetime import date
from typing import Any

from omnidash.identity.personal import unpersonal
from omnidash.ingest.answered import sentences
from omnidash.model.messages import Message
from omnidash.store.workspace import Workspace


def history(ws: Workspace) -> list[dict[str, Any]]:
    """All batches, newest first (sums and ``warnings`` as data; older ones have no ``sums_by_currency``). ``mended``:
    how many of its ``rejected`` rows came in corrected; ``settles``: the batch whose set-aside rows this one brought;
    ``answers``: what a person said of the file, as sentences; ``imported_by``: None for older ones; ``replaces``:
    batches of the same file, read with another mapping, that this one ended."""
    rows = ws.frame(
        """
        with mended as (
            select batch_id, count(distinct row_number) as mended from reject
            where settled_by is not null group by batch_id)
        select batch_id, file_name as file, file_sha256, profile, kind, state, imported_at, imported_by, rows_read,
            added, restated, duplicates, rejected, coalesce(mended, 0) as mended, skipped_totals, first_day, last_day,
            watermark, sums, sums_by_currency, warnings, settles, replaces, twin_of,
            json_extract(mapping, '$.said') as answers
        from batch left join mended using (batch_id) order by batch_id desc
        """
    ).to_dicts()
    for row in rows:
        row["sums"] = json.loads(row["sums"])
        row["sums_by_currency"] = json.loads(row["sums_by_currency"] or "{}")
        row["warnings"] = [_message(w) for w in json.loads(row["warnings"])]
        row["answers"] = sentences(json.loads(row["answers"] or "{}"))
        row["replaces"] = list(row["replaces"] or [])
    return rows


def message_of(text: str) -> Message:
    """The Message stored as JSON {template, values}."""
    return _message(json.loads(text))


def discreet(message: Message) -> Message:
    """A sentence without the e-mails and phones that its values name: it is kept in the history."""
    return Message(message.template, {name: _discreet(value) for name, value in message.values.items()})


def _discreet(value: Any) -> Any:
    if isinstance(value, Message):
        return discreet(value)
    if isinstance(value, list | tuple):
        return [_discreet(part) for part in value]
    return unpersonal(value) if isinstance(value, str) else value


def stored_message(message: Message) -> dict[str, Any]:
    """A Message as data for JSON; days as {"day": "2026-07-01"}, so that each language writes them its way."""
    return {"template": message.template, "values": {name: _stored(value) for name, value in message.values.items()}}


def _stored(value: Any) -> Any:
    if isinstance(value, Message):
        return stored_message(value)
    if isinstance(value, list | tuple):
        return [_stored(part) for part in value]
    if isinstance(value, date):
        return {"day": value.isoformat()[:10]}
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _message(data: dict[str, Any]) -> Message:
    return Message(data["template"], {name: _restored(value) for name, value in data["values"].items()})


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(part) for part in value]
    if isinstance(value, dict) and "template" in value:
        return _message(value)
    if isinstance(value, dict) and "day" in value:
        return date.fromisoformat(value["day"])
    return value
