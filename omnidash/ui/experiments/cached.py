"""What the experiments screen gathers, kept by (data version, settings version, identity level) and what was asked."""

from datetime import date

import polars as pl
import streamlit as st

from omnidash.engine.experiments import Usual, actions_beside, experiments, usual
from omnidash.experiments.of_workspace import Experiment, Question, experiment_of
from omnidash.experiments.reading import Asked
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.compute import Version, version_of


def all_experiments(workspace: Workspace) -> pl.DataFrame:
    """The experiments of the workspace, see ``engine.experiments``."""
    return _all(workspace.version, workspace)


def usual_action(workspace: Workspace, experiment: str) -> str:
    """The outcome that the test was probably made for: the goal where its own files hold it, else what they hold most
    of, else the goal."""
    return _usual_action(workspace.version, workspace, experiment)


def experiment(workspace: Workspace, question: Question, through: date, days_before: int | None) -> Experiment:
    """Persons and outcomes of a test at the identity level looked at."""
    return _experiment(version_of(workspace), workspace, question, through, days_before)


def by_day(
    workspace: Workspace, question: Question, through: date, days_before: int | None, asked: Asked
) -> pl.DataFrame:
    """The test as it would have been read day by day."""
    return _by_day(version_of(workspace), workspace, question, through, days_before, asked)


def usual_persons(workspace: Workspace, period: Period) -> Usual | None:
    """What persons do in a period without a test."""
    return _usual(version_of(workspace), workspace, period)


@st.cache_resource(show_spinner=False, max_entries=12)
def _usual(version: Version, _workspace: Workspace, period: Period) -> Usual | None:  # noqa: ARG001  (the cache key)
    return usual(_workspace, period, compute.persons_looked_at(_workspace))


@st.cache_resource(show_spinner=False, max_entries=4)
def _all(version: tuple[object, ...], _workspace: Workspace) -> pl.DataFrame:  # noqa: ARG001  (the cache key)
    return experiments(_workspace)


@st.cache_resource(show_spinner=False, max_entries=24)
def _usual_action(version: tuple[object, ...], _workspace: Workspace, experiment: str) -> str:  # noqa: ARG001
    beside = actions_beside(_workspace, experiment)
    goal = _workspace.settings.goal
    return goal if goal in beside or not beside else beside[0]


@st.cache_resource(show_spinner=False, max_entries=12)
def _experiment(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    question: Question,
    through: date,
    days_before: int | None,
) -> Experiment:
    persons = compute.persons_looked_at(_workspace)
    return experiment_of(_workspace, question, through=through, persons=persons, days_before=days_before)


@st.cache_resource(show_spinner=False, max_entries=24)
def _by_day(
    version: Version,
    _workspace: Workspace,
    question: Question,
    through: date,
    days_before: int | None,
    asked: Asked,
) -> pl.DataFrame:
    return _experiment(version, _workspace, question, through, days_before).by_day(asked)
