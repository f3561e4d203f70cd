"""``experiment``: an A/B test read from imported exposures or from a file, or the tests there are."""

import argparse
from pathlib import Path
from typing import Any

import polars as pl

from omnidash.cli.answer import Answer
from omnidash.cli.arguments import count, whole_days
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.engine.experiments import experiments
from omnidash.experiments.of_workspace import DAYS_BEFORE, Question, experiment_of
from omnidash.experiments.person_file import person_rows, read_person_table, usual_outcome
from omnidash.experiments.reading import Asked, Reading, read_experiment
from omnidash.experiments.sequential import PLANNED_PERSONS
from omnidash.model.defaults import action_of_label
from omnidash.model.errors import BadInput, WrongUse
from omnidash.model.messages import N_

_COUNT = "count:"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", help="an experiment of the data, or a file with one row per person (none: list)"
    )
    parser.add_argument(
        "--metric",
        help="of the data: an action (share of persons who did it), count:ACTION, or revenue (default: the goal); of a "
        "file: the column of the outcome",
    )
    parser.add_argument("--variant", metavar="COLUMN", help="of a file: the column of the variant (default: guessed)")
    parser.add_argument(
        "--before", nargs="?", const="", metavar="COLUMN",
        help="take out what was known before (CUPED); of a file: its column",
    )  # fmt: skip
    parser.add_argument(
        "--control", help="variant to compare with (default: the one that is called so, else the first)"
    )
    parser.add_argument(
        "--within", type=whole_days, metavar="14d", help="of the first exposure (default: until the data ends)"
    )
    parser.add_argument("--once", action="store_true", help="read once at the planned end instead of on any day")
    parser.add_argument("--planned", type=count, default=PLANNED_PERSONS, help="planned persons (default: %(default)s)")
    parser.add_argument(
        "--shares", type=_shares, metavar="A=9,B=1", help="how persons were meant to be shared out (default: evenly)"
    )
    parser.add_argument("--level", type=float, default=0.95, help="of the intervals (default: %(default)s)")


def _shares(text: str) -> tuple[tuple[str, float], ...]:
    """``A=9,B=1``."""
    try:
        parts = [part.rpartition("=") for part in text.split(",")]
        return tuple((name.strip(), float(share)) for name, _, share in parts)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' are no shares; write them as A=9,B=1") from None


def _run(arguments: Any, desk: Desk) -> Answer:
    if arguments.name is None:
        rows = experiments(desk.workspace).to_dicts()
        return Answer(data={"rows": rows}, tables={"": rows})
    asked = Asked(
        weights=arguments.shares,
        control=arguments.control,
        level=arguments.level,
        is_any_day=not arguments.once,
        planned=arguments.planned,
        uses_before=arguments.before is not None,
    )
    path = Path(arguments.name)
    if path.suffix and path.exists():
        return _answer(read_experiment(_rows_of_file(path, arguments), asked), {})
    found = experiment_of(
        desk.workspace,
        _question(arguments, desk),
        through=desk.closed,
        days_before=None if arguments.before is None else DAYS_BEFORE,
    )
    left_out = {"crossed": found.crossed.height, "nobody": found.nobody, "still_open": found.still_open}
    return _answer(found.read(asked), left_out)


def _question(arguments: Any, desk: Desk) -> Question:
    said = arguments.metric or desk.workspace.settings.goal
    if said == "revenue":
        return Question(experiment=arguments.name, measure="revenue", within_days=arguments.within)
    label = said.removeprefix(_COUNT)
    known = {str(action) for (action,) in desk.workspace.rows("select distinct action from event")}
    action = label if label in known else action_of_label(label)
    if action is None:
        raise WrongUse(
            N_("There is no action {name}; the data has {names}."), name=repr(label), names=", ".join(sorted(known))
        )
    measure: Any = "count" if said.startswith(_COUNT) else "share"
    return Question(experiment=arguments.name, measure=measure, action=action, within_days=arguments.within)


def _rows_of_file(path: Path, arguments: Any) -> pl.DataFrame:
    table = read_person_table(path.read_bytes(), path.name)
    variant = arguments.variant or next(iter(table.variants), None)
    outcome = arguments.metric or usual_outcome(table, variant=variant, before=arguments.before)
    for column in (variant, outcome, *([arguments.before] if arguments.before is not None else [])):
        if column not in table.cells.columns:
            raise BadInput(
                N_("{file} has no column of variants or figures called {name}; there are {names}."),
                file=path.name, name=repr(column or ""), names=", ".join(table.cells.columns),
            )  # fmt: skip
    assert variant is not None and outcome is not None  # both are columns of the file
    return person_rows(table, variant=variant, outcome=outcome, before=arguments.before)


def _answer(reading: Reading, left_out: dict[str, int]) -> Answer:
    against = {one.variant: one for one in reading.differences}
    rows = []
    for arm in reading.arms:
        one = against.get(arm.variant)
        low, high = (None, None) if one is None else one.interval
        rows.append(
            {
                "variant": arm.variant, "persons": arm.persons, "with_outcome": arm.with_outcome, "mean": arm.mean,
                "deviation": arm.deviation, "difference": None if one is None else one.absolute, "low": low,
                "high": high, "relative": None if one is None else one.relative,
                "p_value": None if one is None else one.p_value, "is_clear": None if one is None else one.is_clear,
            }
        )  # fmt: skip
    largest = max(reading.differences, key=lambda one: abs(one.absolute))
    ratio = reading.sample_ratio
    data = {
        "variants": rows,
        "difference": largest.absolute,
        "interval": list(largest.interval),
        "p_value": largest.p_value,
        "srm": {"chi_squared": ratio.chi_squared, "p_value": ratio.p_value, "is_mismatch": ratio.is_mismatch},
        "level": reading.asked.level,
        "is_any_day": reading.asked.is_any_day,
        "is_enough": reading.is_enough,
        "variance_kept": reading.variance_kept,
        **left_out,
    }
    lines = [
        f"sample ratio: p {ratio.p_value:.4f}" + (", a mismatch: do not read the test" if ratio.is_mismatch else "")
    ]
    lines += [f"{name}: {number}" for name, number in left_out.items() if number]
    # four digits: a difference of shares is small
    shown = [{k: f"{v:.4g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows]
    return Answer(data=data, tables={"": shown}, lines=tuple(lines))


COMMANDS = (Command(name="experiment", arguments=_arguments, run=_run),)
