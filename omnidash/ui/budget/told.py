"""What the controls of the plan were told to show, and whether a value the browser sends was put there by hand.

Streamlit takes every value that differs from the session's for a change by hand. But the plan moves its controls by
program too (the best plan, undo, the others' share of a slider's move), and whatever is pressed before the browser has
the new values brings the old ones along: taken as moves, they would undo the plan channel by channel.

So every drawing of the controls has a number, told to a hidden control that is drawn last. The number that comes back
says which drawing the browser had whole: what it was told or had sent by then, or was told later, is an echo.

Worked example: drawing 5 shows 100. The best plan makes it 120 in drawing 6; a tab is pressed before that arrives, with
number 5 and 100: an echo. Number 5 and 130: moved by hand. Number 6 and 100: moved back by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

DRAWING = "plan_drawing"  # hidden by its key in the style sheet
_MOST_KEPT = 50


@dataclass(slots=True)
class Told:
    """One per session. ``known``: key of a control → values the browser may have, each as ``(drawing, whether the
    browser sent it, value)``."""

    drawing: int = 0
    known: dict[str, list[tuple[int, bool, Any]]] = field(default_factory=dict)

    def begin(self) -> None:
        """A new drawing of the controls."""
        self.drawing += 1

    def tell(self, key: str, value: object) -> None:
        """Let a control show a value; called before it is drawn."""
        st.session_state[key] = value
        self.known[key] = [*self.known.get(key, ())[-_MOST_KEPT:], (self.drawing, False, value)]

    def end(self) -> None:
        """Number the drawing: after its last control, as the browser takes up values in the order of the page."""
        st.session_state[DRAWING] = self.drawing
        st.number_input("drawing", step=1, key=DRAWING, label_visibility="collapsed")

    def by_hand(self, key: str, act: Callable[..., None], *args: object) -> Callable[[], None]:
        """The callback of a control: ``act``, where its value was put there by hand."""

        def changed() -> None:
            if self._is_news(key):
                act(*args)

        return changed

    def _is_news(self, key: str) -> bool:
        had, value = st.session_state.get(DRAWING, 0), st.session_state[key]
        known = sorted(self.known.get(key, ()), key=lambda one: one[:2])
        had_then = [one for one in known if one[0] <= had][-1:]
        possible = had_then + [one for one in known if one[0] > had]
        if any(one[2] == value for one in possible):
            return False
        self.known[key] = [*possible, (had, True, value)]
        return True
