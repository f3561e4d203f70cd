"""The collected pieces of a page as one HTML file that needs nothing else: no server, no network, no font, no link.

Charts are Plotly's own, drawn when the file is opened; its library stands in the file once, packed (2 MB instead of 5),
and only where there is a chart. The file forbids its own browser to fetch anything (Content-Security-Policy). Where
scripts do not run, the numbers, findings and tables are all there.
"""

import base64
import gzip
import html
import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

import polars as pl

from omnidash.charts.sparkline import sparkline
from omnidash.locale import Formats, Translator
from omnidash.model.messages import N_
from omnidash.ui.report.collected import Chart, Collected, Evidence, Figure, Sentence
from omnidash.ui.report.look import SCRIPT, style
from omnidash.ui.tables import SHARES, title_of_column, with_words

_MOST_ROWS = 200
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def html_page(collected: Collected, *, made: date) -> bytes:
    """The report as UTF-8. ``made``: the day that is written on it."""
    say = collected.words
    cards = {key: piece for key, piece in collected.pieces.items() if isinstance(piece, Evidence)}
    charts = [piece for piece in collected.pieces.values() if isinstance(piece, Chart)]
    figures = [piece for piece in collected.pieces.values() if isinstance(piece, Figure)]
    sentences = [piece for piece in collected.pieces.values() if isinstance(piece, Sentence)]
    title = html.escape(collected.title or collected.page_title)
    about = " · ".join(html.escape(part) for part in collected.about if part)
    written = say.text(N_("Made on {day}"), day=say.formats.day(made, with_year=True))
    body = [
        f'<header><p class="brand">OmniDash · {html.escape(collected.page_title)}</p><h1>{title}</h1>'
        f'<p class="about">{about}</p><p class="about">{html.escape(written)}</p></header>',
        "<main>",
        *(_sentence(sentence) for sentence in sentences),
        _figures(figures, collected),
        '<div class="cards">',
        *(_card(key, card, [c for c in charts if c.card == key], say) for key, card in cards.items()),
        "</div></main>",
    ]
    language = "zh-CN" if say.formats.is_chinese else "en"
    drawn = _plotly(charts) if any(chart.card in cards for chart in charts) else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style(collected.colors)}</style></head>"
        f"<body>{''.join(body)}{drawn}</body></html>"
    ).encode()


def _sentence(sentence: Sentence) -> str:
    dot = f'<span class="dot" style="background:{sentence.color}"></span>' if sentence.color else ""
    return f'<p class="sentence">{dot}{html.escape(sentence.text)}</p>'


def _figures(figures: Sequence[Figure], collected: Collected) -> str:
    return f'<section class="figures">{"".join(_figure(f, collected) for f in figures)}</section>' if figures else ""


def _figure(figure: Figure, collected: Collected) -> str:
    tone = {True: "good", False: "bad", None: ""}[figure.is_good]
    change = f'<span class="change {tone}">{html.escape(figure.change)}</span>' if figure.change else ""
    meaning = _details(collected.words.text(N_("Definition")), markdown(figure.meaning)) if figure.meaning else ""
    return (
        f'<div class="figure"><div class="label">{_inline(figure.label)}</div>'
        f'<div class="value">{html.escape(figure.value)} {change}</div>'
        f"{sparkline(figure.series, collected.colors.accent)}{meaning}</div>"
    )


def _card(key: str, card: Evidence, charts: Sequence[Chart], say: Translator) -> str:
    drawn = "".join(
        f'<div class="chart" role="img" aria-label="{html.escape(chart.words)}" '
        f'style="height:{int(chart.figure.layout.height or 360)}px" data-figure="{html.escape(key)}-{number}"></div>'
        for number, chart in enumerate(charts)
    )
    table = _table(card.table, say)
    rest = _details(say.text(N_("Table")), table) if charts else table
    definition = _details(say.text(N_("Definition")), markdown(card.explanation)) if card.explanation else ""
    return f"<section><h2>{html.escape(card.title)}</h2>{drawn}{rest}{definition}</section>"


def _details(title: str, content: str) -> str:
    return f"<details><summary>{html.escape(title)}</summary>{content}</details>"


def _table(frame: pl.DataFrame, say: Translator) -> str:
    names = frame.columns
    ready = with_words(frame.head(_MOST_ROWS), say)
    numeric = [kind.is_numeric() for kind in frame.dtypes]
    head = "".join(
        f'<th{" class=n" if is_number else ""} scope="col">{html.escape(title_of_column(name, say))}</th>'
        for name, is_number in zip(names, numeric, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=n' if is_number else ''}>{html.escape(_cell(value, name, say.formats))}</td>"
            for value, name, is_number in zip(row, names, numeric, strict=True)
        )
        + "</tr>"
        for row in ready.iter_rows()
    )
    cut = len(frame) > _MOST_ROWS
    left_out = say.text(
        N_("The first {count} of {all} rows."),
        count=say.formats.integer(_MOST_ROWS),
        all=say.formats.integer(len(frame)),
    )
    note = f'<p class="about">{html.escape(left_out)}</p>' if cut else ""
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{whole}</div>{note}'


def _cell(value: object, column: str, formats: Formats) -> str:
    if value is None:
        return formats.missing
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        if column in SHARES:
            return formats.percent(float(value))
        if isinstance(value, int) or abs(value) >= 1000:
            return formats.integer(value)
        return formats.decimal(value, 2)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return formats.day(value, with_year=True)
    return " > ".join(map(str, value)) if isinstance(value, list) else str(value)


def markdown(text: str) -> str:
    """The little Markdown our explanations use: paragraphs, lists, bold. Everything else is text."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.split("\n")
        if all(line.lstrip().startswith("- ") for line in lines):
            blocks.append("<ul>" + "".join(f"<li>{_inline(line.lstrip()[2:])}</li>" for line in lines) + "</ul>")
        else:
            blocks.append(f"<p>{_inline(' '.join(lines))}</p>")
    return "".join(blocks)


def _inline(text: str) -> str:
    without_icons = re.sub(r":material/\w+:\s*", "", text)
    bold = re.sub(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*", r"<b>\1</b>", html.escape(without_icons))
    return re.sub(r"\\([\\`*_\[\]<$:~|]|&gt;|&lt;)", r"\1", bold)


def _plotly(charts: Sequence[Chart]) -> str:
    counted: dict[str, int] = {}
    data = []
    for chart in charts:
        number = counted.get(chart.card, 0)
        counted[chart.card] = number + 1
        spec = str(chart.figure.to_json()).replace("<", "\\u003c")
        data.append(f'<script type="application/json" id="{html.escape(chart.card)}-{number}">{spec}</script>')
    return f'{"".join(data)}<script type="text/plain" id="plotly">{_packed_plotly()}</script><script>{SCRIPT}</script>'


@lru_cache(maxsize=1)
def _packed_plotly() -> str:
    from plotly.offline import get_plotlyjs  # when a report is asked for: the first screen does not wait for it

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9)).decode()
