"""`frontdesk db backup`: one consistent, checked, compressed copy, taken beside those who write."""

from __future__ import annotations

import argparse

from console.backups import back_up, hand_over, megabytes, record
from console.config import backups_path
from console.output import as_json, complain, say
from console.progress import shown
from console.verbs.common import add_file, add_folder, desk_of, settings_of_file, with_folder
from models.errors import ExitCode
from models.rules.text import clean
from screens.i18n import _, ngettext


def configure(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    add_folder(parser)
    parser.add_argument(
        "--with-siblings", action="store_true", help=_("the application's cache, queue and cable files, too")
    )
    parser.add_argument("--prune", action="store_true", help=_("then remove old ones: 30 daily and 12 monthly stay"))


def run(arguments: argparse.Namespace) -> int:
    settings = with_folder(settings_of_file(arguments), arguments)
    with desk_of(settings, read_only=True) as desk, shown(json=arguments.json) as progress:
        backup = back_up(desk.database, settings, siblings=arguments.with_siblings, progress=progress)
    if violations := backup.manifest.foreign_key_violations:
        complain(
            ngettext(
                "{n} row points at a row that is not there: see `frontdesk db check`",
                "{n} rows point at rows that are not there: see `frontdesk db check`",
                violations,
            ).format(n=violations)
        )
    if not arguments.json:
        rows = sum(backup.manifest.counts.values())
        say(
            _("{path}  {size}, {rows:,} rows, verified").format(
                path=clean(str(backup.path)), size=megabytes(backup.size), rows=rows
            )
        )
    # First the copy elsewhere: nothing old goes before the new one is where it should be.
    hand_over(backup.path, settings)
    removed: list[str] = []
    if arguments.prune:
        from models.store.shelf import prune

        with shown(json=arguments.json) as progress:
            pruned = prune(backups_path(settings), backup.manifest.source, progress=progress)
        removed = [str(path) for path in pruned.removed]
        for path in pruned.damaged:
            complain(_("{path} is damaged: left where it is").format(path=path))
        if removed and not arguments.json:
            say(ngettext("{n} old backup removed", "{n} old backups removed", len(removed)).format(n=len(removed)))
    if arguments.json:
        say(as_json({**record(backup), "removed": removed}))
    return ExitCode.DONE
