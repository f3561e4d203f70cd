"""Attribution on 10,000 real paths and published toy cases, against the results of a reference package."""

import csv
import json
import os
from pathlib import Path

import polars as pl
import pytest

from omnidash.attribution.markov import conversion_probability, removal_effects, transition_chain
from omnidash.attribution.models import MODELS, attribute
from omnidash.attribution.path_file import read_path_file
from omnidash.attribution.path_table import PathTable

DATA = Path(os.environ.get("OMNIDASH_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
PACKAGE = DATA / "attribution_channelattribution"
TOYS = DATA / "reference_cases" / "attribution_toy_cases.json"

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not PACKAGE.exists(), reason=f"real data is not at {DATA} (set OMNIDASH_REAL_DATA)"),
]


@pytest.fixture(scope="module")
def paths() -> PathTable:
    return read_path_file(PACKAGE / "Data.csv")


@pytest.fixture(scope="module")
def toys() -> dict[str, dict]:
    return {case["name"]: case for case in json.loads(TOYS.read_text())["cases"]}


def reference(name: str) -> dict[str, dict[str, float]]:
    with (PACKAGE / name).open() as file:
        return {
            row["channel_name"]: {key: float(cell) for key, cell in row.items() if key != "channel_name"}
            for row in csv.DictReader(file)
        }


def credit(paths: PathTable, model: str, column: str = "conversions", **options: object) -> dict[str, float]:
    frame = attribute(paths, model, **options).frame  # type: ignore[arg-type]
    return dict(zip(frame["channel"], frame[column], strict=True))


def toy_paths(rows: list) -> PathTable:
    data = [(path.split(" > "), float(n), float(m), float(n)) for path, n, m in rows]
    return PathTable.from_frame(pl.DataFrame(data, schema=["path", "conversions", "nulls", "value"], orient="row"))


def test_the_file_is_read_whole(paths: PathTable) -> None:
    assert (len(paths.conversions), paths.conversions.sum(), paths.nulls.sum()) == (10_000, 19_785, 68_602)
    assert paths.value.sum() == pytest.approx(74_802.97158721, abs=1e-6)


@pytest.mark.parametrize(
    ("model", "name"), [("first", "first_touch"), ("last", "last_touch"), ("linear", "linear_touch")]
)
def test_rules_equal_the_reference_package(paths: PathTable, model: str, name: str) -> None:
    expected = reference("ref_heuristic_ChannelAttribution_2.2.5.csv")
    for column in ("conversions", "value"):
        theirs = {channel: row[f"{name}_{column}"] for channel, row in expected.items()}
        assert credit(paths, model, column) == pytest.approx(theirs, abs=1e-6)


def test_markov_of_order_one_equals_the_exact_solution(paths: PathTable) -> None:
    expected = reference("ref_markov_order1_exact_linear_algebra.csv")
    conversions = {channel: row["attributed_conversions"] for channel, row in expected.items()}
    effects = {channel: row["removal_effect"] for channel, row in expected.items()}
    assert credit(paths, "markov") == pytest.approx(conversions, abs=1e-6)
    assert credit(paths, "markov", "removal_effect") == pytest.approx(effects, abs=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_markov_agrees_with_the_simulating_package_on_the_four_largest_channels(paths: PathTable, order: int) -> None:
    """The package simulates; its own noise is about half a per cent on large channels."""
    expected = reference(f"ref_markov_order{order}_with_nulls_seed1234567_ChannelAttribution_2.2.5.csv")
    largest = sorted(expected, key=lambda channel: -expected[channel]["total_conversions"])[:4]
    for column, theirs in (("conversions", "total_conversions"), ("value", "total_conversion_value")):
        mine = credit(paths, "markov", column, order=order)
        for channel in largest:
            assert mine[channel] == pytest.approx(expected[channel][theirs], rel=0.01), (channel, column)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_the_chain_converts_as_often_as_observed(paths: PathTable, order: int) -> None:
    chain = transition_chain(paths, order=order)
    assert conversion_probability(chain) == pytest.approx(19_785 / 88_387, abs=1e-12)


def test_transitions_equal_those_of_the_reference_package(paths: PathTable) -> None:
    """The package numbers channels as its heuristic table lists them, and leaves out steps from a channel to itself."""
    by_number = list(reference("ref_heuristic_ChannelAttribution_2.2.5.csv"))
    chain = transition_chain(paths, order=1)
    between = chain.between.toarray()
    code = {paths.channels[gram[0]]: state for state, gram in enumerate(chain.grams)}
    checked = 0
    with (PACKAGE / "ref_transition_matrix_order1_with_nulls_ChannelAttribution_2.2.5.csv").open() as file:
        for row in csv.DictReader(file):
            source, target = row["channel_from"], row["channel_to"]
            if not target.isdigit():
                continue
            state = code[by_number[int(target) - 1]]
            if source == "(start)":
                mine = chain.start[state]
            else:
                here = code[by_number[int(source) - 1]]
                mine = between[here, state] / (1 - between[here, here])
            assert mine == pytest.approx(float(row["transition_probability"]), abs=1e-12), row
            checked += 1
    assert checked > 100


def test_toys_with_exact_removal_effects(toys: dict[str, dict]) -> None:
    vignette = toys["ChannelAttribution vignette A/B"]
    table = toy_paths(vignette["paths"])
    assert credit(table, "markov", "removal_effect") == pytest.approx(vignette["exact"]["removal_effects"])
    assert credit(table, "markov") == pytest.approx(vignette["exact"]["conversions"])
    assert credit(table, "first") == vignette["published"]["first_touch"]
    part_one = toys["analyzecore 2016 part 1"]
    chain_table = toy_paths(part_one["paths"])
    chain = transition_chain(chain_table)
    assert conversion_probability(chain) == pytest.approx(part_one["exact"]["p_conversion"])
    effects = dict(zip(chain_table.channels, removal_effects(chain)[0], strict=True))
    assert effects == pytest.approx(part_one["exact"]["removal_effects"])
    assert credit(chain_table, "markov") == pytest.approx(part_one["exact"]["shares"])


def test_toys_of_rule_models(toys: dict[str, dict]) -> None:
    journeys = toys["mta tests journey_data"]
    names = {"first_touch": "first", "last_touch": "last", "linear": "linear", "position_40_20_40": "position"}
    for published, model in names.items():
        mine = {channel: n for channel, n in credit(toy_paths(journeys["paths"]), model).items() if n}
        assert mine == pytest.approx(journeys["published"][published]), model
    repeats = toys["mta linear counts repeats"]
    assert credit(toy_paths(repeats["paths"]), "linear") == pytest.approx(repeats["published"]["linear_by_touch"])
    two = toys["mta position 2 touches"]
    assert credit(toy_paths(two["paths"]), "position") == pytest.approx(two["published"]["position_40_20_40"])


def test_toys_of_shapley(toys: dict[str, dict]) -> None:
    for case in toys["mta shapley"]["sub"]:
        assert credit(toy_paths(case["paths"]), "shapley") == pytest.approx(case["shapley"])


def test_toys_of_transitions(toys: dict[str, dict]) -> None:
    case = toys["mta transition matrix"]
    table = toy_paths(case["paths"])
    chain = transition_chain(table)
    state = {table.channels[gram[0]]: i for i, gram in enumerate(chain.grams)}
    for edge, expected in case["published"]["transitions"].items():
        source, target = edge.split(">")
        if source == "(start)":
            mine = chain.start[state[target]]
        elif target == "(conversion)":
            mine = chain.converts[state[source]]
        elif target == "(null)":
            mine = chain.nulls[state[source]]
        else:
            mine = chain.between[state[source], state[target]]
        assert mine == pytest.approx(expected), edge


def test_every_model_that_adds_up_credits_the_whole_value_of_the_mam_toy(toys: dict[str, dict]) -> None:
    case = toys["DP6 MAM tests"]
    table = toy_paths([(path, case["value_per_path"], 0) for path in case["paths"]])
    for model in MODELS.values():
        if model.adds_up and not model.needs_ages:
            assert sum(credit(table, model.name).values()) == pytest.approx(case["published"]["all_models_sum"])
    three = toy_paths([("A > B > C", case["value_per_path"], 0)])
    assert credit(three, "position")["A"] == pytest.approx(case["published"]["position_based 3 touches first"])
    non_a = credit(toy_paths([("B > A", 3, 0)]), "last_non_direct", direct_channels=("A",))
    assert non_a["A"] == case["published"]["last_click_non_A credit to A when A is last"]
