"""Figures of exports rolled up by rule, against plain loops; formulas against Python's own arithmetic."""

from datetime import date, timedelta
from decimal import Decimal, DivisionByZero, InvalidOperation
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.ingest.meaning.formula import renamed
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.run import commit
from omnidash.metrics.arithmetic import evaluated
from omnidash.metrics.report_figures import report_figures, report_sections, rolled_up, spend_figures
from omnidash.model.errors import BadInput
from omnidash.model.period import Period
from omnidash.store import Workspace
from tests.unit.ingest_files import write

JULY = Period(first_day=date(2026, 7, 1), last_day=date(2026, 7, 31))
REPORT = Mapping(
    kind="reports",
    columns={"day": "date", "end": "end_date", "item": "item", "visits": "visitors", "money": "currency"},
    constants={"channel": "tmall", "section": "products"},
    figures={
        "adds": "sum", "running": "cumulative", "stay": "average", "rate": "adds / visits * 100",
        "stay rate": "stay / visits", "running rate": "running / adds",
    },
)  # fmt: skip


def reported(workspace: Workspace, folder: Path, *rows: str, mapping: Mapping = REPORT) -> None:
    """Rows of day, end, item, visits, adds, running."""
    lines = ["day,end,item,visits,adds,running,stay,rate,stay rate,running rate,money"]
    lines += [f"{row},9,99%,1,1,CNY" if row.count(",") == 5 else row for row in rows]
    name = f"{len(list(folder.glob('*.csv')))}.csv"
    commit(workspace, write(folder, "\n".join(lines) + "\n", name), mapping)


# ---- arithmetic ------------------------------------------------------------------------------------------------------

NAMES = {
    "花费": Decimal("12.84"),
    "展现量": Decimal(1212),
    "Clicks (all)": Decimal(85),
    "zero": Decimal(0),
    "none": None,
}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("花费 / 展现量 * 1000", Decimal("12.84") / 1212 * 1000),
        ('花费 / "Clicks (all)"', Decimal("12.84") / 85),
        ("2 + 3 * 4", Decimal(14)),
        ("(2 + 3) * 4", Decimal(20)),
        ("10 - 4 - 3", Decimal(3)),
        ("-2 * -3", Decimal(6)),
        ("8 / 4 / 2", Decimal(1)),
        ("花费 / zero", None),
        ("花费 / (zero * 2)", None),
        ("zero / 花费", Decimal(0)),
        ("none + 1", None),
        ("1 - none * 0", None),
        ("nobody / 花费", None),
    ],
)
def test_a_formula_says_what_it_says(formula: str, expected: Decimal | None) -> None:
    assert evaluated(formula, NAMES) == expected


@pytest.mark.parametrize("formula", ["", "1 +", "(1", "1)", "* 2", "a b c / / d", '"a', "1 2 ) 3"])
def test_what_is_no_formula_is_refused(formula: str) -> None:
    with pytest.raises(BadInput, match="formula"):
        evaluated(formula, NAMES)


def test_a_formula_runs_nothing() -> None:
    assert evaluated("__import__", {}) is None
    with pytest.raises(BadInput):
        evaluated("print(1)", {})


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "c", "7", "0.5"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    max_leaves=8,
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(EXPRESSIONS, st.tuples(*[st.integers(-9, 9)] * 3))
def test_formulas_agree_with_python(expression: str, values: tuple[int, int, int]) -> None:
    names = dict(zip("abc", map(Decimal, values), strict=True))
    try:
        plain = expression.replace("0.5", "half").replace("7", "seven")
        expected = eval(plain, {"__builtins__": {}}, names | {"half": Decimal("0.5"), "seven": Decimal(7)})
    except (DivisionByZero, InvalidOperation):
        expected = None
    assert evaluated(expression, names) == expected


# ---- rules -----------------------------------------------------------------------------------------------------------


def test_running_totals_add_up_within_one_period_only() -> None:
    rules = {"running": "cumulative", "share": "running / adds"}
    sums = {"running": Decimal(30), "adds": Decimal(10)}
    assert rolled_up(sums, rules, periods=1) == {"running": 30, "adds": 10, "share": 3}
    assert rolled_up(sums, rules, periods=2) == {"running": None, "adds": 10, "share": None}


def test_averages_are_never_rolled_up() -> None:
    assert rolled_up({"stay": Decimal(5)}, {"stay": "average", "x": "stay / 2"}, periods=1) == {"stay": None, "x": None}


ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from("AB"), st.integers(0, 50), st.none() | st.integers(0, 9), st.integers(0, 9)),
    min_size=1, max_size=8, unique_by=lambda row: row[:2],
)  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=15, suppress_health_check=list(HealthCheck))
@given(ROWS, st.sampled_from(["channel", "item", "day"]))
def test_a_report_is_rolled_up_as_a_plain_loop_does(tmp_path_factory, rows, by) -> None:
    folder = tmp_path_factory.mktemp("report")
    workspace = Workspace.create(folder / "w")
    reported(workspace, folder, *(f"2026-07-0{d},,{i},{v},{'-' if a is None else a},{r}" for d, i, v, a, r in rows))
    table = report_figures(workspace, "products", JULY, by=by)
    groups: dict[object, list[tuple]] = {}
    for row in rows:
        key = {"channel": "tmall", "item": row[1], "day": date(2026, 7, row[0])}[by]
        groups.setdefault(key, []).append(row)
    assert dict(zip(table[by], table["periods"], strict=True)) == {k: len({r[0] for r in g}) for k, g in groups.items()}
    for mine in table.to_dicts():
        group = groups[mine[by]]
        visits, running = sum(r[2] for r in group), sum(r[4] for r in group)
        adds = [r[3] for r in group if r[3] is not None]
        assert mine["visitors"] == visits
        assert mine["adds"] == (sum(adds) if adds else None)
        assert mine["running"] == (running if len({r[0] for r in group}) == 1 else None)
        assert mine["stay"] is mine["stay rate"] is None
        assert mine["rate"] == (pytest.approx(sum(adds) / visits * 100) if adds and visits else None)


def test_sections_are_listed_with_their_days_and_items(workspace: Workspace, tmp_path: Path) -> None:
    reported(workspace, tmp_path, "2026-07-01,,A,1,1,1", "2026-07-02,2026-07-09,B,1,1,1")
    assert report_sections(workspace).rows() == [("products", "tmall", 2, 2, date(2026, 7, 1), date(2026, 7, 9))]


def days_of(item: str, last: int, visits: int) -> list[str]:
    return [f"{date(2026, 7, 1) + timedelta(days=i)},,{item},{visits},1,1" for i in range(last)]


def test_a_range_gives_way_to_its_days_when_they_are_complete_and_not_before(
    workspace: Workspace, tmp_path: Path
) -> None:
    reported(workspace, tmp_path, "2026-07-01,2026-07-04,A,100,1,1", "2026-07-01,2026-07-04,B,100,1,1")
    reported(workspace, tmp_path, *days_of("A", 4, 30), *days_of("B", 3, 30))
    table = report_figures(workspace, "products", JULY, by="item")
    assert table.select("item", "visitors", "periods").rows() == [("A", 120.0, 4), ("B", 100.0, 1)]
    by_day = report_figures(workspace, "products", JULY, by="day")
    assert by_day["visitors"].to_list() == [60.0, 60.0, 60.0, 30.0]


def test_rows_that_reach_beyond_the_period_stay_out(workspace: Workspace, tmp_path: Path) -> None:
    reported(workspace, tmp_path, "2026-06-28,2026-07-04,A,100,1,1", "2026-07-05,,A,7,1,1", "2026-08-01,,A,9,1,1")
    assert report_figures(workspace, "products", JULY)["visitors"].to_list() == [7.0]


def test_money_of_two_currencies_is_never_added(workspace: Workspace, tmp_path: Path) -> None:
    row = "2026-07-01,,{},{},1,1,9,1,1,1,{}"
    reported(workspace, tmp_path, row.format("A", 5, "CNY"), row.format("B", 7, "USD"))
    assert report_figures(workspace, "products", JULY).select("currency", "visitors").rows() == [
        ("CNY", 5.0),
        ("USD", 7.0),
    ]


def test_no_rows_give_an_empty_table(workspace: Workspace) -> None:
    assert report_figures(workspace, "nothing", JULY).is_empty()
    assert spend_figures(workspace, JULY, by="day").schema["day"] == pl.Date


SPEND = Mapping(
    kind="spend",
    columns={"start": "date", "end": "end_date", "plan": "campaign", "花费": "cost", "展现量": "impressions"},
    constants={"channel": "tmall"},
    figures={"saves": "sum", "CPM": "花费 / 展现量 * 1000", "cost per save": "花费 / saves"},
)


def test_spend_rolls_up_with_what_its_export_counts_beside(workspace: Workspace, tmp_path: Path) -> None:
    rows = "2026-07-01,2026-07-03,x,10,1000,7\n2026-07-01,2026-07-01,y,2,200,-\n"
    commit(workspace, write(tmp_path, "start,end,plan,花费,展现量,saves\n" + rows), SPEND)
    whole = spend_figures(workspace, JULY).row(0, named=True)
    assert (whole["cost"], whole["impressions"], whole["saves"]) == (12.0, 1200.0, 7.0)
    assert (whole["CPM"], whole["cost per save"]) == (10.0, pytest.approx(12 / 7))
    by_plan = spend_figures(workspace, JULY, by="item")
    assert by_plan.select("item", "cost per save").rows() == [("x", pytest.approx(10 / 7)), ("y", None)]


def test_a_large_number_of_a_formula_stays_one_number() -> None:
    assert evaluated(renamed("a * 1000000", str.upper), {"A": Decimal(2)}) == 2000000
