"""Attribution against slow plain Python: path by path for rules, exact fractions for Markov, all orders for Shapley."""

from collections import defaultdict
from fractions import Fraction
from itertools import permutations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.attribution.models import attribute
from omnidash.attribution.path_table import PathTable

ORACLE = settings(deadline=None, derandomize=True, max_examples=60)
Rows = list[tuple[str, int, int]]  # ("abca", conversions, nulls): one letter per touch

rows = st.lists(
    st.tuples(st.text("abcd", min_size=1, max_size=5), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=6
)


def ours(rows: Rows, model: str, **options: object) -> dict[str, float]:
    data = [(list(path), n, m, 2.5 * n) for path, n, m in rows]
    paths = PathTable.from_frame(pl.DataFrame(data, schema=["path", "conversions", "nulls", "value"], orient="row"))
    frame = attribute(paths, model, **options).frame  # type: ignore[arg-type]
    assert frame["value"].to_list() == pytest.approx([2.5 * n for n in frame["conversions"]], abs=1e-9)
    return dict(zip(frame["channel"], frame["conversions"], strict=True))


def touch_weights(model: str, path: str) -> list[float]:
    n = len(path)
    if model == "first":
        return [1.0] + [0.0] * (n - 1)
    if model == "last":
        return [0.0] * (n - 1) + [1.0]
    if model == "linear":
        return [1 / n] * n
    if model == "position":
        return {1: [1.0], 2: [0.5, 0.5]}.get(n) or [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4]
    if model == "last_non_direct":  # 'd' stands for direct
        others = [i for i, channel in enumerate(path) if channel != "d"]
        chosen = others[-1] if others else n - 1
        return [float(i == chosen) for i in range(n)]
    return [1.0 if path.index(c) == i else 0.0 for i, c in enumerate(path)]  # participation


@ORACLE
@given(rows)
def test_rules_agree_with_a_walk_over_each_path(rows: Rows) -> None:
    for model in ("first", "last", "last_non_direct", "linear", "position", "participation"):
        expected: dict[str, float] = defaultdict(float)
        for path, conversions, _ in rows:
            for channel, weight in zip(path, touch_weights(model, path), strict=True):
                expected[channel] += weight * conversions
        options = {"direct_channels": ("d",)} if model == "last_non_direct" else {}
        assert ours(rows, model, **options) == pytest.approx(expected, abs=1e-9), model


def chance_to_convert(rows: Rows, order: int, removed: str = "") -> Fraction:
    """P(conv) by Gaussian elimination in exact fractions over states that are tuples of the last ``order`` channels."""
    flow: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for path, conversions, nulls in rows:
        states = [path[max(0, i + 1 - order) : i + 1] + f"/{min(i + 1, order)}" for i in range(len(path))]
        for here, there in zip(["start", *states], [*states, None], strict=True):
            if there is None:
                flow[here]["conv"] += conversions
                flow[here]["null"] += nulls
            else:
                flow[here][there] += conversions + nulls
    names = [name for name, out in flow.items() if sum(out.values())]
    names = [name for name in names if not removed or name == "start" or removed not in name.split("/")[0]]
    if "start" not in names:
        return Fraction(0)
    matrix = []
    for name in names:
        total = sum(flow[name].values())
        row = [Fraction(name == other) - Fraction(flow[name][other], total) for other in names]
        matrix.append([*row, Fraction(flow[name]["conv"], total)])
    for i in range(len(names)):
        pivot = next(r for r in range(i, len(names)) if matrix[r][i])
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        matrix[i] = [x / matrix[i][i] for x in matrix[i]]
        for r in range(len(names)):
            if r != i and matrix[r][i]:
                factor = matrix[r][i]
                matrix[r] = [x - factor * y for x, y in zip(matrix[r], matrix[i], strict=True)]
    return matrix[names.index("start")][-1]


@settings(deadline=None, derandomize=True, max_examples=40)
@given(rows, st.integers(1, 4))
def test_markov_agrees_with_elimination_in_exact_fractions(rows: Rows, order: int) -> None:
    channels = sorted({channel for path, *_ in rows for channel in path})
    whole = chance_to_convert(rows, order)
    people = sum(n + m for _, n, m in rows)
    observed = sum(n for _, n, _ in rows)
    if people:
        assert whole == Fraction(observed, people)
    effects = {c: 1 - chance_to_convert(rows, order, c) / whole if whole else Fraction(0) for c in channels}
    total = sum(effects.values())
    expected = {c: float(effect / total * observed) if total else 0.0 for c, effect in effects.items()}
    assert ours(rows, "markov", order=order) == pytest.approx(expected, abs=1e-9)


def worth_of(rows: Rows, coalition: set[str], worth: str) -> float:
    inside = [(n, m) for path, n, m in rows if set(path) <= coalition]
    conversions, people = sum(n for n, _ in inside), sum(n + m for n, m in inside)
    if worth == "conversions":
        return conversions
    return conversions / people if people else 0.0


@ORACLE
@given(rows, st.sampled_from(["conversions", "conversion_rate"]))
def test_shapley_agrees_with_the_mean_over_all_orders_of_arrival(rows: Rows, worth: str) -> None:
    channels = sorted({channel for path, *_ in rows for channel in path})
    orders = list(permutations(channels))
    expected = dict.fromkeys(channels, 0.0)
    for arrival in orders:
        for i, channel in enumerate(arrival):
            gain = worth_of(rows, set(arrival[: i + 1]), worth) - worth_of(rows, set(arrival[:i]), worth)
            expected[channel] += gain / len(orders)
    scale = sum(n + m for _, n, m in rows) if worth == "conversion_rate" else 1
    assert ours(rows, "shapley", worth=worth) == pytest.approx({c: v * scale for c, v in expected.items()}, abs=1e-9)
