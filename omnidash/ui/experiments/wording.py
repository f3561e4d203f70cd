"""How the reading of a test is put into words."""

from dataclasses import dataclass

from omnidash.experiments.reading import Reading
from omnidash.model.messages import N_
from omnidash.ui.i18n import _, fmt

MEASURES = {
    "share": N_("Persons who did it"),
    "count": N_("How often, per person"),
    "revenue": N_("Net revenue per person"),
}
MODES = {"any_day": N_("Any day"), "once": N_("Once, at the end")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """How figures of a reading are written. ``currency``: of amounts; '' for counts and shares."""

    is_share: bool
    currency: str = ""

    def mean(self, value: float) -> str:
        """The mean outcome of a variant."""
        if self.is_share:
            return fmt().percent(value, 2 if 0 < abs(value) < 0.1 else 1)
        return fmt().money(value, self.currency) if self.currency else fmt().decimal(value, 3)

    def difference(self, value: float) -> str:
        """A difference of two means, with its sign."""
        if self.is_share:
            return _("{points} pts", points=_points(value))
        sign = "+" if value > 0 else "−" if value < 0 else ""
        size = fmt().money(abs(value), self.currency) if self.currency else fmt().decimal(abs(value), 3)
        return f"{sign}{size}"

    def ends(self, low: float, high: float) -> str:
        """An interval of differences; the unit stands once where it comes last."""
        if self.is_share:
            return _("{points} pts", points=f"{_points(low)} … {_points(high)}")
        return f"{self.difference(low)} … {self.difference(high)}"

    @property
    def tick_format(self) -> str:
        """d3's format of the axis of differences."""
        return "+.1%" if self.is_share else "+~g"


def _points(value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{fmt().decimal(abs(value) * 100, 2)}"


def verdict(reading: Reading, unit: Unit) -> str:
    """The finding in one sentence: what is clear, else that nothing is."""
    if reading.sample_ratio.is_mismatch:
        return _("Do not read this test yet: its groups are not as large as they should be")
    if not reading.is_enough:
        return _("Too few persons or outcomes so far to tell anything")
    clear = [one for one in reading.differences if one.is_clear]
    level = fmt().percent(reading.asked.level, 0)
    base = unit.mean(reading.control.mean)
    if not clear:
        widest = max(reading.differences, key=lambda one: abs(one.absolute))
        return _(
            "No difference that can be told from chance so far: “{variant}” {difference} ({level}: {ends})",
            variant=widest.variant, difference=unit.difference(widest.absolute), level=level,
            ends=unit.ends(*widest.interval),
        )  # fmt: skip
    best = max(clear, key=lambda one: one.absolute)
    if best.absolute < 0:
        best = min(clear, key=lambda one: one.absolute)
    arm = next(arm for arm in reading.arms if arm.variant == best.variant)
    values = {
        "variant": best.variant, "mean": unit.mean(arm.mean), "base": base,
        "difference": unit.difference(best.absolute), "level": level, "ends": unit.ends(*best.interval),
    }  # fmt: skip
    if best.absolute > 0:
        return _("“{variant}” brings more: {mean} against {base}, {difference} ({level}: {ends})", **values)
    return _("“{variant}” brings less: {mean} against {base}, {difference} ({level}: {ends})", **values)


def p_text(value: float) -> str:
    """A p-value as it is read."""
    return "< 0.0001" if value < 0.0001 else fmt().decimal(value, 4)


def meaning(reading: Reading) -> str:
    """What the numbers of the reading are (Markdown)."""
    level = fmt().percent(reading.asked.level, 0)
    parts = [
        _(
            "Each person belongs to the variant seen first, and counts from then on. The difference is the mean per "
            "person in the variant less that in the control."
        )
    ]
    if reading.asked.is_any_day:
        parts.append(
            _(
                "The {level} interval is a confidence sequence (Waudby-Smith and others 2024): it holds however often "
                "you look, so you may stop when it leaves out 0. It is narrowest at about {planned} persons, and wider "
                "than one that is read once.",
                level=level,
                planned=fmt().integer(reading.asked.planned),
            )
        )
    elif reading.is_share and reading.variance_kept is None:
        parts.append(
            _(
                "The {level} interval is Newcombe's, the p-value Pearson's chi-squared. They hold for one look, at the "
                "end that was planned: who looks every day and stops at the first clear one is wrong far more often.",
                level=level,
            )
        )
    else:
        parts.append(
            _(
                "The {level} interval and the p-value are Welch's t. They hold for one look, at the end that was "
                "planned: who looks every day and stops at the first clear one is wrong far more often.",
                level=level,
            )
        )
    if len(reading.differences) > 1:
        parts.append(_("Several variants: p-values are adjusted by Holm's rule; “clear” means clear after that."))
    return "\n\n".join(parts)
