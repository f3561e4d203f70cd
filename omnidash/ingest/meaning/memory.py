"""What is remembered of a file for the next one of the same header, and what the next file says for itself.

What the columns mean holds for every file of a header. The channel, the currency, the timezone and the order of day and
month are facts of one file: what its own cells, its header or the lines above it show is read anew from the next file
and never remembered. A person's answer is remembered, and stands where the next file says nothing:

    currency, date order,
    decimal sign            the cells of the new file first, then the answer
    timezone                the answer
    channel                 the answer where the new file's name speaks of it too; else it is asked again, with the
                            answer as an option: files of two platforms may bear the same header
"""

import json
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from omnidash.ingest.meaning.fields import header_key
from omnidash.ingest.meaning.formula import is_formula, renamed
from omnidash.ingest.meaning.mapping import GUESSED, REMEMBERED, Mapping, signature
from omnidash.ingest.meaning.profiles import profiles
from omnidash.ingest.meaning.questions import Question, channel_question
from omnidash.ingest.reading.reader import Source
from omnidash.store.workspace import Workspace

ANSWERED = ("currency", "timezone", "date_order", "decimal_comma")  # fields of a mapping that a person may have decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """``mapping``: what holds for every file of the header; ``answers``: what a person said of an earlier one, by field
    of the mapping, and 'channel'."""

    mapping: Mapping
    answers: AnyMapping[str, Any]


def recalled(ws: Workspace, source: Source) -> Remembered | None:
    """What is known of a header like the file's, in the file's own spelling; None where nothing is, or where the table
    is another export of the same columns."""
    header = source.dialect.header
    kept = _stored(ws, header)
    known = next((p for p in profiles() if kept and p.name == kept.mapping.profile), None)
    if kept is None or (known and not known.fits(header, source.dialect.sample, source.dialect.preamble)):
        return None
    own = known.mapping(header) if known else None
    by_key = {header_key(name): name for name in header}

    def own_name(column: str) -> str:
        return column if column in header else by_key.get(header_key(column), column)

    columns = {own_name(column): meaning for column, meaning in kept.mapping.columns.items()}
    of_profile = {k: v for k, v in own.constants.items() if k not in columns.values()} if own else {}
    if "channel" in kept.answers:  # asked again, and never the profile's instead
        of_profile.pop("channel", None)
    mapping = replace(
        kept.mapping,
        columns=columns,
        constants={**of_profile, **kept.mapping.constants},
        profile=REMEMBERED if kept.mapping.profile == GUESSED else kept.mapping.profile,
        figures={
            own_name(column): renamed(rule, own_name) if is_formula(rule) else rule
            for column, rule in kept.mapping.figures.items()
        },
        totals=tuple(own_name(column) for column in kept.mapping.totals),
        leaves_out={own_name(column): pattern for column, pattern in kept.mapping.leaves_out.items()},
        timezone=kept.answers.get("timezone") or (own.timezone if own else None),
        currency=own.currency if own else None,
        date_order=own.date_order if own else None,
    )
    return Remembered(mapping=mapping, answers=kept.answers)


def with_answers(
    ws: Workspace, source: Source, mapping: Mapping, questions: list[Question], answers: AnyMapping[str, Any]
) -> tuple[Mapping, list[Question]]:
    """A mapping that holds what the file shows, with the earlier answers to what it leaves open; and what still is."""
    given = {*mapping.columns.values(), *mapping.constants}
    if "currency" in answers and "currency" not in given and mapping.currency is None:
        mapping = replace(mapping, currency=answers["currency"])
    for question in questions:
        if question.field in ("date_order", "decimal_comma", "timezone", "currency") and question.field in answers:
            mapping = replace(mapping, **{question.field: answers[question.field]})
            questions = [other for other in questions if other is not question]
    if "channel" in answers and "channel" not in given:
        question = channel_question(ws, source, answered=answers["channel"])
        if question.options == (answers["channel"],) and question.is_named:
            mapping = replace(mapping, constants={**mapping.constants, "channel": answers["channel"]})
        else:
            questions = [*questions, question]
    return mapping, questions


def answers_of(ws: Workspace, source: Source, mapping: Mapping, shown: Mapping) -> dict[str, Any]:
    """What a person has said of a file, now or earlier. ``shown``: the mapping as the file by itself says it.

    An earlier answer stays while the file shows the same.
    """
    earlier = kept.answers if (kept := _stored(ws, source.dialect.header)) else {}
    answers = {}
    for name in ANSWERED:
        value, seen = getattr(mapping, name), getattr(shown, name)
        if value is not None and (value != seen or earlier.get(name) == value):
            answers[name] = value
    channel = mapping.constants.get("channel")
    if channel is not None and channel != shown.constants.get("channel"):
        answers["channel"] = channel
    return answers


def remember(cursor: Any, source: Source, mapping: Mapping, answers: AnyMapping[str, Any]) -> None:
    """The mapping is what this header means from now on."""
    kept = mapping.for_header()
    cursor.execute(
        "insert or replace into mapping values ($signature, $mapping, $now)",
        {
            "signature": signature(source.dialect.header),
            "mapping": json.dumps({**kept.to_json(), "answers": dict(answers)}, ensure_ascii=False),
            "now": datetime.now(UTC).replace(tzinfo=None),
        },
    )


def _stored(ws: Workspace, header: Sequence[str]) -> Remembered | None:
    rows = ws.rows("select mapping from mapping where signature = $signature", {"signature": signature(header)})
    if not rows:
        return None
    data = json.loads(rows[0][0])
    return Remembered(mapping=Mapping.from_json(data).for_header(), answers=data.get("answers", {}))
