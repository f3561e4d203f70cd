"""The order of the Markov chain is the one that foretells journeys it has not seen."""

import numpy as np
import polars as pl
import pytest

from omnidash.attribution.order_choice import choose_order
from omnidash.attribution.path_table import PathTable
from omnidash.attribution.redraw import redrawn_intervals


def walked(order: int, *, journeys: int = 6_000, seed: int = 3) -> PathTable:
    """Journeys over three channels whose next step depends on the last ``order`` channels."""
    random = np.random.default_rng(seed)
    chances: dict[tuple[int, ...], np.ndarray] = {}
    rows = []
    for _ in range(journeys):
        path: list[int] = []
        while True:
            state = tuple(path[-order:])
            if state not in chances:
                chances[state] = random.dirichlet([0.4] * 5)
            step = int(random.choice(5, p=chances[state]))
            if step >= 3 and path:
                break
            path.append(min(step, 2))
            if len(path) == 12:
                break
        rows.append(([f"c{channel}" for channel in path], int(step == 3), int(step != 3)))
    return PathTable.from_frame(pl.DataFrame(rows, schema=["path", "conversions", "nulls"], orient="row"))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_order_the_journeys_were_made_with_is_found(order: int) -> None:
    paths = walked(order)
    fold = np.arange(len(paths.conversions))
    chosen = choose_order(paths, fold=fold)
    assert chosen.order == order
    assert chosen.scores["order"].to_list() == [1, 2, 3, 4]
    assert (chosen.scores["below_best"] >= 0).all()


def test_aggregated_paths_are_dealt_journey_by_journey_and_give_the_same_answer_every_time() -> None:
    frame = pl.DataFrame(
        {
            "path": [list(path) for path in walked(2).paths],
            "conversions": walked(2).conversions,
            "nulls": walked(2).nulls,
        }
    )
    grouped = frame.group_by("path", maintain_order=True).agg(pl.col("conversions").sum(), pl.col("nulls").sum())
    table = PathTable.from_frame(grouped)
    one, other = choose_order(table), choose_order(table)
    assert one.order == other.order == 2
    assert one.scores.equals(other.scores)


def test_too_few_journeys_bear_order_one() -> None:
    table = PathTable.from_frame(pl.DataFrame({"path": [["a", "b"]], "conversions": [1], "nulls": [0]}))
    assert choose_order(table).order == 1


def test_redrawn_counts_scatter_as_counts_do() -> None:
    table = PathTable.from_frame(
        pl.DataFrame({"path": [["a"], ["b"]], "conversions": [100, 0], "nulls": [900, 1000], "value": [500.0, 0.0]})
    )
    ends = redrawn_intervals(table, "last", draws=400)
    low, high, value_low, value_high = ends["a"]
    # Binomial with mean 100 and standard deviation 9.7: 90 % lie within 16 of the mean.
    assert (low, high) == pytest.approx((84, 116), abs=4)
    assert (value_low, value_high) == pytest.approx((5 * low, 5 * high))
    assert ends["b"] == (0, 0, 0, 0)
    assert redrawn_intervals(table, "last", draws=400) == ends
