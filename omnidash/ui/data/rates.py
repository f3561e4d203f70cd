"""Currency rates: entering the one an import is waiting for, and the list of those that are known."""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl
import streamlit as st

from omnidash.ingest.meaning.mapping import currencies
from omnidash.ingest.rows.rates import set_rates
from omnidash.model.errors import BadInput, OmniDashError
from omnidash.model.messages import N_
from omnidash.store import Workspace
from omnidash.ui.i18n import _, fmt, words
from omnidash.ui.settings_view import USUAL_CURRENCIES
from omnidash.ui.text import plain

_LONGEST_DAYS = 3660
_MOST_BYTES = 4 << 20


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
    with st.expander(_("Or upload a file with one rate per day")):
        _upload(workspace, key=key)


def show_rates(workspace: Workspace) -> None:
    """The rates the workspace knows, with ways to add and replace."""
    own = workspace.settings.currency
    known = workspace.frame(
        "select currency, min(day) as first_day, max(day) as last_day, count(*) as days, avg(rate) as mean"
        " from rate group by currency order by currency"
    )
    with st.container(border=True, key="card_rates"):
        st.markdown(f"#### {_('Currency rates')}")
        st.caption(
            _(
                "Amounts in another currency are converted to {own} at the rate of their day. A missing rate stops an "
                "import; it is never taken as 1.",
                own=own,
            )
        )
        if not known.is_empty():
            st.dataframe(
                known.select(
                    pl.col("currency").alias(_("Currency")),
                    pl.col("first_day").alias(_("First day")),
                    pl.col("last_day").alias(_("Last day")),
                    pl.col("days").alias(_("Days")),
                    pl.col("mean").cast(pl.Float64).round(6).alias(_("Mean rate to {own}", own=own)),
                ),
                hide_index=True,
                key="rates_known",
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
    if length > _LONGEST_DAYS:
        st.error(_("That is a longer time than ten years; enter it in pieces."))
        return
    value = Decimal(str(rate))
    _store(workspace, [(currency, days[0] + timedelta(days=i), value) for i in range(length)])


def _upload(workspace: Workspace, *, key: str) -> None:
    st.caption(_("A CSV with the columns currency, day, rate: USD,2026-06-01,7.12"))
    file = st.file_uploader(_("Rates file"), type=["csv", "txt"], key=f"rate_file_{key}", label_visibility="collapsed")
    if file is not None and st.button(_("Use these rates"), type="primary", key=f"rate_take_{key}"):
        try:
            rows = rates_of(file.getvalue()[:_MOST_BYTES].decode("utf-8-sig", errors="replace"))
        except BadInput as error:
            st.error(plain(words().render(error.message)))
            return
        _store(workspace, rows)


def rates_of(text: str) -> list[tuple[str, date, Decimal]]:
    """Rows of ``currency,day,rate``, with or without that header. Raises BadInput naming the line that is none."""
    rows = []
    for number, cells in enumerate(csv.reader(io.StringIO(text)), start=1):
        if not cells or (number == 1 and cells[-1].strip().lower() in ("rate", "汇率")):
            continue
        try:
            currency, day, rate = (cell.strip() for cell in cells)
            rows.append((currency.upper(), date.fromisoformat(day), Decimal(rate)))
        except (ValueError, InvalidOperation) as error:
            raise BadInput(
                N_("line {line} of the rates file: expected currency, day, rate such as USD, 2026-06-01, 7.12"),
                line=number,
            ) from error
    if not rows:
        raise BadInput(N_("the rates file holds no rates"))
    return rows


def _store(workspace: Workspace, rows: list[tuple[str, date, Decimal]]) -> None:
    try:
        set_rates(workspace, rows)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    st.rerun()


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
