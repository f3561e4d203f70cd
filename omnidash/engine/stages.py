"""The stage table of a workspace: which stage of the journey each action belongs to. People may change it.

A change counts at once for all data, past and future: the journey table holds actions, and their stages are looked up.
Whether an action counts as marketing contact (``is_touch``) was decided on import and is not touched here.
"""

from collections.abc import Mapping

from omnidash.model.defaults import STAGES
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store import Workspace


def stage_table(workspace: Workspace) -> dict[str, str]:
    """Stage by action, actions in order; '' where an action belongs to none."""
    return dict(workspace.rows("select action, stage from stage order by action"))


def set_stages(workspace: Workspace, changed: Mapping[str, str]) -> None:
    """Give these actions another stage ('' for none). Raises BadInput on a stage that there is not."""
    for action, stage in changed.items():
        if stage and stage not in STAGES:
            raise BadInput(
                N_("'{stage}' of action '{action}' is no stage; there are: {known}"),
                stage=stage,
                action=action,
                known=", ".join(STAGES),
            )
    with workspace.writing("stages", changes="settings") as cursor:
        for action, stage in changed.items():
            cursor.execute(
                """
                insert into stage (action, stage, is_touch) values ($action, $stage, false)
                on conflict (action) do update set stage = excluded.stage
                """,
                {"action": action, "stage": stage},
            )
