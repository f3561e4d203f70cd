"""``backup``, ``restore``, ``check``, ``new-key``: keep a workspace safe, and see whether it is whole."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.command import Command, no_arguments
from omnidash.cli.desk import Desk
from omnidash.identity.forget_again import forget_again
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_, Message, counted
from omnidash.store import Workspace
from omnidash.store.backup import backup, backups_of, check, restore
from omnidash.store.making import NEW_KEY
from omnidash.store.new_key import begin_new_key

_KEYS = {
    "replaced": N_("The backup holds no secret key; the key of the workspace that stood there is kept."),
    None: N_(
        "The backup holds no secret key and none fits it here: until secret.key of its workspace is copied to {folder},"
        " nothing is imported. If that key is lost, `{command}` begins a new one, by which new imports do not match"
        " known persons."
    ),
}


def _backup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="default: a new file in the folder of backups beside the workspace"
    )
    key = "put the secret key in too: without it new imports no longer match known persons"
    parser.add_argument("--with-key", action="store_true", help=key)


def _backup(arguments: Any, desk: Desk) -> Answer:
    now = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    out = arguments.out or backups_of(desk.folder) / f"omnidash-{now}.zip"
    made = backup(desk.workspace, out, with_key=arguments.with_key)
    data = {"path": str(made.path), "bytes": made.bytes, "sha256": made.sha256}
    without = N_(
        "The secret key is not in this backup (--with-key puts it in): restored anywhere else than over this workspace,"
        " it imports nothing until it has that key."
    )
    lines = () if arguments.with_key else (desk.say(Message(without)),)
    return Answer(data=data, tables={"": [data]}, lines=lines)


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a backup; an existing workspace is kept beside it")


def _restore(arguments: Any, desk: Desk) -> Answer:
    done = restore(arguments.file, desk.folder)
    folder = str(done.workspace.folder)
    said = [Message(_KEYS[done.key_from], {"folder": folder, "command": NEW_KEY})] if done.key_from in _KEYS else []
    again = 0
    if done.replaced:
        again = _forget_again(done.workspace, done.replaced, said)
        kept = N_("What stood there before is kept in {folder}; delete it when it is no longer needed.")
        said.append(Message(kept, {"folder": str(done.replaced)}))
    return Answer(
        data={
            "restored": folder,
            "replaced": str(done.replaced) if done.replaced else None,
            "key_from": done.key_from,
            "forgotten_again": again,
        },
        lines=(folder, *map(desk.say, said)),
    )


def _forget_again(restored: Workspace, replaced: Path, said: list[Message]) -> int:
    """How many identifiers of the backup were taken away, for their persons had been forgotten; says so."""
    try:
        before = Workspace.open(replaced)
        again = forget_again(restored, before)
        before.close()
    except OmniDashError:  # it may be damaged, which may be why one restores
        unknown = N_(
            "It cannot be read here who was forgotten since the backup was made: they are back; forget them again."
        )
        said.append(Message(unknown))
        return 0
    if again:
        one = N_("{count} identifier of a person who was forgotten since the backup was made is forgotten again.")
        many = N_("{count} identifiers of persons who were forgotten since the backup was made are forgotten again.")
        said.append(counted(one, many, again))
    return again


def _check(arguments: Any, desk: Desk) -> Answer:  # noqa: ARG001  (one signature for all commands)
    findings = [desk.say(finding) for finding in check(desk.workspace)]
    return Answer(
        data={"ok": not findings, "findings": findings},
        lines=tuple(findings) or ("ok",),
        exit_code=1 if findings else 0,
    )


def _new_key(arguments: Any, desk: Desk) -> Answer:  # noqa: ARG001  (one signature for all commands)
    begin_new_key(desk.workspace)
    said = N_(
        "A new key is begun. Files imported from now on do not match the people known so far, nor those who were"
        " forgotten: forget them again where such a file brings them back. Keep the key in a backup (--with-key)."
    )
    return Answer(data={"new_key": True}, lines=(desk.say(Message(said)),))


COMMANDS = (
    Command(name="backup", arguments=_backup_arguments, run=_backup),
    Command(name="restore", arguments=_restore_arguments, run=_restore),
    Command(name="check", arguments=no_arguments, run=_check),
    Command(name="new-key", arguments=no_arguments, run=_new_key),
)
