"""Does a row say by its words that it sums up others? SQL for the statement of ``plan``, asked of label cells only.

A label cell is one that may say what a row is about: no amount, no date, no identifier. Where a row has a day of its
own, or lacks nothing that the others have, its words are a hint only (``summing``), and its figures decide
(``totals``).
"""

from collections.abc import Sequence

from omnidash.ingest.meaning.fields import field_of
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.header import typed_columns
from omnidash.ingest.reading.reader import Source
from omnidash.ingest.reading.totals import names_total

_MOSTLY = 0.6
_TIMES = {"events": "time", "orders": "time", "spend": "date", "reports": "date"}


class TotalWords:
    """``time``: the field without which no row of the kind is one. ``labels`` and ``times``: positions of columns;
    ``usual``: labels that most rows have."""

    def __init__(self, source: Source, mapping: Mapping, own: Sequence[int]) -> None:
        header, sample = source.dialect.header, source.dialect.sample
        self.kind, self.own, self.time = mapping.kind, own, _TIMES[mapping.kind]
        self.has_times = self.time not in mapping.constants
        self.labels: list[int] = []
        self.times: list[int] = []
        for i in own:
            meaning = mapping.columns.get(header[i])
            value = getattr(field_of(mapping.kind, meaning), "value", None) if meaning else None
            if value in ("time", "day"):
                self.times.append(i)
            elif value in ("text", "id", "currency") or (
                meaning is None and header[i] not in {*mapping.figures, *mapping.added}
            ):
                self.labels.append(i)  # a row's number as well, where others have a number there: 总计
        self.order_ids = [header.index(c) for c in mapping.columns_of("order_id") if c in header]
        # a short report has more totals than rows, and what totals leave blank says nothing of the rows
        rows = [row for row in sample if not any(map(names_total, row))] or sample
        typed = typed_columns(rows, len(header))
        self.usual = [i for i in self.labels if i not in typed and _is_usual(rows, i)]

    def class_of_row(self) -> str:
        """Column ``summing``: 'total', 'like', 'near' (``reading.totals``), or null. Rows of events with a time, which
        are many, are not asked; orders with a time of their own only by their number."""
        cells = [*self.labels, *self.times]
        if self.kind == "events":
            said = f"case when {self.time} is null then {_row(cells)} end" if self.has_times else "null"
        elif self.kind == "orders":
            said = f"case when {self.time} is null then {_row(cells)} else {_row(self.order_ids)} end"
        else:
            said = f"case when {self._no_time} then {_row(cells)} else {_row(self.labels)} end"
        return f"{said} as words, {_class('words')} as summing" if cells else "null as words, null as summing"

    def are_enough(self) -> str:
        """Whether the words of a row make it a total: it has no day where others have one, or lacks a label."""
        if self.kind == "orders":
            is_named = f"regexp_matches({_row(self.order_ids)}, $total_cell)"
            nothing = " and ".join(f"coalesce(trim(c{i}), '') = ''" for i in self.order_ids) or "true"
            return f"summing = 'total' and ({is_named} or ({self.time} is null and {nothing}))"
        conditions = ([self._no_time] if self.has_times else []) + list(map(_is_blank, self.usual))
        return f"summing = 'total' and ({' or '.join(conditions)})" if conditions else "false"

    def line(self) -> str:
        """Column ``line``: all cells of a row that may sum up others, or be a note, between marks; else null."""
        if not self.has_times:
            return f"case when summing is not null or fault is not null then {_row(self.own)} end"
        return f"case when summing is not null or (fault is not null and {self._no_time}) then {_row(self.own)} end"

    def may_sum_up(self) -> str:
        """Whether a row is asked for its figures, and keeps its text for that."""
        if self.kind not in ("spend", "reports"):
            return "summing is not null"
        return " or ".join(["summing is not null", *map(_is_blank, self.usual)])

    @property
    def _no_time(self) -> str:
        return f"{self.time} is null" if self.has_times else "false"


def _row(columns: Sequence[int]) -> str:
    cells = ", ".join(f"coalesce(c{i}, '')" for i in columns)
    return f"lower(concat_ws(chr(31), '', {cells}, ''))" if columns else "''"


def _is_blank(column: int) -> str:
    return f"regexp_full_match(coalesce(c{column}, ''), '[\\s\\-—–]*')"


def _class(words: str) -> str:
    return (
        f"case when regexp_matches({words}, $total_cell) then 'total'"
        f" when regexp_matches({words}, $like_cell) then 'like'"
        f" when regexp_matches({words}, $near_cell) then 'near' end"
    )


def _is_usual(sample: Sequence[Sequence[str]], column: int) -> bool:
    told = sum(1 for row in sample if column < len(row) and row[column].strip(" \t-—–"))
    return told > _MOSTLY * len(sample)
