"""What the customers of a workspace are worth, kept beside its journey table."""

from omnidash.customers.value import ltv_by_channel
from omnidash.journeys.table import Journeys
from omnidash.store import Workspace
from omnidash.store.kept import Version, kept_values

_METHOD = 2  # goes up where the way of computing changes, so that what was kept by an older one is not used


def ltv_of(
    workspace: Workspace, journeys: Journeys, *, level: str | None = None, version: Version | None = None
) -> dict[str, float]:
    """``ltv_by_channel`` with the workspace's goal, lookback and margin. ``level``: the identity level that the
    journeys are of; the workspace's own where left out. ``version``: the state of the workspace they are of."""
    settings = workspace.settings
    return kept_values(
        workspace,
        "ltv",
        (_METHOD, settings.goal, settings.lookback_days, settings.margin, level or settings.identity_level),
        lambda: ltv_by_channel(
            journeys, goal=settings.goal, lookback_days=settings.lookback_days, margin=settings.margin
        ),
        version=version,
    )
