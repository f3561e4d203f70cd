"""A plan in a few characters, as the address of the page carries it, so that it outlives the session.

``about~s…~u…~l…~…``: *about* stands for what the plan was made for (channels and their spend today, reference period,
model, basis), so that it is never put on anything else. Then, each only where it is not as usual: *s* spend per day of
each channel by name, an empty place for today's, and last the reserve that is held; *u* the same one step before;
*l* the locked channels by their places; *n* and *m* least and most of each; *d* horizon; *p* phasing; *o* aim and *t*
its target; *c* how far a channel may move; *f* switches; *b* that this is the best plan, to be proven anew.

What comes out of a link is anybody's: it is read by this form alone, and no number beyond what a budget can be.
Money keeps ten digits: what is read and written again is the same text.

Worked example: two channels, the first at 120 instead of 100 a day, the second locked, 28 days: ``6f…~s120__~l1~d28``.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import blake2b
from typing import get_args

from omnidash.budget.limits import Objective
from omnidash.budget.phasing import Phasing
from omnidash.budget.what_if import Allocation
from omnidash.ui.budget.rules import CHANGES, Rules

LONGEST = 4000
_MOST_MONEY = 1e12  # per day, in any currency
_MOST_TARGET = 1e9
_LEAST_TARGET = {"target_cac": 0.01}  # money; a return is at least −100 %
_MOST_DAYS = 3660
_SWITCHES = {"r": "reserve", "t": "top", "x": "only_extra", "f": "keep_total"}
_NUMBER = re.compile(r"\d{1,13}(\.\d{1,16})?(e-?\d{1,3})?")
_ANY = "any"


class Unreadable(ValueError):
    """The text is no plan."""


class OtherPlan(ValueError):
    """A plan of other channels, money, days or curves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is kept of a plan: spend per day, the money held back, the same one step before (``before``), locks, rules,
    horizon (None: as many days as the reference period), phasing, and whether it was the best plan under them."""

    allocation: Allocation
    held: float = 0.0
    before: tuple[Allocation, float] | None = None
    locked: frozenset[str] = frozenset()
    rules: Rules = field(default_factory=Rules)
    horizon_days: int | None = None
    phasing: Phasing = "even"
    is_best: bool = False


def about(today: Mapping[str, float], first_day: date, days: int, *named: str) -> str:
    """What a plan is made for, in ten characters. ``named``: model and basis."""
    money = [f"{channel}={_text(today[channel])}" for channel in sorted(today)]
    text = "\n".join([*named, first_day.isoformat(), str(days), *money])
    return blake2b(text.encode(), digest_size=5).hexdigest()


def written(draft: Draft, today: Allocation, what_for: str) -> str:
    """The text of a plan; '' for one that is as every plan begins."""
    names, rules = sorted(today), draft.rules
    usual = Rules()
    turned = [letter for letter, name in _SWITCHES.items() if getattr(rules, name) != getattr(usual, name)]
    parts = [
        _spend("s", (draft.allocation, draft.held), today),
        "" if draft.before is None else _spend("u", draft.before, today),
        _list("l", [str(i) for i, name in enumerate(names) if name in draft.locked]),
        _ends("n", [rules.limits.get(name, (None, None))[0] for name in names]),
        _ends("m", [rules.limits.get(name, (None, None))[1] for name in names]),
        "" if draft.horizon_days is None else f"d{draft.horizon_days}",
        "" if draft.phasing == "even" else f"p{draft.phasing}",
        "" if rules.objective == usual.objective else f"o{rules.objective}",
        "" if rules.target is None else f"t{_text(rules.target)}",
        "" if rules.change == usual.change else f"c{_ANY if rules.change is None else _text(rules.change)}",
        f"f{''.join(turned)}" if turned else "",
        "b" if draft.is_best else "",
    ]
    said = [part for part in parts if part]
    return "~".join([what_for, *said]) if said else ""


def read(text: str, today: Allocation, what_for: str) -> Draft:
    """The plan of a text. Raises Unreadable, or OtherPlan where it was made for something else."""
    if len(text) > LONGEST or not re.fullmatch(r"[0-9a-f]{10}(~[a-z][a-z0-9._-]*)+", text):
        raise Unreadable
    made_for, *parts = text.split("~")
    if made_for != what_for:
        raise OtherPlan
    said = {part[0]: part[1:] for part in parts}
    if len(said) < len(parts) or not set(said) <= set("sulnmdpotcfb") or said.get("b"):
        raise Unreadable
    names, nobody = sorted(today), frozenset[str]()
    now = _spend_of(said["s"], today) if "s" in said else (today, 0.0)
    return Draft(
        allocation=now[0],
        held=now[1],
        before=_spend_of(said["u"], today) if "u" in said else None,
        locked=frozenset(names[_place(one, len(names))] for one in said["l"].split("_")) if "l" in said else nobody,
        rules=_rules_of(said, names),
        horizon_days=_place(said["d"], _MOST_DAYS + 1, least=1) if "d" in said else None,
        phasing=_one_of(said["p"], get_args(Phasing)) if "p" in said else "even",
        is_best="b" in said,
    )


def _rules_of(said: Mapping[str, str], names: Sequence[str]) -> Rules:
    none: list[float | None] = [None] * len(names)
    least, most = (_ends_of(said[which], len(names)) if which in said else none for which in ("n", "m"))
    objective: Objective = _one_of(said["o"], get_args(Objective)) if "o" in said else Rules().objective
    if objective.startswith("target") != ("t" in said):
        raise Unreadable
    change = Rules().change
    if "c" in said:
        change = _one_of(None if said["c"] == _ANY else _number(said["c"], 1.0), CHANGES)
    turned = said.get("f", "")
    if not set(turned) <= set(_SWITCHES) or len(set(turned)) < len(turned):
        raise Unreadable
    rules = Rules(
        objective=objective,
        target=_target(said["t"], objective) if "t" in said else None,
        change=change,
        limits={c: (low, high) for c, low, high in zip(names, least, most, strict=True) if (low, high) != (None, None)},
    )
    switches = {name: not getattr(rules, name) for letter, name in _SWITCHES.items() if letter in turned}
    return replace(rules, **switches)  # type: ignore[arg-type]


def _target(text: str, objective: Objective) -> float:
    """A target is the only number that may lie below 0."""
    value = -_number(text[1:], _MOST_TARGET) if text.startswith("-") else _number(text, _MOST_TARGET)
    if value < _LEAST_TARGET.get(objective, -1.0):
        raise Unreadable
    return value


def _spend(letter: str, step: tuple[Allocation, float], today: Allocation) -> str:
    allocation, held = step
    money = ["" if allocation[name] == today[name] else _text(allocation[name]) for name in sorted(today)]
    return _list(letter, [*money, _text(held) if held else ""])


def _spend_of(text: str, today: Allocation) -> tuple[Allocation, float]:
    *money, held = _ends_of(text, len(today) + 1)
    said = {c: x for c, x in zip(sorted(today), money, strict=True) if x is not None}
    return Allocation({**today, **said}), held or 0.0


def _ends(letter: str, money: Iterable[float | None]) -> str:
    return _list(letter, ["" if one is None else _text(one) for one in money])


def _ends_of(text: str, count: int) -> list[float | None]:
    """As many amounts as there are places; None for an empty one."""
    parts = text.split("_")
    if len(parts) != count:
        raise Unreadable
    return [_number(part, _MOST_MONEY) if part else None for part in parts]


def _list(letter: str, items: Sequence[str]) -> str:
    return f"{letter}{'_'.join(items)}" if any(items) else ""


def _text(value: float) -> str:
    return f"{value:.10g}".replace("e+", "e")


def _number(text: str, most: float) -> float:
    if not _NUMBER.fullmatch(text):
        raise Unreadable
    value = float(text)
    if not (math.isfinite(value) and value <= most):
        raise Unreadable
    return value


def _place(text: str, count: int, *, least: int = 0) -> int:
    if not re.fullmatch(r"\d{1,6}", text) or not least <= int(text) < count:
        raise Unreadable
    return int(text)


def _one_of(value, known):  # type: ignore[no-untyped-def]
    if value not in known:
        raise Unreadable
    return value
