"""The level: what strict, normal and loose mean, the band of figures between them, and the change of it."""

from dataclasses import asdict

import polars as pl
import streamlit as st

from omnidash.charts.customers import level_bands
from omnidash.engine.identity_effects import Figures
from omnidash.identity.preview import Proposal
from omnidash.store.settings import IDENTITY_LEVELS
from omnidash.ui.cards import draw, evidence_card
from omnidash.ui.customers import cached
from omnidash.ui.customers.proposal import figure_titles, is_proposed, propose, show_proposal
from omnidash.ui.customers.wording import LEVEL_MEANINGS, LEVEL_TITLES
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt
from omnidash.ui.persons import chosen_level
from omnidash.ui.screen import Screen

COMPUTED_AT_ONCE = 1_000_000  # events up to which the three levels are computed unasked
_ASKED = "customer_levels_asked"


def show_levels(screen: Screen, *, events: int) -> None:
    """The card of the level, and what another level would change once one is asked for."""
    if is_proposed(screen, "identity"):
        show_proposal(screen)
    figures = _figures(screen, events)
    seen = chosen_level(screen.workspace)
    with evidence_card(
        _title(figures, seen),
        _table(figures),
        key="levels",
        explanation=_meaning(screen),
        origin=Origin(metrics=("cross_channel_conversion_rate",), period=screen.filters.period),
    ):
        with st.grid(3, min_column_width=250):
            for level in IDENTITY_LEVELS:
                _level(screen, level, figures.get(level), is_seen=level == seen)
        if figures:
            st.caption(_("Persons of all days; rates of {period}", period=fmt().period(screen.filters.period)))
            _bands(screen, figures, seen)
        elif st.button(_("Compare the three levels"), icon=":material/compare:", key="levels_compare"):
            st.session_state[_ASKED] = True
            st.rerun()


def _figures(screen: Screen, events: int) -> dict[str, Figures]:
    if events > COMPUTED_AT_ONCE and not st.session_state.get(_ASKED):
        return {}
    with st.spinner(_("Counting at the strict, normal and loose level …")):
        return cached.by_level(screen.workspace, screen.filters.period)


def _title(figures: dict[str, Figures], seen: str) -> str:
    level = _(LEVEL_TITLES[seen])
    if not figures:
        return _("Every page counts persons at the level “{level}” now", level=level)
    counts = sorted(found.persons for found in figures.values())
    return _(
        "{persons} persons at the level “{level}”; between {low} and {high} depending on it",
        persons=fmt().integer(figures[seen].persons),
        level=level,
        low=fmt().integer(counts[0]),
        high=fmt().integer(counts[-1]),
    )


def _meaning(screen: Screen) -> str:
    return _(
        "Who is one person at a stricter level is one at every looser one. Every page counts persons at the level "
        "looked at, which the bar on top chooses for you alone; imports and decisions go by the level of the "
        "workspace, which is set here for everybody. What lies between strict and loose is the uncertainty of "
        "cross-channel figures. A hub with more than {limit} strong neighbours joins nobody at any level. Rates are of "
        "the chosen period.",
        limit=screen.workspace.settings.hub_limit,
    )


def _table(figures: dict[str, Figures]) -> pl.DataFrame:
    titles = figure_titles()
    rows = [
        {_("Level"): _(LEVEL_TITLES[level]), **{titles[name]: value for name, value in asdict(found).items()}}
        for level, found in figures.items()
    ]
    return pl.DataFrame(rows)


def _level(screen: Screen, level: str, found: Figures | None, *, is_seen: bool) -> None:
    is_own = level == screen.workspace.settings.identity_level
    badges = ((is_seen, f":blue-badge[{_('looked at')}]"), (is_own, f":gray-badge[{_('level of the workspace')}]"))
    with st.container(border=True, height="stretch", key=f"level_{level}", gap="small"):
        st.markdown(" ".join([f"**{_(LEVEL_TITLES[level])}**", *(badge for holds, badge in badges if holds)]))
        st.caption(_(LEVEL_MEANINGS[level]))
        if found:
            st.markdown(
                _(
                    "**{persons}** persons · **{rate}** of those on several channels convert",
                    persons=fmt().integer(found.persons),
                    rate=fmt().percent(found.cross_channel_rate),
                )
            )
        st.space("stretch")
        if not is_own and st.button(
            _("See what would change"), icon=":material/preview:", key=f"level_preview_{level}", width="stretch"
        ):
            title = _("Count persons at the level “{level}”", level=_(LEVEL_TITLES[level]))
            propose(screen, "identity", Proposal(level=level), title)
            st.rerun()


def _bands(screen: Screen, figures: dict[str, Figures], seen: str) -> None:
    levels = list(figures)
    names = [_(LEVEL_TITLES[level]) for level in levels]
    groups: list[tuple[str, list[float | None], list[str]]] = [
        (
            _("Persons"),
            [float(found.persons) for found in figures.values()],
            [fmt().integer(found.persons) for found in figures.values()],
        ),
        (
            _("Cross-channel conversion rate"),
            [found.cross_channel_rate for found in figures.values()],
            [fmt().percent(found.cross_channel_rate) for found in figures.values()],
        ),
    ]
    draw(
        level_bands(names, groups, levels.index(seen), colors=screen.colors),
        card="levels",
        words="; ".join(
            f"{title}: " + ", ".join(f"{name} {text}" for name, text in zip(names, texts, strict=True))
            for title, _values, texts in groups
        ),
    )
