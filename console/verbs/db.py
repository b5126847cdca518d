"""`frontdesk db init|upgrade|status`: the database itself. The application's own tables are never touched."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from console.config import data_path, database_path
from console.output import as_json, cell, say
from console.verbs.common import desk_of, settings_of
from models.errors import ExitCode, Refused
from models.rules.text import clean
from models.views import DatabaseStatus, UpgradePlan
from screens.i18n import _


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=["init", "upgrade", "status"],
        help=_(
            "init: make a new database; upgrade: add or move on Frontdesk's own tables; status: what state it is in"
        ),
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help=_("the database, unless --database names it"))


def run(arguments: argparse.Namespace) -> int:
    if arguments.file is not None and arguments.database is not None:
        arguments.fail(_("FILE and --database both name a database: give one"))
    if arguments.what == "init":
        return _init(arguments)
    if arguments.what == "upgrade":
        return _upgrade(arguments)
    return _status(arguments)


def _init(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments, file=arguments.file)
    if settings.read_only:
        raise Refused("read-only-session")
    named = "database_url" in settings.sources
    path = Path(database_path(settings.database or "", "")) if named else data_path()
    from models.store.lifecycle import initialise

    initialise(path)
    if arguments.json:
        say(as_json({"database": str(path)}))
    else:
        say(_("Made {path}: open it with `frontdesk`.").format(path=clean(str(path))))
        if named:
            say(_("It is not at the default place: name it with --database or FRONTDESK_DATABASE_URL."))
    return ExitCode.DONE


def _upgrade(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments, file=arguments.file)) as desk:
        if desk.database.read_only:
            raise Refused("read-only-session")
        plan = desk.upgrade()
    if arguments.json:
        say(as_json(_plan(plan)))
    elif plan.tables or plan.current != plan.head:
        say(
            _("Added: {tables}. The application's tables are as they were.").format(
                tables=", ".join(plan.tables) or "-"
            )
        )
    else:
        say(_("Nothing to do: version {version}.").format(version=plan.head))
    return ExitCode.DONE


def _plan(plan: UpgradePlan) -> dict[str, Any]:
    return {"added": list(plan.tables), "from": plan.current, "to": plan.head}


def _status(arguments: argparse.Namespace) -> int:
    with desk_of(settings_of(arguments, file=arguments.file), read_only=True) as desk:
        status = desk.status()
    if arguments.json:
        say(as_json(record(status, read_only=arguments.read_only)))
        return ExitCode.DONE
    lines = {
        _("database"): status.url,
        _("shape"): status.features.shape,
        _("owner"): _("the application") if status.owner == "application" else _("Frontdesk"),
        _("application's version"): status.rails_version,
        _("application's environment"): status.rails_environment,
        _("our version"): status.console_revision,
        _("our version wanted"): status.console_head,
        _("missing"): ", ".join(status.missing),
        _("journal mode"): status.journal_mode,
        _("SQLite"): status.library_version,
        _("rows"): _("{conversations} conversations, {messages} messages, {users} people").format(
            conversations=status.conversations, messages=status.messages, users=status.users
        ),
    }
    width = max(map(len, lines))
    for name, value in lines.items():
        say(f"{name:<{width}}  {cell(value, 400)}")
    if not status.features.console_tables:
        say(_("Frontdesk's own tables are missing: `frontdesk db upgrade` adds them."))
    return ExitCode.DONE


def record(status: DatabaseStatus, *, read_only: bool) -> dict[str, Any]:
    """A status as scripts read it; `read_only` is what was asked for, since looking never writes."""
    return {**asdict(status), "missing": list(status.missing), "read_only": read_only}
