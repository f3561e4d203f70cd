"""``python -m tests.reference``: writes docs/metrics.md, the reference of all metrics, from the registry.

A test fails while the page and the registry differ.
"""

from pathlib import Path

from omnidash.locale import Translator, translator
from omnidash.metrics.metric import Metric
from omnidash.metrics.registry import METRICS
from tests.conftest import ROOT

TARGET = ROOT / "docs" / "metrics.md"
_UNITS = {
    "money": ("money", "金额"),
    "ratio": ("ratio, 1 : x", "比值，1 : x"),
    "count": ("count", "数量"),
    "percent": ("percent", "百分比"),
}
_BETTER = {"up": ("more is better", "越高越好"), "down": ("less is better", "越低越好"), "neutral": ("", "")}
_HEAD = """# Metrics · 指标

Written by `make reference` from `omnidash/metrics/registry.py`; the same words stand behind the ⓘ of every number in the
app. Null and zero rules and a worked example of each stand in the docstring of its module.
"""


def reference() -> str:
    """The page."""
    return _HEAD + "".join(_entry(metric, translator("en"), translator("zh_CN")) for metric in METRICS.values())


def _entry(metric: Metric, english: Translator, chinese: Translator) -> str:
    lines = []
    for index, say in enumerate((english, chinese)):
        kind = " · ".join(part for part in (_UNITS[metric.unit][index], _BETTER[metric.better][index]) if part)
        lines.append(f"**{say.text(metric.title)}** ({kind}). {say.text(metric.definition)}")
        lines.append(f"`{say.text(metric.formula)}`")
    return f"\n## {english.text(metric.title)} · {chinese.text(metric.title)}\n\n" + "\n\n".join(lines) + "\n"


def write(target: Path = TARGET) -> None:
    """Write the page anew."""
    target.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    write()
