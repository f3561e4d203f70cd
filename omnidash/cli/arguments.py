"""How words on the command line become values: days, lengths of time, periods, funnel steps."""

import argparse
import re
from datetime import date
from typing import Any, NoReturn

from omnidash.journeys.funnel import Step
from omnidash.model.defaults import LONGEST_LOOKBACK_DAYS, LONGEST_WINDOW_DAYS, STAGES, action_of_label
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.model.period import Period

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw]?)")


class Parser(argparse.ArgumentParser):
    """argparse, with errors in one line that names the way out."""

    def error(self, message: str) -> NoReturn:
        """Wrong use: one line on stderr, exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def day(text: str) -> date:
    """``2026-11-15``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day; write it as 2026-11-15") from None


def seconds(text: str) -> float:
    """``7d``, ``12h``, ``90m``, ``30s``, ``2w``; a bare number is days. More than zero."""
    found = _DURATION.fullmatch(text.strip().lower())
    length = float(found[1]) * _SECONDS[found[2] or "d"] if found else 0.0
    if length <= 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a length of time; write it as 7d, 12h, 90m or 30s")
    return length


def days(text: str) -> float:
    """A length of time in days (may be a fraction)."""
    return seconds(text) / _SECONDS["d"]


def window(text: str) -> float:
    """A length of time in seconds that a funnel may take: at most 90 days."""
    return _at_most(seconds(text), LONGEST_WINDOW_DAYS, text)


def lookback(text: str) -> float:
    """Days that a touch may lie before a conversion (may be a fraction): at most 180."""
    return _at_most(seconds(text), LONGEST_LOOKBACK_DAYS, text) / _SECONDS["d"]


def _at_most(length: float, longest_days: int, text: str) -> float:
    if length > longest_days * _SECONDS["d"]:
        raise argparse.ArgumentTypeError(f"'{text}' is longer than {longest_days} days, the most that is counted")
    return length


def whole_days(text: str) -> int:
    """A length of time of whole days."""
    length = days(text)
    if length != int(length):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of days; write it as 28d")
    return int(length)


def count(text: str) -> int:
    """A whole number of at least 1."""
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1")
    return int(text)


def money(text: str) -> float:
    """An amount of more than zero; thousands separators allowed."""
    try:
        amount = float(text.replace(",", ""))
    except ValueError:
        amount = 0.0
    if not 0 < amount < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not an amount of money above zero")
    return amount


def add_period(parser: argparse.ArgumentParser, default: str = "all days of the data") -> None:
    """``--from`` and ``--to``: local days, both included."""
    parser.add_argument("--from", dest="first_day", type=day, metavar="DAY", help=f"first day (default: {default})")
    parser.add_argument("--to", dest="last_day", type=day, metavar="DAY", help="last day, included")


def period(arguments: Any, default: Period) -> Period:
    """The period asked for; an end that is not given is that of ``default``."""
    first_day = arguments.first_day or default.first_day
    last_day = arguments.last_day or default.last_day
    if last_day < first_day:
        raise WrongUse(
            N_("The period ends on {last_day}, before it begins on {first_day}."),
            first_day=first_day.isoformat(),
            last_day=last_day.isoformat(),
        )
    return Period(first_day=first_day, last_day=last_day)


def funnel_steps(text: str, *, actions: tuple[str, ...], channels: tuple[str, ...]) -> tuple[Step, ...]:
    """``"click > add_to_cart @ tmall > purchase"``: actions or stages in order, each with channels after an ``@``.

    A word may be an action of the data, a stage, or another name of an action (``conversion`` for ``purchase``).
    """
    steps = []
    for part in re.split(r"\s*[>→]\s*", text.strip()):
        what, _, where = (piece.strip() for piece in part.partition("@"))
        chosen = tuple(name.strip() for name in where.split(",") if name.strip())
        for name in chosen:
            _known(name, channels, N_("Channel {name} does not occur in the data; there are: {known}."))
        steps.append(_step(what, chosen, actions))
    return tuple(steps)


def _step(word: str, channels: tuple[str, ...], actions: tuple[str, ...]) -> Step:
    if word in actions:
        return Step(action=word, channels=channels)
    if word in STAGES:
        return Step(stage=word, channels=channels)
    if not word:
        return Step(channels=channels)  # refuses a step that names nothing
    alias = action_of_label(word)
    if alias is None or alias not in actions:
        _known(word, actions, N_("No event has the action {name}; there are: {known}."))
    return Step(action=alias, channels=channels)


def _known(name: str, known: tuple[str, ...], template: str) -> None:
    if name not in known:
        raise WrongUse(template, name=repr(name), known=", ".join(sorted(k for k in known if k)))
