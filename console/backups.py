"""Backups as the verbs take them: into the configured folder, handed to the configured command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.config import Settings, backups_path
from console.output import say
from console.progress import shown
from models.errors import BackupProblem
from models.rules.clock import Clock, utc_now
from models.rules.progress import Progress, silent
from models.rules.text import clean
from screens.i18n import _

if TYPE_CHECKING:
    from models.store.backup import Backup
    from models.store.database import Database

#: What the command after a backup must not inherit.
_SECRET = "FRONTDESK_TELEGRAM_TOKEN"
_PATH = "{path}"


def back_up(
    database: Database,
    settings: Settings,
    *,
    siblings: bool = False,
    clock: Clock = utc_now,
    progress: Progress = silent,
) -> Backup:
    """Takes one. Raises DatabaseProblem, BackupProblem."""
    if database.engine == "postgresql":
        from models.store import server_backup

        assert settings.database is not None
        return server_backup.take(database, settings.database, backups_path(settings), clock=clock, progress=progress)
    from models.store.backup import take

    return take(database, backups_path(settings), clock=clock, siblings=siblings, progress=progress)


def before_change(database: Database, settings: Settings, *, json: bool) -> Backup:
    """The backup before something that can't be undone otherwise; says where it is. Raises DatabaseProblem,
    BackupProblem: then nothing is changed."""
    with shown(json=json) as progress:
        backup = back_up(database, settings, progress=progress)
    hand_over(backup.path, settings)
    if not json:
        say(_("Backup: {path}").format(path=clean(str(backup.path))))
    return backup


def hand_over(backup: Path, settings: Settings) -> None:
    """Runs the command that is set for afterwards, with the finished file for `{path}` or as its last argument.

    Raises BackupProblem('backup-after').
    """
    command = settings.backup_after
    if not command:
        return
    if any(_PATH in word for word in command):
        words = [word.replace(_PATH, str(backup)) for word in command]
    else:
        words = [*command, str(backup)]
    surroundings = {name: value for name, value in os.environ.items() if name != _SECRET}
    try:
        code = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=2, env=surroundings, check=False).returncode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BackupProblem("backup-after", path=str(backup), command=command[0], why=why) from None
    if code:
        raise BackupProblem(
            "backup-after", path=str(backup), command=command[0], why=_("exit code {code}").format(code=code)
        )


def record(backup: Backup) -> dict[str, Any]:
    """A backup as scripts read it."""
    manifest = backup.manifest
    return {
        "path": str(backup.path),
        "taken_at": manifest.taken_at,
        "size": backup.size,
        "database": manifest.source,
        "engine": manifest.engine,
        "shape": manifest.shape,
        "rails_version": manifest.rails_version,
        "revisions": list(manifest.revisions),
        "counts": dict(manifest.counts),
        "foreign_key_violations": manifest.foreign_key_violations,
        "sha256": manifest.sha256,
        "siblings": [sibling.name for sibling in manifest.siblings],
    }


def megabytes(size: int) -> str:
    """A file's size in words."""
    return _("{size:,.1f} MB").format(size=size / 1e6)
