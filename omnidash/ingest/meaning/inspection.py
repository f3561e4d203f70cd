"""A first look at an export, for its owner to confirm: how it is written, what its columns mean, what is unclear.

Order of belief: the profile or kind that was asked for, a mapping confirmed earlier for this header, a known profile,
the guess. What the file itself says of its days (``dates``), its currency and its decimal sign is added to each.
"""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from pathlib import Path

from omnidash.identity.personal import unpersonal
from omnidash.ingest.meaning.accounts import with_account
from omnidash.ingest.meaning.amount_level import amount_questions
from omnidash.ingest.meaning.completed import completed
from omnidash.ingest.meaning.date_order import with_date_order
from omnidash.ingest.meaning.dates import covers_several_days, with_period, with_span
from omnidash.ingest.meaning.decimal_sign import with_decimal_sign
from omnidash.ingest.meaning.fields import is_ratio
from omnidash.ingest.meaning.guess import guess
from omnidash.ingest.meaning.mapping import GUESSED, REMEMBERED, Mapping
from omnidash.ingest.meaning.memory import recalled, with_answers
from omnidash.ingest.meaning.own_days import with_own_days
from omnidash.ingest.meaning.platform_words import channel_by_words
from omnidash.ingest.meaning.profiles import HOUSE, profiles, recognised
from omnidash.ingest.meaning.profiles import profile as profile_named
from omnidash.ingest.meaning.questions import Question, question_of
from omnidash.ingest.meaning.stated import notes_of_stated, with_stated
from omnidash.ingest.reading.period import period_of
from omnidash.ingest.reading.reader import Source, look
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace

__all__ = ["Inspection", "Question", "ambiguous_dates", "inspect", "notes_of", "settled", "shown_by"]

_COLUMNS_NAMED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """``sample`` holds raw cells and lives in memory only. ``confidence``: source column -> 0..1."""

    name: str
    encoding: str
    delimiter: str
    preamble: tuple[str, ...]
    header: tuple[str, ...]
    header_row: int
    sample: tuple[tuple[str, ...], ...]
    kind: str
    profile: str
    mapping: Mapping
    confidence: AnyMapping[str, float]
    questions: tuple[Question, ...]
    warnings: tuple[Message, ...]


def inspect(
    ws: Workspace, path: Path | str, *, name: str | None = None, profile: str | None = None, kind: str | None = None
) -> Inspection:
    """Look at an export. Raises BadInput where it is no readable table, or ``profile`` does not fit its header."""
    source = look(path, name=name)
    header, sample = source.dialect.header, source.dialect.sample
    mapping, confidence, answers = _mapping(ws, source, profile, kind)
    is_recalled = mapping.kind == "events" and profile is None and recalled(ws, source) is not None
    mapping = with_account(source, with_span(source, with_own_days(source, mapping)), is_recalled=is_recalled)
    if "channel" not in answers:
        mapping = _with_own_channel(source, mapping)
    mapping, questions = _with_style(ws, source, mapping)
    mapping, questions = with_answers(ws, source, mapping, questions, answers)
    mapping = with_period(source, mapping)
    asked = {question.field for question in questions}
    questions += [question_of(ws, source, field) for field in mapping.missing_fields() if field not in asked]
    return Inspection(
        name=source.name,
        encoding=source.scan.encoding,
        delimiter=source.dialect.delimiter,
        preamble=tuple(map(unpersonal, source.dialect.preamble)),
        header=header,
        header_row=source.dialect.header_row,
        sample=sample[:20],
        kind=mapping.kind,
        profile=mapping.profile,
        mapping=mapping,
        confidence=confidence,
        questions=tuple(questions),
        warnings=(*source.scan.warnings, *notes_of(ws, source, mapping)),
    )


def _mapping(
    ws: Workspace, source: Source, profile: str | None, kind: str | None
) -> tuple[Mapping, AnyMapping[str, float], AnyMapping[str, str]]:
    """The mapping, how sure its columns are, and what a person answered for an earlier file of this header."""
    header, sample, preamble = source.dialect.header, source.dialect.sample, source.dialect.preamble
    if profile is not None:
        wanted = profile_named(profile)
        if not wanted.fits(header):
            raise BadInput(
                N_("{file} does not look like '{profile}': expected the columns {columns}"),
                file=source.name,
                profile=profile,
                columns=", ".join(wanted.requires),
            )
        return *_sure(completed(wanted, wanted.mapping(header), header, sample), header), {}
    kept = recalled(ws, source)
    if kept is not None and kind in (None, kept.mapping.kind):
        return *_sure(kept.mapping, header), kept.answers
    known = recognised(header, sample, preamble)
    if known is not None and kind in (None, known.kind):
        return *_sure(completed(known, known.mapping(header), header, sample), header), {}
    guessed = guess(header, sample, kind, has_period=period_of(preamble, source.name) is not None)
    return guessed.mapping, guessed.confidence, {}


def shown_by(ws: Workspace, source: Source, mapping: Mapping) -> Mapping:
    """The mapping with what the file by itself says of its channel, its currency, its timezone and its dates: what its
    profile declares and its own lines and cells show, and nothing that a person added."""
    known = next((p.mapping(source.dialect.header) for p in profiles() if p.name == mapping.profile), None)
    declared = known.constants if known else {}
    others = {k: v for k, v in mapping.constants.items() if k not in ("channel", "currency")}
    own = {k: v for k, v in declared.items() if k not in mapping.columns.values() and k in ("channel", "currency")}
    bare = replace(
        mapping,
        constants={**others, **own},
        timezone=known.timezone if known else None,
        currency=known.currency if known else None,
        date_order=known.date_order if known else None,
    )
    return _with_style(ws, source, _with_own_channel(source, bare))[0]


def _with_own_channel(source: Source, mapping: Mapping) -> Mapping:
    """The mapping of spend with the channel whose exports have such columns, where nothing else names one."""
    if "channel" in {*mapping.columns.values(), *mapping.constants}:
        return mapping
    channel = _own_channel(source, mapping)
    return mapping if channel is None else replace(mapping, constants={**mapping.constants, "channel": channel})


def _own_channel(source: Source, mapping: Mapping) -> str | None:
    is_known = mapping.profile not in (GUESSED, REMEMBERED)
    return None if mapping.kind != "spend" or is_known else channel_by_words(source.dialect.header, source.name)


def _sure(mapping: Mapping, header: tuple[str, ...]) -> tuple[Mapping, AnyMapping[str, float]]:
    """A confirmed or declared mapping, with the currency its header states."""
    return mapping, {column: 1.0 for column in mapping.columns if column in header}


def _with_style(ws: Workspace, source: Source, mapping: Mapping) -> tuple[Mapping, list[Question]]:
    """The mapping with what the file states and shows of currency, units, zone, decimal sign and date order; questions
    where it does not."""
    mapping, questions = with_stated(ws, source, mapping)
    mapping, of_sign = with_decimal_sign(ws, source, mapping)
    mapping, of_dates = with_date_order(ws, source, mapping)
    return mapping, [*questions, *of_sign, *of_dates, *amount_questions(source, mapping)]


def settled(ws: Workspace, source: Source, mapping: Mapping) -> Mapping:
    """A mapping whose date order and decimal sign are decided, by the file or its owner. Raises BadInput otherwise."""
    decided, questions = with_date_order(ws, source, mapping, is_answered=True)
    if mapping.decimal_comma is None:
        questions += with_decimal_sign(ws, source, mapping)[1]
    if questions:
        raise BadInput(N_("{file}: {question}"), file=source.name, question=questions[0].text)
    return decided


def ambiguous_dates(ws: Workspace, source: Source, mapping: Mapping) -> tuple[str, ...]:
    """Columns whose dates can be read in two ways, so that the mapping's date order alone decides."""
    if mapping.date_order is None:
        return ()
    _, questions = with_date_order(ws, source, replace(mapping, date_order=None))
    return tuple(str(question.text.values["column"]) for question in questions)


def notes_of(ws: Workspace, source: Source, mapping: Mapping) -> list[Message]:
    """What a careful reader would point out, before the import and at it: columns left out, days that are only a share
    of a range, units, a currency that nothing names."""
    notes = notes_of_stated(ws, source, mapping)
    used = {*mapping.columns, *mapping.figures, *mapping.totals, *mapping.leaves_out, *mapping.added}
    notes += [_added(mapping, column, meaning) for column, meaning in mapping.added.items()]
    left_out = [c for c in source.dialect.header if c not in used and not is_ratio(c)]
    if len(left_out) == 1:
        notes.append(Message(N_("column {column} is not used"), {"column": left_out[0]}))
    elif left_out:
        text = N_("{count} columns are not used: {columns}")
        more = " …" if len(left_out) > _COLUMNS_NAMED else ""
        named = ", ".join(left_out[:_COLUMNS_NAMED]) + more
        notes.append(Message(text, {"count": len(left_out), "columns": named}))
    if mapping.kind == "spend" and covers_several_days(source, mapping):
        notes.append(Message(N_("rows cover several days; their cost is spread evenly over them")))
    own = _own_channel(source, mapping)
    if own is not None and mapping.constants.get("channel") == own:
        text = N_("its columns are called as those of {channel} exports are, so it is taken as one of them")
        notes.append(Message(text, {"channel": own}))
    return notes + _nameless_currency(ws, mapping)


def _added(mapping: Mapping, column: str, meaning: str) -> Message:
    text = N_("'{column}' and '{other}' are added: together they are what was paid")
    return Message(text, {"column": mapping.column_of(meaning) or meaning, "other": column})


def _nameless_currency(ws: Workspace, mapping: Mapping) -> list[Message]:
    """A platform of the whole world whose export does not say in which currency it is."""
    known = next((p for p in profiles() if p.name == mapping.profile), None)
    meanings = set(mapping.columns.values())
    is_named = bool(mapping.currency or {"currency"} & {*meanings, *mapping.constants})
    if known is None or known.platform == HOUSE or is_named or not meanings & {"cost", "revenue", "refund"}:
        return []
    text = N_("the file names no currency; its amounts are taken as {currency}")
    return [Message(text, {"currency": ws.settings.currency})]
