"""Findings of tests from a CSV file, read and kept; every refusal names the file and the row (the header is row 1)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from omnidash.attribution.evidence import Evidence, record
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store import Workspace

_ENCODINGS = ("utf-8-sig", "gb18030")  # the second as Chinese spreadsheets write it


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """``added`` findings of a file; ``known``: how many of it were kept before, or stand in it twice."""

    added: int
    known: int


def keep_file(workspace: Workspace, content: bytes, *, name: str) -> Taken:
    """Keep the findings of a file, all or none, each once. Raises BadInput."""
    rows = workspace.rows("select channel, name_en, name_zh from channel")
    labels = {str(label).casefold(): channel for channel, *names in rows for label in (*names, channel)}
    today = datetime.now(workspace.settings.zone).date()
    findings = read_evidence(content, channel_of_label=labels, name=name, today=today)
    added = record(workspace, findings)
    return Taken(added=added, known=len(findings) - added)


def read_evidence(content: bytes, *, channel_of_label: dict[str, str], name: str, today: date) -> list[Evidence]:
    """Findings from a CSV with a header, in UTF-8 or GB18030, with line ends of any system.

    Columns (any order): channel, first_day, last_day, and incremental_revenue (with low, high), or iroas and spend
    (with iroas_low, iroas_high); method, level (0.9 or 90) and source (else the file's ``name``) may be absent.
    ``channel_of_label``: labels, names and ids in lower case -> channel id. Raises BadInput that names file and row,
    also where a test ends after ``today``.
    """
    rows = _rows(_text_of(content, name), name)
    header = [cell.strip().casefold() for cell in next(rows, [])]
    if missing := {"channel", "first_day", "last_day"} - set(header):
        raise BadInput(N_("{file} lacks the column {name}."), file=name, name=", ".join(sorted(missing)))
    findings = []
    for number, cells in enumerate(rows, start=2):
        row = dict.fromkeys(header, "") | {
            column: cell.strip() for column, cell in zip(header, cells, strict=False) if cell.strip()
        }
        if not any(row.values()):
            continue
        try:
            findings.append(_finding(row, channel_of_label, name, today))
        except BadInput as error:
            raise _in_row(name, number, error) from error
    if not findings:
        raise BadInput(N_("{file} holds no finding."), file=name)
    return findings


def _text_of(content: bytes, name: str) -> str:
    """Raises BadInput where the bytes are no text: a workbook, a picture."""
    if b"\0" not in content:
        for encoding in _ENCODINGS:
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise BadInput(N_("{file} is no text in UTF-8 or GB18030; save it as CSV."), file=name)


def _rows(text: str, name: str) -> Iterator[list[str]]:
    """The rows, empty ones too: they count where a row is named."""
    number = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=None)), start=1):  # noqa: B007
            yield cells
    except csv.Error as error:
        raise _in_row(name, number + 1, BadInput(N_("not to be read as CSV; mind the quotation marks."))) from error


def _in_row(name: str, number: int, error: BadInput) -> BadInput:
    return BadInput(N_("{file}, row {row}: {problem}"), file=name, row=number, problem=error.message)


def _finding(row: dict[str, str], channel_of_label: dict[str, str], name: str, today: date) -> Evidence:
    channel = channel_of_label.get(row["channel"].casefold())
    if channel is None:
        raise BadInput(N_("channel {name} is unknown."), name=repr(row["channel"]))
    last_day = _day(row, "last_day")
    if last_day > today:
        raise BadInput(N_("The test ends on {last_day}, which has not come yet."), last_day=last_day.isoformat())
    spend, revenue = _amount(row, "spend"), _amount(row, "incremental_revenue")
    low, high = _amount(row, "low"), _amount(row, "high")
    if revenue is None:
        iroas = _amount(row, "iroas")
        if iroas is None or spend is None:
            raise BadInput(N_("give incremental_revenue, or iroas and spend."))
        revenue = iroas * spend
        ends = _amount(row, "iroas_low"), _amount(row, "iroas_high")
        low, high = (None if end is None else end * spend for end in ends)
    level = _amount(row, "level") or 0.90
    return Evidence(
        channel=channel,
        first_day=_day(row, "first_day"),
        last_day=last_day,
        incremental_revenue=revenue,
        low=low,
        high=high,
        level=level / 100 if level > 1 else level,
        spend=spend,
        method=row.get("method") or "experiment",
        source=row.get("source") or name,
    )


def _amount(row: dict[str, str], column: str) -> float | None:
    cell = row.get(column, "").replace(",", "")
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError:
        raise BadInput(N_("{name} {cell} is not a number."), name=column, cell=repr(cell)) from None


def _day(row: dict[str, str], column: str) -> date:
    try:
        return date.fromisoformat(row[column].replace("/", "-"))
    except ValueError:
        raise BadInput(
            N_("{name} {cell} is not a day; write it as 2026-11-15."), name=column, cell=repr(row[column])
        ) from None
