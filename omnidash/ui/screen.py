"""What a page is handed: the workspace, the filters, and the words to name things with."""

from dataclasses import dataclass, field

from omnidash.charts.theme import ChannelColors
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.filters import Filters
from omnidash.model.messages import Message
from omnidash.model.period import Period
from omnidash.model.presets import Span
from omnidash.store import Workspace
from omnidash.ui.compute import Facts
from omnidash.ui.i18n import _, current_language, fmt, words
from omnidash.ui.state import Bar, compared_with
from omnidash.ui.text import chart_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One run of one page."""

    workspace: Workspace
    facts: Facts
    span: Span
    bar: Bar
    filters: Filters
    colors: ChannelColors
    names: dict[str, str]
    currency: str
    _labels: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def compared(self) -> Period:
        """The period that the chosen one is compared with."""
        return compared_with(self.bar, self.filters.period)

    def name(self, channel: str) -> str:
        """A channel's display name in the reader's language."""
        if channel == DIRECT:
            return _("(direct)")
        if channel == UNKNOWN:
            return _("(unknown channel)")
        return self.names.get(channel, channel)

    def label(self, channel: str) -> str:
        """The display name for a Plotly label, where some HTML would be read and a long one would take all room."""
        if channel not in self._labels:  # all at once: what may be left out of a name depends on the others
            channels = dict.fromkeys([*self.names, channel])
            self._labels.update(zip(channels, chart_labels([self.name(c) for c in channels]), strict=True))
        return self._labels[channel]

    def money_tick(self, amount: float) -> str:
        """A round amount in the workspace's currency, as an axis has it."""
        return fmt().money_tick(amount, self.currency)

    def say(self, message: Message) -> str:
        """A Message in the reader's language, with this workspace's channel names and currency."""
        return words().render(message, channel_name=self.name, currency=self.currency)


def channel_names(facts: Facts) -> dict[str, str]:
    """Display name per channel id."""
    column = "name_zh" if current_language().startswith("zh") else "name_en"
    return dict(zip(facts.channels["channel"].to_list(), facts.channels[column].to_list(), strict=True))
