"""What only the owner of a file knows, asked in words, with what is likely as options."""

import re
from dataclasses import dataclass
from datetime import date

from omnidash.ingest.meaning.file_name import suggested_channels
from omnidash.ingest.reading.reader import Source
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace

_DATE_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something only the owner knows. ``field``: date_order, or the field that nothing provides (date: the first and
    last day the file covers, constants date and end_date). ``options``: what is likely, any other may be right."""

    field: str
    text: Message
    options: tuple[str, ...] = ()
    is_named: bool = False  # whether the file's name speaks of the first option


def question_of(ws: Workspace, source: Source, field: str) -> Question:
    """The question for a field that nothing in the file provides."""
    if field == "channel":
        return channel_question(ws, source)
    if field == "date":
        return Question(field=field, text=Message(N_("which days does this file cover?")))
    if field == "time":
        text = Message(
            N_("when did this happen? name the column, or one moment for all rows (when the list was taken)")
        )
        return Question(field=field, text=text, options=_dates_in_name(source.name))
    return Question(field=field, text=Message(N_("which column holds the {field}?"), {"field": field}))


def channel_question(ws: Workspace, source: Source, *, answered: str | None = None) -> Question:
    """Which channel a file is about. What its name speaks of comes first, then what was ``answered`` for another file
    of its header."""
    own = {
        name: channel for channel, *names in ws.rows("select channel, name_en, name_zh from channel") for name in names
    }
    named = suggested_channels(source.name, own)
    options = tuple(dict.fromkeys((*named, *([answered] if answered else []))))
    text = Message(N_("which channel is this file about?"))
    return Question(field="channel", text=text, options=options, is_named=bool(named))


def _dates_in_name(name: str) -> tuple[str, ...]:
    days = ["-".join(found.groups()) for found in _DATE_IN_NAME.finditer(name)]
    return tuple(dict.fromkeys(day for day in days if _is_day(day)))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
