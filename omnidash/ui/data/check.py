"""Are the numbers right? What each file said, beside what is in the numbers, and the totals per channel."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl
import streamlit as st

from omnidash.engine.file_totals import COST, file_totals
from omnidash.ingest.channels import channels
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.store.first_run import confirm_numbers, first_run
from omnidash.ui import compute
from omnidash.ui.data.wording import local_time, who
from omnidash.ui.i18n import _, current_language, fmt, n_, sentences, words
from omnidash.ui.report import collected
from omnidash.ui.tables import decimals, downloads, rows_high, to_cents
from omnidash.ui.text import plain


def check_title(workspace: Workspace) -> str:
    """Whether every file is in the numbers to the cent."""
    found = _totals(compute.version_of(workspace), workspace)
    if found.is_empty():
        return _("No file with money is imported yet")
    differ = found.filter(pl.col("difference") != 0)["batch_id"].n_unique()
    if differ:
        return n_("{count} file differs from the numbers", "{count} files differ from the numbers", differ)
    return n_(
        "{count} file is in the numbers to the cent",
        "All {count} files are in the numbers to the cent",
        found["batch_id"].n_unique(),
    )


def show_check(workspace: Workspace) -> None:
    """The two tables and, on one's own data, the confirmation."""
    found = _totals(compute.version_of(workspace), workspace)
    if found.is_empty():
        st.info(_("Drop a file in the section Import."), icon=":material/info:")
        return
    _confirmation(workspace)
    with st.container(border=True, key="card_file_totals", gap="small"):
        _table(
            _("What each file said, and what of it is in the numbers"),
            _files(found),
            key="file_totals",
            beside=(_("What"), _("Currency")),
            hidden=[_("No.")],
        )
        st.caption(
            _(
                "Compare “the file says” with the total on the platform's own screen. Rows that another file had said "
                "before are counted once; where a later file says otherwise, the later one counts."
            )
        )
    with st.container(border=True, key="card_channel_totals", gap="small"):
        _table(_("Totals per channel"), channel_totals(workspace), key="channel_totals")
        st.caption(_("Rows are days of spend, visits, orders and refunds: a refunded order is two rows."))


def _confirmation(workspace: Workspace) -> None:
    """Whether somebody found the numbers right, and the button to say so."""
    kept = first_run(workspace)
    with st.container(horizontal=True, vertical_alignment="center"):
        if kept.confirmed_at:
            moment = local_time(datetime.fromisoformat(kept.confirmed_at), workspace)
            day = fmt().day(moment.date(), with_year=True)
            said = (
                _("Found right on {day} by {name}.", day=day, name=kept.confirmed_by)
                if kept.confirmed_by
                else _("Found right on {day}.", day=day)
            )
            if kept.confirmed_version != workspace.data_version:
                said = sentences(said, _("The data has changed since."))
            st.markdown(f":material/check_circle: {plain(said)}")
        if workspace.settings.is_read_only or kept.confirmed_version == workspace.data_version:
            return
        if st.button(_("These numbers are right"), type="primary", icon=":material/check:", key="confirm_numbers"):
            try:
                confirm_numbers(workspace, by=who())
            except OmniDashError as error:
                st.error(plain(words().render(error.message)))
                return
            st.rerun()


def _files(found: pl.DataFrame) -> pl.DataFrame:
    titles = {COST: _("Spend")}
    return found.select(
        pl.col("batch_id").alias(_("No.")),
        pl.col("file").alias(_("File")),
        pl.Series(_("What"), [titles.get(measure, _("Revenue")) for measure in found["measure"]], dtype=pl.String),
        pl.col("currency").alias(_("Currency")),
        pl.col("stated").alias(_("The file says")),
        pl.col("own").alias(_("In the numbers")),
        pl.col("there_already").alias(_("There already")),
        pl.col("replaced").alias(_("Replaced since")),
        pl.col("difference").alias(_("Difference")),
    )


def channel_totals(workspace: Workspace) -> pl.DataFrame:
    """Spend, net revenue, rows and days of every channel with rows, and last of what names none, under titles in the
    reader's language; money in the workspace's currency."""
    used = channels(workspace).filter(pl.col("rows") > 0)
    name = "name_zh" if current_language().startswith("zh") else "name_en"
    symbol = fmt().symbol(workspace.settings.currency)
    nameless = workspace.rows(
        "select coalesce(cast(sum(revenue_base) as double), 0), count(*), min(day), max(day) from event"
        " where channel is null"
    )[0]
    listed = used.sort("spend", "rows", descending=True).select(
        pl.col(name).alias(_("Channel")),
        pl.col("spend").alias(f"{_('Spend')} ({symbol})"),
        pl.col("revenue").alias(f"{_('Net revenue of rows that name it')} ({symbol})"),
        pl.col("rows").alias(_("Rows")),
        pl.col("first_day").alias(_("First day")),
        pl.col("last_day").alias(_("Last day")),
    )
    if not nameless[1]:
        return listed
    revenue, rows, first_day, last_day = nameless
    rest = pl.DataFrame(
        [(_("(no channel named)"), 0.0, revenue, rows, first_day, last_day)], schema=listed.schema, orient="row"
    )
    return pl.concat([listed, rest])


def _table(
    title: str, frame: pl.DataFrame, *, key: str, beside: tuple[str, str] | None = None, hidden: Sequence[str] = ()
) -> None:
    """``beside``: of two columns the second is shown within the first, where all would not fit side by side;
    columns of ``hidden`` are in the downloads only."""
    st.markdown(f"## {title}")
    collected.add_table(key, title, frame)
    shown = to_cents(frame).drop(hidden)
    if beside is not None:
        shown = shown.with_columns(pl.concat_str(*beside, separator=" · ", ignore_nulls=True).alias(beside[0]))
    st.dataframe(
        shown.drop(beside[1:] if beside else ()).to_arrow(),
        hide_index=True,
        key=key,
        placeholder="–",
        height=rows_high(len(frame), most=12),
        column_config={
            name: st.column_config.NumberColumn(format=decimals(frame[name]) if kind == pl.Float64 else "localized")
            for name, kind in frame.schema.items() if kind.is_numeric()
        },
    )  # fmt: skip
    downloads(frame, name=key.replace("_", "-"), key=key)


@st.cache_resource(show_spinner=False, max_entries=4)
def _totals(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> pl.DataFrame:
    return file_totals(_workspace)
