"""What an import would change, and what it has changed: a sentence, and behind it rows as examples."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from omnidash.ingest.result import Gap, Overlap, Twin
from omnidash.ingest.run import BatchResult, DryRun
from omnidash.store import Workspace
from omnidash.ui.data.givens import days_text
from omnidash.ui.data.samples import show_samples
from omnidash.ui.data.uploads import Table, Upload
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.import_labels import FIELD_TITLES
from omnidash.ui.text import plain

_MONEY = ("cost", "revenue", "refund", "claimed_revenue")
_MOST_DAYS = 6  # of a gap, before "and 12 more"


def has_news(outcomes: Sequence[DryRun]) -> bool:
    """Whether an import would change anything."""
    return any(outcome.added + outcome.restated > 0 for outcome in outcomes)


def show_outcome(workspace: Workspace, upload: Upload, checked: dict[Table, DryRun]) -> None:
    """The forecast of one file: the sentence over all of its tables, notices, and examples of the table in focus."""
    outcomes = list(checked.values())
    st.markdown(f"**{_sentence(outcomes)}**")
    st.caption(_facts(outcomes))
    for table, outcome in checked.items():
        prefix = f"{plain(table.part.name)}: " if len(checked) > 1 else ""
        for notice in _notices(workspace, outcome):
            st.warning(prefix + notice, icon=":material/warning:")
        if outcome.twin is not None:
            st.info(prefix + _twin(outcome.twin), icon=":material/content_copy:")
        elif not has_news([outcome]):
            st.info(
                prefix + _("Nothing new in this file: every row is already there or cannot be taken."),
                icon=":material/info:",
            )
    focused = next((t for t in checked if t.key == upload.focus), next(iter(checked)))
    show_samples(workspace, focused, checked[focused])
    _labels(outcomes)


def show_result(upload: Upload) -> None:
    """What an import has done, once it is done."""
    results = [table.result for table in upload.tables if table.result is not None]
    st.success(f"{_sentence(results, is_done=True)}  \n{_facts(results)}")
    for result in results:
        for warning in result.warnings:
            st.caption(f":material/warning: {plain(words().render(warning))}")
    settled = sum(result.settled for result in results)
    if settled:
        st.caption(
            n_(
                "{count} row that an earlier import had set aside is in now.",
                "{count} rows that an earlier import had set aside are in now.",
                settled,
            )
        )


def _sentence(outcomes: Sequence[DryRun | BatchResult], *, is_done: bool = False) -> str:
    """ "adds 312 rows, restates 14 days of spend by −2.3 %, 3 already there, 12 rows set aside" """
    if len(outcomes) == 1 and isinstance(outcomes[0], DryRun) and outcomes[0].headlines:
        return plain(_joined([words().render(headline) for headline in outcomes[0].headlines]))
    added = sum(o.added for o in outcomes)
    parts = [
        n_("{count} row added", "{count} rows added", added)
        if is_done
        else n_("adds {count} row", "adds {count} rows", added)
    ]
    restated = sum(o.restated for o in outcomes)
    if restated:
        parts.append(n_("{count} row restated", "{count} rows restated", restated) + _restatement(outcomes))
    for count, text in (
        (sum(o.duplicates for o in outcomes), _("{count} already there")),
        (sum(o.rejected for o in outcomes), _("{count} set aside")),
        (sum(o.skipped_totals for o in outcomes), _("{count} total lines skipped")),
    ):
        if count:
            parts.append(text.format(count=fmt().integer(count)))
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    return ("，" if words().language.startswith("zh") else ", ").join(parts)


def _restatement(outcomes: Sequence[DryRun | BatchResult]) -> str:
    """ " (14 days, −2.3 %)" """
    told = [o.restatement for o in outcomes if o.restatement is not None]
    days = {day for one in told for day in one.days}
    parts = [n_("{count} day", "{count} days", len(days))] if days else []
    if len(told) == 1 and told[0].total.ratio is not None:
        parts.append(fmt().signed_percent(told[0].total.ratio))
    return f" ({_joined(parts)})" if parts else ""


def _facts(outcomes: Sequence[DryRun | BatchResult]) -> str:
    """Rows read, days and sums, as they would be checked against the platform's own screen."""
    parts = [n_("{count} row read", "{count} rows read", sum(o.rows_read for o in outcomes))]
    days = [day for o in outcomes for day in (o.first_day, o.last_day) if day is not None]
    if days:
        parts.append(days_text(min(days), max(days)))
    if len(outcomes) == 1:
        for name, total in outcomes[0].sums.items():
            if name in FIELD_TITLES and total is not None:
                number = fmt().decimal(float(total), 2) if name in _MONEY else fmt().integer(float(total))
                parts.append(f"{_(FIELD_TITLES[name])} {number}")
    return " · ".join(parts)


def _notices(workspace: Workspace, outcome: DryRun) -> list[str]:
    """Gaps and overlaps, as a careful colleague would point them out."""
    names = dict(workspace.rows("select channel, name_zh from channel")) if words().language.startswith("zh") else {}
    names = names or dict(workspace.rows("select channel, name_en from channel"))
    return [_gap(gap, names) for gap in outcome.gaps] + [
        _overlap(overlap, names, workspace.settings.currency) for overlap in outcome.overlaps
    ]


def _gap(gap: Gap, names: dict[str, str]) -> str:
    shown = [fmt().day(day) for day in gap.days[:_MOST_DAYS]]
    if len(gap.days) > _MOST_DAYS:
        shown.append(_("{count} more days", count=fmt().integer(len(gap.days) - _MOST_DAYS)))
    about = {"channel": plain(names.get(gap.channel or "", gap.channel or "")), "days": fmt().listing(shown)}
    if gap.channel is None:
        return (
            _("no row for {days}; what is there for these days stays", days=about["days"])
            if gap.is_known
            else _("no row for {days}: these days are missing", days=about["days"])
        )
    if gap.is_known:
        return _("{channel}: no row for {days}; what is there for these days stays", **about)
    return _("{channel}: no row for {days}: these days are missing", **about)


def _overlap(overlap: Overlap, names: dict[str, str], currency: str) -> str:
    return _(
        "{channel}: {cost} for {days} of these days came from {file} (import {batch}) and stays: the same money may "
        "count twice. Undo that import if this file replaces it.",
        channel=plain(names.get(overlap.channel, overlap.channel)),
        cost=fmt().money(float(overlap.cost), currency),
        days=fmt().integer(overlap.days),
        file=plain(overlap.file),
        batch=overlap.batch_id,
    )


def _twin(twin: Twin) -> str:
    about = {
        "file": plain(twin.file),
        "day": fmt().day(twin.imported_at.date(), with_year=True),
        "batch": twin.batch_id,
    }
    if twin.is_same_mapping:
        return _("This very file was imported on {day} (import {batch}, {file}); again it changes nothing.", **about)
    return _(
        "This very file was imported on {day} (import {batch}, {file}) with other meanings of its columns; its rows "
        "are replaced.",
        **about,
    )


def _labels(outcomes: Sequence[DryRun]) -> None:
    """Channels and actions that nobody knew before this file."""
    found: dict[tuple[str, str], int] = {}
    for outcome in outcomes:
        for label in outcome.unmapped:
            found[label.field, label.label] = found.get((label.field, label.label), 0) + label.rows
    for field, sentence in (
        ("channel", _("New channels in this file: {labels}")),
        ("action", _("New actions in this file: {labels}")),
    ):
        new = [f"{plain(label)} ({fmt().integer(rows)})" for (kind, label), rows in found.items() if kind == field]
        if new:
            st.caption(sentence.format(labels=fmt().listing(new)))


def results_table(results: Sequence[BatchResult]) -> pl.DataFrame:
    """One line per imported table, for a file of many."""
    return pl.DataFrame(
        [
            {
                _("Table"): result.file,
                _("Rows read"): result.rows_read,
                _("Added"): result.added,
                _("Restated"): result.restated,
                _("Already there"): result.duplicates,
                _("Set aside"): result.rejected,
            }
            for result in results
        ]
    )
