"""The drawer: definition and formula, of which days, channels, model, persons and data, the rows, and their imports."""

import math
from datetime import date

import polars as pl
import streamlit as st

from omnidash.attribution.effect_weights import effect_weights
from omnidash.engine.rows_behind import MOST_ROWS, RowsBehind, rows_in_sql
from omnidash.ingest.history import history
from omnidash.journeys.credit import MARKOV
from omnidash.metrics.metric import Metric
from omnidash.metrics.registry import METRICS
from omnidash.metrics.rows_behind import Asked, addends_of, costed_period, rows_behind
from omnidash.model.period import Period
from omnidash.ui import compute, state
from omnidash.ui.customers import cached
from omnidash.ui.customers.level import COMPUTED_AT_ONCE
from omnidash.ui.customers.wording import LEVEL_TITLES
from omnidash.ui.data.wording import local_time
from omnidash.ui.explain.origin import Origin
from omnidash.ui.explain.rows import MONEY, addend_title, amount_text, shown_rows
from omnidash.ui.fragment import dialog
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.journeys.results import members_of_segment
from omnidash.ui.labels import BASIS_IN_SHORT, COMPARISON_TITLES, MODEL_TITLES
from omnidash.ui.persons import SEGMENT_PAGES, chosen_level, chosen_segment
from omnidash.ui.screen import Screen
from omnidash.ui.tables import decimals, downloads, rows_high, to_cents
from omnidash.ui.text import plain

_WIDTH = 720
_OF_PERSONS = "customers"  # the page that is of all channels, and of all days but for what names a period
_ALL_DAYS = Period(first_day=date.min, last_day=date.max)
_OF_ALL_CHANNELS = {"multi_persons", "multi_converters", "customers", "repeat_customers", "actions"}


def show_drawer(page: str, screen: Screen, title: str, origin: Origin, explanation: str) -> None:
    """Open it."""
    opened = dialog(_content, plain(title), width=_WIDTH, position="right", icon=":material/info:")
    opened(page, screen, origin, explanation)


def _content(page: str, screen: Screen, origin: Origin, explanation: str) -> None:
    st.markdown(explanation)
    period = _period(page, screen, origin)
    _context(page, screen, origin, period)
    if period is None:
        st.info(_("No spend was delivered in this period, so there is nothing to compare."))
        return
    with st.spinner(_("Reading the rows …")):
        found = _rows(page, screen, origin, period)
    _sentence(screen, origin, found)
    for behind in found:
        _one(screen, behind)
    _imports(page, screen, origin, period, found)
    _band(page, screen, origin, period)


def _period(page: str, screen: Screen, origin: Origin) -> Period | None:
    """The days the number is of; None where money spent is compared and there was none."""
    if _is_of_all_days(page, origin):
        return _ALL_DAYS
    period = origin.period or screen.filters.period
    return costed_period(origin.metrics[0], period, origin.costed_through) if origin.shown else period


def _is_of_all_days(page: str, origin: Origin) -> bool:
    """Who is who is resolved over all data, whatever the bar says; only what names a period is of one."""
    return page == _OF_PERSONS and origin.period is None


def _channels(page: str, screen: Screen, origin: Origin) -> tuple[str, ...]:
    return () if page == _OF_PERSONS else origin.channels or screen.filters.channels


def _context(page: str, screen: Screen, origin: Origin, period: Period | None) -> None:
    """Of what the number is: one line each."""
    settings = screen.workspace.settings
    of_all = {*addends_of(origin.metrics), *origin.addends} & _OF_ALL_CHANNELS
    names = [] if of_all else [screen.name(channel) for channel in _channels(page, screen, origin)]
    lines = {
        _("Period"): _days(page, origin, period),
        **({} if page == _OF_PERSONS else {_("Compared with"): _compared(screen)}),
        _("Channels"): _channels_text(page, screen, names),
        _("Attribution model"): _(MODEL_TITLES[origin.model or screen.filters.model]),
        _("Lookback"): n_("{count} day", "{count} days", origin.lookback_days or settings.lookback_days),
        _("Identity level (OneID)"): _(LEVEL_TITLES[chosen_level(screen.workspace)]),
        **({_("Persons"): _segment_text(segment)} if (segment := _segment(page, screen, origin)) else {}),
        _("Refunds"): _(BASIS_IN_SHORT[settings.refund_basis]),
        _("Data until"): _fresh(screen),
    }
    st.markdown("\n".join(f"- **{plain(title)}**: {plain(text)}" for title, text in lines.items()))


def _channels_text(page: str, screen: Screen, names: list[str]) -> str:
    if names:
        return fmt().listing(names)
    if page == _OF_PERSONS and screen.filters.channels:
        return _("All channels, whatever is chosen above")
    return _("All channels")


def _days(page: str, origin: Origin, period: Period | None) -> str:
    if _is_of_all_days(page, origin):
        return _("All days, whatever period is chosen above")
    return fmt().period(period) if period else "–"


def _compared(screen: Screen) -> str:
    return f"{fmt().period(screen.compared)} ({_(COMPARISON_TITLES[screen.bar.compare])})"


def _segment(page: str, screen: Screen, origin: Origin) -> str:
    """The segment the page counts, if it does."""
    return chosen_segment(screen.workspace) if page in SEGMENT_PAGES and not origin.is_of_everybody else ""


def _segment_text(segment: str) -> str:
    return _("{name} (orders and persons are theirs alone; touches, events and spend are everybody's)", name=segment)


def _fresh(screen: Screen) -> str:
    """The last closed day, how far spend goes, and the last import."""
    parts = [fmt().day(screen.span.closed_through, with_year=True)]
    spend = screen.facts.fresh.spend_last_day
    if spend is not None and spend != screen.span.closed_through:
        parts.append(_("spend until {day}", day=fmt().day(spend)))
    active = [batch for batch in history(screen.workspace) if batch["state"] == "active"]
    if active:
        moment = local_time(active[0]["imported_at"], screen.workspace)
        parts.append(
            _("last import {day}, {clock}: {file}", day=fmt().day(moment.date(), with_year=True),
              clock=f"{moment:%H:%M}", file=active[0]["file"])
        )  # fmt: skip
    return " · ".join(parts)


def _rows(page: str, screen: Screen, origin: Origin, period: Period) -> tuple[RowsBehind, ...]:
    workspace, model = screen.workspace, origin.model or screen.filters.model
    addends = origin.addends or addends_of(origin.metrics) or (("all_events",) if page == _OF_PERSONS else ("events",))
    segment = _segment(page, screen, origin)
    asked = Asked(
        period=period,
        channels=_channels(page, screen, origin) or None,
        model=model,
        weights=_weights(screen, origin, model),
        lookback_days=origin.lookback_days or None,
        actions=origin.actions,
        persons=compute.persons_looked_at(workspace),
        seen=compute.seen(workspace),
        members=members_of_segment(workspace, segment) if segment else None,
    )
    return rows_behind(workspace, compute.journeys(workspace), addends, asked)


def _weights(screen: Screen, origin: Origin, model: str) -> dict[str, float] | None:
    """What the model shares by, under the lookback of the card."""
    settings = screen.workspace.settings
    if model != MARKOV or origin.lookback_days in (0, settings.lookback_days):
        return compute.weights(screen.workspace, model)
    journeys = compute.journeys(screen.workspace)
    return effect_weights(journeys, goal=settings.goal, lookback_days=origin.lookback_days)


def _sentence(screen: Screen, origin: Origin, found: tuple[RowsBehind, ...]) -> None:
    """How the rows make the number that is shown."""
    if origin.value is None or not origin.metrics:
        return
    metric = METRICS[origin.metrics[0]]
    sums = [f"**{plain(addend_title(b.addend))} {plain(amount_text(screen, b.addend, b.total))}**" for b in found]
    if len(found) == 1 and _adds_up(metric):
        if math.isclose(found[0].total, origin.value, rel_tol=1e-9, abs_tol=1e-6):
            st.success(_("The rows add up to the number shown: {sum}.", sum=sums[0]))
        else:
            st.warning(_("The rows add up to {sum}; shown is {value}.", sum=sums[0], value=plain(origin.shown)))
    elif len(found) == 2:
        st.markdown(
            _("{one} and {other} make **{value}**: {formula}", one=sums[0], other=sums[1], value=plain(origin.shown),
              formula=plain(_(metric.formula)))
        )  # fmt: skip


def _band(page: str, screen: Screen, origin: Origin, period: Period) -> None:
    """For a figure of persons over channels: between which values the identity levels carry it."""
    if origin.metrics[:1] != ("cross_channel_conversion_rate",) or _channels(page, screen, origin):
        return
    st.markdown(f"**{_('How far the identity levels carry it')}**")
    is_quick = compute.journeys(screen.workspace).events <= COMPUTED_AT_ONCE
    if is_quick or st.button(_("Compare the three levels"), icon=":material/compare:", key="explained_levels"):
        with st.spinner(_("Counting at the strict, normal and loose level …")):
            found = cached.by_level(screen.workspace, period)
        rates = {level: fmt().percent(figures.cross_channel_rate) for level, figures in found.items()}
        st.markdown(" · ".join(f"{plain(_(LEVEL_TITLES[level]))} **{plain(rate)}**" for level, rate in rates.items()))


def _adds_up(metric: Metric) -> bool:
    return metric.unit in ("money", "count") and len(metric.made_of) == 1


def _one(screen: Screen, behind: RowsBehind) -> None:
    """The rows of one sum: how much, the latest of them, and all of them as a file."""
    count = n_("{count} row", "{count} rows", behind.count)
    total = "" if behind.total == behind.count else amount_text(screen, behind.addend, behind.total)
    sums = " · ".join(part for part in (plain(total), count) if part)
    st.markdown(f"**{plain(addend_title(behind.addend))}** · {sums}")
    if not behind.count:
        return
    shown = shown_rows(screen, behind, behind.first)
    money = [name for name, kind in shown.schema.items() if kind == pl.Float64]
    st.dataframe(
        to_cents(shown).to_arrow(),
        hide_index=True,
        height=rows_high(len(shown), most=6),
        placeholder="–",
        key=f"behind_{behind.addend}",
        column_config={
            **{name: st.column_config.NumberColumn(format=decimals(shown[name])) for name in money},
            **{name: st.column_config.DateColumn(format="YYYY-MM-DD") for name, kind in shown.schema.items()
               if kind == pl.Date},
        },
    )  # fmt: skip
    if behind.count > MOST_ROWS:
        st.caption(
            _(
                "The latest {shown} of {all} rows; the file holds the latest {most}.",
                shown=fmt().integer(len(shown)),
                all=fmt().integer(behind.count),
                most=fmt().integer(MOST_ROWS),
            )
        )
    elif behind.count > len(shown):
        st.caption(
            _("The latest {shown} of {all} rows; the file holds all of them.", shown=fmt().integer(len(shown)),
              all=fmt().integer(behind.count))
        )  # fmt: skip
    downloads(
        lambda: shown_rows(screen, behind, behind.whole()), name=f"rows-{behind.addend}", key=f"behind_{behind.addend}"
    )


def _imports(page: str, screen: Screen, origin: Origin, period: Period, found: tuple[RowsBehind, ...]) -> None:
    """Which imports brought these rows, with how much of each sum, and the way to them."""
    parts = [b for b in found if not b.by_batch.is_empty()]
    if not parts and any(b.count for b in found):  # persons: the imports that their events came with
        parts = [rows_in_sql(screen.workspace, "events", period, _channels(page, screen, origin) or None)]
    batches = {batch["batch_id"]: batch for batch in history(screen.workspace)}
    lines = [
        {
            _("No."): number,
            _("File"): batches[number]["file"] if number in batches else "",
            **({_("What"): addend_title(behind.addend)} if len(parts) > 1 else {}),
            _("Rows"): rows,
            _("Sum"): amount_text(screen, behind.addend, amount),
            _("Imported"): f"{local_time(batches[number]['imported_at'], screen.workspace):%Y-%m-%d %H:%M}"
            if number in batches
            else "",
        }
        for behind in parts
        for number, rows, amount in behind.by_batch.iter_rows()
    ]
    st.markdown(f"**{_('Imports they came with')}**")
    if lines:
        table = pl.DataFrame(lines)
        if not any(b.addend in MONEY or b.total != b.count for b in parts):
            table = table.drop(_("Sum"))
        st.dataframe(table.to_arrow(), hide_index=True, height=rows_high(len(lines), most=6), key="behind_imports")
    else:
        st.caption(_("None: there is no row in this period."))
    st.page_link(
        "pages/data.py",
        label=_("All imports: Data → History"),
        icon=":material/history:",
        query_params={**state.address_of(screen.bar), "section": "history"},
    )
