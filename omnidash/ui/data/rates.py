"""Currency rates: entering the one an import is waiting for, and the list of those that are known."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from omnidash.ingest.rows.rates import known_rates, set_rates
from omnidash.ingest.rows.rates_file import LONGEST_RANGE_DAYS, rates_of_file
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.store.settings import currencies
from omnidash.ui.data.intake import spool
from omnidash.ui.i18n import _, fmt, words
from omnidash.ui.settings_view import USUAL_CURRENCIES, choose_currency
from omnidash.ui.text import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRate:
    """A currency of a file for which some days have no rate."""

    currency: str
    own: str
    first_day: date
    last_day: date
    days: int


def missing_rate_of(problem: OmniDashError) -> MissingRate | None:
    """The rate that an import asks for, where that is what keeps it from going on."""
    values = problem.message.values
    if not {"currency", "own", "first", "last", "days"} <= set(values):
        return None
    return MissingRate(
        currency=str(values["currency"]),
        own=str(values["own"]),
        first_day=_day(values["first"]),
        last_day=_day(values["last"]),
        days=int(str(values["days"])),
    )


def show_missing_rate(workspace: Workspace, missing: MissingRate, *, key: str) -> None:
    """Ask for the rate in place: one for the whole time, or a file with one per day; then the import can go on."""
    st.warning(
        _(
            "This file holds {currency}. To add it to {own}, a rate is needed for {days} days from {first} to {last}.",
            currency=missing.currency,
            own=missing.own,
            days=fmt().integer(missing.days),
            first=fmt().day(missing.first_day, with_year=True),
            last=fmt().day(missing.last_day, with_year=True),
        ),
        icon=":material/currency_exchange:",
    )
    _entry(workspace, missing.currency, missing.own, (missing.first_day, missing.last_day), key=key)
    if workspace.data_version == 0:  # nothing is in yet, so nothing has to be converted
        st.button(
            _("Or count everything in {currency}", currency=missing.currency),
            key=f"rate_own_{key}",
            on_click=lambda: choose_currency(workspace, missing.currency),
        )
    with st.expander(_("Or upload a file with one rate per day")):
        _upload(workspace, key=key)


def show_rates(workspace: Workspace) -> None:
    """The rates the workspace knows, with ways to add and replace."""
    own = workspace.settings.currency
    known = known_rates(workspace)
    with st.container(border=True, key="card_rates"):
        st.markdown(f"## {_('Currency rates')}")
        st.caption(
            _(
                "Amounts in another currency are converted to {own} at the rate of their day. A missing rate stops an "
                "import; it is never taken as 1.",
                own=own,
            )
        )
        if known:
            st.dataframe(
                pl.DataFrame(
                    [
                        {
                            _("Currency"): currency,
                            _("First day"): first,
                            _("Last day"): last,
                            _("Value of one in {own}", own=own): format(rate.normalize(), "f"),
                        }
                        for currency, first, last, rate in known
                    ]
                ),
                hide_index=True,
                key="rates_known",
                column_config={
                    name: st.column_config.DateColumn(name, format="YYYY-MM-DD")
                    for name in (_("First day"), _("Last day"))
                },
            )
        _entry(workspace, None, own, (), key="rates")
        with st.expander(_("Or upload a file with one rate per day")):
            _upload(workspace, key="rates")


def _entry(workspace: Workspace, currency: str | None, own: str, days: tuple[date, ...], *, key: str) -> None:
    with st.form(f"rate_{key}", border=False):
        columns = st.columns([1, 1.4, 2, 1], vertical_alignment="bottom")
        if currency is None:
            codes = [c for c in dict.fromkeys([*USUAL_CURRENCIES, *sorted(currencies())]) if c != own]
            currency = columns[0].selectbox(_("Currency"), codes, key=f"rate_currency_{key}")
        else:
            columns[0].markdown(f"**1 {currency} =**")
        rate = columns[1].number_input(
            _("Value of one in {own}", own=own), 0.0, None, None, format="%.6f", key=f"rate_value_{key}"
        )
        chosen = columns[2].date_input(_("From – to"), value=days, key=f"rate_days_{key}", format="YYYY-MM-DD")
        if columns[3].form_submit_button(_("Use this rate"), type="primary", key=f"rate_save_{key}"):
            _save(workspace, str(currency), rate, chosen)


def _save(workspace: Workspace, currency: str, rate: float | None, days: Any) -> None:
    if not rate or not isinstance(days, tuple) or len(days) != 2:
        st.error(_("Enter a rate above zero, and the first and the last day."))
        return
    length = (days[1] - days[0]).days + 1
    if length > LONGEST_RANGE_DAYS:
        st.error(_("That is a longer time than ten years; enter it in pieces."))
        return
    value = Decimal(str(rate))
    _store(workspace, [(currency, days[0] + timedelta(days=i), value) for i in range(length)])


def _upload(workspace: Workspace, *, key: str) -> None:
    st.caption(
        _(
            "Columns: date, currency, rate, and end_date where a rate holds for several days. "
            "For example 2026-06-01, USD, 7.12."
        )
    )
    file = st.file_uploader(
        _("Rates file"), type=["csv", "txt", "tsv"], key=f"rate_file_{key}", label_visibility="collapsed"
    )
    if file is None or not st.button(_("Use these rates"), type="primary", key=f"rate_take_{key}"):
        return
    path = spool(workspace, file, "rates")
    try:
        rows = rates_of_file(workspace, path, name=file.name)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    finally:
        path.unlink(missing_ok=True)
    _store(workspace, rows)


def _store(workspace: Workspace, rows: list[tuple[str, date, Decimal]]) -> None:
    try:
        with st.spinner(_("Converting …")):
            set_rates(workspace, rows)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    st.rerun()


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
