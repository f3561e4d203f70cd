"""What pages are made of: KPI cards, and charts that carry their table, their definition and their download."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from omnidash.charts.sparkline import sparkline_mask
from omnidash.metrics.metric import Metric
from omnidash.metrics.registry import METRICS
from omnidash.ui.explain.origin import Origin, credited_by, explain_button, press_to_explain
from omnidash.ui.fragment import fragment
from omnidash.ui.i18n import _, fmt
from omnidash.ui.metric_words import definition, show_value
from omnidash.ui.needed import empty_state
from omnidash.ui.report import collected
from omnidash.ui.tables import downloads
from omnidash.ui.tables import table as show_table
from omnidash.ui.text import plain

# Not "responsive": Streamlit hands the width down, and Plotly's own watcher would draw every chart once more.
CHART_CONFIG = {"displaylogo": False, "displayModeBar": False}
_PICTURES = ("png", "svg")
_FORMAT_TAKEN = "picture_format_taken"
_TONES = {True: "od-good", False: "od-bad", None: "od-rest"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One KPI: its metric, value, the values of the comparison period and of a year ago, and the daily values behind
    it."""

    metric: str
    value: float | None
    before: float | None
    series: Sequence[float | None]
    year_ago: float | None = None


def finding(title: str) -> None:
    """The page's title: what it has found, in one sentence."""
    st.title(plain(title))
    collected.add_title(title)


def figure(
    label: str,
    value: str,
    *,
    key: str = "",
    origin: Origin | None = None,
    delta: str | None = None,
    delta_color: Any = "normal",
    help: str | None = None,  # noqa: A002 - Streamlit's own name
    series: Sequence[float | None] = (),
    border: bool = False,
    explain: Callable[..., None] = explain_button,
    **look: Any,
) -> None:
    """One number on screen (``st.metric``), and in the report of the page. With ``origin`` and a ``key`` of its own its
    ⓘ (``explain``) opens the drawer that says where it comes from; ``help`` is then what pointing at it says, and
    ``series`` the daily values drawn below it."""
    if delta and not any(digit in delta for digit in "123456789"):  # no change is neither good nor bad
        delta_color, look["delta_arrow"] = "off", "off"
    rises = {"normal": True, "inverse": False}.get(delta_color)
    is_good = None if rises is None or not delta else rises != delta.startswith(("-", "−"))
    if origin is None:
        st.metric(label, value, delta=delta, delta_color=delta_color, help=help, border=border, **look)
    else:
        frame = {name: look.pop(name) for name in ("height", "width") if name in look}
        with st.container(border=border, key=f"figure_{key}", gap=None, **frame):
            st.metric(
                label + _small(credited_by(origin)),
                value, delta=delta, delta_color=delta_color, **look,
            )  # fmt: skip
            if line := sparkline_mask(series):
                st.html(f'<div class="{_TONES[is_good]}">{line}</div>')
            explain(label, key=f"number_{key}", origin=origin, explanation=help or "", hint=help or "")
    collected.add(
        f"figure:{label}",
        collected.Figure(
            label=label,
            value=value,
            change=delta or "",
            is_good=is_good,
            meaning=help or "",
            series=series,
        ),
    )


@fragment
def kpi_cards(
    cards: Sequence[Card],
    *,
    currency: str,
    compared_with: str,
    columns: int = 3,
    channels: tuple[str, ...] = (),
    costed_through: date | None = None,
) -> None:
    """Cards in a grid: value, change (coloured by good and bad, not by up and down), sparkline, definition.
    ``channels``: of which they are, where not those of the page; ``costed_through``: see ``metrics.summary``. One
    fragment for the ⓘ of all: a fragment of its own for each cost as much as the cards."""
    with st.grid(columns, min_column_width=150):
        for card in cards:
            metric = METRICS[card.metric]
            shown = show_value(metric, card.value, currency)
            figure(
                _(metric.title),
                shown,
                key=card.metric,
                origin=Origin(
                    metrics=(card.metric,),
                    channels=channels,
                    value=card.value,
                    shown=shown,
                    costed_through=costed_through,
                ),
                delta=_change(metric, card),
                delta_color={"up": "normal", "down": "inverse"}.get(metric.better, "off"),  # type: ignore[arg-type]
                delta_description=compared_with if compared_with and _change(metric, card) else None,
                help=_exact(metric, card.value, currency) + _a_year_ago(metric, card) + definition(metric),
                border=True,
                series=card.series,
                height="stretch",
                explain=press_to_explain,
            )


def _a_year_ago(metric: Metric, card: Card) -> str:
    """The change against a year ago, where that is known: the second line of the card's help."""
    change = _change(metric, Card(metric=card.metric, value=card.value, before=card.year_ago, series=()))
    return _("**{change}** against the same weekdays a year ago", change=change) + "\n\n" if change else ""


def _exact(metric: Metric, value: float | None, currency: str) -> str:
    """The unrounded value, for those who add it up: the first line of the card's help."""
    if value is None or metric.unit in ("percent", "ratio"):
        return ""
    exact = fmt().decimal(value, 2)
    return f"**{fmt().symbol(currency)}{exact}**\n\n" if metric.unit == "money" else f"**{exact}**\n\n"


def _change(metric: Metric, card: Card) -> str | None:
    """Relative change; for percentages the difference in points. None where there is nothing to compare with."""
    if card.value is None or card.before is None:
        return None
    if metric.unit == "percent":
        points = round((card.value - card.before) * 100, 1)
        return _("{points} pts", points=f"{'+' if points > 0 else ''}{fmt().decimal(points + 0.0, 1)}")
    if card.before == 0:
        return None
    return fmt().signed_percent(card.value / card.before - 1).replace("−", "-")


def chart_card(
    title: str,
    chart: go.Figure | None,
    table: pl.DataFrame,
    *,
    key: str,
    explanation: str,
    empty: str = "",
    is_filled_by_upload: bool = False,
    controls: Callable[[], Any] | None = None,
    more: Callable[[], Any] | None = None,
    origin: Origin | None = None,
) -> None:
    """A bordered card: the finding as title, the chart, behind one button its table, meaning and downloads, and what
    ``more`` draws, and behind another where it comes from (``origin``). ``is_filled_by_upload``: without a chart
    the way to the drop zone stands below ``empty``."""
    with evidence_card(
        title, table, key=key, explanation=explanation, has_picture=chart is not None, more=more, origin=origin
    ):
        if controls:
            controls()
        if chart is None and is_filled_by_upload:
            empty_state(empty)
        elif chart is None:
            st.info(empty)
        else:
            draw(chart, card=key, words=title)


def draw(chart: go.Figure, *, card: str, words: str, key: str = "", **interaction: Any) -> Any:
    """A chart within its card, with its finding for those who cannot see it. ``key``: of the widget, where it is not
    ``chart_<card>``. Returns what Streamlit returns for a chart that can be clicked."""
    widget = key or f"chart_{card}"
    collected.add(f"chart:{widget}", collected.Chart(card=card, figure=chart, words=words))
    return st.plotly_chart(chart, theme=None, config=chart_config(card), key=widget, alt=words, **interaction)


def chart_config(key: str) -> dict[str, Any]:
    """Plotly's settings for the chart of a card: its only button saves the picture in the format chosen there."""
    return {
        **CHART_CONFIG,
        "displayModeBar": "hover",
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {
            "format": st.session_state.get(f"picture_{key}") or _PICTURES[0],
            "filename": f"omnidash-{key}",
            "scale": 2,
        },
    }


def _small(text: str) -> str:
    """A few words behind a title or label (Markdown), smaller than it."""
    return f" :small[:gray[· {plain(text)}]]" if text else ""


@contextmanager
def evidence_card(
    title: str,
    table: pl.DataFrame,
    *,
    key: str,
    explanation: str,
    has_picture: bool = False,
    more: Callable[[], Any] | None = None,
    origin: Origin | None = None,
    is_explained: bool = True,
) -> Iterator[None]:
    """The same card for anything: what is drawn within stands below the finding. ``has_picture``: a chart drawn with
    ``chart_config(key)`` is part of it; ``more`` draws what else stands behind the button; ``origin``: where it comes
    from, the touches and conversions of the page's period where that is not said; ``is_explained``: false for a card of
    what was typed in, which comes from no row."""
    collected.add(key, collected.Evidence(title=title, explanation=explanation, table=table))
    with st.container(border=True, key=f"card_{key}"):
        _head(title, table, key, explanation, has_picture, more, origin or Origin(), is_explained)
        yield


@fragment
def _head(
    title: str,
    table: pl.DataFrame,
    key: str,
    explanation: str,
    has_picture: bool,
    more: Callable[[], Any] | None,
    origin: Origin,
    is_explained: bool,
) -> None:
    """Finding and buttons. A fragment of its own, and what stands behind a button is made when it is pressed: a page of
    eight cards carried eight tables that nobody had asked for."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown(f"## {plain(title)}{_small(credited_by(origin))}", width="stretch")
        if is_explained:
            press_to_explain(title, key=key, origin=origin, explanation=explanation)
        with st.popover(
            "",
            icon=":material/more_horiz:",
            help=_("Table, definition, download"),
            type="tertiary",
            key=f"more_{key}",
            on_change="rerun",
        ) as behind:
            if behind.open:
                _behind(table, key, explanation, has_picture)
                if more:
                    more()


def _behind(table: pl.DataFrame, key: str, explanation: str, has_picture: bool) -> None:
    """Definition, table, downloads, and the format in which the camera of the chart saves it."""
    st.markdown(explanation)
    show_table(table, key=f"table_{key}")
    downloads(table, name=key, key=key)
    if not has_picture:
        return
    widget, kept = f"choice_picture_{key}", f"picture_{key}"
    st.session_state[widget] = st.session_state.get(kept, _PICTURES[0])

    def take() -> None:
        st.session_state[kept] = st.session_state[widget]
        st.session_state[_FORMAT_TAKEN] = True

    st.segmented_control(
        _("Picture: choose a format, then press the camera at the top of the chart"),
        _PICTURES,
        required=True,
        key=widget,
        format_func=str.upper,
        on_change=take,
    )
    if st.session_state.pop(_FORMAT_TAKEN, False):
        st.rerun()  # the camera belongs to the chart, which this fragment does not draw
