"""Evidence: what experiments found, beside what the channel was credited with, and ways to add to it."""

from dataclasses import dataclass

import polars as pl
import streamlit as st

from omnidash.attribution.evidence import METHODS, Evidence, evidence, withdraw
from omnidash.attribution.evidence_file import keep_file
from omnidash.metrics.metric import divide
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.ui import compute
from omnidash.ui.attribution.geo import show_geo_reader
from omnidash.ui.attribution.hold_out import show_hold_out_reader
from omnidash.ui.attribution.keeping import keep
from omnidash.ui.cards import evidence_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.labels import MODEL_TITLES
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

METHOD_TITLES = {
    "geo_lift": N_("Geo test (regions with and without)"),
    "hold_out": N_("Hold-out (persons left out)"),
    "experiment": N_("Other experiment"),
}
_PASSED_OVER = "evidence_passed_over"


def evidence_title(screen: Screen) -> str:
    """The channel whose credit is furthest above what a test found."""
    known = evidence(screen.workspace)
    if not known:
        return _("No test has shown yet what would be missing without a channel")
    over = [
        (ratio, found) for found in known if (ratio := _beyond_the_test(_credited(screen, found), found)) is not None
    ]
    if over:
        ratio, found = max(over, key=lambda pair: pair[0])
        return _(
            "{channel} is credited with {ratio} times what a test found it to bring",
            channel=screen.name(found.channel),
            ratio=fmt().decimal(ratio, 1),
        )
    return _("No channel is credited with more than its test found")


def show_evidence(screen: Screen) -> None:
    """The section below the title."""
    known = evidence(screen.workspace)
    if known:
        _known(screen, known)
    else:
        st.info(
            _(
                "Attribution shares out the sales that happened. What would be missing without a channel, only a test "
                "can say: leave the channel out in some regions, or for some persons, and compare. Enter what such "
                "tests found; response curves can be calibrated with it."
            ),
            icon=":material/science:",
        )
    read, counted, entered, uploaded = st.tabs(
        [_("Read a geo test"), _("Read a hold-out test"), _("Enter a finding"), _("Upload findings")],
        key="evidence_ways",
    )
    with read:
        show_geo_reader(screen)
    with counted:
        show_hold_out_reader(screen)
    with entered:
        _entry(screen)
    with uploaded:
        _upload(screen)


def _known(screen: Screen, known: tuple[Evidence, ...]) -> None:
    model = _(MODEL_TITLES[screen.filters.model])
    credited = [_credited(screen, found) for found in known]
    money = screen.currency
    table = pl.DataFrame(
        {
            _("Channel"): [screen.name(found.channel) for found in known],
            _("Days of the test"): [
                fmt().period(Period(first_day=found.first_day, last_day=found.last_day)) for found in known
            ],
            _("Per unit of spend"): [_per_spend(found) for found in known],
            _("Credited per unit of spend"): [
                None if c.per_spend is None else fmt().decimal(c.per_spend, 2) for c in credited
            ],
            _("Credited / incremental"): [
                None if (ratio := _ratio(c, f)) is None else fmt().decimal(ratio, 2)
                for c, f in zip(credited, known, strict=True)
            ],
            _("Incremental revenue"): [_with_interval(found, money) for found in known],
            _("Credited in these days: {model}", model=model): [
                None if c.revenue is None else fmt().money_compact(c.revenue, money) for c in credited
            ],
            _("Method"): [_(METHOD_TITLES[found.method]) for found in known],
            _("Source"): [found.source for found in known],
        },
        strict=False,
    )
    with evidence_card(
        _("What tests found, beside what {model} credits in the same days", model=model),
        table,
        origin=Origin(addends=("net_revenue", "spend"), is_of_everybody=True),
        key="evidence",
        explanation=_(
            "Incremental revenue would not have come without the channel. Credit shares out all sales the channel was "
            "near to, also those that would have come anyway; a channel that follows people who are about to buy "
            "anyway is credited with far more than it brings. A test may have covered some regions or persons only, so "
            "where the spend is known the two are compared per unit of spend."
        ),
    ):
        st.dataframe(table, hide_index=True, key="evidence_rows", placeholder="–")
        with st.popover(_("Withdraw a finding"), icon=":material/delete:", key="pop_withdraw"):
            chosen = st.selectbox(
                _("Finding"),
                known,
                format_func=lambda f: (
                    f"{screen.name(f.channel)} · {fmt().day(f.last_day, with_year=True)} · {f.source}"
                ),
                key="evidence_withdraw",
            )
            if st.button(_("Withdraw"), key="evidence_withdraw_now") and chosen is not None:
                withdraw(screen.workspace, chosen.evidence_id or 0)
                st.rerun()


def _per_spend(found: Evidence) -> str | None:
    if found.iroas is None:
        return None
    if found.iroas_interval is None:
        return fmt().decimal(found.iroas, 2)
    low, high = (fmt().decimal(end, 2) for end in found.iroas_interval)
    return f"{fmt().decimal(found.iroas, 2)} ({low} … {high})"


def _with_interval(found: Evidence, currency: str) -> str:
    middle = fmt().money_compact(found.incremental_revenue, currency)
    if found.low is None or found.high is None:
        return middle
    ends = f"{fmt().money_compact(found.low, currency)} … {fmt().money_compact(found.high, currency)}"
    return f"{middle} ({fmt().percent(found.level, 0)}: {ends})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Credit:
    """What the chosen model credits to a channel in the days of a test; None outside the data or without spend."""

    revenue: float | None
    per_spend: float | None


def _credited(screen: Screen, found: Evidence) -> _Credit:
    if found.last_day < screen.span.first_day or found.first_day > screen.span.last_day:
        return _Credit(revenue=None, per_spend=None)
    days = compute.channel_days(screen.workspace, screen.filters.model)
    inside = days.filter(
        pl.col("day").is_between(found.first_day, found.last_day) & (pl.col("channel") == found.channel)
    )
    revenue, spend = float(inside["revenue"].sum()), float(inside["spend"].sum())
    return _Credit(revenue=revenue, per_spend=divide(revenue, spend))


def _ratio(credit: _Credit, found: Evidence) -> float | None:
    """Credited per incremental: per unit of spend where both are known, for a test may cover some regions only."""
    if found.iroas is not None and found.iroas > 0 and credit.per_spend is not None:
        return credit.per_spend / found.iroas
    if found.spend is None and credit.revenue is not None and found.incremental_revenue > 0:
        return credit.revenue / found.incremental_revenue
    return None


def _beyond_the_test(credit: _Credit, found: Evidence) -> float | None:
    """The ratio where the credit lies above the test's interval (or finding, where no interval is stated)."""
    ratio = _ratio(credit, found)
    highest = found.incremental_revenue if found.high is None else found.high
    if ratio is None or ratio * found.incremental_revenue <= highest:
        return None
    return ratio


def _entry(screen: Screen) -> None:
    with st.form("evidence_form", border=False):
        left, middle, right = st.columns(3)
        channel = left.selectbox(
            _("Channel"), list(screen.names), format_func=lambda c: plain(screen.name(c)), key="evidence_channel"
        )
        method = middle.selectbox(
            _("Method"), METHODS, format_func=lambda m: _(METHOD_TITLES[m]), key="evidence_method"
        )
        days = right.date_input(
            _("Days of the test"),
            (screen.filters.period.first_day, screen.filters.period.last_day),
            key=f"evidence_days_{screen.filters.period}",
        )
        revenue = left.number_input(
            _("Incremental revenue, {currency}", currency=screen.currency), value=None, key="evidence_revenue"
        )
        low = middle.number_input(_("Lower end of its interval"), value=None, key="evidence_low")
        high = right.number_input(_("Upper end of its interval"), value=None, key="evidence_high")
        spend = left.number_input(
            _("Spend of the test, {currency}", currency=screen.currency),
            min_value=0.0,
            value=None,
            key="evidence_spend",
        )
        level = middle.number_input(_("Level of the interval, %"), 50.0, 99.9, 90.0, 5.0, key="evidence_level")
        source = right.text_input(_("Source"), placeholder=_("who ran the test, which report"), key="evidence_source")
        if not st.form_submit_button(_("Keep this finding"), type="primary"):
            return
    if revenue is None or not isinstance(days, tuple) or len(days) != 2:
        st.error(_("Give the incremental revenue and both days of the test."))
        return
    keep(
        screen,
        channel=channel or "",
        method=method,
        first_day=days[0],
        last_day=days[1],
        incremental_revenue=revenue,
        low=low,
        high=high,
        level=level / 100,
        spend=spend,
        source=source,
    )


def _upload(screen: Screen) -> None:
    st.caption(
        _(
            "A CSV with the columns channel, first_day, last_day, and incremental_revenue (low, high) or iroas and "
            "spend (iroas_low, iroas_high); method, level and source if you like."
        )
    )
    file = st.file_uploader(_("Findings"), type=["csv", "txt"], key="evidence_file", label_visibility="collapsed")
    if said := st.session_state.pop(_PASSED_OVER, ""):
        st.info(said, icon=":material/info:")
    if file is None or not st.button(_("Keep these findings"), type="primary", key="evidence_take"):
        return
    try:
        taken = keep_file(screen.workspace, file.getvalue(), name=file.name)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    if taken.known:
        st.session_state[_PASSED_OVER] = n_(
            "{count} finding is kept already and was passed over.",
            "{count} findings are kept already and were passed over.",
            taken.known,
        )
    st.rerun()
