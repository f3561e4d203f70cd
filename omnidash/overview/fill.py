"""Keep what the first screen needs before anybody looks: after an import, whose end need not wait for it."""

from collections.abc import Callable
from functools import cache

from omnidash.customers.of_workspace import ltv_of
from omnidash.engine.freshness import freshness
from omnidash.engine.journeys import journeys_of
from omnidash.health.of_workspace import closed_through_of, rules_of
from omnidash.health.ranked import EVIDENCE_DAYS, RANKED_DAYS
from omnidash.metrics.promoters import Promoters
from omnidash.model.filters import DEFAULT_MODEL
from omnidash.model.period import Period
from omnidash.model.presets import Span, a_year_before, opening_preset, period_of
from omnidash.overview import figures
from omnidash.store import Workspace

MANY_EVENTS = 1_000_000  # of fewer the first screen is counted in a moment when it is looked at


def has_many_events(workspace: Workspace) -> bool:
    """Whether filling ahead is worth its while."""
    ((events,),) = workspace.rows("select count(*) from event")
    return bool(events >= MANY_EVENTS)


def fill(workspace: Workspace, *, is_wanted: Callable[[], bool] = lambda: True) -> bool:
    """Keep the figures of the first screen as it opens: the default model, the workspace's own identity level, the
    opening period and those it is compared with. False where it stopped on the way: nobody wanted it any more
    (``is_wanted``), or the workspace has changed, which then needs other figures."""
    version = workspace.version
    fresh = freshness(workspace)
    closed = closed_through_of(workspace, fresh)
    if closed is None or fresh.first_day is None or fresh.last_day is None:
        return True
    look = figures.Look(
        workspace=workspace,
        version=version,
        level=workspace.settings.identity_level,
        journeys=cache(lambda: journeys_of(workspace)),
    )
    span = Span(first_day=fresh.first_day, last_day=fresh.last_day, closed_through=closed)
    period = period_of(opening_preset(span), span)
    others = (period.previous(), a_year_before(period))
    shown = (period, *(other for other in others if other.first_day >= span.first_day))

    def rules() -> None:
        ltv = ltv_of(workspace, look.journeys(), level=look.level, version=version)
        rules_of(workspace, figures.channel_days(look, DEFAULT_MODEL), fresh, ltv=ltv)

    steps: list[Callable[[], object]] = [
        lambda: figures.actions(workspace, version),
        rules,
        *(lambda p=p: figures.crossing(look, p) for p in shown),
        *(lambda p=p: figures.repurchased(look, p) for p in shown),
        *(lambda p=p: figures.reached(look, p) for p in (period, Period.ending(closed, days=RANKED_DAYS))),
        lambda: figures.evidence(look, Period.ending(closed, days=EVIDENCE_DAYS), Promoters()),
    ]
    for step in steps:
        if not is_wanted() or workspace.version != version:
            return False
        step()
    return True
