"""One uploaded file: recognised as …, its columns and what they mean, what an import would change, and the button."""

from dataclasses import replace

import polars as pl
import streamlit as st

from omnidash.ingest.meaning.fields import FIELDS
from omnidash.ingest.meaning.mapping import DATE_ORDERS
from omnidash.ingest.run import BatchResult, DryRun, profiles
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import Message
from omnidash.store import Workspace
from omnidash.ui import uploads, workspaces
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.import_labels import DATE_ORDER_TITLES, FIELD_TITLES, KIND_TITLES, PROFILE_TITLES
from omnidash.ui.text import plain
from omnidash.ui.uploads import Upload

_LEFT_OUT = "–"
_SAMPLES = 3


def show_upload(workspace: Workspace, upload: Upload) -> None:
    """The card of one file."""
    key = upload.path.stem
    if upload.result is not None:
        sentence = f"{plain(upload.name)}: {_forecast(upload.result, workspace.settings.currency)}"
        st.success(sentence, icon=":material/check_circle:")
        return
    with st.container(border=True, key=f"upload_{key}"):
        if upload.problem is not None or upload.inspection is None or upload.mapping is None:
            st.markdown(f"#### :material/draft: {plain(upload.name)}")
            if upload.problem is not None:
                st.error(plain(words().render(upload.problem.message)), icon=":material/error:")
                st.caption(_("Nothing was imported from this file; the workspace is unchanged."))
            return
        head, choice = st.columns([0.55, 0.45], vertical_alignment="bottom")
        with head:
            st.markdown(f"#### :material/description: {plain(upload.name)}")
            st.caption(_recognised(upload))
        with choice:
            _kind_choice(workspace, upload, key)
        for warning in upload.inspection.warnings:
            st.warning(plain(words().render(warning)), icon=":material/warning:")
        _columns(upload, key)
        _constants(workspace, upload, key)
        _outcome(workspace, upload, key)


def _recognised(upload: Upload) -> str:
    assert upload.inspection is not None
    assert upload.mapping is not None
    profile = upload.mapping.profile
    titles = {known.name: known.title for known in profiles()}
    if profile in PROFILE_TITLES:
        recognised = _(PROFILE_TITLES[profile])
    else:
        recognised = _("recognised as {profile}", profile=plain(titles.get(profile, profile)))
    return f"{recognised} · {upload.inspection.encoding}"


def _kind_choice(workspace: Workspace, upload: Upload, key: str) -> None:
    assert upload.mapping is not None
    widget = f"kind_{key}"
    st.session_state[widget] = upload.mapping.kind
    st.segmented_control(
        _("This file holds"),
        list(KIND_TITLES),
        key=widget,
        required=True,
        format_func=lambda kind: _(KIND_TITLES[kind]),
        on_change=lambda: uploads.reinspect(workspace, upload, st.session_state[widget]),
    )


def _columns(upload: Upload, key: str) -> None:
    """The table of columns: name, first values, meaning; the meaning can be corrected in place."""
    assert upload.inspection is not None
    assert upload.mapping is not None
    mapping, inspection = upload.mapping, upload.inspection
    titles = {f.name: _(FIELD_TITLES[f.name]) for f in FIELDS[mapping.kind]}
    table = pl.DataFrame(
        [
            {
                "column": name,
                "values": " · ".join(row[i] for row in inspection.sample[:_SAMPLES] if i < len(row) and row[i]),
                "meaning": titles[mapping.columns[name]] if name in mapping.columns else _LEFT_OUT,
            }
            for i, name in enumerate(inspection.header)
        ],
        schema={"column": pl.String, "values": pl.String, "meaning": pl.String},
    )
    with st.expander(
        n_("{count} column: what it means", "{count} columns: what they mean", len(inspection.header)),
        expanded=bool(mapping.missing_fields()) or len(inspection.header) <= 10,
    ):
        edited = st.data_editor(
            table,
            hide_index=True,
            disabled=["column", "values"],
            key=f"columns_{key}_{mapping.kind}",
            column_config={
                "column": st.column_config.TextColumn(_("Column in the file"), pinned=True),
                "values": st.column_config.TextColumn(_("First values")),
                "meaning": st.column_config.SelectboxColumn(
                    _("Means"), options=[_LEFT_OUT, *titles.values()], required=True
                ),
            },
        )
        by_title = {title: name for name, title in titles.items()}
        chosen = {
            name: by_title[meaning]
            for name, meaning in zip(edited["column"], edited["meaning"], strict=True)
            if meaning in by_title
        }
        if chosen != dict(mapping.columns):
            _take(upload, columns=chosen, profile="mapped")


def _constants(workspace: Workspace, upload: Upload, key: str) -> None:
    """What the file does not say itself: its channel, currency, timezone, order of dates."""
    assert upload.mapping is not None
    assert upload.inspection is not None
    mapping = upload.mapping
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if "channel" not in mapping.columns.values() and mapping.kind == "spend":
            known = workspace.rows("select channel, name_en, name_zh from channel order by sort, channel")
            names = {c: (zh if words().language.startswith("zh") else en) for c, en, zh in known}
            given = mapping.constants.get("channel")
            channel = st.selectbox(
                _("Channel of every row"),
                list(names),
                index=list(names).index(given) if given in names else None,
                format_func=names.__getitem__,
                placeholder=_("Choose the channel"),
                key=f"channel_{key}",
                accept_new_options=True,
            )
            if channel and channel != given:
                _take(upload, constants={**mapping.constants, "channel": channel})
        for question in upload.inspection.questions:
            if question.field == "date_order":
                _date_order(upload, question.text, key)


def _date_order(upload: Upload, question: Message, key: str) -> None:
    assert upload.mapping is not None
    given = upload.mapping.date_order
    order = st.radio(
        plain(words().render(question)),
        list(DATE_ORDERS),
        index=list(DATE_ORDERS).index(given) if given else None,
        format_func=lambda o: _(DATE_ORDER_TITLES[o]),
        key=f"dates_{key}",
        horizontal=True,
    )
    if order and order != given:
        _take(upload, date_order=order)


def _take(upload: Upload, **changed: object) -> None:
    """Change the mapping; one that cannot be is refused with its reason and the old one kept."""
    assert upload.mapping is not None
    try:
        upload.mapping = replace(upload.mapping, **changed)  # type: ignore[arg-type]
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))


def _outcome(workspace: Workspace, upload: Upload, key: str) -> None:
    assert upload.mapping is not None
    assert upload.inspection is not None
    missing = upload.mapping.missing_fields()
    if missing == ["channel"] and upload.mapping.kind == "spend":
        st.warning(_("Choose the channel this file belongs to, or tell which column holds it."), icon=":material/help:")
        return
    if missing:
        st.warning(
            _("Tell which column holds: {fields}", fields=fmt().listing([_(FIELD_TITLES[name]) for name in missing])),
            icon=":material/help:",
        )
        return
    asks_for_dates = any(question.field == "date_order" for question in upload.inspection.questions)
    if asks_for_dates and upload.mapping.date_order is None:
        return
    with st.spinner(_("Checking every row …")):
        checked = uploads.check(workspace, upload)
    if isinstance(checked, OmniDashError):
        st.error(plain(words().render(checked.message)), icon=":material/error:")
        return
    st.markdown(_forecast(checked, workspace.settings.currency))
    has_news = checked.added + checked.restated > 0
    if not has_news:
        st.info(_("Nothing new in this file: every row is already there or cannot be taken."), icon=":material/info:")
    _rejects(checked, key)
    _labels(checked)
    if upload.busy is not None:
        st.warning(plain(words().render(upload.busy.message)), icon=":material/hourglass_top:")
    if st.button(
        _("Import"), type="primary" if has_news else "secondary", icon=":material/download_done:", key=f"import_{key}"
    ):
        import_uploads(workspace, [upload])


def _forecast(checked: DryRun | BatchResult, currency: str) -> str:
    """ "62,483 rows read: 62,483 added … 1 Jul – 31 Jul" as a sentence."""
    parts = [n_("{count} row added", "{count} rows added", checked.added)]
    for count, one, many in (
        (checked.restated, _("{count} row restated"), _("{count} rows restated")),
        (checked.duplicates, _("{count} already there"), _("{count} already there")),
        (checked.rejected, _("{count} row set aside"), _("{count} rows set aside")),
        (checked.skipped_totals, _("{count} total line skipped"), _("{count} total lines skipped")),
    ):
        if count:
            parts.append((one if count == 1 else many).format(count=fmt().integer(count)))
    read = n_("{count} row read", "{count} rows read", checked.rows_read)
    days = ""
    if checked.first_day is not None and checked.last_day is not None:
        days = f" · {fmt().day(checked.first_day, with_year=True)} – {fmt().day(checked.last_day, with_year=True)}"
    sums = "".join(
        f" · {_(FIELD_TITLES[name])} {_sum(name, float(total), currency)}"
        for name, total in checked.sums.items()
        if name in FIELD_TITLES and total is not None
    )
    return f"**{read}**: {' · '.join(parts)}{days}{sums}"


def _sum(name: str, total: float, currency: str) -> str:
    return fmt().symbol(currency) + fmt().decimal(total, 2) if name in _MONEY else fmt().integer(total)


_MONEY = ("cost", "revenue", "refund", "claimed_revenue")


def _rejects(checked: DryRun, key: str) -> None:
    if not checked.rejected:
        return
    with st.expander(n_("{count} row set aside: why", "{count} rows set aside: why", checked.rejected)):
        st.dataframe(
            pl.DataFrame(
                [
                    {
                        _("Row"): row["row_number"],
                        _("Column"): row["column"] or "",
                        _("Reason"): words().render(row["reason"]),
                        _("Text of the row (identifiers masked)"): row["raw"],
                    }
                    for row in checked.reject_samples
                ]
            ),
            hide_index=True,
            key=f"rejects_{key}",
        )


def _labels(checked: DryRun) -> None:
    for field, sentence in (
        ("channel", _("New channels in this file: {labels}")),
        ("action", _("New actions in this file: {labels}")),
    ):
        new = [f"{plain(u.label)} ({fmt().integer(u.rows)})" for u in checked.unmapped if u.field == field]
        if new:
            st.caption(sentence.format(labels=fmt().listing(new)))


def import_uploads(workspace: Workspace, chosen: list[Upload]) -> None:
    """Import the files one after the other, with progress, and look at one's own workspace from then on."""
    bar = st.progress(0.0, text=_("Importing …"))
    for upload in chosen:

        def progress(fraction: float, message: Message, name: str = upload.name) -> None:
            bar.progress(min(max(fraction, 0.0), 1.0), text=f"{plain(name)} · {words().render(message)}")

        uploads.bring_in(workspace, upload, progress)
    workspaces.choose_workspace(workspaces.OWN)
    st.rerun()
