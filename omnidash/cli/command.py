"""A command: its name, its arguments, and what it does at a desk."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """``arguments`` fills the command's parser; ``run`` gets the parsed arguments and the desk."""

    name: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Any, Desk], Answer]


def no_arguments(parser: argparse.ArgumentParser) -> None:
    """For commands without arguments of their own."""
