"""What becomes of a staged file in the workspace as it is: its rows, what they replace, what is to be asked first."""

from dataclasses import dataclass
from typing import Any

from omnidash.ingest.batch import source_of
from omnidash.ingest.forecast import Forecast, forecast
from omnidash.ingest.headlines import same_file
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.other_account import account_question, find_other_account
from omnidash.ingest.outcome import Counts, judge
from omnidash.ingest.reading.reader import Source
from omnidash.ingest.result import OtherAccount, Twin
from omnidash.ingest.rows.rejects import unsettled
from omnidash.ingest.staged import Facts
from omnidash.ingest.statements import Earlier, earlier_imports
from omnidash.ingest.unsaid import unsaid
from omnidash.ingest.vanished import REPLACE, end_vanished, find_vanished, vanished_question
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What becomes of a staged file in the workspace as it is."""

    counts: Counts
    source: str
    earlier: tuple[Earlier, ...]
    replaces: tuple[Earlier, ...]
    elsewhere: tuple[Earlier, ...]
    settled: int
    forecast: Forecast
    unsaid: tuple[str, ...]
    other_account: OtherAccount | None

    @property
    def same_file(self) -> tuple[Message, ...]:
        """That the very same file was imported before, and what that means now."""
        is_unchanged = self.counts.added + self.counts.restated == 0
        return (same_file(self.twin, is_unchanged=is_unchanged),) if self.twin else ()

    @property
    def warnings(self) -> tuple[Message, ...]:
        """What only the workspace can tell: gaps, overlaps, the same file under another channel."""
        twice = N_(
            "the very same file is imported for {channel} as batch {batch};"
            " if that was the wrong channel, undo that batch"
        )
        return (
            *(Message(twice, {"channel": e.channel, "batch": e.batch_id}) for e in self.elsewhere if e.channel),
            *self.forecast.warnings,
        )

    @property
    def twin(self) -> Twin | None:
        """The import of the same file that people are told of."""
        if not self.earlier:
            return None
        last = self.earlier[0]
        return Twin(
            batch_id=last.batch_id,
            file=last.file,
            imported_at=last.imported_at,
            is_same_mapping=last.is_same_mapping,
        )


def judged_of(cursor: Any, schema: str, facts: Facts, source: Source, own_currency: str) -> Judged:
    """What becomes of the file whose rows stand in ``schema``; leaves the temporary tables of ``outcome.judge``."""
    same_bytes = earlier_imports(cursor, source.scan.sha256, facts.mapping, facts.reading)
    channel = facts.mapping.constants.get("channel")  # one price list may serve two shops: then it is two files
    earlier = [e for e in same_bytes if e.channel == channel]
    is_changed = bool(earlier) and not earlier[0].is_same_mapping
    replaces = tuple(e for e in earlier if not e.is_same_mapping) if is_changed else ()
    silent = () if replaces else unsaid(facts.table, facts.mapping)
    counts = judge(
        cursor,
        schema,
        facts.table,
        has_slots=facts.has_slots,
        has_lines=facts.has_lines,
        identified=facts.identified,
        replaces=[e.batch_id for e in replaces],
        unsaid=silent,
    )
    of_file = facts.origin.source if facts.origin else source_of(facts.mapping, source)
    given = {*facts.mapping.columns.values(), *facts.mapping.constants}
    vanished = find_vanished(cursor, schema, source=of_file, fields=given) if facts.table == "spend" else ()
    if vanished and facts.mapping.missing_campaigns == REPLACE:
        end_vanished(cursor, schema)
    return Judged(
        counts=counts,
        source=of_file,
        earlier=tuple(earlier),
        replaces=replaces,
        elsewhere=tuple(e for e in same_bytes if e.channel != channel),
        settled=unsettled(cursor, facts.origin, facts.returned),
        forecast=forecast(
            cursor,
            schema,
            facts.table,
            looks_for_sales=facts.origin is None and not replaces,
            source=of_file,
            fields=given,
            first_day=facts.first_day,
            last_day=facts.last_day,
            vanished=vanished,
            missing_campaigns=facts.mapping.missing_campaigns,
            own_currency=own_currency,
        ),
        unsaid=silent,
        other_account=find_other_account(cursor, schema, facts.table, account=facts.mapping.account)
        if facts.origin is None and not replaces
        else None,
    )


def require_said(judged: Judged, mapping: Mapping, name: str) -> None:
    """Raise BadInput where rows look like another account's, campaigns look renamed, or sales look like those of
    another source, and nobody has said what they are."""
    if judged.other_account is not None:
        text = N_("{file}: {question} (account: a name, or same)")
        raise BadInput(text, file=name, question=account_question(judged.other_account))
    asked = next((vanished for vanished in judged.forecast.vanished if vanished.renamed), None)
    if asked is not None and mapping.missing_campaigns is None:
        text = N_("{file}: {question} (missing campaigns: keep or replace)")
        raise BadInput(text, file=name, question=vanished_question(asked))
    if judged.forecast.same_sales and not mapping.is_other_sales:
        text = N_("{file}: {question} (other sales: both count)")
        raise BadInput(text, file=name, question=judged.forecast.same_sales[0])
