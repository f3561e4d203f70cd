"""Laws of totals: whatever totals a table holds, and wherever they stand, exactly its own rows are counted.

The totals are summed here, by plain Python over the rows that were drawn.
"""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.ingest.reading.quotes import rows_of
from omnidash.ingest.run import dry_run, inspect
from omnidash.store import Workspace

HEADER = "date,channel,campaign,cost,clicks\n"
Row = tuple[str, str, str, int, int]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["2026-07-01", "2026-07-02", "2026-07-03"]),
        st.sampled_from(["抖音", "百度"]),
        st.integers(1, 9999),
        st.integers(1, 99),
    ),
    min_size=2,
    max_size=7,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = Workspace.create(tmp_path_factory.mktemp("laws") / "workspace")
    yield workspace
    workspace.close()


def line(day: str, channel: str, campaign: str, rows: list[Row]) -> str:
    cost, clicks = sum(row[3] for row in rows), sum(row[4] for row in rows)
    return f"{day},{channel},{campaign},{Decimal(cost) / 100:.2f},{clicks}\n"


@settings(deadline=None, derandomize=True, max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    drawn=ROWS,
    word=st.sampled_from(["合计", "合 计", "Total", "Grand total", "小计", "总计：全部"]),
    kinds=st.sets(st.sampled_from(["day", "day and channel", "channel", "all", "all with a day"]), min_size=1),
    order=st.randoms(use_true_random=False),
)
def test_exactly_the_rows_themselves_are_counted(
    shared: Workspace, tmp_path_factory: pytest.TempPathFactory, drawn: list, word: str, kinds: set[str], order
) -> None:
    rows = [(day, channel, f"campaign {i}", cost, clicks) for i, (day, channel, cost, clicks) in enumerate(drawn)]
    lines = [line(*row[:3], [row]) for row in rows]
    days, channels = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    totals = []
    if "day" in kinds:
        totals += [line(day, "", word, [r for r in rows if r[0] == day]) for day in days]
    if "day and channel" in kinds:
        of = {(d, c): [r for r in rows if r[:2] == (d, c)] for d in days for c in channels}
        totals += [line(day, channel, word, found) for (day, channel), found in of.items() if found]
    if "channel" in kinds:
        totals += [line("", channel, word, [r for r in rows if r[1] == channel]) for channel in channels]
    if "all" in kinds:
        totals.append(line("", word, "", rows))
    if "all with a day" in kinds:
        totals.append(line(days[-1], word, "", rows))
    lines += totals
    order.shuffle(lines)
    path = tmp_path_factory.mktemp("table") / "table.csv"
    path.write_text(HEADER + "".join(lines), "utf-8")
    would = dry_run(shared, path, inspect(shared, path).mapping)
    assert (would.added, would.skipped_totals, would.rejected) == (len(rows), len(totals), 0)
    assert Decimal(would.sums["cost"]) == Decimal(sum(row[3] for row in rows)) / 100


CELL = st.text('ab "抖', max_size=6)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8), st.sampled_from([",", ";"]))
def test_a_line_that_is_no_quoted_text_swallows_no_other(cells: list[tuple[str, str, str]], delimiter: str) -> None:
    """Lines that end in a number cannot end within quotes that were meant: each of them is a row."""
    lines = [delimiter.join((*row, "7")) + "\n" for row in cells]
    found = list(rows_of(lines, delimiter, 4))
    swallowed = sum(cell.count("\n") for row in found for cell in row)
    assert len(found) + swallowed == len(lines)
    if all(cell.count('"') == 0 for row in cells for cell in row):
        assert found == [[*row, "7"] for row in cells]
