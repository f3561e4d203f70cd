"""The frame every page draws itself: title, navigation, workspace and language, the filter sentence.

Each page under ``pages/`` is a script of its own, so a deep link on a fresh server runs just that script. Because
the page draws the whole frame, every address shows the same screen whichever way it was reached.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from omnidash.charts.theme import ChannelColors
from omnidash.locale import LANGUAGES
from omnidash.model.errors import OmniDashError
from omnidash.model.filters import DAILY_MODELS
from omnidash.model.period import Period
from omnidash.model.presets import PRESETS, Span
from omnidash.store import Workspace
from omnidash.ui import first_sight, not_found, persons, state, workspaces
from omnidash.ui.ahead import count_ahead
from omnidash.ui.compute import Facts, facts
from omnidash.ui.explain import origin
from omnidash.ui.first_run import show_first_run
from omnidash.ui.fragment import say_problem
from omnidash.ui.i18n import _, current_language, fmt, n_, set_language, settle_language, words
from omnidash.ui.labels import BASIS_IN_SHORT, COMPARISON_TITLES, MODEL_TITLES, PRESET_TITLES
from omnidash.ui.links import as_of_text, link_button, say_as_of
from omnidash.ui.needed import missing_for, show_exports, show_missing
from omnidash.ui.prepare import prepare
from omnidash.ui.report import collected
from omnidash.ui.report.button import report_button
from omnidash.ui.screen import Screen, channel_names
from omnidash.ui.style import inject_style
from omnidash.ui.text import plain

PAGES = {
    "overview": ("app.py", ":material/monitor_heart:"),
    "alerts": ("pages/alerts.py", ":material/notifications:"),
    "journeys": ("pages/journeys.py", ":material/route:"),
    "attribution": ("pages/attribution.py", ":material/balance:"),
    "budget": ("pages/budget.py", ":material/tune:"),
    "customers": ("pages/customers.py", ":material/group:"),
    "experiments": ("pages/experiments.py", ":material/science:"),
    "data": ("pages/data.py", ":material/upload_file:"),
}
_STALE_AFTER_DAYS = 3


def show(page: str, view: Callable[[Screen], None]) -> None:
    """Draw the frame and, where there is data, the page in it. A problem is said in the reader's language."""
    try:
        screen = begin(page)
        if screen is not None:
            view(screen)
            if page != "overview":  # there it has just been counted
                count_ahead(screen.workspace)
    except OmniDashError as error:
        say_problem(error)
        if workspaces.pinned():  # the snapshot may be gone: forgetting a person removes those that know them
            st.button(_("Look at the data of today"), key="to_today_again", on_click=workspaces.look_at_today)


def begin(page: str) -> Screen | None:
    """Draw the frame. Returns what the page needs, or None when the workspace holds no data yet (an invitation to
    upload has then been drawn instead)."""
    settle_language()
    first_sight.begin()
    titles = _page_titles()
    st.set_page_config(page_title=f"{titles[page]} · OmniDash", page_icon="📊", layout="wide")
    inject_style(current_language())
    try:
        prepare(page)
        workspace = workspaces.workspace()
        known = facts(workspace)
        span = _span(known)
        names = channel_names(known)
        bar = state.bar(span, list(names), persons.segments(workspace)) if span else None
    except OmniDashError:  # said by who called; a damaged workspace must not keep its reader from the others
        with st.sidebar:
            _workspace_choice()
            _language_choice()
        raise
    if bar:
        state.mirror(bar)
    else:
        state.mirror_workspace()
    settle_language()  # the address says the language of this run by now; only another one would be the reader's wish
    colors = ChannelColors.of(list(names), dark=st.context.theme.type == "dark")
    page_begun = collected.start(page, titles[page], words(), colors)
    _sidebar(page, titles, workspace, bar)
    not_found.say(page)
    show_first_run(page, workspace)
    if bar is None or span is None:
        origin.look_at(page, None)
        if page != "data":
            _invite(page, workspace, known)
        return None
    with st.sidebar:
        report_button(page_begun)
    screen = Screen(
        workspace=workspace,
        facts=known,
        span=span,
        bar=bar,
        filters=state.filters(bar, span),
        colors=colors,
        names=names,
        currency=workspace.settings.currency,
    )
    origin.look_at(page, screen)
    say_as_of(screen)
    if page != "data":
        if workspace.settings.is_sample:
            _banner()
        _filter_sentence(screen, page)
        show_missing(page, workspace, known)
    return screen


def _banner() -> None:
    """On the sample: that it is one, and one click to one's own data."""
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="sample_banner"):
        st.markdown(f":material/science: {_('You are looking at sample data of a made-up brand.')}", width="stretch")
        if st.button(_("Start with my own data"), icon=":material/upload_file:", key="start_own"):
            workspaces.choose_workspace(workspaces.OWN)
            st.switch_page("pages/data.py", query_params=state.address_of(None))


def _page_titles() -> dict[str, str]:
    return {
        "overview": _("Channel health"),
        "alerts": _("Alerts"),
        "channel": _("Channel"),
        "journeys": _("Journeys"),
        "attribution": _("Attribution"),
        "budget": _("Budget"),
        "customers": _("Customers"),
        "experiments": _("Experiments"),
        "data": _("Data"),
    }


def _span(known: Facts) -> Span | None:
    fresh = known.fresh
    if fresh.first_day is None or fresh.last_day is None or known.closed_through is None:
        return None
    return Span(first_day=fresh.first_day, last_day=fresh.last_day, closed_through=known.closed_through)


def _sidebar(page: str, titles: dict[str, str], workspace: Workspace, bar: state.Bar | None) -> None:
    with st.sidebar:
        st.html('<div class="od-brand"><span class="od-mark"></span>OmniDash</div>')
        with st.container(key="navigation", gap="xxsmall"):
            address = state.address_of(bar)
            for name, (script, icon) in PAGES.items():
                st.page_link(
                    script,
                    label=f"**{titles[name]}**" if name == page else titles[name],
                    icon=icon,
                    query_params=address,
                    width="stretch",
                )
        st.divider()
        _workspace_choice()
        _language_choice()
        settings = workspace.settings
        st.caption(f"{settings.currency} · {settings.timezone}")


def _workspace_titles() -> dict[str, str]:
    """Every workspace by what the sidebar calls it."""
    return {workspaces.SAMPLE: _("Sample data"), workspaces.OWN: _("My data"), **workspaces.further()}


def _workspace_choice() -> None:
    further = workspaces.further()
    titles = _workspace_titles()
    key = "choice_workspace"
    st.session_state[key] = workspaces.chosen_workspace()
    is_waiting = workspaces.has_uploads()
    reason = _("Files wait for their import; import them or clear the list first.") if is_waiting else None

    def switch() -> None:
        workspaces.choose_workspace(st.session_state[key])

    if further:
        st.selectbox(
            _("Workspace"),
            list(titles),
            key=key,
            format_func=titles.__getitem__,
            on_change=switch,
            disabled=is_waiting,
            help=reason,
        )
    else:
        st.segmented_control(
            _("Workspace"),
            list(titles),
            key=key,
            required=True,
            format_func=titles.__getitem__,
            on_change=switch,
            width="stretch",
        )
    made = st.session_state.get("workspaces_made", 0)  # a popover of another key is closed
    with st.popover(_("New workspace"), icon=":material/add:", type="tertiary", key=f"pop_workspace_{made}"):
        st.text_input(_("Name, such as a brand or a country"), key="new_workspace", max_chars=60)
        st.button(_("Make it"), key="make_workspace", on_click=_make_workspace, disabled=is_waiting, help=reason)
        if wrong := st.session_state.pop("new_workspace_wrong", ""):
            st.error(wrong)


def _make_workspace() -> None:
    try:
        workspaces.choose_workspace(workspaces.create(st.session_state["new_workspace"]))
    except OmniDashError as error:
        st.session_state["new_workspace_wrong"] = plain(words().render(error.message))
    else:
        st.session_state["new_workspace"] = ""
        st.session_state["workspaces_made"] = st.session_state.get("workspaces_made", 0) + 1


def _language_choice() -> None:
    key = "choice_language"
    st.session_state[key] = current_language()
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        key=key,
        required=True,
        format_func=LANGUAGES.__getitem__,
        on_change=lambda: set_language(st.session_state[key]),
        width="stretch",
    )


def _invite(page: str, workspace: Workspace, known: Facts) -> None:
    """Nothing is here yet: what this page is made of, and where one finds it."""
    st.title(_("Your workspace is empty"))
    st.write(
        _(
            "Upload the CSV or Excel exports you already have: advertising spend, touchpoints or events, and orders. "
            "OmniDash recognises the columns, shows you what it understood, and fills these screens."
        )
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Upload files"), type="primary", icon=":material/upload_file:", key="empty_upload"):
            st.switch_page("pages/data.py", query_params={**state.address_of(None), "section": "import"})
        if st.button(_("Look at the sample data"), type="tertiary", key="to_sample"):
            workspaces.choose_workspace(workspaces.SAMPLE)
            st.rerun()
    missing = missing_for(page, known, workspace.settings.goal)
    if missing:
        st.markdown(f"## {_('What fills this page')}")
        show_exports(missing)


def _filter_sentence(screen: Screen, page: str) -> None:
    workspace, span, bar, names, period = screen.workspace, screen.span, screen.bar, screen.names, screen.filters.period
    with st.container(horizontal=True, key="filters", vertical_alignment="center", gap="small"):
        with st.popover(
            f"{_(PRESET_TITLES[bar.preset])} · {fmt().period(period)}",
            icon=":material/calendar_month:",
            key="pop_period",
        ):
            _period_choice(span, bar, period)
        with st.popover(_(COMPARISON_TITLES[bar.compare]), icon=":material/compare_arrows:", key="pop_compare"):
            _comparison_choice(screen)
        chosen = [names[c] for c in bar.channels]
        label = (
            fmt().listing(chosen) if 0 < len(chosen) <= 2 else n_("{count} channel", "{count} channels", len(chosen))
        )
        with st.popover(plain(label) if chosen else _("All channels"), icon=":material/hub:", key="pop_channels"):
            _channel_choice(bar, names)
        with st.popover(_(MODEL_TITLES[bar.model]), icon=":material/balance:", key="pop_model"):
            _model_choice(bar)
        persons.level_choice(workspace, bar)
        persons.segment_choice(workspace, page)
        link_button(screen)
        freshness = _freshness(workspace, screen.facts, span)
        st.html(f'<div class="od-fresh">{freshness}</div>')
    named = fmt().listing(chosen) if chosen else _("All channels")
    collected.add_about(
        _workspace_titles().get(workspaces.chosen_workspace(), ""),
        fmt().period(period),
        f"{_(COMPARISON_TITLES[bar.compare])} ({fmt().period(screen.compared)})",
        named,
        _(MODEL_TITLES[bar.model]),
        persons.said(workspace, page),
        freshness,
        as_of_text(workspace),
    )


def _freshness(workspace: Workspace, known: Facts, span: Span) -> str:
    parts = [_("data until {day}", day=fmt().day(span.closed_through, with_year=True))]
    age_days = (datetime.now(workspace.settings.zone).date() - span.closed_through).days
    if age_days > _STALE_AFTER_DAYS:
        parts[0] += f" ({fmt().ago(age_days)})"
    spend_until = known.fresh.spend_last_day
    if spend_until is not None and spend_until < span.closed_through - timedelta(days=1):
        parts.append(_("spend until {day}", day=fmt().day(spend_until)))
    parts.append(_(BASIS_IN_SHORT[workspace.settings.refund_basis]))
    if workspace.settings.is_sample:
        parts.append(_("sample data"))
    return " · ".join(parts)


def _period_choice(span: Span, bar: state.Bar, period: Period) -> None:
    key = "choice_preset"
    st.session_state[key] = bar.preset
    st.radio(
        _("Period"),
        PRESETS,
        key=key,
        format_func=lambda preset: _(PRESET_TITLES[preset]),
        on_change=lambda: state.change(
            preset=st.session_state[key], custom=period if st.session_state[key] == "custom" else bar.custom
        ),
    )
    if bar.preset == "custom":
        dates = "choice_dates"
        st.session_state[dates] = (
            min(max(period.first_day, span.first_day), span.last_day),
            max(min(period.last_day, span.last_day), span.first_day),
        )
        st.date_input(
            _("From – to"),
            key=dates,
            min_value=span.first_day,
            max_value=span.last_day,
            on_change=lambda: _take_dates(st.session_state[dates]),
        )


def _comparison_choice(screen: Screen) -> None:
    key = "choice_compare"
    st.session_state[key] = screen.bar.compare
    st.radio(
        _("Compared with"),
        state.COMPARISONS,
        key=key,
        format_func=lambda compare: _(COMPARISON_TITLES[compare]),
        on_change=lambda: state.change(compare=st.session_state[key]),
    )
    st.caption(fmt().period(screen.compared))
    if screen.compared.first_day < screen.span.first_day:
        st.caption(_("The data does not go back so far."))


def _take_dates(dates: object) -> None:
    if isinstance(dates, tuple) and len(dates) == 2:
        state.change(preset="custom", custom=Period(first_day=dates[0], last_day=dates[1]))


def _channel_choice(bar: state.Bar, names: dict[str, str]) -> None:
    key = "choice_channels"
    st.session_state[key] = list(bar.channels)
    st.pills(
        _("Channels (none chosen: all)"),
        list(names),
        selection_mode="multi",
        key=key,
        format_func=lambda channel: plain(names[channel]),
        on_change=lambda: state.change(channels=tuple(st.session_state[key])),
    )


def _model_choice(bar: state.Bar) -> None:
    key = "choice_model"
    st.session_state[key] = bar.model
    st.radio(
        _("Attribution model: who gets the credit for a sale"),
        DAILY_MODELS,
        key=key,
        format_func=lambda model: _(MODEL_TITLES[model]),
        on_change=lambda: state.change(model=st.session_state[key]),
    )
