"""A metric in words: its value as its unit is written, and what it means."""

from omnidash.metrics.metric import Metric
from omnidash.ui.i18n import _, fmt


def show_value(metric: Metric, value: float | None, currency: str) -> str:
    """A metric's value as its unit is written; n/a where it is undefined."""
    if value is None:
        return _("n/a")
    if metric.unit == "money":
        return fmt().money_compact(value, currency)
    if metric.unit == "percent":
        return fmt().percent(value)
    if metric.unit == "ratio":
        return f"1 : {fmt().decimal(value, 2)}"
    return fmt().compact(value)


def definition(metric: Metric) -> str:
    """What the number means, with its formula, as help text."""
    return f"{_(metric.definition)}\n\n**{_('Formula')}**: {_(metric.formula)}"
