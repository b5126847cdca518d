"""`frontdesk db downgrade REV`: steps of the schema undone, and what they had added gone, after a backup and a typed
word."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from console.asking import typed
from console.backups import before_change
from console.output import as_json, say
from console.verbs.common import add_revision, desk_of, settings_of_revision
from console.verbs.db_upgrade import line_of
from models.errors import ExitCode, Refused
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    add_revision(parser)
    parser.add_argument("--yes", metavar="REV", help=_("the revision once more, instead of being asked for it"))
    parser.add_argument("--no-backup", action="store_true", help=_("take no backup first"))


def run(arguments: argparse.Namespace) -> int:
    settings, target = settings_of_revision(arguments)
    if target is None:
        arguments.fail(_("name the revision that should be the newest, such as console@base"))
    assert target is not None
    with desk_of(settings, any_step=True) as desk:
        if desk.database.read_only:
            raise Refused("read-only-session")
        plan = desk.plan_downgrade(target)
        backup = None
        if plan:
            if not arguments.json:
                for step in plan:
                    say(line_of(step))
            typed(target, given=arguments.yes, what=_("What these steps had added goes, rows and all."))
            if not arguments.no_backup:
                backup = before_change(desk.database, settings, json=arguments.json)
            plan = desk.downgrade(target)
    if arguments.json:
        undone = [asdict(step) for step in plan]
        say(as_json({"undone": undone, "backup": None if backup is None else str(backup.path)}))
    else:
        say(_("Done.") if plan else _("Nothing to undo."))
    return ExitCode.DONE
