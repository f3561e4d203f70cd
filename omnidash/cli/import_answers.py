"""What the person at the command line knows of a file and it does not say: its answers, its days, its currency."""

import contextlib
from collections import Counter
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from omnidash.cli.exports import Export
from omnidash.ingest.meaning.fields import field_of
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.parts import parts
from omnidash.ingest.run import Inspection, inspect, is_answered
from omnidash.model.errors import BadInput, WrongUse
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.store.settings import currencies

_OPTIONS = {
    "date_order": N_("{file}: {question} Add --date-order."),
    "amount_level": N_("{file}: {question} Add --amounts order or line."),
    "decimal_comma": N_("{file}: {question} Add --decimal comma or point."),
    "currency": N_("{file}: {question} Add --currency."),
    "timezone": N_("{file}: {question} Add --timezone."),
    "channel": N_("{file}: {question} Add --channel NAME."),
}


def require_answers(seen: Inspection, mapping: Mapping) -> None:
    """What only the file's owner knows must be given, never guessed in silence: raises BadInput, which names the option
    that gives it."""
    missing = mapping.missing_fields()
    for question in seen.questions:
        if question.field in _OPTIONS and not is_answered(question, mapping):
            raise BadInput(_OPTIONS[question.field], file=seen.name, question=question.text)
        if question.field in ("date", "time") and question.field in missing:
            raise BadInput(
                N_("{file}: {question} Add --day, or --from and --to, for the whole file; or --map COLUMN={field}."),
                file=seen.name,
                question=question.text,
                field=question.field,
            )
        if question.field in missing:
            raise BadInput(
                N_("{file}: no profile fits and {question} Add --map COLUMN={field}; its columns are {columns}."),
                file=seen.name,
                question=question.text,
                field=question.field,
                columns=", ".join(seen.header),
            )


def given_period(arguments: Any) -> dict[str, str]:
    """Constants ``date`` and ``end_date`` of files that name no days."""
    first = arguments.day or arguments.first_day
    last = arguments.day or arguments.last_day
    if first is None and last is None:
        return {}
    if arguments.day and (arguments.first_day or arguments.last_day):
        raise WrongUse(N_("Give either --day, or --from and --to."))
    if first is None or last is None or last < first:
        raise WrongUse(N_("Give both --from and --to, the first and the last day the file covers."))
    return {"date": first.isoformat(), "end_date": last.isoformat()}


def with_period(mapping: Mapping, period: AnyMapping[str, str]) -> Mapping:
    """The mapping with the days given for the file, where its rows name none."""
    given = {*mapping.columns.values()}
    if not period or given & {"date", "time"}:
        return mapping
    days = period if field_of(mapping.kind, "date") else {"time": period["date"]}  # a list as of that day
    return replace(mapping, constants={**mapping.constants, **days})


def state_currency(workspace: Workspace, files: Sequence[Export], arguments: Any) -> str | None:
    """A new workspace takes the currency of the first file that states one: people report in the money they spend, and
    any other choice would ask them for rates first. Returns that file's name; None where no file does."""
    for export in files:
        with contextlib.suppress(BadInput), parts(workspace, export.path) as found:
            for part in found:
                with contextlib.suppress(BadInput):
                    seen = inspect(workspace, part.path, name=part.name, profile=arguments.profile, kind=arguments.kind)
                    if currency := _stated_currency(seen):
                        workspace.change_settings(currency=currency)
                        return seen.name
    return None


def currency_sentence(workspace: Workspace, stated: str | None) -> Message:
    """What a new workspace counts in, and why; ``stated``: the file that names the currency."""
    values = {"currency": workspace.settings.currency}
    if stated is None:
        return Message(N_("the new workspace counts in {currency}; no file states a currency"), values)
    return Message(N_("the new workspace counts in {currency}, the currency of {file}"), {**values, "file": stated})


def _stated_currency(seen: Inspection) -> str | None:
    """The currency a file names for its amounts: its mapping's, or the most frequent one of its currency column."""
    stated = seen.mapping.currency or seen.mapping.constants.get("currency")
    column = seen.mapping.column_of("currency")
    if column is None or column not in seen.header:
        return stated
    place = seen.header.index(column)
    words = Counter(row[place].strip().upper() for row in seen.sample if place < len(row))
    known = [word for word, _ in words.most_common() if word in currencies()]
    return known[0] if known else stated
