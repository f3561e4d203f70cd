"""What the reader asks of the attribution screen: lookback, channels or campaigns, order of Markov, models."""

from collections.abc import Collection

import polars as pl
import streamlit as st

from omnidash.attribution.steps import MAX_ORDER
from omnidash.model.defaults import DIRECT, LONGEST_LOOKBACK_DAYS, UNKNOWN
from omnidash.model.messages import N_
from omnidash.ui import in_address, not_found
from omnidash.ui.attribution import cached
from omnidash.ui.attribution.cached import Asked
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.labels import MODEL_TITLES
from omnidash.ui.one_of import one_of
from omnidash.ui.screen import Screen

TITLES = {
    **MODEL_TITLES,
    "shapley_rate": N_("Shapley of the conversion rate"),
}
DATA_DRIVEN = ("markov", "shapley", "shapley_rate")
SHOWN_FIRST = ("first", "last", "shapley", "markov")
_BY = {"channel": N_("Channels"), "campaign": N_("Campaigns")}
_IN_ADDRESS: in_address.Known = {
    "lookback": ("lookback_days", {str(days): days for days in range(1, LONGEST_LOOKBACK_DAYS + 1)}, N_("lookback")),
    "by": ("by", {name: name for name in _BY}, N_("credit to")),
    "order": ("order", {str(order): order for order in range(MAX_ORDER + 1)}, N_("order of the Markov chain")),
}
_KEY = "attribution_asked"
_MODELS = "attribution_models"
_AGAINST = "attribution_against"


def asked(screen: Screen) -> Asked:
    """What was chosen in this session, else what the address names, else the workspace's lookback, channels and order
    1."""
    kept = st.session_state.get(_KEY)
    if not isinstance(kept, Asked):
        kept = in_address.read("attribution", _usual(screen), _IN_ADDRESS)
        if kept != _usual(screen):
            st.session_state[_KEY] = kept
    return kept


def _usual(screen: Screen) -> Asked:
    return Asked(lookback_days=min(max(screen.workspace.settings.lookback_days, 1), LONGEST_LOOKBACK_DAYS))


def chosen_models(screen: Screen) -> list[str]:
    """The models to draw, in the order of their list; never none."""
    available = _available(screen)
    known = [model for model in TITLES if model in available]
    kept = st.session_state.get(_MODELS) or _linked("models", known) or [*SHOWN_FIRST, screen.filters.model]
    return [model for model in known if model in kept] or ["last"]


def against(screen: Screen) -> str:
    """The model last touch is held against."""
    available = _available(screen) - {"last"}
    kept = st.session_state.get(_AGAINST) or next(iter(_linked("against", available)), "markov")
    return kept if kept in available else "markov"


def _linked(name: str, known: Collection[str]) -> list[str]:
    """The models a link names; those there are not are told of."""
    asked_for = [model for model in st.query_params.get(name, "").split(",") if model]
    for model in asked_for:
        if model not in known:
            not_found.note_and_say("attribution", _("attribution model"), model)
    return [model for model in asked_for if model in known]


def _choose(key: str, name: str, chosen: list[str], usual: list[str]) -> None:
    """Keep the models chosen, in the session and, where they are not the usual ones, in the address."""
    st.session_state[key] = chosen if name == "models" else chosen[0]
    if set(chosen) != set(usual):
        st.query_params[name] = ",".join(model for model in TITLES if model in chosen)
    elif name in st.query_params:
        del st.query_params[name]


def title_of(model: str, order: int) -> str:
    """A model's name as it stands beside its numbers; Markov with its order."""
    if model == "markov":
        return _("Markov of order {order}", order=order)
    return _(TITLES[model])


def name_of(screen: Screen, by: str, label: str) -> str:
    """A channel's display name; a campaign as it is called."""
    if by == "channel" or label == DIRECT:
        return screen.name(label)
    return _("(no campaign)") if label == UNKNOWN else label


def includes(screen: Screen, label: str) -> bool:
    """Whether a channel passes the filter bar; campaigns all do, for it names channels."""
    return screen.filters.includes(label) or asked(screen).by == "campaign"


def included(screen: Screen, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose ``channel`` passes the filter bar."""
    if not screen.filters.channels or asked(screen).by == "campaign":
        return rows
    return rows.filter(pl.col("channel").is_in(list(screen.filters.channels)))


def show_choices(screen: Screen) -> None:
    """The controls in one line, and in words what they come to."""
    now = asked(screen)
    in_address.mirror(now, _usual(screen), _IN_ADDRESS)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="attribution_choices"):
        st.session_state["choice_lookback"] = now.lookback_days
        st.number_input(
            _("Lookback, days"),
            1,
            LONGEST_LOOKBACK_DAYS,
            key="choice_lookback",
            width=140,
            on_change=lambda: _ask(screen, lookback_days=int(st.session_state["choice_lookback"])),
            help=_(
                "How old a touch may be to get credit for a conversion, on this screen. The other screens use the "
                "lookback of the settings, {days}.",
                days=n_("{count} day", "{count} days", screen.workspace.settings.lookback_days),
            ),
        )
        st.session_state["choice_by"] = now.by
        one_of(
            _("Credit to"),
            _BY,
            key="choice_by",
            on_change=lambda: _ask(screen, by=st.session_state["choice_by"]),
        )
        st.session_state["choice_order"] = now.order
        st.selectbox(
            _("Order of the Markov chain"),
            [0, *range(1, MAX_ORDER + 1)],
            key="choice_order",
            format_func=lambda order: str(order) if order else _("as the data bear"),
            width=190,
            on_change=lambda: _ask(screen, order=int(st.session_state["choice_order"])),
            help=_(
                "How many of the last channels of a path say what comes next. “As the data bear” takes the order that "
                "foretells journeys it has not seen best."
            ),
        )
    st.caption(_sentence(screen, now))


def show_models_choice(screen: Screen) -> None:
    """Which models are drawn."""
    available = _available(screen)
    st.session_state["choice_models"] = chosen_models(screen)
    st.pills(
        _("Models"),
        [model for model in TITLES if model in available],
        selection_mode="multi",
        key="choice_models",
        format_func=lambda model: _(TITLES[model]),
        on_change=lambda: _choose(
            _MODELS, "models", list(st.session_state["choice_models"]), [*SHOWN_FIRST, screen.filters.model]
        ),
    )


def show_against_choice(screen: Screen) -> None:
    """Which model last touch is held against."""
    known = _available(screen)
    available = [model for model in TITLES if model in known and model != "last"]
    st.session_state["choice_against"] = against(screen)
    st.selectbox(
        _("Hold last touch against"),
        available,
        key="choice_against",
        format_func=lambda model: _(TITLES[model]),
        width=280,
        on_change=lambda: _choose(_AGAINST, "against", [st.session_state["choice_against"]], ["markov"]),
    )


def _available(screen: Screen) -> set[str]:
    return set(cached.comparison(screen.workspace, screen.filters.period, asked(screen)).models)


def _ask(screen: Screen, **changed: object) -> None:
    now = asked(screen)
    st.session_state[_KEY] = Asked(
        **{"lookback_days": now.lookback_days, "by": now.by, "order": now.order, **changed}  # type: ignore[arg-type]
    )


def _sentence(screen: Screen, now: Asked) -> str:
    found = cached.comparison(screen.workspace, screen.filters.period, now)
    conversions = int(found.models["last"].amounts[0].sum())
    parts = [
        _("held against {model}", model=title_of(against(screen), found.order)),
        n_("{count} conversion", "{count} conversions", conversions),
        _("intervals of 90 % from {draws} draws of persons", draws=len(found.resampled.weights)),
    ]
    if now.by == "campaign" and screen.filters.channels:
        parts.append(_("campaigns of all channels"))
    if not now.order:
        parts.append(_("the journeys bear Markov of order {order}", order=found.order))
    return fmt().listing(parts) if len(parts) < 2 else " · ".join(parts)
