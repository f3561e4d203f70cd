"""Order numbers of a file that the workspace keeps under a token only, so that nobody reads them there."""

from omnidash.store.workspace import Staging, Workspace


def list_known_by_token(
    ws: Workspace, staging: Staging, *, begins: str, token: str, key_pads: dict[str, bytes]
) -> None:
    """Make table ``told_by_token(order_id, token)``: numbers of staging table ``event`` whose token stands in the
    workspace. ``begins``: how such tokens begin; ``token``: SQL that makes one of ``order_id``, with ``key_pads``."""
    known = ws.frame(
        "select order_id from event where starts_with(order_id, $begins)"
        " union select order_id from event_restated where starts_with(order_id, $begins)",
        {"begins": begins},
    )
    staging.cursor.execute("create or replace temp table told_by_token (order_id varchar, token varchar)")
    if known.is_empty():
        return
    staging.cursor.register("known_token", known)
    try:
        staging.cursor.execute(
            f"""
            insert into told_by_token
            with told as (
                select order_id, {token} as token
                from (select distinct order_id from event where order_id is not null))
            select order_id, token from told where token in (select order_id from known_token)
            """,  # noqa: S608  (an expression of ours)
            key_pads,
        )
    finally:
        staging.cursor.unregister("known_token")
