"""Where a command works: the workspace it was pointed at, its results as the app computes them, and a voice.

Everything is read on first use and kept for the run of one command.
"""

import contextlib
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import polars as pl

from omnidash.customers.of_workspace import ltv_of
from omnidash.engine.freshness import Freshness, freshness
from omnidash.engine.journeys import journeys_of
from omnidash.health.of_workspace import closed_through_of
from omnidash.identity.resolve import bring_up_to_date
from omnidash.journeys.table import Journeys
from omnidash.locale import Translator
from omnidash.metrics.of_workspace import channel_days_of, margins_of
from omnidash.model.errors import OmniDashError, WorkspaceBusy, WrongUse
from omnidash.model.messages import N_, Message
from omnidash.model.period import Period
from omnidash.model.presets import SHORT_HISTORY_DAYS
from omnidash.store import Workspace

RECENT_DAYS = 30
Done = TypeVar("Done")


class Desk:
    """One command's workplace. ``folder``: the workspace; ``words``: the reader's language."""

    def __init__(self, folder: Path, words: Translator) -> None:
        self.folder = folder
        self.words = words

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace, opened, its persons up to date. Raises WorkspaceProblem where there is none."""
        opened = Workspace.open(self.folder)
        with contextlib.suppress(WorkspaceBusy):  # then whoever writes brings them up to date, or the next to come
            bring_up_to_date(opened)
        return opened

    @cached_property
    def fresh(self) -> Freshness:
        """Up to when the data goes. Raises WrongUse in an empty workspace."""
        found = freshness(self.workspace)
        if found.is_empty:
            raise WrongUse(N_("The workspace holds no data yet; import an export first."))
        return found

    @cached_property
    def journeys(self) -> Journeys:
        """The journey table."""
        return journeys_of(self.workspace)

    def channel_day(self, model: str) -> pl.DataFrame:
        """The channel-day table under a rule model."""
        return channel_days_of(self.workspace, self.journeys, model=model)

    @cached_property
    def ltv(self) -> dict[str, float]:
        """Predicted lifetime value per channel that acquired customers; empty where it cannot be told."""
        return ltv_of(self.workspace, self.journeys)

    @property
    def whole(self) -> Period:
        """All days of the data."""
        assert self.fresh.first_day is not None and self.fresh.last_day is not None  # fresh is not empty
        return Period(first_day=self.fresh.first_day, last_day=self.fresh.last_day)

    @property
    def closed(self) -> date:
        """The last closed local day."""
        return closed_through_of(self.workspace, self.fresh) or self.whole.last_day

    @property
    def recent(self) -> Period:
        """What "today" means for a budget: the last 30 closed days with spend delivered; a short history whole."""
        last_day = min(self.closed, self.fresh.spend_last_day or self.closed)
        if self.whole.days < SHORT_HISTORY_DAYS:
            return Period(first_day=self.whole.first_day, last_day=max(last_day, self.whole.first_day))
        return Period.ending(last_day, days=RECENT_DAYS)

    @property
    def margin(self) -> dict[str, float]:
        """Gross margin by channel, ``"*"`` for every other."""
        return margins_of(self.workspace)

    @cached_property
    def names(self) -> dict[str, str]:
        """Display name by channel id."""
        rows = self.workspace.rows("select channel, name_en, name_zh from channel")
        is_chinese = self.words.language.startswith("zh")
        return {channel: chinese if is_chinese else english for channel, english, chinese in rows}

    def say(self, message: Message) -> str:
        """A message in the reader's language, with the workspace's channel names and currency where it can be read."""
        try:
            names, currency = self.names, self.workspace.settings.currency
        except OmniDashError:
            return self.words.render(message)
        return self.words.render(message, channel_name=lambda c: names.get(c, c), currency=currency)

    def progress(self, what: str = "") -> Callable[[float, Message], None]:
        """A progress line on stderr: redrawn in place on a terminal, silent elsewhere."""

        def show(fraction: float, message: Message) -> None:
            if sys.stderr.isatty():
                end = "\n" if fraction >= 1 else ""
                sys.stderr.write(f"\r\033[K{what}{self.words.render(message)} {fraction:.0%}{end}")
                sys.stderr.flush()

        return show


def patiently(work: Callable[[], Done], wait_seconds: float) -> Done:
    """What ``work`` returns; it is tried again while another process has the workspace, for that long."""
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return work()
        except WorkspaceBusy:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.2)


def note(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(text + "\n")
