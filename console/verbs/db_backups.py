"""`frontdesk db backups`: which backups there are, newest first."""

from __future__ import annotations

import argparse

from console.backups import megabytes, record
from console.config import backups_path
from console.output import as_json, cell, complain, local_time, say, table
from console.progress import shown
from console.verbs.common import add_folder, settings_of, with_folder
from models.errors import ExitCode
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument("--verify", action="store_true", help=_("read every one to the last bit"))


def run(arguments: argparse.Namespace) -> int:
    folder = backups_path(with_folder(settings_of(arguments), arguments))
    from models.store.shelf import look, whole

    shelf = look(folder)
    damaged = list(shelf.unreadable)
    if arguments.verify:
        with shown(json=arguments.json) as progress:
            damaged += [backup.path for backup in shelf.backups if not whole(backup.path, progress)]
    if arguments.json:
        found = [{**record(backup), "damaged": backup.path in damaged} for backup in shelf.backups]
        say(as_json([*found, *({"path": str(path), "damaged": True} for path in shelf.unreadable)]))
        return ExitCode.FAILED if damaged else ExitCode.DONE
    head = (_("TAKEN"), _("SIZE"), _("MESSAGES"), _("DATABASE"), _("FILE"))
    rows = [
        (
            local_time(backup.manifest.taken_at),
            megabytes(backup.size),
            cell(backup.manifest.counts.get("messages")),
            cell(backup.manifest.source),
            cell(backup.path.name, 200),
        )
        for backup in shelf.backups
    ]
    for line in table(head, rows):
        say(line)
    for path in damaged:
        complain(_("{path} is damaged").format(path=path))
    return ExitCode.FAILED if damaged else ExitCode.DONE
