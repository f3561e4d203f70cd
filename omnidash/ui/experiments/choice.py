"""Which test of the data is read and by which outcome: chosen in the session, mirrored in the address for links."""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from omnidash.experiments.of_workspace import Measure, Question
from omnidash.model.defaults import EXPOSED_ACTION
from omnidash.model.messages import N_
from omnidash.ui import in_address
from omnidash.ui.experiments import cached
from omnidash.ui.experiments.wording import MEASURES
from omnidash.ui.funnel.wording import action_title
from omnidash.ui.i18n import _, n_
from omnidash.ui.one_of import one_of
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

WITHIN_DAYS = (0, 1, 3, 7, 14, 28, 60)  # 0: until the data ends
_KEY = "experiment_chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    test: str
    measure: Measure = "share"
    outcome: str = ""  # '': the usual one of the test
    within: int = 0


def chosen_question(screen: Screen) -> Question:
    """What was chosen in this session, else what the address names, else the latest test by its usual outcome. The
    workspace has at least one test."""
    now = _chosen(screen)
    return Question(
        experiment=now.test,
        measure=now.measure,
        action=now.outcome or cached.usual_action(screen.workspace, now.test),
        within_days=now.within or None,
    )


def show_question(screen: Screen) -> None:
    """The controls: test, outcome, how long after the first exposure."""
    now, question = _chosen(screen), chosen_question(screen)
    _mirror(screen, now)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="experiment_question"):
        st.session_state["choice_test"] = now.test
        st.selectbox(
            _("Test"), _tests(screen), key="choice_test", format_func=plain, width=260,
            on_change=lambda: _choose(screen, test=st.session_state["choice_test"], outcome=""),
        )  # fmt: skip
        st.session_state["choice_measure"] = now.measure
        one_of(
            _("Compared is"), MEASURES, key="choice_measure",
            on_change=lambda: _choose(screen, measure=st.session_state["choice_measure"]),
        )  # fmt: skip
        if now.measure != "revenue":
            st.session_state["choice_outcome"] = question.action
            st.selectbox(
                _("Outcome"), _actions(screen, question.action), key="choice_outcome", format_func=action_title,
                width=200, on_change=lambda: _choose(screen, outcome=st.session_state["choice_outcome"]),
            )  # fmt: skip
        st.session_state["choice_within"] = now.within
        st.selectbox(
            _("Within"), WITHIN_DAYS, key="choice_within", width=190,
            format_func=lambda days: n_("{count} day", "{count} days", days) if days else _("until the data ends"),
            on_change=lambda: _choose(screen, within=int(st.session_state["choice_within"])),
            help=_("Of the first exposure. Persons whose days are not over yet are left out."),
        )  # fmt: skip


def _tests(screen: Screen) -> list[str]:
    return [str(name) for name in cached.all_experiments(screen.workspace)["experiment"]]


def _actions(screen: Screen, chosen: str) -> list[str]:
    known = [str(action) for action in screen.facts.actions["action"] if action != EXPOSED_ACTION]
    return sorted({*known, chosen}, key=action_title)


def _chosen(screen: Screen) -> _Chosen:
    kept, tests = st.session_state.get(_KEY), _tests(screen)
    if isinstance(kept, _Chosen) and kept.test in tests:
        return kept
    found = in_address.read("experiments", _Chosen(test=tests[0]), _in_address(screen))
    st.session_state[_KEY] = found
    return found


def _in_address(screen: Screen) -> in_address.Known:
    actions = {str(action): str(action) for action in screen.facts.actions["action"]}
    return {
        "test": ("test", {name: name for name in _tests(screen)}, N_("test")),
        "measure": ("measure", {name: name for name in MEASURES}, N_("measure")),
        "outcome": ("outcome", actions, N_("outcome")),
        "within": ("within", {str(days): days for days in WITHIN_DAYS}, N_("days after the exposure")),
    }


def _mirror(screen: Screen, now: _Chosen) -> None:
    """Which test it is always stands in the address: the latest is another one tomorrow."""
    in_address.mirror(now, _Chosen(test=""), _in_address(screen))


def _choose(screen: Screen, **changed: Any) -> None:
    st.session_state[_KEY] = now = replace(_chosen(screen), **changed)
    _mirror(screen, now)
