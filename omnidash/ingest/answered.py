"""What a person said of a file, as sentences for its line in the history: the numbers rest on it as on the file.

    its channel is Douyin · dates are day/month/year · it covers 1 Jul – 7 Jul

Kept with the batch as data (``said_of``), told by ``sentences``. Imports of before have none.
"""

from collections.abc import Mapping as AnyMapping
from datetime import date
from typing import Any

from omnidash.identity.lookup import OWN_SPACE
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.profiles import profiles
from omnidash.ingest.other_account import SAME
from omnidash.ingest.reading.period import period_of
from omnidash.ingest.reading.reader import Source
from omnidash.model.messages import N_, Message

_PLACED = {  # answer -> a sentence with its value in it
    "channel": N_("its channel is {channel}"),
    "currency": N_("amounts that name no currency are in {currency}"),
    "timezone": N_("times without a zone are in {timezone}"),
    "account": N_("it is of the account or shop {account}"),
    "ids_of": N_("its customer ids are those of {ids_of}"),
}
_CHOSEN: dict[str, dict[object, str]] = {  # answer -> its value -> a sentence
    "date_order": {
        "dmy": N_("dates are day/month/year"),
        "mdy": N_("dates are month/day/year"),
        "ymd": N_("dates are year/month/day"),
    },
    "decimal_comma": {True: N_("the comma is its decimal sign"), False: N_("the point is its decimal sign")},
    "amount_level": {
        "order": N_("the amount on each line is the whole order's"),
        "line": N_("the amount on each line is the line's own"),
    },
    "missing_campaigns": {
        "keep": N_("campaigns that are missing in it stay"),
        "replace": N_("it replaces campaigns that are missing in it"),
    },
    "is_other_sales": {True: N_("its sales count beside those of another source")},
    "ids_of": {OWN_SPACE: N_("its customer ids are those of the house")},
    "account": {SAME: N_("it corrects what is there, it is of no other account or shop")},
}
_COVERS, _AS_OF = N_("it covers {first_day} – {last_day}"), N_("it is as of {day}")


def said_of(source: Source, mapping: Mapping, answers: AnyMapping[str, Any]) -> dict[str, Any]:
    """The answers as data. ``answers``: those of ``meaning.memory``, which the file's own cells do not show; the others
    are seen by the mapping itself."""
    profile = next((p for p in profiles() if p.name == mapping.profile), None)
    said = dict(answers)
    if mapping.amount_level is not None and (profile is None or profile.amount_level != mapping.amount_level):
        said["amount_level"] = mapping.amount_level
    if mapping.missing_campaigns is not None:
        said["missing_campaigns"] = mapping.missing_campaigns
    if mapping.is_other_sales:
        said["is_other_sales"] = True
    if mapping.ids_of is not None:
        said["ids_of"] = mapping.ids_of
    if mapping.account is not None:
        said["account"] = mapping.account
    states_days = period_of(source.dialect.preamble, source.name) is not None
    told = ("date", "end_date", "time") if not states_days else ("time",)
    return said | {name: mapping.constants[name] for name in told if name in mapping.constants}


def sentences(said: AnyMapping[str, Any]) -> list[Message]:
    """The answers for people; values this version does not know are left out."""
    found = []
    for name in {**_PLACED, **_CHOSEN}:
        if name not in said:
            continue
        chosen = _CHOSEN.get(name, {}).get(said[name])
        if chosen is not None:
            found.append(Message(chosen))
        elif name in _PLACED:
            found.append(Message(_PLACED[name], {name: said[name]}))
    first, last = _day(said.get("date")), _day(said.get("end_date"))
    moment = _day(said.get("time"))
    if first is not None:
        found.append(Message(_COVERS, {"first_day": first, "last_day": last or first}))
    if moment is not None:
        found.append(Message(_AS_OF, {"day": moment}))
    return found


def _day(text: object) -> date | str | None:
    try:
        return date.fromisoformat(str(text)) if text is not None else None
    except ValueError:
        return str(text)
