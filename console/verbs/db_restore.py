"""`frontdesk db restore`: a backup in the database's place, or only the proof that it could be."""

from __future__ import annotations

import argparse
from pathlib import Path

from console.backups import record
from console.config import backups_path
from console.output import as_json, complain, local_time, say
from console.progress import shown
from console.verbs.common import add_file, add_folder, settings_of_file, with_folder
from models.errors import ExitCode, Refused, Usage
from models.rules.address import names_server
from models.rules.address import shown as without_password
from models.rules.clock import utc_now
from models.rules.text import clean
from screens.i18n import _, number


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "backup", metavar="BACKUP", help=_("a file, its name in the folder of backups, or `latest` (of this database)")
    )
    add_file(parser)
    add_folder(parser)
    parser.add_argument("--rehearse", action="store_true", help=_("restore to a temporary place, report, remove"))
    parser.add_argument("--with-siblings", action="store_true", help=_("cache, queue and cable files, too"))


def run(arguments: argparse.Namespace) -> int:
    settings = with_folder(settings_of_file(arguments), arguments)
    from models.store import restore, shelf
    from models.store.backup import Backup

    if settings.database is None and (arguments.backup == shelf.LATEST or not arguments.rehearse):
        raise Usage("no-database")
    if settings.read_only and not arguments.rehearse:
        raise Refused("read-only-session")
    address = settings.database or ""
    backup = shelf.find(backups_path(settings), arguments.backup, without_password(address) or None)
    place: object = None
    kept: object = None
    with shown(json=arguments.json) as progress:
        if arguments.rehearse:
            server = address if names_server(address) else None
            manifest = restore.rehearse(backup, clock=utc_now, server=server, progress=progress)
        elif names_server(address):
            manifest, kept = restore.restore_on_server(backup, address, clock=utc_now, progress=progress)
            place = without_password(address)
        else:
            done = restore.restore(
                backup,
                Path(address),
                clock=utc_now,
                siblings=arguments.with_siblings,
                progress=progress,
            )
            manifest, place, kept = done.manifest, done.path, done.kept
            for late in done.late:
                complain(_("{who} still has the former database open: restart it").format(who=late))
    if arguments.json:
        taken = record(Backup(backup, backup.stat().st_size, manifest))
        where = {"restored_to": place and str(place), "kept": kept and str(kept)}
        say(as_json({**taken, **where, "rehearsed": arguments.rehearse}))
        return ExitCode.DONE
    rows = ", ".join(
        f"{number(count)} {name}" for name, count in manifest.counts.items() if not name.startswith("console_")
    )
    if place is None:
        say(_("{path} can be restored: integrity, foreign keys and rows are right.").format(path=clean(str(backup))))
    else:
        say(_("{path} is as it was at {time}.").format(path=clean(str(place)), time=local_time(manifest.taken_at)))
        if kept is not None:
            say(_("The former one is kept as {path}.").format(path=clean(str(kept))))
    say(clean(rows))
    return ExitCode.DONE
