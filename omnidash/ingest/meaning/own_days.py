"""Does a table of spend or figures have a day on each row that nothing has mapped?

A column that is called a day and says days is the day of its rows, whatever profile fits and whatever period a title
states: the period would spread every row over all of its days. Words for totals among its cells do not speak against
it, nor do blank ones; a row without a day is set aside.
"""

from dataclasses import replace

from omnidash.ingest.meaning.columns import cells_of, columns_of
from omnidash.ingest.meaning.fields import field_of, header_key
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.reader import Source
from omnidash.ingest.reading.totals import names_total


def with_own_days(source: Source, mapping: Mapping) -> Mapping:
    """The mapping with the table's own column of days, where it has none."""
    day = field_of("spend", "date")
    if mapping.kind not in ("spend", "reports") or day is None or "date" in mapping.columns.values():
        return mapping
    words = {header_key(word) for word in day.words}
    for name in source.dialect.header:
        if name in mapping.columns or header_key(name) not in words:
            continue
        told = [[cell] for cell in cells_of(source, name) if not names_total(cell) and cell.strip(" -—–")]
        column = columns_of([name], told)[0]
        if column.are_dates or column.are_serial_days:
            return replace(
                mapping,
                columns={**mapping.columns, name: "date"},
                figures={figure: rule for figure, rule in mapping.figures.items() if figure != name},
                constants={k: v for k, v in mapping.constants.items() if k not in ("date", "end_date")},
            )
    return mapping
