"""What an import would change, and what it has changed: a sentence, and behind it rows as examples."""

from collections.abc import Sequence

import streamlit as st

from omnidash.ingest.run import BatchResult, DryRun
from omnidash.store import Workspace
from omnidash.ui.data.samples import show_samples
from omnidash.ui.data.uploads import Table, Upload
from omnidash.ui.data.wording import channel_choices, days_text, sums_text
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.import_labels import STATUS_TITLES
from omnidash.ui.text import plain

_MOST_NOTICES = 8
_COPY = ":material/content_copy:"


def has_news(outcomes: Sequence[DryRun]) -> bool:
    """Whether an import would change anything."""
    return any(outcome.added + outcome.restated > 0 for outcome in outcomes)


def show_outcome(workspace: Workspace, upload: Upload, checked: dict[Table, DryRun]) -> None:
    """The forecast of one file: the sentence over all of its tables, notices, and examples of the table in focus."""
    outcomes = list(checked.values())
    sentence = sentence_of(outcomes, workspace.settings.currency)
    st.markdown(f"**{plain(sentence[:1].upper() + sentence[1:])}**")
    st.caption(_facts(outcomes, workspace.settings.currency))
    if all(table.is_known(workspace) for table in checked):
        st.info(_("The same file as before: nothing changes, and nothing needs to be imported."), icon=_COPY)
    elif not has_news(outcomes):
        st.info(_("Nothing new in this file: every row is already there or cannot be taken."), icon=_COPY)
    notices = [
        (f"{plain(table.part.name)}: " if len(checked) > 1 else "") + notice
        for table, outcome in checked.items()
        for notice in _notices(workspace, table, outcome)
    ]
    if notices:
        more = [_("and {count} more", count=fmt().integer(len(notices) - _MOST_NOTICES))]
        shown = [*notices[:_MOST_NOTICES], *(more if len(notices) > _MOST_NOTICES else [])]
        st.warning("  \n".join(shown), icon=":material/warning:")
    focused = next((t for t in checked if t.key == upload.focus), next(iter(checked)))
    show_samples(workspace, focused, checked[focused])
    _labels(outcomes)
    _statuses(outcomes)


def show_result(workspace: Workspace, upload: Upload) -> None:
    """What an import has done, once it is done."""
    results = [table.result for table in upload.tables if table.result is not None]
    currency = workspace.settings.currency
    st.success(f"{plain(sentence_of(results, currency, is_done=True))}  \n{_facts(results, currency)}")
    for result in results:
        for warning in result.warnings:
            st.caption(f":material/warning: {plain(words().render(warning, currency=workspace.settings.currency))}")
    settled = sum(result.settled for result in results)
    if settled:
        st.caption(
            n_(
                "{count} row that an earlier import had set aside is in now.",
                "{count} rows that an earlier import had set aside are in now.",
                settled,
            )
        )


def sentence_of(outcomes: Sequence[DryRun | BatchResult], currency: str, *, is_done: bool = False) -> str:
    """What becomes of the rows: "adds 312 rows, restates 14 days of spend by −2.3 %, 12 rows set aside"."""
    if len(outcomes) == 1 and isinstance(outcomes[0], DryRun) and outcomes[0].headlines:
        return _joined([words().render(headline, currency=currency) for headline in outcomes[0].headlines])
    added = sum(o.added for o in outcomes)
    parts = [
        n_("{count} row added", "{count} rows added", added)
        if is_done
        else n_("adds {count} row", "adds {count} rows", added)
    ]
    restated = sum(o.restated for o in outcomes)
    if restated:
        parts.append(n_("{count} row restated", "{count} rows restated", restated) + _restatement(outcomes))
    duplicates, rejected = sum(o.duplicates for o in outcomes), sum(o.rejected for o in outcomes)
    totals = sum(o.skipped_totals for o in outcomes)
    if duplicates:
        parts.append(_("{count} already there", count=fmt().integer(duplicates)))
    if rejected:
        parts.append(n_("{count} row set aside", "{count} rows set aside", rejected))
    if totals:
        parts.append(n_("{count} total line skipped", "{count} total lines skipped", totals))
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


def _facts(outcomes: Sequence[DryRun | BatchResult], currency: str) -> str:
    """Rows read, days and sums, as they would be checked against the platform's own screen."""
    parts = [n_("{count} row read", "{count} rows read", sum(o.rows_read for o in outcomes))]
    days = [day for o in outcomes for day in (o.first_day, o.last_day) if day is not None]
    if days:
        parts.append(days_text(min(days), max(days)))
    if len(outcomes) == 1:
        parts.append(sums_text(outcomes[0].sums, outcomes[0].sums_by_currency, currency))
    return " · ".join(part for part in parts if part)


def _notices(workspace: Workspace, table: Table, outcome: DryRun) -> list[str]:
    """What the check found beyond the first look: gaps, overlaps, credits …"""
    names = channel_choices(workspace)
    currency = workspace.settings.currency
    known = [warning.template for warning in (table.inspection.warnings if table.inspection else ())]
    return [
        plain(words().render(warning, channel_name=lambda c: names.get(c, c), currency=currency))
        for warning in outcome.warnings
        if warning.template not in known
    ]


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


def _statuses(outcomes: Sequence[DryRun]) -> None:
    """What the statuses of orders were taken for."""
    taken = [
        f"{plain(one.status[:40])}: {_(STATUS_TITLES[one.meaning])} ({fmt().integer(one.orders)})"
        for outcome in outcomes
        for one in outcome.statuses
    ]
    if taken:
        st.caption(_("Statuses of the orders: {statuses}", statuses=fmt().listing(taken)))
