"""``digest``: the week in one page, as a self-contained HTML file or as Markdown, for a mail or a team's wall.

The last seven closed days against the seven before: what needs somebody, the numbers, the channels, what changed
most, and what recovered. Everything is text of the workspace, escaped; the page loads nothing and runs nothing.
"""

import argparse
import html
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from omnidash.cli.answer import Answer
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.health.case_book import Standing, read_book, standings
from omnidash.health.of_workspace import rules_of
from omnidash.health.plans import with_plans
from omnidash.metrics.cac_to_ltv import cac_to_ltv
from omnidash.metrics.registry import METRICS
from omnidash.metrics.summary import channel_table, totals
from omnidash.model.defaults import DIRECT
from omnidash.model.filters import DEFAULT_MODEL
from omnidash.model.messages import N_, Message
from omnidash.model.period import Period

DAYS = 7
_KPIS = ("revenue", "spend", "roi", "cac", "conversions", "new_customers")
_METRIC_OF = {"revenue": "net_revenue"}
_CHANGES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, paragraphs or list items, and a table (its first row holds the headers)."""

    title: str
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The page in the reader's language, before it is laid out."""

    language: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]

    def as_markdown(self) -> str:
        """The page as Markdown."""
        parts = [f"# {_in_markdown(self.title)}", _in_markdown(self.subtitle)]
        for section in self.sections:
            parts.append(f"## {_in_markdown(section.title)}")
            parts += ["\n".join(f"- {_in_markdown(item)}" for item in section.items)] if section.items else []
            if section.rows:
                header, *rows = ([_in_markdown(cell).replace("|", "\\|") for cell in row] for row in section.rows)
                lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
                parts.append("\n".join(f"| {' | '.join(row)} |" for row in lines))
        return "\n\n".join(parts) + "\n"

    def as_html(self) -> str:
        """The page as one HTML file that loads nothing."""
        body = [f"<h1>{html.escape(self.title)}</h1><p class=sub>{html.escape(self.subtitle)}</p>"]
        for section in self.sections:
            body.append(f"<h2>{html.escape(section.title)}</h2>")
            if section.items:
                body.append("<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in section.items) + "</ul>")
            if section.rows:
                header, *rows = section.rows
                cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
                lines = "".join(
                    "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
                )
                body.append(f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>")
        return _PAGE.format(
            language=self.language.replace("_", "-"), title=html.escape(self.title), body="\n".join(body)
        )


def _in_markdown(text: str) -> str:
    """Names come out of files and notes from people: neither makes a tag, a link, an image or bold type of itself."""
    return re.sub(r"([\\`*\[\]])", r"\\\1", html.escape(text, quote=False))


_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>
body{{font:15px/1.5 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;color:#1c2333;
max-width:860px;margin:2rem auto;padding:0 1rem}}
h1{{font-size:1.6rem;margin-bottom:.2rem}} h2{{font-size:1.15rem;margin-top:1.8rem}} .sub{{color:#5a6478}}
table{{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}}
th,td{{text-align:right;padding:.35rem .5rem;border-bottom:1px solid #e3e7ee}}
th:first-child,td:first-child{{text-align:left}} th{{font-weight:600;color:#5a6478}} li{{margin:.25rem 0}}
</style></head><body>
{body}
</body></html>
"""


def digest_of(desk: Desk, model: str) -> Digest:
    """The last seven closed days of the workspace."""
    period = Period.ending(desk.closed, days=DAYS)
    days = desk.channel_day(model)
    result = rules_of(desk.workspace, days, desk.fresh, ltv=desk.ltv)
    result = with_plans(desk.workspace, lambda: desk.journeys, days, result, desk.closed) if result else None
    found = standings(result.cases if result else (), read_book(desk.workspace))
    stages = [(standing, standing.stage(desk.closed)) for standing in found]
    now = [standing for standing, stage in stages if stage in ("open", "acknowledged") and standing.case.is_open]
    close = [
        standing
        for standing, stage in stages
        if stage in ("warning", "acknowledged") and standing.case.state == "warning"
    ]
    recovered = [
        standing.case
        for standing in found
        if standing.case.recovered_on is not None and standing.case.recovered_on > desk.closed - timedelta(days=DAYS)
    ]
    words = desk.words
    sections = [
        Section(
            title=words.plural("{count} thing needs somebody", "{count} things need somebody", len(now))
            if now
            else words.text(N_("Nothing needs anybody")),
            items=tuple(line for standing in now for line in _case_lines(desk, standing)),
        ),
        *_close(desk, close),
        Section(title=words.text(N_("The week in numbers")), rows=_kpis(desk, days, period)),
        Section(title=words.text(N_("Channels")), rows=_channels(desk, days, period)),
        Section(title=words.text(N_("What changed most")), items=_changes(desk, days, period)),
    ]
    if recovered:
        lines = tuple(desk.say(case.sentence) for case in recovered)
        sections.append(Section(title=words.text(N_("Recovered this week")), items=lines))
    name = desk.workspace.settings.name or "OmniDash"
    return Digest(
        language=words.language,
        title=words.text(N_("{name}: channel health, {period}"), name=name, period=words.formats.period(period)),
        subtitle=words.text(N_("Against the seven days before. Closed days only; amounts in {currency}."),
                            currency=desk.workspace.settings.currency),
        sections=tuple(sections),
    )  # fmt: skip


def _close(desk: Desk, close: list[Standing]) -> list[Section]:
    """What is no alarm yet, beside what is."""
    lines = tuple(line for standing in close for line in _case_lines(desk, standing))
    return [Section(title=desk.words.text(N_("Close to a limit")), items=lines)] if lines else []


def _case_lines(desk: Desk, standing: Standing) -> list[str]:
    case, acknowledged = standing.case, standing.latest("acknowledged")
    sentence = desk.say(case.sentence)
    if acknowledged is not None:
        values: dict[str, object] = {"who": acknowledged.by, "note": acknowledged.note}
        return [f"{sentence} {desk.say(Message(N_('({who} is on it: {note})'), values))}"]
    return [" ".join([sentence, *(desk.say(action) for action in case.actions[:2])])]


def _kpis(desk: Desk, days: pl.DataFrame, period: Period) -> tuple[tuple[str, ...], ...]:
    now, before = (totals(days, chosen, margin=desk.margin) for chosen in (period, period.previous()))
    has_before = period.previous().first_day >= desk.whole.first_day
    words = desk.words
    rows = [("", words.text(N_("This week")), words.text(N_("Week before")), words.text(N_("Change")))]
    for name in _KPIS:
        metric = METRICS[_METRIC_OF.get(name, name)]
        value, earlier = now[name], before[name] if has_before else None
        rows.append(
            (
                words.text(metric.title),
                _shown(desk, metric.unit, value),
                _shown(desk, metric.unit, earlier),
                _change(desk, metric.unit, value, earlier),
            )
        )
    return tuple(rows)


def _channels(desk: Desk, days: pl.DataFrame, period: Period) -> tuple[tuple[str, ...], ...]:
    table = channel_table(days, period, margin=desk.margin)
    table = table.filter((pl.col("touches") > 0) | (pl.col("spend") > 0) | (pl.col("conversions") > 0))
    words = desk.words
    header = [
        words.text(title)
        for title in (N_("Channel"), N_("Share"), N_("Spend"), N_("Net revenue"), N_("ROI"), N_("CAC"), N_("CAC / LTV"))
    ]
    rows = [tuple(header)]
    for row in table.to_dicts():
        name = (
            words.text(N_("(direct)")) if row["channel"] == DIRECT else desk.names.get(row["channel"], row["channel"])
        )
        dear = cac_to_ltv(row["cac"], desk.ltv.get(row["channel"])) if row["spend"] else None
        rows.append(
            (
                name,
                words.formats.percent(row["share"]),
                _shown(desk, "money", row["spend"]),
                _shown(desk, "money", row["revenue"]),
                words.formats.percent(row["roi"]),
                _shown(desk, "money", row["cac"] if row["spend"] else None),
                words.formats.percent(dear, 0),
            )
        )
    return tuple(rows)


def _changes(desk: Desk, days: pl.DataFrame, period: Period) -> tuple[str, ...]:
    """Channels by how much their net revenue moved; with one week of data nothing can be compared."""
    before = period.previous()
    if before.first_day < desk.whole.first_day:
        return (desk.words.text(N_("There is no week before to compare with.")),)
    by_channel = (
        days.filter(pl.col("day").is_between(before.first_day, period.last_day))
        .group_by("channel")
        .agg(
            now=pl.col("revenue").filter(pl.col("day") >= period.first_day).sum(),
            then=pl.col("revenue").filter(pl.col("day") < period.first_day).sum(),
        )
        .with_columns(change=pl.col("now") - pl.col("then"))
        .filter(pl.col("change") != 0)
        .sort(pl.col("change").abs(), "channel", descending=[True, False])
        .head(_CHANGES_SHOWN)
    )
    rose, fell = (
        N_("{channel}: net revenue rose by {by_money} to {now_money}."),
        N_("{channel}: net revenue fell by {by_money} to {now_money}."),
    )
    return tuple(
        desk.say(
            Message(
                rose if row["change"] > 0 else fell,
                {"channel": row["channel"], "by_money": abs(row["change"]), "now_money": row["now"]},
            )
        )
        for row in by_channel.to_dicts()
    )


def _shown(desk: Desk, unit: str, value: float | None) -> str:
    formats = desk.words.formats
    if unit == "money":
        return formats.money(value, desk.workspace.settings.currency)
    return formats.percent(value) if unit == "percent" else formats.integer(value)


def _change(desk: Desk, unit: str, value: float | None, before: float | None) -> str:
    formats = desk.words.formats
    if value is None or before is None:
        return formats.missing
    if unit == "percent":
        points = desk.words.formats.decimal(100 * (value - before), 1)
        return desk.words.text(N_("{points} pts"), points=points)
    return formats.signed_percent(value / before - 1) if before else formats.missing


def _digest_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write FILE.html or FILE.md (default: Markdown to stdout)"
    )


def _digest(arguments: Any, desk: Desk) -> Answer:
    page = digest_of(desk, DEFAULT_MODEL)
    if arguments.out is None:
        return Answer(data={"title": page.title, "markdown": page.as_markdown()}, lines=(page.as_markdown(),))
    is_page = arguments.out.suffix.lower() in (".html", ".htm")
    arguments.out.write_text(page.as_html() if is_page else page.as_markdown(), encoding="utf-8")
    return Answer(data={"title": page.title, "path": str(arguments.out)}, lines=(str(arguments.out),))


COMMANDS = (Command(name="digest", arguments=_digest_arguments, run=_digest),)
